# SPDX-License-Identifier: GPL-3.0-or-later
"""[analysis] write_tags: tempo, key and energy as tags, in files that likesync
fetched itself and in no others. Tags are read by mutagen, audio by ffmpeg."""
import json
import os
import shutil
import subprocess

import mutagen
import pytest
from faults import needs_shim, read_log
from spotify import row

BO, DI, EX = "Bo - Bus.mp3", "Di - Dusk.flac", "Ada - Light.m4a"


def audio(path):
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-c",
         "copy", "-f", "md5", "-"], check=True, capture_output=True,
        text=True).stdout


def analysis_of(path):
    """(tempo, key, energy) as the file's tags say; None for none."""
    t = mutagen.File(path).tags
    if path.suffix == ".mp3":
        found = [t.get("TBPM"), t.get("TKEY"), t.get("TXXX:EnergyLevel")]
        found = [f and str(f.text[0]) for f in found]
    elif path.suffix == ".m4a":
        at = "----:com.apple.iTunes:"
        found = [t.get("tmpo"), t.get(at + "initialkey"),
                 t.get(at + "EnergyLevel")]
        found = [f and (f[0].decode() if isinstance(f[0], bytes) else
                        str(f[0])) for f in found]
    else:
        found = [t.get(n, [None])[0]
                 for n in ("BPM", "INITIALKEY", "ENERGYLEVEL")]
    return tuple(found)


def configured(home, notation, **more):
    home.config(more="[analysis]\nwrite_tags = " + notation, **more)


@pytest.fixture
def shelf(home, service, songs):
    """A library with a file of the user, and three that were fetched."""
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus"),
                     row(3, "Di", "Dusk"), row(4, "Cy", "Sea")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    shutil.copy(songs["mp3"], home.inbox / BO)
    shutil.copy(songs["flac"], home.inbox / DI)
    shutil.copy(songs["other"], home.library / "Cy - Sea.m4a")
    home.authorize()
    home.sync()
    home.placed = {p.suffix + p.stem[:2]: p for p in home.library.rglob("*")
                   if p.suffix in (".mp3", ".flac", ".m4a")}
    home.mine = home.library / "Cy - Sea.m4a"
    home.fetched = [p for p in home.placed.values() if p != home.mine]
    assert len(home.fetched) == 3
    return home


def state_of(paths):
    return {p: (p.stat().st_ino, p.stat().st_mtime_ns, p.read_bytes())
            for p in paths}


def test_what_was_fetched_gets_its_analysis_and_nothing_else_changes(shelf):
    mine, sound = state_of([shelf.mine]), {p: audio(p) for p in shelf.fetched}
    before = {e["fileName"]: e for e in shelf.entries()}
    modes = {p: p.stat().st_mode for p in shelf.fetched}
    configured(shelf, "camelot")
    shelf.sync()
    for p in shelf.fetched:
        e = before[p.name]
        bpm, key, energy = analysis_of(p)
        assert abs(float(bpm) - e["bpm"]) < (.51 if p.suffix == ".m4a"
                                             else .006)
        assert (key, int(energy)) == (e.get("camelotKey"), e["energy"])
        assert audio(p) == sound[p] and p.stat().st_mode == modes[p]
        assert mutagen.File(p, easy=True)["title"]
    assert state_of([shelf.mine]) == mine
    # These are no word of the user: the document is as it was.
    after = {e["fileName"]: e for e in shelf.entries()}
    for e in [*before.values(), *after.values()]:
        e.pop("fileSize")
    assert after == before
    assert [p for p in shelf.library.rglob(".*") if p.is_file()] == []
    # Nothing is left to do, nothing is new, and nothing is opened again.
    done = state_of(shelf.fetched)
    r = json.loads(shelf.run("scan", "--json").stdout)
    assert r["analyzed"] == 0
    shutil.copy(shelf.songs["flac-short"], shelf.library / "Ed - New.flac")
    assert shelf.sync()["analyzed"] == 1
    assert state_of(shelf.fetched) == done
    # With another notation the keys are written anew, and only they.
    configured(shelf, "musical")
    shelf.sync()
    for p in shelf.fetched:
        tonic, _, mode = before[p.name]["key"].partition(" ")
        assert analysis_of(p)[1] == (
            None if tonic == "Unknown" else
            tonic + ("m" if mode == "minor" else ""))
        assert audio(p) == sound[p]
    configured(shelf, "no")
    done = state_of(shelf.fetched)
    shelf.sync()
    assert state_of(shelf.fetched) == done


def test_tags_of_the_user_stay_and_so_do_files_with_a_second_name(shelf):
    by = {p.suffix: p for p in shelf.fetched}
    tags = mutagen.File(by[".flac"])
    tags["BPM"], tags["INITIALKEY"] = "99", "5A"
    tags.save()
    os.link(by[".mp3"], shelf.top / "mine.mp3")
    linked = state_of([by[".mp3"]])
    shutil.copy(by[".m4a"], shelf.library / "copy of it.m4a")
    copy = state_of([shelf.library / "copy of it.m4a"])
    configured(shelf, "open_key")
    r = shelf.run("sync")
    bpm, key, energy = analysis_of(by[".flac"])
    assert (bpm, key) == ("99", "5A") and energy is not None
    assert state_of([by[".mp3"]]) == linked and "hard link" in r.stderr
    assert analysis_of(by[".m4a"])[0] is not None
    assert state_of(copy) == copy
    # What the user writes over ours is the user's from then on.
    tags = mutagen.File(by[".m4a"])
    tags["----:com.apple.iTunes:initialkey"] = [
        mutagen.mp4.MP4FreeForm(b"12m")]
    tags.save()
    shelf.sync()
    assert analysis_of(by[".m4a"])[1] == "12m"


def test_a_full_disk_changes_no_file(shelf):
    before = state_of(shelf.fetched)
    configured(shelf, "camelot", library="min_free = 900T")
    conf = shelf.top / "likesync.conf"
    conf.write_text(conf.read_text().replace("min_free = 0\n", ""))
    shelf.run("scan", status=None)
    assert state_of(shelf.fetched) == before


@needs_shim
def test_killed_at_any_step_files_are_the_old_or_the_new(shelf, tmp_path):
    from faults import SHIM, BUILD
    configured(shelf, "camelot")
    saved, sound = tmp_path / "saved", {p: audio(p) for p in shelf.fetched}
    shutil.copytree(shelf.top / "library", saved / "library")
    shutil.copytree(shelf.top / "state", saved / "state")

    def begin():
        for name in ("library", "state"):
            shutil.rmtree(shelf.top / name)
            shutil.copytree(saved / name, shelf.top / name)

    def scan(**shim):
        env = {**shelf.env(), "LD_PRELOAD": str(SHIM),
               "LIKESYNC_WORKER": str(BUILD / "likesync-worker"),
               **{"SHIM_" + k.upper(): str(v) for k, v in shim.items()}}
        return subprocess.run(shelf.command("scan"), env=env, timeout=120,
                              capture_output=True, text=True).returncode

    begin()
    log = tmp_path / "log"
    assert scan(log=log) == 0
    steps = [s for s in read_log(log) if "/library" in s.path + s.second and
             "analysis.json" not in s.path + s.second and s.n > 0]
    assert {"link", "exchange", "unlink"} <= {s.call for s in steps}
    sample = [next(s for s in steps if s.call == call)
              for call in ("link", "exchange", "unlink")]
    for s in steps if os.environ.get("LIKESYNC_TORTURE") else sample:
        begin()
        scan(kill=s.n)
        for p in shelf.fetched:
            assert audio(p) == sound[p], s
        assert scan() == 0
        assert all(analysis_of(p)[0] for p in shelf.fetched), s
        assert {p: audio(p) for p in shelf.fetched} == sound
        assert [p for p in shelf.library.rglob(".*") if p.is_file()] == [], s
