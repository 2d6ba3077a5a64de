"""Does the model hold the facts that the answers state? Its loss on them beside that on the rest of the answers.

Tokens that state a fact are `fact`, all other tokens of an answer (its words, marks and its end) are `form`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from converters.quality.difficulty.intervals import FEWEST, Estimate, difference_of_ratios, ratio_of_sums

BIT = math.log(2)
HALF = 50.0  # per cent


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one answer: nats and tokens that state facts, and of the others."""

    fact_nats: float
    fact_tokens: int
    form_nats: float
    form_tokens: int


@dataclass(frozen=True)
class Knowledge:
    """In nats a token, over the items whose answers state facts that their prompts do not tell.

    `fact` and `form` under few-shot; `dearer` is their difference; `fact_change` and `form_change` are few- minus
    zero-shot. `by_source`: fact tokens with the item's own source in the prompt minus those without it;
    `by_other` the same with another item's; `own_or_other` the first minus the second. None where there are too few.
    """

    items: int
    with_source: int
    fact: Estimate
    form: Estimate
    dearer: Estimate
    fact_change: Estimate
    form_change: Estimate
    fact_without: Estimate | None = None
    by_source: Estimate | None = None
    by_other: Estimate | None = None
    own_or_other: Estimate | None = None

    @property
    def form_is_learned(self) -> bool:
        """The rest of an answer costs less than a bit a token, or less than without examples."""
        return self.form.high < BIT or self.form_change.high < 0

    @property
    def facts_stay_dear(self) -> bool:
        return self.dearer.low > BIT

    @property
    def source_helps(self) -> bool | None:
        """The own source halves the loss of the facts, another's does not do as much; None where it was not tried."""
        if self.by_source is None or self.own_or_other is None or self.fact_without is None:
            return None
        halved = self.fact_without.value + self.by_source.value <= self.fact_without.value / 2
        return halved and self.by_source.high < 0 and self.own_or_other.high < 0


def knowledge(
    zero: Sequence[Parts],
    few: Sequence[Parts],
    documents: Sequence[str],
    own: Sequence[Parts | None],
    other: Sequence[Parts | None],
) -> Knowledge | None:
    """Item by item in one order; `own` and `other` are None for items without a source. None of fewer than FEWEST."""
    if len(few) < FEWEST or not any(part.form_tokens for part in few):
        return None
    tried = [at for at in range(len(few)) if own[at] is not None and other[at] is not None]
    plain = Knowledge(
        len(few),
        len(tried),
        ratio_of_sums(*_fact(few), documents),
        ratio_of_sums(*_form(few), documents),
        difference_of_ratios(_fact(few), _form(few), documents),
        difference_of_ratios(_fact(few), _fact(zero), documents),
        difference_of_ratios(_form(few), _form(zero), documents),
    )
    return _with_source(plain, few, documents, own, other, tried) if len(tried) >= FEWEST else plain


def _with_source(
    plain: Knowledge,
    few: Sequence[Parts],
    documents: Sequence[str],
    own: Sequence[Parts | None],
    other: Sequence[Parts | None],
    tried: Sequence[int],
) -> Knowledge:
    units = [documents[at] for at in tried]
    without, its, anothers = (
        _fact([part for at in tried if (part := parts[at]) is not None]) for parts in (few, own, other)
    )
    return Knowledge(
        **{name: getattr(plain, name) for name in PLAIN},
        fact_without=ratio_of_sums(*without, units),
        by_source=difference_of_ratios(its, without, units),
        by_other=difference_of_ratios(anothers, without, units),
        own_or_other=difference_of_ratios(its, anothers, units),
    )


PLAIN = ("items", "with_source", "fact", "form", "dearer", "fact_change", "form_change")


def _sums(
    nats: Callable[[Parts], float], tokens: Callable[[Parts], int]
) -> Callable[[Sequence[Parts]], tuple[list[float], list[float]]]:
    return lambda parts: ([nats(part) for part in parts], [float(tokens(part)) for part in parts])


_fact = _sums(lambda part: part.fact_nats, lambda part: part.fact_tokens)
_form = _sums(lambda part: part.form_nats, lambda part: part.form_tokens)
