"""Sets of answers for the tests of measures."""

from ewc_plugin.metrics.answers import Aids, Answers
from ewc_plugin.metrics.score import How

HOW = How(seed=1, resamples=20)


def answers(pairs, *, questions=None, turns=None, fields=(), **aids):
    """Pairs of answer and reference; one user turn each unless all turns are given."""
    asked = questions or ["问"] * len(pairs)
    said = turns or [[{"role": "user", "content": question}] for question in asked]
    return Answers([a for a, _ in pairs], [r for _, r in pairs], said, fields=fields, aids=Aids(**aids))
