# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Telegram on 127.0.0.1: one account, its chats with bots that tests
play, files, floods, login by code and password."""
import asyncio
import datetime
import hashlib
import json
import os
import time
import zipfile

from mtproto import G, PRIME, Refusal, Server, Session, big
from telethon import password as srp
from telethon.crypto import AuthKey
from telethon.sessions import SQLiteSession
from telethon.tl import types as t

DC = 2


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Bot:
    """A bot that answers what its methods say; tests replace them."""

    def __init__(self, service, id, name):
        self.service, self.id, self.name = service, id, name
        self.received, self.pressed = [], []

    def user(self):
        return t.User(self.id, bot=True, access_hash=self.id * 7,
                      first_name=self.name, username=self.name,
                      bot_info_version=1)

    # What a test plays.
    async def message(self, text, id):
        pass

    async def press(self, data, id):
        return t.messages.BotCallbackAnswer(cache_time=0)

    # What it can do.
    def send(self, text="", to=None, **more):
        reply = t.MessageReplyHeader(to) if to else None
        return self.service.deliver(self, text, reply_to=reply, **more)

    def buttons(self, labels):
        return t.ReplyInlineMarkup([t.KeyboardButtonRow([
            x if not isinstance(x, str) else
            t.KeyboardButtonCallback(x, x.encode()[:64])]) for x in labels])

    def menu(self, labels, text="Choose:", to=None, **more):
        return self.send(text, to, reply_markup=self.buttons(labels), **more)

    def file(self, path, title=None, performer=None, duration=20, to=None,
             name=None, mime=None, size=None, text="", dc=DC, audio=True):
        data = path.read_bytes() if hasattr(path, "read_bytes") else path
        document = self.service.document(data, dc)
        name = name if name is not None else getattr(path, "name", "x.mp3")
        document.mime_type = mime or "audio/" + name.rsplit(".", 1)[-1]
        document.size = size if size is not None else len(data)
        document.attributes = [t.DocumentAttributeFilename(name)]
        if audio:
            document.attributes.append(t.DocumentAttributeAudio(
                duration, title=title, performer=performer))
        return self.send(text, to, media=t.MessageMediaDocument(
            document=document))

    def picture(self, text="", to=None):
        return self.send(text, to, media=t.MessageMediaPhoto(photo=t.Photo(
            5, 5, b"", now(), [], DC)))


class Telegram(Server):
    """The account 1000, +49 1, with the code 12345."""

    def __init__(self):
        self.me = t.User(1000, is_self=True, access_hash=1, first_name="Ada",
                         last_name="L", phone="491", username="ada")
        self.bots, self.messages, self.files = {}, {}, {}
        self.last, self.pts, self.calls = 0, 1, []
        self.code, self.password, self.flood = "12345", None, {}
        self.refuse = {}        # request's name: Refusal
        self.chunks, self.stop_at = [], None
        super().__init__()

    def bot(self, name):
        bot = Bot(self, 5000 + len(self.bots), name)
        self.bots[name] = bot
        return bot

    def sent(self):
        """What the account asked bots: messages and presses."""
        return sum(len(b.received) + len(b.pressed)
                   for b in self.bots.values())

    # ---- chats ----

    def chats(self):
        return [b.user() for b in self.bots.values()] + [self.me]

    def updates(self, update):
        return t.Updates([update], self.chats(), [], now(), 0)

    def tell(self, update):
        for session in self.sessions.values():
            if session.user:
                self.push(session, self.updates(update))

    def deliver(self, bot, text, silent=False, **more):
        self.last += 1
        message = t.Message(self.last, t.PeerUser(bot.id), now(),
                            message=text, **more)
        self.messages[message.id] = message
        self.pts += 1
        if not silent:
            self.tell(t.UpdateNewMessage(message, self.pts, 1))
        return message.id

    def edit(self, id, text=None, labels=None, **more):
        message = self.messages[id]
        if text is not None:
            message.message = text
        if labels is not None:
            message.reply_markup = Bot.buttons(None, labels)
        message.edit_date = now()
        self.pts += 1
        self.tell(t.UpdateEditMessage(message, self.pts, 1))

    def delete(self, id):
        del self.messages[id]
        self.pts += 1
        self.tell(t.UpdateDeleteMessages([id], self.pts, 1))

    def document(self, data, dc):
        id = 10**6 + int(hashlib.sha256(data).hexdigest()[:8], 16)
        self.files[id] = data
        return t.Document(id, id, b"ref", now(), "", len(data), dc, [])

    # ---- requests ----

    async def answer(self, session, request):
        name = type(request).__name__[:-len("Request")]
        self.calls.append(name)
        if name in self.refuse:
            refusal = self.refuse[name]
            if isinstance(refusal, list):
                refusal = refusal.pop(0) if refusal else None
            if refusal:
                raise Refusal(*refusal)
        handler = getattr(self, "on_" + name, None)
        if handler is None:
            raise Refusal(400, "METHOD_INVALID_" + name.upper())
        if not session.user and name not in self.BEFORE:
            raise Refusal(401, "AUTH_KEY_UNREGISTERED")
        return await handler(session, request)

    BEFORE = ("GetConfig", "SendCode", "SignIn", "GetPassword",
              "CheckPassword", "ImportAuthorization")

    async def on_GetConfig(self, session, r):
        return t.Config(
            date=now(), expires=now(), test_mode=False, this_dc=DC,
            dc_options=[t.DcOption(n, "127.0.0.1", self.port)
                        for n in (1, 2, 3, 4, 5)],
            dc_txt_domain_name="", chat_size_max=200, megagroup_size_max=200,
            forwarded_count_max=100, online_update_period_ms=1000,
            offline_blur_timeout_ms=1000, offline_idle_timeout_ms=1000,
            online_cloud_timeout_ms=1000, notify_cloud_delay_ms=1000,
            notify_default_delay_ms=1000, push_chat_period_ms=1000,
            push_chat_limit=1, saved_gifs_limit=1, edit_time_limit=1,
            revoke_time_limit=1, revoke_pm_time_limit=1,
            rating_e_decay=1, stickers_recent_limit=1,
            stickers_faved_limit=1, channels_read_media_period=1,
            pinned_dialogs_count_max=1, pinned_infolder_count_max=1,
            call_receive_timeout_ms=1, call_ring_timeout_ms=1,
            call_connect_timeout_ms=1, call_packet_timeout_ms=1,
            me_url_prefix="", caption_length_max=1024,
            message_length_max=4096, webfile_dc_id=DC)

    async def on_GetUsers(self, session, r):
        return [self.me if isinstance(i, t.InputUserSelf) else
                t.UserEmpty(i.user_id) for i in r.id]

    async def on_GetState(self, session, r):
        return t.updates.State(self.pts, 0, now(), 0, 0)

    async def on_GetDifference(self, session, r):
        return t.updates.DifferenceEmpty(now(), 0)

    async def on_ResolveUsername(self, session, r):
        bot = self.bots.get(r.username)
        if r.username == "person":
            user = t.User(77, access_hash=1, first_name="P",
                          username="person")
        elif bot:
            user = bot.user()
        else:
            raise Refusal(400, "USERNAME_NOT_OCCUPIED")
        return t.contacts.ResolvedPeer(t.PeerUser(user.id), [], [user])

    async def on_SendMessage(self, session, r):
        bot = next(b for b in self.bots.values() if b.id == r.peer.user_id)
        self.last += 1
        self.pts += 1
        id = self.last
        self.messages[id] = t.Message(id, t.PeerUser(bot.id), now(),
                                      message=r.message, out=True)
        bot.received.append((time.monotonic(), r.message))
        self.start(bot.message(r.message, id))
        return t.UpdateShortSentMessage(id, self.pts, 1, now(), out=True)

    async def on_GetBotCallbackAnswer(self, session, r):
        bot = next(b for b in self.bots.values() if b.id == r.peer.user_id)
        if r.msg_id not in self.messages:
            raise Refusal(400, "MESSAGE_ID_INVALID")
        bot.pressed.append((time.monotonic(), r.data))
        return await bot.press(r.data, r.msg_id)

    def listed(self, messages):
        return t.messages.Messages(messages, [], self.chats())

    async def on_GetHistory(self, session, r):
        return self.listed([
            m for id, m in sorted(self.messages.items(), reverse=True)
            if m.peer_id.user_id == r.peer.user_id and id > r.min_id and
            (not r.offset_id or id < r.offset_id)][:r.limit])

    async def on_GetMessages(self, session, r):
        return self.listed([
            self.messages.get(i.id) or t.MessageEmpty(i.id) for i in r.id])

    async def on_GetFile(self, session, r):
        data = self.files[r.location.id]
        self.chunks.append(r.offset)
        if self.stop_at is not None and r.offset >= self.stop_at:
            await asyncio.sleep(3600)
        return t.upload.File(t.storage.FileUnknown(), 0,
                             data[r.offset:r.offset + r.limit])

    async def on_ExportAuthorization(self, session, r):
        return t.auth.ExportedAuthorization(r.dc_id, b"exported")

    async def on_ImportAuthorization(self, session, r):
        session.user = self.me
        return t.auth.Authorization(self.me)

    # ---- login ----

    async def on_SendCode(self, session, r):
        return t.auth.SentCode(t.auth.SentCodeTypeApp(5), "hash")

    async def on_SignIn(self, session, r):
        if r.phone_code != self.code:
            raise Refusal(400, "PHONE_CODE_INVALID")
        if self.password:
            raise Refusal(401, "SESSION_PASSWORD_NEEDED")
        session.user = self.me
        return t.auth.Authorization(self.me)

    async def on_GetPassword(self, session, r):
        self.algo = t.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
            b"salt1", b"salt2", G, PRIME)
        p = big(PRIME)
        x = big(srp.compute_hash(self.algo, self.password))
        self.v = pow(G, x, p)
        self.k = big(srp.sha256(PRIME, srp.big_num_for_hash(G)))
        self.b = big(os.urandom(256))
        self.B = (self.k * self.v + pow(G, self.b, p)) % p
        return t.account.Password(
            has_password=True, current_algo=self.algo,
            srp_B=self.B.to_bytes(256, "big"), srp_id=1, new_algo=self.algo,
            new_secure_algo=t.SecurePasswordKdfAlgoUnknown(),
            secure_random=b"")

    async def on_CheckPassword(self, session, r):
        p, h = big(PRIME), srp.big_num_for_hash
        u = big(srp.sha256(r.password.A, h(self.B)))
        s = pow(big(r.password.A) * pow(self.v, u, p), self.b, p)
        m = srp.sha256(
            srp.xor(srp.sha256(PRIME), srp.sha256(h(G))),
            srp.sha256(self.algo.salt1), srp.sha256(self.algo.salt2),
            r.password.A, h(self.B), srp.sha256(h(s)))
        if m != r.password.M1:
            raise Refusal(400, "PASSWORD_HASH_INVALID")
        session.user = self.me
        return t.auth.Authorization(self.me)

    async def on_LogOut(self, session, r):
        session.user = None
        return t.auth.LoggedOut()


def log_in(service, state):
    """As the program leaves its state behind, with a key of the server's."""
    old = os.umask(0o077)
    state.mkdir(parents=True, exist_ok=True)
    os.umask(old)
    session = SQLiteSession(str(state / "account.session"))
    session.set_dc(DC, "127.0.0.1", service.port)
    session.auth_key = AuthKey(os.urandom(256))
    session.save()
    session.close()
    service.sessions[session.auth_key.key_id] = known = Session(
        session.auth_key)
    known.user = service.me
    (state / "state.json").write_text(json.dumps(
        {"account": {"id": 1, "name": "Ada L", "since": 1, "checked": 1}}))


# The program with this server's address and key in place of Telegram's, and
# times that a test can wait for.
WRAPPER = '''
import sys
from telethon.client import telegrambaseclient as base
from telethon.crypto import rsa
base.DEFAULT_IPV4_IP, base.DEFAULT_PORT = "127.0.0.1", %(port)d
rsa._server_keys.clear()
rsa.add_key(%(key)r, old=False)
from likesync_telegram import main, settings
%(more)s
sys.exit(main.main())
'''


def wrap(program, to, service, more=""):
    """A copy of the program that starts with the wrapper."""
    with zipfile.ZipFile(program) as old, open(to, "wb") as out:
        out.write(b"#!/usr/bin/python3\n")
        with zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                if name != "__main__.py" and not name.endswith("/"):
                    new.writestr(name, old.read(name))
            new.writestr("__main__.py", WRAPPER % {
                "port": service.port, "key": service.public, "more": more})
    os.chmod(to, 0o755)
    return to
