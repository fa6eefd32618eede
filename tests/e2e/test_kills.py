# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed anywhere, a run is finished by the next as if nothing had been.

LIKESYNC_TORTURE=1 walks every system call that changes a file, and each write
also half way, and kills at hundreds of random moments with faults of the API;
without it a sample is enough."""
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import pytest
from faults import kind_of, moments, needs_shim, read_log
from spotify import row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"

# One moment of each kind that would leave a different mess.
SAMPLE = [("ledger", "write", "half"), ("token", "rename", "kill"),
          ("temporary", "create", "kill"), ("placing", "link", "kill"),
          ("index", "pwrite", "kill"), ("original", "unlink", "kill"),
          ("document", "exchange", "kill"), ("metrics", "rename", "kill")]
RANDOM_WORLDS = 60
KILLS_EACH = 5


def uninterrupted(world, log):
    status, said = world.run(log=log)
    assert status == 0, said
    return read_log(log), world.final()


def points(steps):
    """(moment, how) of every one; LMDB's own pages are written whole or
    not at all, as far as a kill can tell."""
    for moment, step in moments(steps):
        yield moment, "kill", step
        if step.call in ("write", "copy_file_range") and \
                kind_of(step) != "index":
            yield moment, "half", step


def sample(steps):
    for kind, call, how in SAMPLE:
        yield next(p for p in points(steps)
                   if (kind_of(p[2]), p[2].call, p[1]) == (kind, call, how))


def assert_finished(world, final):
    """The next run ends it, and the one after that has nothing to do."""
    world.plain()
    assert world.final() == final
    before = world.footprint()
    asked = world.service.count("/media/")
    world.plain()
    assert world.footprint() == before and world.final() == final
    assert world.service.count("/media/") == asked
    assert asked <= len(world.ledger())


@needs_shim
def test_killed_after_any_step_the_next_run_finishes(world, tmp_path):
    steps, final = uninterrupted(world, tmp_path / "log")
    assert len(steps) > 100
    walked = list(points(steps) if TORTURE else sample(steps))
    missed = 0
    for moment, how, step in walked:
        print("%s %s: %s of %s" % (how, moment.split("\t"), step.call,
                                   kind_of(step)), flush=True)
        world.begin()
        status, said = world.run(**{how: moment})
        # One write may be two in another run.
        assert status in (-signal.SIGKILL, 0), said
        missed += status == 0
        world.assert_alone()
        world.assert_unharmed(final)
        assert_finished(world, final)
    print("%d kill points of %d steps, %d of them missed" % (
        len(walked), len(steps), missed))
    assert missed <= len(walked) // 20


API_FAULTS = [("reset",), ("garbage",), ("truncate",),
              ("status", 502, "Bad gateway"), ("status", 500, "{}"),
              ("status", 401, {"error": {"status": 401, "message": "no"}})]


def kill_at_random(world, rng, longest):
    """Starts a run and kills it; whether it was still running."""
    world.service.faults[:] = [
        (rng.choice(["/api/token", "/v1/me"]), rng.choice(API_FAULTS))
        for _ in range(rng.randrange(4))]
    p = subprocess.Popen(world.home.command("sync"), env=world.home.env(),
                         stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    try:
        # Early ones leave the later ones something to do.
        p.wait(longest * rng.random() ** 2)
    except subprocess.TimeoutExpired:
        p.kill()
    return p.wait(60) == -signal.SIGKILL


def test_killed_at_random_the_next_run_finishes(world):
    began = time.monotonic()
    world.plain()
    longest = time.monotonic() - began
    final = world.final()
    kills = 0
    for seed in range(RANDOM_WORLDS if TORTURE else 1):
        rng = random.Random(seed)
        world.begin()
        for _ in range(KILLS_EACH):
            kills += kill_at_random(world, rng, longest)
            world.assert_alone()
            world.assert_unharmed(final)
        world.service.faults.clear()
        assert_finished(world, final)
        print("seed %d: %d kills so far" % (seed, kills), flush=True)
    assert kills > 0


def is_marker(step):
    return step.call == "rename" and "/tmp/get-" in step.second and \
        step.second.endswith(".json")


@needs_shim
def test_a_finished_download_is_placed_by_the_next_run(world, tmp_path):
    """Killed anywhere between the end of the download and its place in the
    library: nothing is downloaded twice, though the day's cap is used up."""
    world.service.likes = world.service.likes[:1]
    world.home.config(inbox="action = move", fetch="per_day = 1")
    shutil.copy(world.home.top / "likesync.conf", world.saved)
    status, said = world.run(log=tmp_path / "log")
    assert status == 0, said
    steps, final = read_log(tmp_path / "log"), world.final()
    first = next(s.n for s in steps if is_marker(s))
    last = next(s.n for s in steps if s.call == "link" and
                "/library/" in s.second)
    walked = range(first, last) if TORTURE else (first, (first + last) // 2,
                                                 last - 1)
    for n in walked:
        world.begin()
        status, said = world.run(kill=n)
        assert status == -signal.SIGKILL, said
        # The killed yt-dlp's home lies there as well.
        assert [p.suffix for p in sorted((world.home.state / "tmp").glob(
            "get-*"))] == ["", ".json"]
        assert_finished(world, final)
        assert world.service.count("/media/") == len(world.ledger()) == 1
    assert last - first > 3


@pytest.fixture
def kept(home, service):
    """A run that was told to end while a finished download was verified."""
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    (home.top / "key").write_text("right-key\n")
    home.config(sources="ytdlp", fetch="per_day = 2",
                more="[acoustid]\nurl = %s/acoustid\nkey_file = %s/key"
                % (service.url, home.top))
    home.authorize()
    asked, gate = threading.Event(), threading.Event()
    service.faults = [("/acoustid", ("call", lambda: (asked.set(),
                                                      gate.wait(20))))]
    p = subprocess.Popen(home.command("sync"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert asked.wait(60)
    p.send_signal(signal.SIGTERM)
    assert p.wait(60) == 0
    gate.set()
    assert service.count("/media/") == len(home.ledger()) == 1
    (media,) = (home.state / "tmp").glob("get-*/*.m4a")
    return media


def left(home):
    return sorted((home.state / "tmp").iterdir())


def test_what_was_finished_outlasts_a_stop_and_other_commands(home, service,
                                                              kept):
    home.run("scan")
    home.run("sync", "--dry-run")
    assert kept.exists()
    assert home.sync()["fetched"] == 1 and left(home) == []
    assert service.count("/media/") == len(home.ledger()) == 1


def test_what_was_finished_is_verified_like_any_other(home, service, kept):
    home.offer("v2", "Ada - Light", "Ada")
    kept.write_bytes(bytes(kept.stat().st_size))
    assert home.sync()["fetched"] == 1 and left(home) == []
    assert "/watch/v2" in json.loads(home.run(
        "history", "--json", "Light").stdout)["tracks"][0]["placed"]["ref"]
    assert service.count("/media/") == len(home.ledger()) == 2


def test_what_was_finished_is_removed_when_it_is_not_wanted(home, service,
                                                            kept):
    service.likes = []
    home.sync()
    assert home.files() == [] and left(home) == []


def test_what_is_not_finished_is_removed(home, kept):
    """Cut short, whatever its marker says."""
    kept.write_bytes(kept.read_bytes()[:-1])
    (home.state / "tmp/get-abcdef").mkdir()
    (home.state / "tmp/get-abcdef/half.m4a").write_bytes(b"half")
    home.run("scan")
    assert left(home) == []
