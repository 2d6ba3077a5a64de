"""In which number format is a model really run? That which was asked for, whatever its checkpoint was stored in."""

from pathlib import Path

import _tiny
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from converters.quality.models.model import load
from converters.quality.models.settings import ModelSettings


@pytest.fixture(scope="module")
def stored(world: _tiny.World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny model once in bfloat16, as models are published, and an adapter on it whose update is not nothing."""
    folder = tmp_path_factory.mktemp("formats")
    model = AutoModelForCausalLM.from_pretrained(world.folder / "base", dtype=torch.bfloat16)
    model.save_pretrained(folder / "bfloat16")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / "bfloat16" / name).write_bytes((world.folder / "base" / name).read_bytes())
    adapted = get_peft_model(model.float(), LoraConfig(r=4, target_modules=["q_proj", "down_proj"]))
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.05)
    adapted.save_pretrained(folder / "adapter")
    return {"float32": world.folder / "base", "bfloat16": folder / "bfloat16", "adapter": folder / "adapter"}


def settings(path: Path, dtype: str, **more: object) -> ModelSettings:
    return ModelSettings(
        keys={"model_name_or_path": str(path), "template": "gemma2", **more}, dtype=dtype, device="cpu"
    )


@pytest.mark.parametrize("checkpoint", ["float32", "bfloat16"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_model_runs_in_the_format_that_was_asked_for(stored: dict[str, Path], checkpoint: str, dtype: str) -> None:
    found = load(settings(stored[checkpoint], dtype))
    assert {weight.dtype for weight in found.model.parameters()} == {getattr(torch, dtype)}
    assert found.about["dtype"] == dtype


def test_an_adapter_is_merged_in_the_format_that_was_asked_for(stored: dict[str, Path]) -> None:
    ids = torch.arange(5, 25)[None]
    base = AutoModelForCausalLM.from_pretrained(stored["bfloat16"], dtype=torch.float32, attn_implementation="eager")
    expected = PeftModel.from_pretrained(base, stored["adapter"])(ids).logits
    found = load(settings(stored["bfloat16"], "float32", adapter_name_or_path=str(stored["adapter"])))
    assert found.model(ids).logits == pytest.approx(expected.detach(), rel=1e-4, abs=1e-4)
