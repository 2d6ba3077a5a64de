"""Which accepted examples are asked again, to find worse answers to them, and how the answers are weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, Literal, Protocol

from converters.contract import Context, Example, Message, Settings
from converters.digests import digest64
from converters.expansion.answers import Fault, parsed
from converters.expansion.contract import Item, Passage, Task
from converters.expansion.scoring import ChatTemplate
from converters.expansion.tasks import task_named

Score = Literal["grounding", "judge", "reward"]
# shares from 0 to 1 (three of them multiplied), grades from 1 to 10, whatever a reward model gives
MARGINS: Mapping[Score, float] = {"grounding": 0.2, "judge": 2.0, "reward": 0.5}


class Journal(Protocol):
    """What is known of a journal here."""

    def finals(self) -> Iterator[Mapping[str, Any]]:
        """The final lines, in the order of the file."""

    def final(self, request: str, /) -> Mapping[str, Any] | None:
        """The final line of a request, if there is one."""


@dataclass(frozen=True)
class PairPlan:
    """What is sampled and how it is weighed.

    `model` gives the further answers, and may be a weaker one than that which the references are from; `judge` grades
    for the score "judge", and names the reward model for "reward", whose chat template is `chat`. `extra` are further
    keys of each request's body. `most` limits the rows, by the smallest hash. `chosen`: the reference itself, or the
    best answer that the rules for references accept. `settings` are those that the journal is converted with.
    """

    model: str
    samples: int = 4
    temperature: float = 1.0
    max_tokens: int = 1024
    extra: Mapping[str, Any] = field(default_factory=dict)
    tasks: tuple[str, ...] = ("qa",)
    score: Score = "grounding"
    judge: str = ""
    min_margin: float | None = None
    chosen: Literal["reference", "best"] = "reference"
    most: int | None = None
    settings: Settings = field(default_factory=Settings)
    chat: ChatTemplate | None = None

    @property
    def margin(self) -> float:
        return MARGINS[self.score] if self.min_margin is None else self.min_margin


@dataclass(frozen=True, slots=True)
class Row:
    """An accepted example of one turn, as it stands in its dataset: `messages` is the request, without the answer."""

    task: Task
    example: Example
    item: Item
    passage: Passage

    @property
    def id(self) -> str:
        return self.example.id

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.example.messages[:-1]

    @property
    def reference(self) -> str:
        return self.example.messages[-1].content

    @property
    def asked(self) -> str:
        """The request, where the passage is shown apart."""
        request = self.messages[-1].content
        return self.item.question or request.replace(self.passage.text, "（见【原文】）")


def rows(journal: Journal, plan: PairPlan) -> Iterator[Row]:
    """The accepted examples of one turn of the plan's tasks; of `most`, those with the smallest digests."""
    if plan.most is None:
        yield from _accepted(journal, plan)
        return
    digests = nsmallest(plan.most, {digest64(row.id.encode()) for row in _accepted(journal, plan)})
    last = digests[-1] if digests else -1
    yield from (row for row in _accepted(journal, plan) if digest64(row.id.encode()) <= last)


def _accepted(journal: Journal, plan: PairPlan) -> Iterator[Row]:
    # the source converts a journal, and its pairs: it imports this package
    from converters.sources.expansion import from_line

    for number, line in enumerate(journal.finals(), start=1):
        if line["task"] not in plan.tasks or line["event"] != "answered":
            continue
        task = task_named(line["task"])
        answer = parsed(task, line["text"], line["finish"])
        if isinstance(answer, Fault):
            continue
        passage = Passage.from_json(line["passage"])
        # an outcome for each item, and for one that was cut another
        outcomes = from_line(line, Context(plan.settings, number=number))
        for item, outcome in zip(answer.items, outcomes, strict=False):
            if isinstance(outcome, Example) and _is_one_turn(outcome) and _can_be_weighed(outcome, passage, plan):
                yield Row(task, outcome, item, passage)


def _is_one_turn(example: Example) -> bool:
    roles = [message.role for message in example.messages if message.role != "system"]
    return roles == ["user", "assistant"]


def _can_be_weighed(example: Example, passage: Passage, plan: PairPlan) -> bool:
    """What is asked without its passage may be answered truly with what the passage does not have."""
    return plan.score != "grounding" or passage.text in example.messages[-2].content
