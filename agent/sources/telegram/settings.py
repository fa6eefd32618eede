# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program is started with: options that likesync makes of
[source.NAME], and the file with api_id and api_hash."""
import argparse
import os
import re

from .problem import Problem

LEAST_PAUSE = 3     # seconds between two messages, whatever is set
MAX_API = 4096      # bytes of the file
BOT = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}$")


def bots(text):
    names = [n.strip().removeprefix("@") for n in text.split(",")]
    for name in names:
        if not BOT.match(name):
            raise argparse.ArgumentTypeError("%r is no bot's name" % name)
    return list(dict.fromkeys(names))


def parser():
    p = argparse.ArgumentParser(
        prog="likesync-telegram", allow_abbrev=False,
        description="Fetches files from Telegram bots for likesync, which "
        "starts it for a source of type telegram.")
    p.add_argument("action", choices=("serve", "login", "logout"))
    p.add_argument("--api", required=True, metavar="FILE",
                   help="two lines: api_id and api_hash")
    p.add_argument("--state", metavar="DIR",
                   help="the session's folder; serve is told it")
    p.add_argument("--bots", type=bots, default=[], metavar="NAME,...")
    p.add_argument("--response-timeout", type=int, default=60, metavar="S")
    p.add_argument("--retries", type=int, default=1, metavar="N")
    p.add_argument("--pause", type=float, default=LEAST_PAUSE, metavar="S")
    p.add_argument("--per-day", type=int, default=200, metavar="N")
    p.add_argument("--no-check", action="store_true",
                   help="do not check the account at the start")
    p.add_argument("--nothing", default="", metavar="TEXT|...",
                   help="more texts by which bots say that they have nothing")
    return p


def parse(argv):
    s = parser().parse_args(argv)
    s.pause = max(s.pause, LEAST_PAUSE)
    s.nothing = [t for t in s.nothing.split("|") if t.strip()]
    return s


def read_api(path):
    """(api_id, api_hash) from lines such as "api_id = 1", or the values
    alone."""
    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o027:
                raise Problem("auth", "%s: others can read or write it: "
                              "chmod 600" % path)
            text = file.read(MAX_API)
    except (OSError, UnicodeDecodeError) as e:
        raise Problem("auth", "%s: %s" % (
            path, getattr(e, "strerror", "is no text"))) from None
    values = [line.split("=")[-1].strip(" \t\"'") for line in
              text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    if len(values) != 2 or not re.fullmatch(r"\d{1,9}", values[0]) or \
            not re.fullmatch(r"[0-9a-fA-F]{32}", values[1]):
        raise Problem("auth", "%s: expected two lines, api_id and api_hash of "
                      "https://my.telegram.org" % path)
    return int(values[0]), values[1]
