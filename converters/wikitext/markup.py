"""Wikitext → lines of text with marks for what is not known: templates, links, tags and entities, no sections yet.

Innermost markup is resolved first, again and again until nothing changes, so that what stands inside a template or a
link is text by the time its surroundings are looked at. Not a full parser: a page that defies it shows holes.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from converters.wikitext import templates, units, variants
from converters.wikitext.marks import BLOCK, HOLE, PIPE, from_literal, literal, without_private
from converters.wikitext.variants import Rule, Rules

DEEPEST = 40  # levels of nesting; MediaWiki itself stops at 40 for templates


class Rendered(NamedTuple):
    """`text` is not converted yet: `variants.converted` does that with `rules`. `title` is a T rule's, or ""."""

    text: str
    rules: tuple[Rule, ...]
    title: str


def rendered(markup: str, title: str) -> Rendered:
    rules = Rules()
    text = _without_tag_contents(without_private(markup))
    text = _braces(text, title, rules)
    text = _links(text)
    text = _tags(text)
    if "''" in text:
        text = _QUOTES.sub("", text)
    if "__" in text:
        text = _MAGIC_WORDS.sub("", text)
    if "&" in text:
        text = html.unescape(text).replace("\u00a0", " ")
    return Rendered(from_literal(text), tuple(rules.all), rules.title)


_QUOTES = re.compile("'{2,5}")
_MAGIC_WORDS = re.compile(r"__[A-Z\u4e00-\u9fff]{2,}__")


# ---- tags whose content is no wikitext

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CONTENT = re.compile(
    r"<(nowiki|pre|ref|references|math|chem|ce|gallery|timeline|imagemap|score|hiero|graph|mapframe|maplink|code|source"
    r"|syntaxhighlight|poem|blockquote|templatestyles|section|indicator|includeonly|categorytree|inputbox|del|s|strike"
    r"|style|ruby)\b([^<>]*?)(?:/>|>(.*?)</\1\s*>)",
    re.DOTALL | re.IGNORECASE,
)
_SHOWS_NOTHING = frozenset(
    [
        "ref",
        "references",
        "templatestyles",
        "section",
        "indicator",
        "includeonly",
        "categorytree",
        "inputbox",
        "del",
        "s",
        "strike",
        "style",
    ]
)
_APART = frozenset(["gallery", "timeline", "imagemap", "graph", "mapframe", "poem", "blockquote"])
_READING = re.compile(r"<rt\b[^<>]*>(.*?)</rt\s*>", re.DOTALL | re.IGNORECASE)
_READING_BRACKET = re.compile(r"<rp\b[^<>]*>.*?</rp\s*>", re.DOTALL | re.IGNORECASE)
_STRAY = re.compile(r"</?(?:ref|math|gallery|timeline|nowiki|ruby|chem|score|references)\b[^<>]*>", re.IGNORECASE)


def _without_tag_contents(text: str) -> str:
    if "<" not in text:
        return text
    text = _CONTENT.sub(_of_tag, _COMMENT.sub("", text))
    return _STRAY.sub(HOLE, text)


def _of_tag(match: re.Match[str]) -> str:
    name, content = match[1].lower(), match[3] or ""
    if name in _SHOWS_NOTHING or not content:
        return ""
    if name in _APART:
        return BLOCK
    if name == "nowiki":
        return literal(content)
    if name == "ruby":
        return _READING.sub(r"（\1）", _READING_BRACKET.sub("", content))
    if name in ("code", "source", "syntaxhighlight", "pre"):
        return literal(content) if "\n" not in content and name == "code" else BLOCK
    return HOLE


# ---- {{templates}}, -{variants}-, {| tables |}

_INNERMOST = re.compile(
    r"\{\{\{[^{}]*\}\}\}|\{\{(?P<template>[^{}]*)\}\}|-\{(?P<variants>[^{}]*)\}-"
    # what stands before a table in its line is looked at behind its first signs, for speed: see `holes`
    r"|\{\|(?:(?<=[\n :*#]\{\|)|(?<=\A\{\|))[^{}]*?\n[ ]*\|\}(?!\})"
)
_UNRESOLVED = re.compile(r"\{\{+|\}\}+|-\{|\}-")
_LINK = re.compile(r"\[\[[^\[\]]*\]\]")


def _braces(text: str, title: str, rules: Rules) -> str:
    def shown(match: re.Match[str]) -> str:
        if (body := match["template"]) is not None:
            return templates.shown(body, title, rules)
        if (inside := match["variants"]) is not None:
            return _of_variants(inside, rules)
        return HOLE if match[0].startswith("{{{") else BLOCK

    for _ in range(DEEPEST):
        text, count = _INNERMOST.subn(shown, text)
        if not count:
            break
    return _UNRESOLVED.sub(HOLE, text).replace(PIPE, "|")


def _of_variants(inside: str, rules: Rules) -> str:
    # in MediaWiki links are gone by now, so that their | parts no flags
    if "[[" in inside:
        inside = _LINK.sub(lambda match: match[0].replace("|", PIPE), inside)
    return variants.resolve(inside, rules).replace(PIPE, "|")


# ---- [[links]] and [http://links]

_INNERMOST_LINK = re.compile(r"\[\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\]")
_EXTERNAL = re.compile(r"\[(?:(?:https?|ftps?|mailto|irc|news):|//)[^\s\[\]<>\"]*[ \t]*([^\[\]\n]*)\]", re.IGNORECASE)
_FILES = frozenset(["file", "image", "文件", "档案", "檔案", "图像", "圖像", "图片", "圖片", "media", "媒体", "媒體"])
_CATEGORIES = frozenset(["category", "分类", "分類", "cat"])
_FLOATS = re.compile(r"\|\s*(?:thumb|thumbnail|frame|right|left|center|缩略图|縮圖|右|左|居中|有框)", re.IGNORECASE)
_INLINE_SIZE = re.compile(
    r"\|\s*(?:x?\d+\s*(?:x\d+)?\s*px|frameless|无框|無框|baseline|middle|sub|super)", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"[a-z]{2,3}$|simple$|zh-(?:min-nan|yue|classical)$|be-tarask$|bat-smg$|roa-rup$|cbk-zam$|map-bms$"
)


def _links(text: str) -> str:
    if "[" not in text:
        return text
    text = _EXTERNAL.sub(lambda match: match[1], text)
    for _ in range(DEEPEST):
        text, count = _INNERMOST_LINK.subn(_of_link, text)
        if not count:
            break
    return text.replace("[[", HOLE).replace("]]", HOLE)


def _of_link(match: re.Match[str]) -> str:
    target, bar, label = match[1].partition("|")
    target = target.strip()
    prefix, colon, _ = target.partition(":")
    if colon and prefix:
        kind = prefix.strip().lower()
        if kind in _FILES:
            return _of_file(bar + label)
        if kind in _CATEGORIES or _LANGUAGE.match(prefix):
            return ""
    label = label.strip(" ")
    if label:
        return label
    if target.startswith(":"):
        return HOLE if ":" in target[1:] else target[1:]
    return target.replace("_", " ").partition("#")[0] or HOLE


def _of_file(options: str) -> str:
    """A picture beside the text leaves nothing, one in the line leaves a hole: it may stand for a word."""
    if _FLOATS.search(options):
        return ""
    return HOLE if _INLINE_SIZE.search(options) else BLOCK


# ---- tags that are left

_RAISED = re.compile(r"<su([pb])\b[^<>]*>([^<>]*)</su\1\s*>", re.IGNORECASE)
_BREAK = re.compile(
    r"</?(?:br|div|center|p|table|tbody|tr|td|th|li|ul|ol|dl|dd|dt|hr|h[1-6]|caption)\b[^<>]*>", re.IGNORECASE
)
_INLINE = re.compile(
    r"</?(?:span|small|big|b|i|u|em|strong|font|tt|sup|sub|abbr|cite|code|kbd|samp|var|ins|q|mark|bdi|bdo|a|rb|rt|rp|rtc"
    r"|nobr|noinclude|onlyinclude|wbr|time|data|dfn|strike|s|del)\b[^<>]*>",
    re.IGNORECASE,
)


def _tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _RAISED.sub(lambda match: (units.raised if match[1] in "pP" else units.lowered)(match[2]), text)
    return _INLINE.sub("", _BREAK.sub(BLOCK, text))
