#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source for likesync: the Internet Archive. Items by the artist are searched,
and the files of some of them offered, the best format first.

    [source.archive]
    type = exec
    command = likesync-archive

Arguments: --site URL, --pause SECONDS between two requests. The protocol is
described in sources.md."""
import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ITEMS = 6               # whose files are listed, for one artist
MAX_ANSWER = 16 << 20   # the metadata of the largest items are 5 MB
TRIES = 3               # of a download that breaks off
LOSSLESS = (".flac", ".wav", ".aiff", ".aif")
KINDS = LOSSLESS + (".m4a", ".mp3", ".ogg")

options = argparse.ArgumentParser()
options.add_argument("--site", default="https://archive.org")
options.add_argument("--pause", type=float, default=1.0)
options = options.parse_args()
next_request = 0.0
items_of = {}           # artist -> items, since several queries follow


def open_url(path, timeout=30, **headers):
    global next_request
    time.sleep(max(0.0, next_request - time.monotonic()))
    next_request = time.monotonic() + options.pause
    return urllib.request.urlopen(urllib.request.Request(
        options.site + path, headers={"User-Agent": "likesync", **headers}),
        timeout=timeout)


def get_json(path):
    with open_url(path) as answer:
        text = answer.read(MAX_ANSWER + 1)
    if len(text) > MAX_ANSWER:
        raise ValueError("the answer is too large")
    return json.loads(text)


def first(value):
    """Members are a string or a list of them."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else None


def seconds(length):
    """ "200.5" or "3:20" """
    total = 0.0
    try:
        for part in str(length or "0").split(":"):
            total = total * 60 + float(part)
    except ValueError:
        return 0.0
    return total


def words(text):
    return {w for w in (text or "").lower().split() if len(w) > 2}


def items_by(artist):
    if artist not in items_of:
        query = urllib.parse.urlencode([
            ("q", 'mediatype:audio AND creator:("%s")' % artist),
            ("fl[]", "identifier"), ("fl[]", "title"), ("sort[]",
                                                        "downloads desc"),
            ("rows", "50"), ("page", "1"), ("output", "json")])
        items_of[artist] = get_json("/advancedsearch.php?" + query)[
            "response"]["docs"]
    return items_of[artist]


def files_of(identifier):
    key = ("item", identifier)
    if key not in items_of:
        items_of[key] = get_json("/metadata/" + urllib.parse.quote(identifier))
    return items_of[key]


def offers(item):
    about = item.get("metadata") or {}
    for file in item.get("files") or []:
        kind = os.path.splitext(file.get("name", ""))[1].lower()
        if kind not in KINDS or not file.get("title") or \
                "64Kb" in str(file.get("format")):
            continue
        yield {"ref": "%s/%s" % (about["identifier"], file["name"]),
               "title": first(file["title"]), "album": first(about.get("title")),
               "artist": first(file.get("artist")) or
               first(about.get("creator")),
               "duration": seconds(file.get("length")),
               "lossless": kind in LOSSLESS,
               "kind": KINDS.index(kind)}


def search(r):
    track = r["track"]
    artist = track["artists"][0].replace('"', " ").replace("\\", " ")
    wanted = words(track["title"]) | words(track.get("album"))
    items = sorted(items_by(artist), key=lambda i: -len(
        wanted & words(first(i.get("title")))))
    found = [c for i in items[:ITEMS] for c in offers(files_of(
        i["identifier"]))]
    found.sort(key=lambda c: (-len(words(track["title"]) &
                                   words(c["title"])), c.pop("kind")))
    return {"type": "candidates", "candidates": found[:100]}


def download(ref, path, size, end):
    """Goes on where an earlier try broke off."""
    done = os.path.getsize(path) if os.path.exists(path) else 0
    more = {"Range": "bytes=%d-" % done} if done > 0 else {}
    with open_url("/download/" + urllib.parse.quote(ref), **more) as answer, \
            open(path, "ab" if answer.status == 206 else "wb") as file:
        length = answer.headers.get("Content-Length")
        while data := answer.read(65536):
            file.write(data)
            if file.tell() > size:
                raise urllib.error.HTTPError(ref, 413, "over max_size", {},
                                             None)
            if time.monotonic() > end:
                raise TimeoutError("the download takes too long")
        if length and file.tell() < int(length) + (done if more and
                                                   answer.status == 206
                                                   else 0):
            raise ConnectionError("the connection was lost")


def fetch(r):
    end = time.monotonic() + r["timeout"] - 5
    name = "music" + os.path.splitext(r["ref"])[1].lower()
    for left in reversed(range(TRIES)):
        try:
            download(r["ref"], os.path.join(r["folder"], name), r["max_size"],
                     end)
            break
        except (ConnectionError, TimeoutError):
            if left == 0 or time.monotonic() > end:
                raise
    return {"type": "done", "file": name}


def hello(r):
    return {"type": "hello", "protocol": 1, "name": "likesync-archive",
            "version": "1", "capabilities": ["search", "lossless"]}


for line in sys.stdin:
    request = json.loads(line)
    work = {"hello": hello, "search": search, "fetch": fetch}.get(
        request["type"])
    if work is None:
        continue        # cancel: this program does one thing at a time
    try:
        reply = work(request)
    except urllib.error.HTTPError as e:
        code = "rate_limited" if e.code == 429 else \
            "unavailable" if e.code < 500 else "temporary"
        reply = {"type": "error", "code": code, "message": str(e)}
        if (e.headers.get("Retry-After") or "").isdigit():
            reply["retry_after"] = int(e.headers["Retry-After"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        reply = {"type": "error", "code": "temporary", "message": repr(e)}
    print(json.dumps({**reply, "id": request["id"]}), flush=True)
