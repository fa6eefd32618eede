# SPDX-License-Identifier: GPL-3.0-or-later
import asyncio
import sys

from . import settings


async def run(s):
    """Imported here: Telethon may be missing."""
    from . import login, serve
    from .problem import explain
    if s.action == "serve":
        await serve.Server(s).serve()
        return 0
    try:
        await getattr(login, s.action)(s)
    except Exception as e:
        sys.stderr.write("%s\n" % explain(e))
        return 1
    return 0


def main(argv=None):
    try:
        import telethon  # noqa: F401
    except ImportError:
        sys.stderr.write("Telethon is not installed: install "
                         "python3-telethon\n")
        return 69
    s = settings.parse(argv)
    if s.action != "serve" and not s.state:
        sys.stderr.write("--state is missing\n")
        return 64
    try:
        return asyncio.run(run(s))
    except KeyboardInterrupt:
        return 130
