"""Where a word is missing in text whose templates are gone: what a reader trips over, as patterns, each with a name.

For text that others have extracted, where nothing marks the place. The text is simplified and has mainland punctuation.
A pattern may be wrong about a sound sentence now and then; one that is silent about a hole costs more.

`alternatives` says what every pattern must begin with; those of numbers are in `missing_numbers`, and those that are
looked for only where nothing marks a hole, in `lonely_units` and `demanded_numbers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from converters.wikitext.alternatives import HAN, STOP, alone, each, not_within
from converters.wikitext.demanded_numbers import DEMANDED
from converters.wikitext.lonely_units import UNITS
from converters.wikitext.marks import HOLE
from converters.wikitext.missing_numbers import NUMBERS

_CLOSE = "）)"

# Characters that make a word of 和 after them: 总和, 共和, 温和, names of reigns, 汤和.
_HE = (
    "总共饱温缓柔祥平随谐调求讲失中唱附应亲人议媾言太永泰昭元谦违隆康贞政文协宽大天安嘉仁清德保明融维不揉暖令羲混乞“汤"
)
_ORIGIN = "源于|源自|出自|来自"
_NAMING = (
    "称为|称作|称之为|叫做|叫作|名为|译为|译作|译成|写作|拼作|位于|坐落于|诸如|分别为|分别是|包括|包括了|以及|"
    + _ORIGIN
)
# what is done by somebody, and characters before 由 that make a word of it
_DONE = (
    "支配",
    "组成",
    "构成",
    "创立",
    "创办",
    "建造",
    "设计",
    "主演",
    "执导",
    "控制",
    "管辖",
    "引起",
    "导致",
    "产生",
    "负责",
)
_YOU = "理自缘来事因情根经为"
_AFTER_SHI = "候间期代刻空机常分段速装尚事局节日令候效差钟光点务序评政区长"
_WORDS_OF_A_NAME = "标题|题目|书名|名称|名字|学名|全名|本名|原名|笔名|别名"

PATTERNS: dict[str, tuple[str, ...]] = {
    "mark": (HOLE, "\ufffd"),
    "empty_brackets": (
        *each("（|\\(", rf"\s*[{_CLOSE}]"),
        *(rf"{left}\s*{right}" for left, right in ("「」", "『』", "“”", "《》", "〈〉", "【】", '""', "‘’")),
        r"\[\s*\]",
    ),
    "bracket_with_hole": (
        *each("（|\\(", r"(?:\s*[，、；：,;。/]|(?:又称|又作|又译|简称|又名|或|即|原名|全称)[，、）)])"),
        *each("，|、|；|：|,|;|/", rf"\s*[{_CLOSE}]"),
        # 物理学（希腊文，自然）; Libertas（拉丁文，自由） says what stands before it
        f"（(?=(?:希腊|拉丁|英|法|德|日|俄|梵|阿拉伯|意大利|西班牙|葡萄牙|波斯|韩)[文语][，；])(?<=[{HAN}”]（)",
    ),
    "doubled_punctuation": (
        *each("，|、|；|：|,", r"\s*[，、；：。]"),
        *each("。|！|？", r"\s*(?:[，、；：]|。(?!。)(?<!…。))"),
        # 那样。（1763），安托万: the sentence before the brackets is gone
        *each("。|；", "（[^（）]{1,20}）(?=[，、；])"),
    ),
    # a conjunction, preposition or copula that nothing follows
    "dangling_word": (
        alone("及", "普埃涉提波遍触顾祸企论不可莫累言旁力料追推惠比所语"),
        alone("与", "参赋赠给授付寄施相干"),
        alone("或", "抑间“"),
        alone("即", "随立亦当旋在", then="[，。]"),
        alone("由", "理自缘来事因情根经为"),
        alone("和", _HE, then=f"[{STOP}（]"),
        alone("是", "不就都可但国正若还只却于要便既自凡即而或别便算仅“", then="[。；）)、]"),
        alone("为", "行作人所无难有以大极甚更何认因成改视转化名分", then="[。；、）)]"),
        alone("于", "等至终由关对属在限", then="[。；、）)，]"),
        *each(_NAMING, "(?=[，。；、！？）)”》])"),
        *each(
            "曾引起|曾经引起|并引起|而引起|曾导致|从而导致|并导致|并造成|而成为|便成为|就成为|并成为", "(?=[，。；])"
        ),
        *each("或", "来(?![自临到源世访者])"),
        "和也(?=[写有为曾])",
        *each("以", "和(?![平为谐善亲解约议])"),
        *each("必须用|须用|需用|只能用|都用|是用", "(?=[，。；、！？）)”》])"),
    ),
    # a word that cannot be followed by 的, and is: 在的帮助下, 位于的, 由的
    "nothing_before_de": (
        not_within("在的", "存所现内潜实外同正自好何"),
        not_within("由的", "理自缘来事因"),
        not_within("从的", "服随侍顺听跟遵屈依自"),
        not_within("与的", "参赋给授相"),
        not_within("及的", "埃普涉提波遍触所"),
        not_within("于的", "终"),
        not_within("或的", "间抑"),
        not_within("以的", "可得所难足予加何", unlike="士"),
        not_within("的的", "目", unlike="士确黎"),
        not_within("和的", _HE, unlike="平"),
        "不是的(?![，。！？；话])",
        *each("视作|视为|看作|当作|定义|作用|属于|位于|存在", "[上中]的"),
        "对来说",
        not_within("与是", "参赋给授"),
        not_within("及是", "普埃涉提波遍触顾不可"),
        not_within("其的", "尤极"),
        "的和(?=其[他它余])",
        *each("称为|称作|名为|译为|叫做|称之为|题为|因为|由于|对于|关于|通过|根据|按照|随着|经过|除了", "的(?!确)"),
    ),
    "noun_missing": (
        f"的(?:之一|时(?=[^{_AFTER_SHI}])|[上下中里内外前间后](?=[，。；、]))",
        *each("是|为", "之一"),
        "的一[个种](?=[，。；])",
        *each("或|或是|例如|比如|像是|包括|、", "等(?![级离同候待腰第])"),
        "和等(?![级离同候待腰第])(?<![总饱]和等)",
        *each("例如|比如|诸如|以及", "、"),
        *each("例如|比如", "(?:便(?![携利于捷宜当秘])|则(?!天))"),
        r"第(?=[，。、；的）])(?<![及门次等宅府落科甲\d]第)",
        *each(f"{_ORIGIN}|称为|称作|名为|名叫|译为|拼作|写作|由", "（"),
        *each("包括|例如|比如", "（(?![但如例即一二三123]|不限)"),
        *each("，或|，和|，以及|、或", "（(?![一二三四五六七八九十甲乙丙丁\\da-z]{1,2}）)"),
        *each("正离子|负离子|阳离子|阴离子|酸根离子|铵离子", r"（[A-Z][A-Za-z]*）"),
        *each(_ORIGIN, "[^，。]{0,8}的[，。]"),
        "的[上中里内](?=[也又都还就才则便即亦均将会])(?<!目的.)",
        "的(?:和|与|及|以及)(?=《)",
        *each(_WORDS_OF_A_NAME, "[是为](?=（)"),
        # half of a foreign name: 尤斯图斯·、让·博丹
        *each("、|，|。|；|（|和|与|由|在", f"·(?=[{HAN}])"),
        "·(?=[、，。；）的和与及等])",
        *each("记作|记为|写为|表示为|定义为|等于|形如", "(?=[，。；、）])"),
        # 由支配并具有的组织, 会完全闭合，形成；: who does it, and what becomes of it
        *(not_within(f"由{done}", _YOU) for done in _DONE),
        *(f"由{done}(?=并|的)" for done in _DONE),
        *each("具有|含有|属于|使得|成为", "(?=[，。；])(?<![所而便即就将会能以]..)"),
        "形成；(?<![所以此渐已]形成；)",
        # 力学系统的是一个错误的观念: what of the system?
        *each("统|学|论|法|律|量|率", "的是一[个种]"),
    ),
    "number_missing": NUMBERS,
    "placeholder": (
        *(r"formula_\d", r"</?[a-zA-Z][^<>]*>", r"\{\{", r"\}\}", r"\[\[", r"\]\]", r"-\{", r"\}-", r"\{\|", r"\|\}"),
        *(
            r"&[a-z]+;",
            r"px\b(?<=\dpx)",
            "zh-(?:han[st]|cn|tw|hk)[:：]",
            "File:",
            "Image:",
            "Category:",
            "文件:",
            "檔案:",
            r"thumb\|",
            "__[A-Z]+__",
        ),
    ),
    "stray_quote": (rf"'(?<=[{HAN}）]')'*(?=[{HAN}，。、；（])",),
    "stray_space": (rf" (?=[，。；、])(?<=[{HAN} ] )",),
}
OPENS_WITH_HOLE = "|".join(
    (
        *("是(?!否|以|故)", "的(?!士|确|黎)", "之(?=的)", "等(?=[，、。的])", "为(?=[一是一种])"),
        *(r"年(?=[约仅方]|\d)", "[，、；：。）)]", "（[，、]", "世纪(?![公大广]|之[交星])"),
    )
)
_NAMED = {name: re.compile("|".join(alternatives)) for name, alternatives in PATTERNS.items()}


def _by_first_character(alternatives: Iterable[str]) -> list[str]:
    """Alternatives that begin alike, as one."""
    rests: dict[str, list[str]] = {}
    for alternative in alternatives:
        length = 2 if alternative.startswith("\\") else 1
        rests.setdefault(alternative[:length], []).append(alternative[length:])
    return [f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items()]


_AT_ONCE = 36  # measured: fewer and the text is read more often, more and each place costs more


def _together(alternatives: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """A few patterns of a few alternatives each: `re` walks through all alternatives of a pattern at every place."""
    for start in range(0, len(alternatives), _AT_ONCE):
        yield re.compile("|".join(alternatives[start : start + _AT_ONCE]))


_ALL = tuple(_together(_by_first_character(each for group in PATTERNS.values() for each in group)))
_LOST_NUMBERS = tuple(_together(_by_first_character((*UNITS, *DEMANDED))))
_OPENS = re.compile(OPENS_WITH_HOLE)
# 维生素B、维生素B: kinds whose small numbers are gone
_KINDS = re.compile(rf"([{HAN}]{{2,4}}[A-Z])[与和及、]\1(?![\w+#♭♯′'*-])")
# isotopes and powers whose small digits are gone: H（氕）与H（氘）, U、U
_TWINS = re.compile(r"\b([A-Z][a-z]?)(?:（[^（）]{1,6}）)?[与和及、]\1(?![\w+#♭♯′'*-])", re.ASCII)


def find(text: str) -> tuple[str, str] | None:
    """A hole: the name of its pattern and the words around it, or None."""
    match = _OPENS.match(text)
    if match:
        return "opens_with_hole", text[:12]
    match = next((match for pattern in _ALL if (match := pattern.search(text))), None)
    if match is None:
        twins = _TWINS.search(text) or _KINDS.search(text)
        return ("twins", twins[0]) if twins else None
    name = next(name for name, pattern in _NAMED.items() if pattern.match(text, match.start()))
    return name, _around(match)


def lost_number(text: str) -> tuple[str, str] | None:
    """A number that is gone, told by its unit or by what asks for it; for text in which nothing marks the place."""
    match = next((match for pattern in _LOST_NUMBERS if (match := pattern.search(text))), None)
    return None if match is None else ("number_missing", _around(match))


def _around(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - 8) : match.end() + 8]
