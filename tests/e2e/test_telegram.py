# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of type telegram: the program and the real Telethon, against a
small Telegram on loopback whose bots answer well, badly, late and not."""
import json
import os
import pty
import re
import select

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
        self.login("+49 1", "12345")

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
