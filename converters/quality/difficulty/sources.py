"""Which text beside an item states the facts of its answer, and how is it put into the prompt?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.files import read_jsonl
from converters.mixing.leakage import Turn, normalised
from converters.quality.difficulty.facts import Span
from converters.quality.rows import Row
from converters.text import has_han

# of a line or of its meta: where users and converters keep the text that an answer was taken from
FIELDS = ("passage", "context", "evidence", "original", "source_text")
Passages = Mapping[str, Sequence[str]]


def read_passages(path: Path) -> Passages:
    """Document → its passages, from a file that `expand` wrote, or any JSON Lines with `document` and `text`."""
    found = defaultdict[str, list[str]](list)
    for number, record in read_jsonl(path):
        if not isinstance(record, Mapping) or not all(isinstance(record.get(key), str) for key in ("document", "text")):
            raise SourceError(
                f"{path}, line {number}",
                expected="an object with the texts 'document' (as in the meta of the data) and 'text'",
                found=str(record)[:60],
            )
        found[record["document"]].append(record["text"])
    return found


def source_of(row: Row, raw: Mapping[str, Any], spans: Sequence[Span], passages: Passages) -> str:
    """The first text that states at least half of the facts at `spans` of the last answer; "" where none does."""
    answer = row.turns[-1].content
    wanted = [normalised(answer[span.start : span.end]) for span in spans]
    asked = normalised(row.turns[-2].content)
    for text in _texts(row, raw, passages):
        plain = normalised(text)
        if plain not in asked and 2 * sum(fact in plain for fact in wanted) >= len(wanted) > 0:
            return text
    return ""


def _texts(row: Row, raw: Mapping[str, Any], passages: Passages) -> Iterator[str]:
    yield from passages.get(row.document, ())
    meta = raw.get("meta")
    for place in (raw, meta if isinstance(meta, Mapping) else {}):
        yield from (text for field in FIELDS if isinstance(text := place.get(field), str) and text.strip())


def with_source(row: Row, source: str) -> Row:
    """The item with the text before its last question."""
    *before, question, answer = row.turns
    heading, asked = ("资料：", "问题：") if has_han(question.content) else ("Passage:", "Question:")
    told = Turn("user", f"{heading}\n{source}\n\n{asked}\n{question.content}")
    return replace(row, turns=(*before, told, answer))
