"""Does plain `llamafactory-cli train` train with EWC, in one process and in two?"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from _tiny import FIRST, Process, World, cli
from safetensors.torch import load_file

SECOND = {**FIRST, "dataset": "translation", "ewc_lambda": 3}


@pytest.fixture(scope="session")
def second_stage(world: World, first_stage: Path) -> Path:
    ended = cli("train", world.recipe("b", adapter_name_or_path=str(first_stage), **SECOND), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "b"


@pytest.fixture(scope="session")
def two_ranks(world: World, first_stage: Path) -> Process:
    """The second stage once more, as two processes; the effective batch of 16 and its order are the same."""
    halved = {"per_device_train_batch_size": 4, "output_dir": str(world.folder / "two" / "b")}
    recipe = world.recipe("two_b", **{**SECOND, **halved}, adapter_name_or_path=str(first_stage))
    return cli("train", recipe, cwd=world.folder, FORCE_TORCHRUN="1", NPROC_PER_NODE="2")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def losses(stage: Path) -> dict[tuple[str, str], float]:
    rows = read(stage / "stage_eval" / "matrix.json")["rows"]
    return {(r["label"], name): cell["loss"]["value"] for r in rows for name, cell in r["cells"].items()}


def logged(stage: Path, key: str) -> list[float]:
    return [entry[key] for entry in read(stage / "trainer_state.json")["log_history"] if key in entry]


def distance(a: Path, b: Path) -> float:
    """‖a − b‖ ÷ ‖b‖ over all tensors of two files."""
    left, right = load_file(a), load_file(b)
    assert left.keys() == right.keys()
    apart = sum(float((left[k] - right[k]).double().square().sum()) for k in right)
    return (apart / sum(float(v.double().square().sum()) for v in right.values())) ** 0.5


def factors(path: Path) -> dict[str, torch.Tensor]:
    """G and C of every layer written out: columns of a sketch are its own up to a rotation."""
    stored = {name: value.float() for name, value in load_file(path).items()}
    sides = [name.removesuffix(".d") for name in stored if name.endswith(".d")]
    return {side: stored[f"{side}.U"] @ stored[f"{side}.U"].T + stored[f"{side}.d"].diag() for side in sides}


def test_the_first_stage_leaves_an_anchor_and_two_rows(first_stage: Path) -> None:
    about = read(first_stage / "ewc" / "ewc.json")
    assert [(term["form"], term["examples"]) for term in about["terms"]] == [("kronecker", 40)]
    assert [r["label"] for r in read(first_stage / "stage_eval" / "matrix.json")["rows"]] == ["base", "a"]


def test_the_second_stage_logs_its_penalty_in_every_step_and_adds_a_row(second_stage: Path) -> None:
    assert [r["label"] for r in read(second_stage / "stage_eval" / "matrix.json")["rows"]] == ["base", "a", "b"]
    penalties = logged(second_stage, "ewc/penalty")
    assert len(penalties) == len(logged(second_stage, "grad_norm")) == 3  # 48 examples, 16 in a step
    assert penalties[0] == pytest.approx(0, abs=1e-12)  # it starts at the anchor
    assert penalties[-1] > 1e-6


def test_the_anchor_of_the_second_stage_remembers_both(second_stage: Path) -> None:
    about = read(second_stage / "ewc" / "ewc.json")
    assert about["history"] == [term["stage"] for term in about["terms"]] == ["a", "b"]


def test_a_stage_without_lambda_logs_no_penalty(first_stage: Path) -> None:
    assert logged(first_stage, "ewc/penalty") == []


def test_training_really_changed_the_model(second_stage: Path, first_stage: Path) -> None:
    name = "adapter_model.safetensors"
    assert distance(second_stage / name, first_stage / name) > 1e-2


def test_under_torchrun_two_ranks_train_with_ewc(two_ranks: Process, world: World) -> None:
    assert two_ranks.code == 0, two_ranks.err[-3000:]
    penalties = logged(world.folder / "two" / "b", "ewc/penalty")
    assert len(penalties) == 3
    assert penalties[-1] > 1e-6


def test_two_ranks_and_one_process_give_the_same_weights(two_ranks: Process, second_stage: Path, world: World) -> None:
    name = "adapter_model.safetensors"
    assert distance(world.folder / "two" / "b" / name, second_stage / name) < 1e-5


def test_two_ranks_and_one_process_give_the_same_fisher(two_ranks: Process, second_stage: Path, world: World) -> None:
    stages = (world.folder / "two" / "b", second_stage)
    ours, theirs = (factors(stage / "ewc" / "fisher.safetensors") for stage in stages)
    assert ours.keys() == theirs.keys()
    assert len(ours) == 2 * 2 * 28  # stages, sides, layers
    # bfloat16 keeps a sketch to 2⁻⁹
    assert all((ours[name] - value).norm() < 1e-2 * value.norm() for name, value in theirs.items())
    counts = [read(stage / "ewc" / "ewc.json")["terms"][-1] for stage in stages]
    assert [(c["examples"], c["tokens"]) for c in counts] == [(40, counts[0]["tokens"])] * 2


def test_two_ranks_and_one_process_give_the_same_losses(two_ranks: Process, second_stage: Path, world: World) -> None:
    ours, theirs = losses(world.folder / "two" / "b"), losses(second_stage)
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert len(ours) == 6


def test_the_penalty_of_two_ranks_is_that_of_one(two_ranks: Process, second_stage: Path, world: World) -> None:
    ours, theirs = (logged(s, "ewc/penalty") for s in (world.folder / "two" / "b", second_stage))
    assert torch.allclose(torch.tensor(ours), torch.tensor(theirs), rtol=1e-3, atol=1e-9)
