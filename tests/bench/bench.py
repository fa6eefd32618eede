# SPDX-License-Identifier: GPL-3.0-or-later
"""bench BUILD: figures side by side in one run, as ratios to what they are
held against. Nothing here passes or fails."""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))
import music  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
ENTRIES = int(os.environ.get("ENTRIES", "30000"))


def timed(*command):
    """Wall and CPU seconds, and peak MB of the largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as p:
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert p.returncode == 0, command
    return (time.monotonic() - start,
            after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime, usage.ru_maxrss / 1024)


def row(what, ours, theirs):
    print("%-44s %7.2f s %7.2f s  x%.2f   %5.0f MB %5.0f MB" % (
        what, ours[1], theirs[1], ours[1] / max(theirs[1], 1e-9),
        ours[2], theirs[2]))


def big_document(path):
    """Of the field's shape: 10 KB of two-second segments an entry."""
    segments = [{"type": "unknown", "startTime": 2 * n, "endTime": 2 * n + 2,
                 "avgEnergy": 0.5, "beatCount": 4} for n in range(120)]
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"generatedAt":"x","tracks":[')
        for n in range(ENTRIES):
            f.write("," if n else "")
            json.dump({"id": "t%d" % n, "filePath": "/other/%d.mp3" % n,
                       "segments": segments}, f)
        f.write("]}")


def document(top):
    library = top / "library"
    music.make(library / "Ada - Light.mp3", seconds=10)
    path = top / "library/audio-library-analysis.json"
    (top / "c.conf").write_text(
        "[spotify]\nliked = %s/l.m3u\n[library]\npath = %s\n"
        "[state]\ndir = %s/state\n[log]\ntarget = stderr\nlevel = error\n"
        % (top, library, top))
    (top / "l.m3u").write_text("#EXTM3U\n")
    big_document(path)
    print("the document: %d entries, %.0f MB" % (
        ENTRIES, path.stat().st_size / 1e6))
    theirs = timed(sys.executable, "-c",
                   "import json,sys; d=json.load(open(sys.argv[1])); "
                   "d['tracks'].append({}); "
                   "json.dump(d,open(sys.argv[2],'w'))",
                   str(path), str(top / "other.json"))
    ours = timed(str(BUILD / "likesync"), "-c", str(top / "c.conf"), "scan")
    row("add an entry (against Python's json)", ours, theirs)
    idle = timed(str(BUILD / "likesync"), "-c", str(top / "c.conf"), "scan")
    row("an idle scan (against the one before)", idle, ours)


def analysis(top):
    file = music.make(top / "long.mp3", seconds=180)
    floor = timed("ffmpeg", "-v", "error", "-threads", "1", "-i", str(file),
                  "-f", "null", "-")
    ours = timed(str(BUILD / "likesync"), "analyze", str(file))
    row("analyze 3 min of mp3 (against ffmpeg's decode)", ours, floor)


def matching():
    """10,000 liked songs beside 100,000 files, with no index to begin with;
    the other way compares all with all."""
    out = subprocess.run([str(BUILD / "bench/match"), "100000", "10000"],
                         capture_output=True, text=True, check=True).stdout
    m = json.loads(out)
    row("match 10,000 with 100,000 (against Levenshtein)",
        (0, m["cpu_s"], m["peak_mb"]), (0, m["levenshtein_s"], 0))


def main():
    with tempfile.TemporaryDirectory(prefix="likesync-bench-") as folder:
        top = pathlib.Path(folder)
        print("%-44s %9s %9s  %s" % ("CPU seconds and peak memory", "ours",
                                     "theirs", "ratio"))
        matching()
        analysis(top)
        document(top)


main()
