"""The values that an expansion speaks: a passage, a request about it, the items of an answer, and what a task is.

Nothing here reads, writes, asks or decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel

from converters.contract import Message
from converters.passage import Passage as Passage


@dataclass(frozen=True, slots=True)
class Request:
    """One chat completion to be paid for once.

    `parameters` go into the body beside the model and the messages (temperature, max_tokens, …). `ordinal` tells
    further samples of the same request apart. `passage` and `about` are kept in the journal with the answer (`about`:
    what is needed to make rows of it). `form` is the JSON Schema of the answer, or None: whether a server can be told
    of it is no part of what is asked, and of the id.
    """

    task: str
    version: str
    model: str
    messages: tuple[Mapping[str, str], ...]
    parameters: Mapping[str, Any]
    passage: Passage | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None
    ordinal: int = 0
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """128 bits of the SHA-256 of all that decides the answer, as 32 hexadecimal digits; the same anywhere."""
        asked = [self.task, self.version, self.model, self.messages, dict(self.parameters), self.ordinal]
        found = hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
        object.__setattr__(self, "id", found)  # once: it is asked for at every step


@dataclass(frozen=True, slots=True)
class Item:
    """One example that an answer offers: a question with its answer, a summary, a conversation.

    `question` is what was asked, the term to explain, the manner of a rewriting; "" where the task alone says it.
    `kind` is the type of a question, the length of a summary, the manner of a rewriting; `difficulty` easy, medium,
    hard or "". `evidence` is what the model quotes from the passage, where it was asked to. `turns` is a conversation
    that takes the place of question and answer.
    """

    question: str
    answer: str
    kind: str = ""
    difficulty: str = ""
    evidence: str = ""
    turns: tuple[Message, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """All that the loss will see."""
        return tuple(turn.content for turn in self.turns if turn.role == "assistant") or (self.answer,)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What an item must fulfil; shares are from 0 to 1, lengths in characters.

    `ngrams`, `numbers` and `names`: of the answer's content n-grams, of its numbers and dates, of its names, the least
    share that the passage (with its title and the question) has. `copied`: the largest share of the answer that may be
    one run of the passage. `shortest`, `longest`: of an answer; `ratio`: longest answer as a multiple of the passage.
    """

    ngrams: float
    numbers: float = 1.0
    names: float = 1.0
    copied: float = 1.0
    shortest: int = 1
    longest: int = 2000
    ratio: float = 2.0


@dataclass(frozen=True)
class Task:
    """What can be made of a passage. Its prompts are files (`prompts/<name>/<version>.md`).

    `answer` is the form of the model's JSON; `items` reads it; `messages` makes the conversation of a row, whose last
    message is the assistant's (`place` is a stable text for the choice of a template, `closed`: without the passage).
    `dataset` is the end of the dataset's name: wiki + _qa. `suits` says for which passages it is meant.
    """

    name: str
    description: str
    weight: float
    eval_task: str
    answer: type[BaseModel]
    items: Callable[[Any], Sequence[Item]]
    messages: Callable[[Item, Passage, str, bool], tuple[Sequence[Message], str]]
    thresholds: Thresholds
    suits: Callable[[Passage], bool] = lambda passage: not passage.classical
    per_passage: int = 3
    can_be_closed: bool = False
