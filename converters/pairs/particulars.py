"""Do the small words agree: who speaks of whom, on which day, how often, how surely? Each finds a difference, or "".

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


# A part of the day: what the English may say for it, and the Chinese.
_PARTS = (
    (
        re.compile(r"\b(?:morning|breakfast|dawn|daybreak|sunrise|early|a\.m|am|a\.m\.)s?\b", re.I),
        re.compile("[早凌清]晨|早上|上午|[今明昨每]早|凌晨|早起|清早"),
    ),
    (re.compile(r"\b(?:noon|midday|lunch\w*|afternoon|p\.m)s?\b", re.I), re.compile("中午|正午|下午|午后")),
    (
        re.compile(
            r"\b(?:evening|night|midnight|tonight|overnight|nightly|dinner|supper|sunset|late|p\.m|dark)s?\b", re.I
        ),
        re.compile("晚上|[今明昨当每整]晚|夜|傍晚|凌晨"),
    ),
)
_LAST_NIGHT, _DARK_HOURS = re.compile(r"\blast night\b|\btonight\b|\bevening\b", re.I), re.compile("[晚夜傍夕]")


def other_part_of_day(english: str, chinese: str) -> str:
    """早上 or 晚上 that the English does not speak of, or its night without one."""
    for words, characters in _PARTS:
        named = characters.search(chinese)
        if named and not words.search(english):
            return f"{named[0]} in the Chinese alone"
    found = _LAST_NIGHT.search(english)
    return f"{found[0]} in the English alone" if found and not _DARK_HOURS.search(chinese) else ""


_MANY = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.I)
_ONE = re.compile(
    r"\b(?:he|him|his|himself|she|her|hers|herself|who|whoever|one|(?:some|any|every|no)(?:one|body)|each|every|person"
    r"|neither|either|it|its)\b",
    re.I,
)
_WE, _I = re.compile(r"\b(?:we|us|our|ours|ourselves)\b", re.I), re.compile(r"\b(?:I|me|my|mine|myself)\b", re.I)
_THEY, _HE_OR_SHE = re.compile("[他她它]们"), re.compile("(?<!其)[他她](?!们)")
_WE_ALL, _I_ALONE = re.compile("我们|咱|大家"), re.compile("我(?![们国校方军省市县俩和跟与])")


def other_number(english: str, chinese: str) -> str:
    """他 for "they" alone, 我 for "we" alone, and the other way round."""
    many, one = bool(_MANY.search(english)), bool(_ONE.search(english))
    if many and not one and _HE_OR_SHE.search(chinese) and not _THEY.search(chinese):
        return "they / 他"
    if _WE.search(english) and not _I.search(english) and _I_ALONE.search(chinese) and not _WE_ALL.search(chinese):
        return "we / 我"
    if re.search(r"\bI\b", english) and not _WE.search(english) and "我们" in chinese and not _I_ALONE.search(chinese):
        return "I / 我们"
    return ""


_IMPOSSIBLE = re.compile(
    r"\bimpossib|\bno way\b|\b(?:cannot|could not|can not|never)\b|\b(?:ca|could|wo|would)n['’]t\b", re.I
)


def other_certainty(english: str, chinese: str) -> str:
    """不可能 for what is merely not likely."""
    return "不可能" if "不可能" in chinese and not _IMPOSSIBLE.search(english) else ""


_NOT_BUT = re.compile(r"\b(?:is|are|was|were|am)(?: not|n['’]t) [^.,;]*,? but (?:an?|the|his|her|my|our)\b", re.I)


def other_contrast(english: str, chinese: str) -> str:
    """但是 for the "but" of "not a singer, but an actor", which is 而是."""
    found = re.search("不是[^。]*但是?", chinese)
    return found[0] if found and _NOT_BUT.search(english) else ""


_IN_PROGRESS = re.compile(
    r"(?:\b(?:am|is|are|was|were|been)|['’](?:m|re|s)) (?!going|according|being|nothing|(?:any|some|every)thing|willing"
    r"|missing|(?:interest|bor|excit|amaz|surpris|charm|disappoint|embarrass|tir|frighten|disgust|annoy)ing)"
    r"[a-z]{2,}ing\b",
    re.I,
)
# What a learner writes who goes from word to word: it names nothing, or says something else.
_WORD_BY_WORD = (
    (re.compile(r"\bit\b", re.I), re.compile("(?<![把将])它(?!们)")),
    (re.compile(r"\blet \w+ know\b", re.I), re.compile("让.{1,3}知道")),
    (re.compile(r"\bthe ones? (?:who|that|\w+ing)\b", re.I), re.compile("是[^，。]+的人")),
)


def word_by_word(english: str, chinese: str) -> str:
    """它 for what Chinese leaves out or names, 让我知道 for 告诉我, 是…的人 for 是…的."""
    found = (rendered.search(chinese) for words, rendered in _WORD_BY_WORD if words.search(english))
    return next((one[0] for one in found if one), "")


# Adverbs and tenses that no translator passes over, and what one of the characters they become must be.
_RENDERED = (
    (re.compile(r"(?<!stand )(?<!hold )(?<!sit )\bstill\b(?! life)", re.I), re.compile("[还仍依尚静]|至今")),
    (re.compile(r"\btogether\b(?! with)", re.I), re.compile("[起同共合聚俩相并都]|一块")),
    (
        re.compile(
            r"\b(?:is|are|was|were|am|been|be|feel|look)\b so (?!that|do|to)[a-z]+|['’](?:s|re|m) so [a-z]+", re.I
        ),
        re.compile("[太真很好多极够可]|[这那][么样]|如此|非常"),
    ),
    (_IN_PROGRESS, re.compile("[在正着呢了要会将就想来打去吧过]")),
    (re.compile(r"\b(?:was|were) able to\b", re.I), re.compile("[了过]|终于|当时|那时|才")),
    (re.compile(r"\breally\b", re.I), re.compile("[真实确很太特极最]|非常|到底|究竟|相当|十分|怎么")),
    (
        re.compile(r"\b(?:absolutely|completely|entirely|totally)\b", re.I),
        re.compile("[绝完全彻底都极太真毫]|百分|一点|根本"),
    ),
)


def unrendered(english: str, chinese: str) -> str:
    """An adverb of the English, or that something goes on, of which nothing in the Chinese speaks."""
    for adverb, rendered in _RENDERED:
        found = adverb.search(english)
        if found and not rendered.search(chinese):
            return f"{found[0]} in the English alone"
    return ""


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
