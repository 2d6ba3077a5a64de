"""Which script a Chinese text is in, and traditional → simplified with names guarded. String to string, pure.

OpenCC's `t2s` decides phrase by phrase. `tw2s` turns every 著 into 着 (土着, 着有《晉紀》), and `tw2sp` trades words
across their borders (建立 → 建创, 核心 → 核内心, 狮子山 → 塞拉利昂), so neither is used; what they would add and `t2s`
lacks (著, old variants, names that it takes for common words) stands here and in `script_tables`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from converters.named_in_ascii import named_in_ascii
from converters.script_tables import DRY_AFTER, KEPT, MODERN, NOT_GIVEN, REPLACED, SURNAMES, VARIANTS
from converters.sieve import SIGNS, Sieve

Script = Literal["simplified", "traditional", "mixed", "none"]

_NAMED_QIAN = re.compile(f"(?<=[{SURNAMES}][^\\W{NOT_GIVEN}])乾(?![{DRY_AFTER}])")

# 着 (particle, and zhuó) was written 著; 著 (zhù) is what books, fame and natives have.
_ZHU = re.compile(
    "(?<![名顯显編编專专論论巨卓土原遺遗譯译])著(?=[手重火陸陆色眼想急迷落力實实魔涼凉墨裝装衣慌忙數数])"
    "|(?<=[\u3400-\u4dbf\u4e00-\u9fff])"
    "(?<![名顯显編编專专論论巨卓土昭合拙遗遺譯译新所彰素夙較较撰刊者等人氏原後后曾])"
    "著(?![名作者稱称述錄录書书成有於于《「〈『“，、）)])"
    "|(?<=[隨随跟接沿順顺藉借憑凭帶带意看想存充伴])著(?![名作])"
)
# 着 that stands before a comma or a bracket is a particle only after these verbs
_ZHU_END = re.compile(
    "(?<=[在衣穿沉執执附膠胶隨随活跟連连配行味等站坐睡躺走跑笑哭聽听看想等候開开點点醒亮空拿抱忍撐撑說说講讲談谈唱叫喊嚷罵骂念吃喝望瞧盯提捧扶拉])著(?=[，。、！？；）)])"
)

_MODERN = re.compile("[妳牠衹喫矽鈽鎝鉲]|祇(?<![神地靈灵]祇)(?![園园樹树])|祢(?!衡)")
LONGEST_SIEVED = 2000  # characters
_MODERN_SIGNS = re.compile("[著妳牠衹喫矽鈽鎝鉲祇祢]")
_OLD_FORMS = re.compile(f"[{''.join(map(chr, VARIANTS))}]")
_RARE = re.compile("[\U00020000-\U0003ffff]")  # beyond the BMP


def simplified(text: str) -> str:
    """Traditional to simplified, phrase by phrase (OpenCC t2s), names guarded, old variants in their printed form.

    A character whose simplified form lies outside the BMP keeps its old one: such forms exist in no common font
    and in no tokenizer.
    """
    if not _may_change().search(text):
        return text
    if "\n" in text:
        return _line_by_line(text)
    return _converted(text)


def _line_by_line(text: str) -> str:
    """In an article of both scripts half the lines have nothing to convert: only the others are given to OpenCC."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if _may_change().search(line)]
    changed = _converted("\n".join(lines[place] for place in places)).split("\n")
    for place, line in zip(places, changed, strict=True):
        lines[place] = line
    return "\n".join(lines)


def _converted(text: str) -> str:
    text = _REPLACED.sub(lambda match: REPLACED[match[0]], text)
    hidden = _hide(text)
    changed = str(_converter("t2s").convert(hidden))
    if _RARE.search(changed) and len(changed) == len(hidden):
        changed = "".join(
            old if new > "\uffff" and old <= "\uffff" else new for old, new in zip(hidden, changed, strict=True)
        )
    if _OLD_FORMS.search(changed):  # translate looks every character up: most texts are spared that
        changed = changed.translate(VARIANTS)
    return changed.translate(_SHOWN) if hidden != text else changed


def simplified_modern(text: str) -> str:
    """Simplified script for modern prose: `simplified`, and what only modern text decides (看著 → 看着, 妳 → 你)."""
    # the rest of a long text is not read for a sign that most of them have at the beginning
    if len(text) <= LONGEST_SIEVED and not _sieve().may_hold(text):
        return text
    text = _ZHU.sub("着", _ZHU_END.sub("着", text)) if "著" in text else text
    text = _MODERN.sub(lambda match: MODERN[match[0]], text)
    return simplified(text).replace("甚么", "什么")


# ---- protection: a guarded character stands as a private one while OpenCC runs

_HIDDEN = {character: chr(0xF0000 + i) for i, character in enumerate(KEPT)}
_SHOWN = {ord(private): character for character, private in _HIDDEN.items()}
_KEPT = re.compile("|".join(sorted((word for words in KEPT.values() for word in words.split()), key=len, reverse=True)))
_REPLACED = re.compile("|".join(REPLACED))
_SENTENCES = re.compile(r"(?<=[。！？；\n])")


def _hide(text: str) -> str:
    """The text with every character that must stay hidden from OpenCC; `_SHOWN` turns it back."""
    text = _KEPT.sub(lambda match: match[0].translate(_HIDING), text)
    if "乾" in text or "徵" in text:
        text = "".join(map(_hide_names, _SENTENCES.split(_NAMED_QIAN.sub(_HIDDEN["乾"], text))))
    return text


def _hide_names(sentence: str) -> str:
    """Who writes simplified characters writes 干 for what is dry: a 乾 or 徵 among them is a name."""
    if script_of(sentence) != "simplified":
        return sentence
    return sentence.replace("乾", _HIDDEN["乾"]).replace("徵", _HIDDEN["徵"])


_HIDING = {ord(character): private for character, private in _HIDDEN.items()}


@cache
def _converter(name: str) -> Any:
    # imported here: `python -m converters list` must not pay for it
    import opencc

    with named_in_ascii(Path(opencc.__file__).parent / "clib" / "share" / "opencc") as folder:
        found = folder / f"{name}.json"
        return opencc.OpenCC(str(found) if found.is_file() else name)


# ---- which script

# Of the characters that tell, this share may belong to the other script: a quoted title does not make a text mixed.
STRAY_SHARE = 0.05


def script_of(text: str) -> Script:
    """The script that the telling characters of a text are in; "none" where none tells (no Chinese, or 你好).

    A character tells when it exists in one script only: 后, 里, 干, 于 and the like are good characters in both.
    """
    traditional = len(_traditional_only().findall(text))
    simplified_ = len(_simplified_only().findall(text))
    if not traditional + simplified_:
        return "none"
    share = traditional / (traditional + simplified_)
    if share <= STRAY_SHARE:
        return "simplified"
    return "traditional" if share >= 1 - STRAY_SHARE else "mixed"


def has_traditional(text: str) -> bool:
    """True where a character stands that only traditional script has (a name that an editor protected: 花壇)."""
    return _traditional_only().search(text) is not None


@cache
def _traditional_only() -> re.Pattern[str]:
    """Characters that t2s changes and that the mainland's GB 2312 has no place for."""
    return _class_of(_changed_by("t2s"), "gb2312")


@cache
def _simplified_only() -> re.Pattern[str]:
    """Characters that s2t changes and that Taiwan's Big5 has no place for."""
    return _class_of(_changed_by("s2t"), "big5")


@cache
def _sieve() -> Sieve:
    return Sieve({0: (_may_change(), _MODERN_SIGNS, "甚么")}, SIGNS)


@cache
def _may_change() -> re.Pattern[str]:
    """Any character that `simplified` could touch: most simplified text is left without asking OpenCC."""
    # the last ones change in phrases only (瞭解, 藉口, 甦醒, 髣髴)
    signs = [*_changed_by("t2s"), *map(chr, VARIANTS), *"瞭藉沈甦覆哩衹髣彷徬"]
    return re.compile(f"[{''.join(sorted(set(signs)))}]")


def _changed_by(config: str) -> list[str]:
    characters = [chr(code) for block in ((0x3400, 0x4DC0), (0x4E00, 0xA000)) for code in range(*block)]
    changed = str(_converter(config).convert("\n".join(characters))).split("\n")
    return [old for old, new in zip(characters, changed, strict=True) if old != new]


def _class_of(characters: list[str], charset: str) -> re.Pattern[str]:
    return re.compile(f"[{''.join(c for c in characters if not _encodable(c, charset))}]")


def _encodable(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
