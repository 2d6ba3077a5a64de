"""The text that a template of `template_names`, or one with a form of its own, shows of its arguments.

Arguments that are missing leave a hole; what is in another language is kept from being converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from converters.wikitext import template_names as names
from converters.wikitext import units
from converters.wikitext.marks import HOLE
from converters.wikitext.variants import protected

Arguments = Mapping[str, str]


@lru_cache(maxsize=4096)
def of(name: str) -> Callable[[Arguments], str] | None:
    """How the arguments of a template are shown, for those whose content is known."""
    if name in names.FIRST_ARGUMENT:
        return _first
    if name in names.SECOND_ARGUMENT:
        return _in_language if name in ("lang", "transl", "rtl-lang") else _second
    if name in names.LINKED_FIRST or names.LINK_HELPER.match(name):
        return _multilingual_link if name.startswith(("ill", "interlanguage")) else _local_link
    if name in names.LINKED_THIRD:
        return _translated_link
    if name.startswith("lang-") or name == "langx":
        return partial(_named_language, name)
    if name in names.MONEY:
        return partial(_money, names.MONEY[name])
    return _SPECIAL.get(name)


def _first(given: Arguments) -> str:
    return given.get("1", HOLE)


def _second(given: Arguments) -> str:
    return given.get("2", HOLE)


def _money(sign: str, given: Arguments) -> str:
    return sign + given.get("1", HOLE)


def _first_of(given: Arguments, *keys: str) -> str:
    return next((given[key] for key in keys if given.get(key)), HOLE)


def _in_language(given: Arguments) -> str:
    """{{lang|ja|文字}}: what is in another language than Chinese is not converted."""
    text = _first_of(given, "3", "2") if given.get("3") and not given.get("2") else _first_of(given, "2", "text")
    return text if given.get("1", "").lower().startswith("zh") or text == HOLE else protected(text)


def _named_language(name: str, given: Arguments) -> str:
    code, key = (given.get("1", ""), "2") if name == "langx" else (name.removeprefix("lang-"), "1")
    text = given.get(key) or given.get("text", "")
    if not text:
        return HOLE
    label = "" if given.get("label") == "none" or given.get("links") == "none" else names.LANGUAGES.get(code, "")
    if code not in names.LANGUAGES and not code.startswith("zh"):
        return protected(text)
    return (f"{label}：" if label else "") + (text if code.startswith("zh") else protected(text))


def _local_link(given: Arguments) -> str:
    """{{le|本地名|Foreign|显示}}, {{link-en|…}}."""
    return _first_of(given, "d", "lt", "3", "1")


def _multilingual_link(given: Arguments) -> str:
    """{{ill|本地名|en|Foreign|lt=显示}}."""
    return _first_of(given, "lt", "d", "1")


def _translated_link(given: Arguments) -> str:
    """{{tsl|en|Foreign|本地名|显示}}."""
    return _first_of(given, "4", "3")


# ---- templates with a form of their own


def _born_died(given: Arguments) -> str:
    """{{bd|1924年|6月25日|1986年|7月29日}}."""
    born = given.get("1", "") + given.get("2", "")
    died = given.get("3", "") + given.get("4", "")
    if not born and not died:
        return HOLE
    return f"{born or '？'}－{died}" if died else f"{born}－"


def _date(given: Arguments) -> str:
    parts = [given.get(place, "") for place in "123"]
    if not parts[0].isdigit():
        return HOLE
    shown_parts = [part + unit for part, unit in zip(parts, "年月日", strict=True) if part.isdigit()]
    return "".join(shown_parts)


def _as_of(given: Arguments) -> str:
    date = _date(given)
    return given.get("alt") or (f"截至{date}" if date != HOLE else HOLE)


def _nihongo(given: Arguments) -> str:
    inside = "，".join(protected(given[place]) for place in "23" if given.get(place))
    shown_first = given.get("1", "")
    if not shown_first:
        return inside or HOLE
    return f"{shown_first}（{inside}）" if inside else shown_first


def _ruby(given: Arguments) -> str:
    base, reading = given.get("1", HOLE), given.get("2", "")
    return f"{protected(base)}（{protected(reading)}）" if reading else base


def _fraction(given: Arguments) -> str:
    parts = [given[place] for place in "123" if given.get(place)]
    if len(parts) == 3:
        return f"{parts[0]}又{parts[1]}/{parts[2]}"
    return "/".join(parts if len(parts) == 2 else ["1", *parts]) if parts else HOLE


def _value(given: Arguments) -> str:
    number = given.get("1", "")
    if not number or any(key in given for key in ("ul", "upl", "up", "e", "2")):
        return HOLE
    unit = given.get("u", "")
    return f"{number} {unit}" if unit and units.is_plain(unit) else HOLE if unit else number


def _circa(given: Arguments) -> str:
    return "约" + given.get("1", "")


def _chemistry(given: Arguments) -> str:
    parts = [given[str(place)] for place in range(1, len(given) + 1) if str(place) in given]
    return "".join(units.subscript(part) if part.isdigit() else part for part in parts) or HOLE


def _joined(given: Arguments) -> str:
    return "".join(given[str(place)] for place in range(1, len(given) + 1) if str(place) in given) or HOLE


def _power_of_ten(given: Arguments) -> str:
    exponent = given.get("1", "")
    return f"×10{units.superscript(exponent)}" if exponent.lstrip("-−").isdigit() else HOLE


def _superscript(given: Arguments) -> str:
    return units.raised(given.get("1", ""))


def _subscript(given: Arguments) -> str:
    return units.lowered(given.get("1", ""))


_SPECIAL: Mapping[str, Callable[[Arguments], str]] = {
    **dict.fromkeys(("bd", "生卒", "birth-death"), _born_died),
    **dict.fromkeys(("date", "start date", "end date", "birth date", "death date", "dob", "生日"), _date),
    **dict.fromkeys(("as of", "asof", "截至"), _as_of),
    **dict.fromkeys(("nihongo", "日語", "日语", "nihongo2"), _nihongo),
    **dict.fromkeys(("ruby", "ruby-ja", "rubyja", "ルビ", "注音", "ruby-zh-p", "ruby-zh-b"), _ruby),
    **dict.fromkeys(("frac", "fraction", "sfrac", "分数", "分數"), _fraction),
    **dict.fromkeys(("convert", "cvt", "换算", "換算", "單位轉換", "单位转换"), units.converted),
    **dict.fromkeys(("val", "value"), _value),
    **dict.fromkeys(("circa", "c.", "ca", "约", "約"), _circa),
    **dict.fromkeys(("chem", "chem2", "ce", "化學式", "化学式"), _chemistry),
    **dict.fromkeys(("e", "e-sp", "esp"), _power_of_ten),
    "gaps": _joined,
    "sup": _superscript,
    "sub": _subscript,
}
