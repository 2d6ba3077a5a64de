"""A user's own texts, in files or in a column of a table -> passages, about which a language model writes questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from converters.contract import Context, SourceError
from converters.digests import digest
from converters.expansion import documents
from converters.expansion.long_answers import long_answers
from converters.expansion.own_texts import passages_of_text
from converters.passage import Lengths, Passage, Passages, Refusal
from converters.script import script_of, simplified_modern
from converters.sources.custom.mapping import (
    TARGETS,
    as_text,
    columns_of,
    has,
    is_enough,
    mapping_of,
    recognised,
    value_of,
)
from converters.sources.custom.rows import NAME, from_record
from converters.text import key, one_line


def passages_of_file(value: Mapping[str, str], context: Context, lengths: Lengths) -> Passages:
    """A plain text or Markdown, with its headings; the name of the file is the title where the text has none."""
    text = value["text"]
    title = documents.title_of(text) or one_line(PurePosixPath(context.file).stem)
    about = Passage("", f"file:{context.file}", NAME, title, licence=context.option("licence"))
    return passages_of_text(_in_script(text, context), about, lengths)


def passages_of_record(record: Mapping[str, Any], context: Context, lengths: Lengths) -> Passages:
    """The column of texts, or the long answers of what is a conversation."""
    mapping = mapping_of(context)
    missing = [column for text in mapping.values() for column in columns_of(text) if not has(record, column)]
    mapping = mapping or recognised(record, TARGETS | _NAMES_BESIDE_TEXTS)
    if missing or not ("text" in mapping or is_enough(mapping)):
        return [_no_text(record, missing, context)]
    if "text" not in mapping:
        return long_answers(from_record(record, context), NAME, lengths)
    values = {target: as_text(value_of(record, text)) for target, text in mapping.items() if target in _ABOUT}
    text = _in_script(values["text"], context)
    about = Passage(
        "",
        values.get("document") or f"text:{digest(key(text).encode()).hex()}",
        NAME,
        values.get("title") or documents.title_of(text),
        author=values.get("author", ""),
        licence=values.get("licence") or context.option("licence"),
        attribution=values.get("attribution", ""),
    )
    return passages_of_text(text, about, lengths)


_NAMES_BESIDE_TEXTS = {
    "title": ("title", "标题", "篇名"),
    "author": ("author", "作者"),
    "attribution": ("url", "source", "来源", "出处"),
}
_ABOUT = ("text", "document", "title", "author", "licence", "attribution")


def _in_script(text: str, context: Context) -> str:
    if context.script == "original" or script_of(text) not in ("traditional", "mixed"):
        return text
    return simplified_modern(text)


def _no_text(record: Mapping[str, Any], missing: Sequence[str], context: Context) -> Refusal:
    """In a first record it is a mistake in the mapping, and stops before anything is paid for."""
    found = ", ".join(map(str, record)) or "no columns"
    wanted = ", ".join(missing) or "a column of texts"
    if context.number > 1:
        return Refusal("missing_columns", f"expected {wanted}; found {found}")
    raise SourceError(
        f"{context.file}, record {context.number}",
        expected=f"the columns that the mapping names: {wanted}" if missing else wanted,
        found=found,
        remedy=f"Say which column holds the text: --columns text=COLUMN (also {', '.join(_ABOUT[1:])}).",
    )
