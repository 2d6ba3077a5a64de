"""Chinese text, string to string: outer space, invisible characters, punctuation. Pure; no file, no record.

The script has its own file (`converters.script`); its three functions can be had from here too.
"""

from __future__ import annotations

import re
import unicodedata

from converters.script import script_of as script_of
from converters.script import simplified as simplified
from converters.script import simplified_modern as simplified_modern

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")
_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")

# A zero-width joiner inside an emoji is part of it; elsewhere it is a leftover of a web page.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u200c\u200d\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
    "(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]\u200d)"
)
# Early BELLE releases end many texts with a backslash and an n instead of a line break.
_LITERAL_BREAK = "\\n"
DAMAGED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
# What a comparison ignores: all but letters, digits and the signs of arithmetic.
_IGNORED = re.compile(r"[^\w+\-*/=<>%$°×÷]+|_")


def tidy(text: str) -> str:
    """Outer white space, NBSP, zero-width and control characters and CRLF go; line breaks and inner indents stay.

    Never NFKC: it would turn full-width punctuation and ideographic spaces into ASCII.
    """
    if not text.replace("\n", "").isprintable():  # all that goes is among the unprintable
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
        text = _UNSEEN.sub("", text)
    text = text.strip()
    while text.endswith(_LITERAL_BREAK):
        text = text.removesuffix(_LITERAL_BREAK).rstrip()
    while text.startswith(_LITERAL_BREAK):
        text = text.removeprefix(_LITERAL_BREAK).lstrip()
    return text


def one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def han_count(text: str) -> int:
    return sum(map(len, _HAN_RUN.findall(text)))


def word_count(text: str) -> int:
    """Words in Latin script."""
    return len(_LATIN_WORD.findall(text))


def is_damaged(text: str) -> bool:
    """True where decoding already failed once: U+FFFD, or a private-use character that no font of the reader has."""
    return DAMAGED.search(text) is not None


def key(text: str) -> str:
    """What two texts share when they differ in case, spacing and punctuation only. A comparison key, never output."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _IGNORED.sub("", folded) or folded.strip()


# ---- punctuation

# What must stand before a sign is looked at behind it: `re` then goes from sign to sign, not character by character.
_HALF_WIDTH = re.compile(f'([,?!:;])(?<=[{HAN}”」』》）][,?!:;])[ ]*(?=$|[{HAN}“”「」"A-Za-z0-9])')
_FULL_WIDTH = {",": "，", "?": "？", "!": "！", ":": "：", ";": "；"}
_FULL_STOP = re.compile(f'\\.(?<=[{HAN}]\\.)(?=$|[”"])')
_BETWEEN_HAN = re.compile(
    f"[ \u3000](?:(?<=[{HAN}，。？！；：、“”][ \u3000])[ \u3000]*(?=[{HAN}，。？！；：、])"
    f"|(?<=[{HAN}”][ \u3000])[ \u3000]*(?=“))"
)
_HALF_WIDTH_SIGN = re.compile("[,?!:;.]")
_OTHER_QUOTES = re.compile("[「」『』＂•]")
_QUOTES = str.maketrans({"「": "“", "」": "”", "『": "‘", "』": "’", "＂": '"', "•": "·"})


def punctuated(text: str) -> str:
    """Punctuation as a mainland editor sets it: full width after Chinese, “ ” for 「 」 and paired straight quotes."""
    if _OTHER_QUOTES.search(text):
        text = text.translate(_QUOTES)
    text = _without_spaces(text)
    if _HALF_WIDTH_SIGN.search(text):
        text = _FULL_STOP.sub("。", _HALF_WIDTH.sub(lambda match: _FULL_WIDTH[match[1]], text))
    if '"' in text and text.count('"') % 2 == 0 and has_han(text):
        pieces = text.split('"')
        text = "".join(
            piece + ("“”"[index % 2] if index < len(pieces) - 1 else "") for index, piece in enumerate(pieces)
        )
    return _without_spaces(text)


def _without_spaces(text: str) -> str:
    return _BETWEEN_HAN.sub("", text) if " " in text or "\u3000" in text else text
