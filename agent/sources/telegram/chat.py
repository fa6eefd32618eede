# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation with one bot. Several requests may be open at once, and
answers come in any order, late, or not at all: each message is given to the
request that it answers, by what it replies to, else by what it says."""
import asyncio
import time

from telethon import errors
from telethon.tl import functions

from . import replies, words
from .problem import Problem
from .state import OPEN_S

MAX_SEEN = 5000         # messages of a run


class Silence(Problem):
    """Nothing came at all."""


class Request:
    """A link that was sent or a button that was pressed."""

    def __init__(self, track, pressed=None, messages=()):
        self.track, self.pressed = track, pressed
        self.messages = set(messages)   # ids: ours, and those that answer it
        self.answer = asyncio.get_running_loop().create_future()
        self.sign = 0                   # of life: when, monotonic
        self.text = ""                  # of the last message that decided
        self.picture = False            # nothing

    def end(self, reply):
        if not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, problem):
        if not self.answer.done():
            self.answer.set_exception(problem)

    def accepts(self, reply):
        """Is that what it waits for? A menu that was pressed stays as it is;
        one that asks for a format may follow."""
        if reply.kind != replies.MENU or not self.pressed:
            return reply.kind in (replies.FILE, replies.MENU, replies.NOTHING)
        return all(r.rank is not None for r in reply.rows) and \
            self.pressed.rank is None


class Chat:
    def __init__(self, name, account, pace, settings):
        self.name, self.account, self.pace = name, account, pace
        self.settings, self.state = settings, account.state
        self.peer = None
        self.open, self.overdue = [], []
        self.unnamed = 0        # messages that say "nothing" and not of what
        self.seen = {}          # message's id: its edit date
        self.rows = {}          # (track's key, digest): a row of a live menu
        self.sending = asyncio.Lock()
        self.opening = asyncio.Lock()

    def ref(self, kind, track, digest):
        return "%s:%s:%s:%s" % (self.name, kind, track.key, digest)

    async def begin(self):
        """Finds the bot; reads what came while no run waited for it."""
        async with self.opening:
            client = await self.account.connect()
            if self.peer:
                return client
            peer = await self.account.find_bot(self.name)
            self.account.chats[peer.user_id] = self
            self.peer = peer
            for o in self.state.data["open"]:
                if o["bot"] == self.name:
                    request = Request(words.Track(o["track"]),
                                      messages=o["messages"])
                    request.at = o["at"]
                    self.overdue.append(request)
            if self.overdue:
                await self.catch_up(min(
                    min(r.messages) for r in self.overdue))
            return client

    # ---- what comes ----

    async def catch_up(self, after):
        """Messages of which no update came."""
        found = await self.account.client.get_messages(
            self.peer, min_id=after, limit=50)
        for message in reversed(found):
            if not message.out:
                await self.take(message)

    async def take(self, message):
        """While a message is on its way its id is not known yet: wait."""
        async with self.sending:
            if self.seen.get(message.id, self) == message.edit_date:
                return
            if len(self.seen) > MAX_SEEN:
                self.seen.clear()
            self.seen[message.id] = message.edit_date
            self.pace.answered(self.name)
            self.route(replies.read(message, self.settings.nothing))

    def forget(self, ids):
        """A deleted menu can't be pressed."""
        gone = [k for k, r in self.rows.items() if r.message in ids]
        for key in gone:
            del self.rows[key]

    def find(self, reply):
        """The request that it answers, or None."""
        self.overdue = [r for r in self.overdue
                        if time.time() - r.at < OPEN_S]
        waiting = self.open + self.overdue
        for request in waiting:
            if reply.id in request.messages or \
                    reply.reply_to in request.messages:
                return request
        if reply.reply_to is not None and reply.kind == replies.FILE and \
                reply.reply_to in self.seen:
            return None         # it answers another message of this chat
        text = reply.all_text()
        for request in waiting:
            if request.track.is_in(text):
                return request
        if len(waiting) == 1 and self.open:
            return self.open[0]
        return None

    def route(self, reply):
        request = self.find(reply)
        if request is None:
            self.take_unnamed(reply)
        elif request in self.overdue:
            self.take_late(request, reply)
        else:
            self.take_answer(request, reply)

    def take_answer(self, request, reply):
        request.messages.add(reply.id)
        request.sign = time.monotonic()
        if reply.kind == replies.LIMIT:
            self.pace.set_aside(self.name, reply.wait)
            request.fail(Problem("rate_limited", "@%s wants a pause: %s" % (
                self.name, words.plain(reply.text, 100)), reply.wait))
        elif request.accepts(reply):
            request.end(reply)
        elif reply.kind == replies.PICTURE:
            request.picture = True
        elif reply.kind == replies.TEXT:
            request.text = words.plain(reply.text, 120)

    def take_late(self, request, reply):
        """Its request is over: the next search for the track finds it."""
        if reply.kind == replies.FILE:
            track = request.track
            self.state.add_file(self.ref("f", track, reply.file.digest),
                                reply.id, track.key)
        if reply.kind in (replies.FILE, replies.NOTHING):
            self.end_overdue(request)

    def take_unnamed(self, reply):
        """As many of these as open requests mean all of them. A file of
        nobody's is dropped."""
        for request in self.open:
            request.sign = time.monotonic()
        if reply.kind == replies.LIMIT:
            self.pace.set_aside(self.name, reply.wait)
        if reply.kind != replies.NOTHING:
            return
        self.unnamed += 1
        if self.unnamed >= len(self.open) + len(self.overdue):
            for request in self.open:
                request.end(reply)
            for request in list(self.overdue):
                self.end_overdue(request)
            self.unnamed = 0

    # ---- requests that nothing answered ----

    def add_overdue(self, request):
        request.at = time.time()
        self.overdue.append(request)
        self.state.data["open"].append({
            "bot": self.name, "at": request.at,
            "track": request.track.members(),
            "messages": sorted(request.messages)})
        self.state.prune()
        self.state.save()

    def end_overdue(self, request):
        self.overdue.remove(request)
        self.state.data["open"] = [
            o for o in self.state.data["open"]
            if o["bot"] != self.name or o["at"] != request.at]
        self.state.save()

    # ---- asking ----

    async def send(self, request, text):
        client = self.account.client
        async with self.sending:
            message = await client.send_message(
                self.peer, text, link_preview=False, parse_mode=None)
            request.messages.add(message.id)

    async def push(self, request, row):
        """Presses a button that sends data to the bot. No other kind comes
        here, and an address in the answer is not looked at."""
        try:
            answer = await self.account.client(
                functions.messages.GetBotCallbackAnswerRequest(
                    self.peer, row.message, data=row.data))
        except (errors.BotResponseTimeoutError, errors.TimeoutError):
            return      # many bots say nothing to it, and send the file
        text = (answer.message or "")[:replies.MAX_TEXT]
        if words.says_nothing(text, self.settings.nothing):
            request.end(replies.Reply(0, replies.NOTHING, text))
        elif words.says_limit(text):
            self.take_answer(request, replies.Reply(
                0, replies.LIMIT, text, wait=words.says_limit(text)))
        elif text:
            request.text, request.sign = words.plain(text, 120), \
                time.monotonic()

    async def start(self, request, act):
        """One message, at its time."""
        await self.pace.wait()
        request.sign = time.monotonic()
        await act()

    async def run(self, request, act, deadline):
        """Sends, and waits for the answer: a Reply. Problem."""
        self.open.append(request)
        task = None
        try:
            if request.pressed:
                task = asyncio.ensure_future(self.start(request, act))
                task.add_done_callback(
                    lambda t: t.cancelled() or not t.exception() or
                    request.fail(t.exception()))
                await self.pace_turn(task, request)
            else:
                await self.start(request, act)
            return await self.wait(request, deadline)
        finally:
            self.open.remove(request)
            if task:
                task.cancel()

    async def pace_turn(self, task, request):
        """Until the press is on its way; its answer may come after the
        file."""
        while not request.sign and not task.done():
            await asyncio.sleep(0.05)

    async def wait(self, request, deadline):
        looked = False
        while True:
            end = min(request.sign + self.settings.response_timeout, deadline)
            done, _ = await asyncio.wait(
                [request.answer], timeout=max(0, end - time.monotonic()))
            if done:
                return request.answer.result()
            if time.monotonic() < min(request.sign + self.settings.
                                      response_timeout, deadline):
                continue
            if not looked:      # an update may be lost
                looked = True
                await self.catch_up(min(request.messages))
                continue
            break
        self.add_overdue(request)
        if request.text:
            raise Problem("unavailable", "@%s says: %s" % (self.name,
                                                           request.text))
        if request.picture:
            raise Problem("unavailable", "@%s sends a picture and no file" %
                          self.name)
        self.pace.silent(self.name)
        raise Silence("temporary", "@%s does not answer" % self.name)

    async def ask(self, track, deadline):
        """Sends the track's link: a Reply of kind FILE, MENU or NOTHING."""
        await self.begin()
        request = Request(track)
        reply = await self.run(
            request, lambda: self.send(request, track.text()), deadline)
        for row in reply.rows:
            self.rows[track.key, row.digest] = row
        return reply

    async def press(self, row, track, deadline):
        """A Reply of kind FILE. If a menu of formats follows, its best one is
        pressed."""
        await self.begin()
        while True:
            request = Request(track, row, [row.message])
            reply = await self.run(request, lambda: self.push(
                request, row) if row.data is not None else self.send(
                request, row.label), deadline)
            if reply.kind == replies.NOTHING:
                raise Problem("not_found", "@%s: %s" % (
                    self.name, words.plain(reply.text, 100)))
            if reply.kind == replies.FILE:
                return reply
            row = reply.rows[0]
