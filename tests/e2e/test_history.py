# SPDX-License-Identifier: GPL-3.0-or-later
"""`history` tells a track's whole story, and `missing` and `history` select by
playlist, source, reason and age."""
import json
import shutil
import time

import pytest
from spotify import Playlist, row

ID = "37i9dQZF1DXcBWIGoYBM5M"


@pytest.fixture
def told(home, service, songs):
    """A liked track that was fetched, one of a playlist from the inbox, and one
    of which the only candidate was another recording."""
    def at(days):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                             time.gmtime(time.time() - days * 86400))

    service.likes = [{**row(1, "Ada", "Light"), "added_at": at(40)},
                     {**row(3, "Di", "Dusk"), "added_at": at(2)}]
    service.playlists[ID] = Playlist("Night", [row(2, "Bo", "Bus")])
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.offer("v3", "Di - Dusk", "Di - Topic", "short")
    shutil.copy(songs["mp3"], home.inbox / "Bo - Bus.mp3")
    home.config(more="[export]\ncsv = %s/dj.csv" % home.top)
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "[library]", "playlists = spotify:playlist:%s\n[library]" % ID, 1))
    home.authorize()
    home.sync(status=None)
    return home


def titles(home, command, *words):
    r = json.loads(home.run(command, "--json", *words).stdout)
    return sorted(t["track"]["title"]
                  for t in r["missing" if command == "missing" else "tracks"])


def test_a_track_has_one_story_from_the_like_to_the_export(told):
    story = told.run("history", "Light").stdout
    parts = ["Ada - Light", "  liked\n", "in the library: ", "  placed ",
             "from ytdlp ", "matched: ", "  analyzed: ", " BPM",
             "  exported to %s/dj.csv" % told.top]
    at = [story.index(p) for p in parts]
    assert at == sorted(at)
    assert "  added to a followed playlist" in told.run("history",
                                                        "Bus").stdout
    rejected = told.run("history", "Dusk").stdout
    assert "  searched last" in rejected and "tried once: " in rejected
    assert "  rejected " in rejected and " from ytdlp: " in rejected
    t, = json.loads(told.run("history", "--json", "Light").stdout)["tracks"]
    assert t["wanted"]["liked"] and t["wanted"]["at"] and not \
        t["wanted"]["listed"]
    entry, = [e for e in told.entries() if e["title"] == "Light"]
    assert t["analyzed"]["bpm"] == pytest.approx(entry["bpm"], abs=.006)
    assert [e["path"] for e in t["exported"]] == [str(told.top / "dj.csv")]
    t, = json.loads(told.run("history", "--json", "Dusk").stdout)["tracks"]
    assert t["searched"] and "analyzed" not in t and t["exported"] == []


def test_tracks_are_selected_by_playlist_source_reason_and_age(told):
    assert titles(told, "history") == ["Bus", "Dusk", "Light"]
    link = "https://open.spotify.com/playlist/%s?si=1" % ID
    for name in ("night", link, "spotify:playlist:" + ID):
        assert titles(told, "history", "--playlist", name) == ["Bus"]
        assert titles(told, "missing", "--playlist", name) == []
    assert titles(told, "history", "--source", "ytdlp") == ["Dusk", "Light"]
    assert titles(told, "history", "--source", "inbox") == ["Bus"]
    assert titles(told, "missing", "--source", "YTDLP") == ["Dusk"]
    assert titles(told, "missing", "--source", "inbox") == []
    reason = json.loads(told.run("missing", "--json").stdout)[
        "missing"][0]["reason"]
    assert titles(told, "history", "--reason", reason.upper()) == ["Dusk"]
    assert titles(told, "history", "--older", "30d") == [
        "Bus", "Light"]
    assert "Light" not in titles(told, "history", "--newer", "30d")
    assert titles(told, "missing", "--newer", "1d") == []
    assert titles(told, "missing", "--newer", "30d", "--source", "ytdlp") \
        == ["Dusk"]
    for command in ("missing", "history"):
        r = told.run(command, "--playlist", "Day", status=1)
        assert "likesync playlist LINK" in r.stderr
        told.run(command, "--older", "x", status=64)
