# SPDX-License-Identifier: GPL-3.0-or-later
"""score CORPUS ANSWERS..: how true answers are, as a table.

ANSWERS is a file of JSON lines as `likesync analyze --json --beats` prints
them; its stem names the system. cpu (seconds) and peak (MB), where a line has
them, are what the answer cost."""
import argparse
import bisect
import json
import pathlib
import statistics

PITCHES = {name: n for n, names in enumerate(
    ("C", "C# Db", "D", "D# Eb", "E", "F", "F# Gb", "G", "G# Ab", "A",
     "A# Bb", "B")) for name in names.split()}
CLOSE = 0.05             # BPM
NEAR = 0.035             # seconds between a beat and its truth
# Modes whose key nobody would dispute; of the others the truth is a custom.
PLAIN = ("major", "minor", "harmonic")


# ------------------------------------------------------------- measures

def folded(bpm):
    while 0 < bpm < 85:
        bpm *= 2
    while bpm > 175:
        bpm /= 2
    return bpm


def within(share, bpm, truth):
    return abs(bpm - truth) <= share * truth


def close(bpm, truth):
    """Precise, whatever the octave."""
    return min(abs(bpm - truth), abs(bpm * 2 - truth),
               abs(bpm / 2 - truth)) <= CLOSE


def parsed_key(text):
    name, mode = text.split()
    return PITCHES[name], mode == "minor"


def mirex(answer, truth):
    """What the MIREX contest gives for a key: 1 exact, 0.5 a fifth off,
    0.3 the relative, 0.2 the parallel one."""
    if not answer:
        return 0.0
    (a, minor), (b, truth_minor) = parsed_key(answer), parsed_key(truth)
    if minor == truth_minor:
        return 1.0 if a == b else 0.5 if (a - b) % 12 in (5, 7) else 0.0
    relative = (b - 3) % 12 if not truth_minor else (b + 3) % 12
    return 0.3 if a == relative else 0.2 if a == b else 0.0


def beat_f(beats, truth):
    """F measure of beats, where there is music."""
    beats = [b for b in beats if truth[0] - NEAR <= b <= truth[-1] + NEAR]
    hits = 0
    at = 0
    for beat in beats:
        while at < len(truth) and truth[at] < beat - NEAR:
            at += 1
        if at < len(truth) and truth[at] <= beat + NEAR:
            hits += 1
            at += 1
    return 2 * hits / (len(beats) + len(truth))


def beats_of(answer, end):
    """Those that were printed, or those that a steady grid means."""
    if answer.get("beats"):
        return answer["beats"]
    grid = answer.get("beatGrid") or {}
    if not answer.get("bpm") or grid.get("firstBeat") is None or \
            not grid.get("constant"):
        return []
    step = 60 / answer["bpm"]
    count = int((end - grid["firstBeat"]) / step) + 1
    return [grid["firstBeat"] + n * step for n in range(max(0, count))]


# --------------------------------------------------------------- tables

class Count:
    """So many of so many."""

    def __init__(self):
        self.hits = 0
        self.of = 0

    def add(self, hit):
        self.hits += bool(hit)
        self.of += 1

    def __str__(self):
        if self.of == 0:
            return "-"
        return "%.1f" % (100 * self.hits / self.of)

    def fraction(self):
        return "%d/%d" % (self.hits, self.of)


class Score:
    COUNTS = ("acc1", "folded", "close", "exact", "plain", "sure", "steady",
              "unsteady", "meter", "downbeat", "energy", "mixIn", "mixOut",
              "breakdownFound", "breakdownTrue", "dropFound", "dropTrue",
              "noTempo", "noKey")

    def __init__(self):
        for name in self.COUNTS:
            setattr(self, name, Count())
        self.mirex = []
        self.f = []
        self.f_steady = []
        self.cpu = []
        self.peak = []
        self.misses = []
        self.told = set()

    def miss(self, truth, what, *values):
        self.misses.append("%-24s %-10s %s" % (
            truth["file"], what, "  ".join(str(v) for v in values)))

    def add(self, truth, answer):
        self.told.update(name for name in ("bpm", "key", "beats", "beatGrid")
                         if answer.get(name))
        for name in ("cpu", "peak"):
            if name in answer:
                getattr(self, name).append(answer[name])
        if truth["bpm"] is None:
            self.nothing(truth, answer)
            return
        self.tempo(truth, answer)
        self.key(truth, answer)
        self.grid(truth, answer)
        if answer.get("energy"):
            self.energy.add(abs(answer["energy"] - truth["energy"]) <= 1)
        if answer.get("segments") is not None:
            self.structure(truth, answer)

    def nothing(self, truth, answer):
        self.noTempo.add(not answer.get("bpm"))
        self.noKey.add(not answer.get("key"))
        if answer.get("bpm") or answer.get("key"):
            self.miss(truth, "nothing", answer.get("bpm"), answer.get("key"))

    def tempo(self, truth, answer):
        bpm = answer.get("bpm") or 0
        grid = answer.get("beatGrid") or {}
        if truth["time"] != "steady":
            self.unsteady.add(not grid.get("constant"))
            return
        true = truth["bpm"]
        self.acc1.add(within(0.04, bpm, true))
        self.folded.add(within(0.04, folded(bpm), folded(true)))
        self.close.add(close(bpm, true))
        self.steady.add(grid.get("constant"))
        if answer.get("bpmConfidence", 0) >= 0.8:
            self.sure.add(close(bpm, true))
        if not within(0.04, bpm, true) or not close(bpm, true):
            self.miss(truth, "tempo", true, bpm, "confidence",
                      answer.get("bpmConfidence"))
        elif not grid.get("constant", True):
            self.miss(truth, "steady", true, bpm)

    def key(self, truth, answer):
        points = mirex(answer.get("key"), truth["key"])
        self.exact.add(points == 1)
        if truth["mode"] in PLAIN:
            self.plain.add(points == 1)
        self.mirex.append(points)
        if points < 1:
            self.miss(truth, "key", truth["key"], answer.get("key"),
                      truth["mode"], "(%s)" % truth["chords"],
                      "%+.0f cents" % truth["cents"])

    def grid(self, truth, answer):
        beats = truth["beats"]
        f = beat_f(beats_of(answer, beats[-1]), beats)
        self.f.append(f)
        if truth["time"] == "steady":
            self.f_steady.append(f)
        if f < 0.9:
            self.miss(truth, "beats", "F %.2f" % f, truth["time"])
        grid = answer.get("beatGrid") or {}
        if grid.get("downbeat") is None or f < 0.9:
            return
        self.meter.add(grid.get("beatsPerBar") == truth["meter"])
        right = on_downbeat(grid["downbeat"], truth)
        self.downbeat.add(right)
        if not right or grid.get("beatsPerBar") != truth["meter"]:
            self.miss(truth, "bar", "meter", truth["meter"],
                      grid.get("beatsPerBar"), "downbeat",
                      truth["firstDownbeat"], grid["downbeat"])

    def structure(self, truth, answer):
        bar = bar_of(truth)
        points = answer.get("mixPoints") or {}
        for name in ("mixIn", "mixOut"):
            said = points.get(name + "Point", -1e9)
            right = abs(said - truth[name]) <= bar
            getattr(self, name).add(right)
            if not right:
                self.miss(truth, name, truth[name], said)
        for kind, fair in (("breakdown", ("breakdown",)),
                           ("drop", ("drop", "chorus"))):
            said = [s["startTime"] for s in answer["segments"]
                    if s["type"] == kind]
            true = [s["start"] for s in truth["sections"]
                    if s["kind"] == kind]
            allowed = [s["start"] for s in truth["sections"]
                       if s["kind"] in fair]
            found = getattr(self, kind + "Found")
            for start in true:
                found.add(any(abs(start - s) <= bar for s in said))
            for start in said:
                getattr(self, kind + "True").add(
                    any(abs(start - s) <= bar for s in allowed))
            if [s for s in true if all(abs(s - x) > bar for x in said)]:
                self.miss(truth, kind, true, "said", said)


def bar_of(truth):
    beats = truth["beats"]
    return truth["meter"] * statistics.median(
        b - a for a, b in zip(beats, beats[1:]))


def on_downbeat(at, truth):
    """at: within 50 ms of the first beat of a bar?"""
    downbeats = truth["beats"][::truth["meter"]]
    after = bisect.bisect(downbeats, at)
    return min((abs(at - d) for d in downbeats[max(0, after - 1):after + 1]),
               default=1e9) <= 0.05


def mean(values, form="%.1f"):
    return form % statistics.fmean(values) if values else "-"


def untold(score, *names):
    """Of what a system doesn't tell at all, nothing is told."""
    return "-" if score.told.isdisjoint(names) else ""


TABLE = (
    ("Acc1", lambda s: untold(s, "bpm") or s.acc1),
    ("folded 85..175", lambda s: untold(s, "bpm") or s.folded),
    ("within 0.05 BPM (x2 ok)", lambda s: untold(s, "bpm") or s.close),
    ("key exact / MIREX", lambda s: untold(s, "key") or "%s / %s" % (
        s.exact, mean([100 * m for m in s.mirex]))),
    ("beat F 35 ms", lambda s: untold(s, "beats", "beatGrid") or
     mean([100 * f for f in s.f])),
    ("CPU s a track", lambda s: mean(s.cpu, "%.2f")),
    ("peak MB", lambda s: "%.0f" % max(s.peak) if s.peak else "-"),
)
MORE = (
    ("at confidence 0.8 or more, within 0.05 BPM", "sure"),
    ("steady tempo called steady", "steady"),
    ("unsteady tempo called unsteady", "unsteady"),
    ("key exact, church modes apart", "plain"),
    ("beats a bar", "meter"), ("downbeat", "downbeat"),
    ("energy within a step of the formula", "energy"),
    ("mix-in within a bar", "mixIn"), ("mix-out within a bar", "mixOut"),
    ("breakdowns found", "breakdownFound"),
    ("breakdowns true", "breakdownTrue"),
    ("drops found", "dropFound"), ("drops true", "dropTrue"),
    ("no tempo where there is none", "noTempo"),
    ("no key where there is none", "noKey"),
)


def print_table(scores):
    """scores: {system: Score}."""
    print("| system | %s |" % " | ".join(head for head, _ in TABLE))
    print("|---" * (len(TABLE) + 1) + "|")
    for name, s in scores.items():
        print("| %s | %s |" % (name, " | ".join(
            str(value(s)) for _, value in TABLE)))


def print_more(score):
    if score.f_steady:
        print("%-44s %5s %%" % ("beat F 35 ms of steady tempo",
                                mean([100 * f for f in score.f_steady])))
    for head, name in MORE:
        count = getattr(score, name)
        if count.of:
            print("%-44s %5s %%  %s" % (head, count, count.fraction()))


def read_truth(corpus):
    with open(pathlib.Path(corpus, "truth.jsonl"), encoding="utf-8") as f:
        return {t["file"]: t for t in map(json.loads, f)}


def read_answers(path):
    with open(path, encoding="utf-8") as f:
        return {pathlib.Path(a["filePath"]).name: a
                for a in map(json.loads, f)}


def scored(truths, answers):
    """A file without an answer was answered with nothing."""
    score = Score()
    for name, truth in truths.items():
        score.add(truth, answers.get(name, {}))
    return score


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("corpus")
    p.add_argument("answers", nargs="+", type=pathlib.Path)
    p.add_argument("--misses", action="store_true",
                   help="each track that a system was wrong about")
    args = p.parse_args()
    truths = read_truth(args.corpus)
    scores = {path.stem: scored(truths, read_answers(path))
              for path in args.answers}
    print_table(scores)
    for name, score in scores.items():
        print("\n%s" % name)
        print_more(score)
        if args.misses:
            print("\n".join(score.misses))


if __name__ == "__main__":
    main()
