"""The evaluation under ZeRO-3, whose every forward needs all ranks, gives what one process gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from _parity import zero
from _tiny import World, cli

pytest.importorskip("deepspeed")
pytestmark = pytest.mark.slow

# 3 items for 2 ranks, in batches of 1: one rank has one less
EVALUATED = {"stage_eval": True, "stage_eval_samples": 3, "per_device_eval_batch_size": 1, "max_new_tokens": 4}
FULL = {"finetuning_type": "full", "lora_rank": None, "lora_target": None, "learning_rate": 1.0e-5}
TWO = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2", "DS_ACCELERATOR": "cpu"}
SHARDED = {"deepspeed": zero(3), "per_device_train_batch_size": 4}


def rows(stage: Path) -> dict[str, dict[str, float]]:
    matrix = json.loads((stage / "stage_eval/matrix.json").read_text(encoding="utf-8"))
    return {r["label"]: {name: cell["loss"]["value"] for name, cell in r["cells"].items()} for r in matrix["rows"]}


def answers(folder: Path) -> list[str]:
    lines = (folder / "predictions" / "translation_eval.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["answer"] for line in lines]


def calibration(stage: Path) -> dict[str, Any]:
    found = json.loads((stage / "stage_eval/ewc.json").read_text(encoding="utf-8"))["calibration"]
    assert found["of"] == "this stage's own F"
    return dict(found)


def trained(world: World, name: str, *, label: str, variables: dict[str, str], **keys: Any) -> Path:
    output = world.folder / name / label
    recipe = world.recipe(name, **keys, max_samples=32, output_dir=str(output))
    ended = cli("train", recipe, cwd=world.folder, **variables)
    assert ended.code == 0, ended.err[-3000:]
    return output


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_two_ranks_under_zero_3_score_every_item_as_one_process_does(world: World, tuning: str) -> None:
    keys = {**(FULL if tuning == "full" else {}), **EVALUATED, "ewc_save": True, "ewc_fisher_samples": 7}
    alone = trained(world, f"alone_{tuning}", label="a", variables={}, **keys)
    sharded = trained(world, f"zero3_{tuning}", label="a", variables=TWO, **{**keys, **SHARDED})
    assert list(rows(sharded)) == ["base", "a"]
    for label, losses in rows(alone).items():
        assert rows(sharded)[label] == pytest.approx(losses, abs=1e-4)
    # before any training, so that not a bit differs between the runs
    assert answers(sharded / "stage_eval" / "base") == answers(alone / "stage_eval" / "base")
    assert any(answers(alone / "stage_eval" / "base"))
    ours, theirs = (calibration(stage) for stage in (sharded, alone))
    assert ours["modules"].keys() == theirs["modules"].keys() != set()
    for key in ("predicted_kl_nats_per_token", "second_order_kl_nats_per_token"):
        assert 0 < ours[key] == pytest.approx(theirs[key], rel=1e-2)


def test_an_estimate_under_zero_3_is_that_of_one_process(world: World) -> None:
    from safetensors.torch import load_file

    # columns of a sketch are free up to a rotation; sums are not
    keys = {**EVALUATED, "ewc_estimate": True, "ewc_form": "factored", "ewc_fisher_samples": 7}
    alone = trained(world, "alone_estimate", label="anchor", variables={}, **keys)
    sharded = trained(world, "zero3_estimate", label="anchor", variables=TWO, **{**keys, **SHARDED})
    assert rows(sharded)["anchor"] == pytest.approx(rows(alone)["anchor"], abs=1e-5)
    assert rows(sharded)["anchor"] == rows(sharded)["base"]
    ours, theirs = (load_file(stage / "ewc" / "fisher.safetensors") for stage in (sharded, alone))
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert (ours[name] - value).norm() <= 1e-4 * value.norm()
