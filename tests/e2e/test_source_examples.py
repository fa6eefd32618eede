# SPDX-License-Identifier: GPL-3.0-or-later
"""The source program that is installed and those in etc/sources, against doubles
of their services."""
import http.server
import json
import os
import shutil
import threading
import urllib.parse

import pytest
from conftest import HERE
from spotify import row

EXAMPLES = HERE.parents[1] / "etc/sources"


class Double:
    """A service on loopback: routes are functions of the request's path, query
    and body, which return a status with JSON, bytes or nothing."""

    def __init__(self):
        self.asked, self.status = [], None
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                path, _, query = self.path.partition("?")
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                double.asked.append((self.command, self.path, self.headers))
                status, reply = double.status or double.route(
                    self.command, urllib.parse.unquote(path),
                    urllib.parse.parse_qs(query),
                    json.loads(body) if body else None)
                if not isinstance(reply, bytes):
                    reply = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Retry-After", "600")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Archive(Double):
    """The Internet Archive with one item: its search, metadata and files."""

    def __init__(self, song):
        super().__init__()
        self.song, self.flac, self.originals = song, None, []

    def route(self, method, path, query, body):
        if path == "/advancedsearch.php":
            found = 'creator:("Ada")' in query["q"][0]
            return 200, {"response": {"numFound": 2, "docs": [
                {"identifier": "ada-talk", "title": ["Talk"]},
                {"identifier": "ada-live", "title": "Album"}] if found
                else []}}
        if path == "/metadata/ada-talk":
            return 200, {}
        if path == "/metadata/ada-live":
            return 200, {"metadata": {
                "identifier": "ada-live", "title": "Album",
                "creator": ["Ada", "Bo"]}, "files": [
                    {"name": "cover.jpg", "format": "JPEG"},
                    {"name": "01 Light.mp3", "title": "Light",
                     "length": "00:08", "source": "derivative"},
                    {"name": "02 Bus.mp3", "title": "Bus",
                     "length": "8.0", "source": "derivative"},
                    *self.originals]}
        if path == "/download/ada-live/01 Light.mp3":
            return 200, self.song.read_bytes()
        if path == "/download/ada-live/01 Light.flac":
            return 200, self.flac.read_bytes()
        return 404, {}


class Slskd(Double):
    """slskd: searches and transfers as /api/v0 answers them."""

    def __init__(self, song, folder):
        super().__init__()
        self.song, self.folder = song, folder
        self.searches, self.transfers = {}, []
        self.ends, self.polls = "Completed, Succeeded", 0

    FILE = "music\\Ada\\Album\\01 - Light.mp3"

    def route(self, method, path, query, body):
        path = path.removeprefix("/api/v0")
        size = self.song.stat().st_size
        if path == "/session":
            return 200, {"isAuthenticated": True}
        if (method, path) == ("POST", "/searches"):
            self.searches[body["id"]] = body["searchText"]
            return 200, {"id": body["id"], "state": "InProgress"}
        if path.startswith("/searches/"):
            name = path.split("/")[2]
            if method == "DELETE":
                del self.searches[name]
                return 204, b""
            if not path.endswith("/responses"):
                self.polls += 1
                return 200, {"id": name, "state": "InProgress"
                             if self.polls % 2 else "Completed, TimedOut"}
            return 200, [{"username": "peer one", "hasFreeUploadSlot": True,
                          "queueLength": 0, "uploadSpeed": 7, "files": [
                              {"filename": self.FILE, "size": size,
                               "length": 8, "isLocked": False},
                              {"filename": "x\\Light.mp3", "size": 1,
                               "length": 8, "isLocked": True},
                              {"filename": "x\\Light.jpg", "size": 1}]}]
        if path == "/transfers/downloads/peer one":
            if method == "POST":
                assert body == [{"filename": self.FILE, "size": size}]
                self.transfers.append({"id": "t1", "filename": self.FILE,
                                       "state": "Queued, Remotely"})
                return 201, b""
            now = dict(self.transfers[-1])
            if "Queued" in now["state"]:
                self.transfers[-1]["state"] = self.ends
                if "Succeeded" in self.ends:
                    to = self.folder / "Album"
                    to.mkdir(exist_ok=True)
                    shutil.copy(self.song, to / "01 - Light.mp3")
            return 200, {"username": "peer one", "directories": [
                {"directory": "Album", "files": [now]}]}
        if method == "DELETE":
            self.transfers[-1]["state"] = "Completed, Cancelled"
            return 204, b""
        return 404, {}


def use(home, program, args):
    home.config(sources="own", fetch="parallel = 1", more="""
[source.own]
type = exec
command = %s
args = %s
""" % (program if "." not in program else EXAMPLES / program, args))
    home.authorize()


@pytest.fixture
def archive(home, service, songs):
    double = Archive(songs["mp3-short"])
    service.likes = [row(1, "Ada", "Light", seconds=8)]
    use(home, "likesync-archive", "--pause 0 --site " + double.url)
    yield double
    double.close()


@pytest.fixture
def slskd(home, service, songs):
    folder, key = home.top / "downloads", home.top / "key"
    folder.mkdir()
    key.write_text("the key of slskd\n")
    double = Slskd(songs["mp3-short"], folder)
    service.likes = [row(1, "Ada", "Light", seconds=8)]
    use(home, "slskd.py", "--url %s --key-file %s --downloads %s "
        "--poll 0.01" % (double.url, key, folder))
    yield double
    double.close()


def test_the_internet_archive_is_searched_and_read(home, archive):
    s = home.sync()
    assert (s["fetched"], s["downloads"]) == (1, 1)
    assert home.files() == ["Ada - Light.mp3"]


def test_the_internet_archive_is_preferred_if_it_has_a_lossless_file(
        home, service, songs, archive):
    archive.flac = songs["flac-short"]
    archive.originals = [{"name": "01 Light.flac", "title": "Light",
                          "length": "8.00", "source": "original",
                          "format": "Flac"}]
    shutil.copy(songs["mp3-short"], home.inbox / "Ada - Light.mp3")
    path = home.top / "likesync.conf"
    path.write_text(path.read_text().replace(
        "sources = own", "prefer = lossless\nsources = inbox, own"))
    assert home.sync()["fetched"] == 1
    assert home.files() == ["Ada - Light.flac"]
    assert [e["source"] for e in home.ledger()] == ["own"]


def test_the_internet_archive_does_not_have_everything(home, service,
                                                       archive):
    service.likes = [row(2, "Cy", "Nothing", seconds=8)]
    s = home.sync()
    assert (s["not_found"], s["downloads"]) == (1, 0)


@pytest.mark.parametrize("status", [429, 503])
def test_the_internet_archive_is_down(home, archive, status):
    archive.status = status, {}
    s = home.sync(status=None)
    assert (s["deferred"], s["failed"], s["not_found"]) == (1, 0, 0)
    archive.status = None
    (home.state / "sources.json").unlink()
    assert home.sync()["fetched"] == 1


def test_slskd_searches_and_downloads(home, slskd):
    s = home.sync()
    assert (s["fetched"], s["downloads"]) == (1, 1)
    assert home.files() == ["Ada - Light.mp3"]
    assert {h["X-API-Key"] for _, _, h in slskd.asked} == {"the key of slskd"}
    assert slskd.searches == {}
    # Its own folder is slskd's.
    assert os.listdir(slskd.folder / "Album") == ["01 - Light.mp3"]


@pytest.mark.parametrize("state", ["Completed, Errored",
                                   "Completed, Rejected"])
def test_a_peer_that_refuses_costs_one_download(home, slskd, state):
    slskd.ends = state
    s = home.sync(status=None)
    assert (s["fetched"], s["downloads"], s["rejected"]) == (0, 1, 0)


def test_a_peer_that_never_sends_is_cancelled(home, slskd):
    slskd.ends = "Queued, Remotely"
    path = home.top / "likesync.conf"
    path.write_text(path.read_text().replace(
        "parallel = 1", "parallel = 1\ntimeout = 4s"))
    s = home.sync(status=None)
    assert (s["fetched"], s["downloads"], s["rejected"]) == (0, 1, 0)
    assert slskd.transfers[-1]["state"] == "Completed, Cancelled"


def test_slskd_refuses_a_wrong_key(home, slskd):
    slskd.status = 401, {}
    r = home.run("sync", status=78)
    assert "401" in r.stderr
    slskd.status = None
    assert home.sync()["fetched"] == 1


def test_slskd_is_not_running(home, slskd):
    slskd.close()
    s = home.sync(status=None)
    assert (s["deferred"], s["failed"], s["not_found"]) == (1, 0, 0)
