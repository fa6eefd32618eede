# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed anywhere, a run is finished by the next as if nothing had been.

LIKESYNC_TORTURE=1 walks every system call that changes a file, and each write
also half way, and kills at hundreds of random moments with faults of the API;
without it a sample is enough."""
import os
import random
import signal
import subprocess
import time

from faults import kind_of, needs_shim, read_log

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
    """(number, how) of every moment; LMDB's own pages are written whole or
    not at all, as far as a kill can tell."""
    for step in steps:
        if step.n > 0:
            yield step.n, "kill", step
        if step.n > 0 and step.call in ("write", "copy_file_range") and \
                kind_of(step) != "index":
            yield step.n, "half", step


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
    for n, how, step in walked:
        print("%s %d: %s of %s" % (how, n, step.call, kind_of(step)),
              flush=True)
        world.begin()
        status, said = world.run(**{how: n})
        # Threads don't take turns: the last step may have come earlier.
        assert status == -signal.SIGKILL or n > len(steps) - 5, said
        world.assert_alone()
        world.assert_unharmed(final)
        assert_finished(world, final)
    print("%d kill points of %d steps" % (len(walked), len(steps)))


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
