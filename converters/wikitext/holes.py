"""Where a word is missing in text whose templates are gone: what a reader trips over, as patterns, each with a name.

For text that others have extracted, where nothing marks the place. The text is simplified and has mainland punctuation.
A pattern may be wrong about a sound sentence now and then; one that is silent about a hole costs more.
"""

from __future__ import annotations

import re

from converters.wikitext.marks import HOLE

_STOP = "，。；、：？！）)”》"


def _not_after(characters: str, word: str, *, then: str = f"[{_STOP}]") -> str:
    """`word` before punctuation, unless one of `characters` makes it the end of another word (普及。, 存在，)."""
    return f"(?<![{characters}]){word}(?={then})"


# Characters that make a word of 和 after them: 总和, 共和, 温和, names of reigns, 汤和.
_HE = (
    "总共饱温缓柔祥平随谐调求讲失中唱附应亲人议媾言太永泰昭元谦违隆康贞政文协宽大天安嘉仁清德保明融维不揉暖令羲混乞“汤"
)

# A conjunction, preposition or copula that nothing follows. Before each the characters that end a good word with it.
_DANGLING = "|".join(
    (
        _not_after("普埃涉提波遍触顾祸企论不可莫累言旁力料追推惠比所语", "及"),
        _not_after("参赋赠给授付寄施相干", "与"),
        _not_after("抑间“", "或"),
        _not_after("随立亦当旋在", "即", then="[，。]"),
        _not_after("理自缘来事因情根经为", "由"),
        _not_after(_HE, "和", then=f"[{_STOP}（]"),
        _not_after("不就都可但国正若还只却于要便既自凡即而或别便算仅“", "是", then="[。；）)、]"),
        _not_after("行作人所无难有以大极甚更何认因成改视转化名分", "为", then="[。；、）)]"),
        _not_after("等至终由关对属在", "于", then="[。；、）)，]") + "(?<!终于)(?<!至于)",
        "(?:称为|称作|称之为|叫做|叫作|名为|译为|译作|译成|写作|拼作|位于|坐落于|源于|源自|来自|出自|诸如|分别为|分别是|包括了?|以及)"
        "(?=[，。；、！？）)”》])",
    )
)
# A word that cannot be followed by 的, and is: 在的帮助下, 位于的, 由的
_BEFORE_DE = "|".join(
    (
        "(?<![存所现内潜实外同正自好何])在的",
        "(?<![理自缘来事因])由的",
        "(?<![服随侍顺听跟遵屈依自])从的",
        "(?<![参赋给授相])与的",
        "(?<![埃普涉提波遍触所])及的",
        "(?<!终)于的",
        "(?<![间抑])或的",
        "(?:称为|称作|名为|译为|叫做|称之为)的",
        "(?<![可得所难足予加何])以的(?!士)",
        "(?<!目)的的(?!士|确|黎)",
        f"(?<![{_HE}])和的(?!平)",
        "(?:因为|由于|对于|关于|通过|根据|按照|随着|经过|除了)的(?!确)",
        "(?<![参赋给授])[与及]是",
    )
)
_UNITS = "平方(?:公里|千米|公尺|英里|英尺|米)|立方米|公里|千米|公尺|英里|英尺|厘米|毫米|公顷|海里|摄氏度|公斤|千克|公吨"
_QUANTITY = f"(?:约|约为|达|高达|长达|为|超过|不足|海拔|面积|全长)(?:{_UNITS})(?!数|制|级)"
_AFTER_SHI = "候间期代刻空机常分段速装尚事局节日令候效差钟光点务序评政区长"
_BEFORE_YEAR = "0-9０-９一二三四五六七八九十〇零元当同翌次本去今某几数多每前后昨隔近历成周整半全初"

PATTERNS: dict[str, str] = {
    "empty_brackets": r"[（(]\s*[）)]|「\s*」|『\s*』|“\s*”|《\s*》|〈\s*〉|【\s*】|\[\s*\]|\"\s*\"|‘\s*’",
    "bracket_with_hole": (
        r"[（(]\s*[，、；：,;。/]|[，、；：,;/]\s*[）)]"
        "|[（(](?:又称|又作|又译|简称|又名|或|即|原名|全称)[，、）)]"
    ),
    "doubled_punctuation": r"[，、；：,]\s*[，、；：。]|[。！？]\s*[，、；：]|、\s*[，、]|(?<!…)。\s*。(?!。)",
    "opens_with_hole": (
        "^(?:是(?!否|以|故)|[，、；：。）)]|的(?!士|确|黎)|之(?=的)|等(?=[，、。的])|为(?=[一是一种])|（[，、])"
    ),
    "dangling_word": _DANGLING,
    "nothing_before_de": _BEFORE_DE,
    "noun_missing": "|".join(
        (
            rf"的之一|[是为]之一|的时(?=[^{_AFTER_SHI}])|的[上下中里内外前间后](?=[，。；、])",
            r"(?:或是?|例如|比如|像是|包括|(?<![总饱])和|、)等(?![级离同候待腰])|(?:例如|比如|诸如|以及)、",
            r"(?<!\d)第[，。、；的）](?<![及门次等宅府落科甲])",
            "(?:源于|源自|出自|来自|称为|称作|名为|名叫|译为|拼作|写作|由)（",
        )
    ),
    "number_missing": "|".join(
        (
            rf"{_QUANTITY}|[（(]年?\s*[－—–-]|年月|共有人(?=[，。])",
            rf"(?<![{_BEFORE_YEAR}])年(?=\d{{1,2}}月)",
        )
    ),
    "placeholder": "|".join(
        (
            r"formula_\d+|</?[a-zA-Z][^<>]*>|\{\{|\}\}|\[\[|\]\]|-\{|\}-|&[a-z]+;|\b\d+px\b",
            r"(?:File|Image|Category|文件|檔案):|thumb\||\{\||\|\}|__[A-Z]+__",
        )
    ),
    "stray_quote": (r"(?<=[\u4e00-\u9fff）])'+(?=[\u4e00-\u9fff，。、；（])|(?<=[\u4e00-\u9fff])\s+(?=[，。；、])"),
    "mark": f"{HOLE}|\ufffd",
}
_ANY = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in PATTERNS.items()))


def find(text: str) -> tuple[str, str] | None:
    """The first hole: the name of its pattern and the words around it, or None."""
    match = _ANY.search(text)
    if match is None:
        return None
    return str(match.lastgroup), text[max(0, match.start() - 8) : match.end() + 8]
