# SPDX-License-Identifier: GPL-3.0-or-later
"""What DJ programs leave in a file wins; what hostile ones leave there does no
harm. Tags are written by mutagen, one format each."""
import base64
import json
import struct

import mutagen
import pytest
from mutagen import aiff, flac, id3, mp3, mp4, oggopus, wave

GRID = (b"\x01\x00" + struct.pack(">Iff", 1, 0.305, 115.0) + b"\x37")
AUTOTAGS = b"\x01\x01" + b"115.00\x00-3.257\x000.000\x00"
ENVELOPE = base64.b64encode(
    b"application/octet-stream\x00\x00Serato BeatGrid\x00" + GRID
).rstrip(b"=")


def frames(*list):
    def tag(path, opener):
        f = opener(path)
        if f.tags is None:
            f.add_tags()
        for frame in list:
            f.tags.add(frame)
        f.save()
    return tag


def comments(**values):
    def tag(path, opener):
        f = opener(path)
        for name, value in values.items():
            f[name] = value
        f.save()
    return tag


def atoms(**values):
    def tag(path, opener):
        f = opener(path)
        for name, value in values.items():
            if name == "tmpo":
                f["tmpo"] = [value]
                continue
            domain, name = name.split("_", 1)
            domain = {"apple": "com.apple.iTunes",
                      "serato": "com.serato.dj"}[domain]
            f["----:%s:%s" % (domain, name)] = [mp4.MP4FreeForm(value)]
        f.save()
    return tag


def text(name, value):
    return getattr(id3, name)(encoding=3, text=[value])


def geob(name, data):
    return id3.GEOB(encoding=0, mime="application/octet-stream",
                    filename="", desc=name, data=data)


MIXED_IN_KEY = frames(
    text("TKEY", "9A"), text("TBPM", "127.5"),
    id3.COMM(encoding=3, lang="eng", desc="", text=["9A - Energy 7"]))
SERATO = frames(geob("Serato Autotags", AUTOTAGS), text("TKEY", "Em"))
GRID_ONLY = frames(geob("Serato BeatGrid", GRID))

# name, its opener, what tags it, and what is then to be read
TAGGED = {
    "mik.mp3": (mp3.MP3, MIXED_IN_KEY, (127.5, "9A", 7)),
    "mik.aiff": (aiff.AIFF, MIXED_IN_KEY, (127.5, "9A", 7)),
    "mik.wav": (wave.WAVE, MIXED_IN_KEY, (127.5, "9A", 7)),
    "mik.m4a": (mp4.MP4, atoms(tmpo=128, apple_initialkey=b"9A",
                               apple_EnergyLevel=b"7"), (128, "9A", 7)),
    "mik.flac": (flac.FLAC, comments(BPM="127.5", INITIALKEY="9A",
                                     ENERGYLEVEL="7"), (127.5, "9A", 7)),
    "mik.opus": (oggopus.OggOpus, comments(
        bpm="127.5", initialkey="9A", comment="9A - Energy 7"),
        (127.5, "9A", 7)),
    "serato.mp3": (mp3.MP3, SERATO, (115, "9A", None)),
    "serato.aiff": (aiff.AIFF, SERATO, (115, "9A", None)),
    "serato.wav": (wave.WAVE, SERATO, (115, "9A", None)),
    "grid.mp3": (mp3.MP3, GRID_ONLY, (115, None, None)),
    "serato.flac": (flac.FLAC, comments(SERATO_BEATGRID=ENVELOPE.decode()),
                    (115, None, None)),
    "serato.m4a": (mp4.MP4, atoms(serato_beatgrid=ENVELOPE),
                   (115, None, None)),
    "traktor.mp3": (mp3.MP3, frames(
        text("TKEY", "2m"), text("TBPM", "127.999997"),
        id3.PRIV(owner="TRAKTOR4", data=b"RTRT" + bytes(500))),
        (128, "9A", None)),
    "rekordbox.mp3": (mp3.MP3, frames(text("TKEY", "Em"),
                                      text("TBPM", "128.00")),
                      (128, "9A", None)),
}


@pytest.fixture(scope="module")
def formats(tmp_path_factory):
    """The same eight seconds in each format, without a tag."""
    import music
    top = tmp_path_factory.mktemp("formats")
    return {ending: music.make(top / ("x." + ending), 100, 220.0, 8)
            for ending in ("mp3", "aiff", "wav", "m4a", "flac", "opus")}


def copy(formats, path):
    path.write_bytes(formats[path.suffix[1:]].read_bytes())
    return path


def analyze(home, *paths):
    r = home.run("analyze", "--json", *map(str, paths))
    return {e["fileName"]: e for e in map(json.loads, r.stdout.splitlines())}


def test_dj_programs_are_believed_in_every_format(home, formats, tmp_path):
    paths = []
    for name, (opener, tag, _) in TAGGED.items():
        paths.append(copy(formats, tmp_path / name))
        tag(paths[-1], opener)
    found = analyze(home, *paths)
    for name, (_, _, (bpm, key, energy)) in TAGGED.items():
        e = found[name]
        assert (name, e["bpm"], e["bpmConfidence"]) == (name, bpm, 1)
        assert key is None or (name, e["camelotKey"]) == (name, key)
        assert energy is None or (name, e["energy"]) == (name, energy)
        assert e["reason"] is None


def test_a_comment_of_10_mb_is_read_and_cut(home, formats, tmp_path):
    path = copy(formats, tmp_path / "long.mp3")
    frames(text("TIT2", "x" * 3000000), text("TBPM", "9" * 100000),
           id3.COMM(encoding=3, lang="eng", desc="",
                    text=["a" * 10000000 + " Energy 7"]))(path, mp3.MP3)
    e = analyze(home, path)["long.mp3"]
    assert e["reason"] is None and len(e["title"]) == 1024
    assert e["bpmConfidence"] < 1 and abs(e["duration"] - 8) < 0.2


def id3_tag(body, declared=None):
    """An ID3v2.3 tag around these bytes, by another size if declared."""
    size = len(body) if declared is None else declared
    return b"ID3\x03\x00\x00" + bytes(
        size >> shift & 0x7f for shift in (21, 14, 7, 0)) + body


def frame(name, body, declared=None):
    return name + struct.pack(">I", len(body) if declared is None
                              else declared) + b"\x00\x00" + body


HOSTILE = {
    # Text that is no UTF-8, by a frame that says it is.
    "utf8.mp3": id3_tag(frame(b"TIT2", b"\x03caf\xe9 \xff\xc3")),
    # Frames that are longer than the tag, and than the file.
    "frame.mp3": id3_tag(frame(b"TIT2", b"\x03abc", 0x7fffffff)),
    "object.mp3": id3_tag(frame(b"GEOB", b"\x00x\x00\x00Serato Autotags\x00",
                                0x00ffffff) + bytes(100)),
    # An object that ends within its own names.
    "short.mp3": id3_tag(frame(b"GEOB", b"\x01a/b") + bytes(20)),
    "many.mp3": id3_tag(frame(b"TXXX", b"\x03a\x00b") * 20000),
    # Half a UTF-16 character, and control characters.
    "utf16.mp3": id3_tag(frame(b"TPE1", b"\x01\xff\xfe\x3d\xd8\x07\x00")),
}


def test_hostile_tags_do_no_harm(home, formats, tmp_path):
    import music
    bare = music.make(tmp_path / "bare.mp3", 100, 220.0, 8,
                      args=("-id3v2_version", "0", "-write_xing", "0"))
    for name, tag in HOSTILE.items():
        (tmp_path / name).write_bytes(tag + bare.read_bytes())
    found = analyze(home, *(tmp_path / name for name in HOSTILE))
    for name in HOSTILE:
        e = found[name]
        assert (name, e["reason"]) == (name, None)
        assert abs(e["duration"] - 8) < 0.3
        json.dumps(e).encode()      # no half characters
    assert found["utf8.mp3"]["title"].startswith("café")


def test_artist_title_album_genre_and_isrc_reach_the_document(home, formats):
    path = copy(formats, home.library / "x.flac")
    comments(ARTIST="Ada", TITLE="Light", ALBUM="Album", GENRE="House",
             DATE="2014-05-23", ISRC="gb-ayk-97-00012")(path, flac.FLAC)
    home.config(liked=str(home.top / "none.csv"), sources="inbox")
    (home.top / "none.csv").touch()
    home.run("scan")
    e = home.entries()[0]
    assert (e["artist"], e["title"], e["genre"], e["isrc"]) == \
        ("Ada", "Light", "House", "GBAYK9700012")
    tagged = mutagen.File(path)
    tagged["GENRE"] = "Techno"
    tagged.save()
    home.run("scan")
    assert home.entries()[0]["genre"] == "Techno"
