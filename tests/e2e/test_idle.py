# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that finds nothing new does nothing."""
import json
import shutil

import pytest

HEAD = "Track URI,Track Name,Artist Name(s),Duration (ms)\n"


def like(home, *rows):
    (home.top / "likes.csv").write_text(HEAD + "".join(
        "spotify:track:%022d,%s,%s,20000\n" % row for row in rows))


@pytest.fixture
def idle(home, songs):
    """Two files, one of which is liked, and a like that nobody has."""
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    shutil.copy(songs["mp3"], home.library / "Ada - Light.mp3")
    shutil.copy(songs["flac"], home.library / "Bo - Sun.flac")
    like(home, (1, "Light", "Ada"), (2, "Moon", "Cy"))
    for _ in range(3):
        home.sync()
    return home


def index_state(home):
    st = (home.state / "index/data.mdb").stat()
    return st.st_mtime_ns, st.st_size


def test_an_idle_run_writes_no_index_and_starts_no_worker(idle, monkeypatch):
    before, document = index_state(idle), idle.document.stat()
    monkeypatch.setenv("LIKESYNC_WORKER", "/nonexistent")
    r = idle.sync()
    assert (r["liked"], r["in_library"], r["backlog"]) == (2, 1, 0)
    assert index_state(idle) == before
    assert idle.document.stat() == document


def test_an_idle_run_keeps_what_it_knows_of_the_files(idle):
    (idle.library / "broken.mp3").write_bytes(b"no audio" * 99)
    idle.sync()
    for _ in range(2):
        r = idle.sync()
        health = json.loads((idle.state / "keep/runs.jsonl").read_text()
                            .splitlines()[-1])["health"]
        assert health["problems"] == {"not-audio": 1}
        assert r["backlog"] == 0


def test_after_an_idle_run_changes_are_seen(idle, songs):
    """Of the list, of the library, and of the document."""
    like(idle, (1, "Light", "Ada"), (3, "Sun", "Bo"))
    r = idle.sync()
    assert (r["new_likes"], r["unliked"], r["in_library"]) == (1, 1, 2)
    assert {e.get("spotifyId") for e in idle.entries()} == {
        "%022d" % 1, "%022d" % 3}
    shutil.copy(songs["m4a"], idle.library / "new.m4a")
    assert idle.sync()["analyzed"] == 1
    assert len(idle.entries()) == 3
    (idle.library / "new.m4a").unlink()
    idle.sync()
    assert len(idle.entries()) == 2
    idle.sync()
    document = json.loads(idle.document.read_text())
    del document["tracks"][0]
    idle.document.write_text(json.dumps(document))
    idle.sync()
    assert len(idle.entries()) == 2


def test_a_list_is_read_again_after_likes_came_by_api(idle, service):
    service.likes = []
    csv = idle.top / "likes.csv"
    idle.config(sources="inbox")
    idle.authorize()
    assert idle.sync()["liked"] == 0
    idle.config(sources="inbox", liked=str(csv))
    assert idle.sync()["liked"] == 2


def test_a_rejection_is_noticed_by_the_next_run(idle):
    idle.run("reject", "Light", str(idle.library / "Ada - Light.mp3"))
    r = idle.sync()
    assert r["in_library"] == 0
