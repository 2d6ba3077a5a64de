"""What does EWC add to an optimiser step, and to memory? For each space and form, beside Avalanche's plugin.

    OMP_NUM_THREADS=1 python benchmarks/ewc_overhead.py                                  # a small Gemma-2 on a CPU
    python benchmarks/ewc_overhead.py --device cuda --shape gemma-2-9b --dtype bf16 --tuning lora \
        --tokens 4096 --tokens 16384

A step is zero_grad, forward, backward, clipping and AdamW, with the project's own penalty and gradient hook around it
(the trainer does the same through the host). Anchors hold a real F, estimated before. LoRA variants share one model and
optimiser, full-tuning variants another. Sizes for Gemma-2-9B are counted from its config; no weights are needed.
"""

import argparse
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from _language import (
    DTYPES,
    SHAPES,
    Wrapped,
    autocast,
    avalanche_importances,
    avalanche_plugin,
    avalanche_strategy,
    checkpointed,
    checkpointing,
    examples_of,
    model_of,
    with_lora,
)
from _measure import (
    RESULTS,
    Ready,
    always,
    circumstances,
    extra_memory,
    in_units,
    interleaved,
    little_garbage,
    ratios,
    spread,
    stated,
    table,
    verdict,
    write,
)
from torch import Tensor, nn

from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.fisher import estimate
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces import Space
from ewc_plugin.spaces.adapter import AdapterSpace
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.lora import lora_layers
from ewc_plugin.spaces.weights import WeightSpace
from ewc_plugin.storage import Kind, store_centre, store_fisher

TARGET = {"cuda": 1.02, "cpu": 1.05}  # step with ÷ without, from the design
COUNTED = "gemma-2-9b"
KINDS: tuple[Kind, ...] = ("float32", "half", "8bit")  # of `ewc_storage`, which full tuning can choose
FORMS = ("factored", "kronecker", "dense")
STRENGTH = 1.0
CLIP = 1.0
STEADY = 15  # repetitions of what takes milliseconds


@dataclass(frozen=True)
class Setting:
    """A model with its optimiser; all variants of one kind of tuning share it."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    device: torch.device
    dtype: torch.dtype
    shape: str
    rank: int
    together: int  # sequences of one micro-batch

    @property
    def around(self) -> Callable[[], AbstractContextManager[Any]]:
        return autocast(self.device, self.dtype)

    @property
    def trainable(self) -> list[nn.Parameter]:
        return [p for p in self.model.parameters() if p.requires_grad]


def setting_of(tuning: str, given: argparse.Namespace) -> Setting:
    device, dtype = torch.device(given.device), DTYPES[given.dtype]
    # what trains is float32, as the host keeps it
    bare = model_of(given.shape, device, dtype if tuning == "lora" else torch.float32)
    model = with_lora(bare, given.lora_rank) if tuning == "lora" else bare
    if given.checkpointing:
        checkpointed(model)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-5, fused=device.type == "cuda")
    together = max(1, given.micro_batch_tokens // given.length)
    return Setting(model, optimiser, device, dtype, given.shape, given.rank, together)


# -- one step ------------------------------------------------------------------------------------------------------


def plain_step(setting: Setting, ids: Tensor, *, added: Callable[[Tensor], Tensor] | None = None) -> None:
    """An optimiser step on the task alone, or with a term `added` to each loss (as Avalanche does it)."""
    setting.optimiser.zero_grad()
    for loss in losses(setting, ids):
        (loss if added is None else added(loss)).backward()
    torch.nn.utils.clip_grad_norm_(setting.trainable, CLIP)
    setting.optimiser.step()


def ewc_step(setting: Setting, ids: Tensor, space: Space, hook: GradientHook) -> None:
    """The same with the penalty's gradient in the last backward, as the trainer has it."""
    setting.optimiser.zero_grad()
    windows = -(-len(ids) // setting.together)
    for window, loss in enumerate(losses(setting, ids), start=1):
        if window == windows:
            hook.arm(space.penalty(STRENGTH).gradients)
        loss.backward()
    hook.settle()
    torch.nn.utils.clip_grad_norm_(setting.trainable, CLIP)
    setting.optimiser.step()


def losses(setting: Setting, ids: Tensor) -> Iterator[Tensor]:
    """The task loss of each micro-batch, as a share of the step's mean."""
    for part in torch.split(ids, setting.together):
        with setting.around():
            loss = setting.model(input_ids=part, labels=part, use_cache=False).loss
        yield loss * (len(part) / len(ids))


@contextmanager
def without(setting: Setting, ids: Tensor) -> Iterator[Callable[[], None]]:
    yield partial(plain_step, setting, ids)


@contextmanager
def with_ewc(setting: Setting, ids: Tensor, space: Space) -> Iterator[Callable[[], None]]:
    """Hooks are there only while this variant runs; the self-check of a run's first step is behind it."""
    hook = GradientHook(space.parameters(), OneProcess())
    try:
        ewc_step(setting, ids[:1], space, hook)
        yield partial(ewc_step, setting, ids, space, hook)
    finally:
        hook.remove()


def penalty_alone(space: Space) -> None:
    """What is computed for a step, without the hooks' additions."""
    for _, gradient in space.penalty(STRENGTH).gradients:
        if callable(gradient):
            gradient()


@contextmanager
def with_avalanche(
    setting: Setting, ids: Tensor, plugin: Any, strategy: SimpleNamespace
) -> Iterator[Callable[[], None]]:
    def added(loss: Tensor) -> Tensor:
        strategy.loss = loss.clone()  # the plugin adds in place
        plugin.before_backward(strategy)
        total: Tensor = strategy.loss
        return total

    yield partial(plain_step, setting, ids, added=added)


# -- the variants --------------------------------------------------------------------------------------------------


def spaces_of(tuning: str, setting: Setting, length: int) -> dict[str, Callable[[], Space]]:
    """Spaces with an anchor attached, made when they are asked for."""
    if tuning == "full":
        return {
            f"weights, {kind}": partial(
                anchored,
                WeightSpace(setting.model, SimpleNamespace(storage=kind, offload=False), OneProcess()),
                "dense",
                setting,
                length,
            )
            for kind in KINDS
        }
    made: dict[str, tuple[Any, str]] = {f"delta, {form}": (DeltaSpace, form) for form in FORMS}
    made["adapter"] = (AdapterSpace, "dense")
    return {name: partial(anchored, kind(setting.model), form, setting, length) for name, (kind, form) in made.items()}


def anchored(space: Any, form: str, setting: Setting, length: int) -> Space:
    """The space, held to the model as it is now by an F of two examples."""
    examples = examples_of(setting.shape, count=2, length=length)
    found = estimate(
        setting.model, examples, space.curvature(form, setting.rank), batch_size=1, autocast=setting.around
    ).fisher
    # as `ewc_storage` has it: U in half precision for kronecker, else float32
    kind = torch.bfloat16 if form == "kronecker" else torch.float32
    term = Term(form, {name: value.to("cpu", kind) for name, value in found.items()})
    space.attach([Anchor(space.name, (space.snapshot(),), (term,), base=space.base())], setting.device)
    space.penalty(STRENGTH)  # full tuning reads its anchor at the first penalty
    attached: Space = space
    return attached


def avalanche_of(setting: Setting, length: int) -> tuple[Any, SimpleNamespace]:
    """Avalanche's plugin after a first experience of two examples on the same model."""
    from avalanche.training.utils import copy_params_dict

    wrapped, plugin = Wrapped(setting.model, setting.around), avalanche_plugin(STRENGTH)
    plugin.update_importances(avalanche_importances(wrapped, examples_of(setting.shape, count=2, length=length), 1), 0)
    plugin.saved_params[0] = copy_params_dict(wrapped)
    return plugin, avalanche_strategy(wrapped)


def measure(tuning: str, given: argparse.Namespace) -> dict[str, Any]:
    """Per variant: bytes held, and for each number of tokens a step the seconds, the ratio and the extra peak."""
    setting = setting_of(tuning, given)
    held: dict[str, int] = {}
    alone: dict[str, Ready] = {}
    makers: dict[str, Callable[[Tensor], Ready]] = {"none": lambda ids: partial(without, setting, ids)}
    for name, make in spaces_of(tuning, setting, given.length).items():
        if name in given.without:
            continue
        space = _kept(name, make, held, setting.device)
        makers[name] = lambda ids, space=space: partial(with_ewc, setting, ids, space)  # type: ignore[misc]
        alone[name] = always(partial(penalty_alone, space))
    plugin, strategy = _kept("Avalanche", partial(avalanche_of, setting, given.length), held, setting.device)
    makers["Avalanche"] = lambda ids: partial(with_avalanche, setting, ids, plugin, strategy)
    penalties = interleaved(alone, repetitions=max(given.repetitions, STEADY), device=setting.device)
    found: dict[str, Any] = {name: {"held_bytes": held.get(name), "steps": {}} for name in makers}
    for name, seconds in penalties.items():
        found[name]["penalty_seconds"] = spread(seconds)
    for tokens in given.tokens:
        ids = torch.tensor(
            [e.ids for e in examples_of(given.shape, count=tokens // given.length, length=given.length, seed=1)],
            device=setting.device,
        )
        for name, entry in _timed({n: make(ids) for n, make in makers.items()}, given, setting.device).items():
            found[name]["steps"][tokens] = entry
    return found


def _kept(name: str, make: Callable[[], Any], held: dict[str, int], device: torch.device) -> Any:
    """What `make` makes; on a GPU its memory is measured, on a CPU left to the counted table."""
    before = torch.cuda.memory_allocated(device) if device.type == "cuda" else 0
    made = make()
    gc.collect()
    if device.type == "cuda":
        held[name] = torch.cuda.memory_allocated(device) - before
    return made


def _timed(variants: dict[str, Ready], given: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    peaks = {}
    for name, ready in variants.items():
        with ready() as step:
            peaks[name] = extra_memory(step, device)
    seconds = interleaved(variants, repetitions=given.repetitions, device=device)
    to_none = ratios(seconds, "none")
    return {
        name: {"seconds": spread(seconds[name]), "to_none": to_none[name], "peak_bytes": peaks[name]}
        for name in variants
    }


# -- counted sizes -------------------------------------------------------------------------------------------------


def counted_sizes(shape: str, *, lora_rank: int, rank: int) -> dict[str, int]:
    """Bytes of F and θ* for every linear layer, or for all weights; on the meta device nothing is allocated."""
    model = model_of(shape, torch.device("meta"), torch.float32)
    count = sum(parameter.numel() for parameter in model.parameters())
    layers = [layer.shape for layer in lora_layers(with_lora(model, lora_rank)).values()]
    whole = {f"weights, {kind}, with θ*": round(count * bytes_per_weight(kind)) for kind in KINDS}
    return {**sizes(layers, lora_rank=lora_rank, rank=rank), **whole}


def sizes(shapes: Sequence[tuple[int, int]], *, lora_rank: int, rank: int) -> dict[str, int]:
    """Bytes of F on the device in each form, and of θ*, for linear layers (o, i); as the penalty holds them.

    float32, but for U of `kronecker`, which is bfloat16 (`ewc_storage: half`, its default) beside float32 diagonals.
    """
    both = sum(o + i for o, i in shapes)
    columns = sum(min(rank, o) * o + min(rank, i) * i for o, i in shapes)
    return {
        "delta, factored": 4 * both,
        "delta, kronecker": 2 * columns + 4 * both,
        "delta, dense": 4 * sum(o * i for o, i in shapes),
        "adapter": 4 * lora_rank * both,
        "θ* of LoRA (A and B)": 4 * lora_rank * both,
    }


def bytes_per_weight(kind: Kind) -> float:
    """Of F and θ* together in full tuning, θ* being no bfloat16 numbers; by storing some."""
    values = torch.rand(1 << 16, generator=torch.Generator().manual_seed(0))
    return (store_fisher(values, kind).bytes + store_centre(values, kind).bytes) / len(values)


# -- the page ------------------------------------------------------------------------------------------------------


def page(found: dict[str, Any], counted: dict[str, int], about: dict[str, Any], where: dict[str, Any]) -> str:
    target = TARGET[about["device"]]
    clock = "processor seconds of the process" if about["device"] == "cpu" else "wall-clock seconds"
    parts = [
        f"""# What EWC adds to an optimiser step

{about["shape"]}, {about["dtype"]}, LoRA r = {about["lora_rank"]} on all linear layers (full tuning: float32 masters),
sequences of {about["length"]} tokens, micro-batches of at most {about["micro_batch_tokens"]}, {checkpointing(about)},
Kronecker rank {about["rank"]}. Median (quartiles) of {about["repetitions"]} interleaved repetitions, {clock}; ratios
within each repetition. Target: ≤ {target} × the step without EWC."""
    ]
    for tuning, variants in found.items():
        for tokens in about["tokens"]:
            parts.append(f"## {tuning}, {tokens} tokens a step\n\n{_steps(variants, tokens, target)}")
    rows = [(name, in_units(size)) for name, size in counted.items()]
    parts.append(
        f"## Counted for {COUNTED}, LoRA r = {about['lora_rank']}, Kronecker rank {about['rank']}\n\n"
        + table(("held on the device", "size"), rows)
    )
    return "\n\n".join([*parts, stated(where)])


def _steps(variants: dict[str, Any], tokens: int, target: float) -> str:
    none = variants["none"]["steps"][tokens]
    rows = []
    for name, entry in variants.items():
        step = entry["steps"][tokens]
        ratio, alone = step["to_none"], entry.get("penalty_seconds")
        rows.append(
            (
                name,
                step["seconds"],
                "–" if name == "none" else ratio,
                "–" if name in ("none", "Avalanche") else verdict(ratio, target),
                f"{alone.median / none['seconds'].median:.3f}" if alone else "–",
                in_units(entry["held_bytes"]) if entry["held_bytes"] else "–",
                in_units(max(0, step["peak_bytes"] - none["peak_bytes"])) if name != "none" else "–",
            )
        )
    headers = ["EWC", "seconds a step", "÷ none", f"≤ {target}", "penalty alone ÷ step"]
    return table([*headers, "held (GPU, measured)", "more at the step's peak"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--shape", choices=tuple(SHAPES), default="small")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="fp32")
    parser.add_argument("--tuning", choices=("lora", "full"), nargs="+", default=["lora", "full"])
    parser.add_argument("--tokens", type=int, action="append", help="of one optimiser step; may be given several times")
    parser.add_argument("--length", type=int, default=256, help="tokens of each sequence")
    parser.add_argument("--micro-batch-tokens", type=int, default=4096)
    parser.add_argument("--checkpointing", action="store_true", help="of gradients, the host's default")
    parser.add_argument("--without", nargs="+", default=[], help="kinds of EWC to leave out, as the table names them")
    parser.add_argument("--rank", type=int, default=32, help="of the Kronecker sketch")
    parser.add_argument("--lora-rank", type=int, default=16)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    given.tokens = given.tokens or ([1024] if given.device == "cpu" else [4096, 16384])
    if any(tokens % given.length for tokens in given.tokens):
        parser.error(f"--tokens: expected multiples of --length {given.length}; found {given.tokens}")
    where = circumstances()
    counted = counted_sizes(COUNTED, lora_rank=given.lora_rank, rank=given.rank)
    found = {}
    for tuning in given.tuning:
        with little_garbage():
            found[tuning] = measure(tuning, given)
    about = {key: value for key, value in vars(given).items() if key != "results"}
    text = page(found, counted, about, where)
    document = {**about, "circumstances": where, "steps": found, "counted_bytes": {COUNTED: counted}}
    write(f"ewc_overhead_{given.shape}_{given.device}", document, text, folder=given.results)
    print(text)


if __name__ == "__main__":
    main()
