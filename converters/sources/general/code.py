"""Programs to write: MBPP and HumanEval, answered by their own solutions. Nothing of them is ever run."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.sources.evaluation.questions import filled, subject_and_split, text_of
from converters.sources.general.items import document
from converters.sources.general.short_answers import has_texts
from converters.templates import general as templates

MBPP, HUMANEVAL = "mbpp", "humaneval"
# task ids of the paper's splits (Austin et al. 2021): few-shot, test, validation, training
_SPLITS = ((10, "dev"), (510, "test"), (600, "val"), (974, "train"))


def is_mbpp(record: Any) -> bool:
    return has_texts(record, "code") and "test_list" in record and (has_texts(record, "text") or is_sanitized(record))


def is_sanitized(record: Any) -> bool:
    return has_texts(record, "prompt", "code") and "test_list" in record


def from_mbpp(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """`text` in the whole set, `prompt` in the part that was revised."""
    text = text_of(record, "text") or text_of(record, "prompt")
    tests = [test.strip() for test in _texts(record.get("test_list")) if test.strip()]
    template = templates.WRITE_CODE if tests else templates.WRITE_CODE_UNTESTED
    asked = filled(template, text=text, tests="\n".join(tests))
    split = _split(record.get("task_id")) or subject_and_split(context.file)[1]
    return [_written(MBPP, text and asked, _lines(record["code"]), ("\n".join(tests), split), context)]


def is_humaneval(record: Any) -> bool:
    return has_texts(record, "prompt", "canonical_solution")


def from_humaneval(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """The solution is the body of the function: its indentation is taken off, and counts for nothing in the measure."""
    prompt, body = _lines(record["prompt"]), _lines(textwrap.dedent(_lines(record["canonical_solution"])))
    asked = filled(templates.COMPLETE_CODE, prompt=prompt)
    return [_written(HUMANEVAL, prompt and asked, body, (_lines(record.get("test")), "test"), context)]


def _split(task: Any) -> str:
    if not isinstance(task, int) or task < 1:
        return ""
    return next((name for last, name in _SPLITS if task <= last), "")


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _lines(code: Any) -> str:
    """As it stands, without line breaks of Windows and empty lines around it."""
    return code.replace("\r\n", "\n").strip("\n").rstrip() if isinstance(code, str) else ""


def _written(dataset: str, asked: str, code: str, more: tuple[str, str], context: Context) -> Outcome:
    if not asked:
        return Reject(dataset, "empty_prompt")
    if not code.strip():
        return Reject(dataset, "no_reference", f"nothing to compare an answer with: {asked[:80]}")
    tests, split = more
    return Example(
        dataset,
        (user(asked), assistant(code)),
        document=document(dataset, context),
        extra={"kind": "code", "tests": tests, "split": split},
    )
