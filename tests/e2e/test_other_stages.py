"""EWC beyond SFT with LoRA: preference training protects what SFT left, and full tuning has a space of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from _tiny import SHAREGPT, SPEECH, World, cli

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


def test_a_dpo_stage_is_penalised_and_evaluated(world: World, first_stage: Path) -> None:
    columns = {"messages": "messages", "chosen": "chosen", "rejected": "rejected"}
    rows = [
        {
            "messages": [{"role": "user", "content": f"{SPEECH[i % 5]}{i}"}],
            "chosen": {"role": "assistant", "content": SPEECH[(i + 1) % 5]},
            "rejected": {"role": "assistant", "content": SPEECH[(i + 2) % 5]},
        }
        for i in range(24)
    ]
    register(world, "preferences", {**SHAREGPT, "columns": columns, "ranking": True}, rows)
    keys = {"stage": "dpo", "dataset": "preferences", "adapter_name_or_path": str(first_stage)}
    ended = cli("train", world.recipe("p", **keys, ewc_lambda=50, stage_eval=True), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert log(world.folder / "p", "ewc/penalty")[-1] > 0
    matrix = json.loads((world.folder / "p/stage_eval/matrix.json").read_text(encoding="utf-8"))
    assert [row["label"] for row in matrix["rows"]] == ["base", "a", "p"]


def test_full_tuning_is_penalised_in_the_weights_and_continues(world: World) -> None:
    full = {"finetuning_type": "full", "lora_rank": None, "lora_alpha": None, "lora_target": None, "ewc_save": True}
    full |= {"ewc_fisher_samples": 16, "stage_eval": True}
    ended = cli("train", world.recipe("full_a", dataset="talk", **full), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    about = json.loads((world.folder / "full_a/ewc/ewc.json").read_text(encoding="utf-8"))
    assert (about["space"], about["form"]) == ("weights", "dense")
    later = {**full, "dataset": "translation", "model_name_or_path": str(world.folder / "full_a"), "ewc_lambda": 5}
    ended = cli("train", world.recipe("full_b", **later), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert log(world.folder / "full_b", "ewc/penalty")[-1] > 0
    matrix = json.loads((world.folder / "full_b/stage_eval/matrix.json").read_text(encoding="utf-8"))
    assert [row["label"] for row in matrix["rows"]] == ["base", "full_a", "full_b"]
