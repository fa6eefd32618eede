# SPDX-License-Identifier: GPL-3.0-or-later
"""likesync-telegram alone, by its protocol: bots that answer well, in any
order, late, wrongly and not; floods; accounts that are gone."""
import json
import os
import subprocess
import time

import pytest
import telegram
from conftest import LIKESYNC
from telegram import t

PROGRAM = os.path.join(os.path.dirname(LIKESYNC), "likesync-telegram")
ANSWERED = t.messages.BotCallbackAnswer(cache_time=0)
PIECE = 512 << 10


def track(title, id=None, artist="Ada", duration=200):
    return {"artists": [artist], "title": title, "duration": duration,
            "spotify_id": id or (title.replace(" ", "") * 22)[:22]}


class Program:
    """A process of it, its account logged in. ask() waits for the answer."""

    def __init__(self, top, service, bots="first_bot", pause=0, timeout=0.4,
                 retries=0, per_day=200, more="", words=()):
        self.top, self.last, self.answers = top, 0, {}
        (top / "api").write_text("1\n" + "a" * 32)
        (top / "api").chmod(0o600)
        self.state = top / "state"
        if not self.state.exists():
            telegram.log_in(service, self.state)
        telegram.wrap(PROGRAM, top / "program", service, """
parse = settings.parse
def fast(argv=None):
    s = parse(argv)
    s.pause, s.response_timeout = %s, %s
    return s
settings.parse = fast
%s""" % (pause, timeout, more))
        self.process = subprocess.Popen(
            [top / "program", "serve", "--api", top / "api", "--bots", bots,
             "--retries", str(retries), "--per-day", str(per_day), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.hello = self.ask("hello", protocol=1, likesync="0",
                              state=str(self.state), folder=str(self.top),
                              max_size=10**8, parallel=8)
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        status = self.process.wait(10)
        self.process.stdout.close()
        assert error[0] or status == 0

    def send(self, type, **members):
        self.last += 1
        self.process.stdin.write(json.dumps(
            {"type": type, "id": self.last, **members}) + "\n")
        self.process.stdin.flush()
        return self.last

    def wait(self, id):
        while id not in self.answers:
            line = json.loads(self.process.stdout.readline())
            if line["type"] != "progress":
                self.answers[line["id"]] = line
        return self.answers[id]

    def ask(self, type, **members):
        return self.wait(self.send(type, **members))

    def search(self, *tracks):
        """Of one track its answer, of several a list, asked at once."""
        ids = [self.send("search", query="x", track=x) for x in tracks]
        found = [self.wait(id) for id in ids]
        return found[0] if len(found) == 1 else found

    def fetch(self, ref, x, timeout=30, max_size=10**8):
        folder = self.top / ("f%d" % self.last)
        folder.mkdir()
        answer = self.ask("fetch", ref=ref, track=x, folder=str(folder),
                          max_size=max_size, timeout=timeout)
        answer["files"] = os.listdir(folder)
        answer["folder"] = folder
        return answer


@pytest.fixture
def service():
    s = telegram.Telegram()
    yield s
    s.close()


@pytest.fixture
def bot(service):
    return service.bot("first_bot")


@pytest.fixture
def start(tmp_path, service):
    return lambda **how: Program(tmp_path, service, **how)


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def says(bot, act):
    """Plays act(bot, id) for each link."""
    async def message(text, id):
        act(bot, id)
    bot.message = message


# ---- what a bot answers ----

def test_nothing_silence_pictures_and_texts_are_told_apart(
        service, bot, start):
    answers = {
        "none": lambda b, id: b.send("Sorry, nothing was found :(", id),
        "nichts": lambda b, id: b.send("Leider nichts gefunden.", id),
        "own": lambda b, id: b.send("Computer says no", id),
        "quiet": lambda b, id: None,
        "picture": lambda b, id: b.picture("a cover", id),
        "text": lambda b, id: b.send("Join @channel first!", id),
        "lost": lambda b, id: b.send("no results", id, silent=True)}

    async def message(text, id):
        answers[text.rsplit("/", 1)[1].split("0")[0]](bot, id)
    bot.message = message
    with start(words=["--nothing", "says no|zilch"]) as p:
        found = dict(zip(answers, p.search(*(
            track(k, (k + "0" * 22)[:22]) for k in answers))))
    for key in ("none", "nichts", "own", "lost"):
        assert found[key]["candidates"] == [] and not found[key]["more"], key
    for key, text in (("quiet", "does not answer"),
                      ("picture", "a picture and no file"),
                      ("text", "says: Join @channel first!")):
        assert found[key]["code"] == "temporary"
        assert text in found[key]["message"]


def test_bots_are_asked_in_order_and_silent_ones_again(service, bot, start):
    second, third = service.bot("second_bot"), service.bot("third_bot")
    says(second, lambda b, id: b.send("not found", id))
    says(third, lambda b, id: b.menu(["Ada - Light 3:20"], to=id))
    with start(bots="first_bot,@second_bot,third_bot", retries=1) as p:
        asked = []
        for _ in range(4):
            found = p.search(track("Light"))
            asked.append([len(b.received) for b in (bot, second, third)])
        assert asked == [[1, 0, 0], [2, 0, 0], [2, 1, 0], [2, 1, 1]]
        assert not found["more"]
        assert found["candidates"][0]["title"] == "Ada - Light"
        assert found["candidates"][0]["duration"] == 200


def test_answers_come_out_of_order_and_refer_to_nothing(service, bot, start):
    """Menus, a file and words that only say "nothing", in reverse, after all
    links came."""
    names = ["Light", "Bus", "Sea", "Gone", "Lost"]
    ids = {track(n)["spotify_id"]: n for n in names}

    async def message(text, id):
        if len(bot.received) < len(names):
            return
        bot.send("not found")
        for _, link in reversed(bot.received):
            name = ids[link.rsplit("/", 1)[1]]
            if name == "Sea":
                bot.file(b"x" * 1000, "Sea", "Ada")
            elif name in ("Light", "Bus"):
                bot.menu(["1. Ada - %s (3:20)" % name, "Cancel"])
        bot.send("not found")
    bot.message = message
    with start() as p:
        found = dict(zip(names, p.search(*map(track, names))))
        for name in ("Light", "Bus"):
            assert found[name]["candidates"][0]["title"] == "Ada - " + name
        assert found["Sea"]["candidates"] == [{
            "ref": found["Sea"]["candidates"][0]["ref"], "title": "Sea",
            "artist": "Ada", "duration": 20}]
        for name in ("Gone", "Lost"):
            assert found[name]["candidates"] == [], found[name]


def test_one_nothing_of_two_is_nobodys(service, bot, start):
    """It can't be known which of the two it is about."""
    async def message(text, id):
        if len(bot.received) == 2:
            bot.send("not found")
    bot.message = message
    with start() as p:
        found = p.search(track("Light"), track("Bus"))
    assert [f.get("code") for f in found] == ["temporary", "temporary"]


def test_a_menu_of_numbers_and_one_of_formats(service, bot, start):
    async def message(text, id):
        bot.menu(["1", "2", "3"], "Found:\n1. Bo - Light 3:01\n"
                 "2. Ada - Light 3:20\n3) Ada - Light (Live) 3:40", id)

    async def press(data, id):
        if data == b"2":
            service.edit(id, "Ada - Light", ["MP3 128", "MP3 320 (7.5 MB)",
                                             "FLAC 24 MB", "Cancel"][:3])
        else:
            bot.file(b"fLaC" + bytes(9000), "Light", "Ada", name="x.flac")
        return ANSWERED
    bot.message, bot.press = message, press
    with start() as p:
        found = p.search(track("Light"))["candidates"]
        assert [(c["title"], c["duration"]) for c in found] == [
            ("Bo - Light", 181), ("Ada - Light", 200),
            ("Ada - Light (Live)", 220)]
        got = p.fetch(found[1]["ref"], track("Light"))
    assert got["file"] == "music.flac" and got["files"] == ["music.flac"]
    assert [d for _, d in bot.pressed] == [b"2", b"FLAC 24 MB"]


def test_a_menu_of_an_earlier_run_is_asked_for_anew(service, bot, start):
    async def press(data, id):
        bot.file(bytes(9000), "Light", "Ada", to=id)
        return ANSWERED
    says(bot, lambda b, id: b.menu(["Bo - Light", "Ada - Light (3:20)"],
                                   to=id))
    bot.press = press
    with start() as p:
        ref = p.search(track("Light"))["candidates"][1]["ref"]
    with start() as p:
        assert p.fetch(ref, track("Light"))["file"] == "music.mp3"
        assert len(bot.received) == 2
        says(bot, lambda b, id: b.menu(["Bo - Light"], to=id))
        service.delete(max(service.messages) - 1)
        gone = p.fetch(ref + "0", track("Light"))
        assert gone["code"] == "unavailable"
        assert p.fetch("other_bot:m:x:y", track("Light"))["code"] == \
            p.fetch("what", track("Light"))["code"] == "not_found"


def test_a_deleted_menu_is_asked_for_anew(service, bot, start):
    async def press(data, id):
        bot.file(bytes(9000), "Light", "Ada", to=id)
        return ANSWERED
    says(bot, lambda b, id: b.menu(["Ada - Light (3:20)"], to=id))
    bot.press = press
    with start() as p:
        ref = p.search(track("Light"))["candidates"][0]["ref"]
        service.loop.call_soon_threadsafe(service.delete,
                                          max(service.messages))
        p.search(track("Bus"))      # its answer comes after that
        assert p.fetch(ref, track("Light"))["files"] == ["music.mp3"]
    assert len(bot.received) == 3 and len(bot.pressed) == 1


def test_what_a_pressed_button_can_say(service, bot, start):
    says(bot, lambda b, id: b.menu(["Ada - %d (3:20)" % n for n in range(6)],
                                   to=id))

    async def press(data, id):
        n = data[6:7]
        if n == b"0":
            return t.messages.BotCallbackAnswer(
                0, message="Not available in your country")
        if n == b"1":
            bot.send("Downloading...", id)
            return ANSWERED
        if n == b"2":
            raise telegram.Refusal(400, "BOT_RESPONSE_TIMEOUT")
        if n == b"3":
            raise telegram.Refusal(400, "DATA_INVALID")
        if n == b"4":
            return t.messages.BotCallbackAnswer(
                0, message="Too many requests, try again in 5 minutes")
        bot.file(bytes(5000), "Something", "Else")
        raise telegram.Refusal(400, "BOT_RESPONSE_TIMEOUT")
    bot.press = press
    with start() as p:
        refs = [c["ref"] for c in p.search(track("1"))["candidates"]]
        got = [p.fetch(ref, track("1")) for ref in refs]
    assert [g.get("code") for g in got[:4]] == [
        "not_found", "unavailable", "temporary", "unavailable"]
    assert "Downloading" in got[1]["message"]
    assert got[4]["code"] == "rate_limited" and got[4]["retry_after"] == 300
    with start() as p:
        away = p.search(track("2"))
    assert away["code"] == "rate_limited" and away["retry_after"] > 200


# ---- files that come late, or that nobody asked for ----

def test_a_late_file_is_taken_by_the_next_run_and_others_are_not(
        service, bot, start):
    with start() as p:
        assert p.search(track("Light"))["code"] == "temporary"
        bot.file(b"other", "Something", "Else")
        bot.file(b"m" * 5000, "Light", "Ada")
        until(lambda: json.loads((p.state / "state.json").read_text())[
            "files"])
    bot.file(b"m" * 6000, "Bus", "Ada")
    with start() as p:
        found = p.search(track("Light"))["candidates"]
        assert [c["title"] for c in found] == ["Light"]
        assert len(bot.received) == 1
        got = p.fetch(found[0]["ref"], track("Light"))
        assert (got["folder"] / got["file"]).read_bytes() == b"m" * 5000


def test_a_late_file_that_came_between_two_runs_is_found(service, bot, start):
    with start() as p:
        assert p.search(track("Light"))["code"] == "temporary"
    bot.file(b"m" * 5000, "Light", "Ada")
    says(bot, lambda b, id: b.send("not found", id))
    with start() as p:
        p.search(track("Bus"))      # reads what came
        assert p.search(track("Light"))["candidates"][0]["title"] == "Light"
    assert len(bot.received) == 2


def test_a_file_of_another_track_is_no_answer_while_two_are_asked_for(
        service, bot, start):
    async def message(text, id):
        if len(bot.received) == 2:
            bot.file(b"x" * 900, "Something", "Else")
            bot.file(b"x" * 901, "Bus", "Ada")
    bot.message = message
    with start() as p:
        found = p.search(track("Light"), track("Bus"))
    assert found[0]["code"] == "temporary"
    assert [c["title"] for c in found[1]["candidates"]] == ["Bus"]


# ---- pace ----

def test_messages_keep_their_distance_also_across_runs(service, bot, start):
    says(bot, lambda b, id: b.menu(["Ada - Light"], to=id))

    async def press(data, id):
        bot.file(bytes(900), "Light", "Ada", to=id)
        return ANSWERED
    bot.press = press
    with start(pause=0.4) as p:
        found = p.search(track("Light"), track("Bus"))
        p.fetch(found[0]["candidates"][0]["ref"], track("Light"))
    with start(pause=0.4) as p:
        p.search(track("Sea"))
    times = sorted(at for at, _ in bot.received + bot.pressed)
    assert len(times) == 4
    assert min(b - a for a, b in zip(times, times[1:])) > 0.35


def test_the_limit_of_a_day_holds_across_runs(service, bot, start):
    says(bot, lambda b, id: b.send("not found", id))
    with start(per_day=2) as p:
        assert [f["type"] for f in p.search(track("a"), track("b"))] == [
            "candidates"] * 2
        over = p.search(track("c"))
    assert over["code"] == "rate_limited"
    assert 86000 < over["retry_after"] <= 86400
    with start(per_day=2) as p:
        assert p.search(track("c"))["code"] == "rate_limited"
    assert len(bot.received) == 2
    with start(per_day=3) as p:
        assert p.search(track("c"))["type"] == "candidates"


def test_a_pause_that_telegram_wants_is_kept_across_runs(service, bot, start):
    service.refuse["SendMessage"] = (420, "FLOOD_WAIT_7200")
    with start() as p:
        flood = p.search(track("Light"))
    assert (flood["code"], flood["retry_after"]) == ("rate_limited", 7200)
    service.refuse.clear()
    with start() as p:
        left = p.search(track("Light"))
    assert left["code"] == "rate_limited" and left["retry_after"] > 7100
    assert bot.received == []


def test_a_damaged_state_sends_nothing_for_an_hour(service, bot, start):
    p = start()
    (p.state / "state.json").write_text('{"sent": 7')
    with p:
        assert p.search(track("Light"))["retry_after"] > 3500
    assert bot.received == []


def test_a_bot_that_is_silent_three_times_is_left_alone(service, bot, start):
    second = service.bot("second_bot")
    says(second, lambda b, id: b.send("not found", id))
    with start(bots="first_bot,second_bot", timeout=0.1) as p:
        for name in "abc":
            assert p.search(track(name))["more"]
            p.search(track(name))
        found = p.search(track("d"))
    assert (len(bot.received), len(second.received)) == (3, 4)
    assert found["code"] == "rate_limited" or "not asked" in found["message"]


# ---- downloads ----

def offer(service, bot, data, **more):
    says(bot, lambda b, id: b.file(data, "Light", "Ada", to=id, **more))


def test_a_download_goes_on_where_it_stopped(service, bot, start):
    data = os.urandom(5 * PIECE + 77)
    offer(service, bot, data, name="x.flac")
    service.stop_at = 3 * PIECE
    with start() as p:
        ref = p.search(track("Light"))["candidates"][0]["ref"]
        part = p.fetch(ref, track("Light"), timeout=6)
        assert part["code"] == "unavailable" and part["retry_after"] == 60
        assert "a later run goes on" in part["message"]
        assert part["files"] == []
    service.stop_at = None
    service.chunks.clear()
    with start() as p:
        got = p.fetch(ref, track("Light"))
        assert (got["folder"] / got["file"]).read_bytes() == data
    assert service.chunks[0] in (PIECE, 2 * PIECE, 3 * PIECE)
    assert len(bot.received) == 1
    assert os.listdir(p.state / "partial") == []


def test_a_cancelled_download_ends(service, bot, start):
    offer(service, bot, bytes(PIECE * 2))
    service.stop_at = PIECE
    with start() as p:
        ref = p.search(track("Light"))["candidates"][0]["ref"]
        (p.top / "f").mkdir()
        id = p.send("fetch", ref=ref, track=track("Light"), timeout=300,
                    folder=str(p.top / "f"), max_size=10**8)
        until(lambda: PIECE in service.chunks)
        p.process.stdin.write('{"type": "cancel", "id": %d}\n' % id)
        p.process.stdin.flush()
        assert p.wait(id)["code"] == "temporary"


def test_a_file_of_another_data_centre_is_taken(service, bot, start):
    data = os.urandom(1000)
    offer(service, bot, data, dc=4)
    with start() as p:
        ref = p.search(track("Light"))["candidates"][0]["ref"]
        got = p.fetch(ref, track("Light"))
        assert (got["folder"] / got["file"]).read_bytes() == data
    assert "ImportAuthorization" in service.calls


@pytest.mark.parametrize("size, code", [
    (10**9, "unavailable"), (0, "unavailable"), (-5, "unavailable"),
    (3000, "done"), (9000, "unavailable")])
def test_a_size_is_not_believed(service, bot, start, size, code):
    """5,000 bytes that are announced as more, fewer, none or too many."""
    offer(service, bot, bytes(5000), size=size)
    with start() as p:
        ref = p.search(track("Light"))["candidates"][0]["ref"]
        got = p.fetch(ref, track("Light"), max_size=10**6)
    assert got.get("code", got["type"]) == code
    if code == "done":
        assert (got["folder"] / got["file"]).stat().st_size == 3000


# ---- hostile bots ----

def test_a_bot_that_babbles_is_read_in_parts(service, bot, start):
    """Long texts and captions, more buttons than there can be, names of
    files that are paths, types that are false, edits without end."""
    async def message(text, id):
        for n in range(300):
            bot.send("\x1b]0;x\7\u202e" + "babble " * 600)
        m = bot.send("Working", id)
        for n in range(100):
            service.edit(m, "Working %d" % n)
        bot.menu(["Row %d" % n for n in range(20000)], "x" * 100000, id)
    bot.message = message
    names = ["../../../etc/passwd", "a/b\\c.flac", "x.exe", "\n\r\t.mp3",
             "-rf *.ogg", "." * 300 + ".wav", ""]

    async def press(data, id):
        n = int(data.decode().split()[1]) % len(names)
        bot.file(bytes(1000 + n), "A\x1b[2J\n" * 900, "B" * 9000, to=id,
                 name=names[n], mime="text/html", text="c" * 50000,
                 duration=2**31 - 1)
        return t.messages.BotCallbackAnswer(0, message="m" * 100000)
    bot.press = press
    with start(timeout=5) as p:
        found = p.search(track("Row 5"))["candidates"]
        assert len(found) == 100
        for n in range(len(names)):
            got = p.fetch(found[n]["ref"], track("Row 5"))
            assert got["file"].startswith("music.") and \
                got["files"] == [got["file"]], got
        assert {n.replace("-journal", "") for n in os.listdir(p.state)} == {
            "account.session", "lock", "partial", "state.json"}


def test_what_is_no_music_is_no_file(service, bot, start):
    async def message(text, id):
        bot.file(bytes(500), name="x.exe", mime="application/x-msdownload",
                 audio=False, to=id)
        bot.send("", id, media=t.MessageMediaGeo(t.GeoPointEmpty()))
        bot.send("", id, media=t.MessageMediaDice(6, "x"))
    bot.message = message
    with start() as p:
        assert p.search(track("Light"))["code"] == "temporary"
    assert service.chunks == []


def test_titles_of_candidates_are_single_lines(service, bot, start):
    rows = ["\x1b[2J\u202eAda - Light\n\n (3:20)", "\u200b \n", "🎵🎵",
            "🎧 Ada – Light 🔥 [03:20]", "A" * 5000]
    says(bot, lambda b, id: b.menu([
        t.KeyboardButtonCallback(r, b"%d" % n) for n, r in enumerate(rows)],
        to=id))
    with start() as p:
        found = p.search(track("Light"))["candidates"]
    assert [c["title"] for c in found] == [
        "[2JAda - Light", "Ada – Light", "A" * 300]


def test_a_person_is_never_written_to(service, bot, start):
    for name, text in (("person", "is no bot"), ("nobody", "does not exist")):
        with start(bots=name) as p:
            answer = p.search(track("Light"))
            assert answer["code"] == "auth" and text in answer["message"]
    assert "SendMessage" not in service.calls


# ---- the account ----

@pytest.mark.parametrize("refusal, text", [
    ((401, "SESSION_REVOKED"), "ended in Telegram's settings"),
    ((401, "AUTH_KEY_UNREGISTERED"), "not logged in"),
    ((401, "USER_DEACTIVATED_BAN"), "banned or deleted"),
    ((406, "AUTH_KEY_DUPLICATED"), "two places at once"),
    ((400, "API_ID_INVALID"), "api_id"),
])
def test_an_account_that_can_not_be_used_says_what_to_do(
        service, bot, start, refusal, text):
    service.refuse["GetUsers"] = refusal
    with start() as p:
        assert p.hello["code"] == "auth" and text in p.hello["message"]
    service.refuse = {"GetUsers": refusal, "SendMessage": refusal}
    with start(words=["--no-check"]) as p:
        assert p.hello["type"] == "hello"
        assert text in p.search(track("Light"))["message"]


def test_a_key_that_telegram_does_not_know_is_no_login(service, bot, start):
    p = start()
    service.sessions.clear()
    with p:
        assert p.hello["code"] == "auth", p.hello


def test_an_account_moves_to_another_data_centre(service, bot, start):
    service.refuse["SendMessage"] = [(303, "USER_MIGRATE_4")]
    says(bot, lambda b, id: b.send("not found", id))
    with start() as p:
        answer = p.search(track("Light"))
    assert answer["type"] == "candidates" or answer["code"] == "auth", answer


def test_an_account_that_may_not_write_waits_for_a_day(service, bot, start):
    service.refuse["SendMessage"] = (400, "PEER_FLOOD")
    with start() as p:
        answer = p.search(track("Light"))
        assert (answer["code"], answer["retry_after"]) == (
            "rate_limited", 86400)
        assert p.search(track("Bus"))["code"] == "rate_limited"
    assert service.calls.count("SendMessage") == 1


def test_two_runs_do_not_share_a_session(service, bot, start):
    with start():
        second = start()
        with second as p:
            assert p.hello["code"] == "temporary"
            assert "another run" in p.hello["message"]


def test_a_connection_that_breaks_is_made_anew(service, bot, start):
    says(bot, lambda b, id: b.send("not found", id))
    with start() as p:
        p.search(track("Light"))
        for s in service.sessions.values():
            if s.connection:
                service.loop.call_soon_threadsafe(
                    s.connection.writer.close)
        assert p.search(track("Bus"))["type"] == "candidates"
