"""Which stored translations can COMET score? Those whose source text is known, not only the request around it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.predictions import PredictionsError, read_predictions
from ewc_plugin.evaluation.stored import evaluated

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


@dataclass(frozen=True)
class Stored:
    """The evaluation in `folder`: task and segments of each set, and why a set has none."""

    folder: Path
    tasks: Mapping[str, str]
    segments: Mapping[str, tuple[Segment, ...]]
    skipped: Mapping[str, str]


def stored(output_dir: Path) -> Stored:
    """Raises EvaluationError where there is no evaluation with a set of these tasks."""
    folder, tasks = evaluated(output_dir, TASKS)
    segments: dict[str, tuple[Segment, ...]] = {}
    skipped: dict[str, str] = {}
    for name in tasks:
        try:
            records = read_predictions(folder / "predictions", name) or []
        except PredictionsError as problem:  # contained: the other sets are scored
            skipped[name] = f"its predictions cannot be read: {problem}"
            continue
        given = [record for record in records if record["answer"] is not None]
        if why := _why_not(given):
            skipped[name] = why
        else:
            segments[name] = tuple(map(_segment, given))
    return Stored(folder, tasks, segments, skipped)


def _why_not(given: list[dict[str, Any]]) -> str:
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
