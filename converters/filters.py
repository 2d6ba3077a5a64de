"""Named reasons for which an answer is not worth learning, and what may make each of them true.

Two tables. CONVERSATION holds for any conversation (`first_fault`): damage, foreign identities, length. EXCHANGE holds
for one request and its answer (`exchange_fault`), as instruction data have them.

A rule looks only where one of its triggers stands: a text without any trigger of any rule passes all of them, and that
is what a fast path may rely on. Rules without triggers are decided by lengths and last characters alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from converters import material, promises, refusals, wholeness, word_problems
from converters.arithmetic import wrong_equation
from converters.contract import Message
from converters.kinds import asks_nothing, is_arithmetic
from converters.text import is_damaged, tidy

LONGEST_MESSAGE = 20_000  # characters; longer ones are dumps of files, and no cutoff length sees their end

# ---- who speaks

_MODELS = (
    r"(?:ChatGPT|Chat\s*GPT|GPT-?\s?[234](?:\.\d)?|OpenAI|Open\s*AI|BELLE|Belle|MOSS|ChatGLM|GLM-?\d|文心一言|ERNIE|通义千问|Qwen|"
    r"讯飞星火|Claude|Anthropic|LLaMA|Llama|Alpaca|Vicuna|Bard|New\s?Bing|DeepSeek|盘古大模型|智谱|Open\s?-?Assistant|LAION|Gemini|"
    r"Copilot|豆包|混元|百川大模型|Baichuan|InternLM|小爱同学|Siri|微软小冰|天猫精灵|Cortana|Alexa)"
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
    # how Open Assistant's volunteers had it speak of itself
    re.compile("(?:我(?:只)?是|作为)(?:一[个款])?开源(?:的)?[^，。！？；\n]{0,6}(?:助[手理]|语言模型|大模型)"),
)
_CUTOFF = re.compile(
    r"(?:我|模型)的?(?:知识|训练数据|数据|信息)库?[^，。！？\n]{0,10}(?:截止|截至|更新)[^，。！？\n]{0,8}(?:19|20)\d\d\s*年"
    r"|(?:截止|截至)(?:我|到我)[^，。！？\n]{0,12}(?:知识|训练|更新)"
)

# Few answers name a model at all, and looking for these is cheaper than the patterns.
NAMES = (
    *("GPT", "gpt", "Gpt", "OpenAI", "Open AI", "openai", "OPENAI", "BELLE", "Belle", "MOSS", "GLM", "文心", "ERNIE"),
    *("通义", "Qwen", "星火", "Claude", "Anthropic", "LLaMA", "Llama", "LLAMA", "Alpaca", "Vicuna", "Bard", "Bing"),
    *("DeepSeek", "盘古", "智谱", "Assistant", "LAION", "Gemini", "Copilot", "豆包", "混元", "百川", "Baichuan"),
    *("InternLM", "小爱", "Siri", "小冰", "天猫精灵", "Cortana", "Alexa", "开源"),
)
CUTOFFS = ("截止", "截至", "更新")


def foreign_identity(messages: Sequence[Message]) -> str:
    """The words with which an answer claims to be another model, or ""."""
    for message in messages:
        if message.role == "assistant" and any(name in message.content for name in NAMES):
            for pattern in _IDENTITIES:
                found = pattern.search(message.content)
                if found:
                    return tidy(found[0])
    return ""


def foreign_cutoff(messages: Sequence[Message]) -> str:
    """我的知识截止于2021年: another model's memory, told as one's own."""
    for message in messages:
        if message.role == "assistant" and any(word in message.content for word in CUTOFFS):
            found = _CUTOFF.search(message.content)
            if found:
                return found[0]
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
    ("foreign_cutoff", foreign_cutoff),
    ("too_long", too_long),
)


def first_fault(messages: Sequence[Message]) -> tuple[str, str] | None:
    for reason, finds in CONVERSATION_FILTERS:
        detail = finds(messages)
        if detail:
            return reason, detail
    return None


# ---- one request and its answer

Where = Literal["request", "answer", "beginning"]
BEGINNING = 160  # characters of an answer in which it says that it cannot, or that nothing was given


@dataclass(frozen=True)
class Rule:
    """`triggers`: at least one stands in `where` if the rule finds anything; () if lengths decide.

    `scope`: "any" exchange, the "first" of a conversation (there is nothing before it), or an "only" one (the
    conversation ends with it, so that nobody gave what was asked for).
    """

    reason: str
    finds: Callable[[str, str], str]
    where: Where = "answer"
    triggers: tuple[str, ...] = ()
    scope: Literal["any", "first", "only"] = "any"

    def may_find(self, request: str, answer: str) -> bool:
        if not self.triggers:
            return True
        text = request if self.where == "request" else answer[:BEGINNING] if self.where == "beginning" else answer
        return any(trigger in text for trigger in self.triggers)


_SELF = ("AI", "人工智能", "语言模型", "机器人", "助手", "助理", "计算机程序", "大模型", "机器学习模型", "虚拟助")
_SORRY = ("抱歉", "对不起", "不好意思", "遗憾", "无法", "不能", *_SELF)
_AHEAD = (
    "以下",
    "下列",
    "下面",
    "下述",
    "给定",
    "所给",
    "给出的",
    "提供的",
    "上述",
    "上面",
    "以上",
    "附件",
    "附上",
    "附图",
)
_WITHOUT = ("没有", "没法", "没办法", "未", "请", "缺", "无法", "不能", "需要", "希望")

RULES = (
    Rule("no_output", lambda request, answer: wholeness.no_output(answer), triggers=("<no", "模型无法完成")),
    Rule("asks_nothing", lambda request, answer: request if asks_nothing(request) else "", scope="first"),
    Rule("goes_on", lambda request, answer: material.goes_on(request), scope="first"),
    Rule(
        "missing_material",
        lambda request, answer: material.points_at_nothing(request),
        "request",
        (*_AHEAD, "这", "那", "该", "此"),
        "only",
    ),
    Rule("missing_material", lambda request, answer: material.says_so(answer), "beginning", _WITHOUT, "only"),
    Rule("refusal", refusals.refusal, "beginning", _SORRY),
    Rule("invented_life", refusals.invented_life, "answer", _SELF),
    Rule("invented_link", wholeness.invented_link, "answer", ("http", "www.")),
    Rule(
        "pasted_text",
        lambda request, answer: wholeness.pasted(answer),
        "answer",
        ("著作权归", "商业转载", "来源", "链接", "[^"),
    ),
    Rule(
        "role_mark",
        lambda request, answer: wholeness.role_mark(answer),
        "answer",
        ("Human", "Assistant", "User", "###"),
    ),
    Rule("in_english", wholeness.in_english),
    Rule("echoed_request", wholeness.echoed),
    Rule("cut_off", lambda request, answer: wholeness.cut_off(answer)),
    Rule("repeated_text", lambda request, answer: wholeness.repeated(answer)),
    Rule(
        "missed_count",
        promises.missed_items,
        "answer",
        ("2.", "2、", "2)", "2）", "2:", "2：", "2．", "二、", "二.", "二："),
    ),
    Rule("missed_count", promises.missed_sentences, "request", ("句",)),
    Rule("missed_count", promises.missed_lines, "request", ("行",)),
    Rule("missed_length", promises.missed_length, "request", ("字",)),
    Rule("missed_form", promises.missed_form, "request", ("绝", "律", "言", "联", "字诗")),
    Rule("miscounted", promises.miscounted, "request", ("词", "字母", "字符")),
    Rule("wrong_arithmetic", lambda request, answer: wrong_equation(answer), "answer", ("=", "＝", "≈", "等于")),
)


def exchange_fault(request: str, answer: str, *, first: bool = True, only: bool = True) -> tuple[str, str] | None:
    """(reason, detail) of the first rule that finds something in a request and its answer."""
    scopes = {"any", *(("first",) if first else ()), *(("only",) if only else ())}
    for rule in RULES:
        if rule.scope in scopes and rule.may_find(request, answer):
            detail = rule.finds(request, answer)
            if detail:
                return rule.reason, detail
    return word_problems.fault(request, answer) if is_arithmetic(request) else None
