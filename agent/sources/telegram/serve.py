# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol of docs/sources.md: requests on standard input, answers on
standard output, as many at once as likesync sends."""
import asyncio
import json
import sys
import time

from telethon import errors

from . import replies
from .account import Account
from .chat import Chat, Silence
from .download import download
from .pace import Pace
from .problem import Problem, explain
from .state import State
from .words import Track

MAX_LINE = 1 << 20
SEARCH_S = 105          # likesync waits 120
MARGIN_S = 5            # before likesync's time-out
CLOSE_S = 3


class Turn:
    """How far a track's search is: which bot is next, and what came."""

    def __init__(self):
        self.bot, self.tries = 0, 0
        self.found, self.failures = False, []


class Server:
    def __init__(self, settings):
        self.settings = settings
        self.tasks, self.turns, self.chats = {}, {}, {}
        self.account = self.pace = None

    # ---- lines ----

    def say(self, id, type, **members):
        sys.stdout.write(json.dumps({"type": type, "id": id, **members}) +
                         "\n")
        sys.stdout.flush()

    def fail(self, id, problem):
        more = {"retry_after": problem.retry_after} \
            if problem.retry_after > 0 else {}
        self.say(id, "error", code=problem.code, message=str(problem)[:300],
                 **more)

    async def answer(self, r):
        id = r["id"]
        try:
            self.say(id, **await getattr(self, r["type"])(r))
        except asyncio.CancelledError:
            self.fail(id, Problem("temporary", "cancelled"))
        except Exception as e:
            self.fail(id, self.explain(e))
        finally:
            self.tasks.pop(id, None)

    def explain(self, error):
        """A pause that Telegram wants is for all that follows."""
        problem = explain(error)
        if isinstance(error, (errors.FloodWaitError, errors.PeerFloodError)):
            self.pace.flood(problem.retry_after)
        return problem

    def take(self, line):
        r = json.loads(line)
        if r["type"] == "cancel":
            if r["id"] in self.tasks:
                self.tasks[r["id"]].cancel()
        elif r["type"] in ("hello", "search", "fetch"):
            self.tasks[r["id"]] = asyncio.ensure_future(self.answer(r))

    async def serve(self):
        reader = asyncio.StreamReader(limit=MAX_LINE)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            self.take(line)
        for task in list(self.tasks.values()):
            task.cancel()
        if self.account:
            await asyncio.wait_for(self.account.close(), CLOSE_S)

    # ---- requests ----

    async def hello(self, r):
        state = State(r["state"])
        pace = Pace(state, self.settings)
        self.account = Account(self.settings, state)
        for name in self.settings.bots:
            self.chats[name] = Chat(name, self.account, pace, self.settings)
        self.pace, self.state = pace, state
        if not self.settings.no_check:
            await self.account.connect()
        return {"type": "hello", "protocol": 1, "name": "likesync-telegram",
                "version": self.account.text(), "parallel": r["parallel"],
                "capabilities": ["search", "counted"]}

    def candidate(self, chat, track, item):
        """Of a row of a menu, or a file that was sent at once."""
        kind = "f" if isinstance(item, replies.File) else "m"
        if not (item.title or kind == "f" and item.name):
            return None
        c = {"ref": chat.ref(kind, track, item.digest),
             "title": item.title or item.name}
        if kind == "f":
            self.state.add_file(c["ref"], item.message)
            if item.artist:
                c["artist"] = item.artist
        if item.duration:
            c["duration"] = item.duration
        return c

    def late(self, chat, track):
        """Files that answered an earlier request too late."""
        return [ref for ref, f in self.state.data["files"].items()
                if f.get("late") == track.key and
                ref.startswith(chat.name + ":")]

    async def known_file(self, chat, ref):
        """The file that a message had when ref was given; None: it is gone."""
        known = self.state.data["files"].get(ref)
        if not known:
            return None
        client = await chat.begin()
        message = await client.get_messages(chat.peer, ids=known["message"])
        found = replies.read_file(message) if message else None
        return found if found and ref.endswith(":" + found.digest) else None

    def next_bot(self, turn):
        """A bot that may be asked now; None: no more."""
        names = self.settings.bots
        while turn.bot < len(names):
            away = self.pace.away(names[turn.bot])
            if not away:
                return self.chats[names[turn.bot]]
            turn.failures.append(Problem(
                "rate_limited", "@%s is not asked for %d s" % (
                    names[turn.bot], away), away))
            turn.bot, turn.tries = turn.bot + 1, 0
        return None

    async def ask(self, chat, track, turn):
        """Candidates of one bot. Moves the turn on."""
        deadline = time.monotonic() + SEARCH_S
        try:
            for ref in self.late(chat, track):
                found = await self.known_file(chat, ref)
                if found:
                    turn.bot += 1
                    return [found]
            reply = await chat.ask(track, deadline)
        except Silence as e:
            turn.tries += 1
            if turn.tries > self.settings.retries:
                turn.failures.append(e)
                turn.bot, turn.tries = turn.bot + 1, 0
            return []
        except Exception as e:
            problem = self.explain(e)
            turn.bot, turn.tries = turn.bot + 1, 0
            if problem.code == "auth" or self.state.data["until"] > \
                    time.time():
                raise problem from None
            turn.failures.append(problem)
            return []
        turn.bot, turn.tries = turn.bot + 1, 0
        return [reply.file] if reply.file else reply.rows

    async def search(self, r):
        """One bot, once: likesync asks again while there is more, and counts
        each as a download."""
        track = Track(r["track"])
        turn = self.turns.setdefault(track.key, Turn())
        self.pace.check()
        chat = self.next_bot(turn)
        items = await self.ask(chat, track, turn) if chat else []
        candidates = [c for c in (self.candidate(chat, track, i)
                                  for i in items[:replies.MAX_ROWS]) if c]
        turn.found |= bool(candidates)
        more = self.next_bot(turn) is not None
        if not more:
            del self.turns[track.key]
        if not more and turn.failures and not turn.found:
            raise self.sum_up(turn.failures)
        return {"type": "candidates", "candidates": candidates, "more": more}

    @staticmethod
    def sum_up(failures):
        """No bot has said that it has nothing, or not all of them."""
        text = "; ".join(dict.fromkeys(str(f) for f in failures))
        if all(f.code == "rate_limited" for f in failures):
            return Problem("rate_limited", text, min(f.retry_after
                                                     for f in failures))
        return Problem("temporary", text)

    async def get_file(self, chat, ref, track, deadline):
        """The file that ref means, from the bot if need be."""
        _, kind, _, digest = ref.split(":")
        found = await self.known_file(chat, ref)
        if found:
            return found
        row = chat.rows.get((track.key, digest))
        if not row:         # of an earlier run: the menu is asked for anew
            reply = await chat.ask(track, deadline)
            if reply.file and (kind == "m" or reply.file.digest == digest):
                return reply.file
            row = chat.rows.get((track.key, digest))
        if not row:
            raise Problem("unavailable", "@%s does not offer it any more" %
                          chat.name)
        return (await chat.press(row, track, deadline)).file

    async def fetch(self, r):
        parts = str(r.get("ref", "")).split(":")
        chat = self.chats.get(parts[0])
        if not chat or len(parts) != 4:
            raise Problem("not_found", "no such file")
        deadline = time.monotonic() + max(1, r["timeout"] - MARGIN_S)
        track = Track(r["track"])
        found = await self.get_file(chat, r["ref"], track, deadline)
        self.say(r["id"], "progress", message="@%s sends %d KB" % (
            chat.name, found.size >> 10))
        client = await chat.begin()
        name = await download(
            client, self.state, found, r["folder"], r["max_size"], deadline,
            lambda text: self.say(r["id"], "progress", message=text))
        return {"type": "done", "file": name}
