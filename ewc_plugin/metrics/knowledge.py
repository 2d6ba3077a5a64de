"""Does the answer say what the reference says? F1 over characters as SQuAD's over words, and exact match."""

import math

from ewc_plugin.metrics import characters
from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import units
from ewc_plugin.metrics.overlap import common_bag, f1
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1


def character_f1(answer: str, reference: str) -> float:
    """F1 of the two bags of characters (Rajpurkar et al. 2016, on characters); NaN where the reference has none."""
    said, wanted = units(answer), units(reference)
    return f1(common_bag(said, wanted), len(said), len(wanted)) if wanted else math.nan


def same(answer: str, reference: str) -> float:
    """1 where both are the same but for marks, width, case and space; NaN where the reference has no character."""
    wanted = units(reference)
    return float(units(answer) == wanted) if wanted else math.nan


def answer_f1(given: Answers, how: How) -> Score:
    items = [character_f1(a, r) for a, r in zip(given.answers, given.references, strict=True)]
    return mean_score("f1", items, how, version=VERSION, units=characters.NAME)


def exact_match(given: Answers, how: How) -> Score:
    """Share of answers that are the reference but for marks, width, case and space."""
    items = [same(a, r) for a, r in zip(given.answers, given.references, strict=True)]
    return mean_score("exact_match", items, how, version=VERSION, units=characters.NAME)
