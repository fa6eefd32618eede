# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: what was asked for is fetched, whoever asks and whatever is killed."""
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time

import pytest
from faults import kind_of, needs_shim, read_log

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"


class Hold:
    """Keeps the download of a video waiting."""

    def __init__(self, service, video):
        self.held, self.free = threading.Event(), threading.Event()
        service.faults.append(("/media/" + video, ("call", self.wait)))

    def wait(self):
        self.held.set()
        self.free.wait(60)


def track(track_id, title, artist="Queue Artist", seconds=20):
    """A track that Spotify knows and nobody likes."""
    return {"id": track_id, "artists": [artist], "title": title,
            "duration_ms": seconds * 1000}


def job_id(tracks, generation=0):
    keys = sorted({t["id"] for t in tracks})
    text = "".join(k + "\n" for k in keys) + str(generation)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ask(home, tracks, generation=0, by="test", name="Set"):
    """A request as another process leaves it."""
    job = job_id(tracks, generation)
    folder = home.state / "requests"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    home.state.chmod(0o700)
    part = folder / (".%s.part" % job)
    part.write_text(json.dumps({
        "kind": "queued", "action": "queue", "job": job, "name": name,
        "by": by, "at": int(time.time()), "link": "https://example.com/set",
        "tracks": [{"key": t["id"], "track": t} for t in tracks]}))
    part.rename(folder / ("queue-%s.json" % job))
    return job


def queue(home, *words):
    return json.loads(home.run("queue", "--json", *words).stdout)


def ids(n):
    return ["%022d" % (i + 1) for i in range(n)]


@pytest.fixture
def three(home):
    """Three tracks on offer, no likes."""
    (home.top / "likes.csv").write_text(
        "Track URI,Track Name,Album Name,Artist Name(s),Release Date,"
        "Duration (ms),Added At\n")
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp")
    tracks = []
    for i, (number, song) in enumerate(zip(ids(3), ("m4a", "other", "brief"))):
        seconds = 8 if song == "brief" else 20
        title = ("Amber", "Birch", "Cedar")[i]
        tracks.append(track(number, title, seconds=seconds))
        home.offer("video%06d" % i, "Queue Artist - " + title,
                   "Queue Artist - Topic", song=song, seconds=seconds)
    return tracks


def test_a_job_is_fetched_and_complete(home, three):
    job = ask(home, three)
    assert queue(home, job)["status"] == "pending"
    assert "1 job, 3 tracks waiting" in home.run("status").stdout
    home.run("queue", "run")
    assert "waiting" not in home.run("status").stdout
    done = queue(home, job)
    assert (done["status"], done["completed"], done["failed"],
            done["total"]) == ("complete", 3, 0, 3)
    assert done["eta"] is None and done["completedAt"] is not None
    assert {t["status"] for t in done["tracks"]} == {"completed"}
    assert len(home.entries()) == 3
    assert not list((home.state / "requests").glob("*.json"))
    assert "for job %s by test" % job in home.run("history", "Birch").stdout


def test_a_run_serves_the_queue_too(home, three):
    job = ask(home, three[:1])
    home.sync()
    assert queue(home, job)["status"] == "complete"


def test_what_nobody_offers_has_failed_after_one_attempt(home, three):
    missing = track("9" * 22, "Nowhere To Be Found")
    job = ask(home, three[:1] + [missing])
    home.run("queue", "run")
    done = queue(home, job)
    assert (done["status"], done["completed"], done["failed"]) == \
        ("complete", 1, 1)
    assert done["tracks"][1]["reason"]
    job = ask(home, [missing])
    home.run("queue", "run")
    assert queue(home, job)["status"] == "failed"
    assert "failed      0 of 1, 1 failed" in home.run("queue").stdout


def test_the_cap_leaves_the_others_waiting_and_says_how_long(home, three):
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp",
                fetch="per_hour = 1")
    job = ask(home, three)
    home.run("queue", "run")
    now = queue(home, job)
    assert (now["status"], now["completed"]) == ("processing", 1)
    assert now["eta"].endswith("hours") and now["etaSeconds"] >= 3600
    assert len(home.ledger()) == 1
    metrics = home.prom.read_text().splitlines()
    assert "likesync_jobs 1" in metrics and "likesync_job_tracks 2" in metrics
    # Until the cap allows another one, the queue costs nothing.
    before = home.prom.stat().st_mtime_ns
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns == before


def test_an_empty_queue_starts_no_run(home, three):
    home.run("queue", "run")
    assert not home.prom.exists()
    assert home.run("queue").stdout == "the queue is empty\n"
    home.sync()
    before = home.prom.stat().st_mtime_ns
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns == before


def test_a_queue_that_was_never_used_starts_no_run_after_a_sync(home, three):
    home.sync()
    before = home.prom.stat().st_mtime_ns
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns == before


def test_jobs_forgotten_before_the_first_run_start_no_run_each_minute(home,
                                                                      three):
    ask(home, three)
    home.run("reset", "--yes")
    home.run("queue", "run")
    before = home.prom.stat().st_mtime_ns
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns == before


def test_a_queue_is_served_after_the_clock_was_set_back(home, three):
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp",
                fetch="per_hour = 1")
    ask(home, three)
    home.run("queue", "run")
    path = home.state / "queue.json"
    note = json.loads(path.read_text())
    ahead = {**note, "due": note["due"] + 90000, "noted": note["noted"] + 90000}
    before = home.prom.stat().st_mtime_ns
    path.write_text(json.dumps({**ahead, "noted": note["noted"]}))
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns == before
    path.write_text(json.dumps(ahead))
    home.run("queue", "run")
    assert home.prom.stat().st_mtime_ns != before
    assert json.loads(path.read_text())["due"] < ahead["due"]


def test_jobs_take_turns_by_track_and_with_the_likes(home, three):
    """With a cap of two, a job of two and one like get one each."""
    likes = home.top / "likes.csv"
    likes.write_text(likes.read_text() +
                     "spotify:track:%s,Cedar,X,Queue Artist,2020,8000,"
                     "2026-01-01T00:00:00Z\n" % three[2]["id"])
    home.config(liked=str(likes), sources="ytdlp", fetch="per_hour = 2")
    job = ask(home, three[:2])
    home.sync()
    assert queue(home, job)["completed"] == 1
    assert sorted(e["title"] for e in home.entries()) == ["Amber", "Cedar"]


def test_a_track_in_two_jobs_is_fetched_once(home, three):
    first, second = ask(home, three[:2]), ask(home, three[1:])
    home.run("queue", "run")
    assert len(home.ledger()) == 3
    assert queue(home, first)["status"] == "complete"
    assert queue(home, second)["status"] == "complete"
    assert len(queue(home)["jobs"]) == 2


def test_a_cancel_counts_although_its_clock_was_behind(home, three):
    job = ask(home, three)
    home.run("queue", "cancel", job)
    os.utime(home.state / "requests" / ("cancel-%s.json" % job), (1, 1))
    home.run("queue", "run")
    assert queue(home, job)["status"] == "cancelled"
    assert home.files() == []


def test_a_cancelled_job_fetches_nothing(home, three):
    job = ask(home, three)
    assert "cancelled" in home.run("queue", "cancel", job).stdout
    home.run("queue", "run")
    assert queue(home, job)["status"] == "cancelled"
    assert home.files() == []
    home.run("queue", "cancel", "0" * 16, status=1)


def test_a_request_is_taken_while_a_run_works(home, three, service):
    """The second job arrives while the first is downloaded."""
    hold = Hold(service, "video000000")
    first = ask(home, three[:1])
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    second = ask(home, three[1:2])
    deadline = time.monotonic() + 30
    while list((home.state / "requests").glob("*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert queue(home, first)["status"] == "processing"
    # Another run leaves the work to the one that has the lock.
    home.run("queue", "run")
    hold.free.set()
    assert p.wait(timeout=60) == 0
    assert queue(home, first)["status"] == "complete"
    assert queue(home, second)["status"] == "complete"


def test_a_cancel_during_the_last_download_comes_before_its_end(home, three,
                                                               service):
    hold = Hold(service, "video000000")
    job = ask(home, three[:1])
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    home.run("queue", "cancel", job)
    hold.free.set()
    assert p.wait(timeout=60) == 0
    assert queue(home, job)["status"] == "cancelled"


def test_a_job_outlives_a_kill(home, three, service):
    """Also where an earlier run noted that nothing waits."""
    home.run("scan")
    hold = Hold(service, "video000001")
    job = ask(home, three)
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    p.send_signal(signal.SIGKILL)
    p.wait()
    hold.free.set()
    assert queue(home, job)["status"] == "processing"
    home.run("queue", "run")
    assert queue(home, job)["status"] == "complete"
    assert len(home.files()) == 3


def test_the_hook_hears_of_each_job_at_least_once(home, three):
    out, flag = home.top / "jobs", home.top / "flag"
    more = "[hooks]\non_job = test -e %s && cat >> %s\n" % (flag, out)
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp",
                more=more)
    job = ask(home, three[:1])
    home.run("queue", "run", status=None)
    assert not out.exists()
    flag.touch()
    note = json.loads((home.state / "queue.json").read_text())
    assert note["waiting"] == 0 and note["due"] > time.time()
    (home.state / "queue.json").write_text(json.dumps({**note, "due": 1}))
    home.run("queue", "run")
    home.sync()
    told = json.loads(out.read_text())
    assert (told["jobId"], told["status"]) == (job, "complete")


def test_the_same_tracks_again_are_a_job_of_their_own_once_done(home, three):
    job = ask(home, three[:1])
    home.run("queue", "run")
    again = ask(home, three[:1], generation=1)
    assert job != again
    home.run("queue", "run")
    assert queue(home, again)["status"] == "complete"
    assert len(home.ledger()) == 1


def test_a_track_whose_file_was_deleted_is_fetched_when_asked_for(home,
                                                                  three):
    job = ask(home, three[:1])
    home.run("queue", "run")
    for path in home.library.rglob("*.m4a"):
        path.unlink()
    home.run("scan", "--accept-removals", status=None)
    again = ask(home, three[:1], generation=1)
    home.run("queue", "run")
    assert queue(home, again)["status"] == "complete"
    assert len(home.files()) == 1
    assert queue(home, job)["status"] == "complete"


def test_a_rejection_beside_a_run_is_recorded_by_the_run(home, three, service):
    hold = Hold(service, "video000000")
    ask(home, three[:1])
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    before = (home.state / "keep/pins.jsonl").read_bytes()
    home.run("reject", three[1]["id"], "https://example.com/other")
    deadline = time.monotonic() + 30
    while "example.com" not in home.run("reject").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    hold.free.set()
    assert p.wait(timeout=60) == 0
    assert before != (home.state / "keep/pins.jsonl").read_bytes()
    home.run("reject", "--forget", three[1]["id"])
    assert "nothing is rejected" in home.run("reject").stdout


def test_reset_forgets_attempts_and_jobs_and_nothing_else(home, three):
    missing = track("9" * 22, "Nowhere To Be Found")
    likes = home.top / "likes.csv"
    likes.write_text(likes.read_text() + "spotify:track:%s,Nowhere To Be "
                     "Found,X,Queue Artist,2020,8000,2026-01-01T00:00:00Z\n"
                     % missing["id"])
    ask(home, three[:1])
    home.sync()
    job = ask(home, three[1:2])
    assert "next try" in home.run("missing").stdout
    kept = {p.name: p.read_bytes() for p in (home.state / "keep").iterdir()
            if p.name != "jobs.jsonl"}
    home.run("reset", status=64, input="")
    assert queue(home, job)["total"] == 1
    out = home.run("reset", "--yes").stdout
    assert out == "reset: 1 track, 1 job\n"
    assert queue(home)["jobs"] == []
    assert "next try" not in home.run("missing").stdout
    assert kept == {p.name: p.read_bytes()
                    for p in (home.state / "keep").iterdir()
                    if p.name != "jobs.jsonl"}
    assert len(home.files()) == 1


# ---- what a list lacks

CSV = ("Track URI,Track Name,Album Name,Artist Name(s),Release Date,"
       "Duration (ms),Added At\n")


@pytest.fixture
def listed(home, three):
    """An export of a playlist of the three tracks."""
    path = home.top / "Night.csv"
    path.write_text(CSV + "".join(
        "spotify:track:%s,%s,X,%s,2020,%d,2026-01-01T00:00:00Z\n" % (
            t["id"], t["title"], t["artists"][0], t["duration_ms"])
        for t in three))
    return str(path)


def test_what_a_list_lacks_is_queued(home, three, listed):
    said = json.loads(home.run("playlist", "--queue", listed).stdout)
    assert set(said) == {"jobId", "queuedCount"}
    assert said["queuedCount"] == 3
    again = json.loads(home.run("playlist", "--queue", listed).stdout)
    assert again == said
    assert len(queue(home)["jobs"]) == 1
    found = json.loads(home.run("playlist", "--json", listed).stdout)
    assert found["waitingTracks"] == 3
    home.run("queue", "run")
    done = queue(home, said["jobId"])
    assert (done["status"], done["link"]) == ("complete", listed)
    nothing = json.loads(home.run("playlist", "--queue", listed).stdout)
    assert nothing == {"jobId": None, "queuedCount": 0}


def test_a_part_of_a_list_is_queued(home, three, listed):
    said = json.loads(home.run("playlist", "--queue", "--start-from", "2",
                               "--limit", "1", listed).stdout)
    tracks = queue(home, said["jobId"])["tracks"]
    assert [t["name"] for t in tracks] == ["Birch"]
    home.run("playlist", "--limit", "1", listed, status=64)
    home.run("playlist", "--fetch", "--queue", listed, status=64)


def test_a_list_that_is_too_long_for_a_job_is_refused_and_told(home, three):
    path = home.top / "Long.csv"
    rows = ["spotify:track:%022d,Title %d,X,Artist,2020,9000,"
            "2026-01-01T00:00:00Z\n" % (n, n) for n in range(1, 20002)]
    path.write_text(CSV + "".join(rows))
    r = home.run("playlist", "--queue", str(path), status=1)
    assert r.stdout == "" and "20001 tracks: 1 to 20000" in r.stderr
    assert queue(home)["jobs"] == []


def test_a_list_is_fetched_at_once(home, three, listed):
    out = home.run("playlist", "--fetch", "--sequential", listed).stdout
    lines = out.splitlines()
    assert sorted(lines[:3]) == ["in library: Queue Artist - " + title
                                 for title in ("Amber", "Birch", "Cedar")]
    assert lines[3].endswith(": 3 in library, 0 failed, 0 waiting")
    assert len(home.entries()) == 3
    assert home.run("playlist", "--fetch", listed).stdout == \
        "nothing is missing\n"


def test_a_fetch_keeps_to_the_caps_and_leaves_the_rest_queued(home, listed):
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp",
                fetch="per_hour = 1")
    said = json.loads(home.run("playlist", "--fetch", "--json", listed).stdout)
    assert (said["status"], said["completed"]) == ("processing", 1)
    assert len(home.ledger()) == 1


def test_a_fetch_beside_a_run_is_served_by_that_run(home, three, service,
                                                    listed):
    hold = Hold(service, "video000000")
    ask(home, three[:1])
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    fetch = subprocess.Popen(home.command("playlist", "--fetch", "--json",
                                          listed),
                             env=home.env(), stdout=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while len(queue(home)["jobs"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    hold.free.set()
    said = json.loads(fetch.communicate(timeout=90)[0])
    assert (fetch.returncode, said["status"]) == (0, "complete")
    assert p.wait(timeout=60) == 0
    assert len(home.ledger()) == 3


def test_a_fetch_that_is_interrupted_while_it_waits_says_so(home, three,
                                                           service, listed):
    hold = Hold(service, "video000000")
    ask(home, three[:1])
    p = subprocess.Popen(home.command("queue", "run"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    fetch = subprocess.Popen(home.command("playlist", "--fetch", listed),
                             env=home.env(), stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 30
    while len(queue(home)["jobs"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    fetch.send_signal(signal.SIGINT)
    said = fetch.communicate(timeout=60)[1]
    assert fetch.returncode == 75
    assert "stopped by SIGINT" in said and "next run" in said
    hold.free.set()
    assert p.wait(timeout=60) == 0
    assert {j["status"] for j in queue(home)["jobs"]} == {"complete"}


def test_a_dry_run_says_source_and_cost_and_queues_nothing(home, listed):
    out = home.run("playlist", "--fetch", "--dry-run", listed).stdout
    assert "fetch  Queue Artist - Birch; searches ytdlp; 1 download" in out
    assert "cost: 3 downloads" in out
    assert queue(home)["jobs"] == []
    assert home.files() == []


def test_batches_print_no_json_because_it_would_be_several_objects(home,
                                                                  listed):
    r = home.run("playlist", "--fetch", "--json", "--batch-size", "2", listed,
                 status=64)
    assert r.stdout == "" and "--batch-size makes several jobs" in r.stderr
    assert queue(home)["jobs"] == []
    home.run("playlist", "--fetch", "--json", "--batch-size", "2", "--dry-run",
             listed)


def test_a_list_is_fetched_in_batches_and_copied(home, three, listed):
    out = home.run("playlist", "--fetch", "--batch-size", "2", "--output-dir",
                   str(home.top / "stick"), "--organize-by", "artist",
                   "--year-folders", listed).stdout
    assert [j["total"] for j in queue(home)["jobs"]] == [2, 1]
    assert out.endswith("stick: 3 copied, 0 there already\n")
    copies = sorted((home.top / "stick").rglob("*.m4a"))
    assert [str(p.relative_to(home.top / "stick")) for p in copies] == [
        "2020/Queue Artist/Queue Artist - %s.m4a" % title
        for title in ("Amber", "Birch", "Cedar")]
    originals = sorted(home.library.rglob("*.m4a"))
    assert [p.read_bytes() for p in copies] == \
        [p.read_bytes() for p in originals]
    copies[0].unlink()
    copies[1].write_bytes(b"mine")
    again = home.run("playlist", "--output-dir", str(home.top / "stick"),
                     "--organize-by", "artist", "--year-folders",
                     "--check-missing", listed).stdout
    assert again.endswith("stick: 2 copied, 1 there already\n")
    assert copies[1].read_bytes() == b"mine"
    assert len(list((home.top / "stick").rglob("*.m4a"))) == 4
    home.run("playlist", "--output-dir", str(home.top / "x"), "--organize-by",
             "mood", listed, status=64)
    home.run("playlist", "--output-dir", "/dev/null/x", listed, status=1)


def test_a_job_can_be_begun_anew(home, three, listed):
    first = json.loads(home.run("playlist", "--queue", listed).stdout)
    other = json.loads(home.run("playlist", "--queue", "--no-resume",
                                listed).stdout)
    assert first["jobId"] != other["jobId"]
    assert [j["status"] for j in queue(home)["jobs"]] == ["cancelled",
                                                         "pending"]
    home.run("queue", "run")
    assert [j["status"] for j in queue(home)["jobs"]] == ["cancelled",
                                                         "complete"]


# ---- kills

def job_points(steps):
    """(number, how) of every moment that is tried: one of each kind that
    touches the queue, or all."""
    met = set()
    for step in steps:
        name = next((name for name in ("jobs.jsonl", "requests")
                     for path in (step.path, step.second) if name in path),
                    None)
        if step.n > 0 and (TORTURE or (name is not None and
                                       (name, step.call) not in met)):
            met.add((name, step.call))
            yield step.n, "kill"
            if step.call == "write" and kind_of(step) != "index":
                yield step.n, "half"


@needs_shim
def test_a_job_that_is_killed_at_any_step_ends_the_same(world, tmp_path):
    home = world.home
    home.config(inbox="action = move", fetch="parallel = 1")
    tracks = [{"id": "%022d" % n, "artists": [names[0]], "title": names[1],
               "duration_ms": 8000} for n, names in world.TITLES.items()]
    world.service.likes = []
    job = ask(home, tracks)
    shutil.rmtree(world.saved)
    shutil.copytree(home.top, world.saved, symlinks=True)
    status, said = world.run("queue", "run", log=tmp_path / "log")
    assert status == 0, said
    steps, final = read_log(tmp_path / "log"), world.final()
    walked = list(job_points(steps))
    assert len(walked) > 4
    for n, how in walked:
        world.begin()
        status, said = world.run("queue", "run", **{how: n})
        assert status == -signal.SIGKILL or n > len(steps) - 5, (n, said)
        world.assert_alone()
        known = queue(home, job)
        assert known["total"] == 3 and known["failed"] == 0, (n, how)
        home.run("queue", "run")
        done = queue(home, job)
        assert (done["status"], done["completed"]) == ("complete", 3), (n, how)
        assert world.final() == final, (n, how)
        assert world.service.count("/media/") <= len(world.ledger())


def test_one_process_at_most_waits_for_a_run(home, three):
    """It serves what came when the run took no more requests."""
    fifo = home.top / "fifo"
    os.mkfifo(fifo)
    home.config(liked=str(home.top / "likes.csv"), sources="ytdlp",
                more="[hooks]\non_change = cat %s" % fifo)
    ask(home, three[:1])
    active = subprocess.Popen(home.command("queue", "run"), env=home.env())
    with open(fifo, "w"):
        job = ask(home, three[1:2])
        waiting = subprocess.Popen(home.command("queue", "run", "--wait"),
                                   env=home.env())
        while not is_locked(home.state / "queue.lock"):
            time.sleep(0.01)
        home.run("queue", "run", "--wait")
        assert waiting.poll() is None and active.poll() is None
    assert active.wait(60) == 0
    with open(fifo, "w"):
        pass
    assert waiting.wait(60) == 0
    assert queue(home, job)["status"] == "complete"


def is_locked(path):
    try:
        with open(path) as f:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
