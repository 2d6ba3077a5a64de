"""What form must an answer have, as a pydantic model that reads it and as the JSON Schema that a server is told?

Reading is the more tolerant of the two: what a paid answer has too much, or leaves out and can do without, costs no
item. The order of the keys is the order in which a server with structured output makes the model write them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from converters.expansion.contract import Task

DIFFICULTIES = {
    "简单": "easy",
    "容易": "easy",
    "易": "easy",
    "中等": "medium",
    "中": "medium",
    "困难": "hard",
    "难": "hard",
}
LONGEST_KIND = 24  # characters


class Part(BaseModel):
    """One item of an answer. `asked` names the keys in their order, `answer_first` that of the other order, if any."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True)
    asked: ClassVar[tuple[str, ...]] = ()
    answer_first: ClassVar[tuple[str, ...]] = ()


P = TypeVar("P", bound=Part)


class Answer(BaseModel, Generic[P]):
    """{"items": […]}; a bare list, which models without structured output like to give, is read as its items."""

    items: list[P]

    @model_validator(mode="before")
    @classmethod
    def _of_bare_list(cls, given: Any) -> Any:
        return {"items": given} if isinstance(given, list) else given


def part_of(task: Task) -> type[Part]:
    part: type[Part] = task.answer.__pydantic_generic_metadata__["args"][0]
    return part


def can_answer_first(task: Task) -> bool:
    return bool(part_of(task).answer_first)


def form(task: Task, *, answer_first: bool = False) -> dict[str, Any]:
    """The JSON Schema as OpenAI's strict mode wants it: each key required, none besides, no reference, no default.

    https://platform.openai.com/docs/guides/structured-outputs (supported schemas).
    """
    part = part_of(task)
    keys = part.answer_first if answer_first and part.answer_first else part.asked
    return _closed({"items": {"type": "array", "items": _schema(part, keys)}})


def _schema(part: type[Part], keys: tuple[str, ...]) -> dict[str, Any]:
    return _closed({key: _of_type(part.model_fields[key].annotation) for key in keys})


def _of_type(kind: Any) -> dict[str, Any]:
    if kind is str:
        return {"type": "string"}
    (of,) = kind.__args__  # list[Part]
    return {"type": "array", "items": _schema(of, of.asked)}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def difficulty(given: str) -> str:
    """Easy, medium, hard or "": a model that was told these words sometimes writes the Chinese ones."""
    word = given.lower()
    return word if word in ("easy", "medium", "hard") else DIFFICULTIES.get(given, "")


def kind(given: str) -> str:
    """The word alone, where a model repeats the line that explains it: `why：原因` is why. A sentence is no kind."""
    word = given.partition("：")[0].partition(":")[0].strip().lower()
    return word if len(word) <= LONGEST_KIND else ""
