"""Where a word is missing in text whose templates are gone: what a reader trips over, as patterns, each with a name.

For text that others have extracted, where nothing marks the place. The text is simplified and has mainland punctuation.
A pattern may be wrong about a sound sentence now and then; one that is silent about a hole costs more.

Every alternative begins with a plain character, and what must not stand before it is looked at afterwards: only then
does `re` skip the places where nothing can match, and all of them together cost a few microseconds a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from converters.wikitext.marks import HOLE

_STOP = "，。；、：？！）)”》"
_OPEN, _CLOSE = "（(", "）)"


def _alone(word: str, not_after: str, *, then: str = f"[{_STOP}]") -> str:
    """`word` before punctuation, unless a character of `not_after` makes it the end of a good word (普及。 理由，)."""
    return f"{word}(?={then})(?<![{not_after}]{word})"


def _not_within(word: str, not_after: str, *, unlike: str = "") -> str:
    """`word`, unless a character of `not_after` stands before it or one of `unlike` behind."""
    after = f"(?![{unlike}])" if unlike else ""
    return f"{word}{after}(?<![{not_after}]{word})"


def _each(words: str, then: str) -> tuple[str, ...]:
    """Each of the words, and what must follow."""
    return tuple(f"{word}{then}" for word in words.split("|"))


# Characters that make a word of 和 after them: 总和, 共和, 温和, names of reigns, 汤和.
_HE = (
    "总共饱温缓柔祥平随谐调求讲失中唱附应亲人议媾言太永泰昭元谦违隆康贞政文协宽大天安嘉仁清德保明融维不揉暖令羲混乞“汤"
)
_ORIGIN = "源于|源自|出自|来自"
_NAMING = (
    "称为|称作|称之为|叫做|叫作|名为|译为|译作|译成|写作|拼作|位于|坐落于|诸如|分别为|分别是|包括|包括了|以及|"
    + _ORIGIN
)
_UNITS = (
    "(?:平方(?:公里|千米|公尺|英里|英尺|米)|立方米|公里|千米|公尺|英里|英尺|厘米|毫米|公顷|海里|摄氏度|公斤|千克|公吨)"
)
_AFTER_SHI = "候间期代刻空机常分段速装尚事局节日令候效差钟光点务序评政区长"
_BEFORE_YEAR = "0-9０-９一二三四五六七八九十〇零元当同翌次本去今某几数多每前后昨隔近历成周整半全初"
_HAN = "\u4e00-\u9fff"

PATTERNS: dict[str, tuple[str, ...]] = {
    "mark": (HOLE, "\ufffd"),
    "empty_brackets": (
        *_each("（|\\(", rf"\s*[{_CLOSE}]"),
        *(rf"{left}\s*{right}" for left, right in ("「」", "『』", "“”", "《》", "〈〉", "【】", '""', "‘’")),
        r"\[\s*\]",
    ),
    "bracket_with_hole": (
        *_each("（|\\(", r"(?:\s*[，、；：,;。/]|(?:又称|又作|又译|简称|又名|或|即|原名|全称)[，、）)])"),
        *_each("，|、|；|：|,|;|/", rf"\s*[{_CLOSE}]"),
    ),
    "doubled_punctuation": (
        *_each("，|、|；|：|,", r"\s*[，、；：。]"),
        *_each("。|！|？", r"\s*(?:[，、；：]|。(?!。)(?<!…。))"),
    ),
    # a conjunction, preposition or copula that nothing follows
    "dangling_word": (
        _alone("及", "普埃涉提波遍触顾祸企论不可莫累言旁力料追推惠比所语"),
        _alone("与", "参赋赠给授付寄施相干"),
        _alone("或", "抑间“"),
        _alone("即", "随立亦当旋在", then="[，。]"),
        _alone("由", "理自缘来事因情根经为"),
        _alone("和", _HE, then=f"[{_STOP}（]"),
        _alone("是", "不就都可但国正若还只却于要便既自凡即而或别便算仅“", then="[。；）)、]"),
        _alone("为", "行作人所无难有以大极甚更何认因成改视转化名分", then="[。；、）)]"),
        _alone("于", "等至终由关对属在限", then="[。；、）)，]"),
        *_each(_NAMING, "(?=[，。；、！？）)”》])"),
        *_each(
            "曾引起|曾经引起|并引起|而引起|曾导致|从而导致|并导致|并造成|而成为|便成为|就成为|并成为", "(?=[，。；])"
        ),
        *_each("必须用|须用|需用|只能用|都用|是用", "(?=[，。；、！？）)”》])"),
    ),
    # a word that cannot be followed by 的, and is: 在的帮助下, 位于的, 由的
    "nothing_before_de": (
        _not_within("在的", "存所现内潜实外同正自好何"),
        _not_within("由的", "理自缘来事因"),
        _not_within("从的", "服随侍顺听跟遵屈依自"),
        _not_within("与的", "参赋给授相"),
        _not_within("及的", "埃普涉提波遍触所"),
        _not_within("于的", "终"),
        _not_within("或的", "间抑"),
        _not_within("以的", "可得所难足予加何", unlike="士"),
        _not_within("的的", "目", unlike="士确黎"),
        _not_within("和的", _HE, unlike="平"),
        _not_within("与是", "参赋给授"),
        _not_within("及是", "普埃涉提波遍触顾不可"),
        *_each("称为|称作|名为|译为|叫做|称之为|因为|由于|对于|关于|通过|根据|按照|随着|经过|除了", "的(?!确)"),
    ),
    "noun_missing": (
        f"的(?:之一|时(?=[^{_AFTER_SHI}])|[上下中里内外前间后](?=[，。；、]))",
        *_each("是|为", "之一"),
        "的一[个种](?=[，。；])",
        *_each("或|或是|例如|比如|像是|包括|、", "等(?![级离同候待腰第])"),
        "和等(?![级离同候待腰第])(?<![总饱]和等)",
        *_each("例如|比如|诸如|以及", "、"),
        *_each("例如|比如", "(?:便(?![携利于捷宜当秘])|则(?!天))"),
        r"第(?=[，。、；的）])(?<![及门次等宅府落科甲\d]第)",
        *_each(f"{_ORIGIN}|称为|称作|名为|名叫|译为|拼作|写作|由", "（"),
        *_each("包括|例如|比如", "（(?![但如例即一二三123]|不限)"),
        *_each("，或|，和|，以及|、或", "（(?![一二三四五六七八九十甲乙丙丁\\da-z]{1,2}）)"),
        *_each("正离子|负离子|阳离子|阴离子|酸根离子|铵离子", r"（[A-Z][A-Za-z]*）"),
        *_each(_ORIGIN, "[^，。]{0,8}的[，。]"),
    ),
    "number_missing": (
        *_each("约|约为|达|高达|长达|为|超过|不足|海拔|面积|全长", f"{_UNITS}(?![数制级])"),
        *_each("（|\\(", r"年?\s*[－—–-](?!\d+(?:\.\d+)?\s*[°℃%％度])"),
        rf"年(?:月|(?=\d{{1,2}}月)(?<![{_BEFORE_YEAR}]年))",
        "共有人(?=[，。])",
        "×\\s?10(?=[，。、；）的])",  # the exponent
    ),
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
    "stray_quote": (rf"'(?<=[{_HAN}）]')'*(?=[{_HAN}，。、；（])",),
    "stray_space": (rf" (?=[，。；、])(?<=[{_HAN} ] )",),
}
OPENS_WITH_HOLE = "|".join(
    (
        *("是(?!否|以|故)", "的(?!士|确|黎)", "之(?=的)", "等(?=[，、。的])", "为(?=[一是一种])"),
        *(r"年(?=[约仅方]|\d)", "[，、；：。）)]", "（[，、]"),
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
_OPENS = re.compile(OPENS_WITH_HOLE)
# isotopes and powers whose small digits are gone: H（氕）与H（氘）, U、U
_TWINS = re.compile(r"\b([A-Z][a-z]?)(?:（[^（）]{1,6}）)?[与和及、]\1(?![\w+#♭♯′'*-])", re.ASCII)


def find(text: str) -> tuple[str, str] | None:
    """A hole: the name of its pattern and the words around it, or None."""
    match = _OPENS.match(text)
    if match:
        return "opens_with_hole", text[:12]
    match = next((match for pattern in _ALL if (match := pattern.search(text))), None)
    if match is None:
        twins = _TWINS.search(text)
        return ("twins", twins[0]) if twins else None
    name = next(name for name, pattern in _NAMED.items() if pattern.match(text, match.start()))
    return name, text[max(0, match.start() - 8) : match.end() + 8]
