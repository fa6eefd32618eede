# SPDX-License-Identifier: GPL-3.0-or-later
"""A bot's message as what it is: a file, a menu, a text. At most MAX_ROWS
buttons and MAX_TEXT characters of it are looked at."""
import hashlib
import os
from dataclasses import dataclass, field

from telethon.tl import types

from . import words

FILE, MENU, NOTHING, LIMIT, PICTURE, TEXT = (
    "file", "menu", "nothing", "limit", "picture", "text")
MAX_TEXT = 4096
MAX_ROWS = 100
SUFFIXES = {
    ".flac": "flac", ".mp3": "mpeg", ".m4a": "mp4", ".ogg": "ogg",
    ".opus": "opus", ".wav": "wav", ".aif": "aiff", ".aiff": "aiff",
    ".wma": "x-ms-wma", ".ape": "ape", ".wv": "wavpack", ".mp4": "mp4"}
# These only: others open a page, pay, or send who and where the user is.
PRESSED = (types.KeyboardButtonCallback, types.KeyboardButton)


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


@dataclass
class Row:
    """A button, as a candidate."""
    message: int
    label: str
    title: str
    duration: int
    data: bytes = None      # None: pressing it sends its label
    rank: int = None        # of the format that it names

    @property
    def digest(self):
        name = "%s %d" % (words.fold(self.title), self.duration)
        return digest(name if self.rank is None else
                      "%s %s" % (name, words.fold(self.label)))


@dataclass
class File:
    """An audio file, before it is downloaded."""
    message: int
    document: object
    title: str
    artist: str
    name: str
    duration: int
    size: int
    suffix: str

    @property
    def digest(self):
        return digest("%d %s %s" % (self.size, self.name, self.title))

    def text(self):
        return " ".join((self.artist, self.title, self.name))


@dataclass
class Reply:
    id: int
    kind: str
    text: str
    reply_to: int = None
    rows: list = field(default_factory=list)
    file: File = None
    wait: int = 0           # seconds; of LIMIT

    def all_text(self):
        """What it can be recognised by."""
        return " ".join([self.text] + [r.label for r in self.rows] +
                        ([self.file.text()] if self.file else []))


def read_file(message):
    """The audio file that the message carries, or None."""
    document = getattr(message.media, "document", None)
    if not isinstance(document, types.Document):
        return None
    audio, name = None, ""
    for a in document.attributes:
        if isinstance(a, types.DocumentAttributeAudio):
            audio = a
        elif isinstance(a, types.DocumentAttributeFilename):
            name = os.path.basename(a.file_name.replace("\\", "/"))[-200:]
    stem, suffix = os.path.splitext(words.plain(name))
    suffix = suffix.lower()
    kind = str(document.mime_type).split("/")
    if suffix not in SUFFIXES:
        suffix = next((s for s, m in SUFFIXES.items() if kind[0] == "audio"
                       and kind[-1].removeprefix("x-") == m), None)
    if audio is not None and audio.voice:
        return None
    if suffix is None and audio is None and kind[0] != "audio":
        return None
    return File(message.id, document,
                words.plain(audio and audio.title or stem),
                words.plain(audio and audio.performer or ""), stem,
                max(0, int(audio.duration)) if audio else 0,
                int(document.size), suffix or ".mp3")


def buttons(markup):
    if not isinstance(markup, (types.ReplyInlineMarkup,
                               types.ReplyKeyboardMarkup)):
        return
    seen = 0
    for row in markup.rows:
        for button in row.buttons:
            seen += 1
            if seen > MAX_ROWS:
                return
            if type(button) in PRESSED and not getattr(
                    button, "requires_password", False):
                yield button


def card(text):
    """(title, seconds) of a text that describes one track, above buttons
    that name formats."""
    lines = [line for line in text.splitlines() if words.plain(line)]
    _, length = words.read_label(text)
    return (words.read_label(lines[0])[0] if lines else ""), length


def read_rows(message, text):
    lines = words.numbered_lines(text)
    rows = []
    for button in buttons(message.reply_markup):
        label = button.text[:words.MAX_TITLE]
        number, rank = words.number_of(label), words.format_rank(label)
        if number is not None and number in lines:
            title, length = words.read_label(lines[number])
            rank = None
        elif rank is not None:
            title, length = card(text)
        else:
            title, length = words.read_label(label)
        if title and words.fold(title):
            rows.append(Row(message.id, label, title, length,
                            getattr(button, "data", None), rank))
    return sorted(rows, key=lambda r: -1 if r.rank is None else r.rank)


def read(message, nothing=()):
    """nothing: more texts that mean so."""
    text = (message.message or "")[:MAX_TEXT]
    header = message.reply_to
    reply = Reply(message.id, TEXT, text,
                  header.reply_to_msg_id if header else None)
    reply.file = read_file(message)
    reply.rows = read_rows(message, text) if not reply.file else []
    reply.wait = words.says_limit(text)
    if reply.file:
        reply.kind = FILE
    elif words.says_nothing(text, nothing):
        reply.kind, reply.rows = NOTHING, []
    elif reply.rows:
        reply.kind = MENU
    elif reply.wait:
        reply.kind = LIMIT
    elif isinstance(message.media, types.MessageMediaPhoto):
        reply.kind = PICTURE
    return reply
