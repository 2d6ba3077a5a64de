"""Is a question worth asking: long enough, about the passage, clear by itself, and not answered by its own words?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from converters.expansion.contract import Item, Passage, Task
from converters.expansion.grounding import fold, grounding, pairs_of, stands
from converters.expansion.named import names
from converters.expansion.words import PARTICLES
from converters.judging.material import goes_on
from converters.text import key

Fault = tuple[str, str]

SHORTEST, LONGEST = 4, 300  # characters
LEAST_WEIGHED = 5  # pairs of characters: of fewer, none need be the passage's
LEAST_REPEATED = 6  # letters of an answer: 是的 says nothing new either
_CHOICE = re.compile("还是|哪[一个种些]|或|谁|是否|是不是|有没有|能否|吗|对不对")
_YES_NO = re.compile("吗|是否|是不是|有没有|能否|能不能|会不会|可不可以|对不对|还是")
_GOES_ON = re.compile("[他她它]|那(?:么|后来|之后|为什么|怎么)|后来呢|还有呢|然后呢")
_VAGUE = re.compile(
    "\\A(?:他|她|它|这|那|此|该|其|上面|前者|后者)|(?:这|那|该|此)(?:[个位种座场次部项条件些]|人|地|书|国|城|战|事件|时期|地区|作品)"
    "|他们|她们|它们|[他她它](?=[的在是于曾被为与和，]|[出写建创担任])|当时|那时|这里|那里|本[人国地校市县省]"
)


def fault_of(task: Task, item: Item, passage: Passage) -> Fault | None:
    if task.name in ("rewrite", "summary", "story"):
        return None
    if task.name == "explain":
        return None if stands(item.question, passage) else ("unknown_name", item.question[:60] or "no term")
    for question, answer in _asked(item):
        if not SHORTEST <= len(question.strip()) <= LONGEST and not item.turns:
            return "question_length", f"{len(question)} characters"
        if fault := _adds_nothing(question, answer):
            return fault
    first = _asked(item)[0][0]
    if goes_on(first) or _GOES_ON.match(first.strip()):
        return "unclear_question", first[:60]
    for question, _ in _asked(item):
        measured = grounding(question, passage)
        if measured.numbers < 1 or measured.names < 1:
            return "unknown_in_question", "、".join((*measured.missing_numbers, *measured.missing_names))
    return None if passage.classical else _of_another_subject(first, passage)


def _of_another_subject(question: str, passage: Passage) -> Fault | None:
    measured = grounding(question, passage)
    if measured.ngrams or measured.weighed[0] < LEAST_WEIGHED or (passage.title and passage.title in question):
        return None
    return "question_not_grounded", " ".join(measured.missing_ngrams)


def _asked(item: Item) -> Sequence[tuple[str, str]]:
    if not item.turns:
        return [(item.question, item.answer)]
    return [(one.content, other.content) for one, other in zip(item.turns[::2], item.turns[1::2], strict=True)]


def _adds_nothing(question: str, answer: str) -> Fault | None:
    """An answer that the question gives away, or that says it again. Of a choice one is the answer."""
    asked, said = key(question), key(answer)
    if len(said) > 1 and said in asked and not _CHOICE.search(question):
        return "answer_in_question", answer[:60]
    says_more = bool(set(key(fold(answer))) - set(key(fold(question))) - PARTICLES)
    if not says_more and len(said) >= LEAST_REPEATED and not _YES_NO.search(question):
        return "question_repeats_answer", answer[:60]
    return None


def stands_alone(item: Item, passage: Passage) -> bool:
    """Whether a question can be understood without its passage: it names what it asks about, and points at nothing."""
    title = re.sub(r"[（(].*?[)）]", "", passage.title).strip("《》 ")
    folded = fold(item.question)
    named = (title and title in item.question) or any(names(folded, pairs_of(folded)))
    return bool(named) and _VAGUE.search(item.question.replace(title, "")) is None
