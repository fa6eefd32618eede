# SPDX-License-Identifier: GPL-3.0-or-later
"""`liked = FILE`: what a run reads doctor reads, and what a run refuses doctor
refuses with the same words."""
import json

import pytest

HEADER = "Track URI,Track Name,Artist Name(s)\r\n"
ROW = "spotify:track:3eSyMBd7ERw68NVB3jlRmW,J\u00f3ga,Bj\u00f6rk\r\n"
TABLE = HEADER + ROW
READ = {
    "commas": TABLE.encode(),
    "semicolons": TABLE.replace(",", ";").encode(),
    "tabs": TABLE.replace(",", "\t").encode(),
    "UTF-16": TABLE.replace(",", "\t").encode("utf-16"),
    "UTF-16, big-endian": b"\xfe\xff" + TABLE.encode("utf-16-be"),
    "Windows-1252": TABLE.replace(",", ";").encode("cp1252"),
}
REFUSED = {
    "nothing": b"",
    "half a character": b"\xff\xfe" + TABLE.encode("utf-16-le")[:-1],
    "no mark": TABLE.encode("utf-16-le"),
    "two encodings": (HEADER + ROW.strip()).encode() + b" \xf6\r\n",
    "bars": TABLE.replace(",", "|").encode(),
    "other columns": b"a,b,c\r\n1,2,3\r\n",
    "HTML": b"<!DOCTYPE html><html>Log in</html>",
}


def put(home, data):
    (home.top / "likes.csv").write_bytes(data)
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))


def finding(home, status):
    r = home.run("doctor", "--json", status=status)
    return next(f for f in json.loads(r.stdout)["findings"]
                if f["check"] == "likes")


@pytest.mark.parametrize("kind", READ)
def test_a_list_is_read_by_a_run_and_by_doctor(home, kind):
    put(home, READ[kind])
    found = finding(home, 0)
    assert found["health"] == "ok" and found["text"].endswith(
        "likes.csv: 1 track")
    assert home.sync()["liked"] == 1
    track = json.loads(home.run("missing", "--json").stdout)["missing"][0]
    assert track["track"]["title"] == "J\u00f3ga"
    assert track["track"]["artists"] == ["Bj\u00f6rk"]


@pytest.mark.parametrize("kind", REFUSED)
def test_a_list_is_refused_by_a_run_and_by_doctor_alike(home, kind):
    put(home, REFUSED[kind])
    found = finding(home, 1)
    assert found["health"] == "broken" and "likes.csv: " in found["text"]
    run = home.sync(status=78)
    assert run["why"] == found["text"]


def test_a_list_that_became_unreadable_unlikes_nothing(home):
    put(home, READ["commas"])
    home.sync()
    put(home, REFUSED["no mark"])
    home.sync(status=78)
    assert len(json.loads(home.run(
        "missing", "--json").stdout)["missing"]) == 1
