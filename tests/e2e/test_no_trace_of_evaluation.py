"""A stage that is evaluated, also on its way, ends with the very weights of one that is not."""

import shutil
from pathlib import Path

import pytest
import torch
from _measured_stages import EVALUATED, cells, trained
from _tiny import World
from safetensors.torch import load_file

pytestmark = pytest.mark.slow

# dropout draws random numbers in each of nine steps
DRAWN = {"lora_dropout": 0.2, "num_train_epochs": 3}
SAVED = {"save_strategy": "steps", "save_steps": 4}
ON_THE_WAY = {**EVALUATED, "eval_steps": 2}


@pytest.fixture(scope="module")
def unmeasured(measured: World) -> Path:
    """A stage of the host's own trainer, without any key of ours."""
    return trained(measured, "unmeasured", **DRAWN)


@pytest.fixture(scope="module")
def observed(measured: World) -> Path:
    return trained(measured, "observed", **DRAWN, **SAVED, **ON_THE_WAY, overwrite_output_dir=None)


def weights(stage: Path) -> dict[str, torch.Tensor]:
    return dict(load_file(stage / "adapter_model.safetensors"))


def same_bits(ours: Path, theirs: Path) -> bool:
    left, right = weights(ours), weights(theirs)
    assert left.keys() == right.keys() != set()
    return all(torch.equal(left[name], right[name]) for name in right)


def test_weights_are_bit_equal_with_and_without_evaluation(observed: Path, unmeasured: Path) -> None:
    assert same_bits(observed, unmeasured)


def test_four_bit_weights_are_as_they_were_too(measured: World) -> None:
    # bitsandbytes repacks them for inference in eval mode on some CPUs, and gradients no longer pass through them
    keys = {**DRAWN, "quantization_bit": 4, "num_train_epochs": 1}
    free = trained(measured, "free_qlora", **keys)
    assert same_bits(trained(measured, "observed_qlora", **keys, **EVALUATED, eval_steps=1), free)


def test_dropout_would_have_shown_a_random_number_more(measured: World, unmeasured: Path) -> None:
    other = trained(measured, "other_seed", **DRAWN, seed=43)
    assert not same_bits(other, unmeasured)


def test_a_resumed_stage_that_is_evaluated_ends_with_the_same_bits(
    measured: World, observed: Path, unmeasured: Path
) -> None:
    resumed = measured.folder / "resumed"
    (resumed / "stage_eval").mkdir(parents=True)
    shutil.copytree(observed / "checkpoint-4", resumed / "checkpoint-4")
    keys = {**DRAWN, **SAVED, **ON_THE_WAY, "overwrite_output_dir": None}
    trained(measured, "resumed", **keys, resume_from_checkpoint=str(resumed / "checkpoint-4"))
    assert same_bits(resumed, unmeasured)
    assert cells(resumed, "resumed") == cells(observed, "observed")
    assert cells(resumed, "base") == cells(observed, "base")
