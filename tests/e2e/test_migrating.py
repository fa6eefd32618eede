# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/migrating.md promises: what other programs fetched is not fetched
again, and what they know can be told."""
import json
import re
import subprocess

import music
from conftest import HERE

IDS = ["%022d" % n for n in range(3)]


def like(home, *songs):
    rows = ["Track URI,Track Name,Artist Name(s)"]
    rows += ["spotify:track:%s,%s,%s" % (id, title, artist)
             for id, (artist, title) in zip(IDS, songs)]
    path = home.top / "likes.csv"
    path.write_text("\n".join(rows) + "\n")
    home.config(sources="inbox", liked=str(path))


def plan(home):
    """What --dry-run would do with each song, by title."""
    text = home.run("sync", "--dry-run").stdout
    return {title: what for what, title in
            re.findall(r"^(\w+)\s.* - (\w+)", text, re.M)}


def test_what_spotdl_wrote_is_held_whatever_it_is_called(home):
    address = "https://open.spotify.com/track/" + IDS[0]
    music.make(home.library / "0815.flac", WOAS=address)
    music.make(home.library / "deep/er/0816.m4a", root=196,
               args=("-movflags", "use_metadata_tags"), isrc="GBAYK9700012",
               artist="Bo", title="Bus")
    like(home, ("Ada", "Light"), ("Bo", "Bus"), ("Cy", "Sea"))
    home.run("scan")
    assert plan(home) == {"Sea": "fetch"}


def test_records_of_scripts_become_pins(home):
    """With the very loop of the manual."""
    file = home.library / "sub/track (final) 2.flac"
    music.make(file)
    like(home, ("Ada", "Light"), ("Bo", "Bus"))
    home.run("scan")
    assert plan(home) == {"Light": "fetch", "Bus": "fetch"}
    old = home.top / "audio-library-analysis.json"
    old.write_text(json.dumps({"tracks": [
        {"spotifyId": IDS[1], "filePath": str(file), "bpm": 0},
        {"filePath": "/no/id.mp3"},
        {"spotifyId": IDS[0], "filePath": "/no/such.mp3"}]}))
    manual = (HERE.parents[1] / "docs/migrating.md").read_text()
    loop = re.search(r"^    jq.*?^    done$", manual, re.M | re.S)[0]
    likesync = home.top / "likesync"
    likesync.write_text('#!/bin/sh\nexec %s "$@"\n' %
                        " ".join(home.command()))
    likesync.chmod(0o755)
    env = home.env()
    env["PATH"] = "%s:%s" % (home.top, env["PATH"])
    subprocess.run(["sh", "-c", loop], cwd=home.top, env=env, check=True,
                   timeout=120)
    assert plan(home) == {"Light": "fetch"}
    left = (home.top / "not-pinned.txt").read_text()
    assert left == IDS[0] + " /no/such.mp3\n"
