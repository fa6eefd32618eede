# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs that a run starts are given, and what ends with it."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from conftest import LIKESYNC
from spotify import row

SECRET = "a-word-that-nobody-may-see"
WORKER = pathlib.Path(LIKESYNC).resolve().parent / "likesync-worker"


def listener(path, program):
    """A program that writes down what it was given, then is the real one."""
    seen = path.parent / (path.name + ".seen")
    seen.mkdir()
    path.write_text("#!/bin/sh\nn=%s/$$\nenv > $n.env\npwd -P > $n.pwd\n"
                    "ls -l /proc/self/fd > $n.fds\n"
                    "cat /proc/self/limits > $n.limits\n"
                    "exec %s \"$@\"\n" % (seen, program))
    path.chmod(0o755)
    return seen


def environments(seen):
    return [dict(line.split("=", 1) for line in p.read_text().splitlines())
            for p in seen.glob("*.env")]


def limit(text, name):
    return int(re.search(r"^Max %s +(\d+)" % name, text, re.M).group(1))


@pytest.fixture
def liked(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("one", "Ada - Light", "Ada - Topic")
    home.authorize()
    return home


def test_ytdlp_has_a_home_a_folder_and_limits_of_its_own(liked, monkeypatch):
    monkeypatch.setenv("A_SECRET", SECRET)
    seen = listener(liked.top / "listener", shutil.which("yt-dlp"))
    conf = liked.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "type = ytdlp", "type = ytdlp\ncommand = %s/listener" % liked.top))
    assert liked.sync()["fetched"] == 1
    found = environments(seen)
    assert len(found) >= 3          # version, search, download
    for env in found:
        assert SECRET not in env.values()
        assert env["HOME"] == str(liked.state / "tmp")
        assert env["TMPDIR"].startswith(env["HOME"])
    folders = {p.read_text().strip() for p in seen.glob("*.pwd")}
    assert len(folders) >= 2        # a download has one to itself
    for p in seen.glob("*.fds"):
        # 0, 1, 2 and the folder that ls reads.
        assert len(re.findall(" -> ", p.read_text())) == 4
    for p in seen.glob("*.limits"):
        text = p.read_text()
        assert limit(text, "core file size") == 0
        assert limit(text, "cpu time") == 300
        assert limit(text, "processes") <= 8192
        assert limit(text, "file size") < 1 << 31
    assert not list((liked.state / "tmp").iterdir())


def test_a_worker_is_given_a_socket_and_nothing_else(liked, monkeypatch):
    monkeypatch.setenv("A_SECRET", SECRET)
    seen = listener(liked.top / "worker", WORKER)
    monkeypatch.setenv("LIKESYNC_WORKER", str(liked.top / "worker"))
    liked.sync()
    for env in environments(seen):
        assert set(env) <= {"LANG", "PWD", "_", "SHLVL", "OLDPWD"}
    for p in seen.glob("*.fds"):
        links = re.findall(r" (\d+) -> (.*)", p.read_text())
        assert len(links) == 4 and links[0][1].startswith("socket:")
    assert list(seen.glob("*.fds"))


def children(pid):
    out = []
    for p in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = p.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            out.append(int(p.parent.name))
    return out


def alive(pid):
    try:
        stat = pathlib.Path("/proc/%d/stat" % pid).read_text()
    except OSError:
        return False
    return stat.rsplit(") ", 1)[1][0] != "Z"


def wait_for(what, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("did not come")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_run_started_ends_with_it(liked, how):
    hangs = liked.top / "hangs"
    hangs.write_text("#!/bin/sh\n[ \"$1\" != --version ] || exec %s "
                     "--version\ntouch %s/hanging\nexec sleep 1000\n"
                     % (shutil.which("yt-dlp"), liked.top))
    hangs.chmod(0o755)
    conf = liked.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "type = ytdlp", "type = ytdlp\ncommand = %s" % hangs))
    run = subprocess.Popen(liked.command("sync"), env=liked.env(),
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    try:
        wait_for((liked.top / "hanging").exists)
        started = children(run.pid)
        assert started
        run.send_signal(how)
        run.wait(timeout=60)
    finally:
        run.kill()
        run.wait()
    wait_for(lambda: not [pid for pid in started if alive(pid)])


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about root")


@needs_root
def test_as_root_it_says_that_it_needs_no_root(home):
    assert "running as root: set [run] user" in home.run("status").stderr


@needs_root
def test_as_root_it_becomes_the_user_and_keeps_nothing_of_root():
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(prefix="likesync-user-") as top:
        os.chown(top, nobody.pw_uid, nobody.pw_gid)
        conf = pathlib.Path(top, "likesync.conf")
        conf.write_text(
            "[spotify]\nliked = {0}/none.csv\n[library]\npath = {0}\n"
            "[state]\ndir = {0}/state\n[log]\ntarget = stderr\n"
            "[run]\nuser = nobody\n[hooks]\n"
            "on_failure = cat /proc/self/status > {0}/status; "
            "echo $HOME > {0}/home\n".format(top))
        r = subprocess.run([LIKESYNC, "-c", str(conf), "sync"],
                           capture_output=True, text=True, timeout=60)
        assert r.returncode == 78, r.stderr
        assert "running as root" not in r.stderr
        status = pathlib.Path(top, "status").read_text()
        home = pathlib.Path(top, "home").read_text().strip()
    fields = dict(line.split(":\t", 1) for line in status.splitlines()
                  if ":\t" in line)
    assert fields["Uid"].split() == [str(nobody.pw_uid)] * 4
    assert fields["Gid"].split() == [str(nobody.pw_gid)] * 4
    assert set(fields["Groups"].split()) <= {str(nobody.pw_gid)}
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
    assert fields["NoNewPrivs"] == "1" and home == nobody.pw_dir


@needs_root
def test_a_user_that_is_not_there_is_no_reason_to_stay_root(home):
    home.config(more="[run]\nuser = likesync-is-not-there\n")
    r = home.run("sync", status=78)
    assert "there is no user likesync-is-not-there" in r.stderr
