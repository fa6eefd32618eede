# SPDX-License-Identifier: GPL-3.0-or-later
"""golden FOLDER: the short pieces of tests/e2e/golden, each 20 seconds of our
own synthesis (no soundfont), and what is true of them in truth.json. They are
kept with the source, so that its tests need neither numpy nor fluidsynth."""
import json
import pathlib
import sys

import mastering
from track import Track

SECONDS = 20
BEFORE = 0.7             # seconds of what precedes the groove
SEED = 42
STYLES = {"house": "opus", "dnb": "mp3", "waltz": "m4a", "trance": "m4a",
          "hiphop": "mp3"}
SMALL = {"mp3": ["-ac", "1", "-c:a", "libmp3lame", "-b:a", "32k"],
         "m4a": ["-ac", "1", "-c:a", "aac", "-b:a", "32k"],
         "opus": ["-ac", "1", "-c:a", "libopus", "-b:a", "24k"]}


def pieces():
    """The first steady track of each of the styles."""
    wanted = dict(STYLES)
    number = 0
    while wanted:
        track = Track(SEED, number)
        if track.name in wanted and track.time == "steady":
            track.codec = wanted.pop(track.name)
            track.drums = track.tones = "synth"
            track.finish = "clean"
            yield track
        number += 1


def write(track, folder):
    truth = track.truth()
    start = max(0, truth["mixIn"] - BEFORE)
    first = int(start * track.rate)
    piece = track.mix()[first:first + SECONDS * track.rate]
    name = "%s.%s" % (track.name, track.codec)
    mastering.encode(piece, track.rate, folder / name, SMALL[track.codec])
    return {"file": name, "bpm": truth["bpm"], "key": truth["key"],
            "meter": truth["meter"],
            "downbeat": round(truth["mixIn"] - first / track.rate, 3)}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(write(track, folder))
                       for track in pieces())
    (folder / "truth.json").write_text("[\n%s\n]\n" % lines)


if __name__ == "__main__":
    main()
