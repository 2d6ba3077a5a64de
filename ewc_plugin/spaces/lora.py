"""Which layers of a model carry a LoRA update, and which of them can be penalised?"""

from dataclasses import dataclass
from typing import Any, cast

from torch import nn

from ewc_plugin.errors import ArgumentsError


@dataclass(frozen=True)
class LoraLayer:
    """One adapted linear map, as peft holds it; `shape` is (o, i), also where the matrices are partitioned."""

    module: nn.Module
    map_A: nn.Module
    map_B: nn.Module
    base: nn.Module
    scaling: float
    rank: int
    shape: tuple[int, int]

    @property
    def A(self) -> nn.Parameter:
        return cast(nn.Parameter, self.map_A.weight)

    @property
    def B(self) -> nn.Parameter:
        return cast(nn.Parameter, self.map_B.weight)


def lora_layers(model: nn.Module) -> dict[str, LoraLayer]:
    """The LoRA layers of a peft model under the names that they have without peft; refuses what is not plain LoRA.

    rsLoRA is plain: it only scales otherwise. The base may be quantised by bitsandbytes.
    """
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
            "finetuning_type: lora with EWC",
            expected="plain LoRA on linear maps, one active adapter",
            found=", ".join(refused[:5]) if refused else "no LoRA layer",
            remedy="Use finetuning_type: lora without use_dora, on linear layers only.",
        )
    return found


def _lora_layer(module: Any) -> tuple[LoraLayer | None, str]:
    active = [name for name in module.active_adapters if name in module.lora_A]
    if len(active) != 1:
        return None, f"{len(active)} active adapters"
    adapter = active[0]
    if getattr(module, "use_dora", {}).get(adapter):
        return None, "DoRA, whose update is not s·BA"
    base = module.get_base_layer()
    # bitsandbytes' layers derive from nn.Linear
    if not isinstance(base, nn.Linear):
        return None, type(base).__name__
    if module.lora_B[adapter].bias is not None:
        return None, "lora_bias, which is outside the update"
    shape = (base.out_features, base.in_features)
    scaling, rank = float(module.scaling[adapter]), int(module.r[adapter])
    return LoraLayer(module, module.lora_A[adapter], module.lora_B[adapter], base, scaling, rank, shape), ""
