"""How is a character shown that would not be seen, or would move its neighbours? As its escape.

Text from models and data may hold control characters (a terminal obeys them), marks of direction (the rest of a line
would run backwards), line separators, and halves of surrogate pairs (no encoding has them).
"""

import re
import sys

_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = re.compile(f"[{_CONTROLS}{_DIRECTIONS}\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def visible(text: str) -> str:
    r"""The text with `\x1b`, `\u202e`, `\ud800` written out; tabs and line ends stay."""
    return _HIDDEN.sub(_escaped, text)


def in_one_line(text: str) -> str:
    """For a table or a sentence: line ends and tabs are spaces."""
    return visible(re.sub(r"\s*[\t\r\n]\s*", " ", text))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def say(text: str) -> None:
    """Print, also where the terminal's encoding does not have every character."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
