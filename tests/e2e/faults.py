# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the real program with tests/faults/shim.c beneath it, and a world in
which such runs can begin again and again from the same state."""
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
from conftest import LIKESYNC
from spotify import row

BUILD = pathlib.Path(LIKESYNC).parent
# Of the plain build, whatever program is tried.
PLAIN = pathlib.Path(__file__).resolve().parents[2] / "build"
SHIM, DUMP = PLAIN / "shim.so", PLAIN / "dump-index"

# A sanitizer's runtime wants to be the first that is loaded.
needs_shim = pytest.mark.skipif(
    b"__asan_init" in pathlib.Path(LIKESYNC).read_bytes(),
    reason="the shim can't come before the sanitizer")

Step = collections.namedtuple("Step", "n call inode path second")


def read_log(path):
    steps = []
    for line in path.read_text().splitlines():
        n, call, inode, path, second = line.split("\t")
        steps.append(Step(int(n), call, int(inode), path, second))
    return steps


def name_of(step):
    """Its file, without what differs from run to run, as the shim does it."""
    return re.sub(r"((?<=\.likesync-)|(?<=/get-))[0-9A-Za-z]+|"
                  "[0-9a-f]{6,}|[0-9]+", "#", step.path)


def moments(steps):
    """Each step as what the shim's kill and half take: by call and file,
    since threads take another order in each run."""
    met = collections.Counter()
    for step in steps:
        if step.n > 0:
            met[step.call, name_of(step)] += 1
            yield "%s\t%s\t%d" % (step.call, name_of(step), met[
                step.call, name_of(step)]), step


def kind_of(step):
    """What of the user's, or of ours, a step is about."""
    for part, kind in (("ledger.jsonl", "ledger"),
                       ("provenance.jsonl", "provenance"),
                       ("token.json", "token"), ("/index", "index"),
                       ("audio-library-analysis", "document"),
                       ("document.last-good", "document"),
                       ("likesync.prom", "metrics"),
                       ("runs.jsonl", "runs"), ("counters", "runs"),
                       ("/inbox", "original"), ("/tmp/", "temporary"),
                       ("/library", "placing")):
        if any(part in path.partition("/world")[2]
               for path in (step.path, step.second)):
            return kind
    return "state"


class World:
    """A library with a file and a document of another program's, one wanted
    song in the inbox and two that are to be downloaded. `begin` puts all of it
    back to where it was."""

    TITLES = {1: ("Ada", "Light"), 2: ("Bo", "Bus"), 3: ("Di", "Dusk")}

    def __init__(self, home, service, songs):
        self.home, self.service = home, service
        self.saved = home.top.parent / (home.top.name + "-saved")
        service.likes = [row(n, *names, seconds=8)
                         for n, names in self.TITLES.items()]
        home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
        home.offer("v3", "Di - Dusk", "Di - Topic", "brief", 8)
        shutil.copy(songs["mp3-short"], home.inbox / "Bo - Bus.mp3")
        shutil.copy(songs["flac-short"], home.library / "Cy - Old.flac")
        home.config(inbox="action = move", fetch="parallel = 2")
        home.document.write_text(json.dumps({"machine": "m", "tracks": [
            {"id": "other", "filePath": "/elsewhere.mp3", "odd": [1.5, {}]},
            {"id": "old", "bpm": 0, "key": "Unknown",
             "filePath": str(home.library / "Cy - Old.flac")}]}))
        home.authorize()
        service.rotate = True
        self.service_state = (service.refresh_token, service.tokens)
        shutil.copytree(home.top, self.saved, symlinks=True)

    def begin(self):
        shutil.rmtree(self.home.top)
        shutil.copytree(self.saved, self.home.top, symlinks=True)
        self.service.refresh_token, self.service.tokens = self.service_state
        self.service.replaced = None
        self.service.requests.clear()
        self.service.faults.clear()

    def run(self, *words, log=None, **shim):
        """One run under the shim; its exit status, negative for a signal, and
        what it printed."""
        env = {**self.home.env(), "LD_PRELOAD": str(SHIM),
               "LIKESYNC_WORKER": str(BUILD / "likesync-worker"),
               **{"SHIM_" + k.upper(): str(v) for k, v in shim.items()}}
        if log is not None:
            env["SHIM_LOG"] = str(log)
        r = subprocess.run(self.home.command(*(words or ("sync",))), env=env,
                           capture_output=True, text=True, timeout=120)
        return r.returncode, r.stdout + r.stderr

    def plain(self, status=0):
        return self.home.run("sync", status=status)

    # -- what there is afterwards

    def assert_unharmed(self, final):
        """What holds at every instant, so also right after a kill."""
        for path, content in self.audio().items():
            if path.startswith("library/") and "/." not in path:
                assert content == final["audio"][path], path
        if not (self.home.library / "Bo - Bus.mp3").exists():
            assert (self.home.inbox / "Bo - Bus.mp3").exists()
        entries = self.entries()
        assert entries[0] == {"id": "other", "filePath": "/elsewhere.mp3",
                              "odd": [1.5, {}]}
        assert "old" in {e.get("id") for e in entries}
        token = json.loads((self.home.top / "token.json").read_text())
        assert token["refresh_token"] in (self.service.refresh_token,
                                          self.service.replaced)
        if self.home.prom.exists():
            assert self.home.prom.read_text().endswith("\n")
        assert self.service.count("/media/") <= len(self.ledger())

    def assert_alone(self):
        """Nothing that was started outlives the run that started it."""
        end = time.monotonic() + 20
        while running(self.home.top):
            assert time.monotonic() < end, running(self.home.top)
            time.sleep(0.02)

    def audio(self):
        return {str(p.relative_to(self.home.top)): digest(p)
                for folder in (self.home.library, self.home.inbox)
                for p in folder.rglob("*")
                if p.is_file() and p != self.home.document}

    def entries(self):
        document = json.loads(self.home.document.read_text())
        assert document["machine"] == "m"
        return sorted((strip(e) for e in document["tracks"]),
                      key=lambda e: e.get("filePath"))

    def index(self):
        r = subprocess.run([DUMP, self.home.state / "index"], text=True,
                           capture_output=True, check=True, timeout=60)
        return sorted(r.stdout.splitlines())

    def ledger(self):
        return lines(self.home.state / "keep/ledger.jsonl", torn=True)

    def provenance(self):
        """What is known of each song in the end, whatever came between."""
        known = {}
        for line in lines(self.home.state / "keep/provenance.jsonl"):
            known.setdefault(line["track"], set()).update(
                (line["kind"], line.get("path", "")))
        return known

    def final(self):
        return {"audio": self.audio(), "entries": self.entries(),
                "index": self.index(), "provenance": self.provenance(),
                "tmp": sorted((self.home.state / "tmp").iterdir()),
                "metrics": sorted(
                    line for line in self.home.prom.read_text().splitlines()
                    if line.startswith(("likesync_library_files",
                                        "likesync_queue_length",
                                        "likesync_document_entries")))}

    def footprint(self):
        """Of all that a run with nothing to do must not touch."""
        watched = [*self.home.library.rglob("*"), *self.home.inbox.rglob("*"),
                   self.home.state / "keep/ledger.jsonl",
                   self.home.state / "keep/provenance.jsonl"]
        return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns, digest(p))
                for p in watched if p.is_file()}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def strip(entry):
    """Without what differs from run to run."""
    return {k: v for k, v in entry.items()
            if k not in ("uploadedAt", "analyzedAt")
            and not (k == "id" and v.startswith("track_"))}


def lines(path, torn=False):
    """A journal's; torn: its last line may be cut short."""
    text = path.read_text() if path.exists() else ""
    if torn:
        text = text[:text.rfind("\n") + 1]
    return [json.loads(line) for line in text.splitlines()]


def running(top):
    """Processes that were started for what is in the folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(top).encode() in path.read_bytes():
                found.append((path.parent / "cmdline").read_bytes())
        except OSError:
            pass
    return found
