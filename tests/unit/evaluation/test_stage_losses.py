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
        callback.on_step_end(SimpleNamespace(eval_steps=3), state, SimpleNamespace(should_log=True))
    assert measured == [3, 6]


@pytest.mark.parametrize("asked", [True, False])
def test_the_hosts_own_line_in_the_log_is_still_written_at_a_step_that_is_measured(asked):
    from transformers import TrainerControl
    from transformers.trainer_callback import CallbackHandler

    control = TrainerControl(should_log=asked)
    handler = CallbackHandler([], None, None, None, None)
    callback = LossesOnTheWay(lambda: handler.on_log(None, None, control, {}))
    callback.on_step_end(SimpleNamespace(eval_steps=3), SimpleNamespace(global_step=3, max_steps=9), control)
    assert control.should_log is asked
