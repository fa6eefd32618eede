# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shell's completion, run by that shell and compared with --help."""
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import LIKESYNC

FOLDER = pathlib.Path(__file__).parents[2] / "etc/completion"
FILES = {"bash": FOLDER / "likesync.bash", "zsh": FOLDER / "_likesync",
         "fish": FOLDER / "likesync.fish"}


def run(*command):
    r = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert r.returncode == 0, r.stderr
    return r.stdout


def commands():
    """Each command with its summary."""
    text = run(LIKESYNC, "--help").split("\n\n")[1]
    return dict(re.findall(r"^  (\S+) +(.*)$", text, re.M))


def verbs(command):
    usage = run(LIKESYNC, command, "--help").split("\n")[0]
    return [word for word in usage.split()[3:] if word != "|"]


def options(*words):
    """Each option with its text."""
    text = run(LIKESYNC, *words, "--help")
    return dict(re.findall(r"^  (--?\S+)(?: [A-Z/]+)?  +(.*)$", text, re.M))


PLACES = [[c] for c in commands() if c != "auth"] + [
    ["auth", verb] for verb in verbs("auth")]


def bash(*words):
    """What bash offers for the last of these words."""
    code = ('source "$1"; shift; COMP_WORDS=(likesync "$@"); COMP_CWORD=$#; '
            '_likesync; printf "%s\\n" "${COMPREPLY[@]}"')
    answer = run("bash", "--norc", "-c", code, "-", str(FILES["bash"]), *words)
    return dict.fromkeys(set(answer.split("\n")) - {""})


def fish(*words):
    """What fish offers, with its text."""
    answer = run("fish", "--no-config", "-c",
                 'source $argv[1]; complete -C "$argv[2]"', str(FILES["fish"]),
                 " ".join(("likesync",) + words))
    rows = [row.partition("\t") for row in answer.split("\n") if row]
    return {name: text for name, _, text in rows}


def zsh(*words):
    """What the script hands to zsh's _arguments and _describe, with its text.
    All words but the last are typed already."""
    code = ('compdef() { : }; _describe() { print -rl -- ${(P)2} }; '
            '_arguments() { if (( nth++ < depth )); then '
            'words=("${(@)words[2,-1]}"); '
            '(( $#words > 1 )) || state=command; '
            'else print -rl -- "$@"; fi }; '
            'source $1; depth=$2; shift 2; nth=0; words=(likesync "$@"); '
            '_likesync')
    answer = run("zsh", "-f", "-c", code, "-", str(FILES["zsh"]),
                 str(max(len(words) - 1, 1)), *words)
    found = {}
    for row in answer.split("\n"):
        option = re.match(r"(--?[a-z-]+)\[((?:[^]\\]|\\.)*)\]", row)
        command = re.match(r"([a-z-]+):(.*)$", row)
        choice = re.match(r"1:verb:\((.*)\)$", row)
        if choice:
            found.update(dict.fromkeys(choice[1].split()))
        elif option or command:
            name, text = (option or command).groups()
            found[name] = re.sub(r"\\(.)", r"\1", text)
    return found


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


@pytest.fixture(params=sorted(SHELLS))
def shell(request):
    assert shutil.which(request.param), request.param + " is not installed"
    return request.param


def offered(found):
    return {name for name in found if name not in ("-h", "--help")}


def test_each_file_is_valid_in_its_shell(shell):
    run(shell, "-n", str(FILES[shell]))


def test_every_command_is_offered_and_no_other(shell):
    found = SHELLS[shell]("")
    assert {name for name in found if name[0] != "-"} == set(commands())
    for name, summary in commands().items():
        assert found[name] in (summary, None), name


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_the_options_of_a_command_are_offered_and_no_others(shell, place):
    found = SHELLS[shell](*place, "-")
    wanted = options(*place)
    assert offered(found) == set(wanted)
    assert "--help" in found
    for name, text in wanted.items():
        assert found[name] in (text, None), name


def test_verbs_are_offered(shell):
    found = SHELLS[shell]("auth", "")
    assert {name for name in found if name[0] != "-"} == set(verbs("auth"))


def test_the_value_of_an_option_is_not_taken_for_a_word():
    assert not bash("sync", "--limit", "")
    assert "--json" in bash("-c", "/etc/hosts", "sync", "--limit", "5", "--")


def test_files_are_offered_where_files_are_expected(tmp_path):
    (tmp_path / "a song.mp3").write_text("")
    begun = str(tmp_path / "a so")
    assert any("song.mp3" in f for f in bash("analyze", begun))
    assert any("song.mp3" in f for f in fish("analyze",
                                             begun.replace(" ", "\\ ")))
    assert any("song.mp3" in f for f in bash("report", "-o", begun))
    for words in (["sync"], ["report"]):
        assert not bash(*words, begun[:-3])
        assert not fish(*words, begun[:-3])
