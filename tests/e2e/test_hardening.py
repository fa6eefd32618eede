# SPDX-License-Identifier: GPL-3.0-or-later
"""What compiler and linker were told for safety's sake, looked for in what
they made."""
import functools
import os
import pathlib
import re
import subprocess

import pytest
from conftest import LIKESYNC

BUILD = pathlib.Path(LIKESYNC).resolve().parent
PROGRAMS = ["likesync", "likesync-worker", "likesync-web"]
STALE = "; a build folder of older flags? make clean"


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True,
                          timeout=60, env={**os.environ, "LC_ALL": "C"}).stdout


@functools.cache
def readelf(option, name):
    return said("readelf", "--wide", option, str(BUILD / name))


@functools.cache
def code(name):
    return said("objdump", "-d", "--no-show-raw-insn", str(BUILD / name))


def sanitized(name):
    return "__asan_init" in readelf("--dyn-syms", name)


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


@pytest.fixture
def shipped(program):
    """A sanitizer sees more than these, and has no use for them."""
    if sanitized(program):
        pytest.skip("built for a sanitizer")
    return program


def test_it_lies_where_nobody_knows(program):
    assert re.search(r"Type:\s+DYN", readelf("--file-header", program))
    assert re.search(r"FLAGS_1.*\bPIE\b", readelf("--dynamic", program))


def test_where_calls_lead_is_settled_and_sealed_at_the_start(program):
    assert "GNU_RELRO" in readelf("--segments", program)
    assert re.search(r"FLAGS_1.*\bNOW\b", readelf("--dynamic", program))


def test_nothing_is_both_written_and_run(program):
    segments = re.findall(r"^\s+(LOAD|GNU_STACK)\s+(?:0x\w+\s+){5}([RWE ]{3})",
                          readelf("--segments", program), re.M)
    assert {kind for kind, _ in segments} == {"LOAD", "GNU_STACK"}
    assert not [s for s in segments if "W" in s[1] and "E" in s[1]]
    assert "TEXTREL" not in readelf("--dynamic", program)


def test_libraries_are_those_of_the_system(program):
    assert not re.search("RPATH|RUNPATH", readelf("--dynamic", program))


def test_stacks_are_guarded_and_copies_are_counted(shipped):
    symbols = readelf("--dyn-syms", shipped)
    assert "__stack_chk_fail" in symbols
    assert len(set(re.findall(r"\b__\w+_chk\b", symbols))) >= 3


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="looks at code")
def test_a_large_frame_touches_each_of_its_pages(shipped):
    assert re.search(r"\bor[lq]\s+\$0x0,(0x\w+)?\(%rsp\)",
                     code(shipped)), "no probes" + STALE


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="is Intel's")
def test_jumps_land_where_they_may(shipped):
    """The code of each; the note only says so if the C library's part of the
    program, too, was built for it."""
    text = code(shipped)
    main = re.search(r"<main>:\n(.*)\n", text).group(1)
    assert "endbr64" in main, "no landing places" + STALE
    starts = [said("readelf", "-n", said("cc", "-print-file-name=" + f).strip())
              for f in ("Scrt1.o", "crti.o", "crtn.o", "crtbeginS.o")]
    if all("IBT" in s and "SHSTK" in s for s in starts):
        note = readelf("--notes", shipped)
        assert "IBT" in note and "SHSTK" in note
