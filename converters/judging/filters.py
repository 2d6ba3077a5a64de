"""Named reasons for which an answer is not worth learning, and what may make each of them true.

Two tables. CONVERSATION holds for any conversation (`first_fault`): damage, foreign identities, length. EXCHANGE holds
for one request and its answer (`exchange_fault`), as instruction data have them.

A rule looks only where one of its signs stands: a text without any sign of any rule passes all of them. Rules without
signs are decided by lengths and last characters alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from converters.contract import Message
from converters.conversations import turns
from converters.judging import kinds, material, promises, refusals, untrusted, wholeness
from converters.reckoning import word_problems
from converters.reckoning.arithmetic import wrong_equation
from converters.reckoning.figures import SIGNS as FIGURE_SIGNS
from converters.reckoning.figures import wrong_figure
from converters.sieve import SIGNS, Sieve, Sign, things
from converters.text import DAMAGED, is_damaged, tidy

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
    re.compile("(?:^|[，。！\n])(?:亲爱的)?主人[，,！您我]"),
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
    *("InternLM", "小爱", "Siri", "小冰", "天猫精灵", "Cortana", "Alexa", "开源", "主人"),
)
CUTOFFS = ("截止", "截至", "更新")


def foreign_identity(messages: Sequence[Message]) -> str:
    """The words with which an answer claims to be another model, or ""."""
    for message in messages:
        if message.role == "assistant":
            for pattern in _IDENTITIES:
                found = pattern.search(message.content)
                if found:
                    return tidy(found[0])
    return ""


def foreign_cutoff(messages: Sequence[Message]) -> str:
    """我的知识截止于2021年: another model's memory, told as one's own."""
    for message in messages:
        if message.role == "assistant":
            found = _CUTOFF.search(message.content)
            if found:
                return found[0]
    return ""


def damaged(messages: Sequence[Message]) -> str:
    return next((message.content[:80] for message in messages if is_damaged(message.content)), "")


def too_long(messages: Sequence[Message]) -> str:
    longest = max((len(message.content) for message in messages), default=0)
    return f"{longest} characters" if longest > LONGEST_MESSAGE else ""


# Reason, filter and its signs; a filter returns what it found, or "". The first that finds something names the reject.
CONVERSATION_FILTERS: tuple[tuple[str, Callable[[Sequence[Message]], str], tuple[Sign, ...]], ...] = (
    ("replacement_character", damaged, (DAMAGED,)),
    ("foreign_identity", foreign_identity, NAMES),
    ("foreign_cutoff", foreign_cutoff, CUTOFFS),
    ("too_long", too_long, ()),
)
_CONVERSATION = Sieve({place: signs for place, (_, _, signs) in enumerate(CONVERSATION_FILTERS)}, SIGNS)


def first_fault(messages: Sequence[Message]) -> tuple[str, str] | None:
    held = 0
    for message in messages:
        held |= _CONVERSATION.may_hold(message.content)
    for place in things(held):
        reason, finds, _ = CONVERSATION_FILTERS[place]
        detail = finds(messages)
        if detail:
            return reason, detail
    return None


# ---- one request and its answer

Finds = Callable[[str, str], str]
Where = Literal["request", "answer", "beginning"]
BEGINNING = 160  # characters of an answer in which it says that it cannot, or that nothing was given


@dataclass(frozen=True)
class Rule:
    """`signs`: at least one stands in `where` if the rule finds anything; () if lengths and ends decide.

    `scope`: "any" exchange, the "first" of a conversation (there is nothing before it), or an "only" one (the
    conversation ends with it, so that nobody gave what was asked for).
    """

    reason: str
    finds: Finds
    where: Where = "answer"
    signs: tuple[Sign, ...] = ()
    scope: Literal["any", "first", "only"] = "any"


def _in_request(finds: Callable[[str], str]) -> Finds:
    return lambda request, answer: finds(request)


def _in_answer(finds: Callable[[str], str]) -> Finds:
    return lambda request, answer: finds(answer)


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
_AT = (*_AHEAD, "这", "那", "该", "此")
_TEXTS = ("故事", "句子", "对话", "段落", "诗", "文章", "论文", "报告", "报道", "研究", "博客", "新闻")
_PRESENT = ("今天", "目前", "当前", "现在", "今日", "天气")
_DATED = (
    *("手机", "电脑", "笔记本", "平板", "汽车", "相机", "耳机", "显卡", "车型"),
    *("现任", "目前", "现在", "当前", "最新", "最近"),
)
_PASTED = ("著作权归", "商业转载", "来源", "链接", "[^", "\n\n\n")
_ROLES = ("Human", "Assistant", "User", "###")
_STUBS = ("...", "TODO", "省略", "在这里", "Your code", "your code")
_LISTS = ("2.", "2、", "2)", "2）", "2:", "2：", "2．", "二、", "二.", "二：")
_FORMS = ("绝", "律", "言", "联", "字诗")
_ORDERS = ("改", "换", "译", "重写", "编辑")
_BOARDS = ("FEN", "棋", "残局", "数独", "幻方", "填字", "迷宫", "谱", "历")
_ABROAD = ("美国", "联邦法", "911", "社会保险号")

RULES = (
    Rule("no_output", _in_answer(wholeness.no_output), "answer", ("<no", "<No", "模型无法完成")),
    Rule("asks_nothing", _in_request(kinds.asks_nothing), scope="first"),
    Rule("goes_on", _in_request(material.goes_on), scope="first"),
    Rule("swapped_roles", _in_request(turns.offers_help), "request", ("帮", "为您", "为你"), "first"),
    Rule("prompt_for_a_model", _in_request(material.for_a_model), "request", ("GPT", "模型", "助手")),
    Rule("missing_material", _in_request(material.points_at_nothing), "request", _AT, "only"),
    Rule("missing_material", _in_request(material.unknown_text), "request", _TEXTS, "only"),
    Rule("missing_material", _in_request(material.no_options), "request", ("选",), "only"),
    Rule("missing_material", _in_request(material.left_blank), "request", ("[", "【", "<", "（", "(")),
    Rule("missing_material", _in_answer(material.says_so), "beginning", (material.ABSENT_SIGNS,), "only"),
    Rule("refusal", refusals.refusal, "beginning", _SORRY),
    Rule("invented_life", refusals.invented_life, "answer", _SELF),
    Rule("invented_present", untrusted.invented_present, "answer", _PRESENT),
    Rule("dated_fact", untrusted.dated_fact, "request", _DATED),
    Rule("prescription", untrusted.prescribed, "request", ("药", "病", "诊断")),
    Rule("unverifiable_order", untrusted.unverifiable_order, "request", ("排",)),
    Rule("unverifiable_board", _in_request(untrusted.unverifiable_board), "request", _BOARDS),
    Rule("invented_link", wholeness.invented_link, "answer", ("http", "www.")),
    Rule("pasted_text", _in_answer(wholeness.pasted), "answer", _PASTED),
    Rule("advertisement", _in_answer(wholeness.advertisement), "answer", ("车赴", "赠送", "豪华", "【")),
    Rule("abroad", wholeness.abroad, "answer", _ABROAD),
    Rule("role_mark", _in_answer(wholeness.role_mark), "answer", _ROLES),
    Rule("stub_code", _in_answer(wholeness.stub), "answer", _STUBS),
    Rule("broken_code", _in_answer(wholeness.flat_code), "answer", ("def ", "class ", "for ", "while ")),
    Rule("garbled", _in_answer(wholeness.garbled), "answer", (wholeness.GARBLED_SIGNS,)),
    Rule("leaked_markup", _in_answer(wholeness.leaked_markup), "answer", ("{{", "[[")),
    Rule("in_english", wholeness.in_english, "answer", (wholeness.COMMON,)),
    Rule("echoed_request", wholeness.ordered, "request", _ORDERS),
    Rule("echoed_request", wholeness.echoed),
    Rule("echoed_request", wholeness.restated, "answer", ("：",)),
    Rule("cut_off", _in_answer(wholeness.cut_off)),
    Rule("repeated_text", _in_answer(wholeness.repeated)),
    Rule("missed_count", promises.missed_items, "answer", _LISTS),
    Rule("missed_count", promises.more_than_one, "request", ("一个", "一句", "一条", "一则")),
    Rule("missed_count", promises.missed_sentences, "request", ("句",)),
    Rule("missed_count", promises.missed_lines, "request", ("行",)),
    Rule("missed_length", promises.missed_length, "request", ("字",)),
    Rule("missed_form", promises.missed_form, "request", _FORMS),
    Rule("miscounted", promises.miscounted, "request", ("词", "字母", "字符")),
    Rule("wrong_figure", wrong_figure, "request", FIGURE_SIGNS),
    Rule("wrong_arithmetic", _in_answer(wrong_equation), "answer", ("=", "＝", "≈", "等于")),
)


_SCOPES: dict[str, int] = {
    scope: sum(1 << place for place, rule in enumerate(RULES) if rule.scope == scope)
    for scope in ("any", "first", "only")
}
LONGEST_NUMBER = 1000  # characters, separators included
_LONG_NUMBER = re.compile(rf"[\d,.]{{{LONGEST_NUMBER}}}")
_IS_SUM = len(RULES)  # the place of the word problems, whose reasons are several
_REQUEST, _ANSWER, _BEGINNING = (
    Sieve({place: rule.signs for place, rule in enumerate(RULES) if rule.where == where} | more, SIGNS)
    for where, more in (("request", {_IS_SUM: kinds.ARITHMETIC_SIGNS}), ("answer", {}), ("beginning", {}))
)


def may_find(request: str, answer: str) -> int:
    """The rules, by the bits of their places, that have a sign where they look; the bit behind them is for sums."""
    held = _BEGINNING.may_hold(answer)
    if held and len(answer) > BEGINNING:
        held = _BEGINNING.may_hold(answer[:BEGINNING])
    return held | _REQUEST.may_hold(request) | _ANSWER.may_hold(answer)


def exchange_fault(request: str, answer: str, *, first: bool = True, only: bool = True) -> tuple[str, str] | None:
    """(reason, detail) of the first rule that finds something in a request and its answer."""
    # no number of this length was meant, and Python refuses to read one of 4,300 digits
    if len(request) + len(answer) >= LONGEST_NUMBER and (long := _LONG_NUMBER.search(f"{request}\n{answer}")):
        return "endless_number", long[0][:40]
    scopes = _SCOPES["any"] | (_SCOPES["first"] if first else 0) | (_SCOPES["only"] if only else 0)
    held = may_find(request, answer)
    for place in things(held & scopes):
        rule = RULES[place]
        detail = rule.finds(request, answer)
        if detail:
            return rule.reason, detail
    is_sum = held >> _IS_SUM & 1 and kinds.is_arithmetic(request)
    return word_problems.fault(request, answer) if is_sum else None
