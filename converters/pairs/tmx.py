"""Translation memories (TMX): runs of translation units that follow one another in one document.

What a unit's texts are worth is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any
from xml.etree.ElementTree import Element

from converters.reading.xml_events import LANGUAGE, elements

LONGEST_RUN = 200  # units: a run ends there, so that one record stays small

_NUMBERED = re.compile(r"(.+?)[:#._/-](\d+)")
# Mainland text first; a variant that is not listed counts as its language alone.
_CHINESE = (
    *("zh-cn", "zh-hans", "zh-hans-cn", "zh-sg", "zh", "cmn", "cmn-hans", "zho", "chi"),
    *("zh-tw", "zh-hant", "zh-hant-tw", "zh-hk", "zh-hant-hk", "zh-mo", "cmn-hant"),
)
_ENGLISH = ("en", "en-us", "en-gb", "eng")
# What stands in these is code of the program that the text was taken from.
_NATIVE_CODE = frozenset({"bpt", "ept", "it", "ph", "ut"})

Unit = dict[str, str]


def is_tmx(head: bytes) -> bool:
    return re.search(r"<tmx[\s>]", head_text(head)) is not None


def head_text(head: bytes) -> str:
    """Enough of a file's beginning to see what kind of XML it is."""
    return head[:65536].decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def runs(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """{"document": id or "", "units": [{"id", "note", "en", "zh"}, …]}: units whose numbers follow one another.

    A unit belongs to a document when its tuid is a name and a number (`PubMed_6:145`); any other is alone.
    """
    document, last, held = "", 0, list[Unit]()
    for element in elements(stream, ["tu"]):
        unit = _unit(element)
        numbered = _NUMBERED.fullmatch(unit["id"])
        name, number = (numbered[1], int(numbered[2])) if numbered else ("", 0)
        follows = bool(name) and name == document and number == last + 1 and len(held) < LONGEST_RUN
        if held and not follows:
            yield {"document": document, "units": held}
            held = []
        held.append(unit)
        document, last = name, number
    if held:
        yield {"document": document, "units": held}


def _unit(element: Element) -> Unit:
    texts: dict[str, str] = {}
    for variant in element.iter("tuv"):
        segment = variant.find("seg")
        if segment is not None:
            texts.setdefault(_language(variant), _text(segment))
    notes = (child.text.strip() for child in element if child.tag in ("prop", "note") and child.text)
    return {
        "id": element.get("tuid", ""),
        "note": next(notes, ""),
        "en": _first(texts, _ENGLISH, "en"),
        "zh": _first(texts, _CHINESE, "zh"),
    }


def _language(variant: Element) -> str:
    # TMX 1.1 has `lang`, later ones the attribute of XML itself
    return (variant.get(LANGUAGE) or variant.get("lang") or "").lower().replace("_", "-")


def _text(segment: Element) -> str:
    inner = "".join(("" if child.tag in _NATIVE_CODE else _text(child)) + (child.tail or "") for child in segment)
    return (segment.text or "") + inner


def _first(texts: Mapping[str, str], wanted: tuple[str, ...], language: str) -> str:
    listed = next((texts[name] for name in wanted if texts.get(name, "").strip()), "")
    return listed or next((text for name, text in texts.items() if name.split("-")[0] == language), "")
