"""The gate: a protected task that lost too much, beyond noise, fails the run; nothing else does."""

import pytest
from sample_runs import COLUMNS, build, row

from ewc_plugin import gate, matrix
from ewc_plugin.matrix import headline


@pytest.fixture
def grown(tmp_path):
    return matrix.load(build(tmp_path) / "stage_eval" / "matrix.json")


def test_a_loss_that_rose_more_than_the_gate_is_named_with_its_numbers(grown):
    (found,) = gate.failures(grown, 0.05)
    assert found.startswith("belle_eval, loss 2.")
    with pytest.raises(gate.GateError, match=r"belle_eval, loss .*report.html are written"):
        gate.hold([found], 0.05, where="saves/domain")


def test_a_wider_gate_or_none_lets_it_pass(grown):
    assert gate.failures(grown, 0.5) == []
    assert gate.failures(grown, None) == []
    gate.hold([], 0.05, where="saves/domain")


def test_a_task_that_is_not_protected_may_lose(tmp_path):
    columns = [c | {"protected": False} for c in COLUMNS]
    first = matrix.new({"m": "x"}, row(tmp_path / "0", 1, columns=columns))
    worse = matrix.extend(first, row(tmp_path / "1", 3, columns=columns) | {"label": "late"})
    assert gate.failures(worse, 0.01) == []


def test_a_score_may_fall_by_that_share_of_its_range(tmp_path):
    answers = ["完全不相干的话", "x"]  # BLEU falls from 90 to 0, the loss stays
    first = matrix.new({"m": "x"}, row(tmp_path / "0", 2))
    worse = matrix.extend(first, row(tmp_path / "1", 2, answers=answers) | {"label": "late"})
    assert headline(worse, "translation_en2zh_eval") == "bleu"
    found = gate.failures(worse, 0.05)
    assert [text.split(" ")[0] + text.split(" ")[1] for text in found] == [
        "translation_en2zh_eval,bleu",
        "translation_zh2en_eval,bleu",
    ]
    assert gate.failures(worse, 0.95) == []


def test_what_noise_explains_passes_however_narrow_the_gate(tmp_path):
    first = matrix.new({"m": "x"}, row(tmp_path / "0", 2))
    same = matrix.extend(first, row(tmp_path / "1", 2) | {"label": "late"})
    assert gate.failures(same, 1e-9) == []


def test_without_predictions_nothing_can_be_said_to_be_beyond_noise(grown):
    for each in grown["rows"]:
        each["predictions"] = None
    assert gate.failures(grown, 0.05) == []
