# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, and what comes of them."""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import threading

import pytest
from conftest import Home
from faults import BUILD, SHIM, needs_shim, read_log
from spotify import row


@pytest.fixture
def filled(home, service, songs):
    service.likes = [row(2, "Bo", "Bus"), row(1, "Ada", "Light")]
    shutil.copy(songs["m4a"], home.inbox / "Ada - Light.m4a")
    shutil.copy(songs["other"], home.inbox / "Bo - Bus.m4a")
    home.config(sources="inbox",
                more="[hooks]\nping_url = %s/ping/me\n" % service.url)
    home.authorize()
    home.sync()
    document = json.loads(home.document.read_text())
    document["tracks"].append({"id": "theirs", "filePath": str(
        home.library / "x\udce9\".mp3"), "odd": [1.5, {"b": None}]})
    document["tracks"].append({"id": "away", "filePath": "/else/y.mp3"})
    home.document.write_text(json.dumps(document))
    return home


def members(path):
    """What another program would find in it."""
    plain = subprocess.run(["zstd", "-dcq", str(path)], capture_output=True,
                           check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar}


def write(path, files, links=()):
    """A bundle as somebody else would make it."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, target in links:
            m = tarfile.TarInfo(name)
            m.type, m.linkname = tarfile.SYMTYPE, target
            tar.addfile(m)
        for name, data in files.items():
            m = tarfile.TarInfo(name)
            m.size = len(data)
            tar.addfile(m, io.BytesIO(data))
    path.write_bytes(subprocess.run(["zstd", "-cq"], input=plain.getvalue(),
                                    capture_output=True, check=True).stdout)


def everything(home):
    """All that a restore could touch, as it is."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest()
            for top in (home.state, home.library) for p in top.rglob("*")
            if p.is_file() and p.name not in ("lock.mdb", "run.lock")}


def test_a_backup_says_what_it_wrote_unless_told_to_be_quiet(
        home, service, songs):
    shutil.copy(songs["brief"], home.library)
    home.authorize()
    home.config(sources="inbox")
    path = str(home.top / "a.tar.zst")
    text = home.run("backup", path).stdout
    assert text.startswith("%s: 0.0 MB: configuration" % path)
    assert "index" not in text and "--secrets" in text
    home.sync()
    text = home.run("backup", "--secrets", path).stdout
    for part in ("configuration", "index", "records", "analysis document",
                 "authorization"):
        assert part in text, part
    assert "--secrets" not in text
    r = home.run("-q", "backup", path)
    assert r.stdout == r.stderr == ""


def test_a_lost_machine_comes_back_and_fetches_nothing_again(filled):
    home, saved = filled, filled.top / "likesync.tar.zst"
    before = home.document.read_bytes()
    home.run("backup", str(saved))
    assert oct(saved.stat().st_mode)[-3:] == "600"
    shutil.rmtree(home.state)
    home.document.unlink()
    r = home.run("restore", str(saved))
    assert "before-restore-" in r.stdout
    assert home.document.read_bytes() == before
    s = home.sync()
    assert (s["in_library"], s["fetched"]) == (2, 0)
    assert json.loads(home.run("status", "--json").stdout)["runs_total"] == 2


def test_other_paths_on_another_machine(filled, service, songs, tmp_path):
    saved = filled.top / "likesync.tar.zst"
    filled.run("backup", "--secrets", str(saved))
    top = tmp_path / "other"
    top.mkdir()
    other = Home(top, service, songs)
    other.config(sources="inbox")
    for song in filled.library.glob("*.m4a"):
        shutil.copy(song, other.library)
    r = other.run("restore", str(saved))
    assert "4 entries, 3 of them moved" in r.stdout
    paths = {e["id"]: e["filePath"] for e in other.entries()}
    assert paths["theirs"] == str(other.library / "x\udce9\".mp3")
    assert paths["away"] == "/else/y.mp3"
    assert '"odd": [1.5, {"b": null}]' in other.document.read_text()
    # The token came along, so that nobody must log in.
    s = other.sync()
    assert (s["in_library"], s["fetched"]) == (2, 0)
    origin = json.loads(other.run("history", "--json", "Light").stdout)
    assert origin["tracks"][0]["placed"]["ref"]
    assert str(filled.library) not in (
        other.state / "keep/provenance.jsonl").read_text()


def test_secrets_are_in_it_only_if_asked_for(filled):
    saved = filled.top / "likesync.tar.zst"
    token = json.loads((filled.top / "token.json").read_text())
    secrets = [token["refresh_token"].encode(), b"/ping/me"]
    filled.run("backup", str(saved))
    found = members(saved)
    assert not any(s in data for s in secrets for data in found.values())
    assert b"ping_url was left out" in found["likesync.conf"]
    filled.run("backup", "--secrets", str(saved))
    found = members(saved)
    assert secrets[0] in found["secrets/token.json"]
    assert found["likesync.conf"] == (
        filled.top / "likesync.conf").read_bytes()


def test_a_token_that_stands_is_not_replaced(filled):
    saved = filled.top / "likesync.tar.zst"
    filled.run("backup", "--secrets", str(saved))
    token = filled.top / "token.json"
    newer = json.loads(token.read_text())
    newer["refresh_token"] = "rotated-since"
    token.write_text(json.dumps(newer))
    filled.run("restore", str(saved))
    assert json.loads(token.read_text())["refresh_token"] == "rotated-since"
    assert not list(filled.state.rglob("secrets"))


def test_a_dry_run_and_a_damaged_backup_change_nothing(filled):
    home, saved = filled, filled.top / "likesync.tar.zst"
    home.run("backup", str(saved))
    whole, before = saved.read_bytes(), everything(home)
    files = members(saved)
    assert "nothing was replaced" in home.run(
        "restore", "--dry-run", str(saved)).stdout
    assert everything(home) == before
    half = len(whole) // 2
    bad = {
        "cut": whole[:half], "empty": b"", "text": b"hello",
        # More than what lies between members, where nothing is lost.
        "flipped": whole[:half] + bytes(
            byte ^ 1 for byte in whole[half:half + 256]) + whole[half + 256:],
    }
    for name, data in bad.items():
        (home.top / name).write_bytes(data)
        r = home.run("restore", str(home.top / name), status=1)
        assert name in r.stderr and everything(home) == before
    for name, changed, links in [
            ("unsealed", {k: v for k, v in files.items()
                          if not k.startswith("likesync-backup")}, ()),
            ("other", {**files, "keep/runs.jsonl": b"{}\n"}, ()),
            ("more", {"keep/more.jsonl": b"{}\n", **files}, ()),
            ("outside", {"../../evil": b"x", **files}, ()),
            ("absolute", {str(home.top / "evil"): b"x", **files}, ()),
            ("link", files, [("keep", str(home.top))])]:
        write(home.top / name, changed, links)
        r = home.run("restore", str(home.top / name), status=1)
        assert name in r.stderr and everything(home) == before
    assert not (home.top / "evil").exists()


def test_a_path_that_will_not_do_is_told_as_such(filled):
    for words, wrong in (
            (["backup", str(filled.inbox)], "is a folder; name the file"),
            (["backup", "/no/such"], "/no: No such file"),
            (["restore", "/no/such"], "/no/such: No such file"),
            (["restore", str(filled.inbox)], "inbox: Is a directory")):
        assert wrong in filled.run(*words, status=1).stderr
    assert not list(filled.top.glob("*.new"))


def test_what_is_sealed_but_unfit_is_not_taken(filled):
    home, saved = filled, filled.top / "likesync.tar.zst"
    home.run("backup", str(saved))
    files, before = members(saved), everything(home)
    for name, data in [("index/data.mdb", b"\0" * 8192),
                       ("keep/provenance.jsonl", b"{}\nnot json\n{}\n"),
                       ("document.json", b'{"tracks": [')]:
        seal = json.loads(files["likesync-backup.json"])
        for m in seal["members"]:
            if m["name"] == name:
                m.update(size=len(data),
                         sha256=hashlib.sha256(data).hexdigest())
        write(saved, {**files, name: data,
                      "likesync-backup.json": json.dumps(seal).encode()})
        home.run("restore", str(saved), status=1)
        assert everything(home) == before, name


def damage_pins(home):
    pins = home.state / "keep/pins.jsonl"
    with open(pins, "ab") as f:
        f.write(b"not json\n\0\0\0\0\n[1]\n" + b"x" * (2 << 20) + b"\n")


def damage_provenance(home):
    path = home.state / "keep/provenance.jsonl"
    path.write_bytes(b"\0" * 64 + b"\n" + path.read_bytes() + b'{"torn')


def damage_counters(home):
    (home.state / "keep/counters.json").write_text('{"runs": ')


def damage_record(home):
    runs = home.state / "keep/runs.jsonl"
    runs.unlink()
    os.mkfifo(runs)


def damage_index(home):
    (home.state / "index/data.mdb").write_bytes(b"\0" * 8192)


def damage_document(home):
    shutil.copy(home.document, home.state / "document.last-good")
    home.document.write_text('{"tracks": [')


def damage_both_documents(home):
    damage_document(home)
    (home.state / "document.last-good").write_text("{")


# The last figure is the exit status: 78 for a loss that no run can make good.
@pytest.mark.parametrize("damage, said, status", [
    (damage_pins, "pins.jsonl: 4 damaged lines were left out", 78),
    (damage_provenance, "provenance.jsonl: 1 damaged lines were left out", 78),
    (damage_counters, "counters.json: damaged, left out", 78),
    (damage_record, "runs.jsonl: left out: not a regular file", 78),
    (damage_index, "index", 0),
    (damage_document, "its last good copy was used", 0),
    (damage_both_documents, "it was left out", 78)])
def test_what_is_damaged_is_backed_up_as_far_as_it_is_whole(filled, damage,
                                                            said, status):
    """And restore takes what backup makes."""
    home, saved = filled, filled.top / "likesync.tar.zst"
    whole = home.state / "keep/provenance.jsonl"
    lines = whole.read_bytes()
    damage(home)
    r = home.run("backup", str(saved), status=status)
    assert said in r.stderr
    q = home.run("-q", "backup", str(saved), status=status)
    assert q.stdout == "" and len(q.stderr.splitlines()) == (status > 0)
    if status:
        assert said in q.stderr and "%s: incomplete: " % saved in q.stderr
        assert "restore an older backup" in q.stderr
    files = members(saved)
    assert files["keep/provenance.jsonl"] == lines
    if damage == damage_document:
        assert len(json.loads(files["document.json"])["tracks"]) == 4
    shutil.rmtree(home.state)
    home.document.unlink()
    assert said in home.run("restore", str(saved)).stdout
    assert whole.read_bytes() == lines
    assert home.sync()["fetched"] == 0


def test_a_damaged_ledger_buys_no_caps_by_a_backup(filled, service):
    home, saved = filled, filled.top / "likesync.tar.zst"
    (home.state / "keep/ledger.jsonl").write_bytes(b"\0" * 100 + b"\n")
    home.run("backup", str(saved), status=78)
    shutil.rmtree(home.state)
    home.run("restore", str(saved))
    home.config()
    service.likes.insert(0, row(3, "Cy", "Sea"))
    home.offer("v3", "Cy - Sea", "Cy - Topic")
    s = home.sync(status=None)
    assert s["fetched"] == 0, s


def test_what_stood_is_kept(filled):
    home, saved = filled, filled.top / "likesync.tar.zst"
    home.run("backup", str(saved))
    home.document.write_text('{"tracks": []}')
    (home.state / "keep/provenance.jsonl").write_text("")
    home.run("restore", str(saved))
    assert (home.state / "keep/provenance.jsonl").read_text()
    (kept,) = home.state.glob("before-restore-*")
    assert sorted(p.name for p in kept.iterdir()) == ["index", "keep"]
    assert (kept / "keep/provenance.jsonl").read_text() == ""
    (old,) = home.library.glob("*.json.before-restore-*")
    assert old.read_text() == '{"tracks": []}'
    assert len(home.entries()) == 4


def test_a_restore_buys_no_new_caps(filled, service):
    home, saved = filled, filled.top / "likesync.tar.zst"
    home.run("backup", str(saved))
    home.config()
    service.likes.insert(0, row(3, "Cy", "Sea"))
    home.offer("v3", "Cy - Sea", "Cy - Topic")
    s = home.sync()
    assert s["fetched"] == 1
    home.run("restore", str(saved))
    assert home.sync()["cap_remaining_day"] == s["cap_remaining_day"]


def test_no_restore_beside_a_run_but_a_backup(filled, service):
    home, saved = filled, filled.top / "likesync.tar.zst"
    entered, gate = threading.Event(), threading.Event()
    service.faults = [("/v1/me/tracks", ("call", lambda: (
        entered.set(), gate.wait(60))))]
    run = subprocess.Popen(home.command("sync"), env=home.env(),
                           stderr=subprocess.PIPE)
    assert entered.wait(60)
    home.run("backup", str(saved))
    r = home.run("restore", str(saved), status=75)
    gate.set()
    run.communicate(timeout=60)
    assert "a run is active" in r.stderr and run.returncode == 0
    home.run("restore", str(saved))


def test_a_backup_is_whole_or_the_old_one_stays(filled):
    home, saved = filled, filled.top / "likesync.tar.zst"
    home.run("backup", str(saved))
    whole = saved.read_bytes()
    token = home.top / "token.json"
    token.unlink()
    os.mkfifo(token)
    r = home.run("backup", "--secrets", str(saved), status=78)
    assert str(token) in r.stderr and saved.read_bytes() == whole
    assert {p.name for p in home.top.iterdir()
            if p.name.startswith(("likesync.tar", ".likesync"))} == {
                "likesync.tar.zst"}
    home.run("backup", str(home.top / "none/x.tar.zst"), status=1)


TORTURE = os.environ.get("LIKESYNC_TORTURE") == "1"


def points(steps):
    """The calls at which something gets its place, and some of the others."""
    return [step.n for step in steps if step.n > 0 and (
        TORTURE or step.call in ("rename", "exchange", "link", "unlink") or
        step.n % 6 == 0)]


class Restoring:
    """A machine that is to be restored, again and again, from the same state:
    the backup knows two songs, the machine a third one."""

    def __init__(self, home, songs):
        beside = str(home.top) + "-"
        self.home, self.saved = home, pathlib.Path(beside + "saved")
        self.backup = pathlib.Path(beside + "backup.tar.zst")
        self.log = pathlib.Path(beside + "log")
        home.run("backup", str(self.backup))
        shutil.copy(songs["flac"], home.library / "Cy - Sea.flac")
        home.sync()
        shutil.copytree(home.top, self.saved, symlinks=True)
        self.old = self.parts()

    def begin(self):
        shutil.rmtree(self.home.top)
        shutil.copytree(self.saved, self.home.top, symlinks=True)

    def restore(self, **shim):
        env = {**self.home.env(), "LD_PRELOAD": str(SHIM),
               "LIKESYNC_WORKER": str(BUILD / "likesync-worker"),
               **{"SHIM_" + k.upper(): str(v) for k, v in shim.items()}}
        r = subprocess.run(self.home.command("restore", str(self.backup)),
                           env=env, capture_output=True, text=True,
                           timeout=120)
        return r.returncode, r.stdout + r.stderr

    def parts(self):
        """What is replaced in one step each, as it is now."""
        def of(folder):
            return {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
                    for p in folder.iterdir()
                    if p.name not in ("lock.mdb", "checked")}
        return (of(self.home.state / "keep"), of(self.home.state / "index"),
                self.home.document.read_text())


@needs_shim
def test_a_killed_restore_leaves_each_part_old_or_new(filled, songs):
    r = Restoring(filled, songs)
    status, said = r.restore(log=r.log)
    assert status == 0, said
    new, steps = r.parts(), read_log(r.log)
    assert all(a != b for a, b in zip(r.old, new))
    for n in points(steps):
        r.begin()
        assert r.restore(kill=n)[0] == -9
        assert all(part in both for part, both in
                   zip(r.parts(), zip(r.old, new))), n
        status, said = r.restore()
        assert status == 0 and r.parts() == new, (n, said)
        assert not (r.home.state / "restore.tmp").exists()


@needs_shim
def test_a_restore_that_fails_leaves_all_as_it_was(filled, songs):
    r = Restoring(filled, songs)
    assert r.restore(log=r.log)[0] == 0
    new, steps = r.parts(), read_log(r.log)
    for n in points(steps):
        for fault in ("ENOSPC", "EIO"):
            r.begin()
            status, said = r.restore(fault="%s:%d" % (fault, n))
            assert r.parts() == (new if status == 0 else r.old), (n, said)
            assert status in (0, 1, 78), (n, said)
            assert not (r.home.state / "restore.tmp").exists()


def originals(r):
    """Each folder that stood here, wherever it is now."""
    found = {}
    for top in [r.home.state, *r.home.state.glob("before-restore-*")]:
        for i, name in enumerate(("keep", "index")):
            files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
                     for p in (top / name).glob("*")
                     if p.name not in ("lock.mdb", "checked")}
            if files == r.old[i]:
                found[name] = top
    return found


def test_a_small_backup_does_not_fill_the_disk(filled):
    """Members that shrink to nothing, and one that lies about its size."""
    bomb = filled.top / "bomb.tar.zst"
    kept = everything(filled)
    for name in ("keep/ledger.jsonl", "document.json", "index/data.mdb",
                 "likesync.conf", "likesync-backup.json"):
        write(bomb, {name: bytes(300 << 20)})
        assert bomb.stat().st_size < 100_000
        r = filled.run("restore", str(bomb), status=1)
        assert "not a complete backup" in r.stderr and everything(filled) == kept
        assert not (filled.state / "restore.tmp").exists()
    holes = tarfile.TarInfo("document.json")
    holes.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1",
                         "GNU.sparse.name": "document.json",
                         "GNU.sparse.size": str(40 << 30),
                         "GNU.sparse.map": "0,1,%d,1" % ((40 << 30) - 1)}
    holes.size = 2
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w",
                      format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(holes, io.BytesIO(b"[]"))
    bomb.write_bytes(subprocess.run(["zstd", "-cq"], input=plain.getvalue(),
                                    capture_output=True, check=True).stdout)
    r = filled.run("restore", str(bomb), status=1)
    assert "unpacks to far more" in r.stderr and everything(filled) == kept


@needs_shim
def test_what_cannot_be_put_back_is_kept(filled, songs):
    """A disk that is full stays so: putting back fails as well."""
    r = Restoring(filled, songs)
    status, kept, n = 1, 0, 120     # long before the first exchange
    while status != 0 and n < 300:
        n += 1
        r.begin()
        status, said = r.restore(fault="ENOSPC:%d+" % n)
        where = originals(r)
        assert set(where) == {"keep", "index"}, (n, said)
        for top in {*where.values()} - {r.home.state} if status else ():
            assert "could not be put back" in said and str(top) in said
            kept += 1
    assert status == 0 and kept > 0
