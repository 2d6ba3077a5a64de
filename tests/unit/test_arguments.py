"""Which values of our keys are in range, and which combinations mean something?"""

from types import SimpleNamespace
from typing import Any

import pytest

from ewc_plugin import arguments
from ewc_plugin.arguments import DEFAULTS, KEYS
from ewc_plugin.errors import ArgumentsError


def keys(**changed: Any) -> SimpleNamespace:
    assert set(changed) <= set(KEYS)
    return SimpleNamespace(**{**DEFAULTS, **changed})


@pytest.mark.parametrize("text", ["-1", -0.5, "nan", "inf", "-inf", "strong", "", "automatic"])
def test_a_strength_that_is_no_finite_number_from_zero_is_refused(text: Any) -> None:
    with pytest.raises(ArgumentsError, match="ewc_lambda: expected a finite number, zero or above, or auto; found"):
        arguments.strength_of(text)


@pytest.mark.parametrize(("text", "value"), [(None, 0), ("0", 0), (10, 10), ("1e-3", 0.001), (0.5, 0.5)])
def test_a_strength_may_be_text_or_a_number(text: Any, value: float) -> None:
    assert arguments.strength_of(text) == value


@pytest.mark.parametrize("gamma", [-0.01, 1.01, float("nan")])
def test_gamma_outside_zero_to_one_is_out_of_range(gamma: float) -> None:
    assert arguments.unusable(keys(ewc_gamma=gamma)) == [f"ewc_gamma: expected a number from 0 to 1; found {gamma}"]


@pytest.mark.parametrize("gamma", [0, 0.5, 1])
def test_gamma_may_be_anything_from_zero_to_one(gamma: float) -> None:
    assert arguments.unusable(keys(ewc_gamma=gamma)) == []


@pytest.mark.parametrize("key", ["ewc_fisher_samples", "ewc_fisher_batch_size", "stage_eval_samples"])
def test_a_count_below_one_is_out_of_range_and_one_is_not(key: str) -> None:
    assert arguments.unusable(keys(**{key: 0})) == [f"{key}: expected a whole number above 0; found 0"]
    assert arguments.unusable(keys(**{key: 1})) == []


@pytest.mark.parametrize("gate", [0, -1, "much", True, float("inf"), float("nan")])
def test_a_gate_is_a_finite_number_above_zero(gate: Any) -> None:
    (sentence,) = arguments.unusable(keys(stage_eval_gate=gate))
    assert sentence.startswith("stage_eval_gate: expected a number above 0; found ")
    assert arguments.unusable(keys(stage_eval_gate=0.05)) == []


@pytest.mark.parametrize("generated", [-1, 1.5, True, "ten"])
def test_the_answers_of_a_set_are_a_whole_number_and_may_be_none(generated: Any) -> None:
    (sentence,) = arguments.unusable(keys(stage_eval_generated=generated))
    assert sentence.startswith("stage_eval_generated: expected a whole number, 0 or above; found ")
    assert arguments.unusable(keys(stage_eval_generated=0)) == []


def test_all_numbers_out_of_range_are_named_at_once() -> None:
    assert len(arguments.unusable(keys(ewc_gamma=2, ewc_fisher_samples=-1, stage_eval_samples=0))) == 3


# Each row: keys that mean nothing, the key without effect, and the one that it needs.
AUTO = {"ewc_lambda": "auto", "ewc_budget": 0.1}
MEANINGLESS = [
    ({"ewc_anchor": "a"}, "ewc_anchor", "ewc_lambda"),
    ({"ewc_anchor": "a", "ewc_lambda": 0}, "ewc_anchor", "ewc_lambda"),
    ({"ewc_anchor": "a", "ewc_save": True}, "ewc_anchor", "ewc_lambda"),
    ({"ewc_gamma": 0.5}, "ewc_gamma", "ewc_save"),
    ({"ewc_gamma": 0.5, "ewc_save": True}, "ewc_gamma", "ewc_lambda"),
    ({"ewc_gamma": 0.5, "ewc_lambda": 1}, "ewc_gamma", "ewc_save"),
    (
        {"ewc_gamma": 0.5, "ewc_lambda": 1, "ewc_save": True, "ewc_stages": "separate"},
        "ewc_gamma",
        "ewc_stages: separate",
    ),
    ({"ewc_stages": "separate", "ewc_save": True}, "ewc_stages", "ewc_lambda"),
    ({"ewc_stages": "separate", "ewc_lambda": 1}, "ewc_stages", "ewc_save"),
    ({"ewc_space": "delta"}, "ewc_space", "ewc_lambda"),
    ({"ewc_space": "weights", "stage_eval": True}, "ewc_space", "ewc_save"),
    ({"ewc_storage": "half"}, "ewc_storage", "ewc_lambda"),
    ({"ewc_offload": True, "ewc_save": True}, "ewc_offload", "ewc_lambda"),
    ({"ewc_form": "dense"}, "ewc_form", "ewc_save"),
    ({"ewc_form": "factored", "ewc_lambda": "1.0"}, "ewc_form", "ewc_save"),
    ({"ewc_rank": 8}, "ewc_rank", "ewc_form: kronecker"),
    ({"ewc_rank": 8, "ewc_save": True, "ewc_form": "factored"}, "ewc_rank", "ewc_form: kronecker"),
    ({"ewc_rank": 8, "ewc_save": True, "ewc_form": "dense"}, "ewc_rank", "ewc_form: kronecker"),
    ({"ewc_fisher": "empirical"}, "ewc_fisher", "ewc_save"),
    ({"ewc_fisher": "empirical", "ewc_lambda": 1}, "ewc_fisher", "ewc_save"),
    ({"ewc_fisher_samples": 10}, "ewc_fisher_samples", "ewc_save"),
    ({"ewc_fisher_samples": 10, "ewc_save": True, "ewc_fisher": "ones"}, "ewc_fisher_samples", "ewc_fisher: ones"),
    ({"ewc_fisher_batch_size": 10}, "ewc_fisher_batch_size", "ewc_save"),
    ({"ewc_fisher_dataset": "talk"}, "ewc_fisher_dataset", "ewc_save"),
    ({"ewc_estimate": True, "ewc_lambda": 1}, "ewc_estimate", "ewc_lambda"),
    ({"batch_tokens": 50_000, "ewc_estimate": True}, "batch_tokens", "ewc_estimate"),
    ({"ewc_budget": 0.1, "ewc_lambda": 1}, "ewc_budget", "ewc_lambda: auto"),
    ({"stage_eval_samples": 10}, "stage_eval_samples", "stage_eval"),
    ({"stage_eval_samples": 10, "ewc_save": True}, "stage_eval_samples", "stage_eval"),
    ({"stage_eval_generated": 0}, "stage_eval_generated", "stage_eval"),
    ({"stage_eval_embedding": "bge"}, "stage_eval_embedding", "stage_eval"),
    ({"stage_eval_gate": 0.1, "ewc_save": True}, "stage_eval_gate", "stage_eval"),
]


@pytest.mark.parametrize(("given", "key", "needs"), MEANINGLESS)
def test_a_key_that_another_one_makes_meaningless_is_an_error_that_names_both(
    given: dict[str, Any], key: str, needs: str
) -> None:
    (sentence,) = arguments.meaningless(keys(**given))
    assert sentence.startswith(f"{key} ")
    assert needs in sentence.removeprefix(key)


def test_every_key_that_depends_on_another_is_in_this_table() -> None:
    alone = {"ewc_lambda", "ewc_save", "stage_eval"}
    assert {key for _, key, _ in MEANINGLESS} == set(KEYS) - alone


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"ewc_lambda": 0},
        {"ewc_lambda": 1, "ewc_anchor": "a", "ewc_space": "delta", "ewc_offload": True},
        {**AUTO, "ewc_anchor": "a"},
        {"ewc_estimate": True, "ewc_form": "kronecker", "ewc_rank": 8, "ewc_fisher_dataset": "talk"},
        {"ewc_lambda": 1, "ewc_save": True, "ewc_stages": "separate"},
        {"ewc_save": True, "ewc_fisher": "ones"},
        {"ewc_save": True, "ewc_rank": 8},
        {"ewc_lambda": 1, "ewc_save": True, "ewc_gamma": 0.5},
        {"ewc_save": True, "ewc_fisher": "empirical", "ewc_fisher_samples": 10, "ewc_fisher_batch_size": 2},
        {"ewc_save": True, "ewc_space": "delta", "ewc_form": "dense"},
        {"stage_eval": True, "stage_eval_samples": 10, "stage_eval_generated": 0, "stage_eval_gate": 0.05},
    ],
)
def test_combinations_that_mean_something_are_accepted(given: dict[str, Any]) -> None:
    assert arguments.meaningless(keys(**given)) == []


@pytest.mark.parametrize(
    ("given", "used", "different"),
    [
        ({}, False, False),
        ({"ewc_lambda": 0}, True, False),
        ({"ewc_lambda": "0.0"}, True, False),
        ({"ewc_lambda": 1e-9}, True, True),
        ({"ewc_lambda": "nonsense"}, True, True),
        (AUTO, True, True),
        ({"ewc_estimate": True}, True, True),
        ({"ewc_save": True}, True, True),
        ({"stage_eval": True}, True, True),
        ({"ewc_gamma": 0.5}, True, False),
    ],
)
def test_only_a_positive_lambda_an_anchor_or_an_evaluation_makes_a_run_differ(
    given: dict[str, Any], used: bool, different: bool
) -> None:
    assert arguments.in_use(keys(**given)) is used
    assert arguments.acts(keys(**given)) is different


def test_arguments_of_a_host_without_our_keys_use_none() -> None:
    assert not arguments.in_use(SimpleNamespace(stage="sft"))


def test_every_key_is_off_by_default_and_has_a_help_text() -> None:
    fields = arguments.EwcArguments.__dataclass_fields__
    assert not arguments.acts(arguments.EwcArguments())
    assert all(len(fields[key].metadata["help"]) > 20 for key in KEYS)
    assert len(KEYS) == 22
