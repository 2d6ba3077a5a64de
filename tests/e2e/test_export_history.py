"""An exported model keeps what a next stage needs: the anchor is found, the matrix grows, the card says what it is."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from _tiny import World, cli, python
from safetensors.torch import load_file

SECOND = {"dataset": "translation", "ewc_lambda": 10, "ewc_save": True, "ewc_fisher_samples": 16, "stage_eval": True}


def export(world: World, name: str, **keys: Any) -> Path:
    """`llamafactory-cli export`, as recipes/export.yaml does it; the folder."""
    recipe = {
        "model_name_or_path": str(world.folder / "base"),
        "template": "gemma2",
        "export_dir": str(world.folder / name),
        "export_device": "cpu",
        **keys,
    }
    path = world.folder / f"{name}_export.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    ended = cli("export", path, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    (world.folder / f"{name}.said").write_text(ended.out, encoding="utf-8")
    return world.folder / name


def trained(world: World, name: str, **keys: Any) -> str:
    ended = cli("train", world.recipe(name, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return ended.out


def labels(folder: Path) -> list[str]:
    matrix = json.loads((folder / "stage_eval/matrix.json").read_text(encoding="utf-8"))
    return [row["label"] for row in matrix["rows"]]


def history(folder: Path) -> list[str]:
    found: list[str] = json.loads((folder / "ewc/ewc.json").read_text(encoding="utf-8"))["history"]
    return found


@pytest.fixture(scope="module")
def second_stage(world: World, first_stage: Path) -> Path:
    trained(world, "b", **SECOND, adapter_name_or_path=str(first_stage))
    return world.folder / "b"


@pytest.fixture(scope="module")
def exported(world: World, second_stage: Path) -> Path:
    return export(world, "exported", adapter_name_or_path=str(second_stage))


def test_the_next_stage_from_an_exported_model_finds_its_anchor_and_goes_on_with_its_matrix(
    world: World, exported: Path
) -> None:
    assert history(exported) == ["a", "b"]
    assert labels(exported) == ["base", "a", "b"]
    keys = {**SECOND, "dataset": "talk", "model_name_or_path": str(exported), "lora_rank": 2}
    said = trained(world, "c", **keys)
    assert f"anchor {exported / 'ewc'}, predicted KL at the start 0 nats" in said
    assert history(world.folder / "c") == ["a", "b", "c"]
    assert labels(world.folder / "c") == ["base", "a", "b", "c"]
    # items of earlier rows came along: their changes are tested, not only shown
    assert "items gone" not in said


def test_the_history_does_not_need_the_folders_of_the_stages(world: World, exported: Path, tmp_path: Path) -> None:
    moved = tmp_path / "搬走 away"
    moved.mkdir()
    (exported / "stage_eval").rename(moved / "stage_eval")
    try:
        matrix = json.loads((moved / "stage_eval/matrix.json").read_text(encoding="utf-8"))
        folders = [moved / "stage_eval" / row["predictions"] for row in matrix["rows"]]
        assert all((folder / "talk_eval.jsonl").is_file() for folder in folders)
        assert all(folder.resolve().is_relative_to(moved) for folder in folders)
    finally:
        (moved / "stage_eval").rename(exported / "stage_eval")


def test_the_card_of_an_exported_model_says_its_stages_its_penalty_and_how_to_load_it(
    world: World, exported: Path
) -> None:
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert "| a | talk | 48 |" in card
    assert "| b | translation | 48 |" in card
    assert "| 10 | a |" in card  # λ, and what it protects
    assert f"llamafactory-cli chat --model_name_or_path {exported} --template gemma2" in card
    said = (world.folder / "exported.said").read_text(encoding="utf-8")
    assert "gives the prompts of training, token by token" in said


def sixteen_bit_base(world: World) -> Path:
    """The base as such models are published."""
    from transformers import AutoModelForCausalLM

    folder = world.folder / "base16"
    AutoModelForCausalLM.from_pretrained(world.folder / "base", dtype=torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(world.folder / "base" / name, folder)
    return folder


def test_a_merge_of_four_bit_training_into_bfloat16_is_base_plus_update(world: World) -> None:
    """W + s·BA in float64 from the files, rounded once; and a next stage in 4 bit finds what it needs."""
    base, four_bit = str(sixteen_bit_base(world)), {"quantization_bit": 4, "stage_eval": True}
    keys = {"model_name_or_path": base, "ewc_save": True, "ewc_fisher_samples": 8, "lora_alpha": 64}
    trained(world, "q4", **four_bit, **keys, learning_rate=1.0e-2)
    adapter = world.folder / "q4"
    merging = {"model_name_or_path": base, "adapter_name_or_path": str(adapter), "infer_dtype": "bfloat16"}
    merged = export(world, "q4_merged", **merging)
    found, before, update = (
        load_file(path)
        for path in (merged / "model.safetensors", f"{base}/model.safetensors", adapter / "adapter_model.safetensors")
    )
    exact = moved = entries = 0
    for name, value in found.items():
        layer = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{layer}.lora_A.weight" not in update:
            assert torch.equal(value, before[name])
            continue
        A, B = (update[f"{layer}.lora_{x}.weight"].double() for x in "AB")
        expected = before[name].double() + 64 / 4 * (B @ A)
        exact += int((expected.bfloat16() == value).sum())
        moved += int((expected.bfloat16() != before[name]).sum())
        entries += value.numel()
        assert torch.allclose(value.double(), expected, rtol=2**-8, atol=2**-12)
    assert exact / entries > 0.999  # the others are ties, within a rounding in float32
    assert moved / entries > 0.5  # else the comparison would say nothing of the update
    said = trained(world, "q4_next", **four_bit, model_name_or_path=str(merged), ewc_lambda=10, dataset="translation")
    assert f"anchor {merged / 'ewc'}, predicted KL at the start 0 nats" in said
    assert labels(world.folder / "q4_next") == ["base", "q4", "q4_next"]


WEB_UI = """
import json, sys
from llamafactory.webui.components.export import save_model
base, adapter, target = sys.argv[1:]
import llamafactory.webui.components.export as page
page.get_save_dir = lambda *words: adapter
said = list(save_model("en", "tiny", base, "lora", ["b"], "gemma2", 5, "none", "", "cpu", False, target, "", "{}"))
print(json.dumps(said))
"""


def test_an_export_from_the_web_ui_keeps_the_history_too(world: World, second_stage: Path) -> None:
    target = world.folder / "from_web"
    code = WEB_UI.replace("sys.argv[1:]", repr([str(world.folder / "base"), str(second_stage), str(target)]))
    ended = python(code, cwd=world.folder)
    assert "exported" in ended.last_json()[-1].lower()
    assert history(target) == ["a", "b"]
    assert labels(target) == ["base", "a", "b"]
    assert (target / "README.md").is_file()


@pytest.mark.slow
def test_an_adapter_without_history_is_exported_as_by_the_host_alone(world: World) -> None:
    trained(world, "plain")
    ours = export(world, "plain_ours", adapter_name_or_path=str(world.folder / "plain"))
    keys = yaml.safe_load((world.folder / "plain_ours_export.yaml").read_text(encoding="utf-8"))
    theirs = world.folder / "plain_theirs"
    path = world.folder / "plain_theirs.yaml"
    path.write_text(yaml.safe_dump({**keys, "export_dir": str(theirs)}), encoding="utf-8")
    assert cli("export", path, cwd=world.folder, LLAMAFACTORY_EWC="0").code == 0
    contents = [{p.name: p.read_bytes() for p in folder.iterdir()} for folder in (ours, theirs)]
    assert contents[0] == contents[1]
