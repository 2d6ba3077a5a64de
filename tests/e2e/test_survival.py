"""An anchor outlives its adapter: a merge, a new adapter of another rank, and full tuning after LoRA."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from _tiny import World, cli

FACTORED = {"ewc_form": "factored"}


def history(stage: Path, key: str) -> list[float]:
    entries = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry[key] for entry in entries if key in entry]


def about(stage: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stage / "ewc/ewc.json").read_text(encoding="utf-8"))
    return found


def trained(world: World, name: str, **keys: Any) -> str:
    ended = cli("train", world.recipe(name, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return ended.out


@pytest.fixture(scope="module")
def merged(world: World, first_stage: Path) -> Path:
    """The first stage, exported as a user does it."""
    recipe = {
        "model_name_or_path": str(world.folder / "base"),
        "adapter_name_or_path": str(first_stage),
        "template": "gemma2",
        "export_dir": str(world.folder / "merged"),
    }
    path = world.folder / "export.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    ended = cli("export", path, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "merged"


@pytest.mark.slow
def test_an_exported_model_is_held_to_the_anchor_of_the_adapter_inside_it(
    world: World, first_stage: Path, merged: Path
) -> None:
    keys = {"model_name_or_path": str(merged), "ewc_anchor": str(first_stage), "lora_rank": 2, "dataset": "translation"}
    said = trained(world, "after_export", **keys, ewc_lambda=10, ewc_save=True, **FACTORED)
    assert "was merged into the base model; its anchor follows it there" in said
    assert "predicted KL at the start 0 nats" in said
    stage = world.folder / "after_export"
    assert history(stage, "ewc/penalty")[-1] > 0
    left = about(stage)
    assert [(t["form"], t["stage"]) for t in left["terms"]] == [("kronecker", "a"), ("factored", "after_export")]
    assert left["calibration"]["measured_kl_nats_per_token"] > 0


@pytest.mark.slow
def test_a_new_adapter_of_another_rank_is_held_to_the_anchor_of_the_one_merged_for_it(
    world: World, first_stage: Path
) -> None:
    keys = {"adapter_name_or_path": str(first_stage), "create_new_adapter": True, "lora_rank": 2}
    said = trained(world, "new_adapter", dataset="translation", ewc_lambda=10, ewc_save=True, **keys)
    assert "its anchor follows it there" in said
    assert history(world.folder / "new_adapter", "ewc/penalty")[-1] > 0
    # and the stage after it continues the chain of two adapters
    chain = f"{first_stage},{world.folder / 'new_adapter'}"
    said = trained(world, "after_new", adapter_name_or_path=chain, ewc_lambda=10)
    assert "predicted KL at the start 0 nats" in said


@pytest.mark.slow
def test_separate_stages_keep_their_own_centres(world: World, first_stage: Path) -> None:
    keys = {"adapter_name_or_path": str(first_stage), "dataset": "translation", "ewc_stages": "separate"}
    trained(world, "separate", **keys, ewc_lambda=10, ewc_save=True)
    left = about(world.folder / "separate")
    assert (left["centres"], [t["centre"] for t in left["terms"]]) == (2, [1, 0])
    said = trained(world, "after_separate", adapter_name_or_path=str(world.folder / "separate"), ewc_lambda=10)
    # at its start the older of the two is left behind already
    start = float(said.partition("predicted KL at the start ")[2].split()[0])
    assert start > 0
    assert start == pytest.approx(
        about(world.folder / "separate")["calibration"]["predicted_kl_nats_per_token"], rel=1e-3
    )


@pytest.mark.slow
def test_full_tuning_of_the_merged_model_is_held_to_the_anchor_of_the_lora_stage(
    world: World, first_stage: Path, merged: Path
) -> None:
    full = {"finetuning_type": "full", "lora_rank": None, "lora_target": None, "dataset": "translation"}
    keys = {"model_name_or_path": str(merged), "ewc_anchor": str(first_stage), "learning_rate": 1e-4}
    said = trained(world, "full_after_lora", **full, **keys, ewc_lambda=10, ewc_save=True)
    assert "predicted KL at the start 0 nats" in said
    assert history(world.folder / "full_after_lora", "ewc/penalty")[-1] > 0
    later = {**full, "model_name_or_path": str(world.folder / "full_after_lora"), "learning_rate": 1e-4}
    said = trained(world, "full_again", **later, ewc_lambda=10)
    assert "predicted KL at the start 0 nats" in said
