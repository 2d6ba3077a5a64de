"""Chinese text, string to string: outer space, invisible characters, script, punctuation. Pure; no file, no record."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")

# A zero-width joiner inside an emoji is part of it; elsewhere it is a leftover of a web page.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"
)
# Early BELLE releases end many texts with a backslash and an n instead of a line break.
_LITERAL_BREAK = "\\n"
_DAMAGED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
# What a comparison ignores: all but letters, digits and the signs of arithmetic.
_IGNORED = re.compile(r"[^\w+\-*/=<>%$°×÷]+|_")


def tidy(text: str) -> str:
    """Outer white space, NBSP, zero-width and control characters and CRLF go; line breaks and inner indents stay.

    Never NFKC: it would turn full-width punctuation and ideographic spaces into ASCII.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    text = _UNSEEN.sub("", text).strip()
    while text.endswith(_LITERAL_BREAK):
        text = text.removesuffix(_LITERAL_BREAK).rstrip()
    while text.startswith(_LITERAL_BREAK):
        text = text.removeprefix(_LITERAL_BREAK).lstrip()
    return text


def one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def han_count(text: str) -> int:
    return len(_HAN.findall(text))


def word_count(text: str) -> int:
    """Words in Latin script."""
    return len(_LATIN_WORD.findall(text))


def is_damaged(text: str) -> bool:
    """True where decoding already failed once: U+FFFD, or a private-use character that no font of the reader has."""
    return _DAMAGED.search(text) is not None


def key(text: str) -> str:
    """What two texts share when they differ in case, spacing and punctuation only. A comparison key, never output."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _IGNORED.sub("", folded) or folded.strip()


# ---- script

# Old forms that OpenCC leaves alone and that printed simplified editions resolve. One character, one meaning only.
_VARIANTS = str.maketrans(
    "劒隠慙徧疎踈鶑鸎罇浄斾媿猨鬰櫂橤蘂睠顦顇簷毬粧濬鬬鬭褭襃牋羃覩燄煖巵搆迺敍嚬緜檝嬾雝荅彊麞"
    "嚻蕚棃汚暎畧蠭飜懃僊歛頼鼇姪隄臯皐箎頳碁躭毘藂懽牓瓌遯煑輭匳澘盌珤賸敭謩効筭欵頴煕壍鵶笻拏"
    "揜噉竝隣籐呪惣剉尅潄旛蔕騣麤狥髩愬衞鴈埽珮瑯磵筯勑裏",
    "剑隐惭遍疏疏莺莺樽净旆愧猿郁棹蕊蕊眷憔悴檐球妆浚斗斗袅褒笺幂睹焰暖卮构乃叙颦绵楫懒雍答强獐"
    "嚣萼梨污映略蜂翻勤仙敛赖鳌侄堤皋皋篪赪棋耽毗丛欢榜瑰遁煮软奁潸碗宝剩扬谟效算款颖熙堑鸦筇拿"
    "掩啖并邻藤咒总锉克漱幡蒂鬃粗徇鬓诉卫雁扫佩琅涧箸敕里",
)
_PAIRS = {"髣髴": "仿佛", "彷佛": "仿佛", "彷彿": "仿佛"}


def simplified(text: str) -> str:
    """Traditional to simplified, phrase by phrase (OpenCC t2s), and old variants to their printed form.

    A character whose simplified form lies outside the BMP keeps its old one: such forms exist in no common font
    and in no tokenizer.
    """
    if not has_han(text):
        return text
    for old, new in _PAIRS.items():
        text = text.replace(old, new)
    changed = str(_converter("t2s").convert(text))
    if len(changed) == len(text):
        changed = "".join(
            old if new > "\uffff" and old <= "\uffff" else new for old, new in zip(text, changed, strict=True)
        )
    return changed.translate(_VARIANTS)


# 著 is a particle (着) in modern text from Taiwan, except in these words.
_ZHU = re.compile(r"(?<![名显顯原编編专專论論巨卓土昭所合拙遗遺译譯])著(?![名作者称稱述])")
_MODERN = str.maketrans({"妳": "你", "牠": "它", "祢": "你", "衹": "只", "祇": "只", "喫": "吃"})


def simplified_modern(text: str) -> str:
    """Simplified script for modern prose: `simplified`, and what only modern text decides (看著 → 看着, 妳 → 你)."""
    return simplified(_ZHU.sub("着", text.translate(_MODERN))).replace("甚么", "什么")


@cache
def _converter(name: str) -> Any:
    # imported here: `python -m converters list` must not pay for it
    import opencc

    return opencc.OpenCC(name)


# ---- punctuation

_HALF_WIDTH = re.compile(f'(?<=[{HAN}”」』》）])([,?!:;])[ ]*(?=$|[{HAN}“”「」"A-Za-z0-9])')
_FULL_WIDTH = {",": "，", "?": "？", "!": "！", ":": "：", ";": "；"}
_FULL_STOP = re.compile(f'(?<=[{HAN}])\\.(?=$|[”"])')
_BETWEEN_HAN = re.compile(
    f"(?<=[{HAN}，。？！；：、“”])[ \u3000]+(?=[{HAN}，。？！；：、])|(?<=[{HAN}”])[ \u3000]+(?=“)"
)
_QUOTES = str.maketrans({"「": "“", "」": "”", "『": "‘", "』": "’", "＂": '"', "•": "·"})


def punctuated(text: str) -> str:
    """Punctuation as a mainland editor sets it: full width after Chinese, “ ” for 「 」 and paired straight quotes."""
    text = _BETWEEN_HAN.sub("", text.translate(_QUOTES))
    text = _HALF_WIDTH.sub(lambda match: _FULL_WIDTH[match[1]], text)
    text = _FULL_STOP.sub("。", text)
    if text.count('"') % 2 == 0 and has_han(text):
        pieces = text.split('"')
        text = "".join(
            piece + ("“”"[index % 2] if index < len(pieces) - 1 else "") for index, piece in enumerate(pieces)
        )
    return _BETWEEN_HAN.sub("", text)
