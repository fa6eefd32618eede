# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that several machines analyze: each has a configuration and a state
folder of its own, and all of them the same music."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
import worker as fake
from worker import EXAMINE, PROBE

NAMES = ["n%02d" % i for i in range(24)]
# An id is a time and six random letters.
TIMES = re.compile(rb'(?<=At": ")[^"]*(?=")|(?<="id": ")[^"]*(?=")')
# A command of the worker that ends with it.
UNTIL_ENDED = "; while kill -0 $PPID; do sleep 0.02; done"


@pytest.fixture
def worker(home, monkeypatch):
    version = home.run("--version").stdout.split()[1]
    w = fake.Worker(home.top / "worker", version)
    monkeypatch.setenv("LIKESYNC_WORKER", str(w.program))
    return w


class Machine:
    """Another machine at the same library: its state, and its document."""

    def __init__(self, home, name):
        self.home, self.name = home, name
        self.top = home.top / name
        self.state = self.top / "state"
        self.document = self.top / "document.json"
        self.part = home.top / (name + ".part")
        self.top.mkdir()
        (home.top / "likes.csv").write_text("Track URI,Track Name\n")
        (self.top / "conf").write_text("""
[spotify]
liked = {likes}
[library]
path = {library}
document = {top}/document.json
max_disk_usage = 100%
min_free = 0
[fetch]
sources =
[analysis]
workers = 1
[state]
dir = {top}/state
[log]
target = stderr
""".format(likes=home.top / "likes.csv", library=home.library, top=self.top))

    def run(self, *words, status=0):
        r = subprocess.run(
            [self.home.command()[0], "-c", str(self.top / "conf"), *words],
            env=self.home.env(), capture_output=True, text=True, timeout=120)
        assert status in (None, r.returncode), (r.returncode, r.stdout,
                                                r.stderr)
        return r

    def scan(self, shard, *words, status=0, part=None):
        return self.run("scan", "--json", "--shard", shard, "--out",
                        str(part or self.part), *words, status=status)

    def merge(self, *parts, status=0):
        return json.loads(self.run("merge", "--json", *map(str, parts),
                                   status=status).stdout)

    def text(self):
        """The document without times and ids."""
        return TIMES.sub(b"", self.document.read_bytes())

    def entries(self):
        return sorted(json.loads(self.text())["tracks"],
                      key=lambda e: e["filePath"])


def put(home, *names):
    for name in names:
        (home.library / (name + ".mp3")).write_text(name)


def tell_all(worker):
    """Different music, of which some is not."""
    for i, name in enumerate(NAMES):
        worker.tell(name, analysis={
            "bpm": 90.1234 + i, "energy": 1 + i % 10, "duration": 100.5 + i,
            "loudness": -7.25 - i, "grid": {
                "first_beat": 0.123456 + i, "downbeat": 1.5,
                "beats_per_bar": 4, "constant": True}})
    worker.tell("n03", refuse="damaged", at_once=True)
    worker.tell("n04", refuse="timeout")
    worker.tell("n05", fault="truncated")


def lines(part):
    return part.read_bytes().splitlines(keepends=True)


def sealed(body):
    """The lines as a part whose checksum is right."""
    text = b"".join(body) + (b'{"end":true,"complete":true,"records":%d'
                             % (len(body) - 1))
    return text + (b',"sha256":"%s"}\n' %
                   hashlib.sha256(text).hexdigest().encode())


def test_four_machines_make_the_document_of_one(home, worker):
    put(home, *NAMES)
    (home.library / "deep" / "er").mkdir(parents=True)
    (home.library / "deep/er/copy.mp3").write_text("n07")
    tell_all(worker)
    one = Machine(home, "one")
    one.run("scan")
    worker.asked(PROBE), worker.asked(EXAMINE)
    machines = [Machine(home, "m%d" % k) for k in range(1, 5)]
    before = sorted(home.library.rglob("*"))
    for k, m in enumerate(machines, 1):
        if k == 2:  # killed at its third file, and started again
            worker.asked(PROBE), worker.asked(EXAMINE)
            third = json.loads(m.scan("2/4", "--limit", "2",
                                      status=75).stdout)
            assert third["analyzed"] == 2 and third["backlog"] > 1
            done = worker.asked(EXAMINE)
            left = [p for p in worker.asked(PROBE) if p not in done]
            m.part.unlink()
            for name in left:
                worker.tell(name, kill=True)
            p = subprocess.run(
                [home.command()[0], "-c", str(m.top / "conf"), "scan",
                 "--shard", "2/4", "--out", str(m.part)],
                env=home.env(), stderr=subprocess.DEVNULL, timeout=60)
            assert p.returncode == -signal.SIGKILL and not m.part.exists()
            worker.asked(EXAMINE)
            tell_all(worker)
        m.scan("%d/4" % k)
        if k == 2:
            assert worker.asked(PROBE) == []
            assert not set(worker.asked(EXAMINE)) & set(done)
    assert sorted(home.library.rglob("*")) == before
    parts = [m.part for m in machines]
    assert all(len(lines(p)) > 2 for p in parts)

    worker.asked(PROBE), worker.asked(EXAMINE)
    main = Machine(home, "main")
    s = main.merge(*parts)
    assert (s["parts_merged"], s["parts_refused"], s["backlog"]) == (4, 0, 0)
    assert worker.asked(EXAMINE) == []
    assert main.text() == one.text()
    assert json.loads(main.run("status", "--json").stdout)["health"] == \
        json.loads(one.run("status", "--json").stdout)["health"]

    whole = main.document.read_bytes()
    again = main.merge(*parts)
    assert (again["analyses_merged"], again["document_written"]) == (0, False)
    assert main.document.read_bytes() == whole
    other = Machine(home, "other")
    other.merge(*reversed(parts))
    assert other.text() == one.text()
    # One after the other new entries are added at the end.
    late = Machine(home, "late")
    for part in reversed(parts):
        late.merge(part)
    assert late.entries() == one.entries()


def test_a_part_that_is_not_whole_or_not_ours_is_refused_by_name(home, worker):
    put(home, "a", "b")
    m = Machine(home, "m")
    m.scan("1/1")
    good = lines(m.part)
    assert len(good) == 4
    head, a, b, end = good
    again = "copy it again, or run its shard again"
    hostile = {
        "cut": (head + a + b, 1, "is cut off: " + again),
        "cut-line": (head + a + b[:20], 1, "is cut off: " + again),
        "bit": (head + a.replace(b'"bpm":100', b'"bpm":101') + b + end, 1,
                "is damaged (its checksum is wrong): " + again),
        "less": (head + a + end, 1, "is damaged (its checksum is wrong): "),
        "more": (head + a + b + end + b"\n", 1, "line 5 follows its last"),
        "empty": (b"", 1, "is not a part that `likesync scan --shard` wrote"),
        "json": (b'{"tracks": []}\n', 1, "is not a part"),
        "media": (bytes(range(256)) * 100, 1, "is not a part"),
        "long": (head + b"{" + b" " * (1 << 20) + end, 1,
                 "line 2 is too long"),
        "newline": (head + a + b"\n" + b + end, 1, "line 3 is not JSON"),
        "format": (head.replace(b'"format":1', b'"format":2') + b"?", 78,
                   "has format 2 of a newer likesync: update likesync"),
        "analyzer": (sealed([head.replace(b"likesync/1", b"likesync/2")]), 78,
                     "newer likesync (likesync/2, this has likesync/1)"),
        "ahead": (sealed([head, a.replace(b"likesync/1", b"likesync/2")]), 1,
                  "line 2 is not the record of an analysis"),
        "version": (sealed([head, a.replace(b"likesync/1", b"other/1")]), 1,
                    "line 2 is not the record of an analysis"),
        "key": (sealed([head, a.replace(b"A minor", b"</script>")]), 1,
                "line 2 is not the record of an analysis"),
        "shard": (sealed([head.replace(b"1/1", b"2/1")]), 1,
                  "line 1 is not the first line of a part"),
    }
    main = Machine(home, "main")
    for name, (text, status, error) in hostile.items():
        path = home.top / (name + ".part")
        path.write_bytes(text)
        r = main.run("merge", str(path), status=status)
        assert str(path) + ": " in r.stderr and error in r.stderr, name
        if main.document.exists():
            assert json.loads(main.document.read_bytes())["tracks"] == []
    gone, folder = home.top / "gone.part", home.library
    assert "gone.part: can't be read: No such file" in main.run(
        "merge", str(gone), status=1).stderr
    assert "can't be read" in main.run("merge", str(folder), status=1).stderr
    # What is whole is merged beside them, and the worse status is told.
    s = main.merge(home.top / "format.part", m.part, home.top / "bit.part",
                   status=1)
    assert (s["parts_merged"], s["parts_refused"]) == (1, 2)
    assert s["analyses_merged"] == 2 and len(json.loads(
        main.document.read_bytes())["tracks"]) == 2
    # Nothing is taken of files that are not here.
    (home.library / "a.mp3").unlink()
    (home.library / "b.mp3").unlink()
    put(home, "c")
    far = Machine(home, "far")
    r = far.run("merge", str(m.part))
    assert "none of its 2 recordings is in this library" in r.stderr
    assert far.run("dump", "analyses").stdout == ""


def test_the_better_of_two_analyses_stays_in_whatever_order(home, worker):
    put(home, "a")
    m = Machine(home, "m")
    m.scan("1/1")
    head, record, _ = lines(m.part)
    r = json.loads(record)
    at = r["analyzed_at"]

    def part(name, **more):
        path = home.top / (name + ".part")
        line = {**r, **more}
        if not line["analyzed"]:
            line.pop("analysis")
        path.write_bytes(sealed([head, json.dumps(line).encode() + b"\n"]))
        return path

    def tempo(bpm):
        return {"analysis": {**r["analysis"], "bpm": bpm}}

    worst_first = [
        part("older", version="likesync/0", analyzed_at=at + 9, **tempo(91)),
        part("failed", analyzed=False, complete=False, reason="timeout",
             analyzed_at=at + 8),
        part("cut", complete=False, reason="truncated", analyzed_at=at + 7,
             **tempo(92)),
        part("early", analyzed_at=at - 1, **tempo(93)),
        part("late", analyzed_at=at, **tempo(94)),
        part("same", analyzed_at=at, **tempo(95)),
    ]
    for i in range(len(worst_first) - 1):
        pair = worst_first[i:i + 2]
        seen = []
        for n, order in enumerate((pair, pair[::-1])):
            x = Machine(home, "x%d-%d" % (i, n))
            x.merge(*order)
            x.merge(order[0])
            seen.append(x.run("dump", "analyses").stdout)
        assert seen[0] == seen[1], pair
        only = Machine(home, "only%d" % i)
        only.merge(pair[1])
        assert i == 4 or only.run("dump", "analyses").stdout == seen[0], pair


def test_a_shard_goes_on_from_its_part_on_another_machine(home, worker):
    put(home, *NAMES[:6])
    a, b = Machine(home, "a"), Machine(home, "b")
    part = home.top / "shared.part"
    s = json.loads(a.scan("1/1", "--limit", "4", part=part,
                          status=75).stdout)
    assert (s["outcome"], s["backlog"]) == ("later", 2)
    first = worker.asked(EXAMINE)
    r = a.run("scan", "--shard", "1/1", "--out", str(part), "--limit", "1",
              status=75)
    assert "shared.part: is not complete: run this shard again" in r.stderr
    first += worker.asked(EXAMINE)
    # What is incomplete is merged as far as it is.
    main = Machine(home, "main")
    assert main.merge(part)["backlog"] == 1
    b.scan("1/1", part=part)
    assert len(first) == 5
    assert worker.asked(EXAMINE) == sorted(set(NAMES[:6]) - set(first))
    s = main.merge(part)
    assert (s["analyses_merged"], s["backlog"]) == (1, 0)

    # A damaged one is made again; what is none, or another's, is left alone.
    whole = part.read_bytes()
    part.write_bytes(whole[:-10])
    r = b.scan("1/1", part=part)
    assert "it is replaced" in r.stderr
    assert lines(part)[1:-1] == whole.splitlines(keepends=True)[1:-1]
    song = home.library / "n00.mp3"
    r = b.scan("1/1", part=song, status=78)
    assert "exists and is not a part of likesync" in r.stderr
    assert song.read_text() == "n00"
    r = b.scan("1/2", part=part, status=78)
    assert "has shard 1/1, not 1/2: name another file" in r.stderr
    newer = part.read_bytes().replace(b'"format":1', b'"format":2')
    part.write_bytes(newer)
    assert "update likesync" in b.scan("1/1", part=part, status=78).stderr
    assert part.read_bytes() == newer


def test_a_stopped_shard_writes_what_it_has(home, worker):
    put(home, *NAMES[:4])
    worker.tell("n02", at={str(EXAMINE): "kill -TERM $(ps -o ppid= $PPID)"
                           + UNTIL_ENDED})
    m = Machine(home, "m")
    s = json.loads(m.scan("1/1", status=75).stdout)
    assert s["stopped"] == "SIGTERM"
    head, *records, end = lines(m.part)
    assert len(records) == 2 and not json.loads(end)["complete"]


def test_shards_are_named_rightly_or_refused(home, worker):
    m = Machine(home, "m")
    for words in (["--shard", "1/2"], ["--out", "x.part"],
                  ["--shard", "0/2", "--out", "x"],
                  ["--shard", "3/2", "--out", "x"],
                  ["--shard", "2", "--out", "x"],
                  ["--shard", "1/10001", "--out", "x"]):
        r = m.run("scan", *words, status=64)
        assert "likesync scan: --shard" in r.stderr
    assert "name the parts" in m.run("merge", status=64).stderr
    put(home, "a")
    m.scan("10000/10000")
    r = m.scan("1/1", part=home.top / "no" / "x.part", status=78)
    assert "x.part: " in r.stderr


def test_the_slurm_script_runs_its_shard_and_asks_for_another_turn(home,
                                                                   worker):
    script = pathlib.Path(__file__).parents[2] / \
        "packaging/slurm/likesync-shards"
    put(home, *NAMES[:8])
    m = Machine(home, "m")
    tools, parts = home.top / "tools", home.top / "parts"
    tools.mkdir(), parts.mkdir()
    (tools / "likesync").symlink_to(home.command()[0])
    (tools / "scontrol").write_text('#!/bin/sh\necho "$@" > %s/asked\n' %
                                    home.top)
    (tools / "scontrol").chmod(0o755)
    slurm = {"PATH": "%s:%s" % (tools, os.environ["PATH"]),
             "SLURM_ARRAY_JOB_ID": "77", "SLURM_CPUS_PER_TASK": "1",
             "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "2"}

    def run(task, **more):
        return subprocess.run(
            [script, str(m.top / "conf"), str(parts)], timeout=60,
            env={**home.env(), **slurm, "SLURM_ARRAY_TASK_ID": task, **more},
            capture_output=True, text=True)

    assert run("1").returncode == 0
    assert run("1", SLURM_ARRAY_TASK_MIN="0").returncode == 64
    done = worker.asked(EXAMINE)
    # Slurm sends SIGTERM to the script alone, five minutes before the end.
    # The worker's parent is likesync, whose parent is the script.
    for name in set(NAMES[:8]) - set(done):
        worker.tell(name, at={str(EXAMINE): "kill -TERM $(ps -o ppid= $(ps "
                              "-o ppid= $PPID))" + UNTIL_ENDED})
    r = run("2")
    assert r.returncode == 75, r.stderr
    assert (home.top / "asked").read_text() == "requeue 77_2\n"
    assert json.loads(lines(parts / "2-of-2.part")[-1])["complete"] is False
    for name in NAMES[:8]:
        worker.tell(name)
    shutil.rmtree(m.state / "shards/2-of-2")
    assert run("2").returncode == 0
    main = Machine(home, "main")
    s = main.merge(*sorted(parts.iterdir()))
    assert (s["parts_merged"], s["backlog"]) == (2, 0)
