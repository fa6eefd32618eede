# SPDX-License-Identifier: GPL-3.0-or-later
"""A Spotify and a video service on loopback, that behave as the real ones do,
well and badly. Every request is noted; `faults` are handed out in order."""
import http.server
import json
import threading
import time
import urllib.parse


class Service:
    def __init__(self, media):
        self.likes = []          # rows of /me/tracks, newest first
        self.total = None        # a lie about their number
        self.refresh_token = "refresh-0"
        self.next = None         # a page's address of the next one
        self.playlists = {}      # id -> Playlist
        self.albums = {}         # id -> {"name", "artists", "tracks": [..]}
        self.tracks = {}         # id -> a track object
        self.rotate = False
        self.replaced = None     # a rotated token, until its heir is used
        self.requests = []       # (method, path)
        self.faults = []         # (path prefix, what), used up in order
        self.videos = {}         # id -> {entry..., "file": path}
        self.searches = []
        self.sounds = {}         # seconds -> what AcoustID knows of it
        self.lookups = []        # (monotonic time, form) of its requests
        self.seen = []           # what a program in a sandbox tells
        self.tokens = 0
        self.grant_ended = False
        self.media = media
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                service.handle(self)

            def do_POST(self):
                service.handle(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def count(self, prefix):
        return sum(path.startswith(prefix) for _, path in self.requests)

    # -- what is answered

    def handle(self, h):
        url = urllib.parse.urlparse(h.path)
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        self.requests.append((h.command, h.path))
        for i, (prefix, fault) in enumerate(self.faults):
            if h.path.startswith(prefix):
                del self.faults[i]
                if self.misbehave(h, fault, body):
                    return
                break
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/api/token":
            self.token(h, dict(urllib.parse.parse_qsl(body.decode())))
        elif url.path == "/v1/me/tracks":
            self.liked(h, query)
        elif url.path == "/v1/me":
            if self.lets_in(h):
                self.send(h, 200, {"id": "u-Ada"})
        elif url.path == "/v1/me/playlists":
            self.mine(h, query)
        elif url.path.startswith(("/v1/playlists/", "/v1/albums/",
                                  "/v1/tracks/")):
            self.list(h, url.path[4:].split("/"), query)
        elif url.path == "/search":
            self.search(h, query)
        elif url.path == "/acoustid/lookup":
            self.lookup(h, dict(urllib.parse.parse_qsl(body.decode())))
        elif url.path == "/seen":
            self.seen.append(json.loads(body))
            self.send(h, 200, {})
        elif url.path.startswith("/watch/"):
            self.watch(h, url.path[7:])
        elif url.path.startswith("/media/"):
            self.send_media(h, url.path[7:].rsplit(".", 1)[0])
        else:
            self.send(h, 404, {"error": {"status": 404, "message": "no"}})

    def send(self, h, status, body, headers=(), kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        h.send_response(status)
        h.send_header("Content-Type", kind)
        h.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            h.send_header(name, value)
        h.end_headers()
        h.wfile.write(data)

    def misbehave(self, h, fault, body):
        """True if the request is answered by it."""
        kind, *rest = fault
        if kind == "status":
            status, text, *headers = rest
            self.send(h, status, text if isinstance(text, dict)
                      else text.encode(), headers)
        elif kind == "reset":
            h.close_connection = True
            h.connection.close()
        elif kind == "garbage":
            self.send(h, 200, b"<html>not json")
        elif kind == "truncate":
            h.send_response(200)
            h.send_header("Content-Length", "100000")
            h.end_headers()
            h.wfile.write(b'{"items":[')
            h.close_connection = True
        elif kind == "call":
            rest[0]()
            return False
        elif kind == "raw":
            h.close_connection = True
            try:
                rest[0](h, body)
            except OSError:  # whoever asked has had enough
                pass
        return True

    def token(self, h, form):
        if self.grant_ended or (form.get("grant_type") == "refresh_token" and
                                form.get("refresh_token") not in
                                (self.refresh_token, self.replaced)):
            self.send(h, 400, {"error": "invalid_grant",
                               "error_description": "Refresh token revoked"})
            return
        self.tokens += 1
        answer = {"access_token": "access-%d" % self.tokens,
                  "token_type": "Bearer", "expires_in": 3600}
        if self.rotate:
            self.replaced = self.refresh_token
            self.refresh_token = "refresh-%d" % self.tokens
            answer["refresh_token"] = self.refresh_token
        if form.get("grant_type") == "authorization_code":
            self.verifier = form.get("code_verifier")
            answer["refresh_token"] = self.refresh_token
        self.send(h, 200, answer)

    def lets_in(self, h):
        if h.headers.get("Authorization") != "Bearer access-%d" % self.tokens:
            self.send(h, 401, {"error": {"status": 401,
                                         "message": "Access token missing"}})
            return False
        self.replaced = None  # whoever uses the new one has it in safety
        return True

    def page(self, h, rows, query, total=None, limit=20):
        offset, limit = int(query.get("offset", 0)), int(query.get("limit",
                                                                   limit))
        if limit > 50:
            limit = 50
        return {"href": self.url + h.path, "limit": limit, "offset": offset,
                "next": self.next, "previous": None,
                "total": len(rows) if total is None else total,
                "items": rows[offset:offset + limit]}

    def liked(self, h, query):
        if self.lets_in(h):
            self.send(h, 200, self.page(h, self.likes, query, self.total))

    def mine(self, h, query):
        if self.lets_in(h):
            self.send(h, 200, self.page(h, [
                {"id": i, "name": p.name, "owner": {"id": "u-" + p.owner},
                 "collaborative": p.collaborative,
                 "snapshot_id": "s%d" % p.snapshot,
                 "tracks" if p.older else "items": {"total": len(p.rows)}}
                for i, p in self.playlists.items()], query))

    def list(self, h, path, query):
        """A playlist, album or track, or a page of the first two."""
        if not self.lets_in(h):
            return
        kind, known = path[0], getattr(self, path[0]).get(path[1])
        status = 404 if known is None else 200
        if status == 200 and kind == "playlists":
            status = known.status(path[2:])
        if status != 200:
            self.send(h, status, {"error": {"status": status,
                                            "message": "no such luck"}})
        elif kind == "playlists":
            self.send(h, 200, known.answer(self, h, path[2:], query))
        elif kind == "albums" and path[2:] == ["tracks"]:
            self.send(h, 200, self.page(h, known["tracks"], query))
        elif kind == "albums":
            self.send(h, 200, {**known, "tracks": self.page(
                h, known["tracks"], query, limit=50)})
        else:
            self.send(h, 200, known)

    def search(self, h, query):
        self.searches.append(query["q"])
        words = query["q"].lower().split()
        self.send(h, 200, [
            {k: v for k, v in video.items() if k not in ("file", "error")}
            for video in self.videos.values()
            if any(word in video["title"].lower() for word in words)])

    def lookup(self, h, form):
        self.lookups.append((time.monotonic(), form))
        if form["client"] != "right-key":
            self.send(h, 400, {"status": "error", "error": {
                "code": 4, "message": "invalid API key"}})
            return
        self.send(h, 200, {"status": "ok", "results": [
            {"id": "x", "score": 0.97, "recordings": [
                {"id": "y", "title": title,
                 "artists": [{"id": "z", "name": artist}]}]}
            for artist, title in self.sounds.get(int(form["duration"]), [])]})

    def watch(self, h, video):
        entry = self.videos.get(video, {"error": "Video unavailable"})
        self.send(h, 200, {k: v for k, v in entry.items() if k != "file"})

    def send_media(self, h, video):
        data = open(self.videos[video]["file"], "rb").read()
        self.send(h, 200, data, kind="audio/mp4")


class Playlist:
    """What a playlist's owner, and others, get of it."""

    def __init__(self, name, rows, owner="Ada", older=False, refused=(),
                 inside=False):
        self.name, self.rows, self.owner = name, rows, owner
        self.older = older       # "tracks" and "track", no /items
        self.refused = refused   # of "items", "tracks"
        self.inside = inside     # the first 100 entries come with it
        self.collaborative = False
        self.snapshot = 0

    def status(self, part):
        if part and part[0] in self.refused:
            return 403
        return 404 if part == ["items"] and self.older else 200

    def entry(self, row):
        new = dict(row)
        if not self.older and "track" in new:
            new["item"] = new.pop("track")
        return new

    def answer(self, service, h, part, query):
        rows = [self.entry(row) for row in self.rows]
        if part:
            return service.page(h, rows, query)
        answer = {"id": "x", "name": self.name, "description": "",
                  "owner": {"id": "u-" + self.owner,
                            "display_name": self.owner},
                  "collaborative": False,
                  "snapshot_id": "s%d" % self.snapshot}
        if "fields" in query:
            return {k: v for k, v in answer.items()
                    if k in ("id", "name", "owner", "snapshot_id")}
        if self.inside:
            answer["tracks" if self.older else "items"] = {
                "items": rows[:100], "total": len(rows)}
        return answer


def row(n, artist, title, seconds=20, **more):
    """A Liked Song as /me/tracks has it."""
    track = {"id": "%022d" % n, "name": title, "is_local": False,
             "artists": [{"name": artist}], "duration_ms": seconds * 1000,
             "explicit": False, "track_number": 1, "disc_number": 1,
             "external_ids": {"isrc": "XX0002600%03d" % (n % 1000)},
             "album": {"name": "Album", "release_date": "2026",
                       "artists": [{"name": artist}],
                       "images": []}, "type": "track"}
    track.update(more)
    return {"added_at": "2026-01-01T%02d:%02d:%02dZ" % (
        n // 3600 % 24, n // 60 % 60, n % 60), "track": track}
