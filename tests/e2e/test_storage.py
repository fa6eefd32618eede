# SPDX-License-Identifier: GPL-3.0-or-later
"""Storage that fails: a run under it says so and harms nothing, and the next
one that can write ends where it would have ended.

LIKESYNC_TORTURE=1 has every call fail in every way; without it, a sample."""
import json
import os
import shutil
import subprocess

import pytest
from faults import SHIM, kind_of, needs_shim, read_log
from spotify import row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"

# What fails, and at which share of the calls that can fail so; + says that
# all do from there on, as on a disk that is full.
SAMPLE = [("ENOSPC", 0.6, "+"), ("EDQUOT", 0.75, ""), ("EIO", 0.3, ""),
          ("SHORT", 0.0, "+"), ("SYNC", 0.4, "+")]
KINDS = ["ENOSPC", "EDQUOT", "EIO", "SHORT", "SYNC"]
CLASSES = {"ENOSPC": ("create", "mkdir", "link", "rename", "exchange",
                      "write", "pwrite", "writev", "copy_file_range"),
           "SHORT": ("write", "pwrite", "writev", "copy_file_range"),
           "SYNC": ("fsync",)}


def candidates(steps, kind):
    """How many calls of a whole run can fail so."""
    classes = CLASSES.get("ENOSPC" if kind == "EDQUOT" else kind)
    return sum(step.n > 0 and (classes is None or step.call in classes)
               for step in steps)


def points(steps):
    for kind in KINDS:
        for n in range(1, candidates(steps, kind) + 1):
            yield kind, n, ""
            if n % 4 == 1:
                yield kind, n, "+"


def sample(steps):
    for kind, share, stays in SAMPLE:
        yield kind, 1 + int(share * candidates(steps, kind)), stays


@needs_shim
def test_whatever_fails_nothing_is_harmed_and_the_next_run_finishes(
        world, tmp_path):
    status, said = world.run(log=tmp_path / "log")
    assert status == 0, said
    steps, final = read_log(tmp_path / "log"), world.final()
    walked = list(points(steps) if TORTURE else sample(steps))
    for kind, n, stays in walked:
        print("%s:%d%s" % (kind, n, stays), flush=True)
        world.begin()
        status, said = world.run(fault="%s:%d%s" % (kind, n, stays))
        assert status in (0, 1, 75, 78), (status, said)
        assert "Sanitizer" not in said
        world.assert_alone()
        world.assert_unharmed(final)
        if status != 0:
            assert "error: " in said or "warning: " in said
        assert_recovers(world, final)
    print("%d faults over %d steps" % (len(walked), len(steps)))


def assert_recovers(world, final):
    """A track whose file could not be written may have to wait for its next
    try; all else is as it would have been."""
    world.plain()
    waiting = [line for line in world.index() if '"table":"song"' in line
               and '"identity":""' in line]
    if waiting:
        status, said = world.run(wall=40 * 86400, boot=40 * 86400)
        assert status == 0, said
    # How often a track was tried is not the same then.
    assert without_attempts(world.final()) == without_attempts(final)


def without_attempts(final):
    return {**final, "index": [line.partition(',"attempts"')[0]
                               if '"table":"song"' in line else line
                               for line in final["index"]]}


SMALL_DISK = """
mount -t tmpfs -o size=80m,mode=700 none "$STATE" && mkdir -m 700 "$STATE/keep" || exit 99
fallocate -l $((80 - $1))M "$STATE/filler"; shift
"$@"; status=$?
cp "$STATE/keep/ledger.jsonl" "$SAVED" 2>/dev/null
exit $status
"""


@pytest.mark.skipif(subprocess.run(["unshare", "-rm", "true"]).returncode,
                    reason="no mounts of one's own here")
@pytest.mark.parametrize("megabytes, status", [(1, 78), (30, 78), (79, 0)])
def test_a_full_state_disk_uses_up_no_reservation(home, service, megabytes,
                                                  status):
    """79 MB are enough for three downloads at a time, 30 for the run's own
    files, 1 for the ledger's."""
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.config(sources="ytdlp")
    home.authorize()
    saved = home.top / "ledger"
    r = subprocess.run(
        ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(megabytes),
         *home.command("-q", "sync")], capture_output=True, text=True,
        env={**home.env(), "STATE": str(home.state), "SAVED": str(saved)})
    reserved = saved.read_text().count("\n") if saved.exists() else 0
    assert (r.returncode, reserved) == (status, 1 if status == 0 else 0)
    assert r.stderr.count("\n") == (1 if status else 0), r.stderr
    assert status == 0 or "make room" in r.stderr
    assert service.count("/media/") == reserved
    assert "exit_status %d\n" % status in home.prom.read_text()
    assert ("last_success_timestamp_seconds 0\n" in home.prom.read_text()) \
        == (status != 0)


@needs_shim
def test_a_library_that_is_read_only_is_told_and_left(world):
    before = world.audio()
    document = world.home.document.read_bytes()
    status, said = world.run(readonly=world.home.library)
    assert status in (1, 75, 78) and str(world.home.library) in said
    assert world.audio() == before
    assert world.home.document.read_bytes() == document
    assert "likesync_last_run_exit_status %d\n" % status in \
        world.home.prom.read_text()


def test_an_empty_mount_point_is_not_a_library_that_was_emptied(world):
    world.plain()
    final = world.final()
    asked = world.service.count("/media/")
    disk = world.home.top / "disk"
    world.home.library.rename(disk)
    world.home.library.mkdir()
    for _ in range(2):
        r = world.plain(status=1)
        assert "not mounted" in r.stderr
        assert list(world.home.library.iterdir()) == []
    assert world.service.count("/media/") == asked
    world.home.library.rmdir()
    world.plain(status=78)  # nor may it come to be as an empty folder
    assert not world.home.library.exists()
    disk.rename(world.home.library)
    world.plain()
    assert world.final() == final


def test_most_of_a_library_gone_at_once_is_not_believed(world, songs):
    for n in range(80):
        shutil.copy(songs["flac-short"], world.home.library / (
            "%d.flac" % n))
    world.plain()
    entries = world.entries()
    for n in range(70):
        (world.home.library / ("%d.flac" % n)).unlink()
    r = world.plain(status=1)
    assert "70 files are missing" in r.stderr and world.entries() == entries
    world.home.run("scan", "--accept-removals")
    assert len(world.entries()) == len(entries) - 70


# -- power loss: what is renamed or promised must be on the disk before

def is_precious(path):
    name = path.rpartition("/")[2]
    return name in ("token.json", "audio-library-analysis.json",
                    "ledger.jsonl", "provenance.jsonl", "runs.jsonl",
                    "counters.json") or \
        name.endswith((".mp3", ".m4a")) and "/library/" in path


def losses(steps):
    """What a power loss at the worst moment would take, by the order in which
    things were written, synced, named and used."""
    dirty, names, found = set(), {}, []

    def lose(what, step):
        found.append("%d %s: %s" % (step.n, what, step.second or step.path))

    for step in steps:
        folder = (step.second or step.path).rpartition("/")[0]
        named = step.second or step.path
        if step.call in ("write", "pwrite", "writev", "copy_file_range",
                         "ftruncate"):
            dirty.add(step.inode)
        elif step.call == "fsync":
            dirty.discard(step.inode)
            names.pop(step.path, None)
        elif step.call in ("rename", "exchange", "link"):
            if is_precious(named) and step.inode in dirty:
                lose("is named before it is synced", step)
            names.setdefault(folder, set()).add(named)
        elif step.call == "create":
            names.setdefault(folder, set()).add(named)
        elif step.call == "unlink" and names.get(folder) and \
                "analysis.json.likesync-" in step.path:
            lose("the old one goes before the new one's name is synced", step)
        elif step.call == "send" and any(
                p.endswith("/token.json") for all in names.values()
                for p in all):
            lose("is used before its name is synced", step)
    for all in names.values():
        found += ["at the end, its name is not synced: " + p
                  for p in all if is_precious(p)]
    found += ["at the end, it is not synced: " + step.path for step in steps
              if step.inode in dirty and is_precious(step.path)]
    return found


@needs_shim
def test_a_power_loss_takes_nothing_that_was_promised(world, tmp_path):
    log, early = tmp_path / "log", []

    def look():  # a download begins: is it in the ledger, and synced?
        synced = sum(s.call == "fsync" and kind_of(s) == "ledger" and
                     s.path.endswith("ledger.jsonl") for s in read_log(log))
        early.append(synced >= world.service.count("/media/"))

    world.service.faults[:] = [("/media/", ("call", look))] * 2
    status, said = world.run(log=log)
    assert status == 0, said
    assert early == [True, True]
    assert losses(read_log(log)) == []


@needs_shim
def test_a_forgotten_sync_would_be_found(world, tmp_path):
    world.run(log=tmp_path / "log")
    steps = read_log(tmp_path / "log")
    for forgotten in (".tmp", "likesync-tmp", "ledger.jsonl", "/world",
                      "provenance.jsonl", "(deleted)", "/library", "/keep"):
        assert losses([s for s in steps if s.call != "fsync" or
                       not s.path.endswith(forgotten)]), forgotten


@needs_shim
def test_what_could_not_be_placed_was_not_fetched(home, service):
    service.likes = [row(1, "Ada", "Light", seconds=20)]
    home.offer("v1", "Ada - Light", "Ada")
    home.config(library="layout = {artist}/{title}")
    home.authorize()
    (home.library / "Ada").mkdir()
    r = subprocess.run(home.command("sync"), capture_output=True, text=True,
                       env={**home.env(), "LD_PRELOAD": str(SHIM),
                            "SHIM_READONLY": str(home.library / "Ada")})
    assert r.returncode == 1 and "Ada" in r.stderr, r.stderr
    run = json.loads(home.run("status", "--json").stdout)["runs"][0]
    assert (run["fetched"], run["in_library"], run["deferred"]) == (0, 0, 1)
    assert home.files() == []
