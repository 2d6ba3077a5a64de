"""How much does a text say again, and how many different things does it say?"""

from collections.abc import Callable, Sequence
from itertools import chain

from ewc_plugin.metrics import characters
from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import grams, units
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1


def repeated(text: str, n: int) -> float:
    """rep-n = 1 − |unique n-grams| / |n-grams|  (Welleck et al. 2020); 0 for a text of fewer than n, 1 for none."""
    parts = units(text)
    if not parts:
        return 1.0
    found = grams(parts, n)
    return 1 - len(set(found)) / len(found) if found else 0.0


def distinct(texts: Sequence[str], n: int) -> float:
    """distinct-n = |unique n-grams| / |n-grams|  (Li et al. 2016) of all the texts together; 0 where there is none."""
    found = list(chain.from_iterable(grams(units(text), n) for text in texts))
    return len(set(found)) / len(found) if found else 0.0


def rep(n: int) -> Callable[[Answers, How], Score]:
    """The measure `rep_<n>`: mean over the answers, smaller is better."""

    def measure(given: Answers, how: How) -> Score:
        items = [repeated(answer, n) for answer in given.answers]
        extra = {"references": _mean([repeated(text, n) for text in given.references])}
        return mean_score(
            f"rep_{n}", items, how, version=VERSION, better="smaller", extra=extra, n=n, units=characters.NAME
        )

    return measure


def distinct_of_each(n: int) -> Callable[[Answers, How], Score]:
    """The measure `distinct_<n>`: mean over the answers; `corpus` is that of all answers together.

    Both fall with length: a one-word answer has 1. `references` and `corpus_references` say what people reach.
    """

    def measure(given: Answers, how: How) -> Score:
        items = [_distinct_of_one(answer, n) for answer in given.answers]
        extra = {
            "corpus": distinct(given.answers, n),
            "references": _mean([_distinct_of_one(text, n) for text in given.references]),
            "corpus_references": distinct(given.references, n),
        }
        return mean_score(f"distinct_{n}", items, how, version=VERSION, extra=extra, n=n, units=characters.NAME)

    return measure


def _distinct_of_one(text: str, n: int) -> float:
    # an answer of one character has no pair, and says nothing twice
    return distinct([text], n) if len(units(text)) >= n else float(bool(units(text)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
