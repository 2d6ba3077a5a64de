"""BELLE: Chinese instructions and conversations written by ChatGPT (LianjiaTech/BELLE).

All of its files are called `.json` and are JSON Lines. Answers are often wrong in arithmetic; checking that, and the
flattened chats, are no part of this version.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import (
    Dataset,
    Example,
    Format,
    Message,
    Outcome,
    Reject,
    Settings,
    Source,
    assistant,
    user,
)
from converters.filters import first_fault
from converters.prepare import digest
from converters.text import key, tidy

NAME = "belle"


def _has(*columns: str) -> Any:
    return lambda record: isinstance(record, dict) and all(column in record for column in columns)


def _is_old_layout(record: Any) -> bool:
    return isinstance(record, dict) and {"input", "target"} <= set(record) and "instruction" not in record


def from_instruction(record: dict[str, Any], settings: Settings) -> Sequence[Outcome]:
    """`instruction`, `input`, `output`: 0.5M as it is now, 1M, 2M, school_math."""
    if not _are_texts(record, ("instruction", "input", "output")):
        return [Reject(NAME, "missing_columns", "instruction, input and output must be texts")]
    prompt = "\n".join(part for part in (_text(record, "instruction"), _text(record, "input")) if part)
    answer = _text(record, "output")
    if _is_flattened_chat(prompt):
        return [Reject(NAME, "multiturn_chat", "turns flattened as Human:/Assistant: text; not read by this version")]
    if _is_script(prompt, answer):
        return [Reject(NAME, "generated_chat", "a whole dialogue in one answer; not read by this version")]
    return [_example([user(prompt), assistant(answer)])]


def from_old_layout(record: dict[str, Any], settings: Settings) -> Sequence[Outcome]:
    """`input`, `target`: the first release of 0.5M, with the instruction merged into the input."""
    if not _are_texts(record, ("input", "target")):
        return [Reject(NAME, "missing_columns", "input and target must be texts")]
    return [_example([user(_text(record, "input")), assistant(_text(record, "target"))])]


_ROLES: dict[str, Any] = {"human": "user", "user": "user", "assistant": "assistant", "gpt": "assistant"}


def from_conversations(record: dict[str, Any], settings: Settings) -> Sequence[Outcome]:
    """`conversations`: 3.5M, with or without `category`; one turn or many."""
    turns = record["conversations"]
    if not isinstance(turns, list) or not all(_is_turn(turn) for turn in turns):
        return [Reject(NAME, "missing_columns", "conversations must be a list of {from: human|assistant, value: text}")]
    messages = [Message(_ROLES[turn["from"]], tidy(turn["value"])) for turn in turns]
    notes: tuple[str, ...] = ()
    if len(messages) > 1 and messages[-1].role == "user":
        # a question that nobody answered teaches nothing; the turns before it do
        messages, notes = messages[:-1], ("trimmed_unanswered_turn",)
    roles = [message.role for message in messages]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        return [Reject(NAME, "turn_order", "roles: " + ", ".join(roles[:12]))]
    return [_example(messages, notes)]


def _is_turn(turn: Any) -> bool:
    texts = isinstance(turn, dict) and isinstance(turn.get("from"), str) and isinstance(turn.get("value"), str)
    return texts and turn["from"] in _ROLES


def _are_texts(record: dict[str, Any], columns: Sequence[str]) -> bool:
    return all(record.get(column) is None or isinstance(record[column], str) for column in columns)


def _text(record: dict[str, Any], column: str) -> str:
    return tidy(record.get(column) or "")


def _example(messages: Sequence[Message], notes: tuple[str, ...] = ()) -> Outcome:
    for message in messages:
        if not message.content:
            return Reject(NAME, "empty_answer" if message.role == "assistant" else "empty_prompt")
    fault = first_fault(messages)
    if fault:
        return Reject(NAME, *fault)
    if any(_CALCULATOR.search(message.content) for message in messages):
        messages = [Message(message.role, _CALCULATOR.sub("", message.content)) for message in messages]
        notes = (*notes, "calculator_marks_removed")
    # the same request with another answer, or as the first turn of a conversation, is the same document
    root = digest(key(messages[0].content).encode()).hex()[:16]
    same = "\x1f".join(f"{message.role}:{' '.join(message.content.split())}" for message in messages)
    return Example(NAME, tuple(messages), document=f"prompt:{root}", same_as=same, notes=notes)


# GSM8K's calculator annotations, copied by the model that wrote the answers: 5 x 200 = <<5*200=1000>>1000
_CALCULATOR = re.compile(r"<<[^<>\n]{0,60}=[^<>\n]{0,30}>>")
_FIRST_SPEAKER = re.compile(r"\AHuman\s*[:：]")
_OPEN_ANSWER = re.compile(r"\n\s*Assistant\s*[:：]\s*\Z")


def _is_flattened_chat(prompt: str) -> bool:
    """multiturn_chat_0.8M: begins `Human:` and ends with a bare `Assistant:`; both words also occur inside texts."""
    return bool(_FIRST_SPEAKER.search(prompt) and _OPEN_ANSWER.search(prompt))


_SCRIPT_REQUEST = re.compile(r"以下角色(?:信息|描述|设定)?.{0,6}对话")
_SPEECH = re.compile(r"^\s*[^\s:：，。]{1,20}\s*[:：]\s*\S", re.MULTILINE)
LEAST_SPEECHES = 2  # speaker lines in an answer that is a script


def _is_script(prompt: str, answer: str) -> bool:
    """generated_chat_0.4M: a description of roles, and the whole dialogue in the answer."""
    return bool(_SCRIPT_REQUEST.search(prompt)) and len(_SPEECH.findall(answer)) >= LEAST_SPEECHES


SOURCE = Source(
    name=NAME,
    group="foundation",
    licence="ODC-By 1.0; research only, no commercial use",
    origin="https://github.com/LianjiaTech/BELLE",
    formats=(
        Format(
            "instruction", "BELLE's instruction, input, output", "json", _has("instruction", "output"), from_instruction
        ),
        Format("input_target", "BELLE's first 0.5M layout: input, target", "json", _is_old_layout, from_old_layout),
        Format(
            "conversations",
            "BELLE's train_3.5M_CN: conversations of human and assistant",
            "json",
            _has("conversations"),
            from_conversations,
        ),
        Format(
            "seed_tasks",
            "BELLE's seed tasks: instruction, instances",
            "json",
            _has("instruction", "instances"),
            unsupported="seed tasks are not read by this version",
        ),
    ),
    datasets=(Dataset("belle", "follow Chinese instructions", 1.0, "instruction"),),
    wanted=(
        "Belle_open_source_0.5M.json",
        "Belle_open_source_1M.json",
        "train_2M_CN.json",
        "train_3.5M_CN.json or school_math_0.25M.json (any of them, also .gz, .bz2, .zst)",
    ),
)
