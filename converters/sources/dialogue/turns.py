"""How the utterances of a dialogue become the alternating turns of a user and an assistant.

LLaMA-Factory wants user and assistant in pairs, an optional system prompt before them. What a turn may say is decided
elsewhere; here it is only put in order, its tail taken off and its length held down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from converters.contract import Context, Example, Message, Outcome, Reject, assistant, system, user
from converters.judging.filters import first_fault
from converters.script import simplified_modern
from converters.templates import Filled
from converters.text import one_line, punctuated

MOST_CHARACTERS = 6_000  # of a whole conversation, the system prompt included
MOST_PAIRS = 12


class Pair(NamedTuple):
    """What the user said and what the assistant answered."""

    user: str
    assistant: str


# ---- the text of one turn

_ANNOTATION = re.compile(r"【([^【】]{1,30})】")
_HEADING = re.compile(r"#+\s*(?![CcA-Z])")  # a markdown heading of the encyclopedia, run into the line
_EN = re.compile(r"^恩+(?=[，。,！、~ ])")  # a slip of the keyboard for 嗯
_CLOSED = re.compile(r"[。！？…～~!?.）)”\"』」》：:;；]$")


def spoken(text: str) -> str:
    """An utterance as it is shown: one line, mainland punctuation, an annotator's 【 】 taken off."""
    return _EN.sub("嗯", punctuated(_HEADING.sub("", _ANNOTATION.sub(r"\1", one_line(text))))).lstrip("，。、；！")


def closed(text: str) -> str:
    """An answer ends with a mark: annotators often leave the last full stop out."""
    return text if _CLOSED.search(text) else text.rstrip("，,、 ") + "。"


# ---- tails

_FAREWELL = re.compile(
    r"再见|拜拜|回见|白白|不客气|不用客气|不用谢|别客气|您?客气了|客气啥|不谢|应该的|谢谢|多谢|感谢|"
    r"(?:愉快|开心|顺利|高兴|快乐)[！!。~～]*$|祝[您你]|辛苦[你您]?了|麻烦[你您]了|下次(?:再)?聊|为您服务|"
    r"^(?:嗯+|哦+|噢|好|行|好的|好吧|好嘞|好滴|收到|知道了|明白了|没事|没问题|是的|是啊|OK|ok)[，。！!~～呢啊呀吧了的]*$"
)


def is_farewell(text: str) -> bool:
    """True for what only closes a dialogue. A tail of such turns teaches an assistant nothing but 不客气."""
    return _FAREWELL.search(text) is not None and len(text) <= 40 and "？" not in text and "?" not in text


def without_tail(pairs: Sequence[Pair], dull: Callable[[Pair], bool]) -> Sequence[Pair]:
    """The pairs without the dull ones at their end."""
    end = len(pairs)
    while end and dull(pairs[end - 1]):
        end -= 1
    return pairs[:end]


# ---- the whole


def shortened(pairs: Sequence[Pair], room: int = MOST_CHARACTERS, most: int = MOST_PAIRS) -> Sequence[Pair]:
    """As many pairs from the start as fit."""
    kept: list[Pair] = []
    for pair in pairs[:most]:
        room -= len(pair.user) + len(pair.assistant)
        if room < 0:
            break
        kept.append(pair)
    return kept


def finished(
    dataset: str,
    prompt: Filled,
    pairs: Sequence[Pair],
    context: Context,
    *,
    document: str,
    kind: str = "",
    notes: tuple[str, ...] = (),
) -> Outcome:
    """The example of a dialogue whose turns are in order, or the fault that every source is looked over for."""
    if not pairs:
        return Reject(dataset, "no_exchange", "no turn of the user is answered")
    messages = _messages(prompt.text, pairs)
    total = sum(len(message.content) for message in messages)
    if total > MOST_CHARACTERS:
        return Reject(dataset, "too_long", f"{total} characters")
    fault = first_fault(messages)
    if fault:
        return Reject(dataset, *fault)
    if context.script == "simplified":
        messages = tuple(Message(message.role, simplified_modern(message.content)) for message in messages)
    return Example(dataset, messages, document=document, kind=kind, template=prompt.label, notes=notes)


def _messages(prompt: str, pairs: Sequence[Pair]) -> tuple[Message, ...]:
    head = (system(prompt),) if prompt else ()
    turns = tuple(message for pair in pairs for message in (user(pair.user), assistant(pair.assistant)))
    return head + turns
