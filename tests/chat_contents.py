"""What would a good model answer? Items cut out of the passage's own sentences, in the form that the prompt shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LINKS = ("", "那时，", "后来，", "再往后，", "与此同时，", "到了最后，")
_PASSAGE = re.compile(r"【(?:材料|古文)开始】\n(?:(?:标题|出处)：([^\n]*)\n)?(.*?)\n?【(?:材料|古文)结束】", re.DOTALL)
_FORM = re.compile(r'^\{"items".*\}$', re.MULTILINE)
_NUMBER = re.compile(r"items 里有 (\d+)")
_KIND = re.compile(r"^([a-z_]+)：", re.MULTILINE)

_JUDGED = re.compile(r"【原文】\n(.*?)\n【要求】.*【待评回答】\n(.*)", re.DOTALL)


class Read:
    """What a model reads in a prompt."""

    def __init__(self, text: str) -> None:
        found = _PASSAGE.search(text)
        self.title, self.text = (found[1] or "", found[2]) if found else ("", text.rpartition("\n")[2])
        self.title = self.title.partition(" · ")[0]
        shown = _FORM.search(text)
        self.keys: tuple[str, ...] = tuple(json.loads(shown[0])["items"][0]) if shown else ("question", "answer")
        number = _NUMBER.search(text)
        self.items = int(number[1]) if number else 2
        self.kinds = _KIND.findall(text) or ["what", "why", "how"]
        self.sentences = [one.strip() for one in re.findall(r"[^。！？\n]{6,}[。！？]", self.text)] or [self.text]
        self.clauses = re.findall(r"[^，。；：！？、\n“”「」]{3,}", self.text) or [self.text]


def good(body: Mapping[str, Any]) -> str:
    text = body["messages"][-1]["content"]
    if judged := _JUDGED.search(text):
        return json.dumps({"reason": "与原文对照过。", "score": 9 if judged[2] in judged[1] else 3}, ensure_ascii=False)
    if not _FORM.search(text):
        return _sample(body)
    read = Read(text)
    number = min(read.items, len(read.sentences)) if "question" in read.keys else min(read.items, len(read.kinds))
    items = [{key: MAKERS[key](read, place) for key in read.keys} for place in range(number)]
    return json.dumps({"items": items}, ensure_ascii=False)


def _sample(body: Mapping[str, Any]) -> str:
    """To a request that is no prompt of ours: words that are in no passage."""
    return f"这件事大约发生在三百年前，具体情况说法不一，可参考第{body.get('seed', 7)}种说法。"


def _about(read: Read, place: int) -> str:
    """The beginning of a sentence, as what is asked about: the rest is the answer's."""
    clause = re.split(r"[，。；：！？“”]", read.sentences[place % len(read.sentences)])[0]
    return clause[: max(3, min(14, len(clause) // 2))]


def _question(read: Read, place: int) -> str:
    if "evidence" in read.keys and not read.title:
        return f"“{read.clauses[place]}”是什么意思？"
    return f"关于{read.title or _about(read, 0)}，{_about(read, place)}的具体情况是什么？"


def _retold(read: Read, places: Sequence[int]) -> str:
    """Clauses in another order, with other words between them: no long run is the passage's."""
    told = [f"{LINKS[number % len(LINKS)]}{read.clauses[place]}" for number, place in enumerate(places)]
    return f"{read.title}：" * bool(read.title) + "。".join(told) + "。"


def _short(read: Read, place: int) -> str:
    """Every other clause, as long as less than half of the passage is used, in the form of its kind."""
    chosen: list[str] = []
    for clause in read.clauses[place % 2 :: 2]:
        if sum(len(one) + 6 for one in (*chosen, clause)) < len(read.text) * 0.5:
            chosen.append(clause)
    kind = read.kinds[place % len(read.kinds)]
    if kind == "points":
        return "\n".join(f"- {clause}。" for clause in chosen[:6])
    if kind == "sentence":
        return f"{read.title}：{'，'.join(chosen[:2])}。"
    told = [f"{link}{clause}。" for link, clause in zip(LINKS, chosen[:4], strict=False)]
    return f"{read.title}：" * bool(read.title) + "".join(told)


def _whole(read: Read, place: int) -> str:
    return _retold(read, range(len(read.clauses) - 1, -1, -1))


def _exchanges(read: Read, place: int) -> list[dict[str, str]]:
    asked = [f"你能讲讲{read.title or _about(read, 0)}吗？", "那后来呢？", "还有别的吗？"]
    return [{"user": user, "assistant": said} for user, said in zip(asked, read.sentences, strict=False)]


def _term(read: Read, place: int) -> str:
    if place == 0 and read.title and read.title in read.text:
        return read.title
    return read.clauses[place % len(read.clauses)][:4]


MAKERS: Mapping[str, Callable[[Read, int], Any]] = {
    "kind": lambda read, place: read.kinds[place % len(read.kinds)],
    "difficulty": lambda read, place: ("easy", "medium", "hard")[place % 3],
    "question": _question,
    "answer": lambda read, place: read.sentences[place % len(read.sentences)],
    "evidence": lambda read, place: read.sentences[place % len(read.sentences)],
    "summary": _short,
    "text": _whole,
    "story": _whole,
    "term": _term,
    "explanation": lambda read, place: f"{_term(read, place)}是{_short(read, place)}",
    "exchanges": _exchanges,
}
