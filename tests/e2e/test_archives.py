# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives and names that were made to do harm."""
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import zipfile

import pytest

BIG = 100 << 20         # over the size from which packing well is suspicious


def zip_of(path, *members, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as z:
        for name, data in members:
            z.writestr(name, data)


def tar_of(path, *members, packing="xz", link=None):
    with tarfile.open(path, "w:" + packing) as t:
        if link:
            info = tarfile.TarInfo(link[0])
            info.type, info.linkname = tarfile.SYMTYPE, link[1]
            t.addfile(info)
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def climbs(path, song):
    names = ("../../../Bo - Climbs.m4a", "/tmp/likesync-climbs.m4a",
             "a/../../../../Bo - Climbs.m4a", "..\\..\\Bo - Climbs.m4a")
    zip_of(path.with_suffix(".zip"), *((name, song) for name in names))


def follows_a_link(path, song):
    tar_of(path.with_suffix(".tar.xz"), ("out/Bo - Link.m4a", song),
           link=("out", str(path.parent.parent)))


def links_to_a_secret(path, song):
    tar_of(path.with_suffix(".tar.xz"),
           link=("Bo - Secret.m4a", "/etc/passwd"))


def is_a_bomb(path, song):
    zip_of(path.with_suffix(".zip"), ("Bo - Bomb.m4a", bytes(BIG)),
           packing=zipfile.ZIP_BZIP2)


def is_a_bomb_beside_the_music(path, song):
    tar_of(path.with_suffix(".tar.xz"), ("notes.txt", bytes(BIG)),
           ("Bo - Beside.m4a", song))


def is_a_bomb_by_number(path, song):
    zip_of(path.with_suffix(".zip"), *(("%d" % i, b"") for i in
                                       range(100000)), ("Bo - N.m4a", song))


def is_nested(path, song):
    inner = io.BytesIO()
    zip_of(inner, ("Bo - Nested.m4a", song))
    zip_of(path.with_suffix(".zip"), ("Bo - Inner.zip", inner.getvalue()),
           ("Bo - Inner.m4a", inner.getvalue()))


def is_encrypted(path, song):
    (path.parent / "Bo - Locked.m4a").write_bytes(song)
    subprocess.run(["zip", "-q", "-m", "-P", "secret", path.with_suffix(
        ".zip"), "Bo - Locked.m4a"], cwd=path.parent, check=True)


def is_cut(path, song):
    zip_of(path.with_suffix(".zip"), ("Bo - Cut.m4a", song))
    data = path.with_suffix(".zip").read_bytes()
    path.with_suffix(".zip").write_bytes(data[:len(data) // 2])


def wants_a_program(path, song):
    """libarchive would have lrzip unpack what begins so."""
    path.with_suffix(".tar").write_bytes(b"LRZI\0\6" + bytes(1000))


# What is said of it; None: nothing, for what can be had of it is.
HOSTILE = {
    climbs: None, follows_a_link: None, links_to_a_secret: None,
    is_a_bomb: "unpacks to far more than music can",
    is_a_bomb_beside_the_music: "unpacks to far more than music can",
    is_a_bomb_by_number: "has over 10000 members",
    is_nested: "unsupported audio format", is_encrypted: "is encrypted",
    is_cut: "can't be read as an archive",
    wants_a_program: "can't be read as an archive",
}


def tree(top):
    return sorted(p for p in top.rglob("*") if p.is_file())


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_an_archive_that(make, home, songs, monkeypatch):
    lrzip = home.top / "bin/lrzip"
    lrzip.parent.mkdir()
    lrzip.write_text("#!/bin/sh\ntouch %s/started\n" % home.top)
    lrzip.chmod(0o755)
    monkeypatch.setenv("PATH", "%s:%s" % (lrzip.parent, os.environ["PATH"]))
    (home.top / "likes.csv").write_text(
        "Track Name,Artist Name(s),Duration (ms)\nLight,Ada,20000\n")
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    make(home.inbox / "hostile", songs["m4a"].read_bytes())
    shutil.copy(songs["m4a"], home.inbox / "Ada - Light.m4a")
    before = tree(home.top)
    r = home.run("sync", "--json")
    assert json.loads(r.stdout)["fetched"] == 1, r.stderr
    assert home.files() == ["Ada - Light.m4a"]
    new = [p for p in tree(home.top) if p not in before and
           home.state not in p.parents and home.library not in p.parents]
    assert set(new) <= {home.prom}
    assert not list((home.state / "tmp").iterdir())
    assert not pathlib.Path("/tmp/likesync-climbs.m4a").exists()
    said = [line for line in r.stderr.splitlines() if "running as root" not in line]
    if HOSTILE[make] is None:
        assert not any("hostile" in line for line in said), said
    else:
        assert any(HOSTILE[make] in line for line in said), said


NAMES = [b"new\nline.m4a", b"-rf.m4a", b"--help.m4a", b"bad\xff\xfeutf8.m4a",
         b"x" * 251 + b".m4a", b"$(touch x);`id`.m4a", b"%s%n.m4a",
         b"quote\".m4a", b"esc\x1b[31m.m4a"]


def test_names_are_bytes_and_no_more(home, songs):
    """Files of any name are read, told in one line, and left as they are."""
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\n")
    library = os.fsencode(home.library)
    song = songs["brief"].read_bytes()
    for i, name in enumerate(NAMES):
        with open(os.path.join(library, name), "wb") as f:
            f.write(song + bytes(i))
    home.run("scan")
    assert sorted(os.listdir(library)) == sorted(
        NAMES + [os.fsencode(home.document.name)])
    assert len(home.entries()) == len(NAMES)
    assert all(e["duration"] > 0 for e in home.entries())
    for words in (("missing",), ("status", "--problems"), ("doctor",)):
        r = home.run(*words, status=None)
        assert "\x1b" not in r.stdout + r.stderr


def test_a_leading_dash_is_a_name_after_two_of_them(home, songs):
    shutil.copy(songs["brief"], home.top / "-rf.m4a")
    r = subprocess.run(home.command("analyze", "--json", "--", "-rf.m4a"),
                       cwd=home.top, env=home.env(), capture_output=True,
                       text=True, timeout=120)
    assert r.returncode == 0, r.stderr
    assert json.loads(r.stdout)["duration"] > 0


def unreadable(home):
    return json.loads(home.run("missing", "--json").stdout)["unreadable"]


def test_a_cut_archive_is_remembered_until_it_is_whole(home, songs):
    """However often it is looked at, in doctor and in missing. Its directory
    is at its end, so nothing of it is offered."""
    zip_of(home.inbox / "album.zip",
           ("Ada - Light.m4a", songs["m4a"].read_bytes()),
           ("Bo - Bus.m4a", songs["other"].read_bytes()))
    whole = (home.inbox / "album.zip").read_bytes()
    (home.top / "likes.csv").write_text(
        "Track Name,Artist Name(s)\nLight,Ada\nBus,Bo\n")
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    assert unreadable(home) == []
    (home.inbox / "album.zip").write_bytes(whole[:-len(whole) // 4])
    for n in range(2):
        home.sync()
        found = unreadable(home)
        assert [(f["source"], f["path"]) for f in found] == [
            ("inbox", str(home.inbox / "album.zip"))]
        assert found[0]["error"].startswith(str(home.inbox / "album.zip: "))
        assert found[0]["error"].endswith("download or copy it again")
        assert "inbox: " + found[0]["error"] in home.run("missing").stdout
        findings = json.loads(home.run("doctor", "--json").stdout)["findings"]
        assert {"check": "inbox", "health": "warning",
                "text": found[0]["error"]} in findings
        assert home.files() == []
    (home.inbox / "album.zip").write_bytes(whole)
    assert unreadable(home) == []
    home.sync()
    assert home.files() == ["Ada - Light.m4a", "Bo - Bus.m4a"]
    assert unreadable(home) == []
    assert "again" not in home.run("doctor").stdout


def test_a_cut_archive_that_is_taken_away_is_forgotten(home, songs):
    zip_of(home.inbox / "album.zip", ("x.m4a", songs["m4a"].read_bytes()))
    data = (home.inbox / "album.zip").read_bytes()
    (home.inbox / "album.zip").write_bytes(data[:1000])
    (home.inbox / "broken.mp3").write_bytes(b"\xff\xfb" + b"no music" * 99)
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\na,b\n")
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    home.sync()
    assert sorted(f["path"] for f in unreadable(home)) == [
        str(home.inbox / "album.zip"), str(home.inbox / "broken.mp3")]
    (home.inbox / "album.zip").unlink()
    assert [f["path"] for f in unreadable(home)] == [
        str(home.inbox / "broken.mp3")]
    (home.inbox / "broken.mp3").unlink()
    home.sync()
    assert unreadable(home) == []
