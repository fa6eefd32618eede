# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that fail and servers that lie, at each request to Spotify. Met
once, a fault is got over; met always, the run ends for now, within bounds of
time, memory and requests. Nothing that was known is lost over it, and no
secret is in anything that is said or written.

LIKESYNC_TORTURE=1 tries every fault at every request; without it, some of them
at one request each. Time-outs are the program's own, in hastened time."""
import gzip
import itertools
import json
import os
import random
import socket
import ssl
import struct
import subprocess
import tempfile
import time

import pytest
from faults import BUILD, SHIM, needs_shim
from spotify import Service, row

TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"
LIKES = 60  # two pages
REQUESTS = {"token": "/api/token",
            "first page": "/v1/me/tracks?limit=50&offset=0",
            "second page": "/v1/me/tracks?limit=50&offset=50"}
HASTE = 30
MAX_SECONDS = 60      # on a machine that does much else
MAX_RSS_KB = 120 << 10
MAX_REQUESTS = 24     # four tries, a page twice, the token anew

# -- what may go wrong with an answer: functions of a handler and the request


def head(h, status=200, **headers):
    h.send_response(status)
    for name, value in headers.items():
        h.send_header(name.replace("_", "-"), str(value))
    h.end_headers()


def whole(h, data, status=200, **headers):
    head(h, status, Content_Length=len(data), **headers)
    h.wfile.write(data)


def until_it_hangs_up(h, data=b"", pause=0.02, limit=1 << 30):
    """Goes on sending; nobody is waited for longer than a minute."""
    end, sent = time.monotonic() + 60, 0
    h.connection.settimeout(pause or 5)
    while time.monotonic() < end and sent < limit:
        if data:
            h.connection.sendall(data)
            sent += len(data)
        try:
            if pause and h.connection.recv(1) == b"":
                return
        except TimeoutError:
            pass


def reset(h):
    h.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
    h.connection.close()


def reset_within(h, _):
    head(h, Content_Length=5000)
    h.wfile.write(b'{"items":[')
    h.wfile.flush()
    reset(h)


def stall_within(h, _):
    head(h, Content_Length=5000)
    h.wfile.write(b'{"items":[')
    until_it_hangs_up(h)


def slow_drip(h, _):
    head(h, Content_Length=1 << 30)
    until_it_hangs_up(h, b" ")


def slow_stream(h, _):
    head(h, Content_Length=1 << 30)
    until_it_hangs_up(h, b" " * 1000)


def wrong_length(h, _):
    body = b'{"items":[],"total":0,"access_token":"x"}'
    head(h, Content_Length=len(body) // 2)
    h.wfile.write(body)


def bad_chunks(h, _):
    head(h, Transfer_Encoding="chunked")
    h.wfile.write(b"ZZZ\r\nnothing\r\n")


def huge_chunk(h, _):
    head(h, Transfer_Encoding="chunked")
    h.wfile.write(b"FFFFFFFFFFFFFFFF\r\n{")


def no_http(h, _):
    h.wfile.write(b"\x00\xffSSH-2.0-OpenSSH_9.2p1\r\n\r\n")


def huge(h, _):
    head(h)
    h.wfile.write(b'{"items":[')
    until_it_hangs_up(h, b'{"a":"%s"},' % (b"x" * 100000), pause=0)


def huge_refusal(h, _):
    head(h, 503)
    until_it_hangs_up(h, b"x" * 100000, pause=0, limit=1 << 24)


BOMB = gzip.compress(b'{"items":[' + b" " * (64 << 20), 9)


def bomb(h, _):
    whole(h, BOMB, Content_Encoding="gzip")


def no_gzip(h, _):
    whole(h, b"not packed", Content_Encoding="gzip")


def long_header(h, _):
    head(h, X=b"x" * (1 << 20))


def many_headers(h, _):
    h.send_response(200)
    for n in range(50000):
        h.send_header("X-%d" % n, "x" * 50)
    h.end_headers()


def echo(h, body):
    """A refusal that repeats what was sent, secrets and all."""
    text = "%s %s" % (h.headers.get("Authorization"), body.decode())
    whole(h, json.dumps({
        "error": {"status": 403, "message": text}}).encode(), 403)


def echo_text(h, body):
    whole(h, ("%s %s" % (h.headers.get("Authorization"),
                         body.decode())).encode(), 403)


def says(data, status=200, **headers):
    return lambda h, _: whole(h, data, status, **headers)


def too_many(retry_after=None):
    return says(b"{}", 429, **({} if retry_after is None else
                               {"Retry_After": retry_after}))


FAULTS = {
    "reset": lambda h, _: reset(h), "reset within": reset_within,
    "stall": lambda h, _: until_it_hangs_up(h), "stall within": stall_within,
    "slow drip": slow_drip, "slow stream": slow_stream,
    "truncated": lambda h, _: head(h, Content_Length=5000),
    "wrong length": wrong_length, "bad chunks": bad_chunks,
    "huge chunk": huge_chunk, "no HTTP": no_http, "empty": says(b""),
    "HTML": says(b"<html>Please log in</html>"), "array": says(b"[]"),
    "null": says(b"null"), "bytes": says(random.Random(1).randbytes(9000)),
    "types": says(b'{"items":{"a":1},"total":"many","access_token":[]}'),
    "no total": says(b'{"items":[{}],"total":-7,"access_token":""}'),
    "deep": says(b'{"items":' + b"[" * 200000),
    "deep rows": says(b'{"items":[' + b'{"a":' * 100000),
    "NUL": says(b'{"items":[]\x00,"total":0}'),
    "huge": huge, "huge refusal": huge_refusal, "bomb": bomb,
    "no gzip": no_gzip, "long header": long_header,
    "many headers": many_headers, "no content": says(b"", 204),
    "not modified": lambda h, _: head(h, 304), "teapot": says(b"{}", 418),
    "not found": says(b"{}", 404), "failure": says(b"oops", 500),
    "not now": says(b"{}", 503, Retry_After="1"),
    "echo": echo, "echo as text": echo_text,
    "429": too_many(), "429, negative": too_many("-5"),
    "429, 0": too_many("0"), "429, words": too_many("soon"),
    "429, past date": too_many("Wed, 21 Oct 2015 07:28:00 GMT"),
    "429, a second": too_many("1"), "429, fraction": too_many("1.5"),
    "429, a day": too_many("86400"),
    "429, absurd": too_many("99999999999999999999"),
}
LONG = {"429, a day", "429, absurd"}      # not got over in this run
FINAL = {"not modified", "teapot", "not found", "no content",
         "echo", "echo as text"}          # no use asking again at once
# A page is asked for once more; a token is left to the next run.
GARBLED = {"empty", "HTML", "array", "null", "bytes", "types", "no total",
           "deep", "deep rows", "NUL", "wrong length"}


@pytest.fixture
def online(home, service):
    service.likes = [row(n, "Artist", "Song %d" % n)
                     for n in range(LIKES, 0, -1)]
    # Nothing is remembered of it that would save a request.
    home.config(sources="inbox", more="")
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace("liked = api",
                                             "liked = api\nfull_walk = 0"))
    home.authorize()
    service.rotate = True
    return home


def peak(p):
    """Waits for it; its greatest resident set, which the kernel remembers (that
    of wait4 would begin with ours)."""
    rss = 0
    while p.poll() is None:
        with open("/proc/%d/status" % p.pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    rss = int(line.split()[1])
        time.sleep(0.005)
    return rss


class Run:
    """One hastened run, and what it took."""

    def __init__(self, home):
        before, began = len(home.service.requests), time.monotonic()
        env = {**home.env(), "LD_PRELOAD": str(SHIM),
               "SHIM_FAST": str(HASTE),
               "LIKESYNC_WORKER": str(BUILD / "likesync-worker")}
        with tempfile.TemporaryFile() as out:
            p = subprocess.Popen(home.command("-v", "sync"), env=env,
                                 stdout=out, stderr=out)
            self.rss_kb = peak(p)
            out.seek(0)
            self.said = out.read()
        self.status = p.returncode
        self.seconds = time.monotonic() - began
        self.requests = len(home.service.requests) - before

    def assert_within_bounds(self):
        assert self.seconds < MAX_SECONDS, self.seconds
        assert self.rss_kb < MAX_RSS_KB, self.rss_kb
        assert self.requests <= MAX_REQUESTS, self.requests


def assert_keeps_secrets(home, *runs):
    secrets = (b"access-", b"refresh-")
    for run in runs:
        for secret in secrets:
            assert secret not in run.said, run.said
    for path in home.top.rglob("*"):
        if path.is_file() and path.name != "token.json":
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path


def chosen(always):
    names, requests = list(FAULTS), list(REQUESTS)
    if TORTURE:
        return list(itertools.product(names, requests))
    return [(name, requests[i % 3]) for i, name in enumerate(names)
            if i % (8 if always else 2) == 1]


def forget_wait(home):
    for path in home.state.glob("*.json"):
        if b"not_before" in path.read_bytes():
            path.unlink()


@needs_shim
@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
def test_every_fault_at_its_request(online, service, always):
    home = online
    assert Run(home).status == 0
    worst = {"seconds": 0, "rss_kb": 0, "requests": 0}
    for name, request in chosen(always):
        service.faults[:] = [(REQUESTS[request], ("raw", FAULTS[name]))] * (
            1000 if always else 1)
        run = Run(home)
        print("%-16s at the %-12s %3d %5.1f s %6d kB %3d requests" % (
            name, request, run.status, run.seconds, run.rss_kb,
            run.requests), flush=True)
        ends = always or name in LONG | FINAL or \
            (request == "token" and name in GARBLED)
        assert run.status == (75 if ends else 0), run.said
        run.assert_within_bounds()
        assert ends or b" 60 liked" in run.said, run.said
        assert_keeps_secrets(home, run)
        worst = {k: max(v, getattr(run, k)) for k, v in worst.items()}
        service.faults.clear()
        forget_wait(home)
        if TORTURE:
            assert_well(home)
    assert_well(home)
    print(worst)


def assert_well(home):
    after = Run(home)
    assert after.status == 0 and b" 60 liked" in after.said, after.said


def test_a_grant_that_ends_in_an_echo_is_told_without_it(online, service):
    def ended(h, body):
        whole(h, json.dumps({
            "error": "invalid_grant",
            "error_description": "no: " + body.decode()}).encode(), 400)

    service.faults[:] = [("/api/token", ("raw", ended))]
    r = online.run("-v", "sync", status=77)
    assert "ended (no: grant_type" in r.stderr
    assert "refresh-0" not in r.stderr


@pytest.fixture
def elsewhere(tmp_path):
    s = Service(tmp_path)
    yield s
    s.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(online, service, elsewhere, status):
    def away(h, _):
        whole(h, b"{}", status, Location=elsewhere.url + h.path)

    for path in REQUESTS.values():
        service.faults[:] = [(path, ("raw", away))] * 10
        r = online.run("-v", "sync", status=75)
        service.faults.clear()
        assert elsewhere.requests == [] and "refresh-" not in r.stderr


def test_next_is_never_asked_of_another_host(online, service, elsewhere):
    """Pages name the next one's address: it is not what is asked."""
    service.next = elsewhere.url + "/v1/me/tracks?limit=50&offset=50"
    assert online.sync()["liked"] == LIKES
    assert elsewhere.requests == []


@needs_shim
@pytest.mark.skipif(not TORTURE, reason="2,000 pages; see make torture")
def test_pages_without_end_come_to_an_end(online, service):
    def page(h, _):
        offset = int(h.path.rpartition("=")[2])
        rows = [row(10000 + offset + n, "Artist", "More %d" % (offset + n))
                for n in range(50)]
        whole(h, json.dumps({
            "items": rows, "total": offset + 100, "limit": 50,
            "next": service.url + "/v1/me/tracks?offset=%d" % (offset + 50),
            "offset": offset}).encode())

    assert Run(online).status == 0
    service.faults[:] = [("/v1/me/tracks", ("raw", page))] * 10000
    run = Run(online)
    print("%.0f s, %d kB, %d requests" % (run.seconds, run.rss_kb,
                                          run.requests))
    assert run.requests <= 2010 and run.rss_kb < 400 << 10


# -- TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """For this machine, but signed by nobody who is known."""
    path = tmp_path_factory.mktemp("tls") / "self.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-keyout", path, "-out", path, "-days", "2", "-subj",
                    "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    return path


def ask_by_tls(home, url):
    conf = home.top / "likesync.conf"
    conf.write_text(conf.read_text().replace(home.service.url, url))
    r = home.run("-v", "sync", status=75)
    assert "refresh-" not in r.stderr and "access-" not in r.stderr
    return r.stderr


def test_a_certificate_that_nobody_signed_is_sent_nothing(online, elsewhere,
                                                          certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    elsewhere.server.socket = context.wrap_socket(elsewhere.server.socket,
                                                  server_side=True)
    said = ask_by_tls(online, elsewhere.url.replace("http:", "https:"))
    assert "certificate" in said and elsewhere.requests == []


def test_a_server_without_tls_is_told(online, elsewhere):
    said = ask_by_tls(online, elsewhere.url.replace("http:", "https:"))
    assert "SSL" in said and elsewhere.requests == []


# -- what yt-dlp meets


@pytest.mark.parametrize("fault", ["reset", "truncated", "HTML", "empty",
                                   "not found", "wrong length"]
                         if TORTURE else ["truncated", "HTML"])
def test_a_download_that_fails_places_nothing(home, service, fault):
    service.likes = [row(1, "Ada", "Light", seconds=8)]
    home.offer("v1", "Ada - Light", "Ada - Topic", "short", 8)
    home.config(fetch="timeout = 20s")
    home.authorize()
    service.faults[:] = [("/media/", ("raw", FAULTS[fault]))] * 100
    # Bytes that came whole are the copy's fault, anything else an outage.
    ends, status = ("failed", 0) if fault in \
        ("HTML", "not found", "wrong length") else ("deferred", 75)
    s = home.sync(status=status)
    assert (s["fetched"], s[ends]) == (0, 1) and home.files() == []
    assert len((home.state / "keep/ledger.jsonl").read_text()
               .splitlines()) == 1
    assert list((home.state / "tmp").iterdir()) == []
