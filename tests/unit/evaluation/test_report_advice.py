"""Each rule on a history that was made for it, and silence where noise explains what is seen."""

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from sample_runs import COLUMNS, LOSSES, row

from ewc_plugin import matrix
from ewc_plugin.report import advice
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.history import History
from ewc_plugin.report.trends import Step, Window, steps, windows

TRAINED = {
    "foundation": {"examples": 500, "supervised_tokens": 20_000},
    "task": {"examples": 300, "supervised_tokens": 12_000},
    "domain": {"examples": 200, "supervised_tokens": 8_000},
}


def curve(shape, *, points=160, noise=0.05, seed=1):
    """Loss at 10, 20, … steps: `shape` of the part of the way, with noise."""
    generator = random.Random(seed)
    return [(10.0 * (i + 1), shape(i / (points - 1)) + generator.gauss(0, noise)) for i in range(points)]


SETTLED = curve(lambda t: 2 + 2 * math.exp(-8 * t))


LORA = {"keys": {"finetuning_type": "lora", "lora_rank": 16, "lora_alpha": 32, "learning_rate": 1e-4}}


def recorded(continued=False, **keys):
    adapters = ["saves/task"] if continued else []
    return {"keys": {**LORA["keys"], **keys}, "began_from": {"model": "m", "adapters": adapters}}


def history(folder: Path, *, shift=0.0, learned=True, curves=None, trained=None, ewc=None, keys=None):
    """Three stages; `shift` raises every loss of the last row, `learned` says whether its own set fell."""
    rows = [row(folder / str(stage), stage) for stage in range(3)]
    grown = matrix.new({"m": "x"}, rows[0])
    for later in rows[1:]:
        grown = matrix.extend(grown, later)
    kept = LOSSES.copy()
    LOSSES["belle_eval"] = (2.60, 2.10, 2.12, 2.12 + shift)
    LOSSES["poetry_next_eval"] = (6.10, 5.90, 5.92, 4.40 if learned else 5.92)
    try:
        grown = matrix.extend(grown, row(folder / "3", 3))
    finally:
        LOSSES.update(kept)
    found = {"loss": SETTLED} | (curves or {})
    return History(grown, found, Changes(grown), {"trained": trained or TRAINED}, ewc, keys or {})


def rules(found):
    return [each.rule for each in advice.advise(found)]


def only(found, name):
    (each,) = [each for each in advice.advise(found) if each.rule == name]
    assert each.evidence
    assert all(any(c.isdigit() for c in line) for line in each.evidence)
    return each


def test_a_good_stage_needs_no_advice(tmp_path):
    assert rules(history(tmp_path)) == []


def test_noise_alone_gives_no_advice_about_the_learning_rate():
    alarms = 0
    for seed in range(300):
        flat = History({"rows": [{}, {"label": "x"}]}, {"loss": curve(lambda _: 2.0, noise=0.3, seed=seed)}, None)
        alarms += any(rule(flat) is not None for rule in (advice.diverging, advice.oscillating, advice.slow))
    assert alarms <= 9  # 3 %: eight windows are compared


def test_a_falling_curve_with_noise_gives_none_either():
    alarms = 0
    for seed in range(300):
        falling = curve(lambda t: 2 + 2 * math.exp(-8 * t), noise=0.2, seed=seed)
        seen = History({"rows": [{}, {"label": "x"}]}, {"loss": falling}, None)
        alarms += any(rule(seen) is not None for rule in (advice.diverging, advice.oscillating, advice.slow))
    assert alarms <= 9


def test_a_loss_that_swings_asks_for_a_lower_learning_rate(tmp_path):
    swinging = curve(lambda t: 2.5 + 0.5 * math.sin(6 * math.pi * t))
    found = only(history(tmp_path, curves={"loss": swinging}), "oscillating")
    assert "learning_rate 减半" in found.chinese
    assert len(found.evidence) >= 2


def test_a_learning_rate_that_is_known_is_told_with_what_it_becomes(tmp_path):
    swinging = {"loss": curve(lambda t: 2.5 + 0.5 * math.sin(6 * math.pi * t))}
    found = only(history(tmp_path, curves=swinging, keys=recorded()), "oscillating")
    assert "halve learning_rate (0.0001 → 5e-05)" in found.english
    straight = {"loss": curve(lambda t: 4 - 1.5 * t)}
    found = only(history(tmp_path / "b", curves=straight, keys=recorded()), "slow")
    assert "double learning_rate (0.0001 → 0.0002)" in found.english


def test_an_alpha_that_is_not_twice_the_rank_is_put_right_before_the_learning_rate(tmp_path):
    swinging = {"loss": curve(lambda t: 2.5 + 0.5 * math.sin(6 * math.pi * t))}
    found = only(history(tmp_path, curves=swinging, keys=recorded(lora_alpha=64)), "oscillating")
    assert found.english.endswith("first set lora_alpha to twice lora_rank (64 → 32).")
    assert "learning_rate" not in found.english
    straight = {"loss": curve(lambda t: 4 - 1.5 * t)}
    found = only(history(tmp_path / "b", curves=straight, keys=recorded(lora_alpha=16)), "slow")
    assert "first set lora_alpha to twice lora_rank (16 → 32), or add epochs" in found.english
    found = only(history(tmp_path / "c", curves=straight, keys=recorded(lora_alpha=64)), "slow")
    assert "double learning_rate" in found.english  # a large alpha does not make steps small


def test_full_tuning_has_no_rank_to_advise_on(tmp_path):
    straight = {"loss": curve(lambda t: 4 - 1.5 * t)}
    full = recorded(finetuning_type="full", lora_alpha=64)
    assert "lora" not in only(history(tmp_path, curves=straight, keys=full), "slow").english
    assert "small_rank" not in rules(history(tmp_path / "b", learned=False, keys=full))


def test_one_rise_alone_may_be_an_odd_stretch_of_data(tmp_path):
    once = curve(lambda t: 2.5 + (0.5 if 0.4 < t < 0.6 else 0))
    assert "oscillating" not in rules(history(tmp_path, curves={"loss": once}))


def test_a_loss_that_ends_above_its_lowest_is_diverging(tmp_path):
    rising = curve(lambda t: 2 + 2 * math.exp(-8 * t) + (1.5 * (t - 0.6) if t > 0.6 else 0))
    found = only(history(tmp_path, curves={"loss": rising}), "diverging")
    assert "halve learning_rate" in found.english


def test_a_straight_fall_to_the_end_is_too_slow_and_a_settled_curve_is_not(tmp_path):
    straight = curve(lambda t: 4 - 1.5 * t)
    assert "double learning_rate" in only(history(tmp_path, curves={"loss": straight}), "slow").english
    slowing = curve(lambda t: 2 + 2 * math.exp(-3 * t))  # still falls clearly, at a fifth of its first slope
    assert "slow" not in rules(history(tmp_path / "b", curves={"loss": slowing}))


def test_too_few_points_say_nothing(tmp_path):
    assert rules(history(tmp_path, curves={"loss": curve(lambda t: 4 - 1.5 * t, points=30)})) == []


def on_the_way(*values):
    return [(100.0 * (i + 1), value) for i, value in enumerate(values)]


def test_a_validation_loss_that_turns_up_asks_for_fewer_epochs(tmp_path):
    turning = {"eval_poetry_next_eval/loss": on_the_way(5.9, 4.6, 4.2, 4.6, 5.2)}
    found = only(history(tmp_path, curves=turning), "overfitting")
    assert "after step 300 (60% of the run): multiply num_train_epochs by 0.6" in found.english
    assert "4.200 → 5.200 (+1.000" in found.evidence[0]


def test_options_are_not_what_a_stage_trains_on_so_their_turn_advises_nothing(tmp_path):
    turning = {"eval_poetry_next_eval/loss": on_the_way(5.9, 4.6, 4.2, 4.6, 5.2)}
    found = history(tmp_path, curves=turning)
    found.matrix["columns"][-1] |= {"task": "multiple_choice"}
    assert "overfitting" not in rules(found)


def test_a_turn_within_the_noise_of_its_items_is_none(tmp_path):
    turning = {"eval_poetry_next_eval/loss": on_the_way(5.9, 4.6, 4.40, 4.41, 4.42)}
    assert rules(history(tmp_path, curves=turning)) == []


def test_a_curve_that_still_falls_when_the_data_were_seen_once_asks_for_data(tmp_path):
    falling = {
        "eval_poetry_next_eval/loss": on_the_way(5.9, 5.6, 5.2, 4.8, 4.5, 4.4),
        "epoch": [(100.0 * (i + 1), 0.25 * (i + 1)) for i in range(6)],
    }
    found = only(history(tmp_path, curves=falling), "too_little_data")
    # from step 200 to 400, one doubling: 5.6 − 4.8; what comes after the first epoch does not count
    assert "0.8 nats a doubling" in found.english
    assert "from step 200 to 400" in found.evidence[0]
    # how much is measured, up to the thousand examples that there were
    assert "`python -m ewc_plugin curve RECIPE --sizes 125,250,500,1000`" in found.english


def test_a_curve_that_is_flat_in_its_first_epoch_does_not(tmp_path):
    flat = {
        "eval_poetry_next_eval/loss": on_the_way(5.9, 4.45, 4.41, 4.40),
        "epoch": [(100.0 * (i + 1), 0.25 * (i + 1)) for i in range(4)],
    }
    assert rules(history(tmp_path, curves=flat)) == []


def test_references_far_above_the_others_that_were_not_learned_are_hard(tmp_path):
    found = only(history(tmp_path, learned=False), "hard_data")
    assert found.english.startswith("The references of poetry_next_eval are hard")
    assert "perplexity 290" in found.english
    assert found.evidence[0].startswith("poetry_next_eval: loss 5.668 → 5.669")  # e^5.669 = 290
    assert "hard_data" not in rules(history(tmp_path / "b", learned=True))


def test_options_have_no_references_that_could_be_hard(tmp_path):
    found = history(tmp_path, learned=False)
    found.matrix["columns"][-1] |= {"task": "multiple_choice"}
    for each in found.matrix["rows"]:
        cell = each["cells"]["poetry_next_eval"]
        cell["option_loss"] = dict(cell["loss"])
    changes = Changes(found.matrix)
    assert [c.metric for c in changes.learned()] == ["option_loss"]
    assert "hard_data" not in rules(replace(found, changes=changes))


def test_a_group_with_few_tokens_for_its_examples_is_unbalanced(tmp_path):
    short = TRAINED | {"domain": {"examples": 200, "supervised_tokens": 1_000}}
    found = only(history(tmp_path, trained=short), "imbalance")
    assert "Group domain is 20% of the examples but 3%" in found.english
    assert "domain: 20.0% → 3.0%" in found.evidence


def test_what_was_forgotten_gets_a_larger_share_by_what_it_lost(tmp_path):
    found = only(history(tmp_path, shift=0.4), "replay")
    # lost about 0.4 of 1.5 gained: a quarter more (50 % → about 63 %), the others in proportion
    share = int(found.english.split("foundation from 50% to ")[1].split(" %")[0])
    assert 62 <= share <= 65
    ratio = dict(pair.split("=") for pair in found.english.split("--ratio ")[1].rstrip(").").split(","))
    assert sum(map(int, ratio.values())) in (99, 100, 101)
    assert int(ratio["task"]) / int(ratio["domain"]) == pytest.approx(1.5, abs=0.15)
    assert found.evidence[0].startswith("belle_eval: loss 2.1")


def test_forgetting_without_a_penalty_asks_for_one_and_with_a_weak_one_for_more(tmp_path):
    assert "set it to 10" in only(history(tmp_path, shift=0.4), "stronger").english
    weak = {"ewc/penalty_ratio": [(10.0, 0.01), (20.0, 0.02)]}
    found = only(history(tmp_path / "b", shift=0.4, curves=weak, ewc={"lambda": 4.0}), "stronger")
    assert "ewc_lambda 4, a penalty of 2.0% of the task loss: set it to 12" in found.english


def test_a_penalty_that_is_strong_already_is_not_raised(tmp_path):
    strong = {"ewc/penalty_ratio": [(10.0, 0.5), (20.0, 0.6)]}
    assert "stronger" not in rules(history(tmp_path, shift=0.4, curves=strong, ewc={"lambda": 4.0}))


def test_forgetting_under_a_strong_penalty_asks_for_smaller_steps_or_a_lower_rank(tmp_path):
    strong = {"curves": {"ewc/penalty_ratio": [(10.0, 0.5), (20.0, 0.6)]}, "ewc": {"lambda": 4.0}, "shift": 0.4}
    found = only(history(tmp_path, **strong, keys=recorded()), "gentler")
    assert "although the penalty is 60% of the task loss already: halve learning_rate (0.0001 → 5e-05)" in found.english
    assert "lower the rank (lora_rank 16 → 8, lora_alpha → 16): a low rank forgets less" in found.english
    assert found.evidence[0].startswith("belle_eval: loss 2.1")
    continued = only(history(tmp_path / "b", **strong, keys=recorded(continued=True)), "gentler")
    assert "rank" not in continued.english  # an adapter that is continued has its own
    assert "gentler" not in rules(
        history(tmp_path / "c", shift=0.4, keys=recorded())
    )  # no penalty yet: that comes first


def test_a_settled_loss_that_taught_nothing_asks_for_a_higher_rank(tmp_path):
    found = only(history(tmp_path, learned=False, keys=recorded()), "small_rank")
    assert "raise the rank (lora_rank 16 → 64, lora_alpha → 128)" in found.english
    assert found.evidence[0].startswith("loss 2.0")
    for place, (learned, keys) in enumerate(
        [(True, recorded()), (False, recorded(lora_rank=64, lora_alpha=128)), (False, recorded(continued=True))]
    ):
        assert "small_rank" not in rules(history(tmp_path / str(place), learned=learned, keys=keys))
    strong = {"curves": {"ewc/penalty_ratio": [(10.0, 0.5), (20.0, 0.6)]}, "ewc": {"lambda": 4.0}}
    held = rules(history(tmp_path / "held", learned=False, **strong, keys=recorded()))
    assert "weaker" in held  # the penalty held it back, not the rank
    assert "small_rank" not in held


def test_nothing_learned_under_a_strong_penalty_asks_for_a_weaker_one(tmp_path):
    strong = {"ewc/penalty_ratio": [(10.0, 0.5), (20.0, 0.6)]}
    found = only(history(tmp_path, learned=False, curves=strong, ewc={"lambda": 9.0}), "weaker")
    assert "60% of the task loss: lower ewc_lambda from 9 to 3" in found.english
    assert "weaker" not in rules(history(tmp_path / "b", learned=True, curves=strong, ewc={"lambda": 9.0}))


def test_the_base_model_alone_gets_no_advice(tmp_path):
    first = matrix.new({"m": "x"}, row(tmp_path, 0, columns=COLUMNS))
    assert advice.advise(History(first, {}, Changes(first))) == []


def test_a_window_s_error_leaves_its_slope_out():
    sloping = [(float(i), 5 - 0.1 * i) for i in range(40)]
    assert [w.error for w in windows(sloping)] == pytest.approx([0.0] * 8, abs=1e-9)
    assert all(step.fell for step in steps(windows(sloping)))


def test_a_step_is_clear_beyond_three_standard_errors():
    before = Window(2.0, 0.03, 0, 9)
    assert Step(before, Window(2.13, 0.03, 10, 19)).rose
    assert not Step(before, Window(2.12, 0.03, 10, 19)).rose
