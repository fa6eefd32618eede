# SPDX-License-Identifier: GPL-3.0-or-later
"""One track: composed, played, mastered, encoded; with the truth about it."""
import pathlib
import re
import subprocess
import tempfile

import numpy as np

import clock
import mastering
import soundfont
import synth
from song import Composer
from styles import PALETTES, STYLES

# Who plays the drums and who the rest: a soundfont, or our own synthesis.
ENGINES = (("fluid", "fluid"), ("timgm", "timgm"), ("synth", "synth"),
           ("synth", "fluid"), ("timgm", "synth"), ("synth", "timgm"),
           ("fluid", "synth"), ("opl3", "opl3"), ("synth", "opl3"),
           ("opl3", "fluid"))
TIMES = ("steady",) * 14 + ("ramp", "steps", "wandering")
GAINS = {"bass": 0.5, "chords": 0.22, "pad": 0.14, "melody": 0.3,
         "arpeggio": 0.16}
TAIL = 2.5               # seconds after the last bar


class Track:
    def __init__(self, seed, number):
        self.rng = rng = np.random.default_rng([seed, number])
        names = list(STYLES)
        # Styles by turns, so that a small corpus has many; codecs too.
        self.name = names[(number + 5 * seed) % len(names)]
        self.codec = list(mastering.CODECS)[(number + number // 24) % 4]
        self.rate = int(rng.choice((44100, 44100, 48000)))
        self.song = Composer(STYLES[self.name], "%d/%d" % (seed, number)
                             ).compose()
        self.drums, self.tones = ENGINES[rng.integers(len(ENGINES))]
        self.finish = str(rng.choice(mastering.FINISHES))
        self.cents = float(rng.choice((0, 0, 0, 1)) *
                           round(rng.uniform(-45, 45)))
        self.lead_in = float(rng.choice((0, 0.01, rng.uniform(0, 3))))
        self.time = str(rng.choice(TIMES))
        self.clock = self.make_clock()
        self.file = "%03d-%s.%s" % (number, self.name, self.codec)

    def make_clock(self):
        bpm = self.song.bpm
        beats = self.song.beats + 2 * self.song.style.meter
        if self.time == "ramp":
            return clock.ramp(bpm, beats, self.rng.uniform(1.05, 1.15))
        if self.time == "steps":
            half = beats // 8 * 4
            return clock.steps(bpm, beats, [(half, self.rng.choice(
                (0.92, 0.95, 1.05, 1.08)))])
        if self.time == "wandering":
            return clock.wandering(bpm, beats, 0.012, self.rng)
        return clock.steady(bpm, beats)

    def seconds(self, beat):
        return self.lead_in + self.clock.at(beat)

    def bar_seconds(self, bar):
        return self.seconds(bar * self.song.style.meter)

    # ------------------------------------------------------------- sound

    def mix(self):
        frames = int((self.seconds(self.song.beats) + TAIL) * self.rate)
        drums = self.played_drums(frames)
        tones = self.played_tones(frames)
        if self.rng.random() < 0.7:
            tones = mastering.reverbed(tones, self.rng, self.rate)
        if self.song.style.form == "club" and self.rng.random() < 0.6:
            tones = mastering.ducked(
                tones, self.kicks(), self.rate, self.rng.uniform(0.3, 0.8),
                self.rng.uniform(0.15, 0.35))
        balance = mastering.rms(tones) * 2 ** self.rng.uniform(-1.5, 1)
        mix = tones + drums * (balance / mastering.rms(drums))
        self.add_risers(mix)
        return mastering.mastered(mix, self.finish, self.rng, self.rate)

    def kicks(self):
        return [self.seconds(n.beat) for n in self.song.parts["drums"]
                if n.pitch == "kick"]

    def played_drums(self, frames):
        notes = self.song.parts["drums"]
        palette = PALETTES[self.song.style.palette]
        out = np.zeros((frames, 2), np.float32)
        if self.drums == "synth":
            synth.Kit(self.rng, self.rate).play(out, notes, self.seconds, 0.5)
        else:
            kit = int(self.rng.choice(palette["kit"]))
            self.through_font(out, self.drums, [
                (soundfont.DRUM_CHANNEL, kit, 0, 64, notes)])
        return out

    def played_tones(self, frames):
        palette = PALETTES[self.song.style.palette]
        out = np.zeros((frames, 2), np.float32)
        parts = []
        for channel, (role, gain) in enumerate(GAINS.items()):
            notes = self.song.parts[role]
            gain *= self.rng.uniform(0.7, 1.3)
            if self.tones == "synth":
                synth.Instrument(role, self.rng, self.rate, self.cents).play(
                    out, notes, self.seconds, gain)
                continue
            for note in notes:
                note.force *= min(1, 0.5 + gain)
            parts.append((channel, int(self.rng.choice(palette[role])),
                          self.cents, int(self.rng.integers(34, 94)), notes))
        if parts:
            self.through_font(out, self.tones, parts)
        return out

    def through_font(self, out, font, parts):
        with tempfile.TemporaryDirectory() as folder:
            played = soundfont.play(
                [(*part, self.clock, self.lead_in) for part in parts],
                font, self.rate, folder, self.rng.random() < 0.5)
        n = min(len(out), len(played))
        out[:n] += played[:n]

    def add_risers(self, mix):
        for section in self.song.sections:
            if "r" not in section.layers:
                continue
            start = int(self.bar_seconds(section.bar) * self.rate)
            end = int(self.bar_seconds(section.bar + section.bars) * self.rate)
            rise = synth.riser(end - start, self.rng, self.rate)
            mix[start:end] += (rise * mastering.rms(mix) * 1.5)[:, None]

    # ------------------------------------------------------------- truth

    def sections(self):
        """Adjacent ones of a kind are one."""
        out = []
        for s in self.song.sections:
            end = s.bar + s.bars
            if out and out[-1]["kind"] == s.kind:
                out[-1].update(bars=end - out[-1]["bar"],
                               end=round(self.bar_seconds(end), 4))
                continue
            out.append({"kind": s.kind, "bar": s.bar, "bars": s.bars,
                        "start": round(self.bar_seconds(s.bar), 4),
                        "end": round(self.bar_seconds(end), 4),
                        "full": s.full})
        return out

    def truth(self):
        song = self.song
        full = [s for s in song.sections if s.full] or song.sections
        beats = [round(self.seconds(n), 4) for n in range(song.beats)]
        return {
            "file": self.file, "style": self.name, "codec": self.codec,
            "bpm": float(round(60 / np.median(np.diff(beats)), 3))
            if self.time != "steady" else song.bpm,
            "time": self.time, "meter": song.style.meter,
            "key": song.key.name, "mode": song.key.mode,
            "chords": song.numerals, "cents": self.cents,
            "firstDownbeat": beats[0],
            "mixIn": round(self.bar_seconds(full[0].bar), 4),
            "mixOut": round(self.bar_seconds(full[-1].bar + full[-1].bars), 4),
            "sections": self.sections(), "swing": song.swing,
            "drums": self.drums, "tones": self.tones, "finish": self.finish,
            "beats": beats,
        }

    def write(self, folder):
        path = pathlib.Path(folder, self.file)
        mastering.encode(self.mix(), self.rate, path,
                         mastering.CODECS[self.codec])
        return {**self.truth(), "energy": energy(path)}


def energy(path):
    """The field's own formula, from ffmpeg's volumedetect."""
    said = subprocess.run(
        ["ffmpeg", "-nostdin", "-i", str(path), "-af", "volumedetect", "-f",
         "null", "-"], capture_output=True, text=True, check=True).stderr
    mean, peak = (float(re.search(name + r"_volume: (\S+) dB", said)[1])
                  for name in ("mean", "max"))
    level = min(1, max(0, (mean + 25) / 20))
    crest = min(1, max(0, (peak + 10) / 10))
    return max(1, min(10, int((0.7 * level + 0.3 * crest) * 9 + 1 + 0.5)))
