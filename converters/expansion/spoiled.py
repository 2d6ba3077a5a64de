"""Is a text of an item damaged as a text: cut off, going in circles, marked up, with places left to fill in, in another
language, or in another's voice? The filters of `judging` are asked first; here is what answers in JSON add.
"""

from __future__ import annotations

import re

from converters.contract import assistant, user
from converters.expansion.contract import Passage
from converters.judging import wholeness
from converters.judging.filters import first_fault
from converters.judging.refusals import refuses
from converters.reckoning.arithmetic import wrong_equation
from converters.text import han_count, key

Fault = tuple[str, str]

LONGEST_FOREIGN = 40  # characters of an answer without Chinese: a name, a formula, a number
LEAST_HAN = 0.3  # of the letters of any other answer, words of the passage aside
_MARKUP = re.compile(
    r"\*\*|__|^#{1,6}\s|```|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|\[\d+\]|\{\{|\}\}|\[\[|\]\]|\\[nt\"]|&[a-z]{2,6};|^\s*\|.*\|\s*$"
    r"|【(?:答案|解析|问题|回答|注|摘要)】|\A(?:答案|回答|解答|答|问题|摘要|总结|概括|改写后?|故事|解释|A|Q)\s*[：:]",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(
    r"[_＿]{2,}|(?<![A-Za-z])[Xx×]{2,}(?![A-Za-z0-9])|\[[^\]\n]{0,12}(?:填|插入|此处|名称|姓名|年份|数字|内容)[^\]\n]{0,12}\]|<[^>\n]{0,12}(?:填|插入|此处|内容)[^>\n]{0,12}>"
    r"|待补充|TODO|(?:此处|以下|内容)省略|\A(?:问题|答案|回答|示例|例子|摘要|文本)\s*\d*\Z|\A(?:\.{3}|…+)\Z"
)
_PAIRED = tuple(map(tuple, ("“”", "《》", "（）", "「」", "【】", "‘’")))
_LATIN = re.compile("[A-Za-z]+")


def fault(question: str, answer: str, passage: Passage) -> Fault | None:
    """Reason and detail of the first thing that is wrong with an answer, apart from what it says."""
    return (
        _of_another(question, answer, passage)
        or _not_whole(answer)
        or _residue(question, answer, passage)
        or _foreign(question, answer, passage)
    )


def _of_another(question: str, answer: str, passage: Passage) -> Fault | None:
    found = first_fault([user(question or "问"), assistant(answer)])
    if found and found[1] not in passage.text:  # a story may have a servant who says 主人
        return found
    refused = refuses(answer)
    if refused and refused not in passage.text:
        return "refusal", refused
    marked = wholeness.role_mark(answer)
    return ("role_mark", marked) if marked else None


def _not_whole(answer: str) -> Fault | None:
    for reason, found in (
        ("cut_off", wholeness.cut_off(answer)),
        ("repeated_text", wholeness.repeated(answer)),
        ("garbled", wholeness.garbled(answer)),
        ("wrong_arithmetic", wrong_equation(answer)),
        ("unpaired_marks", unpaired(answer)),
    ):
        if found:
            return reason, found
    return None


def unpaired(text: str) -> str:
    """A mark that opens or closes without its other half: 1） 2） counts points, and is none."""
    for opening, closing in _PAIRED:
        if text.count(opening) != text.count(closing):
            if opening == "（" and re.search("(?:[0-9一二三四五六七八九十]）)", text):
                continue
            return opening + closing
    return ""


def _residue(question: str, answer: str, passage: Passage) -> Fault | None:
    for text in (question, answer):
        for reason, pattern in (("markup", _MARKUP), ("placeholder", _PLACEHOLDER)):
            found = pattern.search(text)
            if found and found[0].strip() not in passage.text:
                return reason, found[0].strip()[:40]
    link = wholeness.invented_link(passage.text, answer)
    return ("invented_link", link) if link else None


def _foreign(question: str, answer: str, passage: Passage) -> Fault | None:
    """What has no Chinese may be an answer only as a name or a number that the passage has."""
    han = han_count(answer)
    if not han:
        stands = len(answer) <= LONGEST_FOREIGN and key(answer) in key(passage.text)
        return None if stands or not _LATIN.search(answer) else ("not_chinese", answer[:60])
    strange = sum(len(word) for word in _LATIN.findall(answer) if word not in passage.text)
    if han < LEAST_HAN * (han + strange) or wholeness.in_english(question, answer):
        return "not_chinese", answer[:60]
    return None
