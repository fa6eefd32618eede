# SPDX-License-Identifier: GPL-3.0-or-later
"""bench BUILD: figures side by side in one run, as ratios to what they are
held against. Nothing here passes or fails. In the environment ENTRIES sets the
size of the document, FILES and LIKES that of the library, and RESULTS names a
file for the rows as JSON lines."""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))
import music  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
ENTRIES = int(os.environ.get("ENTRIES", "40000"))
FILES = int(os.environ.get("FILES", "40000"))
LIKES = int(os.environ.get("LIKES", "10000"))
RESULTS = os.environ.get("RESULTS")


def timed(*command, stdin=None):
    """Wall and CPU seconds, and peak MB of the largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with open(stdin or os.devnull, "rb") as source, subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL) as p:
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert p.returncode == 0, command
    return (time.monotonic() - start,
            after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime, usage.ru_maxrss / 1024)


def both(a, b):
    return (a[0] + b[0], a[1] + b[1], max(a[2], b[2]))


def row(what, ours, theirs, rival=""):
    ratio = ours[1] / max(theirs[1], 1e-9)
    print("%-44s %7.2f s %7.2f s  x%.2f   %5.0f MB %5.0f MB  %s" % (
        what, ours[1], theirs[1], ratio, ours[2], theirs[2], rival))
    if RESULTS:
        with open(RESULTS, "a", encoding="utf-8") as f:
            json.dump({"work": what, "rival": rival, "ratio": ratio,
                       "ours": {"cpu_s": ours[1], "peak_mb": ours[2]},
                       "theirs": {"cpu_s": theirs[1],
                                  "peak_mb": theirs[2]}}, f)
            f.write("\n")


PYTHON = ("import json,sys; d=json.load(open(sys.argv[1])); "
          "d['tracks'].append({}); json.dump(d,open(sys.argv[2],'w'))")
NODE = ("const fs=require('fs'),[,a,b]=process.argv; "
        "const d=JSON.parse(fs.readFileSync(a)); d.tracks.push({}); "
        "fs.writeFileSync(b,JSON.stringify(d))")


def merge(top, files, changed=0, by_map=True):
    """Merges a made-up library into the document, as a run does."""
    out = subprocess.run(
        [str(BUILD / "bench/document"), str(top / "d.json"), str(top),
         str(files), str(changed)],
        capture_output=True, text=True, check=True)
    m = json.loads(out.stdout)
    assert m["written"] and m["by_map"] == by_map, m
    return (0, m["cpu_s"], m["peak_mb"])


def document(top):
    path, other = top / "d.json", top / "other.json"
    path.write_text('{"generatedAt":"x","totalFiles":0,"tracks":[]}\n')
    made = merge(top, ENTRIES, by_map=False)
    print("the document: %d entries, %.0f MB, made in %.1f s" % (
        ENTRIES, path.stat().st_size / 1e6, made[1]))
    # Runs are hours apart: what was written just now is hashed once more.
    time.sleep(4)
    copied = timed("cp", str(path), str(other))
    row("document: 3 added, 1 changed", merge(top, ENTRIES + 3, 1), copied,
        "cp")
    # Another program writes it, and it has been at rest since.
    shutil.copyfile(path, other)
    other.rename(path)
    os.utime(path, (1, 1))
    verified = timed("json_verify", stdin=path)
    copied = timed("cp", str(path), str(other))
    ours = merge(top, ENTRIES + 6, 1, by_map=False)
    row("the same, written by another program", ours, both(verified, copied),
        "json_verify + cp")
    row("", ours, timed(sys.executable, "-c", PYTHON, str(path), str(other)),
        "Python: parse, add, write")
    if path.stat().st_size < 500e6:    # a string of Node ends there
        row("", ours, timed("node", "-e", NODE, str(path), str(other)),
            "Node: parse, add, write")


CONFIG = """[spotify]
liked = {top}/likes.csv
[library]
path = {top}/library
max_disk_usage = 100%
min_free = 0
[fetch]
sources = inbox
[source.inbox]
type = folder
path = {top}/inbox
[state]
dir = {top}/state
[metrics]
textfile = {top}/likesync.prom
[log]
target = stderr
level = error
"""


def best(*command):
    """The cheapest of five: what else the machine does only adds."""
    return min((timed(*command) for _ in range(5)), key=lambda t: t[1])


def own_memory(command):
    """Peak MB of anonymous memory, without mapped files, as far as it is seen
    every millisecond."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as p:
        while p.poll() is None:
            try:
                text = pathlib.Path("/proc/%d/status" % p.pid).read_text()
                peak = max([peak] + [int(line.split()[1]) for line in
                                     text.splitlines() if "RssAnon" in line])
            except OSError:
                pass
            time.sleep(0.001)
    return peak / 1024


def library(top):
    """A user's library of analyzed files, in which nothing has changed."""
    top = top / "world"
    (top / "inbox").mkdir(parents=True)
    subprocess.run([str(BUILD / "bench/world"), str(top), str(FILES),
                    str(LIKES)], check=True)
    (top / "c.conf").write_text(CONFIG.format(top=top))
    likesync = (str(BUILD / "likesync"), "-c", str(top / "c.conf"))
    for _ in range(3):
        timed(*likesync, "sync")
    find = best("find", str(top / "library"), "-printf", "%T@ %s %p\\n")
    idle = best(*likesync, "sync")
    row("idle sync, %d likes, %d files" % (LIKES, FILES), idle, find,
        "find -printf '%T@ %s %p'")
    print("    its own memory, without mapped files: %.0f MB" %
          own_memory(likesync + ("sync",)))
    start = best(sys.executable, "-c", "pass")
    for command in (("status",), ("missing",), ("history", "Kalo")):
        row(" ".join(command), best(*likesync, *command), start,
            "Python's start")
    with open(top / "likes.csv", "a", encoding="utf-8") as f:
        f.write((top / "new.csv").read_text())
    row("one new like, a file of another name", timed(*likesync, "sync"),
        idle, "the idle sync")


def analysis(top):
    file = music.make(top / "long.mp3", seconds=180)
    floor = timed("ffmpeg", "-v", "error", "-threads", "1", "-i", str(file),
                  "-f", "null", "-")
    ours = timed(str(BUILD / "likesync"), "analyze", str(file))
    row("analyze 3 min of mp3", ours, floor, "ffmpeg -threads 1 -f null")


def matching():
    """10,000 liked songs beside 100,000 files, with no index to begin with;
    the other way compares all with all."""
    out = subprocess.run([str(BUILD / "bench/match"), "100000", "10000"],
                         capture_output=True, text=True, check=True).stdout
    m = json.loads(out)
    row("list 100,000 files by their words", (0, m["listed_s"], m["peak_mb"]),
        (0, m["listed_s"], 0), "itself")
    row("match 10,000 with 100,000", (0, m["cpu_s"], m["peak_mb"]),
        (0, m["levenshtein_s"], 0), "Levenshtein of all with all")


def main():
    with tempfile.TemporaryDirectory(prefix="likesync-bench-") as folder:
        top = pathlib.Path(folder)
        print("%-44s %9s %9s  %s" % ("CPU seconds and peak memory", "ours",
                                     "theirs", "ratio"))
        library(top)
        matching()
        analysis(top)
        document(top)


main()
