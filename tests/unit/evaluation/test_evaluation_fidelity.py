"""The section on Fisher fidelity: what it shows of each stage, and what it leaves out."""

import json
import re
import shutil

import pytest
import sample_runs

from ewc_plugin import matrix, report
from ewc_plugin.probe import Calibration, PerToken

HOSTILE = '<script>alert("x")</script>'


def calibration(form, predicted, second_order, measured, held_out=None):
    numbers = [PerToken(v, 0.01 * v, 500, 20) if v is not None else None for v in (second_order, measured, held_out)]
    return Calibration(form, predicted, *numbers).to_json()


@pytest.fixture
def stages(tmp_path):
    """Two calibrated stages, each with its own folder, and one before them without EWC."""
    output = sample_runs.build(tmp_path)
    sample_runs.add_run_files(output)
    leave(tmp_path / "shared", 0.5, calibration("factored", 0.002, 0.03, 0.025))
    leave(output / "stage_eval", 1.0, calibration("kronecker", 0.01, 0.02, 0.04, 0.05))
    return output


def leave(folder, strength, found):
    (folder / "ewc.json").write_text(json.dumps({"lambda": strength, "penalty": 0.02, "calibration": found}))


def rows(output):
    summary = report.write(output).with_suffix(".md").read_text(encoding="utf-8")
    return [line.split(" | ") for line in summary.splitlines() if "kronecker" in line or "factored" in line]


def test_every_calibrated_stage_has_a_row_with_its_own_numbers(tmp_path, stages):
    separate(tmp_path, stages)
    first, second = rows(stages)
    assert first[1:] == ["0.5", "factored", "0.002", "0.03 ± 0.0003", "15", "0.025 ± 0.00025", "— |"]
    assert second[1:] == ["1", "kronecker", "0.01", "0.02 ± 0.0002", "2", "0.04 ± 0.0004", "0.05 ± 0.0005 |"]
    assert "task" in first[0]
    assert "domain" in second[0]


def separate(tmp_path, stages):
    """As the stages lie on a disk: each with predictions of its own beside its own `ewc.json`."""
    path = stages / "stage_eval" / "matrix.json"
    grown = matrix.load(path)
    for row in grown["rows"][:-1]:
        old, new = row["predictions"], tmp_path / row["label"] / "stage_eval" / "predictions"
        shutil.copytree(old, new)
        row["predictions"] = str(new)
    matrix.save(grown, path)
    shutil.move(tmp_path / "shared" / "ewc.json", tmp_path / "task" / "stage_eval" / "ewc.json")


def test_the_page_has_the_section_with_the_same_numbers_and_says_the_unit(tmp_path, stages):
    separate(tmp_path, stages)
    page = report.write(stages).read_text(encoding="utf-8")
    section = re.search(r"Fisher fidelity</span></h2>(.*?)</section>", page, re.DOTALL).group(1)
    cells = re.findall(r"<td>(.*?)</td>", section)
    assert cells[:6] == ["0.5", "factored", "0.002", "0.03 ± 0.0003", "15", "0.025 ± 0.00025"]
    assert len(cells) == 2 * 7
    assert "nats" in section
    assert "校准" in section
    assert "calibration" not in page.split("EWC facts")[1], "the dictionary is not repeated among the facts"


def test_a_stage_moved_elsewhere_keeps_its_own_row(tmp_path, stages):
    moved = tmp_path / "elsewhere"
    shutil.move(stages, moved)
    assert [row[2] for row in rows(moved)][-1] == "kronecker"


def test_without_calibration_there_is_no_section(tmp_path):
    output = sample_runs.build(tmp_path)
    sample_runs.add_run_files(output)
    assert "Fisher fidelity" not in report.write(output).read_text(encoding="utf-8")
    assert "calibration" not in (output / "stage_eval" / "report.md").read_text(encoding="utf-8")


def test_a_stage_without_a_ratio_gives_its_reason(stages):
    leave(stages / "stage_eval", 1.0, calibration("kronecker", 0.0, 0.0, 0.0))
    assert rows(stages)[-1][5] == "— (the weights did not move)"


def test_numbers_and_words_from_the_file_are_escaped_and_tolerated(stages):
    found = {"form": HOSTILE, "calibration": HOSTILE, "predicted_kl_nats_per_token": HOSTILE}
    leave(stages / "stage_eval", HOSTILE, found)
    page = report.write(stages)
    assert "Fisher fidelity" in page.read_text(encoding="utf-8")
    for path in (page, page.with_suffix(".md")):
        assert "<script" not in path.read_text(encoding="utf-8")
    leave(stages / "stage_eval", 1.0, HOSTILE)
    assert "kronecker" not in report.write(stages).read_text(encoding="utf-8")
