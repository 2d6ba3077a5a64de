"""What is counted in an answer? A Chinese character, a word of letters, a number, a symbol: never marks, never space.

Counting single Latin letters would find two unrelated English sentences alike; counting marks, two Chinese ones.
Full width, case and the grouping of thousands make no difference; traditional and simplified characters do.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = 1
NAME = "characters; words of letters, numbers and symbols whole; no marks, no space"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_WITHOUT_WORDS = f"{HAN}\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f"
_NUMBER = r"(?<!\w)-\d+(?:\.\d+)?|\d+(?:\.\d+)?"
# % # & + = < > $ ° and their like change what is said; ~ ^ ` | only decorate
_SYMBOL = r"[%#&@+=<>$€£¥°×÷√±≤≥≠]"
_UNIT = re.compile(rf"{_NUMBER}|[^\W\d_{_WITHOUT_WORDS}]+|[^\W_]|{_SYMBOL}")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HAN = re.compile(f"[{HAN}]")
_LETTER = re.compile(r"[^\W\d_]")
_LENGTH = re.compile(rf"[^\W\d_{_WITHOUT_WORDS}]+|\d+|\S")


def folded(text: str) -> str:
    """One width, one case, 1000 for 1,000, a hyphen for the sign −."""
    return _GROUPED.sub("", unicodedata.normalize("NFKC", text).casefold().replace("\u2212", "-"))


@lru_cache(maxsize=65_536)
def units(text: str) -> tuple[str, ...]:
    """What two texts have in common is counted in these."""
    return tuple(_UNIT.findall(folded(text)))


def grams(parts: tuple[str, ...], n: int) -> list[tuple[str, ...]]:
    """Every n neighbours, in order."""
    return list(zip(*(parts[start:] for start in range(n)), strict=False))


def length(text: str) -> int:
    """字数 as word processors count: every character and mark, a word of letters or a number as one, no space."""
    return len(_LENGTH.findall(text))


def chinese_share(text: str) -> float:
    """Share of the letters that are Chinese characters; 0 where there is no letter."""
    letters = len(_LETTER.findall(text))
    return len(_HAN.findall(text)) / letters if letters else 0.0


def without_space(text: str) -> str:
    return "".join(text.split())
