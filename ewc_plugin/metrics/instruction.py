"""Does the answer follow the instruction? Character ROUGE-L, length beside the reference, and who refuses what."""

import math

from ewc_plugin.metrics import characters, refusal
from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import length, units
from ewc_plugin.metrics.overlap import common_subsequence, f1
from ewc_plugin.metrics.refusal import refuses
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1


def rouge_l_f1(answer: str, reference: str) -> float:
    """ROUGE-L, β = 1  (Lin 2004): F1 of LCS/|answer| and LCS/|reference|; NaN where the reference has no character."""
    said, wanted = units(answer), units(reference)
    return f1(common_subsequence(said, wanted), len(said), len(wanted)) if wanted else math.nan


def rouge_l(given: Answers, how: How) -> Score:
    """Mean of the answers' ROUGE-L F1 in [0, 1]."""
    items = [rouge_l_f1(a, r) for a, r in zip(given.answers, given.references, strict=True)]
    return mean_score("rouge_l", items, how, version=VERSION, units=characters.NAME)


def length_ratio(given: Answers, how: How) -> Score:
    """|answer| / |reference| in characters; 0 for an empty answer. Describes: neither longer nor shorter is better."""
    wanted = [length(reference) for reference in given.references]
    items = [length(a) / n if n else math.nan for a, n in zip(given.answers, wanted, strict=True)]
    return mean_score("length_ratio", items, how, version=VERSION, better="neither")


def refusals(given: Answers, how: How) -> Score:
    """Share of answers that refuse where the reference does not, or do not where it does.

    Where no reference refuses this is the share of refusals: `needless`. An empty answer helps nobody and declines
    nothing: it counts as wrong, and in `empty`.
    """
    said = [refuses(answer) for answer in given.answers]
    wanted = [refuses(reference) for reference in given.references]
    empty = [not answer.strip() for answer in given.answers]
    items = [float(a != b or nothing) for a, b, nothing in zip(said, wanted, empty, strict=True)]
    extra = {
        "needless": sum(a and not b for a, b in zip(said, wanted, strict=True)),
        "missing": sum(b and not a for a, b in zip(said, wanted, strict=True)),
        "asked_for": sum(wanted),
        "empty": sum(empty),
    }
    return mean_score("refusals", items, how, version=refusal.VERSION, better="smaller", extra=extra)
