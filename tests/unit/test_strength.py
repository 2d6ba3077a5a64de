"""`ewc_lambda: auto`: the controller against a loop, bounds, and a simulated stage that must end within its budget."""

import json
import math
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewc_plugin import strength
from ewc_plugin.strength import Strength, StrengthError, started

LOSSES = st.floats(min_value=-50, max_value=50, allow_nan=False)


def begun(budget=0.1, calibrations=(), **losses):
    return started(budget=budget, calibrations=calibrations).anchored(losses or {"a": 1.0})


def after(state, *losses):
    for loss in losses:
        state = state.update({"a": loss})
    return state


# -- the rule --------------------------------------------------------------------------------------------------


def test_a_rise_of_twice_the_budget_doubles_lambda():
    assert after(begun(), 1.2).value == pytest.approx(math.exp(0.7))


def test_a_rise_of_exactly_the_budget_leaves_lambda_alone():
    assert after(begun(), 1.1).value == pytest.approx(1.0)


def test_one_evaluation_moves_lambda_by_e_to_the_0_7_at_most_however_far_over_the_budget():
    assert after(begun(), 99.0).value == pytest.approx(math.exp(0.7))
    assert after(after(begun(), 1.2), -99.0).value == pytest.approx(1.0)


def test_the_worst_protected_task_decides():
    state = begun(a=1.0, b=2.0)
    assert state.violation({"a": 1.0, "b": 2.15}) == pytest.approx(0.5)
    assert state.violation({"a": 1.3, "b": 2.15}) == pytest.approx(2.0)


def test_lambda_does_not_fall_before_half_of_the_budget_was_once_used():
    early = after(begun(), 1.0, 1.04, 1.049)
    assert early.value == 1.0
    assert not early.challenged
    challenged = early.update({"a": 1.06})
    assert challenged.value == pytest.approx(math.exp(0.7 * -0.4))
    assert after(challenged, 1.0).value == pytest.approx(math.exp(0.7 * -0.4 - 0.7))


def test_lambda_begins_at_the_first_known_calibration_else_at_one():
    """A form that predicts 6 % of the KL has calibration 16: λ = 16 predicted nats are one true nat."""
    assert started(budget=1, calibrations=[16.0, 2.0]).value == 16.0
    assert started(budget=1, calibrations=[None, math.nan, 0.0, 2.0]).value == 2.0
    assert started(budget=1, calibrations=[]).value == 1.0


@given(st.lists(LOSSES, max_size=40), st.floats(0.01, 10), st.floats(0.01, 100))
def test_it_is_the_rule_of_the_design_written_as_a_loop(losses, budget, calibration):
    state = begun(budget, (calibration,), a=1.0)
    log_lambda, may_fall = math.log(calibration), False
    for loss in losses:
        state = state.update({"a": loss})
        v = (loss - 1.0) / budget - 1
        may_fall = may_fall or v > -0.5
        if v > 0 or may_fall:
            log_lambda += 0.7 * (1 if v > 1 else -1 if v < -1 else v)
        log_lambda = min(max(log_lambda, math.log(calibration / 100)), math.log(calibration * 100))
        assert state.value == pytest.approx(math.exp(log_lambda), rel=1e-9)
    assert state.evaluations == len(losses)


@given(st.lists(LOSSES, max_size=60), st.floats(1e-3, 1e3))
def test_lambda_stays_within_a_hundredth_and_a_hundred_times_its_start(losses, calibration):
    state = begun(0.1, (calibration,))
    for loss in losses:
        state = state.update({"a": loss})
        assert calibration / 100 * (1 - 1e-12) <= state.value <= calibration * 100 * (1 + 1e-12)


def test_the_bounds_are_reached():
    assert after(begun(), *[9.0] * 30).value == pytest.approx(100.0)
    assert after(begun(), 1.2, *[0.0] * 30).value == pytest.approx(0.01)


@given(st.lists(LOSSES, min_size=1, max_size=10), st.integers(0, 10))
def test_a_controller_that_went_through_a_checkpoint_goes_on_as_if_it_had_not(losses, cut):
    state = after(begun(), *losses[:cut])
    restored = strength.restored(json.loads(json.dumps(state.state())))
    assert after(restored, *losses[cut:]) == after(state, *losses[cut:])


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_training(loss):
    with pytest.raises(StrengthError, match="finite loss of the protected evaluation set a"):
        begun().update({"a": loss})
    with pytest.raises(StrengthError, match="finite loss"):
        started(budget=1, calibrations=[]).anchored({"a": loss})


def test_a_protected_loss_that_was_not_measured_stops_training():
    with pytest.raises(StrengthError, match="protected evaluation set b; found none"):
        begun(a=1.0, b=1.0).update({"a": 1.0})


def test_no_protected_loss_at_all_is_an_error():
    with pytest.raises(StrengthError, match="at least one protected"):
        started(budget=1, calibrations=[]).anchored({})


# -- a simulated stage -----------------------------------------------------------------------------------------


def forgotten(state: Strength, *, power: float, scale: float, memory: float, evaluations: int) -> list[float]:
    """A stage whose protected loss moves towards 1 + scale·λ^-power, `memory` of the way between two evaluations."""
    rise, rises = 0.0, []
    for _ in range(evaluations):
        rise = memory * rise + (1 - memory) * scale * state.value**-power
        rises.append(rise)
        state = state.update({"a": 1.0 + rise})
    return rises


@given(
    power=st.floats(0.5, 1.5), scale=st.floats(0.02, 1.0), memory=st.floats(0.0, 0.5), calibration=st.floats(0.5, 4.0)
)
def test_forgetting_settles_at_the_budget_or_as_near_as_the_range_of_lambda_allows(power, scale, memory, calibration):
    budget = 0.1
    rises = forgotten(begun(budget, (calibration,)), power=power, scale=scale, memory=memory, evaluations=120)
    if max(rises) <= budget / 2:  # never challenged: λ stays, and the budget is kept anyway
        return
    needed = (scale / budget) ** (1 / power)
    reachable = min(max(needed, calibration / 100), calibration * 100)
    assert rises[-1] == pytest.approx(scale * reachable**-power, rel=0.02)
    assert reachable != needed or rises[-1] == pytest.approx(budget, rel=0.02)


def test_a_stage_that_forgets_nothing_keeps_its_lambda_and_its_budget():
    assert max(forgotten(begun(), power=1, scale=0.01, memory=0.5, evaluations=20)) <= 0.05


# -- what a recipe has to have ---------------------------------------------------------------------------------

REGISTRY = {
    "foundation_mix": {"mix": {"stage": "foundation"}},
    "a_eval": {"eval": {"task": "instruction", "stage": "foundation", "protected": True}},
    "free_eval": {"eval": {"task": "instruction", "stage": "foundation", "protected": False}},
    "b_eval": {"eval": {"task": "translation", "stage": "task", "protected": True}},
    "c_eval": {"eval": {"task": "verse", "stage": "domain", "protected": True}},
    "task_mix": {"mix": {"stage": "task"}},
    "domain_mix": {"mix": {"stage": "domain"}},
    "broken": "not a mapping",
}


def recipe(**changes):
    keys = {
        "dataset": ["domain_mix"],
        "eval_dataset": ["a_eval", "b_eval"],
        "eval_on_each_dataset": True,
        "output_dir": "saves/domain",
        "eval_strategy": SimpleNamespace(value="steps"),
        "predict_with_generate": False,
        "stage": "sft",
        "use_dft_loss": False,
        "use_eaft_loss": False,
        **changes,
    }
    everything = SimpleNamespace(**keys)
    return strength.problems(everything, everything, everything, REGISTRY)


def test_a_recipe_with_everything_has_no_problems():
    assert recipe() == []
    assert recipe(eval_dataset=["c_eval", "b_eval"], eval_strategy="epoch") == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"eval_dataset": None}, r"eval_dataset: .*\(a_eval, b_eval\); found none"),
        ({"eval_dataset": ["c_eval", "free_eval"]}, r"eval_dataset: .*found c_eval, free_eval"),
        ({"eval_on_each_dataset": False}, "eval_on_each_dataset: true"),
        ({"eval_strategy": SimpleNamespace(value="no")}, "eval_strategy: expected steps"),
        ({"predict_with_generate": True}, "predict_with_generate"),
        ({"stage": "dpo"}, "stage dpo"),
        ({"use_dft_loss": True}, "use_dft_loss"),
        ({"use_eaft_loss": True}, "use_eaft_loss"),
    ],
)
def test_what_is_missing_is_named_before_training(change, named):
    (problem,) = recipe(**change)
    assert problem.startswith("ewc_lambda: auto")
    assert re.search(named, problem)


def test_only_sets_of_earlier_stages_are_protected():
    """A stage's own set is what it learns, a later one's was never learned."""
    names = list(REGISTRY)
    assert strength.protected(names, "domain", REGISTRY) == ["a_eval", "b_eval"]
    assert strength.protected(names, "task", REGISTRY) == ["a_eval"]
    assert strength.protected(names, "foundation", REGISTRY) == []
    assert strength.protected(names, None, REGISTRY) == ["a_eval", "b_eval", "c_eval"]


def test_general_sets_are_protected_in_every_stage():
    registry = REGISTRY | {"g": {"eval": {"task": "english", "stage": "general", "protected": True}}}
    assert strength.protected(["a_eval", "g"], "foundation", registry) == ["g"]
    assert strength.protected(["a_eval", "g"], "domain", registry) == ["a_eval", "g"]


def test_the_stage_is_that_of_the_mixture_else_of_the_output_folder_else_of_the_datasets_group():
    groups = {"own": {"mix": {"group": "domain"}}, "talk": {"mix": {"group": "task"}}}

    def stage(dataset, folder):
        data, training = SimpleNamespace(dataset=dataset), SimpleNamespace(output_dir=folder)
        return strength.stage_of(data, training, REGISTRY | groups)

    assert stage(["domain_mix"], "saves/task") == "domain"
    assert stage(["a"], "saves/task") == "task"
    assert stage(["a"], "saves/elsewhere") is None
    assert stage(None, "saves/task/") == "task"
    assert stage(["own"], "saves/own") == "domain"
    assert stage(["own"], "saves/task") == "task"
    assert stage(["own", "talk"], "saves/own") is None
