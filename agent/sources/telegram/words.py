# SPDX-License-Identifier: GPL-3.0-or-later
"""What texts of bots mean: pure functions. All texts are cut before they come
here; nothing of them is trusted."""
import re
import unicodedata

MAX_TITLE = 300     # characters of a candidate's title

# How bots say that they have nothing; compared as fold() writes it.
NOTHING = tuple("""
not found|nothing found|nothing was found|no results|no result|no matches
couldn t find|could not find|can t find|cannot find|unable to find|did not find
didn t find|not available|isn t available|is unavailable|no tracks
nicht gefunden|nichts gefunden|keine ergebnisse|kein ergebnis|nicht verfugbar
no encontr|sin resultados|no se encontr|no disponible
introuvable|aucun resultat|rien trouve|pas trouve|indisponible
non trovat|nessun risultato|nao encontr|nenhum resultado
nie znaleziono|brak wynikow|hittades inte|niet gevonden|geen resultaten
ничего не наид|не наиден|не удалось наити|не нашел|нет результатов|недоступ
ничого не знаид|не знаидено|bulunamadi|sonuc yok|未找到|找不到|没有找到|無結果
見つかりません|찾을 수 없
""".strip().replace("\n", "|").split("|"))

LIMIT = re.compile(
    r"too many|too fast|slow down|rate limit|limit (was |is )?(reached|"
    r"exceeded)|(daily|hourly) limit|try again (in|after) (a |an )?\d|"
    r"wait (for )?\d+ ?(s|m|h)|слишком много|слишком часто|zu viele")
SPAN = re.compile(r"(\d{1,6}) ?(h|hour|st|час|m|min|мин|s|sec|сек)")
DURATION = re.compile(
    r"[\[(]?(?<![\d:])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?![\d:])[\])]?")
NUMBER = re.compile(r"^\W*(\d{1,3})\s*(?:[.):\]]|\ufe0f?\u20e3|[-–—]\s)\s*")

# Better first.
FORMATS = (("flac", "alac", "lossless", "wav", "aiff", "hires", "16bit",
            "24bit"),
           ("320", "320kbps", "320k"), ("m4a", "aac", "256", "256kbps"),
           ("opus", "ogg", "vorbis"), ("mp3", "hq", "high"),
           ("192", "192kbps", "128", "128kbps", "low"),
           ("audio", "download", "get", "file", "mb", "kbps", "bit", "khz",
            "скачать", "descargar", "telecharger", "herunterladen"))


def fold(text):
    """Lower case without accents and punctuation, single blanks."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text))


def plain(text, most=MAX_TITLE):
    """One line without control characters, pictures and marks of direction."""
    kept = "".join(
        " " if c.isspace() or unicodedata.category(c) in ("Cc", "Zl", "Zp")
        else "" if unicodedata.category(c) in ("So", "Sk", "Cf", "Cs", "Co",
                                               "Cn") else c
        for c in text[:4 * most])
    return " ".join(kept.split())[:most].strip()


def core(title):
    """The title without version and guests."""
    return re.split(r" - | \(| \[", title)[0] or title


def has_words(words, text):
    """Do the words follow each other in the text? Both folded."""
    return bool(words) and " %s " % words in " %s " % text


class Track:
    """As likesync describes it in a request."""

    def __init__(self, members):
        self.title = str(members.get("title", ""))
        self.artists = [str(a) for a in members.get("artists", [])]
        self.duration = float(members.get("duration") or 0)
        id = str(members.get("spotify_id") or "")
        self.id = id if re.fullmatch(r"[0-9A-Za-z]{1,64}", id) else None
        self.key = self.id or "-" + fold(" ".join(
            self.artists[:1] + [self.title])).replace(" ", "-")[:60]

    def text(self):
        """What a bot is sent: the link, or the names if there is none."""
        if self.id:
            return "https://open.spotify.com/track/" + self.id
        return plain("%s - %s" % (", ".join(self.artists[:3]), self.title))

    def is_in(self, text):
        """Does the text name this track, or its link?"""
        if self.id and self.id in text:
            return True
        text = fold(text)
        return has_words(fold(core(self.title)), text) and any(
            has_words(fold(a), text) for a in self.artists)

    def members(self):
        return {"title": self.title, "artists": self.artists,
                "duration": self.duration, "spotify_id": self.id}


def seconds(match):
    hours, minutes, rest = match.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(rest)


def read_label(label):
    """(title, seconds or 0) of a row such as "1. A - B [3:20]"."""
    found = list(DURATION.finditer(label))
    length = seconds(found[-1]) if found else 0
    if found:
        label = label[:found[-1].start()] + " " + label[found[-1].end():]
    return plain(NUMBER.sub("", label, 1)).strip(" |·•-–—"), length


def number_of(label):
    """The number that a label is nothing else than, or None."""
    digits = re.fullmatch(r"\W*(\d{1,3})\W*", plain(label))
    return int(digits.group(1)) if digits else None


def numbered_lines(text):
    """{number: line} of a text that lists what buttons choose by number."""
    lines = {}
    for line in text.splitlines():
        found = NUMBER.match(line)
        if found and len(lines) < 100:
            lines.setdefault(int(found.group(1)), line)
    return lines


def format_rank(label):
    """How good a format the label names, 0 best; None: it names none, or
    more than that."""
    label = re.sub(r"\d+([.,]\d+)? ?(mb|мб|mib|khz|bit)\b", " ", label.lower())
    words = fold(label).split()
    ranks = [next((i for i, names in enumerate(FORMATS) if w in names), None)
             for w in words]
    return None if not ranks or None in ranks else min(ranks)


def says_nothing(text, more=()):
    text = fold(text[:1000])
    return any(words in text for words in NOTHING) or any(
        fold(words) and fold(words) in text for words in more)


def says_limit(text):
    """Seconds to leave the bot alone, or 0."""
    text = fold(text[:1000])
    if not LIMIT.search(text):
        return 0
    span = SPAN.search(text)
    unit = {"h": 3600, "s": 1, "m": 60, "ч": 3600, "с": 1, "м": 60}
    if not span:
        return 900
    word = span.group(2)
    factor = 3600 if word in ("st", "час") else unit[word[0]]
    return max(1, min(int(span.group(1)) * factor, 86400))
