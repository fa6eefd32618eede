# SPDX-License-Identifier: GPL-3.0-or-later
"""The analysis document, which others write too."""
import json
import os
import shutil
import subprocess
import threading
import time


def put(home, songs, name="Ada - Light.mp3"):
    shutil.copy(songs["mp3"], home.library / name)
    home.config(liked=str(home.top / "liked.m3u"), sources="inbox")
    (home.top / "liked.m3u").write_text("#EXTM3U\n")


def test_what_is_theirs_survives_byte_for_byte(home, songs):
    put(home, songs)
    theirs = ('{ "id":"x", "filePath": "/nowhere/\\udce9.mp3",\t"odd":[1.50,'
              '{"b":null}], "bpm":121.5,"analyzerVersion":"other/1" }')
    home.document.write_text('{"machine" : "m\\u00e9", "totalFiles": 1,\n'
                             '"tracks" : [\n  %s\n]  }' % theirs)
    os.chmod(home.document, 0o664)
    home.sync()
    text = home.document.read_text()
    assert theirs in text and '"machine" : "m\\u00e9"' in text
    assert '"totalFiles": 2' in text and len(home.entries()) == 2
    assert home.document.stat().st_mode & 0o777 == 0o664


def test_mixed_in_key_is_untouched_and_others_are_filled(home, songs):
    put(home, songs, "a.mp3")
    shutil.copy(songs["flac"], home.library / "b.flac")
    mik = {"id": "1", "filePath": str(home.library / "a.mp3"),
           "bpmConfidence": 1, "bpm": 99, "key": "Unknown"}
    old = {"id": "2", "filePath": str(home.library / "b.flac"), "bpm": 0,
           "key": "Unknown", "energy": 5, "mine": [1]}
    home.document.write_text(json.dumps({"tracks": [mik, old]}))
    home.sync()
    first, second = home.entries()
    assert first == mik
    assert abs(second["bpm"] - 140) < 2.8 and second["mine"] == [1]
    assert "analyzerVersion" not in second


def test_a_broken_document_is_left_alone(home, songs):
    put(home, songs)
    home.sync()
    whole = home.document.read_bytes()
    home.document.write_bytes(whole[:len(whole) // 2])
    r = home.run("sync", status=1)
    assert "last good" in r.stderr
    assert home.document.read_bytes() == whole[:len(whole) // 2]
    assert (home.state / "document.last-good").read_bytes() == whole


def test_entries_of_ours_that_went_missing_come_back(home, songs):
    put(home, songs)
    home.sync()
    home.document.write_text('{"tracks":[]}')
    home.sync()
    assert len(home.entries()) == 1


def test_a_write_under_way_is_waited_for(home, songs):
    put(home, songs)
    theirs = {"tracks": [{"id": "t%d" % n, "filePath": "/x/%d.mp3" % n}
                         for n in range(100)]}
    home.document.write_text(json.dumps(theirs))
    home.sync()
    whole = home.document.read_text()
    (home.library / "Else - More.flac").write_bytes(
        songs["flac"].read_bytes())
    home.document.write_text(whole[:len(whole) // 2])
    p = subprocess.Popen(home.command("sync"), env=home.env(),
                         stderr=subprocess.DEVNULL)
    time.sleep(1)  # the other program's own slowness, not a wait for ours
    home.document.write_text(whole)
    assert p.wait(60) == 0
    assert {e["id"] for e in home.entries()} >= {
        e["id"] for e in theirs["tracks"]}
    assert "More" in {e["title"] for e in home.entries() if "title" in e}


def test_no_entry_of_a_busy_writer_is_lost(home, songs):
    """Another program reads, adds an entry, and replaces the document, as
    fast as it can, while runs add theirs."""
    home.document.write_text(json.dumps({"tracks": []}))
    put(home, songs)
    done, written = threading.Event(), []

    def write():
        while not done.is_set():
            try:
                document = json.loads(home.document.read_text())
            except ValueError:
                continue
            entry = "w%d" % len(written)
            document["tracks"].append({"id": entry, "filePath": "/" + entry})
            beside = home.document.with_suffix(".other")
            beside.write_text(json.dumps(document))
            beside.rename(home.document)
            written.append(entry)

    writer = threading.Thread(target=write)
    writer.start()
    for n in range(8):
        shutil.copy(songs["flac"], home.library / ("X - Song %d.flac" % n))
        subprocess.run(home.command("sync"), env=home.env(), timeout=120,
                       stderr=subprocess.DEVNULL)
    done.set()
    writer.join()
    home.sync()
    ids = [e["id"] for e in home.entries()]
    kept = list(home.library.glob("*.kept-*"))
    lost = set(written) - set(ids)
    for path in kept:
        lost -= {e["id"] for e in json.loads(path.read_text())["tracks"]}
    assert not lost and len(ids) == len(set(ids)) and len(written) > 20
    assert sum(i.startswith("track_") for i in ids) == 9


def test_a_lost_index_learns_from_the_document(home, songs):
    put(home, songs)
    for name in ("b", "c", "d"):
        shutil.copy(songs["flac"], home.library / (name + ".flac"))
        with open(home.library / (name + ".flac"), "ab") as f:
            f.write(name.encode() * ord(name))  # no two are of one size
    assert home.sync()["analyzed"] == 2  # three of them sound alike
    before = home.entries()
    shutil.rmtree(home.state / "index")
    os.utime(home.library / "Ada - Light.mp3", (time.time() + 9000,) * 2)
    assert home.sync()["analyzed"] == 1
    after = home.entries()
    assert [e["id"] for e in after] == [e["id"] for e in before]
    assert all(a == b for a, b in zip(after, before)
               if a["fileName"] != "Ada - Light.mp3")
    shutil.rmtree(home.state / "index")
    os.utime(home.library / "Ada - Light.mp3", (1, 1))
    assert home.sync()["analyzed"] == 0
    assert home.entries() == after
