# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept from one run to the next, in the source's state folder:
state.json, the session, and files that are not downloaded to their end."""
import fcntl
import json
import os
import time

from .problem import Problem

DAY = 86400
MAX_STATE = 4 << 20     # bytes of state.json
MAX_FILES = 500         # files of bots that are remembered
MAX_OPEN = 50           # requests that were not answered
OPEN_S = 1800           # a late answer is recognised for so long
FILES_S = 30 * DAY
PARTIAL_S = 2 * DAY
MAX_PARTIAL = 600 << 20  # bytes; likesync allows 1 GB of state
DAMAGED_S = 3600        # without messages, if it is not known what was sent


class State:
    """One process at a time has it: Problem if another one does."""

    def __init__(self, folder):
        self.folder = folder
        os.umask(0o077)
        os.makedirs(folder, 0o700, exist_ok=True)
        os.chmod(folder, 0o700)
        self.lock = open(os.path.join(folder, "lock"), "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("temporary", "another run uses the session now"
                          ) from None
        self.path = os.path.join(folder, "state.json")
        self.session = os.path.join(folder, "account.session")
        if os.path.exists(self.session):
            os.chmod(self.session, 0o600)
        self.data = self.load()
        self.prune()

    def load(self):
        empty = {"sent": [], "until": 0, "bots": {}, "open": [], "files": {},
                 "account": None}
        try:
            with open(self.path, encoding="utf-8") as file:
                data = json.loads(file.read(MAX_STATE))
            data = {**empty, **data}
            for key in ("sent", "bots", "open", "files"):
                if not isinstance(data[key], type(empty[key])):
                    raise ValueError(key)
            data["until"] = float(data["until"])
            return data
        except FileNotFoundError:
            return empty
        except (OSError, ValueError, TypeError):
            return {**empty, "until": time.time() + DAMAGED_S}

    def save(self):
        """On the disk when it returns."""
        new = self.path + ".new"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(self.data, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)

    def prune(self):
        now, data = time.time(), self.data
        data["sent"] = [t for t in data["sent"] if now - DAY < t <= now + DAY]
        data["open"] = [o for o in data["open"]
                        if now - OPEN_S < o["at"]][-MAX_OPEN:]
        keep = sorted(data["files"].items(), key=lambda f: f[1]["at"])
        data["files"] = {ref: f for ref, f in keep[-MAX_FILES:]
                         if now - FILES_S < f["at"]}
        self.prune_partial(now)

    # ---- bots ----

    def bot(self, name):
        return self.data["bots"].setdefault(
            name, {"id": 0, "silent": 0, "until": 0})

    # ---- files that bots have sent ----

    def add_file(self, ref, message, key=None):
        """key: of the track that it is a late answer to."""
        self.data["files"][ref] = {"message": message, "at": time.time(),
                                   "late": key}
        self.prune()
        self.save()

    # ---- unfinished downloads ----

    def partial(self, document):
        """The path of its beginning."""
        folder = os.path.join(self.folder, "partial")
        os.makedirs(folder, 0o700, exist_ok=True)
        return os.path.join(folder, "%d-%d" % (document.id, document.size))

    def prune_partial(self, now):
        folder = os.path.join(self.folder, "partial")
        if not os.path.isdir(folder):
            return
        files = sorted(((e.stat(), e.path) for e in os.scandir(folder)),
                       key=lambda f: -f[0].st_mtime)
        room = MAX_PARTIAL
        for st, path in files:
            room -= st.st_size
            if room < 0 or st.st_mtime < now - PARTIAL_S:
                os.unlink(path)
