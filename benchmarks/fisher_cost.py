"""What does the Fisher pass cost? Against a plain forward+backward, a one-by-one loop, and Avalanche's pass.

    OMP_NUM_THREADS=1 python benchmarks/fisher_cost.py                                        # a small Gemma-2 on a CPU
    python benchmarks/fisher_cost.py --device cuda --shape gemma-2-9b --dtype bf16 --length 512

All variants see the same tokens and the same model (LoRA on all linear layers, random weights). `plain` is what a
training step does before the optimiser: loss, backward into A and B. `loop` takes one example at a time and squares the
gradient of each effective weight: the same F as `dense`, by autograd alone. Avalanche's pass is on A and B (its
parameters are the model's), so it is set beside `adapter`; above mini-batch size 1 it is no Fisher. What is done once
at the end, whatever the number of examples (sums into F), is timed apart.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from _language import (
    DTYPES,
    SHAPES,
    Wrapped,
    autocast,
    avalanche_importances,
    batches_of,
    checkpointed,
    checkpointing,
    examples_of,
    model_of,
    with_lora,
)
from _measure import (
    RESULTS,
    Spread,
    always,
    bytes_of,
    circumstances,
    extra_memory,
    in_units,
    interleaved,
    little_garbage,
    ratios,
    spread,
    stated,
    table,
    timed,
    verdict,
    write,
)
from torch import Tensor, nn

from ewc_plugin.fisher import Curvature, Example, estimate
from ewc_plugin.spaces.adapter import AdapterSpace
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.lora import lora_layers

FORMS = ("factored", "kronecker", "dense")
TARGETS = {"factored": 1.15, "kronecker": 1.3}  # × plain, from the design; ≥ 3 × faster than the loop on a GPU
FASTER = 3.0


@dataclass(frozen=True)
class Setting:
    """The model and the tokens that every variant works on."""

    model: nn.Module
    examples: list[Example]
    batch_size: int
    rank: int
    device: torch.device
    dtype: torch.dtype

    @property
    def around(self) -> Callable[[], Any]:
        return autocast(self.device, self.dtype)


def plain(setting: Setting) -> None:
    """Forward and backward into the trainable parameters, as training does it."""
    for ids in batches_of(setting.examples, setting.batch_size, setting.device):
        with setting.around():
            loss = setting.model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
    setting.model.zero_grad()


@dataclass
class Ours:
    """Our pass over the examples; the sums become F in `end`."""

    setting: Setting
    curvature: Callable[[], Curvature]
    ending: float | None = None  # seconds of it

    def __call__(self) -> dict[str, Tensor]:
        return self._estimate(lambda _finish, sums, _units: dict(sums))

    def end(self) -> dict[str, Tensor]:
        return self._estimate(self._timed)

    def _estimate(self, finish: Callable[..., dict[str, Tensor]]) -> dict[str, Tensor]:
        curvature: Any = self.curvature()
        curvature.finish = partial(finish, curvature.finish)
        setting = self.setting
        return estimate(
            setting.model, setting.examples, curvature, batch_size=setting.batch_size, autocast=setting.around
        ).fisher

    def _timed(self, finish: Callable[..., dict[str, Tensor]], sums: Any, units: float) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        self.ending = timed(lambda: found.update(finish(sums, units)), self.setting.device)
        return found


def loop(setting: Setting) -> dict[str, Tensor]:
    """F of the effective weights, one example at a time: ∂/∂W of the base weight is that of W + sBA."""
    layers = lora_layers(setting.model).items()
    weights = {name: cast(nn.Parameter, layer.base.weight) for name, layer in layers}
    trainable = [p for p in setting.model.parameters() if p.requires_grad]
    total = {name: torch.zeros_like(weight, dtype=torch.float32) for name, weight in weights.items()}
    tokens = sum(len(example.targets) for example in setting.examples)
    try:
        _require_gradients(trainable, False)
        _require_gradients(weights.values(), True)
        for ids in batches_of(setting.examples, 1, setting.device):
            with setting.around():
                loss = setting.model(input_ids=ids, labels=ids, use_cache=False).loss
            # the loss is a mean over positions; F is of the sum of log-probabilities
            (loss * (ids.shape[1] - 1)).backward()
            for name, weight in weights.items():
                total[name] += weight.grad.float().square() / tokens  # type: ignore[union-attr]
                weight.grad = None
    finally:
        _require_gradients(weights.values(), False)
        _require_gradients(trainable, True)
    return total


def _require_gradients(parameters: Any, wanted: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(wanted)


def variants_of(setting: Setting) -> dict[str, Callable[[], Any]]:
    delta, adapter = DeltaSpace(setting.model), AdapterSpace(setting.model)
    wrapped = Wrapped(setting.model, setting.around)
    found: dict[str, Callable[[], Any]] = {"plain": lambda: plain(setting)}
    for form in FORMS:
        found[form] = Ours(setting, partial(delta.curvature, form, setting.rank))
    found["adapter"] = Ours(setting, partial(adapter.curvature, "dense", setting.rank))
    found["loop"] = lambda: loop(setting)
    for size in (1, setting.batch_size):
        found[f"Avalanche, mini-batch {size}"] = lambda size=size: avalanche_importances(  # type: ignore[misc]
            wrapped, setting.examples, size
        )
    return found


def measure(setting: Setting, *, repetitions: int, without: Sequence[str] = ()) -> dict[str, Any]:
    variants = {name: variant for name, variant in variants_of(setting).items() if name not in without}
    sizes: dict[str, int] = {}

    def sized(name: str) -> None:
        variant = variants[name]
        sizes[name] = _size(variant.end() if isinstance(variant, Ours) else variant())

    memory = {name: extra_memory(partial(sized, name), setting.device) for name in variants}  # also the warm-up
    for variant in variants.values():  # the first end of a process loads what the others find there
        if isinstance(variant, Ours):
            variant.end()
    seconds = interleaved(
        {name: always(variant) for name, variant in variants.items()},
        repetitions=repetitions,
        device=setting.device,
        warmups=0,
    )
    to_plain = ratios(seconds, "plain")
    to_loop = ratios(seconds, "loop") if "loop" in seconds else {}
    return {
        name: {
            "seconds": spread(seconds[name]),
            "to_plain": to_plain[name],
            "times_faster_than_loop": _inverse(to_loop[name]) if to_loop else None,
            "end_seconds": getattr(variants[name], "ending", None),
            "peak_bytes": memory[name],
            "result_bytes": sizes[name],
        }
        for name in variants
    }


def _inverse(of: Spread) -> Spread:
    return Spread(1 / of.median, 1 / of.high, 1 / of.low)


def _size(result: Any) -> int:
    if not result:
        return 0
    return bytes_of(value if isinstance(value, Tensor) else value.data for value in result.values())


def page(found: dict[str, Any], about: dict[str, Any], where: dict[str, Any]) -> str:
    rows = [
        (
            name,
            entry["seconds"],
            "–" if name == "plain" else entry["to_plain"],
            f"≤ {TARGETS[name]}" if name in TARGETS else "–",
            "–" if name in ("plain", "loop") else entry["times_faster_than_loop"] or "–",
            "–" if entry["end_seconds"] is None else f"{entry['end_seconds']:.2g}",
            in_units(entry["peak_bytes"]),
            in_units(entry["result_bytes"]) if entry["result_bytes"] else "–",
        )
        for name, entry in found.items()
    ]
    clock = "processor seconds of the process" if about["device"] == "cpu" else "wall-clock seconds"
    headers = (
        "pass",
        "seconds",
        "÷ plain",
        "target",
        "loop ÷ it",
        "once at the end, seconds",
        "peak memory above the model",
        "F, counted",
    )
    return f"""# What the Fisher pass costs

{about["shape"]}, LoRA r = {about["lora_rank"]} on all linear layers, {about["dtype"]}: {about["examples"]} examples of
{about["length"]} tokens in micro-batches of {about["batch_size"]}, {checkpointing(about)}, Kronecker rank
{about["rank"]}. Median (quartiles) of {about["repetitions"]} interleaved repetitions, {clock}; ratios within each
repetition.

{table(headers, rows)}

{judgement(found, about)}

{stated(where)}
"""


def judgement(found: dict[str, Any], about: dict[str, Any]) -> str:
    """Which targets hold here, from the medians."""
    lines = []
    for form, target in TARGETS.items():
        if form not in found:
            continue
        ratio = found[form]["to_plain"]
        lines.append(f"* `{form}`: {ratio} × plain, target {target}: {verdict(ratio, target)}.")
    for form in FORMS:
        if form not in found or found[form]["times_faster_than_loop"] is None:
            continue
        times = found[form]["times_faster_than_loop"].median
        reached = "" if about["device"] == "cpu" else (": holds" if times >= FASTER else ": missed")
        lines.append(f"* `{form}`: {times:.2f} × as fast as the loop (target {FASTER:g} on a GPU{reached}).")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--shape", choices=tuple(SHAPES), default="small")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="fp32")
    parser.add_argument("--examples", type=int, default=16)
    parser.add_argument("--length", type=int, default=128, help="tokens of each example")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--rank", type=int, default=32, help="of the Kronecker sketch")
    parser.add_argument("--lora-rank", type=int, default=16)
    parser.add_argument("--checkpointing", action="store_true", help="of gradients, the host's default")
    parser.add_argument("--without", nargs="+", default=[], help="passes to leave out")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    device, where = torch.device(given.device), circumstances()
    model = with_lora(model_of(given.shape, device, DTYPES[given.dtype]), given.lora_rank)
    setting = Setting(
        model=checkpointed(model) if given.checkpointing else model,
        examples=examples_of(given.shape, count=given.examples, length=given.length),
        batch_size=given.batch_size,
        rank=given.rank,
        device=device,
        dtype=DTYPES[given.dtype],
    )
    with little_garbage():
        found = measure(setting, repetitions=given.repetitions, without=given.without)
    about = {key: value for key, value in vars(given).items() if key != "results"}
    text = page(found, about, where)
    name = f"fisher_cost_{given.shape}_{given.device}_{given.length}{'_checkpointing' if given.checkpointing else ''}"
    write(name, {**about, "circumstances": where, "passes": found}, text, folder=given.results)
    print(text)


if __name__ == "__main__":
    main()
