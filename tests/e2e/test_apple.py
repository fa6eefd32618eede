# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple Music's library as what is wanted: by a run, by doctor, by playlist."""
import json
import shutil

import pytest
from conftest import HERE

LIBRARY = HERE.parent / "unit/data/export/apple-library.xml"


def use(home, path, which=""):
    home.config(sources="inbox", liked="%s%s" % (
        path, "\nliked_list = %s" % which if which else ""))


def likes(home, status=None):
    r = home.run("doctor", "--json", status=status)
    return next(f for f in json.loads(r.stdout)["findings"]
                if f["check"] == "likes")


def test_loved_tracks_are_fetched_and_doctor_reads_what_a_run_reads(home,
                                                                   songs):
    use(home, LIBRARY)
    assert "2 tracks" in likes(home)["text"]
    shutil.copy(songs["m4a"], home.inbox / "Ada - Light.m4a")
    s = home.sync()
    assert (s["fetched"], s["liked"]) == (1, 2)
    assert home.files() == ["Ada - Light.m4a"]
    # Another choice is read although the file is the same one.
    use(home, LIBRARY, "Road")
    assert home.sync()["liked"] == 2
    missing = json.loads(home.run("missing", "--json").stdout)["missing"]
    assert [t["track"]["title"] for t in missing] == ["Rain"]


@pytest.mark.parametrize("text, which, reason", [
    (b"<?xml version='1.0'?><plist><dict>", "", "is cut short"),
    (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><plist/>", "",
     "declares entities"),
    (b"PK\x03\x04broken", "", "damaged"),
    (LIBRARY.read_bytes(), "Rood", 'no playlist "Rood"')],
    ids=["cut", "entities", "archive", "name"])
def test_a_bad_file_is_refused_by_doctor_and_run_alike(home, text, which,
                                                       reason):
    path = home.top / "Library.xml"
    path.write_bytes(text)
    use(home, path, which)
    finding = likes(home, 1)
    assert reason in finding["text"]
    assert finding["text"] in home.run("sync", status=78).stderr
    # Nothing counts as unliked.
    path.write_bytes(LIBRARY.read_bytes())
    use(home, path)
    assert home.sync()["liked"] == 2


def test_a_playlist_of_the_library_is_a_list_like_any_other(home):
    use(home, LIBRARY)
    r = json.loads(home.run("playlist", "--json", "--name", "Road",
                            str(LIBRARY)).stdout)
    assert r["playlist"]["name"] == "Road"
    assert [t["name"] for t in r["missingTracks"]] == ["Rain", "Light"]
    for link in ("https://music.apple.com/us/playlist/road/pl.u-1",
                 "music.apple.com/gb/album/sun/123?i=4"):
        r = home.run("playlist", link, status=64)
        assert "a link of Apple Music" in r.stderr
        assert "Library.xml" in r.stderr
