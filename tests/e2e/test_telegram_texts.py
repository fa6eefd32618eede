# SPDX-License-Identifier: GPL-3.0-or-later
"""How likesync-telegram reads what bots write: its pure functions."""
import os
import sys

import pytest
from conftest import LIKESYNC
from telethon.crypto import libssl

sys.path.insert(0, os.path.join(os.path.dirname(LIKESYNC),
                                "likesync-telegram"))
from likesync_telegram import ige, settings, words  # noqa: E402
from likesync_telegram.problem import Problem  # noqa: E402


@pytest.mark.parametrize("text, nothing, limit", [
    ("Nothing found for your query", True, 0),
    ("❌ Track not found!", True, 0),
    ("I couldn't find that one", True, 0),
    ("Keine Ergebnisse.", True, 0),
    ("Nicht verfügbar", True, 0),
    ("No se encontró nada", True, 0),
    ("Aucun résultat", True, 0),
    ("Ничего не найдено", True, 0),
    ("Трек не найден", True, 0),
    ("找不到", True, 0),
    ("Searching...", False, 0),
    ("Please wait, downloading your track", False, 0),
    ("Found 3 results", False, 0),
    ("Too many requests. Try again in 2 minutes", False, 120),
    ("Slow down! Wait 30 seconds", False, 30),
    ("Daily limit reached", False, 900),
    ("Try again in 100 hours", False, 86400),
    ("wait 45s please", False, 45),
])
def test_texts_mean_what_they_say(text, nothing, limit):
    assert words.says_nothing(text) == nothing
    assert words.says_limit(text) == limit


@pytest.mark.parametrize("label, title, length", [
    ("1. Ada - Light (3:20)", "Ada - Light", 200),
    ("12) Ada – Light [03:20]", "Ada – Light", 200),
    ("3️⃣ Ada - Light", "Ada - Light", 0),
    ("🎧 Ada - Light | 3:20", "Ada - Light", 200),
    ("Ada - 99 Problems", "Ada - 99 Problems", 0),
    ("4 Non - Light 1:03:20", "4 Non - Light", 3800),
    ("Ada - 12:51 (2:33)", "Ada - 12:51", 153),
    ("Light\n\tby Ada", "Light by Ada", 0),
])
def test_a_label_is_a_title_and_a_length(label, title, length):
    assert words.read_label(label) == (title, length)


@pytest.mark.parametrize("label, rank", [
    ("FLAC", 0), ("⬇ FLAC (24.5 MB)", 0), ("MP3 320", 1), ("320kbps", 1),
    ("MP3", 4), ("MP3 128", 4), ("Download", 6), ("Light", None),
    ("Ada - FLAC", None), ("", None), ("FLAC 24bit 96 kHz", 0),
])
def test_formats_are_told_from_titles(label, rank):
    assert words.format_rank(label) == rank


def test_a_track_is_known_by_its_names_or_its_link():
    track = words.Track({"artists": ["Adá", "Bo"], "spotify_id": "x" * 22,
                         "title": "Light - Remastered (feat. Bo)"})
    for text in ("ADA - LIGHT", "Light by Ada.flac", "light  (Bo)",
                 "https://open.spotify.com/track/" + "x" * 22 + "?si=1"):
        assert track.is_in(text), text
    for text in ("Ada - Lights", "Light", "Ada", "", "Cy - Light"):
        assert not track.is_in(text), text
    assert words.Track({"artists": ["Ada"], "title": "Light\n"}).text() == \
        "Ada - Light"
    assert words.Track({"artists": ["A"], "title": "B",
                        "spotify_id": "../x"}).id is None


@pytest.mark.parametrize("text, well", [
    ("api_id = 123\napi_hash = %s\n" % ("0a" * 16), True),
    ("123\r\n%s" % ("0A" * 16), True),
    ("# of mine\n\n 123 \n%s\n" % ("0a" * 16), True),
    ("123\n", False), ("", False), ("x\n%s" % ("0a" * 16), False),
    ("123\n%s" % ("0a" * 15), False), ("1\n%s\n2" % ("0a" * 16), False),
    ("\udcff", False)])
def test_a_file_of_credentials_has_two_values(tmp_path, text, well):
    path = tmp_path / "api"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    if well:
        id, hash = settings.read_api(path)
        assert id == 123 and hash.lower() == "0a" * 16
    else:
        with pytest.raises(Problem, match="expected two lines|is no text"):
            settings.read_api(path)
    path.chmod(0o604)
    with pytest.raises(Problem, match="chmod 600"):
        settings.read_api(path)


def test_aes_is_what_telethon_computes():
    key, iv, data = os.urandom(32), os.urandom(32), os.urandom(4096)
    hidden = libssl.encrypt_ige(data, key, iv)
    old = libssl.encrypt_ige, libssl.decrypt_ige
    ige.install()
    try:
        assert libssl.encrypt_ige is not old[0]
        assert libssl.encrypt_ige(data, key, iv) == hidden
        assert libssl.decrypt_ige(bytearray(hidden), key, iv) == data
    finally:
        libssl.encrypt_ige, libssl.decrypt_ige = old


def test_the_pause_is_three_seconds_or_more():
    words = ["serve", "--api", "x"]
    assert settings.parse(words).pause == 3
    assert settings.parse(words + ["--pause", "1"]).pause == 3
    assert settings.parse(words + ["--pause", "5"]).pause == 5
    assert settings.parse(words + ["--bots", "@a_bot, b_bot,a_bot"]).bots == [
        "a_bot", "b_bot"]
    for bots in ("a bot", "", "bot/../x", "x", "https://t.me/a_bot"):
        with pytest.raises(SystemExit):
            settings.parse(words + ["--bots", bots])
