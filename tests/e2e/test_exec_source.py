# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that are programs of the user's own: good ones deliver, and every
kind of bad one is put out of service with one line and loses nothing."""
import json
import os
import re
import signal
import stat
import subprocess
import time

import pytest
from conftest import HERE
from spotify import row

EXAMPLES = HERE.parents[1] / "etc/sources"

# A whole source, for tests to break: `music` is a folder of files named
# "Artist - Title.ext"; what it is asked is noted in its state folder.
PROGRAM = r'''#!/usr/bin/python3
import json, os, shutil, sys, time
MUSIC = sys.argv[1]
note, state = [], None
def say(type, id, **more):
    print(json.dumps({"type": type, "id": id, **more}), flush=True)
def hello(r):
    global state
    state = r["state"]
    say("hello", r["id"], protocol=1, name="test", version="1.2", parallel=2,
        capabilities=["search", "link"])
def search(r):
    found = [n for n in sorted(os.listdir(MUSIC))
             if r["track"]["title"] in n]
    say("candidates", r["id"], candidates=[
        {"ref": n, "artist": n.split(" - ")[0], "duration": 8,
         "title": os.path.splitext(n)[0].split(" - ")[1]} for n in found])
def fetch(r):
    shutil.copy(os.path.join(MUSIC, r["ref"]), r["folder"])
    say("progress", r["id"], message="half")
    say("done", r["id"], file=r["ref"])
def error(r, code, **more):
    say("error", r["id"], code=code, message="as the test wants", **more)
def cancel(r):
    pass
#CHANGE
for line in sys.stdin:
    r = json.loads(line)
    globals()[r["type"]](r)
    if state:
        with open(os.path.join(state, "asked"), "a") as f:
            f.write(line)
'''


class Sourced:
    """A home whose source is the program above, changed."""

    def __init__(self, home, service, songs):
        self.home, self.service = home, service
        self.music, self.program = home.top / "music", home.top / "source"
        self.music.mkdir()
        self.songs = songs
        for n, (title, song) in enumerate((
                ("Light", "short"), ("Bus", "mp3-short"),
                ("Sea", "flac-short")), 1):
            service.likes.append(row(n, "Ada", title, seconds=8))
            os.link(songs[song], self.music / (
                "Ada - %s%s" % (title, songs[song].suffix)))
        self.change()
        home.authorize()

    def change(self, code="", text=None, fetch="", more="", args=None):
        self.program.write_text(
            text or PROGRAM.replace("#CHANGE", code))
        self.program.chmod(0o755)
        self.home.config(sources="own", fetch=fetch, more="""
[source.own]
type = exec
command = %s
args = %s
%s""" % (self.program, args or self.music, more))

    def asked(self):
        path = self.home.state / "sources/own/asked"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def is_clean(self):
        """Nothing of an unfinished download is left."""
        assert [p.name for p in (self.home.state / "tmp").iterdir()] == []
        assert [p for p in self.home.library.rglob(".*")] == []


@pytest.fixture
def own(home, service, songs):
    service.likes = []
    return Sourced(home, service, songs)


def test_a_program_delivers_what_it_finds(own):
    s = own.home.sync()
    assert (s["fetched"], s["downloads"], s["failed"]) == (3, 3, 0)
    assert own.home.files() == ["Ada - Bus.mp3", "Ada - Light.m4a",
                                "Ada - Sea.flac"]
    assert len(own.home.ledger()) == 3
    assert {e["source"] for e in own.home.ledger()} == {"own"}
    asked = own.asked()
    assert [r["type"] for r in asked].count("hello") == 1
    fetch = next(r for r in asked if r["type"] == "fetch")
    assert fetch["track"]["isrc"].startswith("XX") and \
        fetch["track"]["duration"] == 8 and fetch["timeout"] == 300
    own.is_clean()
    assert own.home.sync()["downloads"] == 0
    history = own.home.run("history", "Light").stdout
    assert "own" in history


def test_the_row_of_a_menu_that_is_the_track_is_fetched(own):
    """A bot's rows have numbers, lengths and sizes, and mixes in other words."""
    own.service.likes[2] = row(3, "Ada", "Sea - Bo Remix", seconds=8)
    own.change(r'''
def search(r):
    title = r["track"]["title"].split(" - ")[0]
    name = next(n for n in os.listdir(MUSIC) if title in n)
    mix = " (Bo Mix)" if "Remix" in r["track"]["title"] else ""
    other = "" if mix else " (Bo Mix)"
    rows = [("x", "1/3"), ("x", "\u2b05\ufe0f"),
            ("x", "1. Ada - %s (Live) | 0:08 | 320kbps" % title),
            ("x", "02. Ada - %s%s 0:08 | 0.3 MB" % (title, other)),
            (name, "03. %s%s - Ada (0:08) 0.3 MB @somebot" % (title, mix))]
    say("candidates", r["id"], candidates=[
        {"ref": ref, "title": text, "duration": 8} for ref, text in rows])
''')
    s = own.home.sync()
    assert (s["fetched"], s["downloads"], s["failed"]) == (3, 3, 0)
    assert "x" not in [r.get("ref") for r in own.asked()]


def test_replies_may_come_in_any_order(own):
    """Each fetch is answered when the next one has come, or no more come."""
    own.change(r'''
waiting = []
late = fetch
def fetch(r):
    waiting.append(r)
    if len(waiting) == 2:
        for r in reversed(waiting):
            late(r)
        waiting.clear()
''', fetch="parallel = 2")
    own.service.likes.pop()
    s = own.home.sync()
    assert (s["fetched"], s["downloads"]) == (2, 2)
    own.is_clean()


def test_searches_that_count_are_reserved_with_the_fetch_after_them(own):
    """Two of a track, since the first says that there is more; the fetch
    belongs to the second."""
    own.change(r'''
def hello(r):
    say("hello", r["id"], protocol=1, capabilities=["search", "counted"])
turns = {}
find = search
def search(r):
    title = r["track"]["title"]
    assert r["query"] == "Ada " + title
    turns[title] = turns.get(title, 0) + 1
    if turns[title] == 1:
        say("candidates", r["id"], candidates=[], more=True)
    else:
        find(r)
''', fetch="per_hour = 5")
    s = own.home.sync()
    assert (s["fetched"], s["downloads"], s["searches"]) == (2, 5, 5)
    assert len(own.home.ledger()) == 5
    own.is_clean()


def test_a_counted_search_that_found_nothing_counts(own):
    own.change(r'''
def hello(r):
    say("hello", r["id"], protocol=1, capabilities=["search", "counted"])
def search(r):
    say("candidates", r["id"], candidates=[])
''')
    s = own.home.sync()
    assert (s["not_found"], s["downloads"]) == (3, 3)
    assert len(own.home.ledger()) == 3


def test_a_program_may_choose_by_the_track_alone(own):
    own.change(r'''
def hello(r):
    say("hello", r["id"], protocol=1, capabilities=["track"])
def fetch(r):
    assert "ref" not in r
    name = next(n for n in os.listdir(MUSIC) if r["track"]["title"] in n)
    shutil.copy(os.path.join(MUSIC, name), r["folder"])
    say("done", r["id"], file=os.path.join(r["folder"], name))
''')
    s = own.home.sync()
    assert (s["fetched"], s["downloads"], s["searches"]) == (3, 3, 3)


def test_what_a_program_delivers_is_verified(own):
    """It says that another recording is the track."""
    os.unlink(own.music / "Ada - Light.m4a")
    os.link(own.songs["m4a"], own.music / "Ada - Light.m4a")
    s = own.home.sync()
    assert (s["fetched"], s["rejected"]) == (2, 1)
    (own.music / "Ada - Light.m4a").unlink()
    (own.music / "Ada - Light.m4a").write_bytes(b"no audio" * 1000)
    own.home.run("reset", "--yes")
    s = own.home.sync()
    assert (s["fetched"], s["rejected"]) == (0, 0)


def test_a_pinned_link_is_fetched_by_a_program_that_can(own):
    del own.service.likes[1:]
    own.change('def search(r): error(r, "not_found")')
    assert own.home.sync()["not_found"] == 1
    own.change(r'''
def fetch(r):
    assert r["ref"] == "https://example.com/x"
    shutil.copy(os.path.join(MUSIC, "Ada - Light.m4a"), r["folder"])
    say("done", r["id"], file="Ada - Light.m4a")
''')
    own.home.run("pin", "Light", "https://example.com/x")
    s = own.home.sync()
    assert (s["fetched"], s["searches"]) == (1, 0)


# ---- errors that a program reports ----

def known(own):
    text = (own.home.state / "sources.json").read_text()
    return json.loads(text)["sources"][0]


def fails(code, **more):
    words = "".join(", %s=%r" % item for item in more.items())
    return '\ndef fetch(r):\n    error(r, "%s"%s)\n' % (code, words)


@pytest.mark.parametrize("code", ["not_found", "unavailable"])
def test_what_it_does_not_have_fails_only_this_track(own, code):
    own.change(fails(code), fetch="parallel = 1")
    s = own.home.sync()
    assert (s["failed"], s["deferred"], s["downloads"]) == (3, 0, 3)
    own.is_clean()


def test_a_search_that_finds_nothing_is_an_answer(own):
    own.change('\ndef search(r):\n    error(r, "not_found")\n')
    s = own.home.sync()
    assert (s["not_found"], s["downloads"]) == (3, 0)


def test_a_rate_limit_is_waited_for(own):
    own.change(fails("rate_limited", retry_after=7200), fetch="parallel = 1")
    s = own.home.sync(status=None)
    assert (s["deferred"], s["downloads"], s["failed"]) == (3, 1, 0)
    assert known(own)["until"] > 0
    own.change()
    assert own.home.sync(status=None)["downloads"] == 0


def test_an_authorization_needs_a_person(own):
    own.change(fails("auth"), fetch="parallel = 1")
    s = own.home.sync(status=78)
    assert (s["deferred"], s["downloads"], s["failed"]) == (3, 1, 0)
    own.change()
    assert own.home.sync()["fetched"] == 3


def test_a_temporary_failure_is_no_failure_of_the_track(own):
    own.change(fails("temporary"), fetch="parallel = 1")
    s = own.home.sync(status=75)
    assert (s["deferred"], s["failed"], s["rejected"]) == (3, 0, 0)


# ---- programs that break the protocol ----

BAD = {
    "it ends in a fetch": (
        "def fetch(r): sys.exit('a bug')", "ended with status 1: a bug"),
    "it is killed": (
        "def fetch(r): os.kill(os.getpid(), 9)", "was killed by signal 9"),
    "it babbles": (
        "def fetch(r): print('Downloading...', flush=True)",
        "what is no message of the protocol: Downloading..."),
    "it floods one line": (
        "def fetch(r):\n    while True: sys.stdout.write('x' * 65536)",
        "a line of more than 1048576 bytes"),
    "it floods messages": (
        "def fetch(r):\n    while True: say('progress', r['id'])",
        "more than 8 MB without an answer"),
    "it answers what was not asked": (
        "def fetch(r): say('done', 999, file='x')",
        "answers a request that it was not sent"),
    "it answers something else": (
        "def fetch(r): say('candidates', r['id'], candidates=[])",
        "does not fit the request"),
    "it has no file": (
        "def fetch(r): say('done', r['id'], file='x.mp3')",
        "a file that does not exist"),
    "its file is elsewhere": (
        "def fetch(r): say('done', r['id'], file=MUSIC + '/Ada - Bus.mp3')",
        "not in the folder that it was given"),
    "its file is above": (
        "def fetch(r): say('done', r['id'], file='../../x')",
        "not in the folder that it was given"),
    "its file is a folder": (
        "def fetch(r):\n    os.mkdir(r['folder'] + '/x')\n"
        "    say('done', r['id'], file='x')", "a file that does not exist"),
    "its codes are unknown": (
        "def fetch(r): error(r, 'oops')", 'the unknown code "oops"'),
    "it fills the disk": (
        "def fetch(r):\n    for i in range(99999):\n"
        "        open(r['folder'] + '/%d' % i, 'w').close()\n"
        "    sys.stdin.read()", "writes too much to the folder"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_program_is_out_of_service_and_loses_nothing(own, kind):
    code, message = BAD[kind]
    own.change(code, fetch="parallel = 1")
    r = own.home.run("sync", status=78)
    assert message in r.stderr
    lines = re.findall("error: .*", r.stderr)
    assert len(lines) == 1 and lines[0].startswith(
        "error: source own: source ") and message in lines[0], lines
    assert len(own.home.ledger()) == 1
    own.is_clean()
    assert own.home.files() == []
    own.change()
    s = own.home.sync()
    assert (s["fetched"], s["failed"]) == (3, 0), s


START = {
    "it is not there": (None, "not found: install it"),
    "it is not executable": (0o644, "not executable"),
    "it exits": ("sys.exit(3)", "ended with status 3"),
    "it speaks another protocol": (
        "def hello(r): say('hello', r['id'], protocol=2, "
        "capabilities=['search'])", "speaks protocol 2"),
    "it can do nothing": (
        "def hello(r): say('hello', r['id'], protocol=1)",
        "none of the capabilities"),
    "it wants a login": (
        "def hello(r): error(r, 'auth')", "as the test wants"),
}


@pytest.mark.parametrize("kind", START)
def test_a_program_that_does_not_start_is_named(own, kind):
    how, message = START[kind]
    own.change(how if isinstance(how, str) else "")
    if how is None:
        own.program.unlink()
    elif not isinstance(how, str):
        own.program.chmod(how)
    r = own.home.run("sync", status=78)
    assert message in r.stderr
    r = own.home.run("doctor", status=None)
    assert message in r.stdout
    own.change()
    assert own.home.sync()["fetched"] == 3


def test_a_fetch_that_takes_too_long_is_cancelled(own):
    own.change(r'''
import threading
late, slow = fetch, {}
def fetch(r):
    if "Bus" in r["ref"]:
        slow[r["id"]] = r
    else:
        late(r)
def cancel(r):
    error(slow[r["id"]], "unavailable")
''', fetch="parallel = 1\ntimeout = 1s")
    s = own.home.sync(status=None)
    assert (s["fetched"], s["deferred"], s["downloads"]) == (2, 1, 3)
    assert {"cancel"} < {r["type"] for r in own.asked()}
    own.is_clean()


def test_a_program_that_hangs_is_ended(own):
    own.change("def fetch(r): time.sleep(600)",
               fetch="parallel = 1\ntimeout = 1s")
    r = own.home.run("sync", status=78)
    assert "error: source own: source does not answer" in r.stderr
    assert len(own.home.ledger()) == 1
    own.is_clean()
    own.change()
    assert own.home.sync()["fetched"] == 3


# Says that it is in a fetch, with its process id, and stays there.
WAITS = r'''
def fetch(r):
    with open(state + "/pid.new", "w") as f:
        f.write(str(os.getpid()))
    os.rename(state + "/pid.new", state + "/pid")
    time.sleep(600)
'''


def is_gone(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("signo", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_ends_with_its_run_and_nothing_is_lost(own, signo):
    own.change(WAITS, fetch="parallel = 1")
    pid = own.home.state / "sources/own/pid"
    run = subprocess.Popen(own.home.command("sync"), env=own.home.env(),
                           stdin=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not pid.exists() and time.monotonic() < end:
        time.sleep(0.02)
    run.send_signal(signo)
    run.wait(60)
    number = int(pid.read_text())
    while not is_gone(number) and time.monotonic() < end + 60:
        time.sleep(0.02)
    assert is_gone(number)
    assert len(own.home.ledger()) == 1
    own.change()
    s = own.home.sync()
    assert (s["fetched"], s["failed"]) == (3, 0), s
    assert len(own.home.ledger()) == 4
    own.is_clean()


def test_folders_that_come_and_go_are_no_excess(own):
    """Its folders are measured each second, while it changes them."""
    own.change(r'''
copy = fetch
def fetch(r):
    end = time.monotonic() + 3
    while r["ref"].startswith("Ada - Sea") and time.monotonic() < end:
        for make in os.mkdir, os.rmdir:
            for n in range(1000):
                make("%s/%d" % (state, n))
    copy(r)
''')
    s = own.home.sync()
    assert (s["fetched"], s["failed"]) == (3, 0), s


def test_a_program_writes_to_its_folders_only(own):
    own.change(r'''
whole = fetch
def fetch(r):
    said = []
    for path in (MUSIC + "/x", "/tmp/x", r["folder"] + "/../../y",
                 os.path.dirname(r["folder"]) + "/x", state + "/x"):
        try:
            open(path, "w").close()
            said.append("yes")
        except OSError:
            said.append("no")
    for path in (state + "/../../keep/ledger.jsonl", os.path.expanduser(
            "~/../likesync.conf")):
        try:
            open(path).close()
            said.append("yes")
        except OSError:
            said.append("no")
    with open(state + "/said", "w") as f:
        f.write(" ".join(said))
    whole(r)
''')
    assert own.home.sync()["fetched"] == 3
    said = own.home.state / "sources/own/said"
    assert said.read_text() == "no no no yes yes no no"
    assert stat.S_IMODE(said.parent.stat().st_mode) == 0o700


def test_its_state_is_kept_and_may_be_elsewhere(own):
    own.change(more="state = %s/kept" % own.home.top)
    own.home.sync()
    assert (own.home.top / "kept/asked").exists()
    assert not (own.home.state / "sources").exists()


def test_doctor_names_the_program_and_its_version(own):
    r = own.home.run("doctor", status=None)
    assert re.search(r"own: +test 1\.2|own +test 1\.2", r.stdout), r.stdout
    assert [p.name for p in (own.home.state / "tmp").iterdir()] == []


def test_a_program_in_shell(own):
    own.change(text=(EXAMPLES / "folder.sh").read_text())
    s = own.home.sync()
    assert (s["fetched"], s["downloads"]) == (3, 3)
