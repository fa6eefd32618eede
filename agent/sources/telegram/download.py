# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a file from Telegram, and continues where an earlier run stopped."""
import asyncio
import os
import shutil
import time

from .problem import Problem

PIECE = 512 << 10       # bytes of one request, the most there is
STALL_S = 60            # for one piece
SOON_S = 60             # the next run goes on


def begin(path, size):
    """Opens what is there of it, cut to whole pieces."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    file = os.fdopen(fd, "r+b")
    have = min(os.fstat(fd).st_size, size) // PIECE * PIECE
    file.truncate(have)
    file.seek(have)
    return file


async def pieces(client, document, offset, deadline):
    stream = client.iter_download(document, offset=offset, request_size=PIECE,
                                  file_size=document.size)
    try:
        while True:
            left = min(STALL_S, deadline - time.monotonic())
            if left <= 0:
                return
            try:
                yield await asyncio.wait_for(stream.__anext__(), left)
            except StopAsyncIteration:
                return
            except asyncio.TimeoutError:
                return
    finally:
        await stream.close()


async def copy(client, found, file, deadline, progress):
    """Bytes that are there at the end."""
    size, have = found.size, file.tell()
    told = time.monotonic()
    async for piece in pieces(client, found.document, have, deadline):
        piece = bytes(piece)[:size - have]
        file.write(piece)
        have += len(piece)
        if have >= size:
            break
        if time.monotonic() - told > 10:
            told = time.monotonic()
            progress("%d of %d KB" % (have >> 10, size >> 10))
    file.flush()
    return have


async def download(client, state, found, folder, max_size, deadline,
                   progress):
    """The name of the file in the folder. Never the bot's own name for it:
    only its suffix, of those that are known."""
    if not 0 < found.size <= max_size:
        raise Problem("unavailable", "the file has %d MB, max_size is %d MB" %
                      (found.size >> 20, max_size >> 20))
    path = state.partial(found.document)
    with begin(path, found.size) as file:
        have = await copy(client, found, file, deadline, progress)
    if have < found.size:
        raise Problem("unavailable", "%d of %d KB so far: a later run goes on"
                      % (have >> 10, found.size >> 10), SOON_S)
    name = "music" + found.suffix
    shutil.move(path, os.path.join(folder, name))
    return name
