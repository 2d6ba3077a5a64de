"""What are the float32 weights of these parameters now, in full or in the slice that this rank holds?

In one process, DDP and ZeRO-1/2 the live weights are the float32 ones. ZeRO-3 keeps slices only, and DeepSpeed with
bf16 or fp16 trains float32 masters that the live weights are copies of: both are read from DeepSpeed's partitions,
never by `GatheredParameters`, which gave garbage on CPUs. Knows DeepSpeed's attributes, imports none of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ewc_plugin.errors import MechanismError
from ewc_plugin.ranks import Ranks

PRECISE = (torch.float32, torch.float64)


@dataclass(frozen=True)
class Share:
    """Entries [start, start + len(values)) of a flattened parameter: what one rank holds of it.

    The shares of all ranks cover each entry exactly once; a share may be empty.
    """

    start: int
    values: Tensor

    @property
    def stop(self) -> int:
        return self.start + len(self.values)


def shape_of(parameter: Tensor) -> torch.Size:
    """The parameter's shape, also where ZeRO-3 has left it (0,)."""
    return torch.Size(getattr(parameter, "ds_shape", parameter.shape))


def read(parameters: Sequence[nn.Parameter]) -> list[Tensor]:
    """Each parameter in full, float32 (float64 stays), on its device. Not to be written to.

    Without partitions these are the live tensors, at no cost. Else one collective for all of them: every rank has to
    ask for the same parameters in the same order. Raises MechanismError for half-precision weights without masters.
    """
    found: dict[int, Tensor] = {}
    for group in _by_group([p for p in parameters if partitioned(p)]):
        found |= {id(p): value for p, value in zip(group, _assembled(group, _own), strict=True)}
    return [found[id(p)] if id(p) in found else _live(p) for p in parameters]


def read_share(parameter: nn.Parameter, ranks: Ranks) -> Share:
    """This rank's share of the float32 weights; no collective. Not to be written to.

    Where DeepSpeed partitions the weights its partition is the share, else an even slice of the live ones.
    """
    if partitioned(parameter):
        return _own(parameter)
    start, stop = even_slice(parameter.numel(), ranks)
    return Share(start, _live(parameter).reshape(-1)[start:stop])


def bounds(parameter: Any, ranks: Ranks) -> tuple[int, int]:
    """[start, stop) of the share that `read_share` gives, without reading it."""
    if hasattr(parameter, "ds_id"):
        size = parameter.ds_tensor.ds_numel
        start = min(dist.get_rank(parameter.ds_process_group) * size, parameter.ds_numel)
        return start, min(start + size, parameter.ds_numel)
    if partitioned(parameter):
        where = None if parameter._hp_mapping is None else parameter._hp_mapping.lp_fragment_address
        return (0, 0) if where is None else (where.start, where.start + where.numel)
    return even_slice(parameter.numel(), ranks)


def even_slice(count: int, ranks: Ranks) -> tuple[int, int]:
    """[start, stop) of this rank when `count` entries are dealt out evenly, as ZeRO-3 does it."""
    size = -(-count // ranks.world_size)
    return min(ranks.rank * size, count), min((ranks.rank + 1) * size, count)


def gradients(parameters: Sequence[nn.Parameter]) -> list[Tensor | None]:
    """The mean gradient over ranks as the optimiser will see it; a collective, between backward and step.

    None where there is none. For a check only: each parameter costs a collective of its size under DeepSpeed.
    """
    return [_gradient(parameter) for parameter in parameters]


def entries(parameters: Sequence[Tensor], places: Sequence[Tensor]) -> list[Tensor]:
    """Some entries of each flattened parameter, trainable or frozen, as they are live (float32).

    A collective in ZeRO-3. It is how a base model is identified where no rank holds a whole weight.
    """
    return [_entries(parameter, where) for parameter, where in zip(parameters, places, strict=True)]


def require(parameters: Sequence[tuple[str, nn.Parameter]]) -> None:
    """Raise MechanismError naming the half-precision parameters that no float32 master stands behind."""
    bad = [name for name, p in parameters if not partitioned(p) and p.dtype not in PRECISE]
    if bad:
        dtypes = sorted({str(p.dtype).removeprefix("torch.") for _, p in parameters if p.dtype not in PRECISE})
        raise MechanismError(
            "trainable weights",
            expected="float32, or float32 masters behind them (DeepSpeed with bf16 or fp16)",
            found=f"{len(bad)} of {len(parameters)} in {', '.join(dtypes)} without masters ({', '.join(bad[:3])})",
            remedy="A small penalty is lost in half-precision weights: set pure_bf16: false and bf16: true, so that "
            "they stay float32 under autocast, or use one of recipes/deepspeed.",
        )


# -- what DeepSpeed leaves on a parameter ----------------------------------------------------------------------


def partitioned(parameter: Any) -> bool:
    """Whether float32 weights lie in DeepSpeed's partitions rather than in the parameter itself."""
    if hasattr(parameter, "ds_id"):  # ZeRO-3, before and after the engine is there
        return True
    # ZeRO-1/2 with half-precision live weights; None on a rank that holds nothing of this one
    return parameter.dtype not in PRECISE and hasattr(parameter, "_hp_mapping")


def _own(parameter: Any) -> Share:
    """What this rank's partition holds of a partitioned parameter, in float32."""
    if hasattr(parameter, "ds_id"):
        engine = getattr(parameter, "_z3_optimizer", None)
        # before there is an optimiser the partitions of the model are what its masters will be made of
        master = None if engine is None else engine.get_local_fp32_param(parameter)
        return _of_zero3(parameter, parameter.ds_tensor if master is None else master)
    mapping = parameter._hp_mapping
    if mapping is None:
        return Share(0, torch.empty(0, device=parameter.device))
    where = mapping.lp_fragment_address
    fragment = mapping.get_hp_fragment().detach().reshape(-1)[: where.numel]
    return Share(where.start, fragment.to(parameter.device, torch.float32))


def _of_zero3(parameter: Any, partition: Tensor) -> Share:
    """The partition without the padding that makes all ranks' partitions equally long."""
    size = parameter.ds_tensor.ds_numel
    count = parameter.ds_numel
    start = min(dist.get_rank(parameter.ds_process_group) * size, count)
    values = partition.detach().reshape(-1)[: min(size, count - start)]
    return Share(start, values.to(parameter.device, torch.float32))


def _group_of(parameter: Any) -> Any:
    return parameter.ds_process_group if hasattr(parameter, "ds_id") else parameter._dp_group


def _by_group(parameters: Sequence[nn.Parameter]) -> list[list[nn.Parameter]]:
    groups: dict[int, list[nn.Parameter]] = {}
    for parameter in parameters:
        groups.setdefault(id(_group_of(parameter)), []).append(parameter)
    return list(groups.values())


def _assembled(parameters: Sequence[nn.Parameter], share: Callable[[Any], Share]) -> list[Tensor]:
    """The full tensors from all ranks' shares: zeros but for one's own, summed."""
    shapes = [shape_of(p) for p in parameters]
    flat = torch.zeros(sum(shape.numel() for shape in shapes), device=parameters[0].device)
    parts = torch.split(flat, [shape.numel() for shape in shapes])
    for parameter, part in zip(parameters, parts, strict=True):
        own = share(parameter)
        part[own.start : own.stop] = own.values
    dist.all_reduce(flat, group=_group_of(parameters[0]))
    return [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]


def _live(parameter: nn.Parameter) -> Tensor:
    if parameter.dtype not in PRECISE:  # asked for every parameter in every step
        require([(f"a parameter of shape {tuple(parameter.shape)}", parameter)])
    return parameter.detach()


def _gradient(parameter: Any) -> Tensor | None:
    if not (hasattr(parameter, "ds_id") or hasattr(parameter, "_hp_mapping")):
        gradient: Tensor | None = parameter.grad
        return gradient
    from deepspeed.utils import safe_get_full_grad

    found: Tensor | None = safe_get_full_grad(parameter)
    return found


def _entries(parameter: Any, places: Tensor) -> Tensor:
    if not hasattr(parameter, "ds_id"):
        return parameter.detach().reshape(-1)[places.to(parameter.device)].float()  # type: ignore[no-any-return]
    own = _of_zero3(parameter, parameter.ds_tensor)
    found = torch.zeros(len(places), device=parameter.device)
    mine = (places >= own.start) & (places < own.stop)
    found[mine.to(found.device)] = own.values[(places[mine] - own.start).to(own.values.device)]
    dist.all_reduce(found, group=_group_of(parameter))
    return found
