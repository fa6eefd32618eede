# SPDX-License-Identifier: GPL-3.0-or-later
"""The grant and the service's moods."""
import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from spotify import row


def ready(home, service):
    service.likes = [row(1, "Ada", "Light")]
    home.config(sources="inbox")
    home.authorize()


def token(home):
    return json.loads((home.top / "token.json").read_text())


def test_a_rotated_token_is_kept(home, service):
    ready(home, service)
    since = token(home)["authorized_at"]
    service.rotate = True
    home.sync()
    home.sync()
    assert token(home)["refresh_token"] == service.refresh_token
    assert token(home)["authorized_at"] == since


def test_an_ended_grant_is_set_aside_and_ends_with_77(home, service):
    ready(home, service)
    service.grant_ended = True
    r = home.run("sync", status=77)
    assert "auth login" in r.stderr
    assert not (home.top / "token.json").exists()
    assert (home.top / "token.json.ended").exists()
    home.run("auth", "status", status=77)


def test_a_401_refreshes_once(home, service):
    ready(home, service)
    body = {"error": {"status": 401, "message": "Access token missing"}}
    service.faults = [("/v1/me", ("status", 401, body))]
    home.sync()
    assert service.count("/api/token") == 2
    service.faults = [("/v1/me", ("status", 401, body))] * 2
    home.run("sync", status=75)


def test_a_short_429_is_waited_for(home, service):
    ready(home, service)
    service.faults = [("/v1/me", ("status", 429, {}, ("Retry-After", "2")))]
    assert home.sync()["liked"] == 1


def test_a_long_429_is_written_down_and_honoured(home, service):
    ready(home, service)
    service.faults = [("/v1/me", ("status", 429, {},
                                  ("Retry-After", "52531")))]
    home.run("sync", status=75)
    service.requests.clear()
    r = home.run("sync", status=75)
    assert service.requests == [] and "rate limited" in r.stderr


def test_resets_garbage_and_5xx_are_survived(home, service):
    ready(home, service)
    service.faults = [("/v1/me", ("reset",)),
                      ("/v1/me", ("status", 502, "Bad gateway")),
                      ("/v1/me", ("garbage",))]
    assert home.sync()["liked"] == 1
    service.faults = [("/v1/me", ("truncate",))]
    assert home.sync()["liked"] == 1
    service.faults = [("/v1/me", ("status", 503, "no"))] * 10
    home.run("sync", status=75)


def mixed_faults():
    """Failures in every order, more of them than a run may ask for."""
    def refused(status, *headers):
        return ("/v1/me", ("status", status, {}, *headers))

    failed, wait = refused(500), refused(429, ("Retry-After", "1"))
    # Not a reset: libcurl itself asks again on a connection that died.
    cut = ("/v1/me", ("truncate",))
    return {
        "a 429 as the last try": [failed] * 3 + [wait] + [failed] * 60,
        "a 429 as the first": [wait] + [failed] * 60,
        "in turn": [failed, wait] * 30,
        "answers cut short between": [cut, failed, wait, cut] * 15,
        "waits only": [wait] * 60,
    }


@pytest.mark.parametrize("order", mixed_faults())
def test_no_order_of_failures_is_asked_for_ever(home, service, order):
    ready(home, service)
    service.faults = mixed_faults()[order]
    home.run("sync", "--max-runtime", "60s", status=75)
    # Four tries, and two waits that were asked for.
    assert 3 <= service.count("/v1/me") <= 6
    assert counters(home)["runs_failed"] == 1


def test_the_last_try_may_succeed_after_waits(home, service):
    ready(home, service)
    service.faults = mixed_faults()["in turn"][:5]
    assert home.sync()["liked"] == 1
    assert service.count("/v1/me") == 6


def counters(home):
    return json.loads((home.state / "keep/counters.json").read_text())


def held_until_it_hangs_up(h, _):
    h.connection.settimeout(60)
    h.connection.recv(1)


@pytest.mark.parametrize("request_path", ["/api/token", "/v1/me"])
def test_a_deadline_before_the_likes_were_read_is_no_success(
        home, service, request_path):
    ready(home, service)
    home.sync()
    good = counters(home)["last_success"]
    service.faults = [(request_path, ("raw", held_until_it_hangs_up))]
    r = home.run("sync", "--max-runtime", "1s", "--json", status=75)
    run = json.loads(r.stdout)
    assert run["outcome"] == "later" and run["stopped"] == "deadline"
    assert "Liked Songs" in run["why"] and "max_runtime" in run["why"]
    assert run["why"] in r.stderr
    assert counters(home)["runs_failed"] == 1
    assert counters(home)["last_success"] == good
    assert home.sync()["outcome"] == "done"
    assert counters(home)["last_success"] >= good


def test_a_signal_before_the_likes_were_read_is_no_good_run(home, service):
    ready(home, service)
    p = subprocess.Popen(home.command("sync"), env=home.env(),
                         stderr=subprocess.PIPE)

    def stop_it(h, body):
        p.terminate()
        held_until_it_hangs_up(h, body)

    service.faults = [("/v1/me", ("raw", stop_it))]
    p.communicate(timeout=60)
    assert p.returncode == 0
    assert counters(home)["last_success"] == 0
    assert counters(home)["runs_failed"] == 0


def test_a_plain_text_403_is_shown(home, service):
    ready(home, service)
    service.faults = [("/v1/me", ("status", 403,
                                  "Active premium subscription required"))]
    r = home.run("sync", status=77)
    assert "Active premium subscription required" in r.stderr


def test_a_total_that_lies_ends_the_walk(home, service):
    ready(home, service)
    service.total = 1000000
    assert home.sync()["liked"] == 1
    assert service.count("/v1/me/tracks") < 10


def test_no_secret_is_in_what_is_printed(home, service):
    ready(home, service)
    service.rotate = True
    r = home.run("-v", "sync")
    for secret in ("refresh-", "access-"):
        assert secret not in r.stdout + r.stderr
    for path in home.state.rglob("*"):
        if path.is_file():
            assert b"access-" not in path.read_bytes()


def login(home):
    p = subprocess.Popen(home.command("auth", "login"), env=home.env(),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True)
    url = next(line for line in p.stdout if "/authorize?" in line).strip()
    return p, dict(urllib.parse.parse_qsl(urllib.parse.urlparse(url).query))


def test_login_by_the_listener_checks_state_and_sends_the_verifier(home,
                                                                   service):
    p, query = login(home)
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].startswith("http://127.0.0.1:")
    for state, ok in (("wrong", False), (query["state"], True)):
        try:
            urllib.request.urlopen(query["redirect_uri"] + "?" +
                                   urllib.parse.urlencode(
                                       {"code": "c", "state": state}),
                                   timeout=30).read()
            assert ok
        except urllib.error.HTTPError as e:
            assert not ok and e.code == 400
    p.communicate(timeout=30)
    assert p.returncode == 0 and len(service.verifier) >= 43
    assert token(home)["refresh_token"] == service.refresh_token


def test_login_by_the_pasted_address(home, service):
    p, query = login(home)
    p.stdin.write("http://127.0.0.1/callback?code=c&state=%s\n" %
                  query["state"])
    p.stdin.flush()
    p.communicate(timeout=30)
    assert p.returncode == 0 and token(home)["refresh_token"]


def test_the_status_says_until_when_and_what_to_do(home, service):
    assert "auth login" in home.run("auth", "status", status=77).stdout

    def since(days):
        at = time.strftime("%Y-%m-%d", time.gmtime(time.time() -
                                                   days * 86400))
        home.run("auth", "import", "--authorized", at, input="refresh-0\n")
        return time.time() - days * 86400

    since(10)
    r = home.run("auth", "status")
    assert re.match(r"authorized until \d{4}-\d\d-\d\d, for \d+ d\n$",
                    r.stdout)
    since(170)
    r = home.run("auth", "status")
    assert "for " in r.stdout and "auth login` before then" in r.stdout
    since(400)
    r = home.run("auth", "status", status=77)
    assert "ended on " in r.stdout and "run `likesync auth login`" in r.stdout
    home.run("auth", "status", "--json", status=77)
    assert "Token removed" in home.run("auth", "logout").stdout
    assert "was no token" in home.run("auth", "logout").stdout


def test_a_list_in_a_file_needs_no_authorization(home):
    home.config(liked="/some/likes.csv")
    r = home.run("auth", "status")
    assert r.stdout == "not needed: Liked Songs are read from " \
        "/some/likes.csv\n"
    status = json.loads(home.run("auth", "status", "--json").stdout)
    assert status == {"needed": False, "authorized": False,
                      "telegram": []}
