# SPDX-License-Identifier: GPL-3.0-or-later
"""What has neither tempo nor key, and must get neither."""
import json

import numpy as np

import mastering
import synth
from filters import shaped

RATE = 44100
SECONDS = 40


def frames(seconds):
    return int(seconds * RATE)


def time_of(seconds):
    return np.arange(frames(seconds)) / RATE


def coloured(rng, exponent):
    """Noise whose power falls by f ** exponent."""
    x = rng.standard_normal((frames(SECONDS), 1))
    slope = -exponent / 2
    return shaped(x, lambda f: np.maximum(f, 20) ** slope, RATE)[:, 0]


def speech(rng):
    """Syllables without a beat, on glides without a scale, with pauses."""
    out = np.zeros(frames(SECONDS))
    at = 0.3
    while at < SECONDS - 1:
        length = rng.uniform(0.08, 0.32)
        n = frames(length)
        t = np.arange(n) / RATE
        pitch = np.linspace(rng.uniform(90, 170), rng.uniform(80, 160), n)
        vowel = synth.VOWELS[rng.integers(4)]
        wave = synth.table(synth.formants(120, 60, vowel), rng)
        phase = np.cumsum(pitch) / RATE
        voiced = wave[(phase % 1 * synth.TABLE).astype(int)]
        hiss = synth.noise(n, rng, 2500, 8000, RATE) * np.exp(-t / 0.03)
        start = frames(at)
        out[start:start + n] += (voiced + 0.5 * hiss) * np.hanning(n)
        at += length * rng.uniform(0.8, 1.3)
        if rng.random() < 0.12:
            at += rng.uniform(0.3, 1.2)
    return out


def clicks(rng):
    """Rain on a roof: strokes at times that know nothing of each other."""
    out = np.zeros(frames(SECONDS))
    shot = synth.noise(frames(0.05), rng, 800, 6000, RATE)
    shot *= synth.decay(len(shot), 0.04, RATE)
    for at in rng.integers(0, len(out) - len(shot), SECONDS * 6):
        out[at:at + len(shot)] += shot * rng.uniform(0.2, 1)
    return out


def loop(rng, seconds):
    """The beginning of a beat, cut off after so many seconds."""
    out = np.zeros((frames(6), 2))
    kit = synth.Kit(rng, RATE)
    for beat in range(10):
        for name, offset in (("kick", 0), ("hat", 0.25)):
            synth.add(out, kit.shots[name], (beat * 0.5 + offset) * RATE, 1, 0)
    return out[:frames(seconds), 0]


# name: (format, samples of one channel)
SOUNDS = {
    "silence": ("flac", lambda rng: np.zeros(frames(SECONDS))),
    "dc": ("flac", lambda rng: np.full(frames(SECONDS), 0.4)),
    "sine": ("mp3", lambda rng: np.sin(2 * np.pi * 440 * time_of(SECONDS))),
    "sweep": ("m4a", lambda rng: np.sin(
        2 * np.pi * 100 * np.exp(time_of(SECONDS) / 8) * 8)),
    "hum": ("opus", lambda rng: sum(
        np.sin(2 * np.pi * 50 * k * time_of(SECONDS)) / k
        for k in (1, 2, 3, 5))),
    "white": ("mp3", lambda rng: coloured(rng, 0)),
    "pink": ("m4a", lambda rng: coloured(rng, 1)),
    "brown": ("opus", lambda rng: coloured(rng, 2)),
    "speech-1": ("mp3", speech), "speech-2": ("opus", speech),
    "rain": ("m4a", clicks),
    "clip-50ms": ("flac", lambda rng: loop(rng, 0.05)),
    "clip-1s": ("mp3", lambda rng: loop(rng, 1)),
    "clip-3s": ("m4a", lambda rng: loop(rng, 3)),
    "clip-4s": ("opus", lambda rng: loop(rng, 4.5)),
}


def make(folder, name, seed):
    codec, sound = SOUNDS[name]
    x = sound(np.random.default_rng([seed, *name.encode()]))
    peak = np.abs(x).max()
    if name != "dc" and peak > 0:
        x = x * (0.5 / peak)
    stereo = np.repeat(x[:, None], 2, axis=1)
    file = "%s.%s" % (name, codec)
    mastering.encode(stereo, RATE, folder / file, mastering.CODECS[codec])
    return {"file": file, "style": "nothing", "bpm": None, "key": None}


def write(folder, seed):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "truth.jsonl", "w", encoding="utf-8") as f:
        for name in SOUNDS:
            f.write(json.dumps(make(folder, name, seed)) + "\n")
