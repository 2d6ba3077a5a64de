"""What nobody wants to learn from an answer: slips of the pen, faults of grammar, words of another region.

Only answers are searched for them: what stands in a request is what people paste.
"""

from __future__ import annotations

import re

from converters.judging.solecisms import solecism
from converters.script import simplified

_HAN = "\u4e00-\u9fff"
_SLIP = re.compile(
    "|".join(
        (
            # 植物植物分类学; but 一层一层, 说着说着, 越来越
            f"(?![一越])([{_HAN}]{{2,4}})(?<!着)\\1",
            "在在(?!处)(?<![现存正所实潜旨内外自]在在)",
            "于于|被被|大都都",
            f"(?<=[{_HAN}])\\.(?=[{_HAN}])",
        )
    )
)
# What the mainland says otherwise; the script was changed, the words were not.
_REGIONAL = re.compile(
    "软体(?!动物)|硬体|韧体|资讯|网路|网际|程式|记忆体|伺服器|作业系统|滑鼠|印表机|萤幕|光碟|磁碟|公尺|公分|公厘|英[呎吋]|计程车|透过|讯号"
    "|胺基酸|纽西兰|义大利|史达林|赫鲁雪夫|希特拉|列根|戴卓尔|寮国|沙乌地|奈及利亚|雷射|核能电厂|太空梭|行动电话|部份|西元|藉由"
)


def slip(text: str) -> str:
    """The first slip with the characters around it, or ""."""
    match = _SLIP.search(text) or _REGIONAL.search(text)
    return text[max(0, match.start() - 6) : match.end() + 6] if match else solecism(text)


def regional(text: str) -> str:
    """The first word of another region, or ""."""
    match = _REGIONAL.search(text)
    return match[0] if match else ""


def unknown_characters(answer: str, shown: str) -> str:
    """就摛: characters beyond the 3,755 common ones that the request does not show; they may be anything."""
    new = (c for c in dict.fromkeys(answer) if "\u4e00" <= c <= "\u9fff" and c not in shown)
    return "".join(c for c in new if _is_rare(simplified(c)))


_COMMON_ROWS = range(0xB0, 0xD8)  # level 1 of GB 2312


def _is_rare(character: str) -> bool:
    try:
        return character.encode("gb2312")[0] not in _COMMON_ROWS
    except UnicodeEncodeError:
        return True
