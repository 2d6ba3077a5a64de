"""Named reasons for which an answer is not worth learning; every threshold stands here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from converters.contract import Message
from converters.text import is_damaged, tidy

LONGEST_MESSAGE = 20_000  # characters; longer ones are dumps of files, and no cutoff length sees their end

_MODELS = (
    r"(?:ChatGPT|Chat\s*GPT|GPT-?\s?[234](?:\.\d)?|OpenAI|Open\s*AI|BELLE|Belle|MOSS|ChatGLM|GLM-?\d|文心一言|ERNIE|通义千问|Qwen|"
    r"讯飞星火|Claude|Anthropic|LLaMA|Llama|Alpaca|Vicuna|Bard|New\s?Bing|DeepSeek|盘古大模型|智谱)"
)
# The speaker about itself, inside one clause. Talk about a model (ChatGPT是由OpenAI开发的) is no identity.
_IDENTITIES = (
    re.compile(rf"(?:我|本人|咱)(?:就)?(?:是|叫|名叫|的名字是|的名字叫|被称为)[^，。！？；\n]{{0,24}}?{_MODELS}"),
    re.compile(
        rf"我[^，。！？；\n]{{0,8}}?由[^，。！？；\n]{{0,16}}?{_MODELS}[^，。！？；\n]{{0,12}}?(?:开发|训练|研发|创建|提供|设计)"
    ),
    re.compile(
        rf"(?:^|[，。！？；\n：:“]|请注意|抱歉)\s*(?:作为|身为)(?!.{{0,20}}(?:用户|员工|创始人|竞争))[^，。！？；\n]{{0,16}}?{_MODELS}[^，。！？；\n]{{0,12}}?[，,]\s*我"
    ),
    re.compile(
        rf"\b(?:I am|I'm|my name is)\s+(?:an? |the )?(?:AI |language model |assistant )*(?:named |called )?{_MODELS}",
        re.I,
    ),
    re.compile(rf"\bAs (?:an? )?(?:AI |language model )*{_MODELS}\b[^.\n]{{0,40}}, I\b"),
)


# Few answers name a model at all, and looking for these is cheaper than five patterns.
_NAMED = (
    *(
        "gpt",
        "openai",
        "open ai",
        "belle",
        "moss",
        "glm",
        "文心",
        "ernie",
        "通义",
        "qwen",
        "星火",
        "claude",
        "anthropic",
    ),
    *("llama", "alpaca", "vicuna", "bard", "bing", "deepseek", "盘古", "智谱"),
)


def foreign_identity(messages: Sequence[Message]) -> str:
    """The words with which an answer claims to be another model, or ""."""
    for message in messages:
        lowered = message.content.lower()
        if message.role != "assistant" or not any(name in lowered for name in _NAMED):
            continue
        for pattern in _IDENTITIES:
            found = pattern.search(message.content)
            if found:
                return tidy(found[0])
    return ""


def damaged(messages: Sequence[Message]) -> str:
    return next((message.content[:80] for message in messages if is_damaged(message.content)), "")


def too_long(messages: Sequence[Message]) -> str:
    longest = max((len(message.content) for message in messages), default=0)
    return f"{longest} characters" if longest > LONGEST_MESSAGE else ""


# Reason -> filter; a filter returns what it found, or "". The first that finds something names the reject.
CONVERSATION_FILTERS = (
    ("replacement_character", damaged),
    ("foreign_identity", foreign_identity),
    ("too_long", too_long),
)


def first_fault(messages: Sequence[Message]) -> tuple[str, str] | None:
    for reason, finds in CONVERSATION_FILTERS:
        detail = finds(messages)
        if detail:
            return reason, detail
    return None
