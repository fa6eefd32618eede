# SPDX-License-Identifier: GPL-3.0-or-later
"""A little real music for the demo and the tests: a kick on every beat, a hat
between, a bass and a minor chord; encoded and tagged by ffmpeg."""
import pathlib
import subprocess
import sys


def make(path, bpm=120, root=220.0, seconds=20, args=(), **tags):
    """Writes path in the format of its ending; tags as ffmpeg names them."""
    beat = "mod(t\\,60/%s)" % bpm
    half = "mod(t+30/%s\\,60/%s)" % (bpm, bpm)
    sound = "+".join([
        "0.6*sin(2*PI*50*%s*exp(-3*%s))*exp(-9*%s)" % (beat, beat, beat),
        "0.2*(random(0)-0.5)*exp(-60*%s)" % half,
        "0.15*sin(2*PI*%s*t)*(1-exp(-20*%s))" % (root / 2, beat),
        "0.06*sin(2*PI*%s*t)" % root,
        "0.06*sin(2*PI*%s*t)" % (root * 2 ** (3 / 12)),
        "0.06*sin(2*PI*%s*t)" % (root * 2 ** (7 / 12)),
    ])
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = [word for key, value in tags.items()
            for word in ("-metadata", "%s=%s" % (key, value))]
    subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi",
         "-i", "aevalsrc=%s:s=44100:d=%s" % (sound, seconds),
         *meta, *args, "-bitexact", str(path)], check=True)
    return path


if __name__ == "__main__":
    make(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]),
         float(sys.argv[4]),
         **dict(word.split("=", 1) for word in sys.argv[5:]))
