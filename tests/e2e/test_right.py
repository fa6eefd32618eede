# SPDX-License-Identifier: GPL-3.0-or-later
"""The right recording or none: the user's word, and what becomes of it."""
import json
import shutil
import subprocess

import music
import mutagen
import pytest
from spotify import row


@pytest.fixture
def liked(home, service):
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    home.authorize()
    return home


def missing(home, title):
    found = json.loads(home.run("missing", "--json").stdout)["missing"]
    return next((t for t in found if t["track"]["title"] == title), None)


def history(home, title):
    return json.loads(home.run("history", "--json", title).stdout)["tracks"][0]


def entry(home, name):
    return next(e for e in home.entries() if e["fileName"] == name)


def test_a_pinned_file_is_placed_and_holds_the_track(liked, songs):
    liked.config(sources="inbox")
    liked.sync()
    mine = liked.top / "whatever this is.mp3"
    shutil.copy(songs["mp3"], mine)
    liked.run("pin", "ada - light", str(mine))
    assert "the next run uses it" in missing(liked, "Light")["reason"]
    assert "place  Ada - Light: pinned by you" in liked.run(
        "sync", "--dry-run").stdout
    assert liked.sync()["fetched"] == 1
    assert liked.files() == ["Ada - Light.mp3"] and mine.exists()
    assert history(liked, "Light")["matched_by"] == "pinned"
    assert history(liked, "Light")["pinned"]["ref"] == str(mine)
    mine.unlink()
    assert liked.sync()["in_library"] == 1
    shutil.rmtree(liked.state / "index")
    assert liked.sync()["in_library"] == 1
    assert history(liked, "Light")["matched_by"] == "pinned"


def test_a_pinned_file_of_the_library_counts_and_another_does_not(
        liked, service, songs):
    shutil.copy(songs["mp3"], liked.library / "x.mp3")
    shutil.copy(songs["flac"], liked.library / "Ada - Light.flac")
    liked.config(sources="inbox")
    liked.sync()
    assert history(liked, "Light")["matched_by"] == "name"
    liked.run("pin", "%022d" % 1, "x.mp3")
    liked.sync()
    assert history(liked, "Light")["matched_by"] == "pinned"
    assert entry(liked, "x.mp3")["spotifyId"] == "%022d" % 1
    liked.run("pin", "--forget", "Light")
    liked.sync()
    assert history(liked, "Light")["matched_by"] == "name"
    assert liked.files() == ["Ada - Light.flac", "x.mp3"]


def test_a_pinned_link_is_fetched_whatever_a_judge_would_say(liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.offer("v2", "A Karaoke Mix of Something", "Nobody", "short")
    liked.offer("v3", "Bo - Bus", "Bo - Topic", "other")
    link = service.url + "/watch/v2"
    liked.sync()
    liked.run("pin", "Ada - Light", link + "#t=3")
    service.searches.clear()
    assert liked.sync()["fetched"] == 1
    assert not service.searches
    assert history(liked, "Light")["placed"]["ref"] == link
    assert history(liked, "Light")["matched_by"] == "pinned"
    assert len(liked.files()) == 3
    liked.sync()
    assert service.count("/media/v2") == 1


def test_a_pinned_link_that_fails_is_tried_again_and_not_forgotten(
        liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    service.videos["v2"] = {"id": "v2", "title": "x",
                            "error": "Video unavailable"}
    liked.run("pin", "%022d" % 1, service.url + "/watch/v2")
    assert liked.sync()["failed"] == 1
    assert "not available" in missing(liked, "Light")["reason"]
    assert history(liked, "Light")["rejected"] == []
    liked.offer("v2", "x", "y")
    assert liked.sync()["fetched"] == 0    # its next try is in six hours
    liked.run("pin", "Light", service.url + "/watch/v2")
    assert liked.sync()["fetched"] == 1


def test_a_rejected_file_never_counts_and_another_is_fetched(liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.offer("v2", "Ada - Light (Official Audio)", "Ada", "other")
    liked.sync()
    assert history(liked, "Light")["placed"]["ref"].endswith("/v1")
    assert entry(liked, "Ada - Light.m4a")["spotifyId"] == "%022d" % 1
    liked.run("reject", "Light", "Ada - Light.m4a")
    assert "rejected its file" in missing(liked, "Light")["reason"]
    assert liked.sync()["fetched"] == 1
    assert liked.files() == ["Ada - Light (2).m4a", "Ada - Light.m4a"]
    assert "spotifyId" not in entry(liked, "Ada - Light.m4a")
    assert entry(liked, "Ada - Light (2).m4a")["spotifyId"] == "%022d" % 1
    assert history(liked, "Light")["placed"]["ref"].endswith("/v2")
    shutil.rmtree(liked.state / "index")
    s = liked.sync()
    assert (s["in_library"], s["fetched"]) == (1, 0)
    assert history(liked, "Light")["placed"]["ref"].endswith("/v2")
    assert "rejected by you" in liked.run("history", "Light").stdout


def test_a_rejected_link_is_never_fetched_and_can_be_allowed_again(
        liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    link = service.url + "/watch/v1"
    liked.run("reject", "%022d" % 1, link)
    assert liked.sync()["fetched"] == 0 and service.count("/media/") == 0
    found = json.loads(liked.run("reject", "--json").stdout)["rejections"]
    assert [(f["key"], f["ref"]) for f in found] == [("%022d" % 1, link)]
    liked.run("reject", "--forget", "Ada - Light", link)
    assert json.loads(liked.run("reject", "--json").stdout) == {
        "rejections": []}
    assert liked.sync()["fetched"] == 1


def test_rejecting_the_link_rejects_the_file_that_came_of_it(liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.sync()
    liked.run("reject", "Light", service.url + "/watch/v1")
    s = liked.sync()
    assert (s["in_library"], s["fetched"]) == (0, 0)
    assert liked.files() == ["Ada - Light.m4a"]
    assert missing(liked, "Light") and service.count("/media/") == 1


def test_the_last_word_counts(liked, songs):
    liked.config(sources="inbox")
    shutil.copy(songs["mp3"], liked.library / "Ada - Light.mp3")
    liked.sync()
    liked.run("reject", "Light", str(liked.library / "Ada - Light.mp3"))
    assert liked.sync()["in_library"] == 0
    liked.run("pin", "Light", "Ada - Light.mp3")
    assert liked.sync()["in_library"] == 1
    assert "Ada - Light.mp3" in liked.run("pin").stdout
    assert liked.run("reject").stdout == "nothing is rejected\n"


def test_what_makes_no_sense_is_told_and_nothing_is_written(liked, songs):
    liked.config(sources="inbox")
    liked.sync()
    for words, reason in (
            (["pin", "Light", "no such file"], "not a file here"),
            (["pin", "Nobody", str(songs["mp3"])], "no liked track"),
            (["pin", " - ", str(songs["mp3"])], "matches 2 liked tracks"),
            (["pin", "--json", "Light", "x"], "not a file here"),
            (["pin", "", str(songs["mp3"])], "'': names no track"),
            (["forget", "--yes", " "], "' ': names no track"),
            (["pin", "--forget", "Light"], "is not pinned"),
            (["reject", "--forget", "Light"], "rejected nothing")):
        assert reason in liked.run(*words, status=1).stderr
    (liked.top / "text.mp3").write_text("no music")
    liked.run("pin", "Light", str(liked.top / "text.mp3"), status=1)
    for words in (["pin", "Light"], ["pin", "--forget"]):
        liked.run(*words, status=64)
    assert json.loads(liked.run("pin", "--json").stdout) == {"pins": []}


def test_the_nearest_of_what_was_rejected_is_shown(liked, service):
    liked.offer("v1", "Ada - Light (Live)", "Ada", seconds=21)
    liked.offer("v2", "Bo - Bus", "Bo - Topic", "short")
    liked.sync()
    light = missing(liked, "Light")["best_rejected"]
    assert light["ref"].endswith("/watch/v1") and "live" in light["why"]
    assert light["name"] == "Ada - Light (Live) (Ada, 0:21)"
    assert "does not match" in missing(liked, "Bus")["best_rejected"]["why"]
    assert history(liked, "Light")["best_rejected"] == light
    for command in ("missing", "history"):
        text = liked.run(command).stdout
        assert "best rejected at the sources: Ada - Light (Live)" in text
    liked.offer("v3", "Ada - Light", "Ada - Topic")
    liked.run("pin", "Light", service.url + "/watch/v3")
    liked.sync()
    assert "best_rejected" not in history(liked, "Light")


def test_what_is_not_near_is_not_named_and_hides_nothing(liked, service, songs):
    liked.offer("v1", "Röyksopp - Eple", "Röyksopp")
    shutil.copy(songs["short"], liked.library / "Ada - Light.m4a")
    shutil.copy(songs["other"], liked.library / "Bo - Car.m4a")
    liked.sync()
    light, bus = missing(liked, "Light"), missing(liked, "Bus")
    assert "Eple" not in liked.run("missing").stdout + str((light, bus))
    assert light["nearest_file"]["ref"] == "Ada - Light.m4a"
    assert light["nearest_file"]["why"] == "8 s long, not 20 s"
    assert "best_rejected" not in bus and "nearest_file" not in bus
    text = liked.run("missing").stdout.split("Bo - Bus\n")[1]
    assert "best rejected at the sources: no candidates" in text
    assert "best rejected in the library: no candidates" in text
    # The library's answer follows the library.
    (liked.library / "Ada - Light.m4a").unlink()
    liked.sync()
    assert "nearest_file" not in missing(liked, "Light")
    shutil.copy(songs["m4a"], liked.library / "Ada - Light.m4a")
    assert liked.sync()["in_library"] == 1
    assert "nearest_file" not in history(liked, "Light")


def test_a_file_of_the_same_isrc_and_another_length_is_named(liked, songs):
    music.make(liked.library / "x.mp3", 124, 196.0, 30, artist="Bo",
               title="Something else", TSRC="XX0002600002")
    liked.sync()
    near = missing(liked, "Bus")["nearest_file"]
    assert near["ref"] == "x.mp3"
    assert near["why"] == "same ISRC, but 30 s long instead of 20 s"


def test_history_names_the_file_and_the_evidence(liked, service, songs):
    service.likes = [row(n, "Ada", t) for n, t in enumerate(
        ["Fetched", "Id", "Isrc", "Name", "Pinned", "Nowhere"], 1)]
    liked.offer("v1", "Ada - Fetched", "Ada - Topic")
    music.make(liked.library / "a.mp3", 90, 155.0, 20, SPOTIFY_ID="%022d" % 2)
    music.make(liked.library / "b.mp3", 95, 165.0, 20, TSRC="XX0002600003")
    shutil.copy(songs["flac"], liked.library / "Ada - Name.flac")
    shutil.copy(songs["mp3"], liked.library / "p.mp3")
    liked.sync("--limit", "1")
    liked.run("pin", "Pinned", str(liked.library / "p.mp3"))
    liked.sync()
    wanted = {
        "Fetched": ("Ada - Fetched.m4a", "placed by likesync"),
        "Id": ("a.mp3", "its tags have the track's Spotify id"),
        "Isrc": ("b.mp3", "its tags have the track's ISRC"),
        "Name": ("Ada - Name.flac", "its name or tags, and its length, agree"),
        "Pinned": ("p.mp3", "pinned by you"),
    }
    for title, (path, evidence) in wanted.items():
        assert history(liked, title)["file"] == {"path": path,
                                                 "evidence": evidence}
        assert "in the library: %s (%s)" % (path, evidence) in \
            liked.run("history", title).stdout
        assert history(liked, path)["track"]["title"] == title
    assert "file" not in history(liked, "Nowhere")
    (liked.library / "p.mp3").unlink()
    liked.run("scan")
    assert "file" not in history(liked, "Pinned")


def test_before_the_first_run_nothing_is_said_of_numbers(liked):
    assert "no run yet" in liked.run("missing").stdout
    answer = json.loads(liked.run("missing", "--json").stdout)
    assert answer["last_run"] is None and answer["missing"] == []
    liked.config(sources="inbox")
    liked.sync()
    assert "2 of 2 wanted tracks are missing" in liked.run("missing").stdout
    answer = json.loads(liked.run("missing", "--json").stdout)
    assert answer["last_run"].startswith("20")


@pytest.fixture
def copy(songs, tmp_path):
    """The recording of the video v1 in another codec, a little later."""
    path = tmp_path / "copy.mp3"
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i",
                    str(songs["m4a"]), "-af", "adelay=700,volume=-6dB",
                    "-b:a", "96k", str(path)], check=True)
    return path


def test_a_recording_is_recognized_under_another_name(liked, service, copy):
    shutil.copy(copy, liked.library / "track 01.mp3")
    liked.run("scan")
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    s = liked.sync()
    assert (s["fetched"], s["in_library"]) == (1, 1)
    assert liked.files() == ["track 01.mp3"]
    assert history(liked, "Light")["matched_by"] == "sound"
    assert entry(liked, "track 01.mp3")["spotifyId"] == "%022d" % 1
    shutil.rmtree(liked.state / "index")
    s = liked.sync()
    assert (s["in_library"], service.count("/media/")) == (1, 1)


def test_one_recording_under_two_ids_is_placed_once(liked, service):
    service.likes = [row(1, "Ada", "Light"), row(2, "Ada", "Light")]
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    s = liked.sync()
    assert (s["fetched"], s["in_library"]) == (2, 2)
    assert liked.files() == ["Ada - Light.m4a"]


def test_one_sound_under_two_titles_is_placed_and_told(liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.offer("v2", "Bo - Bus", "Bo - Topic")
    liked.run("sync", "--limit", "1")
    r = liked.run("sync")
    assert len(liked.files()) == 2
    assert "may be the wrong recording" in r.stderr


def test_what_was_rejected_is_known_by_its_sound(liked, service, copy):
    shutil.copy(copy, liked.library / "Ada - Light.mp3")
    liked.config(sources="inbox")
    liked.sync()
    liked.run("reject", "Light", "Ada - Light.mp3")
    liked.config()
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.offer("v2", "Ada - Light", "Ada", "other")
    assert liked.sync()["fetched"] == 1
    assert history(liked, "Light")["placed"]["ref"].endswith("/v2")
    assert any("the same audio" in r["why"]
               for r in history(liked, "Light")["rejected"])


def test_another_recording_is_not_taken_under_a_second_link(liked, service):
    """8 s that say they are 20 are downloaded twice, and known the second
    time by their sound."""
    for video in ("v1", "v2"):
        liked.offer(video, "Ada - Light", "Ada", "short")
    assert liked.sync()["rejected"] == 2
    why = [r["why"] for r in history(liked, "Light")["rejected"]]
    assert any("the file does not match" in w for w in why)
    assert any("the same audio" in w for w in why)


def test_acoustid_is_asked_with_a_key_and_must_not_disagree(home, service):
    service.likes = [row(1, "Ada", "Light", seconds=20),
                     row(2, "Bo", "Bus", seconds=8),
                     row(3, "Cy", "Car", seconds=20)]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.offer("v2", "Bo - Bus", "Bo - Topic", "short", 8)
    home.offer("v3", "Cy - Car", "Cy - Topic", "other")
    service.sounds = {20: [("Nobody", "Else"), ("Ada", "Light"),
                           ("Cy", "Car")], 8: [("Dee", "Door")]}
    (home.top / "key").write_text("right-key\n")
    home.config(more="[acoustid]\nurl = %s/acoustid\nkey_file = %s/key"
                % (service.url, home.top))
    home.authorize()
    s = home.sync()
    assert (s["fetched"], s["rejected"]) == (2, 1)
    assert history(home, "Light")["placed"]["why"].endswith("AcoustID agrees")
    assert "identifies it as Dee - Door" in missing(
        home, "Bus")["best_rejected"]["why"]
    times = [at for at, _ in service.lookups]
    assert all(b - a > 0.3 for a, b in zip(times, times[1:]))
    assert all(form["fingerprint"] for _, form in service.lookups)


def test_acoustid_is_not_asked_without_a_key_nor_believed_when_it_fails(
        home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.offer("v2", "Bo - Bus", "Bo - Topic", "other")
    home.authorize()
    home.config(more="[acoustid]\nurl = %s/acoustid" % service.url)
    assert home.sync()["fetched"] == 1 and not service.lookups
    service.likes.insert(0, row(2, "Bo", "Bus"))
    (home.top / "key").write_text("wrong-key")
    home.config(more="[acoustid]\nurl = %s/acoustid\nkey_file = %s/key"
                % (service.url, home.top))
    r = home.run("sync")
    assert home.files() == ["Ada - Light.m4a", "Bo - Bus.m4a"]
    assert "invalid API key" in r.stderr and len(service.lookups) == 1


VOICE = "0.3*sin(2*PI*(300+60*sin(2*PI*3*t))*t)*lt(mod(t\\,0.5)\\,0.3)"


@pytest.fixture
def announced(songs, tmp_path):
    """The recording with three seconds of a voice before it; and with six
    seconds of silence after it."""
    def make(name, graph):
        path = tmp_path / name
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i",
                        str(songs["m4a"]), "-f", "lavfi", "-i",
                        "aevalsrc=%s:s=44100:d=3" % VOICE,
                        "-filter_complex", graph, str(path)], check=True)
        return path

    songs = dict(songs)
    songs["voice"] = make("voice.m4a", "[1][0]concat=v=0:a=1")
    songs["quiet"] = make("quiet.m4a", "[0]apad=pad_dur=6")
    songs["faster"] = shutil.copy(songs["other"], tmp_path / "faster.m4a")
    tags = mutagen.File(songs["faster"])
    tags["tmpo"] = [93]    # it is 100
    tags.save()
    return songs


def test_what_is_heard_counts_against_a_file_and_silence_does_not(
        liked, service, announced):
    service.likes.append(row(3, "Cy", "Car"))
    liked.songs = announced
    liked.offer("v3", "Cy - Car", "Cy - Topic", "faster")
    liked.offer("v1", "Ada - Light", "Ada - Topic", "voice")
    liked.offer("v2", "Bo - Bus", "Bo - Topic", "quiet")
    s = liked.sync()
    assert (s["fetched"], s["rejected"]) == (1, 2), liked.run("history").stdout
    assert "sped up" in missing(liked, "Car")["best_rejected"]["why"]
    assert "has an announcement" in missing(liked, "Light")["best_rejected"]["why"]


def test_one_certain_answer_ends_the_search(liked, service):
    liked.offer("v1", "Ada - Light", "Ada - Topic")
    liked.offer("v2", "Bo - Bus", "Bo - Topic", "other")
    s = liked.sync()
    assert (s["fetched"], s["searches"]) == (2, 2)
    assert sorted(service.searches) == ["Ada Light", "Bo Bus"]
    assert "likesync_searches_total 2\n" in liked.prom.read_text()


def test_all_ways_are_asked_and_none_of_them_twice(home, service):
    service.likes = [row(1, "Ada", "Light - Live")]
    home.config(fetch="search_expiry = 1h")
    home.authorize()
    assert home.sync()["searches"] == 4
    assert service.searches == ["Ada Light - Live", "Ada Light",
                                "Light - Live", "XX0002600001"]
    home.run("reject", "Light", service.url + "/watch/x")  # try at once
    s = home.sync()
    assert (s["not_found"], s["searches"]) == (1, 0)
    home.config(fetch="search_expiry = 0")
    home.offer("v1", "Ada - Light (Live)", "Ada - Topic")
    home.run("reject", "Light", service.url + "/watch/y")
    s = home.sync()
    assert (s["fetched"], s["searches"]) == (1, 1)


@pytest.fixture
def upscaled(songs, tmp_path):
    """The recording as 64 kbit/s, and that as something without loss."""
    for args, to in ((["-ac", "2", "-b:a", "64k"], "low.mp3"),
                     (["-c:a", "alac"], "high.m4a")):
        source = songs["flac"] if to == "low.mp3" else tmp_path / "low.mp3"
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i",
                        str(source), *args, str(tmp_path / to)], check=True)
    return tmp_path / "high.m4a"


def test_a_file_is_worth_what_it_was_made_of(liked, service, upscaled):
    liked.songs = {**liked.songs, "upscaled": upscaled}
    found = json.loads(liked.run("analyze", "--json", str(upscaled)).stdout)
    assert found["upscaled"] and found["lossless"]
    assert 10000 < found["spectralCeiling"] < 12500
    liked.offer("v1", "Ada - Light", "Ada - Topic", "upscaled")
    assert liked.sync("--limit", "2")["fetched"] == 1
    assert history(liked, "Light")["placed"]["why"].endswith(
        "upscaled from about 64 kbit/s")
    assert "likesync_downloads_upscaled_total 1\n" in liked.prom.read_text()


@pytest.mark.parametrize("key, reason", [
    ("reject_upscaled = yes", "no sound above 11"),
    ("min_bitrate = 96k", "64 kbit/s, from which it is upscaled,")])
def test_what_was_made_of_less_can_be_left(home, service, upscaled, key,
                                           reason):
    service.likes = [row(1, "Ada", "Light")]
    home.songs = {**home.songs, "upscaled": upscaled}
    home.offer("v1", "Ada - Light", "Ada - Topic", "upscaled")
    home.config(fetch=key)
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "min_bitrate = 0\n" if key[0] == "m" else "", ""))
    home.authorize()
    assert home.sync()["failed"] == 1
    assert reason in missing(home, "Light")["best_rejected"]["why"]


def test_the_better_of_equal_purchases_is_taken(home, service, songs):
    service.likes = [row(1, "Ada", "Light")]
    for folder, song in (("a", "mp3"), ("b", "flac"), ("c", "m4a")):
        (home.inbox / folder).mkdir()
        shutil.copy(songs[song], home.inbox / folder / (
            "Ada - Light" + songs[song].suffix))
    home.config(sources="inbox")
    home.authorize()
    home.sync()
    assert home.files() == ["Ada - Light.flac"]


def test_a_link_that_no_source_fetches_is_not_pinned(liked):
    liked.config(sources="inbox")
    liked.sync()
    for link in ("https://youtu.be/dQw4w9WgXcQ", "dQw4w9WgXcQ"):
        r = liked.run("pin", "light", link, status=78)
        assert "no configured source fetches links" in r.stderr
        assert "[fetch] sources" in r.stderr
    assert liked.run("pin").stdout == "nothing is pinned\n"
    # It may be rejected: that needs no source.
    liked.run("reject", "light", "https://youtu.be/dQw4w9WgXcQ")
    liked.config(sources="inbox, ytdlp")
    liked.run("pin", "light", "https://youtu.be/dQw4w9WgXcQ")
    assert "dQw4w9WgXcQ" in liked.run("pin").stdout


def test_an_empty_list_and_a_missing_word_say_what_to_do(liked):
    liked.sync()
    assert liked.run("pin").stdout == "nothing is pinned\n"
    assert liked.run("reject").stdout == "nothing is rejected\n"
    assert json.loads(liked.run("reject", "--json").stdout) == {
        "rejections": []}
    r = liked.run("reject", "light", status=64)
    assert "name the file or link that it is not" in r.stderr
    assert "history" in r.stderr
