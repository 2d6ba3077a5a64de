"""How many rows each stratum gives, and which rows a sample is."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.mixing.quota import Shortage
from converters.quality.contract import Clusters
from converters.quality.selection.quotas import quotas, tempered, whole_number_of
from converters.quality.selection.sampling import random_sample, stratified_sample, systematic_sample
from converters.quality.selection.strata import Strata, by_cluster, by_length


def weights(**sizes):
    return {name: Fraction(size) for name, size in sizes.items()}


def test_shares_stay_and_the_largest_remainders_get_the_rest():
    sizes = {"诗": 600, "词": 300, "曲": 101}
    assert quotas(10, weights(**sizes), most=sizes, least=dict.fromkeys(sizes, 0)) == {"诗": 6, "词": 3, "曲": 1}


def test_what_a_stratum_is_short_of_goes_to_the_others():
    found = quotas(10, weights(a=6, b=3, c=1), most={"a": 2, "b": 9, "c": 9}, least={"a": 0, "b": 0, "c": 0})
    assert found == {"a": 2, "b": 6, "c": 2}


def test_what_the_user_keeps_is_never_less_than_its_stratum_gives():
    found = quotas(10, weights(a=8, b=2), most={"a": 80, "b": 20}, least={"a": 0, "b": 5})
    assert found == {"a": 5, "b": 5}


def test_a_stratum_of_no_weight_gives_only_what_the_others_lack():
    found = quotas(5, weights(a=1, b=0), most={"a": 3, "b": 9}, least={"a": 0, "b": 0})
    assert found == {"a": 3, "b": 2}


def test_more_than_there_is_is_a_shortage_and_more_kept_than_wanted_no_selection():
    with pytest.raises(Shortage):
        quotas(5, weights(a=1), most={"a": 4}, least={"a": 0})
    with pytest.raises(ValueError, match="6 rows are chosen already, of 5"):
        quotas(5, weights(a=1), most={"a": 9}, least={"a": 6})


WEIGHT_MOST_LEAST = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9))


@given(st.lists(WEIGHT_MOST_LEAST, min_size=1, max_size=6), st.data())
def test_quotas_add_up_and_lie_between_least_and_most(strata, data):
    names = [str(place) for place in range(len(strata))]
    most = {name: max(each[1], each[2]) for name, each in zip(names, strata, strict=True)}
    least = {name: each[2] for name, each in zip(names, strata, strict=True)}
    size = data.draw(st.integers(sum(least.values()), sum(most.values())))
    found = quotas(size, dict(zip(names, (Fraction(each[0]) for each in strata), strict=True)), most=most, least=least)
    assert sum(found.values()) == size
    assert all(least[name] <= found[name] <= most[name] for name in names)


def test_a_temperature_above_one_makes_shares_flatter():
    assert tempered([100, 4, 0], 1) == [100, 4, 0]
    assert tempered([100, 4, 0], 2) == [10, 2, 0]


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("1,000", 1000), ("10%", 20), ("0.1%", 1), ("33.3%", 66)])
def test_a_size_is_a_number_or_a_share_of_the_rows(text, number):
    assert whole_number_of(text, 200) == number


@pytest.mark.parametrize("text", ["", "0", "-3", "0%", "101%", "many", "1.5", "%", "1/0%"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="no size"):
        whole_number_of(text, 200)


# ---- strata


def test_lengths_are_parted_into_five_of_about_equally_many_and_equal_ones_stay_together():
    found = by_length(np.array([5, 5, 5, 5, 1, 9, 20, 30, 40, 50]))
    assert found.names == ("1–5 characters", "9 characters", "20–30 characters", "40–50 characters")
    assert found.sizes.tolist() == [5, 1, 2, 2]


def test_rows_without_a_vector_are_the_last_stratum_of_clusters():
    labels, centres = np.array([1, -1, 0, 1], dtype=np.int32), np.eye(2, dtype=np.float32)
    found = by_cluster(Clusters(labels, centres, np.zeros(4, dtype=np.float32)))
    assert found.names == ("cluster 0", "cluster 1", "no vector")
    assert found.labels.tolist() == [1, 2, 0, 1]


# ---- samples


def numbers(choices):
    return [choice.number for choice in choices]


def test_a_systematic_sample_is_every_kth_candidate():
    found = numbers(systematic_sample(np.arange(100, 200), 4))
    assert sorted(found) == [100, 125, 150, 175]


def test_every_prefix_of_a_sample_is_spread_over_the_file():
    found = np.asarray(numbers(systematic_sample(np.arange(10_000), 1000)))
    for size in (50, 100, 333):
        prefix = np.sort(found[:size])
        assert np.diff(np.concatenate([[0], prefix, [10_000]])).max() < 2.7 * 10_000 / size


def test_a_random_sample_is_the_same_for_the_same_seed_and_has_no_row_twice():
    one, same, other = (numbers(random_sample(np.arange(500), 50, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert set(one) != set(other)
    assert len(set(one)) == 50


def test_each_row_is_as_likely_in_a_random_sample():
    found = Counter(number for seed in range(600) for number in numbers(random_sample(np.arange(20), 5, seed=seed)))
    # 600 draws with p = 1/4: a standard deviation of 10.6
    assert all(abs(found[number] - 150) < 5 * 10.6 for number in range(20))


def strata_of(*labels):
    return Strata("kind", ("诗", "词"), np.asarray(labels, dtype=np.int32))


def test_a_stratified_sample_has_the_shares_of_the_candidates_and_so_has_every_prefix():
    parts = strata_of(*[0] * 80, *[1] * 20)
    found = parts.labels[numbers(stratified_sample(np.arange(100), 50, parts))]
    assert Counter(found.tolist()) == {0: 40, 1: 10}
    for size in (5, 10, 25):
        assert abs((found[:size] == 1).sum() - size / 5) < 1


def test_a_temperature_gives_the_small_stratum_more_until_it_has_no_more():
    parts = strata_of(*[0] * 90, *[1] * 10)
    share = Counter(parts.labels[numbers(stratified_sample(np.arange(100), 30, parts, temperature=2))].tolist())
    # 30 · √10 / (√90 + √10) = 7.5; the first of two equal remainders gets the last row
    assert share in ({0: 23, 1: 7}, {0: 22, 1: 8})
    flat = Counter(parts.labels[numbers(stratified_sample(np.arange(100), 60, parts, temperature=1000))].tolist())
    assert flat == {0: 50, 1: 10}
