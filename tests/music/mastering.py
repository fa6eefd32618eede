# SPDX-License-Identifier: GPL-3.0-or-later
"""From buses to a finished mix: ducking, room, colour, loudness, media."""
import subprocess

import numpy as np

from filters import convolve, high_pass, low_pass, room, shaped, tilt

CODECS = {"mp3": ["-c:a", "libmp3lame", "-b:a", "192k"],
          "m4a": ["-c:a", "aac", "-b:a", "128k"],
          "flac": ["-c:a", "flac", "-sample_fmt", "s16"],
          "opus": ["-c:a", "libopus", "-b:a", "128k"]}
FINISHES = ("clean", "limited", "limited", "loud", "clipped", "quiet",
            "lofi", "narrow")


def ducked(x, times, rate, depth, recovery):
    """x, turned down at each of times and let up again in recovery s."""
    n = int(recovery * rate)
    dip = 1 - depth * (1 - np.arange(n) / n) ** 2
    gain = np.ones(len(x), np.float32)
    for at in times:
        at = int(at * rate)
        end = min(len(x), at + n)
        if at < end:
            gain[at:end] = np.minimum(gain[at:end], dip[:end - at])
    return x * gain[:, None]


def reverbed(x, rng, rate):
    tail = room(rng.uniform(0.4, 2.0), rate, rng)
    return x + rng.uniform(0.05, 0.35) * convolve(x, tail)[:len(x)]


def limited(x, ceiling, rate):
    """Peaks held below the ceiling by a gain that looks 5 ms ahead."""
    block = int(0.005 * rate)
    blocks = -(-len(x) // block)
    padded = np.zeros((blocks * block, 2), np.float32)
    padded[:len(x)] = x
    peak = np.abs(padded).reshape(blocks, -1).max(axis=1)
    wanted = np.minimum(1, ceiling / np.maximum(peak, 1e-6))
    gain = wanted.copy()
    gain[:-1] = np.minimum(gain[:-1], wanted[1:])
    gain[1:] = np.minimum(gain[1:], wanted[:-1])
    release = 1 - np.exp(-0.005 / 0.08)
    for i in range(1, blocks):
        gain[i] = min(gain[i], gain[i - 1] + (1 - gain[i - 1]) * release)
    middles = np.arange(blocks) * block + block / 2
    smooth = np.interp(np.arange(len(x)), middles, gain)
    return np.clip(x * smooth[:, None], -ceiling, ceiling)


def rms(x):
    return float(np.sqrt(np.mean(np.square(x)))) + 1e-9


def mastered(x, finish, rng, rate):
    x = shaped(x, tilt(rng.uniform(-1.5, 1.5)), rate)
    x *= 0.14 / rms(x)
    if finish == "limited":
        x = limited(x * rng.uniform(1.0, 1.8), 0.97, rate)
    elif finish == "loud":
        x = limited(np.tanh(x * rng.uniform(1.5, 2.5)) * 1.3, 0.99, rate)
    elif finish == "clipped":
        x = np.clip(x * rng.uniform(2, 4), -1, 1)
    elif finish == "quiet":
        x *= 0.1 * rng.uniform(0.5, 1)
    elif finish == "lofi":
        x = shaped(x, low_pass(rng.uniform(4000, 9000)), rate)
        x += rng.standard_normal(x.shape).astype(np.float32) * 0.004
        clicks = rng.integers(0, len(x), len(x) // rate * 3)
        x[clicks] += rng.uniform(-0.3, 0.3, (len(clicks), 1))
    elif finish == "narrow":
        x = shaped(x, high_pass(rng.uniform(60, 150)), rate)
        x = np.repeat(x.mean(axis=1, keepdims=True), 2, axis=1)
    return limited(x, 0.99, rate)


def encode(x, rate, path, options):
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ac", "2",
         "-ar", str(rate), "-i", "-", *options, "-bitexact", str(path)],
        input=x.astype("<f4").tobytes(), check=True)
