# SPDX-License-Identifier: GPL-3.0-or-later
"""Something else than a file lies where a file is expected."""
import fcntl
import os
import re
import shutil
import signal
import socket
import stat
import subprocess

import pytest
from spotify import row


def take_away(path):
    if path.exists():
        path.unlink()


def pipe(path):
    take_away(path)
    os.mkfifo(path)


def device(path):
    """A device of the test's own, never the system's."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a device")
    take_away(path)
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))


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
     "not a regular file"),
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


def lock_by_other(path):
    """As a run of another process would."""
    f = open(path, "r+")
    fcntl.flock(f, fcntl.LOCK_EX)
    return f


@pytest.mark.parametrize("name", ["pins", "provenance", "runs"])
def test_a_locked_record_does_not_outlast_a_stop(settled, name):
    """Nobody lets go of the lock; the run ends all the same."""
    with lock_by_other(settled.state / ("keep/%s.jsonl" % name)):
        run = subprocess.Popen(settled.command("sync"), env=settled.env(),
                               stderr=subprocess.PIPE, text=True)
        lock = settled.state / "run.lock"
        while "pid %d," % run.pid not in lock.read_text():
            pass
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=50)
    assert run.returncode >= 0
    settled.sync()


def test_metrics_and_page_replace_a_link_that_others_may_have_made(settled):
    """Others can write to the folder: its links may lead to a song."""
    song = settled.library / "song.m4a"
    song.write_text("music")
    public = settled.top / "public"
    public.mkdir()
    public.chmod(0o1777)
    conf = settled.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "textfile = %s/" % settled.top, "textfile = %s/" % public))
    made = [public / name for name in ("likesync.prom", "page.html",
                                       "backup.tar.zst")]
    for link in made:
        link.symlink_to(song)
    settled.run("sync")
    settled.run("report", "-o", str(made[1]))
    settled.run("backup", str(made[2]))
    for link in made:
        assert not link.is_symlink() and link.stat().st_size > 100
    assert song.read_text() == "music"


@pytest.mark.parametrize("words", [["report", "-o"], ["backup"]])
def test_a_device_is_not_replaced(settled, words):
    device = settled.top / "pipe"
    os.mkfifo(device)
    r = settled.run(*words, str(device), status=None)
    assert r.returncode in (1, 73) and "not a regular file" in r.stderr
    assert device.is_fifo()


@pytest.mark.parametrize("words", [["report", "-o"], ["backup"]])
def test_a_link_to_a_descriptor_is_not_replaced(settled, words):
    """`likesync backup /dev/stdout` as root; a link of the test's own."""
    link = settled.top / "stdout"
    link.symlink_to("/proc/self/fd/1")
    r = settled.run(*words, str(link), status=None)
    assert r.returncode in (1, 73) and r.stderr
    assert os.readlink(link) == "/proc/self/fd/1"


def test_a_lock_that_is_a_link_is_refused(settled):
    song = settled.library / "song.m4a"
    song.write_text("music")
    (settled.state / "run.lock").unlink()
    (settled.state / "run.lock").symlink_to(song)
    r = settled.run("sync", status=78)
    assert "run.lock" in r.stderr and song.read_text() == "music"


@pytest.mark.parametrize("mode, said", [
    (0o700, None), (0o500, "it must be readable"), (0o750, "can read it"),
    (0o701, "can read it"), (0o720, "can write to it"),
    (0o777, "can write to it")])
def test_a_state_folder_is_nobody_elses(settled, mode, said):
    if mode == 0o500 and os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    settled.state.chmod(mode)
    r = settled.run("sync", status=78 if said else 0)
    doctor = settled.run("doctor", status=None)
    settled.state.chmod(0o700)
    if not said:
        assert "ok       state" in doctor.stdout
        return
    for text in (r.stderr, doctor.stdout):
        assert said in text
        assert mode == 0o500 or "chmod 700 '%s'" % settled.state in text


@pytest.mark.parametrize("folder", ["keep", "index", "tmp"])
def test_a_shared_folder_in_a_private_one_is_told_with_its_fix(settled,
                                                               folder):
    path = settled.state / folder
    path.chmod(0o777)
    r = settled.run("sync", status=78)
    doctor = settled.run("doctor", status=1)
    fix = "%s: others can write to it: chmod 700 '%s'" % (path, path)
    assert fix in r.stderr
    assert re.search("^broken +state +.*others can write", doctor.stdout, re.M)
    assert fix in doctor.stdout
    path.chmod(0o700)
    settled.sync()


@pytest.mark.parametrize("mode, said", [
    (0o600, None), (0o400, None), (0o640, "can read it"),
    (0o602, "can write to it")])
def test_a_token_is_nobody_elses(settled, mode, said):
    token = settled.top / "token.json"
    token.chmod(mode)
    r = settled.run("sync", status=78 if said else 0)
    if not said:
        return
    for text in (r.stderr, settled.run("doctor", status=1).stdout,
                 settled.run("auth", "status", status=78).stdout):
        assert said in text and "chmod 600 '%s'" % token in text


def test_what_another_user_owns_is_refused(settled):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (settled.state, settled.top / "token.json"):
        os.chown(path, 12345, -1)
        r = settled.run("sync", status=78)
        assert "%s: belongs to user 12345" % path in r.stderr
        os.chown(path, 0, -1)
    settled.sync()


@pytest.mark.parametrize("words", [["sync"], ["doctor"], ["scan"],
                                   ["sync", "--dry-run"]])
def test_another_users_state_folder_is_left_as_it_is(settled, words):
    """Root, asked once, must leave nothing that ends the user's own runs."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    shutil.rmtree(settled.state)
    settled.state.mkdir(mode=0o700)
    os.chown(settled.state, 65534, -1)
    r = settled.run(*words, status=None)
    assert r.returncode and "[run] user = nobody" in r.stdout + r.stderr
    assert list(settled.state.iterdir()) == []


def test_a_library_has_one_run_whatever_its_state_folder(settled):
    """Two would place every song twice, each for itself."""
    backup = settled.top / "backup.tar.zst"
    settled.run("backup", str(backup))
    conf = settled.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "dir = %s/state" % settled.top, "dir = %s/second" % settled.top))
    before = settled.files()
    fd = os.open(settled.library, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        for words in (["sync"], ["scan"], ["restore", str(backup)]):
            r = settled.run(*words, status=75)
            assert r.stderr.count("%s: another run" % settled.library) == 1
    finally:
        os.close(fd)
    assert settled.files() == before
    (settled.inbox / "whatever.m4a").rename(settled.inbox / "Ada - Light.m4a")
    settled.sync()
    assert len(settled.files()) == len(before) + 1
