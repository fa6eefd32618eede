# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows a run: commands of the user's own, and a watchdog."""
import http.server
import json
import pathlib
import re
import signal
import subprocess
import threading

import pytest
from spotify import row

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "etc/hooks"


def hooks(home, **keys):
    lines = "".join("%s = %s\n" % item for item in keys.items())
    home.config(sources="inbox", liked=str(home.top / "likes.csv"),
                more="[hooks]\n" + lines)
    (home.top / "likes.csv").write_text("Track Name,Artist Name(s)\n")


def metric(home, name):
    return float(re.search("^%s (.+)$" % name, home.prom.read_text(),
                           re.M).group(1))


def add_song(home, songs, name, song="m4a"):
    (home.library / name).write_bytes(pathlib.Path(songs[song]).read_bytes())


def test_a_hook_gets_the_summary_and_nothing_else_of_ours(home, songs):
    out = home.top / "out"
    out.mkdir()
    hooks(home, on_change="cd %s && cat > summary && env > env && pwd -P > x "
          "&& ls -l /proc/self/fd > fds" % out)
    add_song(home, songs, "Ada - Light.m4a")
    s = home.sync()
    assert s["document_written"]
    assert json.loads((out / "summary").read_text()) == s
    env = dict(line.split("=", 1)
               for line in (out / "env").read_text().splitlines())
    assert env["LIKESYNC_LIBRARY"] == str(home.library)
    assert env["LIKESYNC_DOCUMENT"] == str(home.document)
    assert env["LIKESYNC_HOOK"] == "on_change"
    assert env["LIKESYNC_RUN"] == s["run"]
    assert set(env) <= {
        "PATH", "HOME", "LANG", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_",
        "LIKESYNC_HOOK", "LIKESYNC_RUN", "LIKESYNC_CONFIG",
        "LIKESYNC_LIBRARY", "LIKESYNC_DOCUMENT", "http_proxy",
        "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR"}
    # 0, 1, 2 and the folder that ls reads.
    assert len(re.findall(" -> ", (out / "fds").read_text())) == 4


def test_a_hooks_folder_is_its_own_and_gone_after(home, songs):
    seen = home.top / "seen"
    hooks(home, on_change='pwd > %s && test "$TMPDIR" = "$PWD" && touch left'
          % seen)
    add_song(home, songs, "Ada - Light.m4a")
    home.sync()
    assert seen.read_text().strip() == str(home.state / "tmp/hook")
    assert metric(home, "likesync_hook_failures_total") == 0
    assert not list((home.state / "tmp").iterdir())


def test_an_idle_run_calls_no_hook(home):
    called = home.top / "called"
    hooks(home, on_change="echo change >> %s" % called,
          on_failure="echo failure >> %s" % called)
    home.sync()
    called.unlink(missing_ok=True)
    home.sync()
    assert not called.exists()


def test_a_failed_run_is_told_and_a_failed_hook_is_not_the_runs(home):
    out = home.top / "out"
    hooks(home, on_failure="cat > %s; echo no such host >&2; exit 7" % out)
    (home.top / "likes.csv").unlink()
    r = home.run("sync", status=78)
    told = json.loads(out.read_text())
    assert told["outcome"] == "configuration" and "likes.csv" in told["why"]
    assert "[hooks] on_failure: ended with status 7: no such host" in r.stderr
    assert metric(home, "likesync_hook_failures_total") == 1
    assert metric(home, "likesync_last_run_exit_status") == 78


def test_a_hook_that_hangs_is_ended_with_what_it_started(home, songs):
    pid = home.top / "pid"
    hooks(home, on_change="sleep 1000 & echo $! > %s; wait" % pid,
          timeout="1s")
    add_song(home, songs, "Ada - Light.m4a")
    r = home.run("sync")
    assert "[hooks] on_change: took longer than [hooks] timeout" in r.stderr
    stat = pathlib.Path("/proc/%s/stat" % pid.read_text().strip())
    # Dead, though perhaps nobody has reaped it yet.
    assert not stat.exists() or stat.read_text().rsplit(") ")[1][0] == "Z"


class Watchdog(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        self.server.heard.append((self.path,
                                  self.rfile.read(length).decode()))
        self.send_response(self.server.answer)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *words):
        pass


@pytest.fixture
def watchdog():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Watchdog)
    server.heard, server.answer = [], 200
    server.url = "http://127.0.0.1:%d/ping/secret" % server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_watchdog_hears_of_start_success_and_failure(home, watchdog):
    hooks(home, ping_url=watchdog.url)
    home.sync()
    assert [path for path, _ in watchdog.heard] == [
        "/ping/secret/start", "/ping/secret"]
    watchdog.heard.clear()
    home.run("sync", "--dry-run")
    home.run("scan")
    assert watchdog.heard == []
    (home.top / "likes.csv").unlink()
    home.run("sync", status=78)
    (path, body) = watchdog.heard[-1]
    assert path == "/ping/secret/fail" and "likes.csv" in body


def test_a_watchdog_out_of_order_is_a_warning_without_its_address(
        home, watchdog):
    hooks(home, ping_url=watchdog.url)
    watchdog.answer = 503
    r = home.run("sync")
    assert "the watchdog answered with status 503" in r.stderr
    assert "secret" not in r.stderr
    watchdog.shutdown()
    watchdog.server_close()
    r = home.run("sync")
    assert "[hooks] ping_url: " in r.stderr and "secret" not in r.stderr
    # The start is no hook that follows a run: one failure a run is counted.
    assert metric(home, "likesync_hook_failures_total") == 2


def test_a_run_that_a_signal_ended_is_told_all_the_same(home, service,
                                                       watchdog):
    home.config(sources="ytdlp",
                more="[hooks]\nping_url = %s\n" % watchdog.url)
    home.authorize()
    service.likes = [row(1, "Ada", "Light")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    entered, gate = threading.Event(), threading.Event()
    service.faults = [("/media/", ("call", lambda: (entered.set(),
                                                    gate.wait(20))))]
    p = subprocess.Popen(home.command("sync"), env=home.env(),
                         stderr=subprocess.PIPE)
    assert entered.wait(60)
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=60)
    gate.set()
    assert p.returncode == 0
    assert [path for path, _ in watchdog.heard][-1] == "/ping/secret"


def stamps(folder):
    return {str(p.relative_to(folder)): (p.stat().st_ino, p.stat().st_mtime_ns)
            for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("tool", ["rsync", "rclone"])
def test_publishing_copies_what_changed_and_the_document_last(home, songs,
                                                              tool):
    there = home.top / "there"
    there.mkdir()
    conf = home.top / "home/.config/rclone"
    conf.mkdir(parents=True)
    (conf / "rclone.conf").write_text(
        "[box]\ntype = alias\nremote = %s\n" % there)
    target = "box:" if tool == "rclone" else str(there)
    hooks(home, on_change="%s/publish-%s %s" % (EXAMPLES, tool, target))
    add_song(home, songs, "Ada - Light.m4a")
    (home.library / "[x] {a*}").mkdir()
    add_song(home, songs, "[x] {a*}/Bo - Bus.mp3", "mp3")
    (home.library / ".likesync-aaaaaa.tmp").write_text("half a file")
    home.sync()
    assert metric(home, "likesync_hook_failures_total") == 0
    first = stamps(there)
    assert set(first) == {"Ada - Light.m4a", "[x] {a*}/Bo - Bus.mp3",
                          home.document.name}

    add_song(home, songs, "Cy - Sea.flac", "flac")
    home.sync()
    second = stamps(there)
    changed = {name for name in second if first.get(name) != second[name]}
    assert changed == {"Cy - Sea.flac", home.document.name}
    published = (there / home.document.name).read_bytes()
    assert published == home.document.read_bytes()

    # What stands in the way of a song keeps the document back.
    (there / "Di - Day.mp3").mkdir()
    (there / "Di - Day.mp3/x").touch()
    add_song(home, songs, "Di - Day.mp3", "mp3")
    r = home.run("sync")
    assert "[hooks] on_change: ended with status" in r.stderr
    assert (there / home.document.name).read_bytes() == published
