# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker that opens nothing: it answers at once by what it is told of each
file, and writes down what it was asked. Run by likesync as LIKESYNC_WORKER."""
import hashlib
import json
import os
import pathlib
import signal
import socket
import stat
import struct
import subprocess
import sys

HELLO, PROBE, EXAMINE, TAG, PROVE = 0, 1, 2, 3, 4
OK, REFUSED = 0, 1

SCRIPT = """#!{python}
import sys
sys.path.insert(0, {here!r})
import worker
worker.serve({folder!r})
"""


class Worker:
    """The test's side: says what shall be answered, by the file's bytes."""

    def __init__(self, folder, version):
        self.folder = folder
        folder.mkdir()
        self.plan = {"version": version, "files": {}}
        self.program = folder / "likesync-worker"
        self.program.write_text(SCRIPT.format(
            python=sys.executable, folder=str(folder),
            here=str(pathlib.Path(__file__).parent)))
        self.program.chmod(0o755)
        self.write()

    def write(self):
        (self.folder / "plan.json").write_text(json.dumps(self.plan))

    def tell(self, content, **what):
        """tags, analysis, refuse, die (the worker), kill (the agent); at: by
        number of request, a shell's command that is run before the answer;
        hold: a file that is open for writing from the examination on."""
        self.plan["files"][content] = what
        self.write()

    def asked(self, op):
        """The files that were opened so, in order; forgets them."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        mine = [line.split(" ", 1) for line in lines]
        log.write_text("".join(x + " " + y + "\n" for x, y in mine
                               if x != str(op)))
        return [y for x, y in mine if x == str(op)]


def answer(agent, magic, status, value):
    text = json.dumps(value).encode()
    agent.send(struct.pack("IIII", magic, status, 0, len(text)))
    agent.send(text)


def media(content, what):
    return {"identity": hashlib.md5(content.encode()).hexdigest(),
            "codec": "mp3", "container": "mp3", "duration_ms": 200000,
            "bitrate": 192000, "sample_rate": 44100, "channels": 2,
            "lossless": False, "cover": False, "tags": what.get("tags", {})}


def stream(content):
    return hashlib.sha256(content.encode()).hexdigest()


def serve(folder):
    folder = pathlib.Path(folder)
    agent = socket.socket(fileno=0)
    while True:
        request, fds, _, _ = socket.recv_fds(agent, 64, 2)
        if not request:
            return
        magic, op = struct.unpack_from("II", request)
        plan = json.loads((folder / "plan.json").read_text())
        if op == HELLO:
            answer(agent, magic, OK, {"version": plan["version"],
                                      "gaps": ""})
            continue
        assert stat.S_ISREG(os.fstat(fds[0]).st_mode)
        content = os.pread(fds[0], 1000, 0).decode()
        for fd in fds:
            os.close(fd)
        with open(folder / "log", "a") as log:
            log.write("%d %s\n" % (op, content))
        what = plan["files"].get(content, {})
        if op == EXAMINE and what.get("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if op == EXAMINE and what.get("kill"):
            os.kill(os.getppid(), signal.SIGKILL)
        command = what.get("at", {}).get(str(op))
        if command:
            subprocess.run(command, shell=True, check=True)
        if op == EXAMINE and what.get("hold"):
            os.open(what["hold"], os.O_WRONLY)
        if what.get("refuse") and (op == EXAMINE or what.get("at_once")):
            answer(agent, magic, REFUSED, {"why": "is bad",
                                           "reason": what["refuse"]})
        elif op == PROBE:
            answer(agent, magic, OK, media(content, what))
        elif op == TAG:
            answer(agent, magic, OK, {})
        elif op == PROVE:
            answer(agent, magic, OK, {"media": media(content, what),
                                      "stream": stream(content)})
        else:
            analysis = {"bpm": 100, "bpm_confidence": 0.9, "key": "A minor",
                        "camelot": "8A", "key_confidence": 0.8, "energy": 6,
                        "duration": 200, **what.get("analysis", {})}
            answer(agent, magic, OK, {
                "media": media(content, what), "analysis": analysis,
                "stream": stream(content),
                "complete": "fault" not in what, **(
                    {"fault": "is cut", "reason": what["fault"]}
                    if "fault" in what else {})})
