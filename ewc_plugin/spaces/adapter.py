"""How far have A and B themselves moved? For comparison only: the model can stay while they change.

(A, B) and (RA, BR⁻¹) are the same update, yet another distance; and F of A is zero for a fresh adapter, whose B is
zero. `delta` has neither fault.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ewc_plugin import base, masters
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.curvature import LinearCurvature, dense
from ewc_plugin.errors import AnchorError
from ewc_plugin.fisher import Curvature
from ewc_plugin.penalty import weight_penalty
from ewc_plugin.probe.drift import Drift, LowRankDrift
from ewc_plugin.spaces import Penalty
from ewc_plugin.spaces.delta import difference_of, same_base, same_layers
from ewc_plugin.spaces.lora import lora_layers


class AdapterSpace:
    """The LoRA matrices as they are, a diagonal F for each."""

    name = "adapter"

    def __init__(self, model: nn.Module, checkpoint: str | None = None) -> None:
        self._layers = lora_layers(model)
        self._checkpoint = checkpoint
        self._centres: list[Mapping[str, Tensor]] = []
        self._terms: list[Term] = []
        self._held: list[tuple[dict[str, Tensor], dict[str, Tensor]]] = []

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        return [(f"{n}.{k}", p) for n, layer in self._layers.items() for k, p in (("A", layer.A), ("B", layer.B))]

    def weights(self) -> int:
        return sum(masters.shape_of(parameter).numel() for _, parameter in self.parameters())

    def snapshot(self) -> dict[str, Tensor]:
        return {name: value.to("cpu", copy=True) for name, value in self._live().items()}

    def start(self) -> None:
        return None  # for comparison only

    def base(self) -> dict[str, Tensor]:
        return base.of_layers({name: layer.base for name, layer in self._layers.items()}, self._checkpoint)

    def curvature(self, form: str, rank: int) -> Curvature:
        maps = {f"{n}.{k}": m for n, layer in self._layers.items() for k, m in (("A", layer.map_A), ("B", layer.map_B))}
        return LinearCurvature(maps, dense)

    def ones(self, form: str) -> dict[str, Tensor]:
        return {name: torch.ones(masters.shape_of(parameter)) for name, parameter in self.parameters()}

    def attach(self, anchors: Sequence[Anchor], device: torch.device) -> list[str]:
        for anchor in anchors:
            same_layers(anchor, set(self._layers))
            self._require_same_shapes(anchor)
            shapes = {name: layer.shape for name, layer in self._layers.items()}
            same_base(anchor, base.match(self.base(), anchor.base, (), shapes).differing, len(shapes))
            first = len(self._centres)
            self._centres += list(anchor.centres)
            self._terms += [Term(t.form, t.fisher, first + t.centre, t.about) for t in anchor.terms]
        for term in self._terms:
            centre = self._centres[term.centre]
            names = [name for name, _ in self.parameters()]
            held = [{n: source[n].to(device).float() for n in names} for source in (centre, term.fisher)]
            self._held.append((held[0], held[1]))
        return []

    def earlier(self) -> tuple[tuple[Mapping[str, Tensor], ...], tuple[Term, ...]]:
        return tuple(self._centres), tuple(self._terms)

    def penalty(self, strength: float) -> Penalty:
        live = self._live()
        total = torch.zeros((), device=next(iter(live.values())).device)
        sums = {name: torch.zeros_like(value) for name, value in live.items()}
        with torch.no_grad():
            for centre, weights in self._held:
                for name, value in live.items():
                    part, gradient = weight_penalty(value, centre[name], weights[name], strength)
                    total += part
                    sums[name] += gradient
        return Penalty(total, [(parameter, sums[name]) for name, parameter in self.parameters()])

    def predicted(self) -> dict[str, float]:
        centre, weights = self._held[max(i for i, term in enumerate(self._terms) if term.centre == 0)]
        live = self._live()
        by_matrix = {n: float(weight_penalty(live[n], centre[n], weights[n], 1.0)[0]) for n in live}
        return {name: by_matrix[f"{name}.A"] + by_matrix[f"{name}.B"] for name in self._layers}

    def drift(self) -> LowRankDrift:
        live, centre = self._live(), self._centres[0]
        return LowRankDrift(
            {
                name: difference_of(
                    (live[f"{name}.A"], layer.scaling * live[f"{name}.B"]),
                    (centre[f"{name}.A"], layer.scaling * centre[f"{name}.B"]),
                )
                for name, layer in self._layers.items()
            }
        )

    def looking_back(self, start: Mapping[str, Tensor], term: Term) -> tuple[Drift, dict[str, float]]:
        raise AssertionError("an adapter space knows no start")

    def _live(self) -> dict[str, Tensor]:
        names, parameters = zip(*self.parameters(), strict=True)
        return dict(zip(names, masters.read(parameters), strict=True))

    def _require_same_shapes(self, anchor: Anchor) -> None:
        for name, parameter in self.parameters():
            expected, found = tuple(masters.shape_of(parameter)), tuple(anchor.theta[name].shape)
            if expected != found:
                raise AnchorError(
                    f"{anchor.where}, {name}",
                    expected=f"shape {expected}",
                    found=f"{found}",
                    remedy="ewc_space: adapter compares A and B entry by entry, so the rank has to stay; use delta.",
                )
