"""Which model, and how its text is made: what a recipe says, and what the command line says instead."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import yaml

from converters.contract import SourceError
from converters.quality.models.settings import MODEL_KEYS, TEXT_KEYS, ModelSettings, add_arguments, settings_of

RECIPE: dict[str, Any] = {
    "model_name_or_path": "base",
    "adapter_name_or_path": "saves/a",
    "quantization_bit": 4,
    "template": "gemma2",
    "cutoff_len": 512,
    "mask_history": True,
    "train_on_prompt": False,
    "default_system": "只说中文。",
    "enable_thinking": False,
}
OF_TRAINING = {"stage": "sft", "dataset": "talk", "learning_rate": 1e-4, "ewc_lambda": 10, "neat_packing": True}


def settings(folder: Path, *words: str, **recipe: Any) -> ModelSettings:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True), encoding="utf-8")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return settings_of(parser.parse_args(["--recipe", str(path), *words] if recipe else [*words]))


def test_a_recipe_says_all_that_the_model_and_its_text_depend_on(tmp_path: Path) -> None:
    found = settings(tmp_path, **RECIPE, **OF_TRAINING)
    assert found.keys == RECIPE
    assert found.keys.keys() <= {*MODEL_KEYS, *TEXT_KEYS}
    assert found.packing  # and so drops what is longer than the cutoff


def test_what_is_named_takes_the_place_of_the_recipe(tmp_path: Path) -> None:
    words = [
        "--model",
        "other",
        "--template",
        "qwen",
        "--cutoff-len",
        "64",
        "--adapter",
        "b",
        "--quantization-bit",
        "8",
    ]
    found = settings(tmp_path, *words, **RECIPE)
    assert (found.model, found.template, found.cutoff, found.adapters) == ("other", "qwen", 64, ("b",))
    assert found.keys["quantization_bit"] == 8
    assert found.keys["mask_history"] is True


def test_the_adapter_of_a_recipe_can_be_left_out(tmp_path: Path) -> None:
    assert settings(tmp_path, "--adapter", "none", **RECIPE).adapters == ()


def test_several_adapters_are_named_with_commas(tmp_path: Path) -> None:
    assert settings(tmp_path, "--adapter", "a, b", **RECIPE).adapters == ("a", "b")


def test_a_model_and_its_template_need_no_recipe(tmp_path: Path) -> None:
    found = settings(tmp_path, "--model", "base", "--template", "gemma2")
    assert found.keys == {"model_name_or_path": "base", "template": "gemma2"}
    assert (found.cutoff, found.packing) == (2048, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--recipe"),
        (["--model", "base"], "--template"),
        (["--template", "gemma2"], "--model"),
        (["--model", "base", "--template", "gemma2", "--cutoff-len", "1"], "--cutoff-len"),
        (["--model", "base", "--template", "gemma2", "--batch-tokens", "0"], "--batch-tokens"),
    ],
)
def test_what_is_missing_or_senseless_is_said(tmp_path: Path, words: list[str], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        settings(tmp_path, *words)


@pytest.mark.parametrize("text", ["- a\n- list\n", "a: [b\n", ""])
def test_a_file_that_is_no_recipe_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"bad\.yaml"):
        settings(tmp_path, "--recipe", str(tmp_path / "bad.yaml"))
