# SPDX-License-Identifier: GPL-3.0-or-later
"""`likesync forget`: a takedown."""
import json
import os
import pty
import shutil
import signal
import subprocess

import pytest
from conftest import Home
from faults import World, kind_of, lines, needs_shim, read_log
from spotify import row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"


class Taken(World):
    """A track that was fetched, whose audio the inbox has under another
    name."""

    def __init__(self, home, service, songs):
        self.home, self.service = home, service
        self.saved = home.top.parent / (home.top.name + "-saved")
        service.likes = [row(1, "Ada", "Light", 8), row(2, "Bo", "Bus", 8)]
        home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
        home.offer("v2", "Bo - Bus", "Bo - Topic", "brief", 8)
        home.document.write_text(json.dumps({"machine": "m", "tracks": [
            {"id": "other", "filePath": "/elsewhere.mp3"}]}))
        home.config()
        home.authorize()
        assert home.sync()["fetched"] == 2
        (home.library / "copies").mkdir()
        shutil.copy(home.library / "Ada - Light.m4a",
                    home.library / "copies/again.m4a")
        self.service_state = (service.refresh_token, service.tokens)
        shutil.copytree(home.top, self.saved, symlinks=True)

    def reason(self):
        return {t["track"]["title"]: t["reason"] for t in json.loads(
            self.home.run("missing", "--json").stdout)["missing"]}

    def end(self):
        return (self.audio(), self.entries(), self.reason(),
                [line["kind"] for line in
                 lines(self.home.state / "keep/takedowns.jsonl")][-1:],
                self.provenance())


@pytest.fixture
def taken(tmp_path, service, songs):
    (tmp_path / "world").mkdir()
    return Taken(Home(tmp_path / "world", service, songs), service, songs)


GONE = "you forgot it; it is never fetched again"


def test_a_forgotten_track_is_removed_and_never_fetched_again(taken, songs):
    home, service = taken.home, taken.service
    ledger, provenance = home.ledger(), taken.provenance()
    assert "2 files removed" in home.run("forget", "--yes", "Light").stdout
    assert home.files() == ["Bo - Bus.m4a"]
    assert [e["filePath"].rpartition("/")[2] for e in home.entries()] == [
        "elsewhere.mp3", "Bo - Bus.m4a"]
    assert taken.reason() == {"Light": GONE}
    told = json.loads(home.run("forget", "--json").stdout)["forgotten"]
    assert [(t["name"], t["fingerprint"]) for t in told] == [
        ("Ada - Light", True)]
    assert taken.provenance() == provenance
    # Not by a run, not by a job, and not as another track.
    service.likes.append(row(3, "Ada", "Light (Edit)", 8))
    shutil.copy(songs["short"], home.inbox / "Ada - Light (Edit).m4a")
    service.videos.clear()
    assert home.sync()["fetched"] == 0 and home.ledger() == ledger
    story = json.loads(home.run("history", "--json", "Edit").stdout)
    assert [r["why"] for r in story["tracks"][0]["rejected"]] == [
        "is a recording that you forgot: Ada - Light"]
    job = json.loads(home.run("queue", "add", "--json", input=json.dumps(
        {"tracks": [{"spotifyId": "%022d" % 1, "artist": "Ada",
                     "name": "Light"}]})).stdout)["jobId"]
    home.run("queue", "run")
    done = json.loads(home.run("queue", "--json", job).stdout)
    assert done["status"] == "failed" and done["tracks"][0]["reason"] == GONE
    assert home.ledger() == ledger
    # Until it is allowed again; then it counts as removed.
    assert "may be fetched again" in home.run("forget", "--undo",
                                              "%022d" % 1).stdout
    assert taken.reason()["Light"] != GONE
    assert "it is not forgotten" in home.run("forget", "--undo", "%022d" % 1,
                                             status=1).stderr
    assert home.run("forget").stdout == "nothing is forgotten\n"


def test_it_asks_and_without_a_terminal_refuses(taken):
    home = taken.home
    assert "nobody can be asked here: add --yes" in home.run(
        "forget", "Light", input="y\n", status=64).stderr
    for answer, files in (("n", 3), ("y", 1)):
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode() + b"\n")
        r = subprocess.run(home.command("forget", "Light"), env=home.env(),
                           stdin=theirs, capture_output=True, text=True,
                           timeout=60)
        os.close(ours)
        os.close(theirs)
        assert r.returncode == 0, r.stderr
        assert "Ada - Light: remove Ada - Light.m4a, copies/again.m4a and " \
            "never fetch it again? [y/N]" in r.stdout
        assert len(home.files()) == files
    assert home.run("forget", "--yes", "No such", status=1).stderr
    assert "name the track" in home.run("forget", "--yes", status=64).stderr


def test_a_track_without_a_file_can_be_forgotten(taken):
    home, service = taken.home, taken.service
    service.likes.append(row(4, "Di", "Dusk", 8))
    home.sync()
    assert "0 files removed" in home.run("forget", "--yes", "Dusk").stdout
    home.offer("v4", "Di - Dusk", "Di - Topic", "short", 8)
    assert home.sync()["fetched"] == 0
    assert taken.reason()["Dusk"] == GONE


def test_a_restored_backup_brings_nothing_back(taken):
    home = taken.home
    home.run("backup", str(home.top / "before.tar.zst"))
    home.run("forget", "--yes", "Light")
    home.run("backup", str(home.top / "after.tar.zst"))
    for name in ("before", "after"):
        home.run("restore", str(home.top / (name + ".tar.zst")))
        assert home.sync()["fetched"] == 0
        assert taken.reason() == {"Light": GONE}
    # Nor on a machine that has only the backup.
    shutil.rmtree(home.state)
    home.run("restore", str(home.top / "after.tar.zst"))
    assert home.sync()["fetched"] == 0
    assert taken.reason() == {"Light": GONE}


SAMPLE = [("state", "write"), ("placing", "unlink"), ("index", "pwrite"),
          ("document", "exchange")]


@needs_shim
def test_killed_after_any_step_it_is_finished_by_a_run(taken, tmp_path):
    words = ("forget", "--yes", "Light")
    status, said = taken.run(*words, log=tmp_path / "log")
    assert status == 0, said
    taken.plain()
    steps, final = read_log(tmp_path / "log"), taken.end()
    recorded = next(s.n for s in steps if "takedowns" in s.path and
                    s.call == "write")
    points = [s for s in steps if s.n >= recorded]
    if not TORTURE:
        points = [next(s for s in points if (kind_of(s), s.call) == what)
                  for what in SAMPLE]
    for step in points:
        print("kill %d: %s of %s" % (step.n, step.call, step.path), flush=True)
        taken.begin()
        status, said = taken.run(*words, kill=step.n)
        assert status == -signal.SIGKILL or step.n > len(steps) - 5, said
        taken.plain()
        assert taken.end() == final


def test_what_cannot_be_removed_is_told_by_every_run(taken):
    """A quiet run says so as well; links to a removed file go with it."""
    home = taken.home
    (home.library / "link.m4a").symlink_to(home.library / "Ada - Light.m4a")
    folder = home.library / "copies"
    again = folder / "again.m4a"
    r = subprocess.run(["mount", "--bind", str(again), str(again)],
                       capture_output=True)
    if r.returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        r = home.run("forget", "--yes", "Ada - Light", status=1)
        assert "copies/again.m4a: can't be removed" in r.stderr
        r = home.run("-q", "sync", status=78)
        assert "copies/again.m4a: can't be removed" in r.stderr
        assert "Ada - Light is forgotten" in r.stderr
    finally:
        subprocess.run(["umount", str(again)], check=True)
    home.run("-q", "sync")
    assert not again.exists()
    assert not os.path.lexists(home.library / "link.m4a")
    r = home.run("forget", "--yes", "nowhere", status=1)
    assert r.stderr.count("nowhere") == 1
