"""Do the tones of a poem alternate as in regulated verse? 替, 对 and 粘, at the second, fourth and sixth character.

    替  within a verse, neighbouring places are opposite: 平 2, 仄 4, 平 6
    对  within a couplet, the same place of both verses is opposite
    粘  between couplets, the same place is alike

拗救 (王力《诗词格律》 ch. 2): 平平仄平仄 is read as 平平平仄仄; 仄仄平仄仄 before 平平平仄平, as 仄仄平平仄.
Not looked at: the first, third and fifth places, 孤平 and 三平尾.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Tone = Callable[[str], str]
Row = list[str]
RULES = ("alternation", "opposition", "adherence")
LENGTHS = (5, 7)
LEAST_DECIDED = 0.4  # of the rules: where less is decided, nothing is proved
_OPPOSITE = {"平": "仄", "仄": "平"}
_EITHER = {"平": ("平", "多"), "仄": ("仄", "多"), "多": (), "": ()}


class Rule(NamedTuple):
    """Two places, (verse, character), that shall be alike or opposite."""

    name: str
    one: tuple[int, int]
    other: tuple[int, int]
    alike: bool


def rules(count: int, length: int, start: int = 0) -> Iterator[Rule]:
    """All rules of `count` verses in which a verse from `start` on takes part."""
    places = range(1, length - 1, 2)
    for verse in range(count):
        if verse >= start:
            yield from (Rule("alternation", (verse, p), (verse, p + 2), alike=False) for p in places[:-1])
            if verse:
                name = "opposition" if verse % 2 else "adherence"
                yield from (Rule(name, (verse - 1, p), (verse, p), alike=not verse % 2) for p in places)


def judged(verses: Sequence[str], count: int, length: int, tone: Tone, start: int = 0) -> Counter[tuple[str, bool]]:
    """How often each rule is kept and not, in the shape that was asked for.

    A character that may be either tone decides nothing. A verse that is missing, of another length or of unknown
    characters keeps no rule.
    """
    rows = _rows(verses, count, length, tone)
    verdicts: Counter[tuple[str, bool]] = Counter()
    for rule in rules(count, length, start):
        pair = {rows[verse][place] for verse, place in (rule.one, rule.other)}
        if "" in pair or "多" not in pair:
            verdicts[rule.name, "" not in pair and (len(pair) == 1) == rule.alike] += 1
    return verdicts


def share(verdicts: Counter[tuple[str, bool]]) -> float:
    """Of all decided places, those that keep their rule; ½ where nothing is decided: all may be right, or wrong."""
    total = verdicts.total()
    return sum(n for (_, keeps), n in verdicts.items() if keeps) / total if total else 0.5


def is_regulated(verses: Sequence[str], tone: Tone) -> bool:
    """At least four verses of five or seven that break no rule, and end level in the even, oblique in the odd ones.

    The first verse may end either way. That it rhymes is to be asked too.
    """
    count, length = len(verses), len(verses[0]) if verses else 0
    if count < 4 or count % 2 or length not in LENGTHS or any(len(verse) != length for verse in verses):
        return False
    verdicts = judged(verses, count, length, tone)
    ends = all(tone(verse[-1]) in ("平" if n % 2 else "仄", "多") for n, verse in enumerate(verses) if n)
    return ends and share(verdicts) == 1 and verdicts.total() >= LEAST_DECIDED * sum(1 for _ in rules(count, length))


def _rows(verses: Sequence[str], count: int, length: int, tone: Tone) -> list[Row]:
    missing = [""] * length
    asked = [*verses[:count], *[""] * (count - len(verses))]
    rows = [[tone(character) for character in verse] if len(verse) == length else missing for verse in asked]
    for n in range(0, count, 2):
        rows[n] = _straightened(rows[n], rows[n + 1] if n + 1 < count else missing)
    return rows


def _straightened(upper: Row, lower: Row) -> Row:
    """A verse that departs from the pattern in a way that is allowed, as the pattern has it."""
    second, third, fourth, last = upper[-4:]
    if last == "平" or second not in _EITHER[fourth] or "" in upper:
        return upper
    bent = fourth == "平" and third != "平"
    great = fourth == "仄" and all(one in _EITHER[wanted] for one, wanted in zip(lower[-4:-1], "平平仄", strict=True))
    if bent or great:
        # where the second may be either tone, the verse may as well be a plain one
        straight = _OPPOSITE[fourth] if second == fourth else "多"
        return [*upper[:-2], straight, last]
    return upper
