"""`python -m ewc_plugin estimate`, as a user types it."""

import re
import sys
from pathlib import Path

import pytest
from _tiny import Process, World, run


def estimate(world: World, recipe: Path, *words: str, **variables: str) -> Process:
    command = [sys.executable, "-m", "ewc_plugin", "estimate", recipe, *words]
    return run(command, cwd=world.folder, **variables)


@pytest.fixture(scope="module")
def page(world: World) -> str:
    recipe = world.recipe("to come", ewc_save=True, batch_tokens=600, gradient_accumulation_steps=None)
    ended = estimate(world, recipe, "num_train_epochs=2", "--gpu", "4090", "--count", "2", "--price", "1.5")
    assert ended.code == 0, ended.err[-3000:]
    return ended.out


def test_it_says_that_nothing_was_measured(page: str) -> None:
    assert re.search(r"^estimated, not measured: .*to come\.yaml on 2 × RTX 4090 \(24 GiB, 165\.2 TFLOP/s", page, re.M)
    assert "[measured" not in page


def test_it_counts_data_and_steps(page: str) -> None:
    assert "data: 48 examples, 48 trained on; 1,278 tokens, of which " in page
    assert "batch: 6 × 2 accumulated × 2 GPUs, 639 tokens a step" in page
    assert "steps: 2 an epoch, 4 in all" in page


def test_it_has_a_row_for_each_thing_in_a_gpus_memory(page: str) -> None:
    rows = re.findall(r"^  (\S.*?) {2,}[\d.]+  ", page, re.M)
    assert rows == [
        *("weights, frozen", "weights, trained", "gradients", "DDP's buckets", "optimiser", "overhead"),
        *("micro-batch *", "Fisher pass *", "at the peak"),
    ]


def test_it_ends_with_hours_and_price(page: str) -> None:
    assert re.search(r"^hours: [\d.]+ = training [\d.]+ ", page, re.M)
    assert re.search(r"^price: [\d.]+ at 1\.5 an hour and GPU$", page, re.M)


def test_a_mixture_that_is_not_built_leaves_memory_and_says_what_to_type(world: World) -> None:
    recipe = world.recipe("unbuilt", dataset="nothing")
    ended = estimate(world, recipe, "--gpu", "H100")
    assert ended.code == 0, ended.err[-3000:]
    assert "data: not there, so that tokens, steps and hours cannot be counted: dataset nothing is not in " in ended.out
    assert "at the peak" in ended.out
    assert "for each million tokens" in ended.out


@pytest.mark.slow
def test_without_a_gpu_here_one_must_be_named(world: World) -> None:
    ended = estimate(world, world.recipe("nowhere"))
    assert ended.code == 2
    assert "ArgumentsError: --gpu: expected one of H200, " in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.slow
def test_a_recipe_that_does_not_fit_is_answered_with_those_that_do(tmp_path: Path, world: World) -> None:
    from transformers import Gemma2Config

    shape = {"hidden_size": 3584, "intermediate_size": 14336, "num_attention_heads": 16, "num_key_value_heads": 8}
    Gemma2Config(**shape, vocab_size=256000, num_hidden_layers=42, head_dim=256).save_pretrained(tmp_path)
    recipe = Path(__file__).parents[2] / "recipes/task.yaml"
    ended = estimate(world, recipe, f"model_name_or_path={tmp_path}", "--gpu", "4090")
    assert ended.code == 0, ended.err[-3000:]
    assert "does NOT fit" in ended.out
    assert re.search(r"recipes/qlora/task\.yaml: \d\d\.\d GB, fits on 1 × RTX 4090", ended.out)
    # its DeepSpeed config is named from the folder that holds recipes/
    assert re.search(r"recipes/full/task\.yaml: not estimated: deepspeed: recipes/deepspeed/zero3.json", ended.out)
