"""Which measures score the generated answers of which task? A literal: a new one is a function and a line.

A measure takes references and answers and returns a `Score`. Loss and perplexity are not here: every task has
them.
"""

from collections.abc import Callable

from ewc_plugin.metrics.score import Score
from ewc_plugin.metrics.translation import bleu, chrf

Measure = Callable[..., Score]

MEASURES: dict[str, tuple[Measure, ...]] = {
    "translation": (bleu, chrf),
}
