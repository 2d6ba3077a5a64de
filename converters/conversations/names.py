"""Is one name written in two ways in a story (小泥家 and 小妮家, 罗伯特 and 罗勃特)?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations

from converters.conversations.sounds import sounds_like
from converters.text import HAN

_TRIPLE = re.compile(f"(?=([{HAN}]{{3}}))")
_BEFORE = re.compile(f"(?=([{HAN}]{{3}})([{HAN}]))")
OFTEN = 4  # times
_FREE = frozenset("的地得他她它在再做作像象那哪已以是事有又也")  # meet the same neighbours and sound alike


def variant(story: str) -> str | None:
    """Two triples of characters that differ in the middle one alone, which sounds the same."""
    middles: dict[tuple[str, str], set[str]] = defaultdict(set)
    for first, middle, last in _TRIPLE.findall(story):
        if middle not in _FREE:
            middles[first, last].add(middle)
    for (first, last), between in middles.items():
        for one, other in combinations(sorted(between), 2):
            if sounds_like(one, other):
                return f"{first}{one}{last}, {first}{other}{last}"
    return _shortened(story)


def _shortened(story: str) -> str | None:
    """费尔南 where it is 费尔南多 everywhere else."""
    follow: dict[str, Counter[str]] = defaultdict(Counter)
    for triple, after in _BEFORE.findall(story):
        follow[triple][after] += 1
    for triple, after in follow.items():
        (usual, often), *rest = after.most_common()
        if often >= OFTEN and len(rest) == 1 and rest[0][1] == 1 and triple[0] not in _FREE:
            return f"{triple}{usual}, {triple}{rest[0][0]}"
    return None
