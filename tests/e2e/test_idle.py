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
    return [(st.st_mtime_ns, st.st_size, st.st_ino) for st in (
        (home.state / "index/data.mdb").stat(),
        (home.state / "source-inbox.json").stat())]


def test_an_idle_run_writes_neither_index_nor_cache_and_starts_no_worker(idle, monkeypatch):
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


def described(home):
    """What the document says of each file, by its name."""
    return {e["fileName"]: (e["artist"], e["title"], e.get("spotifyId"),
                            e.get("isrc"), e["bpm"]) for e in home.entries()}


def health(home):
    return json.loads((home.state / "keep/runs.jsonl").read_text()
                      .splitlines()[-1])["health"]


def test_what_changed_is_published_as_if_all_files_were_looked_at(idle, songs):
    """A new link, a new file, another link, a file that is no audio, and two
    that were removed, a run each; then the same in a new index."""
    (idle.library / "not.mp3").write_bytes(b"no audio" * 99)
    idle.sync()
    like(idle, (1, "Light", "Ada"), (2, "Moon", "Cy"), (3, "Sun", "Bo"))
    idle.sync()
    assert described(idle)["Bo - Sun.flac"][2] == "%022d" % 3
    shutil.copy(songs["m4a"], idle.library / "Di - Rain.m4a")
    assert idle.sync()["analyzed"] == 1
    assert health(idle)["problems"] == {"not-audio": 1}
    like(idle, (1, "Light", "Ada"), (3, "Sun", "Bo"), (5, "Rain", "Di"))
    idle.sync()
    assert described(idle)["Di - Rain.m4a"][2] == "%022d" % 5
    shutil.copy(songs["m4a"], idle.library / "broken.mp3")
    (idle.library / "broken.mp3").write_bytes(b"no audio" * 98)
    idle.sync()
    assert health(idle)["problems"] == {"not-audio": 2}
    (idle.library / "not.mp3").unlink()
    (idle.library / "Ada - Light.mp3").unlink()
    idle.sync()
    assert health(idle)["problems"] == {"not-audio": 1}
    by_changes, counted = described(idle), health(idle)
    shutil.rmtree(idle.state / "index")
    idle.document.unlink()
    idle.sync()
    assert (described(idle), health(idle)) == (by_changes, counted)


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
