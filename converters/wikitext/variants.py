"""-{…}- resolved as MediaWiki's LanguageConverter does for a reader of zh-cn.

Facts from https://www.mediawiki.org/wiki/Writing_systems/Syntax and from the behaviour of ConverterRule: flags, what
each shows, the fallback chain, and that a rule holds from where it stands to the end of the page. What the page's own
rules do not decide (script, MediaWiki's tables of words) is left to `converters.script`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from converters.wikitext.marks import CLOSE, HOLE, OPEN, RULE, RULE_NUMBERS

READER = "zh-cn"
# `zh` is no fallback in MediaWiki, where it means "unconverted"; here it is the last resort
FALLBACKS = ("zh-cn", "zh-hans", "zh-sg", "zh-my", "zh")
VARIANTS = ("zh", "zh-hans", "zh-hant", "zh-cn", "zh-tw", "zh-hk", "zh-sg", "zh-mo", "zh-my")
_FLAGS = frozenset("ATRDHN-")
_NAMES = {
    **{"zh": "原文", "zh-hans": "简体", "zh-hant": "繁体", "zh-cn": "大陆", "zh-tw": "台湾", "zh-hk": "香港"},
    **{"zh-sg": "新加坡", "zh-mo": "澳门", "zh-my": "大马"},
}
_VARIANT = "|".join(sorted(VARIANTS, key=len, reverse=True))
# a semicolon ends a choice only before the next variant, before a one-way rule, or at the end
_CHOICE_END = re.compile(rf";\s*(?=(?:{_VARIANT})\s*:|[^;]*?=>\s*(?:{_VARIANT})\s*:)|;\s*$")
_ENTITY = re.compile(r"(&[#a-zA-Z0-9]+);")
_KEPT_SEMICOLON = "\x01"


@dataclass(frozen=True, slots=True)
class Rule:
    """`words` maps what stands in the text to what a reader of zh-cn sees; `removes` takes such a rule back."""

    words: Mapping[str, str]
    removes: bool = False


@dataclass(slots=True)
class Rules:
    """The rules of one page in the order in which they were met, and the title that a T flag gave it."""

    all: list[Rule] = field(default_factory=list)
    title: str = ""

    def add(self, rule: Rule) -> str:
        """The mark that stands where the rule begins to hold."""
        if not rule.words:
            return ""
        self.all.append(rule)
        return RULE + chr(RULE_NUMBERS + len(self.all) - 1)


@dataclass(frozen=True, slots=True)
class _Choices:
    both_ways: Mapping[str, str]
    one_way: Mapping[str, Mapping[str, str]]

    def shown(self) -> str | None:
        """What zh-cn sees, or None where only other variants have a text: MediaWiki then shows an error."""
        for variant in FALLBACKS:
            if variant in self.both_ways:
                return self.both_ways[variant]
        words = self.one_way.get(READER)
        return next(iter(words.values())) if words else None

    def words(self) -> dict[str, str]:
        """Every other variant's word becomes that of zh-cn; a one-way rule only where it names zh-cn."""
        target = next((self.both_ways[variant] for variant in FALLBACKS if variant in self.both_ways), None)
        words = {} if target is None else dict.fromkeys(self.both_ways.values(), target)
        return {**words, **self.one_way.get(READER, {})}


def resolve(inside: str, rules: Rules) -> str:
    """What -{inside}- shows, between marks that protect it from conversion; rules that it defines go to `rules`."""
    head, bar, rest = inside.partition("|")
    written = {flag.strip() for flag in head.split(";")} if bar else set()
    flags, text = written & _FLAGS, rest if bar else inside
    if "R" in flags:
        return protected(text)
    if "N" in flags:
        return protected(_NAMES.get(text.strip(), ""))
    if not flags and written & set(VARIANTS):
        return text if written & set(FALLBACKS[:-1]) else protected(text)
    choices = parse(text)
    if choices is None:
        return _without_choices(text, flags, rules)
    if "-" in flags:
        return rules.add(Rule(choices.words(), removes=True))
    if "T" in flags:
        rules.title = choices.shown() or rules.title
    mark = rules.add(Rule(choices.words())) if flags & {"A", "H"} else ""
    if flags & {"H"} or flags == {"T"}:
        return mark
    if "D" in flags:
        return protected("".join(f"{_NAMES[name]}：{word}；" for name, word in choices.both_ways.items())) + mark
    shown = choices.shown()
    return (HOLE if shown is None else protected(shown)) + mark


def _without_choices(text: str, flags: set[str], rules: Rules) -> str:
    if "-" in flags:
        return rules.add(Rule({text: text}, removes=True))
    if flags & {"A", "H"}:
        mark = rules.add(Rule({text: text} if text else {}))
        return mark if "H" in flags else protected(text) + mark
    return "" if "T" in flags else protected(text)


def protected(text: str) -> str:
    # an empty one stays: it keeps the characters on its sides from being taken for one word
    return f"{OPEN}{text}{CLOSE}"


def parse(text: str) -> _Choices | None:
    """`zh-hans:甲;zh-hant:乙;` and `乙=>zh-cn:甲`, or None if the text is no list of choices."""
    if ":" not in text:
        return None
    both_ways: dict[str, str] = {}
    one_way: dict[str, dict[str, str]] = {}
    for choice in _CHOICE_END.split(_ENTITY.sub(r"\1" + _KEPT_SEMICOLON, text.replace("=&gt;", "=>"))):
        left, colon, word = choice.replace(_KEPT_SEMICOLON, ";").partition(":")
        if not colon:
            continue
        source, arrow, variant = left.partition("=>")
        variant, word = (variant if arrow else source).strip().lower(), word.strip()
        if variant not in VARIANTS:
            return None
        if arrow and source.strip():
            one_way.setdefault(variant, {})[source.strip()] = word
        elif not arrow and word:
            both_ways[variant] = word
    return _Choices(both_ways, one_way) if both_ways or one_way else None


# ---- the last step: rules and protection applied while the rest is converted

_PROTECTED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_RULE_MARK = re.compile(f"{RULE}(.)")
_FIRST_PLACE = 0x100000
_KEPT_PLACE = re.compile("[\U00100000-\U0010ffff]")


def converted(text: str, rules: Sequence[Rule], convert: Callable[[str], str]) -> str:
    """The text with its page's rules applied from where they stand, protected parts as they are, all else converted."""
    if OPEN not in text and RULE not in text:
        return convert(text)
    kept: list[str] = []

    def keep(words: str) -> str:
        kept.append(words)
        return chr(_FIRST_PLACE + len(kept) - 1)

    while OPEN in text:
        text, count = _PROTECTED.subn(lambda match: keep(_restored(match[1], kept)), text)
        if not count:
            break
    text = convert(_with_rules(text, rules, keep))
    return _restored(text.replace(OPEN, "").replace(CLOSE, ""), kept)


def _restored(text: str, kept: Sequence[str]) -> str:
    return _KEPT_PLACE.sub(lambda match: kept[ord(match[0]) - _FIRST_PLACE], text) if kept else text


def _with_rules(text: str, rules: Sequence[Rule], keep: Callable[[str], str]) -> str:
    first, *pieces = _RULE_MARK.split(text)
    table: dict[str, str] = {}
    parts = [first]
    for number, piece in zip(pieces[::2], pieces[1::2], strict=True):
        rule = rules[ord(number) - RULE_NUMBERS]
        if rule.removes:
            table = {word: target for word, target in table.items() if word not in rule.words}
        else:
            table.update(rule.words)
        parts.append(_replaced(piece, table, keep) if piece and table else piece)
    return "".join(parts)


def _replaced(text: str, table: Mapping[str, str], keep: Callable[[str], str]) -> str:
    words = re.compile("|".join(map(re.escape, sorted(table, key=len, reverse=True))))
    return words.sub(lambda match: keep(table[match[0]]), text)
