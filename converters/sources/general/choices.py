"""Multiple choice in English: MMLU as published and as columns, ARC, and programs whose output is asked for."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import IO, Any

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.pairs.tmx import head_text
from converters.reading.encodings import utf8_blocks
from converters.reading.lines import text_lines
from converters.reading.tables import rows
from converters.sources.evaluation import questions
from converters.sources.evaluation.questions import filled, subject_and_split, text_of
from converters.sources.general.items import document, licensed
from converters.templates import evaluation as chinese
from converters.templates import general as templates
from converters.text import has_han

MMLU, ARC, CODE = "mmlu", "arc", "general_code"
LETTERS = "ABCDEFGHIJ"

# MMLU as published has no header: question, four options, letter
_COLUMNS = ("question", *questions.LETTERS, "answer")
_LOOKED_AT = 5  # rows


def begins_mmlu(head: bytes) -> bool:
    """The first rows have six fields, the last of them a letter; a header has a word there."""
    lines = head_text(head).removeprefix("\ufeff").splitlines()
    try:
        table = [row for row, _ in zip(csv.reader(lines), range(_LOOKED_AT), strict=False)]
    except csv.Error:
        return False
    fitting = [len(row) == len(_COLUMNS) and row[-1].strip() in questions.LETTERS for row in table]
    return bool(fitting) and fitting[0] and 2 * sum(fitting) > len(fitting)


def mmlu_rows(stream: IO[bytes]) -> Iterator[Any]:
    return iter(rows(chain([",".join(_COLUMNS)], text_lines(utf8_blocks(stream, "utf-8-sig"))), "csv"))


def is_mmlu_row(record: Any) -> bool:
    return isinstance(record, dict) and set(_COLUMNS) <= set(record)


def from_mmlu_row(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    choices = [text_of(record, letter) for letter in questions.LETTERS]
    subject, split = subject_and_split(context.file)
    return [_choice(MMLU, text_of(record, "question"), choices, record["answer"], (subject, split), context)]


def is_mmlu(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and {"question", "subject", "choices", "answer"} <= set(record)
        and isinstance(record["choices"], list)
    )


def from_mmlu(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    place = text_of(record, "subject"), subject_and_split(context.file)[1]
    return [_choice(MMLU, text_of(record, "question"), _texts(record["choices"]), record["answer"], place, context)]


def is_arc(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "answerKey"} <= set(record) and _options_of(record) is not None


def _options_of(record: Mapping[str, Any]) -> tuple[list[str], list[str]] | None:
    """(labels, texts): a list of both in each option as published, a list of each on the hub."""
    question = record.get("question")
    options = question.get("choices") if isinstance(question, Mapping) else record.get("choices")
    if isinstance(options, Mapping):
        return _texts(options.get("label")), _texts(options.get("text"))
    if not isinstance(options, list) or not all(isinstance(option, Mapping) for option in options):
        return None
    return [text_of(option, "label") for option in options], [text_of(option, "text") for option in options]


def has_arc_columns(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "answerKey"} <= set(record)


def from_arc(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """A few questions number their options, or have three or five of them: here the first is always A."""
    question = record["question"]
    stem = text_of(question, "stem") if isinstance(question, Mapping) else text_of(record, "question")
    labels, texts = _options_of(record) or ([], [])
    key = text_of(record, "answerKey")
    answer = LETTERS[labels.index(key)] if key in labels[: len(LETTERS)] else key and f"{key} of {labels}"
    return [_choice(ARC, stem, texts, answer, _arc_place(context.file), context)]


def _arc_place(file: str) -> tuple[str, str]:
    """ARC-Challenge-Test.jsonl, or ARC-Challenge/test-00000-of-00001.parquet."""
    published = re.fullmatch(r"(ARC-\w+)-(Dev|Test|Train)", PurePosixPath(file).name.split(".")[0])
    return (published[1], published[2].lower()) if published else subject_and_split(file)


def is_program(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and isinstance(record.get("code"), str)
        and isinstance(record.get("choices"), list)
        and "answer" in record
    )


def from_program(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    code = record["code"].strip()
    place = text_of(record, "subject") or "Python", ""
    return [licensed(_choice(CODE, code, _texts(record["choices"]), record["answer"], place, context), record)]


def _texts(values: Any) -> list[str]:
    """An option that is no text is an empty one, and so refuses its question."""
    found = values if isinstance(values, list) else []
    return [value.strip() if isinstance(value, str) else "" for value in found]


def _letter(answer: Any, options: int) -> str:
    """B, 1 (the hub counts from 0) or "" where it is none of them."""
    letters = LETTERS[:options]
    if isinstance(answer, str):
        return answer.strip() if len(answer.strip()) == 1 and answer.strip() in letters else ""
    is_place = isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(letters)
    return letters[answer] if is_place else ""


def _choice(
    dataset: str, question: str, choices: Sequence[str], answer: Any, place: tuple[str, str], context: Context
) -> Outcome:
    letter = _letter(answer, len(choices))
    if not letter:
        return Reject(dataset, "no_answer", f"expected one of {len(choices)} options; found {str(answer)[:80]}")
    if not question or not all(choices):
        return Reject(dataset, "empty_option", question[:80])
    if len(choices) < 2:
        return Reject(dataset, "one_option", question[:80])
    subject, split = place
    return Example(
        dataset,
        (user(_wording(dataset, question, choices, subject.replace("_", " "))), assistant(letter)),
        document=document(dataset, context),
        title=subject,
        extra={"choices": list(choices), "answer": letter, "subject": subject, "split": split},
    )


def _wording(dataset: str, question: str, choices: Sequence[str], subject: str) -> str:
    options = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False))
    if dataset == CODE:
        return filled(templates.READ_CODE, code=question, options=options)
    if has_han(question):
        return filled(chinese.CHOICE, question=question, options=options)
    named = dataset == MMLU and subject
    template = templates.CHOICE_OF_SUBJECT_EN if named else templates.CHOICE_EN
    return filled(template, subject=subject, question=question, options=options)
