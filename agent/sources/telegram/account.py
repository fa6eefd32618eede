# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection with the user's account."""
import asyncio
import logging
import os
import time

import telethon
from telethon import TelegramClient, events, utils
from telethon.errors import (UsernameInvalidError, UsernameNotOccupiedError)
from telethon.tl import functions, types

from . import ige
from .pace import SHORT_S
from .problem import AGAIN, Problem
from .settings import read_api
from .version import VERSION

CONNECT_S = 20


def make_client(settings, state):
    """Nothing of what Telethon logs is printed: it may hold texts of others.
    It sleeps through short pauses; longer ones are kept across runs."""
    ige.install()
    logging.getLogger("telethon").addHandler(logging.NullHandler())
    logging.getLogger("telethon").propagate = False
    api_id, api_hash = read_api(settings.api)
    return TelegramClient(
        state.session, api_id, api_hash, flood_sleep_threshold=SHORT_S,
        device_model="likesync", system_version="Linux", app_version=VERSION,
        timeout=10, request_retries=3, connection_retries=2, retry_delay=2,
        sequential_updates=True)


async def whoami(client):
    """The account, by a request that fails as Telegram says why."""
    users = await client(functions.users.GetUsersRequest(
        [types.InputUserSelf()]))
    return users[0]


def remember(state, me):
    old = state.data["account"] or {}
    state.data["account"] = {
        "id": me.id, "name": utils.get_display_name(me)[:64],
        "since": old.get("since", int(time.time())),
        "checked": int(time.time())}
    state.save()


class Account:
    """Connects when it is first used, once."""

    def __init__(self, settings, state):
        self.settings, self.state = settings, state
        self.client, self.connecting = None, asyncio.Lock()
        self.chats = {}     # by the bot's id
        self.error = None

    async def connect(self):
        async with self.connecting:
            if self.error:
                raise self.error
            if self.client:
                return self.client
            if not os.path.exists(self.state.session):
                raise Problem("auth", "not logged in at Telegram: " + AGAIN)
            client = make_client(self.settings, self.state)
            try:
                await asyncio.wait_for(self.start(client), CONNECT_S)
            except Exception as e:
                self.error = e
                await client.disconnect()
                raise
            self.client = client
            return client

    async def start(self, client):
        await client.connect()
        remember(self.state, await whoami(client))
        client.add_event_handler(self.on_message,
                                 events.NewMessage(incoming=True))
        client.add_event_handler(self.on_message,
                                 events.MessageEdited(incoming=True))
        client.add_event_handler(self.on_deleted, events.MessageDeleted())

    async def on_message(self, event):
        chat = self.chats.get(event.chat_id)
        if chat:
            await chat.take(event.message)

    async def on_deleted(self, event):
        for chat in self.chats.values():
            chat.forget(event.deleted_ids)

    async def find_bot(self, name):
        """Its address. A name that is no bot's is never written to."""
        known = self.state.bot(name)
        if known["id"]:
            try:
                peer = await self.client.get_input_entity(known["id"])
                if getattr(peer, "user_id", None) == known["id"]:
                    return peer
            except ValueError:
                pass        # the session does not have it: ask by its name
        try:
            user = await self.client.get_entity(name)
        except (UsernameNotOccupiedError, UsernameInvalidError, ValueError):
            raise Problem("auth", "@%s does not exist: change bots" % name
                          ) from None
        if not isinstance(user, types.User) or not user.bot:
            raise Problem("auth", "@%s is no bot: change bots" % name)
        known["id"] = user.id
        self.state.save()
        return utils.get_input_peer(user)

    async def close(self):
        if self.client:
            await self.client.disconnect()

    def text(self):
        """For doctor."""
        account = self.state.data["account"]
        return "%s, Telethon %s%s" % (VERSION, telethon.__version__,
                                      ", account " + account["name"]
                                      if account else "")
