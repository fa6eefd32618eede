# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs and commands cost in a small fixed world, counted and not timed, so
that a slow or busy machine changes nothing. LIKESYNC_COSTS=print shows all
counts, as LIMITS needs them after a change that is worth its cost."""
import csv
import json
import os
import pathlib
import re
import subprocess

import pytest
from conftest import LIKESYNC
from spotify import row

WORLD = pathlib.Path(LIKESYNC).parent / "bench/world"
FILES, LIKES = 2000, 500
MARGIN = 1.10
WRITES = ("write", "pwrite64", "writev", "pwritev", "copy_file_range")

pytestmark = pytest.mark.skipif(
    b"__asan_init" in pathlib.Path(LIKESYNC).read_bytes() or
    not WORLD.exists(), reason="only what is shipped is counted")

# Instructions in millions, the heap's peak and written bytes in KB; loading the
# program is part of each.
LIMITS = {
    "first sync": {"instructions": 1386},
    "--help": {"instructions": 21.3, "heap": 185, "calls": 510,
               "requests": 0, "written": 0},
    "idle sync": {"instructions": 52.5, "heap": 3975, "calls": 4656,
                  "requests": 2, "written": 11.4},
    "status": {"instructions": 27.2, "heap": 336, "calls": 734,
               "requests": 0, "written": 0},
    "missing": {"instructions": 24.7, "heap": 264, "calls": 646,
                "requests": 0, "written": 0},
    "history": {"instructions": 33.5, "heap": 514, "calls": 603,
                "requests": 0, "written": 0},
    "one new like": {"instructions": 75.1, "heap": 4848, "calls": 4785,
                     "requests": 3, "written": 7822},
}


class Counter:
    def __init__(self, home):
        self.home, self.file = home, home.top / "counts"

    def under(self, *tool, command):
        r = subprocess.run([*tool, *self.home.command(*command)],
                           env=self.home.env(), capture_output=True, text=True,
                           timeout=300)
        assert r.returncode == 0, r.stderr
        return r.stderr

    def instructions(self, command):
        said = self.under("valgrind", "--tool=callgrind",
                          "--callgrind-out-file=/dev/null", command=command)
        return int(re.search(r"Collected : (\d+)", said)[1]) / 1e6

    def heap(self, command):
        self.under("valgrind", "--tool=massif", "--massif-out-file=%s" %
                   self.file, command=command)
        return max(int(n) for n in re.findall(
            r"mem_heap_B=(\d+)", self.file.read_text())) / 1024

    def calls(self, command):
        """System calls, requests, and bytes written to files."""
        self.home.service.requests.clear()
        self.under("strace", "-f", "-qq", "-y", "-o", str(self.file),
                   command=command)
        lines = [line.split(None, 1)[1] for line in
                 self.file.read_text(errors="replace").splitlines()]
        lines = [line for line in lines if line[0].isalpha()]
        written = sum(
            int(line.rsplit("= ", 1)[1].split()[0]) for line in lines
            if line.startswith(WRITES) and "<%s/" % self.home.top in line and
            line.rsplit("= ", 1)[-1][:1].isdigit())
        return (len(lines), len(self.home.service.requests), written / 1024)

    def count(self, *command, before=lambda: None):
        before()
        instructions = self.instructions(command)
        before()
        heap = self.heap(command)
        before()
        calls, requests, written = self.calls(command)
        return {"instructions": instructions, "heap": heap, "calls": calls,
                "requests": requests, "written": written}


@pytest.fixture
def world(home, service):
    """An index of analyzed files, and likes by the API."""
    subprocess.run([WORLD, home.top, str(FILES), str(LIKES)], check=True)
    with open(home.top / "likes.csv", encoding="utf-8") as f:
        service.likes = [
            row(n, like["Artist Name(s)"], like["Track Name"],
                int(like["Duration (ms)"]) // 1000)
            for n, like in enumerate(csv.DictReader(f), 1)][::-1]
    home.config(sources="inbox")
    home.authorize()
    return home


def like_another(home, service):
    """Of a file that nobody liked, under another name."""
    liked = {like["track"]["name"] for like in service.likes}
    for line in home.run("dump", "files").stdout.splitlines():
        tags = json.loads(line)["media"]["tags"]
        title = "%s - Remastered 2011" % tags["title"]
        if tags["title"] not in liked and title not in liked:
            service.likes.insert(0, row(
                len(service.likes) + 1, tags["artist"], title,
                json.loads(line)["media"]["duration_ms"] // 1000))
            return


def counts_of(world):
    c = Counter(world)
    title = world.service.likes[0]["track"]["name"]
    first = {"instructions": c.instructions(["sync"])}
    for _ in range(2):
        world.sync()
    return {
        "first sync": first,
        "--help": c.count("--help"),
        "idle sync": c.count("sync"),
        "status": c.count("status"),
        "missing": c.count("missing"),
        "history": c.count("history", title),
        "one new like": c.count("sync", before=lambda: like_another(
            world, world.service)),
    }


def test_nothing_costs_a_tenth_more_than_it_did(world):
    counts = counts_of(world)
    if os.environ.get("LIKESYNC_COSTS") == "print":
        print("\n".join("    %r: {%s}," % (what, ", ".join(
            "%r: %.5g" % pair for pair in count.items()))
            for what, count in counts.items()))
    assert counts.keys() == LIMITS.keys()
    over = ["%s: %s %.5g, at most %.5g" % (what, name, n, MARGIN * limit)
            for what, limits in LIMITS.items()
            for name, limit in limits.items()
            for n in [counts[what][name]] if n > MARGIN * limit]
    assert not over, "\n".join(over)
