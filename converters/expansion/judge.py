"""Is an item worth learning: true to its passage, about the thing and not about the text, whole, worth asking?

One reason for each item, the first that holds. Pure: other thresholds cost no request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add

from converters.conversations import stories
from converters.conversations.turns import offers_help
from converters.expansion import about_text, spoiled
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.grounding import Measured, grounding, stands
from converters.expansion.questions import fault_of
from converters.text import key

Fault = tuple[str, str]

NOTHING = Measured()
LEAST_TURNS = 4  # two exchanges: of one, a question with its answer could be made
LEAST_PAIRS = 4  # of an answer: 不客气 and 是的 have too few to be weighed
_POLITE = re.compile(
    "\\A(?:不客气|不用谢|别客气|没关系|谢谢|好的|当然|没错|是的|对|祝)[^，。！]{0,12}[，。！]?.{0,24}\\Z",
    re.DOTALL,
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
    return Verdict(*(fault_of(task, item, passage) or ("", "")), worst)


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
