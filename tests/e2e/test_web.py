# SPDX-License-Identifier: GPL-3.0-or-later
"""The web program behind nginx and fcgiwrap: what it answers, and to whom."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess

import jsonschema
import pytest
import web
from conftest import HERE
from spotify import Playlist, row

ID = "37i9dQZF1DXcBWIGoYBM5M"
LINK = "https://open.spotify.com/playlist/" + ID
CHECK, QUEUE = "/api/check-playlist-coverage", "/api/queue-downloads"
MIX, STATUS = "/api/playlist-to-mix", "/api/download-status/"


def track(n, name="Moon", artist="Di"):
    return {"name": name, "artist": artist, "spotifyId": "%022d" % n}


@pytest.fixture
def site(home, service, songs):
    """Two of a playlist's three tracks are in the library."""
    for name, song in (("Ada - Light.mp3", "mp3"), ("Bo - Bus.m4a", "m4a")):
        shutil.copy(songs[song], home.library / name)
    service.playlists[ID] = Playlist("Night", [
        row(1, "Ada", "Light"), row(2, "Bo", "Bus"), row(3, "Di", "Moon")])
    home.authorize()
    port = web.free_port()
    home.config(more=web.configure(home, port))
    with web.serve(home, port) as w:
        w.home = home
        yield w


def requests_in(home):
    return sorted(p.name for p in (home.state / "requests").glob("*.json"))


# ---- the endpoints

def test_a_playlist_is_covered_queued_and_watched(site, home):
    found = site.post(CHECK, {"playlistUrl": LINK})
    assert found.status == 200, found.body
    assert found.headers["Content-Type"] == "application/json"
    c = found.json()
    assert (c["totalTracks"], c["availableTracks"]) == (3, 2)
    assert [(t["position"], t["name"], t["artist"], t["spotifyId"])
            for t in c["missingTracks"]] == [(3, "Moon", "Di", "%022d" % 3)]
    assert c["missingTracks"][0]["reason"]
    queued = site.post(QUEUE, {"tracks": [
        {m: t[m] for m in ("name", "artist", "spotifyId")}
        for t in c["missingTracks"]]})
    assert queued.status == 202, queued.body
    job = queued.json()
    assert job == {"jobId": job["jobId"], "queuedCount": 1}
    status = site.get(STATUS + job["jobId"])
    assert status.status == 200 and status.headers["Retry-After"] == "5"
    s = status.json()
    assert (s["status"], s["completed"], s["total"], s["failed"]) == \
        ("pending", 0, 1, 0)
    assert s["eta"].endswith("minute") and s["etaSeconds"] >= 0
    assert s["requestedBy"] == "web"
    # The same tracks are the same job, also by their list.
    assert site.post(QUEUE, {"playlistUrl": LINK}).json() == job
    assert requests_in(home) == ["queue-%s.json" % job["jobId"]]


def test_what_the_caller_leaves_out_is_looked_up(site, home, service):
    """First at Spotify, then in the index, which has the playlist."""
    def queued(body):
        job = site.post(QUEUE, body).json()["jobId"]
        path = home.state / "requests" / ("queue-%s.json" % job)
        return json.loads(path.read_text())["tracks"][0]["track"]
    service.tracks["%022d" % 2] = row(2, "Bo", "Bus")["track"]
    found = queued({"tracks": [{"spotifyId": "%022d" % 2}]})
    assert found["title"] == "Bus" and found["duration_ms"] > 0
    site.post(CHECK, {"playlistUrl": LINK})
    before = len(service.requests)
    found = queued({"tracks": [track(3)]})
    assert found["duration_ms"] > 0
    assert len(service.requests) == before
    # Without an id, and without a login at Spotify, the name has to do.
    found = queued({"tracks": [{"name": "Sun", "artist": "Ed"}]})
    assert found["artists"] == ["Ed"] and found["title"] == "Sun"


def test_a_mix_has_its_files_or_what_is_missing(site, service):
    partial = site.post(MIX, {"playlistUrl": LINK}).json()
    assert (partial["status"], partial["matched"], partial["missing"]) == \
        ("partial_match", 2, 1)
    assert partial["downloadQueueUrl"] == "/likesync" + QUEUE
    assert [t["name"] for t in partial["missingTracks"]] == ["Moon"]
    service.playlists[ID].rows = service.playlists[ID].rows[1::-1]
    service.playlists[ID].snapshot = 1
    whole = site.post(MIX, {"playlistUrl": LINK}).json()
    assert whole["status"] == "complete" and "missingTracks" not in whole
    assert [f["file"] for f in whole["files"]] == \
        ["Bo - Bus.m4a", "Ada - Light.mp3"]


def test_a_list_is_taken_away_in_every_format(site, home):
    home.run("scan")
    for kind, part in (("m3u8", b"Bo - Bus.m4a"), ("rekordbox", b"<DJ_PLAYL"),
                       ("traktor", b"<NML"), ("matched-tracks", b'"Light"'),
                       ("csv", b"Ada")):
        a = site.get("/api/export/%s?playlistUrl=%s" % (kind, LINK),
                     token=web.READ_TOKEN)
        assert a.status == 200 and part in a.body, (kind, a.body)
        assert "attachment" in a.headers["Content-Disposition"]
    assert site.get("/api/export/m3u9?playlistUrl=" + LINK).status == 404
    for link in ("", "?playlistUrl=", "?playlistUrl=/etc/passwd"):
        assert site.get("/api/export/csv" + link).status == 422
    # A list that is not there, or not to be read, is told as elsewhere.
    for status in (404, 503):
        told = [site.get("/api/export/csv?playlistUrl=" + LINK[:-1] + "X"),
                site.post(CHECK, {"playlistUrl": LINK[:-1] + "X"})]
        assert [a.status for a in told] == [status, status]
        assert told[0].json() == told[1].json()
        (home.top / "token.json").unlink(missing_ok=True)


def test_a_file_is_heard_in_parts_and_nothing_else_is(site, home):
    data = (home.library / "Bo - Bus.m4a").read_bytes()
    address = "/api/audio?file=Bo%20-%20Bus.m4a"
    a = site.get(address)
    assert (a.status, a.body) == (200, data)
    assert a.headers["Content-Type"] == "audio/mp4"
    a = site.get(address, headers={"Range": "bytes=10-19"})
    assert (a.status, a.body) == (206, data[10:20])
    assert a.headers["Content-Range"] == "bytes 10-19/%d" % len(data)
    assert site.get(address, headers={"Range": "bytes=-5"}).body == data[-5:]
    assert site.get(address, headers={
        "Range": "bytes=%d-" % len(data)}).status == 416
    secret = home.top / "secret.mp3"
    secret.write_text("x")
    (home.library / "away.mp3").symlink_to(secret)
    (home.library / "dir").symlink_to(home.top)
    (home.library / ".hidden.mp3").write_text("x")
    os.mkfifo(home.library / "pipe.mp3")
    (home.library / "notes.txt").write_text("x")
    (home.library / "in/.cold").mkdir(parents=True)
    (home.library / "in/.cold/x.mp3").write_text("x")
    for name in ("../secret.mp3", "..%2fsecret.mp3", str(secret), "away.mp3",
                 "dir/secret.mp3", "./Bo%20-%20Bus.m4a", "pipe.mp3", "",
                 "notes.txt", ".hidden.mp3", "in/.cold/x.mp3", "%00",
                 "x%00.mp3", "Bo%20-%20Bus.m4a%00.mp3",
                 "audio-library-analysis.json", "none.mp3", "%2e%2e/x.mp3"):
        a = site.get("/api/audio?file=" + name)
        assert a.status == 404, name
    assert site.get("/api/audio").status == 404
    assert site.get(address, token=None).status == 401


def test_a_file_is_pinned_and_rejected(site, home):
    home.run("scan")
    body = {"spotifyId": "%022d" % 3, "file": "Bo - Bus.m4a"}

    def states():
        c = site.post(CHECK, {"playlistUrl": LINK}).json()
        return {t["name"]: t.get("file") for t in
                c["inLibrary"] + c["missingTracks"]}
    assert states()["Moon"] is None
    valid(site.post("/api/pin", body), "/api/pin")
    assert states()["Moon"] == "Bo - Bus.m4a"
    assert site.post("/api/pin", {**body, "forget": True}).status == 200
    assert states()["Moon"] is None
    other = {"spotifyId": "%022d" % 1, "file": "Ada - Light.mp3"}
    valid(site.post("/api/reject", other), "/api/reject")
    assert states()["Light"] is None
    valid(site.post("/api/reject", {**other, "forget": True}), "/api/reject")
    assert states()["Light"] == "Ada - Light.mp3"
    for wrong in ({}, {**body, "spotifyId": "x"}, {**body, "file": "../x"},
                  {**body, "file": "/etc/passwd"}, {**body, "file": "a//b"},
                  {"spotifyId": "%022d" % 3, "link": "--help"}):
        for verb in ("/api/pin", "/api/reject"):
            assert site.post(verb, wrong).status == 422, wrong
    assert site.post("/api/pin", {**body, "file": "no.mp3"}).status == 404
    for verb in ("/api/pin", "/api/reject", "/api/cancel-download"):
        assert site.post(verb, body, token=web.READ_TOKEN).status == 403


def test_a_decision_reaches_no_file_elsewhere(site, home, songs):
    shutil.copy(songs["mp3"], home.top / "other.mp3")
    (home.library / "away.mp3").symlink_to(home.top / "other.mp3")
    (home.library / "dir").symlink_to(home.top)
    (home.library / "made.mp3").symlink_to("/etc/passwd")
    for name in ("away.mp3", "dir/other.mp3", "made.mp3"):
        for more in ({}, {"forget": True}):
            for verb in ("/api/pin", "/api/reject"):
                a = site.post(verb, {"spotifyId": "%022d" % 3, "file": name,
                                     **more})
                assert a.status == 404, (name, a.body)
                assert b"/etc" not in a.body and b"other" not in a.body


def test_a_decision_is_forgotten_or_made_and_nothing_between(site, home):
    home.run("scan")
    body = {"spotifyId": "%022d" % 3, "file": "Bo - Bus.m4a"}
    for forget in (1, "yes", "false", [], {}):
        for verb in ("/api/pin", "/api/reject"):
            a = site.post(verb, {**body, "forget": forget})
            assert a.status == 422 and "forget" in a.json()["detail"]
    assert site.post("/api/reject", body).status == 200
    (home.library / "Bo - Bus.m4a").unlink()
    assert site.post("/api/reject", {**body, "forget": True}).status == 200


def test_a_job_is_cancelled_and_listed(site):
    job = site.post(QUEUE, {"tracks": [track(3)]}).json()["jobId"]
    listed = valid(site.get("/api/jobs"), "/api/jobs", "get")["jobs"]
    assert [j["jobId"] for j in listed] == [job]
    for _ in range(2):
        valid(site.post("/api/cancel-download", {"jobId": job}),
              "/api/cancel-download")
    assert site.get(STATUS + job).json()["status"] == "cancelled"
    cancel = "/api/cancel-download"
    assert site.post(cancel, {"jobId": "0" * 16}).status == 404
    assert site.post(cancel, {"jobId": "../x"}).status == 422


def test_the_library_and_the_runs_are_told(site, home):
    home.run("scan")
    library = site.get("/api/library").json()
    assert library["library_files"] == 2 and library["missing"] == 0
    runs = site.get("/api/runs").json()
    assert len(runs["runs"]) == 1 and runs["running"] is None
    assert site.ask("HEAD", "/api/runs").body == b""


def test_a_status_that_did_not_change_is_not_sent_again(site):
    job = site.post(QUEUE, {"tracks": [track(3)]}).json()["jobId"]
    first = site.get(STATUS + job)
    tag = first.headers["ETag"]
    again = site.get(STATUS + job, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == tag
    assert site.get(STATUS + job,
                    headers={"If-None-Match": '"other"'}).status == 200


def test_forty_requests_at_once_lose_no_job(site, home):
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: site.post(QUEUE, {"tracks": [
            {"name": "Song %d" % n, "artist": "Many"}]}), range(40)))
    assert {a.status for a in answers} == {202}
    jobs = {a.json()["jobId"] for a in answers}
    assert len(jobs) == 40
    assert requests_in(home) == sorted("queue-%s.json" % j for j in jobs)
    listed = json.loads(home.run("queue", "--json").stdout)["jobs"]
    assert {j["jobId"] for j in listed} == jobs


def test_a_job_starts_at_once_if_wanted(site, home, songs):
    """The detached run takes the job and fetches it from the inbox."""
    home.config(sources="inbox",
                more=web.configure(home, site.port, start="spawn"))
    shutil.copy(songs["flac"], home.inbox / "Di - Moon.flac")
    job = site.post(QUEUE, {"tracks": [track(3)]}).json()["jobId"]
    for _ in range(600):
        status = site.get(STATUS + job).json()
        if status["completedAt"] is not None:
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert (status["status"], status["completed"]) == ("complete", 1)
    assert status["eta"] is None
    assert "Retry-After" not in site.get(STATUS + job).headers


@pytest.mark.parametrize("server", ["lighttpd", "apache", "caddy"])
def test_other_servers_pass_on_the_same(home, songs, server):
    """With the files that are installed for them."""
    port = web.free_port()
    home.config(more=web.configure(home, port))
    with web.serve(home, port, server) as site:
        job = site.post(QUEUE, {"tracks": [
            {"name": "Moon", "artist": "Di"}]}).json()["jobId"]
        first = site.get(STATUS + job)
        assert first.json()["total"] == 1
        assert site.get(STATUS + job, headers={
            "If-None-Match": first.headers["ETag"]}).status == 304
        assert site.get(STATUS + "..").status in (400, 404)
        assert site.get("/api/runs", token=None).status == 401
        assert site.get("/api/runs", token=None, headers={
            "Authorization": "Basic YWxpY2U6eA=="}).status == 401
        assert site.get("/api/runs", headers={
            "Origin": "https://evil.example"}).status == 403
        assert site.get("/api/runs", headers={
            "Host": "evil.example"}).status == 421
        assert b"<form" in site.get("/login", token=None).body


# ---- who may

def test_without_a_token_everything_is_refused(site, home):
    for token in (None, "", "wrong", web.TOKEN[:-1], web.TOKEN + "0"):
        for method, path in (("GET", "/api/runs"), ("POST", CHECK),
                             ("POST", QUEUE), ("GET", "/"),
                             ("GET", "/nowhere"), ("GET", STATUS + "0" * 16),
                             ("DELETE", "/api/runs")):
            a = site.ask(method, path, {} if method == "POST" else None,
                         token=token)
            assert a.status == 401, (token, path)
            assert a.headers["WWW-Authenticate"] == "Bearer"
            assert a.json()["status"] == 401
    assert not (home.state / "requests").exists()


def test_a_token_for_reading_changes_nothing(site, home):
    a = site.post(QUEUE, {"tracks": [track(3)]}, token=web.READ_TOKEN)
    assert a.status == 403 and requests_in(home) == []
    assert site.get("/api/runs", token=web.READ_TOKEN).status == 200
    assert site.post(CHECK, {"playlistUrl": LINK},
                     token=web.READ_TOKEN).status == 200


def test_a_name_from_the_server_counts_only_if_configured(site, home):
    """nginx passes on any name of a Basic authorization as REMOTE_USER."""
    basic = {"Authorization": "Basic YWxpY2U6eA=="}
    assert site.get("/api/runs", token=None, headers=basic).status == 401
    home.config(more=web.configure(home, site.port, "server_login = yes"))
    assert site.get("/api/runs", token=None, headers=basic).status == 200


def login(site, token, **more):
    sent = {"Content-Type": "application/x-www-form-urlencoded",
            "Origin": site.origin, **more}
    return site.ask("POST", "/login", "token=" + token, token=None,
                    headers=sent)


def test_a_form_gives_a_cookie_for_the_token(site):
    assert b"<form" in site.get("/login", token=None).body
    for wrong in ("wrong", web.TOKEN + "%00x", web.TOKEN + "%00"):
        a = login(site, wrong)
        assert a.status == 401 and a.headers["WWW-Authenticate"] == "Bearer"
    a = login(site, web.TOKEN)
    assert a.status == 303 and a.headers["Location"] == "./"
    cookie, *attributes = a.headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/likesync"} <= \
        set(attributes)
    assert web.TOKEN not in cookie
    page = {"Cookie": "other=1; " + cookie, "Origin": site.origin}
    assert site.get("/api/runs", token=None, headers=page).status == 200
    assert site.post(QUEUE, {"tracks": [track(3)]}, token=None,
                     headers=page).status == 202
    changed = {"Cookie": cookie.replace("likesync=", "likesync=9")}
    assert site.get("/api/runs", token=None, headers=changed).status == 401


def test_another_token_ends_all_cookies(site, home):
    cookie = login(site, web.TOKEN).headers["Set-Cookie"].split(";")[0]
    (home.top / "web-token").write_text("f" * 40)
    assert site.get("/api/runs", token=None,
                    headers={"Cookie": cookie}).status == 401


@pytest.mark.parametrize("headers, status", [
    ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "same-origin"}, 202), ({}, 202),
])
def test_a_page_of_another_origin_may_nothing(site, headers, status):
    """Also with a valid token; without one of these headers no browser asks."""
    assert site.post(QUEUE, {"tracks": [track(3)]},
                     headers=headers).status == status
    a = site.get("/api/runs", headers=headers)
    assert a.status == (403 if status == 403 else 200)
    assert not [h for h in a.headers if h.lower().startswith(
        "access-control")]


def test_a_cookie_without_an_origin_changes_nothing(site):
    cookie = login(site, web.TOKEN).headers["Set-Cookie"].split(";")[0]
    assert site.post(QUEUE, {"tracks": [track(3)]}, token=None,
                     headers={"Cookie": cookie}).status == 403
    assert login(site, web.TOKEN, Origin="https://evil.example").status == 403


def test_a_name_that_was_made_to_point_here_is_refused(site):
    a = site.get("/api/runs", headers={"Host": "evil.example"})
    assert a.status == 421


def test_it_is_off_unless_configured_and_whole(site, home):
    home.config()
    assert site.get("/api/runs").status == 404
    for wrong in ("chmod 644", "rm", "truncate -s 8"):
        home.config(more=web.configure(home, site.port))
        subprocess.run("%s %s" % (wrong, home.top / "web-token"), shell=True,
                       check=True)
        assert site.get("/api/runs").status == 503
        a = site.get("/api/runs", token=web.READ_TOKEN)
        assert (a.status, a.headers["Retry-After"]) == (503, "60")
    home.config(more="[web]\nenabled = yes\n")
    assert site.get("/api/runs").status == 421


# ---- what comes in

def test_other_links_and_paths_reach_no_file(site, home):
    secret = home.top / "secret.csv"
    secret.write_text("Track URI\n")
    for link in (str(secret), "file://" + str(secret), "--help", "../x", "",
                 "https://open.spotify.com/artist/" + ID, "https://x y",
                 "spotify:playlist:x\ny", None, 7, ["x"]):
        for path in (CHECK, QUEUE, MIX):
            a = site.post(path, {"playlistUrl": link})
            assert a.status == 422, (link, a.body)
            assert a.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("job", [
    "0" * 16, "0" * 15, "..%2f..%2fetc", "%2e%2e/%2e%2e/x", "--help", "",
    "0123456789abcdeg", "%00", "..", "run"])
def test_a_job_that_is_none_is_not_found(site, job):
    assert site.get(STATUS + job).status in (400, 404)


def test_a_list_that_spotify_does_not_have_is_not_found(site):
    a = site.post(CHECK, {"playlistUrl": LINK[:-1] + "X"})
    assert a.status == 404 and a.json()["detail"]


def test_what_a_person_must_fix_is_a_problem_for_later(site, home):
    (home.top / "token.json").unlink()
    a = site.post(CHECK, {"playlistUrl": LINK})
    assert a.status == 503 and a.headers["Retry-After"]
    assert "auth login" in a.json()["detail"]
    page = site.get("/?own=1&playlistUrl=" + LINK)
    assert page.status == 503
    assert page.headers.get_all("Retry-After") == ["60"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100000,
    b'{"tracks": 1', b"{\"playlistUrl\": \"" + b"\0" * 8 + b"\"}"])
def test_a_body_that_is_no_object_is_refused(site, body):
    a = site.ask("POST", QUEUE, body,
                 headers={"Content-Type": "application/json"})
    assert a.status == 400, a.body


@pytest.mark.parametrize("tracks", [
    [], {}, "x", [1], [{}], [{"name": "x"}], [{"artist": "x"}],
    [{"spotifyId": "../../x"}], [{"name": "x" * 1001, "artist": "y"}],
    [{"name": "x", "artist": "y"}, {"name": "", "artist": "y"}]])
def test_tracks_without_a_name_are_refused_whole(site, home, tracks):
    a = site.post(QUEUE, {"tracks": tracks})
    assert a.status == 422, a.body
    assert "tracks" in a.json()["detail"] and requests_in(home) == []


def test_methods_types_and_sizes_are_held_to(site):
    a = site.get(QUEUE)
    assert (a.status, a.headers["Allow"]) == (405, "POST")
    assert site.ask("DELETE", "/api/runs").headers["Allow"] == "GET, HEAD"
    assert site.ask("OPTIONS", QUEUE).status == 405
    assert site.get("/api/nowhere").status == 404
    for kind in ("text/plain", "application/x-www-form-urlencoded",
                 "application/jsonx"):
        assert site.ask("POST", QUEUE, b"{}", headers={
            "Content-Type": kind}).status == 415
    assert site.ask("POST", QUEUE, b"x" * (1024 * 1024 + 1), headers={
        "Content-Type": "application/json"}).status == 413
    big = b'{"tracks": []' + b" " * (1024 * 1024 - 14) + b"}"
    assert site.ask("POST", QUEUE, big, headers={
        "Content-Type": "application/json; charset=utf-8"}).status == 422


def test_titles_come_back_as_they_are(site, service):
    title = "</script><b>&\"' \u202e\u2028 \u00e9"
    service.playlists[ID].rows = [row(9, "Eve", title)]
    service.playlists[ID].snapshot = 2
    a = site.post(CHECK, {"playlistUrl": LINK})
    assert a.json()["missingTracks"][0]["name"] == title
    assert a.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in a.headers["Content-Security-Policy"]


# ---- without a server: what only a hostile or broken one would send

def cgi(home, body=b"", length=None, keep_open=False, **env):
    r, w = os.pipe()
    os.write(w, body)
    if not keep_open:
        os.close(w)
    try:
        p = subprocess.run(
            [web.PROGRAM], stdin=r, capture_output=True, timeout=60, env={
                "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/likesync",
                "PATH_INFO": QUEUE, "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body) if length is None
                                      else length),
                "HTTP_HOST": "127.0.0.1",
                "HTTP_AUTHORIZATION": "Bearer " + web.TOKEN,
                "LIKESYNC_CONFIG": str(home.top / "likesync.conf"), **env})
    finally:
        os.close(r)
        if keep_open:
            os.close(w)
    head, _, rest = p.stdout.partition(b"\r\n\r\n")
    assert p.returncode == 0
    return int(head.split()[1]), rest


def test_a_body_that_is_cut_off_is_refused(home):
    home.config(more=web.configure(home, 80))
    assert cgi(home, b"{}", length=100)[0] == 400
    assert cgi(home, b'{"tracks": []}', keep_open=True)[0] == 422


@pytest.mark.parametrize("env, status", [
    ({"CONTENT_LENGTH": "-1"}, 400), ({"CONTENT_LENGTH": "0x10"}, 400),
    ({"CONTENT_LENGTH": "9" * 40}, 413), ({"PATH_INFO": "api"}, 400),
    ({"PATH_INFO": "/" + "x" * 9000}, 400),
    ({"PATH_INFO": "/api\r\nX: y"}, 400), ({"HTTP_COOKIE": "a\x1b"}, 400),
    ({"SCRIPT_NAME": "/x\nSet-Cookie: y"}, 400), ({"HTTP_HOST": ""}, 421),
    ({"LIKESYNC_CONFIG": "/nowhere"}, 503), ({"REQUEST_METHOD": ""}, 405)])
def test_a_request_that_no_server_sends_is_refused(home, env, status):
    home.config(more=web.configure(home, 80))
    found, body = cgi(home, **env)
    assert found == status
    assert json.loads(body)["status"] == status


def test_each_error_of_the_configuration_is_a_line_of_the_log(home):
    home.config(more="[web]\nnonsense = 1\nrubbish = 2\n")
    p = subprocess.run([web.PROGRAM], env={
        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/runs",
        "LIKESYNC_CONFIG": str(home.top / "likesync.conf")},
        capture_output=True, text=True, check=True)
    lines = p.stderr.splitlines()
    assert len(lines) == 2 and "x0a" not in p.stderr
    assert "nonsense" in lines[0] and "rubbish" in lines[1]
    assert str(home.top) not in p.stdout


def test_the_program_is_started_with_an_environment_of_its_own(home):
    """Nothing that a client sends reaches likesync by its environment."""
    home.config(more=web.configure(home, 80))
    folder = home.top / "bin"
    folder.mkdir()
    shutil.copy(web.PROGRAM, folder)
    fake = folder / "likesync"
    fake.write_text("#!/bin/sh\nenv > %s/env\nls /proc/$$/fd > %s/fd\n"
                    "echo '{}'\n" % (home.top, home.top))
    fake.chmod(0o755)
    subprocess.run([folder / "likesync-web"], check=True, env={
        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/runs",
        "HTTP_HOST": "127.0.0.1", "HTTP_PROXY": "http://evil.example",
        "HTTP_AUTHORIZATION": "Bearer " + web.TOKEN, "LD_LIBRARY_PATH": "/x",
        "LIKESYNC_CONFIG": str(home.top / "likesync.conf")},
        stdout=subprocess.DEVNULL)
    env = dict(line.split("=", 1) for line in
               (home.top / "env").read_text().splitlines())
    assert set(env) - {"PWD", "_", "SHLVL", "OLDPWD"} == {
        "PATH", "LANG", "HOME", "LIKESYNC_CONFIG"}
    assert web.TOKEN not in (home.top / "env").read_text()
    # The shell itself has 10 and 11.
    assert set((home.top / "fd").read_text().split()) <= \
        {"0", "1", "2", "10", "11"}


def test_doctor_finds_an_open_door(site, home):
    """It asks the web server as a stranger would."""
    def finding(status):
        r = home.run("doctor", "--json", status=None)
        found = [f for f in json.loads(r.stdout)["findings"]
                 if f["check"] == "web"]
        assert [f["health"] for f in found] == [status], found
        return found[0]["text"]
    assert "refuses strangers" in finding("ok")
    home.config(more=web.configure(home, site.port, "server_login = yes"))
    assert "who send any name" in finding("broken")
    home.config(more=web.configure(home, site.port).replace(
        web.PREFIX, "/elsewhere"))
    assert "404" in finding("warning")
    home.config(more=web.configure(home, site.port))
    (home.top / "web-token").write_text("x" * 31)
    assert "shorter than 32" in finding("broken")
    (home.top / "web-token").chmod(0o644)
    assert "chmod" in finding("broken")
    home.config(more="[web]\nenabled = yes\n")
    assert "token_file" in finding("broken")


# ---- the description

SPEC = json.loads((HERE.parents[1] / "docs/openapi.json").read_text())


def valid(answer, path, method="post"):
    """An answer of the shape that the description gives it."""
    responses = SPEC["paths"][path][method]["responses"]
    response = responses[str(answer.status)]
    if "$ref" in response:
        response = SPEC["components"]["responses"]["Problem"]
    schema = response["content"][answer.headers["Content-Type"]]["schema"]
    jsonschema.Draft202012Validator(
        {**schema, "components": SPEC["components"]}).validate(answer.json())
    return answer.json()


def test_answers_have_the_shape_that_the_description_gives_them(site, home):
    home.run("scan")
    valid(site.post(CHECK, {"playlistUrl": LINK}), CHECK)
    valid(site.post(CHECK, {}), CHECK)
    valid(site.post(MIX, {"playlistUrl": LINK}), MIX)
    valid(site.post(MIX, {}, token="x"), MIX)
    job = valid(site.post(QUEUE, {"playlistUrl": LINK}), QUEUE)["jobId"]
    valid(site.get(STATUS + job), STATUS + "{jobId}", "get")
    valid(site.get(STATUS + "x"), STATUS + "{jobId}", "get")
    valid(site.get("/api/library"), "/api/library", "get")
    valid(site.get("/api/runs"), "/api/runs", "get")
    site.home.service.playlists[ID].rows = [row(2, "Bo", "Bus")]
    site.home.service.playlists[ID].snapshot = 1
    assert valid(site.post(QUEUE, {"playlistUrl": LINK}), QUEUE) == {
        "jobId": None, "queuedCount": 0}


def test_every_address_is_described_and_every_description_answered(site):
    source = (HERE.parents[1] / "agent/web/endpoints.c").read_text()
    table = source.split("endpoints[] = {")[1].split("};")[0]
    has = set(re.findall(r'\{ "(\w+)", "([^"]+)"', table))
    told = {(method.upper(), re.sub(r"{\w+}", "", path))
            for path, methods in SPEC["paths"].items() for method in methods}
    assert has == told
    for path, methods in SPEC["paths"].items():
        for method, said in methods.items():
            expected = {"400", "403", "404", "413", "421", "503"}
            if method == "post":
                expected |= {"408", "415"}
            assert expected <= set(said["responses"]), (method, path)
    assert SPEC["openapi"] == "3.1.0"
