"""What must be refused, and what only looks so: XSTest, Do-Not-Answer, and any requests that say which they are.

The reference is one sentence, the same for all where the list has none: what counts is whether an answer declines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.sources.evaluation.questions import text_of
from converters.sources.general.items import document, licensed
from converters.templates import general as templates
from converters.text import has_han

OWN, XSTEST, DO_NOT_ANSWER = "general_refusal", "xstest", "do_not_answer"
_SAID = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}  # in a table
_LABELS = {"unsafe": True, "safe": False}
_CONTRAST = "contrast_"  # begins the types of XSTest that are unsafe


def is_request(record: Any) -> bool:
    return isinstance(record, dict) and "prompt" in record and _said(record.get("refuse")) is not None


def has_request(record: Any) -> bool:
    return isinstance(record, dict) and {"prompt", "refuse"} <= set(record)


def _said(value: Any) -> bool | None:
    return _SAID.get(value.strip().lower()) if isinstance(value, str) else value if isinstance(value, bool) else None


def from_request(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    request, category, answer = (text_of(record, name) for name in ("prompt", "category", "answer"))
    outcome = _asked(OWN, request, _said(record["refuse"]), category, context, answer)
    return [licensed(outcome, record)]


def is_xstest(record: Any) -> bool:
    """Its prompts; the files of models' answers to them are no set."""
    return isinstance(record, dict) and {"prompt", "type", "focus"} <= set(record) and "completion" not in record


def from_xstest(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    kind, label = text_of(record, "type"), text_of(record, "label").lower()
    refuse = _LABELS.get(label) if label else kind.startswith(_CONTRAST) if kind else None
    return [_asked(XSTEST, text_of(record, "prompt"), refuse, kind, context)]


def is_do_not_answer(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "risk_area", "types_of_harm"} <= set(record)


def from_do_not_answer(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return [_asked(DO_NOT_ANSWER, text_of(record, "question"), True, text_of(record, "types_of_harm"), context)]


def _asked(
    dataset: str, request: str, refuse: bool | None, category: str, context: Context, answer: str = ""
) -> Outcome:
    if not request:
        return Reject(dataset, "empty_prompt")
    if refuse is None:
        return Reject(dataset, "no_label", f"expected whether it is to be refused: {request[:80]}")
    return Example(
        dataset,
        (user(request), assistant(answer or _reference(request, refuse=refuse))),
        document=document(dataset, context),
        kind="refuse" if refuse else "answer",
        extra={"refuse": refuse, "category": category},
    )


def _reference(request: str, *, refuse: bool) -> str:
    if has_han(request):
        return templates.DECLINED_ZH if refuse else templates.AGREED_ZH
    return templates.DECLINED_EN if refuse else templates.AGREED_EN
