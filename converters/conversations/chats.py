"""A chat that was flattened to one text, in which `Human:` or `Assistant:` begins each turn, and its turns.

Both words also stand inside what people wrote: only a mark at the beginning of a line divides, and a text that quotes
one there comes out with turns in a wrong order, which its reader rejects.
"""

from __future__ import annotations

import re
from typing import Literal

from converters.contract import Message
from converters.text import tidy

_BEGINS = re.compile(r"\s*Human\s?[:：]")
_OPEN_ANSWER = re.compile(r"\n[ ]*Assistant\s?[:：]\s*\Z")
_MARK = re.compile(r"(?:\A|\n)[ ]*(Human|Assistant)\s?[:：] ?")
_ROLES: dict[str, Literal["user", "assistant"]] = {"Human": "user", "Assistant": "assistant"}


def is_flattened(text: str) -> bool:
    """A chat begins with `Human:` and ends with a bare `Assistant:` that waits for its answer."""
    return bool(_BEGINS.match(text) and _OPEN_ANSWER.search(text))


def flattened_turns(text: str) -> list[Message]:
    """The turns before the open answer."""
    pieces = _MARK.split(_OPEN_ANSWER.sub("", text.strip()))
    return [Message(_ROLES[role], tidy(said)) for role, said in zip(pieces[1::2], pieces[2::2], strict=True)]
