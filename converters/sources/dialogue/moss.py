"""MOSS: conversations that text-davinci-003 and gpt-3.5-turbo wrote for Fudan's assistant; about half are English.

The Chinese ones are kept as far as the first turn that speaks of MOSS, calls a tool, breaks off, shows code or states
facts that nobody has checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import Context, Outcome, Reject
from converters.digests import digest
from converters.sources.dialogue.turns import Pair, finished, shortened
from converters.templates import dialogue as templates
from converters.templates import fill
from converters.text import han_count, key, tidy, word_count

DATASET = "dialogue_assistant"
LEAST_PAIRS = 2
LEAST_HAN = 0.6  # of the letters of a turn: han characters against words in Latin script


# ---- the three layouts


def matches_turns(record: Any) -> bool:
    """The conversations in the repository and moss-003-sft: `chat` of turn_1, turn_2, …"""
    chat = record.get("chat") if isinstance(record, dict) else None
    return isinstance(chat, dict) and bool(chat) and all(_is_turn(*item) for item in chat.items())


def _is_turn(name: Any, turn: Any) -> bool:
    return bool(re.fullmatch(r"turn_\d+", str(name))) and isinstance(turn, dict) and {"Human", "MOSS"} <= set(turn)


def from_turns(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    turns = [record["chat"][name] for name in sorted(record["chat"], key=lambda name: int(name[len("turn_") :]))]
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
    said = tidy(_TOKEN.sub("", text)) if isinstance(text, str) else ""
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
    kind = _kind(record, good)
    return finished(DATASET, prompt, good, context, document=f"dialogue:moss:{root}", kind=kind, notes=tuple(notes))


_AI = re.compile(r"人工智能|\bAI\b|AI|机器学习|深度学习|机器人|神经网络|大模型|语言模型|聊天机器人|算法")


# Prompts of the English collection Awesome ChatGPT Prompts, translated word for word.
_TRANSLATED_CATEGORIES = ("awesome", "complex instruction")


def _kind(record: dict[str, Any], pairs: Sequence[Pair]) -> str:
    """ai_topic, which MOSS's users asked about more than anything; harmless; else the category of the release."""
    category = str(record.get("category") or "")
    if category.startswith("harmless"):
        return "harmless"
    about = sum(_AI.search(pair.user) is not None for pair in pairs)
    return "ai_topic" if 2 * about >= len(pairs) else category.removesuffix("_zh").lower()


# A user who calls the model by its name asks the same without it.
_VOCATIVE = re.compile(r"^(?:(?:你好|您好|嗨|嘿)[，,！! ]*)?(?:亲爱的)?(?:MOSS|Moss|moss)(?:同学)?[，,：:！!。 ]+")


def _before_fault(pairs: Sequence[Pair]) -> tuple[Sequence[Pair], tuple[str, str] | None]:
    for number, pair in enumerate(pairs):
        fault = next((fault for fault in _faults(pair, pairs[:number]) if fault[1]), None)
        if fault:
            return pairs[:number], fault
    return pairs, None


def _faults(pair: Pair, before: Sequence[Pair]) -> Sequence[tuple[str, str]]:
    both = pair.user + "\n" + pair.assistant
    return (
        ("empty_turn", "" if pair.user and pair.assistant else "a turn without text"),
        ("english_dialogue", "" if _is_chinese(pair.user) and _is_chinese(pair.assistant) else pair.user[:60]),
        ("foreign_identity", _found(_FOREIGN, both)),
        ("self_description", _found(_ITSELF, pair.user) or _found(_MYSELF, pair.assistant)),
        ("code", _found(_CODE, both)),
        ("cut_off", _cut_off(pair.assistant)),
        ("english_labels", _found(_LABEL, pair.assistant)),
        ("unchecked_facts", _unchecked(pair)),
        ("missing_material", _found(_WITHOUT_TEXT, pair.assistant) or _found(_PROMISED, pair.user)),
        ("translated_role", _found(_TRANSLATED, pair.user)),
        ("more_than_text", _found(_MORE_THAN_TEXT, pair.user)),
        ("repeats_itself", _repeats(pair.assistant, [earlier.assistant for earlier in before])),
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0][:80] if found else ""


def _is_chinese(text: str) -> bool:
    letters = han_count(text) + word_count(text)
    return letters == 0 or han_count(text) >= LEAST_HAN * letters


_FOREIGN = re.compile(
    r"MOSS|\bMoss\b|复旦|Fudan|ChatGPT|GPT-?\d|OpenAI|文心一言|Siri|小冰|小爱同学|Alexa|天猫精灵|必应|Bing|Bard|Claude"
)
# Questions about the assistant as a program, and answers as one: what it says of its training was true of MOSS only.
_ITSELF = re.compile(
    r"[你您](?:是(?:谁|什么|一个|不是|真人|人类|机器|如何|怎么)|叫什么|的(?:名字|开发|创造|训练|模型|算法|参数|数据|功能|能力|局限|AI|回[答复]|工作原理)|"
    r"会不会(?:取代|有)|有(?:意识|感情|情感|自我|没有感情|什么功能|哪些功能|多少)|能(?:处理|帮助人们|做什么|干什么|否感)|"
    r"(?:喜欢|讨厌|害怕|梦想|相信|觉得自己))|作为(?:一个|一名)?(?:AI|人工智能|机器人|语言模型)"
)
_MYSELF = re.compile(
    r"我(?:是|只是|仅是|就是)一?[个名款种位]?[^，。]{0,12}(?:人工智能|AI|语言模型|机器|程序|聊天|助手|助理)|"
    r"作为(?:一[个名款位种])?[^，。]{0,10}(?:人工智能|AI|语言模型|机器|程序|聊天机器人|智能助[手理])|"
    r"我(?:没有|不具备|无法(?:感|体|亲)|不能(?:感|亲))[^，。]{0,10}(?:情感|感情|意识|身体|感受|体验|偏好|实体)|"
    r"(?:我的|用于)(?:训练|知识截止|数据库|编程|设计者|开发者)|我(?:被|由|经过)[^，。]{0,10}(?:训练|开发|设计|编程|创造)"
)
_CODE = re.compile(
    r"```|`[^`]+`|\bdef \w+\(|\bimport \w+|#include|</?(?:div|html|body|script|p|a|h\d)\b|SELECT .+ FROM|"
    r"代码|编程|函数|数据库|SQL|Python|Java|HTML|CSS|C\+\+|PHP|Linux|算法"
)
_LABEL = re.compile(r"(?i)\b(?:verse|chorus|bridge|outro|intro|pre-chorus|hook)\b")
_END = re.compile(r"[。！？…!?.”\"』」）)】》~～：:；;\d]$")


def _cut_off(text: str) -> str:
    """The end of a text that stops in a sentence, at the limit of the model that wrote it; verse may end bare."""
    last = text.rsplit("\n", 1)[-1].strip()
    bare_end = _END.search(last) is None and len(last) > 16
    stops = last.endswith(("，", ",", "、", "的", "和", "与", "或", "：", ":", "以及", "并")) or re.fullmatch(
        r"\d+[.、]?", last
    )
    return last[-30:] if bare_end or stops else ""


LATIN_NAMES = 3  # more names in Latin script in one answer are a list of facts
TITLES = 2
_YEAR = re.compile(r"\d{3,4}\s*年(?!级)|\d世纪|公元")
_CLAIM = re.compile(
    r"https?://|www\.|\.com|研究(?:表明|显示|发现)|(?:据|根据)[^，。]{0,12}(?:统计|调查|报道|数据)|数据显示|调查显示|\d+(?:\.\d+)?%|"
    r"电话[：:]|地址[：:]|邮箱|热线|美元|亿|万人|药物|药品|剂量|处方|阿司匹林|抗生素|手术|癌症|糖尿病|抑郁症|怀孕|孕妇|法律规定|《[^》]*法》"
)
_ASKS_SOURCES = re.compile(
    r"推荐.{0,12}(?:书|网站|课程|资源|文章|博客|软件|工具|电影|论文|应用|APP|app|公司|餐厅|酒店|作品|歌|小说|景点|学校|材料|平台)|"
    r"(?:著名|有名|知名|代表)的?.{0,8}(?:人物|作品|作家|公司|案例|例子|诗人|画家)|哪些(?:书|网站|公司|国家|品牌|大学|作品|课程|软件|工具)|"
    r"(?:介绍|分享|提供|列举|举|给).{0,12}(?:案例|例子|实例|资料|资源|链接|文献)|历史上|景点|旅行|旅游|行程|住宿|餐厅|美食|历史文化|法律|法规|计算|等于多少|解方程|翻译|最新|最近|现状|趋势|目前"
)


def _unchecked(pair: Pair) -> str:
    """Names, years, figures, links and sources: models invent them, and nothing here can tell."""
    found = _found(_CLAIM, pair.assistant) or _found(_YEAR, pair.assistant) or _found(_ASKS_SOURCES, pair.user)
    titles = re.findall(r"《[^》]+》", pair.assistant)
    if found or (len(titles) > TITLES and "《" not in pair.user):
        return found or "".join(titles[:3])
    names = set(re.findall(r"\b[A-Z][a-z]{2,}\b", pair.assistant)) - set(re.findall(r"[A-Z][a-z]+", pair.user))
    return ", ".join(sorted(names)[:3]) if len(names) > LATIN_NAMES else ""


_WITHOUT_TEXT = re.compile(
    r"请(?:您|你)?(?:先)?(?:提供|告诉我|告知|说明|给我|输入|发送|上传|描述)(?:一下|更多|具体|需要|相关|您|你|我|原|以下|要|更|详细)|"
    r"需要(?:更多|您提供|你提供|知道更多)|没有(?:提供|看到|收到)|无法(?:访问|获取|查看|浏览|连接|得知|知道你|知道您)|抱歉，?我(?:无法|不能|没有|不知道|不确定)"
)
_PROMISED = re.compile(
    r"我(?:将|会)(?:为[你您])?(?:提供|给出|输入|发送|描述|告诉|向[你您])|以下(?:是|为)?(?:文本|文章|段落)|给定的|指定的|这篇|这段|下面的|附件|图片"
)
_TRANSLATED = re.compile(
    r"我(?:希望|想|想要|要|需要)(?:让)?[你您]?(?:来)?(?:扮演|充当|担任|作为|成为|表现|做为|饰演)|^(?:扮演|充当|装扮|担任|担当|假想|假装是|作为(?:一[个名位])?)|"
    r"[你您]的(?:第一个)?任务是|我的第一个|不要写解释|只(?:需)?回复|帮助用户|(?:使用|利用|用|由)(?:AI|人工智能)[^，。]{0,10}(?:写|创作|生成|制作)"
)
# What no answer in words can give.
_MORE_THAN_TEXT = re.compile(
    r"(?:画|绘制|绘画|设计|制作|创作|拍摄?|生成|播放|录制|弹奏|展示)[^，。？]{0,10}(?:画作|油画|一幅|插图|图[片像案标表]|海报|漫画|视频|音频|动画|曲子|旋律|照片|网站|游戏|界面)"
)
REPEATED = 0.35  # of an answer's runs of 8 characters


def _repeats(text: str, earlier: Sequence[str]) -> str:
    runs = _runs(text)
    known = set().union(*map(_runs, earlier)) if earlier else set()
    share = len(runs & known) / max(len(runs), 1)
    return f"{share:.0%} of an earlier answer" if share > REPEATED else ""


def _runs(text: str, length: int = 8) -> set[str]:
    bare = key(text)
    return {bare[start : start + length] for start in range(len(bare) - length + 1)}
