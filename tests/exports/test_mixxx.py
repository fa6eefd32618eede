# SPDX-License-Identifier: GPL-3.0-or-later
"""What `likesync export` writes, read by a program that others wrote: Mixxx takes
in the Traktor collection and the M3U8 playlist, without a screen, as a person
would by its menus, and its database tells what it understood."""
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LIKESYNC = os.environ.get("LIKESYNC", str(TOP / "build/likesync"))
PATIENCE = 90       # seconds; a bound, not a time that is waited

sys.path[:0] = [str(TOP / "tests/demo")]
import music  # noqa: E402

# In the order of the list, which is not that of names.
TRACKS = [("Ülo & Søn", "Café 100% [Mix]", "m4a"),
          ("#1 Ada", "Light; or 'Dark'", "mp3"),
          ("Bo", "Bus <3", "flac")]


class Mixxx:
    """A screen of its own, and Mixxx on it."""

    def __init__(self, top):
        self.home, self.settings = top / "home", top / "settings"
        self.settings.mkdir()
        (self.settings / "mixxx.cfg").write_text(
            "[Library]\nShowITunesLibrary 0\n")
        self.log = open(top / "mixxx.log", "wb")
        read, write = os.pipe()
        self.screen = self.start("Xvfb", "-displayfd", str(write), "-screen",
                                 "0", "1280x800x24", "-nolisten", "tcp",
                                 pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as f:
            self.env = {**os.environ, "HOME": str(self.home),
                        "DISPLAY": ":" + f.readline().strip(),
                        "QT_QPA_PLATFORM": "xcb", "XDG_RUNTIME_DIR": str(top)}
        self.program = None

    def start(self, *words, **how):
        return subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                stdout=self.log, stderr=self.log, **how)

    def open(self):
        self.program = self.start("mixxx", "--settingsPath",
                                  str(self.settings), "--safeMode",
                                  env=self.env)

    def end(self):
        for p in (self.program, self.screen):
            if p is not None and p.poll() is None:
                p.kill()
                p.wait()

    def do(self, *words):
        return subprocess.run(["xdotool", *words], env=self.env, timeout=30,
                              capture_output=True, text=True).stdout

    def click(self, x, y, button="1"):
        self.do("mousemove", str(x), str(y), "click", button)

    def ask(self, query):
        path = self.settings / "mixxxdb.sqlite"
        if not path.exists():
            return []
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        try:
            return db.execute(query).fetchall()
        except sqlite3.Error:       # a table is not there yet
            return []
        finally:
            db.close()

    def until(self, holds, act=lambda: None, pause=3):
        """Acts, and again every few seconds, until that holds."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            act()
            again = time.monotonic() + pause
            while time.monotonic() < again:
                if holds():
                    return
                time.sleep(0.1)
        pytest.fail(pathlib.Path(self.log.name)
                    .read_text(errors="replace")[-3000:])

    def shows(self, title):
        return self.do("search", "--onlyvisible", "--name", title).split()


@pytest.fixture
def mixxx(tmp_path):
    (tmp_path / "home").mkdir()
    m = Mixxx(tmp_path)
    yield m
    m.end()


@pytest.fixture
def library(tmp_path, mixxx):
    """A library, whose exports are where Mixxx looks for them."""
    top = tmp_path / "music & more"
    top.mkdir()
    lines = ["Track URI,Track Name,Artist Name(s),Album Name,"
             "Track Duration (ms)"]
    for i, (artist, title, kind) in enumerate(TRACKS):
        made = music.make(tmp_path / ("song%d.%s" % (i, kind)), 120 + 6 * i,
                          220.0, 20)
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(made), "-c", "copy",
             "-metadata", "artist=" + artist, "-metadata", "title=" + title,
             str(top / ("%s - %s.%s" % (artist, title, kind)))], check=True)
        lines.append('spotify:track:%022d,"%s","%s","",20000' % (
            i + 1, title, artist))
    (tmp_path / "likes.csv").write_text("\n".join(lines) + "\n")
    conf = tmp_path / "likesync.conf"
    conf.write_text("""[spotify]
liked = {0}/likes.csv
[library]
path = {1}
min_free = 0
max_disk_usage = 100%
[fetch]
sources =
[state]
dir = {0}/state
[log]
target = stderr
""".format(tmp_path, top))

    def likesync(*words):
        r = subprocess.run([LIKESYNC, "-c", str(conf), *words],
                           capture_output=True, text=True, timeout=PATIENCE)
        assert r.returncode == 0, r.stdout + r.stderr

    likesync("sync")
    likesync("export", "traktor", "--liked", "-o",
             str(mixxx.home / "collection.nml"))
    likesync("export", "m3u8", "--liked", "-o", str(tmp_path / "night.m3u8"))
    return top


def test_mixxx_reads_the_collection_and_the_playlist(mixxx, library, tmp_path):
    # The first start makes the database, then asks for the music's folder,
    # which is put into the database instead.
    mixxx.open()
    mixxx.until(lambda: mixxx.shows("Choose music library"))
    mixxx.program.kill()
    mixxx.program.wait()
    db = sqlite3.connect(mixxx.settings / "mixxxdb.sqlite")
    db.execute("INSERT INTO directories VALUES (?)", (str(library),))
    db.commit()
    db.close()
    mixxx.open()

    def choose_traktor():
        mixxx.click(640, 410)       # "Continue" without sound, if it asks
        mixxx.click(70, 597)        # "Analyze"
        mixxx.do("key", "Down")

    listed = """SELECT l.artist, l.title, l.location FROM traktor_playlists p
        JOIN traktor_playlist_tracks t ON t.playlist_id = p.id
        JOIN traktor_library l ON l.id = t.track_id
        WHERE p.name = '-->Liked Songs' ORDER BY t.position"""
    paths = [str(library / ("%s - %s.%s" % t)) for t in TRACKS]
    mixxx.until(lambda: len(mixxx.ask(listed)) == len(TRACKS),
                choose_traktor, 5)
    assert mixxx.ask(listed) == [
        (artist, title, path)
        for (artist, title, _), path in zip(TRACKS, paths)]
    assert len(mixxx.ask("SELECT id FROM traktor_library")) == len(TRACKS)
    read = mixxx.ask("SELECT bpm, duration, comment FROM traktor_library "
                     "ORDER BY bpm")
    assert [round(bpm) for bpm, _, _ in read] == [120, 126, 132]
    assert all(19 <= length <= 21 and comment.startswith("Energy ")
               for _, length, comment in read)

    def import_list():
        mixxx.click(70, 491, "1")   # "Playlists"
        mixxx.click(70, 491, "3")   # its menu: the second item imports
        mixxx.do("key", "--delay", "300", "Down", "Down", "Return")
        mixxx.do("type", "--delay", "30", str(tmp_path / "night.m3u8"))
        mixxx.do("key", "Return")

    mixxx.until(lambda: len(mixxx.ask("SELECT id FROM library")) ==
                len(TRACKS))
    listed = """SELECT o.location FROM Playlists p
        JOIN PlaylistTracks t ON t.playlist_id = p.id
        JOIN library l ON l.id = t.track_id
        JOIN track_locations o ON o.id = l.location
        WHERE p.name LIKE 'night%' ORDER BY t.position"""
    mixxx.until(lambda: len(mixxx.ask(listed)) == len(TRACKS),
                import_list, 10)
    assert [path for path, in mixxx.ask(listed)] == paths
