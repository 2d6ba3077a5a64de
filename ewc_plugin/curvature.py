"""In which shape is F kept? Dense or factored for linear maps, or one number per trainable weight.

Each class takes layer inputs a (b, t, i) and output gradients g (b, t, o) of one micro-batch and adds up what it needs
of the per-example gradients G_n = Σ_t g_nt a_ntᵀ, in float32. Positions that are padding have g = 0.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ewc_plugin.fisher import FisherError, wide

Contribution = Callable[[str, Tensor, Tensor], dict[str, Tensor]]
ELEMENTS = 1 << 26  # per-example gradients held at once: 256 MB in float32


class LinearCurvature:
    """What `contribution` makes of each micro-batch's a and g, summed for each of some linear maps."""

    def __init__(self, modules: Mapping[str, nn.Module], contribution: Contribution) -> None:
        self._modules, self._contribution = dict(modules), contribution
        self.sums: dict[str, Tensor] = {}

    def watch(self) -> list[tuple[str, nn.Module]]:
        return list(self._modules.items())

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        for key, value in self._contribution(name, wide(inputs), wide(gradients)).items():
            _add(self.sums, key, value)

    def close_batch(self) -> None:
        """Nothing is pending: each map is seen once in a micro-batch."""


def dense(name: str, a: Tensor, g: Tensor) -> dict[str, Tensor]:
    """Σ_n G_n ∘ G_n, (o, i)."""
    return {name: squared_outer_sum(a, g)}


def factored(name: str, a: Tensor, g: Tensor) -> dict[str, Tensor]:
    """Row sums u (o,) and column sums v (i,) of Σ_n G_n ∘ G_n, without ever forming G_n.

    u = diag Σ_n g_nᵀ(a_n a_nᵀ)g_n and v = diag Σ_n a_nᵀ(g_n g_nᵀ)a_n: two t × t Gram matrices per example.
    """
    return {f"{name}.rows": (g * (a @ a.mT @ g)).sum((0, 1)), f"{name}.columns": (a * (g @ g.mT @ a)).sum((0, 1))}


class WeightCurvature:
    """Σ_n G_n ∘ G_n for every trainable parameter of linear maps, embeddings and RMS norms; shapes as the parameters.

    A parameter that several modules share (tied embeddings) has its gradients added before they are squared.
    """

    def __init__(self, model: nn.Module) -> None:
        self._names = {id(p): name for name, p in model.named_parameters() if p.requires_grad}
        self._watched = {
            name: module
            for name, module in model.named_modules()
            if any(id(p) in self._names for p in module.parameters(recurse=False))
        }
        owners = [self._names[id(p)] for m in self._watched.values() for p in _own(m) if id(p) in self._names]
        self._shared = {name for name in owners if owners.count(name) > 1}
        self._pending: dict[str, Tensor] = {}
        self.sums: dict[str, Tensor] = {}
        unknown = [f"{name} ({type(m).__name__})" for name, m in self._watched.items() if _kind(m) is None]
        if unknown:
            raise FisherError(
                "ewc_space: weights",
                expected="trainable parameters in linear maps, embeddings or RMS norms",
                found=", ".join(unknown[:5]),
                remedy="Freeze these modules, or train with LoRA (ewc_space: delta).",
            )

    def watch(self) -> list[tuple[str, nn.Module]]:
        return list(self._watched.items())

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        for key, parameter in module.named_parameters(recurse=False):
            target = self._names.get(id(parameter))
            if target is None:
                continue
            if target in self._shared:
                _add(self._pending, target, per_example(module, key, inputs, gradients))
            elif isinstance(module, nn.Linear) and key == "weight":
                _add(self.sums, target, squared_outer_sum(wide(inputs), wide(gradients)))
            else:
                _add(self.sums, target, per_example(module, key, inputs, gradients).square().sum(0))

    def close_batch(self) -> None:
        for name, gradient in self._pending.items():
            _add(self.sums, name, gradient.square().sum(0))
        self._pending.clear()


def squared_outer_sum(a: Tensor, g: Tensor) -> Tensor:
    """Σ_n (Σ_t g_nt a_ntᵀ)², (o, i), for a (b, t, i) and g (b, t, o); a few examples at a time."""
    total = torch.zeros(g.shape[-1], a.shape[-1], device=a.device, dtype=a.dtype)
    step = max(1, ELEMENTS // total.numel())
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        total += torch.einsum("bto,bti->boi", g[part], a[part]).square_().sum(0)
    return total


def per_example(module: nn.Module, key: str, inputs: Tensor, gradients: Tensor) -> Tensor:
    """The gradient of each example with respect to one parameter of `module`: (b, *parameter.shape), float32."""
    g = wide(gradients)
    if key == "bias":
        return g.sum(1)
    kind = _kind(module)
    if kind == "linear":
        return torch.einsum("bto,bti->boi", g, wide(inputs))
    if kind == "embedding":
        weight: Tensor = module.weight  # type: ignore[assignment]  # nn.Module types every attribute loosely
        out = torch.zeros(len(g), *weight.shape, device=g.device, dtype=g.dtype)
        # Gemma's embedding multiplies its rows by √width before they leave the module
        return out.scatter_add_(1, inputs.unsqueeze(-1).expand_as(g), g * getattr(module, "embed_scale", 1.0))
    x = wide(inputs)
    epsilon = float(getattr(module, "variance_epsilon", None) or module.eps)  # type: ignore[arg-type]
    # Gemma multiplies by (1 + w), Llama by w: the derivative is the same
    product = g * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)
    return product.flatten(1, -2).sum(1)  # Qwen3 normalises queries and keys per head: (b, t, heads, i)


def _kind(module: nn.Module) -> str | None:
    if isinstance(module, nn.Linear):
        return "linear"
    if isinstance(module, nn.Embedding):
        return "embedding"
    return "norm" if type(module).__name__.endswith("RMSNorm") else None


def _own(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters(recurse=False))


def _add(sums: dict[str, Tensor], name: str, value: Tensor) -> None:
    if name in sums:
        sums[name] += value
    else:
        sums[name] = value.clone()
