"""Pairs and segments -> examples in both directions, with their requests; who asks for traditional characters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.pairs.pair_checks import SEGMENT_CHECKS, unbalanced
from converters.pairs.parallel import SHORT, Checks, Fault, Pair, examined, traditional
from converters.pairs.passages import Segment, is_a_list, joined, passages
from converters.templates import Filled, fill
from converters.templates import translation as templates
from converters.text import key

TO_CHINESE = "translation_en2zh"
TO_ENGLISH = "translation_zh2en"
DIRECTIONS = (TO_CHINESE, TO_ENGLISH)

TRADITIONAL = "traditional"  # a kind
LONGEST_QUOTED = 60  # characters
TRADITIONAL_ONE_IN = 6  # of the pairs whose Chinese is in traditional characters

_QUOTES = re.compile('["“”‘「」]')


@dataclass(frozen=True)
class Origin:
    """What a record says of its pairs; `document` is held out as a whole, and "" leaves it to the English text."""

    document: str = ""
    title: str = ""
    attribution: str = ""
    licence: str = ""
    section: str = ""
    kind: str = ""


# ---- pairs that stand alone


def from_pair(english: str, chinese: str, context: Context, *, origin: Origin, checks: Checks) -> list[Outcome]:
    result = examined(english, chinese, context.script, checks)
    if isinstance(result, Fault):
        return rejected(result)
    return _both_directions(result, [result], _licensed(origin, context), context)


def rejected(fault: Fault) -> list[Outcome]:
    return [Reject(dataset, fault.reason, fault.detail) for dataset in DIRECTIONS]


def _licensed(origin: Origin, context: Context) -> Origin:
    return replace(origin, licence=origin.licence or context.option("licence"))


def _both_directions(pair: Pair, parts: Sequence[Pair], origin: Origin, context: Context) -> list[Outcome]:
    """What stands in traditional characters is of a kind of its own: it is in the words of Taiwan."""
    if pair.is_traditional and context.script == "simplified":
        origin = replace(origin, kind=origin.kind or TRADITIONAL)
    asks = _asks_for_traditional(pair, context)
    to_chinese = _to_traditional(pair, parts, origin) if asks else _to_chinese(pair, parts, origin)
    return [to_chinese, _to_english(pair, parts, origin)]


def _asks_for_traditional(pair: Pair, context: Context) -> bool:
    if context.script == "original" or not pair.is_traditional:
        return False
    return hashlib.sha256(f"traditional\t{pair.english}".encode()).digest()[0] % TRADITIONAL_ONE_IN == 0


def _to_chinese(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = _asked("TO_CHINESE", pair, pair.english, parts)
    return _example(TO_CHINESE, asked, (pair.english, pair.chinese), pair, parts, origin)


def _to_traditional(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = fill("translation.TO_TRADITIONAL", templates.TO_TRADITIONAL, _hashed(pair), text=pair.english)
    example = _example(TO_CHINESE, asked, (pair.english, traditional(pair)), pair, parts, origin)
    return replace(example, notes=(*pair.notes, "answer_in_traditional_script"))


def _to_english(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = _asked("TO_ENGLISH", pair, pair.chinese, parts)
    return _example(TO_ENGLISH, asked, (pair.chinese, pair.english), pair, parts, origin)


def _asked(ending: str, pair: Pair, text: str, parts: Sequence[Pair]) -> Filled:
    """A passage is set apart. Quotation marks around a sentence that has its own are what nobody writes."""
    name = f"PASSAGE_{ending}" if len(parts) > 1 else f"SENTENCE_{ending}"
    choices: tuple[str, ...] = getattr(templates, name)
    if len(parts) == 1 and len(text) <= LONGEST_QUOTED and not _QUOTES.search(text):
        choices += getattr(templates, f"QUOTED_{ending}")
    return fill(f"translation.{name}", choices, _hashed(pair), text=text)


def _hashed(pair: Pair) -> str:
    return f"{pair.english}\t{pair.original or pair.chinese}"


def _example(
    dataset: str, asked: Filled, sides: tuple[str, str], pair: Pair, parts: Sequence[Pair], origin: Origin
) -> Example:
    """`sides`: the text that is asked for and its translation."""
    english, chinese = key(pair.english), key(pair.chinese)
    kind = origin.kind or ("passage" if len(parts) > 1 else "sentence" if pair.words >= SHORT else "short")
    return Example(
        dataset,
        (user(asked.text), assistant(sides[1])),
        document=f"document:{origin.document}" if origin.document else f"english:{english}",
        licence=origin.licence,
        attribution=origin.attribution,
        title=origin.title,
        section=origin.section,
        original=pair.original,
        kind=kind,
        template=asked.label,
        same_as=f"{english}\t{chinese}",
        # one sentence has several translations, in either direction: none may be on the other side of the hold-out
        linked=tuple(dict.fromkeys(key(side) for part in parts for side in (part.english, part.chinese))),
        source_text=sides[0],
        notes=pair.notes,
    )


# ---- segments of one document


def from_segments(found: Iterable[tuple[Segment | Fault, str]], origin: Origin, context: Context) -> list[Outcome]:
    """Examples of the passages that the good segments make, and a reject for each of the others.

    `found` are segments in the order of the text, each with the name of its place; a bad one ends a run.
    """
    outcomes: list[Outcome] = []
    for is_good, run in groupby(found, key=lambda item: isinstance(item[0], Segment)):
        items = list(run)
        if is_good:
            outcomes += _of_run([segment for segment, _ in items if isinstance(segment, Segment)], origin, context)
        else:
            outcomes += [
                outcome
                for fault, place in items
                if isinstance(fault, Fault)
                for outcome in rejected(Fault(fault.reason, f"{place}: {fault.detail}"))
            ]
    return outcomes


def _of_run(run: Sequence[Segment], origin: Origin, context: Context) -> Iterator[Outcome]:
    divided = ([segment] for segment in run) if is_a_list(run) else passages(run)
    for passage in divided:
        pair, first, last = joined(passage), passage[0].place, passage[-1].place
        about = replace(origin, section=first if first == last else f"{first}–{last}")
        mark = unbalanced(pair.english) or unbalanced(pair.chinese)
        if mark:
            yield from rejected(Fault("unbalanced", f"{about.section}: {mark}"))
        else:
            yield from _both_directions(pair, [segment.pair for segment in passage], _licensed(about, context), context)


def segment(
    english: str, chinese: str, place: str, context: Context, paragraph: int = 0
) -> tuple[Segment | Fault, str]:
    result = examined(english, chinese, context.script, SEGMENT_CHECKS)
    return (result if isinstance(result, Fault) else Segment(result, place, paragraph)), place
