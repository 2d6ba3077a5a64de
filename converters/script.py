"""Which script a Chinese text is in, and traditional → simplified with names guarded. String to string, pure.

OpenCC's `t2s` decides phrase by phrase. `tw2s` turns every 著 into 着 (土着, 着有《晉紀》), and `tw2sp` trades words
across their borders (建立 → 建创, 核心 → 核内心, 狮子山 → 塞拉利昂), so neither is used; what they would add and `t2s`
lacks (著, old variants, names that it takes for common words) stands here, in tables that can be read.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

Script = Literal["simplified", "traditional", "mixed", "none"]

# ---- what `t2s` gets wrong, in one place. In these words the character on the left stays as it is.
KEPT = {
    # qián: reigns, temples and tombs, the trigram, people; elsewhere 乾 is gān and becomes 干
    "乾": (
        "乾隆 乾嘉 康乾 雍乾 乾坤 乾、坤 乾卦 乾為天 乾为天 乾乾 乾象 乾元 乾綱 乾纲 乾清 乾符 乾德 乾封 乾祐 乾佑 "
        "乾化 乾亨 乾貞 乾贞 乾寧 乾宁 乾道 乾統 乾统 乾圖 乾图 乾曆 乾陵 乾縣 乾县 乾州 乾務鎮 乾务镇 乾安縣 "
        "乾安县 乾闥婆 乾闼婆 李乾順 李乾顺 李乾德 崔乾祐 常乾坤 朱乾 承乾 張乾 张乾 王乾 馮乾 冯乾 蕭乾 萧乾 潘乾 "
        "葉乾 乾學 乾学 汪乾"
    ),
    # zhǐ, a note of the scale, and three people; elsewhere 徵 becomes 征
    "徵": "魏徵 文徵明 顏徵在 颜徵在 徵羽 角徵 變徵 变徵 徵音",
    # yū, wū: people and places; elsewhere 於 becomes 于
    "於": "樊於期 於菟 於潛 於潜 商於之地 於夫羅 於夫罗 於梨華 於梨华 於陵子",
    # phrases of OpenCC that break good words: 打坏 → 打坯, 颠覆文化 → 颠复文化
    "坏": "坏",
    "覆": "顛覆 颠覆 傾覆 倾覆",
    "昇": "畢昇 毕昇",
}
# Misspelt by many an editor, or printed otherwise on the mainland than `t2s` has it.
REPLACED = {
    "後羿": "后羿",
    "後稷": "后稷",
    "皇天後土": "皇天后土",
    "皇太後": "皇太后",
    "辭彙": "词汇",
    "鍾馗": "钟馗",
    "鍾繇": "钟繇",
    "餘乾縣": "余干县",
    "髣髴": "仿佛",
    "彷佛": "仿佛",
    "彷彿": "仿佛",
    "徬徨": "彷徨",
}

# Surname, given name, 乾 at the end: 高拱乾, 鄧浩乾. Not 黃豆乾, 溫度乾: what is eaten, or what a sentence says of it.
_SURNAMES = (
    "高王張张李趙赵陳陈劉刘楊杨吳吴徐孫孙胡朱郭何林羅罗鄭郑梁謝谢宋許许鄧邓馮冯韓韩曹曾彭蕭萧蔡潘袁董蘇苏呂吕丁沈姚"
    "盧卢傅鍾钟戴崔廖陸陆郝邵顧顾孟薛賀贺倪湯汤尹段錢钱阮龔龚"
)
_NOT_GIVEN = (
    "溫温度豆魚鱼肉果菜筍笋餅饼麵面葡萄已未不很太也都半全就會会可易更最度把被用以要再先吹曬晒烘烤擦風风陰阴的是有在若"
)
_DRY_AFTER = "燥旱淨净涸枯脆杯洗貨货糧粮冰濕湿爹媽妈娘草柴裂季咳嘔呕癟瘪瘦酪電电屍尸船眼爽熱热冷粉飯饭果菜薑姜了掉透"
_NAMED_QIAN = re.compile(f"(?<=[{_SURNAMES}][^\\W{_NOT_GIVEN}])乾(?![{_DRY_AFTER}])")

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
    "(?<=[在衣穿沉執执附膠胶隨随活跟連连配行味等站坐睡躺走跑笑哭聽听看想等候開开點点醒亮空拿抱忍撐撑])著(?=[，。、！？；）)])"
)

# Old forms that OpenCC leaves alone and that printed simplified editions resolve. One character, one meaning only.
_VARIANTS = str.maketrans(
    "劒隠慙徧疎踈鶑鸎罇浄斾媿猨鬰櫂橤蘂睠顦顇簷毬粧濬鬬鬭褭襃牋羃覩燄煖巵搆迺敍嚬緜檝嬾雝荅彊麞"
    "嚻蕚棃汚暎畧蠭飜懃僊歛頼鼇姪隄臯皐箎頳碁躭毘藂懽牓瓌遯煑輭匳澘盌珤賸敭謩効筭欵頴煕壍鵶笻拏"
    "揜噉竝隣籐呪惣剉尅潄旛蔕騣麤狥髩愬衞鴈埽珮瑯磵筯勑裏"
    "寳彞睪堿痲蔴鵞踫搾糭痺癎暱讃氷砲枱",
    "剑隐惭遍疏疏莺莺樽净旆愧猿郁棹蕊蕊眷憔悴檐球妆浚斗斗袅褒笺幂睹焰暖卮构乃叙颦绵楫懒雍答强獐"
    "嚣萼梨污映略蜂翻勤仙敛赖鳌侄堤皋皋篪赪棋耽毗丛欢榜瑰遁煮软奁潸碗宝剩扬谟效算款颖熙堑鸦筇拿"
    "掩啖并邻藤咒总锉克漱幡蒂鬃粗徇鬓诉卫雁扫佩琅涧箸敕里"
    "宝彝睾碱麻麻鹅碰榨粽痹痫昵赞冰炮台",
)
# Modern prose only: pronouns of Taiwan and Hong Kong, and elements that have another character there.
MODERN = {
    **{
        "妳": "你",
        "牠": "它",
        "衹": "只",
        "喫": "吃",
        "矽": "硅",
        "鈽": "钚",
        "鎝": "锝",
        "鉲": "锎",
        "祇": "只",
        "祢": "你",
    },
}
_MODERN = re.compile("[妳牠衹喫矽鈽鎝鉲]|祇(?<![神地靈灵]祇)(?![園园樹树])|祢(?!衡)")
_OLD_FORMS = re.compile(f"[{''.join(map(chr, _VARIANTS))}]")
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
        changed = changed.translate(_VARIANTS)
    return changed.translate(_SHOWN) if hidden != text else changed


def simplified_modern(text: str) -> str:
    """Simplified script for modern prose: `simplified`, and what only modern text decides (看著 → 看着, 妳 → 你)."""
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

    return opencc.OpenCC(name)


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
def _may_change() -> re.Pattern[str]:
    """Any character that `simplified` could touch: most simplified text is left without asking OpenCC."""
    # the last ones change in phrases only (瞭解, 藉口, 甦醒, 髣髴)
    signs = [*_changed_by("t2s"), *map(chr, _VARIANTS), *"瞭藉沈甦覆哩衹髣彷徬"]
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
