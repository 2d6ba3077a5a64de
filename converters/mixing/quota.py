"""How many examples each dataset gives: exact apportionment, shortages, and quotas by supervised units.

Pure arithmetic over names and integers; reads nothing. Ratios and weights are Fractions, so that no rounding
decides who gets the last example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from math import floor, inf
from typing import Literal, NamedTuple

Policy = Literal["error", "repeat", "redistribute"]
POLICIES: tuple[Policy, ...] = ("error", "repeat", "redistribute")
MOVES = tuple(2**power for power in range(10))


@dataclass(frozen=True)
class Plan:
    """What is asked for: `ratio[group]` and `weights[group][dataset]`, all above zero."""

    total: int
    ratio: Mapping[str, Fraction]
    weights: Mapping[str, Mapping[str, Fraction]]

    @cached_property
    def targets(self) -> dict[str, Fraction]:
        """Share of each dataset in the whole; they sum to 1."""
        whole = sum(self.ratio.values(), Fraction(0))
        return {
            dataset: self.ratio[group] / whole * weight / sum(members.values(), Fraction(0))
            for group, members in self.weights.items()
            for dataset, weight in members.items()
        }


class Shortage(Exception):  # noqa: N818 - the name of what happened; `mix` turns it into the user's error
    """`short` maps a dataset to (quota, most that it can give)."""

    def __init__(self, short: Mapping[str, tuple[int, int]]) -> None:
        self.short = dict(short)
        super().__init__(self.short)


def largest_remainder(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Hamilton's method: ⌊total·w/W⌋ each, then one each to the largest remainders; ties to the first."""
    whole = sum(weights.values(), Fraction(0))
    exact = {name: total * weight / whole for name, weight in weights.items()}
    shares = {name: floor(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def capped_shares(total: int, weights: Mapping[str, Fraction], capacity: Mapping[str, int]) -> dict[str, int]:
    """Largest remainder in which nobody exceeds its capacity: the excess goes to the others by their weights.

    Raises Shortage when all together hold less than `total`.
    """
    held = sum(capacity[name] for name in weights)
    if total > held:
        raise Shortage({" + ".join(weights): (total, held)})
    full: dict[str, int] = {}
    while True:
        open_ = {name: weight for name, weight in weights.items() if name not in full}
        shares = largest_remainder(total - sum(full.values()), open_) if open_ else {}
        over = {name: capacity[name] for name, share in shares.items() if share > capacity[name]}
        if not over:
            merged = shares | full
            return {name: merged[name] for name in weights}
        full |= over


def ideal_counts(plan: Plan) -> dict[str, int]:
    """Largest remainder over the groups, then over the datasets of each group."""
    groups = largest_remainder(plan.total, plan.ratio)
    return {
        dataset: count
        for group, members in plan.weights.items()
        for dataset, count in largest_remainder(groups[group], members).items()
    }


def within(ideal: Mapping[str, int], capacity: Mapping[str, int]) -> dict[str, int]:
    """The ideal counts themselves; raises Shortage with every dataset that cannot give its own."""
    short = {name: (count, capacity[name]) for name, count in ideal.items() if count > capacity[name]}
    if short:
        raise Shortage(short)
    return dict(ideal)


def redistributed(plan: Plan, capacity: Mapping[str, int]) -> dict[str, int]:
    """What a dataset lacks comes from the other datasets of its group by weight.

    Only what a whole group lacks comes from the other groups, by ratio.
    """
    held = {group: sum(capacity[name] for name in members) for group, members in plan.weights.items()}
    groups = capped_shares(plan.total, plan.ratio, held)
    return {
        dataset: count
        for group, members in plan.weights.items()
        for dataset, count in capped_shares(groups[group], members, capacity).items()
    }


def feasible_total(plan: Plan, available: Mapping[str, int]) -> int:
    """The largest total, up to the one asked for, at which no dataset is short (0 when one has nothing)."""
    most = min(Fraction(available[name]) / share for name, share in plan.targets.items())
    # an apportionment is within 2 of the exact share (1 a level), so the answer lies near the exact bound
    slack = ceil_of(2 / min(plan.targets.values()))
    for total in range(min(plan.total, floor(most) + slack), 0, -1):
        ideal = ideal_counts(Plan(total, plan.ratio, plan.weights))
        if all(count <= available[name] for name, count in ideal.items()):
            return total
    return 0


def feasible_between_groups(plan: Plan, available: Mapping[str, int]) -> int:
    """The same where the datasets of a group fill each other's gaps."""
    held = {group: sum(available[name] for name in members) for group, members in plan.weights.items()}
    return feasible_total(Plan(plan.total, {"": Fraction(1)}, {"": plan.ratio}), held)


def ceil_of(value: Fraction) -> int:
    return -floor(-value)


# --- by supervised units ------------------------------------------------------------------------------------


def plan_by_units(plan: Plan, mean_units: Mapping[str, Fraction]) -> Plan:
    """The same plan in examples: a dataset with a share s of the units and m units an example weighs s/m."""
    targets = plan.targets
    weights = {
        group: {name: targets[name] / mean_units[name] for name in members} for group, members in plan.weights.items()
    }
    ratio = {group: sum(members.values(), Fraction(0)) for group, members in weights.items()}
    return Plan(plan.total, ratio, weights)


def imbalance(plan: Plan, units: Mapping[str, int]) -> float:
    """Σ (realised share − target share)² over groups and over datasets; infinite when there is no unit."""
    whole = sum(units.values())
    if whole == 0:
        return inf
    off = {name: units[name] / whole - float(target) for name, target in plan.targets.items()}
    groups = (sum(off[name] for name in members) for members in plan.weights.values())
    return sum(value**2 for value in off.values()) + sum(value**2 for value in groups)


def balanced(
    plan: Plan,
    start: Mapping[str, int],
    *,
    capacity: Mapping[str, int],
    units: Callable[[str, int], int],
) -> dict[str, int]:
    """Counts from which no move of one example from a dataset to another lowers the imbalance.

    `units(dataset, n)` is what the n examples that would really be taken hold: a mean alone is off by the
    luck of the draw, and the draw changes with n. Larger moves are tried too, since such a landscape has
    many small hollows. The sum of the counts stays; no count leaves 0…capacity.
    """
    counts = dict(start)
    held = {name: units(name, count) for name, count in counts.items()}
    least = imbalance(plan, held)
    while True:
        trials = [(imbalance(plan, held | move.held), move) for move in _moves(counts, capacity, units)]
        best, move = min(trials, key=lambda trial: trial[0], default=(inf, None))
        if move is None or not best < least:
            return counts
        least, held, counts = best, held | move.held, counts | move.counts


class _Move(NamedTuple):
    counts: dict[str, int]
    held: dict[str, int]


def _moves(counts: Mapping[str, int], capacity: Mapping[str, int], units: Callable[[str, int], int]) -> Iterator[_Move]:
    """Every move of 1, 2, 4 … examples from one dataset to another that leaves both within their limits."""
    for giver, taker in permutations(counts, 2):
        for size in MOVES:
            less, more = counts[giver] - size, counts[taker] + size
            if less >= 0 and more <= capacity[taker]:
                yield _Move({giver: less, taker: more}, {giver: units(giver, less), taker: units(taker, more)})


def counts_by_units(
    plan: Plan,
    *,
    mean_units: Mapping[str, Fraction],
    capacity: Mapping[str, int] | None,
    units: Callable[[str, int], int],
) -> dict[str, int]:
    """Counts that sum to `plan.total` and whose supervised units follow the ratio as one example allows.

    Without a capacity every dataset may repeat; with one, what it lacks is redistributed.
    """
    converted = plan_by_units(plan, mean_units)
    start = ideal_counts(converted) if capacity is None else redistributed(converted, capacity)
    limits = capacity if capacity is not None else dict.fromkeys(start, plan.total)
    return balanced(plan, start, capacity=limits, units=units)
