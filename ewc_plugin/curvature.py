"""In which shape is F kept? Dense or factored for linear maps, or one number per trainable weight.

Each class takes layer inputs a (b, t, i) and output gradients g (b, t, o) of one micro-batch and adds up what it needs
of the per-example gradients G_n = Σ_t g_nt a_ntᵀ, in float32. Positions that are padding have g = 0. All g carry the
factor of `scores.SCALE`, whose square `finish` divides by together with the number of tokens.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from ewc_plugin.fisher import FisherError
from ewc_plugin.products import OfSameInputs, alike, product, wide

Keep = Callable[[str, Tensor], Tensor]
Contribution = Callable[[str, Tensor, Tensor, Callable[[], Tensor]], dict[str, Tensor]]
ELEMENTS = 1 << 26  # per-example gradients held at once: 256 MB in float32


class LinearCurvature:
    """What `contribution` makes of each micro-batch's a and g, summed for each of some linear maps.

    It is given a (b, t, i), g (b, t, o) and a function that gives a aᵀ (b, t, t), which is made once for all maps that
    read the same inputs.
    """

    reduced = False

    def __init__(self, modules: Mapping[str, nn.Module], contribution: Contribution) -> None:
        self._modules, self._contribution = dict(modules), contribution
        self.sums: dict[str, Tensor] = {}
        self._seen: set[str] = set()
        self._shared: OfSameInputs[Tensor] = OfSameInputs()

    def watch(self) -> list[tuple[str, nn.Module]]:
        return list(self._modules.items())

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        self._seen.add(name)
        require_positions(name, inputs)
        a, g = alike(inputs, gradients)
        gram = partial(self._shared.of, inputs, lambda: product(a, a.mT))
        for key, value in self._contribution(name, a, g, gram).items():
            add(self.sums, key, value)

    def close_batch(self) -> None:
        """Nothing is pending: each map is seen once in a micro-batch."""
        self._shared.forget()

    def complete(self, device: torch.device) -> None:
        for name in self._modules.keys() - self._seen:
            a, g = (torch.zeros(1, 1, width, device=device) for width in features(self._modules[name]))
            self.sums.update(self._contribution(name, a, g, partial(product, a, a.mT)))

    def finish(self, sums: Mapping[str, Tensor], units: float) -> dict[str, Tensor]:
        return {name: value.div_(units) for name, value in sums.items()}


def dense(name: str, a: Tensor, g: Tensor, _gram: Callable[[], Tensor]) -> dict[str, Tensor]:
    """Σ_n G_n ∘ G_n, (o, i)."""
    return {name: squared_outer_sum(a, g)}


def factored(name: str, a: Tensor, g: Tensor, gram: Callable[[], Tensor]) -> dict[str, Tensor]:
    """Row sums u (o,) and column sums v (i,) of Σ_n G_n ∘ G_n, without ever forming G_n.

    u = diag Σ_n g_nᵀ(a_n a_nᵀ)g_n and v = diag Σ_n a_nᵀ(g_n g_nᵀ)a_n: two t × t Gram matrices per example, which for
    a bfloat16 model on a GPU are rounded to its precision before the second product.
    """
    rows, columns = _weighted_squares(g, gram()), _weighted_squares(a, product(g, g.mT))
    return {f"{name}.rows": rows, f"{name}.columns": columns}


def _weighted_squares(x: Tensor, gram: Tensor) -> Tensor:
    """Diag Σ_n x_nᵀ K_n x_n, (w,), for x (b, t, w) and K (b, t, t); never negative, as rounding could make it."""
    return (x * product(gram.to(x.dtype), x)).sum((0, 1)).clamp_min_(0)


class WeightCurvature:
    """Σ_n G_n ∘ G_n for every trainable parameter of linear maps, embeddings and RMS norms; shapes as the parameters.

    A parameter that several modules share (tied embeddings) has its gradients added before they are squared. `keep`
    is applied to each contribution (name, shaped like the parameter) before it is added up: a rank that all-reduces
    it and keeps a slice never holds more than one whole; the sums then count as reduced. Every rank calls it for the
    same parameters in the same order, once per backward, provided that every micro-batch uses every module.
    """

    def __init__(self, model: nn.Module, *, keep: Keep | None = None) -> None:
        self._parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._names = {id(p): name for name, p in self._parameters.items()}
        self._watched = {
            name: module
            for name, module in model.named_modules()
            if any(id(p) in self._names for p in module.parameters(recurse=False))
        }
        owners = [self._names[id(p)] for m in self._watched.values() for p in _own(m) if id(p) in self._names]
        self._shared = {name for name in owners if owners.count(name) > 1}
        self._pending: dict[str, list[tuple[nn.Module, str, Tensor, Tensor]]] = {}
        self._keep = keep
        self.reduced = keep is not None
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
            if target in self._shared:
                self._pending.setdefault(target, []).append((module, key, inputs, wide(gradients)))
            elif target is not None:
                self._add(target, squares(module, key, inputs, gradients))

    def close_batch(self) -> None:
        for name, uses in self._pending.items():
            total = torch.zeros(full_shape(self._parameters[name]), device=uses[0][3].device, dtype=uses[0][3].dtype)
            # an example at a time: the gradients of a whole micro-batch are (b, V, d)
            for n in range(len(uses[0][3])):
                gradient = sum(per_example(m, key, a[n : n + 1], g[n : n + 1]) for m, key, a, g in uses)
                assert isinstance(gradient, Tensor)  # there is at least one use
                total += gradient[0].square_()
            self._add(name, total)
        self._pending.clear()

    def complete(self, device: torch.device) -> None:
        for name in self._parameters.keys() - self.sums.keys():
            self._add(name, torch.zeros(full_shape(self._parameters[name]), device=device))

    def finish(self, sums: Mapping[str, Tensor], units: float) -> dict[str, Tensor]:
        return {name: value.div_(units) for name, value in sums.items()}

    def _add(self, name: str, contribution: Tensor) -> None:
        add(self.sums, name, contribution if self._keep is None else self._keep(name, contribution))


def squares(module: nn.Module, key: str, inputs: Tensor, gradients: Tensor) -> Tensor:
    """Σ_n of the squared per-example gradients of one parameter of `module`, shaped like it."""
    kind = _kind(module)
    if key == "weight" and kind == "linear":
        require_positions(f"{type(module).__name__} {full_shape(module.weight)}", inputs)
        return squared_outer_sum(*alike(inputs, gradients))
    if key == "weight" and kind == "embedding":
        return _embedding_squares(module, inputs, wide(gradients))
    return per_example(module, key, inputs, gradients).square().sum(0)


def _embedding_squares(module: nn.Module, ids: Tensor, g: Tensor) -> Tensor:
    # only rows of words that occur: (b, V, d) would be gigabytes for each example
    words, width = full_shape(module.weight)
    places = ids + words * torch.arange(len(ids), device=ids.device).unsqueeze(-1)
    used, inverse = torch.unique(places, return_inverse=True)
    rows = torch.zeros(len(used), width, device=g.device, dtype=g.dtype).index_add_(
        0, inverse.flatten(), g.flatten(0, 1) * _embedding_scale(module)
    )
    return torch.zeros(words, width, device=g.device, dtype=g.dtype).index_add_(0, used % words, rows.square_())


def squared_outer_sum(a: Tensor, g: Tensor) -> Tensor:
    """Σ_n (Σ_t g_nt a_ntᵀ)², (o, i), for a (b, t, i) and g (b, t, o); a few examples at a time."""
    total = wide(torch.zeros(g.shape[-1], a.shape[-1], device=a.device, dtype=a.dtype))
    step = max(1, ELEMENTS // total.numel())
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        for gradient in product(g[part].mT, a[part]):
            total.addcmul_(gradient, gradient)
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
        out = torch.zeros(len(g), *full_shape(module.weight), device=g.device, dtype=g.dtype)
        return out.scatter_add_(1, inputs.unsqueeze(-1).expand_as(g), g * _embedding_scale(module))
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


def require_positions(name: str, inputs: Tensor) -> None:
    """Raise FisherError for a linear map that does not see which positions belong to one example."""
    if inputs.dim() != 3:
        raise FisherError(
            f"Fisher pass, layer {name}",
            expected="inputs of shape (examples, positions, features)",
            found=f"{tuple(inputs.shape)}, as in the experts and routers of a mixture",
            remedy="The gradients of single examples cannot be told apart there: leave the layer out of lora_target "
            "(or freeze it).",
        )


def features(module: nn.Module) -> tuple[int, int]:
    """Inputs and outputs of a linear map or a LoRA layer."""
    return int(module.in_features), int(module.out_features)  # type: ignore[arg-type]


def full_shape(parameter: object) -> tuple[int, ...]:
    """The shape of a parameter, also while ZeRO-3 has taken its contents away."""
    return tuple(getattr(parameter, "ds_shape", None) or parameter.shape)  # type: ignore[attr-defined]


def add(sums: dict[str, Tensor], name: str, value: Tensor) -> None:
    """Adds `value` to the sum of that name, which begins as a copy of its first value."""
    if name in sums:
        sums[name] += value
    else:
        sums[name] = value.clone()


def _embedding_scale(module: nn.Module) -> float | Tensor:
    # Gemma's embedding multiplies its rows by √width before they leave the module
    return getattr(module, "embed_scale", 1.0)


def _own(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters(recurse=False))
