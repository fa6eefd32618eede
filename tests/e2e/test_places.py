# SPDX-License-Identifier: GPL-3.0-or-later
"""Something else than a file lies where a file is expected."""
import os
import shutil
import socket

import pytest
from spotify import row


def take_away(path):
    if path.exists():
        path.unlink()


def pipe(path):
    take_away(path)
    os.mkfifo(path)


def device(path):
    take_away(path)
    path.symlink_to("/dev/zero")


def stale_socket(path):
    take_away(path)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(os.path.relpath(path))


@pytest.fixture
def settled(home, service, songs, monkeypatch):
    """A run was made; a pinned file is yet to be fetched."""
    monkeypatch.chdir(home.top)
    home.config(sources="inbox")
    home.authorize()
    service.likes = [row(1, "Ada", "Light")]
    home.sync()
    pinned = home.inbox / "whatever.m4a"
    shutil.copy(songs["m4a"], pinned)
    home.run("pin", "Ada - Light", str(pinned))
    return home


# What is replaced, what is run, its exit status, and what it says of it.
PLACES = [
    ("inbox/whatever.m4a", ["sync"], 0, None),
    ("likesync.conf", ["status"], 78, "not a regular file"),
    ("token.json", ["sync"], 77, "not a regular file"),
    ("likes.csv", ["sync"], 78, "not a regular file"),
    ("likes.csv", ["analyze", "likes.csv"], 1, "not a regular file"),
    ("likes.csv", ["restore", "likes.csv"], 1, "not a regular file"),
    ("library/audio-library-analysis.json", ["sync"], 78,
     "is no regular file"),
    ("state/keep/pins.jsonl", ["sync"], 1, "not a regular file"),
    ("state/keep/provenance.jsonl", ["sync"], 1, "not a regular file"),
    ("state/keep/ledger.jsonl", ["sync"], 1, "not a regular file"),
    ("state/keep/counters.json", ["status"], 0, None),
    ("state/source-inbox.json", ["sync"], 0, None),
    ("state/spotify.json", ["sync"], 0, None),
]


@pytest.mark.parametrize("make", [pipe, device, stale_socket])
@pytest.mark.parametrize("name, words, status, said", PLACES)
def test_nothing_waits_for_what_is_no_file(settled, make, name, words, status,
                                           said):
    if name == "likes.csv":
        settled.config(sources="inbox", liked=settled.top / name)
    make(settled.top / name)
    r = settled.run(*words, status=status)
    if said:
        assert said in r.stderr + r.stdout
