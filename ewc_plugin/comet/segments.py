"""Which stored translations can COMET score? Those whose source text is known, not only the request around it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.stored import Stored
from ewc_plugin.evaluation.stored import stored as evaluation_of

TASKS = ("translation", "classical")
NO_SOURCE = (
    "no source_text in {lacking} of {all} answers, as in sets converted earlier: convert the set again (in a set of "
    "your own write the key into each line), then evaluate again"
)


@dataclass(frozen=True)
class Segment:
    """One item in three lines: COMET reads files of which each line is a text."""

    id: str
    source: str
    reference: str
    answer: str


def stored(output_dir: Path) -> Stored[Segment]:
    """Raises EvaluationError where there is no evaluation with a set of these tasks."""
    return evaluation_of(output_dir, TASKS, _segment, _why_not)


def _why_not(given: Sequence[Mapping[str, Any]]) -> str:
    """Empty where every answer has its source: a mean over some of the items would be of another set."""
    lacking = sum(not _line(record.get("source_text")) for record in given)
    if not given:
        return "no stored answers"
    return NO_SOURCE.format(lacking=lacking, all=len(given)) if lacking else ""


def _segment(record: Mapping[str, Any]) -> Segment:
    return Segment(record["id"], *(_line(record[key]) for key in ("source_text", "reference", "answer")))


def _line(text: Any) -> str:
    """Line breaks, of whatever kind, are spaces."""
    return " ".join(filter(None, map(str.strip, text.splitlines()))) if isinstance(text, str) else ""


def shared(here: Iterable[Segment], there: Iterable[Segment]) -> list[tuple[Segment, Segment]]:
    """The items that both have, with the same source and reference."""
    others = {segment.id: segment for segment in there}
    pairs = [(mine, others[mine.id]) for mine in here if mine.id in others]
    return [(a, b) for a, b in pairs if (a.source, a.reference) == (b.source, b.reference)]


def subset(segments: Sequence[Segment]) -> str:
    """16 hex digits that change when any source or reference changes; answers are what is measured."""
    text = json.dumps([[one.id, one.source, one.reference] for one in segments], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
