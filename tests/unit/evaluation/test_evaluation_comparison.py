"""Several runs side by side, and the paired test between two rows."""

import json

import numpy as np
import pytest
import sample_runs

from ewc_plugin import report
from ewc_plugin.matrix import MatrixError, load
from ewc_plugin.paired import items_of, ratio_difference
from ewc_plugin.report.comparison import compare


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("saves")
    return [sample_runs.build(root, name=n, shift=s) for n, s in (("plain", 0.15), ("ewc", 0.0))]


def per_token(folder, name):
    lines = (folder / "stage_eval" / "predictions" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    return sum(i["nll"] for i in items) / sum(i["tokens"] for i in items)


def test_old_loss_is_the_mean_over_protected_sets_and_new_loss_over_those_of_the_last_stage(runs):
    found = compare(runs)
    assert found.old_sets == ("belle_eval", "translation_en2zh_eval", "translation_zh2en_eval")
    assert found.new_sets == ("poetry_next_eval",)
    for result, folder in zip(found.runs, runs, strict=True):
        assert result.old.value == pytest.approx(np.mean([per_token(folder, n) for n in found.old_sets]))
        assert result.new.value == pytest.approx(per_token(folder, "poetry_next_eval"))
        assert result.old.low < result.old.value < result.old.high
    assert [r.name for r in found.runs] == ["plain", "ewc"]


def test_the_change_against_the_first_run_is_paired_and_much_surer_than_the_runs_themselves(runs):
    first, second = compare(runs).runs
    assert first.old_change is None
    assert second.old_change.value == pytest.approx(second.old.value - first.old.value)
    assert second.old_change.beyond_noise
    assert second.old.high > first.old.low, "their own intervals overlap"
    assert second.old_change.high - second.old_change.low < 0.3 * (second.old.high - second.old.low)


def test_a_run_compared_with_itself_shows_no_change(runs):
    same = compare([runs[0], runs[0]], names=["a", "b"]).runs[1]
    assert (same.old_change.value, same.old_change.low, same.old_change.high) == (0, 0, 0)
    assert not same.old_change.beyond_noise


def test_the_table_has_a_row_for_every_run(runs):
    table = report.compare(runs)
    lines = table.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["plain", "ewc"]
    assert "1000 draws, seed 42" in table
    assert report.comparison_markdown(compare(runs)).count("\n| ") == 3
    page = report.write(runs[1], comparison=compare(runs)).read_text(encoding="utf-8")
    assert page.count('class="whisker"') == 2


def test_folders_of_one_name_are_told_apart_by_their_path(runs, tmp_path):
    other = sample_runs.build(tmp_path, name="plain")
    assert len({r.name for r in compare([runs[0], other]).runs}) == 2


def test_runs_on_other_items_or_from_another_base_are_refused(runs, tmp_path):
    foreign = sample_runs.build(tmp_path, name="foreign", model="other")
    with pytest.raises(MatrixError, match="Compare runs of one stage that continue from the same model"):
        compare([runs[0], foreign])
    fewer = sample_runs.build(tmp_path, name="fewer")
    path = fewer / "stage_eval" / "predictions" / "belle_eval.jsonl"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    with pytest.raises(MatrixError, match="59 items that are not the same"):
        compare([runs[0], fewer])


def test_a_run_without_predictions_is_refused_by_name(runs, tmp_path):
    bare = sample_runs.build(tmp_path, name="bare")
    (bare / "stage_eval" / "predictions" / "belle_eval.jsonl").unlink()
    with pytest.raises(MatrixError, match=r"bare, set belle_eval: .* no predictions"):
        compare([runs[0], bare])
    with pytest.raises(MatrixError, match="at least one run"):
        compare([])
    with pytest.raises(MatrixError, match="2 runs, 1 names"):
        compare(runs, names=["a"])


def test_the_paired_difference_equals_a_loop_over_drawn_items():
    generator = np.random.default_rng(1)
    before = {str(i): (float(generator.gamma(9)), int(generator.integers(1, 9))) for i in range(20)}
    # other order of the items: pairs are found by id
    after = {k: (before[k][0] + 0.1, before[k][1]) for k in reversed(before)}
    found = ratio_difference(before, after, seed=4, resamples=200)
    draws = []
    for drawn in np.random.default_rng(4).integers(0, 20, size=(200, 20)):
        old, new = ([items[str(i)] for i in drawn] for items in (before, after))
        draws.append(sum(a for a, _ in new) / sum(b for _, b in new) - sum(a for a, _ in old) / sum(b for _, b in old))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])))
    assert found.n == 20


def test_a_paired_test_needs_the_same_items():
    with pytest.raises(MatrixError, match="2 of 3 items in one row only"):
        ratio_difference({"a": (1.0, 1), "b": (1.0, 1)}, {"a": (1.0, 1), "c": (1.0, 1)})


def test_noise_is_called_beyond_noise_about_once_in_20(runs):
    generator = np.random.default_rng(2)
    alarms = 0
    for _ in range(200):
        before = {str(i): (float(generator.normal(20, 2)), 10) for i in range(40)}
        after = {k: (v + float(generator.normal(0, 1)), t) for k, (v, t) in before.items()}
        alarms += ratio_difference(before, after, resamples=200).beyond_noise
    assert alarms / 200 < 0.11


def test_items_of_a_row_whose_folder_is_gone_are_none(runs):
    row = load(runs[0] / "stage_eval" / "matrix.json")["rows"][-1]
    assert len(items_of(row, "belle_eval")) == 60
    assert items_of(row | {"predictions": "/nowhere"}, "belle_eval") is None
    assert items_of(row | {"predictions": None}, "belle_eval") is None
