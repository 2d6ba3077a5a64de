"""How many examples of each capped kind a dataset may keep, so that none has more than its share. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping


def allowed(counts: Mapping[str, int], free: int, caps: Mapping[str, float]) -> dict[str, int]:
    """For each kind in `caps`, the largest number with n_k ≤ cap_k · (free + Σ n_j), the others given.

    `free` counts the examples that no cap concerns. Kinds that stay below their share raise the total, and so what
    the others may have: the largest solution is reached from above, kind by kind, until nothing changes. A cap of 1 or
    more is none. Where nothing but capped kinds exists, a dataset of them alone keeps them all: a share of itself is
    no reason to throw a whole source away.
    """
    kept = {kind: count for kind, count in counts.items() if kind in caps}
    if not free and kept:
        return kept
    while True:
        total = free + sum(kept.values())
        over = {kind: int(caps[kind] * total + 1e-9) for kind in kept if kept[kind] > caps[kind] * total + 1e-9}
        if not over:
            return kept
        # one at a time, the most excessive first: lowering all at once would overshoot
        kind = max(over, key=lambda name: (kept[name] - over[name], name))
        others = total - kept[kind]
        kept[kind] = min(kept[kind], int(caps[kind] * others / (1 - caps[kind]) + 1e-9))
