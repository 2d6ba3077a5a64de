"""A user's own JSON, JSON Lines, CSV, TSV or Parquet: columns that say what they are, or a mapping that says it.

The mapping is the user's word on what a column means; what is in it is checked as in any other source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import yaml

from converters.contract import (
    GROUPS,
    Context,
    Dataset,
    Example,
    Format,
    Lengths,
    Message,
    Option,
    Outcome,
    Passage,
    Passages,
    Refusal,
    Reject,
    Source,
    SourceError,
    assistant,
    system,
    user,
)
from converters.conversations.layouts import conversation, order_fault
from converters.digests import digest
from converters.expansion import documents
from converters.expansion.long_answers import long_answers
from converters.expansion.own_texts import passages_of_text
from converters.judging.filters import first_fault
from converters.judging.script_asked import in_asked_script
from converters.script import script_of, simplified_modern
from converters.sources import evaluation
from converters.text import key, one_line, tidy

NAME, PREFERENCE = "custom", "custom_preference"

# What a mapping may name, in LLaMA-Factory's words, and the columns that are taken for it when there is no mapping.
TARGETS: dict[str, tuple[str, ...]] = {
    "messages": ("messages", "conversations", "conversation", "dialog", "dialogue", "turns"),
    "prompt": ("prompt", "instruction", "question", "query", "问题", "提问", "指令", "题目"),
    "query": ("input", "输入"),
    "response": ("answer", "output", "response", "completion", "reply", "target", "回答", "答案", "回复", "输出"),
    "system": ("system", "system_prompt", "系统提示"),
    "history": ("history", "历史"),
    "chosen": ("chosen",),
    "rejected": ("rejected",),
    # a text without a question, which only `expand` reads
    "text": ("text", "content", "body", "passage", "article", "正文", "内容", "文本", "全文"),
    "document": (),
    "title": (),
    "author": (),
    "kind": (),
    "licence": (),
    "attribution": (),
}
_PLACE = re.compile(r"\{([^{}]+)\}")

Mapped = Mapping[str, str]  # target -> a column, a template with {columns}, or "=" and a text


# ---- the mapping


def mapping_of(context: Context) -> Mapped:
    """What `--columns` and `--mapping` say; {} if neither was given."""
    return _parsed(context.option("columns"), context.option("mapping"))


@lru_cache(maxsize=8)
def _parsed(columns: str, mapping: str) -> Mapped:
    """`--columns prompt=问题,response=回答` and the text of `--mapping FILE`, of which the former has the last word."""
    found: dict[str, str] = {}
    if mapping.strip():
        try:
            value = yaml.safe_load(mapping)
        except yaml.YAMLError as error:
            raise SourceError("--mapping", expected="YAML", found=str(error).split("\n")[0]) from error
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise SourceError("--mapping", expected="YAML of the form `prompt: a column`", found=mapping[:80])
        found.update({str(name): text for name, text in value.items()})
    for part in filter(None, (piece.strip() for piece in columns.split(","))):
        target, equals, column = part.partition("=")
        if not equals:
            raise SourceError(
                "--columns",
                expected="prompt=COLUMN,response=COLUMN",
                found=part,
                remedy="" if "=" in columns else "A file with a mapping is given by --mapping FILE.",
            )
        found[target.strip()] = column.strip()
    unknown = [name for name in found if name not in TARGETS]
    if unknown:
        raise SourceError("--columns", expected="one of " + ", ".join(TARGETS), found=", ".join(unknown))
    return found


def columns_of(text: str) -> list[str]:
    """The columns that one side of a mapping needs."""
    if text.startswith("="):
        return []
    return _PLACE.findall(text) or [text]


def _value(record: Mapping[str, Any], text: str) -> Any:
    if text.startswith("="):
        return text[1:]
    if _PLACE.search(text):
        return _PLACE.sub(lambda match: _as_text(_at(record, match[1])), text)
    return _at(record, text)


def _at(record: Any, column: str) -> Any:
    """A column, or `a.b` for what stands inside one."""
    if isinstance(record, Mapping) and column in record:
        return record[column]
    head, dot, rest = column.partition(".")
    return _at(record[head], rest) if dot and isinstance(record, Mapping) and head in record else None


def _has(record: Any, column: str) -> bool:
    if isinstance(record, Mapping) and column in record:
        return True
    head, dot, rest = column.partition(".")
    return bool(dot) and isinstance(record, Mapping) and head in record and _has(record[head], rest)


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return tidy(value if isinstance(value, str) else str(value))


# ---- a record


def from_record(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    mapping = mapping_of(context)
    missing = [column for text in mapping.values() for column in columns_of(text) if not _has(record, column)]
    if missing:
        return [_missing(record, missing, mapping, context)]
    mapping = mapping or _recognised(record)
    if not _is_enough(mapping):
        return [_missing(record, [], mapping, context)]
    mapping = {target: text for target, text in mapping.items() if target != "text"}
    return [_outcome({target: _value(record, text) for target, text in mapping.items()}, context)]


def _recognised(record: Mapping[str, Any], targets: Mapping[str, tuple[str, ...]] = TARGETS) -> Mapped:
    """The columns whose names say what they are, whatever their case; the first of each that there is."""
    lowered = {str(column).strip().lower(): str(column) for column in record}
    found = {
        target: next((lowered[name] for name in names if name in lowered), "") for target, names in targets.items()
    }
    return {target: column for target, column in found.items() if column}


def _is_enough(mapping: Mapped) -> bool:
    asked = "messages" in mapping or "prompt" in mapping
    return "messages" in mapping or (asked and ("response" in mapping or {"chosen", "rejected"} <= set(mapping)))


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
        + (_TEXTS if "text" in (mapping or _recognised(record)) else ""),
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
    return turns[-1].content if turns else _as_text(value)


def _messages(values: Mapping[str, Any]) -> list[Message] | None:
    if "messages" in values:
        found = conversation(values["messages"])
    else:
        asked = "\n".join(text for text in (_as_text(values.get("prompt")), _as_text(values.get("query"))) if text)
        answer = [assistant(_as_text(values["response"]))] if "response" in values and "chosen" not in values else []
        found = [*(conversation(values.get("history")) or []), user(asked), *answer]
    told = _as_text(values.get("system"))
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
        document=_as_text(values.get("document")) or f"prompt:{key(first)}",
        licence=_as_text(values.get("licence")) or context.option("licence"),
        attribution=_as_text(values.get("attribution")),
        author=_as_text(values.get("author")),
        title=_as_text(values.get("title")),
        kind=_as_text(values.get("kind")),
        chosen=chosen,
        rejected=rejected,
        notes=notes,
    )


# ---- texts, about which a language model is to write questions


def passages_of_file(value: Mapping[str, str], context: Context, lengths: Lengths) -> Passages:
    """A plain text or Markdown, with its headings; the name of the file is the title where the text has none."""
    text = value["text"]
    title = documents.title_of(text) or one_line(PurePosixPath(context.file).stem)
    about = Passage("", f"file:{context.file}", NAME, title, licence=context.option("licence"))
    return passages_of_text(_in_script(text, context), about, lengths)


def passages_of_record(record: Mapping[str, Any], context: Context, lengths: Lengths) -> Passages:
    """The column of texts, or the long answers of what is a conversation."""
    mapping = mapping_of(context)
    missing = [column for text in mapping.values() for column in columns_of(text) if not _has(record, column)]
    mapping = mapping or _recognised(record, TARGETS | _NAMES_BESIDE_TEXTS)
    if missing or not ("text" in mapping or _is_enough(mapping)):
        return [_no_text(record, missing, context)]
    if "text" not in mapping:
        return long_answers(from_record(record, context), NAME, lengths)
    values = {target: _as_text(_value(record, text)) for target, text in mapping.items() if target in _ABOUT}
    text = _in_script(values["text"], context)
    about = Passage(
        "",
        values.get("document") or f"text:{digest(key(text).encode()).hex()}",
        NAME,
        values.get("title") or documents.title_of(text),
        author=values.get("author", ""),
        licence=values.get("licence") or context.option("licence"),
        attribution=values.get("attribution", ""),
    )
    return passages_of_text(text, about, lengths)


_NAMES_BESIDE_TEXTS = {
    "title": ("title", "标题", "篇名"),
    "author": ("author", "作者"),
    "attribution": ("url", "source", "来源", "出处"),
}
_ABOUT = ("text", "document", "title", "author", "licence", "attribution")


def _in_script(text: str, context: Context) -> str:
    if context.script == "original" or script_of(text) not in ("traditional", "mixed"):
        return text
    return simplified_modern(text)


def _no_text(record: Mapping[str, Any], missing: Sequence[str], context: Context) -> Refusal:
    """In a first record it is a mistake in the mapping, and stops before anything is paid for."""
    found = ", ".join(map(str, record)) or "no columns"
    wanted = ", ".join(missing) or "a column of texts"
    if context.number > 1:
        return Refusal("missing_columns", f"expected {wanted}; found {found}")
    raise SourceError(
        f"{context.file}, record {context.number}",
        expected=f"the columns that the mapping names: {wanted}" if missing else wanted,
        found=found,
        remedy=f"Say which column holds the text: --columns text=COLUMN (also {', '.join(_ABOUT[1:])}).",
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and documents.is_text(value["text"])


def _is_record(record: Any) -> bool:
    return isinstance(record, Mapping) and bool(record)


def _is_of_an_evaluation_set(record: Any) -> bool:
    shapes = [shape for shape in evaluation.SOURCE.readable if shape.container == "record"]
    return any(shape.matches(record) for shape in shapes)


SOURCE = Source(
    name=NAME,
    group="task",
    licence="LicenseRef-unstated",
    origin="your own files",
    documents=("*.md",),
    # of formats that fit alike the first is taken
    formats=(
        Format(
            "evaluation_set",
            "a public evaluation set",
            "record",
            _is_of_an_evaluation_set,
            unsupported="it is to measure with, never to train on: python -m converters evaluation "
            "(if it is your own: --format columns)",
        ),
        Format(
            "text",
            "a text of your own, plain or in Markdown",
            "document",
            _is_text,
            passages=passages_of_file,
            unsupported="nobody asks anything in it; `python -m converters expand custom` has a model write questions "
            "and answers",
        ),
        Format(
            "columns",
            "any table or objects: messages, or prompt and response, by their names or by --columns",
            "record",
            _is_record,
            from_record,
            passages_of_record,
        ),
    ),
    datasets=(
        Dataset(NAME, "whatever your own examples teach", 1.0, "instruction"),
        Dataset(PREFERENCE, "which of two answers is better", 0, "preference", purpose="preference"),
    ),
    wanted=("*.json, *.jsonl, *.csv, *.tsv or *.parquet",),
    options=(
        Option(
            "columns",
            "which column is what: prompt=问题,response=回答 (a template: prompt=请回答：{问题}); text=正文 to expand",
        ),
        Option("mapping", "the same as YAML, in a file: one `prompt: column` a line", file=True),
        Option("group", "the group of mixtures that it belongs to", "task", GROUPS),
        Option("weight", "its weight in the group (default: 1)"),
        Option("licence", "SPDX id of the licence of your files"),
    ),
    catalogued=False,
    # own files are often a few hundred rows, of which two hundredths would measure nothing
    least_eval=40,
    # of one's own handbook every page counts
    passages_per_document=0,
)
