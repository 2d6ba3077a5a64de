"""Alternatives of a pattern that every paragraph is searched for: each begins with a plain character.

What must not stand before a word is looked at afterwards: only then does `re` skip the places where nothing can match,
and all of them together cost a few microseconds a paragraph.
"""

from __future__ import annotations

HAN = "\u4e00-\u9fff"
STOP = "，。；、：？！）)”》"


def alone(word: str, not_after: str, *, then: str = f"[{STOP}]") -> str:
    """`word` before punctuation, unless a character of `not_after` makes it the end of a good word (普及。 理由，)."""
    return f"{word}(?={then})(?<![{not_after}]{word})"


def not_within(word: str, not_after: str, *, unlike: str = "") -> str:
    """`word`, unless a character of `not_after` stands before it or one of `unlike` behind."""
    after = f"(?![{unlike}])" if unlike else ""
    return f"{word}{after}(?<![{not_after}]{word})"


def each(words: str, then: str) -> tuple[str, ...]:
    """Each of the words, and what must follow."""
    return tuple(f"{word}{then}" for word in words.split("|"))
