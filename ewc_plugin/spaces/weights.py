"""How far has every trained parameter moved? Full and freeze tuning.

F and θ* are as large as the model, so no rank ever holds them whole while it trains: each keeps those of its own slice
of every parameter, reads them slice by slice from the anchor's files, and gives the penalty's gradient of that slice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from ewc_plugin import base, masters
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.curvature import WeightCurvature
from ewc_plugin.errors import AnchorError
from ewc_plugin.fisher import Curvature
from ewc_plugin.masters import Share
from ewc_plugin.mechanism import Gradient
from ewc_plugin.penalty import weight_penalty
from ewc_plugin.probe.drift import WeightDrift, WeightStep
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces import Penalty, inherited
from ewc_plugin.spaces.delta import same_base
from ewc_plugin.spaces.layers import LayerTerms
from ewc_plugin.spaces.slices import SlicedCurvature, assembled, part, shape_in
from ewc_plugin.storage import Kind, Stored, placed, store_centre, store_fisher
from ewc_plugin.tensors import Lazy


class Keeping(Protocol):
    """How F and θ* are kept; `Plan` has both."""

    @property
    def storage(self) -> Kind: ...

    @property
    def offload(self) -> bool: ...


@dataclass(frozen=True)
class Held:
    """One term of F with its θ*, on this rank's slice of one parameter."""

    centre: Stored
    fisher: Stored


class WeightSpace:
    """Every trainable parameter as it is."""

    name = "weights"

    def __init__(self, model: nn.Module, keeping: Keeping, ranks: Ranks, checkpoint: str | None = None) -> None:
        self._model, self._keeping, self._ranks, self._checkpoint = model, keeping, ranks, checkpoint
        self._parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._frozen = {name: p for name, p in model.named_parameters() if not p.requires_grad}
        self._centres: list[Mapping[str, Tensor]] = []
        self._terms: list[Term] = []
        self._held: dict[str, dict[int, Held]] = {}
        self._layers: LayerTerms | None = None
        self._layout: tuple[bool, ...] = ()

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        return list(self._parameters.items())

    def weights(self) -> int:
        return sum(shape.numel() for shape in self._shapes().values())

    def snapshot(self) -> Mapping[str, Tensor]:
        """θ*, each tensor read from all ranks when it is asked for: on every rank, in the same order."""
        return Lazy(self._parameters, lambda name: masters.read([self._parameters[name]])[0].to("cpu", copy=True))

    def start(self) -> Mapping[str, Tensor] | None:
        """The weights in the files of the model, read when asked for; None where those are not what it starts from."""
        files = base.Checkpoint(self._checkpoint)
        shapes = {name: tuple(shape) for name, shape in self._shapes().items()}
        live = self._samples(self._parameters)
        known = all(files.holds(name, shape, live[name]) for name, shape in shapes.items())
        # all ranks look back or none; not all may see the same files
        if self._ranks.sum(torch.tensor(float(known))).item() < self._ranks.world_size:
            return None
        return inherited.MergedCentre(files, {}, shapes)

    def base(self) -> dict[str, Tensor]:
        """Samples of the frozen parameters."""
        return self._samples(self._frozen)

    def _samples(self, parameters: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
        places = [base.places(masters.shape_of(parameter)) for parameter in parameters.values()]
        found = masters.entries(list(parameters.values()), places)
        return {name: sample.cpu() for name, sample in zip(parameters, found, strict=True)}

    def curvature(self, form: str, rank: int) -> Curvature:
        if self._ranks.world_size == 1:
            return WeightCurvature(self._model)
        return SlicedCurvature(self._model, self._ranks, self._shapes())

    def ones(self, form: str) -> dict[str, Tensor]:
        return {name: torch.ones(shape) for name, shape in self._shapes().items()}

    # -- the anchor --------------------------------------------------------------------------------------------

    def attach(self, anchors: Sequence[Anchor], device: torch.device) -> list[str]:
        """Check names and shapes; F and θ* are read at the first penalty, when it is known who holds which slice."""
        said: list[str] = []
        for anchor in anchors:
            first = len(self._centres)
            if anchor.space == self.name:
                self._require_same_parameters(anchor)
                live = self._samples(self._frozen)
                same_base(anchor, base.match(live, anchor.base, (), {}).differing, len(live))
                self._centres += list(anchor.centres)
            else:
                shapes = {name: tuple(shape) for name, shape in self._shapes().items()}
                made, sentence = inherited.centres(anchor, self._samples(self._parameters), shapes, self._checkpoint)
                self._centres += made
                said.append(sentence)
            self._terms += [Term(t.form, t.fisher, first + t.centre, t.about) for t in anchor.terms]
        self._layout = ()
        return said

    def earlier(self) -> tuple[tuple[Mapping[str, Tensor], ...], tuple[Term, ...]]:
        return tuple(self._centres), tuple(self._terms)

    def penalty(self, strength: float) -> Penalty:
        """The value is over all ranks; the gradient of each slice is made when the backward asks for it."""
        self._read_anchor()
        with torch.no_grad():
            values = [self._of_slice(name, strength)[0] for name in self._parameters]
            layers = self._layers.penalty(strength) if self._layers else {}
            values += [value for value, _ in layers.values()]
            value = self._ranks.sum(torch.stack(values).sum())
        whole = {name: gradient for name, (_, gradient) in layers.items()}
        gradients: list[tuple[nn.Parameter, Gradient]] = [
            (parameter, partial(self._gradient, name, strength, whole.get(name)))
            for name, parameter in self._parameters.items()
        ]
        return Penalty(value, gradients)

    def predicted(self) -> dict[str, float]:
        self._read_anchor()
        newest = self._newest()
        with torch.no_grad():
            values = {name: self._of_slice(name, 1.0, only=newest)[0] for name in self._parameters}
            for name, (value, _) in (self._layers.penalty(1.0, only=newest) if self._layers else {}).items():
                values[name] = values[name] + value
            total = self._ranks.sum(torch.stack(list(values.values())))
        return dict(zip(values, (float(value) for value in total), strict=True))

    def drift(self) -> WeightDrift:
        return WeightDrift(Lazy(self._parameters, partial(self._whole_drift, self._centres[0])))

    def looking_back(self, start: Mapping[str, Tensor], term: Term) -> tuple[WeightStep, dict[str, float]]:
        values = []
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                share = masters.read_share(parameter, self._ranks)
                there, fisher = (
                    part(of, name, share.start, share.stop).to(share.values) for of in (start, term.fisher)
                )
                values.append(weight_penalty(share.values, there, fisher, 1.0)[0])
            total = self._ranks.sum(torch.stack(values))
        # the way back and the way here have the same length and, to second order, the same KL
        step = WeightStep(Lazy(self._parameters, partial(self._whole_drift, start)))
        return step, dict(zip(self._parameters, (float(value) for value in total), strict=True))

    def _newest(self) -> int:
        """The term that was made on the data of the first anchor's probe."""
        return max(index for index, term in enumerate(self._terms) if term.centre == 0)

    def _gradient(self, name: str, strength: float, whole: Tensor | None) -> Share:
        with torch.no_grad():
            _, gradient = self._of_slice(name, strength)
        start, stop = masters.bounds(self._parameters[name], self._ranks)
        if whole is None:
            return Share(start, gradient)
        flat = whole.reshape(-1).clone()
        flat[start:stop] += gradient
        return Share(0, flat)

    def _of_slice(self, name: str, strength: float, *, only: int | None = None) -> tuple[Tensor, Tensor]:
        """The elementwise penalty's value and gradient on this rank's slice of one parameter; of one term or of all."""
        theta = masters.read_share(self._parameters[name], self._ranks).values
        value, gradient = torch.zeros((), dtype=theta.dtype, device=theta.device), torch.zeros_like(theta)
        for index, held in self._held[name].items():
            if only in (None, index):
                centre, fisher = held.centre.load(theta.device), held.fisher.load(theta.device)
                added, slope = weight_penalty(theta, centre, fisher, strength)
                value, gradient = value + added, gradient.add_(slope)
        return value, gradient

    def _whole_drift(self, since: Mapping[str, Tensor], name: str) -> Tensor:
        parameter = self._parameters[name]
        share = masters.read_share(parameter, self._ranks)
        centre = part(since, name, share.start, share.stop)
        return assembled(
            Share(share.start, share.values - centre.to(share.values)), masters.shape_of(parameter), self._ranks
        )

    def _read_anchor(self) -> None:
        """Read F and θ* of this rank's slices, again when DeepSpeed has dealt them out otherwise."""
        layout = tuple(masters.partitioned(parameter) for parameter in self._parameters.values())
        if layout == self._layout:
            return
        masters.require(self.parameters())
        elementwise = {i: self._elementwise(term) for i, term in enumerate(self._terms) if term.form != "kronecker"}
        self._held = {
            name: {
                i: self._hold(name, self._terms[i].centre, fisher)
                for i, fisher in elementwise.items()
                if name in fisher
            }
            for name in self._parameters
        }
        kronecker = {index: term for index, term in enumerate(self._terms) if term.form == "kronecker"}
        self._layers = LayerTerms(self._parameters, kronecker, self._centres, self._ranks) if kronecker else None
        self._layout = layout

    def _elementwise(self, term: Term) -> Mapping[str, Tensor]:
        """F by parameter name, also of a LoRA stage's linear maps."""
        if set(term.fisher) <= set(self._parameters):
            return term.fisher
        names = inherited.layers_of(term)
        return inherited.ElementwiseF(term, {name: tuple(self._shapes()[name]) for name in names})

    def _hold(self, name: str, centre: int, fisher: Mapping[str, Tensor]) -> Held:
        parameter = self._parameters[name]
        where = masters.bounds(parameter, self._ranks)
        theta = store_centre(part(self._centres[centre], name, *where), self._keeping.storage)
        weights = store_fisher(part(fisher, name, *where), self._keeping.storage)
        device, offload = parameter.device, self._keeping.offload
        return Held(placed(theta, device, offload=offload), placed(weights, device, offload=offload))

    def _shapes(self) -> dict[str, torch.Size]:
        return {name: masters.shape_of(parameter) for name, parameter in self._parameters.items()}

    def _require_same_parameters(self, anchor: Anchor) -> None:
        live = self._shapes()
        missing, extra = sorted(set(live) - set(anchor.theta)), sorted(set(anchor.theta) - set(live))
        if missing or extra:
            raise AnchorError(
                anchor.where,
                expected="the trainable parameters of this run",
                found=f"{len(missing)} missing {missing[:3]}, {len(extra)} that this run does not train {extra[:3]}",
                remedy="Train with the same finetuning_type and freeze settings as the stage that left the anchor.",
            )
        for name, shape in live.items():
            found = shape_in(anchor.theta, name)
            if found != tuple(shape):
                raise AnchorError(
                    f"{anchor.where}, parameter {name}",
                    expected=f"shape {tuple(shape)}",
                    found=f"{found}",
                    remedy="The anchor is of another model or vocabulary; name the right one with ewc_anchor.",
                )
