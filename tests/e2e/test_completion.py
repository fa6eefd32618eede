# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shells offer, asked of the shells themselves."""
import re
import shutil
import subprocess

import pytest
from conftest import LIKESYNC


def run(*command, status=0):
    r = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert r.returncode == status, r.stderr
    return r.stdout


def script(shell, tmp_path):
    path = tmp_path / ("likesync." + shell)
    path.write_text(run(LIKESYNC, "completion", shell))
    return path


def commands():
    text = run(LIKESYNC, "--help").split("\n\n")[1]
    return re.findall(r"^  (\S+) ", text, re.M)


def options(*words):
    text = run(LIKESYNC, *words, "--help")
    return set(re.findall(r"^  (--?\S+) ", text, re.M)) | {"--help"}


def bash(path, *words):
    """What bash offers for the last of these words."""
    code = ('source "$1"; shift; COMP_WORDS=(likesync "$@"); COMP_CWORD=$#; '
            '_likesync; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(run("bash", "--norc", "-c", code, "-", str(path),
                   *words).split("\n")) - {""}


def fish(path, *words):
    line = " ".join(("likesync",) + words)
    answer = run("fish", "--no-config", "-c",
                 'source $argv[1]; complete -C "$argv[2]"', str(path), line)
    return {row.split("\t")[0] for row in answer.split("\n")} - {""}


def zsh(path, *words):
    """What the script tells zsh's _arguments and _describe, which say it to
    the person who types: the words before the last are typed already."""
    code = ('compdef() { : }; _describe() { print -rl -- ${(P)2%%:*} }; '
            '_arguments() { if [[ -n $first ]]; then first=; '
            'if (( $#words == 1 )); then state=command; fi; '
            'else print -rl -- "$@"; fi }; '
            'source $1; shift; first=yes; words=("$@"); _likesync')
    told = run("zsh", "-f", "-c", code, "-", str(path), *words)
    found = set()
    for row in told.split("\n"):
        choice = re.match(r"1:verb:\((.*)\)$", row)
        if choice:
            found |= set(choice[1].split())
        elif not row.startswith("*::"):
            found.add(row.split("[")[0])
    return found - {"", "-C"}


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


@pytest.fixture(params=sorted(SHELLS))
def offer(request, tmp_path):
    """offer(WORD, ..., WORD-THAT-IS-BEGUN)"""
    assert shutil.which(request.param), request.param + " is not installed"
    path = script(request.param, tmp_path)
    run(request.param, "-n", str(path))
    return lambda *words: SHELLS[request.param](path, *words)


def test_every_command_is_offered(offer):
    assert set(commands()) <= offer("")


def test_every_option_of_every_command_is_offered(offer):
    for command in commands():
        if command in ("auth", "completion"):
            continue
        found = offer(command, "-")
        wanted = options(command)
        assert wanted <= found, command
        assert found - wanted <= {"*:file:_files", "-h"}, command


def test_verbs_are_offered_and_then_their_options(offer):
    assert offer("auth", "") >= {"login", "import", "status", "logout"}
    assert offer("completion", "") >= {"bash", "zsh", "fish"}


def test_a_verb_has_options_of_its_own(tmp_path):
    for shell in ("bash", "fish"):
        found = SHELLS[shell](script(shell, tmp_path), "auth", "login", "--")
        assert found == options("auth", "login"), shell


def test_words_that_are_options_values_are_left_alone(tmp_path):
    path = script("bash", tmp_path)
    assert bash(path, "sync", "--limit", "") == set()
    assert "--json" in bash(path, "-c", "/etc/hosts", "sync", "--limit", "5",
                            "--")


def test_files_are_offered_where_files_are_taken(tmp_path):
    (tmp_path / "a song.mp3").write_text("")
    begun = str(tmp_path / "a so")
    for shell in ("bash", "fish"):
        path = script(shell, tmp_path)
        found = SHELLS[shell](path, "analyze", begun.replace(" ", "\\ ")
                              if shell == "fish" else begun)
        assert any("song.mp3" in f for f in found), shell
        assert not SHELLS[shell](path, "sync", begun[:-3]), shell


def test_an_unknown_shell_is_bad_usage():
    run(LIKESYNC, "completion", "csh", status=64)
    run(LIKESYNC, "completion", status=64)
