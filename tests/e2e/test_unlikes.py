# SPDX-License-Identifier: GPL-3.0-or-later
"""`[library] on_unlike = cold`."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from conftest import Home
from faults import World, kind_of, lines, needs_shim, read_log
from spotify import Playlist, row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"


class Cooling(World):
    """Three fetched tracks, one of the user's own; two of these are unliked."""

    def __init__(self, home, service, songs):
        self.home, self.service = home, service
        self.saved = home.top.parent / (home.top.name + "-saved")
        self.cold = home.top / "cold"
        self.cold.mkdir()
        self.all = [row(n, *names, 8) for n, names in enumerate(
            [("Ada", "Light"), ("Bo", "Bus"), ("Di", "Dusk"), ("Cy", "Sea")],
            1)]
        service.likes = self.all[:]
        home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
        home.offer("v2", "Bo - Bus", "Bo - Topic", "brief", 8)
        shutil.copy(songs["mp3-short"], home.inbox / "Di - Dusk.mp3")
        shutil.copy(songs["flac-short"], home.library / "Cy - Sea.flac")
        home.document.write_text(json.dumps({"machine": "m", "tracks": [
            {"id": "other", "filePath": "/elsewhere.mp3"}]}))
        self.config()
        home.authorize()
        assert home.sync()["fetched"] == 3
        service.likes = self.all[2:3]
        self.service_state = (service.refresh_token, service.tokens)
        shutil.copytree(home.top, self.saved, symlinks=True)

    def config(self, more="unlike_grace = 0", liked="full_walk = 0"):
        self.home.config(library="on_unlike = cold\ncold = %s\n"
                         "layout = {artist}/{title}\n%s" % (self.cold, more))
        conf = self.home.top / "likesync.conf"
        conf.write_text(conf.read_text().replace(
            "client_id = app", "client_id = app\n" + liked))

    def files(self, folder):
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")
                      if p.is_file() and p != self.home.document)

    def state(self):
        return (self.files(self.home.library), self.files(self.cold),
                self.audio(), self.entries(), sorted(
                    {line["track"]: line["kind"] for line in lines(
                        self.home.state / "keep/takedowns.jsonl")}.items()))


@pytest.fixture
def cooling(tmp_path, service, songs):
    (tmp_path / "world").mkdir()
    return Cooling(Home(tmp_path / "world", service, songs), service, songs)


HERE = ["Ada/Light.m4a", "Bo/Bus.m4a", "Cy - Sea.flac", "Di/Dusk.mp3"]


def test_unliked_files_go_to_the_cold_folder_and_come_back(cooling):
    home, service = cooling.home, cooling.service
    ledger = home.ledger()
    home.sync()              # the grace time begins
    assert cooling.files(home.library) == HERE
    home.sync()
    # The user's own file stays.
    assert cooling.files(home.library) == HERE[2:]
    assert cooling.files(cooling.cold) == HERE[:2]
    assert len(home.entries()) == 3
    # Liked again, it comes back; nothing is downloaded.
    service.likes = cooling.all[:3]
    run = home.sync()
    assert (run["fetched"], run["in_library"]) == (0, 3)
    assert cooling.files(home.library) == HERE and home.ledger() == ledger
    assert cooling.files(cooling.cold) == []
    assert len(home.entries()) == 5
    assert home.sync()["analyzed"] == 0
    # What is gone there is fetched as if new.
    service.likes = cooling.all[2:3]
    home.sync()
    home.sync()
    (cooling.cold / "Bo/Bus.m4a").unlink()
    service.likes = cooling.all[1:3]
    assert home.sync()["fetched"] == 1
    assert "Bo/Bus.m4a" in cooling.files(home.library)


def test_nothing_moves_before_its_time_or_without_the_setting(cooling):
    home = cooling.home
    cooling.config(more="unlike_grace = 1h")
    home.sync()
    home.sync()
    assert cooling.files(home.library) == HERE
    home.config(library="layout = {artist}/{title}")
    home.sync()
    assert cooling.files(home.library) == HERE
    # One file a run.
    cooling.config(more="unlike_grace = 0\nunlike_limit = 1")
    home.sync()
    assert len(cooling.files(cooling.cold)) == 1
    home.sync()
    assert cooling.files(cooling.cold) == HERE[:2]


def test_a_file_that_is_wanted_otherwise_stays(cooling, service):
    home = cooling.home
    service.playlists["L"] = Playlist("Night", [cooling.all[0]])
    cooling.config(liked="full_walk = 0\nplaylists = spotify:playlist:L")
    home.sync()
    home.run("pin", "%022d" % 2, "Bo/Bus.m4a")
    home.sync()
    home.sync()
    assert cooling.files(home.library) == HERE


def test_nothing_moves_while_a_list_is_short_or_could_not_be_read(
        cooling, service):
    home = cooling.home
    home.sync()
    service.likes = []
    # A person is asked once a day.
    r = home.run("-q", "sync", status=78)
    assert "0 tracks are wanted, 1 were before: no file is moved" in r.stderr
    assert home.run("-q", "sync").stderr == ""
    assert cooling.files(home.library) == HERE
    service.faults[:] = [("/v1/me/tracks", ("status", 502, "x"))] * 20
    home.run("sync", status=None)
    service.faults.clear()
    assert cooling.files(home.library) == HERE
    home.run("sync", "--accept-unlikes")
    assert cooling.files(home.library) == HERE[2:]
    home.run("sync")
    assert cooling.files(home.library) == HERE[2:3]


def test_wrong_folders_are_refused(cooling):
    home = cooling.home
    for cold in (home.library, home.library / "cold", home.top):
        cooling.cold = cold
        cooling.config()
        assert "library.cold: expected a folder outside the library" in \
            home.run("sync", status=78).stderr
    home.config(library="on_unlike = cold")
    assert "expected library.cold too" in home.run("sync", status=78).stderr
    cooling.cold = home.top / "missing"
    cooling.config()
    assert "missing" in home.run("sync", status=78).stderr
    assert "missing: No such file" in home.run("doctor", status=1).stdout
    assert cooling.files(home.library) == HERE


@needs_shim
def test_the_cold_folder_may_be_on_another_disk(cooling, tmp_path):
    home, service = cooling.home, cooling.service
    shm = pathlib.Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == home.library.stat().st_dev:
        pytest.skip("needs a second file system")
    content = (home.library / HERE[0]).read_bytes()
    with tempfile.TemporaryDirectory(dir=shm) as cold:
        cooling.cold = pathlib.Path(cold)
        cooling.config()
        home.sync()
        # Killed when the first copy is complete, and the file still there.
        shutil.rmtree(cooling.saved)
        shutil.copytree(home.top, cooling.saved, symlinks=True)
        cooling.begin()
        assert cooling.run(log=tmp_path / "log")[0] == 0
        gone = next(s.n for s in read_log(tmp_path / "log")
                    if s.call == "unlink" and s.path.endswith(HERE[0]))
        cooling.begin()
        for folder in cooling.cold.iterdir():
            shutil.rmtree(folder)
        assert cooling.run(kill=gone - 1)[0] == -signal.SIGKILL
        assert HERE[0] in cooling.files(home.library)
        assert HERE[0] in cooling.files(cooling.cold)
        home.sync()
        assert cooling.files(cooling.cold) == HERE[:2]
        assert cooling.files(home.library) == HERE[2:]
        assert "unliked: moved to " + cold in home.run("history", "Bus").stdout
        service.likes = cooling.all[:3]
        assert home.sync()["fetched"] == 0
        assert cooling.files(cooling.cold) == []
    assert (home.library / HERE[0]).read_bytes() == content


SAMPLE = [("state", "write"), ("placing", "rename"), ("index", "pwrite")]


@needs_shim
def test_killed_after_any_step_it_is_finished_by_the_next_run(cooling,
                                                              tmp_path):
    home, service = cooling.home, cooling.service
    home.sync()
    shutil.rmtree(cooling.saved)
    cooling.service_state = (service.refresh_token, service.tokens)
    shutil.copytree(home.top, cooling.saved, symlinks=True)
    for likes in (cooling.all[2:3], cooling.all[:3]):
        service.likes = likes
        log = tmp_path / ("log%d" % len(likes))
        status, said = cooling.run(log=log)
        assert status == 0, said
        cooling.plain()
        steps, final = read_log(log), cooling.state()
        first = next(s.n for s in steps if "takedowns" in s.path and
                     s.call == "write")
        last = [s.n for s in steps if "takedowns" in s.path and
                s.call == "write"][-1]
        points = [s for s in steps if first <= s.n <= last]
        if not TORTURE:
            points = [next(s for s in points if (kind_of(s), s.call) == what)
                      for what in SAMPLE]
        for step in points:
            print("kill %d: %s of %s" % (step.n, step.call, step.path),
                  flush=True)
            cooling.begin()
            status, said = cooling.run(kill=step.n)
            assert status == -signal.SIGKILL, said
            cooling.plain()
            assert cooling.state() == final
        # From here they come back.
        shutil.rmtree(cooling.saved)
        cooling.service_state = (service.refresh_token, service.tokens)
        shutil.copytree(home.top, cooling.saved, symlinks=True)


def test_a_track_that_is_liked_before_its_file_moved_keeps_it(cooling):
    """The cold folder has no room: that alerts, until the track is liked
    again."""
    home = cooling.home
    r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none",
                        str(cooling.cold)], capture_output=True)
    if r.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        before = cooling.files(home.library)
        home.run("-q", "sync")
        r = home.run("-q", "sync", status=78)
        assert "make room" in r.stderr
        home.service.likes = cooling.all[:]
        home.run("-q", "sync")
        assert cooling.files(home.library) == before
        assert cooling.files(cooling.cold) == []
    finally:
        subprocess.run(["umount", str(cooling.cold)], check=True)


def test_a_cold_folder_that_is_not_there_or_in_the_library_ends_the_run(
        cooling):
    home = cooling.home
    home.run("-q", "sync")
    home.run("-q", "sync")
    gone = cooling.files(cooling.cold)
    assert gone
    home.service.likes = cooling.all[:]
    cooling.cold.rename(home.top / "away")
    r = home.run("-q", "sync", status=78)
    assert "library.cold is not there" in r.stderr
    (home.library / "inside").mkdir()
    cooling.cold.symlink_to(home.library / "inside")
    r = home.run("-q", "sync", status=78)
    assert "leads into the library" in r.stderr
    cooling.cold.unlink()
    (home.top / "away").rename(cooling.cold)
    home.run("-q", "sync")
    assert cooling.files(cooling.cold) == []
    assert set(gone) <= set(cooling.files(home.library))


def test_a_forgotten_track_leaves_the_cold_folder_too(cooling):
    home = cooling.home
    home.run("-q", "sync")
    home.run("-q", "sync")
    assert "Ada/Light.m4a" in cooling.files(cooling.cold)
    cooling.cold.rename(home.top / "away")
    r = home.run("forget", "--yes", "Ada - Light", status=1)
    assert "the cold folder is not there" in r.stderr
    (home.top / "away").rename(cooling.cold)
    r = home.run("forget", "--yes", "Ada - Light")
    assert "1 file removed" in r.stdout
    assert "Ada/Light.m4a" not in cooling.files(cooling.cold)
    assert "Bo/Bus.m4a" in cooling.files(cooling.cold)
