# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that jump, and runs that are started in crowds: the caps hold."""
import json
import subprocess
import uuid

import pytest
from faults import needs_shim, read_log
from spotify import row

DAY, YEAR = 86400, 365 * 86400
WORDS = "One Two Three Four Five Six".split()


@pytest.fixture
def capped(world):
    """Six wanted songs that can be had, of which a day may fetch two."""
    service, home = world.service, world.home
    service.videos.clear()
    service.likes = [row(n, "Ada", "Song " + word, seconds=8)
                     for n, word in enumerate(WORDS, 1)]
    for n, word in enumerate(WORDS, 1):
        home.offer("v%d" % n, "Ada - Song " + word, "Ada - Topic", "short", 8)
    home.config(sources="ytdlp", fetch="per_hour = 2\nper_day = 2")
    return world


def boot_id(world):
    path = world.home.top / "boot"
    path.write_text(str(uuid.uuid4()) + "\n")
    return path


def assert_ran(world, **shim):
    status, said = world.run(**shim)
    assert status == 0, said


@needs_shim
def test_within_a_boot_no_clock_buys_a_fetch(capped, monkeypatch):
    boot = boot_id(capped)
    assert_ran(capped, boot_id=boot)
    assert capped.service.count("/media/") == 2
    for wall in (-DAY, YEAR, -30 * DAY, DAY + 60):
        assert_ran(capped, boot_id=boot, wall=wall)
    # Summer time begins and ends by the local clock; nothing here does.
    for zone in ("Europe/Berlin", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        for wall in (3600, -3600):
            assert_ran(capped, boot_id=boot, wall=wall)
    # During a run, after some of its steps.
    for step in ("%d:10" % -DAY, "%d:20" % YEAR):
        assert_ran(capped, boot_id=boot, step=step)
    assert capped.service.count("/media/") == 2
    # And yet time passes.
    assert_ran(capped, boot_id=boot, boot=DAY + 60)
    assert capped.service.count("/media/") == 4


@needs_shim
def test_a_boot_with_a_clock_that_is_behind_buys_no_fetch(capped):
    assert_ran(capped, boot_id=boot_id(capped))
    for wall in (-3600, -DAY, -YEAR, 0):
        assert_ran(capped, boot_id=boot_id(capped), wall=wall)
    assert capped.service.count("/media/") == 2
    assert_ran(capped, boot_id=boot_id(capped), wall=DAY + 60)
    assert capped.service.count("/media/") == 4


@needs_shim
def test_a_clock_that_jumps_while_a_run_fetches_changes_nothing(world,
                                                                tmp_path):
    assert_ran(world, log=tmp_path / "log")
    final, steps = world.final(), len(read_log(tmp_path / "log"))
    for seconds, at in ((-DAY, steps // 4), (YEAR, steps // 2)):
        world.begin()
        assert_ran(world, step="%d:%d" % (seconds, at))
        assert world.final() == final
        world.plain()
        assert world.final() == final


def test_ten_runs_at_once_are_one(capped):
    runs = [subprocess.Popen(capped.home.command("sync"),
                             env=capped.home.env(), text=True,
                             stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL) for _ in range(10)]
    said = [p.communicate(timeout=120)[1] for p in runs]
    codes = sorted(p.returncode for p in runs)
    assert set(codes) <= {0, 75} and codes[0] == 0
    for p, text in zip(runs, said):
        assert p.returncode == 0 or "another run holds the lock" in text
    assert capped.service.count("/media/") == 2
    assert len(capped.ledger()) == 2
    assert len([p for p in capped.audio() if "Song" in p]) == 2


def test_the_lock_of_a_dead_process_holds_nobody_up(capped):
    lock = capped.home.state / "run.lock"
    lock.parent.mkdir(exist_ok=True)
    # A process that lives: it is the lock that counts, not its words.
    lock.write_text("pid 1, run 0123456789ab, since 2026-01-01T00:00:00Z")
    s = json.loads(capped.home.run("sync", "--json").stdout)
    assert s["fetched"] == 2
