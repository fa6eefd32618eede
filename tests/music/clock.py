# SPDX-License-Identifier: GPL-3.0-or-later
"""When each beat falls."""
import numpy as np


class Clock:
    """Beats 0, 1, .. in seconds; between them time runs evenly."""

    def __init__(self, times):
        self.times = np.asarray(times)
        self.numbers = np.arange(len(self.times))

    def at(self, beat):
        last = len(self.times) - 1
        if beat > last:
            step = self.times[-1] - self.times[-2]
            return float(self.times[-1] + (beat - last) * step)
        return float(np.interp(beat, self.numbers, self.times))


def swung(beat, unit, ratio):
    """Where a straight position falls when pairs of unit (in beats) are
    divided by ratio instead of in the middle."""
    pair = 2 * unit
    whole, part = divmod(beat, pair)
    part /= pair
    if part < 0.5:
        part *= 2 * ratio
    else:
        part = ratio + (part - 0.5) * 2 * (1 - ratio)
    return whole * pair + part * pair


def steady(bpm, beats):
    return Clock(np.arange(beats + 1) * 60.0 / bpm)


def ramp(bpm, beats, factor):
    """From bpm to bpm * factor, in equal steps of tempo a beat."""
    tempo = bpm * np.linspace(1, factor, beats)
    return Clock(np.concatenate(([0], np.cumsum(60.0 / tempo))))


def steps(bpm, beats, changes):
    """changes: (beat, factor) from where on the tempo is bpm * factor."""
    tempo = np.full(beats, float(bpm))
    for beat, factor in changes:
        tempo[beat:] = bpm * factor
    return Clock(np.concatenate(([0], np.cumsum(60.0 / tempo))))


def wandering(bpm, beats, spread, rng):
    """A band without a click: the tempo strays by spread (a share of it),
    slowly, and each beat by a few ms."""
    drift = np.zeros(beats)
    pull = 0.03
    noise = rng.normal(0, 1, beats) * spread * np.sqrt(2 * pull)
    for n in range(1, beats):
        drift[n] = drift[n - 1] * (1 - pull) + noise[n]
    drift[0] = 0
    times = np.cumsum(60.0 / (bpm * (1 + drift)))
    times += rng.normal(0, 0.004, beats)
    return Clock(np.concatenate(([0], times)))
