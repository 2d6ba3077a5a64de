"""In which coordinates is the distance to the anchor measured? The update of LoRA layers, or every weight.

A space knows the live parameters of a model: it takes the snapshot θ*, names what the Fisher pass has to watch, and
turns an anchor into the penalty's value and gradients. It knows peft and torch, not the host.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ewc_plugin.anchor import Anchor, Terms
from ewc_plugin.curvature import LinearCurvature, WeightCurvature, dense, factored
from ewc_plugin.errors import AnchorError, ArgumentsError
from ewc_plugin.fisher import Curvature
from ewc_plugin.penalty import DenseTerm, FactoredTerm, LowRank, Term, delta_penalty, weight_penalty

SAMPLES = 256  # entries of a weight that its fingerprint is made of


@dataclass(frozen=True)
class Penalty:
    """½λΣFδ² in nats per token, and its gradient for each trainable parameter (float32, same shapes)."""

    value: Tensor
    gradients: list[tuple[nn.Parameter, Tensor]]


class Space(Protocol):
    name: str

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        """The trainable parameters whose gradients receive the penalty's."""

    def snapshot(self) -> dict[str, Tensor]:
        """θ*: copies on the CPU, float32."""

    def scalings(self) -> dict[str, float]:
        """The factor s of each LoRA layer; empty in `weights`."""

    def fingerprints(self) -> dict[str, str]:
        """What the space stands on but does not contain: the frozen weights under each LoRA layer."""

    def curvature(self, form: str) -> Curvature:
        """A fresh accumulator for the Fisher pass."""

    def attach(self, anchor: Anchor, device: torch.device) -> None:
        """Check that the anchor belongs to this model and take it to the device; raises AnchorError."""

    def penalty(self, strength: float) -> Penalty:
        """Value and gradients at the live weights; zero exactly at the anchor."""


class DeltaSpace:
    """The effective update ΔW = s·BA of each LoRA layer: the same for (A, B) and (RA, BR⁻¹)."""

    name = "delta"

    def __init__(self, model: nn.Module) -> None:
        self._layers = lora_layers(model)
        self._anchors: dict[str, tuple[LowRank, list[Term]]] = {}
        known = {id(p) for layer in self._layers.values() for p in (layer.A, layer.B)}
        others = [n for n, p in model.named_parameters() if p.requires_grad and id(p) not in known]
        if others:
            raise ArgumentsError(
                "ewc_space: delta",
                expected="LoRA matrices to be all that trains",
                found=f"other trainable parameters: {', '.join(others[:5])}",
                remedy="Remove additional_target (modules_to_save), or train without EWC.",
            )

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        return [(f"{n}.{k}", p) for n, layer in self._layers.items() for k, p in (("A", layer.A), ("B", layer.B))]

    def snapshot(self) -> dict[str, Tensor]:
        return {name: _copy(parameter) for name, parameter in self.parameters()}

    def scalings(self) -> dict[str, float]:
        return {name: layer.scaling for name, layer in self._layers.items()}

    def fingerprints(self) -> dict[str, str]:
        return {name: fingerprint(layer.base) for name, layer in self._layers.items()}

    def curvature(self, form: str) -> Curvature:
        modules = {name: layer.module for name, layer in self._layers.items()}
        return LinearCurvature(modules, dense if form == "dense" else factored)

    def attach(self, anchor: Anchor, device: torch.device) -> None:
        _same_names(anchor, set(self._layers), set(anchor.scalings), kind="LoRA layers")
        _same_base(anchor, self.fingerprints())
        for name, layer in self._layers.items():
            A, B = anchor.theta[f"{name}.A"], anchor.theta[f"{name}.B"]
            if (A.shape[1], B.shape[0]) != (layer.A.shape[1], layer.B.shape[0]):
                raise AnchorError(
                    f"{anchor.where}, layer {name}",
                    expected=f"an update of shape {(layer.B.shape[0], layer.A.shape[1])}",
                    found=f"{(B.shape[0], A.shape[1])}",
                    remedy="The anchor is of another model; name the right one with ewc_anchor.",
                )
            update = LowRank(A.to(device), B.to(device), anchor.scalings[name])
            self._anchors[name] = (update, [_term(anchor.form, terms, name, device) for terms in anchor.fisher])

    def penalty(self, strength: float) -> Penalty:
        total: Tensor | None = None
        gradients: list[tuple[nn.Parameter, Tensor]] = []
        with torch.no_grad():
            for name, layer in self._layers.items():
                live = LowRank(layer.A.detach(), layer.B.detach(), layer.scaling)
                update, terms = self._anchors[name]
                value, grad_A, grad_B = delta_penalty(live, update, terms, strength)
                total = value if total is None else total + value
                gradients += [(layer.A, grad_A), (layer.B, grad_B)]
        assert total is not None  # lora_layers refuses a model without LoRA layers
        return Penalty(total, gradients)


class WeightSpace:
    """Every trainable parameter as it is: full and freeze tuning."""

    name = "weights"

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._anchor: dict[str, tuple[Tensor, Tensor]] = {}

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        return list(self._parameters.items())

    def snapshot(self) -> dict[str, Tensor]:
        return {name: _copy(parameter) for name, parameter in self._parameters.items()}

    def scalings(self) -> dict[str, float]:
        return {}

    def fingerprints(self) -> dict[str, str]:
        return {n: fingerprint(p) for n, p in self._model.named_parameters() if not p.requires_grad}

    def curvature(self, form: str) -> Curvature:
        return WeightCurvature(self._model)

    def attach(self, anchor: Anchor, device: torch.device) -> None:
        _same_names(anchor, set(self._parameters), set(anchor.theta), kind="trainable parameters")
        _same_base(anchor, self.fingerprints())
        for name, parameter in self._parameters.items():
            if anchor.theta[name].shape != parameter.shape:
                raise AnchorError(
                    f"{anchor.where}, parameter {name}",
                    expected=f"shape {tuple(parameter.shape)}",
                    found=f"{tuple(anchor.theta[name].shape)}",
                    remedy="The anchor is of another model or vocabulary; name the right one with ewc_anchor.",
                )
            fisher = torch.stack([terms[name] for terms in anchor.fisher]).sum(0)
            self._anchor[name] = (anchor.theta[name].to(device), fisher.to(device))

    def penalty(self, strength: float) -> Penalty:
        values, gradients = [], []
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                value, gradient = weight_penalty(parameter.detach(), *self._anchor[name], strength)
                values.append(value)
                gradients.append((parameter, gradient))
        return Penalty(torch.stack(values).sum(), gradients)


@dataclass(frozen=True)
class LoraLayer:
    """One adapted linear map, as peft holds it."""

    module: nn.Module
    A: nn.Parameter
    B: nn.Parameter
    base: Tensor
    scaling: float


def lora_layers(model: nn.Module) -> dict[str, LoraLayer]:
    """The LoRA layers of a peft model under the names that they have without peft; refuses what is not plain LoRA."""
    found, refused = {}, []
    for name, module in model.named_modules():
        if not hasattr(module, "lora_A"):
            continue
        layer, reason = _lora_layer(module)
        if layer is None:
            refused.append(f"{name} ({reason})")
        else:
            found[name.removeprefix("base_model.model.")] = layer
    if refused or not found:
        raise ArgumentsError(
            "ewc_space: delta",
            expected="plain LoRA on linear maps, one active adapter, float32 matrices",
            found=", ".join(refused[:5]) if refused else "no LoRA layer",
            remedy="Use finetuning_type: lora without use_dora and pure_bf16, on linear layers only.",
        )
    return found


def _lora_layer(module: Any) -> tuple[LoraLayer | None, str]:
    active = [name for name in module.active_adapters if name in module.lora_A]
    if len(active) != 1:
        return None, f"{len(active)} active adapters"
    adapter = active[0]
    if getattr(module, "use_dora", {}).get(adapter):
        return None, "DoRA"
    base = module.get_base_layer()
    if not isinstance(base, nn.Linear):
        return None, type(base).__name__
    A, B = module.lora_A[adapter].weight, module.lora_B[adapter].weight
    if A.dtype != torch.float32 or B.dtype != torch.float32:
        return None, f"LoRA matrices in {A.dtype}"
    return LoraLayer(module, A, B, base.weight, float(module.scaling[adapter])), ""


def fingerprint(weight: Tensor) -> str:
    """16 hex digits of shape and evenly spaced entries, rounded to bfloat16: the same however the model was loaded."""
    flat = weight.detach().reshape(-1)
    places = torch.linspace(0, flat.numel() - 1, min(SAMPLES, flat.numel()), dtype=torch.float64).long()
    sample = flat[places.to(flat.device)].to(torch.bfloat16).view(torch.int16).cpu().numpy().tobytes()
    return hashlib.sha256(repr(tuple(weight.shape)).encode() + sample).hexdigest()[:16]


def _term(form: str, terms: Terms, name: str, device: torch.device) -> Term:
    if form == "dense":
        return DenseTerm(terms[name].to(device))
    return FactoredTerm(terms[f"{name}.rows"].to(device), terms[f"{name}.columns"].to(device))


def _copy(parameter: nn.Parameter) -> Tensor:
    return parameter.detach().to("cpu", torch.float32, copy=True).contiguous()


def _same_names(anchor: Anchor, live: set[str], stored: set[str], *, kind: str) -> None:
    if live == stored:
        return
    raise AnchorError(
        anchor.where,
        expected=f"the {kind} of this run",
        found=_difference(live, stored),
        remedy="Train with the same lora_target / finetuning_type as the stage that left the anchor.",
    )


def _difference(live: Iterable[str], stored: Iterable[str]) -> str:
    missing, extra = sorted(set(live) - set(stored)), sorted(set(stored) - set(live))
    parts = [f"{len(missing)} missing ({', '.join(missing[:3])})"] if missing else []
    parts += [f"{len(extra)} that this run does not train ({', '.join(extra[:3])})"] if extra else []
    return " and ".join(parts)


def _same_base(anchor: Anchor, live: Mapping[str, str]) -> None:
    stored = anchor.about.get("fingerprints", {})
    differing: Sequence[str] = [name for name, value in live.items() if stored.get(name) != value]
    if differing:
        raise AnchorError(
            anchor.where,
            expected="the frozen weights that the anchor was made on",
            found=f"{len(differing)} of {len(live)} layers with other frozen weights ({', '.join(differing[:3])})",
            remedy="Either the base model is another one, or the previous adapter was merged into it "
            "(create_new_adapter). Continue from adapter_name_or_path with create_new_adapter: false.",
        )
