# SPDX-License-Identifier: GPL-3.0-or-later
"""Kits and synthesizers of our own: nothing in them is sampled."""
import numpy as np

TABLE = 4096


# ---------------------------------------------------------------- drums

def decay(n, seconds, rate):
    return np.exp(-6.9 * np.arange(n) / (seconds * rate))


def noise(n, rng, low, high, rate):
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.fft.rfftfreq(n, 1 / rate)
    spectrum *= 1 / np.sqrt(1 + (low / np.maximum(f, 1)) ** 6)
    spectrum *= 1 / np.sqrt(1 + (f / high) ** 6)
    out = np.fft.irfft(spectrum, n)
    return out / (np.std(out) * 3 + 1e-9)


def sweep(n, start, end, seconds, rate):
    f = end + (start - end) * decay(n, seconds, rate)
    return np.sin(2 * np.pi * np.cumsum(f) / rate)


class Kit:
    """One shot of each drum, with its own body and colour."""

    def __init__(self, rng, rate):
        self.rng = rng
        self.rate = rate
        u = rng.uniform
        self.shots = {
            "kick": self.kick(), "snare": self.snare(), "clap": self.clap(),
            "rim": self.ping(u(400, 1800), u(0.02, 0.06), u(0.1, 0.5)),
            "hat": self.hiss(u(5000, 9000), u(0.03, 0.09)),
            "open": self.hiss(u(5000, 8000), u(0.2, 0.5)),
            "ride": self.metal(u(3000, 5000), u(0.4, 0.9)),
            "crash": self.metal(u(2000, 4000), u(1.2, 2.5)),
            "tom": self.tom(u(80, 180)), "conga": self.tom(u(180, 320)),
            "shaker": self.hiss(u(4000, 7000), u(0.04, 0.08), 0.012),
            "cowbell": self.ping(u(500, 700), u(0.15, 0.3), 0.05, 1.48),
            "tambourine": self.hiss(u(7000, 10000), u(0.06, 0.15)),
            "perc": self.ping(u(700, 2500), u(0.05, 0.15), 0.2),
            "stick": self.ping(u(1500, 2500), 0.04, 0.4),
        }
        level = {"kick": 1.0, "snare": 0.7, "clap": 0.6, "tom": 0.7,
                 "conga": 0.5, "crash": 0.4}
        for name, shot in self.shots.items():
            shot *= level.get(name, 0.3) * u(0.8, 1.2) / np.abs(shot).max()
        self.pans = {name: 0.0 if name in ("kick", "snare", "clap")
                     else u(-0.5, 0.5) for name in self.shots}

    def frames(self, seconds):
        return int(seconds * self.rate)

    def kick(self):
        u = self.rng.uniform
        length = u(0.15, 0.7)
        n = self.frames(length)
        body = sweep(n, u(120, 400), u(40, 62), u(0.03, 0.12), self.rate)
        body = np.tanh(body * u(1, 4)) * decay(n, length, self.rate)
        click = noise(n, self.rng, 1500, 9000, self.rate)
        return body + u(0, 0.3) * click * decay(n, 0.02, self.rate)

    def snare(self):
        u = self.rng.uniform
        n = self.frames(0.4)
        body = sweep(n, u(250, 400), u(160, 230), 0.05, self.rate)
        wires = noise(n, self.rng, u(600, 2000), u(6000, 12000), self.rate)
        return (u(0.3, 0.9) * body * decay(n, u(0.08, 0.2), self.rate) +
                wires * decay(n, u(0.1, 0.35), self.rate))

    def clap(self):
        n = self.frames(0.35)
        hiss = noise(n, self.rng, 700, 5000, self.rate)
        out = np.zeros(n)
        for delay in (0.0, 0.009, 0.019):
            at = self.frames(delay)
            out[at:] += hiss[:n - at] * decay(n - at, 0.04, self.rate)
        at = self.frames(0.024)
        out[at:] += hiss[at:] * decay(n - at, 0.25, self.rate)
        return out

    def hiss(self, low, seconds, attack=0.0005):
        n = self.frames(seconds * 1.5)
        rise = np.minimum(1, np.arange(n) / (attack * self.rate))
        return (noise(n, self.rng, low, 16000, self.rate) * rise *
                decay(n, seconds, self.rate))

    def metal(self, low, seconds):
        n = self.frames(seconds)
        t = np.arange(n) / self.rate
        ring = sum(np.sign(np.sin(2 * np.pi * f * t))
                   for f in self.rng.uniform(300, 1100, 6) * low / 1000)
        hiss = noise(n, self.rng, low, 15000, self.rate)
        return (0.08 * ring + hiss) * decay(n, seconds, self.rate)

    def tom(self, pitch):
        n = self.frames(0.35)
        return (sweep(n, pitch * 1.5, pitch, 0.06, self.rate) *
                decay(n, 0.3, self.rate))

    def ping(self, pitch, seconds, click, second=1.6):
        n = self.frames(seconds * 1.5)
        t = np.arange(n) / self.rate
        tone = (np.sin(2 * np.pi * pitch * t) +
                0.7 * np.sin(2 * np.pi * pitch * second * t))
        return ((tone + click * self.rng.standard_normal(n)) *
                decay(n, seconds, self.rate))

    def play(self, out, notes, seconds_of, gain):
        for note in notes:
            shot = self.shots[note.pitch]
            add(out, shot, seconds_of(note.beat) * self.rate,
                gain * note.force, self.pans[note.pitch])


def add(out, wave, at, gain, pan):
    at = round(at)
    end = min(len(out), at + len(wave))
    if at < end:
        piece = wave[:end - at] * gain
        out[at:end, 0] += piece * min(1, 1 - pan)
        out[at:end, 1] += piece * min(1, 1 + pan)


# ---------------------------------------------------------------- tones

def harmonics(shape, count):
    k = np.arange(1, count + 1)
    return {"saw": 1 / k, "square": (k % 2) / k,
            "pulse": np.sin(np.pi * k * 0.2) / k,
            "triangle": (k % 2) / k ** 2, "sine": (k == 1) * 1.0,
            "organ": np.isin(k, (1, 2, 3, 4, 6, 8)) / np.sqrt(k),
            "reed": np.exp(-((k - 4) / 3.0) ** 2) + 0.3 / k}[shape]


def formants(pitch, count, vowel):
    """Harmonics of a voice at pitch in Hz that sings a vowel."""
    k = np.arange(1, count + 1)
    gain = sum(a / (1 + ((k * pitch - f) / b) ** 2)
               for f, b, a in vowel)
    return gain / k


VOWELS = (((730, 90, 1), (1090, 110, .5), (2440, 170, .2)),
          ((530, 80, 1), (1840, 120, .4), (2480, 170, .2)),
          ((570, 80, 1), (840, 100, .6), (2410, 170, .1)),
          ((300, 70, 1), (2300, 150, .3), (3000, 200, .2)))


def table(amplitudes, rng):
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    spectrum[1:len(amplitudes) + 1] = amplitudes * np.exp(
        2j * np.pi * rng.uniform(0, 1, len(amplitudes)))
    out = np.fft.irfft(spectrum, TABLE)
    return out / np.abs(out).max()


ROLES = {
    # shapes, attack, decay, sustain, release in seconds, voices
    "bass": (("saw", "square", "sine", "pulse", "triangle"),
             (0.002, 0.01), (0.1, 0.5), (0.3, 0.9), (0.02, 0.08), (1, 2)),
    "chords": (("saw", "square", "organ", "fm", "pulse", "triangle"),
               (0.003, 0.02), (0.1, 0.6), (0.2, 0.8), (0.05, 0.3), (1, 5)),
    "pad": (("saw", "organ", "reed", "voice"),
            (0.1, 0.4), (0.5, 1.0), (0.7, 0.9), (0.3, 0.8), (3, 6)),
    "melody": (("saw", "square", "voice", "voice", "fm", "reed"),
               (0.005, 0.05), (0.1, 0.5), (0.4, 0.8), (0.05, 0.2), (1, 3)),
    "arpeggio": (("saw", "pulse", "fm", "triangle"),
                 (0.002, 0.005), (0.05, 0.3), (0.0, 0.3), (0.03, 0.15),
                 (1, 3)),
}


class Instrument:
    def __init__(self, role, rng, rate, cents):
        shapes, attack, fall, sustain, release, voices = ROLES[role]
        self.rng = rng
        self.rate = rate
        self.tuning = 440 * 2 ** (cents / 1200)
        self.shape = shapes[rng.integers(len(shapes))]
        self.attack = rng.uniform(*attack)
        self.fall = rng.uniform(*fall)
        self.sustain = rng.uniform(*sustain)
        self.release = rng.uniform(*release)
        self.voices = int(rng.integers(voices[0], voices[1] + 1))
        self.spread = rng.uniform(3, 14)          # cents between voices
        self.bright = rng.uniform(1500, 9000)     # Hz at the attack
        self.dull = self.bright * rng.uniform(0.2, 1)
        self.ratio = rng.choice((1, 2, 3, 1.41, 3.5))
        self.index = rng.uniform(0.5, 4)
        self.late = 0.03 if self.shape == "voice" else 0.0
        self.pan = rng.uniform(-0.4, 0.4) if role != "bass" else 0.0
        self.known = {}

    def envelope(self, n, held):
        t = np.arange(n) / self.rate
        up = np.minimum(1, t / self.attack)
        level = self.sustain + (1 - self.sustain) * np.exp(-t / self.fall)
        after = np.exp(-np.maximum(0, t - held) * 4 / self.release)
        return up * level * after

    def tables(self, pitch):
        """Bright and dull, both without aliases."""
        top = max(1, min(TABLE // 2 - 1, int(0.45 * self.rate / pitch)))
        k = np.arange(1, top + 1)
        if self.shape == "voice":
            vowel = VOWELS[self.rng.integers(len(VOWELS))]
            amplitudes = formants(pitch, top, vowel)
        else:
            amplitudes = harmonics(self.shape, top)
        return [table(amplitudes / (1 + (k * pitch / cutoff) ** 2), self.rng)
                for cutoff in (self.bright, self.dull)]

    @staticmethod
    def sung(t):
        """What a scoop from below and a vibrato add to time."""
        scoop = -0.03 * 0.06 * (1 - np.exp(-t / 0.06))
        return scoop + 0.008 * (1 - np.cos(2 * np.pi * 5.5 * t)) / 35

    def wave(self, midi, held):
        n = int((held + self.release * 1.5) * self.rate)
        t = np.arange(n) / self.rate
        pitch = self.tuning * 2 ** ((midi - 69) / 12)
        if self.shape == "fm":
            index = self.index * np.exp(-t / self.fall)
            out = np.sin(2 * np.pi * pitch * t + index *
                         np.sin(2 * np.pi * pitch * self.ratio * t))
            return out * self.envelope(n, held)
        bright, dull = self.tables(pitch)
        fade = np.exp(-t / self.fall)
        out = np.zeros(n)
        for voice in range(self.voices):
            off = (voice - (self.voices - 1) / 2) * self.spread
            phase = pitch * 2 ** (off / 1200) * t + self.rng.uniform()
            if self.shape == "voice":
                phase += pitch * self.sung(t)
            at = (phase % 1 * TABLE).astype(np.int32)
            out += bright[at] * fade + dull[at] * (1 - fade)
        return out / np.sqrt(self.voices) * self.envelope(n, held)

    def play(self, out, notes, seconds_of, gain):
        for note in notes:
            start = seconds_of(note.beat)
            held = max(0.04, seconds_of(note.beat + note.length) - start)
            key = (note.pitch, round(held, 2))
            if key not in self.known:
                self.known[key] = self.wave(note.pitch, held)
            start += self.late * self.rng.uniform(-0.3, 1)
            add(out, self.known[key], max(0, start) * self.rate,
                gain * (0.4 + 0.6 * note.force), self.pan)


def riser(n, rng, rate):
    """Noise that grows and brightens over n frames."""
    t = np.linspace(0, 1, n)
    hiss = noise(n, rng, 500, 4000, rate) * (1 - t)
    hiss += noise(n, rng, 3000, 12000, rate) * t
    return hiss * t ** 2
