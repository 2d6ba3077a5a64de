"""Which candidates pass the bounds that the user gave, and what are the numbers of each criterion?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from converters.contract import SourceError
from converters.mixing.registry import command
from converters.quality.contract import Numbers
from converters.quality.selection.beginning import Begun
from converters.quality.selection.candidates import Candidates
from converters.quality.selection.filters import (
    CHARACTERS,
    CRITERIA,
    Bounds,
    Scores,
    Values,
    numbers_of,
    values_of,
    within,
    without_unscored,
)
from converters.quality.selection.strata import Strata

IFD_BELOW = 1.0
Limits = dict[str, tuple[float, float]]  # of each stratum; of "" where all rows have the same


def values(begun: Begun, names: Sequence[str], scores: Scores) -> dict[str, Values]:
    """Of each criterion the number of each row. Raises SourceError for a metric that nobody reckoned."""
    missing = sorted({CRITERIA[name].metric for name in names} - {""} - _metrics(scores))
    if missing:
        model = "--reward-model PATH" if missing == ["reward"] else "--model PATH --template NAME"
        words = f"score {begun.rows.name} --metrics {','.join(missing)} {model}"
        raise SourceError(
            begun.rows.name,
            expected=f"scores of it: {', '.join(missing)}",
            found=", ".join(sorted(_metrics(scores))) or "none",
            remedy=f"Score it first: {command(words, begun.dataset_dir)}",
        )
    characters = begun.facts.characters.astype(np.float64)
    return {
        name: characters if name == CHARACTERS else values_of(CRITERIA[name], begun.rows.ids, scores) for name in names
    }


def _metrics(scores: Scores) -> set[str]:
    known = {CRITERION.metric for CRITERION in CRITERIA.values()}
    found = (record.keys() | record.get("unscored", {}).keys() for record in scores.values())
    return set().union(*found) & known


def judged(
    pool: Candidates,
    numbers: Mapping[str, Values],
    bounds: Mapping[str, Bounds],
    *,
    ids: Sequence[str],
    scores: Scores,
    parts: Strata | None = None,
) -> tuple[Candidates, dict[str, Limits]]:
    """(those that have all numbers and lie within all bounds, what the bounds came to).

    Shares are of the candidates before any bound, so that the order of bounds does not matter; where strata keep their
    shares, they are of each stratum, of which one may be as a whole less likely than another.
    """
    for name, own in numbers.items():
        pool = without_unscored(pool, own, CRITERIA[name], ids=ids, scores=scores)
    members = {name: _members(pool, parts if each.are_shares else None) for name, each in bounds.items()}
    limits = {
        name: {part: numbers_of(each, numbers[name][own]) for part, own in members[name].items()}
        for name, each in bounds.items()
    }
    for name, each in limits.items():
        for part, between in each.items():
            pool = within(pool, numbers[name], name, members[name][part], between)
    return pool, limits


def _members(pool: Candidates, parts: Strata | None) -> dict[str, Numbers]:
    if parts is None:
        return {"": pool.numbers}
    return {parts.names[label]: own for label, own in parts.members(pool.numbers).items() if len(own)}


def helped_by_instruction(pool: Candidates, ifd: Values) -> Candidates:
    """IFD below 1: where it is 1 or more, the instruction makes the answer no likelier, so they do not belong together.

    Li et al. 2024 (NAACL), sec. 2.3: such samples are left out before the highest are taken.
    """
    useless = pool.numbers[~(ifd[pool.numbers] < IFD_BELOW)].tolist()
    details = {number: f"ifd {ifd[number]:.6g}" for number in useless}
    return pool.without(dict.fromkeys(useless, "instruction_does_not_help"), details)
