# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and reverb, without delay. Signals are (frames, channels)."""
import numpy as np

BLOCK = 1 << 16


def convolve(x, h):
    """x with the response h (taps, channels or 1), by overlapping blocks."""
    taps = len(h)
    size = 1 << int(np.ceil(np.log2(max(BLOCK, 4 * taps))))
    step = size - taps + 1
    spectrum = np.fft.rfft(h, size, axis=0)
    out = np.zeros((len(x) + taps - 1, x.shape[1]), np.float32)
    for start in range(0, len(x), step):
        piece = np.fft.rfft(x[start:start + step], size, axis=0) * spectrum
        wave = np.fft.irfft(piece, size, axis=0)
        end = min(len(out), start + size)
        out[start:end] += wave[:end - start].astype(np.float32)
    return out


def response(gains, rate, taps=1023):
    """A symmetric filter; gains is a function of frequencies in Hz."""
    size = 4096
    wanted = gains(np.fft.rfftfreq(size, 1 / rate))
    h = np.roll(np.fft.irfft(wanted, size), taps // 2)[:taps]
    return (h * np.hanning(taps + 2)[1:-1])[:, None]


def shaped(x, gains, rate):
    """x filtered by gains, as long as x and in time with it."""
    h = response(gains, rate)
    skip = len(h) // 2
    return convolve(x, h)[skip:skip + len(x)]


def low_pass(cutoff, order=2):
    return lambda f: 1 / np.sqrt(1 + (f / cutoff) ** (2 * order))


def high_pass(cutoff, order=2):
    return lambda f: 1 / np.sqrt(1 + (cutoff / np.maximum(f, 1e-3)) **
                                 (2 * order))


def tilt(db_per_octave):
    return lambda f: (np.clip(f, 40, 16000) / 1000) ** (db_per_octave / 6.02)


def room(seconds, rate, rng):
    """The response of a room that decays by 60 dB in seconds."""
    n = int(seconds * rate)
    t = np.arange(n)[:, None] / rate
    tail = rng.standard_normal((n, 2)) * 10 ** (-3 * t / seconds)
    tail[:int(0.012 * rate)] = 0
    tail /= np.sqrt(np.sum(tail ** 2, axis=0))
    return tail
