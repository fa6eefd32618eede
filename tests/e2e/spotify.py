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

    def liked(self, h, query):
        if h.headers.get("Authorization") != "Bearer access-%d" % self.tokens:
            self.send(h, 401, {"error": {"status": 401,
                                         "message": "Access token missing"}})
            return
        self.replaced = None  # whoever uses the new one has it in safety
        offset, limit = int(query.get("offset", 0)), int(query["limit"])
        rows = self.likes[offset:offset + limit]
        total = len(self.likes) if self.total is None else self.total
        self.send(h, 200, {
            "href": self.url + h.path, "limit": limit, "offset": offset,
            "next": self.next, "previous": None, "total": total, "items": rows})

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


def row(n, artist, title, seconds=20, **more):
    """A Liked Song as /me/tracks has it."""
    track = {"id": "%022d" % n, "name": title, "is_local": False,
             "artists": [{"name": artist}], "duration_ms": seconds * 1000,
             "explicit": False, "track_number": 1, "disc_number": 1,
             "external_ids": {"isrc": "XX0002600%03d" % (n % 1000)},
             "album": {"name": "Album", "release_date": "2026",
                       "images": []}, "type": "track"}
    track.update(more)
    return {"added_at": "2026-01-01T%02d:%02d:%02dZ" % (
        n // 3600 % 24, n // 60 % 60, n % 60), "track": track}
