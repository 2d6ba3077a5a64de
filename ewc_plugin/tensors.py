"""How are many tensors kept in a folder? As safetensors files of bounded size, read one tensor or one slice at a time.

An anchor of full tuning is larger than a machine's memory: nothing here holds more than one file's worth.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

LIMIT = 2 << 30  # bytes of one file


def write(items: Iterable[tuple[str, Tensor]], folder: Path, stem: str, *, limit: int = LIMIT) -> list[str]:
    """Write `<stem>.safetensors`, or `<stem>-1.safetensors` and so on where one would exceed `limit`; their names."""
    batches: list[str] = []
    held: dict[str, Tensor] = {}
    size = 0
    for name, tensor in items:
        value = tensor.detach().cpu().contiguous()
        if held and size + value.nbytes > limit:
            batches.append(_save(held, folder, f"{stem}-{len(batches) + 1}"))
            held, size = {}, 0
        # safetensors refuses two names for one memory
        held[name] = value.clone() if value.data_ptr() == tensor.data_ptr() else value
        size += value.nbytes
    return [*batches, _save(held, folder, f"{stem}-{len(batches) + 1}" if batches else stem)]


def _save(tensors: Mapping[str, Tensor], folder: Path, stem: str) -> str:
    name = f"{stem}.safetensors"
    save_file(dict(tensors), folder / name)
    return name


class Lazy(Mapping[str, Tensor]):
    """Tensors that are made when they are asked for, and not kept; where that is a collective, by all ranks alike."""

    def __init__(self, names: Collection[str], make: Callable[[str], Tensor]) -> None:
        self._names, self._make = names, make

    def __getitem__(self, name: str) -> Tensor:
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class StoredTensors(Mapping[str, Tensor]):
    """The tensors of some safetensors files by name; each is read from disk when it is asked for."""

    def __init__(self, files: Sequence[Path], prefix: str = "") -> None:
        self._files, self._prefix = list(files), prefix
        self._owner: dict[str, Path] = {}
        for path in self._files:
            with safe_open(path, framework="pt") as opened:
                self._owner |= {key: path for key in opened.keys() if key.startswith(prefix)}  # noqa: SIM118

    def under(self, prefix: str) -> "StoredTensors":
        """Those whose names start with `prefix`, under the rest of their names."""
        return StoredTensors(self._files, self._prefix + prefix)

    def __getitem__(self, name: str) -> Tensor:
        key = self._prefix + name
        with safe_open(self._owner[key], framework="pt") as opened:
            value: Tensor = opened.get_tensor(key)
        return value

    def shape(self, name: str) -> tuple[int, ...]:
        """Of one tensor, without reading it."""
        key = self._prefix + name
        with safe_open(self._owner[key], framework="pt") as opened:
            return tuple(opened.get_slice(key).get_shape())

    def slice(self, name: str, start: int, stop: int) -> Tensor:
        """Entries [start, stop) of the flattened tensor, reading no more rows than hold them."""
        key = self._prefix + name
        with safe_open(self._owner[key], framework="pt") as opened:
            stored: Any = opened.get_slice(key)
            shape = stored.get_shape()
            width = 1
            for size in shape[1:]:
                width *= size
            first, last = start // width, -(-stop // width)
            rows: Tensor = stored[first:last]
        return rows.reshape(-1)[start - first * width : stop - first * width]

    def entries(self, name: str, places: Tensor) -> Tensor:
        """Some entries of the flattened tensor, reading no more rows than hold them."""
        key = self._prefix + name
        with safe_open(self._owner[key], framework="pt") as opened:
            stored: Any = opened.get_slice(key)
            width = math.prod(stored.get_shape()[1:])
            rows = [(stored[p // width : p // width + 1].reshape(-1), p % width) for p in places.tolist()]
        return torch.stack([row[column] for row, column in rows])

    def __contains__(self, name: object) -> bool:
        return f"{self._prefix}{name}" in self._owner

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self._prefix) for key in self._owner)

    def __len__(self) -> int:
        return len(self._owner)
