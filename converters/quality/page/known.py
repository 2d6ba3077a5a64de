"""Which numbers of a row does the page show? Lengths, perplexities, IFD and reward, under the names a reader knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Scores = Mapping[str, Mapping[str, Any]]

# in the order of the plots; where the number stands in a row's scores
NAMES: Mapping[str, tuple[str, ...]] = {
    "tokens of the prompt": ("length", "prompt"),
    "tokens of the answer": ("length", "answer"),
    "perplexity of the answer": ("perplexity", "perplexity"),
    "perplexity of the instruction": ("perplexity", "instruction", "perplexity"),
    "IFD": ("ifd", "ifd"),
    "reward": ("reward", "reward"),
}
CHARACTERS = "characters of the answer"  # counted where nobody counted tokens


def numbers_of(score: Mapping[str, Any]) -> dict[str, float]:
    """Those that the row has; what is no finite number is left out."""
    found = {name: _at(score, path) for name, path in NAMES.items()}
    return {name: value for name, value in found.items() if value is not None}


def _at(value: Any, path: tuple[str, ...]) -> float | None:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def shown(names: Mapping[str, Any]) -> list[str]:
    """In their order on the page; JSON may have kept another."""
    return [name for name in (CHARACTERS, *NAMES) if name in names]
