# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as people have them: odd, broken, misnamed, or no audio at all. What
can be decoded is analyzed; the rest ends in a named reason; all of it within
the limits of memory and time that are set."""
import json
import random
import struct
import subprocess

import music
import pytest
from conftest import LIKESYNC

LIMITS = "[analysis]\nmemory = 256M\ntimeout = 120s\n"
REASONS = {"not-audio", "no-audio", "unsupported", "damaged", "unreadable",
           "timeout", "memory", "crashed", "truncated", "errors", "mixed"}
BPM, SECONDS = 126, 20

# Other formats of the same music: name, what ffmpeg is told.
ODD = {
    "mono-u8-8k.wav": "-ac 1 -ar 8000 -c:a pcm_u8",
    "odd-rate.wav": "-ar 37800",
    "hires-192k.flac": "-ar 192000 -sample_fmt s32",
    "surround-51.flac": "-af pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0",
    "surround-71.wav": "-af pan=7.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0|"
                       "SL=c0|SR=c0",
    "sixteen-channels.wav": "-ac 16",
    "float64.wav": "-c:a pcm_f64le",
    "wav-named.mp3": "-f wav",
    "mp3-named.flac": "-f mp3 -q:a 4",
    "m4a-named.ogg": "-f mp4 -c:a aac",
    "raw.aac": "-c:a aac -f adts",
}
# Of which the last part is missing.
CUT = {
    "cut.m4a": "-c:a aac -b:a 128k -movflags faststart",
    "cut.mp3": "-q:a 4",
    "cut.flac": "",
    "cut.opus": "-c:a libopus",
}
# Bytes that nothing can be heard in.
NO_AUDIO = {
    "empty.mp3": b"",
    "text.mp3": b"This is no music.\n" * 5000,
    "zero.mp3": bytes(100000),
    "zero.m4a": bytes(100000),
    "random.mp3": random.Random(1).randbytes(100000),
    "page.mp3": b"<!DOCTYPE html><html><body>404</body></html>",
}
FLIPPED = {"flipped.mp3": "-q:a 4 -write_xing 0", "flipped.flac": "",
           "flipped.m4a": "-c:a aac -movflags faststart",
           "flipped.opus": "-c:a libopus"}
# What stands before the music of an mp3.
BEFORE = {
    "zeros-first.mp3": bytes(100000),
    "page-first.mp3": b"<html>" + b"moved " * 2000,
    "lying-tag.mp3": b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f",
}


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *words],
                   check=True, timeout=120)


def cut(path, part):
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * part)])


def flip_bits(path, seed):
    """One bit in each 200 kB of the second half; headers stay whole."""
    data = bytearray(path.read_bytes())
    dice = random.Random(seed)
    for at in range(len(data) // 2, len(data) - 100, 200000):
        data[at + dice.randrange(100)] ^= 1 << dice.randrange(8)
    path.write_bytes(data)




def make_long(top):
    """70 minutes, of the same 20 s."""
    piece = top / "piece.mp3"
    ffmpeg("-i", str(top / "music.wav"), "-ar", "8000", "-ac", "1", "-b:a",
           "16k", "-write_xing", "0", str(piece))
    ffmpeg("-stream_loop", "209", "-i", str(piece), "-c", "copy",
           str(top / "long.mp3"))
    piece.unlink()


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """A folder with all of them."""
    top = tmp_path_factory.mktemp("hard")
    source = music.make(top / "music.wav", BPM, 220.0, SECONDS)
    encode = {**ODD, **FLIPPED, **CUT}
    for name, options in encode.items():
        ffmpeg("-i", str(source), *options.split(), str(top / name))
    for name in CUT:
        cut(top / name, 0.6)
    for seed, name in enumerate(FLIPPED):
        flip_bits(top / name, seed)
    ffmpeg("-i", str(source), "-t", "1", str(top / "second.wav"))
    ffmpeg("-i", str(source), "-t", "0.05", str(top / "blink.wav"))
    ffmpeg("-i", str(source), "-id3v2_version", "0", str(top / "bare.mp3"))
    for name, data in BEFORE.items():
        (top / name).write_bytes(data + (top / "bare.mp3").read_bytes())
    make_long(top)
    # The index of such a file is at its end.
    ffmpeg("-i", str(source), "-c:a", "aac", str(top / "no-moov.m4a"))
    cut(top / "no-moov.m4a", 0.9)
    for name, data in NO_AUDIO.items():
        (top / name).write_bytes(data)
    source.unlink()
    return top


@pytest.fixture(scope="module")
def found(hard, tmp_path_factory):
    """What the program says of each, by name."""
    conf = tmp_path_factory.mktemp("conf") / "likesync.conf"
    conf.write_text("[library]\npath = %s\n[log]\ntarget = stderr\n%s"
                    % (hard, LIMITS))
    files = sorted(str(p) for p in hard.iterdir())
    r = subprocess.run([LIKESYNC, "-c", str(conf), "analyze", "--json",
                        *files], capture_output=True, text=True, timeout=300)
    assert r.returncode == 1, r.stderr
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    assert len(lines) == len(files)
    return {e["fileName"]: e for e in lines}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_analyzed_like_any_other(found, name):
    e = found[name]
    assert e["reason"] is None and e["why"] is None
    assert abs(e["bpm"] - BPM) < 0.5
    assert abs(e["duration"] - SECONDS) < 0.2
    assert 1 <= e["energy"] <= 10


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_is_analyzed_for_what_there_is(found, name):
    e = found[name]
    assert e["reason"] == "truncated" and e["why"]
    assert SECONDS * 0.4 < e["duration"] < SECONDS * 0.8
    assert abs(e["bpm"] - BPM) < 0.5


@pytest.mark.parametrize("name", FLIPPED)
def test_bit_errors_cost_frames_and_not_the_file(found, name):
    e = found[name]
    assert e["reason"] in (None, "errors")
    assert abs(e["duration"] - SECONDS) < 0.2
    assert abs(e["bpm"] - BPM) < 0.5


@pytest.mark.parametrize("name", BEFORE)
def test_what_stands_before_the_music_does_not_hide_it(found, name):
    e = found[name]
    assert abs(e["duration"] - SECONDS) < 0.5
    assert abs(e["bpm"] - BPM) < 0.5


def test_flac_knows_its_bit_errors(found):
    assert found["flipped.flac"]["reason"] == "errors"


@pytest.mark.parametrize("name", ["second.wav", "blink.wav"])
def test_of_a_short_clip_nothing_is_guessed(found, name):
    e = found[name]
    assert e["reason"] is None and e["duration"] > 0
    assert e["bpm"] is None and e["beatGrid"] is None
    assert e["key"] is None and e["mixPoints"] is None


def test_70_minutes_are_analyzed_within_the_limits(found):
    e = found["long.mp3"]
    assert e["reason"] is None
    assert abs(e["duration"] - 210 * SECONDS) < 42
    assert abs(e["bpm"] - BPM) < 2


@pytest.mark.parametrize("name,reason", [
    ("no-moov.m4a", "damaged"), *((n, "not-audio") for n in NO_AUDIO)])
def test_what_is_no_audio_ends_in_its_reason(found, name, reason):
    e = found[name]
    assert e["reason"] == reason and e["why"]
    assert e["duration"] is None and e["bpm"] is None


def test_a_file_that_takes_too_long_costs_itself_only(hard, tmp_path):
    conf = tmp_path / "likesync.conf"
    conf.write_text("[library]\npath = %s\n[analysis]\ntimeout = 3s\n"
                    "[log]\ntarget = stderr\n" % tmp_path)
    # Silence for hours, of which nothing is on the disk.
    with open(tmp_path / "endless.wav", "wb") as f:
        f.write(struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 0x7fffff00,
                            b"WAVEfmt ", 16, 1, 2, 48000, 192000, 4, 16,
                            b"data", 0x7ffffe00))
        f.truncate(0x7fffff00)
    r = subprocess.run([LIKESYNC, "-c", str(conf), "analyze", "--json",
                        str(tmp_path / "endless.wav"),
                        str(hard / "blink.wav")], capture_output=True,
                       text=True, timeout=60)
    reasons = {e["fileName"]: e["reason"]
               for e in map(json.loads, r.stdout.splitlines())}
    assert reasons == {"endless.wav": "timeout", "blink.wav": None}


def test_every_reason_is_of_the_closed_set(found):
    assert {e["reason"] for e in found.values()} <= REASONS | {None}
