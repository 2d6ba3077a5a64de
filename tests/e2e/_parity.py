"""Which ways to train must end at the same weights? The configurations of the parity table, how they run, the table.

    python tests/e2e/_parity.py TABLE.md        # all of them, in true processes, on this machine's CPUs
    python tests/e2e/_parity.py TABLE.md --gpu [FAMILY …]  # those that one GPU can run

Each trains the same penalised stage on the same 44 examples, 8 to a step, so that the last window of each of the two
epochs has only 4; the gradient is clipped in every step. In one column a configuration differs from one process that
takes the 8 at once; in the other, that process differs from itself without the penalty.
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from _tiny import World, run, world
from safetensors.torch import load_file
from torch import Tensor

DRIVER = Path(__file__).with_name("_parity_driver.py")
EXAMPLES, STEP = 44, 8  # the last window of an epoch is short
EXACT = 1e-5
# bfloat16 keeps 8 bits, so activations differ with the order of sums: measured 2e-3
ROUNDED = 5e-3
# DeepSpeed computes with LoRA matrices in bfloat16, autocast with float32 ones: measured 1.4e-2 (1.3e-2 without EWC)
ROUNDED_WEIGHTS = 3e-2
EFFECT = 1e-2


@dataclass(frozen=True)
class Configuration:
    """One way to train, and the one-process run that it must agree with."""

    name: str
    processes: int
    keys: dict[str, Any] = field(default_factory=dict)
    family: str = "lora"
    tolerance: float = EXACT
    slow: bool = True
    anchored: bool = False  # also leaves an anchor, whose F must agree


def batch(micro: int, windows: int) -> dict[str, Any]:
    return {"per_device_train_batch_size": micro, "gradient_accumulation_steps": windows}


def zero(stage: int, **changes: Any) -> dict[str, Any]:
    """A DeepSpeed config that partitions even this small model, in many small messages."""
    optimisation = {
        "stage": stage,
        "round_robin_gradients": False,
        "overlap_comm": False,
        "contiguous_gradients": True,
        "reduce_bucket_size": 50_000,
        "allgather_bucket_size": 50_000,
        **changes,
    }
    if stage == 3:
        optimisation |= {
            "stage3_param_persistence_threshold": 0,  # else nothing this small would be partitioned
            "stage3_prefetch_bucket_size": 0,
            "stage3_max_live_parameters": 1000,
            "stage3_max_reuse_distance": 0,
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    auto = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "gradient_clipping")
    return {
        **dict.fromkeys(auto, "auto"),
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto", "initial_scale_power": 12},
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,  # DeepSpeed's own would have to be compiled
        "zero_optimization": optimisation,
    }


ON_CPU = {"device": "cpu", "pin_memory": False}
REENTRANT = {"disable_gradient_checkpointing": False, "use_reentrant_gc": True}
NOT_REENTRANT = {"disable_gradient_checkpointing": False, "use_reentrant_gc": False}
# in float32: the last bit of a bfloat16 would hide what is compared
SAVES = {"ewc_save": True, "ewc_fisher_samples": 40, "ewc_fisher_batch_size": 4, "ewc_storage": "float32"}

# what the stage before and the penalised stage of each family have in common
FAMILIES: dict[str, dict[str, Any]] = {
    "lora": {"finetuning_type": "lora"},
    "lora, factored": {"finetuning_type": "lora", "ewc_form": "factored"},
    "lora, 40 examples": {"finetuning_type": "lora", "max_samples": 40},
    "qlora": {"finetuning_type": "lora", "quantization_bit": 4},
    "full": {"finetuning_type": "full", "learning_rate": 1.0e-3},
    "bf16": {"finetuning_type": "lora", "bf16": True},
    "full bf16": {"finetuning_type": "full", "learning_rate": 1.0e-3, "bf16": True},
    "fp16": {"finetuning_type": "lora", "fp16": True},  # with a loss scaler; on GPUs only
    "qlora bf16": {"finetuning_type": "lora", "quantization_bit": 4, "bf16": True},
}
OF_LORA = {"lora_rank": 4, "lora_target": "all", "lora_dropout": 0.0}

CONFIGURATIONS = (
    Configuration("accumulation 8×1", 1, batch(1, 8), slow=False),
    Configuration("DDP", 2, batch(2, 2), slow=False, anchored=True),
    Configuration("ZeRO-2", 2, {**batch(2, 2), "deepspeed": zero(2)}, slow=False, anchored=True),
    Configuration("ZeRO-3", 2, {**batch(2, 2), "deepspeed": zero(3)}, slow=False, anchored=True),
    Configuration("ZeRO-1", 2, {**batch(2, 2), "deepspeed": zero(1)}),
    Configuration("ZeRO-2, CPU offload", 2, {**batch(2, 2), "deepspeed": zero(2, offload_optimizer=ON_CPU)}),
    Configuration(
        "ZeRO-3, CPU offload",
        2,
        {**batch(2, 2), "deepspeed": zero(3, offload_optimizer=ON_CPU, offload_param=ON_CPU)},
    ),
    # 44 examples would not come out even: the host fills the last batch up with those of the first
    Configuration("DDP, one micro-batch a step", 2, batch(4, 1), "lora, 40 examples"),
    Configuration("reentrant checkpointing", 1, {**batch(4, 2), **REENTRANT}),
    Configuration("checkpointing, not reentrant", 1, {**batch(4, 2), **NOT_REENTRANT}),
    Configuration("DDP, reentrant checkpointing", 2, {**batch(2, 2), **REENTRANT}),
    Configuration("DDP, checkpointing, not reentrant", 2, {**batch(2, 2), **NOT_REENTRANT}),
    Configuration("ZeRO-2, reentrant checkpointing", 2, {**batch(2, 2), **REENTRANT, "deepspeed": zero(2)}),
    Configuration("ZeRO-3, reentrant checkpointing", 2, {**batch(2, 2), **REENTRANT, "deepspeed": zero(3)}),
    # not with ZeRO-3: torch refuses to recompute what DeepSpeed has partitioned, without our keys too
    Configuration("accumulation 8×1", 1, batch(1, 8), "lora, factored"),
    Configuration("ZeRO-3", 2, {**batch(2, 2), "deepspeed": zero(3)}, "lora, factored"),
    Configuration("accumulation 8×1", 1, batch(1, 8), "qlora"),
    Configuration("DDP", 2, batch(2, 2), "qlora"),
    Configuration("accumulation 8×1", 1, batch(1, 8), "full"),
    Configuration("DDP", 2, batch(2, 2), "full", anchored=True),
    Configuration("ZeRO-2", 2, {**batch(2, 2), "deepspeed": zero(2)}, "full"),
    Configuration("ZeRO-3", 2, {**batch(2, 2), "deepspeed": zero(3)}, "full", anchored=True),
    Configuration(
        "ZeRO-3, CPU offload, F and θ* in 8 bit on the CPU",
        2,
        {
            **batch(2, 2),
            "deepspeed": zero(3, offload_optimizer=ON_CPU, offload_param=ON_CPU),
            "ewc_storage": "8bit",
            "ewc_offload": True,
        },
        "full",
        tolerance=1e-3,  # F is kept to 8 %, so the penalty is another one; measured 1e-4
    ),
    Configuration("accumulation 8×1", 1, batch(1, 8), "bf16", tolerance=ROUNDED),
    Configuration("DDP", 2, batch(2, 2), "bf16", tolerance=ROUNDED),
    Configuration("ZeRO-2", 2, {**batch(2, 2), "deepspeed": zero(2)}, "bf16", tolerance=ROUNDED_WEIGHTS),
    Configuration("ZeRO-3", 2, {**batch(2, 2), "deepspeed": zero(3)}, "bf16", tolerance=ROUNDED_WEIGHTS),
    Configuration("ZeRO-2", 2, {**batch(2, 2), "deepspeed": zero(2)}, "full bf16", tolerance=ROUNDED),
)

# on one GPU; DeepSpeed with one process keeps float32 masters behind half-precision weights all the same
ON_A_GPU = (
    Configuration("accumulation 8×1", 1, batch(1, 8)),
    Configuration("reentrant checkpointing", 1, {**batch(4, 2), **REENTRANT}),
    Configuration("ZeRO-3", 1, {**batch(4, 2), "deepspeed": zero(3)}),
    Configuration("accumulation 8×1", 1, batch(1, 8), "fp16", tolerance=ROUNDED),
    Configuration("ZeRO-2", 1, {**batch(4, 2), "deepspeed": zero(2)}, "fp16", tolerance=ROUNDED_WEIGHTS),
    Configuration("accumulation 8×1", 1, batch(1, 8), "bf16", tolerance=ROUNDED),
    Configuration("ZeRO-2", 1, {**batch(4, 2), "deepspeed": zero(2)}, "bf16", tolerance=ROUNDED_WEIGHTS),
    Configuration("ZeRO-3", 1, {**batch(4, 2), "deepspeed": zero(3)}, "bf16", tolerance=ROUNDED_WEIGHTS),
    Configuration("accumulation 8×1", 1, batch(1, 8), "qlora bf16", tolerance=ROUNDED),
    Configuration("accumulation 8×1", 1, batch(1, 8), "full"),
    Configuration("ZeRO-2", 1, {**batch(4, 2), "deepspeed": zero(2)}, "full bf16", tolerance=ROUNDED),
    Configuration(
        "ZeRO-3, F and θ* in 8 bit on the CPU",
        1,
        {**batch(4, 2), "deepspeed": zero(3), "ewc_storage": "8bit", "ewc_offload": True},
        "full bf16",
        tolerance=ROUNDED_WEIGHTS,
    ),
)


# -- recipes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A folder in which the configurations train, and what they came to."""

    world: World
    device: Literal["cpu", "cuda"] = "cpu"

    def folder(self, *names: str) -> Path:
        return self.world.folder / "-".join(names).replace(" ", "_").replace(",", "").replace("*", "")

    def common(self, family: str) -> dict[str, Any]:
        kept = {key: value for key, value in FAMILIES[family].items() if key != "ewc_form"}
        return {
            "model_name_or_path": str(self.world.folder / "base"),
            "template": "gemma2",
            "dataset_dir": str(self.world.folder / "data"),
            "stage": "sft",
            "do_train": True,
            "cutoff_len": 128,
            "learning_rate": 3.0e-3,
            "num_train_epochs": 2,
            "max_samples": EXAMPLES,
            "logging_steps": 1,
            "overwrite_output_dir": True,
            "save_strategy": "no",
            "report_to": "none",
            "use_cpu": self.device == "cpu",
            "seed": 7,
            "disable_gradient_checkpointing": True,
            **(OF_LORA if kept["finetuning_type"] == "lora" else {}),
            **kept,
        }

    def first(self, family: str) -> dict[str, Any]:
        """The stage before: it leaves the anchor."""
        form = {key: value for key, value in FAMILIES[family].items() if key == "ewc_form"}
        keys = {"dataset": "talk", **SAVES, **form, **batch(STEP, 1)}
        return self.job(self.folder(family, "first"), **self.common(family), **keys)

    def second(self, family: str, name: str, **keys: Any) -> dict[str, Any]:
        """The penalised stage; `keys` may take the penalty away."""
        before = str(self.folder(family, "first"))
        full = FAMILIES[family]["finetuning_type"] == "full"
        continued = {"model_name_or_path" if full else "adapter_name_or_path": before}
        recipe = {**self.common(family), **continued, "dataset": "translation", "ewc_lambda": "300"}
        clipped = {"max_grad_norm": 0.05}  # the gradient is ten times as long in every step
        return self.job(self.folder(family, name), **{**recipe, **clipped, **keys})

    def job(self, folder: Path, **recipe: Any) -> dict[str, Any]:
        kept = {key: value for key, value in recipe.items() if value is not None}
        return {"name": folder.name, "recipe": {**kept, "output_dir": str(folder)}}

    # -- running -----------------------------------------------------------------------------------------------

    def train(self, wanted: Sequence[Configuration]) -> None:
        """The stages before and the references in one process, then the rest, each launcher started once."""
        one: list[dict[str, Any]] = []
        for family in dict.fromkeys(c.family for c in wanted):
            anchored = SAVES if any(c.anchored for c in wanted if c.family == family) else {}
            one += [self.first(family), self.second(family, "reference", **batch(STEP, 1), **anchored)]
            one += [self.second(family, "free", **batch(STEP, 1), ewc_lambda=None)]
        one += [self._job(c) for c in wanted if c.processes == 1]
        two = [self._job(c) for c in wanted if c.processes == 2]
        self._launch(one, [sys.executable] if self.device == "cpu" else self._torchrun(1))
        if two:
            self._launch(two, self._torchrun(2))

    def _torchrun(self, processes: int) -> list[str | Path]:
        return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]

    def _job(self, configuration: Configuration) -> dict[str, Any]:
        keys = {**configuration.keys, **(SAVES if configuration.anchored else {})}
        return self.second(configuration.family, configuration.name, **keys)

    def _launch(self, jobs: list[dict[str, Any]], launcher: Sequence[str | Path]) -> None:
        """One process tree for all jobs, another for those that a failure kept from their turn."""
        while jobs:
            path = self.world.folder / f"{jobs[0]['name']}.json"
            path.write_text(json.dumps(jobs), encoding="utf-8")
            # DeepSpeed on a CPU also where there is a GPU
            chosen = {"DS_ACCELERATOR": self.device}
            if self.device == "cuda":
                chosen["CUDA_VISIBLE_DEVICES"] = "0"
            ended = run([*launcher, DRIVER, path], cwd=self.world.folder, timeout=3000, **chosen)
            path.with_suffix(".log").write_text(ended.out + ended.err, encoding="utf-8")
            left = [job for job in jobs if not _ended(Path(job["recipe"]["output_dir"]))]
            if left == jobs:
                return  # not even the first came to an end
            jobs = left

    # -- results -----------------------------------------------------------------------------------------------

    def failure(self, configuration: Configuration) -> str | None:
        """Why a configuration, or what it is compared with, has no result."""
        for name in ("first", "reference", "free", configuration.name):
            folder = self.folder(configuration.family, name)
            if not (folder / "done").exists():
                reason = folder / "failure.txt"
                return f"{folder.name}: {reason.read_text() if reason.exists() else 'did not come to its end'}"
        return None

    def difference(self, configuration: Configuration) -> float:
        """‖θ − θ_reference‖ / ‖θ_reference‖ of the weights that the host saved."""
        return self._between(configuration.family, configuration.name)

    def effect(self, family: str) -> float:
        """What the penalty does to the same weights."""
        return self._between(family, "free")

    def importance(self, configuration: Configuration) -> float:
        """‖F − F_reference‖ / ‖F_reference‖ of the anchors that both left."""
        found, expected = (
            squared(tensors(self.folder(configuration.family, name) / "ewc", "fisher*.safetensors"))
            for name in (configuration.name, "reference")
        )
        return relative(found, expected)

    def _between(self, family: str, name: str) -> float:
        found, expected = (weights(self.folder(family, n)) for n in (name, "reference"))
        return relative(found, expected)

    def rows(self, configurations: Iterable[Configuration]) -> Iterable[str]:
        yield "| trained | how | processes | ‖Δθ‖/‖θ‖ | allowed | the penalty's effect | ‖ΔF‖/‖F‖ |"
        yield "|---|---|---|---|---|---|---|"
        for c in configurations:
            reason = self.failure(c)
            if reason:
                yield f"| {c.family} | {c.name} | {c.processes} | {reason.strip().splitlines()[-1][:200]} | | | |"
                continue
            importance = f"{self.importance(c):.1e}" if c.anchored else ""
            numbers = f"{self.difference(c):.1e} | {c.tolerance:.0e} | {self.effect(c.family):.1e} | {importance}"
            yield f"| {c.family} | {c.name} | {c.processes} | {numbers} |"


def _ended(folder: Path) -> bool:
    return (folder / "done").exists() or (folder / "failure.txt").exists()


def weights(folder: Path) -> dict[str, Tensor]:
    return tensors(folder, "adapter_model.safetensors") or tensors(folder, "model*.safetensors")


@cache
def tensors(folder: Path, pattern: str) -> dict[str, Tensor]:
    return {k: v.double() for path in sorted(folder.glob(pattern)) for k, v in load_file(path).items()}


def squared(fisher: dict[str, Tensor]) -> dict[str, Tensor]:
    """With U Uᵀ in place of the low-rank factors, which are unique up to a rotation."""
    return {name: value @ value.T if name.endswith(".U") else value for name, value in fisher.items()}


def relative(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    # under ZeRO-2 the host saves tied weights under both their names
    assert set(found) >= set(expected) != set()
    distance = sum(float((found[n] - expected[n]).square().sum()) for n in expected)
    return float((distance / sum(float(v.square().sum()) for v in expected.values())) ** 0.5)


def signature(device: str) -> str:
    names = ("torch", "transformers", "accelerate", "peft", "deepspeed", "bitsandbytes", "llamafactory")
    name = "CPU" if device == "cpu" else torch.cuda.get_device_name()
    return f"{date.today().isoformat()}, {name}, " + ", ".join(f"{name} {version(name)}" for name in names)


def main(path: str, families: Sequence[str] = (), *, device: Literal["cpu", "cuda"]) -> None:
    configurations = [
        c for c in (CONFIGURATIONS if device == "cpu" else ON_A_GPU) if not families or c.family in families
    ]
    with tempfile.TemporaryDirectory() as folder:
        table = Table(world(Path(folder)), device)
        table.train(configurations)
        text = "\n".join(table.rows(configurations))
    Path(path).write_text(f"{signature(device)}\n\n{text}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    named = [word for word in sys.argv[2:] if word != "--gpu"]
    main(sys.argv[1], named, device="cuda" if "--gpu" in sys.argv[2:] else "cpu")
