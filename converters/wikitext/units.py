"""Measures, raised and lowered digits: what {{convert}}, {{val}}, <sup> and <sub> show in a Chinese sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping

from converters.wikitext.marks import HOLE

# the unit of the source is what is shown: the converted value in brackets adds nothing that is known
UNITS = {
    **{
        "km": "公里",
        "m": "米",
        "cm": "厘米",
        "mm": "毫米",
        "dm": "分米",
        "nm": "纳米",
        "μm": "微米",
        "µm": "微米",
        "um": "微米",
    },
    **{
        "mi": "英里",
        "ft": "英尺",
        "in": "英寸",
        "yd": "码",
        "nmi": "海里",
        "ly": "光年",
        "AU": "天文单位",
        "pc": "秒差距",
    },
    **{
        "km2": "平方公里",
        "m2": "平方米",
        "cm2": "平方厘米",
        "ha": "公顷",
        "acre": "英亩",
        "acres": "英亩",
        "sqmi": "平方英里",
    },
    **{
        "sqft": "平方英尺",
        "sq ft": "平方英尺",
        "sqkm": "平方公里",
        "m3": "立方米",
        "km3": "立方公里",
        "cm3": "立方厘米",
    },
    **{"L": "升", "l": "升", "mL": "毫升", "ml": "毫升", "cc": "毫升", "USgal": "美制加仑", "impgal": "英制加仑"},
    **{
        "kg": "千克",
        "g": "克",
        "mg": "毫克",
        "t": "吨",
        "lb": "磅",
        "lbs": "磅",
        "oz": "盎司",
        "LT": "长吨",
        "st": "英石",
    },
    **{"km/h": "公里/小时", "m/s": "米/秒", "km/s": "公里/秒", "mph": "英里/小时", "kn": "节", "C": "℃", "°C": "℃"},
    **{"F": "℉", "°F": "℉", "K": "K", "kW": "千瓦", "W": "瓦", "MW": "兆瓦", "hp": "马力", "bhp": "马力", "PS": "马力"},
    **{
        "kWh": "千瓦时",
        "J": "焦耳",
        "kJ": "千焦",
        "kcal": "千卡",
        "Pa": "帕",
        "kPa": "千帕",
        "MPa": "兆帕",
        "hPa": "百帕",
    },
    **{
        "atm": "大气压",
        "psi": "磅/平方英寸",
        "Hz": "赫兹",
        "kHz": "千赫",
        "MHz": "兆赫",
        "GHz": "吉赫",
        "cuft": "立方英尺",
    },
}
_RANGES = {
    "to": "至",
    "-": "至",
    "–": "至",
    "and": "和",
    "or": "或",
    "x": "×",
    "by": "×",
    "×": "×",
    "and(-)": "至",
    "to(-)": "至",
}
_NUMBER = re.compile(r"[−-]?\d[\d,，]*(?:\.\d+)?$")
_PLAIN_UNIT = re.compile(r"[A-Za-zμµΩ°%/·]+[²³23]?$")

_RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_RAISABLE = re.compile(r"[0-9+\-−=()n]+$")
_LOWERABLE = re.compile(r"[0-9+\-−=()]+$")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|e|er|re|o|a|®|™|©|TM|\s)*$", re.IGNORECASE)


def converted(given: Mapping[str, str]) -> str:
    """{{convert|100|km|mi}} → 100公里; {{convert|10|to|20|m}} → 10至20米. A unit that is not known leaves a hole."""
    first, second = given.get("1", ""), given.get("2", "")
    numbers: tuple[str, ...]
    if second.lower() in _RANGES:
        number, unit = f"{first}{_RANGES[second.lower()]}{given.get('3', '')}", given.get("4", "")
        numbers = (first, given.get("3", ""))
    else:
        number, unit, numbers = first, second, (first,)
    name = UNITS.get(unit)
    return number + name if name and all(map(_NUMBER.match, numbers)) else HOLE


def is_plain(unit: str) -> bool:
    return _PLAIN_UNIT.match(unit) is not None


def superscript(text: str) -> str:
    return text.translate(_RAISED)


def subscript(text: str) -> str:
    return text.translate(_LOWERED)


def raised(text: str) -> str:
    """Raised digits keep their meaning (10⁸ is not 108); an ordinal's letters need not; anything else is a hole."""
    text = text.strip()
    if not text or _RAISABLE.match(text):
        return superscript(text)
    return text.strip() if _ORDINAL.match(text) else HOLE


def lowered(text: str) -> str:
    """Lowered digits (H₂O, 维生素B₁₂); lowered letters stand on the line."""
    text = text.strip()
    return subscript(text) if _LOWERABLE.match(text) else text
