"""How is a selection drawn? The map, and two distributions over one another, as SVG within the page."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from converters.quality.page.density import CELL, HIGH, WIDE

Told = Mapping[str, Any]
PLOT_WIDE, PLOT_HIGH, TOP, FOOT = 360, 130, 8, 18
LEVELS = 5  # of shade, by the logarithm of the count
LABELS = 6  # under a distribution


def map_of(told: Told) -> str:
    names = "".join(
        f'<text x="{x}" y="{y}" text-anchor="middle" dominant-baseline="central">{number}</text>'
        for number, x, y in told["clusters"]
    )
    # the kept are few beside the others: they are drawn last, on top
    layers = [_cells(told["cells"]), *(_dots(told["dots"][side], side) for side in ("left", "dropped", "kept"))]
    title = "map of the rows that were kept, dropped and left"
    return (
        f'<svg class="map" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{title}">{"".join(layers)}'
        f'<g class="names">{names}</g></svg>'
    )


def _dots(points: Sequence[Sequence[int]], side: str) -> str:
    # one path of points without length and with round ends: nine bytes a dot
    path = "".join(f"M{x} {y}h0" for x, y in points)
    return f'<path class="{side}" d="{path}"/>' if path else ""


def _cells(cells: Sequence[Sequence[int]]) -> str:
    if not cells:
        return ""
    most = max(count for _, _, count in cells)
    shades: dict[int, list[str]] = {}
    for x, y, count in cells:
        level = math.ceil(LEVELS * math.log1p(count) / math.log1p(most))
        shades.setdefault(level, []).append(f"M{x} {y}h{CELL}v{CELL}h-{CELL}z")
    return "".join(
        f'<path class="cells" opacity="{0.12 + 0.68 * level / LEVELS:.2f}" d="{"".join(paths)}"/>'
        for level, paths in sorted(shades.items())
    )


def distributions(title: str, told: Told) -> str:
    """Bars for all rows and a line for the kept, each as shares of its own: the two are of different number."""
    every, kept = _shares(told["all"]), _shares(told["kept"])
    highest = max(*every, *kept)
    note = _note("all", told["all_quantiles"]) + _note("kept", told["kept_quantiles"])
    return (
        f'<div><h3>{html.escape(title)}</h3><svg viewBox="0 0 {PLOT_WIDE} {PLOT_HIGH}" role="img" '
        f'aria-label="{html.escape(title)}">'
        f'<line x1="0" x2="{PLOT_WIDE}" y1="{PLOT_HIGH - FOOT}" y2="{PLOT_HIGH - FOOT}"/>'
        f"{_bars(every, kept, highest, told)}{_outline(kept, highest)}{_labels(told['edges'])}</svg>{note}</div>"
    )


def _shares(counts: Sequence[int]) -> list[float]:
    whole = sum(counts)
    return [count / whole if whole else 0.0 for count in counts]


def _height(share: float, highest: float) -> float:
    return (PLOT_HIGH - TOP - FOOT) * share / highest if highest else 0.0


def _bars(every: Sequence[float], kept: Sequence[float], highest: float, told: Told) -> str:
    width, parts = PLOT_WIDE / len(every), []
    for at, (share, own) in enumerate(zip(every, kept, strict=True)):
        height = _height(share, highest)
        said = (
            f"{plain(told['edges'][at])} to {plain(told['edges'][at + 1])}: {share:.1%} of all, {own:.1%} of the kept"
        )
        parts.append(
            f'<rect x="{at * width + 0.5:.1f}" y="{PLOT_HIGH - FOOT - height:.1f}" width="{width - 1:.1f}" '
            f'height="{height:.1f}"><title>{said}</title></rect>'
        )
    return "".join(parts)


def _outline(kept: Sequence[float], highest: float) -> str:
    if not any(kept):
        return ""
    width, steps = PLOT_WIDE / len(kept), []
    for at, share in enumerate(kept):
        y = PLOT_HIGH - FOOT - _height(share, highest)
        steps.append(f"{'M' if at == 0 else 'L'}{at * width:.1f} {y:.1f}H{(at + 1) * width:.1f}")
    return f'<path class="outline" d="{"".join(steps)}"/>'


def _labels(edges: Sequence[float]) -> str:
    bins = len(edges) - 1
    step = -(-bins // LABELS)
    return "".join(
        f'<text x="{at * PLOT_WIDE / bins + 1:.1f}" y="{PLOT_HIGH - 5}">{plain(edges[at])}</text>'
        for at in range(0, bins, step)
    )


def _note(name: str, quantiles: Sequence[float] | None) -> str:
    if quantiles is None:
        return f'<p class="soft"><i class="{name}"></i>{name}: none has this number</p>'
    low, middle, high = map(plain, quantiles)
    return f'<p class="soft"><i class="{name}"></i>{name}: 5 % {low} · median {middle} · 95 % {high}</p>'


def plain(number: float) -> str:
    """As people write it: whole numbers from a thousand on, three digits below."""
    if number == round(number) or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}"
