"""Into which words does a clause fall, and what do they cost together? The cheapest reading of some characters."""

from __future__ import annotations

from dataclasses import dataclass

from converters.conversations.misspelt.vocabulary import LONGEST, UNKNOWN, alone, together


@dataclass(frozen=True, slots=True)
class Reading:
    """`meets` says of each word whether it often stands behind the one before it."""

    cost: int
    words: tuple[str, ...]
    meets: tuple[bool, ...]


@dataclass(slots=True)
class _Step:
    cost: int
    meets: bool
    before: _Step | None
    word: str


def cheapest(characters: str, before: str = "", after: str = "") -> Reading:
    """The words of the characters, between two words that stand fast ("" is the edge of a clause)."""
    ends: list[dict[str, _Step]] = [{} for _ in range(len(characters) + 1)]
    ends[0][before] = _Step(0, True, None, before)
    for start, steps in enumerate(ends[:-1]):
        for stop in range(start + 1, min(start + LONGEST, len(characters)) + 1):
            word = characters[start:stop]
            if stop == start + 1 or alone(word) is not None:
                ends[stop][word] = min((_after(step, word) for step in steps.values()), key=_cost)
    last = min((_after(step, after) if after else step for step in ends[-1].values()), key=_cost)
    return _told(last, bool(before), bool(after))


def _after(step: _Step, word: str) -> _Step:
    met = together(step.word, word) if step.word else None
    if met is not None:
        return _Step(step.cost + met, True, step, word)
    here, left = alone(word), alone(step.word) if step.word else None
    added = (here[0] if here else UNKNOWN) + (left[1] if left else 0)
    return _Step(step.cost + added, not step.word, step, word)


def _cost(step: _Step) -> int:
    return step.cost


def _told(last: _Step, before: bool, after: bool) -> Reading:
    steps = []
    step: _Step | None = last
    while step is not None:
        steps.append(step)
        step = step.before
    inside = steps[int(after) : -1][::-1]
    return Reading(last.cost, tuple(step.word for step in inside), tuple(step.meets for step in inside))
