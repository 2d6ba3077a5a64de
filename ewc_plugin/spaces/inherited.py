"""How does the anchor of a LoRA stage hold a full-tuning stage? Its update lies in the weights, and its F weighs them.

θ* is the merged model that the stage starts from, read from its files; F of a linear map weighs the whole weight as it
weighed the update. What LoRA did not train (embeddings, norms) is not held. Elementwise forms are read slice by slice.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ewc_plugin import base
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.errors import AnchorError
from ewc_plugin.penalty import Factor, KroneckerTerm, LowRank

WEIGHT = ".weight"
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class MergedCentre(Mapping[str, Tensor]):
    """θ* by parameter name: the weights in files, of linear maps with an update that moves them to this centre."""

    files: base.Checkpoint
    shift: Mapping[str, LowRank]
    shapes: Shapes

    def __getitem__(self, name: str) -> Tensor:
        shape = self.shapes[name]
        return self.slice(name, 0, math.prod(shape)).view(shape)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.shapes[name]

    def slice(self, name: str, start: int, stop: int) -> Tensor:
        """Entries [start, stop) of the flattened weight, float32."""
        values = self.files.slice(name, start, stop).float()
        if name not in self.shift:
            return values
        update, width = self.shift[name], self.shapes[name][1]
        first, last = start // width, -(-stop // width)
        rows = update.scaling * update.B[first:last] @ update.A
        return values + rows.reshape(-1)[start - first * width : stop - first * width]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True)
class ElementwiseF(Mapping[str, Tensor]):
    """F of a `factored` or `dense` term of linear maps, by parameter name; u vᵀ / Σu is made slice by slice."""

    term: Term
    shapes: Shapes

    def __getitem__(self, name: str) -> Tensor:
        shape = self.shapes[name]
        return self.slice(name, 0, math.prod(shape)).view(shape)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.shapes[name]

    def slice(self, name: str, start: int, stop: int) -> Tensor:
        """Entries [start, stop) of the flattened F, float32."""
        layer, width = name.removesuffix(WEIGHT), self.shapes[name][1]
        if self.term.form == "dense":
            return self.term.fisher[layer].reshape(-1)[start:stop].float()
        rows, columns = (self.term.fisher[f"{layer}.{side}"].float() for side in ("rows", "columns"))
        where = torch.arange(start, stop)
        return rows[where // width] * columns[where % width] / rows.sum().clamp_min(torch.finfo(torch.float32).tiny)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def kronecker_term(term: Term, name: str, device: torch.device) -> KroneckerTerm:
    """G and C of the layer whose weight has this name."""
    layer = name.removesuffix(WEIGHT)
    found = {f"{s}.{p}": term.fisher[f"{layer}.{s}.{p}"].to(device) for s in "GC" for p in "Ud"}
    return KroneckerTerm(Factor(found["G.U"], found["G.d"].float()), Factor(found["C.U"], found["C.d"].float()))


def layers_of(term: Term) -> set[str]:
    """The parameters that a term of linear maps weighs."""
    endings = {"factored": ".rows", "kronecker": ".G.d", "dense": ""}
    ending = endings[term.form]
    return {name.removesuffix(ending) + WEIGHT for name in term.fisher if name.endswith(ending)}


def centres(
    anchor: Anchor, live: Mapping[str, Tensor], shapes: Shapes, checkpoint: str | None
) -> tuple[list[MergedCentre], str]:
    """θ* of each centre of a LoRA anchor, for a model into which one of them was merged; and what a user should know.

    live: samples of the weights by parameter name, as the stage starts. Raises AnchorError for another model.
    """
    layers = [name.removesuffix(".A") for name in anchor.theta if name.endswith(".A")]
    absent = [layer for layer in layers if layer + WEIGHT not in live]
    if absent:
        raise AnchorError(
            anchor.where,
            expected="the linear maps of this model",
            found=f"{len(absent)} of {len(layers)} that it does not have or does not train ({', '.join(absent[:3])})",
            remedy="Train them all (finetuning_type: full), or make an anchor for this model with ewc_estimate.",
        )
    updates = [{n: LowRank(centre[f"{n}.A"], centre[f"{n}.B"]) for n in layers} for centre in anchor.centres]
    samples = {n: live[n + WEIGHT] for n in layers}
    maps = {n: (shapes[n + WEIGHT][0], shapes[n + WEIGHT][1]) for n in layers}
    found = base.match(samples, anchor.base, updates, maps)
    _require_merged(anchor, found, updates, len(layers))
    files = base.Checkpoint(checkpoint)
    made = [
        MergedCentre(files, {n + WEIGHT: base.minus(update[n], _at(updates, found, n)) for n in layers}, shapes)
        if index != found.merged
        else MergedCentre(files, {}, shapes)
        for index, update in enumerate(updates)
    ]
    return made, (
        f"{anchor.where} is of a LoRA stage: it holds the {len(layers)} linear maps that were adapted; "
        f"the other {len(live) - len(layers)} trained parameters are free"
    )


def _at(updates: list[dict[str, LowRank]], found: base.Match, layer: str) -> LowRank | None:
    return None if found.merged is None else updates[found.merged][layer]


def _require_merged(anchor: Anchor, found: base.Match, updates: list[dict[str, LowRank]], count: int) -> None:
    if found.differing:
        raise AnchorError(
            anchor.where,
            expected="the model that the anchor's adapter was merged into",
            found=f"{len(found.differing)} of {count} layers with other weights ({', '.join(found.differing[:3])})",
            remedy="Merge the adapter that the anchor was left with (llamafactory-cli export) and start from that.",
        )
    unmoved = all(not bool(update.B.any()) for update in updates[0].values())
    if found.merged is None and not unmoved:
        raise AnchorError(
            anchor.where,
            expected="the model that the anchor's adapter was merged into",
            found="the base model without it",
            remedy="Merge the adapter that the anchor was left with (llamafactory-cli export) and start from that.",
        )
