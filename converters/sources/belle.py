"""BELLE: Chinese instructions and conversations written by ChatGPT (LianjiaTech/BELLE).

All of its files are called `.json` and are JSON Lines. One format serves 0.5M, 1M, 2M, school_math, multiturn_chat and
generated_chat: they have the same columns, people merge them, and each record shows what it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import (
    Context,
    Dataset,
    Download,
    Format,
    Hub,
    Message,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.conversations.chats import flattened_turns, is_flattened
from converters.conversations.instructions import REFUSAL, Home, Marks, outcome
from converters.conversations.second_reading import read_again
from converters.judging import risks
from converters.judging.kinds import ARITHMETIC, CHAT, CODE, POEM, SCRIPT, SUMMARY, TRANSLATION
from converters.templates import belle as templates
from converters.templates import fill
from converters.text import key, tidy

NAME = "belle"
HOME = Home("belle", "belle_story")


def _has(*columns: str) -> Any:
    return lambda record: isinstance(record, dict) and all(column in record for column in columns)


def _is_old_layout(record: Any) -> bool:
    return isinstance(record, dict) and {"input", "target"} <= set(record) and "instruction" not in record


def from_instruction(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`instruction`, `input`, `output`: an instruction, a chat flattened to text, or roles and their dialogue."""
    if not _are_texts(record, ("instruction", "input", "output")):
        return [Reject(NAME, "missing_columns", "instruction, input and output must be texts")]
    prompt = "\n".join(part for part in (_text(record, "instruction"), _text(record, "input")) if part)
    answer = _text(record, "output")
    if is_flattened(prompt):
        return [_from_chat(prompt, answer, context)]
    roles = _roles(prompt)
    if roles:
        return [_from_roles(roles, answer, context)]
    told = outcome(HOME, [user(prompt), assistant(answer)], context, Marks(told=risks.risk))
    return [read_again(told, HOME.stories)]


def from_old_layout(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`input`, `target`: the first release of 0.5M, with the instruction merged into the input."""
    if not _are_texts(record, ("input", "target")):
        return [Reject(NAME, "missing_columns", "input and target must be texts")]
    return from_instruction({"instruction": record["input"], "output": record["target"]}, context)


_SPEAKERS: dict[str, Any] = {"human": "user", "user": "user", "assistant": "assistant", "gpt": "assistant"}


def from_conversations(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`conversations`: 3.5M, with or without `category`; one turn or many."""
    turns = record["conversations"]
    if not isinstance(turns, list) or not all(_is_turn(turn) for turn in turns):
        return [Reject(NAME, "missing_columns", "conversations must be a list of {from: human|assistant, value: text}")]
    messages = [Message(_SPEAKERS[turn["from"]], tidy(turn["value"])) for turn in turns]
    category = record.get("category")
    marks = Marks(
        section=tidy(category) if isinstance(category, str) else "",
        title_key=_root_of_many(messages),
        kind=_kind(messages),
        told=risks.risk,
    )
    return [read_again(outcome(HOME, messages, context, marks), HOME.stories)]


CONVERSATION = "conversation"
SHORTEST_TALK = 4  # turns; a third one that nobody answered is trimmed


def _kind(messages: Sequence[Message]) -> str:
    """What a cap counts: the first task of a talk in which models err; one exchange alone is judged by what it asks."""
    if len(messages) < SHORTEST_TALK:
        return ""
    told = (risks.risk(asked.content, said.content) for asked, said in zip(messages[::2], messages[1::2], strict=False))
    return next((kind for kind in told if kind not in _OF_THE_FORM), CONVERSATION)


# a later turn is short, and its answer goes on where the last one ended
_OF_THE_FORM = (CHAT, risks.GIVEN, *risks.FORMS)


def from_seed_task(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`instruction` and `instances`, of which each seed task has one: what people wrote for ChatGPT to imitate."""
    instances = record["instances"]
    first = instances[0] if isinstance(instances, list) and instances else None
    if not isinstance(first, dict) or not _are_texts({**first, "instruction": record["instruction"]}, _SEED_COLUMNS):
        return [Reject(NAME, "missing_columns", "instances must begin with {input, output}, all texts")]
    prompt = "\n".join(part for part in (_text(record, "instruction"), _text(first, "input")) if part)
    return [
        outcome(HOME, [user(prompt), assistant(_text(first, "output"))], context)
    ]  # people's answers can be trusted


_SEED_COLUMNS = ("instruction", "input", "output")


def _is_turn(turn: Any) -> bool:
    texts = isinstance(turn, dict) and isinstance(turn.get("from"), str) and isinstance(turn.get("value"), str)
    return texts and turn["from"] in _SPEAKERS


def _are_texts(record: dict[str, Any], columns: Sequence[str]) -> bool:
    return all(record.get(column) is None or isinstance(record[column], str) for column in columns)


def _text(record: dict[str, Any], column: str) -> str:
    return tidy(record.get(column) or "")


# ---- multiturn_chat_0.8M


def _from_chat(prompt: str, answer: str, context: Context) -> Outcome:
    messages = [*flattened_turns(prompt), assistant(answer)]
    return outcome(
        HOME, messages, context, Marks(title_key=_root_of_many(messages), kind=_kind(messages), told=risks.risk)
    )


def _root_of_many(messages: Sequence[Message]) -> str:
    """What a cap counts: records of one conversation repeat its first turns, so two of them are enough."""
    return f"chat:{key(messages[0].content)}" if len(messages) > 2 else ""


# ---- generated_chat_0.4M: a description of roles, and the whole dialogue in the answer

_ROLES_LEAD = re.compile(r"\A[^\n]{0,6}以下角色(?:信息|描述|设定)?[^\n]{0,6}对话[^\n]{0,4}?(?:[。：:]|\n|\Z)\s*")
_SPEECH = re.compile(r"^\s*([^\s:：，。！？、“”]{1,20})\s*[:：]\s*\S", re.MULTILINE)
_FINISHED = re.compile('[。！？!?…”"’』」）)~～.]$')
LEAST_SPEECHES = 4
LEAST_SPEAKERS = 2


def _roles(prompt: str) -> str:
    """What stands behind 基于以下角色信息完成一段对话, or ""."""
    if "以下角色" not in prompt[:16]:
        return ""
    found = _ROLES_LEAD.match(prompt)
    return tidy(prompt[found.end() :]) if found else ""


def _from_roles(roles: str, script: str, context: Context) -> Outcome:
    """Nobody talks to the model here: it is asked to write the dialogue, and the script is its answer."""
    fault = _script_fault(roles, script)
    if fault:
        return Reject(NAME, *fault)
    filled = fill("belle.SCRIPT", templates.SCRIPT, by=key(roles), roles=roles)
    marks = Marks(kind=SCRIPT, template=filled.label, document=roles, notes=("roles_as_request",))
    return outcome(HOME, [user(filled.text), assistant(script)], context, marks)


def _script_fault(roles: str, script: str) -> tuple[str, str] | None:
    speakers = _SPEECH.findall(script)
    known = {speaker for speaker in speakers if speaker in roles}
    if not script:
        return "empty_answer", ""
    if len(speakers) < LEAST_SPEECHES or len(set(speakers)) < LEAST_SPEAKERS:
        return "no_script", f"{len(speakers)} speeches of {len(set(speakers))} speakers"
    if not known:
        return "other_speakers", ", ".join(sorted(set(speakers))[:6])
    return None if _FINISHED.search(script) else ("cut_off", script[-30:])


# What stands in a text that is given can be checked, and needs no share. Arithmetic is 7 % of what BELLE released, and
# checked; one in seven pieces of advice fails a reader, and of the other kinds a quarter and more.
CAPS = {
    ARITHMETIC: 0.03,
    risks.ADVICE: 0.10,
    risks.LORE: 0.01,
    risks.PROSE: 0.005,
    SUMMARY: 0.01,
    SCRIPT: 0.01,
    CONVERSATION: 0.01,
    **dict.fromkeys((CHAT, CODE, REFUSAL, TRANSLATION), 0.005),
    **dict.fromkeys((POEM, risks.SCENE, *risks.UNSURE), 0.002),
}

LICENCE = "ODC-By-1.0 AND LicenseRef-research-only"

SOURCE = Source(
    name=NAME,
    group="foundation",
    licence=LICENCE,
    origin="https://github.com/LianjiaTech/BELLE",
    formats=(
        Format(
            "instruction",
            "BELLE's instruction, input, output (0.5M to 2M, school_math, multiturn_chat, generated_chat)",
            "record",
            _has("instruction", "output"),
            from_instruction,
        ),
        Format("input_target", "BELLE's first 0.5M layout: input, target", "record", _is_old_layout, from_old_layout),
        Format(
            "conversations",
            "BELLE's train_3.5M_CN: conversations of human and assistant",
            "record",
            _has("conversations"),
            from_conversations,
        ),
        Format(
            "seed_tasks",
            "BELLE's seed tasks: instruction, instances",
            "record",
            _has("instruction", "instances"),
            from_seed_task,
        ),
    ),
    datasets=(
        Dataset("belle", "follow Chinese instructions", 0.504, "instruction", caps=CAPS),
        Dataset("belle_story", "write a story that someone asks for", 0.0, "story", group="task", family="story"),
    ),
    wanted=(
        "Belle_open_source_0.5M.json",
        "Belle_open_source_1M.json",
        "train_2M_CN.json",
        "train_3.5M_CN.json or school_math_0.25M.json (any of them, also .gz, .bz2, .zst)",
    ),
    title_cap=2,
    downloads=(
        Download(
            "train_0.5M_CN", Hub("BelleGroup/train_0.5M_CN", "AI-ModelScope/train_0.5M_CN"), LICENCE, size=286_000_000
        ),
        Download("train_1M_CN", Hub("BelleGroup/train_1M_CN", "AI-ModelScope/train_1M_CN"), LICENCE, size=458_000_000),
        Download(
            "train_2M_CN",
            Hub("BelleGroup/train_2M_CN", "AI-ModelScope/train_2M_CN"),
            LICENCE,
            size=1_940_000_000,
            usual=False,
        ),
        Download("train_3.5M_CN", Hub("BelleGroup/train_3.5M_CN"), LICENCE, size=4_850_000_000, usual=False),
        Download(
            "school_math_0.25M",
            Hub("BelleGroup/school_math_0.25M", "AI-ModelScope/school_math_0.25M"),
            LICENCE,
            size=132_000_000,
            usual=False,
        ),
        Download("multiturn_chat_0.8M", Hub("BelleGroup/multiturn_chat_0.8M"), LICENCE, size=991_000_000, usual=False),
        Download(
            "generated_chat_0.4M",
            Hub("BelleGroup/generated_chat_0.4M", "AI-ModelScope/generated_chat_0.4M"),
            LICENCE,
            size=524_000_000,
            usual=False,
        ),
    ),
)
