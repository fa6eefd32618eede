# SPDX-License-Identifier: GPL-3.0-or-later
"""`likesync playlist`: what the library has of a list, and what it lacks."""
import fcntl
import json
import shutil
import subprocess

import mutagen
import pytest
from faults import SHIM, needs_shim
from spotify import Playlist, row

ID = "37i9dQZF1DXcBWIGoYBM5M"
ADA, BO, CY = "Ada - Light.mp3", "Bo - Bus.m4a", "Cy - Sea.flac"


def episode(name="Talk"):
    return {"added_at": None, "track": {
        "id": "512ojhOuo1ktJprKbVcKyQ", "name": name, "type": "episode"}}


def local(name="Tape"):
    return {"added_at": None, "is_local": True, "track": {
        "id": None, "name": name, "is_local": True, "type": "track",
        "uri": "spotify:local:Me::Tape:258", "artists": [{"name": "Me"}]}}


NONE = {"added_at": None, "track": None}


@pytest.fixture
def listed(home, service, songs):
    """Two of a playlist's three tracks are in a library of three files."""
    for name, song in ((ADA, "mp3"), (BO, "m4a"), (CY, "flac")):
        shutil.copy(songs[song], home.library / name)
    service.playlists[ID] = Playlist("Night", [
        row(1, "Ada", "Light"), row(2, "Bo", "Bus"), row(3, "Di", "Moon")])
    home.authorize()
    return home


def coverage(home, *words, status=0):
    r = home.run("playlist", "--json", *words, status=status)
    return json.loads(r.stdout)


def positions(tracks):
    return [t["position"] for t in tracks]


# ---- what is said

def test_a_playlist_is_compared_before_any_run(listed):
    found = coverage(listed, "spotify:playlist:" + ID)
    assert found["playlist"] == {
        "id": ID, "kind": "playlist", "name": "Night", "owner": "Ada",
        "snapshotId": "s0", "complete": True}
    assert (found["totalTracks"], found["availableTracks"],
            found["waitingTracks"], found["skipped"]) == (3, 2, 0, 0)
    assert len(found["missingTracks"]) == 1
    missing = found["missingTracks"][0]
    assert (missing["position"], missing["name"], missing["artist"],
            missing["spotifyId"]) == (3, "Moon", "Di", "%022d" % 3)
    assert "not liked, followed or queued" in missing["reason"]
    assert [t["file"] for t in found["inLibrary"]] == [ADA, BO]
    assert {t["evidence"] for t in found["inLibrary"]} == {"name"}
    assert all(0.5 < t["score"] <= 1 for t in found["inLibrary"])
    # Nothing was analyzed, fetched or recorded as a run.
    assert not listed.document.exists()
    assert not (listed.state / "keep/runs.jsonl").exists()
    assert listed.service.searches == []


def test_people_get_a_line_and_a_state_for_each_track(listed):
    text = listed.run("playlist", ID_URL).stdout
    assert text.startswith('playlist "Night" by Ada: 3 tracks, 2 in library, '
                           "1 missing\n   1  Ada - Light\n      in library: "
                           + ADA + " (")
    assert "   3  Di - Moon\n      missing: no file of the library" in text
    only = listed.run("playlist", "--missing", ID_URL).stdout
    assert "Di - Moon" in only and "Ada - Light" not in only
    assert only.splitlines()[0] == text.splitlines()[0]
    assert "inLibrary" not in coverage(listed, "--missing", ID_URL)


ID_URL = "https://open.spotify.com/playlist/%s?si=0123abcd" % ID


def test_what_is_no_track_is_counted_and_keeps_its_place(listed, service):
    service.playlists[ID].rows = [
        episode(), row(3, "Di", "Moon"), NONE, row(1, "Ada", "Light"),
        local(), row(3, "Di", "Moon"), row(1, "Ada", "Light"),
        row(4, "Ed", "Sun")]
    found = coverage(listed, ID_URL)
    assert (found["totalTracks"], found["availableTracks"]) == (3, 1)
    assert positions(found["missingTracks"]) == [2, 8]
    assert positions(found["inLibrary"]) == [4]
    assert found["skipped"] == 3
    assert found["skippedEntries"] == {
        "episodes": 1, "localFiles": 1, "unavailable": 1}
    assert "; 3 skipped (1 episode, 1 local file, 1 entry without a track)" \
        in listed.run("playlist", ID_URL).stdout


def test_the_file_that_nearly_matches_is_named(listed, service):
    service.playlists[ID].rows = [row(5, "Ada", "Light", 95)]
    near = coverage(listed, ID_URL)["missingTracks"][0]["nearestFile"]
    assert near["ref"] == ADA and "95 s" in near["why"]
    assert "best rejected in the library" in listed.run(
        "playlist", ID_URL).stdout


def test_tags_tell_as_well_as_names(listed, service, songs):
    tags = mutagen.File(listed.library / CY)
    tags["isrc"] = "XX0002600003"
    tags.save()
    found = coverage(listed, ID_URL)
    assert [(t["file"], t["evidence"], t["score"])
            for t in found["inLibrary"]][-1] == (CY, "isrc", 1)


def test_what_waits_counts_as_missing(listed, service):
    listed.config(sources="inbox, ytdlp", fetch="per_day = 0")
    service.likes = [row(3, "Di", "Moon")]
    listed.sync(status=None)
    found = coverage(listed, ID_URL)
    assert (found["totalTracks"], found["availableTracks"],
            found["waitingTracks"]) == (3, 2, 1)
    assert [(t["state"], t["reason"]) for t in found["missingTracks"]] == [
        ("waiting", "not tried yet")]
    assert "1 missing (1 waiting)" in listed.run("playlist", ID_URL).stdout


def test_what_sources_rejected_is_named(listed, service):
    listed.offer("v1", "Di - Moon (live)", "Di")
    service.likes = [row(3, "Di", "Moon")]
    listed.sync(status=None)
    track, = coverage(listed, ID_URL)["missingTracks"]
    assert track["state"] == "missing" and track["attempts"] == 1
    assert "live" in track["bestRejected"]["why"]


def test_names_from_outside_are_safe_on_a_terminal(listed, service):
    service.playlists[ID] = Playlist(
        "A\x1b[2J", [row(6, "E\x1b]0;x\x07", "T\nnew")], owner="O\x9b")
    out = listed.run("playlist", ID_URL).stdout
    assert "\x1b" not in out and "\x07" not in out and "\x9b" not in out
    assert "\nnew" not in out
    json.loads(listed.run("playlist", "--json", ID_URL).stdout)


# ---- links

@pytest.mark.parametrize("link", [
    "spotify:playlist:" + ID, "spotify:user:ada:playlist:" + ID,
    "https://open.spotify.com/intl-de/playlist/%s?si=x#y" % ID,
    "https://open.spotify.com/embed/playlist/" + ID,
    "https://open.spotify.com/user/ada/playlist/" + ID,
    "http://play.spotify.com/user/ada/playlist/" + ID,
    "open.spotify.com/playlist/" + ID])
def test_a_link_of_any_form_is_taken(listed, link):
    assert coverage(listed, link)["totalTracks"] == 3


def test_albums_and_tracks_are_lists(listed, service):
    def simple(n, artist, title):
        track = row(n, artist, title)["track"]
        del track["album"], track["external_ids"]
        return track
    service.albums["alb"] = {
        "name": "Sea", "artists": [{"name": "Ada"}], "release_date": "2001",
        "images": [], "tracks": [simple(1, "Ada", "Light")] + [
            simple(n, "Ada", "T %d" % n) for n in range(100, 155)]}
    service.tracks["tra"] = row(2, "Bo", "Bus")["track"]
    found = coverage(listed, "https://open.spotify.com/album/alb")
    assert found["playlist"]["name"] == "Sea"
    assert found["playlist"]["owner"] == "Ada"
    assert (found["totalTracks"], found["availableTracks"]) == (56, 1)
    assert positions(found["missingTracks"]) == list(range(2, 57))
    assert {t["album"] for t in found["missingTracks"]} == {"Sea"}
    found = coverage(listed, "spotify:track:tra")
    assert found["playlist"]["kind"] == "track"
    assert [t["file"] for t in found["inLibrary"]] == [BO]


@pytest.mark.parametrize("word", [
    ID, "no-such-file.csv", "https://example.com/playlist/" + ID,
    "https://open.spotify.com.example.com/playlist/" + ID,
    "spotify:artist:" + ID, "https://open.spotify.com/episode/" + ID,
    "spotify:playlist:", "https://open.spotify.com/collection/tracks", ""])
def test_what_is_no_list_is_a_usage_error(listed, word):
    r = listed.run("playlist", "--json", word, status=64)
    assert r.stdout == "" and "\nlikesync playlist: " in "\n" + r.stderr
    assert listed.service.count("/v1/") == 0


def test_usage_is_told(home):
    home.run("playlist", status=64)
    home.run("playlist", "a", "b", status=64)
    home.run("playlist", "--name", "x", "spotify:playlist:" + ID, status=64)


# ---- what Spotify refuses

def test_a_list_of_somebody_else_names_the_ways_out(listed, service):
    service.playlists[ID].owner = "Zed"
    service.playlists[ID].refused = ("items", "tracks")
    r = listed.run("playlist", "--json", ID_URL, status=1)
    error = json.loads(r.stdout)["error"]
    assert error["scope"] == "item" and '"Night" by Zed' in error["text"]
    assert '"Night" by Zed' in r.stderr and "Exportify" in r.stderr
    assert "owner and collaborators only" in r.stderr


def test_a_list_that_is_absent_names_the_ways_out(listed, service):
    r = listed.run("playlist", "spotify:playlist:absent", status=1)
    assert r.stdout == "" and "editorial" in r.stderr
    assert "Playlist1.json" in r.stderr
    r = listed.run("playlist", "spotify:album:absent", status=1)
    assert "Spotify has no such album" in r.stderr


def test_no_id_is_refused_by_its_look(listed, service):
    service.playlists["x"] = Playlist("Short", [row(1, "Ada", "Light")])
    assert coverage(listed, "spotify:playlist:x")["totalTracks"] == 1
    service.playlists["37i9dQZF1E8mixmixmixmi"] = Playlist("Mix", [])
    assert coverage(listed, "spotify:playlist:37i9dQZF1E8mixmixmixmi")[
        "totalTracks"] == 0


@pytest.mark.parametrize("older", [False, True])
def test_entries_come_from_where_they_are_given(listed, service, older):
    rows = [row(n, "Ada", "T %d" % n) for n in range(1, 121)]
    service.playlists[ID] = Playlist("Night", rows, older=older)
    assert coverage(listed, ID_URL)["totalTracks"] == 120
    service.playlists["inside"] = Playlist(
        "Night", rows, older=older, refused=("items",), inside=True)
    found = coverage(listed, "spotify:playlist:inside")
    assert found["totalTracks"] == 120
    assert positions(found["missingTracks"]) == list(range(1, 121))


def test_without_authorization_a_person_must_act(listed):
    (listed.top / "token.json").unlink()
    r = listed.run("playlist", ID_URL, status=77)
    assert r.stdout == "" and "likesync auth login" in r.stderr


def test_a_rate_limit_is_for_later(listed, service):
    service.faults = [("/v1/playlists", ("status", 429, {},
                                         ("Retry-After", "5000")))]
    r = listed.run("playlist", ID_URL, status=75)
    assert "rate limited" in r.stderr


# ---- reading it once

def test_an_unchanged_list_costs_one_request(listed, service):
    service.playlists[ID].rows += [row(n, "Ada", "T %d" % n)
                                   for n in range(10, 90)]
    first = coverage(listed, ID_URL)
    service.requests.clear()
    assert coverage(listed, ID_URL) == first
    assert service.count("/v1/") == 1
    service.playlists[ID].name = "Late"
    renamed = coverage(listed, ID_URL)
    assert renamed["playlist"]["name"] == "Late"
    assert renamed["missingTracks"] == first["missingTracks"]
    service.playlists[ID].snapshot += 1
    service.playlists[ID].rows.pop()
    assert coverage(listed, ID_URL)["totalTracks"] == 82
    service.requests.clear()
    assert coverage(listed, ID_URL)["totalTracks"] == 82
    assert service.count("/v1/") == 1


def test_a_list_that_became_private_is_refused(listed, service):
    coverage(listed, ID_URL)
    del service.playlists[ID]
    listed.run("playlist", ID_URL, status=1)


def test_a_list_that_changes_is_read_again(listed, service):
    p = service.playlists[ID]
    p.rows = [row(n, "Ada", "T %d" % n) for n in range(1, 61)]

    def change():
        p.rows = [row(99, "Ada", "New")] + p.rows
        p.snapshot += 1
    service.faults = [("/v1/playlists/%s/items?limit=50&offset=50" % ID,
                       ("call", change))]
    found = coverage(listed, ID_URL)
    assert found["totalTracks"] == 61 and found["playlist"]["complete"]
    assert positions(found["missingTracks"]) == list(range(1, 62))
    service.faults = [("/v1/playlists/%s/items?limit=50&offset=50" % ID,
                       ("call", change))] * 9
    change()
    found = coverage(listed, ID_URL)
    assert not found["playlist"]["complete"]
    assert "snapshotId" not in found["playlist"]
    assert len({t["spotifyId"] for t in found["missingTracks"]}) == \
        found["totalTracks"]


def test_ten_thousand_entries_are_read(listed, service):
    service.playlists[ID].rows = [row(n, "Ada", "T %d" % n)
                                  for n in range(1, 10001)]
    found = coverage(listed, "--missing", ID_URL)
    assert found["totalTracks"] == 10000
    assert positions(found["missingTracks"]) == list(range(1, 10001))
    service.requests.clear()
    assert coverage(listed, "--missing", ID_URL) == found
    assert service.count("/v1/") == 1


# ---- beside runs

def hold_lock(home):
    home.state.mkdir(mode=0o700, exist_ok=True)
    lock = open(home.state / "run.lock", "a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def test_the_first_reading_of_the_library_needs_the_lock(listed):
    with hold_lock(listed):
        r = listed.run("playlist", ID_URL, status=75)
        assert r.stdout == "" and "another run holds the lock" in r.stderr
        assert r.stderr.count("another run") == 1
    assert coverage(listed, ID_URL)["availableTracks"] == 2


def test_later_it_works_beside_a_run(listed, service):
    first = coverage(listed, ID_URL)
    service.playlists[ID].snapshot += 1
    with hold_lock(listed):
        again = coverage(listed, ID_URL)
    assert again["inLibrary"] == first["inLibrary"]


@needs_shim
def test_a_library_that_was_half_read_is_read_to_its_end(listed):
    killed = 0
    for n in range(1, 400, 3):
        r = subprocess.run(
            listed.command("playlist", "--json", ID_URL), capture_output=True,
            text=True, timeout=60, env={**listed.env(), "LD_PRELOAD": str(SHIM),
                                        "SHIM_KILL": str(n)})
        if r.returncode == 0:
            break
        killed += 1
    assert killed >= 3
    assert json.loads(r.stdout)["availableTracks"] == 2


def test_no_source_is_needed(listed):
    listed.config(sources="")
    assert coverage(listed, ID_URL)["availableTracks"] == 2


def test_a_run_after_it_does_all_its_work(listed, service):
    coverage(listed, ID_URL)
    service.likes = [row(1, "Ada", "Light")]
    run = listed.sync()
    assert (run["liked"], run["in_library"], run["analyzed"]) == (1, 1, 3)


# ---- files

def test_a_file_is_a_list_and_needs_no_spotify(listed, service):
    (listed.top / "token.json").unlink()
    uri = "spotify:track:%022d"
    csv = listed.top / "night.csv"
    csv.write_text("Track URI,Track Name,Artist Name(s)\n" +
                   uri % 1 + ",Light,Ada\nspotify:local:a:b:c:9,c,a\n" +
                   uri % 3 + ",Moon,Di\n" + uri % 1 + ",Light,Ada\n")
    export = listed.top / "YourLibrary.json"
    export.write_text(json.dumps({"tracks": [
        {"artist": "Ada", "track": "Light", "album": "X", "uri": uri % 1},
        {"artist": "Di", "track": "Moon", "album": "X", "uri": uri % 3}]}))
    m3u = listed.top / "night.m3u8"
    m3u.write_text("#EXTM3U\n#PLAYLIST:Late\n#EXTINF:20,Ada - Light\n"
                   "/music/x.mp3\nDi - Moon.flac\n")
    for path, name, at in ((csv, "night.csv", 3),
                           (export, "YourLibrary.json", 2),
                           (m3u, "Late", 2)):
        found = coverage(listed, str(path))
        assert found["playlist"]["kind"] == "file"
        assert found["playlist"]["name"] == name
        assert (found["totalTracks"], found["availableTracks"]) == (2, 1)
        assert positions(found["missingTracks"]) == [at]
        assert found["skipped"] == at - 2
    assert service.requests == [] or service.count("/v1/") == 0


def test_a_playlist_of_an_account_export_is_chosen_by_name(listed):
    def item(n, artist, title):
        return {"track": {"trackName": title, "artistName": artist,
                          "albumName": "X",
                          "trackUri": "spotify:track:%022d" % n},
                "episode": None, "localTrack": None}
    path = listed.top / "Playlist1.json"
    path.write_text(json.dumps({"playlists": [
        {"name": "Gym", "items": [item(1, "Ada", "Light")]},
        {"name": "Night", "items": [item(3, "Di", "Moon"), item(
            1, "Ada", "Light")]}]}))
    assert coverage(listed, str(path))["totalTracks"] == 2
    found = coverage(listed, "--name", "night", str(path))
    assert found["playlist"]["name"] == "Night"
    assert positions(found["inLibrary"]) == [2]
    r = listed.run("playlist", "--name", "Day", str(path), status=1)
    assert "Gym, Night" in r.stderr


@pytest.mark.parametrize("data", [b"", b"<html>", b'{"tracks":[', b'{"a":1}'])
def test_a_file_that_is_no_list_is_refused(listed, data):
    path = listed.top / "x.csv"
    path.write_bytes(data)
    r = listed.run("playlist", str(path), status=1)
    assert r.stdout == "" and "x.csv: " in r.stderr
