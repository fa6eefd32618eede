# SPDX-License-Identifier: GPL-3.0-or-later
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "demo")]
import music  # noqa: E402
import spotify  # noqa: E402

# The same music is made once, for all processes that run tests.
os.environ.setdefault("MUSIC_CACHE", str(HERE.parents[1] / "build/music"))
LIKESYNC = os.environ.get("LIKESYNC", str(HERE.parents[1] / "build/likesync"))


class Home:
    """A user's machine: folders, a configuration, and the program."""

    def __init__(self, top, service, songs):
        self.top, self.service, self.songs = top, service, songs
        self.library, self.inbox = top / "library", top / "inbox"
        self.state, self.document = top / "state", \
            top / "library/audio-library-analysis.json"
        self.prom = top / "likesync.prom"
        for folder in (self.library, self.inbox, top / "home",
                       top / "loopback"):
            folder.mkdir()
        self.config()

    def config(self, sources="inbox, ytdlp", liked="api", fetch="",
               library="", inbox="", more=""):
        (self.top / "likesync.conf").write_text("""
[spotify]
client_id = app
accounts_url = {url}
api_url = {url}/v1
liked = {liked}
token_file = {top}/token.json
[library]
path = {top}/library
max_disk_usage = 100%
min_free = 0
{library}
[fetch]
sources = {sources}
delay = 0
min_bitrate = 0
{fetch}
[source.inbox]
type = folder
path = {top}/inbox
{inbox}
[source.ytdlp]
type = ytdlp
plugins = yes
[state]
dir = {top}/state
[metrics]
textfile = {top}/likesync.prom
[log]
target = stderr
{more}
""".format(url=self.service.url, top=self.top, sources=sources, liked=liked,
           fetch=fetch, library=library, inbox=inbox, more=more))
        (self.top / "loopback/loopback.json").write_text(
            json.dumps({"url": self.service.url}))

    def env(self):
        return {**os.environ, "HOME": str(self.top / "home"),
                "PYTHONPATH": "%s:%s" % (HERE / "plugins",
                                        self.top / "loopback")}

    def command(self, *words):
        return [LIKESYNC, "-c", str(self.top / "likesync.conf"), *words]

    def run(self, *words, status=0, input=None):
        r = subprocess.run(self.command(*words), env=self.env(), input=input,
                           capture_output=True, text=True, timeout=120)
        assert status in (None, r.returncode), (r.returncode, r.stdout,
                                                r.stderr)
        return r

    def sync(self, *words, status=0):
        r = self.run("sync", "--json", *words, status=status)
        return json.loads(r.stdout)

    def authorize(self):
        self.run("auth", "import", input=self.service.refresh_token + "\n")

    def entries(self):
        return json.loads(self.document.read_text())["tracks"]

    def files(self):
        return sorted(p.name for p in self.library.rglob("*")
                      if p.is_file() and p != self.document)

    def ledger(self):
        path = self.state / "keep/ledger.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def offer(self, video, title, channel, song="m4a", seconds=20, **more):
        """A video that can be found and downloaded."""
        self.service.videos[video] = {
            "id": video, "title": title, "channel": channel,
            "duration": seconds, "view_count": 1000,
            "file": str(self.songs[song]), **more}


@pytest.fixture(scope="session")
def songs(tmp_path_factory):
    """Real audio, made once."""
    top = tmp_path_factory.mktemp("songs")
    return {
        "m4a": music.make(top / "a.m4a", 128, 220.0, 20),
        "other": music.make(top / "b.m4a", 100, 174.6, 20),
        "short": music.make(top / "c.m4a", 100, 174.6, 8),
        "mp3": music.make(top / "d.mp3", 124, 196.0, 20),
        "flac": music.make(top / "e.flac", 140, 261.6, 20),
        "brief": music.make(top / "f.m4a", 112, 196.0, 8),
        "mp3-short": music.make(top / "g.mp3", 124, 196.0, 8),
        "flac-short": music.make(top / "h.flac", 140, 261.6, 8),
    }


@pytest.fixture
def service(tmp_path):
    s = spotify.Service(tmp_path)
    yield s
    s.close()


@pytest.fixture
def home(tmp_path, service, songs):
    return Home(tmp_path, service, songs)


@pytest.fixture
def world(tmp_path, service, songs):
    import faults
    (tmp_path / "world").mkdir()
    return faults.World(Home(tmp_path / "world", service, songs), service,
                        songs)
