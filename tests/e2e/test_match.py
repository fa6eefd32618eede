# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement against cases whose answers are known: tests/cases/README."""
import json
import pathlib
import shutil
import subprocess

import conftest
import pytest
from spotify import row

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases"

# The most that may be wrong, and missed. A wrong one costs more than a miss.
ALLOWED = {
    "candidates": (0, 0),
    "library": (0, 0),
    "recorded-candidates": (0, 0),
    "recorded-library": (0, 0),
    "reported-candidates": (0, 1),
    "reported-library": (0, 0),
    "classical": (0, 0),
}


def question(number, case):
    """A case as `likesync match` reads it."""
    artists, title, seconds, *more = case["track"]
    track = {"artists": artists, "title": title, **(more[0] if more else {})}
    if seconds:
        track["duration_ms"] = round(seconds * 1000)
    line = {"id": number, "track": track}
    if "stage" in case:
        line["stage"] = case["stage"]
    if "files" in case:
        line["files"] = [
            {"path": f[0], **({"duration_s": f[1]} if f[1:] else {}),
             **(f[2] if f[2:] else {})} for f in case["files"]]
    else:
        line["candidates"] = [
            {"title": c[0], "channel": c[1], "duration_s": c[2],
             **(c[3] if c[3:] else {})} for c in case["offers"]]
    return json.dumps(line, ensure_ascii=False)


def ask(cases):
    lines = "\n".join(question(n, c) for n, c in enumerate(cases)) + "\n"
    done = subprocess.run([conftest.LIKESYNC, "match"], input=lines, text=True,
                          capture_output=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(name):
    with open(CASES / (name + ".jsonl"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


@pytest.mark.parametrize("name", ALLOWED)
def test_the_right_recording_or_none(name):
    cases = load(name)
    answers = ask(cases)
    assert len(answers) == len(cases)
    faults = {"wrong": [], "miss": []}
    for case, answer in zip(cases, answers):
        pick = answer["pick"]
        if pick == case["right"] or pick in case.get("or", []):
            continue
        faults["miss" if pick is None else "wrong"].append(
            "%s: %s: took %s, not %s: %s" % (
                case["class"], case["track"][:2], pick, case["right"],
                answer["why"]))
    report = "\n".join("%s %s" % (kind, line)
                       for kind in faults for line in faults[kind])
    assert (len(faults["wrong"]), len(faults["miss"])) <= ALLOWED[name] and \
        len(faults["miss"]) <= ALLOWED[name][1], report


def test_an_answer_says_what_came_nearest():
    answer, = ask([{"class": "", "track": [["Ada"], "Light", 200], "offers": [
        ["Dark", "Ada", 200], ["Ada - Light (Live)", "x", 200]],
        "right": None}])
    assert answer["pick"] is None and answer["best"] == 1
    assert "live" in answer["why"]
    answer, = ask([{"class": "", "track": [["Ada"], "Light", 200], "offers": [
        ["Light", "Ada - Topic", 200], ["Ada - Light (Live)", "x", 200]],
        "right": 0}])
    assert answer["pick"] == answer["best"] == 0
    assert "live" in answer["why"] and "official" in answer["why"]


def test_the_order_of_what_is_offered_does_not_matter():
    for name in ("candidates", "recorded-candidates"):
        cases = load(name)
        turned = [dict(c, offers=c["offers"][::-1]) for c in cases]
        for case, a, b in zip(cases, ask(cases), ask(turned)):
            assert a["scores"] == b["scores"][::-1], case
            assert (a["pick"] is None) == (b["pick"] is None), case


def test_what_was_not_held_is_found_when_its_file_appears(home, service,
                                                          songs):
    service.likes = [row(1, "Ada", "Light"), row(2, "Bo", "Bus")]
    home.authorize()
    assert home.sync()["in_library"] == 0
    # The library is as it was: nobody looks through it again.
    assert home.sync()["in_library"] == 0
    shutil.copy(songs["m4a"], home.library / "01 - ADA - Light (Official "
                "Audio).m4a")
    assert home.sync()["in_library"] == 1
