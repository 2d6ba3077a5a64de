"""Losses on the way: at which steps they are measured."""

from types import SimpleNamespace

import pytest

from ewc_plugin.stage_evaluation import LossesOnTheWay, every


@pytest.mark.parametrize(
    ("eval_steps", "most", "steps"), [(None, 10, 0), (0, 10, 0), (3, 10, 3), (0.25, 40, 10), (0.001, 40, 1)]
)
def test_steps_are_a_number_or_a_share_of_all(eval_steps, most, steps):
    assert every(eval_steps, most) == steps


def test_every_third_step_is_measured_but_not_the_last_which_has_its_row():
    measured = []
    state = SimpleNamespace(global_step=0, max_steps=9)
    callback = LossesOnTheWay(lambda: measured.append(state.global_step))
    for step in range(1, 10):
        state.global_step = step
        callback.on_step_end(SimpleNamespace(eval_steps=3), state, None)
    assert measured == [3, 6]
