# SPDX-License-Identifier: GPL-3.0-or-later
"""What is placed is whole, lies inside the library, and an original is removed
only after that."""
import subprocess

import pytest
from spotify import row

SECONDS = 30
# Noise, so that no two stretches of it are alike.
SOUND = ["-f", "lavfi", "-i", "anoisesrc=d=%d:c=pink:a=0.4:seed=7" % SECONDS,
         "-ac", "2", "-ar", "48000"]
# How ffmpeg is told to fragment, and whether tags leave such a file whole.
FRAGMENTS = {
    "keyframe": ("frag_keyframe", False),
    "moof": ("frag_keyframe+default_base_moof", True),
    "empty": ("frag_keyframe+empty_moov", False),
    "dash": ("dash+frag_keyframe", True),
    "no tfra": ("frag_keyframe+skip_trailer", False),
}
FORMATS = {
    "mp3": ["-b:a", "192k"], "flac": [], "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"], "m4a": ["-c:a", "aac"], "wav": [],
    "aiff": [],
}


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y",
                    *map(str, arguments)], check=True)


def fragmented(path, flags):
    ffmpeg(*SOUND, "-c:a", "aac", "-b:a", "128k", "-movflags", flags,
           "-frag_duration", 7 * 1000000, path)


def packets(path):
    """A hash of all audio packets, as another program sees them."""
    r = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a",
                        "-c", "copy", "-f", "streamhash", "-"],
                       check=True, capture_output=True, text=True)
    return r.stdout


def moving(home, **more):
    home.service.likes = [row(1, "Ada", "Light", seconds=SECONDS)]
    home.config(sources="inbox", inbox="action = move", **more)
    home.authorize()


@pytest.mark.parametrize("kind", FRAGMENTS)
def test_a_fragmented_mp4_is_placed_whole(home, kind):
    original = home.inbox / "Ada - Light.m4a"
    flags, taggable = FRAGMENTS[kind]
    fragmented(original, flags)
    before = packets(original)
    moving(home)
    r = home.run("sync")
    placed = home.library / "Ada - Light.m4a"
    assert packets(placed) == before
    assert ("placed without tags" in r.stderr) == (not taggable)
    assert (b"%022d" % 1 in placed.read_bytes()) == taggable
    assert not original.exists()


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_is_tagged_and_placed_whole(home, extension):
    original = home.inbox / ("Ada - Light." + extension)
    ffmpeg(*SOUND, *FORMATS[extension], original)
    before = packets(original)
    moving(home)
    r = home.run("sync")
    placed, = home.library.glob("Ada*")
    assert packets(placed) == before
    assert b"%022d" % 1 in placed.read_bytes()
    assert "without tags" not in r.stderr and not original.exists()
