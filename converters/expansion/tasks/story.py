"""The events of a passage told as a story, without a fact, a name or a number that it does not have.

Asked of passages that tell of events: of what is only described no story can be made without inventing one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, kind
from converters.expansion.tasks.rows import asked

TEMPLATES = {"narrated": "STORY", "teller": "STORY_TELLER", "bedtime": "STORY_BEDTIME", "suspense": "STORY_SUSPENSE"}


# that one thing came after another
_EVENT = re.compile(
    r"\d年(?!代)|\d月\d+日|[元一二三四五六七八九十]年[，、春夏秋冬正一二三四五六七八九十]|[次翌同当]年|[同次]日"
    r"|后来|随后|此后|之后|不久|终于|最终|于是|一天|有一次|出生|去世|逝世"
)
LEAST_EVENTS = 3


def tells_events(passage: Passage) -> bool:
    return not passage.classical and len(_EVENT.findall(passage.text)) >= LEAST_EVENTS


class Story(Part):
    asked: ClassVar = ("kind", "story")
    story: str
    kind: str = ""


def items(answer: Answer[Story]) -> Sequence[Item]:
    return [Item("", part.story, kind(part.kind)) for part in answer.items]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    request = asked(TEMPLATES.get(item.kind, "STORY"), passage, place)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "story",
    "the events of a passage that tells of some, as a story, nothing invented",
    0.03,
    "story",
    Answer[Story],
    items,
    messages,
    Thresholds(ngrams=0.25, copied=0.4, shortest=80, longest=2000, ratio=3.0),
    suits=tells_events,
    per_passage=1,
)
