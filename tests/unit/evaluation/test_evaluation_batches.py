"""Which sequences go through the model together: as many as the positions hold, the longest first."""

import random

import pytest

from ewc_plugin.evaluation.batches import batches


def test_as_many_go_together_as_the_positions_hold():
    assert batches([5, 100, 20, 20, 20, 20], rows=2, positions=100) == [[1], [2, 3, 4, 5, 0]]


def test_ranks_in_step_have_equally_many_batches_whatever_the_lengths():
    assert batches([5, 100, 20, 20, 20], rows=2, positions=None) == [[1, 2], [3, 4], [0]]


def test_a_sequence_that_is_longer_than_all_positions_goes_alone():
    assert batches([300, 7], rows=8, positions=100) == [[0], [1]]
    assert batches([0, 0], rows=8, positions=4) == [[0, 1]]
    assert batches([], rows=8, positions=4) == []


@pytest.mark.parametrize("seed", range(20))
def test_every_sequence_is_in_one_batch_and_none_is_larger_than_allowed(seed):
    noise = random.Random(seed)
    lengths = [noise.randint(1, 60) for _ in range(50)]
    found = batches(lengths, rows=4, positions=120)
    assert sorted(place for batch in found for place in batch) == list(range(50))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 120 for batch in found)
    assert sum(map(len, found)) / len(found) > 2
