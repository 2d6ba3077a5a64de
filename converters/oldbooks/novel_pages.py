"""How does a page of chinese-novel become lines of text? As a browser would show them, less what is not the book.

Markup, menus and scripts go; headings inside a page are told from paragraphs; indents, the numbers of items, sources
and collation notes of editors and the name of the web site are layout.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from converters.oldbooks import diction
from converters.script import simplified, simplified_modern
from converters.text import HAN, punctuated, tidy

MARK_HEADING = "\uf8ff"  # begins a line that is a heading

_SCRIPT = re.compile(r"<script\b[^>]*>.*?(?:</script>|$)|<button\b[^>]*>.*?</button>|<script></div>", re.DOTALL)
_HEADING = re.compile(r"<(?:font|h[1-6])\b[^>]*>\s*([^<>]{1,24}?)\s*(?:</(?:font|h[1-6])[^>]*>|<br\s*/?>)")
_BREAK = re.compile(r"</?(?:br|p|div|h[1-6]|li|blockquote|table|tr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
# Blanks of a Chinese character set that were turned into private-use characters.
_BLANKS = str.maketrans("\ue003\ue004\ue4c6\u00a0\t", "     ")
# An indent after the end of a sentence is a paragraph that lost its line break.
_INDENT = re.compile(r"(?<=[。！？”’])(?:[\u3000 ]{4,}|\u3000{2,})")
_ITEM_NUMBER = re.compile(r"(?:(?<=^)|(?<=\n)|(?<=[。！？”’」』])[ \u3000]*)(\d{1,3})[、．.]?(?=[\u4e00-\u9fff])")
_SOURCE = re.compile(r"（(?:原缺)?出[^（）]*）")
# What an editor says of the text, not what its author says: （甚，明抄本作前）.
_COLLATION = re.compile(
    r"[（(][^（）()]*(?:[抄钞刊原稿明刻]本|原[作缺无]|[下上]字|字[原下上]|据[^（）()]*[补改]|疑[当为])[^（）()]*[）)]"
)
# Asterisks part the anecdotes of a juan, on a line of their own or after the last word.
_STARS = re.compile(r"[*＊]{3,}")
# A rare character that no code page had, where questions have a mark of full width.
_LOST = re.compile(f"(?<=[{HAN}])[?](?=[{HAN}])")
# "T xt 小 说 天 堂": a short line with Latin letters is the name of the web site that the page was taken from.
_WATERMARK = re.compile(r"^(?=.{0,60}$).*(?:[A-Za-zＡ-Ｚａ-ｚ]\W*){2}")


def paragraphs(page: str) -> list[str]:
    """Lines of text as a browser would show them, in the script of the page; a heading begins with U+F8FF."""
    # a line break of the file means nothing where there is markup, and is all there is where there is none
    text = page.replace("\r", "").replace("\n", "" if _BREAK.search(page) else "<br>")
    if "？" in text:
        text = _LOST.sub("□", text)
    text = _SCRIPT.sub("", text.replace("&nbsp;", "\u00a0").translate(_BLANKS))
    text = _HEADING.sub(lambda match: f"\n{MARK_HEADING}{match[1]}\n", text)
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    # the second byte of some characters of Big5 is a backslash, and many a program put another after it
    text = _STARS.sub("\n", _COLLATION.sub("", text.replace("\\", "")))
    text = _SOURCE.sub("\n", _ITEM_NUMBER.sub("\n", _INDENT.sub("\n", text)))
    lines = (re.sub("－－|──|--", "——", punctuated(tidy(line.strip(" \u3000")))) for line in text.split("\n"))
    return [line for line in lines if line.strip(MARK_HEADING + " ") and not _WATERMARK.match(line)]


def in_simplified(lines: Sequence[str]) -> list[str]:
    """What only spoken Chinese decides (住著 → 住着, 祇见 → 只见) is decided in novels, never in classical prose."""
    plain = [simplified(line) for line in lines]
    is_spoken = diction.register("".join(plain)) == "vernacular"
    return [simplified_modern(line) for line in lines] if is_spoken else plain
