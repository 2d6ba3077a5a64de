"""Which of many things to look for may be in a text: one pass over it, however many they are (RE2's sets).

Each thing has signs, without which it is not there. Nearly every text has few of them, so that a rule which looks
closely is asked about few texts, and no text is searched once for each rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

MEMORY = 64 << 20  # bytes for the automaton, which grows with the signs and not with the text
_OUTGROWN = "the automaton needs more than {:,} bytes for {} signs"
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")

Sign = str | re.Pattern[str]  # a literal text, or a pattern that RE2 can read as well


class Sieve:
    """The signs of each thing to look for, by a number of its own; () if it may be in any text."""

    def __init__(self, signs: Mapping[int, Sequence[Sign]]) -> None:
        self.signs = signs

    def may_hold(self, text: str) -> int:
        """A number in which bit i is set unless thing i cannot be in the text."""
        match, masks = self._compiled
        found: list[int] | None = match(text.encode())
        if not found:  # the first pattern is in any text
            raise MemoryError(_OUTGROWN.format(MEMORY, len(masks)))
        held = 0
        for number in found:
            held |= masks[number]
        return held

    @cached_property
    def _compiled(self) -> tuple[Any, list[int]]:
        # on first use: most commands judge nothing
        import re2

        masks = {"": sum(1 << thing for thing, signs in self.signs.items() if not signs)}
        for thing, signs in self.signs.items():
            for sign in signs:
                pattern = _pattern(sign)
                masks[pattern] = masks.get(pattern, 0) | 1 << thing
        options = re2.Options()
        options.max_mem = MEMORY
        matcher = re2.Set.SearchSet(options)
        for pattern in masks:
            matcher.Add(pattern)
        try:
            matcher.Compile()
        except re2.error as error:
            raise MemoryError(_OUTGROWN.format(MEMORY, len(masks))) from error
        return matcher.Match, list(masks.values())


def _pattern(sign: Sign) -> str:
    """In RE2's syntax, which knows no escapes of four or eight digits."""
    if isinstance(sign, str):
        return _SPECIAL.sub(r"\\\g<0>", sign)
    text = _ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), sign.pattern)
    return f"(?i){text}" if sign.flags & re.IGNORECASE else text


def things(held: int) -> Iterator[int]:
    """The numbers of the bits that are set, in rising order."""
    while held:
        lowest = held & -held
        yield lowest.bit_length() - 1
        held ^= lowest
