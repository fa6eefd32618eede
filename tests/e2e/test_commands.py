# SPDX-License-Identifier: GPL-3.0-or-later
"""How a person and a script get in."""
import datetime
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time

import pytest
from conftest import HERE, LIKESYNC, Home
from spotify import row

COMMANDS = ["sync", "scan", "merge", "auth", "status", "missing", "history",
            "pin", "reject", "report", "backup", "restore", "doctor", "config",
            "analyze", "match"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_help(name):
    r = subprocess.run([LIKESYNC, name, "--help"], capture_output=True,
                       text=True, timeout=60)
    assert r.returncode == 0 and "usage: likesync " + name in r.stdout


# What takes an operand, or an option with a value, takes any word for it.
@pytest.mark.parametrize("words, status", [
    (["history", "--", "--help"], 1), (["history", "--", "-h"], 1),
    (["pin", "--", "--help", "x"], 1), (["reject", "--", "x", "--help"], 1),
    (["backup", "--", "--help"], 0), (["restore", "--", "--help"], 1),
    (["report", "-o", "--help"], 0), (["report", "-o", "-h"], 0),
    (["auth", "--", "--help"], 64), (["missing", "--", "--help"], 64),
    (["analyze", "--", "--help"], 1), (["status", "--help", "--wrong"], 0)])
def test_help_may_be_a_name(home, words, status, monkeypatch):
    monkeypatch.chdir(home.top)
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\nx,y\n")
    home.sync()
    r = home.run(*words, status=status)
    assert ("usage:" in r.stdout) == (words == ["status", "--help",
                                                "--wrong"])
    made = {p.name for p in home.top.iterdir()} & {"--help", "-h"}
    assert made == set(words[1:]) & {"--help", "-h"} if status == 0 and \
        words[0] in ("backup", "report") else not made


def test_help_needs_no_configuration_but_a_command_does(home):
    (home.top / "likesync.conf").write_text("[wrong]\n")
    for name in COMMANDS:
        home.run(name, "--help")
    home.run("status", "--wrong", status=64)
    home.run("status", status=78)


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-",
                                    "0<&- 1>&- 2>&-"])
def test_a_closed_descriptor_is_no_files(home, songs, closed):
    """A log line or an answer would go to the file that got its number."""
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    (home.top / "likes.csv").write_text(
        "Track Name,Artist Name(s)\nLight,Ada\n")
    shutil.copy(songs["m4a"], home.inbox / "Ada - Light.m4a")
    r = subprocess.run(["sh", "-c", '"$@" ' + closed, "sh",
                        *home.command("-v", "sync")], env=home.env(),
                       capture_output=True, text=True, timeout=120)
    assert r.returncode == 0
    assert len(home.entries()) == 1
    json.loads((home.state / "keep/counters.json").read_text())
    for path in (home.state / "keep").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            assert isinstance(json.loads(line), dict), path


def test_what_is_printed_to_a_closed_descriptor_is_74(home):
    r = subprocess.run(["sh", "-c", '"$@" >&-', "sh", LIKESYNC, "--version"],
                       timeout=60)
    assert r.returncode == 74


@pytest.mark.parametrize("words", [["nonsense"], [], ["sync", "--wrong"],
                                   ["sync", "--limit", "many"],
                                   ["analyze"], ["auth", "what"]])
def test_bad_usage_is_64_with_a_reason(home, words):
    r = subprocess.run(home.command(*words), capture_output=True, text=True,
                       env=home.env(), timeout=60)
    assert r.returncode == 64 and r.stderr and not r.stdout


@pytest.mark.parametrize("words, wrong", [
    (["--wrong", "sync"], "--wrong: unknown option"),
    (["-qx", "sync"], "-x: unknown option"),
    (["-c"], "-c: needs a value"), (["nonsense"], "nonsense: unknown")])
def test_a_wrong_word_before_the_command_is_told_in_one_line(words, wrong):
    r = subprocess.run([LIKESYNC, *words], capture_output=True, text=True,
                       timeout=60)
    assert r.returncode == 64 and r.stdout == ""
    assert r.stderr.startswith("likesync: " + wrong)
    assert len(r.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["--help"], ["--version"],
                                   ["config", "--sample"]])
def test_what_could_not_be_printed_is_74(words):
    with open("/dev/full", "w") as full:
        r = subprocess.run([LIKESYNC, *words], stdout=full, timeout=60)
    assert r.returncode == 74


def test_doctor_knows_a_file_from_a_folder(home):
    home.library.rmdir()
    home.library.write_text("")
    r = home.run("doctor", status=1)
    for check in ("library", "document"):
        assert re.search("broken +%s .*Not a directory; .*set .library." %
                         check, r.stdout)


def test_doctor_refuses_the_document_that_a_run_refuses(tmp_path, service,
                                                        songs):
    """All at once: each run waits for what may be somebody's unfinished
    write."""
    documents = [
        ('{"tracks": [], "tracks": []}', "it has two members called tracks"),
        ('{"tracks": 7}', "its member tracks is not an array"),
        ('{"other": []}', "it has no array called tracks"),
        ('{"tracks": [', "")]
    runs = []
    for i, (text, said) in enumerate(documents):
        (tmp_path / str(i)).mkdir()
        home = Home(tmp_path / str(i), service, songs)
        home.config(sources="inbox")
        home.authorize()
        home.document.write_text('{"tracks": []}')
        assert "broken" not in home.run("doctor").stdout
        home.document.write_text(text)
        r = home.run("doctor", status=1)
        (line,) = [x for x in r.stdout.splitlines() if x.startswith("broken")]
        assert "document" in line and said in line
        assert "restore it from a backup" in line
        runs.append((said, subprocess.Popen(
            home.command("sync"), env=home.env(), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)))
    for said, run in runs:
        assert said in run.communicate(timeout=120)[1]
        assert run.returncode == 1


def test_every_error_of_the_configuration_is_told_at_once(home):
    conf = home.top / "likesync.conf"
    conf.write_text("[library]\npath = relative\n[fetch]\nper_huor = 3\n")
    r = home.run("status", status=78)
    assert "likesync.conf:2:" in r.stderr and "likesync.conf:4:" in r.stderr
    assert "per_hour" in r.stderr


def test_status_and_doctor_speak_json(home, service):
    home.config(sources="inbox")
    home.authorize()
    home.sync()
    status = json.loads(home.run("status", "--json").stdout)
    assert status["runs_total"] == 1 and status["runs"][0]["outcome"] == "done"
    assert home.run("status").stdout
    assert json.loads(home.run("doctor", "--json").stdout)["healthy"]


def test_doctor_names_what_is_broken(home):
    home.config(sources="inbox")
    home.inbox.rmdir()
    r = home.run("doctor", status=1)
    assert "broken" in r.stdout and str(home.inbox) in r.stdout


# What is wrong: the line of the configuration that is replaced, the finding,
# how it is judged, and what its text has to name for a person to mend it.
WRONG = [
    (r"client_id = .*", "", "spotify", "broken", "dashboard"),
    (r"liked = .*", "", "authorization", "broken", "likesync auth login"),
    (r"liked = .*", "liked = /no/such.csv", "likes", "broken",
     "[spotify] liked"),
    (r"path = .*/library", "path = /no/such", "library", "broken",
     "[library] path"),
    (r"\[fetch\]", "document = /no/such/x.json\n[fetch]", "document",
     "broken", "[library] document"),
    (r"\[fetch\]", "layout = {colour}\n[fetch]", "layout", "broken",
     "[library] layout"),
    (r"path = .*/inbox", "path = /no/such", "inbox", "broken",
     "[source.inbox] path"),
    (r"textfile = .*", "textfile = /no/such/l.prom", "metrics", "broken",
     "[metrics] textfile"),
    (r"textfile = .*", "textfile = /tmp/l.txt", "metrics", "warning",
     ".prom"),
    (r"\[source.ytdlp\]", "[source.ytdlp]\ncommand = /no/such", "ytdlp",
     "broken", "yt-dlp"),
]


@pytest.mark.parametrize("line, instead, check, health, mend", WRONG)
def test_doctor_says_how_to_mend(home, line, instead, check, health, mend):
    conf = home.top / "likesync.conf"
    text = re.sub(line, instead, conf.read_text(), count=1)
    assert text != conf.read_text()
    conf.write_text(text)
    r = subprocess.run(home.command("doctor", "--json"), text=True,
                       env=home.env(), capture_output=True, timeout=60)
    said = json.loads(r.stdout)
    found = {f["check"]: f for f in said["findings"]}
    assert found[check]["health"] == health
    assert mend in found[check]["text"]
    broken = any(f["health"] == "broken" for f in said["findings"])
    assert r.returncode == (1 if broken else 0)
    assert said["healthy"] is not broken


def test_doctor_says_that_nothing_runs_any_more(home):
    home.config(sources="inbox")
    home.authorize()
    home.sync()
    counters = home.state / "keep/counters.json"
    said = json.loads(counters.read_text())
    said["last_success"] -= 14 * 3600
    counters.write_text(json.dumps(said))
    r = home.run("doctor")
    assert "likesync.timer" in r.stdout and "14 h" in r.stdout


def test_without_a_configuration_it_says_how_to_begin(home):
    (home.top / "likesync.conf").unlink()
    assert "config --sample" in home.run("doctor", status=78).stderr


BARE_WORKER = """#!{python}
import json, socket, struct
agent = socket.socket(fileno=0)
magic, op = struct.unpack_from("II", agent.recv(100))
text = json.dumps({{"version": {version!r}, "gaps": "a lock (rusty)"}})
agent.send(struct.pack("IIII", magic, 0, 0, len(text)))
agent.send(text.encode())
agent.recv(100)
"""


def test_doctor_tells_what_the_workers_box_lacks(home):
    home.config(sources="inbox", liked=str(home.top / "none.csv"))
    (home.top / "none.csv").write_text("Track Name,Artist Name(s)\na,b\n")
    version = home.run("--version").stdout.split()[1]
    worker = home.top / "worker"
    worker.write_text(BARE_WORKER.format(python=sys.executable,
                                         version=version))
    worker.chmod(0o755)
    r = subprocess.run(home.command("doctor", "--json"), text=True,
                       env={**home.env(), "LIKESYNC_WORKER": str(worker)},
                       capture_output=True, timeout=60)
    found = {f["check"]: f for f in json.loads(r.stdout)["findings"]}
    assert r.returncode == 0
    assert found["worker"]["health"] == "warning"
    assert "a lock (rusty)" in found["worker"]["text"]


def test_analyze_prints_one_object_a_line_and_touches_nothing(home, songs):
    r = home.run("analyze", "--json", str(songs["mp3"]), str(songs["flac"]))
    found = {e["fileName"]: e for e in map(json.loads, r.stdout.splitlines())}
    assert abs(found["d.mp3"]["bpm"] - 124) < 2.5
    assert found["e.flac"]["camelotKey"] == "5A"


@pytest.mark.parametrize("place", ["libexec", "bin"])
def test_the_worker_is_found_where_both_were_installed(home, songs, place):
    """Whatever folder was named when they were built."""
    there = home.top / "prefix"
    for folder in ("bin", "libexec"):
        (there / folder).mkdir(parents=True)
    built = pathlib.Path(LIKESYNC)
    shutil.copy(built, there / "bin/likesync")
    shutil.copy(built.with_name("likesync-worker"), there / place)
    env = {k: v for k, v in home.env().items() if k != "LIKESYNC_WORKER"}
    (home.top / "link").symlink_to(there / "bin/likesync")
    for program in (there / "bin/likesync", home.top / "link"):
        r = subprocess.run([program, "analyze", songs["brief"]], env=env,
                           capture_output=True, text=True, timeout=120)
        assert r.returncode == 0 and "BPM" in r.stdout, r.stderr


def test_analyze_takes_a_folder_with_all_that_is_in_it(home, songs, tmp_path):
    top = tmp_path / "set"
    (top / "b/c").mkdir(parents=True)
    (top / ".hidden").mkdir()
    for path in ("b/c/two.mp3", "one.mp3", ".hidden/three.mp3"):
        shutil.copy(songs["mp3-short"], top / path)
    (top / "cover.jpg").write_bytes(b"no music")
    (top / "bad.mp3").write_bytes(b"hello" * 1000)
    r = home.run("analyze", "--json", str(top), str(songs["brief"]), status=1)
    told = [json.loads(line) for line in r.stdout.splitlines()]
    assert {t["filePath"]: t["reason"] for t in told} == {
        str(top / "b/c/two.mp3"): None, str(top / "one.mp3"): None,
        str(top / "bad.mp3"): "not-audio", str(songs["brief"]): None}
    (top / "empty").mkdir()
    r = home.run("analyze", str(top / "empty"), status=1)
    assert "empty: no audio files" in r.stderr


def test_a_hostile_file_is_a_reason_and_not_a_crash(home, tmp_path):
    for name, data in (("zero.mp3", b""), ("text.mp3", b"hello" * 1000),
                       ("noise.m4a", bytes(range(256)) * 400)):
        (tmp_path / name).write_bytes(data)
        r = home.run("analyze", str(tmp_path / name), status=1)
        assert name in r.stderr


def test_match_reads_and_writes_json_lines(home):
    case = {"id": 7, "track": {"artists": ["Ada"], "title": "Light",
                               "duration_ms": 200000},
            "candidates": [
                {"title": "Ada - Light (Live)", "duration_s": 200},
                {"title": "Light", "channel": "Ada", "duration_s": 201}]}
    r = home.run("match", input=json.dumps(case) + "\n")
    answer = json.loads(r.stdout)
    assert answer["id"] == 7 and answer["pick"] == 1 and answer["why"]
    assert len(answer["scores"]) == 2


def on_terminal(home, *words, columns=80, **env):
    """What a person at a terminal of that width sees."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    p = subprocess.Popen(home.command(*words), stdout=slave, stderr=slave,
                         stdin=slave,
                         env={**home.env(), "TERM": "xterm", **env})
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:     # Linux says so when nobody writes any more
            break
        if not data:
            break
        shown += data
    os.close(master)
    assert p.wait(60) == 0
    return shown.decode()


def plain(text):
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def test_status_answers_three_questions_on_one_screen(home, service):
    home.config(sources="inbox")
    home.authorize()
    service.likes = [row(1, "Ada", "Light")]
    home.sync()
    for _ in range(5):
        home.config(sources="inbox", liked="/none/%s.csv" % ("x" * 100))
        home.run("sync", status=78)
    home.config(sources="inbox")
    text = home.run("status").stdout
    assert "warnings   the last run failed: /none/" in text
    assert "1, 0 in library, 1 missing" in text
    assert "next       0 to fetch, 1 waiting, the first for" in text
    assert "authorization ends in" in text and "\x1b" not in text
    status = json.loads(home.run("status", "--json").stdout)
    assert not status["healthy"] and len(status["warnings"]) == 1
    assert (status["ready"], status["waiting"]) == (0, 1)
    seen = on_terminal(home, "status")
    assert "\x1b[31m" in seen
    lines = plain(seen).splitlines()
    runs = [line for line in lines if line.startswith("  2")]
    assert len(runs) == 5 and len(lines) <= 24
    assert all(len(line) == 80 and line.endswith("...") for line in runs)


def seconds(text):
    return datetime.datetime.fromisoformat(text[:-1] + "+00:00").timestamp()


def test_status_knows_that_a_run_is_at_work(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    seen = []

    def look():
        seen.append((json.loads(home.run("status", "--json").stdout),
                     home.run("status").stdout,
                     home.run("sync", status=75).stderr))
        assert "no run yet" not in seen[-1][1]

    def look_at_missing():
        look()
        text = home.run("missing").stdout
        assert "1 of 1 wanted tracks are missing" in text
        seen.append(None)

    assert "no run yet" in home.run("status").stdout
    assert "no Liked Songs yet" in home.run("history").stdout
    service.faults.append(("/v1/me/tracks", ("call", look)))
    service.faults.append(("/media/", ("call", look_at_missing)))
    run = home.sync()
    assert run["fetched"] == 1 and seen.pop() is None and len(seen) == 2
    for (status, text, refused), doing in zip(
            seen, ("reading Liked Songs", "fetching 0 of 1")):
        now = status["running"]
        assert (now["run"], now["doing"]) == (run["run"], doing)
        assert abs(seconds(now["since"]) -
                   seconds(run["started"])) <= 1
        assert "(pid %d): %s" % (now["pid"], doing) in text
        assert doing in refused
    # The lock's text stays; that nobody holds it counts.
    assert doing.split()[0] not in home.run("status").stdout.split("last")[0]
    assert json.loads(home.run("status", "--json").stdout)["running"] is None


def test_an_unavailable_source_is_told_with_since_until_and_why(home, service):
    home.authorize()
    home.config(sources="inbox")
    home.sync()
    home.config()
    source = {"name": "ytdlp", "failures": 2, "since": 1700000000,
              "until": 4000000000, "reason": "no network"}
    (home.state / "sources.json").write_text(
        json.dumps({"sources": [source, dict(source, name="gone")]}))
    for command in ("status", "missing"):
        text = home.run(command).stdout
        assert text.count("no network") == 1 and "source ytdlp: " in text
        told = json.loads(home.run(command, "--json").stdout)["unavailable"]
        assert [(u["name"], u["since"], u["until"], u["why"])
                for u in told] == [("ytdlp", "2023-11-14T22:13:20Z",
                                    "2096-10-02T07:06:40Z", "no network")]
    (home.state / "sources.json").unlink()
    assert "no network" not in home.run("missing").stdout


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_done_without(home, env):
    home.config(sources="inbox")
    assert "\x1b[" not in on_terminal(home, "status", **env)


def test_scan_tells_how_it_gets_on(home, songs):
    home.config(sources="inbox")
    for n in range(3):
        shutil.copy(songs["mp3"], home.library / ("%d.mp3" % n))
    seen = on_terminal(home, "scan")
    assert re.search("reading new files [123] of 3", seen)
    assert "\r\x1b[K" in seen
    assert "\x1b" not in home.run("scan").stderr


# A title that clears the screen (C0, C1), one that hides what follows it, one
# that reads as two lines.
HOSTILE = ["\x1b[2J\x1b]0;gone\x07Light", "\x9b2JSun\x7f",
           "\u202eevil\u2066 mark\u200f", "Two\nlines\u2028 and\u2029 more"]
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f"
                    "\u2028-\u202e\u2066-\u2069]")


def test_nothing_from_outside_commands_a_terminal(home, service, songs):
    home.config(sources="inbox")
    home.authorize()
    service.likes = [row(n, "Ad\x1b[31ma", title)
                     for n, title in enumerate(HOSTILE, 1)]
    for title in [*HOSTILE, "raw\udcff\udc9b31m"]:
        shutil.copy(songs["brief"], home.library / (title + ".m4a"))
        (home.library / (title + ".mp3")).write_bytes(b"no audio" * 999)
    (home.inbox / "Own\x1b[2J.mp3").write_bytes(b"\0" * 5000)
    song = str(home.library / (HOSTILE[0] + ".m4a"))
    commands = [
        ["sync", "--dry-run"], ["sync"], ["missing"], ["missing", "--json"],
        ["pin", "%022d" % 1, song], ["pin"], ["reject", "%022d" % 2, song],
        ["reject"], ["history"], ["history", "--json"], ["status"],
        ["status", "--problems"], ["status", "--problems", "--json"],
        ["doctor"],
        ["analyze", song, str(home.library / (HOSTILE[1] + ".mp3"))],
        ["analyze", "--json", song], ["config"], ["history", HOSTILE[0]],
        ["pin", HOSTILE[2], HOSTILE[3]], [HOSTILE[0]],
        ["backup", str(home.top / "b\x1b.backup")],
        ["restore", "--dry-run", str(home.top / "b\x1b.backup")],
        ["restore", str(home.top / HOSTILE[0])],
        ["merge", str(home.top / HOSTILE[0])],
        ["scan", "--shard", HOSTILE[0], "--out", "x"],
        ["-c", "/\x1b[2J", "status"], ["--\x9b"],
    ]
    for words in commands:
        r = subprocess.run(home.command(*words), env=home.env(),
                           capture_output=True, timeout=120)
        for text in (r.stdout, r.stderr):
            shown = text.decode()   # else it is not UTF-8
            assert not UNSAFE.search(shown), (words, shown)
        if "--json" in words:
            json.loads(r.stdout)
    assert "Ad\\x1b[31ma" in home.run("missing").stdout
    held = json.loads(home.run("history", "--json").stdout)["tracks"]
    assert {t["track"]["title"] for t in held} == set(HOSTILE)


def test_a_command_prints_through_the_terminal_only():
    """So that the next one does, too."""
    folder = HERE.parents[1] / "agent/commands"
    past = re.compile(r"(?<![a-z_])(f?printf|f?puts|putchar)\(")
    for path in folder.glob("*.c"):
        if path.name != "terminal.c":
            assert not past.findall(path.read_text()), path


def test_who_only_looks_leaves_no_trace_of_a_run(home):
    home.config(sources="inbox")
    home.authorize()
    for words in (["status"], ["missing"], ["history"], ["doctor"], ["pin"],
                  ["report"], ["status", "--json"], ["sync", "--dry-run"]):
        home.run(*words)
    assert not (home.state / "keep/runs.jsonl").exists()
    # Else the ledger would be taken as lost, and the caps as used up.
    assert home.sync()["cap_remaining_day"] == 200


def test_missing_tracks_are_chosen_by_reason_and_age(home, service):
    now = time.time()

    def liked(n, title, days, **more):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
            now - days * 86400 - 60))
        return {**row(n, "Ada", title, **more), "added_at": at}

    home.config(sources="inbox")
    home.authorize()
    service.likes = [liked(1, "New", 0), liked(2, "Old", 10),
                     liked(3, "", 40)]
    home.sync()

    def shown(*words):
        r = home.run("missing", "--json", *words)
        return [m["track"]["title"] for m in json.loads(r.stdout)["missing"]]

    assert shown() == ["New", "Old", ""]
    assert shown("--older", "10d") == ["Old", ""]
    assert shown("--older", "11d") == [""]
    assert shown("--reason", "NO LONGER has") == [""]
    assert shown("--reason", "no longer has", "--older", "41d") == []
    text = home.run("missing", "--older", "11d").stdout
    assert "3 of 3 wanted tracks are missing; 1 shown" in text
    home.run("missing", "--older", "soon", status=64)
