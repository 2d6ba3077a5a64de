"""Pages of a MediaWiki XML export (pages-articles, export-0.10 and 0.11), one after another, in constant memory.

Articles only: redirects (half of a dump) and pages of other namespaces are counted, and one last record says how many
of each there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from converters.reading.xml_events import elements

_SITE = "https://zh.wikipedia.org"
OTHER, REDIRECTS = "other_namespaces", "redirects"


def begins(head: bytes) -> bool:
    return b"<mediawiki" in head[:4096]


def pages(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """{"title", "id", "ns", "url", "text", "revision"} of an article; counts of all that is none."""
    site, others, redirects = _SITE, Counter[str](), 0
    for element in elements(stream, ("siteinfo", "page"), "dump"):
        if element.tag == "siteinfo":
            site = _address(element) or site
        elif (namespace := _text(element, "ns")) not in ("", "0"):
            others[namespace] += 1
        elif element.find("redirect") is not None:
            redirects += 1
        else:
            yield _page(element, site)
    if others or redirects:
        yield {OTHER: dict(sorted(others.items(), key=lambda item: int(item[0]))), REDIRECTS: redirects}


def _address(siteinfo: Element) -> str:
    base = urlsplit(_text(siteinfo, "base"))
    return f"{base.scheme}://{base.netloc}" if base.netloc else ""


def _page(page: Element, site: str) -> dict[str, Any]:
    revision = page.find("revision")
    page_id = _text(page, "id")
    return {
        "title": _text(page, "title"),
        "id": page_id,
        "ns": 0,
        "url": f"{site}/wiki?curid={page_id}",
        "text": _text(revision, "text") if revision is not None else "",
        "revision": _text(revision, "id") if revision is not None else "",
    }


def _text(element: Element, name: str) -> str:
    return element.findtext(name) or ""
