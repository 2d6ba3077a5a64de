"""MOSS: conversations that text-davinci-003 and gpt-3.5-turbo wrote for Fudan's assistant; about half are English.

The Chinese ones are kept as far as the first turn that speaks of MOSS, calls a tool, breaks off, shows code, states
facts that nobody has checked, or is no request for advice on work, study and life.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import Context, Outcome, Reject
from converters.digests import digest
from converters.sources.dialogue.turns import Pair, finished, shortened
from converters.sources.dialogue.written import faults
from converters.templates import dialogue as templates
from converters.templates import fill
from converters.text import key, tidy

DATASET = "dialogue_assistant"
LEAST_PAIRS = 2


# ---- the three layouts


def matches_turns(record: Any) -> bool:
    """The conversations in the repository and moss-003-sft: `chat` of turn_1, turn_2, …"""
    chat = _turns(record.get("chat")) if isinstance(record, dict) else {}
    return bool(chat) and all(_is_turn(*item) for item in chat.items())


def _turns(chat: Any) -> dict[str, Any]:
    """Without the turns that only other conversations of the same table have."""
    return {name: turn for name, turn in chat.items() if turn is not None} if isinstance(chat, dict) else {}


def _is_turn(name: Any, turn: Any) -> bool:
    return bool(re.fullmatch(r"turn_\d+", str(name))) and isinstance(turn, dict) and {"Human", "MOSS"} <= set(turn)


def from_turns(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    chat = _turns(record["chat"])
    turns = [chat[name] for name in sorted(chat, key=lambda name: int(name[len("turn_") :]))]
    tool = next((tool for turn in turns for part in _TOOLS if (tool := _said(turn.get(part)))), "")
    if tool:
        return [Reject(DATASET, "tool_use", tool[:80])]
    pairs = [Pair(_said(turn["Human"]), _said(turn["MOSS"])) for turn in turns]
    return [_outcome(pairs, record, context)]


def matches_pairs(record: Any) -> bool:
    """moss-003-sft as its mirrors have it: `conversation` of human and assistant."""
    turns = record.get("conversation") if isinstance(record, dict) else None
    return (
        isinstance(turns, list) and bool(turns) and all(isinstance(turn, dict) and set(turn) >= _PAIR for turn in turns)
    )


_PAIR = {"human", "assistant"}


def from_pairs(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    pairs = [Pair(_said(turn["human"]), _said(turn["assistant"])) for turn in record["conversation"]]
    return [_outcome(pairs, record, context)]


def matches_plain(record: Any) -> bool:
    """moss-002-sft: one text in which [Human]: and [MOSS]: take turns."""
    text = record.get("plain_text") if isinstance(record, dict) else None
    return isinstance(text, str) and _HUMAN.search(text) is not None


_HUMAN = re.compile(r"\[Human\]\s*[:：]")
_SPEAKER = re.compile(r"\[(Human|MOSS)\]\s*[:：]")


def from_plain(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    pieces = _SPEAKER.split(record["plain_text"])
    speakers, texts = pieces[1::2], pieces[2::2]
    if speakers != ["Human", "MOSS"] * (len(speakers) // 2):
        return [Reject(DATASET, "turn_order", ", ".join(speakers[:12]))]
    pairs = [Pair(_said(human), _said(moss)) for human, moss in zip(texts[::2], texts[1::2], strict=True)]
    return [_outcome(pairs, record, context)]


_TOOLS = ("Inner Thoughts", "Commands", "Tool Responses")
_TOKEN = re.compile(r"<\|[A-Za-z ]+\|>\s*[:：]?|<(?:eoh|eot|eoc|eor|eom|eoa|eos)>|\[(?:Human|MOSS)\]\s*[:：]")


def _said(text: Any) -> str:
    """A turn without its special tokens; "" for None, as the unused tools are written."""
    said = tidy(_TOKEN.sub("", text).replace("<br>", "\n")) if isinstance(text, str) else ""
    return "" if said == "None" else said


# ---- what is kept


def _outcome(pairs: Sequence[Pair], record: dict[str, Any], context: Context) -> Outcome:
    called = [Pair(_VOCATIVE.sub("", pair.user), pair.assistant) for pair in pairs]
    if str(record.get("category") or "").lower().startswith(_TRANSLATED_CATEGORIES):
        return Reject(DATASET, "translated_role", str(record["category"]))
    good, fault = _before_fault(called)
    good = shortened(good)
    if len(good) < LEAST_PAIRS:
        return Reject(DATASET, *(fault or ("too_short", f"{len(good)} exchanges")))
    notes = ["part_of_dialogue"] if len(good) < len(pairs) else []
    notes += ["name_removed"] if called[: len(good)] != list(pairs[: len(good)]) else []
    root = digest(key(good[0].user).encode()).hex()[:16]
    prompt = fill("dialogue.ASSISTANT", templates.ASSISTANT, by=good[0].user)
    kind = _kind(record)
    return finished(DATASET, prompt, good, context, document=f"dialogue:moss:{root}", kind=kind, notes=tuple(notes))


# Prompts of the English collection Awesome ChatGPT Prompts, translated word for word.
_TRANSLATED_CATEGORIES = ("awesome", "complex instruction")


def _kind(record: dict[str, Any]) -> str:
    """harmless, or else the category of the release."""
    category = str(record.get("category") or "")
    return "harmless" if category.startswith("harmless") else category.removesuffix("_zh").lower()


# A user who calls the model by its name asks the same without it.
_VOCATIVE = re.compile(r"^(?:(?:你好|您好|嗨|嘿)[，,！! ]*)?(?:亲爱的)?(?:MOSS|Moss|moss)(?:同学)?[，,：:！!。 ]+")


def _before_fault(pairs: Sequence[Pair]) -> tuple[Sequence[Pair], tuple[str, str] | None]:
    for number, pair in enumerate(pairs):
        fault = next((fault for fault in faults(pair, pairs[:number]) if fault[1]), None)
        if fault:
            return pairs[:number], fault
    return pairs, None
