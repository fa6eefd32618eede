# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a style: tempo, groove, instruments and form, as tables."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Style:
    bpm: tuple           # lowest, highest
    drums: str           # a name in rhythm.DRUMS
    bass: str            # names in rhythm.BASS
    comping: str         # names in rhythm.COMPING
    form: str            # a name in form.FORMS
    palette: str         # a name in PALETTES
    modes: str = "major minor"
    meter: int = 4       # beats a bar
    swing: tuple = (0.5,)
    swing_unit: float = 0.25
    bars_a_chord: tuple = (1, 1, 2)


STYLES = {
    "techno": Style((124, 142), "techno", "offbeat acid sixteenths rolling",
                    "stabs sustained", "club", "electronic",
                    "minor minor phrygian", bars_a_chord=(1, 2)),
    "house": Style((117, 128), "house", "offbeat octaves syncopated",
                   "stabs sustained offbeat", "club", "electronic",
                   "minor major dorian", swing=(0.5, 0.5, 0.55, 0.58)),
    "dnb": Style((168, 178), "dnb", "reese sustained syncopated",
                 "sustained push", "club", "electronic", "minor"),
    "hiphop": Style((76, 100), "hiphop", "syncopated long808 sustained",
                    "half sustained stabs", "loop", "beats",
                    "minor minor dorian major", swing=(0.5, 0.54, 0.6)),
    "trance": Style((130, 142), "trance", "offbeat rolling sixteenths",
                    "sustained gate", "club", "electronic",
                    "minor minor harmonic major"),
    "rock": Style((104, 168), "rock", "eighths sustained",
                  "quarters eighths push", "song", "band",
                  "major minor mixolydian"),
    "waltz": Style((84, 172), "waltz", "waltz", "waltz", "song", "acoustic",
                   "major minor harmonic", meter=3),
    "reggae": Style((70, 92), "onedrop", "reggae", "skank", "song", "band",
                    "major minor", swing=(0.5, 0.5, 0.6)),
    "ballad": Style((70, 88), "ballad", "sustained country", "half quarters",
                    "song", "acoustic", "major major minor"),
    "latin": Style((92, 128), "latin", "tumbao syncopated", "montuno push",
                   "song", "brass", "minor major harmonic"),
    "dubstep": Style((138, 146), "dubstep", "long808 reese sustained",
                     "sustained half", "club", "electronic",
                     "minor minor phrygian"),
    "breakbeat": Style((122, 140), "breakbeat", "syncopated acid funk",
                       "stabs sustained", "club", "electronic",
                       "minor dorian"),
    "funk": Style((92, 118), "funk", "funk", "scratch stabs", "song", "band",
                  "dorian mixolydian minor", swing=(0.5, 0.56, 0.62)),
    "pop": Style((92, 132), "pop", "eighths syncopated sustained",
                 "push quarters half", "song", "band", "major major minor"),
    "disco": Style((108, 128), "disco", "octaves", "offbeat scratch stabs",
                   "song", "brass", "minor major"),
    "trap": Style((128, 156), "trap", "long808", "sustained half", "loop",
                  "beats", "minor harmonic"),
    "reggaeton": Style((86, 102), "dembow", "dembow", "sustained stabs",
                       "loop", "beats", "minor minor major"),
    "swing": Style((96, 172), "swing", "walking", "stabs push", "song",
                   "brass", "major minor", swing=(0.62, 0.667),
                   swing_unit=0.5),
    "hardtechno": Style((148, 165), "hardtechno", "offbeat rolling",
                        "stabs", "club", "electronic", "minor phrygian"),
    "afro": Style((110, 124), "afro", "syncopated offbeat", "stabs offbeat",
                  "club", "electronic", "minor dorian major"),
    "punk": Style((150, 178), "punk", "eighths", "eighths", "song", "band",
                  "major minor"),
    "garage": Style((128, 136), "garage", "syncopated reese", "stabs push",
                    "club", "electronic", "minor dorian",
                    swing=(0.56, 0.6)),
    "country": Style((96, 150), "train", "country", "quarters offbeat",
                     "song", "acoustic", "major"),
    "downtempo": Style((74, 104), "ambient", "sustained long808",
                       "sustained half", "loop", "beats",
                       "minor dorian major"),
    "piano": Style((72, 132), "ballad", "sustained country waltz",
                   "eighths quarters half", "bare", "keys",
                   "major minor harmonic"),
    "strings": Style((80, 140), "ballad", "sustained eighths",
                     "eighths gate quarters", "bare", "orchestra",
                     "minor major harmonic"),
}

# General MIDI programs (from 0) of each role, and drum kits.
PALETTES = {
    "electronic": {
        "bass": (38, 39, 87, 33, 81), "chords": (4, 5, 16, 50, 62, 63, 90),
        "pad": (88, 89, 91, 92, 94, 95, 48, 51, 52),
        "melody": (80, 81, 82, 84, 85, 53, 11, 98),
        "arpeggio": (80, 81, 84, 12, 46, 99), "kit": (24, 25, 16, 8, 0)},
    "beats": {
        "bass": (38, 39, 33, 32, 35), "chords": (0, 4, 5, 24, 46, 48, 11),
        "pad": (48, 50, 52, 89, 91, 54), "melody": (73, 53, 80, 11, 77, 104),
        "arpeggio": (8, 10, 12, 46, 108), "kit": (25, 25, 24, 0, 8, 16)},
    "band": {
        "bass": (33, 34, 32, 36), "chords": (27, 28, 29, 30, 0, 25, 16, 18),
        "pad": (48, 50, 16, 19, 51), "melody": (27, 30, 65, 66, 22, 53, 81),
        "arpeggio": (25, 28, 4, 11), "kit": (0, 8, 16, 0, 8)},
    "acoustic": {
        "bass": (32, 33, 35), "chords": (0, 1, 4, 24, 25, 46),
        "pad": (48, 49, 52, 19), "melody": (73, 71, 40, 42, 11, 68, 21, 53),
        "arpeggio": (24, 0, 46, 108), "kit": (0, 40, 32, 8)},
    "brass": {
        "bass": (32, 33, 36, 35), "chords": (0, 1, 4, 61, 26, 16),
        "pad": (48, 61, 50, 17), "melody": (56, 57, 65, 66, 71, 73, 62),
        "arpeggio": (11, 12, 28, 0), "kit": (0, 32, 8, 16)},
    "keys": {
        "bass": (0, 1, 4), "chords": (0, 1, 4), "pad": (0, 48, 89),
        "melody": (0, 1, 4, 11), "arpeggio": (0, 4, 46), "kit": (0,)},
    "orchestra": {
        "bass": (43, 42, 45), "chords": (45, 48, 6, 46), "pad": (48, 49, 52),
        "melody": (40, 68, 71, 73, 56, 60), "arpeggio": (45, 46, 13),
        "kit": (48,)},
}

# Note numbers of General MIDI's drums.
GM_DRUMS = {"kick": 36, "snare": 38, "clap": 39, "rim": 37, "hat": 42,
            "open": 46, "ride": 51, "crash": 49, "tom": 45, "shaker": 70,
            "conga": 63, "cowbell": 56, "tambourine": 54, "perc": 76,
            "stick": 31}
