"""A stage is killed by SIGKILL, in a step or while it writes a checkpoint, and started again by the same command."""

import json
import re
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from _parity import zero
from _parity_driver import without_probe
from _tiny import FIRST, SHAREGPT, Process, World, cli, world
from safetensors.torch import load_file

STEPS = 9  # three epochs of three steps
SECOND = {
    "dataset": "translation",
    "ewc_lambda": 5,
    "lora_dropout": 0.2,
    "num_train_epochs": 3,
    "save_strategy": "steps",
    "save_steps": 2,
    "overwrite_output_dir": None,  # the host resumes by itself only without it
}
# what an operator, a full memory or a preemption does, at a chosen moment
PLANTED = """
import os, signal
from wrapt import register_post_import_hook

def plant(module):
    method, step = os.environ["KILL_IN"], int(os.environ["KILL_AT"])
    original = getattr(module.Trainer, method)

    def killed(self, *arguments, **named):
        if self.state.global_step == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *arguments, **named)

    setattr(module.Trainer, method, killed)

def without_compiling(module):
    # on a CPU DeepSpeed would compile collectives over shared memory for a minute, while gloo's are there
    module.__compatible_ops__["deepspeed_shm_comm"] = False

register_post_import_hook(without_compiling, "deepspeed.ops")

def with_numbered_cpus(module):
    # in two processes without GPUs the host loads the optimiser's state to "cpu:0", which torch does not know
    module.register_package(11, lambda _: None, lambda stored, place: stored if place.startswith("cpu:") else None)

register_post_import_hook(with_numbered_cpus, "torch.serialization")
if "KILL_IN" in os.environ:
    register_post_import_hook(plant, "transformers.trainer")
"""


@dataclass(frozen=True)
class Place:
    """A world whose first stage is trained, and a stage that was never killed to compare with."""

    world: World
    traps: Path

    def second(self, name: str, **keys) -> Path:
        recipe = {"adapter_name_or_path": str(self.world.folder / "a"), **SECOND, **keys}
        return self.world.recipe(name, **recipe)

    def train(self, recipe: Path, **variables: str) -> Process:
        return cli("train", recipe, cwd=self.world.folder, PYTHONPATH=str(self.traps), **variables)

    def killed(self, recipe: Path, *, method: str, step: int, **variables: str) -> Process:
        return self.train(recipe, KILL_IN=method, KILL_AT=str(step), **variables)

    def weights(self, name: str) -> torch.Tensor:
        folder = self.world.folder / name
        (path,) = [*folder.glob("adapter_model.safetensors"), *folder.glob("model.safetensors")]
        stored = load_file(path)
        return torch.cat([stored[key].flatten() for key in sorted(stored)])

    def difference(self, ours: str, theirs: str) -> float:
        return float((self.weights(ours) - self.weights(theirs)).norm() / self.weights(theirs).norm())


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    folder = tmp_path_factory.mktemp("resume")
    made = world(folder)
    (folder / "traps").mkdir()
    (folder / "traps" / "sitecustomize.py").write_text(PLANTED, encoding="utf-8")
    first = {**FIRST, "stage_eval": False, "num_train_epochs": 8, "learning_rate": 5.0e-3}  # something to forget
    ended = cli("train", made.recipe("a", **first), cwd=folder)
    assert ended.code == 0, ended.err[-3000:]
    without_probe(folder / "a" / "ewc")
    there = Place(made, folder / "traps")
    whole = there.train(there.second("whole"))
    assert whole.code == 0, whole.err[-3000:]
    return there


def began_after(process: Process) -> int:
    """The step that a process continued from: a stage that is trained anew ends with the same weights."""
    found = re.search(
        r"Resuming training from checkpoint with epoch \d+ and global step (\d+)", process.err + process.out
    )
    assert found is not None
    return int(found.group(1))


def steps(place: Place, name: str) -> list[int]:
    state = json.loads((place.world.folder / name / "trainer_state.json").read_text())
    return [entry["step"] for entry in state["log_history"] if "loss" in entry]


@pytest.mark.slow
def test_a_stage_that_was_killed_between_checkpoints_ends_as_if_it_had_not_been(place):
    recipe = place.second("between")
    assert place.killed(recipe, method="training_step", step=5).code == -signal.SIGKILL
    again = place.train(recipe)
    assert again.code == 0, again.err[-3000:]
    assert began_after(again) == 4
    assert steps(place, "between") == list(range(1, STEPS + 1))
    assert place.difference("between", "whole") <= 1e-5
    free = place.train(place.second("free", ewc_lambda=None))
    assert free.code == 0, free.err[-3000:]
    assert place.difference("whole", "free") >= 1e-4


OF_FULL = {"finetuning_type": "full", "lora_rank": None, "lora_target": None, "lora_dropout": None}


@pytest.mark.slow
@pytest.mark.parametrize("tuning", ["qlora", "full"])
def test_four_bit_and_full_tuning_end_as_if_they_had_not_been_killed(place, tuning):
    keys = {"quantization_bit": 4}
    if tuning == "full":
        first = {**FIRST, **OF_FULL, "stage_eval": False, "learning_rate": 1.0e-3}
        ended = cli("train", place.world.recipe("full-a", **first), cwd=place.world.folder)
        assert ended.code == 0, ended.err[-3000:]
        without_probe(place.world.folder / "full-a" / "ewc")
        keys = {**OF_FULL, "adapter_name_or_path": None, "model_name_or_path": str(place.world.folder / "full-a")}
    whole = place.train(place.second(f"{tuning}-whole", **keys))
    assert whole.code == 0, whole.err[-3000:]
    recipe = place.second(f"{tuning}-between", **keys)
    assert place.killed(recipe, method="training_step", step=5).code == -signal.SIGKILL
    again = place.train(recipe)
    assert again.code == 0, again.err[-3000:]
    assert began_after(again) == 4
    assert place.difference(f"{tuning}-between", f"{tuning}-whole") <= 1e-5
    history = json.loads((place.world.folder / f"{tuning}-between" / "trainer_state.json").read_text())["log_history"]
    assert max(entry.get("ewc/penalty", 0) for entry in history) > 1e-6


@pytest.mark.slow
def test_a_checkpoint_that_was_torn_is_passed_over_by_the_same_command(place):
    recipe = place.second("torn")
    assert place.killed(recipe, method="_save_rng_state", step=6).code == -signal.SIGKILL
    assert (place.world.folder / "torn" / "checkpoint-6" / "adapter_model.safetensors").is_file()
    named = place.train(place.second("torn", resume_from_checkpoint=str(place.world.folder / "torn/checkpoint-6")))
    assert named.code != 0
    assert "checkpoint-6 is torn" in named.err
    assert f"{place.world.folder / 'torn' / 'checkpoint-4'}: name that" in named.err
    other = place.train(place.second("torn", ewc_lambda=7))
    assert other.code != 0
    assert "expected ewc_lambda 5" in other.err
    assert "found ewc_lambda 7" in other.err
    again = place.train(place.second("torn"))
    assert again.code == 0, again.err[-3000:]
    assert began_after(again) == 4
    lines = [line for line in again.out.splitlines() if "checkpoint-6 is torn" in line]
    assert len(lines) == 1
    assert lines[0].endswith("resuming from checkpoint-4")
    assert place.difference("torn", "whole") <= 1e-5


# under ZeRO every rank writes a part of the optimiser's state
@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["ddp", "zero2", "zero3"])
def test_two_processes_agree_on_the_checkpoint_that_they_resume_from(place, launcher):
    if launcher != "ddp":
        pytest.importorskip("deepspeed")
    launched = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2", "DS_ACCELERATOR": "cpu"}
    keys = {
        "gradient_accumulation_steps": 1,
        **({"ddp_backend": "gloo"} if launcher == "ddp" else {"deepspeed": zero(int(launcher[-1]))}),
    }
    whole, torn = f"{launcher}-whole", f"{launcher}-torn"
    ended = place.train(place.second(whole, **keys), **launched)
    assert ended.code == 0, ended.err[-3000:]
    assert place.killed(place.second(torn, **keys), method="_save_rng_state", step=6, **launched).code != 0
    again = place.train(place.second(torn, **keys), **launched)
    assert again.code == 0, again.err[-3000:]
    assert began_after(again) == 4
    assert again.out.count("checkpoint-6 is torn") == 1
    assert place.difference(torn, whole) <= 1e-5


@pytest.mark.slow
def test_a_killed_search_for_lambda_goes_on_where_it_was(place):
    keys = {
        "ewc_lambda": "auto",
        "ewc_budget": 0.001,
        "eval_dataset": "talk_eval",
        "eval_on_each_dataset": True,
        "eval_strategy": "steps",
        "eval_steps": 1,
    }
    whole = place.train(place.second("auto", **keys))
    assert whole.code == 0, whole.err[-3000:]
    recipe = place.second("auto-killed", **keys)
    assert place.killed(recipe, method="training_step", step=5).code == -signal.SIGKILL
    again = place.train(recipe)
    assert again.code == 0, again.err[-3000:]
    assert began_after(again) == 4
    found, expected = (decided(place, name) for name in ("auto-killed", "auto"))
    assert found == pytest.approx(expected, rel=1e-4)
    assert len(expected) == STEPS + 1  # and once before the first step
    assert len(set(expected)) > 2
    assert place.difference("auto-killed", "auto") <= 1e-5


def decided(place: Place, name: str) -> list[float]:
    state = json.loads((place.world.folder / name / "trainer_state.json").read_text())
    return [entry["ewc/lambda"] for entry in state["log_history"] if "ewc/violation" in entry]


def test_a_recipe_that_lacks_what_the_search_needs_is_refused_before_a_model_is_loaded(tmp_path):
    made = World(tmp_path)
    registry = {"talk_eval": {"eval": {"task": "instruction", "stage": "a", "protected": True}, **SHAREGPT}}
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dataset_info.json").write_text(json.dumps(registry))
    ended = cli("train", made.recipe("lacking", ewc_lambda="auto"), cwd=tmp_path)
    assert ended.code != 0
    for named in ("needs ewc_budget", r"needs eval_dataset: .*\(talk_eval\); found none", "needs eval_strategy"):
        assert re.search(f"ewc_lambda: auto {named}", ended.err), named
    assert not (tmp_path / "lacking").exists()
