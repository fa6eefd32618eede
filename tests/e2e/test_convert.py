# SPDX-License-Identifier: GPL-3.0-or-later
"""`export --to`: copies in another format, whole or not at all."""
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time

import mutagen
import pytest
from spotify import Playlist, row

ID = "37i9dQZF1DXcBWIGoYBM5M"
URI = "spotify:playlist:" + ID
COVER = os.path.join(os.path.dirname(__file__), "../unit/data/media/cover.png")


def convert(home, form, *words, status=0, to=None):
    to = to or home.top / ("stick-" + form)
    r = home.run("export", "--to", str(to), "--format", form, "--json",
                 *words, status=status)
    return to, json.loads(r.stdout) if r.stdout else None, r.stderr


def copies(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")
                  if p.is_file())


def facts(path):
    """(codec, seconds, has a cover), by ffprobe."""
    r = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of",
         "json", str(path)], check=True, capture_output=True).stdout)
    audio, = [s for s in r["streams"] if s["codec_type"] == "audio"]
    cover = [s for s in r["streams"] if s["disposition"]["attached_pic"]]
    return audio["codec_name"], float(r["format"]["duration"]), bool(cover)


@pytest.fixture
def shelf(home, service, songs):
    """Three formats with tags, one with a cover; two are of a playlist."""
    def put(song, name, artist, title):
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(songs[song]), "-c", "copy",
             "-metadata", "artist=" + artist, "-metadata", "title=" + title,
             "-metadata", "album=Al", "-metadata", "genre=House",
             str(home.library / name)], check=True)

    put("mp3-short", "one.mp3", "Ada", "Light: \"a/b\"?")
    put("flac-short", "two.flac", "Bo", "Bus")
    put("brief", "three.m4a", "Cy", "Sea")
    tags = mutagen.File(home.library / "two.flac")
    picture = mutagen.flac.Picture()
    picture.data, picture.type = open(COVER, "rb").read(), 3
    picture.mime = "image/png"
    tags.add_picture(picture)
    tags["ISRC"], tags["SPOTIFY_ID"] = "XX0002600003", "%022d" % 2
    tags.save()
    tags = mutagen.File(home.library / "three.m4a")
    tags["----:com.apple.iTunes:SPOTIFY_ID"] = [
        mutagen.mp4.MP4FreeForm(b"%022d" % 3)]
    tags.save()
    service.playlists[ID] = Playlist("Night", [
        row(2, "Bo", "Bus", seconds=8), row(3, "Cy", "Sea", seconds=8),
        row(4, "No", "Where")])
    home.authorize()
    home.run("scan")
    return home


def bytes_of(home):
    return {p: p.read_bytes() for p in home.library.rglob("*.*")}


@pytest.mark.parametrize("form,ending,codec", [
    ("aac", ".m4a", "aac"), ("mp3", ".mp3", "mp3"), ("flac", ".flac", "flac"),
    ("aiff", ".aiff", "pcm_s16be")])
def test_copies_have_format_tags_and_cover_and_masters_stay(shelf, form,
                                                            ending, codec):
    before = bytes_of(shelf)
    to, said, _ = convert(shelf, form)
    assert said == {"format": form, "path": str(to), "files": 3,
                    "converted": 3, "there": 0, "failed": 0, "missing": 0}
    names = copies(to)
    assert [n.endswith(ending) for n in names] == [True] * 3
    assert [n.partition("/")[0] for n in names] == ["Ada", "Bo", "Cy"]
    assert not set('\\:*?"<>|') & set("".join(names))
    for name in names:
        assert facts(to / name)[0] == codec
        assert abs(facts(to / name)[1] - 8) < 0.3
    bo = to / names[1]
    assert facts(bo)[2]
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format_tags", "-of",
         "json", str(bo)], check=True, capture_output=True, text=True).stdout
    for text in ("Bus", "Al", "House", "XX0002600003", "%022d" % 2):
        assert text in shown
    assert bytes_of(shelf) == before
    assert [p.name for p in to.rglob(".*")] == []
    # Again: all is there, and nothing is touched.
    made = {n: (to / n).stat().st_ino for n in names}
    _, said, _ = convert(shelf, form)
    assert (said["converted"], said["there"]) == (0, 3)
    assert {n: (to / n).stat().st_ino for n in copies(to)} == made
    # What is gone is made anew, and only that.
    bo.unlink()
    _, said, _ = convert(shelf, form)
    assert (said["converted"], said["there"]) == (1, 2)


def test_a_list_is_flat_and_names_do_not_meet(shelf, songs):
    to, said, _ = convert(shelf, "mp3", "--playlist", URI)
    assert copies(to) == ["Bo - Bus.mp3", "Cy - Sea.mp3"]
    assert (said["files"], said["missing"]) == (2, 1)
    # On FAT "BO" is "bo".
    for name, artist in (("four.mp3", "BO"), ("five.mp3", "bo")):
        shutil.copy(songs["mp3-short"], shelf.library / name)
        tags = mutagen.File(shelf.library / name)
        tags.add_tags() if tags.tags is None else None
        tags.tags.add(mutagen.id3.TPE1(encoding=3, text=artist))
        tags.tags.add(mutagen.id3.TIT2(encoding=3, text="BUS"))
        tags.save()
    (shelf.library / "five.mp3").write_bytes(
        (shelf.library / "one.mp3").read_bytes())
    tags = mutagen.File(shelf.library / "five.mp3")
    tags.tags.add(mutagen.id3.TPE1(encoding=3, text="bo"))
    tags.tags.add(mutagen.id3.TIT2(encoding=3, text="bus"))
    tags.save()
    shelf.run("scan")
    to, said, _ = convert(shelf, "aac", to=shelf.top / "all")
    assert said["converted"] == said["files"] == len(copies(to)) == 5
    assert len({n.lower() for n in copies(to)}) == 5


def test_what_cannot_be_converted_is_said_and_the_rest_is_made(shelf):
    index = (shelf.library / "two.flac").read_bytes()
    (shelf.library / "two.flac").write_bytes(index[:300] + b"\0" * 900000)
    to, said, told = convert(shelf, "mp3", status=1)
    assert (said["converted"], said["failed"]) == (2, 1)
    assert "two.flac: not converted: " in told
    assert len(copies(to)) == 2 and [p.name for p in to.rglob(".*")] == []

    def refused(status, text, *words):
        r = shelf.run("export", *words, status=status)
        assert text in r.stderr

    refused(64, "--format aac, mp3, flac or aiff", "--to", "x")
    refused(64, "--format aac", "--to", "x", "--format", "ogg")
    refused(64, "--to DIR", "--format", "mp3")
    refused(64, "no -o", "--to", "x", "--format", "mp3", "-o", "y")
    refused(64, "no -o", "--to", "x", "--format", "mp3", "csv")
    refused(1, "/dev/null", "--to", "/dev/null/x", "--format", "mp3")


def test_killed_or_stopped_no_name_has_a_partial_file(shelf):
    """Killed as soon as ffmpeg works, at each file; the rest is made later."""
    to = shelf.top / "stick"
    work = to / ".likesync-convert"
    for how in (signal.SIGTERM, signal.SIGKILL):
        p = subprocess.Popen(
            shelf.command("export", "--to", str(to), "--format", "flac"),
            env=shelf.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while p.poll() is None and not (work.exists() and
                                        list(work.iterdir())):
            time.sleep(0.002)
        p.send_signal(how)
        p.communicate(timeout=60)
        if how == signal.SIGTERM:
            assert p.returncode == 75
        for name in copies(to):
            if not name.startswith("."):
                assert abs(facts(to / name)[1] - 8) < 0.3
    _, said, _ = convert(shelf, "flac", to=to)
    assert said["converted"] + said["there"] == 3
    assert len(copies(to)) == 3 and not work.exists()


def test_a_full_disk_ends_it_and_leaves_no_partial_file(shelf):
    small = shelf.top / "small"
    small.mkdir()
    r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none",
                        str(small)], capture_output=True)
    if r.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        (small / "ballast").write_bytes(b"\0" * 1500000)
        to, said, told = convert(shelf, "aiff", status=78, to=small)
        assert said["converted"] < 3 and "disk is full: make room" in told
        assert "min_free" not in told
        for name in copies(small):
            if name != "ballast":
                assert abs(facts(small / name)[1] - 8) < 0.3
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_one_name_that_cannot_be_made_does_not_stop_the_others(shelf, songs):
    """Long names that are told apart by a hash still fit; a file in the way of
    a folder costs the copies of that folder."""
    for name in ("four.mp3", "five.mp3"):
        shutil.copy(shelf.library / "one.mp3", shelf.library / name)
        tags = mutagen.File(shelf.library / name)
        tags.tags.add(mutagen.id3.TIT2(encoding=3, text="\u00e9" * 200))
        tags.save()
    shelf.run("scan")
    to = shelf.top / "stick"
    to.mkdir()
    (to / "Cy").write_text("in the way")
    _, said, told = convert(shelf, "mp3", to=to, status=1)
    assert (said["files"], said["converted"], said["failed"]) == (5, 4, 1)
    assert "three.m4a: not converted: " in told
    assert (to / "Cy").read_text() == "in the way"
    assert max(len(os.fsencode(n.split("/")[-1])) for n in copies(to)) <= 255


def test_copies_are_not_put_into_the_library(shelf):
    (shelf.top / "link").symlink_to(shelf.library)
    for to in (shelf.library, shelf.library / "sub", shelf.top / "link/sub"):
        _, _, told = convert(shelf, "mp3", to=to, status=1)
        assert "is in the library" in told
        assert list(shelf.library.rglob("*/*.mp3")) == []


def test_a_second_conversion_leaves_the_files_of_the_first_alone(shelf):
    work = shelf.top / "stick/.likesync-convert"
    work.mkdir(parents=True)
    (work / "1.mp3").write_text("half of it")
    fd = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        _, _, told = convert(shelf, "mp3", status=75, to=shelf.top / "stick")
        assert "another conversion works there" in told
        assert (work / "1.mp3").read_text() == "half of it"
    finally:
        os.close(fd)
