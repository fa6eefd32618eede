# SPDX-License-Identifier: GPL-3.0-or-later
"""generate FOLDER: rendered music, with what is true of it in truth.jsonl.
The same seed gives the same corpus."""
import argparse
import concurrent.futures
import json
import pathlib

import nothing
from track import Track


def make(folder, seed, number):
    return Track(seed, number).write(folder)


def corpus(folder, seed, tracks, jobs=2):
    folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        made = [pool.submit(make, folder, seed, n) for n in range(tracks)]
        with open(folder / "truth.jsonl", "w", encoding="utf-8") as f:
            for one in made:
                f.write(json.dumps(one.result()) + "\n")
                f.flush()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--tracks", type=int, default=24)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--nothing", action="store_true",
                   help="instead: noise, tones, speech and clips")
    args = p.parse_args()
    if args.nothing:
        nothing.write(args.folder, args.seed)
    else:
        corpus(args.folder, args.seed, args.tracks, args.jobs)


if __name__ == "__main__":
    main()
