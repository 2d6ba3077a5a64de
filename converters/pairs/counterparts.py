"""Does the Chinese say what the English says, as far as a word list tells? Names alone, words by share."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from converters.pairs.wordlist import NAMES, WORDS

_TOKEN = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_CLITIC = re.compile(r"(?:n['’]t|['’](?:s|ll|re|ve|d|m))$")
# What may stand at the end of an inflected form, and what stood there before.
_ENDINGS = (("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"))
_SHORTEST_STEM = 3

# Names in Chinese that stand for one person or place of the list only.
_TELLING = ("汤姆", "玛丽", "北京", "东京", "巴黎", "波士顿", "芝加哥", "莫斯科", "莎士比亚", "爱因斯坦", "林肯")

Counterparts = dict[str, tuple[str, ...]]


class Agreement(NamedTuple):
    """Of the English words that the list knows, how many have a counterpart in the Chinese."""

    known: int
    found: int


def missing_name(english: str, chinese: str) -> str:
    """The first name on one side that is not on the other, or "". One left in Latin letters is its own counterpart."""
    names, folded = _names(), chinese.casefold()
    spoken = _names_in(english)
    for name in spoken:
        if name.casefold() not in folded and not any(word in chinese for word in names[name]):
            return f"{name} is not in the Chinese"
    for word in _TELLING:
        if word in chinese and not any(word in names[name] for name in spoken):
            return f"{word} is not in the English"
    return ""


def _names_in(english: str) -> list[str]:
    names = _names()
    tokens = dict.fromkeys(_CLITIC.sub("", token) for token in _TOKEN.findall(english))
    tokens |= {token[:-1]: None for token in tokens if token.endswith("s") and token not in names}
    return [name for name in tokens if name in names] + [name for name in names if " " in name and name in english]


# Who speaks of whom: the words that each language has for a person.
_PERSONS = (
    (re.compile(r"\b(?:I|me|my|mine|myself|we|us|our|ours|ourselves)\b", re.I), re.compile("我|咱|俺|自己")),
    (re.compile(r"\b(?:you|your|yours|yourself|yourselves)\b", re.I), re.compile("你|您")),
    (
        re.compile(r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|himself|herself)\b", re.I),
        re.compile("他|她|它"),
    ),
)
_ENGLISH_SUBJECT = re.compile(r"[\"“‘']?(?:I|You|He|She|They|We)\b")
_CHINESE_SUBJECT = re.compile("[“‘「]?[我咱你您他她它]")


def other_person(english: str, chinese: str) -> str:
    """Where each begins with a pronoun, and neither has a word for the person that the other begins with.

    Or where the Chinese begins with 我 or 你, and the English speaks of the other of the two alone.
    """
    ours, theirs = _ENGLISH_SUBJECT.match(english), _CHINESE_SUBJECT.match(chinese)
    if not theirs:
        return ""
    if not ours:
        return _swapped(english, chinese, theirs[0])
    for in_english, in_chinese in _PERSONS:
        if in_english.search(ours[0]) and not in_chinese.search(chinese):
            other = next(words for words, characters in _PERSONS if characters.search(theirs[0]))
            return "" if other.search(english) else f"{ours[0]} / {theirs[0]}"
    return ""


def _swapped(english: str, chinese: str, subject: str) -> str:
    first, second, _ = _PERSONS
    for (ours, theirs), (others, their_others) in ((first, second), (second, first)):
        begins = theirs.search(subject) and not ours.search(english)
        if begins and others.search(english) and not their_others.search(chinese):
            return f"{subject} is not in the English"
    return ""


def agreement(english: str, chinese: str) -> Agreement:
    words = _words()
    known = {form: words[form] for form in map(_known_form, _TOKEN.findall(english)) if form}
    return Agreement(len(known), sum(any(word in chinese for word in known[form]) for form in known))


@cache
def _known_form(token: str) -> str:
    """The form of a word that the list has, or ""."""
    return next((form for form in _forms(_CLITIC.sub("", token.lower())) if form in _words()), "")


def _forms(word: str) -> list[str]:
    forms = [word]
    for ending, replacement in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM:
            forms.append(stem + replacement)
            if not replacement and stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return forms


def _parsed(table: str) -> Counterparts:
    entries: Counterparts = {}
    for entry in filter(None, table.replace("\n", "").split("|")):
        heads, *translations = re.split(r" (?=[^A-Za-z ])", entry)
        for head in heads.split("/"):
            entries[head] = (*entries.get(head, ()), *translations)
    return entries


def tables() -> tuple[Counterparts, Counterparts]:
    """All that the word list says: names, and words."""
    return _names(), _words()


@cache
def _names() -> Counterparts:
    return _parsed(NAMES)


@cache
def _words() -> Counterparts:
    return _parsed(WORDS)
