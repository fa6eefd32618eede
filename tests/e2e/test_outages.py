# SPDX-License-Identifier: GPL-3.0-or-later
"""An outage is about now: what could not be had is tried by the next run, and
a source that fails for several tracks is left alone for a while."""
import json
import time

import pytest
from spotify import row

WORDS = "One Two Three Four".split()
BOT = ("Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser "
       "or --cookies for the authentication.")
OUTAGES = [
    BOT, "Unable to download webpage: <urlopen error [Errno -3] Temporary "
    "failure in name resolution>",
    "HTTP Error 403: Forbidden", "HTTP Error 503: Service Unavailable",
    "HTTP Error 429: Too Many Requests",
    "Something that was never said before"]
GONE = [
    "Private video. Sign in if you've been granted access to this video",
    "Sign in to confirm your age. This video may be inappropriate for some "
    "users.", "The uploader has not made this video available in your country",
    "This video is DRM protected",
    "This video has been removed by the uploader"]


def media(status):
    def answer(h, _):
        h.send_response(status)
        h.send_header("Content-Length", "0")
        h.end_headers()
    return answer


def ledger(home):
    path = home.state / "keep/ledger.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def rejected(home):
    path = home.state / "keep/provenance.jsonl"
    return [line for line in path.read_text().splitlines()
            if "rejected" in line]


def known(home):
    """What is known of the source."""
    text = (home.state / "sources.json").read_text()
    return json.loads(text)["sources"][0]


def end_cooldown(home):
    path = home.state / "sources.json"
    text = json.loads(path.read_text())
    text["sources"][0]["until"] = int(time.time()) - 1
    path.write_text(json.dumps(text))


@pytest.fixture
def light(home, service):
    service.likes = [row(1, "Ada", "Light", seconds=8)]
    home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
    home.authorize()
    return home


@pytest.fixture
def four(home, service):
    """Four songs, newest first, at a source that takes us for a bot."""
    service.likes = [row(n, "Ada", "Song " + w, seconds=8)
                     for n, w in enumerate(WORDS, 1)]
    for n, w in enumerate(WORDS, 1):
        home.offer("v%d" % n, "Ada - Song " + w, "Ada - Topic", "short", 8,
                   error=BOT)
    home.config(sources="ytdlp", fetch="parallel = 1")
    home.authorize()
    return home


def make_well(service):
    for video in service.videos.values():
        video.pop("error", None)


@pytest.mark.parametrize("text", OUTAGES)
def test_what_an_outage_kept_away_is_fetched_by_the_next_run(light, service,
                                                             text):
    service.videos["v1"]["error"] = text
    s = light.sync(status=78 if text == BOT else 75)
    assert (s["fetched"], s["failed"], s["deferred"], s["rejected"]) == \
        (0, 0, 1, 0)
    assert rejected(light) == []
    make_well(service)
    assert light.sync()["fetched"] == 1


def test_an_outage_of_the_search_is_no_failure_of_the_track(light, service):
    service.faults[:] = [("/search", ("raw", media(503)))] * 20
    s = light.sync(status=75)
    assert (s["not_found"], s["failed"], s["deferred"]) == (0, 0, 1)
    service.faults.clear()
    assert light.sync()["fetched"] == 1


@pytest.mark.parametrize("text", GONE)
def test_a_video_that_cannot_be_had_is_passed_over_without_a_verdict(
        light, service, text):
    service.videos["v1"]["error"] = text
    light.offer("v2", "Ada - Light", "Ada", "short", 8)
    s = light.sync()
    assert (s["fetched"], s["downloads"], s["rejected"]) == (1, 2, 0)
    assert rejected(light) == []


def test_a_video_that_cannot_be_had_is_not_tried_by_the_next_run(light,
                                                                 service):
    service.videos["v1"]["error"] = "Private video"
    assert light.sync()["failed"] == 1
    # A word of the user's: the track's own delay is over.
    light.run("reject", "Light", "https://example.com/other")
    assert light.sync()["to_fetch"] == 1
    assert len(ledger(light)) == 1 and rejected(light) == []


def test_a_bad_copy_is_no_verdict(light, service):
    copy = light.top / "copy.m4a"
    copy.write_bytes(b"this is no audio" * 1000)
    service.videos["v1"]["file"] = str(copy)
    s = light.sync()
    assert (s["failed"], s["rejected"]) == (1, 0) and rejected(light) == []


def test_copies_that_are_no_audio_are_an_outage_if_they_repeat(four, service):
    """As behind a captive portal, which answers everything with its page."""
    make_well(service)
    portal = four.top / "portal.m4a"
    portal.write_bytes(b"<html>Log in</html>" * 1000)
    for video in service.videos.values():
        video["whole"], video["file"] = video["file"], str(portal)
    s = four.sync(status=75)
    assert (s["downloads"], s["deferred"], s["rejected"]) == (3, 2, 0)
    assert "no whole audio" in known(four)["reason"]
    assert four.sync(status=75)["downloads"] == 0
    for video in service.videos.values():
        video["file"] = video.pop("whole")
    end_cooldown(four)
    assert four.sync()["fetched"] == 2 and known(four)["failures"] == 0


def test_a_source_that_has_no_file_for_any_track_is_left_alone(home, service):
    """Whatever it says of each video: five tracks in a row are its own."""
    service.likes = [row(n, "Ada", "Song %s" % w, seconds=8) for n, w in
                     enumerate(WORDS + ["Five", "Six", "Seven"], 1)]
    for n, like in enumerate(service.likes):
        home.offer("v%d" % n, "Ada - " + like["track"]["name"],
                   "Ada - Topic", "short", 8, error="Video unavailable")
    home.config(sources="ytdlp", fetch="parallel = 1")
    home.authorize()
    s = home.sync(status=75)
    assert (s["downloads"], s["failed"], s["deferred"]) == (5, 4, 3)
    assert "no download delivers a file" in known(home)["reason"]
    assert rejected(home) == []


def test_the_failure_of_a_source_is_logged_once(four):
    r = four.run("sync", status=78)
    lines = [x for x in r.stderr.splitlines() if "source ytdlp: " in x]
    assert len(lines) == 1 and "for a bot" in lines[0]


def test_a_second_start_is_reserved(light, service):
    service.faults[:] = [("/media/", ("raw", media(403)))] * 10
    s = light.sync(status=75)
    assert (s["deferred"], s["downloads"]) == (1, 2)
    assert service.count("/media/") == len(ledger(light)) == 2


def test_a_second_start_needs_the_caps(light, service):
    light.config(fetch="per_hour = 1")
    service.faults[:] = [("/media/", ("raw", media(403)))] * 10
    assert light.sync()["deferred"] == 1
    assert service.count("/media/") == len(ledger(light)) == 1


def test_a_source_that_fails_for_three_tracks_is_left_alone(four, service):
    s = four.sync(status=78)
    assert (s["deferred"], s["downloads"], s["rejected"]) == (4, 3, 0)
    source = known(four)
    assert source["failures"] == 1 and "for a bot" in source["reason"]
    assert 290 <= source["until"] - time.time() <= 300
    make_well(service)
    asked = len(service.requests)
    s = four.sync(status=75)
    assert s["downloads"] == 0 and s["to_fetch"] == 0
    assert not [r for r in service.requests[asked:]
                if "/search" in r or "/watch" in r]
    assert "another" in four.run("sync", "--dry-run", status=None).stdout


def test_after_that_it_is_tested_with_one_other_track(four, service):
    four.sync(status=78)
    end_cooldown(four)
    assert four.sync(status=75)["downloads"] == 1
    assert known(four)["failures"] == 2
    tracks = [line["track"] for line in ledger(four)]
    assert len(set(tracks)) == 4
    end_cooldown(four)
    make_well(service)
    assert four.sync()["fetched"] == 4
    assert known(four)["failures"] == 0


def test_losing_what_is_known_of_sources_costs_a_test(four, service):
    four.sync(status=78)
    make_well(service)
    (four.state / "sources.json").write_text("{")
    assert four.sync()["fetched"] == 4


def test_the_time_that_a_service_names_is_kept(light, service):
    service.videos["v1"]["error"] = \
        "HTTP Error 429: Too Many Requests; Retry-After: 900"
    light.sync(status=75)
    assert 890 <= known(light)["until"] - time.time() <= 900
    make_well(service)
    assert light.sync(status=75)["downloads"] == 0
    end_cooldown(light)
    assert light.sync()["fetched"] == 1


def down(home):
    """What a person and a monitor learn of the source ytdlp."""
    status = json.loads(home.run("status", "--json").stdout)
    doctor = json.loads(home.run("doctor", "--json", status=None).stdout)
    up = [line for line in home.prom.read_text().splitlines()
          if line.startswith('likesync_source_up{source="ytdlp"}')]
    return ([a["name"] for a in status["unavailable"]],
            any(w.startswith("source ytdlp") for w in status["warnings"]),
            any(f["check"] == "ytdlp" and f["health"] == "warning" and
                "unavailable" in f["text"] for f in doctor["findings"]),
            [line.split()[-1] for line in up])


def test_an_outage_is_shown_as_it_is_now_also_after_an_idle_run(four, service):
    four.sync(status=78)
    assert down(four) == (["ytdlp"], True, True, ["0"])
    likes, service.likes = service.likes, []
    assert four.sync()["sources"] == []     # nothing to fetch: not opened
    assert down(four) == (["ytdlp"], True, True, ["0"])
    service.likes = likes
    end_cooldown(four)
    make_well(service)
    assert four.sync()["fetched"] == 4
    assert down(four) == ([], False, False, ["1"])


def test_what_the_last_run_met_does_not_count_once_it_is_over(four):
    four.sync(status=78)
    (four.state / "sources.json").write_text('{"sources": []}')
    names, warned, found, _ = down(four)
    assert (names, warned, found) == ([], False, False)


@pytest.mark.parametrize("mode, text, said", [
    (0o600, "#!/bin/sh\n", "not executable: chmod +x it"),
    (0o700, "#!/no/such/python3\n", "the interpreter that its first line "
     "names is missing; install that"),
    (0o700, "neither", "install the program for this machine")])
def test_a_program_that_does_not_start_is_told_with_what_to_do(
        light, mode, text, said):
    program = light.top / "yt-dlp"
    program.write_text(text)
    program.chmod(mode)
    light.config(sources="ytdlp")
    conf = light.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "type = ytdlp", "type = ytdlp\ncommand = %s" % program))
    for r in (light.run("sync", status=78), light.run("doctor", status=1)):
        (line,) = [x for x in (r.stdout + r.stderr).splitlines()
                   if said in x and "WARN" not in x][:1]
        assert str(program) in line


def test_a_program_that_is_missing_needs_a_person(light):
    light.config(sources="ytdlp")
    conf = light.top / "likesync.conf"
    text = conf.read_text()
    conf.write_text(text.replace("type = ytdlp",
                                 "type = ytdlp\ncommand = /no/such"))
    s = light.sync(status=78)
    assert s["sources"][0]["must_act"] is True and known(light)["must_act"]
    conf.write_text(text)
    assert light.sync()["fetched"] == 1
    assert not known(light)["must_act"]
