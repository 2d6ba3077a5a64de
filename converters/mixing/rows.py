"""One row of any registered dataset -> one line of a mixture.

Reads `formatting`, `columns` and `tags` as LLaMA-Factory 0.9.5 does (`data/parser.py`), so that a user's own
alpaca or sharegpt file takes part. Tool calls and media have no place in a line of ours: such rows are
unusable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from converters.contract import META_KEYS, Message, canonical, example_id
from converters.mixing.leakage import Turn

TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "system_tag": "system",
}
# an entry without "columns" has these; an entry with "columns" has exactly those that it lists
COLUMNS = {"prompt": "instruction", "query": "input", "response": "output", "messages": "conversations"}
BEYOND_TEXT = ("tools", "images", "videos", "audios")


class Unusable(Exception):  # noqa: N818 - counted with its place, never the end of a run
    """Why a row cannot be a line of a mixture, in a few words."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one registry entry become conversations."""

    dataset: str
    formatting: str
    columns: Mapping[str, str]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, dataset: str, entry: Mapping[str, Any]) -> RowReader:
        return cls(
            dataset,
            str(entry.get("formatting", "alpaca")),
            entry.get("columns", COLUMNS),
            TAGS | dict(entry.get("tags", {})),
        )

    def turns(self, row: Any) -> list[Turn]:
        """System first where there is one, then user and assistant in turn; raises Unusable."""
        if not isinstance(row, Mapping):
            raise Unusable("not a JSON object")
        if any(row.get(self.columns.get(kind, "")) for kind in BEYOND_TEXT):
            raise Unusable("has tools or media")
        found = list(self._alpaca(row) if self.formatting == "alpaca" else self._messages(row))
        turns = self._system(row) + found if found and found[0].role != "system" else found
        _require_alternation(turns)
        return turns

    def line(self, row: Mapping[str, Any], turns: Sequence[Turn]) -> dict[str, Any]:
        """The line of a mixture: the same keys for every dataset, all of `meta` text.

        `dataset` is the one that the mixture took it from: a selection keeps the ids of what it was selected from.
        """
        meta = row.get("meta")
        known = meta if isinstance(meta, Mapping) else {}
        return {
            "messages": [turn._asdict() for turn in turns],
            "id": self.identity(row, turns),
            "source": text_of(row.get("source")) or self.dataset,
            "meta": {key: text_of(known.get(key)) for key in META_KEYS},
            "dataset": self.dataset,
        }

    def identity(self, row: Mapping[str, Any], turns: Sequence[Turn]) -> str:
        """The row's own id; a hash of the content, as `Example.id` makes it, where there is none."""
        own = text_of(row.get("id"))
        return own if own else example_id(self.dataset, _canonical(turns))

    def stratum(self, row: Mapping[str, Any]) -> str:
        meta = row.get("meta")
        return text_of(meta.get("file")) if isinstance(meta, Mapping) else ""

    def _column(self, row: Mapping[str, Any], kind: str) -> Any:
        name = self.columns.get(kind)
        return row.get(name) if name else None

    def _system(self, row: Mapping[str, Any]) -> list[Turn]:
        system = self._column(row, "system")
        return [Turn("system", system)] if isinstance(system, str) and system else []

    def _alpaca(self, row: Mapping[str, Any]) -> Iterator[Turn]:
        for pair in self._column(row, "history") or ():
            if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
                raise Unusable("history is not a list of pairs")
            yield Turn("user", _content(pair[0]))
            yield Turn("assistant", _content(pair[1]))
        asked = [self._column(row, kind) for kind in ("prompt", "query")]
        yield Turn("user", _content("\n".join(_content(part) for part in asked if part)))
        yield Turn("assistant", _content(self._column(row, "response")))

    def _messages(self, row: Mapping[str, Any]) -> Iterator[Turn]:
        messages = self._column(row, "messages")
        if not isinstance(messages, list):
            raise Unusable(f"no list under {self.columns.get('messages', 'messages')!r}")
        roles = {self.tags[f"{role}_tag"]: role for role in ("user", "assistant", "system")}
        for message in messages:
            role = message.get(self.tags["role_tag"]) if isinstance(message, Mapping) else None
            if role not in roles:
                raise Unusable(f"a message with the role {role!r}")
            yield Turn(roles[role], _content(message.get(self.tags["content_tag"])))


def _require_alternation(turns: Sequence[Turn]) -> None:
    # LLaMA-Factory trains such rows on nothing and says so in a line that nobody reads
    spoken = [turn.role for turn in turns if turn.role != "system"]
    systems = [at for at, turn in enumerate(turns) if turn.role == "system"]
    if systems not in ([], [0]):
        raise Unusable("a system message that is not the first")
    if not spoken or spoken != ["user", "assistant"] * (len(spoken) // 2):
        raise Unusable("user and assistant do not alternate")
    if any(not turn.content.strip() for turn in turns if turn.role != "system"):
        raise Unusable("an empty message")


def answer_characters(turns: Sequence[Turn]) -> int:
    return sum(len(turn.content) for turn in turns if turn.role == "assistant")


def answers(turns: Sequence[Turn]) -> list[str]:
    return [turn.content for turn in turns if turn.role == "assistant"]


def text_of(value: Any) -> str:
    """A string for Arrow, which stops at the first row whose field has another type."""
    return "" if value is None else str(value)


def _content(value: Any) -> str:
    if not isinstance(value, str):
        raise Unusable("a message that is not text")
    return value


def _canonical(turns: Sequence[Turn]) -> bytes:
    # unhashable roles cannot occur: `turns` made them
    return canonical([Message(cast(Any, turn.role), turn.content) for turn in turns])
