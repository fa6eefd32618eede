# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on real input, with no account: an export file as Liked Songs,
a folder of purchases, a small library. Everything is made here, and removed."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import music  # noqa: E402

LIKED = [  # artist, title, bpm, root, where it is to be found
    ("Ada Wave", "First Light", 124, 220.0, "library"),
    ("Bo Kilter", "Night Bus", 128, 196.0, "inbox"),
    ("Cinder & Oak", "Slow River", 96, 174.6, "zip"),
    ("Dot Matrix", "Paper Feed", 140, 261.6, "zip"),
    ("Echo Line", "Not For Sale", 110, 207.7, "nowhere"),
]


def say(text):
    print("\n== " + text, flush=True)


def make_input(top):
    library, inbox = top / "library", top / "inbox"
    packed = top / "packed"
    for artist, title, bpm, root, place in LIKED:
        name = "%s - %s" % (artist, title)
        tags = {"artist": artist, "title": title}
        if place == "library":
            music.make(library / (name + ".mp3"), bpm, root, **tags)
        elif place == "inbox":
            music.make(inbox / (name + ".flac"), bpm, root, **tags)
        elif place == "zip":
            music.make(packed / (name + ".m4a"), bpm, root, **tags)
    with zipfile.ZipFile(inbox / "purchases.zip", "w") as z:
        for file in sorted(packed.iterdir()):
            z.write(file, "My purchases/" + file.name)
    tracks = [{"artist": artist, "album": "Demo", "track": title,
               "uri": "spotify:track:%022d" % n}
              for n, (artist, title, *_) in enumerate(LIKED)]
    (top / "YourLibrary.json").write_text(json.dumps({"tracks": tracks}))
    (top / "likesync.conf").write_text("""
[spotify]
liked = %(top)s/YourLibrary.json
[library]
path = %(top)s/library
max_disk_usage = 100%%
min_free = 0
[fetch]
sources = inbox
[source.inbox]
type = folder
path = %(top)s/inbox
[state]
dir = %(top)s/state
[metrics]
textfile = %(top)s/likesync.prom
[log]
target = stderr
""" % {"top": top})


def main():
    program = sys.argv[1]
    top = pathlib.Path(tempfile.mkdtemp(prefix="likesync-demo-"))

    def likesync(*words):
        print("$ likesync " + " ".join(words), flush=True)
        subprocess.run([program, "-c", str(top / "likesync.conf"), *words],
                       check=True)

    try:
        say("making a library, a zip of purchases, and five Liked Songs")
        make_input(top)
        say("what a run would do")
        likesync("sync", "--dry-run")
        say("the run")
        likesync("sync")
        say("what the library holds now")
        for file in sorted((top / "library").iterdir()):
            print("%9d  %s" % (file.stat().st_size, file.name))
        document = json.loads(
            (top / "library/audio-library-analysis.json").read_text())
        say("what the mix generator reads")
        for track in document["tracks"]:
            print("%-12s  %-14s  %6.2f BPM  %-8s %-3s  energy %d" % (
                track["artist"], track["title"], track["bpm"],
                track["key"], track.get("camelotKey", ""), track["energy"]))
        say("what is missing, and why")
        likesync("missing")
        say("the same run again: nothing is left to do")
        likesync("sync")
        if len(document["tracks"]) != 4:
            sys.exit("demo: four tracks were expected in the document")
    finally:
        shutil.rmtree(top)


main()
