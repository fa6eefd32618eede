# SPDX-License-Identifier: GPL-3.0-or-later
"""`dump` shows every table of the index as JSON lines."""
import json
import shutil

TABLES = {"tracks", "liked", "tracks_of", "files", "folders", "folder_paths",
          "numbers", "identities", "words", "analyses", "sounds", "lengths",
          "notes"}


def dump(home, *words, status=0):
    r = home.run("dump", *words, status=status)
    return [json.loads(line) for line in r.stdout.splitlines()]


def test_dump_shows_all_tables_or_one(home, songs):
    home.config(sources="inbox", liked=str(home.top / "l.m3u"))
    (home.top / "l.m3u").write_text(
        "#EXTM3U\n#EXTINF:20,Ada - Light\nspotify:track:%022d\n" % 1)
    (home.library / "Post").mkdir()
    shutil.copy(songs["mp3"], home.library / "Post/Ada - Light.mp3")
    home.sync()
    lines = dump(home)
    assert {x["table"] for x in lines} >= TABLES
    track, = [x for x in lines if x["table"] == "tracks"]
    file, = dump(home, "files")
    assert file["path"] == "Post/Ada - Light.mp3"
    assert track["matched_by"] == "name"
    assert track["identity"] == file["media"]["identity"]
    analysis, = dump(home, "analyses")
    assert analysis["identity"] == track["identity"]
    assert abs(analysis["analysis"]["bpm"] - 124) < 2.5
    assert {"table": "words", "key": "ada", "value": 1} in dump(home, "words")


def test_dump_says_which_tables_there_are(home):
    assert "no index yet" in home.run("dump", status=1).stderr
    home.config(sources="inbox", liked=str(home.top / "l.m3u"))
    (home.top / "l.m3u").write_text("#EXTM3U\n")
    home.sync()
    r = home.run("dump", "nonsense", status=64)
    assert "nonsense: no such table: tracks, liked" in r.stderr
