# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and programs that repeat what they were given: no secret is in
anything that is printed, written or sent elsewhere, in any of its spellings.
What they said besides is told, with "***" in its place."""
import base64
import html
import http.server
import json
import re
import subprocess
import threading
import urllib.parse

import pytest
from spotify import row
from test_networks import whole

CLIENT = "cl1ent/secret+with=odd?chars"
KEY = "Acoust1dKey"
PASSWORD = "pass-word-of-mine"
COOKIE = "c00kie.Value~of/mine"
REFRESH = "refresh/token+0123456789"
CODE = "AQCcode-0123_456789"
PING = "4f0c1e2d-77aa"
SECRETS = [CLIENT, KEY, PASSWORD, COOKIE, REFRESH, CODE, PING, "access-1"]
# Where they are kept, or were put by the user.
THEIRS = {"token.json", "token.json.ended", "client", "key", "cookies.txt",
          "likesync.conf"}


def lower(coded):
    """Hex digits in the other case, and nothing else."""
    return re.sub("%..", lambda m: m[0].lower(), coded)


def entities(secret):
    return "".join("&#x%X;" % ord(c) for c in secret)


def spellings(secret):
    data = secret.encode()
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    yield entities(secret).encode()
    yield html.escape(secret).encode()
    for safe in ("", "/"):
        yield urllib.parse.quote(secret, safe=safe).encode()
        yield lower(urllib.parse.quote(secret, safe=safe)).encode()
    for shift in range(3):
        digits = base64.b64encode(b"\0" * shift + data)
        own = digits[(0, 2, 3)[shift]:(shift + len(data)) * 8 // 6]
        yield own
        yield own.replace(b"+", b"-").replace(b"/", b"_")
        yield urllib.parse.quote(own, safe="").encode()


def repeated(*secrets):
    """One text with all of their spellings."""
    words = []
    for secret in secrets:
        words += [secret, urllib.parse.quote(secret, safe=""),
                  lower(urllib.parse.quote(secret, safe="")),
                  secret.encode().hex(), secret.encode().hex().upper(),
                  entities(secret), html.escape(secret)]
        for before in ("", "i", "id", "app:"):
            coded = base64.b64encode((before + secret + "&x").encode())
            words += [coded.decode(),
                      base64.urlsafe_b64encode(
                          (before + secret).encode()).decode()]
    return " ".join(words)


class Watchdog(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *words):
        pass


@pytest.fixture
def watchdog():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Watchdog)
    server.heard = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def keeper(home, service, watchdog):
    """A home with every kind of secret, that tells what it wrote and sent."""
    top = home.top
    for name, text in (("client", CLIENT), ("key", KEY), (
            "cookies.txt", "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/"
            "\tFALSE\t0\tSID\t%s\n" % COOKIE)):
        (top / name).write_text(text + "\n")
        (top / name).chmod(0o600)
    home.config(sources="ytdlp", more="""
[acoustid]
url = %s/acoustid
key_file = %s/key
[hooks]
on_failure = cat >> %s/heard.json
on_change = cat >> %s/heard.json
ping_url = http://127.0.0.1:%d/ping/%s
""" % (service.url, top, top, top, watchdog.server_port, PING))
    conf = top / "likesync.conf"
    conf.write_text(conf.read_text().replace(
        "client_id = app", "client_id = app\nclient_secret_file = %s/client"
        % top).replace("type = ytdlp", "type = ytdlp\nargs = --username me "
                       "--password %s --cookies %s/cookies.txt" % (
                           PASSWORD, top)))
    service.refresh_token = REFRESH
    service.likes = [row(1, "Ada", "Light")]
    home.authorize()
    home.watchdog, home.said = watchdog, []
    return home


def tell(home, *words, status=None):
    r = home.run(*words, status=status)
    home.said += [r.stdout.encode(), r.stderr.encode()]
    return r


def assert_nothing_is_told(home):
    """Asks every command and searches all that was said, written and sent."""
    for words in (["status"], ["status", "--json"], ["missing"],
                  ["missing", "--json"], ["history"], ["history", "Light"],
                  ["auth", "status"], ["report", "-o",
                                       str(home.top / "page.html")]):
        tell(home, *words)
    texts = {"said %d" % i: text for i, text in
             enumerate(home.said + home.watchdog.heard)}
    texts.update((str(p), p.read_bytes()) for p in home.top.rglob("*")
                 if p.is_file() and p.name not in THEIRS)
    assert any("runs.jsonl" in name for name in texts)
    for name, text in texts.items():
        for secret in SECRETS:
            for form in spellings(secret):
                assert form not in text, (name, secret, form)


def test_a_refusal_of_the_token_that_repeats_the_credentials(keeper, service):
    def refuses(h, body):
        basic = h.headers["Authorization"]
        said = " ".join([basic, urllib.parse.quote(basic, safe=""),
                         repeated(CLIENT), body.decode()])
        whole(h, json.dumps({"error": "invalid_grant",
                             "error_description": said}).encode(), 400)

    def later(h, body):
        whole(h, (repeated(CLIENT, REFRESH) + body.decode()).encode(), 503)

    service.faults = [("/api/token", ("raw", later))] * 4
    tell(keeper, "-v", "sync", status=75)
    service.faults = [("/api/token", ("raw", refuses))]
    r = tell(keeper, "-v", "sync", status=77)
    # "app:" is left of it.
    assert "(Basic YXBwO***" in r.stderr and "auth login" in r.stderr
    assert keeper.watchdog.heard and b"***" in keeper.watchdog.heard[-1]
    assert_nothing_is_told(keeper)


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_refusal_of_the_likes_that_repeats_the_bearer(keeper, service,
                                                        kind):
    def refuses(h, body):
        said = "no: " + h.headers["Authorization"] + " " + repeated(
            "access-1", REFRESH, CLIENT)
        whole(h, said.encode() if kind == "text" else json.dumps(
            {"error": {"message": said}}).encode(), 403)

    service.faults = [("/v1/me", ("raw", refuses))]
    r = tell(keeper, "-v", "sync", status=75)
    assert "refuses (403): no: Bearer ***" in r.stderr
    assert_nothing_is_told(keeper)


def test_a_title_that_is_the_bearer(keeper, service):
    title = "Light access-1 " + CLIENT
    service.likes = [row(1, "Ada " + REFRESH, title)]
    tell(keeper, "-v", "sync")
    assert "Light *** ***" in tell(keeper, "missing").stdout
    assert_nothing_is_told(keeper)


@pytest.mark.parametrize("status", [400, 200])
def test_acoustid_that_repeats_the_key(keeper, service, status):
    def refuses(h, body):
        whole(h, json.dumps({"status": "error", "error": {
            "code": 4, "message": "invalid API key %s or %s" % (
                KEY, repeated(KEY))}}).encode(), status)

    keeper.offer("v1", "Ada - Light", "Ada - Topic")
    service.faults = [("/acoustid", ("raw", refuses))] * 9
    r = tell(keeper, "-v", "sync")
    assert "invalid API key *** or ***" in r.stderr
    assert_nothing_is_told(keeper)


def test_a_program_that_repeats_its_password_and_cookies(keeper, service):
    said = repeated(PASSWORD, COOKIE)
    keeper.offer("v1", "Ada - Light", "Ada - Topic")
    keeper.offer("v2", "Ada - Light (%s)" % PASSWORD, "Ada " + COOKIE)
    service.videos["v1"]["error"] = "Sign in as %s" % said
    tell(keeper, "-v", "sync")
    assert_nothing_is_told(keeper)
    assert any(b"Sign in as ***" in p.read_bytes() for p in
               keeper.state.rglob("*") if p.is_file()) or any(
        b"Sign in as ***" in text for text in keeper.said)


def test_a_link_with_a_cookie_in_it_is_not_offered(keeper, service):
    keeper.offer("v1", "Ada - Light", "Ada - Topic")
    service.videos["v1"]["id"] = "v1?sid=" + COOKIE
    tell(keeper, "-v", "sync")
    assert service.count("/search") and not service.count("/watch")
    assert_nothing_is_told(keeper)


def test_a_login_whose_refusal_repeats_the_code(keeper, service):
    def refuses(h, body):
        whole(h, json.dumps({
            "error": "invalid_grant", "error_description": "bad code " +
            CODE + " " + repeated(CODE) + body.decode()}).encode(), 400)

    service.faults = [("/api/token", ("raw", refuses))]
    p = subprocess.Popen(keeper.command("auth", "login", "--paste"),
                         env=keeper.env(), stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True)
    url = next(line for line in p.stdout if "/authorize?" in line).strip()
    state = dict(urllib.parse.parse_qsl(
        urllib.parse.urlparse(url).query))["state"]
    out, err = p.communicate("http://127.0.0.1/callback?code=%s&state=%s\n" % (
        CODE, state), timeout=60)
    assert p.returncode == 77 and "bad code ***" in err
    keeper.said += [out.encode(), err.encode()]
    tell(keeper, "sync")
    assert_nothing_is_told(keeper)
