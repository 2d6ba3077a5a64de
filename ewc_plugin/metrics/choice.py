"""Which of the given options does the model hold for right? Accuracy by likelihood; nothing is generated.

By letters: the options stand in the prompt and the answer is A, B, C or D, as the published scores of CMMLU, C-Eval and
ACLUE ask. By options: the answer is the option's own text, and its likelihood is divided by its length, since a long
option is less likely for its length alone. Minimal pairs differ in a word or two and are compared as they are.

Beside the share of right ones stands the loss of the right option among the options, which moves with every item and
not only where another option comes first. The loss of a letter by itself tells nothing of the kind: it falls with the
habit of answering by letters and rises without it, whatever is known.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1


def by_letters(nll: Sequence[Sequence[float]], right: Sequence[int], how: How) -> Score:
    """Accuracy in [0, 1] from Σ −log p of each letter; nll[i][k] is that of option k of item i, in nats."""
    return mean_score("accuracy", _hits(nll, right), how, version=VERSION, by="letters", calibrated="no")


def by_options(
    nll: Sequence[Sequence[float]], options: Sequence[Sequence[str]], right: Sequence[int], how: How
) -> Score:
    """Accuracy in [0, 1] from −log p a character of each option's text."""
    rates = [
        [value / max(1, len(option)) for value, option in zip(values, texts, strict=True)]
        for values, texts in zip(nll, options, strict=True)
    ]
    return mean_score(
        "accuracy_options", _hits(rates, right), how, version=VERSION, by="options", calibrated="per character"
    )


def of_pairs(nll: Sequence[Sequence[float]], right: Sequence[int], how: How, kinds: Sequence[str] = ()) -> Score:
    """Share of minimal pairs in [0, 1] whose right side is the more likely; `kinds` gives the same for each rule."""
    hits = _hits(nll, right)
    by_kind = {
        kind: fmean(hit for hit, of in zip(hits, kinds, strict=True) if of == kind)
        for kind in sorted(set(kinds) - {""})
    }
    extra = {"by_kind": by_kind} if by_kind else {}
    return mean_score("accuracy", hits, how, version=VERSION, extra=extra, by="sentences", calibrated="no")


def option_loss(nll: Sequence[Sequence[float]], right: Sequence[int], how: How, *, by: str) -> Score:
    """Mean of −log(p of the right option / Σ p of the options) in nats; the extra `chance` is that of equal options.

    Of letters the mean log p of each over the set is taken out first: a liking for B is no knowledge.
    """
    shares = [[-value - _log_sum([-v for v in item]) for value in item] for item in nll]
    if by == "letters":
        shares = _without_habit(shares)
    items = [_log_sum(item) - item[wanted] for item, wanted in zip(shares, right, strict=True)]
    extra = {"chance": fmean(math.log(len(item)) for item in nll)}
    calibrated = "mean log p of each letter" if by == "letters" else "no"
    return mean_score(
        "option_loss", items, how, version=VERSION, better="smaller", extra=extra, by=by, calibrated=calibrated
    )


def _without_habit(shares: Sequence[Sequence[float]]) -> list[list[float]]:
    most = max(map(len, shares), default=0)
    habit = [fmean(item[k] for item in shares if k < len(item)) for k in range(most)]
    return [[value - habit[k] for k, value in enumerate(item)] for item in shares]


def _log_sum(values: Sequence[float]) -> float:
    """log Σ exp(v), without overflow."""
    largest = max(values)
    return largest + math.log(math.fsum(math.exp(value - largest) for value in values))


def _hits(values: Sequence[Sequence[float]], right: Sequence[int]) -> list[float]:
    """1 where the right option has the smallest value alone: a tie is no knowledge."""
    return [
        float(all(item[wanted] < other for k, other in enumerate(item) if k != wanted))
        for item, wanted in zip(values, right, strict=True)
    ]
