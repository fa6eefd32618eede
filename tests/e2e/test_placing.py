# SPDX-License-Identifier: GPL-3.0-or-later
"""What is placed is whole, lies inside the library, and an original is removed
only after that."""
import json
import os
import shlex
import subprocess

import pytest
import worker as fake
from conftest import LIKESYNC
from faults import needs_shim, read_log
from spotify import row
from worker import EXAMINE

SECONDS = 30
# Noise, so that no two stretches of it are alike.
SOUND = ["-f", "lavfi", "-i", "anoisesrc=d=%d:c=pink:a=0.4:seed=7" % SECONDS,
         "-ac", "2", "-ar", "48000"]
# How ffmpeg is told to fragment, and whether tags leave such a file whole.
FRAGMENTS = {
    "keyframe": ("frag_keyframe", False),
    "moof": ("frag_keyframe+default_base_moof", True),
    "empty": ("frag_keyframe+empty_moov", False),
    "dash": ("dash+frag_keyframe", True),
    "no tfra": ("frag_keyframe+skip_trailer", False),
}
FORMATS = {
    "mp3": ["-b:a", "192k"], "flac": [], "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"], "m4a": ["-c:a", "aac"], "wav": [],
    "aiff": [],
}


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y",
                    *map(str, arguments)], check=True)


def fragmented(path, flags):
    ffmpeg(*SOUND, "-c:a", "aac", "-b:a", "128k", "-movflags", flags,
           "-frag_duration", 7 * 1000000, path)


def packets(path):
    """A hash of all audio packets, as another program sees them."""
    r = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a",
                        "-c", "copy", "-f", "streamhash", "-"],
                       check=True, capture_output=True, text=True)
    return r.stdout


def moving(home, **more):
    home.service.likes = [row(1, "Ada", "Light", seconds=SECONDS)]
    home.config(sources="inbox", inbox="action = move", **more)
    home.authorize()


@pytest.mark.parametrize("kind", FRAGMENTS)
def test_a_fragmented_mp4_is_placed_whole(home, kind):
    original = home.inbox / "Ada - Light.m4a"
    flags, taggable = FRAGMENTS[kind]
    fragmented(original, flags)
    before = packets(original)
    moving(home)
    r = home.run("sync")
    placed = home.library / "Ada - Light.m4a"
    assert packets(placed) == before
    assert ("placed without tags" in r.stderr) == (not taggable)
    assert (b"%022d" % 1 in placed.read_bytes()) == taggable
    assert not original.exists()


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_is_tagged_and_placed_whole(home, extension):
    original = home.inbox / ("Ada - Light." + extension)
    ffmpeg(*SOUND, *FORMATS[extension], original)
    before = packets(original)
    moving(home)
    r = home.run("sync")
    placed, = home.library.glob("Ada*")
    assert packets(placed) == before
    assert b"%022d" % 1 in placed.read_bytes()
    assert "without tags" not in r.stderr and not original.exists()


# -- an original that is moved


@pytest.fixture
def worker(home, monkeypatch):
    """A worker that finds the wanted song in whatever it is handed."""
    version = subprocess.run([LIKESYNC, "--version"], capture_output=True,
                             text=True, check=True).stdout.split()[1]
    w = fake.Worker(home.top / "worker", version)
    monkeypatch.setenv("LIKESYNC_WORKER", str(w.program))
    home.service.likes = [row(1, "Ada", "Light", seconds=200)]
    home.config(sources="inbox", inbox="action = move",
                more="[analysis]\nworkers = 1\n")
    home.authorize()
    w.original = home.inbox / "Ada - Light.mp3"
    w.original.write_text("song")
    return w


MEANWHILE = {
    "replaced": "echo other > {0}.new && mv {0}.new {0}",
    "replaced by its like": "cp {0} {0}.new && mv {0}.new {0}",
    "written on": "echo more >> {0}",
    "overwritten": "printf SONG | dd of={0} conv=notrunc status=none",
    "a link now": "mv {0} {0}.was && ln -s {0}.was {0}",
}


@pytest.mark.parametrize("how", MEANWHILE)
def test_an_original_that_changed_meanwhile_is_left(home, worker, how):
    name = shlex.quote(str(worker.original))
    worker.tell("song", at={EXAMINE: MEANWHILE[how].format(name)})
    home.run("sync")
    assert (home.library / "Ada - Light.mp3").read_text() == "song"
    assert os.path.lexists(worker.original)
    kept = [p.read_bytes() for p in home.inbox.iterdir()]
    home.run("sync")
    assert [p.read_bytes() for p in home.inbox.iterdir()] == kept


@needs_shim
def test_a_file_that_takes_the_place_of_an_original_is_kept(world):
    """Another program is the faster one, by a system call."""
    world.begin()
    original = world.home.inbox / "Bo - Bus.mp3"
    rival = world.home.inbox / "Bo - Bus.mp3.rival"
    rival.write_bytes(b"another file")
    status, said = world.run(rival=original)
    assert status == 0 and "it has changed since" in said
    assert [p.name for p in world.home.inbox.iterdir()] == [original.name]
    assert original.read_bytes() == b"another file"
    assert "Bo - Bus.mp3" in world.home.files()


@needs_shim
def test_an_original_that_a_killed_run_put_aside_is_removed(world, tmp_path):
    log = tmp_path / "log"
    world.begin()
    world.run(log=log)
    step, = [s for s in read_log(log) if s.call == "rename" and
             "/.likesync-original-" in s.second]
    world.begin()
    world.run(kill=step.n)
    aside, = world.home.inbox.iterdir()
    assert aside.name.startswith(".likesync-original-")
    world.plain()
    assert list(world.home.inbox.iterdir()) == []


def test_an_original_that_stays_as_it_was_is_removed(home, worker):
    worker.tell("song", at={EXAMINE: "true"})
    home.run("sync")
    assert (home.library / "Ada - Light.mp3").read_text() == "song"
    assert not worker.original.exists()


def test_a_file_that_is_still_written_is_left_for_a_later_run(home, worker):
    home.service.likes.append(row(2, "Bo", "Bus", seconds=200))
    (home.inbox / "Bo - Bus.mp3").write_text("another song")
    with open(worker.original, "a"):
        s = home.sync()
        assert (s["fetched"], home.files()) == (1, ["Bo - Bus.mp3"])
        assert worker.original.exists()
    s = home.sync()
    assert (s["fetched"], home.files()) == (
        1, ["Ada - Light.mp3", "Bo - Bus.mp3"])
    assert not worker.original.exists()


def test_an_original_that_is_opened_for_writing_waits_for_its_end(home,
                                                                  worker):
    worker.tell("song", hold=str(worker.original))
    home.run("sync")
    assert home.files() == ["Ada - Light.mp3"]
    assert worker.original.read_text() == "song"
    worker.tell("song")
    home.run("sync")
    assert not worker.original.exists()


# -- what records say is to be removed


def leftover_of(path):
    st = os.lstat(path)
    return {"path": str(path), "size": st.st_size, "inode": st.st_ino,
            "mtime_ns": st.st_mtime_ns, "ctime_ns": st.st_ctime_ns}


@pytest.fixture
def recorded(home, worker):
    """The song was placed by a copy; a record is yet to say what is left."""
    home.config(sources="inbox", inbox="action = copy",
                more="[analysis]\nworkers = 1\n")
    home.run("sync")
    assert worker.original.exists()
    journal = home.state / "keep/provenance.jsonl"
    placing = next(line for line in map(json.loads, journal.read_text()
                                        .splitlines())
                   if line["kind"] == "placing")
    home.config(sources="inbox", inbox="action = move",
                more="[analysis]\nworkers = 1\n")

    def say(leftover):
        with open(journal, "a") as f:
            for line in ({**placing, "leftover": leftover},
                         {"kind": "placed", "track": placing["track"],
                          "identity": placing["identity"]}):
                f.write(json.dumps(line) + "\n")
    return say


def test_an_original_that_a_killed_run_left_is_removed(home, worker,
                                                       recorded):
    recorded(leftover_of(worker.original))
    home.run("sync")
    assert not worker.original.exists()
    assert home.files() == ["Ada - Light.mp3"]


def elsewhere(home):
    path = home.top / "Precious.mp3"
    path.write_text("song")
    return path


def through_a_link(home):
    (home.top / "away").mkdir()
    (home.top / "away/Precious.mp3").write_text("song")
    (home.inbox / "link").symlink_to(home.top / "away")
    return home.inbox / "link/Precious.mp3"


def by_two_dots(home):
    elsewhere(home)
    return home.inbox / "../Precious.mp3"


def of_a_neighbour(home):
    (home.top / "inbox2").mkdir()
    (home.top / "inbox2/Precious.mp3").write_text("song")
    return home.top / "inbox2/Precious.mp3"


def other_audio(home):
    path = home.inbox / "Precious.mp3"
    path.write_text("another song")
    return path


def the_copy_itself(home):
    (home.inbox / "Precious.mp3").hardlink_to(
        home.library / "Ada - Light.mp3")
    return home.inbox / "Precious.mp3"


@pytest.mark.parametrize("where", [elsewhere, through_a_link, by_two_dots,
                                   of_a_neighbour, other_audio,
                                   the_copy_itself])
def test_a_record_removes_no_file_but_an_original(home, recorded, where):
    path = where(home)
    recorded(leftover_of(path))
    home.run("sync")
    assert path.exists()


@pytest.mark.parametrize("member", ["size", "inode", "mtime_ns", "ctime_ns"])
def test_a_record_removes_the_very_file_only(home, worker, recorded, member):
    leftover = leftover_of(worker.original)
    recorded({**leftover, member: leftover[member] + 1})
    home.run("sync")
    assert worker.original.exists()


def test_a_record_removes_nothing_unless_moving_is_configured(home, worker,
                                                              recorded):
    recorded(leftover_of(worker.original))
    home.config(sources="inbox", inbox="action = copy",
                more="[analysis]\nworkers = 1\n")
    home.run("sync")
    assert worker.original.exists()


# -- folders that are links


def away(home, name):
    """A folder outside the library, under an artist's name in it."""
    (home.top / "elsewhere").mkdir()
    (home.library / name).symlink_to(home.top / "elsewhere")
    return home.top / "elsewhere"


def placed(home):
    return [str(p.relative_to(home.library))
            for p in home.library.rglob("*.mp3")]


@pytest.mark.parametrize("action", ["copy", "link"])
def test_nothing_is_placed_through_a_link(home, worker, action):
    outside = away(home, "Ada")
    home.config(sources="inbox", inbox="action = " + action,
                library="layout = {artist}/{album}/{title}")
    assert home.sync()["fetched"] == 1
    assert list(outside.iterdir()) == []
    assert placed(home) == ["Ada (2)/Album/Light.mp3"]
    s = home.sync()
    assert (s["in_library"], s["fetched"], s["skipped"]) == (1, 0, 0)


def test_a_file_behind_a_link_is_not_called_removed(home, worker):
    (home.library / "Bo - Bus.mp3").write_text("another")
    home.config(sources="inbox", library="layout = {artist}/{title}")
    assert home.sync()["fetched"] == 1
    (home.library / "Ada").rename(home.top / "moved")
    (home.library / "Ada").symlink_to(home.top / "moved")
    s = home.sync()
    assert (s["skipped"], s["fetched"]) == (1, 0)
    said = home.run("missing").stdout
    assert "you removed" not in said and "link" in said
    (home.library / "Ada").unlink()
    assert home.sync()["skipped"] == 1
    assert "you removed" in home.run("missing").stdout


# -- names


@pytest.mark.parametrize("name, extension, codec", [
    ("mp3", "flac", []), ("flac", "mp3", ["-b:a", "192k"]),
    ("wav", "m4a", ["-c:a", "aac"]), ("ogg", "opus", ["-c:a", "libopus"]),
    ("webm", "mka", ["-c:a", "libopus"]), ("m4a", "ogg",
                                           ["-c:a", "libvorbis"])])
def test_an_extension_says_what_the_file_is(home, name, extension, codec):
    made = home.top / ("made." + extension)
    ffmpeg(*SOUND, *codec, made)
    made.rename(home.inbox / ("Ada - Light." + name))
    moving(home)
    home.run("sync")
    assert home.files() == ["Ada - Light." + extension]
    assert home.sync()["in_library"] == 1
