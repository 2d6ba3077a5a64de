"""A user's own rows of questions and answers, or of conversations -> examples, checked as in any other source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import Context, Example, Message, Outcome, Reject, SourceError, assistant, system, user
from converters.conversations.layouts import conversation, order_fault
from converters.judging.filters import first_fault
from converters.judging.script_asked import in_asked_script
from converters.sources.custom.mapping import (
    TARGETS,
    Mapped,
    as_text,
    columns_of,
    has,
    is_enough,
    mapping_of,
    recognised,
    value_of,
)
from converters.text import key

NAME, PREFERENCE = "custom", "custom_preference"


def from_record(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    mapping = mapping_of(context)
    missing = [column for text in mapping.values() for column in columns_of(text) if not has(record, column)]
    if missing:
        return [_missing(record, missing, mapping, context)]
    mapping = mapping or recognised(record)
    if not is_enough(mapping):
        return [_missing(record, [], mapping, context)]
    mapping = {target: text for target, text in mapping.items() if target != "text"}
    return [_outcome({target: value_of(record, text) for target, text in mapping.items()}, context)]


def _missing(record: Mapping[str, Any], missing: Sequence[str], mapping: Mapped, context: Context) -> Outcome:
    """A first record without a column is a mistake in the mapping, and stops before anything is written."""
    found = ", ".join(map(str, record)) or "no columns"
    wanted = ", ".join(missing) or "columns for prompt and response, or for messages"
    if context.number > 1:
        return Reject(NAME, "missing_columns", f"expected {wanted}; found {found}")
    raise SourceError(
        f"{context.file}, record {context.number}",
        expected=f"the columns that the mapping names: {wanted}" if missing else wanted,
        found=found,
        remedy="Say which column is which: --columns prompt=COLUMN,response=COLUMN (also "
        + ", ".join(name for name in TARGETS if name not in ("prompt", "response"))
        + ")."
        + (_TEXTS if "text" in (mapping or recognised(record)) else ""),
    )


_TEXTS = " Texts without questions are not converted: python -m converters expand custom has a model write questions."


def _outcome(values: Mapping[str, Any], context: Context) -> Outcome:
    dataset = PREFERENCE if "chosen" in values else NAME
    messages = _messages(values)
    if messages is None:
        return Reject(dataset, "missing_columns", "messages must be a list of turns with a role and a text")
    ends = [assistant(_answer(values[name])) for name in ("chosen", "rejected") if dataset == PREFERENCE]
    messages, notes = _without_unanswered(messages, dataset)
    given = [*messages, *ends]
    fault = _fault(messages, ends)
    if fault:
        return Reject(dataset, *fault)
    asked = in_asked_script(given, context.script)
    return _example(dataset, asked, values, context, (*notes, *(["simplified"] if asked != given else [])))


def _answer(value: Any) -> str:
    """An answer as a text, a turn, or the last turn of a conversation."""
    turns = conversation(value if isinstance(value, list | str) else [value])
    return turns[-1].content if turns else as_text(value)


def _messages(values: Mapping[str, Any]) -> list[Message] | None:
    if "messages" in values:
        found = conversation(values["messages"])
    else:
        asked = "\n".join(text for text in (as_text(values.get("prompt")), as_text(values.get("query"))) if text)
        answer = [assistant(as_text(values["response"]))] if "response" in values and "chosen" not in values else []
        found = [*(conversation(values.get("history")) or []), user(asked), *answer]
    told = as_text(values.get("system"))
    if found and told and found[0].role != "system":
        return [system(told), *found]
    return found


def _without_unanswered(messages: list[Message], dataset: str) -> tuple[list[Message], tuple[str, ...]]:
    # a question that nobody answered teaches nothing; the turns before it do
    if dataset == NAME and len(messages) > 2 and messages[-1].role == "user":
        return messages[:-1], ("trimmed_unanswered_turn",)
    return messages, ()


def _fault(messages: Sequence[Message], ends: Sequence[Message]) -> tuple[str, str] | None:
    request = messages if ends else messages[:-1]
    order = order_fault(request)
    if order or (not ends and messages[-1].role != "assistant"):
        return "turn_order", order or "the last turn is not the assistant's"
    for message in [*messages, *ends]:
        if not message.content:
            return ("empty_answer" if message.role == "assistant" else "empty_prompt"), ""
    if ends and key(ends[0].content) == key(ends[1].content):
        return "identical_answers", ends[0].content[:80]
    return first_fault([*messages, *ends[:1]])


def _example(
    dataset: str, messages: Sequence[Message], values: Mapping[str, Any], context: Context, notes: tuple[str, ...]
) -> Example:
    first = next(message.content for message in messages if message.role == "user")
    chosen, rejected = messages[-2:] if dataset == PREFERENCE else (None, None)
    return Example(
        dataset,
        tuple(messages[:-2] if dataset == PREFERENCE else messages),
        document=as_text(values.get("document")) or f"prompt:{key(first)}",
        licence=as_text(values.get("licence")) or context.option("licence"),
        attribution=as_text(values.get("attribution")),
        author=as_text(values.get("author")),
        title=as_text(values.get("title")),
        kind=as_text(values.get("kind")),
        chosen=chosen,
        rejected=rejected,
        notes=notes,
    )
