# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is listened to when, and what becomes of it when somebody dies. The
worker is one of the tests' own; real ones are met in test_hard_files.py."""
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
import worker as fake
from faults import SHIM, needs_shim
from worker import EXAMINE, PROBE

HEAD = ("Track URI,Track Name,Album Name,Artist Name(s),Release Date,"
        "Duration (ms),Added At\n")


@pytest.fixture
def worker(home, monkeypatch):
    version = home.run("--version").stdout.split()[1]
    w = fake.Worker(home.top / "worker", version)
    monkeypatch.setenv("LIKESYNC_WORKER", str(w.program))
    (home.top / "likes.csv").write_text(HEAD)
    configure(home)
    return w


def configure(home, analysis=""):
    home.config(liked=str(home.top / "likes.csv"), sources="inbox",
                more="[analysis]\nworkers = 1\n" + analysis)


def put(home, *names):
    """Files whose bytes are their name."""
    for name in names:
        (home.library / (name + ".mp3")).write_text(name)


def scan(home, *words):
    return json.loads(home.run("scan", "--json", *words).stdout)


def entry(home, name):
    return next(e for e in home.entries() if e["fileName"] == name + ".mp3")


def grow_old(home, version="likesync/0"):
    """All that is known was found out by an older likesync."""
    text = home.document.read_text()
    for e in json.loads(text)["tracks"]:
        text = text.replace('"%s"' % e["analyzerVersion"],
                            '"%s"' % version)
    home.document.write_text(text)
    shutil.rmtree(home.state / "index")


def test_after_a_kill_nothing_is_listened_to_twice(home, worker):
    put(home, *"abcdef")
    worker.tell("d", kill=True)
    p = subprocess.run(home.command("scan"), env=home.env(), timeout=60,
                       stderr=subprocess.DEVNULL)
    assert p.returncode == -signal.SIGKILL
    assert sorted(worker.asked(PROBE)) == list("abcdef")
    assert worker.asked(EXAMINE) == list("abcd")
    worker.tell("d")
    s = scan(home)
    assert worker.asked(PROBE) == []
    assert worker.asked(EXAMINE) == list("def")
    assert (s["analyzed"], s["backlog"]) == (3, 0)
    assert len(home.entries()) == 6


def test_a_worker_that_dies_costs_one_file(home, worker):
    put(home, *"abc")
    worker.tell("b", die=True)
    s = scan(home)
    assert (s["analyzed"], s["analysis_failed"]) == (2, 1)
    assert s["health"]["problems"] == {"crashed": 1}
    assert {e["fileName"] for e in home.entries()} == {"a.mp3", "c.mp3"}
    worker.asked(EXAMINE)
    scan(home)
    assert worker.asked(EXAMINE) == []


def test_each_bad_file_is_counted_and_listed_with_its_reason(home, worker):
    put(home, *"abcd")
    worker.tell("a", refuse="not-audio", at_once=True)
    worker.tell("b", refuse="no-audio")
    worker.tell("c", fault="truncated")
    counted = {"not-audio": 1, "no-audio": 1, "truncated": 1}
    assert scan(home)["health"]["problems"] == counted
    metrics = home.prom.read_text()
    assert 'likesync_problem_files{reason="truncated"} 1\n' in metrics
    assert 'likesync_problem_files{reason="memory"} 0\n' in metrics
    status = json.loads(home.run("status", "--json").stdout)
    assert status["health"]["problems"] == counted
    listed = json.loads(home.run("status", "--problems", "--json").stdout)
    assert {(f["path"], f["reason"], f["analyzed"])
            for f in listed["problems"]} == {
        ("a.mp3", "not-audio", False), ("b.mp3", "no-audio", False),
        ("c.mp3", "truncated", True)}
    for words in ("status", "doctor", "missing"):
        text = home.run(words).stdout
        assert "1 truncated" in text and "status --problems" in text
    assert "c.mp3: is cut" in home.run("status", "--problems").stdout


def test_a_name_of_any_bytes_is_listed_fit_for_a_terminal(home, worker):
    worker.tell("a", refuse="damaged", at_once=True)
    name = os.fsencode(home.library) + b"/caf\xe9\x1b[31m.mp3"
    with open(name, "w") as f:
        f.write("a")
    scan(home)
    text = home.run("status", "--problems").stdout
    assert "damaged     caf\\xe9\\x1b[31m.mp3: is bad" in text
    listed = json.loads(home.run("status", "--problems", "--json").stdout)
    assert listed["problems"][0]["path"].startswith("caf")


def test_an_older_analysis_is_renewed_a_few_a_run(home, worker):
    put(home, *"abcde")
    scan(home)
    grow_old(home)
    configure(home, "reanalyze = 2\n")
    worker.asked(EXAMINE)
    left = []
    for _ in range(4):
        s = scan(home)
        left.append((s["reanalyzed"], s["health"]["outdated"]))
    assert left == [(2, 3), (2, 1), (1, 0), (0, 0)]
    assert sorted(worker.asked(EXAMINE)) == list("abcde")
    assert {e["analyzerVersion"] for e in home.entries()} == {"likesync/1"}
    assert "likesync_reanalyzed_files_total 5\n" in home.prom.read_text()


def test_nothing_is_renewed_where_that_is_not_wanted(home, worker):
    put(home, *"ab")
    scan(home)
    grow_old(home)
    configure(home, "reanalyze = 0\n")
    assert scan(home)["health"]["outdated"] == 2
    assert "0 files to analyze, 2 of them again" in home.run("status").stdout
    assert "likesync_analysis_outdated_files 2\n" in home.prom.read_text()
    assert entry(home, "a")["analyzerVersion"] == "likesync/0"


def test_what_is_new_comes_first_then_what_is_liked(home, worker):
    put(home, *"abc")
    worker.tell("c", tags={"artist": "Ada", "title": "Light"})
    (home.top / "likes.csv").write_text(
        HEAD + "spotify:track:%022d,Light,Album,Ada,2020,200000,"
        "2026-01-01T00:00:00Z\n" % 1)
    home.sync()
    grow_old(home)
    put(home, "z")
    worker.asked(EXAMINE)
    configure(home, "reanalyze = 1\n")
    home.sync()
    assert worker.asked(EXAMINE) == ["z", "c"]


def test_a_failed_renewal_keeps_what_is_known(home, worker):
    put(home, "a")
    scan(home)
    grow_old(home)
    worker.tell("a", refuse="timeout")
    s = scan(home)
    assert (s["analysis_failed"], s["health"]["outdated"]) == (1, 0)
    assert entry(home, "a")["bpm"] == 100
    worker.asked(EXAMINE)
    scan(home)
    assert worker.asked(EXAMINE) == []


@needs_shim
def test_what_may_pass_gets_a_second_chance_after_a_week(home, worker,
                                                         monkeypatch):
    put(home, *"ab")
    worker.tell("a", refuse="timeout")
    worker.tell("b", refuse="no-audio")
    assert scan(home)["analysis_failed"] == 2
    worker.tell("a")
    worker.tell("b")
    worker.asked(EXAMINE)
    monkeypatch.setenv("LD_PRELOAD", str(SHIM))
    for days, asked in ((6, []), (8, ["a"]), (30, [])):
        monkeypatch.setenv("SHIM_WALL", str(days * 86400))
        scan(home)
        assert worker.asked(EXAMINE) == asked
    assert entry(home, "a")["bpm"] == 100


def test_tags_win_and_ours_is_kept_beside_them(home, worker):
    put(home, *"ab")
    worker.tell("a", tags={"bpm": 128, "key": "9A", "energy": 7})
    worker.tell("b", tags={"bpm": 100.2, "key": "Am"})
    configure(home, "prefer_tags = no\n")
    scan(home)
    assert entry(home, "a")["bpm"] == 100
    configure(home)
    worker.asked(EXAMINE)
    tags = scan(home)["health"]["tags"]
    e = entry(home, "a")
    assert worker.asked(EXAMINE) == []
    assert (e["bpm"], e["bpmConfidence"], e["camelotKey"], e["energy"]) == \
        (128, 1, "9A", 7)
    assert tags == {"tempo": {"compared": 2, "differ": 1},
                    "key": {"compared": 2, "differ": 1},
                    "energy": {"compared": 1, "differ": 0}}
    metrics = home.prom.read_text()
    assert 'likesync_tagged_files{what="tempo"} 2\n' in metrics
    assert 'likesync_tag_disagreements{what="tempo"} 1\n' in metrics
    assert "tempo in 1 of 2" in home.run("status").stdout


def test_a_file_that_is_tagged_later_needs_no_new_decode(home, worker):
    put(home, "a")
    scan(home)
    assert entry(home, "a")["bpm"] == 100
    worker.tell("a", tags={"bpm": 126.5})
    analyzed = time.time()
    while int(time.time()) <= analyzed:     # the document counts in seconds
        time.sleep(0.05)
    (home.library / "a.mp3").touch()
    worker.asked(EXAMINE)
    scan(home)
    e = entry(home, "a")
    assert worker.asked(EXAMINE) == []
    assert (e["bpm"], e["bpmConfidence"]) == (126.5, 1)


def test_a_tempo_out_of_tags_outlives_tags_and_analyzer(home, worker):
    put(home, "a")
    worker.tell("a", tags={"bpm": 128})
    scan(home)
    grow_old(home)
    worker.tell("a")
    configure(home, "reanalyze = 0\n")
    assert scan(home)["health"]["tags"]["tempo"]["compared"] == 0
    configure(home)
    assert scan(home)["reanalyzed"] == 1
    e = entry(home, "a")
    assert (e["bpm"], e["bpmConfidence"]) == (128, 1)
