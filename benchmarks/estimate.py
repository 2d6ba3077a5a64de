"""How near is `python -m ewc_plugin estimate` to what was measured? Every recorded measurement, estimated and divided.

    python benchmarks/estimate.py              # writes results/estimate.md and .json
    python benchmarks/estimate.py --recipes    # and the cost in the first comment of each recipe

Nothing is measured here: the numbers are read from recorded results, no GPU or weights are needed. Some constants of
the estimator come from these measurements themselves; their rows say so, and prove nothing.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from _language import SHAPES
from _measure import RESULTS, table, write
from transformers import Gemma2Config

from ewc_plugin import host
from ewc_plugin.estimating import gpus, memory, speed
from ewc_plugin.estimating.estimate import Estimate, estimate
from ewc_plugin.estimating.model import Model, build
from ewc_plugin.estimating.recipe import read
from ewc_plugin.estimating.tracing import Trace, trace

REPOSITORY = Path(__file__).resolve().parents[1]
RECIPES = REPOSITORY / "recipes"
H200 = gpus.named("H200")
# folder of recipes → what they are for
MACHINES = {"": ("H100 SXM", 1), "qlora": ("RTX 4090", 1), "full": ("H100 SXM", 8)}
STAGES = ("foundation", "task", "domain")
COST = re.compile(r"^# Cost, estimated: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    measured: float
    estimated: float
    fitted: bool = False  # the estimator's constant comes from this very number

    @property
    def ratio(self) -> float:
        return self.estimated / self.measured


def result(name: str) -> dict[str, Any]:
    read_: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return read_


@cache
def folder_of(shape: str) -> str:
    """A folder with the config of a benchmark's model."""
    folder = tempfile.mkdtemp(prefix=f"{shape}-")
    Gemma2Config(**SHAPES[shape]).save_pretrained(folder)
    return folder


@cache
def model_of(shape: str, tuning: str, bf16: bool, dropout: float = 0.0) -> Model:
    keys = {
        "model_name_or_path": folder_of(shape),
        "finetuning_type": tuning,
        "lora_rank": 16,
        "lora_target": "all",
        "lora_dropout": dropout,
        "bf16": bf16,
        "flash_attn": "sdpa",  # the benchmarks take the model's own default, not the host's choice
        "output_dir": "out",
    }
    model, _, training, finetuning, _ = host.unprepared(keys)
    return build(model, training, finetuning, cutoff=2048)


@cache
def traced(
    shape: str, tuning: str, bf16: bool, sequences: int, length: int, checkpointing: bool, dropout: float = 0.0
) -> Trace:
    return trace(model_of(shape, tuning, bf16, dropout), sequences, length, checkpointing=checkpointing)


# -- the rows ------------------------------------------------------------------------------------------------------


def rows() -> list[Row]:
    return [*steps_on_a_gpu(), *fisher_on_a_gpu(), *evaluation_on_a_gpu(), *on_a_cpu()]


def steps_on_a_gpu() -> Iterator[Row]:
    found = result("ewc_overhead_gemma-2-9b_cuda")
    micro = traced("gemma-2-9b", "lora", True, found["micro_batch_tokens"] // found["length"], found["length"], True)
    for tokens, step in found["steps"]["lora"]["none"]["steps"].items():
        estimated = speed.seconds(int(tokens) * micro.per_position, H200)
        yield Row(f"LoRA step of {int(tokens):,} tokens", "s", step["seconds"]["median"], estimated, tokens == "16384")
        yield Row(
            f"its memory above weights and states, {int(tokens):,} tokens",
            "GB",
            step["peak_bytes"] / 1e9,
            micro.peak / 1e9,
        )
    model = model_of("gemma-2-9b", "lora", True)
    base = {"model_name_or_path": folder_of("gemma-2-9b"), "output_dir": "out", "ewc_lambda": "1"}
    for form in ("factored", "kronecker"):
        held = found["steps"]["lora"][f"delta, {form}"]["held_bytes"]
        _, _, _, finetuning, _ = host.unprepared({**base, "ewc_form": form})
        (part,) = memory._ewc(model, memory.Sharing(), finetuning)
        yield Row(f"held by EWC, {form}", "GB", held / 1e9, part.bytes / 1e9)


def fisher_on_a_gpu() -> Iterator[Row]:
    found = result("fisher_cost_gemma-2-9b_cuda_512_checkpointing")
    micro = traced("gemma-2-9b", "lora", True, found["batch_size"], found["length"], True)
    gradients = model_of("gemma-2-9b", "lora", True).trainable_bytes
    plain = speed.seconds(found["examples"] * found["length"] * micro.per_position, H200)
    peak = micro.peak + gradients
    passes = found["passes"]
    yield Row("forward and backward of 24 × 512 tokens", "s", passes["plain"]["seconds"]["median"], plain)
    yield Row("its memory above the weights", "GB", passes["plain"]["peak_bytes"] / 1e9, peak / 1e9)
    for form, fitted in (("factored", False), ("kronecker", True)):
        estimated = plain * speed.FISHER_TO_PLAIN
        yield Row(f"Fisher pass, {form}", "s", passes[form]["seconds"]["median"], estimated, fitted)
        estimated = micro.peak * memory.FISHER_TO_TRAINING / 1e9
        yield Row(f"its memory, {form}", "GB", passes[form]["peak_bytes"] / 1e9, estimated, fitted)


def evaluation_on_a_gpu() -> Iterator[Row]:
    found = result("evaluation_gemma-2-9b_cuda")
    micro = traced("gemma-2-9b", "lora", True, 4, 2048, True, 0.05)
    yield Row(
        "training step of 4 × 2048 tokens, memory", "GB", found["peak_bytes"]["training step"] / 1e9, micro.peak / 1e9
    )
    layers, counted, parts = SHAPES["gemma-2-9b"]["num_hidden_layers"], found["counted"], found["parts"]
    batches = counted["answers"] / found["generated"]
    estimated = batches * found["new_tokens"] * layers * speed.DECODING
    yield Row("answers of 7 sets", "s", parts["generation"]["seconds"]["median"], estimated, True)
    eight = found["generation"]["compared"]["model.generate"]["seconds"]["median"]
    yield Row("8 answers by model.generate", "s", eight, found["new_tokens"] * layers * speed.DECODING)
    together = found["generation"]["compared"]["rows of the recipe"]["ours"]["median"]
    yield Row("48 answers together", "s", together, found["new_tokens"] * layers * speed.DECODING)
    short = traced("gemma-2-9b", "lora", True, 8, 128, True)
    operations = counted["tokens of the examples"] * short.forward / (short.sequences * short.length)
    likelihood = parts["likelihood"]["seconds"]["median"]
    yield Row("likelihood of 256 examples", "s", likelihood, speed.seconds(operations, H200))


def on_a_cpu() -> Iterator[Row]:
    """Memory; and the ratio of two times, since nobody publishes the rate of this processor."""
    found = result("ewc_overhead_small_cpu")
    length = found["length"]
    traces, times = {}, {}
    for tuning in ("lora", "full"):
        (tokens, step), *_ = found["steps"][tuning]["none"]["steps"].items()
        traces[tuning] = traced("small", tuning, False, int(tokens) // length, length, False)
        times[tuning] = step["seconds"]["median"]
        yield Row(f"small model on a CPU, {tuning}, memory", "GB", step["peak_bytes"] / 1e9, traces[tuning].peak / 1e9)
    yield Row(
        "full tuning ÷ LoRA, time of a step",
        "",
        times["full"] / times["lora"],
        traces["full"].whole / traces["lora"].whole,
    )
    fisher = result("fisher_cost_small_cpu_128")
    micro = traced("small", "lora", False, fisher["batch_size"], fisher["length"], False)
    yield Row(
        "small model on a CPU, 8 × 128 tokens, memory",
        "GB",
        fisher["passes"]["plain"]["peak_bytes"] / 1e9,
        micro.peak / 1e9,
    )


def page(found: Sequence[Row]) -> str:
    own = [r.ratio for r in found if not r.fitted]
    cells = [
        (
            r.what,
            f"{r.measured:.3g} {r.unit}".strip(),
            f"{r.estimated:.3g}",
            f"{r.ratio:.2f}",
            "yes" if r.fitted else "",
        )
        for r in found
    ]
    return f"""# Estimates beside measurements

What `python -m ewc_plugin estimate` reckons for each measurement on record, ÷ what was measured: {len(found)} numbers,
{len(found) - len(own)} of which gave the estimator a constant, so that they agree by themselves. The others lie between
{min(own):.2f} and {max(own):.2f} × what was measured.

{table(("what", "measured", "estimated", "estimated ÷ measured", "a constant comes from it"), cells)}

Memory is counted by running the model's code on the meta device; times are operations ÷ (published rate ×
{speed.UTILISATION:g}). All were measured on one H200 (Gemma-2-9B's shape, LoRA, bf16, gradient checkpointing) and on 2
CPU cores. Not measured and so not checked here: other GPUs, several GPUs and what they exchange, 4 bit, full tuning of
a large model, DPO.
"""


# -- the recipes' own lines ----------------------------------------------------------------------------------------


def of_recipe(folder: str, stage: str) -> Estimate:
    name, world = MACHINES[folder]
    model = f"model_name_or_path={folder_of('gemma-2-9b')}"
    # the data are the user's: nothing but their number of tokens is needed of them
    recipe = read(
        RECIPES / folder / f"{stage}.yaml", [model, f"dataset_dir={folder_of('gemma-2-9b')}", "deepspeed=null"]
    )
    zero = re.search(r"^deepspeed: (\S+)$", recipe.path.read_text(encoding="utf-8"), re.MULTILINE)
    recipe.training.deepspeed = str(REPOSITORY / zero[1]) if zero else None
    return estimate(recipe, gpus.named(name), world)


def cost(folder: str, stage: str) -> str:
    """The line of a recipe's first comment."""
    found = of_recipe(folder, stage)
    name, world = MACHINES[folder]
    million = found.tokens_a_second * 3600 / 1e6
    each = "on each of 8 GPUs" if world > 1 else "of GPU memory"
    machine = f"{world} × {name}" if world > 1 else f"one {name}"
    return (
        f"# Cost, estimated: {found.peak / 1e9:.0f} GB {each}; an hour for {million:.0f} million tokens on {machine}."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", action="store_true", help="write the cost into the recipes too")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    found = rows()
    text = page(found)
    write("estimate", {"rows": [{**vars(row), "ratio": row.ratio} for row in found]}, text, folder=given.results)
    print(text)
    if given.recipes:
        for folder in MACHINES:
            for stage in STAGES:
                path = RECIPES / folder / f"{stage}.yaml"
                line = cost(folder, stage)
                path.write_text(COST.sub(line, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
                print(f"{path.relative_to(REPOSITORY)}: {line}")


if __name__ == "__main__":
    main()
