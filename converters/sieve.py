"""Which of many things to look for may be in a text: one pass over it, however many they are (RE2's sets).

Each thing has signs, without which it is not there. Nearly every text has few of them, so that a rule which looks
closely is asked about few texts, and no text is searched once for each rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

MEMORY = 64 << 20  # bytes for the automaton, which grows with the signs and not with the text
RECENT = 16  # texts whose signs are remembered: several ask about one text in turn
_OUTGROWN = "the automaton needs more than {:,} bytes for {} signs"
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")

Sign = str | re.Pattern[str]  # a literal text, or a pattern that RE2 can read as well


class Signs:
    """All signs that anybody looks for, in one automaton, so that a text is read once whoever asks."""

    def __init__(self) -> None:
        self._numbers = {"": 0}  # of the patterns; the first is in any text
        self._match: Any = None
        self.found = lru_cache(maxsize=RECENT)(self._found)

    def bit(self, sign: Sign) -> int:
        self._match = None
        self.found.cache_clear()
        return 1 << self._numbers.setdefault(_pattern(sign), len(self._numbers))

    def _found(self, text: str) -> int:
        """The bits of the signs in a text. Raises MemoryError rather than miss one."""
        if self._match is None:
            self._match = self._compiled()
        found: list[int] | None = self._match(text.encode())
        if not found:
            raise MemoryError(_OUTGROWN.format(MEMORY, len(self._numbers)))
        held = 0
        for number in found:
            held |= 1 << number
        return held

    def _compiled(self) -> Any:
        # on first use: most commands judge nothing
        import re2

        options = re2.Options()
        options.max_mem = MEMORY
        matcher = re2.Set.SearchSet(options)
        for pattern in self._numbers:
            matcher.Add(pattern)
        try:
            matcher.Compile()
        except re2.error as error:
            raise MemoryError(_OUTGROWN.format(MEMORY, len(self._numbers))) from error
        return matcher.Match


class Sieve:
    """The signs of each thing to look for, by a number of its own; () if it may be in any text."""

    def __init__(self, signs: Mapping[int, Sequence[Sign]], among: Signs) -> None:
        self._found = among.found
        self._anywhere = sum(1 << thing for thing, its_own in signs.items() if not its_own)
        self._things: dict[int, int] = {}  # of each sign, by its bit, the bits of the things that it is a sign of
        for thing, its_own in signs.items():
            for sign in its_own:
                bit = among.bit(sign)
                self._things[bit] = self._things.get(bit, 0) | 1 << thing
        self._signs = sum(self._things)

    def may_hold(self, text: str) -> int:
        """A number in which bit i is set unless thing i cannot be in the text."""
        found, held = self._found(text) & self._signs, self._anywhere
        while found:
            sign = found & -found
            held |= self._things[sign]
            found ^= sign
        return held


SIGNS = Signs()  # those of the rules that judge a text


def things(held: int) -> Iterator[int]:
    """The numbers of the bits that are set, in rising order."""
    while held:
        lowest = held & -held
        yield lowest.bit_length() - 1
        held ^= lowest


def _pattern(sign: Sign) -> str:
    """In RE2's syntax, which knows no escapes of four or eight digits."""
    if isinstance(sign, str):
        return _SPECIAL.sub(r"\\\g<0>", sign)
    text = _ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), sign.pattern)
    return f"(?i){text}" if sign.flags & re.IGNORECASE else text
