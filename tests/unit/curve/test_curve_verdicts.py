"""What is said of a curve whose truth is known, and that nothing is said where it cannot be."""

import json
import math
import random
import shutil

import pytest
from sample_points import OLD, OWN, SECOND, curve, law, point, points

from ewc_plugin import lineage
from ewc_plugin.curve import measured
from ewc_plugin.curve.outcome import MEAN, outcome
from ewc_plugin.curve.sentences import sentences
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation.predictions import read_predictions

FALLING = law(1.5, 6, 0.3)
FLAT = law(2.0, 5, 1.2)


def said(found):
    return " ".join(sentence.english for sentence in sentences(found))


def test_a_curve_that_still_falls_says_how_much_twice_the_data_brings(tmp_path):
    found = curve(tmp_path, FALLING)
    one = found.verdicts[MEAN]
    assert one.kind == "more"
    truth = FALLING(8000) - FALLING(16000)
    assert one.change[0] == pytest.approx(truth, rel=0.05)
    assert one.change[1] < truth < one.change[2]
    assert f"from 8,000 to 16,000 examples the loss would fall by about {one.change[0]:.3f} nats a token" in said(found)
    assert f"{1 - math.exp(-one.change[0]):.1%} of the perplexity" in one.english


def test_a_curve_that_has_become_flat_is_a_plateau(tmp_path):
    found = curve(tmp_path, FLAT)
    assert found.verdicts[MEAN].kind == "plateau"
    assert "less than 1 % of the perplexity" in said(found)


def test_a_set_of_which_something_else_is_true_is_named(tmp_path):
    found = curve(tmp_path, FALLING, second=FLAT)
    assert {name: found.verdicts[name].kind for name in (OWN, SECOND)} == {OWN: "more", SECOND: "plateau"}
    assert f"Of them {SECOND}: a plateau." in said(found)


def test_three_sizes_give_no_number_but_what_was_measured(tmp_path):
    found = curve(tmp_path, FALLING, sizes=(100, 300, 1000))
    one = found.verdicts[MEAN]
    assert (one.kind, one.law) == ("few", None)
    assert one.change[0] == pytest.approx(FALLING(1000) - FALLING(300))
    assert "nothing is fitted or extrapolated" in one.english
    assert "from 300 to 1,000 examples the loss changed by" in one.english


def test_points_that_lie_on_no_power_law_are_not_extrapolated(tmp_path):
    jumps = {0: 6.0, 100: 3.0, 300: 2.98, 1000: 2.2, 3000: 2.19, 8000: 2.18}
    one = curve(tmp_path, jumps.__getitem__).verdicts[MEAN]
    assert (one.kind, one.law) == ("no_law", None)
    assert one.change[0] == pytest.approx(-0.01)


def test_noise_of_training_makes_the_verdict_careful(tmp_path):
    generator = random.Random(5)
    noisy = {n: law(2.0, 2.5, 0.45)(n) + generator.gauss(0, 0.03) * (n > 0) for n in (0, 100, 300, 1000, 3000, 8000)}
    one = curve(tmp_path, noisy.__getitem__).verdicts[MEAN]
    assert one.kind in ("unclear", "no_law")


def test_a_loss_that_rises_with_more_data_is_no_plateau(tmp_path):
    one = curve(tmp_path, lambda n: 2 + 0.05 * math.log(n) if n else 6.0).verdicts[MEAN]
    assert one.kind == "worse"
    assert one.change[0] == pytest.approx(0.05 * math.log(80))


def test_a_held_out_loss_that_turns_up_at_the_largest_size_is_overfitting(tmp_path):
    found = curve(tmp_path, FALLING, second=FLAT, on_the_way=(3, 2, 1.5, 1.6, 2.4))
    assert found.verdicts[OWN].kind == "overfitting"
    assert "rose by 0.900 after its lowest, 1.500 at step 600" in found.verdicts[OWN].english
    assert "Overfitting at 100, 300, 1,000, 3,000 examples" in said(found)
    level = curve(tmp_path / "b", FALLING, on_the_way=(3, 2, 1.50, 1.51, 1.52))  # within the noise of its items
    assert level.verdicts[OWN].kind == "more"


def test_sizes_with_a_handful_of_steps_are_said_and_do_not_count(tmp_path):
    losses = {OLD: lambda n: 2.0, OWN: FALLING, SECOND: FALLING}
    folders = {n: point(tmp_path, n, losses, steps=3 if n == 100 else 50) for n in (100, 300, 1000, 3000, 8000)}
    found = outcome(measured.read(folders, stage="task"), "task")
    assert found.short == [100]
    assert found.verdicts[MEAN].law.sizes == (300, 1000, 3000, 8000)
    assert "Too few steps (in brackets, fewer than 10) at 100 (3) examples" in said(found)


def test_what_older_sets_lost_is_told_for_each_size(tmp_path):
    found = curve(tmp_path, FALLING, old=lambda n: 2 + 0.02 * math.log(n))
    lost = found.forgotten
    for place, n in enumerate(lost.sizes):
        value, low, high = lost.gained(place)
        assert value == pytest.approx(0.02 * math.log(n))  # the row before the stage stands at 2
        assert low < value < high
    assert "more data forgets more (+0.088" in said(found)
    assert f"Forgotten beyond noise at 8,000 examples: {OLD} +0.180." in said(found)


def test_what_is_forgotten_alike_at_every_size_is_not_said_to_grow(tmp_path):
    found = said(curve(tmp_path, FALLING, old=lambda n: 2.1))
    assert "no more with more data: " in found
    assert "within noise. Forgotten beyond noise at 8,000 examples: belle_eval +0.100" in found


def test_older_sets_that_gain_by_the_stage_are_not_called_forgotten(tmp_path):
    found = said(curve(tmp_path, FALLING, old=lambda n: 1.6 + 0.02 * math.log(n)))
    assert "they gain less with more data (+0.088" in found
    assert "forgets" not in found
    assert "Forgotten beyond noise" not in found


def test_the_losses_are_those_of_the_items_summed_by_hand(tmp_path):
    found = curve(tmp_path, FALLING)
    records = read_predictions(tmp_path / "n=300" / "stage_eval" / "predictions", OWN)
    by_hand = math.fsum(r["nll"] for r in records) / sum(r["tokens"] for r in records)
    assert found.own[OWN].values[1] == pytest.approx(by_hand, rel=1e-12)
    assert found.whole.values[1] == pytest.approx((by_hand + FALLING(300)) / 2)


def test_a_plain_dataset_s_stage_is_that_of_the_recipe_s_folder(tmp_path):
    found = curve(tmp_path, FALLING, stage=None)
    assert found.stage == "task"
    assert list(found.own) == [OWN, SECOND]


def test_a_set_whose_items_are_gone_is_named_and_not_in_the_mean(tmp_path):
    read = points(tmp_path, FALLING)
    (tmp_path / "n=1000" / "stage_eval" / "predictions" / f"{SECOND}.jsonl").unlink()
    found = outcome(read, "task")
    assert (list(found.own), found.left_out) == ([OWN], [SECOND])


def test_a_set_that_one_size_measured_on_other_items_is_not_compared(tmp_path):
    read = points(tmp_path, FALLING)
    path = tmp_path / "n=1000" / "stage_eval" / "predictions" / f"{SECOND}.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace(f"{SECOND}:0", f"{SECOND}:900", 1), encoding="utf-8")
    found = outcome(read, "task")
    assert (list(found.own), found.left_out) == ([OWN], [SECOND])


def test_without_a_set_of_its_own_nothing_is_claimed(tmp_path):
    found = curve(tmp_path, FALLING, stage="domain")
    assert (found.whole, found.verdicts) == (None, {})
    assert "No evaluation set belongs to stage domain" in said(found)


def test_points_that_were_measured_on_other_sets_are_refused(tmp_path):
    points(tmp_path, FALLING)
    path = tmp_path / "n=300" / "stage_eval" / "matrix.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["columns"] = found["columns"][:-1]
    for row in found["rows"]:
        del row["cells"][SECOND]
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(EwcError, match=r"expected the evaluation sets of .*n=100; found others"):
        measured.read({n: tmp_path / f"n={n}" for n in (100, 300)}, stage="task")


def test_sizes_beyond_the_rows_of_a_dataset_are_no_plateau_but_an_error(tmp_path):
    points(tmp_path, FALLING)
    for n, tokens in ((100, 900), (300, 2500), (1000, 2500)):
        entry = {"label": f"n={n}", "trained_on": {"supervised_tokens_in_the_trainer": tokens}}
        lineage.write([], entry, tmp_path / f"n={n}" / "stage_eval")
    folders = {n: tmp_path / f"n={n}" for n in (100, 300, 1000)}
    with pytest.raises(EwcError, match=r"expected more data than 300 examples; found as many supervised tokens"):
        measured.read(folders, stage="task")
    del folders[1000]
    assert [each.tokens for each in measured.read(folders, stage="task")] == [900, 2500]


def test_a_folder_that_was_never_trained_is_an_error_with_the_way_out(tmp_path):
    points(tmp_path, FALLING)
    shutil.rmtree(tmp_path / "n=300")
    with pytest.raises(EwcError, match="Delete the folder, then type the same command again"):
        measured.read({n: tmp_path / f"n={n}" for n in (100, 300)}, stage="task")
