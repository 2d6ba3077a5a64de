"""Which stretch of a dialogue between two equals an assistant may have spoken.

In KdConv and NaturalConv both speakers ask, both know, both have "watched it too". One of them becomes the assistant
over the longest run of exchanges in which every answer says something that stands in what is known, and nothing that
only a person could say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from converters.sources.dialogue import grounding, speech
from converters.sources.dialogue.asking import misses, without_question
from converters.sources.dialogue.knowledge import Fact
from converters.sources.dialogue.turns import Pair, closed

LEAST_PAIRS = 2
LEAST_INFORMED = 0.6  # of the assistant's answers say a fact
LONGEST_COMMENT = 30  # characters of an answer without a fact; a longer one asserts something
LONG_NAME = 10  # characters


class Said(NamedTuple):
    """One message: its text, and the facts that it may rest on."""

    text: str
    facts: tuple[Fact, ...]


class Answer(NamedTuple):
    """A pair that an assistant may have spoken.

    `informed`: the answer says one of its facts. `last`: it can only end the dialogue, a question was cut off its end.
    """

    pair: Pair
    facts: tuple[Fact, ...]
    informed: bool
    last: bool


Fault = tuple[str, str]


def _anything(text: str, known: str) -> str:
    return ""


class Manner(NamedTuple):
    """How one corpus talks.

    `opens`: the dialogue's first message is well put. `begins`: a reader who has seen nothing else understands a
    message inside the dialogue. `beyond`: what an answer says that is not known, "" if nothing.
    """

    opens: Callable[[str], bool]
    begins: Callable[[str], bool]
    beyond: Callable[[str, str], str] = _anything


def best(said: Sequence[Said], known: str, manner: Manner) -> list[Answer] | Fault:
    """The stretch with most informed answers, whoever is the assistant in it; or the fault that stopped the first."""
    judged = [
        [judge(*pair, known, manner.beyond) for pair in zip(said[first::2], said[first + 1 :: 2], strict=False)]
        for first in (0, 1)
    ]
    found = [stretch for first in (0, 1) for stretch in _stretches(judged[first], manner, opening=first == 0)]
    if found:
        return max(found, key=lambda stretch: (sum(answer.informed for answer in stretch), -len(stretch)))
    knows = 1 if _facts(said[::2]) > _facts(said[1::2]) else 0
    faults = (verdict for verdict in judged[knows] if not isinstance(verdict, Answer))
    return next(faults, ("too_short", f"fewer than {LEAST_PAIRS} exchanges with facts"))


def _facts(said: Sequence[Said]) -> int:
    return sum(len(message.facts) for message in said)


def _stretches(judged: Sequence[Answer | Fault], manner: Manner, opening: bool) -> list[list[Answer]]:
    stretches: list[list[Answer]] = []
    current: list[Answer] = []
    for number, verdict in enumerate(judged):
        understood = manner.opens if opening and number == 0 else manner.begins
        if isinstance(verdict, Answer) and (current or understood(verdict.pair.user)):
            current.append(verdict)
        if current and (not isinstance(verdict, Answer) or verdict.last):
            stretches, current = [*stretches, current], []
    return [kept for stretch in (*stretches, current) if (kept := _worthwhile(stretch))]


def _worthwhile(stretch: Sequence[Answer]) -> list[Answer]:
    """The stretch without the answers at its end that say nothing; empty if too little is left."""
    end = len(stretch)
    while end and not stretch[end - 1].informed:
        end -= 1
    kept = list(stretch[:end])
    informed = sum(answer.informed for answer in kept)
    return kept if len(kept) >= LEAST_PAIRS and informed >= LEAST_INFORMED * len(kept) else []


# ---- one answer

QUESTION = re.compile(
    r"[？?]|[吗呢]$|谁|什么|哪|几[个点岁年首部]|多少|多[久大高长]|怎么|为[啥什]|介绍|说说|讲讲|告诉|推荐|帮我"
)
_UNKNOWN = re.compile(r"不(?:太|大|是很|是太)?(?:知道|清楚|了解|确定)|没(?:有)?(?:查到|找到)|暂时没有")
_SURPRISED = re.compile(
    r"^(?:是吗|真的吗|哦|噢|啊|哇|原来|这样|居然|还真没)|原来是?这样|真不知道|[长涨]知识|没想到|头一次|第一次(?:听|知道)|"
    r"可真|真是?(?:了不起|厉害|有才|不容易|难得)"
)


# The one who holds the knowledge does not draw conclusions from the user's.
_LEARNS = re.compile(r"^(?:这么[看说]|看来|看这样|听你|是吗|原来[她他它])|原来[她他它]还|我只知道|崇拜吗")
_KIND = re.compile(r"这[张首](专辑|歌)")
_IS_A = re.compile(r"是(?:一|[^，。]{0,16}第一)[张首][^，。]{0,10}(专辑|唱片|歌)(?![手词单])(?!里)")
_LIFEWORK = re.compile(r"《[^》]*》[^，。《]{0,14}终[身生]成就")
_WOMAN = re.compile(r"女(?:演员|歌手|艺人|星|导演|作家)|性别：女")
_MAN = re.compile(r"男(?:演员|歌手|艺人|星|导演|作家|主角|配角)|性别：男")
_HE = re.compile(r"(?<![其吉])他(?!们)")
_AGREES = re.compile(r"^(?:是[的啊呀，。]|对[的啊呀，。！]|嗯|没错|确实)")
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def judge(question: Said, reply: Said, known: str, beyond: Callable[[str, str], str] = _anything) -> Answer | Fault:
    """The pair as an assistant may have spoken it, or the reason why not and the words."""
    text, question_cut = without_question(reply.text)
    text = closed(text) if text else ""
    informed = any(_says(text, fact) for fact in reply.facts)
    faults = (
        ("piracy", speech.piracy(question.text) or speech.piracy(reply.text)),
        ("empty_answer", "" if text and question.text else reply.text),
        ("persona", speech.persona(_heard_of(question.text, text))),
        ("asks_for_a_life", question.text if speech.asks_for_a_life(question.text) else ""),
        ("rude", speech.rude(text)),
        ("slip", _slip(text, known) or speech.slip(question.text)),
        ("learns", _found(_LEARNS, text)),
        ("dated", speech.dated(text) or speech.aged(question.text)),
        ("ungrounded", grounding.missing(text, known + question.text)),
        ("false_premise", _agrees_unread(question.text, text, known)),
        ("mistaken", _mistaken(question.text, text) or _other_sex(text, known) or _denies(question.text, text, known)),
        ("unanswered", misses(question.text, text) or ("" if informed else _evades(question.text, text))),
        ("question_to_user", reply.text if question_cut and not informed else ""),
        ("absurd_duration", grounding.absurd_visit(text)),
    )
    fault = next((fault for fault in faults if fault[1]), None)
    unknown = "" if fault else beyond(text, f"{known}\n{question.text}")
    if unknown:
        return "beyond_knowledge", unknown
    return fault or Answer(Pair(question.text, text), question.facts + reply.facts, informed, question_cut)


def _slip(text: str, known: str) -> str:
    """A slip, if it is not a long name that says one word twice (华语唱片奖十大华语国语唱片奖)."""
    slip = speech.slip(text)
    return "" if len(slip) >= LONG_NAME and slip in known else slip


def _mistaken(question: str, text: str) -> str:
    """An album is called a song, or a song an album; a film is given a prize for a life's work."""
    lifework = _LIFEWORK.search(text)
    if lifework:
        return lifework[0]
    asked = _KIND.search(question)
    named = _IS_A.search(text)
    return named[0] if asked and named and (asked[1] == "歌") != (named[1] == "歌") else ""


_ASKS_WHETHER = re.compile(r"是(?:一?[名个位])?([\u4e00-\u9fff]{2,4})[吗么吧]")


def _denies(question: str, text: str, known: str) -> str:
    """不是 to a question whose word stands in what is known (他是演员吗, and 演员 does), or ""."""
    asked = _ASKS_WHETHER.search(question)
    return asked[1] if asked and text.startswith("不") and asked[1] in known else ""


def _other_sex(text: str, known: str) -> str:
    """他 of a woman, where nobody else is known."""
    he = _HE.search(text)
    return text[he.start() : he.start() + 12] if he and _WOMAN.search(known) and not _MAN.search(known) else ""


def _agrees_unread(question: str, text: str, known: str) -> str:
    """A year that the user gives and the assistant nods at, though what it knows has another."""
    if not _AGREES.search(text):
        return ""
    return next((year for year in _YEAR.findall(question) if year not in known), "")


def _heard_of(question: str, text: str) -> str:
    """听过 answers 听说过吗: of a person, it claims nothing."""
    return re.sub(r"^听(?:说)?过", "", text) if "听说过" in question else text


def _says(text: str, fact: Fact) -> bool:
    alike = grounding.shared(text, fact.value, min(3, len(fact.value)))
    return alike or bool(grounding.numbers(text) & grounding.numbers(fact.value))


def _evades(question: str, text: str) -> str:
    """An answer without a fact: it may say that it does not know, or comment on what the user said."""
    if _UNKNOWN.search(text):
        # who does not know what the user has just told, and what is known, has not listened
        return text if not QUESTION.search(question) and len(question) > LONGEST_COMMENT // 2 else ""
    if QUESTION.search(question) or len(text) > LONGEST_COMMENT or grounding.numbers(text):
        return text
    return text if _SURPRISED.search(text) else ""
