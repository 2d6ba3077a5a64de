"""How is a punctuated passage turned into a question and an answer of punctuating it?"""

from __future__ import annotations

import re

from converters.oldbooks.prose import without_marks as without_marks
from converters.text import HAN

_PAUSE = re.compile("[，。！？；：…]+")
_NOT_WRITTEN = re.compile(f"[^{HAN}〇/]")


def stripped(passage: str) -> str:
    """The characters alone, without a line break."""
    return without_marks(passage)


def slashes(passage: str) -> str:
    """The passage with / where a reader pauses; an enumeration (、) is one breath, as in school exercises."""
    return _NOT_WRITTEN.sub("", _PAUSE.sub("/", passage)).strip("/").replace("//", "/")
