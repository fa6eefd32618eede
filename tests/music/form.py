# SPDX-License-Identifier: GPL-3.0-or-later
"""How a song is built: sections with the layers that play in them.

Layers: n count-in, k kick, s snare and clap, h other drums, b bass, c chords,
p pad, m melody, a arpeggio, r roll and riser. The groove is full where there
are both k and b."""
import dataclasses

SECONDS = (95, 165)      # how long a song should be, about

# Layers that come in one by one, and go out in the opposite order.
GROWTHS = ("k kh ksh", "h kh ksh", "p ph khp", "kh", "ksh", "kh khc", "pa",
           "c hc", "kh ksh", "")
BREAKDOWNS = ("p", "pm", "c", "cm", "pa", "hp", "bp", "hc", "bc", "pm")


@dataclasses.dataclass
class Section:
    kind: str
    layers: str
    bar: int
    bars: int

    @property
    def full(self):
        return "k" in self.layers and "b" in self.layers


def groove(r, more):
    """A full one, with so many layers above drums and bass."""
    return "kshb" + "".join(r.sample("cpma", more))


def club(r):
    growth = r.choice(GROWTHS).split()
    for layers in growth:
        yield "intro", r.choice((1, 1, 2)), layers
    if r.random() < 0.6:
        yield "verse", r.choice((2, 4)), "kshbc"
    elif growth and "k" not in growth[-1]:
        yield "buildup", 1, growth[-1] + "r"
        yield "drop", r.choice((2, 4)), groove(r, 3)
    else:
        yield "drop" if growth else "verse", 4, groove(r, 2)
    for _ in range(r.choice((1, 2, 2))):
        layers = r.choice(BREAKDOWNS)
        yield "breakdown", r.choice((1, 2, 2, 3)), layers
        if r.random() < 0.7:
            yield "buildup", 1, layers + "r" + r.choice(("", "h", "k"))
        yield "drop", r.choice((2, 3, 4)), groove(r, r.choice((2, 3)))
    for layers in growth[:r.choice((0, 1, 2))][::-1]:
        yield "outro", r.choice((1, 2)), layers


def song(r):
    chorus = groove(r, 3)
    verse = "kshbc" + r.choice(("", "m", "a"))
    if r.random() < 0.7:
        yield "intro", 1, r.choice(("c", "cm", "hc", "p", "kh"))
    if r.random() < 0.2:
        yield "verse", 2, "cm"
    for _ in range(2):
        yield "verse", r.choice((2, 2, 3)), verse
        yield "chorus", 2, chorus
    if r.random() < 0.7:
        yield "breakdown", r.choice((1, 2)), r.choice(BREAKDOWNS)
        yield "chorus", r.choice((2, 3)), chorus
    if r.random() < 0.6:
        yield "outro", 1, r.choice(("c", "cp", "hc", "p"))


def loop(r):
    verse = "kshbc" + r.choice(("", "p", "a", "m"))
    if r.random() < 0.7:
        yield "intro", r.choice((1, 2)), r.choice(("c", "cp", "hc", "m"))
    yield "verse", r.choice((3, 4)), verse
    if r.random() < 0.5:
        yield "chorus", 2, verse + r.choice("pm")
    if r.random() < 0.5:
        yield "breakdown", 1, r.choice(BREAKDOWNS)
    yield "verse", r.choice((3, 4)), verse
    if r.random() < 0.5:
        yield "chorus", 2, verse + r.choice("pm")
    if r.random() < 0.6:
        yield "outro", 1, r.choice(("c", "hc", "cp"))


def bare(r):
    """Without drums."""
    for _ in range(r.choice((3, 4))):
        yield "verse", r.choice((2, 4)), r.choice(
            ("bcm", "bca", "bpm", "cm", "bcpm", "ca"))


FORMS = {"club": club, "song": song, "loop": loop, "bare": bare}


def sections(style, bpm, r):
    """A form of the style's kind, in units of 2, 4 or 8 bars: whichever comes
    closest to a length drawn by chance."""
    pieces = list(FORMS[style.form](r))
    units = sum(count for _, count, _ in pieces)
    bar_seconds = style.meter * 60 / bpm
    wanted = r.uniform(*SECONDS)
    unit = min((2, 4, 8), key=lambda u: abs(u * units * bar_seconds - wanted))
    out = []
    bar = 0
    if style.palette in ("band", "acoustic") and r.random() < 0.15:
        out.append(Section("intro", "n", 0, 1))
        bar = 1
    for kind, count, layers in pieces:
        out.append(Section(kind, layers, bar, count * unit))
        bar += count * unit
    return out
