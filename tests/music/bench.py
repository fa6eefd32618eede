# SPDX-License-Identifier: GPL-3.0-or-later
"""bench BUILD: likesync's analysis beside other tools on the same files, as
tables. Nothing here passes or fails.

Each file is a process of its own, its start included; CPU time and memory are
of all that a system starts for it."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import generate
import score

HERE = pathlib.Path(__file__).resolve().parent


# ---------------------------------------------------------------- costs

def run(commands):
    """A pipeline's output, and what it cost: (text, CPU s, peak MB)."""
    processes = []
    feed = subprocess.DEVNULL
    for command in commands:
        p = subprocess.Popen(command, stdin=feed, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        if feed is not subprocess.DEVNULL:
            feed.close()
        feed = p.stdout
        processes.append(p)
    text = feed.read().decode()
    cpu = peak = 0
    for p in processes:
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss / 1024)
    feed.close()
    return text, cpu, peak


def tempo_of(beats):
    """From the median of stretches of up to 32 beats: finer than that of
    single ones."""
    span = min(32, len(beats) - 1)
    if span < 1:
        return 0
    return 60 * span / statistics.median(
        b - a for a, b in zip(beats, beats[span:]))


def numbers(text):
    return [float(word) for word in text.split()]


# -------------------------------------------------------------- systems

class Systems:
    def __init__(self, build):
        self.build = build
        self.all = {"likesync": self.likesync, "aubiotrack": self.aubiotrack,
                    "bpm-tools": self.bpm_tools, "qm-dsp": self.qm,
                    "decode and loudness": self.floor,
                    "ffmpeg -f null": self.ffmpeg}

    def likesync(self, path):
        text, *cost = run([[self.build / "likesync", "analyze", "--json",
                            "--beats", path]])
        return json.loads(text), *cost

    @staticmethod
    def aubiotrack(path):
        text, *cost = run([["aubiotrack", path]])
        beats = numbers(text)
        return {"bpm": tempo_of(beats), "beats": beats}, *cost

    @staticmethod
    def bpm_tools(path):
        text, *cost = run([["ffmpeg", "-nostdin", "-v", "error", "-i", path,
                            "-ac", "1", "-ar", "44100", "-f", "f32le", "-"],
                           ["bpm"]])
        return {"bpm": sum(numbers(text))}, *cost

    def qm(self, path):
        text, *cost = run([[self.build / "music/qm", path]])
        beats, key, *_ = text.split("\n") + [""]
        beats = numbers(beats)
        return {"bpm": tempo_of(beats), "beats": beats, "key": key}, *cost

    def floor(self, path):
        _, *cost = run([[self.build / "music/floor", path]])
        return {}, *cost

    @staticmethod
    def ffmpeg(path):
        _, *cost = run([["ffmpeg", "-nostdin", "-v", "error", "-threads", "1",
                         "-i", path, "-f", "null", "-"]])
        return {}, *cost


def answers(system, truths, corpus):
    out = {}
    for name in truths:
        path = corpus / name
        answer, cpu, peak = system(str(path))
        out[name] = {**answer, "filePath": str(path), "cpu": cpu,
                     "peak": peak}
    return out


def keep(path, given):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        for answer in given.values():
            f.write(json.dumps(answer) + "\n")


def generated(folder, seed, tracks):
    """A corpus that is there already, whole, is not made again."""
    try:
        if len(score.read_truth(folder)) == tracks:
            return
    except (OSError, ValueError):
        pass
    print("rendering %d tracks of seed %d .." % (tracks, seed), flush=True)
    generate.corpus(folder, seed, tracks)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("build", type=pathlib.Path)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--tracks", type=int, default=24)
    p.add_argument("--misses", action="store_true")
    p.add_argument("--corpus", type=pathlib.Path,
                   help="one that is there, instead of a rendered one")
    p.add_argument("--only", metavar="SYSTEM",
                   help="one of them: likesync, while tuning it")
    args = p.parse_args()
    os.environ.setdefault("LIKESYNC_WORKER",
                          str(args.build / "likesync-worker"))
    corpus = args.corpus
    if corpus is None:
        corpus = args.build / ("music/seed-%d" % args.seed)
        generated(corpus, args.seed, args.tracks)
    truths = score.read_truth(corpus)
    scores = {}
    for name, system in Systems(args.build).all.items():
        if args.only not in (None, name):
            continue
        started = time.monotonic()
        given = answers(system, truths, corpus)
        keep(args.build / "music/answers" / corpus.name / (name + ".jsonl"),
             given)
        scores[name] = score.scored(truths, given)
        print("%-20s %4.0f s" % (name, time.monotonic() - started),
              file=sys.stderr)
    print("\n%d tracks of %s\n" % (len(truths), corpus))
    score.print_table(scores)
    ours = scores.get("likesync", score.Score())
    floor = scores.get("decode and loudness")
    print()
    if floor and ours.cpu:
        print("CPU of likesync over decode and loudness alone: x%.2f" % (
            sum(ours.cpu) / sum(floor.cpu)))
    score.print_more(ours)
    if args.misses:
        print("\n".join(ours.misses))


if __name__ == "__main__":
    main()
