"""The form of what is converted of an expansion: a final line of a journal, and a pair. Anything else is no record.

Both are written by us; what somebody has edited since is counted as a record that lacks its columns.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

Said = Annotated[str, StringConstraints(pattern=r"\S")]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class PassageForm(_Form):
    text: Said
    document: str
    source: str
    title: str
    section: str
    author: str
    licence: str
    attribution: str
    classical: bool


class About(_Form):
    closed: float = 0.0


class FinalLine(_Form):
    """The last word on a request for rows."""

    event: Literal["answered", "refused"]
    final: Literal[True]
    task: str
    version: str
    model: str
    about: About
    passage: PassageForm
    text: str = ""
    finish: str = ""
    status: int = 0
    detail: str = ""


class Turn(_Form):
    role: Literal["system", "user", "assistant"]
    content: Said


class PairLine(_Form):
    """The better and the worse answer to a request, or why there is no such pair."""

    event: Literal["pair"]
    messages: list[Turn]
    task: str
    document: str
    licence: str
    attribution: str
    author: str
    title: str
    section: str
    template: str
    linked: list[str]
    chosen: Said = "-"
    rejected: Said = "-"
    margin: float = 0.0
    fault: Said | None = None
    detail: str = ""

    @model_validator(mode="after")
    def _whole(self) -> PairLine:
        roles = [turn.role for turn in self.messages]
        roles = roles[1:] if roles[:1] == ["system"] else roles
        alternating = [("user", "assistant")[place % 2] for place in range(len(roles))]
        if roles != alternating or len(roles) % 2 == 0:
            raise ValueError("turns that do not alternate up to the user's")
        missing = {"chosen", "rejected", "margin"} - self.model_fields_set
        if missing and self.fault is None:
            raise ValueError("neither a pair nor why there is none")
        return self


def is_final_line(record: Any, tasks: frozenset[str]) -> bool:
    line = _read(FinalLine, record)
    return line is not None and line.task in tasks


def is_pair_line(record: Any) -> bool:
    return _read(PairLine, record) is not None


def _read(form: type[_Form], record: Any) -> Any:
    try:
        return form.model_validate(record)
    except ValidationError:
        return None
