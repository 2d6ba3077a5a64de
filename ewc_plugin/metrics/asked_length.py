"""Which length does a request name? 三百字左右, 500字以内, 800-1000字, 不少于两千字, 200 words."""

import math
import re
from dataclasses import dataclass

NEAR = 0.1  # 300字 and 300字左右 are met by 270 to 330
MORE = 1.3  # 三百多字 by 300 to 390
LEAST = 20  # 五字 and 七字 are of a title or a line

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMERALS = "零〇一二两三四五六七八九十百千万"
_ONE = rf"\d[\d,]*(?:\.\d+)?[百千万]?|[{_NUMERALS}]+"
_SPAN = rf"(?P<least>{_ONE})(?:\s*(?:[-–—~～至到])\s*(?P<most>{_ONE}))?"
_UNIT = r"\s*(?:个)?(?:汉字|字|words?\b)(?!母|符|体|典|数|眼|面|句|诗|词|成语|标题|题目|段)"
_BEFORE = (
    "不少于|不低于|至少|不超过|超过|不多于|最多|少于|控制在|大约|大概|约|at least|at most|under|no more than|about"
)
_AFTER = "左右|上下|以上|以内|之内|以下|or more|or less"
_ASKED = re.compile(
    rf"(?P<each>每[段句行章节个条]\D{{0,4}})?(?P<before>{_BEFORE})?\s*(?<![第\d.,{_NUMERALS}]){_SPAN}"
    rf"(?P<loose>[多来余几])?{_UNIT}\s*(?P<after>{_AFTER})?",
    re.IGNORECASE,
)
_AT_LEAST = frozenset({"不少于", "不低于", "至少", "超过", "以上", "at least", "or more"})
_AT_MOST = frozenset(
    {"不超过", "不多于", "最多", "少于", "以内", "之内", "以下", "at most", "under", "no more than", "or less"}
)


@dataclass(frozen=True)
class Bounds:
    """Characters, both ends included; `most` may be infinite."""

    least: float
    most: float


def asked_length(request: str) -> Bounds | None:
    """The last length of 20 or more that the request names; None where there is none."""
    found = [bounds for match in _ASKED.finditer(request) if (bounds := _bounds(match))]
    return found[-1] if found else None


def _bounds(match: re.Match[str]) -> Bounds | None:
    least = number(match["least"])
    most = number(match["most"]) if match["most"] else least
    if match["each"] or most < LEAST or most < least:
        return None
    said = {(match["before"] or "").lower(), (match["after"] or "").lower()}
    if match["most"]:
        return Bounds(least, most)
    if said & _AT_LEAST:
        return Bounds(least, math.inf)
    if said & _AT_MOST:
        return Bounds(0, most)
    if match["loose"] in ("多", "余"):
        return Bounds(least, least * MORE)
    return Bounds(least * (1 - NEAR), least * (1 + NEAR))


def number(written: str) -> float:
    """1,000, 1.5千, 一百五十, 一百五, 两千: as numbers; 0 where it is none."""
    if written[0].isdigit():
        scale = {"百": 100, "千": 1000, "万": 10_000}.get(written[-1], 1)
        return float(written.rstrip("百千万").replace(",", "")) * scale
    total = 0
    for part in written.split("万"):
        total = total * 10_000 + _below_ten_thousand(part)
    return float(total or (10_000 if written == "万" else 0))


def _below_ten_thousand(written: str) -> int:
    total, digit, last = 0, 0, 0
    for character in written:
        if character in _TENS:
            last = _TENS[character]
            total, digit = total + (digit or 1) * last, 0
        else:
            digit = digit * 10 + _DIGITS[character] if digit and not last else _DIGITS[character]
    # 一百五 is 150, 一百零五 is 105
    hangs_on = last >= 100 and digit and written[-2] in _TENS
    return total + digit * (last // 10 if hangs_on else 1)
