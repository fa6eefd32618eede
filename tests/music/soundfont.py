# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays notes through a soundfont, by fluidsynth."""
import pathlib
import struct
import subprocess

import numpy as np

from styles import GM_DRUMS

FOLDER = pathlib.Path("/usr/share/sounds/sf2")
# Two of samples, and one that sounds like a chip of FM synthesis.
FONTS = {"fluid": "FluidR3_GM.sf2", "timgm": "TimGM6mb.sf2",
         "opl3": "OPL-3_FM_128M.sf2"}
TICKS = 10000            # a second: all tempo is in the notes' own times
DRUM_CHANNEL = 9


def varlen(n):
    out = bytes([n & 127])
    while n := n >> 7:
        out = bytes([n & 127 | 128]) + out
    return out


def midi_file(events):
    """events: (seconds, order, bytes)."""
    track = b""
    last = 0
    for at, _, message in sorted(events, key=lambda e: e[:2]):
        tick = max(last, round(at * TICKS))
        track += varlen(tick - last) + message
        last = tick
    track = b"\0\xff\x51\x03" + struct.pack(">I", 1000000)[1:] + track
    track += varlen(TICKS) + b"\xff\x2f\0"
    return (b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) +
            b"MTrk" + struct.pack(">I", len(track)) + track)


def setup(channel, program, cents, pan):
    bend = round(8192 + cents / 200 * 8192)
    return bytes([0xB0 | channel, 10, pan, 0,
                  0xC0 | channel, program, 0,
                  0xE0 | channel, bend & 127, bend >> 7])


def events_of(channel, notes, clock, start):
    for note in notes:
        on = start + clock.at(note.beat)
        off = max(on + 0.03, start + clock.at(note.beat + note.length))
        pitch = GM_DRUMS[note.pitch] if channel == DRUM_CHANNEL else note.pitch
        force = max(1, min(127, round(20 + 105 * note.force)))
        yield on, 2, bytes([0x90 | channel, pitch, force])
        yield off, 1, bytes([0x80 | channel, pitch, 0])


def play(parts, font, rate, folder, reverb):
    """parts: (channel, program, cents, pan, notes, clock, start).
    Returns (frames, 2)."""
    events = []
    for channel, program, cents, pan, notes, clock, start in parts:
        if channel != DRUM_CHANNEL:
            events.append((0, 0, setup(channel, program, cents, pan)))
        else:
            events.append((0, 0, bytes([0xC0 | channel, program])))
        events.extend(events_of(channel, notes, clock, start))
    score = pathlib.Path(folder, "score.mid")
    wave = pathlib.Path(folder, "score.raw")
    score.write_bytes(midi_file(events))
    subprocess.run(
        ["fluidsynth", "-ni", "-q", "-F", str(wave), "-T", "raw", "-O", "s16",
         "-r", str(rate), "-g", "0.4",
         "-o", "synth.reverb.active=%d" % reverb,
         "-o", "synth.chorus.active=%d" % reverb,
         str(FOLDER / FONTS[font]), str(score)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples = np.fromfile(wave, "<i2").reshape(-1, 2)
    return samples.astype(np.float32) / 32768
