"""Which old tokens are probed, and what a calibration says and leaves unsaid."""

import json
from types import SimpleNamespace

import pytest

from ewc_plugin import fidelity
from ewc_plugin.evaluation.encoder import Encoded
from ewc_plugin.fisher import Example
from ewc_plugin.probe import Calibration, ModuleCalibration, PerToken, choose_probe, held_out


def example(number, answer, prompt=2):
    ids = (*range(prompt), *[100 + number] * answer)
    return Example(ids, (*[-100] * prompt, *ids[prompt:]))


def supervised(examples):
    return sum(len(e.targets) for e in examples)


def test_every_kth_example_is_chosen_until_about_enough_positions():
    data = [example(n, answer=10) for n in range(1000)]
    chosen = choose_probe(data, positions=500)
    assert chosen == data[::20]
    assert supervised(chosen) == 500


def test_a_small_set_is_taken_whole():
    data = [example(n, answer=3 + n) for n in range(5)]
    assert choose_probe(data) == data


def test_the_probe_never_has_more_positions_than_asked_for_and_hardly_fewer():
    for lengths in ([7, 300, 1, 40] * 30, [1] * 700, [5000] * 3, [513]):
        data = [example(n, answer) for n, answer in enumerate(lengths)]
        for positions in (1, 64, 512):
            found = supervised(choose_probe(data, positions))
            assert found <= positions
            assert found >= min(positions, sum(lengths)) // 2


def test_long_answers_are_thinned_evenly_so_that_no_document_is_the_whole_probe():
    data = [example(n, answer=1000) for n in range(40)]
    chosen = choose_probe(data, positions=400)
    assert len(chosen) >= 16
    assert {len(e.targets) for e in chosen} == {400 // len(chosen)}
    gaps = {b - a for e in chosen for a, b in zip(e.targets, e.targets[1:], strict=False)}
    assert gaps == {1000 * len(chosen) // 400}


def test_a_token_counts_as_much_in_a_long_answer_as_in_a_short_one():
    data = [example(n, answer=(20, 2000)[n % 2]) for n in range(16)]
    chosen = choose_probe(data, positions=1010)
    assert supervised(chosen) == 1010
    assert supervised([e for e in chosen if e.ids[-1] % 2 == 0]) == 1010 * 160 // (160 + 16000) == 10


def test_thinned_examples_keep_every_token_before_a_label():
    (thinned,) = choose_probe([example(0, answer=100)], positions=7)
    assert thinned.ids == example(0, answer=100).ids[: len(thinned.ids)]
    assert thinned.targets[-1] == len(thinned.ids) - 1
    assert all(thinned.labels[p] == thinned.ids[p] for p in thinned.targets)


def test_examples_without_labels_are_passed_over():
    blank = Example((1, 2, 3), (-100, -100, -100))
    assert choose_probe([blank, example(1, answer=2), blank]) == [example(1, answer=2)]
    assert choose_probe([blank]) == []
    assert choose_probe([example(1, answer=2)], positions=0) == []


def test_evaluation_items_become_examples_whose_answer_is_supervised():
    assert held_out([Encoded([5, 6], [7, 8])]) == [Example((5, 6, 7, 8), (-100, -100, 7, 8))]


# -- the calibration ---------------------------------------------------------------------------------------------


def per_token(nats):
    return PerToken(nats, 0.01, positions=512, examples=20)


def test_calibration_is_second_order_over_predicted():
    found = Calibration("factored", 0.02, per_token(0.3), per_token(0.25))
    assert found.value == pytest.approx(15)
    assert found.reason is None


def test_what_predicts_nothing_has_no_calibration_but_a_reason():
    still = Calibration("factored", 0.0, per_token(0.0), per_token(0.0))
    assert still.value is None
    assert still.reason == "the weights did not move"
    blind = Calibration("factored", 0.0, per_token(0.1), per_token(0.1))
    assert blind.reason == "the form predicts no change, but there is one"
    assert json.loads(json.dumps(blind.to_json()))["calibration"] is None


def test_json_names_the_unit_of_every_number():
    modules = {"layers.0.q_proj": ModuleCalibration(per_token(0.02), 0.01)}
    found = Calibration("kronecker", 0.02, per_token(0.03), per_token(0.04), per_token(0.05), modules).to_json()
    assert found["predicted_kl_nats_per_token"] == 0.02
    assert found["second_order_kl_nats_per_token"] == 0.03
    assert found["measured_kl_nats_per_token"] == 0.04
    assert found["measured_kl_held_out_nats_per_token"] == 0.05
    assert found["measured_kl_held_out_positions"] == 512
    assert found["calibration"] == pytest.approx(1.5)
    assert found["modules"]["layers.0.q_proj"]["calibration"] == pytest.approx(2)
    units = ("nats_per_token", "positions", "examples", "calibration", "calibration_reason", "form", "modules")
    assert [key for key in found if not key.endswith(units)] == []
    assert "measured_kl_held_out_positions" not in Calibration("x", 1, per_token(1), per_token(1)).to_json()


def test_a_large_model_in_full_tuning_is_calibrated_as_a_whole_only(monkeypatch):
    space = SimpleNamespace(name="weights", weights=lambda: fidelity.MODULE_WEIGHTS + 1)
    monkeypatch.setattr(fidelity.probe, "calibrate_modules", lambda *_, **named: named["predicted"])
    how = ([example(1, answer=2)], {"layer": 1.0}, {})
    assert fidelity._modules(None, space, None, *how) == {}
    space.weights = lambda: fidelity.MODULE_WEIGHTS
    assert fidelity._modules(None, space, None, *how) == {"layer": 1.0}
    adapters = SimpleNamespace(name="delta", weights=lambda: 10**11)
    assert fidelity._modules(None, adapters, None, *how) == {"layer": 1.0}
