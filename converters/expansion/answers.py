"""What a model wrote → the items that it offers, or why it offers none. Never raises, whatever the text.

Where the JSON stands is found in `json_found`; here it becomes items, even where a model forgot what they are wrapped
in. Whether an item is true and well said is asked in `judge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from converters.expansion.contract import Item, Task
from converters.expansion.json_found import Found, json_in, without_thoughts

FAULTS = ("truncated", "content_filter", "empty_answer", "broken_json", "wrong_schema", "no_items")
SHOWN = 120  # characters of an answer in a detail


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason` is one of FAULTS; `detail` is for the reader."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The items of an answer; `repaired` where its JSON was not valid; `cut` shows what ends in the middle."""

    items: tuple[Item, ...]
    repaired: bool = False
    cut: str = ""


def form_fault(task: Task, text: str, finish: str) -> str:
    """Why an answer must be asked for again: one of FAULTS, or "" where it offers an item."""
    read = parsed(task, text, finish)
    return read.reason if isinstance(read, Fault) else ""


def parsed(task: Task, text: str, finish: str = "stop") -> Answer | Fault:
    """The items of an answer, the last of them left out where the answer ends within it."""
    if finish == "content_filter":
        return Fault("content_filter", _begun(text))
    said, unfinished = without_thoughts(text)
    if unfinished or (finish == "length" and not said.strip()):
        return Fault("truncated", "it ends within its thoughts")
    if not said.strip():
        return Fault("empty_answer")
    found = json_in(said)
    # servers that force JSON fill the rest of the length with white space: what is whole before it is whole
    if (finish == "length" and (found.repaired or not found.values)) or (found.cut and not found.values):
        return Fault("truncated", said[-SHOWN:])
    if not found.values:
        return Fault("broken_json", found.broken)
    return _read(task, found)


def _read(task: Task, found: Found) -> Answer | Fault:
    detail = ""
    for shape in _shapes(found.values, _list_of(task.answer)):
        try:
            model = task.answer.model_validate(shape)
        except ValidationError as error:
            detail = detail or _told(error)
            continue
        items = tuple(task.items(model))
        if items:
            return Answer(items, found.repaired, found.cut[:SHOWN])
        return Fault("truncated" if found.cut else "no_items", found.cut[:SHOWN])
    return Fault("wrong_schema", detail)


# ---- which form a value has

Shape = Mapping[str, Any]


def _list_of(model: type[BaseModel]) -> str:
    """The name of the field that holds the items: the only list there is."""
    (name,) = (name for name, field in model.model_fields.items() if get_origin(field.annotation) is list)
    return name


def _shapes(values: Sequence[Any], name: str) -> Iterator[Shape]:
    """What the values may mean, the likeliest first: models forget the wrapper, rename it, or write item after item."""
    for value in values:
        if isinstance(value, dict) and name in value:
            yield value
        elif isinstance(value, list):
            yield from _of_list(value, name)
    if all(isinstance(value, dict) for value in values):
        yield {name: list(values)}
    for value in values:
        if isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), list):
            yield {name: inner}


def _of_list(value: Sequence[Any], name: str) -> Iterator[Shape]:
    yield {name: value}
    if len(value) == 1 and isinstance(value[0], dict) and name in value[0]:
        yield value[0]


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _begun(text: str) -> str:
    return text.strip()[:SHOWN]
