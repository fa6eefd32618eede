# SPDX-License-Identifier: GPL-3.0-or-later
"""A little real music for the demo and the tests: a kick on every beat, a hat
between, a bass and a minor chord; encoded and tagged by ffmpeg."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys


def render(path, options):
    """ffmpeg with these options makes path; or it is copied, if MUSIC_CACHE in
    the environment names a folder where the same was made before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.environ.get("MUSIC_CACHE")
    kept = folder and pathlib.Path(folder) / (
        hashlib.sha256(repr(options).encode()).hexdigest() + path.suffix)
    if kept and kept.exists():
        shutil.copyfile(kept, path)
        return
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y",
                    *options, str(path)], check=True)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_suffix(".%d" % os.getpid())
        shutil.copyfile(path, new)
        new.replace(kept)


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
    meta = [word for key, value in tags.items()
            for word in ("-metadata", "%s=%s" % (key, value))]
    render(path, ["-f", "lavfi", "-i", "aevalsrc=%s:s=44100:d=%s" %
                  (sound, seconds), *meta, *args, "-bitexact"])
    return path


if __name__ == "__main__":
    make(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]),
         float(sys.argv[4]),
         **dict(word.split("=", 1) for word in sys.argv[5:]))
