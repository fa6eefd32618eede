# SPDX-License-Identifier: GPL-3.0-or-later
"""games BUILD FOLDER: tempo on real music, the music of Debian's game
packages (350 MB, kept in FOLDER).

Nobody wrote down its truth. But music that was made with a sequencer mostly
runs at a whole or a half number of beats a minute: whoever measures well falls
on those. A tempo drawn by lot is within 0.02 of one in 8 of 100 cases."""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import bench

PACKAGES = ("warzone2100-music", "singularity-music", "extremetuxracer-data",
            "frozen-bubble-data", "hedgewars-data")
KINDS = (".ogg", ".mp3", ".opus", ".flac", ".m4a")
SHORTEST = 45            # seconds: below are jingles and noises
NEAR = 0.02              # BPM


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not (folder / name).exists():
            subprocess.run(["apt-get", "download", "-qq", name], cwd=folder,
                           check=True)
            package = next(folder.glob(name + "_*.deb"))
            subprocess.run(["dpkg-deb", "-x", package, folder / name],
                           check=True)
            package.unlink()


def seconds(path):
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of",
         "csv=p=0", str(path)], capture_output=True, text=True, check=False)
    try:
        return float(said.stdout)
    except ValueError:
        return 0


def music(folder):
    for name in PACKAGES:
        for path in sorted((folder / name).rglob("*")):
            if path.suffix in KINDS and not path.is_symlink() and \
                    seconds(path) >= SHORTEST:
                yield path


def on_half(bpm):
    return bpm > 0 and abs(bpm * 2 - round(bpm * 2)) <= 2 * NEAR


def told(answers):
    """Those with a tempo, and how many of them fall on a half."""
    tempi = [a["bpm"] for a in answers if a.get("bpm")]
    hits = sum(map(on_half, tempi))
    return "%d | %d | %.0f" % (len(tempi), hits,
                               100 * hits / max(1, len(tempi)))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("build", type=pathlib.Path)
    p.add_argument("folder", type=pathlib.Path)
    args = p.parse_args()
    os.environ.setdefault("LIKESYNC_WORKER",
                          str(args.build / "likesync-worker"))
    fetch(args.folder)
    files = list(music(args.folder))
    systems = bench.Systems(args.build).all
    print("%d files\n" % len(files))
    print("| system | with a tempo | within %.2f of a whole or half BPM | %% |"
          % NEAR)
    print("|---|---|---|---|")
    for name in ("likesync", "aubiotrack", "qm-dsp"):
        given = [systems[name](str(path))[0] for path in files]
        print("| %s | %s |" % (name, told(given)), flush=True)
        if name != "likesync":
            continue
        sure = [a for a in given if a.get("bpmConfidence", 0) >= 0.8]
        print("| likesync, confidence 0.8 or more | %s |" % told(sure))
        for path, answer in zip(files, given):
            print(json.dumps([path.name, answer.get("bpm"),
                              answer.get("bpmConfidence")]), file=sys.stderr)


if __name__ == "__main__":
    main()
