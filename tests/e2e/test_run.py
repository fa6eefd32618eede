# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs from end to end: the real program, yt-dlp, LMDB, audio."""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import zipfile

import jsonschema
import mutagen
import pytest
from spotify import row

SCHEMA = {
    "type": "object", "required": ["tracks"], "properties": {"tracks": {
        "type": "array", "items": {
            "type": "object",
            "required": ["id", "filePath", "fileName", "artist", "title",
                         "bpm", "bpmConfidence", "key", "energy", "duration",
                         "fileSize", "analyzedAt"],
            "properties": {
                "id": {"type": "string", "minLength": 1},
                "filePath": {"type": "string", "pattern": "^/"},
                "artist": {"type": "string", "minLength": 1},
                "title": {"type": "string", "minLength": 1},
                "bpm": {"type": "number", "minimum": 0, "maximum": 400},
                "bpmConfidence": {"type": "number", "minimum": 0,
                                  "maximum": 1},
                "energy": {"type": "integer", "minimum": 1, "maximum": 10},
                "camelotKey": {"type": "string",
                               "pattern": "^(1[0-2]|[1-9])[AB]$"},
                "duration": {"type": "number", "exclusiveMinimum": 0},
                "fileSize": {"type": "integer", "minimum": 1},
                "spotifyId": {"type": "string",
                              "pattern": "^[0-9A-Za-z]{22}$"},
            }}}}}


def test_a_song_that_waits_is_not_counted_anew_by_each_run(home, service):
    home.config(sources="inbox")
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    home.authorize()
    metric = 'likesync_fetches_total{source="inbox",result="not_found"} %d\n'
    assert home.sync()["sources"][0]["not_found"] == 2
    assert metric % 2 in home.prom.read_text()
    for _ in range(2):
        assert home.sync()["sources"][0]["not_found"] == 0
        assert metric % 2 in home.prom.read_text()


def test_a_first_run_fetches_verifies_analyzes_and_publishes(home, service):
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.offer("v2", "Bo - Bus (Official Audio)", "Bo", "other")
    home.authorize()
    s = home.sync()
    assert (s["fetched"], s["in_library"], s["queue"]) == (2, 2, 0)
    assert home.files() == ["Ada - Light.m4a", "Bo - Bus.m4a"]
    document = json.loads(home.document.read_text())
    jsonschema.validate(document, SCHEMA)
    light = next(e for e in document["tracks"] if e["title"] == "Light")
    assert light["spotifyId"] == "%022d" % 1
    assert abs(light["bpm"] - 128) < 2.56
    tags = mutagen.File(home.library / "Ada - Light.m4a")
    assert tags["\xa9ART"] == ["Ada"] and tags["\xa9nam"] == ["Light"]
    assert bytes(tags["----:com.apple.iTunes:ISRC"][0]) == b"XX0002600001"
    assert "likesync_downloads_total 2\n" in home.prom.read_text()
    assert oct((home.top / "token.json").stat().st_mode)[-3:] == "600"


def test_an_idle_run_costs_one_page_and_touches_nothing(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    before = home.document.stat()
    service.requests.clear()
    service.searches.clear()
    s = home.sync()
    assert (s["fetched"], s["document_written"]) == (0, False)
    assert service.count("/v1/me/tracks") == 1 and not service.searches
    after = home.document.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino,
                                                   after.st_mtime_ns)


def test_120_likes_are_read_page_by_page_and_a_new_one_by_one(home, service):
    service.likes = [row(n, "Artist", "Song %d" % n)
                     for n in range(120, 0, -1)]
    service.likes[5] = {"added_at": None, "track": None}
    service.likes[6]["track"].update(id=None, is_local=True)
    service.likes[7]["track"]["external_ids"] = {}
    home.config(sources="inbox")
    home.authorize()
    assert home.sync()["liked"] == 119
    assert service.count("/v1/me/tracks") == 3
    service.likes.insert(0, row(500, "Artist", "Fresh"))
    service.requests.clear()
    assert home.sync()["new_likes"] == 1


def test_wrong_candidates_are_thrown_away_and_remembered(home, service):
    service.likes = [row(1, "Ada", "Light", seconds=20)]
    home.offer("v1", "Ada - Light (Karaoke Version)", "Sing")
    home.offer("v2", "Ada - Light", "Ada", "short")  # 8 s, says 20
    home.authorize()
    s = home.sync()
    assert (s["fetched"], s["failed"], s["rejected"]) == (0, 1, 1)
    assert home.files() == []
    downloads = service.count("/media/")
    missing = json.loads(home.run("missing", "--json").stdout)["missing"]
    assert missing[0]["attempts"] == 1 and missing[0]["next_attempt"]
    home.sync()
    assert service.count("/media/") == downloads
    history = json.loads(home.run("history", "--json", "Light").stdout)
    assert "/watch/v2" in history["tracks"][0]["rejected"][0]["ref"]


def test_caps_hold_over_runs(home, service):
    service.likes = [row(n, "Ada", "Song %s" % w) for n, w in
                     enumerate("One Two Three Four".split(), 1)]
    for n, w in enumerate("One Two Three Four".split(), 1):
        home.offer("v%d" % n, "Ada - Song " + w, "Ada - Topic")
    home.config(fetch="per_hour = 3\nper_day = 3")
    home.authorize()
    assert home.sync()["fetched"] == 3
    s = home.sync()
    assert (s["fetched"], s["cap_remaining_day"]) == (0, 0)
    assert service.count("/media/") == 3
    (home.state / "keep/ledger.jsonl").unlink()
    assert home.sync()["cap_remaining_day"] == 0


def empty(path):
    path.write_bytes(b"")


def empty_without_its_note(path):
    path.write_bytes(b"")
    path.with_name(path.name + ".size").unlink()


def fill_with_nuls(path):
    path.write_bytes(bytes(path.stat().st_size))


def cut_in_its_middle(path):
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [empty, empty_without_its_note,
                                    fill_with_nuls, cut_in_its_middle])
def test_a_damaged_ledger_buys_no_download(home, service, damage):
    service.likes = [row(n, "Ada", "Song %s" % w) for n, w in
                     enumerate("One Two Three Four".split(), 1)]
    for n, w in enumerate("One Two Three Four".split(), 1):
        home.offer("v%d" % n, "Ada - Song " + w, "Ada - Topic")
    home.config(fetch="per_hour = 2\nper_day = 2")
    home.authorize()
    assert home.sync()["fetched"] == 2
    damage(home.state / "keep/ledger.jsonl")
    for _ in range(2):
        s = home.sync()
        assert (s["fetched"], s["cap_remaining_day"]) == (0, 0)
    assert service.count("/media/") == 2


def test_a_dry_run_searches_nothing_and_writes_nothing(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    r = home.run("sync", "--dry-run")
    assert "fetch  Ada - Light; searches inbox, ytdlp; 1 download\n" in r.stdout
    assert not service.searches and home.files() == []
    assert not home.document.exists() and not home.prom.exists()
    assert not (home.state / "index/data.mdb").exists()


def test_a_dry_run_says_who_is_asked_and_what_it_costs(home, service, songs):
    service.likes = [row(5, "Ada", "Light"), row(4, "Bo", "Bus"),
                     row(3, "Cy", "Sea"), row(2, "Di", "Day"),
                     row(1, "Ed", "Eve")]
    service.likes[4]["track"].update(id=None, is_local=True)
    home.authorize()
    home.config(fetch="per_hour = 2")
    home.run("sync", "--limit", "2")    # nobody offers them: they wait
    home.run("pin", "Cy - Sea", str(songs["flac"]))
    home.run("pin", "Di - Day", service.url + "/watch/v1")

    def cost():
        told = json.loads(home.run("sync", "--dry-run", "--json").stdout)
        return {p["track"]["title"]: (p["action"], p["sources"],
                                      p["downloads"]) for p in told["plan"]}
    local = ("wait", ["inbox"], 0)
    assert cost() == {"Light": local, "Bus": local, "Sea": ("place", [], 0),
                      "Day": ("fetch", ["ytdlp"], 1), "Eve": ("skip", [], 0)}
    text = home.run("sync", "--dry-run").stdout
    assert re.search("wait   Ada - Light: next try .*; searches inbox; "
                     "no download\n", text)
    assert "place  Cy - Sea: pinned by you; no download\n" in text
    assert "fetch  Di - Day: pinned by you; searches ytdlp; 1 download\n" in text
    assert re.search("skip   Ed - Eve: [^;]*\n", text)
    assert "cost: 1 download, " in text
    assert "remaining: 2 this hour, 200 today" in text
    # A source that cools down is not asked, and costs nothing.
    (home.state / "sources.json").write_text(json.dumps({"sources": [
        {"name": "ytdlp", "failures": 1, "since": 1700000000,
         "until": int(time.time()) + 1000, "reason": "no network"}]}))
    assert cost()["Day"] == ("wait", [], 0)


def test_purchases_come_first_out_of_folders_and_archives(home, service,
                                                          songs):
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    shutil.copy(songs["flac"], home.inbox / "Ada - Light.flac")
    with zipfile.ZipFile(home.inbox / "buy.zip", "w") as z:
        z.write(songs["mp3"], "../../../Bo - Bus.mp3")
    home.authorize()
    s = home.sync()
    assert (s["fetched"], s["downloads"]) == (2, 0)
    assert home.files() == ["Ada - Light.flac", "Bo - Bus.mp3"]
    assert (home.inbox / "Ada - Light.flac").exists()
    assert not (home.top.parent / "Bo - Bus.mp3").exists()


def test_a_member_with_an_accent_is_found_in_crons_bare_locale(
        home, service, songs, monkeypatch):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    service.likes = [row(1, "Björk", "Jóga")]
    with zipfile.ZipFile(home.inbox / "buy.zip", "w") as z:
        z.write(songs["mp3"], "Björk – Jóga.mp3")
    home.config(sources="inbox")
    home.authorize()
    assert home.sync()["fetched"] == 1
    assert home.files() == ["Björk - Jóga.mp3"]


def test_moving_empties_the_inbox(home, service, songs):
    service.likes = [row(1, "Ada", "Light")]
    shutil.copy(songs["mp3"], home.inbox / "Ada - Light.mp3")
    home.config(inbox="action = move", sources="inbox")
    home.authorize()
    home.sync()
    assert home.files() == ["Ada - Light.mp3"]
    assert list(home.inbox.iterdir()) == []


def test_a_name_that_is_taken_is_not_overwritten(home, service, songs):
    (home.library / "Ada - Light.m4a").write_bytes(b"not music, but mine")
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    assert home.files() == ["Ada - Light (2).m4a", "Ada - Light.m4a"]
    assert (home.library / "Ada - Light.m4a").read_bytes() == \
        b"not music, but mine"


def test_a_library_that_is_suddenly_empty_is_not_believed(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    (home.library / "Ada - Light.m4a").unlink()
    r = home.run("sync", status=1)
    assert "not mounted" in r.stderr and service.count("/media/") == 1
    home.run("scan", "--accept-removals")
    s = home.sync()
    assert (s["skipped"], s["fetched"]) == (1, 0)


def test_a_file_that_the_user_removed_is_listed_and_not_fetched(home, service, songs):
    shutil.copy(songs["mp3"], home.library / "Else - Other.mp3")
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    (home.library / "Ada - Light.m4a").unlink()
    s = home.sync()
    assert (s["skipped"], s["fetched"]) == (1, 0)
    assert "you removed" in home.run("missing").stdout
    assert [e["title"] for e in home.entries()] == ["Other"]


def test_a_retagged_and_renamed_file_is_still_held(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    entry = home.entries()[0]
    path = home.library / "Ada - Light.m4a"
    tags = mutagen.File(path)
    tags["\xa9nam"] = ["Quite another name " * 20]
    tags.save()
    (home.library / "sub").mkdir()
    path.rename(home.library / "sub/x.m4a")
    s = home.sync()
    assert (s["in_library"], s["fetched"], s["files_moved"]) == (1, 0, 1)
    moved = home.entries()
    assert len(moved) == 1 and moved[0]["id"] == entry["id"]
    assert moved[0]["filePath"].endswith("/sub/x.m4a")


def test_a_lost_index_is_rebuilt_without_fetching(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    home.sync()
    shutil.rmtree(home.state / "index")
    s = home.sync()
    assert (s["in_library"], s["fetched"]) == (1, 0)
    assert len(home.entries()) == 1


def test_a_second_run_says_who_holds_the_lock(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.authorize()
    gate = threading.Event()
    entered = threading.Event()
    service.faults = [("/v1/me/tracks", ("call", lambda: (
        entered.set(), gate.wait(60))))]
    first = subprocess.Popen(home.command("sync"), env=home.env(),
                             stderr=subprocess.PIPE)
    assert entered.wait(60)
    r = home.run("sync", status=75)
    gate.set()
    assert "pid %d" % first.pid in r.stderr
    first.communicate(timeout=60)
    assert first.returncode == 0


def test_sigterm_puts_back_what_is_in_hand(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.authorize()
    entered, gate = threading.Event(), threading.Event()
    service.faults = [("/media/", ("call", lambda: (entered.set(),
                                                    gate.wait(20))))]
    p = subprocess.Popen(home.command("sync"), env=home.env(),
                         stderr=subprocess.PIPE)
    assert entered.wait(60)
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=60)
    gate.set()
    assert p.returncode == 0 and home.files() == []
    missing = json.loads(home.run("missing", "--json").stdout)["missing"]
    assert missing[0]["attempts"] == 0
    assert home.sync()["fetched"] == 1


def test_a_killed_run_is_finished_by_the_next(home, service):
    service.likes = [row(n, "Ada", "Song %s" % w) for n, w in
                     enumerate("One Two Three".split(), 1)]
    for n, w in enumerate("One Two Three".split(), 1):
        home.offer("v%d" % n, "Ada - Song " + w, "Ada - Topic")
    home.authorize()
    for _ in range(3):
        seen = threading.Event()
        service.faults = [("/media/", ("call", seen.set))]
        p = subprocess.Popen(home.command("sync"), env=home.env(),
                             stderr=subprocess.DEVNULL)
        seen.wait(20)
        p.kill()
        p.wait()
    home.sync()
    home.sync()
    assert home.files() == ["Ada - Song One.m4a", "Ada - Song Three.m4a",
                            "Ada - Song Two.m4a"]
    assert len(home.entries()) == 3
    assert list((home.state / "tmp").iterdir()) == []


def test_a_full_disk_ends_with_78_and_one_line(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.config(library="")
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace("min_free = 0",
                                             "min_free = 900000G"))
    home.authorize()
    for _ in range(2):
        r = home.run("-q", "sync", status=78)
        assert "min_free" in r.stderr and r.stderr.count("\n") == 1
    assert service.count("/media/") == 0 and home.ledger() == []
    run = json.loads(home.run("status", "--json").stdout)["runs"][0]
    assert run["outcome"] == "action" and run["deferred"] == 1
    assert "last_success_timestamp_seconds 0\n" in home.prom.read_text()
    # What needs no room goes on.
    assert run["document_current"]


def test_the_export_file_needs_no_account(home, songs):
    (home.top / "liked.csv").write_text(
        "\ufeffTrack URI,Track Name,Album Name,Artist Name(s),Release Date,"
        "Duration (ms),Added At\n"
        "spotify:track:%022d,Light,Album,Ada,2020,20000,"
        "2026-01-01T00:00:00Z\n" % 1, encoding="utf-8")
    shutil.copy(songs["mp3"], home.inbox / "Ada - Light.mp3")
    home.config(liked=str(home.top / "liked.csv"), sources="inbox")
    assert home.sync()["fetched"] == 1
