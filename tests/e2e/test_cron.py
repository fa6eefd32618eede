# SPDX-License-Identifier: GPL-3.0-or-later
"""What cron, a container and a pipe get to see of a run: everything where
there is nowhere else to log, and nothing but what a person must act on where
likesync is quiet."""
import os
import pty
import socket
import subprocess

import pytest
from faults import SHIM, needs_shim
from spotify import row

# A /dev of one's own, with the system's log in it or without.
OWN_DEV = """
mkdir "$TOP/dev" && mount -t tmpfs none "$TOP/dev" || exit 99
for n in null zero random urandom tty; do
    : > "$TOP/dev/$n" && mount --bind /dev/$n "$TOP/dev/$n" || exit 99
done
if test -S "$TOP/log"; then
    : > "$TOP/dev/log" && mount --bind "$TOP/log" "$TOP/dev/log" || exit 99
fi
mount --rbind "$TOP/dev" /dev || exit 99
exec "$@"
"""

needs_mounts = pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"]).returncode,
    reason="no mounts of one's own here")


class Syslog:
    """What a syslog daemon is sent."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def lines(self):
        got = []
        while True:
            try:
                got.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return got


def automatic(home):
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace("target = stderr",
                                             "target = auto"))


def in_own_dev(home, *words):
    return ["unshare", "-rm", "sh", "-c", OWN_DEV, "sh",
            *home.command(*words)]


def run_in_own_dev(home, *words):
    return subprocess.run(in_own_dev(home, *words), stdin=subprocess.DEVNULL,
                          env={**home.env(), "TOP": str(home.top)},
                          capture_output=True, text=True, timeout=120)


@needs_mounts
@pytest.mark.parametrize("words, said", [(("sync",), True),
                                         (("-q", "sync"), False)])
def test_without_syslog_and_terminal_stderr_is_the_log(home, words, said):
    home.authorize()
    automatic(home)
    r = run_in_own_dev(home, *words)
    assert r.returncode == 0
    assert ("done: nothing to do" in r.stderr) == said
    assert said or r.stderr == ""


@needs_mounts
@pytest.mark.parametrize("words", [("sync",), ("-q", "sync")])
def test_with_a_syslog_the_log_goes_there_also_when_quiet(home, words):
    home.authorize()
    automatic(home)
    syslog = Syslog(home.top / "log")
    r = run_in_own_dev(home, *words)
    assert r.returncode == 0 and r.stderr == ""
    assert any("done: nothing to do" in line for line in syslog.lines())


@needs_mounts
def test_a_pipe_at_a_terminal_is_the_log(home):
    """`likesync sync 2>&1 | tee log`, typed by a person."""
    home.authorize()
    automatic(home)
    syslog = Syslog(home.top / "log")
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update({**home.env(), "TOP": str(home.top)})
        words = in_own_dev(home, "sync")
        with open(home.top / "said", "w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.execvp(words[0], words)
    assert os.waitpid(pid, 0)[1] == 0
    os.close(master)
    assert "done: nothing to do" in (home.top / "said").read_text()
    assert syslog.lines() == []


HOUR = 3600


def run_at(home, seconds, *words):
    """A run under cron, so long after now."""
    return subprocess.run(
        home.command("-q", *(words or ("sync",))), capture_output=True,
        text=True, timeout=120, env={**home.env(), "LD_PRELOAD": str(SHIM),
                                     "SHIM_WALL": str(seconds),
                                     "SHIM_BOOT": str(seconds)})


def said(home, seconds):
    """The exit status and the lines of a run under cron."""
    r = run_at(home, seconds)
    return r.returncode, r.stderr.splitlines()


@needs_shim
def test_a_day_without_success_is_told_once_a_day(home, service):
    home.authorize()
    service.faults = [("/", ("status", 503, "{}"))] * 1000
    for hours in 0, 6, 12, 18:
        assert said(home, hours * HOUR) == (75, [])
    status, (line,) = said(home, 24 * HOUR)
    assert status == 78 and "no run has succeeded for" in line
    assert "likesync doctor" in line and "503" in line
    assert "exit_status 78\n" in home.prom.read_text()
    for hours in 30, 36, 42:
        assert said(home, hours * HOUR) == (75, [])
    status, lines = said(home, 48 * HOUR)
    assert status == 78 and len(lines) == 1
    service.faults.clear()
    assert said(home, 54 * HOUR) == (0, [])
    service.faults = [("/", ("status", 503, "{}"))] * 1000
    assert said(home, 84 * HOUR) == (75, [])


BOT = "Sign in to confirm you\u2019re not a bot"
FORBIDDEN = "HTTP Error 403: Forbidden"
DOWN = "HTTP Error 503: Service Unavailable"


@pytest.fixture
def songs_wait(home, service):
    """Four songs that are to be had from yt-dlp alone."""
    words = "One Two Three Four".split()
    service.likes = [row(n, "Ada", "Song " + w, seconds=8)
                     for n, w in enumerate(words, 1)]
    for n, w in enumerate(words, 1):
        home.offer("v%d" % n, "Ada - Song " + w, "Ada - Topic", "short", 8)
    home.authorize()
    return home


def command(home, path):
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace("plugins = yes", "plugins = yes\n"
                                             "command = %s" % path))


def set_error(service, text):
    for video in service.videos.values():
        video["error"] = text


def last_success(home):
    (line,) = [x for x in home.prom.read_text().splitlines()
               if x.startswith("likesync_last_success_timestamp_seconds ")]
    return int(line.split()[1])


@needs_shim
@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 3\n",
                                    "#!/bin/sh\necho 2019.01.01\n"])
def test_every_run_tells_of_a_program_that_can_not_work(songs_wait, script):
    home, path = songs_wait, songs_wait.top / "yt-dlp"
    if script:
        path.write_text(script)
        path.chmod(0o755)
    command(home, path)
    for hours in 0, 6, 12:
        status, (line,) = said(home, hours * HOUR)
        assert status == 78 and str(path) in line
    assert last_success(home) == 0 and home.ledger() == []


@needs_shim
def test_a_program_that_nothing_needs_is_not_missed(home, songs):
    home.authorize()
    command(home, home.top / "yt-dlp")
    assert said(home, 0) == (0, [])


@needs_shim
def test_what_comes_from_elsewhere_needs_no_program(songs_wait, service,
                                                    songs):
    home = songs_wait
    service.likes = service.likes[:1]
    (home.inbox / "Ada - Song One.m4a").write_bytes(
        songs["short"].read_bytes())
    command(home, home.top / "yt-dlp")
    assert said(home, 0) == (0, []) and len(home.files()) == 1


@needs_shim
@pytest.mark.parametrize("songs_liked", [1, 4])
def test_a_refusal_is_told_at_once_and_once_a_day(songs_wait, service,
                                                  songs_liked):
    home = songs_wait
    service.likes = service.likes[:songs_liked]
    set_error(service, BOT)
    status, (line,) = said(home, 0)
    assert status == 78 and "cookies" in line and "source ytdlp" in line
    for hours in 6, 12, 18:
        assert said(home, hours * HOUR) == (75, [])
    status, lines = said(home, 24 * HOUR)
    assert status == 78 and len(lines) == 1
    assert last_success(home) == 0
    set_error(service, None)
    for video in service.videos.values():
        del video["error"]
    assert said(home, 48 * HOUR) == (0, [])
    assert len(home.files()) == songs_liked and last_success(home) > 0


@needs_shim
def test_a_stale_program_is_told_at_once_and_once_a_day(songs_wait, service):
    home = songs_wait
    set_error(service, FORBIDDEN)
    status, (line,) = said(home, 0)
    assert status == 78 and "update yt-dlp" in line
    assert said(home, 6 * HOUR) == (75, [])
    status, lines = said(home, 24 * HOUR)
    assert status == 78 and len(lines) == 1


@needs_shim
@pytest.mark.parametrize("songs_liked", [1, 4])
def test_an_outage_is_silent_for_a_day(songs_wait, service, songs_liked):
    home = songs_wait
    service.likes = service.likes[:songs_liked]
    set_error(service, DOWN)
    for hours in 0, 6, 18:
        assert said(home, hours * HOUR) == (75, [])
    status, (line,) = said(home, 24 * HOUR)
    assert status == 78 and "no run has succeeded" in line and "503" in line
    assert last_success(home) == 0


@needs_shim
def test_one_song_that_fails_among_others_is_no_outage(songs_wait, service):
    home = songs_wait
    service.videos["v1"]["error"] = DOWN
    assert said(home, 0) == (0, []) and len(home.files()) == 3
