"""What a newcomer gets from `make demo`: one small run of it, looked at from all sides."""

import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ewc_plugin.report.comparison import compare

ROOT = Path(__file__).parents[2]
STAGES = ["base", "foundation", "task", "domain"]
SETS = [
    *("belle_eval", "translation_en2zh_eval", "translation_zh2en_eval"),
    *("poetry_compose_eval", "poetry_theme_eval", "poetry_next_eval"),
    *("general_english", "general_arithmetic", "general_code", "general_refusal"),
]


# what differs from recipes/smoke: how much is measured, and how often
SMALLER = {"stage_eval_samples": 20, "stage_eval_generated": 10, "eval_steps": 0.5, "ewc_fisher_samples": 8}


def digests(folder):
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo in a folder of its own, with few examples and little pretraining; returns (saves/smoke, its output)."""
    here = tmp_path_factory.mktemp("demo")
    before = digests(ROOT / "dataset_info")
    command = [sys.executable, str(smaller(here / "recipes") / "demo.py"), "--examples", "60", "--steps", "40"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert digests(ROOT / "dataset_info") == before
    return here / "saves" / "smoke", done.stdout


def smaller(folder):
    """recipes/smoke with SMALLER in every stage."""
    shutil.copytree(ROOT / "recipes/smoke", folder)
    for stage in STAGES[1:]:
        recipe = yaml.safe_load((folder / f"{stage}.yaml").read_text(encoding="utf-8"))
        (folder / f"{stage}.yaml").write_text(yaml.safe_dump(recipe | SMALLER), encoding="utf-8")
    return folder


def matrix(folder):
    return json.loads((folder / "stage_eval/matrix.json").read_text(encoding="utf-8"))


def test_the_matrix_has_a_row_for_the_base_model_and_each_stage_and_a_loss_in_every_cell(demo):
    found = matrix(demo[0] / "domain")
    assert [row["label"] for row in found["rows"]] == STAGES
    assert [column["name"] for column in found["columns"]] == SETS
    cells = [row["cells"][name]["loss"] for row in found["rows"] for name in SETS]
    assert all(cell["low"] <= cell["value"] <= cell["high"] for cell in cells)
    assert {cell["n"] for cell in cells} <= set(range(15, 21))


def test_each_stage_carries_the_rows_of_the_one_before(demo):
    for earlier, later in itertools.pairwise(STAGES[1:]):
        assert matrix(demo[0] / later)["rows"][:-1] == [
            {**row, "predictions": new["predictions"]}
            for row, new in zip(matrix(demo[0] / earlier)["rows"], matrix(demo[0] / later)["rows"], strict=False)
        ]


def test_the_losses_are_the_means_over_the_predictions_beside_them(demo):
    row = matrix(demo[0] / "domain")["rows"][-1]
    for name in SETS:
        lines = (demo[0] / "domain/stage_eval/predictions" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        items = [json.loads(line) for line in lines]
        assert len(items) == row["cells"][name]["loss"]["n"]
        by_hand = sum(item["nll"] for item in items) / sum(item["tokens"] for item in items)
        assert row["cells"][name]["loss"]["value"] == pytest.approx(by_hand, rel=1e-9)


def test_bleu_is_what_the_sacrebleu_command_line_says_of_the_same_answers(demo, tmp_path):
    name, cell = SETS[1], matrix(demo[0] / "domain")["rows"][-1]["cells"][SETS[1]]["bleu"]
    lines = (demo[0] / "domain/stage_eval/predictions" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    answered = [record for record in map(json.loads, lines) if record["answer"] is not None]
    assert len(answered) == cell["n"]
    for key in ("reference", "answer"):
        text = "".join(record[key].replace("\n", " ") + "\n" for record in answered)
        (tmp_path / key).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "reference", "-i", "answer", "-tok", "zh", "-b", "-w", "6"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert cell["value"] == pytest.approx(float(found), abs=1e-5)


def test_what_was_trained_on_is_counted_by_group_and_agrees_with_the_trainer(demo):
    found = json.loads((demo[0] / "domain/stage_eval/trained_on.json").read_text(encoding="utf-8"))
    assert found["agrees_with_the_trainer"] is True
    assert {group: entry["examples"] for group, entry in found["planned"].items()} == {
        "foundation": 30,
        "task": 18,
        "domain": 12,
    }
    assert {group: entry["examples"] + entry["dropped"] for group, entry in found["trained"].items()} == {
        group: entry["examples"] for group, entry in found["planned"].items()
    }


def penalties(folder):
    log = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry["ewc/penalty"] for entry in log if "ewc/penalty" in entry]


def test_the_penalised_ways_log_a_growing_penalty_and_the_others_none(demo):
    for folder in ("domain", "domain-ewc"):
        assert len(penalties(demo[0] / folder)) > 1
        assert 0 < penalties(demo[0] / folder)[0] < penalties(demo[0] / folder)[-1]
    assert penalties(demo[0] / "domain-replay") == penalties(demo[0] / "domain-plain") == []


def test_the_anchor_of_the_last_stage_names_all_three(demo):
    about = json.loads((demo[0] / "domain/ewc/ewc.json").read_text(encoding="utf-8"))
    assert about["history"] == [term["stage"] for term in about["terms"]] == STAGES[1:]
    assert all(term["tokens"] > 0 and all(v >= 0 for v in term["trace"].values()) for term in about["terms"])


def test_every_stage_tells_what_its_f_predicted_and_what_came_true(demo):
    for folder in ("foundation", "task", "domain", "domain-ewc"):
        found = json.loads((demo[0] / folder / "stage_eval/ewc.json").read_text(encoding="utf-8"))["calibration"]
        assert found["calibration"] > 0
        assert len(found["modules"]) == 28
        assert ("measured_kl_held_out_nats_per_token" in found) == (folder != "foundation")


def test_the_four_ways_are_printed_with_intervals(demo):
    for way in ("neither", "EWC", "replay", "replay + EWC"):
        line = next(line for line in demo[1].splitlines() if line.startswith(way + "  "))
        assert len(re.findall(r"\d+\.\d+ \[\d+\.\d+, \d+\.\d+\]", line)) >= 2


def test_the_report_stands_alone_and_shows_stages_sets_and_the_four_ways(demo):
    page = (demo[0] / "domain/stage_eval/report.html").read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert not re.findall(r"@import|url\(", page)
    for word in (*STAGES, *SETS, "replay + EWC", "domain_mix"):
        assert word in page


def test_packed_training_is_counted_too_and_continues_a_stage(demo, tmp_path):
    smoke, command = demo[0], str(Path(sys.executable).with_name("llamafactory-cli"))
    overrides = [
        "packing=true",
        "neat_packing=true",
        "max_steps=2",
        "logging_steps=1",
        f"output_dir={tmp_path / 'packed'}",
    ]
    recipe = str(smoke.parents[1] / "recipes/task.yaml")
    done = subprocess.run(
        [command, "train", recipe, *overrides], cwd=smoke.parents[1], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "packed/stage_eval/trained_on.json").read_text(encoding="utf-8"))
    assert found["agrees_with_the_trainer"] is True
    assert len(penalties(tmp_path / "packed")) > 0


# -- does it forget less? --------------------------------------------------------------------------------------

SEEDS = (42, 43, 44)
SHORTER = (0.4, 0.8, 1.5, 3.0)  # epochs without protection: less learned, less forgotten


@pytest.mark.slow
def test_without_replay_ewc_forgets_less_where_equally_much_is_learned(tmp_path):
    """The median of three seeds; the unprotected stage is stopped early instead, and read off at EWC's new loss."""
    command = [sys.executable, str(ROOT / "recipes/smoke/demo.py")]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=3000)
    saved = []
    for seed in SEEDS:
        # the order of the data; the seed itself also chooses what is evaluated. Nobody continues from these: an F of a
        # few examples will do
        alone = ["dataset=domain_alone", f"data_seed={seed}", "ewc_fisher_samples=8"]
        old, new = stage(tmp_path, f"ewc-{seed}", *alone)
        free = [
            stage(tmp_path, f"free-{seed}-{epochs}", *alone, "ewc_lambda=0", f"num_train_epochs={epochs}")
            for epochs in SHORTER
        ]
        saved.append(at_new_loss(free, new) - old)
    print(f"old loss kept at equal new loss: {[round(value, 3) for value in saved]} nats a token")
    assert sorted(saved)[1] > 0


def stage(folder, name, *overrides):
    """Old and new loss after a domain stage that continues the demo's task stage."""
    command = [
        str(Path(sys.executable).with_name("llamafactory-cli")),
        "train",
        str(ROOT / "recipes/smoke/domain.yaml"),
    ]
    into = folder / "saves/smoke" / name
    done = subprocess.run(
        [*command, *overrides, f"output_dir={into}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (run,) = compare([into]).runs
    return run.old.value, run.new.value


def at_new_loss(curve, new):
    """The old loss of the unprotected runs, read off linearly where their new loss is `new`."""
    points = sorted((n, o) for o, n in curve)
    pairs = [pair for pair in itertools.pairwise(points) if pair[0][0] <= new <= pair[1][0]]
    assert pairs, f"EWC's new loss {new} is not among {points}"
    (n0, o0), (n1, o1) = pairs[0]
    return o0 + (o1 - o0) * (new - n0) / (n1 - n0)
