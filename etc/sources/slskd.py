#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source for likesync: Soulseek, by the HTTP API of a running slskd.

    [source.slskd]
    type = exec
    command = /usr/local/share/doc/likesync/examples/sources/slskd.py
    args = --url http://127.0.0.1:5030 --key-file /etc/likesync/slskd.key
        --downloads /var/lib/slskd/downloads        (all on one line)

The key needs the role ReadWrite; likesync has to be able to read the folder of
downloads. The protocol is described in sources.md."""
import argparse
import json
import os
import re
import shutil
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

KINDS = (".flac", ".mp3", ".m4a", ".ogg", ".opus", ".wav", ".aiff")
SEARCH_S = 15           # peers answer for so long
LEFT = 3                # seconds in which we end before the time-out

parser = argparse.ArgumentParser()
parser.add_argument("--url", required=True)
parser.add_argument("--key-file", required=True)
parser.add_argument("--downloads", required=True)
parser.add_argument("--poll", type=float, default=1)
options = parser.parse_args()
with open(options.key_file, encoding="utf-8") as key_file:
    KEY = key_file.readline().strip()
cancelled, printing = set(), threading.Lock()


class Failure(Exception):
    """code, message and seconds of an error."""


def call(method, path, body=None):
    request = urllib.request.Request(
        options.url.rstrip("/") + "/api/v0" + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"X-API-Key": KEY, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait(request, end):
    if request["id"] in cancelled or time.monotonic() > end:
        raise Failure("unavailable", "not done in time", 3600)
    time.sleep(options.poll)


def candidate(track, user, file):
    path = file["filename"].replace("\\", "/")
    name = re.sub(r"^\d+[\s._-]+", "", os.path.splitext(
        os.path.basename(path))[0])
    artist, dash, title = name.partition(" - ")
    if not dash:
        # The names of its folders, if one of them is the artist's.
        artist, title = next((a for a in track["artists"] if a.lower()
                              in path.lower()), None), name
    return {"ref": json.dumps([user, file["filename"], file["size"]]),
            "title": title, "artist": artist, "channel": user,
            "duration": file.get("length") or 0}


def search(r):
    end = time.monotonic() + SEARCH_S + 10
    at = "/searches/" + str(uuid.uuid4())
    call("POST", "/searches", {
        "id": at.rsplit("/", 1)[1], "searchText": r["query"],
        "searchTimeout": SEARCH_S * 1000, "responseLimit": 50})
    while "InProgress" in call("GET", at)["state"]:
        wait(r, end)
    peers = sorted(call("GET", at + "/responses"), key=lambda p: (
        not p.get("hasFreeUploadSlot"), p.get("queueLength", 0),
        -p.get("uploadSpeed", 0)))
    call("DELETE", at)
    return {"type": "candidates", "candidates": [
        candidate(r["track"], p["username"], f) for p in peers
        for f in p["files"] if not f.get("isLocked") and
        f["filename"].lower().endswith(KINDS)][:100]}


def transfer_of(at, filename):
    for folder in call("GET", at).get("directories", []):
        for file in folder["files"]:
            if file["filename"] == filename:
                return file
    return {"state": "Queued"}


def find_download(filename, size):
    """slskd does not say where it put the file."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    for folder, _, files in os.walk(options.downloads):
        path = os.path.join(folder, name)
        if name in files and os.path.getsize(path) == size:
            return path
    raise Failure("unavailable", "not in --downloads: " + name, 0)


def fetch(r):
    end = time.monotonic() + r["timeout"] - LEFT
    user, filename, size = json.loads(r["ref"])
    if size > r["max_size"]:
        raise Failure("unavailable", "larger than max_size", 0)
    at = "/transfers/downloads/" + urllib.parse.quote(user, safe="")
    call("POST", at, [{"filename": filename, "size": size}])
    file = transfer_of(at, filename)
    try:
        while "Completed" not in file["state"]:
            wait(r, end)
            file = transfer_of(at, filename)
    except Failure:
        if "id" in file:
            call("DELETE", at + "/" + file["id"])
        raise
    if "Succeeded" not in file["state"]:
        raise Failure("unavailable", file["state"], 0)
    name = "music" + os.path.splitext(filename)[1]
    shutil.copyfile(find_download(filename, size),
                    os.path.join(r["folder"], name))
    return {"type": "done", "file": name}


def hello(_):
    call("GET", "/session")
    return {"type": "hello", "protocol": 1, "name": "slskd.py",
            "version": "1", "parallel": 4, "capabilities": ["search"]}


def serve(request):
    work = {"hello": hello, "search": search, "fetch": fetch}
    try:
        reply = work[request["type"]](request)
    except Failure as e:
        code, message, seconds = e.args
        reply = {"code": code, "message": message, "retry_after": seconds}
    except urllib.error.HTTPError as e:
        reply = {"message": "slskd: %s" % e, "code": {
            401: "auth", 403: "auth", 404: "unavailable",
            429: "rate_limited"}.get(e.code, "temporary")}
    except (OSError, ValueError, KeyError, TypeError) as e:
        reply = {"code": "temporary", "message": "slskd: %s" % e}
    with printing:
        print(json.dumps({"type": "error", **reply, "id": request["id"]}),
              flush=True)


for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "cancel":
        cancelled.add(message["id"])
    else:
        threading.Thread(target=serve, args=(message,), daemon=True).start()
