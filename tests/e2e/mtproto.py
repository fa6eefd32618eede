# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of MTProto 2 over TCP: handshake with an RSA key of its
own, encryption, containers, requests and updates. Types and ciphers are
Telethon's, so that the client meets its own reading of the protocol."""
import asyncio
import hashlib
import os
import struct
import subprocess
import threading
import time
import zlib

import rsa
from telethon import helpers
from telethon.crypto import AES, AuthKey
from telethon.crypto import rsa as keys
from telethon.extensions import BinaryReader
from telethon.network.mtprotostate import MTProtoState
from telethon import password
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer

P, Q = 1229739323, 1402015859
PRIME = bytes(next(c for c in password.check_prime_and_good.__code__.co_consts
                   if isinstance(c, tuple) and len(c) == 256))
G = 3


def big(data):
    return int.from_bytes(data, "big")


class Refusal(Exception):
    """An rpc_error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Session:
    """What the server knows by an authorization key."""

    def __init__(self, key):
        self.key, self.user, self.last_id, self.sequence = key, None, 0, 0
        self.id = self.salt = 0
        self.connection = None

    def next_id(self, kind):
        """Answers end in 1, updates in 3."""
        now = int(time.time() * 2**32) & ~3
        self.last_id = max(now, self.last_id + 4)
        return self.last_id + kind


class Connection:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.sent = 0
        self.session = None

    async def packet(self):
        head = await self.reader.readexactly(8)
        body = await self.reader.readexactly(
            struct.unpack("<i", head[:4])[0] - 8)
        assert zlib.crc32(head + body[:-4]) == \
            struct.unpack("<I", body[-4:])[0]
        return body[:-4]

    def put(self, data):
        data = struct.pack("<ii", len(data) + 12, self.sent) + data
        self.sent += 1
        self.writer.write(data + struct.pack("<I", zlib.crc32(data)))

    def plain(self, obj):
        body = bytes(obj)
        self.put(struct.pack("<qqi", 0, int(time.time() * 2**32) & ~3 | 1,
                             len(body)) + body)

    def encrypted(self, session, body, kind=1):
        key = session.key.key
        session.sequence += 2
        data = struct.pack("<qqqii", session.salt, session.id,
                           session.next_id(kind), session.sequence + 1,
                           len(body)) + body
        data += os.urandom(-(len(data) + 12) % 16 + 12)
        large = hashlib.sha256(key[96:128] + data).digest()
        aes = MTProtoState._calc_key(key, large[8:24], False)
        self.put(struct.pack("<Q", session.key.key_id) + large[8:24] +
                 AES.encrypt_ige(data, *aes))

    # ---- the handshake ----

    async def handshake(self, body):
        request = BinaryReader(body[20:]).tgread_object()
        if isinstance(request, functions.ReqPqMultiRequest):
            self.nonce = request.nonce
            self.server_nonce = int.from_bytes(os.urandom(16), "little",
                                               signed=True)
            self.plain(types.ResPQ(
                self.nonce, self.server_nonce, (P * Q).to_bytes(8, "big"),
                [self.server.fingerprint]))
        elif isinstance(request, functions.ReqDHParamsRequest):
            self.answer_dh(request)
        elif isinstance(request, functions.SetClientDHParamsRequest):
            self.end_dh(request)

    def answer_dh(self, request):
        private = self.server.private
        text = pow(big(request.encrypted_data), private.d, private.n)
        text = text.to_bytes(255, "big")
        inner = BinaryReader(text[20:]).tgread_object()
        assert hashlib.sha1(bytes(inner)).digest() == text[:20]
        self.new_nonce = inner.new_nonce
        self.secret = big(os.urandom(256))
        self.aes = helpers.generate_key_data_from_nonce(
            self.server_nonce, self.new_nonce)
        answer = bytes(types.ServerDHInnerData(
            self.nonce, self.server_nonce, G, PRIME, pow(
                G, self.secret, big(PRIME)).to_bytes(256, "big"),
            int(time.time())))
        answer = hashlib.sha1(answer).digest() + answer
        answer += os.urandom(-len(answer) % 16)
        self.plain(types.ServerDHParamsOk(
            self.nonce, self.server_nonce, AES.encrypt_ige(answer, *self.aes)))

    def end_dh(self, request):
        text = AES.decrypt_ige(request.encrypted_data, *self.aes)
        inner = BinaryReader(text[20:]).tgread_object()
        shared = pow(big(inner.g_b), self.secret, big(PRIME))
        key = AuthKey(keys.get_byte_array(shared))
        self.server.sessions[key.key_id] = Session(key)
        self.plain(types.DhGenOk(self.nonce, self.server_nonce,
                                 key.calc_new_nonce_hash(self.new_nonce, 1)))

    # ---- requests ----

    async def receive(self, body):
        key_id = struct.unpack("<Q", body[:8])[0]
        session = self.server.sessions.get(key_id)
        if session is None:
            self.put(struct.pack("<i", -404))
            return
        aes = MTProtoState._calc_key(session.key.key, body[8:24], True)
        text = AES.decrypt_ige(body[24:], *aes)
        assert hashlib.sha256(
            session.key.key[88:120] + text).digest()[8:24] == body[8:24]
        session.salt, session.id, id, _, length = struct.unpack(
            "<qqqii", text[:32])
        session.connection = self.session = None
        session.connection, self.session = self, session
        self.take(id, BinaryReader(text[32:32 + length]).tgread_object())

    def take(self, id, obj):
        if isinstance(obj, GzipPacked):
            obj = BinaryReader(obj.data).tgread_object()
        if isinstance(obj, MessageContainer):
            for m in obj.messages:
                self.take(m.msg_id, m.obj)
        elif isinstance(obj, (functions.PingRequest,
                              functions.PingDelayDisconnectRequest)):
            self.encrypted(self.session, bytes(types.Pong(id, obj.ping_id)))
        elif hasattr(obj, "read_result"):
            self.server.start(self.answer(id, obj))

    async def answer(self, id, request):
        while hasattr(request, "query"):
            request = request.query
        try:
            result = await self.server.answer(self.session, request)
        except Refusal as e:
            result = types.RpcError(e.code, str(e))
        if result is None:
            return
        if isinstance(result, list):
            body = struct.pack("<Ii", 0x1cb5c415, len(result)) + b"".join(
                bytes(r) for r in result)
        elif isinstance(result, bool):
            body = struct.pack("<I", 0x997275b5 if result else 0xbc799737)
        else:
            body = bytes(result)
        self.encrypted(self.session, struct.pack("<Iq", 0xf35c6d01, id) + body)

    async def serve(self):
        try:
            while True:
                body = await self.packet()
                if body[:8] == bytes(8):
                    await self.handshake(body)
                else:
                    await self.receive(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writer.close()


class Server:
    """Listens on 127.0.0.1. answer() is of who derives from it."""

    private = public = None

    def __init__(self):
        if Server.private is None:
            Server.make_key()
        self.fingerprint = keys._compute_fingerprint(
            rsa.PublicKey.load_pkcs1(self.public))
        self.sessions, self.tasks, self.failures = {}, set(), []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)
        self.thread.start()
        self.listener = self.call(asyncio.start_server(
            lambda r, w: Connection(self, r, w).serve(), "127.0.0.1", 0))
        self.port = self.listener.sockets[0].getsockname()[1]

    @staticmethod
    def make_key():
        pem = subprocess.run(["openssl", "genrsa", "-traditional", "2048"],
                             capture_output=True, check=True).stdout
        Server.private = rsa.PrivateKey.load_pkcs1(pem)
        Server.public = rsa.PublicKey(
            Server.private.n, Server.private.e).save_pkcs1()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def start(self, coroutine):
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task):
        self.tasks.discard(task)
        if not task.cancelled() and task.exception():
            self.failures.append(task.exception())
            import traceback; traceback.print_exception(task.exception())

    def push(self, session, updates):
        """To the client, if it is there."""
        if session.connection:
            session.connection.encrypted(session, bytes(updates), 3)

    async def end(self):
        self.listener.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    def close(self):
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        assert not self.failures, self.failures
