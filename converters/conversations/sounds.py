"""Do two characters sound alike? Without tones, and as many a southerner says them (zh is z, ng is n)."""

from __future__ import annotations

import importlib
import unicodedata
from functools import cache

_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


def sounds_like(character: str, other: str) -> bool:
    return not _readings(character).isdisjoint(_readings(other))


@cache
def _readings(character: str) -> frozenset[str]:
    # imported here: it takes a while, and few ask for it
    spoken = importlib.import_module("pypinyin.constants").PINYIN_DICT.get(ord(character), "")
    return frozenset(_merged(reading) for reading in spoken.split(",") if reading)


@cache
def _merged(reading: str) -> str:
    parts = unicodedata.normalize("NFD", reading)
    plain = "".join(part for part in parts if not unicodedata.combining(part) or part == "\u0308")
    for apart, one in _MERGED:
        plain = plain.replace(apart, one)
    return plain
