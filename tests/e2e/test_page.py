# SPDX-License-Identifier: GPL-3.0-or-later
"""The page, in a real browser and behind a real nginx."""
import os
import pathlib
import shutil
import subprocess
import threading

import browser
import music
import pytest
import spotify
import web
from conftest import Home
from spotify import Playlist, row

ID = "37i9dQZF1DXcBWIGoYBM5M"
LINK = "https://open.spotify.com/playlist/" + ID

HERE = [("Ada", "Light"), ("Bo", "Bus to the Sea"), ("Cy", "Northern Lines"),
        ("Di", "Moon"), ("Ed", "Slow Water"), ("Flo", "Seven Bridges"),
        ("Gus", "Paper Boats"), ("Hal", "First Train")]
OFFERED = [("Ida", "Harbour"), ("Jo", "Late Summer"), ("Kay", "Glass")]
NOWHERE = [("Lou", "A Song That Nobody Has"), ("Mo", "Static")]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """A sound for each track that there is."""
    top = tmp_path_factory.mktemp("sounds")
    return [music.make(top / ("%d.m4a" % i), 96 + 4 * i, 110.0 + 17 * i, 8)
            for i in range(len(HERE) + len(OFFERED))]


@pytest.fixture(scope="module")
def b():
    with browser.started() as started:
        yield started


@pytest.fixture
def site(tmp_path, sounds, b):
    """Eight tracks of thirteen are in the library, three more are offered."""
    service = spotify.Service(tmp_path)
    home = Home(tmp_path, service, {})
    for i, (artist, title) in enumerate(HERE):
        shutil.copy(sounds[i], home.library / ("%s - %s.m4a" % (artist,
                                                                title)))
    for i, (artist, title) in enumerate(OFFERED):
        service.videos["video00000%d" % i] = {
            "id": "video00000%d" % i, "title": title, "channel": artist +
            " - Topic", "duration": 8, "view_count": 1000,
            "file": str(sounds[len(HERE) + i])}
    order = HERE[:3] + OFFERED[:2] + HERE[3:6] + NOWHERE + HERE[6:] + \
        OFFERED[2:]
    rows = [row(i + 1, *track, 8) for i, track in enumerate(order)]
    service.playlists[ID] = Playlist("Evening, slowly", rows)
    service.playlists[ID[:-1] + "N"] = Playlist("Morning", rows[:4])
    home.authorize()
    port = web.free_port()
    home.config(sources="ytdlp", more=web.configure(home, port))
    home.run("scan")
    with web.serve(home, port) as w:
        w.home, w.service, w.page = home, service, w.origin + web.PREFIX + "/"
        yield w
        b.cdp("Network.clearBrowserCookies")
        b.open("about:blank")
        b.console()
    service.close()


class Hold:
    """Keeps a download waiting, so that it can be interrupted."""

    def __init__(self, service, video):
        self.held, self.free = threading.Event(), threading.Event()
        service.faults.append(("/media/" + video, ("call", self.stop)))

    def stop(self):
        self.held.set()
        self.free.wait(60)


def log_in(b, site, token=web.TOKEN):
    b.open(site.page)
    b.type("#token", token)
    b.click("form button")
    b.find("#ask, [role=alert]")
    b.console()     # that the first page was refused


def paste(b, site):
    log_in(b, site)
    b.type("#link", LINK)
    b.click("#ask button")
    b.wait_text("#h-coverage", "Evening, slowly")


def test_the_form_takes_the_token_only_and_ends_with_the_log_out(site, b):
    log_in(b, site, "wrong" * 8)
    assert "not the token" in b.text("[role=alert]")
    b.shoot("login")
    log_in(b, site)
    b.wait_text("#figures", "files")
    cookie, = b.driver.get_cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    b.console()
    b.click(".top button")
    assert b.find("#token")
    b.open(site.page)
    assert b.find("#token")


def test_a_download_is_watched_through_a_kill_and_a_reload(site, b):
    """In two tabs, until the files are there."""
    hold = Hold(site.service, "video000001")
    paste(b, site)
    b.console()
    assert b.text("#c-have") == "8" and len(b.all(".track")) == 13
    assert len(b.all("#strip .missing")) == 5
    assert "no source was searched" in b.text(".track.missing .reason")
    b.shoot("coverage")
    assert b.text("#fetch") == "Download missing (5)"
    b.click("#fetch")
    b.wait_text("#job-left", "Waiting for the next run")
    run = subprocess.Popen(site.home.command("queue", "run"),
                           env=site.home.env(), stderr=subprocess.DEVNULL)
    assert hold.held.wait(30)
    b.wait_text("#job-count", "of 5 tracks")
    assert b.run("return document.activeElement.id") == "h-job"
    first = b.driver.current_window_handle
    b.driver.switch_to.new_window("tab")
    b.open(site.page)
    b.wait_text("#jobs", "Evening, slowly")
    b.click("#jobs .small")
    b.wait_text("#job-count", "of 5 tracks")
    b.wait_text("#h-coverage", "Evening, slowly")
    b.shoot("download")
    # The run is killed, and the page reloaded; another run goes on.
    run.kill()
    run.wait()
    hold.free.set()
    b.driver.refresh()
    b.wait_text("#job-count", "of 5 tracks")
    site.home.run("queue", "run")
    for handle in b.driver.window_handles:
        b.switch(handle)
        b.wait_text("#h-job", "Ready to play")
        b.wait_text("#c-have", "11")
        assert b.text("#job-left") == "Ready, 2 not found"
        assert "A Song That Nobody Has" in b.text("#job-failed")
        b.wait(lambda b: len(b.all("#strip .missing")) == 2)
    b.shoot("ready")
    b.click("#job-close")
    assert not b.find("#job").is_displayed()
    b.open(site.page + "report")
    assert len(b.all("#arrivals > li")) == 3
    b.shoot("report")
    b.driver.close()
    b.switch(first)
    assert b.console() == []


def test_one_track_is_chosen_and_its_download_cancelled(site, b):
    paste(b, site)
    b.find(".pick[aria-label='Select Harbour by Ida']").send_keys(" ")
    assert b.text("#fetch") == "Download 1 selected"
    b.find("#fetch").send_keys(browser.Keys.ENTER)
    b.wait_text("#job-count", "of 1 track")
    b.wait_text("#job-left", "Waiting for the next run")
    b.click("#job-cancel")
    b.wait_text("#job-left", "Cancelled")
    b.wait_text("#jobs", "cancelled")


def test_a_near_match_is_heard_pinned_and_taken_back(site, b):
    """A file that is the track, but says another title."""
    (site.home.library / "Ada - Light.m4a").rename(
        site.home.library / "Ada - Light (Live at Home).m4a")
    site.home.run("scan")
    paste(b, site)
    missing = ".track[data-position='1']"
    assert "missing" in b.text(missing + " .state")
    b.click(missing + " summary")
    assert "Live at Home" in b.text(missing + " .candidate .title")
    b.click(missing + " .listen")
    b.wait(lambda _: b.run("const p = document.getElementById('player');"
                           "return p.currentTime > 0.1 && !p.error"))
    b.shoot("candidates")
    b.click(missing + " .listen")
    assert b.run("return document.getElementById('player').paused")
    b.click(missing + " .pin")
    b.wait_text(missing + " .state", "in the library")
    b.click("#undo")
    b.wait_text(missing + " .state", "missing")
    # What is in the library by its name can be rejected.
    there = ".track[data-position='2']"
    b.click(there + " summary")
    b.click(there + " .reject")
    b.wait_text(there + " .state", "missing")
    b.click("#undo")
    b.wait_text(there + " .state", "in the library")
    take = [a.get_attribute("href") for a in b.all("#take a")]
    assert [b.run("return fetch(arguments[0]).then(a => a.status)", a)
            for a in take] == [200] * 5
    assert b.console() == []


def test_a_login_for_reading_changes_nothing(site, b):
    log_in(b, site, web.READ_TOKEN)
    b.open(site.page + "?p=" + LINK)
    b.wait_text("#h-coverage", "Evening, slowly")
    assert b.find("#read-only").is_displayed()
    assert not b.find("#fetch").is_displayed()
    assert not any(e.is_displayed() for e in b.all(".pick"))
    b.open(site.page + "report")
    assert b.find("#status-library_files").text == "8"
    assert b.console() == []


def test_ones_own_playlists_can_be_chosen(site, b):
    log_in(b, site)
    b.click("#own-link")
    b.wait_text("#own", "Morning")
    assert b.text("#own a[href*='N'] span") == "4"
    b.find("#own a[href*='N']").send_keys(browser.Keys.ENTER)
    b.wait_text("#h-coverage", "Morning")
    assert [e.text for e in b.all(".track .pos")] == ["1", "2", "3", "4"]
    b.click("#views label:nth-of-type(2)")
    assert [e.text for e in b.all(".track .name")] == ["Harbour"]


def test_without_script_it_is_for_reading(site, b):
    log_in(b, site)
    b.without_script()
    try:
        b.open(site.page + "?own=1")
        b.find(".reading a[href*='N']").click()
        assert b.text(".reading h2") == "Morning"
        assert "3 of 4 tracks" in b.text(".reading caption")
        assert "no source was searched" in b.text(".reading tbody")
        b.shoot("without-script")
        b.open(site.page + "?queue=1")
        assert b.text(".reading h2") == "Queue"
        b.open(site.page + "?playlistUrl=/etc/passwd")
        assert "not a link" in b.text(".reading")
    finally:
        b.without_script(False)


def test_titles_are_text_wherever_they_are_shown(site, b):
    bad = "<img src=x onerror=document.title='x'>\"'</script><b>&lt;"
    site.service.playlists[ID] = Playlist(bad, [
        row(1, bad, bad + "1"), row(2, "Ada", "Light", 8, album={"name": bad})],
        owner=bad)
    (site.home.library / "Ada - Light.m4a").rename(
        site.home.library / "Ada - Light (\" onclick=x>).m4a")
    log_in(b, site)
    b.console()
    b.open(site.page + "?p=" + LINK)
    b.wait_text("#h-coverage", bad)
    assert [e.text for e in b.all(".track .name")][0] == bad + "1"
    b.click("#fetch")
    b.wait_text("#jobs", bad)
    b.without_script()
    try:
        b.open(site.page + "?playlistUrl=" + LINK)
        assert b.text(".reading h2") == bad
        assert bad + "1" in b.text(".reading tbody")
    finally:
        b.without_script(False)
    assert b.all("main img") == [] and b.console() == []


@pytest.mark.skipif(not os.environ.get("LIKESYNC_AXE"),
                    reason="LIKESYNC_AXE is the path of axe.min.js")
def test_an_accessibility_checker_finds_nothing(site, b):
    axe = pathlib.Path(os.environ["LIKESYNC_AXE"]).read_text()

    def check():
        for dark in (False, True):
            for size in (browser.PHONE, browser.DESK):
                b.look_as(size, dark)
                b.run(axe)
                found = b.driver.execute_async_script(
                    "axe.run().then(arguments[arguments.length - 1])")
                assert [(v["id"], [n["html"] for n in v["nodes"]])
                        for v in found["violations"]] == []
    b.open(site.page)
    b.find(".login")
    check()
    (site.home.library / "Ada - Light.m4a").rename(
        site.home.library / "Ada - Light (Live at Home).m4a")
    site.home.run("scan")
    paste(b, site)
    b.click(".track summary")
    b.click("#fetch")
    b.wait_text("#job-count", "of 6 tracks")
    b.wait_text("#jobs", "Evening")
    b.wait_text("#figures", "files")
    check()
    b.open(site.page + "report")
    check()
    b.without_script()
    b.open(site.page + "?playlistUrl=" + LINK)
    b.without_script(False)
    check()
