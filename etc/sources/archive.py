#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source for likesync, in Python: the Internet Archive.

    [source.archive]
    type = exec
    command = /usr/local/share/doc/likesync/examples/sources/archive.py

The protocol is described in sources.md."""
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SITE = sys.argv[1] if len(sys.argv) > 1 else "https://archive.org"
KINDS = (".flac", ".mp3", ".ogg", ".m4a")


def get(path):
    return urllib.request.urlopen(SITE + path, timeout=20)


def as_list(value):
    return value if isinstance(value, list) else [value] if value else []


def seconds(length):
    """ "200.5" or "3:20" """
    total = 0.0
    for part in (length or "0").split(":"):
        total = total * 60 + float(part)
    return total


def search(r):
    words = [a.replace('"', " ") for a in r["track"]["artists"][:1]]
    query = urllib.parse.urlencode([
        ("q", 'mediatype:audio AND creator:("%s")' % " ".join(words)),
        ("fl[]", "identifier"), ("rows", "5"), ("output", "json")])
    found = []
    for item in json.load(get("/advancedsearch.php?" + query))["response"][
            "docs"]:
        item = json.load(get("/metadata/" + item["identifier"]))
        about = item.get("metadata", {})
        found += [{"ref": about["identifier"] + "/" + f["name"],
                   "title": f["title"], "album": about.get("title"),
                   "artist": (as_list(about.get("creator")) or [None])[0],
                   "duration": seconds(f.get("length"))}
                  for f in item.get("files", [])
                  if "title" in f and f["name"].lower().endswith(KINDS)]
    wanted = r["track"]["title"].lower()
    found.sort(key=lambda c: wanted not in c["title"].lower())
    return {"type": "candidates", "candidates": found[:100]}


def fetch(r):
    end = time.monotonic() + r["timeout"]
    name = "music" + os.path.splitext(r["ref"])[1]
    with get("/download/" + urllib.parse.quote(r["ref"])) as answer, \
            open(os.path.join(r["folder"], name), "wb") as file:
        while data := answer.read(65536):
            file.write(data)
            if time.monotonic() > end:
                raise TimeoutError("the download takes too long")
    return {"type": "done", "file": name}


def hello(r):
    return {"type": "hello", "protocol": 1, "name": "archive.py",
            "version": "1", "capabilities": ["search"]}


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
    except (OSError, ValueError, KeyError) as e:
        reply = {"type": "error", "code": "temporary", "message": repr(e)}
    print(json.dumps({**reply, "id": request["id"]}), flush=True)
