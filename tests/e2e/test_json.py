# SPDX-License-Identifier: GPL-3.0-or-later
"""likesync-json(7) and the program say the same: every shape in the manual is
compared with what is printed, in both directions."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading

import music
import pytest
import test_queue
from conftest import LIKESYNC
from spotify import Playlist, row

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs/likesync-json.7"
TOKEN = re.compile(r'\s*(\.\.\.|"[^"]*"|[A-Z]+|null|[][{}:,|?])')
IS = {
    "TEXT": lambda v: isinstance(v, str),
    "N": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "NUMBER": lambda v: isinstance(v, (int, float)) and
    not isinstance(v, bool),
    "SECONDS": lambda v: isinstance(v, (int, float)) and v >= 0,
    "BOOLEAN": lambda v: isinstance(v, bool),
    "TIME": lambda v: isinstance(v, str) and
    re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", v),
    "ANY": lambda v: True,
}


class Shape:
    """A value of the manual: ("is", word), ("literal", v), ("object", {key:
    (optional, shape)}), ("map", shape), ("array", shape), ("or", [shape])."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), text
        self.value = self.alternatives()
        assert not self.tokens

    def take(self, wanted=None):
        token = self.tokens.pop(0)
        assert wanted in (None, token), (wanted, token)
        return token

    def alternatives(self):
        found = [self.one()]
        while self.tokens and self.tokens[0] == "|":
            self.take()
            found.append(self.one())
        return found[0] if len(found) == 1 else ("or", found)

    def one(self):
        token = self.take()
        if token == "{":
            return self.members()
        if token == "[":
            inner = self.alternatives()
            self.take(",")
            self.take("...")
            self.take("]")
            return "array", inner
        if token == "null" or token[0] == '"':
            return "literal", json.loads(token)
        return "is", token

    def members(self):
        members = {}
        while True:
            key = self.take()
            optional = self.tokens[0] == "?"
            if optional:
                self.take()
            self.take(":")
            value = self.alternatives()
            if key[0] != '"':
                self.take(",")
                self.take("...")
                self.take("}")
                return "map", value
            members[json.loads(key)] = optional, value
            if self.take() == "}":
                return "object", members


def read_manual():
    shapes = {}
    for section in MANUAL.read_text().split("\n.Ss ")[1:]:
        title, text = section.split("\n", 1)
        block = re.search(r"\.Bd -literal\n(.*?)\n\.Ed", text, re.S).group(1)
        assert title not in shapes
        shapes[title] = Shape(block).value
    return shapes


SHAPES = read_manual()


def fits(shape, value, path, met):
    """Whether value is as the manual says; met gathers the paths."""
    kind, what = shape
    if kind == "is" and what in SHAPES:
        return fits(SHAPES[what], value, what, met)
    if kind == "is":
        return bool(IS[what](value))
    if kind == "literal":
        return value == what
    if kind == "or":
        return any(fits(one, value, path, met) for one in what)
    if kind == "array":
        return isinstance(value, list) and all(
            [fits(what, one, path + "[]", met) for one in value])
    if not isinstance(value, dict):
        return False
    if kind == "map":
        return all([fits(what, one, path + "{}", met)
                    for one in value.values()])
    for key in value:
        assert key in what, "%s.%s is not in the manual" % (path, key)
    for key, (optional, inner) in what.items():
        where = "%s.%s" % (path, key)
        if key not in value:
            assert optional, "%s is absent" % where
            continue
        met.add(where)
        assert fits(inner, value[key], where, met), (where, value[key])
    return True


def every_path(shape, path):
    kind, what = shape
    if kind == "or":
        for one in what:
            yield from every_path(one, path)
    elif kind in ("array", "map"):
        yield from every_path(what, path + ("[]" if kind == "array"
                                            else "{}"))
    elif kind == "object":
        for key, (_, inner) in what.items():
            yield "%s.%s" % (path, key)
            yield from every_path(inner, "%s.%s" % (path, key))


# What no small song has; that the program knows the names must do.
RARE = {"analyze.beatGrid.anchors", "analyze.beatGrid.anchors[].time",
        "analyze.beatGrid.anchors[].bpm", "analyze.mixPoints.dropPoint",
        "analyze.mixPoints.breakdownPoint", "analyze.mixPoints.outroStart",
        "analyze.mixPoints.introEnd", "place.moves[].reason",
        "history.tracks[].cold", "history.tracks[].cold.at",
        "history.tracks[].cold.path"}
# test_upgrade.py compares these.
ELSEWHERE = ("upgrade.upgrades[]", "upgrade.suspects[]")


@pytest.fixture
def say(home):
    """Runs a command and compares what it prints with the manual."""
    met = set()

    def run(title, *words, status=0, input=None):
        text = home.run(*words, status=status, input=input).stdout
        lines = text.splitlines()
        for line in lines:
            value = json.loads(line)
            assert fits(SHAPES[title], value, title, met), value
        return [json.loads(line) for line in lines]
    run.met = met
    return run


def bots(home, say):
    """As the program leaves its state behind."""
    home.config(more="[source.telegram]\nbots = a_bot\napi_file = /api\n")
    state = home.state / "sources/telegram"
    state.mkdir(parents=True)
    (state / "account.session").touch()
    (state / "state.json").write_text(
        '{"account": {"name": "Ada", "checked": 1}}')
    say("auth status", "auth", "status", "--json")
    home.config()


def playlist(home, service, say):
    service.playlists["x"] = Playlist("Night", service.likes)
    say("playlist", "playlist", "--json", "spotify:playlist:x")
    say("playlist", "playlist", "--json", "--missing", "spotify:playlist:x")
    say("playlist --own", "playlist", "--own", "--json")


def test_every_command_prints_what_the_manual_says(home, service, songs, say):
    say("auth status", "auth", "status", "--json", status=77)
    home.authorize()
    bots(home, say)
    say("status", "status", "--json")
    likes(home, service, songs)
    (home.inbox / "cut.zip").write_bytes(b"PK\3\4 and no more")
    say("SUMMARY", "sync", "--dry-run", "--json")
    service.faults.append(("/v1/me/tracks", ("call", lambda: say(
        "status", "status", "--json"))))
    say("SUMMARY", "sync", "--json")
    jobs(home, say)
    say("export", "export", "csv", "--json", "-o", str(home.top / "all.csv"))
    say("export --to", "export", "--to", str(home.top / "stick"), "--format",
        "mp3", "--json", status=None)
    unavailable(home)
    say("status", "status", "--json")
    say("status", "status", "--new", "--json")
    say("status --problems", "status", "--problems", "--json")
    say("missing", "missing", "--json")
    playlist(home, service, say)
    speak(home, songs, say)
    with open(home.top / "likesync.conf", "a") as conf:
        conf.write("[export]\ncsv = %s/all.csv\n" % home.top)
    say("history", "history", "--json")
    home.run("forget", "--yes", "%022d" % 1)
    say("forget", "forget", "--json")
    say("place", "place", "--json", "--dry-run", "--files", "all")
    say("upgrade", "upgrade", "--json")
    say("doctor", "doctor", "--json", status=None)
    analyze(home, songs, say)
    judge(home, say)
    fail(home, service, say)
    stopped(home, service, say)
    assert say.met <= set(p for title, shape in SHAPES.items()
                          for p in every_path(shape, title))
    unmet = {path for title, shape in SHAPES.items()
             for path in every_path(shape, title)
             if not path.startswith(ELSEWHERE)} - say.met - RARE
    assert not unmet, "in the manual, and never printed: %s" % sorted(unmet)
    program = pathlib.Path(LIKESYNC).read_bytes()
    for path in RARE:
        name = path.rsplit(".", 1)[1]
        # The linker lets a literal begin within a longer one.
        assert name.encode() + b"\0" in program, path


def jobs(home, say):
    """A track that is in the library, one that is fetched, and one that can't
    be."""
    home.offer("v9", "Jo - Jam", "Jo - Topic", "brief", 8)
    job = test_queue.ask(home, [
        {"id": "6" * 22, "artists": ["Jo"], "title": "Jam",
         "duration_ms": 8000},
        {"id": "%022d" % 1, "artists": ["Ada"], "title": "Light",
         "duration_ms": 20000},
        {"id": "7" * 22, "artists": ["Di"], "title": "Own", "local": True}])
    say("JOB", "queue", "--json", job)
    wanted = home.top / "wanted.m3u"
    wanted.write_text("#EXTINF:20,Fa - La\nFa - La.mp3\n")
    say("playlist --queue", "playlist", "--queue", str(wanted))
    say("queue cancel", "queue", "cancel", "--json",
        test_queue.queue(home)["jobs"][-1]["jobId"])
    home.run("queue", "run")
    say("JOB", "queue", "--json", job)
    say("queue", "queue", "--json")


def unavailable(home):
    (home.state / "sources.json").write_text(json.dumps({"sources": [
        {"name": "ytdlp", "failures": 1, "since": 1700000000,
         "until": 4000000000, "must_act": True, "reason": "no network"}]}))


def likes(home, service, songs):
    """One that is fetched, one that is not what it says, one that nobody
    offers, and files of the user's, one of them broken."""
    cover = "https://127.0.0.1/none.jpg"
    service.likes = [
        row(4, "Di", "Day", explicit=True), row(3, "Cy", "Sea"),
        row(2, "Bo", "Bus", album={
            "name": "Album", "release_date": "2026",
            "images": [{"url": cover, "width": 640, "height": 640}]}),
        row(1, "Ada", "Light")]
    service.likes[0]["track"].update(id=None, is_local=True)
    home.offer("v1", "Ada - Light", "Ada - Topic")
    home.offer("v2", "Bo - Bus", "Bo - Topic", "short")
    music.make(home.library / "tagged.mp3", 124, 196.0, 20, artist="Ed",
               title="Eve", TBPM="124", TKEY="Gm", comment="6A - Energy 6")
    (home.library / "torn.m4a").write_bytes(
        pathlib.Path(songs["m4a"]).read_bytes()[:40000])
    shutil.copy(songs["brief"], home.library / "Cy - Sea (Live).m4a")
    (home.library / "noise.mp3").write_bytes(b"hello" * 1000)


def speak(home, songs, say):
    """Pins and rejections."""
    say("pin", "pin", "--json")
    say("pin TRACK", "pin", "--json", "Cy - Sea", str(songs["flac"]))
    home.run("pin", "Bo - Bus", "https://youtu.be/abcdefghijk")
    home.run("reject", "Ada - Light", "https://youtu.be/abcdefghijk")
    home.run("reject", "Cy - Sea", str(home.library / "Ada - Light.m4a"))
    say("pin", "pin", "--json")
    say("reject", "reject", "--json")


def analyze(home, songs, say):
    one = music.make(home.top / "one.mp3", 124, 196.0, 20, artist="Ed",
                     title="Eve", genre="House", TSRC="GBAAA0000001")
    say("analyze", "analyze", "--json", "--beats", str(one), str(songs["short"]))
    for name in ("torn.m4a", "noise.mp3"):
        say("analyze", "analyze", "--json", str(home.library / name),
            status=None)


def judge(home, say):
    track = {"artists": ["Ada"], "title": "Light", "duration_ms": 200000,
             "isrc": "GBAAA0000001"}
    candidate = {"title": "Light", "artist": "Ada", "album": "Album",
                 "channel": "Ada", "isrc": "GBAAA0000001",
                 "duration_s": 200, "view_count": 7, "verified": True}
    cases = [{"id": 7, "track": track, "candidates": [candidate]},
             {"id": None, "track": track, "candidates": [{"title": "No"}],
              "stage": "received-file"},
             {"id": "x", "track": track, "files": [
                 {"path": "/a.mp3", "artist": "Ada", "title": "Light",
                  "isrc": "GBAAA0000001", "duration_s": 200}]}]
    for case in cases:
        title = "match, on standard input"
        assert fits(SHAPES[title], case, title, say.met)
    say("match", "match", input="".join(json.dumps(c) + "\n" for c in cases))
    backup = home.top / "backup.tar.zst"
    home.run("backup", str(backup))
    seal = subprocess.run(
        ["tar", "--zstd", "-xOf", str(backup), "likesync-backup.json"],
        capture_output=True, check=True, text=True).stdout
    assert fits(SHAPES["backup"], json.loads(seal), "backup", say.met)


def fail(home, service, say):
    """An unavailable source, and a run that fails."""
    home.inbox.rename(home.top / "elsewhere")
    say("SUMMARY", "sync", "--json", status=None)
    (home.top / "elsewhere").rename(home.inbox)
    home.config(liked="/none.csv")
    say("SUMMARY", "sync", "--json", status=78)
    home.config()
    say("status", "status", "--json")


def stopped(home, service, say):
    entered, gate = threading.Event(), threading.Event()
    service.faults = [("/v1/me/tracks", ("call", lambda: (
        entered.set(), gate.wait(60))))]
    p = subprocess.Popen(home.command("sync", "--json"), env=home.env(),
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert entered.wait(60)
    p.terminate()
    text = p.communicate(timeout=60)[0]
    gate.set()
    assert fits(SHAPES["SUMMARY"], json.loads(text), "SUMMARY", say.met)


def test_the_journal_and_the_hooks_get_the_same(home, songs):
    out = home.top / "out"
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\n")
    home.config(sources="inbox", liked=str(home.top / "likes.csv"),
                more="[hooks]\non_change = cat > %s\n" % out)
    shutil.copy(songs["mp3"], home.library)
    s = home.sync()
    journal = (home.state / "keep/runs.jsonl").read_text().splitlines()
    assert json.loads(out.read_text()) == s == json.loads(journal[-1])
    assert fits(SHAPES["SUMMARY"], s, "SUMMARY", set())


def test_every_metric_is_in_the_manual_and_the_other_way_about(home, service):
    service.likes = [row(1, "Ada", "Light")]
    (home.library / "noise.mp3").write_bytes(b"hello" * 1000)
    home.authorize()
    home.sync()
    text = home.prom.read_text()
    printed = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
    labels = {name: set() for name in printed}
    for name, inside in re.findall(r"^(likesync_\w+)(?:\{(.*)\})? ", text,
                                   re.M):
        labels[name] |= set(re.findall(r'(\w+)="', inside))
    manual, manual_labels = {}, {}
    for name, inside, kind in re.findall(
            r"^\.It (likesync_\w+)(?: Ns Bro ([\w, ]+?) Brc)? Pq (\w+)$",
            MANUAL.read_text(), re.M):
        manual[name] = kind
        manual_labels[name] = set(re.findall(r"\w+", inside))
    assert manual == printed
    assert manual_labels == labels
    assert all(name.endswith("_total") == (kind == "counter")
               for name, kind in printed.items())


def test_the_manual_shows_each_metric_with_its_labels_and_type():
    shown = subprocess.run(["mandoc", "-Tascii", MANUAL], check=True,
                           capture_output=True, text=True).stdout
    shown = re.sub(".\b", "", shown)     # bold is a letter over itself
    assert "likesync_problem_files{reason} (gauge)" in shown
    assert "likesync_fetches_total{source, result} (counter)" in shown
    assert not re.search(r"\{[^}]*\((gauge|counter)\)", shown)


def test_mandoc_finds_no_fault():
    r = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                        str(MANUAL)], capture_output=True, text=True)
    assert (r.returncode, r.stdout) == (0, ""), os.linesep + r.stdout
