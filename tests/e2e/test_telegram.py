# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of type telegram: the program and the real Telethon, against a
small Telegram on loopback whose bots answer well, badly, late and not."""
import json
import os
import pty
import re
import select
import subprocess

import pytest
import telegram
from conftest import LIKESYNC
from spotify import row
from telegram import t

PROGRAM = os.path.join(os.path.dirname(LIKESYNC), "likesync-telegram")
API = "api_id = 12345\napi_hash = 0123456789abcdef0123456789abcdef\n"
FAST = '''
parse = settings.parse
def fast(argv=None):
    s = parse(argv)
    s.pause, s.response_timeout = %s, %s
    return s
settings.parse = fast
%s
'''
ANSWERED = t.messages.BotCallbackAnswer(cache_time=0)


class Chats:
    """A home whose only source are bots of a small Telegram."""

    def __init__(self, home, service, songs):
        self.home, self.service, self.songs = home, service, songs
        self.telegram = telegram.Telegram()
        self.state = home.state / "sources/telegram"
        (home.top / "api").write_text(API)
        os.chmod(home.top / "api", 0o600)
        self.bot = self.telegram.bot("first_bot")
        home.authorize()
        self.configure()

    def configure(self, bots="first_bot", pause=0, timeout=0.3, more="",
                  fetch="parallel = 3", program=""):
        telegram.wrap(PROGRAM, self.home.top / "program", self.telegram,
                      FAST % (pause, timeout, program))
        self.home.config(sources="telegram", fetch=fetch, more="""
[source.telegram]
bots = %s
api_file = %s/api
command = %s/program
%s""" % (bots, self.home.top, self.home.top, more))

    def likes(self, *titles):
        self.service.likes = [row(n, "Ada", title, seconds=8)
                              for n, title in enumerate(titles, 1)]

    def login(self, *answers, action=(), status=0):
        """`likesync auth telegram` at a terminal; what it prints."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(LIKESYNC, self.home.command("auth", "telegram",
                                                  *action), self.home.env())
        out, answers, asked = b"", list(answers), 0
        try:
            while select.select([fd], [], [], 60)[0]:
                out += os.read(fd, 4096)
                asks = len(re.findall(rb"(?:Phone|Code|Password)[^\n]*: ",
                                      out))
                if answers and asks > asked:
                    asked = asks
                    os.write(fd, answers.pop(0).encode() + b"\n")
        except OSError:
            pass
        os.close(fd)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status, out
        return out.decode()

    def logged_in(self):
        telegram.log_in(self.telegram, self.state)

    def title_of(self, text):
        """Which like the link is of."""
        id = text.rsplit("/", 1)[-1]
        return next((r["track"]["name"] for r in self.service.likes
                     if r["track"]["id"] == id), text)

    def notes(self):
        return json.loads((self.state / "state.json").read_text())


@pytest.fixture
def chats(home, service, songs):
    c = Chats(home, service, songs)
    yield c
    c.telegram.close()


def plays(chats, bot, files):
    """A bot that offers, for each title, a menu with the studio recording in
    the middle, and sends the file of the row that is pressed."""
    async def message(text, id):
        title = chats.title_of(text)
        bot.send("Searching...", to=id)
        bot.menu(["1. Bo - %s (0:08)" % title,
                  "2. Ada - %s (Live) [0:08]" % title,
                  "3. Ada - %s [0:08]" % title, "Next page"], to=id)

    async def press(data, id):
        label = data.decode()
        title = re.search(r"- ([^\[(]*?) [\[(]", label).group(1)
        bot.file(chats.songs[files[title]], title, "Ada", 8, to=id)
        return ANSWERED
    bot.message, bot.press = message, press


FILES = {"Light": "short", "Bus": "mp3-short", "Sea": "flac-short"}


def test_the_row_that_matches_is_pressed_and_its_file_taken(chats):
    chats.likes(*FILES)
    plays(chats, chats.bot, FILES)
    chats.logged_in()
    s = chats.home.sync()
    assert (s["fetched"], s["downloads"], s["rejected"]) == (3, 3, 0)
    assert chats.home.files() == ["Ada - Bus.mp3", "Ada - Light.m4a",
                                  "Ada - Sea.flac"]
    assert sorted(d.decode()[:2] for _, d in chats.bot.pressed) == ["3."] * 3
    assert all(re.fullmatch("https://open.spotify.com/track/[0-9A-Za-z]+", m)
               for _, m in chats.bot.received)
    assert len(chats.home.ledger()) == 3
    assert {e["source"] for e in chats.home.ledger()} == {"telegram"}
    assert len(chats.notes()["sent"]) == 6
    assert chats.home.sync()["downloads"] == 0
    assert len(chats.bot.received) == 3


# ---- the account ----

def test_login_asks_on_the_terminal_and_keeps_nothing(chats):
    chats.telegram.password = "correct horse"
    assert "not logged in" in chats.home.run("auth", "status",
                                             status=77).stdout
    assert "not logged in" in chats.home.run("doctor", status=1).stdout
    out = chats.login("+49 1", "99999", "12345", "battery", "correct horse")
    assert "Logged in as Ada L." in out and "horse" not in out
    assert out.count("this is wrong; once more") == 2
    assert os.stat(chats.state).st_mode & 0o777 == 0o700
    assert os.stat(chats.state / "account.session").st_mode & 0o777 == 0o600
    kept = b"".join(f.read_bytes() for f in chats.state.iterdir())
    for word in (b"12345", b"horse", b"491", b"0123456789abcdef"):
        assert word not in kept, word
    status = json.loads(chats.home.run("auth", "status", "--json").stdout)
    assert status["telegram"][0]["account"] == "Ada L"
    assert "Already logged in" in chats.login()
    doctor = chats.home.run("doctor").stdout
    assert re.search(r"ok +telegram +likesync-telegram .*Telethon "
                     r"1[.].*, account Ada L", doctor), doctor
    assert "Logged out" in chats.login(action=["--logout"])
    assert not (chats.state / "account.session").exists()
    assert "LogOut" in chats.telegram.calls
    chats.home.run("auth", "status", status=77)
    assert "terminal" in chats.home.run("auth", "telegram",
                                        status=1).stderr


def test_only_buttons_that_ask_the_bot_are_pressed(chats):
    """A page with the track's very name, a payment, the user's number."""
    chats.likes("Light")
    name = "Ada - Light (0:08)"

    async def message(text, id):
        chats.bot.menu([
            t.KeyboardButtonUrl(name, "http://127.0.0.1:1/"),
            t.KeyboardButtonUrlAuth(name, "http://127.0.0.1:1/", 7),
            t.KeyboardButtonBuy(name), t.KeyboardButtonGame(name),
            t.KeyboardButtonSwitchInline(name, "x"),
            t.KeyboardButtonCallback(name, b"secret",
                                     requires_password=True),
            name], to=id)

    async def press(data, id):
        chats.bot.file(chats.songs["short"], "Light", "Ada", 8, to=id)
        return t.messages.BotCallbackAnswer(
            cache_time=0, has_url=True, url="http://127.0.0.1:1/")
    chats.bot.message, chats.bot.press = message, press
    chats.logged_in()
    assert chats.home.sync()["fetched"] == 1
    assert [d for _, d in chats.bot.pressed] == [name.encode()]


# ---- runs ----

def test_every_message_to_a_bot_is_in_the_ledger_first(chats):
    """The first bot has nothing, the second is silent, the third delivers at
    once: three messages a track, of which the caps allow seven."""
    second, third = (chats.telegram.bot(n) for n in ("second_bot",
                                                     "third_bot"))
    chats.configure(bots="first_bot, second_bot, third_bot",
                    fetch="parallel = 1\nper_hour = 7", more="retries = 0")
    chats.likes(*FILES)
    ledgers = []

    async def message(text, id):
        ledgers.append(len(chats.home.ledger()))
        chats.bot.send("not found", id)

    async def file(text, id):
        title = chats.title_of(text)
        third.file(chats.songs[FILES[title]], title, "Ada", 8, to=id)
    chats.bot.message, third.message = message, file
    chats.logged_in()
    s = chats.home.sync()
    assert (s["fetched"], s["downloads"], s["deferred"]) == (2, 7, 1)
    assert chats.telegram.sent() == len(chats.home.ledger()) == 7
    assert ledgers == [1, 4, 7]


def test_a_file_that_is_no_match_is_not_downloaded(chats):
    chats.likes("Light")

    async def message(text, id):
        chats.bot.file(chats.songs["mp3"], "Light (Live)", "Bo", 20, to=id)
    chats.bot.message = message
    chats.logged_in()
    s = chats.home.sync()
    assert (s["not_found"], s["downloads"], s["rejected"]) == (1, 1, 0)
    assert chats.telegram.chunks == []


def test_a_file_of_another_recording_is_rejected_and_the_next_row_pressed(
        chats):
    chats.likes("Light")

    async def message(text, id):
        chats.bot.menu(["Ada - Light (0:08)", "Ada - Light (0:09)"], to=id)

    async def press(data, id):
        chats.bot.file(chats.songs["mp3" if data.endswith(b"8)") else
                                   "short"], "Light", "Ada", 8, to=id)
        return ANSWERED
    chats.bot.message, chats.bot.press = message, press
    chats.logged_in()
    s = chats.home.sync()
    assert (s["fetched"], s["rejected"], s["downloads"]) == (1, 1, 2)
    assert (len(chats.bot.received), len(chats.bot.pressed)) == (1, 2)


def test_a_run_that_is_killed_while_a_bot_works_is_followed_by_a_good_one(
        chats):
    chats.likes("Light")
    plays(chats, chats.bot, FILES)
    works, run = chats.bot.press, []

    async def press(data, id):
        run[0].kill()
        return ANSWERED
    chats.bot.press = press
    chats.logged_in()
    run.append(subprocess.Popen(chats.home.command("sync"),
                                env=chats.home.env(),
                                stderr=subprocess.DEVNULL))
    assert run[0].wait(60) == -9
    chats.bot.press = works
    s = chats.home.sync()
    assert (s["fetched"], s["failed"]) == (1, 0)
    assert len(chats.home.ledger()) == 2
    assert chats.home.files() == ["Ada - Light.m4a"]


def test_an_account_that_is_gone_ends_the_source_with_one_line(chats):
    chats.likes(*FILES)
    plays(chats, chats.bot, FILES)
    chats.logged_in()
    chats.telegram.refuse["GetUsers"] = (401, "SESSION_REVOKED")
    r = chats.home.run("sync", status=78)
    lines = re.findall("error: .*", r.stderr)
    assert len(lines) == 1 and "likesync auth telegram" in lines[0], lines
    assert chats.telegram.sent() == 0
    chats.telegram.refuse.clear()
    assert chats.home.sync()["fetched"] == 3


def test_api_file_is_a_credential_of_systemd(chats):
    chats.likes("Light")
    plays(chats, chats.bot, FILES)
    chats.logged_in()
    folder = chats.home.top / "credentials"
    folder.mkdir()
    (chats.home.top / "api").rename(folder / "api")
    assert "expected two lines" not in chats.home.run("doctor",
                                                      status=1).stdout
    os.environ["CREDENTIALS_DIRECTORY"] = str(folder)
    try:
        assert chats.home.sync()["fetched"] == 1
    finally:
        del os.environ["CREDENTIALS_DIRECTORY"]
