"""Is the story told as it was asked for? Its length, its given opening, and what the request names."""

import math
import re
from collections.abc import Sequence

from ewc_plugin.metrics import characters
from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.asked_length import Bounds, asked_length
from ewc_plugin.metrics.characters import length, units, without_space
from ewc_plugin.metrics.relevance import Collection, terms
from ewc_plugin.metrics.repetition import distinct_of_each, rep
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
rep_4, distinct_2 = rep(4), distinct_of_each(2)
LEAST_OPENING = 8  # characters: fewer that stand in a request and begin its reference may be chance
_QUOTED = re.compile(r"“([^“”]{2,80})”|「([^「」]{2,80})」|『([^『』]{2,80})』|\"([^\"\n]{2,80})\"")
_STOPS = "，。；：！？、…,.;:!?—～~ \u3000"


def length_kept(answer: str, wanted: Bounds) -> float:
    """1 within the bounds; outside, the shorter of the two over the longer; 0 for an empty answer."""
    said = length(answer)
    return min(1.0, said / wanted.least if wanted.least else 1.0, wanted.most / said) if said else 0.0


def length_control(given: Answers, how: How) -> Score:
    """Does the answer have the length that the request names, else that of the reference? Mean in [0, 1].

    `named`: how many requests name one; `met`: the share of these answers within the bounds.
    """
    named = [asked_length(question) for question in given.questions]
    bounds = [b or Bounds(length(r), length(r)) for b, r in zip(named, given.references, strict=True)]
    items = [length_kept(answer, wanted) for answer, wanted in zip(given.answers, bounds, strict=True)]
    asked = [item for item, wanted in zip(items, named, strict=True) if wanted]
    extra: dict[str, float] = {"named": len(asked)}
    if asked:
        extra["met"] = sum(item == 1 for item in asked) / len(asked)
    return mean_score("length", items, how, version=VERSION, extra=extra)


def opening_of(request: str, reference: str) -> str:
    """What the request gives as a beginning and the reference begins with, or "".

    A quoted string, or the longest beginning of the reference that the request holds. A story that is continued
    from where the request ends has none: there `kept` says whether it is still the same story.
    """
    asked, begun = without_space(request), without_space(reference)
    quoted = ["".join(found) for found in _QUOTED.findall(request)]
    openings = [without_space(q).rstrip(_STOPS) for q in quoted if begun.startswith(without_space(q).rstrip(_STOPS))]
    shared = 0
    while shared < len(begun) and begun[: shared + 1] in asked:
        shared += 1
    if shared >= LEAST_OPENING:
        openings.append(begun[:shared].rstrip(_STOPS))
    return max(openings, key=len, default="")


def opening_kept(answer: str, opening: str) -> float:
    """Share of the opening's characters that the answer begins with, in order; marks and quotes before it aside."""
    wanted, said = units(opening), units(answer)
    if not wanted:
        return math.nan
    alike = next((i for i, unit in enumerate(wanted) if i >= len(said) or said[i] != unit), len(wanted))
    return alike / len(wanted)


def opening(given: Answers, how: How) -> Score:
    """Does the answer begin as the request says it must? Only where a beginning is given."""
    given_ones = [opening_of(q, r) for q, r in zip(given.questions, given.references, strict=True)]
    items = [opening_kept(a, o) for a, o in zip(given.answers, given_ones, strict=True)]
    return mean_score("opening", items, how, version=VERSION)


def kept_share(answer: str, request: str, reference: str, collection: Collection) -> float:
    """Of what the request names and the reference takes up, the share that the answer takes up, the rare for more.

    Pairs of characters stand for names and events: no list of names knows 小蜗牛. NaN where there are none.
    """
    wanted = sorted(set(terms(request)) & set(terms(reference)))
    weight = {term: collection.weight(term) for term in wanted}
    said = set(terms(answer))
    total = math.fsum(weight.values())
    return math.fsum(weight[term] for term in wanted if term in said) / total if total else math.nan


def named_share(answer: str, names: Sequence[str]) -> float:
    """Share of the names that stand in the answer."""
    text = without_space(answer)
    return sum(without_space(name) in text for name in names) / len(names)


def kept(given: Answers, how: How) -> Score:
    """Are the characters and events of the request still there? By the item's field `names` where it has one."""
    collection = Collection.of(given.references)
    fields = given.fields or [{}] * len(given.answers)
    rows = zip(given.answers, given.questions, given.references, fields, strict=True)
    items = [named_share(a, f["names"]) if f.get("names") else kept_share(a, q, r, collection) for a, q, r, f in rows]
    extra = {"by_names": sum(bool(f.get("names")) for f in fields)}
    return mean_score("kept", items, how, version=VERSION, extra=extra, units=characters.NAME)
