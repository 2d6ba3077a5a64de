"""What others may know of tones and rhymes without asking us: one JSON object, written to `prosody.json`.

    pingshui.groups    {平|上|去|入: {韵目: characters}}; a character stands in every group that it may rhyme in
    pingshui.parts     {部 of 词林正韵: [韵目, …]}: the wider groups in which lyrics rhyme
    modern.rhymes      {group of 中华新韵: [final, …]}; `-i` is the one of zhi and zi
    modern.finals      {final and tone, 5 is neutral: characters}
    absent             {part: why it is not there}

Characters in traditional and in simplified script; a simplified one has the readings of all that merged into it.
The bytes follow from the packages, whose versions `sources` names.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from converters.poems.rhymebook import FINALS, Rhyme, pingshui
from converters.script import simplified

TABLE = "prosody.json"
VERSION = 1

_UNIFIED = [chr(code) for code in range(0x4E00, 0xA000)]
_HISSING = ("zh", "ch", "sh", "r", "z", "c", "s")
# A dictionary of characters lists readings that no text has (听 yǐn). Kept are its first, and those that make this
# share of the character's places in pypinyin's dictionary of phrases; all, where that has fewer places than FEWEST.
RARE = 0.05
FEWEST = 5

_SOURCES = {
    "pingshui": (
        ("tshet-uinh", "廣韻 (1008), whose 206 rhymes are folded into 106", "MIT", "Project NK2028; SkyEye_FAST", "https://github.com/nk2028/tshet-uinh-js"),
        ("opencc", "simplified forms", "Apache-2.0", "BYVoid and contributors", "https://github.com/BYVoid/OpenCC"),
    ),
    "modern": (
        ("pypinyin", "readings in Mandarin", "MIT", "mozillazg; 闲耘", "https://github.com/mozillazg/python-pinyin"),
    ),
}  # fmt: skip


@cache
def rendered() -> str:
    """The file. Takes a few seconds, once a process."""
    return json.dumps(table(), ensure_ascii=False, separators=(",", ":")) + "\n"


def described() -> str:
    """One line for whoever had it written."""
    found = json.loads(rendered())
    groups = found["pingshui"]["groups"].values()
    count = len({character for tone in groups for characters in tone.values() for character in characters})
    missing = [f"no {part} rhymes: {why}" for part, why in found["absent"].items()]
    return "; ".join([f"tones and rhymes of {count} characters", *missing])


def table() -> dict[str, Any]:
    spoken = importlib.util.find_spec("pypinyin") is not None
    parts = ("pingshui", "modern") if spoken else ("pingshui",)
    return {
        "format": "prosody",
        "version": VERSION,
        "sources": [_source(part, *one) for part in parts for one in _SOURCES[part]],
        "absent": {} if spoken else {"modern": "the package pypinyin is not installed"},
        "pingshui": _pingshui(),
        **({"modern": _modern()} if spoken else {}),
    }


def _source(part: str, package: str, what: str, licence: str, attribution: str, origin: str) -> dict[str, str]:
    return {
        "part": part,
        "what": what,
        "package": f"{package} {version(package)}",
        "licence": licence,
        "attribution": attribution,
        "origin": origin,
    }


def _pingshui() -> dict[str, Any]:
    book = pingshui()
    groups: dict[Rhyme, list[str]] = {rhyme: [] for rhyme in book.parts}
    for character in sorted({*book.rhymes, *book.merged, *_UNIFIED}):
        for rhyme in book.readings(character, simplified=True):
            groups[rhyme].append(character)
    by_tone: dict[str, dict[str, str]] = defaultdict(dict)
    parts: dict[str, list[str]] = defaultdict(list)
    for rhyme, characters in groups.items():
        by_tone[rhyme.tone][rhyme.group] = "".join(characters)
        for part in book.parts[rhyme]:
            parts[part].append(rhyme.group)
    return {"name": "平水韵", "groups": by_tone, "parts": dict(sorted(parts.items(), key=lambda item: int(item[0])))}


def _modern() -> dict[str, Any]:
    rhymes: dict[str, list[str]] = defaultdict(list)
    for final, group in FINALS.items():
        rhymes[group].append(final)
    finals: dict[str, list[str]] = defaultdict(list)
    for character, found in _finals(_UNIFIED):
        finals[found].append(character)
    return {
        "name": "中华新韵",
        "rhymes": {**rhymes, "十三支": ["-i"]},
        "finals": {final: "".join(finals[final]) for final in sorted(finals)},
    }


def _finals(characters: Iterable[str]) -> Iterable[tuple[str, str]]:
    """(character, final with its tone), each pair once."""
    pinyin, convert = importlib.import_module("pypinyin"), importlib.import_module("pypinyin.contrib.tone_convert")
    places = _places(convert)
    for character in characters:
        found = pinyin.pinyin(character, style=pinyin.Style.TONE3, heteronym=True, errors="ignore")
        syllables = _used(found[0] if found else [], places.get(simplified(character), {}))
        finals = (_final(syllable, convert) for syllable in syllables)
        yield from ((character, final) for final in dict.fromkeys(finals) if final)


def _used(syllables: list[str], places: Mapping[str, int]) -> list[str]:
    total = sum(places.values())
    if total < FEWEST:
        return syllables
    return syllables[:1] + [one for one in syllables[1:] if places.get(one, 0) >= RARE * total]


def _places(convert: Any) -> dict[str, dict[str, int]]:
    """How often each simplified character has each reading in the dictionary of phrases."""
    phrases = importlib.import_module("pypinyin.phrases_dict").phrases_dict
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for phrase, syllables in phrases.items():
        if len(phrase) == len(syllables):
            for character, (syllable, *_) in zip(phrase, syllables, strict=True):
                counts[character][syllable] += 1
    tone = cache(convert.to_tone3)
    return {character: {tone(one): n for one, n in found.items()} for character, found in counts.items()}


def _final(syllable: str, convert: Any) -> str:
    """「zhi1」 → 「-i1」, 「de」 → 「e5」; "" for ń and other syllables without a vowel."""
    tone = syllable[-1] if syllable[-1].isdigit() else "5"
    plain = syllable.rstrip("12345")
    final = convert.to_finals(plain)
    if final == "i" and convert.to_initials(plain) in _HISSING:
        final = "-i"
    return final + tone if final == "-i" or final in FINALS else ""
