# SPDX-License-Identifier: GPL-3.0-or-later
"""bench BUILD: figures side by side in one run, as ratios to what they are
held against. Nothing here passes or fails. In the environment ENTRIES sets the
size of the document, FILES and LIKES that of the library, OPENED how many files
are decoded for an index, and RESULTS names a file for the rows as JSON lines."""
import csv
import http.server
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))
import music  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
ENTRIES = int(os.environ.get("ENTRIES", "40000"))
FILES = int(os.environ.get("FILES", "40000"))
LIKES = int(os.environ.get("LIKES", "10000"))
OPENED = int(os.environ.get("OPENED", "300"))
RESULTS = os.environ.get("RESULTS")


def timed(*command, stdin=None):
    """Wall and CPU seconds, and peak MB of the largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with open(stdin or os.devnull, "rb") as source, subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL) as p:
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert p.returncode == 0, command
    return (time.monotonic() - start,
            after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime, usage.ru_maxrss / 1024)


def both(a, b):
    return (a[0] + b[0], a[1] + b[1], max(a[2], b[2]))


def row(what, ours, theirs, rival=""):
    ratio = ours[1] / max(theirs[1], 1e-9)
    print("%-44s %7.2f s %7.2f s  x%.2f   %5.0f MB %5.0f MB  %s" % (
        what, ours[1], theirs[1], ratio, ours[2], theirs[2], rival))
    if RESULTS:
        with open(RESULTS, "a", encoding="utf-8") as f:
            json.dump({"work": what, "rival": rival, "ratio": ratio,
                       "ours": {"cpu_s": ours[1], "peak_mb": ours[2]},
                       "theirs": {"cpu_s": theirs[1],
                                  "peak_mb": theirs[2]}}, f)
            f.write("\n")


PYTHON = ("import json,sys; d=json.load(open(sys.argv[1])); "
          "d['tracks'].append({}); json.dump(d,open(sys.argv[2],'w'))")
NODE = ("const fs=require('fs'),[,a,b]=process.argv; "
        "const d=JSON.parse(fs.readFileSync(a)); d.tracks.push({}); "
        "fs.writeFileSync(b,JSON.stringify(d))")


def merge(top, files, changed=0, by_map=True):
    """Merges a made-up library into the document, as a run does."""
    out = subprocess.run(
        [str(BUILD / "bench/document"), str(top / "d.json"), str(top),
         str(files), str(changed)],
        capture_output=True, text=True, check=True)
    m = json.loads(out.stdout)
    assert m["written"] and m["by_map"] == by_map, m
    return (0, m["cpu_s"], m["peak_mb"])


def document(top):
    path, other = top / "d.json", top / "other.json"
    path.write_text('{"generatedAt":"x","totalFiles":0,"tracks":[]}\n')
    made = merge(top, ENTRIES, by_map=False)
    print("the document: %d entries, %.0f MB, made in %.1f s" % (
        ENTRIES, path.stat().st_size / 1e6, made[1]))
    # Runs are hours apart: what was written just now is hashed once more.
    time.sleep(4)
    copied = timed("cp", str(path), str(other))
    row("document: 3 added, 1 changed", merge(top, ENTRIES + 3, 1), copied,
        "cp")
    # Another program writes it, and it has been at rest since.
    shutil.copyfile(path, other)
    other.rename(path)
    os.utime(path, (1, 1))
    verified = timed("json_verify", stdin=path)
    copied = timed("cp", str(path), str(other))
    ours = merge(top, ENTRIES + 6, 1, by_map=False)
    row("the same, written by another program", ours, both(verified, copied),
        "json_verify + cp")
    row("", ours, timed(sys.executable, "-c", PYTHON, str(path), str(other)),
        "Python: parse, add, write")
    if path.stat().st_size < 500e6:    # a string of Node ends there
        row("", ours, timed("node", "-e", NODE, str(path), str(other)),
            "Node: parse, add, write")


CONFIG = """[spotify]
liked = {top}/likes.csv
[library]
path = {top}/library
max_disk_usage = 100%
min_free = 0
[fetch]
sources = inbox
[source.inbox]
type = folder
path = {top}/inbox
[state]
dir = {top}/state
[metrics]
textfile = {top}/likesync.prom
[log]
target = stderr
level = error
"""


def best(*command):
    """The cheapest of five: what else the machine does only adds."""
    return min((timed(*command) for _ in range(5)), key=lambda t: t[1])


def own_memory(command):
    """Peak MB of anonymous memory, without mapped files, as far as it is seen
    every millisecond."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as p:
        while p.poll() is None:
            try:
                text = pathlib.Path("/proc/%d/status" % p.pid).read_text()
                peak = max([peak] + [int(line.split()[1]) for line in
                                     text.splitlines() if "RssAnon" in line])
            except OSError:
                pass
            time.sleep(0.001)
    return peak / 1024


class Api(http.server.BaseHTTPRequestHandler):
    """As much of Spotify as a run asks for: a token, and Liked Songs."""
    protocol_version = "HTTP/1.1"
    likes = []           # newest first
    requests = 0

    def log_message(self, *args):
        pass

    def answer(self, body):
        Api.requests += 1
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "a", "token_type": "Bearer",
                     "expires_in": 3600, "scope": "user-library-read"})

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(
            urllib.parse.urlparse(self.path).query))
        at, n = int(query.get("offset", 0)), int(query.get("limit", 20))
        self.answer({"items": self.likes[at:at + n], "offset": at, "limit": n,
                     "total": len(self.likes), "next": None})


def liked(uri, title, album, artist, ms, at):
    return {"added_at": at, "track": {
        "id": uri.rpartition(":")[2], "name": title, "is_local": False,
        "artists": [{"name": artist}], "duration_ms": int(ms),
        "explicit": False, "track_number": 1, "disc_number": 1,
        "external_ids": {}, "type": "track", "album": {
            "name": album, "release_date": "2026", "images": [],
            "artists": [{"name": artist}]}}}


def serve(top):
    """Likes by the API, on loopback, without TLS."""
    with open(top / "likes.csv", encoding="utf-8") as f:
        Api.likes[:] = [liked(*like) for like in list(csv.reader(f))[1:]]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    config = CONFIG.format(top=top).replace(
        "liked = %s/likes.csv" % top, "liked = api\nclient_id = bench\n"
        "token_file = %s/token.json\naccounts_url = %s\napi_url = %s/v1" % (
            top, url, url))
    (top / "api.conf").write_text(config)
    likesync = (str(BUILD / "likesync"), "-c", str(top / "api.conf"))
    subprocess.run([*likesync, "auth", "import"], input="refresh\n", text=True,
                   stdout=subprocess.DEVNULL, check=True)
    return likesync


def indexing(top):
    """A new index, and one that was lost, of files that are opened: copies of
    one, which is analyzed once."""
    top = top / "indexing"
    (top / "inbox").mkdir(parents=True)
    (top / "library").mkdir()
    (top / "likes.csv").write_text("Track URI,Track Name,Artist Name(s)\n")
    song = music.make(top / "song.mp3", seconds=10)
    for n in range(OPENED):
        shutil.copy(song, top / "library" / ("Ada - Light %d.mp3" % n))
    (top / "c.conf").write_text(CONFIG.format(top=top))
    likesync = (str(BUILD / "likesync"), "-c", str(top / "c.conf"), "scan")
    probed = timed("sh", "-c", "for f in \"$1\"/*.mp3; do ffprobe -v error "
                   "-show_format \"$f\"; done", "sh", str(top / "library"))
    row("first index of %d files" % OPENED, timed(*likesync), probed,
        "ffprobe a file")
    shutil.rmtree(top / "state/index")
    row("lost index rebuilt from them and the document", timed(*likesync),
        probed, "ffprobe a file")


def library(top):
    """A user's library of analyzed files, in which nothing has changed."""
    top = top / "world"
    (top / "inbox").mkdir(parents=True)
    subprocess.run([str(BUILD / "bench/world"), str(top), str(FILES),
                    str(LIKES)], check=True)
    (top / "c.conf").write_text(CONFIG.format(top=top))
    likesync = (str(BUILD / "likesync"), "-c", str(top / "c.conf"))
    first = timed(*likesync, "sync")
    document = top / "library/audio-library-analysis.json"
    row("first sync: %d links, document of %.0f MB" % (
        LIKES, document.stat().st_size / 1e6), first,
        timed("json_verify", stdin=document), "json_verify of the document")
    for _ in range(2):
        timed(*likesync, "sync")
    find = best("find", str(top / "library"), "-printf", "%T@ %s %p\\n")
    idle = best(*likesync, "sync")
    row("idle sync, %d likes, %d files" % (LIKES, FILES), idle, find,
        "find -printf '%T@ %s %p'")
    print("    its own memory, without mapped files: %.0f MB" %
          own_memory(likesync + ("sync",)))
    start = best(sys.executable, "-c", "pass")
    for command in (("status",), ("missing",), ("history", "Kalo")):
        row(" ".join(command), best(*likesync, *command), start,
            "Python's start")
    likesync = serve(top)
    for _ in range(2):
        timed(*likesync, "sync")
    Api.requests = 0
    idle = best(*likesync, "sync")
    row("idle sync, likes by the API (%d requests)" % (Api.requests / 5),
        idle, find, "find -printf '%T@ %s %p'")
    with open(top / "new.csv", encoding="utf-8") as f:
        Api.likes.insert(0, liked(*next(csv.reader(f))))
    one = timed(*likesync, "sync")
    copied = best("cp", str(document), str(top / "copy.json"))
    row("one new like, a file of another name", one, idle, "the idle sync")
    row("", one, both(idle, copied), "the idle sync + cp of the document")


def analysis(top):
    file = music.make(top / "long.mp3", seconds=180)
    floor = timed("ffmpeg", "-v", "error", "-threads", "1", "-i", str(file),
                  "-f", "null", "-")
    ours = timed(str(BUILD / "likesync"), "analyze", str(file))
    row("analyze 3 min of mp3", ours, floor, "ffmpeg -threads 1 -f null")


def matching():
    """10,000 liked songs beside 100,000 files, with no index to begin with;
    the other way compares all with all. Then where all share their titles."""
    for size in (("10000", "1000"), ("100000", "10000"),
                 ("100000", "10000", "same")):
        out = subprocess.run([str(BUILD / "bench/match"), *size], check=True,
                             capture_output=True, text=True).stdout
        m = json.loads(out)
        what = "%s with %s%s" % (size[1], size[0], ", of seven titles"
                                 if len(size) > 2 else "")
        row("list the files by their words", (0, m["listed_s"], m["peak_mb"]),
            (0, m["listed_s"], 0), "itself")
        row("match " + what, (0, m["cpu_s"], m["peak_mb"]),
            (0, m["levenshtein_s"], 0), "Levenshtein of all with all")


def main():
    with tempfile.TemporaryDirectory(prefix="likesync-bench-") as folder:
        top = pathlib.Path(folder)
        print("%-44s %9s %9s  %s" % ("CPU seconds and peak memory", "ours",
                                     "theirs", "ratio"))
        library(top)
        indexing(top)
        matching()
        analysis(top)
        document(top)


main()
