# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes: from a style and chance to sections and notes, counted in beats.
"""
import dataclasses
import random

import form
import harmony
import rhythm
from clock import swung
from styles import Style

LOUD = {"x": 1.0, "o": 0.72, "-": 0.4}
LAYER_OF_DRUM = {"kick": "k", "snare": "s", "clap": "s", "crash": "s"}
# How far from its place a player is, in seconds: each stroke (deviation), and
# all of a part (most).
LOOSE = {"electronic": (0, 0), "beats": (0.002, 0.008), "band": (0.007, 0.012),
         "acoustic": (0.009, 0.012), "brass": (0.007, 0.012),
         "keys": (0.009, 0.01), "orchestra": (0.012, 0.015)}


@dataclasses.dataclass
class Note:
    beat: float
    length: float        # in beats
    pitch: object        # a MIDI number, or a drum's name
    force: float         # 0..1


@dataclasses.dataclass
class Song:
    style: Style
    key: harmony.Key
    bpm: float
    swing: float
    sections: list
    numerals: str
    parts: dict          # name: [Note]

    @property
    def bars(self):
        return self.sections[-1].bar + self.sections[-1].bars

    @property
    def beats(self):
        return self.bars * self.style.meter


def varied(voice, line, r):
    """A drum's line with a stroke more or less here and there, four times as
    long, so that not every bar is like every other."""
    strays = 0.03 if voice in ("kick", "snare", "clap") else 0.06
    out = []
    for step, stroke in enumerate(line * 4):
        if step % len(line) and r.random() < strays:
            stroke = r.choice("-o") if stroke == "." else "."
        out.append(stroke)
    return "".join(out)


class Composer:
    def __init__(self, style, seed):
        self.style = style
        self.r = r = random.Random(seed)
        low, high = style.bpm
        bpm = round(r.uniform(low, high), r.choice((0, 0, 0, 1, 2)))
        self.key = harmony.Key(r.randrange(12), r.choice(style.modes.split()))
        self.swing = r.choice(style.swing)
        self.numerals = r.choice(harmony.LOOPS[self.key.mode])
        each = r.choice(style.bars_a_chord)
        self.chords = [harmony.chord(self.key, n)
                       for n in self.numerals.split() for _ in range(each)]
        self.song = Song(style, self.key, bpm, self.swing,
                         form.sections(style, bpm, r), self.numerals,
                         {name: [] for name in ("drums", "bass", "chords",
                                                "pad", "melody", "arpeggio")})
        self.arrange(r)

    def arrange(self, r):
        """What stays the same throughout the song."""
        self.pattern = {
            voice: varied(voice, line, r) for voice, line in
            r.choice(rhythm.DRUMS[self.style.drums]).items()}
        self.stray, lag = LOOSE[self.style.palette]
        self.lags = {part: r.uniform(-lag, lag) for part in
                     (*self.song.parts, "snare")}
        self.basses = rhythm.BASS[r.choice(self.style.bass.split())]
        self.comping = r.choice(
            rhythm.COMPING[r.choice(self.style.comping.split())])
        self.tunes = [harmony.melody(self.key, self.chords, self.style.meter,
                                     r.uniform(0.5, 0.9), r)
                      for _ in range(2)]
        self.low = r.choice((48, 52, 55, 60))
        self.inversion = r.randrange(3)
        self.arpeggio = r.choice(rhythm.ARPEGGIOS)
        self.fills = r.random() < 0.6
        self.crashes = r.random() < 0.6

    def compose(self):
        for section in self.song.sections:
            for layer, play in (("n", self.count_in), ("b", self.bass),
                                ("c", self.comp), ("p", self.pad),
                                ("m", self.melody), ("a", self.arpeggios),
                                ("r", self.roll)):
                if layer in section.layers:
                    play(section)
            self.drums(section)
            if section.kind == "buildup" and self.r.random() < 0.4:
                self.hole(section)
        if "c" in self.song.sections[-1].layers and self.r.random() < 0.6:
            self.final_chord()
        for notes in self.song.parts.values():
            notes.sort(key=lambda n: n.beat)
        return self.song

    def place(self, position):
        return swung(position, self.style.swing_unit, self.swing)

    def add(self, part, section, position, length, pitch, force):
        """position: straight, in beats from the section's start."""
        start = self.place(section.bar * self.style.meter + position)
        late = self.lags["snare" if pitch == "snare" else part]
        late += self.r.gauss(0, self.stray)
        start = max(0, start + late * self.song.bpm / 60)
        self.song.parts[part].append(Note(start, length, pitch, force))

    def chord_of(self, bar):
        return self.chords[bar % len(self.chords)]

    def drums(self, section):
        meter = self.style.meter
        steps = section.bars * meter * 4
        fill = (self.fills and "s" in section.layers and meter * 4 in
                rhythm.FILLS)
        last = steps - meter * 4
        for voice, line in self.pattern.items():
            if LAYER_OF_DRUM.get(voice, "h") not in section.layers:
                continue
            for step in range(steps):
                stroke = line[step % len(line)]
                if stroke == "." or (fill and step >= last + 8 and
                                     voice != "kick"):
                    continue
                if stroke == "-" and self.r.random() < 0.3:
                    continue
                force = LOUD[stroke] * self.r.uniform(0.88, 1.0)
                self.add("drums", section, step / 4, 0.2, voice, force)
        if fill:
            self.fill(section, last)
        if self.crashes and section.full:
            self.add("drums", section, 0, 1, "crash", 0.8)

    def fill(self, section, last):
        for voice, line in self.r.choice(
                rhythm.FILLS[self.style.meter * 4]).items():
            for step, stroke in enumerate(line):
                if stroke != ".":
                    self.add("drums", section, (last + step) / 4, 0.2, voice,
                             0.6 + 0.4 * step / len(line))

    def count_in(self, section):
        for beat in range(self.style.meter):
            self.add("drums", section, beat, 0.2, "stick", 0.8)

    def roll(self, section):
        """Strokes of the snare, twice as dense in each half that is left."""
        total = section.bars * self.style.meter
        at = 0.0
        while at < total - 1e-6:
            left = (total - at) / total
            gap = 1.0 if left > 0.5 else 0.5 if left > 0.25 else 0.25
            if not (left <= 1 / total and self.swing == 0.5):
                self.add("drums", section, at, 0.1, "snare",
                         0.35 + 0.5 * at / total)
            at += gap

    def hole(self, section):
        """Silence just before what follows."""
        end = (section.bar + section.bars) * self.style.meter
        start = end - self.r.choice((1, 2, self.style.meter))
        for part, notes in self.song.parts.items():
            self.song.parts[part] = [n for n in notes
                                     if not start <= n.beat < end]

    def lines(self, section, patterns):
        """(start, length, symbol) of patterns of sixteenths over a section,
        with the bar's chord."""
        steps = self.style.meter * 4
        line = patterns[0]
        for bar in range(section.bars):
            if bar % 4 == 3:
                line = patterns[-1]
            elif bar % 4 == 0:
                line = patterns[0]
            harmony_now = self.chord_of(bar)
            for step in range(steps):
                symbol = line[(bar * steps + step) % len(line)]
                if symbol in ".=":
                    continue
                held = 1
                while (step + held < steps and
                       line[(bar * steps + step + held) % len(line)] == "="):
                    held += 1
                yield bar * self.style.meter + step / 4, held / 4, symbol, \
                    harmony_now

    def bass(self, section):
        for at, length, symbol, chord in self.lines(section, self.basses):
            self.add("bass", section, at, length * 0.95,
                     harmony.bass_pitch(self.key, chord, symbol),
                     self.r.uniform(0.8, 1.0))

    def comp(self, section):
        for at, length, stroke, chord in self.lines(section, [self.comping]):
            for pitch in harmony.voicing(self.key, chord, self.low,
                                         self.inversion):
                self.add("chords", section, at, length * 0.9, pitch,
                         LOUD[stroke] * self.r.uniform(0.75, 0.95))

    def pad(self, section):
        for bar in range(section.bars):
            chord = self.chord_of(bar)
            for pitch in harmony.voicing(self.key, chord, self.low + 5):
                self.add("pad", section, bar * self.style.meter,
                         self.style.meter, pitch, 0.7)

    def melody(self, section):
        tune = self.tunes[section.kind == "chorus"]
        once = len(self.chords) * self.style.meter
        total = section.bars * self.style.meter
        for start in range(0, total, once):
            for at, length, pitch in tune:
                if start + at < total:
                    self.add("melody", section, start + at, length * 0.95,
                             72 + (self.key.tonic + 6) % 12 - 6 + pitch,
                             self.r.uniform(0.7, 1.0))

    def arpeggios(self, section):
        steps = self.style.meter * 4
        for bar in range(section.bars):
            chord = self.chord_of(bar)
            tones = harmony.voicing(self.key, chord, self.low + 12)
            order = {"up": tones, "down": tones[::-1],
                     "updown": tones + tones[-2:0:-1],
                     "octave": [t + o for t in tones for o in (0, 12)],
                     "random": self.r.sample(tones, len(tones)),
                     }[self.arpeggio]
            for step in range(steps):
                self.add("arpeggio", section,
                         bar * self.style.meter + step / 4, 0.22,
                         order[step % len(order)], 0.8)

    def final_chord(self):
        """The tonic, after the last bar."""
        home = harmony.Chord(0, (0, 3, 7) if self.key.minor else (0, 4, 7))
        for pitch in harmony.voicing(self.key, home, self.low):
            self.song.parts["chords"].append(
                Note(self.song.beats, self.style.meter, pitch, 0.9))
        self.song.parts["bass"].append(
            Note(self.song.beats, self.style.meter,
                 harmony.bass_pitch(self.key, home, "1"), 0.9))
