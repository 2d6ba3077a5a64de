"""How many examples each dataset of a mixture gives."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.mixing.quota import (
    Plan,
    Shortage,
    capped_shares,
    counts_by_units,
    feasible_total,
    ideal_counts,
    imbalance,
    largest_remainder,
    plan_by_units,
    redistributed,
    within,
)

weights = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(1, 50).map(lambda tenths: Fraction(tenths, 10)), min_size=1
)


def a_plan(total: int = 100) -> Plan:
    one = Fraction(1)
    ratio = {"foundation": Fraction(5), "task": Fraction(3), "domain": Fraction(2)}
    return Plan(total, ratio, {"foundation": {"f": one}, "task": {"t": one, "u": 2 * one}, "domain": {"d": one}})


plans = st.builds(
    lambda total, left, right: Plan(
        total,
        {"x": Fraction(3), "y": Fraction(2)},
        {"x": {f"x{name}": w for name, w in left.items()}, "y": {f"y{name}": w for name, w in right.items()}},
    ),
    st.integers(1, 300),
    weights,
    weights,
)


def test_five_to_three_to_two_of_eighty_thousand_is_exact():
    ratio = {"foundation": Fraction(5), "task": Fraction(3), "domain": Fraction(2)}
    assert largest_remainder(80_000, ratio) == {"foundation": 40_000, "task": 24_000, "domain": 16_000}


def test_the_largest_remainders_get_the_last_examples_and_ties_go_to_the_first_named():
    assert largest_remainder(10, {"a": Fraction(1), "b": Fraction(1), "c": Fraction(4)}) == {"a": 2, "b": 2, "c": 6}
    assert largest_remainder(1, {"a": Fraction(1), "b": Fraction(1)}) == {"a": 1, "b": 0}


@given(st.integers(0, 5000), weights)
def test_shares_sum_to_the_total_and_are_within_one_of_the_exact_share(total, weights):
    shares = largest_remainder(total, weights)
    whole = sum(weights.values())
    assert sum(shares.values()) == total
    assert all(abs(shares[name] - total * weight / whole) < 1 for name, weight in weights.items())


@given(plans)
def test_groups_come_first_and_their_datasets_share_the_groups_count(plan):
    counts = ideal_counts(plan)
    groups = largest_remainder(plan.total, plan.ratio)
    for group, members in plan.weights.items():
        assert sum(counts[name] for name in members) == groups[group]


@given(plans)
def test_targets_are_the_exact_shares_and_sum_to_one(plan):
    assert sum(plan.targets.values()) == 1
    assert sum(plan.targets[name] for name in plan.weights["x"]) == Fraction(3, 5)


def test_an_error_lists_every_shortage_with_its_numbers():
    with pytest.raises(Shortage) as raised:
        within({"f": 50, "t": 30, "d": 20}, {"f": 40, "t": 30, "d": 5})
    assert raised.value.short == {"f": (50, 40), "d": (20, 5)}


def test_a_lack_is_filled_within_the_group_first():
    counts = redistributed(a_plan(), {"f": 100, "t": 100, "u": 15, "d": 100})
    assert counts == {"f": 50, "t": 15, "u": 15, "d": 20}


def test_what_a_whole_group_lacks_is_filled_by_the_other_groups_in_their_ratio():
    counts = redistributed(a_plan(), {"f": 100, "t": 100, "u": 100, "d": 4})
    assert counts == {"f": 60, "t": 12, "u": 24, "d": 4}  # 96 in the ratio 5:3


@given(st.integers(0, 400), weights, st.data())
def test_redistribution_keeps_the_total_and_no_capacity_is_exceeded(total, weights, data):
    capacity = {name: data.draw(st.integers(0, 200)) for name in weights}
    if sum(capacity.values()) < total:
        with pytest.raises(Shortage):
            capped_shares(total, weights, capacity)
        return
    shares = capped_shares(total, weights, capacity)
    assert sum(shares.values()) == total
    assert all(0 <= shares[name] <= capacity[name] for name in weights)


@given(st.integers(1, 400), weights, st.data())
def test_those_with_room_left_keep_their_weights_among_each_other(total, weights, data):
    capacity = {name: data.draw(st.integers(0, 200)) for name in weights}
    if sum(capacity.values()) < total:
        return
    shares = capped_shares(total, weights, capacity)
    roomy = {name: weight for name, weight in weights.items() if shares[name] < capacity[name]}
    rest = sum(shares[name] for name in roomy)
    for name, weight in roomy.items():
        assert abs(shares[name] - rest * weight / sum(roomy.values())) < 2


@given(plans, st.data())
def test_the_feasible_total_is_the_largest_that_is_short_of_nothing(plan, data):
    available = {name: data.draw(st.integers(0, 40)) for name in plan.targets}

    def fits(total: int) -> bool:
        counts = ideal_counts(Plan(total, plan.ratio, plan.weights))
        return all(count <= available[name] for name, count in counts.items())

    by_trying = max((total for total in range(1, plan.total + 1) if fits(total)), default=0)
    assert feasible_total(plan, available) == by_trying


# --- by supervised units


def drawn(lengths: dict[str, list[int]]):
    """Units of n systematic examples, whole passes included, from plain lists."""

    def units(name: str, taken: int) -> int:
        own = lengths[name]
        passes, rest = divmod(taken, len(own))
        return passes * sum(own) + sum(own[index * len(own) // rest] for index in range(rest))

    return units


def means(lengths: dict[str, list[int]]) -> dict[str, Fraction]:
    return {name: Fraction(sum(own), len(own)) for name, own in lengths.items()}


def test_short_answers_get_more_examples_so_that_units_have_the_ratio():
    lengths = {"f": [100] * 500, "t": [30] * 500, "u": [30] * 500, "d": [10] * 500}
    counts = counts_by_units(a_plan(400), mean_units=means(lengths), capacity=None, units=drawn(lengths))
    assert sum(counts.values()) == 400
    held = {name: counts[name] * lengths[name][0] for name in counts}
    assert held["f"] / sum(held.values()) == pytest.approx(0.5, abs=100 / sum(held.values()))
    assert held["d"] / sum(held.values()) == pytest.approx(0.2, abs=100 / sum(held.values()))


def test_a_dataset_weighs_its_share_of_the_units_by_the_examples_that_a_unit_costs():
    by_units = plan_by_units(a_plan(), {"f": Fraction(100), "t": Fraction(10), "u": Fraction(20), "d": Fraction(4)})
    assert by_units.weights["task"] == {"t": Fraction(1, 100), "u": Fraction(1, 100)}
    assert by_units.ratio == {"foundation": Fraction(1, 200), "task": Fraction(1, 50), "domain": Fraction(1, 20)}


lengths_of_all = st.fixed_dictionaries({name: st.lists(st.integers(1, 60), min_size=5, max_size=80) for name in "ftud"})


@settings(max_examples=40)
@given(st.integers(4, 150), lengths_of_all)
def test_no_move_of_one_example_brings_the_units_nearer_to_the_ratio(total, lengths):
    plan, units = a_plan(total), drawn(lengths)
    counts = counts_by_units(plan, mean_units=means(lengths), capacity=None, units=units)
    reached = imbalance(plan, {name: units(name, count) for name, count in counts.items()})
    assert sum(counts.values()) == total
    for giver, taker in permutations(counts, 2):
        if counts[giver]:
            moved = counts | {giver: counts[giver] - 1, taker: counts[taker] + 1}
            assert imbalance(plan, {name: units(name, n) for name, n in moved.items()}) >= reached - 1e-12


@settings(max_examples=40)
@given(st.integers(4, 100), lengths_of_all)
def test_units_never_ask_for_more_than_the_capacity(total, lengths):
    capacity = {name: len(own) for name, own in lengths.items()}
    if sum(capacity.values()) < total:
        return
    counts = counts_by_units(a_plan(total), mean_units=means(lengths), capacity=capacity, units=drawn(lengths))
    assert sum(counts.values()) == total
    assert all(0 <= counts[name] <= capacity[name] for name in counts)


def test_the_imbalance_is_the_sum_of_squares_over_groups_and_datasets():
    units = {"f": 40, "t": 20, "u": 20, "d": 20}  # targets 0.5, 0.1, 0.2, 0.2
    assert imbalance(a_plan(), units) == pytest.approx((0.01 + 0.01) + (0.01 + 0.01))
