# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, loops of chords and melodies."""
import dataclasses

MAJOR_NAMES = "C Db D Eb E F F# G Ab A Bb B".split()
MINOR_NAMES = "C C# D D# E F F# G G# A Bb B".split()

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}

# Loops of roman numerals: lower case is minor, o diminished, 7 adds the
# scale's seventh, s is suspended, 5 has no third.
LOOPS = {
    "major": ["I V vi IV", "I vi IV V", "I IV V I", "I IV I V", "I iii IV V",
              "I V IV IV", "ii V I I", "ii7 V7 I7 vi7", "I7 IV7 iii7 ii7",
              "I IV vi V", "IV V I I", "vi IV I V", "I ii IV I",
              "I IV ii V I vi IV V", "I7 vi7 ii7 V7"],
    "mixolydian": ["I bVII IV I", "I I bVII IV", "I v IV I", "I7 IV7 I7 I7"],
    "minor": ["i VI III VII", "i VII VI VII", "i iv v i", "i i iv iv",
              "i VI VII i", "i iv VI v", "i7 iv7 i7 v7", "i III VII iv",
              "VI VII i i", "i i VI VII", "i iv i VII", "i v VI iv",
              "i7 VI7 iv7 v7", "i i i i", "i5 i5 i5 VII5", "is i is i",
              "i VII iv VI i VII v i"],
    "harmonic": ["i iv V i", "i VI iv V", "i i V7 i", "i7 iio V7 i",
                 "i VII VI V", "i iv i V7"],
    "dorian": ["i IV i IV", "i7 IV7 i7 IV7", "i IV VII i", "i v IV i",
               "i7 i7 IV7 IV7"],
    "phrygian": ["i II i i", "i i II VII", "i5 II5 i5 i5"],
}
NUMERALS = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}


@dataclasses.dataclass
class Key:
    tonic: int           # 0..11 from C
    mode: str            # a name in SCALES

    @property
    def minor(self):
        return self.mode not in ("major", "mixolydian")

    @property
    def name(self):
        names = MINOR_NAMES if self.minor else MAJOR_NAMES
        return "%s %s" % (names[self.tonic],
                          "minor" if self.minor else "major")

    def degree(self, n):
        """Semitones above the tonic of step n of the scale; n may be < 0."""
        scale = SCALES[self.mode]
        return scale[n % 7] + 12 * (n // 7)


@dataclasses.dataclass
class Chord:
    root: int            # semitones above the tonic, 0..11
    tones: tuple         # semitones above the root

    def third(self):
        return self.tones[1]

    def fifth(self):
        return 6 if 6 in self.tones and 7 not in self.tones else 7


def chord(key, numeral):
    flat = numeral.startswith("b")
    body = numeral.lstrip("b")
    letters = "".join(c for c in body if c in "IViv")
    extra = body[len(letters):]
    step = NUMERALS[letters.upper()]
    scale = "major" if not key.minor else "minor"
    root = (SCALES[scale][step] - flat) % 12
    if key.mode == "phrygian" and step == 1:
        root = 1
    tones = (0, 4, 7) if letters.isupper() else (0, 3, 7)
    if "o" in extra:
        tones = (0, 3, 6)
    if "s" in extra:
        tones = (0, 5, 7)
    if "5" in extra:
        tones = (0, 7, 12)
    if "7" in extra:
        sharp = letters.isupper() and (step != 4) and key.mode == "major"
        tones += (11 if sharp else 10,)
    return Chord(root, tones)


def voicing(key, harmony, low=52, inversion=0):
    """MIDI pitches of a chord, from low upward, closest to it."""
    pitches = []
    for tone in harmony.tones:
        pitch = (key.tonic + harmony.root + tone - low) % 12 + low
        pitches.append(pitch)
    pitches = sorted(set(pitches))
    for _ in range(inversion % len(pitches)):
        pitches = sorted(pitches[1:] + [pitches[0] + 12])
    return pitches


def bass_pitch(key, harmony, symbol, low=28):
    """A symbol of a bass line (see rhythm.BASS) as MIDI pitch."""
    root = (key.tonic + harmony.root - low) % 12 + low
    return root + {"1": 0, "8": 12, "5": harmony.fifth(),
                   "3": harmony.third() if len(harmony.tones) > 2 else 7,
                   "7": 10, "4": 5, "6": 9 if not key.minor else 7,
                   "a": -1}[symbol]


def melody(key, chords, beats, density, r):
    """Notes (start, length, semitones above the tonic) over one round of the
    chords: a motif of two bars that returns, bent to the harmony."""
    motif = []
    at = 0.0
    while at < 2 * beats:
        length = r.choice((0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 0.25))
        if r.random() < density:
            motif.append((at, length, r.choice((-2, -1, -1, 0, 1, 1, 2, 3))))
        at += length
    notes = []
    step = r.choice((0, 2, 4, 7))
    for bar in range(0, len(chords), 2):
        turn = bar % 4 == 2
        for at, length, move in motif:
            harmony = chords[min(bar + int(at // beats), len(chords) - 1)]
            step = max(-3, min(11, step + (-move if turn else move)))
            pitch = key.degree(step)
            if at % 1 == 0 and r.random() < 0.7:
                pitch = nearest(pitch, harmony)
            start = bar * beats + at
            if start < len(chords) * beats:
                notes.append((start, length, pitch))
    return notes


def nearest(pitch, harmony):
    """The tone of the chord that is closest to pitch."""
    tones = {(harmony.root + t) % 12 for t in harmony.tones}
    for away in range(7):
        for candidate in (pitch - away, pitch + away):
            if candidate % 12 in tones:
                return candidate
    return pitch
