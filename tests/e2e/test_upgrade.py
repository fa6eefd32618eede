# SPDX-License-Identifier: GPL-3.0-or-later
"""`upgrade`: better files take the place of those that were fetched, and keep
their entries; doubtful ones are listed."""
import json
import os
import shutil
import signal
import subprocess

import pytest
from conftest import Home
from faults import BUILD, SHIM, digest, kind_of, needs_shim, read_log
from spotify import row
from test_json import SHAPES, fits

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"
# One moment of each kind that leaves another mess; the last such step counts.
SAMPLE = [("provenance", "write", "half"), ("placing", "link", "kill"),
          ("index", "pwrite", "kill"), ("placing", "rename", "kill"),
          ("provenance", "write", "kill"), ("document", "exchange", "kill")]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """One recording, in MP3 and in FLAC, and another one in FLAC."""
    import music
    top = tmp_path_factory.mktemp("pair")
    wav = top / "a.wav"
    music.make(wav, 124, 220.0, 20)
    for name in ("a.flac", "a.mp3"):
        subprocess.run(["ffmpeg", "-v", "error", "-i", wav] + (
            ["-b:a", "128k"] if name.endswith("mp3") else []) + [top / name],
            check=True, stdin=subprocess.DEVNULL)
    music.make(top / "other.flac", 90, 330.0, 20)
    return top


@pytest.fixture
def fetched(tmp_path, service, pair, songs):
    """A library with the MP3, as a run placed it."""
    (tmp_path / "world").mkdir()
    home = Home(tmp_path / "world", service, songs)
    service.likes = [row(1, "Ada", "Light")]
    home.config(sources="inbox, ytdlp", fetch="parallel = 1")
    home.authorize()
    home.offer("v1", "Ada - Light", "Ada", seconds=20)
    home.service.videos["v1"]["file"] = str(pair / "a.mp3")
    home.service.videos["v1"]["format"] = {"ext": "mp3", "acodec": "mp3"}
    assert home.sync()["fetched"] == 1
    assert home.files() == ["Ada - Light.mp3"]
    return home


def upgrade(home, *words, status=0):
    r = json.loads(home.run("upgrade", "--json", *words,
                            status=status).stdout)
    assert fits(SHAPES["upgrade"], r, "upgrade", set()), r
    return r


def cold(home):
    return sorted(p.name for p in (home.library / ".likesync-cold").rglob("*")
                  if p.is_file())


def visible(home):
    return sorted(p.name for p in home.library.iterdir() if p.is_file() and
                  p != home.document)


def state_of(home):
    """What a user would compare, apart from times and ids of runs."""
    entries = [{k: v for k, v in e.items() if k != "analyzedAt"}
               for e in home.entries()]
    found = json.loads(home.run("history", "--json", "Light").stdout)
    return entries, visible(home), found["tracks"][0]["placed"]["path"]


def test_a_purchase_takes_the_place_of_what_was_fetched(fetched, pair):
    home = fetched
    # Another program has added its own to the entry.
    document = json.loads(home.document.read_text())
    document["tracks"][0]["cues"] = [{"at": 1.5, "name": "drop"}]
    home.document.write_text(json.dumps(document))
    home.sync()
    before = home.entries()[0]
    assert upgrade(home)["upgrades"] == []
    shutil.copy(pair / "a.flac", home.inbox / "Ada - Light.flac")
    plan = upgrade(home)
    (found,) = plan["upgrades"]
    assert (found["path"], found["replaced"], plan["applied"]) == (
        "Ada - Light.mp3", False, False)
    assert (found["from"]["lossless"], found["to"]["lossless"]) == (False,
                                                                   True)
    assert visible(home) == ["Ada - Light.mp3"]

    done = upgrade(home, "--apply")
    assert (done["replaced"], done["failed"]) == (1, 0)
    assert done["upgrades"][0]["new_path"] == "Ada - Light.flac"
    assert visible(home) == ["Ada - Light.flac"]
    assert cold(home) == ["Ada - Light.mp3"]
    (after,) = home.entries()
    assert after["id"] == before["id"]
    assert after["filePath"].endswith("Ada - Light.flac")
    for same in ("bpm", "key", "spotifyId", "addedAt", "cues"):
        assert after.get(same) == before.get(same), same
    # Nothing better is left, and a good run clears the cold folder.
    assert upgrade(home, "--apply")["upgrades"] == []
    s = home.sync()
    assert (s["fetched"], s["downloads"], s["in_library"]) == (0, 0, 1)
    assert not (home.library / ".likesync-cold").exists()
    assert visible(home) == ["Ada - Light.flac"]


def test_what_is_no_better_or_sounds_otherwise_stays(fetched, pair, songs):
    home = fetched
    shutil.copy(pair / "a.mp3", home.inbox / "Ada - Light.mp3")
    assert upgrade(home, "--apply")["replaced"] == 0
    shutil.copy(pair / "other.flac", home.inbox / "Ada - Light.flac")
    assert upgrade(home, "--apply")["replaced"] == 0
    assert visible(home) == ["Ada - Light.mp3"]
    # What the user pinned is theirs to replace.
    shutil.copy(pair / "a.flac", home.inbox / "Ada - Light.flac")
    assert len(upgrade(home)["upgrades"]) == 1
    home.run("pin", "Light", "Ada - Light.mp3")
    home.sync()
    assert upgrade(home)["upgrades"] == []


def test_the_audit_lists_what_today_would_not_be_accepted(fetched, service):
    home = fetched
    assert upgrade(home, "--audit") == {
        "upgrades": [], "suspects": [], "applied": False, "checked": 1,
        "replaced": 0, "failed": 0}
    # Spotify now says that the track is another one.
    service.likes = [row(1, "Ada", "Light", seconds=300)]
    path = home.top / "likesync.conf"
    path.write_text(path.read_text().replace("[spotify]",
                                             "[spotify]\nfull_walk = 0"))
    home.sync(status=None)
    (suspect,) = upgrade(home, "--audit")["suspects"]
    assert suspect["path"] == "Ada - Light.mp3"
    assert "does not match" in suspect["reason"]
    assert "reject TRACK FILE" in home.run("upgrade", "--audit").stdout


@pytest.mark.parametrize("words", [("--audit", "--apply"), ("--remote",),
                                   ("--limit", "0"), ("--audit", "--limit",
                                                      "1")])
def test_options_that_contradict_each_other_are_refused(home, words):
    home.run("upgrade", *words, status=64)


def run_under_shim(home, *words, log=None, **shim):
    env = {**home.env(), "LD_PRELOAD": str(SHIM),
           "LIKESYNC_WORKER": str(BUILD / "likesync-worker"),
           **{"SHIM_" + k.upper(): str(v) for k, v in shim.items()}}
    if log is not None:
        env["SHIM_LOG"] = str(log)
    return subprocess.run(home.command(*words), env=env, timeout=120,
                          capture_output=True, text=True).returncode


def moments(steps):
    """(number, how) of every moment, or of a sample."""
    steps = [s for s in steps if s.n > 0]
    if TORTURE:
        return [(s.n, how) for s in steps for how in ("kill", "half")
                if how == "kill" or (s.call == "write" and
                                     kind_of(s) != "index")]
    found = []
    for kind, call, how in SAMPLE:
        of_kind = [s.n for s in steps
                   if (kind_of(s), s.call) == (kind, call)]
        assert of_kind, (kind, call, sorted({(kind_of(s), s.call)
                                             for s in steps}))
        found += [(of_kind[0], how), (of_kind[-1], how)]
    return sorted(set(found))


@needs_shim
def test_killed_after_any_step_the_next_upgrade_finishes(fetched, pair,
                                                        tmp_path):
    home = fetched
    old = digest(home.library / "Ada - Light.mp3")
    shutil.copy(pair / "a.flac", home.inbox / "Ada - Light.flac")
    saved = tmp_path / "saved"
    shutil.copytree(home.top, saved, symlinks=True)

    def begin():
        for name in ("library", "state", "inbox"):
            shutil.rmtree(home.top / name)
            shutil.copytree(saved / name, home.top / name, symlinks=True)

    begin()
    log = tmp_path / "log"
    assert run_under_shim(home, "upgrade", "--apply", log=log) == 0
    final = state_of(home)
    assert final[1] == ["Ada - Light.flac"]
    for n, how in moments(read_log(log)):
        print(n, how, [s for s in read_log(log) if s.n == n], flush=True)
        begin()
        status = run_under_shim(home, "upgrade", "--apply", **{how: n})
        assert status in (-signal.SIGKILL, 0), (n, how)
        assert old in {digest(p) for p in home.library.rglob("*.mp3")}, n
        if n % 2 == 0:
            home.run("scan")
        upgrade(home, "--apply")
        assert state_of(home) == final, (n, how)
        assert upgrade(home, "--apply")["upgrades"] == []
