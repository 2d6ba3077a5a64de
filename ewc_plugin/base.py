"""On which frozen weights does a LoRA update stand? Samples of them, and whether a model's are those of an anchor.

A stage may start from the very base that the anchor was made on, or from that base with the anchor's update merged
into it (`llamafactory-cli export`, `create_new_adapter`): the samples tell which. A quantised model does not hold the
weights that identify it; they are read from the checkpoint's files.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from ewc_plugin import masters
from ewc_plugin.errors import AnchorError
from ewc_plugin.penalty import LowRank
from ewc_plugin.quantised import dequantised_weight, is_quantised
from ewc_plugin.tensors import StoredTensors

SAMPLES = 256  # entries of each weight
SPARSE = 8  # of which every eighth is compared where each has to be read from a file
ROUNDING = 2.0**-7  # relative; bfloat16 rounds to 2⁻⁹, and a merge in it rounds more than once


def places(shape: tuple[int, ...]) -> Tensor:
    """Evenly spaced positions in the flattened weight."""
    count = 1
    for size in shape:
        count *= size
    return torch.linspace(0, count - 1, min(SAMPLES, count), dtype=torch.float64).long()


def fingerprint(weight: Tensor) -> str:
    """16 hex digits of shape and samples, rounded to bfloat16: the same in whatever precision the model was loaded."""
    shape = masters.shape_of(weight)
    (sample,) = masters.entries([weight], [places(shape)])
    content = sample.to(torch.bfloat16).view(torch.int16).cpu().numpy().tobytes()
    return hashlib.sha256(repr(tuple(shape)).encode() + content).hexdigest()[:16]


def update_samples(update: LowRank, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Of ΔW = scaling·BA the same entries, and for each a bound of the sizes that rounding acts on, Σ|b||a|."""
    where = places(shape)
    B, A = update.scaling * update.B[where // shape[1]], update.A[:, where % shape[1]].T
    return (B * A).sum(1), (B * A).abs().sum(1)


def of_layers(layers: Mapping[str, nn.Module], checkpoint: str | None) -> dict[str, Tensor]:
    """Samples of the frozen weight under each LoRA layer, float32 on the CPU; quantised ones as they were before."""
    plain = {name: layer.weight for name, layer in layers.items() if not is_quantised(layer)}
    weights = [weight for weight in plain.values() if isinstance(weight, Tensor)]
    live = masters.entries(weights, [places(masters.shape_of(weight)) for weight in weights])
    found = dict(zip(plain, (sample.cpu() for sample in live), strict=True))
    rest = {n: (layer.out_features, layer.in_features) for n, layer in layers.items() if n not in plain}
    return {**found, **(_from_files(checkpoint, rest) if rest else {})}


def requantised(
    layers: Mapping[str, nn.Module], files: Mapping[str, Tensor], merged: Mapping[str, LowRank]
) -> str | None:
    """What quantising the merged weights again did to them, by the samples; None where nothing is quantised.

    An anchor is around the weights that are used, so this much of the old stage is not protected: it is gone.
    """
    codes = {name: layer for name, layer in layers.items() if is_quantised(layer)}
    if not codes:
        return None
    error = update = size = 0.0
    for name, layer in codes.items():
        shape = (int(layer.out_features), int(layer.in_features))  # type: ignore[arg-type]
        used = dequantised_weight(layer).reshape(-1)[places(shape).to(layer.weight.device)].float().cpu()  # type: ignore[arg-type]
        error += float((used - files[name]).square().sum())
        size += float(files[name].square().sum())
        update += float(update_samples(merged[name], shape)[0].square().sum())
    relative, against = (error / size) ** 0.5, (error / update) ** 0.5 if update else float("inf")
    return (
        f"quantising the merged weights again moved them by {relative:.1%} of their size, {against:.2g} times the "
        "merged update; what is protected from here on are the quantised weights"
    )


class Checkpoint:
    """The tensors in the files of a local or downloaded model, by name."""

    def __init__(self, checkpoint: str | None) -> None:
        self._tensors, self._where = StoredTensors(_files(checkpoint)), checkpoint

    def holds(self, name: str, shape: tuple[int, ...], sample: Tensor) -> bool:
        """Whether a tensor of that name and shape has these entries at `places`, up to rounding; a few are compared."""
        if name not in self._tensors or self._tensors.shape(name) != shape:
            return False
        stored = self._tensors.entries(name, places(shape)[::SPARSE]).float()
        return bool(((sample[::SPARSE] - stored).abs() <= ROUNDING * stored.abs()).all())

    def slice(self, name: str, start: int, stop: int) -> Tensor:
        """Entries [start, stop) of the flattened tensor; raises AnchorError for one that is not there."""
        if name not in self._tensors:
            raise AnchorError(
                f"model {self._where}",
                expected=f"a safetensors file with {name}",
                found="none",
                remedy="Save the model with safetensors under its modules' names (llamafactory-cli export).",
            )
        return self._tensors.slice(name, start, stop)


def minus(update: LowRank, merged: LowRank | None) -> LowRank:
    """ΔW − ΔW_merged."""
    if merged is None:
        return update
    return LowRank(
        torch.cat([update.A, merged.A]),
        torch.cat([update.scaling * update.B, -merged.scaling * merged.B], dim=1),
    )


def _from_files(checkpoint: str | None, shapes: Mapping[str, tuple[Any, Any]]) -> dict[str, Tensor]:
    owners = _index(checkpoint)
    # what bitsandbytes writes beside a weight that it has packed
    packed = {name for name in shapes if {f"{name}.weight.absmax", f"{name}.SCB"} & owners.keys()}
    absent = [name for name in shapes if f"{name}.weight" not in owners or name in packed]
    if absent:
        raise AnchorError(
            f"model {checkpoint}",
            expected="safetensors files with the weights as they were before quantisation",
            found=f"{len(absent)} of {len(shapes)} layers absent ({', '.join(absent[:3])})",
            remedy="EWC knows a base by them. Use the original checkpoint (not one that was saved quantised) with "
            "quantization_bit.",
        )
    return {name: _read(owners[f"{name}.weight"], f"{name}.weight", shape) for name, shape in shapes.items()}


def _index(checkpoint: str | None) -> dict[str, Path]:
    """Which file of a local or downloaded checkpoint holds which tensor."""
    owners: dict[str, Path] = {}
    for path in _files(checkpoint):
        with safe_open(path, framework="pt") as opened:
            owners |= dict.fromkeys(opened.keys(), path)
    return owners


def _files(checkpoint: str | None) -> list[Path]:
    return sorted(Path(str(checkpoint)).glob("*.safetensors")) or _downloaded(str(checkpoint))


def _downloaded(name: str) -> list[Path]:
    from transformers.utils.hub import cached_file

    # the model is loaded already, so its files are in the cache
    for entry in ("model.safetensors", "model.safetensors.index.json"):
        try:
            path = cached_file(name, entry, local_files_only=True, _raise_exceptions_for_missing_entries=False)
        except OSError:  # not a name that a hub could have
            path = None
        if path:
            return sorted(Path(path).parent.glob("*.safetensors"))
    return []


def _read(path: Path, key: str, shape: tuple[int, ...]) -> Tensor:
    where = places(shape)
    with safe_open(path, framework="pt") as opened:
        stored: Any = opened.get_slice(key)
        if tuple(stored.get_shape()) != shape:
            raise AnchorError(
                f"{path}, {key}",
                expected=f"shape {shape}",
                found=f"{tuple(stored.get_shape())}",
                remedy="The files are of another model than the one that was loaded.",
            )
        rows, columns = (where // shape[1]).tolist(), (where % shape[1]).tolist()
        entries = [stored[row : row + 1, column : column + 1] for row, column in zip(rows, columns, strict=True)]
    return torch.cat([entry.reshape(1) for entry in entries]).float()


@dataclass(frozen=True)
class Match:
    """How the live base relates to an anchor's: `merged` is the number of the centre that was merged into it."""

    merged: int | None
    differing: tuple[str, ...]


def match(
    live: Mapping[str, Tensor],
    stored: Mapping[str, Tensor],
    centres: Iterable[Mapping[str, LowRank]],
    shapes: Mapping[str, tuple[int, int]],
) -> Match:
    """The hypothesis nearest to the live samples: the base as it was, or with one of the updates merged into it.

    `differing` names the layers in which even that one is off by more than rounding.
    """
    plain = {name: (stored[name], torch.zeros_like(stored[name])) for name in live}
    guesses: list[tuple[int | None, dict[str, tuple[Tensor, Tensor]]]] = [(None, plain)]
    for index, centre in enumerate(centres):
        moved = {name: update_samples(centre[name], shapes[name]) for name in live}
        guesses.append((index, {n: (stored[n] + change, size) for n, (change, size) in moved.items()}))
    distances = [sum(float((live[n] - guess[n][0]).square().sum()) for n in live) for _, guess in guesses]
    merged, nearest = guesses[min(range(len(guesses)), key=distances.__getitem__)]
    return Match(merged, tuple(n for n in live if not _agrees(live[n], *nearest[n], stored[n])))


def _agrees(live: Tensor, expected: Tensor, size: Tensor, base: Tensor) -> bool:
    return bool(((live - expected).abs() <= ROUNDING * (base.abs() + size)).all())
