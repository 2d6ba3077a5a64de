"""EWC beyond SFT with LoRA: preferences, raw text, the host's reweighted losses, and full tuning."""

import json
from pathlib import Path
from typing import Any

import pytest
from _tiny import SHAREGPT, SPEECH, World, cli
from safetensors.torch import load_file

pytestmark = pytest.mark.slow


def log(stage: Path, key: str) -> list[float]:
    history = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry[key] for entry in history if key in entry]


def register(world: World, name: str, entry: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    folder = world.folder / "data"
    registry = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    registry[name] = {"file_name": f"{name}.jsonl", **entry}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def trained(world: World, name: str, **keys: Any) -> Path:
    ended = cli("train", world.recipe(name, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / name


def about(stage: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stage / "ewc" / "ewc.json").read_text(encoding="utf-8"))
    return found


def rows(stage: Path) -> list[str]:
    matrix = json.loads((stage / "stage_eval/matrix.json").read_text(encoding="utf-8"))
    return [row["label"] for row in matrix["rows"]]


def distance(a: Path, b: Path) -> float:
    """‖a − b‖ ÷ ‖b‖ of two adapters."""
    left, right = (load_file(stage / "adapter_model.safetensors") for stage in (a, b))
    apart = sum(float((left[k] - right[k]).double().square().sum()) for k in right)
    return (apart / sum(float(v.double().square().sum()) for v in right.values())) ** 0.5


def test_a_dpo_stage_is_penalised_evaluated_and_leaves_an_anchor(world: World, first_stage: Path) -> None:
    columns = {"messages": "messages", "chosen": "chosen", "rejected": "rejected"}
    pairs = [
        {
            "messages": [{"role": "user", "content": f"{SPEECH[i % 5]}{i}"}],
            "chosen": {"role": "assistant", "content": SPEECH[(i + 1) % 5]},
            "rejected": {"role": "assistant", "content": SPEECH[(i + 2) % 5]},
        }
        for i in range(24)
    ]
    register(world, "preferences", {**SHAREGPT, "columns": columns, "ranking": True}, pairs)
    keys = {"stage": "dpo", "dataset": "preferences", "adapter_name_or_path": str(first_stage)}
    stage = trained(world, "p", **keys, ewc_lambda=50, ewc_save=True, ewc_fisher_samples=10, stage_eval=True)
    assert log(stage, "ewc/penalty")[-1] > 0
    assert rows(stage) == ["base", "a", "p"]
    own = about(stage)["terms"][-1]
    assert own["examples"] == 10
    assert list(own["datasets"]) == ["preferences"]


def test_raw_text_is_trained_with_ewc_and_its_anchor_protects_it(world: World) -> None:
    register(world, "raw", {"columns": {"prompt": "text"}}, [{"text": SPEECH[i % 5] * 6} for i in range(60)])
    keys = {"ewc_save": True, "ewc_fisher_samples": 10, "stage_eval": True}
    first = trained(world, "raw_a", stage="pt", dataset="raw", **keys)
    assert rows(first) == ["base", "raw_a"]
    assert about(first)["terms"][0]["examples"] == 10
    later = {"dataset": "translation", "adapter_name_or_path": str(first), "ewc_lambda": 50, "stage_eval": True}
    second = trained(world, "raw_b", **later)
    assert rows(second) == ["base", "raw_a", "raw_b"]
    # and back to raw text: the third trainer is penalised too, and F may be of conversations
    again = {"stage": "pt", "dataset": "raw", "adapter_name_or_path": str(first), "ewc_lambda": 50, "ewc_save": True}
    # the host packs the texts into a few blocks: one step an epoch
    others = {"ewc_fisher_samples": 8, "ewc_fisher_dataset": "talk,translation", "num_train_epochs": 4}
    third = trained(world, "raw_c", **again, **others)
    for stage in (second, third):
        assert log(stage, "ewc/penalty")[0] == pytest.approx(0, abs=1e-12)
        assert log(stage, "ewc/penalty")[-1] > 1e-6
    assert list(about(third)["terms"][-1]["datasets"]) == ["talk", "translation"]


@pytest.mark.parametrize("loss", ["use_dft_loss", "use_eaft_loss"])
def test_a_reweighted_loss_with_the_penalty_is_the_same_however_it_is_accumulated(
    world: World, first_stage: Path, loss: str
) -> None:
    keys = {loss: True, "dataset": "translation", "adapter_name_or_path": str(first_stage), "ewc_lambda": 50}
    # unequal micro-batches would show a loss that is averaged per micro-batch instead of per token
    whole = trained(world, f"{loss}_16", **keys, per_device_train_batch_size=16, gradient_accumulation_steps=1)
    parts = trained(world, f"{loss}_2", **keys, per_device_train_batch_size=2, gradient_accumulation_steps=8)
    assert distance(parts, whole) < 1e-5
    assert log(parts, "loss") == pytest.approx(log(whole, "loss"), rel=1e-3)
    assert log(parts, "ewc/penalty") == pytest.approx(log(whole, "ewc/penalty"), rel=1e-3, abs=1e-9)
    assert log(parts, "ewc/penalty")[-1] > 1e-6
    free = trained(world, f"{loss}_free", **{**keys, "ewc_lambda": None}, per_device_train_batch_size=16)
    assert distance(whole, free) > 1e-3  # the penalty is felt


def test_full_tuning_is_penalised_in_the_weights_and_continues(world: World) -> None:
    full = {"finetuning_type": "full", "lora_rank": None, "lora_alpha": None, "lora_target": None, "ewc_save": True}
    full |= {"ewc_fisher_samples": 16, "stage_eval": True}
    ended = cli("train", world.recipe("full_a", dataset="talk", **full), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    about = json.loads((world.folder / "full_a/ewc/ewc.json").read_text(encoding="utf-8"))
    assert (about["space"], [term["form"] for term in about["terms"]]) == ("weights", ["dense"])
    later = {**full, "dataset": "translation", "model_name_or_path": str(world.folder / "full_a"), "ewc_lambda": 5}
    ended = cli("train", world.recipe("full_b", **later), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert log(world.folder / "full_b", "ewc/penalty")[-1] > 0
    matrix = json.loads((world.folder / "full_b/stage_eval/matrix.json").read_text(encoding="utf-8"))
    assert [row["label"] for row in matrix["rows"]] == ["base", "full_a", "full_b"]
