"""Which tone has a character, and what does it rhyme with? As a table says: `prosody.json`, or a user's own.

The format is one JSON object; what is marked may be left out:

    {"format": "prosody", "version": 1,
     "pingshui": {"groups": {"平": {"一東": "東同銅…"}, "仄": {"一董": "董動…"}},   tones: 平 上 去 入 仄
                  "parts": {"1": ["一東", "一董"]}},                               wider groups, of lyrics (optional)
     "modern": {"rhymes": {"一麻": ["a", "ia"]}, "finals": {"a1": "巴…"}}}         Mandarin, 5 is neutral (optional)
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ewc_plugin.errors import EwcError

TABLE = "prosody.json"
VERSION = 1
_TONES = {"平": "平", "上": "仄", "去": "仄", "入": "仄", "仄": "仄"}
_MODERN_TONES = {"1": "平", "2": "平", "3": "仄", "4": "仄", "5": "仄"}

Groups = Mapping[str, frozenset[str]]
_NONE: frozenset[str] = frozenset()


class ProsodyError(EwcError):
    """A table of tones and rhymes is missing, or is none."""


@dataclass(frozen=True)
class Prosody:
    """`tones` (平, 仄, or both), `groups`, `parts` and `modern` of each character; `digest` names the table.

    groups: 平水韵, each of one tone. modern: the sound that rhymes, with 平 or 仄; empty in a table without it.
    """

    digest: str
    tones: Groups
    groups: Groups
    parts: Groups
    modern: Groups

    def tone(self, character: str) -> str:
        """平, 仄, 多 (it has both) or "" (unknown). Characters younger than the rhyme books have today's tone."""
        tones = self.tones.get(character) or {rhyme[-1] for rhyme in self.modern.get(character, _NONE)}
        return "多" if len(tones) > 1 else next(iter(tones), "")


def named(path: str) -> Prosody:
    """The table at a path; read once for as long as the file stays the same. Raises ProsodyError."""
    if not path:
        raise _error("tones and rhymes", "the path of a table", "none")
    try:
        state = Path(path).stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError as problem:
        raise _error(path, "a table of tones and rhymes", problem.strerror or str(problem)) from problem


@lru_cache(maxsize=4)
def _read(path: str, changed: int, size: int) -> Prosody:
    text = Path(path).read_bytes()
    try:
        found = json.loads(text.decode("utf-8-sig"))
    except ValueError as problem:
        raise _error(path, "a JSON object in UTF-8", str(problem)) from problem
    try:
        return _prosody(found, hashlib.sha256(text).hexdigest()[:12])
    except ValueError as problem:
        raise _error(path, "the format of prosody.json, version 1", str(problem)) from problem


def _error(where: str, expected: str, found: str) -> ProsodyError:
    remedy = "`python -m converters catalog` writes dataset_info/prosody.json; a table of your own has the same format."
    return ProsodyError(where, expected=expected, found=found, remedy=remedy)


def _prosody(table: Any, digest: str) -> Prosody:
    """Raises ValueError saying what is wrong."""
    if not isinstance(table, dict) or table.get("format") != "prosody":
        raise ValueError('no "format": "prosody"')
    if table.get("version") != VERSION:
        raise ValueError(f"version {table.get('version')}")
    tones: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, set[str]] = defaultdict(set)
    for tone, group, characters in _listed(table.get("pingshui")):
        for character in characters:
            tones[character].add(tone)
            groups[character].add(group)
    if not tones:
        raise ValueError("pingshui.groups without a character")
    modern = _modern(table["modern"]) if "modern" in table else {}
    return Prosody(digest, _frozen(tones), _frozen(groups), _frozen(_wider(table["pingshui"], groups)), _frozen(modern))


def _listed(pingshui: Any) -> Iterable[tuple[str, str, str]]:
    """(平 or 仄, group, its characters)."""
    for tone, groups in _object(_object(pingshui, "pingshui").get("groups"), "pingshui.groups").items():
        if tone not in _TONES:
            raise ValueError(f"pingshui.groups.{tone}: not one of the tones {' '.join(_TONES)}")
        for group, characters in _object(groups, f"pingshui.groups.{tone}").items():
            yield _TONES[tone], group, _text(characters, f"pingshui.groups.{tone}.{group}")


def _wider(pingshui: Any, groups: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The parts of each character; a group in no part is one itself."""
    parts_of: dict[str, set[str]] = defaultdict(set)
    for part, members in _object(pingshui.get("parts", {}), "pingshui.parts").items():
        for group in _names(members, f"pingshui.parts.{part}"):
            parts_of[group].add(part)
    return {
        character: {part for one in found for part in parts_of.get(one, {one})} for character, found in groups.items()
    }


def _modern(table: Any) -> dict[str, set[str]]:
    rhymes = _object(_object(table, "modern").get("rhymes"), "modern.rhymes")
    rhyme_of = {final: rhyme for rhyme, finals in rhymes.items() for final in _names(finals, f"modern.rhymes.{rhyme}")}
    found: dict[str, set[str]] = defaultdict(set)
    for final, characters in _object(table.get("finals"), "modern.finals").items():
        sound, tone = final[:-1], final[-1:]
        if tone not in _MODERN_TONES or sound not in rhyme_of:
            raise ValueError(f"modern.finals.{final}: not a final of modern.rhymes with a tone from 1 to 5")
        for character in _text(characters, f"modern.finals.{final}"):
            found[character].add(rhyme_of[sound] + _MODERN_TONES[tone])
    return found


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: {type(value).__name__} where an object is wanted")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name}: {type(value).__name__} where a string of characters is wanted")
    return value


def _names(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name}: a list of names is wanted")
    return value


def _frozen(found: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {character: frozenset(one) for character, one in found.items()}
