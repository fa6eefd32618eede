# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides name what there is."""
import re

import pytest
from conftest import HERE

TOP = HERE.parents[1]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return [re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-")
            for h in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_leads_to_every_guide():
    """By itself, or by a page that it leads to."""
    reached, new = set(), {TOP / "README.md"}
    while new:
        page = new.pop()
        reached.add(page)
        new |= {(page.parent / link).resolve() for link in
                re.findall(r"\]\(([^)#]+\.md)", page.read_text())} - reached
    assert set(PAGES) <= reached


def test_the_map_has_every_folder_of_the_program():
    page = (TOP / "docs/architecture.md").read_text()
    chapter = page.split("## The map")[1].split("\n## ")[0]
    told, path = set(), {}
    for indent, name in re.findall(r"^    ( *)(\w+)/ ", chapter, re.M):
        path[len(indent)] = name
        above = [path[i] for i in sorted(path) if 2 <= i < len(indent)]
        told.add("/".join(above + [name]))
        path = {i: n for i, n in path.items() if i <= len(indent)}
    there = {str(f.parent.relative_to(TOP / "agent"))
             for f in (TOP / "agent").rglob("*.c")} - {"."}
    assert told == there


def test_every_file_that_the_architecture_page_names_is_there():
    page = (TOP / "docs/architecture.md").read_text()
    for name in re.findall(r"\b((?:%s)/[\w/]+\.\w+)" % "|".join(
            f.name for f in (TOP / "agent").iterdir() if f.is_dir()), page):
        assert (TOP / "agent" / name).exists(), name


@pytest.mark.parametrize("name", ["security", "reliability"])
def test_every_file_and_test_that_a_claim_names_is_there(name):
    page = (TOP / "docs" / (name + ".md")).read_text()
    for path in re.findall(r"\b((?:tests|agent|etc)/[\w./]*\w)", page):
        assert (TOP / path).exists(), path
    names = {p.stem for top in ("tests", "agent")
             for p in (TOP / top).rglob("*")}
    text = "".join(p.read_text() for pattern in (
        "tests/unit/*.c", "tests/e2e/*.py", "agent/**/*.[ch]")
        for p in TOP.glob(pattern))
    for word in re.findall(r"`([a-z]\w*_\w+)`", page):
        assert word in names or re.search(r"\b%s\b" % word, text), word


def test_every_alert_is_explained():
    rules = (TOP / "etc/prometheus/likesync.rules.yml").read_text()
    guide = (TOP / "docs/monitoring.md").read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    assert alerts == sorted(set(alerts), key=alerts.index)
    assert set(alerts) == set(re.findall(r"^\| (Likesync\w+)", guide, re.M))


def test_every_key_that_a_guide_names_is_a_key():
    sample = (TOP / "etc/likesync.conf").read_text()
    keys = set(re.findall(r"^#(\w+) =", sample, re.M))
    for page in PAGES:
        for section, key in re.findall(
                r"`\[([a-z.]+)\] (\w+)(?: =[^`]*)?`", page.read_text()):
            assert key in keys, (page.name, section, key)
