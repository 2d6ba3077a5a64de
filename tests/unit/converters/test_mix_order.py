"""Which examples are taken, and in which order a mixture lists them."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.mixing.order import interleaved, sequence, shuffled, spread, stratified, systematic

sizes = st.integers(1, 400).flatmap(lambda available: st.tuples(st.just(available), st.integers(0, available)))


@given(sizes)
def test_systematic_sampling_takes_index_floor_of_i_times_n_over_taken(size):
    available, taken = size
    assert systematic(available, taken).tolist() == [i * available // taken for i in range(taken)]


def test_systematic_sampling_of_millions_does_not_overflow():
    assert systematic(3_600_000, 80_000)[-1] == 79_999 * 3_600_000 // 80_000


@given(sizes)
def test_systematic_sampling_repeats_nothing_and_every_part_of_the_file_is_represented(size):
    available, taken = size
    positions = systematic(available, taken).tolist()
    assert len(set(positions)) == taken
    assert all(right - left <= -(-available // taken) for left, right in pairwise(positions))


@given(sizes, st.text(max_size=5))
def test_random_sampling_is_a_subset_that_the_seed_decides_and_a_larger_one_contains(size, seed):
    available, taken = size
    positions = shuffled(available, taken, seed=seed).tolist()
    assert len(set(positions)) == taken
    assert all(0 <= position < available for position in positions)
    assert positions == shuffled(available, taken, seed=seed).tolist()
    assert set(positions) <= set(shuffled(available, available, seed=seed).tolist())


def test_random_sampling_is_the_same_on_every_machine():
    assert shuffled(10, 4, seed="42:belle").tolist() == [0, 1, 5, 6]


def test_random_sampling_takes_every_position_equally_often():
    taken = Counter(int(p) for seed in range(2000) for p in shuffled(8, 2, seed=str(seed)))
    assert all(abs(taken[position] - 500) < 100 for position in range(8))  # 5 standard deviations


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.data())
def test_stratified_sampling_gives_each_file_its_share(strata, data):
    taken = data.draw(st.integers(0, len(strata)))
    positions = stratified(np.array(strata, dtype=np.int32), taken).tolist()
    assert len(set(positions)) == len(positions) == taken
    got, held = Counter(strata[position] for position in positions), Counter(strata)
    assert all(abs(got[name] - taken * size / len(strata)) < 1 for name, size in held.items())


@given(st.integers(0, 500), st.text(max_size=5))
def test_the_order_of_use_lists_every_rank_once(count, seed):
    assert sorted(spread(count, seed=seed).tolist()) == list(range(count))


@settings(max_examples=50)
@given(st.integers(50, 2000), st.text(max_size=5), st.integers(2, 10))
def test_every_prefix_covers_every_part_of_the_file(count, seed, parts):
    order = spread(count, seed=seed)
    for length in range(1, count + 1, 7):
        held = np.bincount(order[:length] * parts // count, minlength=parts)
        assert abs(held - length / parts).max() < 4


@settings(max_examples=50)
@given(st.integers(100, 2000), st.text(max_size=5), st.integers(2, 6))
def test_every_prefix_covers_both_tasks_of_a_file_that_alternates_them(count, seed, period):
    order = spread(count, seed=seed)
    for length in range(1, count + 1, 7):
        held = np.bincount(order[:length] % period, minlength=period)
        assert abs(held - length / period).max() < 9


def test_another_seed_begins_elsewhere():
    assert spread(1000, seed="1")[:50].tolist() != spread(1000, seed="2")[:50].tolist()


@given(st.integers(1, 60), st.integers(0, 200), st.sampled_from(["systematic", "stratified", "random"]))
def test_nothing_is_used_a_third_time_before_all_was_used_twice(available, taken, sampling):
    strata = np.arange(available, dtype=np.int32) % 3
    used = sequence(available, taken, sampling=sampling, seed="s", strata=strata).tolist()
    assert len(used) == taken
    for start in range(0, taken - available + 1, available):
        assert sorted(used[start : start + available]) == list(range(available))
    assert all(uses <= -(-taken // available) for uses in Counter(used).values())


def test_stratified_sampling_without_strata_is_a_programming_error():
    with pytest.raises(ValueError, match="stratum"):
        sequence(10, 3, sampling="stratified", seed="s")


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 60), min_size=1))
def test_every_prefix_is_less_than_one_example_a_dataset_from_the_ratio(counts):
    total, used = sum(counts.values()), Counter()
    for length, name in enumerate(interleaved(counts), start=1):
        used[name] += 1
        assert all(abs(used[each] * total - length * count) < total for each, count in counts.items())
    assert used == Counter(counts)


def test_the_bound_is_one_over_two_k_minus_two_better_than_one():
    counts = {"a": 40, "b": 3, "c": 3, "d": 3, "e": 1}
    total, used, worst = sum(counts.values()), Counter(), 0.0
    for length, name in enumerate(interleaved(counts), start=1):
        used[name] += 1
        worst = max([worst, *(abs(used[each] - length * count / total) for each, count in counts.items())])
    assert worst <= 1 - 1 / 8 + 1e-12
