"""A journal as an expansion leaves it, written by the journal itself, with answers that the test names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from converters.expansion.contract import Passage, Request
from converters.expansion.journal import Journal

BRIDGE = (
    "青石桥位于临川县城东，建于明代万历十二年，由石匠陈守义主持修造。桥长四十二米，宽五米，全用青石砌成。"
    "清代乾隆年间，桥身曾被洪水冲毁，当地商人捐资重修。如今它是县里保存最完整的古桥。"
)
PASSAGE = Passage(
    BRIDGE, "wiki:青石桥", "wiki", title="青石桥", licence="CC-BY-SA-4.0", attribution="https://zh.wikipedia.org"
)
USAGE = {"prompt": 300, "completion": 80}


def question(question: str, answer: str, **more: str) -> dict[str, str]:
    return {"kind": "何时", "difficulty": "easy", "question": question, "answer": answer, **more}


def request(passage: Passage = PASSAGE, *, version: str = "1", model: str = "teacher", **about: Any) -> Request:
    messages = ({"role": "user", "content": passage.text},)
    return Request("qa", version, model, messages, {"temperature": 0.7}, passage, {"items": 3, "closed": 0.0, **about})


def answer(
    journal: Journal, asked: Request, text: str, *, usage: Any = USAGE, finish: str = "stop", fault: str = ""
) -> None:
    attempt = journal.sent(asked, 310)
    body = {"text": text, "finish": finish, "usage": usage, "seconds": 1.5}
    journal.answered(asked, attempt, body, final=True, fault=fault)


def asked_and_answered(path: Path, *answers: tuple[Request, Sequence[dict[str, str]]]) -> None:
    with Journal(path) as journal:
        for asked, items in answers:
            answer(journal, asked, json.dumps({"items": items}, ensure_ascii=False))


def say(journal: Journal, requests: Iterable[Request], *texts: str) -> None:
    """Answers to requests, in their order."""
    for asked, text in zip(requests, texts, strict=True):
        answer(journal, asked, text)
