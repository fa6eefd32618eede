# SPDX-License-Identifier: GPL-3.0-or-later
"""`likesync place`: the library from one layout to another."""
import json
import os
import shutil
import signal

import pytest
from conftest import Home
from faults import World, kind_of, needs_shim, read_log
from mutagen.mp4 import MP4
from spotify import Playlist, row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"

LAYOUT = "layout = {playlist?Sets/{playlist}/}{albumartist}/" \
    "{year?{year} }{album}/{track} {title}"
NEW = ["Ada/2026 Album/01 Light.m4a", "Bo/Bus Tour/Bus.mp3",
       "Bo/Bus Tour/Bus.lrc", "Bo/Bus Tour/cover.jpg"]


class Moving(World):
    """A track that is fetched, one that the user has, with a cover and lyrics,
    and files that stay."""

    def __init__(self, home, service, songs):
        self.home, self.service = home, service
        self.saved = home.top.parent / (home.top.name + "-saved")
        service.likes = [
            row(1, "Ada", "Light", 8), row(3, "Cy", "Sea", 8),
            row(2, "Bo", "Bus", 8, track_number=0, album={
                "name": "Bus Tour", "images": [], "artists": []})]
        home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
        self.put("mine/deep/Bo - Bus.mp3", songs["mp3-short"])
        self.put("mine/deep/cover.jpg", b"\xff\xd8cover")
        self.put("mine/deep/Bo - Bus.lrc", b"[00:01.00]bus")
        self.put("box/Cy - Sea.flac", songs["flac-short"])
        self.put("box/album.cue", b'FILE "Cy - Sea.flac" WAVE')
        self.put("rest/x.m4a", songs["brief"])
        own = MP4(home.library / "rest/x.m4a")
        own["\xa9ART"], own["\xa9nam"] = "Zed", "Own"
        own.save()
        home.document.write_text(json.dumps({"machine": "m", "tracks": [
            {"id": "other", "filePath": "/elsewhere.mp3", "odd": [1.5, {}]},
            {"id": "old", "bpm": 0, "key": "Unknown", "cues": [1, 2.5],
             "filePath": str(home.library / "mine/deep/Bo - Bus.mp3")}]}))
        home.config()
        home.authorize()
        assert home.sync()["fetched"] == 1
        home.config(library=LAYOUT)
        self.service_state = (service.refresh_token, service.tokens)
        shutil.copytree(home.top, self.saved, symlinks=True)

    def put(self, path, what):
        to = self.home.library / path
        to.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, bytes):
            to.write_bytes(what)
        else:
            shutil.copy(what, to)

    def paths(self):
        return sorted(str(p.relative_to(self.home.library))
                      for p in self.home.library.rglob("*")
                      if p != self.home.document and not p.is_dir())

    def folders(self):
        return sorted(str(p.relative_to(self.home.library))
                      for p in self.home.library.rglob("*") if p.is_dir())

    def ids(self):
        """Of entries, by the file's name."""
        return {e["filePath"].rpartition("/")[2].rpartition(" ")[2]: e["id"]
                for e in self.home.entries()}


@pytest.fixture
def moving(tmp_path, service, songs):
    (tmp_path / "world").mkdir()
    return Moving(Home(tmp_path / "world", service, songs), service, songs)


def place(home, *words, status=0):
    return json.loads(home.run("place", "--json", *words,
                               status=status).stdout)


def test_a_library_moves_to_a_new_layout_with_everything_that_is_its(moving):
    home = moving.home
    before, audio, ids = moving.paths(), moving.audio(), moving.ids()
    document = home.document.read_bytes()
    plan = place(home, "--dry-run")
    assert moving.paths() == before and not plan["applied"]
    assert home.document.read_bytes() == document
    assert [(m["from"], m["to"], m["moved"]) for m in plan["moves"]] == [
        ("Ada - Light.m4a", NEW[0], False),
        ("mine/deep/Bo - Bus.mp3", NEW[1], False)]
    assert plan["kept"] == [{"path": "box/Cy - Sea.flac",
                             "reason": "a cue sheet in its folder may name it"}]
    done = place(home, "--apply")
    assert (done["moved"], done["failed"], done["others"]) == (2, 0, 2)
    assert moving.paths() == sorted(NEW + [
        "box/Cy - Sea.flac", "box/album.cue", "rest/x.m4a"])
    assert moving.folders() == ["Ada", "Ada/2026 Album", "Bo", "Bo/Bus Tour",
                                "box", "rest"]
    assert sorted(moving.audio().values()) == sorted(audio.values())
    # The document went with them: ids and the fields of others.
    assert moving.ids() == ids
    old = next(e for e in home.entries() if e["id"] == "old")
    assert old["filePath"] == str(home.library / NEW[1])
    assert old["cues"] == [1, 2.5] and old["bpm"] > 0
    # So did what is known: nothing is fetched or analyzed again.
    found = json.loads(home.run("history", "--json", "Light").stdout)
    assert found["tracks"][0]["file"]["path"] == NEW[0]
    assert found["tracks"][0]["placed"]["source"] == "ytdlp"
    document = home.document.read_bytes()
    run = home.sync()
    assert home.document.read_bytes() == document
    assert (run["fetched"], run["analyzed"], run["in_library"]) == (0, 0, 3)
    done = place(home, "--apply")
    assert done["moves"] == [] and done["in_place"] == 2


def test_what_is_moved_can_be_more_or_less(moving):
    home = moving.home
    assert len(place(home, "--dry-run", "--files", "placed")["moves"]) == 1
    assert len(place(home, "--dry-run", "--files", "known")["moves"]) == 2
    assert [m["to"] for m in place(home, "--dry-run", "--files",
                                   "all")["moves"]] == [
        *NEW[:2], "Zed/Unknown Album/Own.m4a"]
    assert "not placed, known or all" in home.run(
        "place", "--dry-run", "--files", "x", status=64).stderr
    for words in ((), ("--apply", "--dry-run")):
        assert "say --dry-run or --apply" in home.run(
            "place", *words, status=64).stderr
    home.config(library="layout = {name}")
    assert "[library] layout has an unknown field" in home.run(
        "place", "--apply", status=78).stderr


def test_nothing_is_overwritten_and_no_link_followed(moving):
    home = moving.home
    outside = home.top / "outside"
    outside.mkdir()
    (home.library / "Ada").symlink_to(outside)
    moving.put(NEW[1], b"taken")
    moving.put("Bo/Bus Tour/cover.jpg", b"another")
    (home.library / "box/album.cue").unlink()
    os.rename(home.library / "box/Cy - Sea.flac", outside / "far.flac")
    (home.library / "box/Cy - Sea.flac").symlink_to(outside / "far.flac")
    said = home.run("place", "--apply").stdout
    assert "Ada - Light.m4a -> Ada (2)/2026 Album/01 Light.m4a" in said
    assert "box/Cy - Sea.flac: stays: a symbolic link" in said
    assert "2 moved, 0 failed" in said
    assert (home.library / NEW[1]).read_bytes() == b"taken"
    assert (home.library / "mine/deep/cover.jpg").exists()
    assert "Bo/Bus Tour/Bus (2).mp3" in moving.paths()
    assert "Bo/Bus Tour/Bus (2).lrc" in moving.paths()
    assert os.listdir(outside) == ["far.flac"]
    assert place(home, "--apply")["moved"] == 0


def test_tracks_of_a_list_move_to_its_folder(moving, service):
    home = moving.home
    service.playlists["L"] = Playlist("Night", [row(1, "Ada", "Light", 8)])
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "client_id = app", "client_id = app\nplaylists = spotify:playlist:L"))
    home.sync()
    assert "Sets/Night/" + NEW[0] in [
        m["to"] for m in place(home, "--apply")["moves"]]


def points(steps):
    for step in steps:
        if step.n > 0:
            yield step.n, step


# One moment of each kind that would leave a different mess.
SAMPLE = [("placing", "mkdir", 1), ("placing", "rename", 0),
          ("placing", "rename", 1), ("placing", "rename", 2),
          ("placing", "rename", 3), ("index", "pwrite", -1),
          ("placing", "unlink", 0), ("document", "exchange", 0)]


def sample(steps):
    for kind, call, n in SAMPLE:
        found = [(s.n, s) for s in steps if s.n > 0 and
                 kind_of(s) == kind and s.call == call]
        assert found, (kind, call, {(kind_of(s), s.call) for s in steps})
        yield found[n if n < len(found) else -1]


def end(moving):
    return (moving.paths(), moving.folders(), moving.audio(),
            moving.entries(), moving.index())


@needs_shim
def test_killed_after_any_step_the_next_call_finishes(moving, tmp_path):
    status, said = moving.run("place", "--apply", log=tmp_path / "log")
    assert status == 0, said
    steps, final = read_log(tmp_path / "log"), end(moving)
    walked = list(points(steps) if TORTURE else sample(steps))
    for n, step in walked:
        print("kill %d: %s of %s %s" % (n, step.call, kind_of(step),
                                        step.path), flush=True)
        moving.begin()
        status, said = moving.run("place", "--apply", kill=n)
        assert status == -signal.SIGKILL or n > len(steps) - 5, said
        assert set(final[2].values()) <= set(moving.audio().values())
        moving.home.run("place", "--apply")
        assert end(moving) == final
    # A run in between changes nothing about the end.
    moving.begin()
    moving.run("place", "--apply", kill=walked[len(walked) // 2][0])
    moving.plain()
    moving.home.run("place", "--apply")
    assert end(moving) == final
    assert moving.home.sync()["fetched"] == 0
