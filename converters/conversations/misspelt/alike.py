"""What may have been meant by a character: those that sound like it, and those that look like it."""

from __future__ import annotations

import importlib
import unicodedata
from collections import defaultdict
from functools import cache

from converters.conversations.misspelt.vocabulary import alone
from converters.oldbooks.errata.learn import lookalikes

DEAREST = 52  # cost of the rarest character that is thought of
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))  # as many a southerner says them


@cache
def others(character: str) -> tuple[str, ...]:
    sounds, shapes = _sounds(), _shapes()
    alike = {other for sound in _readings(character) for other in sounds.get(sound, "")}
    alike |= shapes.get(character, set())
    return tuple(sorted(alike - {character}))


def sounds_like(character: str, other: str) -> bool:
    return not _readings(character).isdisjoint(_readings(other))


@cache
def _readings(character: str) -> set[str]:
    """Without tones."""
    # imported here: it takes a while, and few ask for it
    spoken = importlib.import_module("pypinyin.constants").PINYIN_DICT.get(ord(character), "")
    return {_merged(reading) for reading in spoken.split(",") if reading}


@cache
def _merged(reading: str) -> str:
    parts = unicodedata.normalize("NFD", reading)
    plain = "".join(part for part in parts if not unicodedata.combining(part) or part == "\u0308")
    for apart, one in _MERGED:
        plain = plain.replace(apart, one)
    return plain


@cache
def _sounds() -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in importlib.import_module("pypinyin.constants").PINYIN_DICT:
        known = alone(chr(code))
        if known is not None and known[0] <= DEAREST:
            for reading in _readings(chr(code)):
                found[reading].append(chr(code))
    return {reading: "".join(characters) for reading, characters in found.items()}


@cache
def _shapes() -> dict[str, set[str]]:
    return {chr(code): set(map(chr, alike)) for code, alike in lookalikes().items()}
