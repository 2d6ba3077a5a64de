"""Multiple choice and open questions of the public sets, asked in one wording each and answered by their references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.templates import evaluation as templates
from converters.text import has_han

LETTERS = ("A", "B", "C", "D")
_PLACES = re.compile(r"\{(\w+)\}")


def filled(template: str, **values: str) -> str:
    # in one pass: a question may hold braces
    return _PLACES.sub(lambda match: values[match[1]], template)


# ---- multiple choice


def _is_choice(record: Any, question: str, answer: str = "") -> bool:
    return isinstance(record, dict) and {question, *LETTERS} <= set(record) and (not answer or answer in record)


def is_cmmlu(record: Any) -> bool:
    return _is_choice(record, "Question", "Answer") and ("" in record or "Unnamed: 0" in record)


def is_aclue(record: Any) -> bool:
    return _is_choice(record, "Question", "Answer") and not is_cmmlu(record)


def is_ceval(record: Any) -> bool:
    return _is_choice(record, "question") and "id" in record


def from_cmmlu(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return [_choice("cmmlu", record, ("Question", "Answer"), templates.CMMLU_SUBJECTS, context)]


def from_aclue(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    # the names of its files are the subjects, in Chinese
    subject, _ = subject_and_split(context.file)
    return [_choice("aclue", record, ("Question", "Answer"), {subject: subject} if has_han(subject) else {}, context)]


def from_ceval(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    outcome = _choice("ceval", record, ("question", "answer"), templates.CEVAL_SUBJECTS, context)
    if isinstance(outcome, Example):
        # few-shot examples explain theirs; every row has the key
        outcome = replace(outcome, extra={**outcome.extra, "explanation": text_of(record, "explanation")})
    return [outcome]


def _choice(
    dataset: str, record: Mapping[str, Any], names: tuple[str, str], subjects: Mapping[str, str], context: Context
) -> Outcome:
    question, answer = text_of(record, names[0]), text_of(record, names[1]).upper()
    choices = [text_of(record, letter) for letter in LETTERS]
    if answer not in LETTERS:
        return Reject(dataset, "no_answer", f"expected A, B, C or D; found {answer or 'nothing'}")
    if not question or not all(choices):
        return Reject(dataset, "empty_option", question[:80])
    subject, split = subject_and_split(context.file)
    options = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=True))
    named = subjects.get(subject, "")
    template = templates.CHOICE_OF_SUBJECT if named else templates.CHOICE
    return Example(
        dataset,
        (user(filled(template, subject=named, question=question, options=options)), assistant(answer)),
        document=f"{dataset}:{subject}:{context.number}",
        title=named or subject,
        same_as=place_of(context),
        extra={"choices": choices, "answer": answer, "subject": subject, "split": split},
    )


def place_of(context: Context, section: str = "") -> str:
    """What makes an item itself: a question that stands twice in a set is asked twice, as in the published scores."""
    return f"{context.file}\t{context.number}\t{section}"


def text_of(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""


_SPLITS = {"dev": "dev", "test": "test", "val": "val", "validation": "val", "train": "dev"}
_SPLIT_FILE = re.compile(r"(train|dev|val|validation|test)(?:-\d+-of-\d+)?")
_NUMBERED = re.compile(r"\d+|data-\d+-of-\d+")
_SPLIT_ENDING = re.compile(r"(.+)_(dev|val|test)")


def subject_and_split(file: str) -> tuple[str, str]:
    """Both stand in test/ancient_chinese.csv, test/law_test.csv and, as hubs ship it, law/test-00000-of-00001.parquet,
    law/test/0000.parquet and law/test/data-00000-of-00001.arrow.
    """
    path = PurePosixPath(file)
    if _NUMBERED.fullmatch(path.name.split(".")[0]) and path.parent.name:
        path = path.parent
    stem = path.name.split(".")[0]
    if whole := _SPLIT_FILE.fullmatch(stem):
        return path.parent.name, _SPLITS[whole[1]]
    if ending := _SPLIT_ENDING.fullmatch(stem):
        return ending[1], ending[2]
    folders = [_SPLITS[part] for part in reversed(path.parts[:-1]) if part in _SPLITS]
    return stem, folders[0] if folders else ""


# ---- open questions with a reference


def is_alignbench(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "reference", "category"} <= set(record)


def from_alignbench(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    evidences = record.get("evidences")
    found = [item for item in evidences if isinstance(item, Mapping)] if isinstance(evidences, list) else []
    quoted = [f"{text_of(item, 'url')}\n{text_of(item, 'quote')}" for item in found]
    extra = {
        "question_id": str(record.get("question_id", "")),
        "category": text_of(record, "category"),
        "subcategory": text_of(record, "subcategory"),
        "evidences": "\n\n".join(quoted),
    }
    return [_open("alignbench", text_of(record, "question"), text_of(record, "reference"), extra, context)]


def is_belle(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "std_answer", "class"} <= set(record)


def from_belle(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    # the class is written with a no-break space (closed qa)
    kind = " ".join(text_of(record, "class").split())
    return [_open("belle_bench", text_of(record, "question"), text_of(record, "std_answer"), {"class": kind}, context)]


def _open(dataset: str, question: str, reference: str, extra: Mapping[str, str], context: Context) -> Outcome:
    if not question:
        return Reject(dataset, "empty_prompt")
    if not reference:
        return Reject(dataset, "no_reference", f"nothing to compare an answer with: {question[:80]}")
    return Example(
        dataset,
        (user(question), assistant(reference)),
        document=f"{dataset}:{context.number}",
        same_as=place_of(context),
        extra=extra,
    )
