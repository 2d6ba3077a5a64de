"""Which column of a user's rows is what: what the command line or a file says, or what the columns' names say.

The mapping is the user's word on what a column means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from converters.contract import Context, SourceError
from converters.text import tidy

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


def value_of(record: Mapping[str, Any], text: str) -> Any:
    if text.startswith("="):
        return text[1:]
    if _PLACE.search(text):
        return _PLACE.sub(lambda match: as_text(_at(record, match[1])), text)
    return _at(record, text)


def _at(record: Any, column: str) -> Any:
    """A column, or `a.b` for what stands inside one."""
    if isinstance(record, Mapping) and column in record:
        return record[column]
    head, dot, rest = column.partition(".")
    return _at(record[head], rest) if dot and isinstance(record, Mapping) and head in record else None


def has(record: Any, column: str) -> bool:
    if isinstance(record, Mapping) and column in record:
        return True
    head, dot, rest = column.partition(".")
    return bool(dot) and isinstance(record, Mapping) and head in record and has(record[head], rest)


def as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return tidy(value if isinstance(value, str) else str(value))


def recognised(record: Mapping[str, Any], targets: Mapping[str, tuple[str, ...]] = TARGETS) -> Mapped:
    """The columns whose names say what they are, whatever their case; the first of each that there is."""
    lowered = {str(column).strip().lower(): str(column) for column in record}
    found = {
        target: next((lowered[name] for name in names if name in lowered), "") for target, names in targets.items()
    }
    return {target: column for target, column in found.items() if column}


def is_enough(mapping: Mapped) -> bool:
    asked = "messages" in mapping or "prompt" in mapping
    return "messages" in mapping or (asked and ("response" in mapping or {"chosen", "rejected"} <= set(mapping)))
