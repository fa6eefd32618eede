# SPDX-License-Identifier: GPL-3.0-or-later
"""`likesync export` and [export]: files that DJ software reads. They are held
against schemas of the published formats, and read back by other parsers."""
import csv
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import urllib.parse
import xml.etree.ElementTree as ET

import mutagen
import pytest
from faults import SHIM, needs_shim
from spotify import Playlist, row

SCHEMAS = pathlib.Path(__file__).parent / "schemas"
ID = "37i9dQZF1DXcBWIGoYBM5M"
URI = "spotify:playlist:" + ID
ADA, BO, CY = "Ada - Light.mp3", "Bo - Bus.m4a", "Cy - Sea.flac"


@pytest.fixture
def decks(home, service, songs):
    """A library of three files; two are tracks of a playlist."""
    for name, song in ((ADA, "mp3"), (BO, "m4a"), (CY, "flac")):
        shutil.copy(songs[song], home.library / name)
    service.playlists[ID] = Playlist("Night", [
        row(2, "Bo", "Bus"), row(3, "Di", "Moon"), row(1, "Ada", "Light")])
    home.authorize()
    return home


def export(home, form, *words, status=0, name="out"):
    out = home.top / name
    r = home.run("export", form, "--json", "-o", str(out), *words,
                 status=status)
    return out, json.loads(r.stdout), r.stderr


def valid(path, schema):
    r = subprocess.run(["xmllint", "--noout", "--nonet", "--schema",
                        str(SCHEMAS / schema), str(path)],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    return ET.parse(path).getroot()


def encoder_delay(path):
    """Seconds of an MP3 file that decoding leaves out, by another program."""
    if path.suffix != ".mp3":
        return 0
    return float(subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=start_time",
         "-of", "default=nw=1:nk=1", str(path)], check=True,
        capture_output=True, text=True).stdout.split()[0])


def rekordbox(home, *words, **more):
    path, said, _ = export(home, "rekordbox", *words, **more)
    root = valid(path, "rekordbox.xsd")
    tracks = root.findall("COLLECTION/TRACK")
    assert int(root.find("COLLECTION").get("Entries")) == len(tracks) \
        == said["files"]
    for node in root.findall("PLAYLISTS/NODE/NODE"):
        assert int(node.get("Entries")) == len(node)
    return root, tracks


def traktor(home, *words, **more):
    path, said, _ = export(home, "traktor", *words, **more)
    root = valid(path, "traktor.xsd")
    entries = root.findall("COLLECTION/ENTRY")
    assert int(root.find("COLLECTION").get("ENTRIES")) == len(entries) \
        == said["files"]
    return root, entries


def place(entry):
    at = entry.find("LOCATION").attrib
    return at.get("VOLUME", "") + at["DIR"] + at["FILE"]


# ---- the forms

def test_a_collection_for_rekordbox_has_what_the_analysis_found(decks):
    root, tracks = rekordbox(decks)
    assert [t.get("Location") for t in tracks] == [
        "file://localhost" + urllib.parse.quote(str(decks.library / n))
        for n in (ADA, BO, CY)]
    decks.run("scan")
    entries = {e["fileName"]: e for e in decks.entries()}
    for t, name in zip(tracks, (ADA, BO, CY)):
        e = entries[name]
        delay = encoder_delay(decks.library / name)
        assert (delay > 0.02) == (name == ADA)
        assert (t.get("Artist"), t.get("Name")) == (e["artist"], e["title"])
        assert float(t.get("AverageBpm")) == pytest.approx(e["bpm"], abs=.006)
        tonic, _, mode = e["key"].partition(" ")
        assert t.get("Tonality") == (
            None if tonic == "Unknown" else
            tonic + ("m" if mode == "minor" else ""))
        assert int(t.get("TotalTime")) == round(e["duration"])
        assert int(t.get("Size")) == e["fileSize"]
        assert t.get("Comments") == "Energy %d" % e["energy"]
        grid = t.findall("TEMPO")
        assert len(grid) == 1 and grid[0].get("Metro") == "4/4"
        first = float(grid[0].get("Inizio"))
        assert first == pytest.approx(
            e["beatGrid"]["firstBeat"] + delay, abs=.002)
        before = (e["beatGrid"]["downbeat"] + delay - first) * e["bpm"] / 60
        assert int(grid[0].get("Battito")) == (-round(before)) % 4 + 1
        marks = t.findall("POSITION_MARK")
        hot = [m for m in marks if m.get("Num") != "-1"]
        assert [m.get("Num") for m in hot] == [
            str(i) for i in range(len(hot))]
        named = {m.get("Name"): float(m.get("Start")) for m in hot}
        points = e.get("mixPoints", {})
        if points:
            assert named["Mix in"] == pytest.approx(
                points["mixInPoint"] + delay, abs=.002)
            assert named["Mix out"] == pytest.approx(
                points["mixOutPoint"] + delay, abs=.002)
        memory = [float(m.get("Start")) for m in marks
                  if m.get("Num") == "-1"]
        assert memory == pytest.approx(
            [s["startTime"] + delay for s in e.get("segments", [])][:10],
            abs=.002)


def test_a_playlist_keeps_its_order_and_its_name(decks):
    root, tracks = rekordbox(decks, "--playlist", URI)
    node = root.find("PLAYLISTS/NODE/NODE")
    ids = {t.get("TrackID"): t.get("Name") for t in tracks}
    assert node.get("Name") == "Night" and node.get("KeyType") == "0"
    assert [ids[t.get("Key")] for t in node] == ["Bus", "Light"]
    root, entries = traktor(decks, "--playlist", URI)
    node = root.find("PLAYLISTS/NODE/SUBNODES/NODE")
    assert node.get("NAME") == "Night"
    assert [k.get("KEY") for k in node.iter("PRIMARYKEY")] == \
        [place(e) for e in entries]
    path, said, _ = export(decks, "m3u8", "--playlist", URI)
    assert path.read_text().splitlines() == [
        "#EXTM3U", "#PLAYLIST:Night", "#EXTINF:20,Bo - Bus", "library/" + BO,
        "#EXTINF:20,Ada - Light", "library/" + ADA]
    assert said == {"format": "m3u8", "path": str(path), "files": 2,
                    "left_out": 0, "not_analyzed": 0, "missing": 1}


def test_traktor_counts_keys_and_milliseconds(decks):
    root, entries = traktor(decks)
    decks.run("scan")
    known = {e["fileName"]: e for e in decks.entries()}
    wheel = {"8B": 0, "3B": 1, "10B": 2, "5B": 3, "12B": 4, "7B": 5, "2B": 6,
             "9B": 7, "4B": 8, "11B": 9, "6B": 10, "1B": 11, "5A": 12,
             "12A": 13, "7A": 14, "2A": 15, "9A": 16, "4A": 17, "11A": 18,
             "6A": 19, "1A": 20, "8A": 21, "3A": 22, "10A": 23}
    for entry in entries:
        name = entry.find("LOCATION").get("FILE")
        e = known[name]
        # The file has a header, whose frame Traktor plays.
        delay = encoder_delay(decks.library / name)
        delay += 1152 / 44100 if name == ADA else 0
        key = entry.find("MUSICAL_KEY")
        assert (None if key is None else int(key.get("VALUE"))) == \
            wheel.get(e.get("camelotKey"))
        assert float(entry.find("TEMPO").get("BPM")) == \
            pytest.approx(e["bpm"], abs=.006)
        grid = [c for c in entry.findall("CUE_V2") if c.get("TYPE") == "4"]
        assert len(grid) == 1
        assert float(grid[0].get("START")) == pytest.approx(
            1000 * (e["beatGrid"]["firstBeat"] + delay), abs=2)


def test_beats_in_mp3_files_are_where_the_player_finds_them(home, songs):
    """One sound, encoded so that players begin it at different moments: the
    beats of all are those of the lossless file, moved by what each player
    keeps of encoder and header."""
    wav = home.top / "a.wav"

    def run(*words):
        subprocess.run([str(w) for w in words], check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)

    run("ffmpeg", "-v", "error", "-i", songs["flac"], "-ar", 44100, wav)
    at = home.library
    run("ffmpeg", "-v", "error", "-i", wav, at / "A - Whole.flac")
    run("lame", "--quiet", "-b", 192, wav, at / "B - Lame.mp3")
    run("lame", "--quiet", "-V2", "-m", "m", "--tt", "x", "--add-id3v2", wav,
        at / "C - Mono.mp3")
    run("lame", "--quiet", "-t", "-b", 192, wav, at / "D - Bare.mp3")
    run("ffmpeg", "-v", "error", "-i", wav, "-b:a", "192k",
        at / "E - Lavc.mp3")
    broken = bytearray((at / "B - Lame.mp3").read_bytes())
    name = broken.index(b"LAME")
    broken[name + 34] ^= 1
    broken[-200] ^= 1       # another file, too
    (at / "F - Checksum.mp3").write_bytes(broken)
    frame, lame = 1152 / 44100, 1105 / 44100
    _, tracks = rekordbox(home)
    _, entries = traktor(home)
    grids = [float(t.find("TEMPO").get("Inizio")) for t in tracks]
    marks = [float(t.find("POSITION_MARK").get("Start")) for t in tracks]
    nml = [next(float(c.get("START")) / 1000 for c in e.findall("CUE_V2")
                if c.get("TYPE") == "4") for e in entries]
    later = [0, lame + frame, lame + frame, lame, lame, lame]
    # Half a beat: what falls between two beats may be taken for one.
    period = 30 / float(tracks[0].get("AverageBpm"))

    def distance(a, b):
        return abs((a - b + period / 2) % period - period / 2)

    for i, (shift, first) in enumerate(zip(later, grids)):
        assert distance(first, grids[0] + shift) < 0.008, (i, grids)
        assert distance(marks[i], marks[0] + shift) < 0.008, (i, marks)
    later = [0, lame + frame, lame + frame, lame, lame + frame, lame + frame]
    for i, (shift, first) in enumerate(zip(later, nml)):
        assert distance(first, nml[0] + shift) < 0.008, (i, nml)


def test_liked_songs_and_followed_playlists_are_lists_of_the_library(
        decks, service):
    service.likes = [row(1, "Ada", "Light"), row(9, "Cy", "Sea")]
    decks.config(sources="")
    conf = decks.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "[library]", "playlists = %s\n[library]" % URI, 1))
    decks.sync()
    root, tracks = rekordbox(decks)
    ids = {t.get("TrackID"): t.get("Name") for t in tracks}
    assert {n.get("Name"): [ids[t.get("Key")] for t in n]
            for n in root.findall("PLAYLISTS/NODE/NODE")} == {
        "Liked Songs": ["Sea", "Light"], "Night": ["Bus", "Light"]}
    assert len(tracks) == 3
    _, said, _ = export(decks, "csv", "--liked")
    assert said["files"] == 2


def test_matched_tracks_tell_spotify_ids_with_key_and_tempo(decks):
    path, said, _ = export(decks, "matched-tracks", "--playlist", URI)
    tracks = json.loads(path.read_text())["tracks"]
    assert [t["spotifyTrack"]["id"] for t in tracks] == [
        "%022d" % 2, "%022d" % 1]
    assert tracks[0]["spotifyTrack"]["uri"] == "spotify:track:%022d" % 2
    assert tracks[0]["spotifyTrack"]["artists"][0]["name"] == "Bo"
    decks.run("scan")
    known = {e["title"]: e for e in decks.entries()}
    for t in tracks:
        e = known[t["mikData"]["trackName"]]
        wanted = {"trackName": e["title"], **{
            k: e[k] for k in ("artist", "key", "camelotKey", "bpm", "energy")
            if k in e}}
        assert t["mikData"] == wanted


def test_a_table_has_a_row_a_file(decks):
    path, _, _ = export(decks, "csv")
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    assert [r["path"] for r in rows] == [
        str(decks.library / n) for n in (ADA, BO, CY)]
    assert [r["artist"] for r in rows] == ["Ada", "Bo", "Cy"]
    assert all(float(r["bpm"]) > 60 for r in rows)


# ---- paths

def test_paths_are_those_of_the_other_machine(decks):
    _, tracks = rekordbox(decks, "--prefix", "D:\\Music\\")
    assert tracks[0].get("Location") == \
        "file://localhost/D:/Music/Ada%20-%20Light.mp3"
    _, entries = traktor(decks, "--prefix", "D:/Music")
    assert entries[0].find("LOCATION").attrib == {
        "VOLUME": "D:", "VOLUMEID": "D:", "DIR": "/:Music/:", "FILE": ADA}
    _, entries = traktor(decks, "--prefix", "/Users/dj/Music", "--volume",
                         "Macintosh HD")
    assert place(entries[0]) == "Macintosh HD/:Users/:dj/:Music/:" + ADA
    path, _, _ = export(decks, "m3u8", "--prefix", "/Users/dj/Music")
    assert "/Users/dj/Music/" + ADA in path.read_text().splitlines()
    decks.run("export", "csv", "-o", "x", "--prefix", "Music", status=64)


def test_a_list_beside_or_below_the_music_finds_it(decks):
    (decks.library / "lists").mkdir()
    for name, before in (("library/x.m3u8", ""), ("library/lists/x", "../"),
                         ("home/x", "../library/")):
        path, _, _ = export(decks, "m3u8", name=name)
        lines = path.read_text().splitlines()[2::2]
        assert lines == [before + n for n in (ADA, BO, CY)]
        assert all((path.parent / n).exists() for n in lines)


def test_names_and_titles_of_all_kinds_stay_what_they_are(home, songs):
    names = ["#1 - \"Q\" & <b>'s.mp3", "caf\u00e9 \u2603 100% [x]?.mp3",
             "a/b;c:d - e\\f.mp3", "\U0001f3b5 - z.mp3"]
    titles = ["<&>\"'", "line\nfeed\x07bell", "=HYPERLINK(\"http://x\")",
              "\U0001f3b5\u202ertl"]
    for name, title in zip(names, titles):
        path = home.library / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(songs["mp3-short"], path)
        tags = mutagen.File(path)
        tags.add_tags() if tags.tags is None else None
        tags.tags.add(mutagen.id3.TIT2(encoding=3, text=title))
        tags.tags.add(mutagen.id3.TPE1(encoding=3, text="]]>&amp;"))
        tags.save()
    wanted = {"<&>\"'", "line feed bell", titles[2], titles[3]}
    _, tracks = rekordbox(home)
    assert {t.get("Name") for t in tracks} == wanted
    assert {t.get("Artist") for t in tracks} == {"]]>&amp;"}
    files = {urllib.parse.unquote(t.get("Location")[len("file://localhost"):])
             for t in tracks}
    assert files == {str(home.library / n) for n in names}
    _, entries = traktor(home)
    assert {place(e).replace("/:", "/") for e in entries} == files
    assert {e.get("TITLE") for e in entries} == wanted
    path, _, _ = export(home, "m3u8", name="library/x.m3u8")
    lines = path.read_text().splitlines()
    assert all((home.library / n).exists()
               for n in lines if not n.startswith("#"))
    assert len(lines) == 1 + 2 * 4
    path, _, _ = export(home, "csv")
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    assert {r["path"] for r in rows} == files
    assert "'" + titles[2] in {r["title"] for r in rows}


def test_a_file_whose_name_no_format_can_hold_is_left_out_and_named(decks):
    bad = [os.fsencode(decks.library) + b"/" + n
           for n in (b"Ed - \xff.mp3", b"Flo - a\nb.mp3")]
    for name, song in zip(bad, ("mp3-short", "flac-short")):
        shutil.copy(decks.songs[song], name)
    for form in ("m3u8", "rekordbox", "traktor", "csv"):
        path, said, told = export(decks, form)
        assert (said["files"], said["left_out"]) == (3, 2)
        assert "2 files left out" in told and "\\x" in told
        assert b"\xff" not in path.read_bytes()
    for form, schema in (("rekordbox", "rekordbox.xsd"),
                         ("traktor", "traktor.xsd")):
        valid(export(decks, form)[0], schema)


# ---- analysis

def test_what_nobody_analyzed_is_analyzed_first_and_no_more(decks):
    root, tracks = rekordbox(decks, "--playlist", URI)
    assert all(t.find("TEMPO") is not None for t in tracks)
    # The third file was left to the next run.
    run = json.loads(decks.run("scan", "--json").stdout)
    assert run["analyzed"] == 1
    assert json.loads(decks.run("scan", "--json").stdout)["analyzed"] == 0


def test_while_a_run_works_the_rest_is_written_and_it_says_so(decks):
    decks.run("playlist", URI)
    with open(decks.state / "run.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path, said, told = export(decks, "rekordbox", status=75)
    assert said["files"] == said["not_analyzed"] == 3
    assert "3 files are not analyzed yet" in told and "lock" in told
    root = valid(path, "rekordbox.xsd")
    assert root.find("COLLECTION/TRACK/TEMPO") is None
    assert root.find("COLLECTION/TRACK").get("AverageBpm") is None
    rekordbox(decks)
    # Nothing is left to analyze: it works beside a run.
    with open(decks.state / "run.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rekordbox(decks)


def test_silence_has_no_tempo(home):
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                    "anullsrc=r=44100", "-t", "10",
                    str(home.library / "No - Sound.flac")], check=True)
    _, tracks = rekordbox(home)
    assert tracks[0].find("TEMPO") is None
    assert tracks[0].get("AverageBpm") is None
    assert tracks[0].get("Tonality") is None
    _, entries = traktor(home)
    assert entries[0].find("TEMPO") is None
    assert entries[0].find("MUSICAL_KEY") is None


# ---- the file

def test_a_file_is_replaced_whole_and_only_if_it_changes(decks):
    path, _, _ = export(decks, "rekordbox")
    before = path.stat()
    export(decks, "rekordbox")
    assert path.stat().st_ino == before.st_ino
    (decks.library / CY).unlink()
    decks.run("scan", "--accept-removals")
    export(decks, "rekordbox")
    assert path.stat().st_ino != before.st_ino
    assert [p.name for p in decks.top.iterdir() if ".tmp" in p.name] == []


def test_what_cannot_be_done_is_said(decks):
    def refused(status, text, *words):
        r = decks.run("export", *words, status=status)
        assert text in r.stderr and r.stdout == ""

    refused(64, "give a format", "-o", "x")
    refused(64, "give a format", "serato", "-o", "x")
    refused(64, "-o FILE", "csv")
    refused(64, "--playlist or --liked", "csv", "-o", "x", "--liked",
            "--playlist", URI)
    refused(64, "--name needs --playlist", "csv", "-o", "x", "--name", "y")
    refused(64, "no link of Spotify", "csv", "-o", "x", "--playlist", "/no")
    for form in ("csv", "m3u8"):
        refused(1, str(decks.top / "none"), form, "-o",
                str(decks.top / "none/x"))
    refused(1, str(decks.top), "csv", "-o", str(decks.top))


# ---- after each run

def configured(home, more=""):
    home.config(sources="", more="""[export]
rekordbox = {0}/dj.xml
traktor = {0}/dj.nml
m3u8 = {0}/dj.m3u8
csv = {0}/dj.csv
matched_tracks = {0}/dj.json
{1}""".format(home.top, more))


def test_configured_exports_are_current_after_each_run(decks, service):
    configured(decks)
    service.likes = [row(1, "Ada", "Light")]
    decks.sync()
    valid(decks.top / "dj.xml", "rekordbox.xsd")
    valid(decks.top / "dj.nml", "traktor.xsd")
    names = ["dj.xml", "dj.nml", "dj.m3u8", "dj.csv", "dj.json"]
    before = [(decks.top / n).stat().st_ino for n in names]
    matched = json.loads((decks.top / "dj.json").read_text())["tracks"]
    assert [t["spotifyTrack"]["name"] for t in matched] == ["Light"]
    decks.sync()
    assert [(decks.top / n).stat().st_ino for n in names] == before
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    decks.sync()
    matched = json.loads((decks.top / "dj.json").read_text())["tracks"]
    assert sorted(t["spotifyTrack"]["name"] for t in matched) == [
        "Bus", "Light"]
    # A file that is gone is written again.
    (decks.top / "dj.csv").unlink()
    decks.sync()
    assert len((decks.top / "dj.csv").read_text().splitlines()) == 4


def test_a_run_without_news_leaves_index_and_exports_alone(decks, service):
    configured(decks)
    service.likes = [row(1, "Ada", "Light")]
    for _ in range(3):
        decks.sync()
    index, out = decks.state / "index/data.mdb", decks.top / "dj.xml"
    before = index.read_bytes(), out.stat()
    decks.sync()
    assert (index.read_bytes(), out.stat()) == before


def test_changed_settings_write_the_exports_anew(decks):
    configured(decks)
    decks.run("scan")
    configured(decks, "prefix = E:/Music\n")
    decks.run("scan")
    assert "E:/Music/" + ADA in (decks.top / "dj.m3u8").read_text()


def test_an_export_that_failed_is_written_by_the_next_run(decks):
    decks.config(sources="", more="[export]\ncsv = %s/later/x.csv\n" %
                 decks.top)
    decks.run("scan", status=78)
    decks.run("scan", status=78)
    (decks.top / "later").mkdir()
    decks.run("scan")
    assert len((decks.top / "later/x.csv").read_text().splitlines()) == 4


@needs_shim
def test_a_kill_at_any_step_leaves_whole_files(decks):
    configured(decks)
    decks.run("scan")
    configured(decks, "prefix = E:/Music\n")
    names = ["dj.xml", "dj.nml", "dj.m3u8", "dj.csv", "dj.json"]
    whole = {(decks.top / n).read_bytes() for n in names}
    killed = 0
    for n in range(1, 400, 4):
        r = subprocess.run(decks.command("scan"), capture_output=True,
                           timeout=60, env={
                               **decks.env(), "LD_PRELOAD": str(SHIM),
                               "SHIM_KILL": str(n)})
        if r.returncode == 0:
            break
        killed += 1
        valid(decks.top / "dj.xml", "rekordbox.xsd")
        valid(decks.top / "dj.nml", "traktor.xsd")
        json.loads((decks.top / "dj.json").read_text())
        assert len((decks.top / "dj.csv").read_text().splitlines()) == 4
        assert len((decks.top / "dj.m3u8").read_text().splitlines()) == 7
    assert killed >= 5
    decks.run("scan")
    now = {n: (decks.top / n).read_bytes() for n in names}
    assert all(b"E:" in now[n] for n in names[:4])
    assert len(whole - set(now.values())) == 4


def test_liked_tracks_alone_can_be_configured(decks, service):
    configured(decks, "tracks = liked\nprefix = E:/Music\n")
    service.likes = [row(2, "Bo", "Bus")]
    decks.sync()
    assert (decks.top / "dj.m3u8").read_text().splitlines()[1:] == [
        "#PLAYLIST:Liked Songs", "#EXTINF:20,Bo - Bus", "E:/Music/" + BO]


def test_an_export_that_cannot_be_written_fails_the_run_after_its_work(decks):
    decks.config(sources="", more="[export]\ncsv = %s/none/x.csv\n" %
                 decks.top)
    r = decks.run("scan", "--json", status=78)
    assert "none/x.csv" in r.stderr
    assert json.loads(r.stdout)["analyzed"] == 3
    assert len(decks.entries()) == 3


def test_a_prefix_that_is_no_folder_is_refused(decks):
    decks.config(more="[export]\nprefix = Music\n")
    r = decks.run("scan", status=78)
    assert "export.prefix: expected a folder" in r.stderr
