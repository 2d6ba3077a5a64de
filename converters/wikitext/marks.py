"""The private characters that stand in a text while its markup is read, and in no text that leaves this package.

A page that brings such characters along loses them to U+FFFD first, so that a mark always means what it says here.
"""

from __future__ import annotations

import re

HOLE = "\ue000"  # something was shown here and is not known: a template, a formula, a broken markup
BLOCK = "\ue001"  # a table, a box or a gallery stood here: it parts paragraphs and belongs to none
OPEN, CLOSE = "\ue002", "\ue003"  # between them no character is converted
RULE = "\ue004"  # a rule of conversion begins to hold; its number follows as one character from RULE_NUMBERS on
RULE_NUMBERS = 0xF0000
PIPE = "\ue005"  # a | that parts no arguments
_LITERAL = 0xE100  # ASCII of <nowiki> stands here, where no later step takes it for markup

_FOREIGN = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_TO_LITERAL = {code: _LITERAL + code for code in b"[]{}|'=*#:;<>&-_~/!@"}
_FROM_LITERAL = {private: code for code, private in _TO_LITERAL.items()}
_ANY_LITERAL = re.compile("[\ue100-\ue17f]")
_MARKS = re.compile("[\ue000\ue001\ue002\ue003\ue005]|\ue004.")


def without_private(text: str) -> str:
    return _FOREIGN.sub("\ufffd", text) if _FOREIGN.search(text) else text


def literal(text: str) -> str:
    """Text that no later step reads as markup."""
    return text.translate(_TO_LITERAL)


def from_literal(text: str) -> str:
    return text.translate(_FROM_LITERAL) if _ANY_LITERAL.search(text) else text


def without_marks(text: str) -> str:
    return _MARKS.sub("", text) if _MARKS.search(text) else text
