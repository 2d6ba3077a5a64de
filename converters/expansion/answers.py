"""What a model wrote → the items that it offers, or why it offers none. Never raises, whatever the text.

Thoughts and Markdown around the JSON go; broken JSON is repaired once, and an answer whose repair lost a word or had to
guess its end is not taken for a whole one. Whether an item is true and well said is asked in `judge`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from converters.expansion.contract import Item, Task


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason` is one of FAULTS; `detail` is for the reader."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The items of an answer; `repaired` where its JSON was not valid; `cut` is the item that ends in the middle."""

    items: tuple[Item, ...]
    repaired: bool = False
    cut: Item | None = None


FAULTS = ("truncated", "content_filter", "empty_answer", "broken_json", "wrong_schema", "no_items")


def form_fault(task: Task, text: str, finish: str) -> str:
    """Why an answer must be asked for again: one of FAULTS, or "" where it offers an item."""
    read = parsed(task, text, finish)
    return read.reason if isinstance(read, Fault) else ""


def parsed(task: Task, text: str, finish: str = "stop") -> Answer | Fault:
    if finish == "length":
        return Fault("truncated")
    if finish == "content_filter":
        return Fault("content_filter")
    try:
        model = task.answer.model_validate_json(text)
    except ValidationError as error:
        return Fault("broken_json", str(error).split("\n")[0])
    items = tuple(task.items(model))
    return Answer(items) if items else Fault("no_items")
