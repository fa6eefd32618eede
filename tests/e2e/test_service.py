# SPDX-License-Identifier: GPL-3.0-or-later
"""What the systemd unit and the AppArmor profile allow, against what a run does:
every system call and every path of a run with likesync, its worker, yt-dlp and
a hook, as strace saw them. Nothing here needs systemd or AppArmor at work."""
import os
import pathlib
import re
import subprocess

import pytest
import telegram
from conftest import HERE, LIKESYNC
from spotify import row

TOP = HERE.parents[1]
UNIT = TOP / "cron/likesync.service"
PROFILE = TOP / "etc/likesync.apparmor"
# A run that is refused these goes on as before: each is asked for by a library
# that can do without, and is answered with EPERM.
DISPENSABLE = {"set_mempolicy"}


def members(group, seen=None):
    """The calls in a group of systemd's, with the groups that it holds."""
    seen = set() if seen is None else seen
    text = subprocess.run(["systemd-analyze", "syscall-filter", group],
                          capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^ +([@a-z_0-9-]+)$", text, re.M):
        if name.startswith("@"):
            members(name, seen)
        else:
            seen.add(name)
    return seen


def allowed_calls():
    allowed = members("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.M):
        without = line.startswith("~")
        for name in line.lstrip("~").split():
            calls = members(name) if name.startswith("@") else {name}
            allowed = allowed - calls if without else allowed | calls
    return allowed


@pytest.fixture
def bots(home):
    """What only a Telegram bot has, and the section of that source."""
    service = telegram.Telegram()
    bot = service.bot("a_bot")

    async def message(text, id):
        bot.file(home.songs["mp3"], "Bus", "Eve", 20, to=id)
    bot.message = message
    telegram.log_in(service, home.state / "sources/telegram")
    telegram.wrap(pathlib.Path(LIKESYNC).parent / "likesync-telegram",
                  home.top / "likesync-telegram", service)
    (home.top / "api").write_text("1\n" + "a" * 32)
    (home.top / "api").chmod(0o600)
    yield ("[source.telegram]\nbots = a_bot\napi_file = %s/api\n"
           "command = %s/likesync-telegram\n" % (home.top, home.top))
    service.close()


@pytest.fixture
def trace(home, service, bots):
    service.likes = [row(1, "Ada", "Light"), row(2, "Dot", "Feed"),
                     row(3, "Eve", "Bus")]
    home.offer("v1", "Ada - Light", "Ada - Topic")
    (home.inbox / "Dot - Feed.flac").write_bytes(
        home.songs["flac"].read_bytes())
    home.config(sources="inbox, ytdlp, telegram",
                more=bots + "[hooks]\non_change = cat > /dev/null")
    home.authorize()
    trace = home.top / "trace"
    subprocess.run(["strace", "-f", "-qq", "-y", "-s", "400", "-o", str(trace),
                    *home.command("-q", "sync")], env=home.env(), timeout=300,
                   check=True, capture_output=True)
    assert len(home.files()) == 3
    return trace.read_text(errors="replace")


def as_installed(home, path):
    """Where a path of the test would be on a machine with the package."""
    folders = {
        home.state: "/var/lib/likesync", home.library: "/srv/music",
        home.inbox: "/srv/inbox", home.top / "home": "/var/lib/likesync",
        home.top / "likesync.conf": "/etc/likesync/likesync.conf",
        home.top / "token.json": "/var/lib/likesync/token.json",
        home.prom: "/var/lib/prometheus/node-exporter/likesync.prom",
        home.top / "likesync-telegram":
            "/usr/libexec/likesync/likesync-telegram",
        home.top / "api": "/etc/likesync/telegram",
        pathlib.Path(LIKESYNC).parent / "likesync-worker":
            "/usr/libexec/likesync/likesync-worker",
        pathlib.Path(LIKESYNC): "/usr/bin/likesync",
        home.top: "/var/lib/likesync",
    }
    path = re.sub("^/proc/self/", "/proc/42/", path)
    path = re.sub("^/proc/thread-self/", "/proc/42/task/42/", path)
    for folder, place in folders.items():
        if path == str(folder) or path.startswith(str(folder) + "/") or \
                path.startswith(str(folder) + ".") and folder.suffix:
            return place + path[len(str(folder)):]
    return path


def pattern(glob):
    """One of AppArmor's globs as a regular expression."""
    out, depth = "", 0
    for part in re.findall(r"\*\*|\\.|\[[^]]*\]|.", glob):
        if part == "{":
            out, depth = out + "(?:", depth + 1
        elif part == "}":
            out, depth = out + ")", depth - 1
        elif part == "," and depth > 0:
            out += "|"
        elif part[0] == "[":
            out += part
        else:
            out += {"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(
                part, re.escape(part.lstrip("\\")))
    return re.compile(out + r"\Z")


def profile():
    """(what is allowed, where) of each rule, with all that is included."""
    text = subprocess.run(
        ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--debug",
         str(PROFILE)], capture_output=True, text=True, check=True).stdout
    return [(set(modes), pattern(glob.replace("//", "/"))) for modes, glob in
            re.findall(r"^Mode:\s+(\S+)\s+Name:\s+\((.*)\)$", text, re.M)]


def wishes(trace):
    """What a run did to which path: r, w, x, l, m as AppArmor calls them."""
    at = r"(?:AT_FDCWD|\d+)<([^>]*)>, "
    for line in trace.splitlines():
        if " = -1 " in line or "unfinished" in line or line.endswith("?"):
            continue    # refused, or strace was interrupted by another thread
        found = re.match(r'\d+ +openat\(%s"([^"]*)", (\S+)' % at, line)
        if found:
            folder, name, flags = found.groups()
            path = os.path.normpath(os.path.join(folder, name))
            if "O_TMPFILE" in flags:
                path += "/#1"
            elif "O_PATH" in flags:
                continue
            elif os.path.isdir(path):
                path += "/"
            if "O_WRONLY" not in flags:
                yield path, "r"
            if "O_WRONLY" in flags or "O_RDWR" in flags:
                yield path, "w"
        for call, mode in (("execve", "x"), ("mkdir", "w"), ("unlink", "w"),
                           ("rename", "w")):
            found = re.match(r'\d+ +%s\("(/[^"]*)"' % call, line)
            if found:
                yield found[1] + ("/" if call == "mkdir" else ""), mode
        for call, mode in (("unlinkat", "w"), ("mkdirat", "w"),
                           ("renameat2?", "w")):
            found = re.match(r'\d+ +%s\(%s"([^"]*)"' % (call, at), line)
            if found:
                yield os.path.normpath(os.path.join(*found.groups())) + (
                    "/" if call == "mkdirat" else ""), mode
        found = re.match(r'\d+ +linkat\(.*, %s"([^"]*)"' % at, line)
        if found:
            yield os.path.normpath(os.path.join(*found.groups())), "l"
        found = re.match(r"\d+ +mmap\([^,]*, \d+, (\S+), \S+, \d+<(/[^>]*)>",
                         line)
        if found and "PROT_EXEC" in found[1]:
            yield found[2], "m"


def refused_paths(home, trace):
    rules = profile()
    assert len(rules) > 100
    asked = {(as_installed(home, path), mode)
             for path, mode in wishes(trace)}
    assert {m for _, m in asked} >= set("rwxlm")
    # The plugins of the tests are no part of an installation.
    return sorted(
        (path, mode) for path, mode in asked if path.startswith("/") and
        not (mode == "r" and path.startswith(str(HERE))) and
        not any(mode in modes and where.match(path)
                for modes, where in rules))


# Sanitizers make calls of their own, and one of them can't be traced.
@pytest.mark.skipif("/asan/" in LIKESYNC, reason="as it is shipped only")
def test_unit_and_profile_allow_all_that_a_run_does(home, trace):
    seen = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace, re.M))
    assert {"landlock_restrict_self", "seccomp", "execve", "linkat"} <= seen
    assert seen - allowed_calls() <= DISPENSABLE
    refused = refused_paths(home, trace)
    assert not refused, "\n".join(map(str, refused))


def test_the_unit_is_shut_in():
    r = subprocess.run(["systemd-analyze", "security", "--offline=yes",
                        "--threshold=20", str(UNIT)], capture_output=True,
                       text=True)
    assert r.returncode == 0, r.stdout
