"""Is an item worth learning: true to its passage, about the thing and not about the text, whole, worth asking?

One reason for each item, the first that holds. Pure: other thresholds cost no request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import add

from converters.conversations import stories
from converters.conversations.turns import offers_help
from converters.expansion import about_text, spoiled
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.grounding import Measured, fold, grounding, pairs_of, stands
from converters.expansion.named import names
from converters.expansion.repeats import repeats
from converters.expansion.words import PARTICLES
from converters.judging.material import goes_on
from converters.text import key

__all__ = ["Verdict", "judged", "repeats", "stands_alone"]

Fault = tuple[str, str]

NOTHING = Measured()
LEAST_QUESTION, LONGEST_QUESTION = 4, 300  # characters
LEAST_TURNS = 4  # two exchanges: of one, a question with its answer could be made
LEAST_WEIGHED = 5  # pairs of characters of a question
LEAST_REPEATED = 6  # letters of an answer: 是的 says nothing new either
LEAST_PAIRS = 4  # of an answer: 不客气 and 是的 have too few to be weighed
_CHOICE = re.compile("还是|哪[一个种些]|[或]|谁|是否|是不是|有没有|能否|吗|对不对")
_YES_NO = re.compile("吗|是否|是不是|有没有|能否|能不能|会不会|可不可以|对不对|还是")
_POLITE = re.compile(
    "\\A(?:不客气|不用谢|别客气|没关系|谢谢|好的|当然|没错|是的|对|祝)[^，。！]{0,12}[，。！]?.{0,24}\\Z",
    re.DOTALL,
)
_GOES_ON = re.compile("[他她它]|那(?:么|后来|之后|为什么|怎么)|后来呢|还有呢|然后呢")
_VAGUE = re.compile(
    "\\A(?:他|她|它|这|那|此|该|其|上面|前者|后者)|(?:这|那|该|此)(?:[个位种座场次部项条件些]|人|地|书|国|城|战|事件|时期|地区|作品)"
    "|他们|她们|它们|[他她它](?=[的在是于曾被为与和，]|[出写建创担任])|当时|那时|这里|那里|本[人国地校市县省]"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is "" for an item that passes. Of a conversation the worst answer is measured."""

    reason: str = ""
    detail: str = ""
    measured: Measured = NOTHING


def judged(task: Task, item: Item, passage: Passage, thresholds: Thresholds | None = None) -> Verdict:
    """`thresholds`, when given, replace the task's own."""
    limits = thresholds or task.thresholds
    fault = _form(task, item, passage, limits)
    if fault:
        return Verdict(*fault)
    worst = NOTHING
    for asked, answer in _exchanges(item):
        measured = grounding(answer, passage, asked)
        worst = _worse(worst, measured)
        fault = _ungrounded(answer, measured, limits)
        if fault:
            return Verdict(*fault, worst)
    return Verdict(*(_of_question(task, item, passage) or ("", "")), worst)


def _exchanges(item: Item) -> Iterator[tuple[str, str]]:
    """Each answer with all that the user said before it."""
    if not item.turns:
        yield item.question, item.answer
    for place, turn in enumerate(item.turns):
        if turn.role == "assistant":
            yield "\n".join(earlier.content for earlier in item.turns[:place] if earlier.role == "user"), turn.content


def _worse(one: Measured, other: Measured) -> Measured:
    return Measured(
        min(one.ngrams, other.ngrams),
        min(one.numbers, other.numbers),
        min(one.names, other.names),
        max(one.copied, other.copied),
        (*map(add, one.weighed, other.weighed),),
        one.missing_ngrams + other.missing_ngrams,
        one.missing_numbers + other.missing_numbers,
        one.missing_names + other.missing_names,
    )


# ---- what can be said without measuring


def _form(task: Task, item: Item, passage: Passage, limits: Thresholds) -> Fault | None:
    if item.turns and (fault := _turns(item)):
        return fault
    if item.evidence and not stands(item.evidence, passage):
        return "evidence_absent", item.evidence[:80]
    for answer in item.answers:
        if fault := _length(answer, passage, limits):
            return fault
    for asked, answer in _exchanges(item):
        question = asked.rpartition("\n")[2]
        if fault := spoiled.fault(question, answer, passage) or _talk(task, question, answer, passage):
            return fault
    return _task_form(task, item, limits)


def _turns(item: Item) -> Fault | None:
    roles = [turn.role for turn in item.turns]
    if roles != ["user", "assistant"] * (len(roles) // 2) or len(roles) < LEAST_TURNS:
        return "turn_order", " ".join(roles)
    for turn in item.turns[::2]:
        if offers_help(turn.content):
            return "swapped_roles", turn.content[:60]
    said = [key(turn.content) for turn in item.turns]
    twice = next((item.turns[place].content for place, text in enumerate(said) if text in said[:place]), "")
    return ("repeated_turn", twice[:60]) if twice else None


def _length(answer: str, passage: Passage, limits: Thresholds) -> Fault | None:
    length = len(answer.strip())
    if length < max(limits.shortest, 1):
        return "too_short", f"{length} characters; least {limits.shortest}"
    most = min(limits.longest, limits.ratio * len(passage.text))
    return ("too_long", f"{length} characters; most {most:.0f}") if length > most else None


def _talk(task: Task, question: str, answer: str, passage: Passage) -> Fault | None:
    """Of the text instead of the thing. Who asks about words of an old text has it before him, and may say so."""
    around = f"{passage.title}\n{passage.section}\n{passage.text}"
    if found := about_text.leaves_unanswered(answer, around):
        return "unanswered", found
    if found := about_text.refers(answer, around) or ("" if passage.classical else about_text.refers(question, around)):
        return "refers_to_text", found
    if task.name in ASKED and (found := about_text.asks_about_text(question, around)):
        return "meta_question", found
    return None


ASKED = ("qa", "classical_qa", "dialogue")  # whose questions the model invents


def _task_form(task: Task, item: Item, limits: Thresholds) -> Fault | None:
    if task.name == "story":
        return stories.fault(item.answer, limits.shortest)
    if task.name == "summary":
        stops = len(re.findall("[。！？](?![”’」』）])", item.answer))
        lines = item.answer.strip().count("\n") + 1
        if (item.kind == "sentence" and (stops > 1 or lines > 1)) or (item.kind == "points" and lines < 2):
            return "missed_form", f"{item.kind}: {stops} sentences, {lines} lines"
    return None


# ---- what is measured


def _ungrounded(answer: str, measured: Measured, limits: Thresholds) -> Fault | None:
    if measured.numbers < limits.numbers:
        return "unknown_number", "、".join(measured.missing_numbers)
    if measured.names < limits.names:
        return "unknown_name", "、".join(measured.missing_names)
    if measured.ngrams < limits.ngrams and not (_is_small_talk(answer, measured) or _is_figure(measured)):
        return "not_grounded", f"{measured.ngrams:.2f}: {' '.join(measured.missing_ngrams)}"
    if measured.copied > limits.copied:
        return "copied", f"{measured.copied:.2f}"
    return None


def _is_figure(measured: Measured) -> bool:
    """后来增加到一千多万亩: what it says are its numbers, and these are known."""
    pairs, numbers, _ = measured.weighed
    return numbers > 0 and pairs < LEAST_PAIRS


def _is_small_talk(answer: str, measured: Measured) -> bool:
    return len(measured.missing_ngrams) < LEAST_PAIRS * 2 and _POLITE.match(answer.strip()) is not None


# ---- the question


def _of_question(task: Task, item: Item, passage: Passage) -> Fault | None:
    if task.name in ("rewrite", "summary", "story"):
        return None
    if task.name == "explain":
        return None if stands(item.question, passage) else ("unknown_name", item.question[:60])
    for question, answer in _asked(item):
        if not LEAST_QUESTION <= len(question.strip()) <= LONGEST_QUESTION and not item.turns:
            return "question_length", f"{len(question)} characters"
        if fault := _adds_nothing(question, answer):
            return fault
    question = item.turns[0].content if item.turns else item.question
    if goes_on(question) or _GOES_ON.match(question.strip()):
        return "unclear_question", question[:60]
    measured = grounding(question, passage)
    if measured.numbers < 1 or measured.names < 1:
        return "unknown_in_question", "、".join((*measured.missing_numbers, *measured.missing_names))
    is_about = measured.ngrams or measured.weighed[0] < LEAST_WEIGHED or passage.title in question
    if not is_about and not passage.classical:
        return "question_not_grounded", " ".join(measured.missing_ngrams)
    return None


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
