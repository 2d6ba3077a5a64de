"""Text whose characters or words were separated by spaces becomes text again: `今 天 c a l l 我` and `今天 天气 很 好`.

Where every character stands alone, nothing tells where one English word ends and the next begins: `o k` is ok. Where
words stand whole, two of them keep the space between them.
"""

from __future__ import annotations

import re

_ASCII = re.compile(r"[!-~]")
_SINGLE = re.compile(r"\S(?: \S)*")
_LONG = 3  # letters of a token; so many together are a word, and a text with words was split at words


def is_spaced(text: str) -> bool:
    """True where spaces separate the characters or words of Chinese: most tokens are of one or two characters."""
    tokens = text.split(" ")
    return len(tokens) > 1 and sum(len(token) for token in tokens) <= 2.5 * len(tokens)


def joined(text: str) -> str:
    """`text` without the spaces that a tokenizer put between characters or words.

    A space stays between two ASCII words of which one is longer than a character (`good morning`, `iPhone 7`); single
    letters, digits and signs grow together (`3 1 万` is 31万, `m v` is mv). Two spaces or more were one in the
    original, if letters stand on both sides.
    """
    pieces: list[str] = []
    for clause in re.split(r" {2,}", text.strip()):
        pieces.append(_clause(clause))
    out = pieces[0]
    for piece in pieces[1:]:
        out += (" " if _wordlike(out[-1:]) and _wordlike(piece[:1]) else "") + piece
    return out


def _clause(text: str) -> str:
    out, before = "", ""
    for token in text.split(" "):
        apart = before and _wordlike(before[-1]) and _wordlike(token[:1]) and (len(before) > 1 or len(token) > 1)
        out += (" " if apart else "") + token
        before = token
    return out


def _wordlike(character: str) -> bool:
    return character.isascii() and character.isalnum()
