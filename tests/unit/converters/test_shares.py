"""No kind has more than its share, and none less than it could have."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.engine.shares import allowed


def test_a_kind_below_its_share_stays_whole():
    assert allowed({"short": 10}, 90, {"short": 0.2}) == {"short": 10}


def test_a_kind_above_its_share_is_cut_to_it():
    assert allowed({"short": 500}, 80, {"short": 0.2}) == {"short": 20}


def test_kinds_that_no_cap_names_are_not_asked():
    assert allowed({"short": 5}, 0, {}) == {}


def test_a_dataset_of_nothing_but_capped_kinds_keeps_them():
    assert allowed({"short": 500}, 0, {"short": 0.2}) == {"short": 500}


@pytest.mark.parametrize("free", [1, 7, 40])
def test_no_larger_numbers_would_do(free):
    counts, caps = {"a": 9, "b": 25}, {"a": 0.2, "b": 0.3}
    best = allowed(counts, free, caps)
    fitting = [
        (a, b)
        for a, b in itertools.product(range(10), range(26))
        if a <= 0.2 * (free + a + b) + 1e-9 and b <= 0.3 * (free + a + b) + 1e-9
    ]
    assert (best["a"], best["b"]) == (max(a for a, _ in fitting), max(b for _, b in fitting))


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2000), max_size=3),
    st.integers(1, 2000),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 0.99), max_size=3),
)
def test_the_shares_hold_whatever_the_numbers(counts, free, caps):
    kept = allowed(counts, free, caps)
    total = free + sum(kept.values())
    assert all(kept[kind] <= min(counts[kind], caps[kind] * total + 1e-6) for kind in kept)
