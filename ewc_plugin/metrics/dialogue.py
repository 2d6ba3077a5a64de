"""Does the answer go on with the conversation? Variety, relevance to what was said, and not the same words again.

Relevance rewards an echo, too: `echoes` counts answers that only say the last turn again, `references` is what the
reference answers reach.
"""

import math
from collections.abc import Sequence
from typing import Any

from ewc_plugin.metrics import characters, relevance
from ewc_plugin.metrics.answers import Answers, Turn
from ewc_plugin.metrics.characters import grams, units
from ewc_plugin.metrics.repetition import distinct_of_each
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
N = 4
distinct_1, distinct_2 = distinct_of_each(1), distinct_of_each(2)


def relevant(given: Answers, how: How) -> Score:
    """How much of the last turn the answer takes up, in [0, 1]."""
    same = [units(a) == units(q) for a, q in zip(given.answers, given.questions, strict=True)]
    return _related("relevance", given.questions, given, how, echoes=sum(same))


def coherent(given: Answers, how: How) -> Score:
    """How much of the turns before the last one the answer takes up; only where there are some."""
    earlier = [[turn["content"] for turn in turns[:-1] if turn["role"] != "system"] for turns in given.turns]
    return _related("coherence", ["\n".join(texts) for texts in earlier], given, how)


def _related(name: str, queries: Sequence[str], given: Answers, how: How, **extra: float) -> Score:
    embed = given.aids.embed
    if embed is None:
        items, of_references = (
            relevance.by_bm25(queries, t, given.references) for t in (given.answers, given.references)
        )
        means: dict[str, Any] = {
            "by": "BM25",
            "k1": relevance.K1,
            "b": relevance.B,
            "n": relevance.N,
            "units": characters.NAME,
        }
    else:
        items, of_references = (relevance.by_vectors(queries, t, embed) for t in (given.answers, given.references))
        means = {"by": "cosine of vectors", "model": given.aids.embed_name}
    known = [value for value in of_references if not math.isnan(value)]
    more = {**extra, **({"references": math.fsum(known) / len(known)} if known else {})}
    return mean_score(name, items, how, version=relevance.VERSION, extra=more, **means)


def said_before(answer: str, turns: Sequence[Turn]) -> float:
    """Share of the answer's 4-grams that stand in its own earlier turns; NaN without such turns, 1 for no answer.

    An answer of fewer characters counts as a whole: 1 where one of the turns is the same.
    """
    own = [units(turn["content"]) for turn in turns if turn["role"] == "assistant"]
    parts = units(answer)
    if not own or not parts:
        return 1.0 if own else math.nan
    if len(parts) < N:
        return float(parts in own)
    known = {gram for one in own for gram in grams(one, N)}
    found = grams(parts, N)
    return sum(gram in known for gram in found) / len(found)


def self_repetition(given: Answers, how: How) -> Score:
    """Mean share of an answer that the same speaker said before."""
    items = [said_before(answer, turns) for answer, turns in zip(given.answers, given.turns, strict=True)]
    people = [said_before(text, turns) for text, turns in zip(given.references, given.turns, strict=True)]
    known = [value for value in people if not math.isnan(value)]
    extra = {"references": math.fsum(known) / len(known)} if known else {}
    return mean_score(
        "self_repetition", items, how, version=VERSION, better="smaller", extra=extra, n=N, units=characters.NAME
    )
