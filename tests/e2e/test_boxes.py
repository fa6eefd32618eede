# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs that a run starts are given, and what ends with it."""
import ctypes
import errno
import gzip
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import pytest
from conftest import LIKESYNC
from spotify import row

SECRET = "a-word-that-nobody-may-see"
WORKER = pathlib.Path(LIKESYNC).resolve().parent / "likesync-worker"


needs_landlock = pytest.mark.skipif(
    ctypes.CDLL(None).syscall(444, None, 0, 1) < 1,
    reason="the kernel has no Landlock")


def listener(path, program):
    """A program that writes down what it was given, then is the real one."""
    seen = path.parent / (path.name + ".seen")
    seen.mkdir()
    path.write_text("#!/bin/sh\nn=%s/$$\nenv > $n.env\npwd -P > $n.pwd\n"
                    "ls -l /proc/self/fd > $n.fds\n"
                    "exec %s \"$@\"\n" % (seen, program))
    path.chmod(0o755)
    return seen


def environments(seen):
    return [dict(line.split("=", 1) for line in p.read_text().splitlines())
            for p in seen.glob("*.env")]


@pytest.fixture
def liked(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("one", "Ada - Light", "Ada - Topic")
    home.authorize()
    return home


TELLS = """#!%s
import json, os, resource, sys, urllib.request

def can(path, how):
    try:
        os.close(os.open(path, how, 0o600))
        return True
    except OSError:
        return False

def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False

tell = {"env": dict(os.environ), "pwd": os.getcwd(),
        "fds": [fd for fd in range(1024) if is_open(fd)],
        "limits": {k: resource.getrlimit(getattr(resource, "RLIMIT_" + k))[0]
                   for k in ("CORE", "CPU", "NPROC", "FSIZE", "DATA")},
        "read": [p for p in %r if can(p, os.O_RDONLY)],
        "written": [p for p in %r if can(p, os.O_WRONLY | os.O_CREAT)]}
urllib.request.urlopen("%s/seen", json.dumps(tell).encode()).close()
os.execv("%s", ["yt-dlp", *sys.argv[1:]])
"""


def telling(home, read=(), written=(), more=""):
    """yt-dlp, that first tells the service what it is given and can reach."""
    program = home.top / "telling"
    program.write_text(TELLS % (sys.executable, [str(p) for p in read],
                                [str(p) for p in written], home.service.url,
                                shutil.which("yt-dlp")))
    program.chmod(0o755)
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "type = ytdlp", "type = ytdlp\ncommand = %s\n%s" % (program, more)))


def test_ytdlp_has_a_home_a_folder_and_limits_of_its_own(liked, monkeypatch):
    monkeypatch.setenv("A_SECRET", SECRET)
    telling(liked)
    assert liked.sync()["fetched"] == 1
    seen = liked.service.seen
    assert len(seen) >= 3           # version, search, download
    homes = {s["env"]["HOME"] for s in seen}
    assert len(homes) == 1
    assert homes.pop().startswith(str(liked.state / "tmp/home-"))
    for s in seen:
        assert SECRET not in s["env"].values()
        assert s["env"]["TMPDIR"] == s["pwd"]
        assert s["pwd"].startswith(str(liked.state / "tmp/"))
        assert s["fds"] == [0, 1, 2]
        assert s["limits"]["CORE"] == 0
        assert s["limits"]["CPU"] == 300
        assert s["limits"]["NPROC"] <= 8192
        assert s["limits"]["FSIZE"] < 1 << 31
        assert s["limits"]["DATA"] == 1 << 30
    assert len({s["pwd"] for s in seen}) >= 2   # a download has one to itself
    assert not list((liked.state / "tmp").iterdir())


@needs_landlock
def test_ytdlp_reaches_no_file_of_the_user(liked, songs):
    home = pathlib.Path(liked.env()["HOME"])
    shutil.copy(songs["mp3"], liked.library / "own.mp3")
    (home / "private").write_text(SECRET)
    (home / "jar").write_text("# Netscape HTTP Cookie File\n")
    (home / "named").write_text("by args")
    liked.sync()
    private = [home, home / "private", liked.library,
               liked.library / "own.mp3", liked.document, liked.inbox,
               liked.top, liked.top / "likesync.conf",
               liked.top / "token.json", liked.state,
               liked.state / "keep/ledger.jsonl", liked.state / "index",
               liked.state / "tmp", "/etc/shadow", "/etc/fstab", "/proc/1",
               "/tmp"]
    public = ["/usr/bin/env", "/etc/hosts", "/dev/null", "/dev/urandom"]
    assert all(os.path.exists(p) for p in [*private, *public])
    new = [home / "new", liked.library / "new.mp3", liked.top / "new",
           liked.state / "new", *("%s/likesync-%d" % (top, os.getpid())
                                  for top in ("/tmp", "/var/tmp", "/usr"))]
    telling(liked, [*private, *public, home / "jar", home / "named"],
            [*private, *new, home / "jar", home / "named"],
            "args = --cookies %s --cache-dir=%s" % (home / "jar",
                                                    home / "named"))
    liked.service.likes.append(row(2, "Bea", "Dark"))
    liked.offer("two", "Bea - Dark", "Bea - Topic", song="other")
    assert liked.sync()["fetched"] == 1
    made = [p for p in new if os.path.exists(p)]
    for p in made:
        os.unlink(p)
    assert not made
    assert len(liked.service.seen) >= 3
    for s in liked.service.seen:
        assert s["read"] == [*public, str(home / "jar"), str(home / "named")]
        assert s["written"] == [str(home / "jar")]


def without_landlock():
    """In a child, before exec: its kernel answers ENOSYS to Landlock."""
    code = [(0x20, 0, 0, 0),                    # load the call's number
            (0x15, 0, 1, 444),                  # landlock_create_ruleset?
            (0x06, 0, 0, 0x00050000 | errno.ENOSYS),
            (0x06, 0, 0, 0x7fff0000)]           # any other: allowed
    text = b"".join(struct.pack("HBBI", *c) for c in code)
    lines = ctypes.create_string_buffer(text, len(text))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0      # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, program, 0, 0) == 0    # PR_SET_SECCOMP


def found_by_doctor(home, **more):
    r = subprocess.run(home.command("doctor", "--json"), env=home.env(),
                       capture_output=True, text=True, timeout=60, **more)
    return {f["check"]: f for f in json.loads(r.stdout)["findings"]}


@needs_landlock
def test_doctor_tells_that_ytdlp_has_a_sandbox(liked):
    found = found_by_doctor(liked)["sandbox"]
    assert found["health"] == "ok"


def test_without_landlock_ytdlp_works_and_doctor_tells_what_is_lacking(liked):
    found = found_by_doctor(liked, preexec_fn=without_landlock)["sandbox"]
    assert found["health"] == "warning"
    assert "no Landlock" in found["text"]
    r = subprocess.run(liked.command("sync", "--json"), env=liked.env(),
                       capture_output=True, text=True, timeout=120,
                       preexec_fn=without_landlock)
    assert json.loads(r.stdout)["fetched"] == 1, r.stderr


@pytest.mark.parametrize("ext, options, name", [
    ("webm", "-c:a libopus", "Ada - Light.opus"),
    ("m4a", "-c:a copy -movflags +dash+empty_moov -frag_duration 2000000",
     "Ada - Light.m4a")])
def test_what_is_made_for_streaming_is_moved_and_tagged(liked, songs, ext,
                                                        options, name):
    streamed = liked.top / ("streamed." + ext)
    cover = liked.top / "cover.png"
    for words in (["-i", songs["m4a"], "-vn", *options.split(), streamed],
                  ["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v",
                   "1", cover]):
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *words],
                       check=True)
    liked.service.videos["cover"] = {"id": "cover", "title": "",
                                     "file": str(cover)}
    url = liked.service.url
    liked.service.videos["one"].update(
        file=str(streamed), thumbnails=[{"url": url + "/media/cover.png"}],
        format={"url": "%s/media/one.%s" % (url, ext), "ext": ext,
                "acodec": "opus" if ext == "webm" else "mp4a.40.2"})
    assert liked.sync()["fetched"] == 1
    assert liked.files() == [name]
    data = (liked.library / name).read_bytes()
    assert b"moof" not in data and (data[:4] == b"OggS" or ext == "m4a")
    probed = json.loads(subprocess.run(
        ["ffprobe", "-loglevel", "error", "-show_format", "-show_streams",
         "-of", "json", liked.library / name], check=True,
        capture_output=True).stdout)
    tags = {**probed["format"].get("tags", {}),
            **probed["streams"][0].get("tags", {})}
    tags = {k.lower(): v for k, v in tags.items()}
    assert tags["artist"] == "Ada" and tags["title"] == "Light"
    assert len(probed["streams"]) == 2      # the cover
    assert not list((liked.state / "tmp").iterdir())


def playlist(path):
    """What names a file of the user for a piece of itself."""
    return ("#EXTM3U\n#EXT-X-TARGETDURATION:30\n#EXTINF:20,\n%s\n"
            "#EXT-X-ENDLIST\n" % path)


@pytest.mark.parametrize("ext", ["webm", "m4a", "mp3"])
@pytest.mark.parametrize("landlock", [True, False])
def test_a_playlist_served_as_a_song_opens_no_file(liked, songs, ext,
                                                   landlock):
    private = liked.top / "home/private.mp3"
    shutil.copy(songs["mp3"], private)
    hostile = liked.top / "hostile"
    hostile.write_text(playlist(private))
    liked.service.videos["one"].update(file=str(hostile), format={
        "url": liked.service.url + "/media/one." + ext, "ext": ext,
        "acodec": "opus" if ext == "webm" else "mp4a.40.2"})
    r = subprocess.run(liked.command("sync", "--json"), env=liked.env(),
                       capture_output=True, text=True, timeout=120,
                       preexec_fn=None if landlock else without_landlock)
    assert json.loads(r.stdout)["fetched"] == 0, r.stderr
    assert not liked.files()


@pytest.mark.parametrize("before", ["", "file://"])
@pytest.mark.parametrize("landlock", [True, False])
def test_a_playlist_of_a_file_is_not_followed_by_ytdlp(liked, songs, before,
                                                       landlock):
    """HLS, as yt-dlp itself reads it."""
    private = liked.top / "home/private.mp3"
    shutil.copy(songs["mp3"], private)
    hostile = liked.top / "hostile"
    hostile.write_text(playlist(before + str(private)))
    liked.service.videos["one"].update(file=str(hostile), format={
        "url": liked.service.url + "/media/one.m3u8", "ext": "mp3",
        "acodec": "mp3", "protocol": "m3u8_native"})
    r = subprocess.run(liked.command("sync", "--json"), env=liked.env(),
                       capture_output=True, text=True, timeout=120,
                       preexec_fn=None if landlock else without_landlock)
    assert json.loads(r.stdout)["fetched"] == 0, r.stderr
    assert not liked.files()


def test_a_page_that_unpacks_to_gigabytes_ends_at_a_limit(liked):
    bomb = gzip.compress(bytes(16 << 20)) * 160

    def explode(h, body):
        h.send_response(200)
        h.send_header("Content-Type", "application/json")
        h.send_header("Content-Encoding", "gzip")
        h.send_header("Content-Length", str(len(bomb)))
        h.end_headers()
        h.wfile.write(bomb)

    liked.service.faults = [("/watch/", ("raw", explode))] * 8
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert liked.sync(status=75)["fetched"] == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert before > 1200 << 10 or after < 1200 << 10    # KiB


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


def descendants(pid):
    out, parents = [], {}
    for p in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = p.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(p.parent.name)] = int(parent)
    for child in parents:
        at = child
        while at in parents and at != pid:
            at = parents[at]
        if at == pid and child != pid:
            out.append(child)
    return out


def name_of(pid):
    try:
        return pathlib.Path("/proc/%d/comm" % pid).read_text().strip()
    except OSError:
        return ""


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
                     "--version\nsetsid tail -f /dev/null &\n"
                     "exec sleep 1000\n"
                     % shutil.which("yt-dlp"))
    hangs.chmod(0o755)
    conf = liked.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "type = ytdlp", "type = ytdlp\ncommand = %s" % hangs))
    run = subprocess.Popen(liked.command("sync"), env=liked.env(),
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: {"sleep", "tail"} <=
                 set(map(name_of, descendants(run.pid))))
        started = descendants(run.pid)
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
    assert "no such user: likesync-is-not-there" in r.stderr
