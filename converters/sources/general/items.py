"""What all items of this source have in common: where they stand, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converters.contract import Context, Example, Outcome
from converters.sources.evaluation.questions import text_of


def document(dataset: str, context: Context) -> str:
    return f"{dataset}:{context.file}:{context.number}"


def licensed(outcome: Outcome, record: Mapping[str, Any]) -> Outcome:
    """Under the licence that a line names itself."""
    return replace(outcome, licence=text_of(record, "licence")) if isinstance(outcome, Example) else outcome
