"""The shared tasks' files: WMT's XML and the older sgm, one document at a time, its segments with their paragraphs.

Outputs of systems are passed over. Which sets are tests, and so are never trained on, is known here too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any
from xml.etree.ElementTree import Element

from converters.reading.xml_events import elements
from converters.text import han_count

# Sets that translation is measured with: by the names of their files and by the ids inside them.
TEST_SET = re.compile(
    r"news-?(?:test|dev|discuss)|wmt\d{0,4}[-_.]?test|general-?test|biomedical-?test|flores|ntrex|dev-?test"
    r"|(?:eng|zho|cmn)(?:_latn|_hans|_hant|_simpl|_trad[1l]?)?\.dev",
    re.I,
)

Document = dict[str, Any]
"""{"document", "origin", "sides": [{"role": "src"|"ref", "language", "translator", "segments": [Segment]}]}"""
Segment = dict[str, Any]
"""{"id", "paragraph", "text"}"""

_SET = re.compile(r"<(?:dataset|collection|srcset|refset|tstset)\b[^>]*", re.I)


def is_xml(head: str) -> bool:
    return re.search(r"<(?:dataset|collection)\b", head) is not None and re.search(r"<doc\b", head) is not None


def is_sgm(head: str) -> bool:
    return re.search(r"<srcset\b", head, re.I) is not None


def is_test(head: str) -> bool:
    """Whether the set that a file's first lines name is one to measure with."""
    return any(TEST_SET.search(tag) for tag in _SET.findall(head))


def documents(stream: IO[bytes]) -> Iterator[Document]:
    for element in elements(stream, ["doc"]):
        sides = [_side(child) for child in element if child.tag in ("src", "ref")]
        yield {"document": element.get("id", ""), "origin": element.get("origlang", ""), "sides": sides}


def _side(element: Element) -> dict[str, Any]:
    paragraphs = element.findall("p") or [element]
    return {
        "role": element.tag,
        "language": element.get("lang", ""),
        "translator": element.get("translator", ""),
        "segments": [
            {"id": segment.get("id", ""), "paragraph": number, "text": "".join(segment.itertext())}
            for number, paragraph in enumerate(paragraphs, start=1)
            for segment in paragraph.findall("seg")
        ],
    }


# ---- sgm: SGML, in which & and < may stand bare, so that no XML parser reads it

_DOC = re.compile(r"<doc\b([^>]*)>(.*?)</doc>", re.I | re.S)
_PART = re.compile(r"<(p|hl)\b[^>]*>|<seg\b([^>]*)>(.*?)</seg>", re.I | re.S)
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*\"([^\"]*)\"")


def sgm_documents(source: str, reference: str) -> list[Document]:
    """As `documents`, from the two texts of a set."""
    references: dict[str, list[dict[str, Any]]] = {}
    for document in _sgm_side(reference, "ref"):  # a document stands as often as it has references
        references.setdefault(document["document"], []).extend(document["sides"])
    found = _sgm_side(source, "src")
    return [{**one, "sides": one["sides"] + references.get(one["document"], [])} for one in found]


def _sgm_side(text: str, role: str) -> list[Document]:
    opening = re.search(r"<(?:srcset|refset)\b([^>]*)>", text, re.I)
    language = _attributes(opening[1] if opening else "").get("srclang" if role == "src" else "trglang", "")
    return [_sgm_document(_attributes(head), body, role, language) for head, body in _DOC.findall(text)]


def _sgm_document(about: Mapping[str, str], body: str, role: str, language: str) -> Document:
    segments: list[Segment] = []
    paragraph = 0
    for match in _PART.finditer(body):
        if match[1]:
            paragraph += 1
            continue
        text = html.unescape(match[3]).strip()
        segments.append({"id": _attributes(match[2]).get("id", ""), "paragraph": paragraph, "text": text})
    translator = about.get("sysid", "") if role == "ref" else ""
    if language in ("", "any"):  # as most sets of the years to 2020 have it
        language = "zh" if any(han_count(segment["text"]) for segment in segments) else "en"
    side = {"role": role, "language": language, "translator": translator, "segments": segments}
    return {"document": about.get("docid", ""), "origin": about.get("origlang", ""), "sides": [side]}


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): value for name, value in _ATTRIBUTE.findall(text)}
