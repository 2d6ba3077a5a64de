"""Questions whose answer is a number or a few words: GSM8K, MGSM in Chinese, and any that say which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.sources.evaluation.questions import filled, subject_and_split, text_of
from converters.sources.general.items import document, licensed
from converters.templates import general as templates
from converters.text import has_han

GSM8K, MGSM, ENGLISH, ARITHMETIC = "gsm8k", "mgsm_zh", "general_english", "general_arithmetic"

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?")
_FINAL = re.compile(r"####\s*(\S+)\s*$")
_CALCULATOR = re.compile(r"<<[^<>]*>>")  # GSM8K's marks for a tool: <<48/2=24>>
_KANA = re.compile(r"[\u3041-\u30ff]")
_LABEL = re.compile(r"^问题[：:]\s*")  # of MGSM's examples


def is_gsm8k(record: Any) -> bool:
    return isinstance(record, dict) and "#### " in text_of(record, "answer") and has_texts(record, "question", "answer")


def has_texts(record: Any, *names: str) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(name), str) for name in names)


def has_question_and_answer(record: Any) -> bool:
    return has_texts(record, "question", "answer")


def from_gsm8k(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """Without the marks for a calculator; the steps stay, and say how long an answer may become."""
    answer = _CALCULATOR.sub("", text_of(record, "answer"))
    final = _FINAL.search(answer)
    if not final or not _NUMBER.fullmatch(final[1]):
        return [Reject(GSM8K, "no_answer", f"expected #### and a number at the end; found {answer[-40:]}")]
    if not final.start():
        return [Reject(GSM8K, "no_steps", answer)]
    return [_asked(GSM8K, text_of(record, "question"), answer, templates.STEPS_EN, "number", context)]


def is_mgsm(line: Any) -> bool:
    question, _, number = line.rpartition("\t") if isinstance(line, str) else ("", "", "")
    return "\t" not in question and _is_chinese(question) and bool(_NUMBER.fullmatch(number.strip()))


def from_mgsm(line: str, context: Context) -> Sequence[Outcome]:
    question, _, number = line.rpartition("\t")
    return [_asked(MGSM, question.strip(), number.strip(), templates.NUMBER_ZH, "number", context)]


def is_mgsm_row(record: Any) -> bool:
    return isinstance(record, dict) and "answer_number" in record and _is_chinese(text_of(record, "question"))


def from_mgsm_row(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    question = _LABEL.sub("", text_of(record, "question"))
    number = _written(record["answer_number"])
    if not _NUMBER.fullmatch(number):
        return [Reject(MGSM, "no_answer", f"expected a number; found {number[:40] or 'nothing'}")]
    return [_asked(MGSM, question, number, templates.NUMBER_ZH, "number", context)]


def _written(value: Any) -> str:
    # a column of numbers is one of floats where a cell is empty
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _is_chinese(text: str) -> bool:
    return has_han(text) and not _KANA.search(text)


def is_question(record: Any) -> bool:
    return has_texts(record, "question", "answer") and record.get("kind") in ("number", "text")


def from_question(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    question, answer, kind = (text_of(record, name) for name in ("question", "answer", "kind"))
    chinese = has_han(question)
    if kind == "text":
        template = templates.WORDS_ZH if chinese else templates.WORDS_EN
        return [licensed(_asked(ENGLISH, question, answer, template, kind, context), record)]
    if not _NUMBER.fullmatch(answer):
        return [Reject(ARITHMETIC, "no_answer", f"expected a number; found {answer[:40] or 'nothing'}")]
    template = templates.NUMBER_ZH if chinese else templates.NUMBER_EN
    return [licensed(_asked(ARITHMETIC, question, answer, template, kind, context), record)]


def _asked(dataset: str, question: str, answer: str, template: str, kind: str, context: Context) -> Outcome:
    if not question:
        return Reject(dataset, "empty_prompt")
    if not answer:
        return Reject(dataset, "no_answer", question[:80])
    return Example(
        dataset,
        (user(filled(template, question=question)), assistant(answer)),
        document=document(dataset, context),
        extra={"kind": kind, "split": subject_and_split(context.file)[1]},
    )
