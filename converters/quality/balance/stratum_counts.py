"""How many rows and tokens of answers has each stratum of some datasets together?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from converters.contract import SourceError
from converters.mixing.leakage import EvaluationIndex
from converters.mixing.registry import Registry
from converters.quality.balance.balancing import Part
from converters.quality.covering import clusters
from converters.quality.rows import opened
from converters.quality.selection.candidates import known
from converters.quality.selection.strata import Strata, Told, by_length, strata


def counted(dataset_dir: Path, registry: Registry, names: Sequence[str], by: str) -> list[Part]:
    """One part for each stratum, in the order of `strata`; what each is now is its share of the rows."""
    if by == "cluster" and len(names) > 1:
        raise SourceError("--by cluster", expected="one dataset, whose clusters they are", found=", ".join(names))
    rows, tokens, lengths = Counter[str](), Counter[str](), list[np.ndarray]()
    for name in names:
        with opened(dataset_dir, name) as data:
            facts = known(data, EvaluationIndex([]))
            if by == "length":
                lengths.append(np.stack([facts.characters, facts.tokens]))
                continue
            own = clusters.load(dataset_dir, data) if by == "cluster" else None
            _count(rows, tokens, strata(by, Told(data, facts, registry, dataset_dir, own)), facts.tokens)
    if by == "length":
        characters, own_tokens = np.concatenate(lengths, axis=1)
        _count(rows, tokens, by_length(characters), own_tokens)
    whole = rows.total()
    return [Part(name, count, tokens[name], count, count / whole) for name, count in rows.items()]


def _count(rows: Counter[str], tokens: Counter[str], parts: Strata, lengths: np.ndarray) -> None:
    sums = np.bincount(parts.labels, weights=lengths, minlength=len(parts.names))
    for name, count, length in zip(parts.names, parts.sizes.tolist(), sums.tolist(), strict=True):
        rows[name] += count
        tokens[name] += int(length)
