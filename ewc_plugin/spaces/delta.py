"""How far has the effective update ΔW = s·BA of each LoRA layer moved?

It is the same for (A, B) and (RA, BR⁻¹), which A and B themselves are not. Layers of equal shape are stacked, so that
the penalty of a whole model takes a few dozen kernels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ewc_plugin import base, masters
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.curvature import LinearCurvature, dense, factored
from ewc_plugin.errors import AnchorError, ArgumentsError
from ewc_plugin.fisher import Curvature
from ewc_plugin.kronecker import KroneckerCurvature
from ewc_plugin.penalty import DenseTerm, Factor, FactoredTerm, KroneckerTerm, LowRank, delta_penalty, difference
from ewc_plugin.penalty import Term as PenaltyTerm
from ewc_plugin.probe.drift import LowRankDrift, LowRankStep
from ewc_plugin.spaces import Penalty
from ewc_plugin.spaces.lora import lora_layers

Centre = dict[str, LowRank]


@dataclass(frozen=True)
class Stack:
    """Layers whose matrices have the same shapes and scaling, and what holds them: one entry per centre."""

    names: tuple[str, ...]
    held: tuple[tuple[LowRank, tuple[PenaltyTerm, ...]], ...] = ()


class DeltaSpace:
    """The effective update of all LoRA layers; `checkpoint` is where the base model was loaded from."""

    name = "delta"

    def __init__(self, model: nn.Module, checkpoint: str | None = None) -> None:
        self._layers = lora_layers(model)
        self._checkpoint = checkpoint
        self._stacks: list[Stack] = []
        self._centres: list[Centre] = []
        self._terms: list[Term] = []
        known = {id(p) for layer in self._layers.values() for p in (layer.A, layer.B)}
        others = [n for n, p in model.named_parameters() if p.requires_grad and id(p) not in known]
        if others:
            raise ArgumentsError(
                "ewc_space: delta",
                expected="LoRA matrices to be all that trains",
                found=f"other trainable parameters: {', '.join(others[:5])}",
                remedy="Remove additional_target (modules_to_save) and resize_vocab, or train without EWC.",
            )

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        return [(f"{n}.{k}", p) for n, layer in self._layers.items() for k, p in (("A", layer.A), ("B", layer.B))]

    def weights(self) -> int:
        return sum(out * into for out, into in self._shapes().values())

    def snapshot(self) -> dict[str, Tensor]:
        """A and s·B, so that θ* does not depend on the scaling that a later adapter has."""
        kept: dict[str, Tensor] = {}
        for name, live in self._live().items():
            kept[f"{name}.A"] = live.A.to("cpu", copy=True)
            kept[f"{name}.B"] = (live.scaling * live.B).cpu()
        return kept

    def start(self) -> dict[str, Tensor]:
        return self.snapshot()  # it is small

    def base(self) -> dict[str, Tensor]:
        modules = {name: layer.base for name, layer in self._layers.items()}
        return base.of_layers(modules, self._checkpoint)

    def curvature(self, form: str, rank: int) -> Curvature:
        modules = {name: layer.module for name, layer in self._layers.items()}
        if form == "kronecker":
            return KroneckerCurvature(modules, rank)
        return LinearCurvature(modules, dense if form == "dense" else factored)

    def ones(self, form: str) -> dict[str, Tensor]:
        return {key: value for n, shape in self._shapes().items() for key, value in ones(n, shape, form).items()}

    def attach(self, anchors: Sequence[Anchor], device: torch.device) -> list[str]:
        said: list[str] = []
        live = self.base()
        for anchor in anchors:
            same_layers(anchor, set(self._layers))
            own = [self._centre(anchor, stored) for stored in anchor.centres]
            found = base.match(live, anchor.base, own, self._shapes())
            same_base(anchor, found.differing, len(self._layers))
            if found.merged is not None:
                merged = own[found.merged]
                own = [_without(centre, merged) for centre in own]
                said.append(f"{anchor.where} was merged into the base model; its anchor follows it there")
                modules = {name: layer.base for name, layer in self._layers.items()}
                said += filter(None, [base.requantised(modules, live, merged)])
            first = len(self._centres)
            self._centres += own
            self._terms += [Term(t.form, t.fisher, first + t.centre, t.about) for t in anchor.terms]
        self._stacks = self._stacked(device)
        return said

    def earlier(self) -> tuple[tuple[dict[str, Tensor], ...], tuple[Term, ...]]:
        stored = tuple(
            {f"{n}.{k}": v for n, update in centre.items() for k, v in (("A", update.A), ("B", update.B))}
            for centre in self._centres
        )
        return stored, tuple(self._terms)

    def penalty(self, strength: float) -> Penalty:
        total = torch.zeros((), device=next(iter(self._layers.values())).A.device)
        gradients: list[tuple[nn.Parameter, Tensor]] = []
        with torch.no_grad():
            live = self._live()
            for stack in self._stacks:
                members = [live[name] for name in stack.names]
                at = LowRank(
                    torch.stack([m.A for m in members]), torch.stack([m.B for m in members]), members[0].scaling
                )
                grad_A, grad_B = torch.zeros_like(at.A), torch.zeros_like(at.B)
                for centre, terms in stack.held:
                    value, of_A, of_B = delta_penalty(at, centre, terms, strength)
                    total, grad_A, grad_B = total + value, grad_A + of_A, grad_B + of_B
                layers = [self._layers[name] for name in stack.names]
                gradients += [(layer.A, g) for layer, g in zip(layers, grad_A.unbind(), strict=True)]
                gradients += [(layer.B, g) for layer, g in zip(layers, grad_B.unbind(), strict=True)]
        return Penalty(total, gradients)

    def predicted(self) -> dict[str, float]:
        term = [t for t in self._terms if t.centre == 0][-1]
        found = {}
        with torch.no_grad():
            for name, live in self._live().items():
                centre = self._centres[0][name]
                at = LowRank(centre.A.to(live.A), centre.B.to(live.B))
                batched = _batched(term, [name], live.A.device)
                found[name] = float(delta_penalty(_alone(live), _alone(at), [batched], 1.0)[0])
        return found

    def looking_back(self, start: Mapping[str, Tensor], term: Term) -> tuple[LowRankStep, dict[str, float]]:
        steps, predicted = {}, {}
        for name, live in self._live().items():
            then = LowRank(start[f"{name}.A"].to(live.A), start[f"{name}.B"].to(live.B))
            steps[name] = difference(then, live)
            batched = _batched(term, [name], live.A.device)
            predicted[name] = float(delta_penalty(_alone(then), _alone(live), [batched], 1.0)[0])
        return LowRankStep(steps), predicted

    def drift(self) -> LowRankDrift:
        """B̄ (o, 2r) and Ā (2r, i) of each layer, B̄Ā = ΔW − ΔW* from the newest attached θ*."""
        live = self._live()
        return LowRankDrift({name: difference(live[name], self._centres[0][name]) for name in live})

    def _live(self) -> dict[str, LowRank]:
        read = masters.read([p for layer in self._layers.values() for p in (layer.A, layer.B)])
        pairs = zip(read[::2], read[1::2], strict=True)
        return {n: LowRank(A, B, layer.scaling) for (n, layer), (A, B) in zip(self._layers.items(), pairs, strict=True)}

    def _shapes(self) -> dict[str, tuple[int, int]]:
        return {name: layer.shape for name, layer in self._layers.items()}

    def _centre(self, anchor: Anchor, stored: Mapping[str, Tensor]) -> Centre:
        centre = {n: LowRank(stored[f"{n}.A"], stored[f"{n}.B"]) for n in self._layers}
        for name, update in centre.items():
            shape = (update.B.shape[0], update.A.shape[1])
            if shape != self._layers[name].shape:
                raise AnchorError(
                    f"{anchor.where}, layer {name}",
                    expected=f"an update of shape {self._layers[name].shape}",
                    found=f"{shape}",
                    remedy="The anchor is of another model; name the right one with ewc_anchor.",
                )
        return centre

    def _stacked(self, device: torch.device) -> list[Stack]:
        """Group layers by what must agree for one batched call: all shapes, live and anchored, and the scaling."""
        alike: dict[object, list[str]] = {}
        for name, layer in self._layers.items():
            ranks = tuple(centre[name].A.shape[0] for centre in self._centres)
            alike.setdefault((layer.shape, layer.rank, layer.scaling, ranks), []).append(name)
        return [self._stack(tuple(names), device) for names in alike.values()]

    def _stack(self, names: tuple[str, ...], device: torch.device) -> Stack:
        held = []
        for index, centre in enumerate(self._centres):
            terms = tuple(_batched(term, names, device) for term in self._terms if term.centre == index)
            A, B = (torch.stack([getattr(centre[n], k) for n in names]).to(device) for k in ("A", "B"))
            if terms:
                held.append((LowRank(A, B), terms))
        return Stack(names, tuple(held))


def ones(name: str, shape: tuple[int, int], form: str) -> dict[str, Tensor]:
    """F = 1 for a linear map of shape (o, i): all ones, u vᵀ / Σu = 1 1ᵀ, or G = I and C = I."""
    out, into = shape
    if form == "dense":
        return {name: torch.ones(out, into)}
    if form == "factored":
        return {f"{name}.rows": torch.full((out,), float(into)), f"{name}.columns": torch.full((into,), float(out))}
    sides = {"G": out, "C": into}
    return {
        f"{name}.{side}.{part}": torch.ones(size) if part == "d" else torch.zeros(size, 1)
        for side, size in sides.items()
        for part in ("U", "d")
    }


def difference_of(live: tuple[Tensor, Tensor], centre: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """`penalty.difference` of two updates given as (A, sB)."""
    return difference(LowRank(*live), LowRank(*centre))


def _alone(update: LowRank) -> LowRank:
    return LowRank(update.A.unsqueeze(0), update.B.unsqueeze(0), update.scaling)


def _batched(term: Term, names: Sequence[str], device: torch.device) -> PenaltyTerm:
    def of(suffix: str) -> Tensor:
        return torch.stack([term.fisher[name + suffix] for name in names]).to(device)

    if term.form == "dense":
        return DenseTerm(of(""))
    if term.form == "factored":
        return FactoredTerm(of(".rows").float(), of(".columns").float())
    return KroneckerTerm(Factor(of(".G.U"), of(".G.d").float()), Factor(of(".C.U"), of(".C.d").float()))


def _without(centre: Centre, merged: Centre) -> Centre:
    """A centre as seen from a base into which another was merged: ΔW* − ΔW_merged, exactly zero for that one."""
    if centre is merged:
        return {n: LowRank(torch.zeros_like(u.A[:1]), torch.zeros_like(u.B[:, :1])) for n, u in centre.items()}
    return {n: base.minus(update, merged[n]) for n, update in centre.items()}


def same_layers(anchor: Anchor, live: set[str]) -> None:
    """Raise AnchorError unless the anchor's LoRA layers are the live ones."""
    stored = {name.removesuffix(".A") for name in anchor.theta if name.endswith(".A")}
    if stored == live:
        return
    missing, extra = sorted(live - stored), sorted(stored - live)
    parts = [f"{len(missing)} missing ({', '.join(missing[:3])})"] if missing else []
    parts += [f"{len(extra)} that this run does not train ({', '.join(extra[:3])})"] if extra else []
    raise AnchorError(
        anchor.where,
        expected="the LoRA layers of this run",
        found=" and ".join(parts),
        remedy="Train with the same lora_target as the stage that left the anchor.",
    )


def same_base(anchor: Anchor, differing: Sequence[str], count: int) -> None:
    """Raise AnchorError when some layers' frozen weights are not the anchor's."""
    if differing:
        raise AnchorError(
            anchor.where,
            expected="the base model that the anchor was made on, or it with the anchor's adapter merged into it",
            found=f"{len(differing)} of {count} layers with other frozen weights ({', '.join(differing[:3])})",
            remedy="Continue from the base and adapter that the anchor was left with, or make an anchor for this model "
            "with ewc_estimate: true.",
        )
