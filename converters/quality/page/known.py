"""Which numbers are known of a row? Each of its scores under one name, whatever a metric tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from converters.quality.contract import METRICS

Scores = Mapping[str, Mapping[str, Any]]
JOINT = " · "


def numbers_of(score: Mapping[str, Any]) -> dict[str, float]:
    """`perplexity · answer` → 12.3; yes and no, texts and what is not finite are left out."""
    found = {}
    for metric in METRICS:
        told = score.get(metric)
        parts = told.items() if isinstance(told, Mapping) else [("", told)]
        for part, value in parts:
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                found[f"{metric}{JOINT}{part}" if part else metric] = float(value)
    return found
