# SPDX-License-Identifier: GPL-3.0-or-later
"""`likesync source-test` holds a program against docs/sources.md."""
import os
import subprocess

import pytest
from conftest import LIKESYNC
from test_exec_source import BAD, EXAMPLES, PROGRAM, START


@pytest.fixture
def source(tmp_path, songs):
    """Tests a program, changed by code; returns status, results, and what
    was printed as an error."""
    music, program = tmp_path / "music", tmp_path / "program"
    music.mkdir()
    os.link(songs["mp3-short"], music / "Ada - Light.mp3")

    def test(code="", *options, config=(), text=None, mode=0o755):
        program.write_text(text or PROGRAM.replace("#CHANGE", code))
        program.chmod(mode)
        (tmp_path / "tmp").mkdir(exist_ok=True)
        r = subprocess.run(
            [LIKESYNC, *config, "source-test", *options, str(program), "--",
             str(music)], capture_output=True, text=True, timeout=120,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
        assert list((tmp_path / "tmp").iterdir()) == []
        return r.returncode, r.stdout, r.stderr
    return test


# It answers what it does not have with an error, as the page asks for.
WELL = r'''
whole = fetch
def fetch(r):
    if os.path.exists(os.path.join(MUSIC, r["ref"])):
        whole(r)
    else:
        error(r, "not_found")
'''


def test_a_good_program_passes(source):
    status, out, err = source(WELL, "--track", "Ada - Light")
    assert (status, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["ok", check] for check in ("start", "search", "parallel", "cancel",
                                    "unknown", "end")]
    assert "1 candidate" in out and "2 searches at once" in out


def test_a_track_is_invented_if_none_is_named(source):
    status, out, _ = source(WELL)
    assert status == 0 and "0 candidates" in out


@pytest.mark.parametrize("code, check, words", [
    ("sys.exit(3)", "start", "ended with status 3"),
    ("print('hi', flush=True)", "start", "no message of the protocol: hi"),
    (START["it speaks another protocol"][0], "start", "protocol 2"),
    (WELL + "def search(r): say('candidates', r['id'], "
     "candidates=[{'title': 'x'}])", "search", "1 of 1 candidates"),
    (WELL + "def search(r): error(r, 'temporary')", "search",
     "as the test wants"),
    (WELL + "def search(r): say('done', r['id'], file='x')", "search",
     "does not fit"),
    ("def fetch(r): say('done', r['id'], file='x')", "unknown",
     "answered with a file"),
    ("def fetch(r): error(r, 'temporary')", "unknown", "another error"),
    (BAD["it ends in a fetch"][0], "unknown", "a bug"),
    (WELL + "import atexit\natexit.register(os._exit, 4)", "end",
     "ended with status 4"),
])
def test_each_fault_is_named(source, code, check, words):
    status, out, err = source(code, "--track", "Ada - Light")
    failed = [line for line in out.splitlines() if line.startswith("FAILED")]
    assert (status, err, len(failed)) == (1, "", 1), out
    assert failed[0].split()[1] == check and words in failed[0]


def test_answers_that_wait_for_each_other_are_found(source):
    """It says that it works on two requests at once, and does not."""
    code = WELL + r'''
first = None
def search(r):
    global first
    if first is None:
        first = r["id"]
    elif r["id"] == first + 2:
        sys.exit("two at once")
    say("candidates", r["id"], candidates=[])
'''
    status, out, _ = source(code)
    assert status == 1 and "FAILED parallel" in out and "two at once" in out


def test_a_download_counts_against_the_caps(source, home):
    home.config()
    config = ("-c", str(home.top / "likesync.conf"))
    status, out, _ = source(WELL, "--track", "Ada - Light", "--fetch",
                            config=config)
    assert status == 0, out
    assert out.splitlines()[-1].split()[:3] == ["ok", "fetch",
                                                "Ada"]
    assert "8.0 s" in out
    assert [e["source"] for e in home.ledger()] == ["source-test"]
    home.config(fetch="per_hour = 1")
    status, out, err = source(WELL, "--track", "Ada - Light", "--fetch",
                              config=config)
    assert (status, out) == (1, "") and "cap" in err
    assert len(home.ledger()) == 1


def test_a_download_that_is_no_music_is_found(source, home, tmp_path):
    code = WELL + r'''
def fetch(r):
    if not os.path.exists(os.path.join(MUSIC, r["ref"])):
        return error(r, "not_found")
    with open(r["folder"] + "/x.mp3", "w") as f:
        f.write("<html>" * 1000)
    say("done", r["id"], file="x.mp3")
'''
    home.config()
    status, out, _ = source(code, "--track", "Ada - Light", "--fetch",
                            config=("-c", str(home.top / "likesync.conf")))
    assert status == 1 and "FAILED fetch" in out


@pytest.mark.parametrize("words", [
    [], ["--track", "Light", "x"], ["--fetch", "x"], ["--state", "x", "x"]])
def test_a_wrong_call_is_usage(words):
    r = subprocess.run([LIKESYNC, "source-test", *words],
                       capture_output=True, text=True, timeout=60)
    assert r.returncode == 64 and "source-test" in r.stderr


def test_the_example_in_shell_passes(source):
    status, out, _ = source(text=(EXAMPLES / "folder.sh").read_text())
    assert status == 0, out
