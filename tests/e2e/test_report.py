# SPDX-License-Identifier: GPL-3.0-or-later
"""The report, as a browser shows it."""
import html.parser
import json
import os
import re
import shutil
import signal
import subprocess

import pytest
from conftest import LIKESYNC
from spotify import row


class Page(html.parser.HTMLParser):
    """What is to be told apart by id, and the text of it all."""

    def __init__(self, text):
        super().__init__()
        self.values, self.texts, self.open = {}, {}, []
        self.figures, self.rows, self.addresses = [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        name = a.get("id")
        if name:
            self.values[name] = a.get("value", a.get("datetime"))
            self.texts[name] = ""
            self.open.append((tag, name))
        if tag == "figure":
            self.figures.append(name)
        self.addresses += [v for k, v in attributes
                           if k in ("src", "href", "action", "data")]

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data):
        for _, name in self.open:
            self.texts[name] += data


def browse(home, page, width=1280):
    """The page's text after its script ran, and what the console said."""
    r = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--allow-file-access-from-files", "--enable-logging=stderr",
         "--user-data-dir=%s" % (home.top / "browser"),
         "--window-size=%d,2000" % width, "--virtual-time-budget=5000",
         "--dump-dom", "file://%s" % page],
        capture_output=True, text=True, timeout=120,
        env={**os.environ, "HOME": str(home.top / "home")})
    assert r.returncode == 0, r.stderr
    return r.stdout, [line for line in r.stderr.splitlines()
                      if "CONSOLE" in line]


# Looks at the page from outside, as wide as a phone or a desk.
FRAME = """<!doctype html><iframe src="{page}" width="{width}" height="2000">
</iframe><pre id="out"></pre><script>
const frame = document.querySelector("iframe");
frame.onload = function () {{
	const page = frame.contentDocument, out = {{}};
	const time = frame.contentWindow.performance.timing;
	out.width = page.documentElement.scrollWidth;
	out.opened = time.domComplete - time.responseEnd;
	const words = page.getElementById("words");
	if (words) {{
		words.value = "  LIGHT ada";
		words.dispatchEvent(new Event("input"));
		out.shown = Array.from(page.querySelectorAll(
			"#missing-rows tbody tr:not([hidden]) th")).map(
			cell => cell.textContent);
		out.found = page.getElementById("found").textContent;
	}}
	document.getElementById("out").textContent = JSON.stringify(out);
}};
</script>"""


def look(home, page, width):
    frame = home.top / "frame.html"
    frame.write_text(FRAME.format(page=page.name, width=width))
    text, console = browse(home, frame, width + 40)
    assert console == []
    return json.loads(Page(text).texts["out"])


@pytest.fixture
def filled(home, service, songs):
    """A library with something to tell: one song that was found, three that
    were not, and a run that failed."""
    service.likes = [row(4, "Cy", "Sea <b>&amp;"), row(3, "Ada", "Light"),
                     row(2, "Bo", "Bus"), row(1, "Ada", "Lighter")]
    shutil.copy(songs["m4a"], home.inbox / "Bo - Bus.m4a")
    home.config(sources="inbox")
    home.authorize()
    home.sync()
    home.config(liked=str(home.top / "none.csv"))
    home.run("sync", status=78)
    home.config(sources="inbox")
    return home


def test_its_numbers_are_those_of_status(filled):
    page = filled.top / "report.html"
    filled.run("report", "-o", str(page))
    status = json.loads(filled.run("status", "--json").stdout)
    text, console = browse(filled, page)
    assert console == []
    shown = Page(text)
    assert status["missing"] == 3 and status["in_library"] == 1
    for key in ("liked", "in_library", "missing", "library_files", "runs_total",
                "fetched_total"):
        assert float(shown.values["status-" + key]) == status[key], key
    for key in ("last_success", "authorization_expires_at"):
        assert shown.values["status-" + key] == status[key], key
    # Others write to that disk too.
    assert abs(float(shown.values["status-disk_percent"]) -
               status["disk_percent"]) < 1
    assert shown.texts["found"] == "3 of 3"
    assert "the last run failed" in shown.texts["healthy"]
    assert shown.texts["arrivals"].count("Bus") == 1
    assert shown.texts["missing-rows"].count("Cy - Sea <b>&amp;") == 1
    assert set(shown.figures) == {
        "timeline", "growth", "likes", "caps", "disk",
        "tempo", "wheel", "energy", "loudness"}
    assert shown.values["analyzed"] == "1"


def test_only_what_came_this_week_is_new(home, service, songs):
    """What the first scan finds was there before, also in a new index."""
    for song, name in (("mp3", "Ada - Light.mp3"), ("flac", "Bo - Old.flac")):
        shutil.copy(songs[song], home.library / name)
    home.config(liked=str(home.top / "likes.csv"), sources="inbox")
    (home.top / "likes.csv").write_text(
        "Track URI,Track Name,Artist Name(s),Duration (ms)\n"
        "spotify:track:%022d,Sea,Cy,20000\n" % 3)
    shutil.copy(songs["m4a"], home.inbox / "Cy - Sea.m4a")
    home.sync()

    def new():
        v = json.loads(home.run("status", "--new", "--json").stdout)["new"]
        page = home.top / "report.html"
        home.run("report", "-o", str(page))
        shown = Page(page.read_text()).texts
        assert shown["arrivals"].count("Sea") == len(v)
        assert "Old" not in shown["arrivals"]
        assert "no account needed" in shown["status-authorization_expires_at"]
        return [f["title"] for f in v]
    assert new() == ["Sea"]
    shutil.rmtree(home.state / "index")
    home.run("scan")
    assert "Old" not in new()


def test_it_needs_nothing_but_itself_and_fits_its_width(filled):
    page = filled.top / "report.html"
    filled.run("report", "-o", str(page))
    text = page.read_text()
    assert all(a.startswith("#") for a in Page(text).addresses)
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text
    for width in (360, 1280):
        seen = look(filled, page, width)
        assert seen["width"] <= width
        assert seen["shown"] == ["Ada - Light", "Ada - Lighter"]
        assert seen["found"] == "2 of 3"


def test_the_console_is_heard(home):
    """Else the other tests could not fail."""
    page = home.top / "bad.html"
    page.write_text("<script>nonsense()</script>")
    assert browse(home, page)[1] != []


def test_a_large_library_opens_in_a_second(home):
    """The page is cut to one size from a thousand missing songs on."""
    (home.top / "likes.csv").write_text(
        "Track Name,Artist Name(s),Added At\n" + "".join(
            "Song %d,Ada,2026-01-01T00:00:00Z\n" % n for n in range(20000)))
    home.config(sources="inbox", liked=str(home.top / "likes.csv"))
    home.run("sync", "--limit", "1")
    page = home.top / "report.html"
    home.run("report", "-o", str(page))
    assert page.stat().st_size < 1 << 20
    assert "likesync missing</code> lists all" in page.read_text()
    # The machine may be busy with something else, but not always.
    assert min(look(home, page, 1280)["opened"] for _ in range(3)) < 1000


def test_it_is_written_whole_or_not_at_all(home):
    page = home.top / "report.html"
    page.write_text("before")
    (home.top / "link.html").symlink_to(page)
    r = home.run("report", "-o", str(home.top / "none/report.html"),
                 status=73)
    assert "none/report.html" in r.stderr
    home.run("report", "-o", str(home.top / "link.html"))
    assert page.read_text().endswith("</html>\n")
    assert (home.top / "link.html").is_symlink()
    assert home.run("report", "-o", "-").stdout.endswith("</html>\n")
    assert not list(home.top.glob(".likesync*"))


def test_a_hook_can_keep_it_up_to_date(home, songs):
    page = home.top / "music.html"
    home.config(sources="inbox", liked=str(home.top / "likes.csv"),
                more="[hooks]\non_change = %s report -o %s\n" % (LIKESYNC,
                                                                 page))
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\n")
    shutil.copy(songs["mp3"], home.library)
    r = subprocess.run([LIKESYNC, "-c", "likesync.conf", "sync"],
                       cwd=home.top, env=home.env(), timeout=60)
    assert r.returncode == 0
    shown = Page(page.read_text())
    assert shown.values["status-runs_total"] == "1"
    assert shown.values["analyzed"] == "1"


def test_the_desktop_is_started_as_the_user_would(home):
    tools = home.top / "bin"
    tools.mkdir()
    (tools / "xdg-open").write_text(
        "#!/bin/sh\ngrep -E 'NoNewPrivs|SigIgn|SigBlk' /proc/self/status\n")
    (tools / "xdg-open").chmod(0o755)
    env = {**home.env(), "DISPLAY": ":0",
           "PATH": "%s:/usr/bin:/bin" % tools}
    # A shell without jobs ignores these for what it starts with &.
    def as_usual():
        for n in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(n, signal.SIG_DFL)
    usual = subprocess.run([tools / "xdg-open"], capture_output=True,
                           text=True, env=env, timeout=60,
                           preexec_fn=as_usual).stdout
    r = subprocess.run(home.command("report", "--open"), timeout=60, env=env,
                       capture_output=True, text=True, preexec_fn=as_usual)
    assert len(usual.splitlines()) == 3 and r.stdout == usual


def test_open_calls_the_desktop(home):
    tools = home.top / "bin"
    tools.mkdir()
    (tools / "xdg-open").write_text('#!/bin/sh\necho "opened $1"\n')
    (tools / "xdg-open").chmod(0o755)
    env = {**home.env(), "PATH": str(tools), "DISPLAY": ":0"}
    r = subprocess.run(home.command("report", "--open"), timeout=60, env=env,
                       capture_output=True, text=True)
    assert r.returncode == 0
    assert r.stdout == "opened %s/report.html\n" % home.state
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        env[name] = ""
    r = subprocess.run(home.command("report", "--open"), timeout=60, env=env,
                       capture_output=True, text=True)
    assert r.returncode == 69 and "no desktop" in r.stderr
    env["DISPLAY"] = ":0"
    (tools / "xdg-open").unlink()
    r = subprocess.run(home.command("report", "--open"), timeout=60, env=env,
                       capture_output=True, text=True)
    assert r.returncode == 69 and "xdg-open" in r.stderr
