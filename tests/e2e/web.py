# SPDX-License-Identifier: GPL-3.0-or-later
"""likesync-web behind real web servers and fcgiwrap, on 127.0.0.1."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from conftest import HERE, LIKESYNC

TOP = HERE.parents[1]
PROGRAM = pathlib.Path(LIKESYNC).resolve().with_name("likesync-web")
TOKEN = "0123456789abcdef0123456789abcdef"
READ_TOKEN = "fedcba9876543210fedcba9876543210"
PREFIX = "/likesync"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(connect):
    """Until the server accepts connections; it never takes so long."""
    end = time.monotonic() + 30
    while True:
        try:
            connect().close()
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.02)


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Web:
    """A client of the address at which a server has likesync-web."""

    def __init__(self, port):
        self.port = port
        self.origin = "http://127.0.0.1:%d" % port

    def ask(self, method, path, body=None, token=TOKEN, headers=(),
            timeout=60):
        sent = {"Authorization": "Bearer " + token} if token else {}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent["Content-Type"] = "application/json"
        sent.update(headers)
        c = http.client.HTTPConnection("127.0.0.1", self.port,
                                       timeout=timeout)
        with contextlib.closing(c):
            c.request(method, PREFIX + path, body, sent)
            return Answer(c.getresponse())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)


def configure(home, port, more="", start="none"):
    """The [web] section, with two tokens."""
    for name, token in (("token", TOKEN), ("read-token", READ_TOKEN)):
        path = home.top / ("web-" + name)
        path.write_text(token + "\n")
        path.chmod(0o600)
    return """
[web]
enabled = yes
origin = http://127.0.0.1:%d%s
token_file = %s/web-token
read_token_file = %s/web-read-token
start = %s
%s
""" % (port, PREFIX, home.top, home.top, start, more)


SERVERS = {
    "nginx": ["nginx", "-p", "{top}", "-c", "{top}/server.conf"],
    "lighttpd": ["lighttpd", "-D", "-f", "{top}/server.conf"],
    "apache": ["apache2", "-X", "-f", "{top}/server.conf"],
    "caddy": ["caddy", "run", "--config", "{top}/server.conf", "--adapter",
              "caddyfile"],
}
AROUND = {
    "nginx": """
daemon off;
pid {top}/pid;
error_log {top}/error.log warn;
worker_processes 1;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {top}/body;
    proxy_temp_path {top}/proxy;
    fastcgi_temp_path {top}/fastcgi;
    uwsgi_temp_path {top}/uwsgi;
    scgi_temp_path {top}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
""",
    "lighttpd": """
server.document-root = "{top}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{top}/error.log"
{location}
""",
    "apache": """
ServerRoot {top}
PidFile {top}/pid
Listen 127.0.0.1:{port}
ServerName 127.0.0.1
ErrorLog {top}/error.log
User www-data
Group www-data
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so
LoadModule setenvif_module {modules}/mod_setenvif.so
{location}
""",
    "caddy": """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    {location}
}}
""",
}


@contextlib.contextmanager
def started(argv, env, log):
    """A server, which ends with all that it started."""
    with open(log, "wb") as out:
        p = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL,
                             stdout=out, stderr=out, start_new_session=True)
    try:
        yield p
    finally:
        p.terminate()
        try:
            p.wait(20)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, 9)


@contextlib.contextmanager
def serve(home, port, server="nginx"):
    """The server with the file of etc/web that is installed for it."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="likesync-web-"))
    top.chmod(0o755)
    sock = top / "sock"
    location = (TOP / ("etc/web/%s.conf" % server)).read_text()
    for installed, here in (("/usr/local/libexec/likesync-web", PROGRAM),
                            ("/run/likesync-web.sock", sock),
                            ("client_max_body_size 2m", "client_max_body_size "
                             "8m")):
        location = location.replace(installed, str(here))
    (top / "server.conf").write_text(AROUND[server].format(
        top=top, port=port, user="user root;" if os.getuid() == 0 else "",
        modules="/usr/lib/apache2/modules", location=location))
    find = "/usr/sbin:/usr/bin:/bin"
    env = {"PATH": find, "HOME": str(home.top / "home"),
           "LIKESYNC_CONFIG": str(home.top / "likesync.conf"),
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    argv = [word.format(top=top) for word in SERVERS[server]]
    argv[0] = shutil.which(argv[0], path=find)
    try:
        with started([shutil.which("fcgiwrap", path=find), "-f", "-c", "12",
                      "-s", "unix:%s" % sock], env, top / "fcgiwrap.log"):

            def local():
                s = socket.socket(socket.AF_UNIX)
                s.connect(str(sock))
                return s
            wait_for(local)
            sock.chmod(0o777)
            with started(argv, env, top / "server.log"):
                wait_for(lambda: socket.create_connection(
                    ("127.0.0.1", port)))
                yield Web(port)
    finally:
        shutil.rmtree(top)
