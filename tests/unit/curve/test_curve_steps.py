"""How small a step must be, so that a small size makes enough of them."""

import pytest

from ewc_plugin.curve.ahead import LEAST, Count, counts
from ewc_plugin.estimating.steps import steps
from ewc_plugin.pipeline.recipes import Stage


def count(sequences, *, each=24, per_device=4, ranks=1, epochs=3.0, length=None):
    made = steps(sequences, per_device=per_device, accumulation=each // per_device, world=ranks, epochs=epochs)
    return Count(made.total, sequences, each, per_device, ranks, epochs, length)


def test_a_size_that_makes_enough_steps_keeps_those_of_the_recipe():
    assert count(3000).words() == ()
    assert count(160, each=24).words() == ()  # 3 × ⌈160 / 24⌉ = 21


@pytest.mark.parametrize(
    ("sequences", "words"),
    [
        (7, ("per_device_train_batch_size=1", "gradient_accumulation_steps=1")),
        (30, ("per_device_train_batch_size=4", "gradient_accumulation_steps=1")),  # 30 × 3 / 20 = 4.5
        (73, ("per_device_train_batch_size=4", "gradient_accumulation_steps=2")),  # 10.95
    ],
)
def test_a_size_that_makes_too_few_takes_smaller_ones(sequences, words):
    assert count(sequences).words() == words
    per_device, accumulation = (int(word.rpartition("=")[2]) for word in words)
    made = steps(sequences, per_device=per_device, accumulation=accumulation, world=1, epochs=3)
    assert made.total >= LEAST


def test_a_step_in_tokens_stays_one_in_tokens():
    assert count(30, length=2048.0).words() == ("batch_tokens=8192",)
    assert count(300, each=3, per_device=1, ranks=8, length=2048.0).words() == ()


def test_several_gpus_take_a_sequence_each_at_least():
    assert count(20, each=3, per_device=3, ranks=8, length=2048.0).words() == ("batch_tokens=16384",)


def test_whoever_types_a_batch_has_chosen_it(tmp_path):
    typed = Stage("n=10", tmp_path / "a.yaml", ("batch_tokens=4096", "max_samples=10"), {})
    assert counts([typed]) == ([], "")
    assert counts([Stage("n=10", tmp_path / "a.yaml", ("max_samples=10",), {"max_steps": 50})]) == ([], "")


def test_a_recipe_that_cannot_be_read_is_said_and_left_to_the_check_of_all_stages(tmp_path):
    found, why = counts([Stage("n=10", tmp_path / "none.yaml", ("max_samples=10",), {})])
    assert found == []
    assert "none.yaml" in why
