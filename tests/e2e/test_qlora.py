"""EWC on a model in 4 bit: stage by stage with one adapter, and across a merge in bfloat16."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from _tiny import Process, World, cli
from safetensors.torch import load_file

pytestmark = pytest.mark.slow

KEYS = {"quantization_bit": 4, "ewc_save": True, "ewc_fisher_samples": 16}
SECOND = {**KEYS, "dataset": "translation", "ewc_lambda": 50}


def trained(world: World, name: str, **keys: Any) -> Process:
    ended = cli("train", world.recipe(name, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return ended


def penalties(stage: Path) -> list[float]:
    history = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry["ewc/penalty"] for entry in history if "ewc/penalty" in entry]


@pytest.fixture(scope="session")
def first(world: World) -> Path:
    trained(world, "q_a", **KEYS, dataset="talk")
    return world.folder / "q_a"


@pytest.fixture(scope="session")
def merged(world: World, first: Path) -> Path:
    """The first stage merged by the host, in bfloat16."""
    keys = {"adapter_name_or_path": str(first), "export_dir": str(world.folder / "q_merged"), "export_device": "cpu"}
    recipe = {"model_name_or_path": str(world.folder / "base"), "template": "gemma2", "infer_dtype": "bfloat16"}
    path = world.folder / "q_export.yaml"
    path.write_text(yaml.safe_dump({**recipe, **keys}), encoding="utf-8")
    ended = cli("export", path, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "q_merged"


def test_a_stage_in_four_bit_leaves_an_anchor_in_full_precision(world: World, first: Path) -> None:
    theta, fisher = (load_file(first / "ewc" / f"{name}.safetensors") for name in ("anchor", "fisher"))
    weights = load_file(first / "adapter_model.safetensors")
    assert {value.dtype for value in theta.values()} == {torch.float32}
    # of a sketch only U is kept in half precision (ewc_storage)
    kinds = {name: torch.bfloat16 if name.endswith(".U") else torch.float32 for name in fisher}
    assert {name: value.dtype for name, value in fisher.items()} == kinds
    assert all(torch.isfinite(value).all() for value in fisher.values())
    assert any((value != 0).any() for value in fisher.values())
    for name, value in weights.items():
        layer, _, part = name.removeprefix("base_model.model.").partition(".lora_")
        (stored,) = (v for n, v in theta.items() if n.endswith(f"{layer}.{part[0]}"))
        assert (stored == (value if part[0] == "A" else 2 * value)).all()  # α/r = 8/4, the host's default α


def test_the_next_stage_in_four_bit_is_held_to_it(world: World, first: Path) -> None:
    trained(world, "q_b", **SECOND, adapter_name_or_path=str(first))
    found = penalties(world.folder / "q_b")
    assert found[0] == pytest.approx(0, abs=1e-12)
    assert found[-1] > 1e-6
    history = json.loads((world.folder / "q_b" / "ewc" / "ewc.json").read_text(encoding="utf-8"))["history"]
    assert history == ["q_a", "q_b"]


def test_after_a_merge_in_bfloat16_the_next_stage_keeps_its_anchor_and_says_what_quantising_changed(
    world: World, first: Path, merged: Path
) -> None:
    ended = trained(world, "q_c", **SECOND, model_name_or_path=str(merged), ewc_anchor=str(first))
    assert "was merged into the base model; its anchor follows it there" in ended.out
    found = penalties(world.folder / "q_c")
    assert found[0] == pytest.approx(0, abs=1e-12)
    assert found[-1] > 1e-6
    (said,) = re.findall(r"quantising the merged weights again moved them by ([\d.]+)% of their size", ended.out)
    assert float(said) == pytest.approx(100 * rounding(merged), rel=0.1)


def rounding(checkpoint: Path) -> float:
    """‖Q(W) − W‖ ÷ ‖W‖ over the linear maps, with bitsandbytes itself."""
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    weights = load_file(checkpoint / "model.safetensors")
    apart = size = 0.0
    for name, weight in weights.items():
        if name.endswith("_proj.weight"):
            whole = weight.float()
            back = dequantize_4bit(*quantize_4bit(whole, quant_type="nf4", compress_statistics=True))
            apart += float((back - whole).square().sum())
            size += float(whole.square().sum())
    return (apart / size) ** 0.5


def test_the_untouched_base_in_four_bit_can_be_an_anchor(world: World) -> None:
    trained(world, "q_base", quantization_bit=4, ewc_estimate=True, ewc_fisher_samples=16)
    keys = {key: value for key, value in SECOND.items() if key != "ewc_save" and key != "ewc_fisher_samples"}
    trained(world, "q_held", **keys, ewc_anchor=str(world.folder / "q_base"))
    assert penalties(world.folder / "q_held")[-1] > 1e-6


def test_a_model_saved_in_four_bit_is_refused_because_its_base_cannot_be_known(world: World) -> None:
    """Its files hold no weights to tell one base from another by."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    settings = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    model = AutoModelForCausalLM.from_pretrained(world.folder / "base", quantization_config=settings)
    saved = world.folder / "base_4bit"
    model.save_pretrained(saved)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (saved / name).write_bytes((world.folder / "base" / name).read_bytes())
    ended = cli("train", world.recipe("q_saved", ewc_save=True, model_name_or_path=str(saved)), cwd=world.folder)
    assert ended.code != 0
    assert "not one that was saved quantised" in ended.err
    assert not (world.folder / "q_saved" / "adapter_model.safetensors").exists()  # nothing was trained
