"""How well does the model predict the answers? Loss and perplexity per supervised token."""

import math
from collections.abc import Sequence

from ewc_plugin.bootstrap import DESCRIPTION, RESAMPLES, interval, resampled_ratios
from ewc_plugin.metrics.score import Score

VERSION = 1


def loss(nll: Sequence[float], tokens: Sequence[int], *, seed: int = 42, resamples: int = RESAMPLES) -> Score:
    """Σ nll / Σ tokens in nats per supervised token, over all items together; perplexity is its exponential.

    nll: summed negative log-likelihood of each answer; tokens: how many tokens it was summed over. Items
    without a token carry no information and are counted in `without_tokens`. Raises ValueError when no token
    is left or a sum is not finite: a mean over the remaining items would look like a result.
    """
    pairs = [(a, b) for a, b in zip(nll, tokens, strict=True) if b > 0]
    broken = sum(not math.isfinite(a) for a, _ in pairs)
    if broken or not pairs:
        broken_ones = f"the likelihood of {broken} of {len(nll)} answers is not a number"
        raise ValueError(broken_ones if pairs else "no answer has a token: are the prompts as long as cutoff_len?")
    sums, counts = [a for a, _ in pairs], [b for _, b in pairs]
    value = math.fsum(sums) / sum(counts)
    low, high = interval(resampled_ratios(sums, counts, resamples=resamples, seed=seed))
    return Score(
        name="loss",
        value=value,
        low=low,
        high=high,
        n=len(pairs),
        items=tuple(a / b if b else math.nan for a, b in zip(nll, tokens, strict=True)),
        signature={
            "metric": "nll_per_token",
            "version": VERSION,
            "interval": DESCRIPTION,
            "resamples": resamples,
            "seed": seed,
        },
        extra={
            "perplexity": math.exp(min(value, 700.0)),
            "tokens": sum(counts),
            "without_tokens": len(nll) - len(pairs),
        },
        better="smaller",
    )
