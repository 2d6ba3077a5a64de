"""How much does a dataset weigh in its group? A weight moves to a selection and back, or is set.

Every other value of dataset_info.json stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.files import staged
from converters.mixing.registry import REGISTRY, Registry, mix_of, mixtures, read_registry
from converters.quality.selection.registered import stands_for


def moved(registry: Registry, giver: str, taker: str) -> Registry:
    """The registry with the weight of `giver` at `taker`; itself if only `taker` has one.

    Raises SourceError when neither has a weight that could move.
    """
    weights = {name: mix_of(registry, name).get("weight") for name in (giver, taker)}
    if not weights[giver] and weights[taker]:
        return registry
    if not weights[giver]:
        mixed = giver in mixtures(registry)
        raise SourceError(
            f"{REGISTRY}, {giver}",
            expected="a weight above 0, which another dataset can have instead",
            found="a mixture, which has none" if mixed else f"weight {weights[giver]}",
            remedy=f"A recipe names {taker} as its dataset." if mixed else f"Give {taker} a weight there.",
        )
    changed = {
        giver: _weighing(registry[giver], 0.0),
        taker: _weighing(registry[taker], weights[giver]),
    }
    return {**registry, **changed}


def _weighing(entry: Mapping[str, Any], weight: Any) -> dict[str, Any]:
    return {**entry, "mix": {**entry["mix"], "weight": weight}}


def give_back(dataset_dir: Path, original: str, name: str) -> Registry:
    """The registry, written, in which `original` weighs again what its selection does."""
    registry = read_registry(dataset_dir)
    if stands_for(registry).get(name) != original:
        own = [other for other, source in stands_for(registry).items() if source == original]
        raise SourceError(
            f"--name {name}",
            expected=f"a selection of {original}",
            found="another dataset" if name in registry else "no such entry",
            remedy=f"There are: {', '.join(own)}" if own else f"Nothing was selected from {original} yet.",
        )
    return _written(dataset_dir, lambda now: moved(now, name, original))


def save(dataset_dir: Path, weights: Mapping[str, float]) -> Registry:
    """The registry, written, with these weights."""
    return _written(dataset_dir, lambda now: {**now, **{name: _weighing(now[name], weights[name]) for name in weights}})


def _written(dataset_dir: Path, change: Callable[[Registry], Registry]) -> Registry:
    with staged(dataset_dir) as files:
        files.alone(dataset_dir)  # another command may write the registry too
        registry = change(read_registry(dataset_dir))
        files.open(dataset_dir / REGISTRY).write(text_of(registry))
    return registry


def text_of(registry: Registry) -> str:
    # ASCII, because LLaMA-Factory opens the file in the encoding of the locale
    return json.dumps(registry, ensure_ascii=True, indent=2) + "\n"
