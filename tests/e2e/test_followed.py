# SPDX-License-Identifier: GPL-3.0-or-later
"""`[spotify] playlists`: lists that are part of every run."""
import json
import subprocess

import pytest
from conftest import LIKESYNC
from spotify import Playlist, row

A, B, C = "listA", "listB", "listC"


def follow(home, setting, **more):
    home.config(**more)
    path = home.top / "likesync.conf"
    path.write_text(path.read_text().replace(
        "client_id = app", "client_id = app\nplaylists = " + setting))


@pytest.fixture
def followed(home, service):
    """One track is liked, one is in two lists, one in a list and liked."""
    service.likes = [row(1, "Ada", "Light")]
    service.playlists[A] = Playlist("Night", [
        row(1, "Ada", "Light"), row(2, "Bo", "Bus")])
    service.playlists[B] = Playlist("Day", [
        row(2, "Bo", "Bus"), row(3, "Cy", "Sea")])
    home.authorize()
    follow(home, "spotify:playlist:%s, https://open.spotify.com/playlist/%s"
           % (A, B))
    return home


def wanted(home):
    return {t["track"]["title"] for t in json.loads(home.run(
        "missing", "--json").stdout)["missing"]}


def test_tracks_of_followed_lists_are_wanted_once(followed):
    run = followed.sync()
    assert (run["liked"], run["listed"], run["playlists"]) == (3, 2, 2)
    assert wanted(followed) == {"Light", "Bus", "Sea"}


def test_a_track_in_several_lists_is_fetched_once_and_appears_in_each(
        followed, songs):
    followed.offer("v2", "Bo - Bus", "Bo")
    run = followed.sync()
    assert run["fetched"] == 1 and len(followed.ledger()) == 1
    for name in (A, B):
        found = json.loads(followed.run(
            "playlist", "--json", "spotify:playlist:" + name).stdout)
        assert [t["name"] for t in found["inLibrary"]] == ["Bus"]
        assert found["inLibrary"][0]["file"] == "Bo - Bus.m4a"
    assert followed.sync()["fetched"] == 0


def test_an_unchanged_list_costs_one_request(followed, service):
    followed.sync()
    service.requests.clear()
    followed.sync()
    assert service.count("/v1/playlists/") == 2
    assert service.count("/api/token") == 1


def test_a_track_that_leaves_all_lists_is_no_longer_wanted(followed, service):
    followed.sync()
    service.playlists[A].rows.pop()
    service.playlists[A].snapshot += 1
    followed.sync()
    assert wanted(followed) == {"Light", "Bus", "Sea"}
    service.playlists[B].rows.pop(0)
    service.playlists[B].snapshot += 1
    assert followed.sync()["listed"] == 1
    assert wanted(followed) == {"Light", "Sea"}
    # Liked, then no longer liked, but still in a list.
    service.likes = []
    followed.sync()
    assert wanted(followed) == {"Light", "Sea"}
    follow(followed, "spotify:playlist:" + B)
    followed.sync()
    assert wanted(followed) == {"Sea"}
    followed.config()
    assert followed.sync()["liked"] == 0
    assert wanted(followed) == set()


def test_own_stands_for_lists_that_the_user_may_edit(followed, service):
    service.playlists[B].owner = "Zed"
    service.playlists[C] = Playlist("Shared", [row(4, "Di", "Moon")],
                                    owner="Zed")
    service.playlists[C].collaborative = True
    follow(followed, "own")
    run = followed.sync()
    assert (run["playlists"], run["listed"]) == (2, 2)
    assert wanted(followed) == {"Light", "Bus", "Moon"}
    service.requests.clear()
    followed.sync()
    assert service.count("/v1/playlists/") == 0
    assert service.count("/v1/me/playlists") == 1
    del service.playlists[C]
    assert followed.sync()["playlists"] == 1
    assert wanted(followed) == {"Light", "Bus"}


def test_albums_are_followed_too(followed, service):
    service.albums["alb"] = {
        "name": "Sea", "artists": [{"name": "Ada"}], "images": [],
        "tracks": [row(5, "Ada", "Wave")["track"]]}
    follow(followed, "https://open.spotify.com/album/alb?si=x")
    followed.sync()
    assert wanted(followed) == {"Light", "Wave"}
    assert followed.sync()["listed"] == 1


def test_a_list_that_is_refused_stays_as_it_was(followed, service):
    followed.sync()
    gone = service.playlists.pop(B)
    r = followed.run("sync", "--json")
    assert "listB" in r.stderr and "editorial" in r.stderr
    assert json.loads(r.stdout)["playlists"] == 2
    assert wanted(followed) == {"Light", "Bus", "Sea"}
    service.playlists[B] = gone
    gone.rows.append(row(6, "Ed", "Sun"))
    gone.snapshot += 1
    followed.sync()
    assert "Sun" in wanted(followed)


@pytest.mark.parametrize("setting", ["spotify:playlist:%s, spotify:playlist:"
                                     "%s" % (A, B), "own"])
def test_an_outage_unfollows_nothing(followed, service, setting):
    follow(followed, setting)
    followed.sync()
    service.faults = [("/v1/playlists/", ("status", 503, {})),
                      ("/v1/me/playlists", ("status", 503, {}))] * 20
    service.playlists[A].snapshot += 1
    followed.sync(status=75)
    assert wanted(followed) == {"Light", "Bus", "Sea"}
    service.faults = []
    followed.sync()
    assert wanted(followed) == {"Light", "Bus", "Sea"}


def test_a_list_that_changed_before_an_outage_is_marked(followed, service):
    followed.sync()
    service.playlists[A].rows.append(row(7, "Flo", "Rain"))
    service.playlists[A].snapshot += 1
    service.faults = [("/v1/playlists/" + B, ("status", 503, {}))] * 20
    followed.sync(status=75)
    assert "Rain" in wanted(followed)


def test_what_the_playlist_command_stored_is_marked_too(followed, service):
    followed.sync()
    service.playlists[A].rows.append(row(7, "Flo", "Rain"))
    service.playlists[A].snapshot += 1
    followed.run("playlist", "spotify:playlist:" + A)
    followed.sync()
    assert "Rain" in wanted(followed)


def test_a_setting_that_names_no_list_needs_a_person(followed):
    for wrong in ("owned", "spotify:artist:x", "https://example.com/x"):
        follow(followed, "spotify:playlist:%s, %s" % (A, wrong))
        run = followed.sync(status=78)
        assert wrong in run["why"] and "[spotify] playlists" in run["why"]
        findings = json.loads(followed.run(
            "doctor", "--json", status=None).stdout)["findings"]
        assert ("playlists", "broken", run["why"]) in [
            (f["check"], f["health"], f["text"]) for f in findings]


def test_likes_of_a_file_and_followed_lists_go_together(followed):
    (followed.top / "likes.csv").write_text(
        "Track URI,Track Name,Artist Name(s)\n,Wind,Gil\n")
    follow(followed, "spotify:playlist:" + A,
           liked=str(followed.top / "likes.csv"))
    followed.sync()
    assert wanted(followed) == {"Wind", "Light", "Bus"}


def test_a_kill_at_any_step_leaves_the_same(followed, service):
    import pathlib
    shim = str(pathlib.Path(LIKESYNC).parent / "shim.so")
    for n in range(1, 60, 4):
        subprocess.run(followed.command("sync"), capture_output=True,
                       timeout=60, env={**followed.env(), "LD_PRELOAD": shim,
                                        "SHIM_KILL": str(n)})
    followed.sync()
    assert wanted(followed) == {"Light", "Bus", "Sea"}


def test_a_dry_run_reads_the_lists_and_keeps_nothing(followed):
    plan = json.loads(followed.run("sync", "--dry-run", "--json").stdout)
    assert {p["track"]["title"] for p in plan["plan"]} == {
        "Light", "Bus", "Sea"}
    assert wanted(followed) == set()


def test_each_followed_list_may_have_a_layout(followed, service):
    service.playlists[B].rows.append(row(
        4, "Di", "Dune", album={"name": "Sand", "images": [],
                                "artists": [{"name": "Various Artists"}]}))
    follow(followed, "spotify:playlist:%s, spotify:playlist:%s" % (A, B),
           library="layout = {playlist?{playlist}/}{albumartist}/"
           "{year?{year} }{album}/{track} {title}",
           more="[playlist.night]\nlink = https://open.spotify.com/playlist/"
           "%s?si=x\nlayout = Sets/{playlist}/{artist} - {title}" % A)
    followed.offer("v1", "Ada - Light", "Ada")
    followed.offer("v2", "Bo - Bus", "Bo", "other")
    followed.offer("v3", "Cy - Sea", "Cy", "mp3")
    followed.offer("v4", "Di - Dune", "Di", "flac")
    assert followed.sync()["fetched"] == 4
    assert sorted(e["filePath"].partition("/library/")[2]
                  for e in followed.entries()) == [
        "Day/Cy/2026 Album/01 Sea.mp3",
        "Day/Various Artists/Sand/01 Dune.flac",
        "Sets/Night/Ada - Light.m4a", "Sets/Night/Bo - Bus.m4a"]


def test_a_wrong_layout_of_a_list_is_told(followed):
    more = "[playlist.x]\nlink = spotify:playlist:listA\nlayout = %s"
    followed.config(more=more % "{name}")
    assert "[playlist.x] layout has an unknown field" in followed.run(
        "doctor", status=None).stdout
    followed.config(more="[playlist.x]\nlayout = {title}")
    assert "playlist.x.link: expected some text" in followed.run(
        "sync", status=78).stderr
    followed.config(more="[playlist.a b]\nlayout = {title}")
    assert "[playlist.a b]: expected a playlist's name" in followed.run(
        "sync", status=78).stderr
