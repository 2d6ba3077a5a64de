"""What a line of `<name>.pairs.jsonl` gives: an example with two answers, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import Context, Example, Message, Outcome, Reject, assistant
from converters.expansion.line_forms import is_pair_line
from converters.judging.script_asked import in_asked_script

PREFERENCE = "expansion_preference"


def is_pair(record: Any) -> bool:
    return is_pair_line(record)


def from_pair(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """The better and the worse answer to a row's own request; of a document held out none stays, as with the row."""
    if record.get("fault"):
        return [Reject(PREFERENCE, record["fault"], record.get("detail", ""))]
    asked = [Message(message["role"], message["content"]) for message in record["messages"]]
    given = [*asked, assistant(record["chosen"]), assistant(record["rejected"])]
    *messages, better, worse = in_asked_script(given, context.script)
    return [
        Example(
            PREFERENCE,
            tuple(messages),
            document=record["document"],
            licence=record["licence"],
            attribution=record["attribution"],
            author=record["author"],
            title=record["title"],
            section=record["section"],
            kind=record["task"],
            template=record["template"],
            linked=tuple(record["linked"]),
            chosen=better,
            rejected=worse,
            extra={"margin": record["margin"]},
            notes=("simplified",) if [*messages, better, worse] != given else (),
        )
    ]
