"""How did the stage move the weights? The old weights for the length of a block, with or without the direction.

θ* = θ − δ: the model in memory has θ. `old` lets it compute with θ*; `dual` lets it compute with the dual number
θ* + εδ, so that its logits carry their derivative Jδ at θ* (forward mode; Baydin et al. 2018, section 3.1). Neither
writes a weight: a low-rank update corrects each layer's output, a dense one replaces each weight as it is read.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ewc_plugin.probe.duals import dual, primal
from ewc_plugin.probe.forward import ProbeError
from ewc_plugin.products import wide

PEFT = "base_model.model."


class Drift(Protocol):
    """δ = θ − θ* of one stage, by layer or parameter."""

    @property
    def names(self) -> Collection[str]: ...

    def old(self, model: nn.Module) -> AbstractContextManager[None]:
        """The model computes with θ*."""
        ...

    def dual(self, model: nn.Module, *, only: Collection[str] | None = None) -> AbstractContextManager[None]:
        """The model computes with θ* + εδ; of δ only the layers named, if any are. To be used in a `dual_level`."""
        ...


class LowRankDrift:
    """δ = B̄Ā for each linear map, given as (B̄ (o, r), Ā (r, i)); never formed. Names as without peft.

    The layer's output W x with the new W becomes W x − B̄(Āx), with the tangent B̄(Āx) at the old input x.
    """

    def __init__(self, updates: Mapping[str, tuple[Tensor, Tensor]]) -> None:
        self._updates = dict(updates)

    @property
    def names(self) -> Collection[str]:
        return self._updates.keys()

    def change(self, name: str, inputs: Tensor) -> Tensor:
        """B̄(Āx) of one layer, for inputs x (…, i)."""
        return _product(*self._updates[name], inputs)

    def old(self, model: nn.Module) -> AbstractContextManager[None]:
        return self._hooked(model, frozenset())

    def dual(self, model: nn.Module, *, only: Collection[str] | None = None) -> AbstractContextManager[None]:
        return self._hooked(model, _chosen(self.names, only))

    @contextmanager
    def _hooked(self, model: nn.Module, moving: Collection[str]) -> Iterator[None]:
        layers = _layers(model, self._updates)
        handles = [
            layer.register_forward_hook(_correction(*self._updates[name], moving=name in moving))
            for name, layer in layers.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


class LowRankStep(LowRankDrift):
    """A direction of B̄Ā for each linear map from where the model is: θ + εδ. Nothing old is computed with it."""

    @contextmanager
    def _hooked(self, model: nn.Module, moving: Collection[str]) -> Iterator[None]:
        layers = _layers(model, self._updates)
        handles = [layers[name].register_forward_hook(_direction(*self._updates[name])) for name in moving]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _direction(broad: Tensor, tall: Tensor) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    def on_forward(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
        x = wide(primal(arguments[0]))
        direction = _product(broad, tall, x).to(output.dtype)
        return output + dual(torch.zeros_like(direction), direction)

    return on_forward


def _correction(broad: Tensor, tall: Tensor, *, moving: bool) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    def on_forward(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
        x = wide(arguments[0])
        change = _product(broad, tall, x)
        old = output - change.to(output.dtype)
        if not moving:
            return old
        direction = primal(change).to(old.dtype)
        return old + dual(torch.zeros_like(direction), direction)

    return on_forward


def _product(broad: Tensor, tall: Tensor, x: Tensor) -> Tensor:
    return x @ tall.to(x.device, x.dtype).mT @ broad.to(x.device, x.dtype).mT


class WeightDrift:
    """δ for each parameter, of its shape. Tied weights are one parameter, under the name that the model gives it.

    `changes` may be any mapping, such as one that reads from the CPU or gathers from other ranks when asked: it is
    asked once for each reading of a parameter, on every rank in the same order.
    """

    def __init__(self, changes: Mapping[str, Tensor]) -> None:
        self._changes = changes

    @property
    def names(self) -> Collection[str]:
        return self._changes.keys()

    def old(self, model: nn.Module) -> AbstractContextManager[None]:
        return self._substituted(model, frozenset())

    def dual(self, model: nn.Module, *, only: Collection[str] | None = None) -> AbstractContextManager[None]:
        return self._substituted(model, _chosen(self.names, only))

    @contextmanager
    def _substituted(self, model: nn.Module, moving: Collection[str]) -> Iterator[None]:
        parameters = dict(model.named_parameters())
        _require_known(self.names, parameters)
        with _OldWeights({id(parameters[name]): name for name in self.names}, self._changes, moving):
            yield


class WeightStep(WeightDrift):
    """A direction for each parameter from where the model is: θ + εδ. Nothing old is computed with it."""

    @contextmanager
    def _substituted(self, model: nn.Module, moving: Collection[str]) -> Iterator[None]:
        parameters = dict(model.named_parameters())
        _require_known(self.names, parameters)
        with _Directions({id(parameters[name]): name for name in moving}, self._changes, moving):
            yield


class _OldWeights(TorchFunctionMode):
    """Wherever a function of torch reads a parameter, it gets θ* = θ − δ, dual where it moves."""

    def __init__(self, names: Mapping[int, str], changes: Mapping[str, Tensor], moving: Collection[str]) -> None:
        super().__init__()
        self._names, self._changes, self._moving = names, changes, moving

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        kind = getattr(function, "__name__", "")
        if kind in ("__set__", "__delete__"):
            return function(*args, **kwargs)
        if kind == "__get__" and not isinstance(found := function(*args, **kwargs), Tensor):
            return found  # shape, dtype, requires_grad: asked often, the same for old and new
        return function(*map(self._old, args), **{key: self._old(value) for key, value in kwargs.items()})

    def _old(self, value: Any) -> Any:
        if isinstance(value, list | tuple) and any(isinstance(v, nn.Parameter) for v in value):
            return type(value)(map(self._old, value))
        name = self._names.get(id(value)) if isinstance(value, nn.Parameter) else None
        if name is None or getattr(value, "ds_shape", value.shape) != value.shape:
            return value  # the second: ZeRO-3 holds a part, and handles it outside of the layer's own computation
        change = wide(self._changes[name].to(value.device))
        if change.shape != value.shape:
            raise ProbeError(
                f"parameter {name}",
                expected=f"a change of its shape {tuple(value.shape)}",
                found=str(tuple(change.shape)),
                remedy="Give the whole change where the model gathers the whole parameter.",
            )
        return self._seen(wide(value.detach()).to(torch.promote_types(value.dtype, change.dtype)), change, name)

    def _seen(self, live: Tensor, change: Tensor, name: str) -> Tensor:
        """What is read instead of the live weight."""
        old = live - change
        return dual(old, change.to(old.dtype)) if name in self._moving else old


class _Directions(_OldWeights):
    """Wherever a function of torch reads a parameter that moves, it gets θ + εδ."""

    def _seen(self, live: Tensor, change: Tensor, name: str) -> Tensor:
        return dual(live, change.to(live.dtype))


def _layers(model: nn.Module, names: Collection[str]) -> dict[str, nn.Module]:
    modules = {name.removeprefix(PEFT): module for name, module in model.named_modules()}
    _require_known(names, modules)
    return {name: modules[name] for name in names}


def _chosen(names: Collection[str], only: Collection[str] | None) -> Collection[str]:
    if only is None:
        return names
    _require_known(only, names)
    return only


def _require_known(names: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ProbeError(
            "drift",
            expected="names of layers or parameters of this model that moved",
            found=", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else ""),
            remedy="Take the names from the same model, as its space gives them.",
        )
