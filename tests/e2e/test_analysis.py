# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard in short pieces whose truth is known (tests/music/golden.py
made them), and that nothing is heard where there is nothing."""
import json
import os
import pathlib
import subprocess

import pytest

from conftest import LIKESYNC

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
TRUTHS = json.loads((GOLDEN / "truth.json").read_text())
# Of 20 seconds; whole tracks are measured far finer.
BPM_NEAR = 0.1
BEAT_NEAR = 0.03

NOTHING = {
    "noise": "anoisesrc=color=pink:seed=1:duration=12:amplitude=0.5",
    "white": "anoisesrc=color=white:seed=2:duration=12:amplitude=0.3",
    "sine": "sine=frequency=440:duration=12",
    "silence": "anullsrc=duration=12",
    "short": "aevalsrc=0.8*sin(2*PI*50*mod(t\\,0.5))*exp(-9*mod(t\\,0.5)):d=3",
}


def analyze(*paths):
    out = subprocess.run(
        [LIKESYNC, "analyze", "--json", *map(str, paths)], check=True,
        capture_output=True, text=True,
        env={**os.environ, "HOME": "/nonexistent"}).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    return {line["fileName"]: line for line in lines}


@pytest.fixture(scope="module")
def heard():
    return analyze(*(GOLDEN / t["file"] for t in TRUTHS))


@pytest.fixture(params=TRUTHS, ids=lambda t: t["file"])
def piece(request, heard):
    return request.param, heard[request.param["file"]]


def test_tempo_and_bar_are_those_that_were_played(piece):
    truth, said = piece
    assert said["bpm"] == pytest.approx(truth["bpm"], abs=BPM_NEAR)
    assert said["beatGrid"]["constant"]
    assert said["beatGrid"]["beatsPerBar"] == truth["meter"]


def test_downbeat_falls_on_a_bar_that_was_played(piece):
    truth, said = piece
    bar = truth["meter"] * 60 / truth["bpm"]
    off = (said["beatGrid"]["downbeat"] - truth["downbeat"]) / bar
    assert abs(off - round(off)) * bar < BEAT_NEAR


def test_key_is_right_or_is_not_told(piece):
    truth, said = piece
    assert said["key"] in (truth["key"], None)


def test_most_keys_are_told(heard):
    assert sum(a["key"] is not None for a in heard.values()) >= 4


def test_the_same_file_gives_the_same_numbers(heard):
    again = analyze(*(GOLDEN / t["file"] for t in TRUTHS))
    assert again == heard


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_heard_where_there_is_nothing(name, tmp_path):
    file = tmp_path / (name + ".flac")
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi",
                    "-i", NOTHING[name], str(file)], check=True)
    said = analyze(file)[file.name]
    assert said["bpm"] is None
    assert said["key"] is None
