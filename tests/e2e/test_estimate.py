"""`ewc_estimate`: an anchor for a checkpoint that exists, without a single training step."""

import json
from pathlib import Path
from typing import Any

import pytest
from _tiny import World, cli
from safetensors.torch import load_file

FULL = {"finetuning_type": "full", "lora_rank": None, "lora_target": None}
ESTIMATE = {"ewc_estimate": True, "ewc_fisher_samples": 16}


def log(stage: Path, key: str) -> list[float]:
    history = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry[key] for entry in history if key in entry]


def trained(world: World, name: str, **keys: Any) -> Path:
    ended = cli("train", world.recipe(name, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / name


@pytest.fixture(scope="session")
def anchor_of_the_base(world: World) -> Path:
    return trained(world, "anchor", **ESTIMATE, plot_loss=True, include_effective_tokens_per_second=True)


def test_an_estimate_on_the_untouched_base_trains_nothing(anchor_of_the_base: Path) -> None:
    state = json.loads((anchor_of_the_base / "trainer_state.json").read_text(encoding="utf-8"))
    assert (state["global_step"], log(anchor_of_the_base, "loss")) == (0, [])
    assert json.loads((anchor_of_the_base / "train_results.json").read_text(encoding="utf-8"))["train_runtime"] > 0
    weights = load_file(anchor_of_the_base / "adapter_model.safetensors")
    assert all((value == 0).all() for name, value in weights.items() if "lora_B" in name)


def test_its_anchor_stands_at_the_base_itself(anchor_of_the_base: Path) -> None:
    theta = load_file(anchor_of_the_base / "ewc" / "anchor.safetensors")
    updates = [value for name, value in theta.items() if name.endswith(".B")]
    assert len(updates) == 7 * 4  # linear maps in each of four layers
    assert all((value == 0).all() for value in updates)
    about = json.loads((anchor_of_the_base / "ewc" / "ewc.json").read_text(encoding="utf-8"))
    assert sum(about["terms"][0]["trace"].values()) > 0


def test_the_next_stage_is_held_to_the_base_by_it(world: World, anchor_of_the_base: Path) -> None:
    keys = {"dataset": "translation", "ewc_lambda": 50, "ewc_anchor": str(anchor_of_the_base)}
    stage = trained(world, "held", **keys)
    penalties = log(stage, "ewc/penalty")
    assert penalties[0] == 0  # a fresh adapter is the base
    assert penalties[-1] > 1e-6


@pytest.mark.slow
def test_an_adapter_that_was_trained_without_our_keys_gets_an_anchor_at_its_own_weights(world: World) -> None:
    plain = trained(world, "plain")
    anchor = trained(world, "plain_anchor", **ESTIMATE, adapter_name_or_path=str(plain), stage_eval=True)
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (plain, anchor))
    assert before.keys() == after.keys()
    assert all((after[name] == value).all() for name, value in before.items())
    theta = load_file(anchor / "ewc" / "anchor.safetensors")
    for name, value in before.items():
        layer, _, part = name.removeprefix("base_model.model.").partition(".lora_")
        (stored,) = (v for n, v in theta.items() if n.endswith(f"{layer}.{part[0]}"))
        assert (stored == (value if part[0] == "A" else 2 * value)).all()  # α/r = 8/4, the host's default α
    matrix = json.loads((anchor / "stage_eval/matrix.json").read_text(encoding="utf-8"))
    assert [row["label"] for row in matrix["rows"]] == ["base", "plain_anchor"]


@pytest.mark.slow
def test_an_estimate_for_full_tuning_copies_no_weights_and_holds_the_next_stage(world: World) -> None:
    anchor = trained(world, "full_anchor", **FULL, **ESTIMATE)
    assert not list(anchor.glob("*.safetensors"))
    about = json.loads((anchor / "ewc" / "ewc.json").read_text(encoding="utf-8"))
    assert about["space"] == "weights"
    keys = {**FULL, "dataset": "translation", "ewc_lambda": 5, "ewc_anchor": str(anchor)}
    penalties = log(trained(world, "full_held", **keys), "ewc/penalty")
    assert penalties[0] == 0
    assert penalties[-1] > 0


@pytest.mark.slow
def test_a_checkpoint_in_its_output_folder_is_not_loaded_instead_of_what_the_recipe_names(world: World) -> None:
    """The host resumes from the last checkpoint in output_dir by itself; an estimate is of what was loaded."""
    keys = {"output_dir": str(world.folder / "shared"), "overwrite_output_dir": False}
    trained(world, "shared_run", **keys, save_strategy="epoch")
    assert list((world.folder / "shared").glob("checkpoint-*"))
    trained(world, "shared_anchor", **keys, **ESTIMATE)
    theta = load_file(world.folder / "shared" / "ewc" / "anchor.safetensors")
    assert all((value == 0).all() for name, value in theta.items() if name.endswith(".B"))
