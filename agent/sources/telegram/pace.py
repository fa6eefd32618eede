# SPDX-License-Identifier: GPL-3.0-or-later
"""When the next message may be sent: a pause between two, a limit for 24
hours, what Telegram asked for, what a bot asked for. All of it is kept across
runs, and noted before the message is sent."""
import asyncio
import time

from .problem import Problem
from .state import DAY

SHORT_S = 20            # a pause that is waited for, by Telethon or here
SILENT = 3              # requests in a row without an answer
BACK_OFF_S = 900        # then; twice as long each time
MOST_BACK_OFF_S = 6 * 3600


class Pace:
    def __init__(self, state, settings):
        self.state, self.settings = state, settings
        self.turn = asyncio.Lock()

    def check(self):
        """Problem, if no message may be sent now."""
        data, now = self.state.data, time.time()
        if data["until"] > now + SHORT_S:
            wait = min(data["until"] - now, DAY)
            raise Problem("rate_limited", "Telegram wants a pause: %d s are "
                          "left" % wait, wait)
        sent = [t for t in data["sent"] if t > now - DAY]
        if len(sent) >= self.settings.per_day:
            wait = sent[0] + DAY - now if sent else DAY
            raise Problem("rate_limited", "%d messages were sent in 24 hours, "
                          "as many as max_messages allows" % len(sent), wait)

    async def wait(self):
        """Returns when a message may be sent, with it noted as sent."""
        async with self.turn:
            self.check()
            data, now = self.state.data, time.time()
            last = data["sent"][-1] if data["sent"] else 0
            start = max(data["until"], min(last, now) + self.settings.pause)
            if start > now:
                await asyncio.sleep(start - now)
            data["sent"].append(time.time())
            self.state.prune()
            self.state.save()

    def flood(self, seconds):
        self.state.data["until"] = time.time() + seconds
        self.state.save()

    # ---- one bot ----

    def away(self, name):
        """Seconds for which the bot is not asked."""
        return max(0, self.state.bot(name)["until"] - time.time())

    def answered(self, name):
        self.state.bot(name)["silent"] = 0

    def silent(self, name):
        bot = self.state.bot(name)
        bot["silent"] += 1
        if bot["silent"] >= SILENT:
            self.set_aside(name, min(MOST_BACK_OFF_S, BACK_OFF_S * 2 ** min(
                bot["silent"] - SILENT, 8)))

    def set_aside(self, name, seconds):
        self.state.bot(name)["until"] = time.time() + seconds
        self.state.save()
