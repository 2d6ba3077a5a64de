"""Do the small words agree: who speaks of whom, on which day, how often, for how long? Each finds a difference, or "".

Only what cannot be rendered in another way is asked for: neither side need have such a word.
"""

from __future__ import annotations

import re

_PERSONS = (
    (
        "first",
        re.compile(r"\b(?:I|me|my|mine|myself|we|us|our|ours|ourselves|let['’]s)\b", re.I),
        re.compile("[我咱俺]"),
    ),
    ("second", re.compile(r"\b(?:you|your|yours|yourself|yourselves)\b", re.I), re.compile("[你您]")),
    ("third", re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|theirs)\b", re.I), re.compile("[他她]")),
)
_OTHERS = re.compile("其他|他[杀乡国人][^，。]?|请")  # no third person, and no second one who does anything


def other_person(english: str, chinese: str) -> str:
    """One person alone in the English, and another alone in the Chinese. "It" and "one" are many things."""
    if _OTHERS.search(chinese):
        return ""
    ours = [name for name, word, _ in _PERSONS if word.search(english)]
    theirs = [name for name, _, character in _PERSONS if character.search(chinese)]
    return f"{ours[0]} / {theirs[0]}" if len(ours) == len(theirs) == 1 and ours != theirs else ""


_SHE = re.compile(r"\b(?:she|her|hers|herself)\b", re.I)
_HE = re.compile(r"\b(?:he|him|his|himself)\b", re.I)
_ANYONE = re.compile(
    r"\b(?:they|them|their|theirs|themselves|it|its|everyone|everybody|people|who|Tom|man|men)\b", re.I
)


def other_gender(english: str, chinese: str) -> str:
    """她 for him alone, or 他 for her alone."""
    she, he = bool(_SHE.search(english)), bool(_HE.search(english))
    female, male = "她" in chinese, "他" in chinese.replace("其他", "")
    if she == he or female == male or _ANYONE.search(english):
        return ""
    return f"{'she' if she else 'he'} / {'她' if female else '他'}" if she != female else ""


_DAYS = {"yesterday": "昨", "today": "今", "tonight": "今", "tomorrow": "明"}
_DAY = re.compile(r"(?<!after )(?<!before )\b(yesterday|today|tonight|tomorrow)\b", re.I)
_CHINESE_DAY = re.compile("([昨今明前后])[天日晚夜早]")


def other_day(english: str, chinese: str) -> str:
    """The day that the English names is none of those that the Chinese names."""
    ours, theirs = _DAY.findall(english), set(_CHINESE_DAY.findall(chinese))
    if len(ours) != 1 or not theirs or _DAYS[ours[0].lower()] in chinese:
        return ""
    return f"{ours[0]} / {min(theirs)}天"


_ALWAYS = re.compile(r"\balways\b", re.I)
_OFTEN, _ALL_THE_TIME = re.compile("经常|常常"), re.compile("总|一直|老是|永远|都|每|始终|从来|一向")


def other_frequency(english: str, chinese: str) -> str:
    """经常 for "always"."""
    found = _OFTEN.search(chinese)
    return f"always / {found[0]}" if found and _ALWAYS.search(english) and not _ALL_THE_TIME.search(chinese) else ""


_HALF = re.compile(r"\bhalf an hour\b(?! and)", re.I)
_AND_A_HALF = re.compile(r"\b(?:and a half|one-and-a-half)\b", re.I)


def other_half(english: str, chinese: str) -> str:
    """一个半小时 for half an hour, or one and a half without any 半."""
    if _HALF.search(english) and not _AND_A_HALF.search(english) and re.search("个半[小钟]", chinese):
        return "half an hour / 个半小时"
    return "and a half" if _AND_A_HALF.search(english) and not re.search(r"半|\.5|五", chinese) else ""


_LATIN_NAME = re.compile(
    r"(?<![A-Za-z])(?:Tom|Mary|John|Bob|Jim|Mike|Alice|Peter|Paul|George|Nancy|Susan|Linda|Boston)(?![A-Za-z])"
)


def untranslated_name(chinese: str) -> str:
    """A name that every translator writes in Chinese characters."""
    found = _LATIN_NAME.search(chinese)
    return found[0] if found else ""
