# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that follow the first one: SoundCloud and Bandcamp by the sections of
the sample, with the real yt-dlp against answers in the form of these sites, caps
and pace of their own, and lossless files first."""
import html
import json
import re

import pytest
from conftest import HERE
from spotify import row
from test_source_examples import Double

SAMPLE = (HERE.parents[1] / "etc/likesync.conf").read_text()


class Sites(Double):
    """SoundCloud's API and Bandcamp's pages."""

    def __init__(self, songs):
        super().__init__()
        self.songs, self.tracks, self.pages, self.searched = songs, [], [], []

    def soundcloud(self, number, title, user, kind="progressive", song="mp3",
                   seconds=20):
        self.tracks.append((number, title, user, kind, song, seconds))

    def bandcamp(self, number, title, band, song="mp3", **more):
        self.pages.append((number, title, band, song, more))

    def route(self, method, path, query, body):
        if path == "/soundcloud/search/tracks":
            self.searched.append(query["q"][0])
            return 200, {"collection": [self.about(t) for t in self.tracks
                                        if t[1].lower() in
                                        query["q"][0].lower()],
                         "next_href": None, "query_urn": "x"}
        if path.startswith("/soundcloud/tracks/"):
            number = path.split("/")[-1]
            return 200, self.about(next(t for t in self.tracks
                                        if str(t[0]) == number))
        if path.startswith("/soundcloud/media/"):
            name, number = path.split("/")[-2:]
            return (404, {}) if name == "gone" else (200, {
                "url": "%s/file/%s%s.128.mp3?Policy=x" % (
                    self.url, "preview/0/30/" if name == "preview" else "",
                    number)})
        if path.startswith("/file/"):
            number = path.split("/")[-1].split(".")[0]
            song = next(t[4] for t in self.tracks if str(t[0]) == number)
            return 200, self.songs[song].read_bytes()
        if path == "/api/bcsearch_public_api/1/autocomplete_elastic":
            assert method == "POST" and body["search_filter"] == "t"
            assert set(body) == {"search_text", "search_filter", "full_page",
                                 "fan_id"}
            self.searched.append(body["search_text"])
            return 200, {"auto": {"results": [self.result(p) for p in
                                              self.pages], "stat_params_for_"
                                  "tag": None, "time_ms": 4}}
        if path.startswith("/track/"):
            return 200, self.page(next(p for p in self.pages
                                       if str(p[0]) == path[7:]))
        if path.startswith("/stream/"):
            song = next(p[3] for p in self.pages if str(p[0]) == path[8:])
            return 200, self.songs[song].read_bytes()
        return 404, {}

    def about(self, track):
        number, title, user, kind, _, seconds = track
        where = {"progressive": "stream", "preview": "preview",
                 "gone": "gone"}[kind]
        return {"kind": "track", "id": number, "title": title,
                "uri": "https://api.soundcloud.com/tracks/%d" % number,
                "permalink_url": "https://soundcloud.com/ada/%d" % number,
                "duration": seconds * 1000, "full_duration": seconds * 1000, "policy": "MONETIZE",
                "user": {"username": user, "id": 1},
                "media": {"transcodings": [{
                    "url": "%s/soundcloud/media/%s/%d" % (self.url, where,
                                                          number),
                    "preset": "mp3_1_0", "snipped": kind == "preview",
                    "format": {"protocol": "progressive",
                               "mime_type": "audio/mpeg"},
                    "quality": "sq"}]}}

    def result(self, page):
        number, title, band, _, more = page
        return {"type": "t", "id": number, "art_id": 1, "name": title,
                "band_id": 2, "band_name": band, "album_name": None,
                "item_url_root": self.url, "item_url_path":
                "%s/track/%d" % (self.url, number), "img": None, **more}

    def page(self, page):
        number, title, band, _, _ = page
        tralbum = {"id": number, "current": {"artist": band}, "artist": band,
                   "trackinfo": [{"id": number, "track_id": number,
                                  "title": title, "track_num": 1,
                                  "duration": 20.0, "file": {
                                      "mp3-128": "%s/stream/%d" % (
                                          self.url, number)}}]}
        return ("<html><body data-tralbum=\"%s\" data-embed=\"%s\"></html>" % (
            html.escape(json.dumps(tralbum)),
            html.escape(json.dumps({"artist": band})))).encode()


def section(name):
    """A section that the sample has ready."""
    text = SAMPLE.split("[source.%s]" % name)[1].split("\n[")[0]
    return dict(re.findall(r"^#(\w+) = (.*)$", text, re.MULTILINE))


def use(home, sites, *names, fetch="parallel = 1", **more):
    text = ""
    for name in names:
        settings = {**section(name), "delay": "0", "plugins": "yes", **more}
        if name == "bandcamp":
            settings["site"] = sites.url
        text += "[source.%s]\n%s\n" % (name, "\n".join(
            "%s = %s" % s for s in settings.items()))
    home.config(sources=", ".join(names), fetch=fetch, more=text)
    path = home.top / "loopback/loopback.json"
    path.write_text(json.dumps({**json.loads(path.read_text()),
                                "sites": sites.url}))
    home.authorize()


@pytest.fixture
def sites(songs):
    double = Sites(songs)
    yield double
    double.close()


def reasons(home):
    return {t["track"]["title"]: t["reason"] for t in json.loads(
        home.run("missing", "--json").stdout)["missing"]}


def test_soundcloud_is_a_section_of_the_sample(home, service, sites):
    service.likes = [row(1, "Ada", "Light"), row(2, "Ada", "Short"),
                     row(3, "Ada", "Gone"), row(4, "Cy", "Nothing")]
    sites.soundcloud(11, "Light", "Ada")
    sites.soundcloud(12, "Short", "Ada", kind="preview", song="mp3-short")
    sites.soundcloud(13, "Gone", "Ada", kind="gone")
    use(home, sites, "soundcloud")
    s = home.sync(status=None)
    assert (s["fetched"], s["failed"], s["not_found"]) == (1, 2, 1)
    assert home.files() == ["Ada - Light.mp3"]
    # Not rejected for good: the whole track may be offered one day.
    assert s["rejected"] == 0
    assert "only a preview of it is offered" in reasons(home)["Short"]
    assert "DRM protected" in reasons(home)["Gone"]


def test_a_preview_that_the_format_lets_through_is_refused(home, service,
                                                           sites):
    service.likes = [row(2, "Ada", "Short")]
    sites.soundcloud(12, "Short", "Ada", kind="preview", song="mp3-short")
    use(home, sites, "soundcloud", format="bestaudio")
    s = home.sync(status=None)
    assert (s["fetched"], s["rejected"], s["downloads"]) == (0, 0, 1)
    assert "only a preview of it is offered" in reasons(home)["Short"]


def test_bandcamp_is_searched_as_its_pages_do(home, service, sites):
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Other")]
    sites.bandcamp(21, "Light", "Ada")
    sites.bandcamp(22, "Bo - Other", "Label", song="mp3")
    sites.bandcamp(23, "An album", "Ada", type="a")
    use(home, sites, "bandcamp")
    s = home.sync()
    assert s["fetched"] == 2
    assert home.files() == ["Ada - Light.mp3", "Bo - Other.mp3"]
    assert "Ada Light" in sites.searched


@pytest.mark.parametrize("status, body", [(429, {}), (200, b"<html>")])
def test_bandcamp_fails_for_now(home, service, sites, status, body):
    service.likes = [row(1, "Ada", "Light")]
    sites.bandcamp(21, "Light", "Ada")
    use(home, sites, "bandcamp")
    sites.status = status, body
    s = home.sync(status=None)
    assert (s["deferred"], s["failed"], s["not_found"]) == (1, 0, 0)
    sites.status = None
    (home.state / "sources.json").unlink()
    assert home.sync()["fetched"] == 1


def test_a_source_has_its_own_caps_and_the_next_one_goes_on(home, service,
                                                            sites):
    service.likes = [row(n, "Ada", "Song%d" % n) for n in (1, 2, 3)]
    for n in (1, 2, 3):
        sites.soundcloud(n, "Song%d" % n, "Ada")
        sites.bandcamp(20 + n, "Song%d" % n, "Ada")
    use(home, sites, "soundcloud", per_hour="2")
    s = home.sync()
    # What only that source may have is not written off, nor is it an outage.
    assert (s["fetched"], s["deferred"], s["not_found"]) == (2, 1, 0)
    assert home.sync()["downloads"] == 0
    use(home, sites, "soundcloud", "bandcamp", per_hour="2")
    assert home.sync()["fetched"] == 1
    assert [e["source"] for e in home.ledger()] == [
        "soundcloud", "soundcloud", "bandcamp"]
