"""English–Chinese sentence pairs (Tatoeba's cmn.txt), as two datasets: one for each direction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import (
    Dataset,
    Example,
    Format,
    Outcome,
    Reject,
    Settings,
    Source,
    assistant,
    user,
)
from converters.prepare import digest
from converters.text import (
    han_count,
    has_han,
    is_damaged,
    key,
    one_line,
    punctuated,
    simplified_modern,
    word_count,
)

TO_CHINESE = "translation_en2zh"
TO_ENGLISH = "translation_zh2en"

ASK_FOR_CHINESE = (
    "请把下面的英文翻译成中文：\n{text}",
    "将这句英文译成中文：\n{text}",
    "翻译成中文：{text}",
    "下面这句英语用中文怎么说？\n{text}",
    "{text}\n请把上面的内容翻译成中文。",
    "“{text}”用中文怎么说？",
    "请翻译成通顺的汉语：\n{text}",
    "英译中：{text}",
)
ASK_FOR_ENGLISH = (
    "请把下面的中文翻译成英文：\n{text}",
    "将这句中文译成英文：\n{text}",
    "翻译成英文：{text}",
    "下面这句话用英语怎么说？\n{text}",
    "{text}\n请把上面的内容翻译成英语。",
    "“{text}”用英语怎么说？",
    "请翻译成自然的英语：\n{text}",
    "中译英：{text}",
)

# A pair outside these bounds is no translation of one another: characters of Chinese for a word of English.
FEWEST_CHARACTERS_A_WORD = 0.34
MOST_CHARACTERS_A_WORD = 6.0
SLACK = 6  # characters: names and single words vary more
LONGEST_QUOTED = 60  # characters

_QUOTES = re.compile('["“”‘「」]')


def _unquoted(templates: Sequence[str]) -> tuple[str, ...]:
    return tuple(template for template in templates if "“" not in template)


def _is_pair(line: Any) -> bool:
    columns = line.split("\t") if isinstance(line, str) else []
    return len(columns) in (2, 3) and word_count(columns[0]) > 0 and not has_han(columns[0]) and has_han(columns[1])


def _has_columns(line: Any) -> bool:
    return isinstance(line, str) and len(line.split("\t")) in (2, 3)


def from_pair(line: str, settings: Settings) -> Sequence[Outcome]:
    """English, Chinese and perhaps an attribution, separated by tabs; the attribution travels as the licence."""
    columns = line.split("\t")
    english, original = one_line(columns[0]), one_line(columns[1])
    licence = one_line(columns[2]) if len(columns) == 3 else ""
    chinese = punctuated(simplified_modern(original)) if settings.script == "simplified" else original
    fault = _fault(english, chinese)
    if fault:
        return [Reject(TO_CHINESE, *fault), Reject(TO_ENGLISH, *fault)]
    common = {
        "document": key(english),
        "licence": licence,
        "original": original if original != chinese else "",
        "notes": ("simplified_or_repunctuated",) if original != chinese else (),
    }
    turn = digest(f"{english}\t{original}".encode())
    return [
        _example(TO_CHINESE, ASK_FOR_CHINESE, turn, english, chinese, common),
        _example(TO_ENGLISH, ASK_FOR_ENGLISH, turn, chinese, english, common),
    ]


def _fault(english: str, chinese: str) -> tuple[str, str] | None:
    if is_damaged(english) or is_damaged(chinese):
        return "replacement_character", chinese
    if word_count(english) == 0 or has_han(english):
        return "no_english", english
    if not has_han(chinese):
        return "no_chinese", chinese
    words, characters = word_count(english), han_count(chinese) + word_count(chinese)
    if characters + SLACK < words * FEWEST_CHARACTERS_A_WORD or characters - SLACK > words * MOST_CHARACTERS_A_WORD:
        return "length_ratio", f"{words} words, {characters} characters"
    return None


def _example(
    dataset: str, templates: Sequence[str], turn: bytes, text: str, answer: str, common: dict[str, Any]
) -> Example:
    # quotation marks around a sentence that has its own, or around a paragraph, are what nobody writes
    fitting = templates if len(text) <= LONGEST_QUOTED and not _QUOTES.search(text) else _unquoted(templates)
    template = fitting[turn[0] % len(fitting)]
    prompt = template.replace("{text}", text)
    return Example(dataset, (user(prompt), assistant(answer)), same_as=f"{key(text)}\t{key(answer)}", **common)


SOURCE = Source(
    name="translation",
    group="task",
    licence="CC BY 2.0 FR",
    origin="https://www.manythings.org/anki/ (Tatoeba)",
    formats=(
        Format(
            "tatoeba",
            "Tatoeba's lines: English, Chinese and attribution, by tabs",
            "text",
            _is_pair,
            from_pair,
            has_columns=_has_columns,
        ),
    ),
    datasets=(
        Dataset(TO_CHINESE, "translate English into Chinese", 0.5, "translation"),
        Dataset(TO_ENGLISH, "translate Chinese into English", 0.5, "translation"),
    ),
    wanted=("cmn.txt (from cmn-eng.zip)",),
)
