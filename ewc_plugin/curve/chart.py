"""How is a loss drawn over the number of examples? Inline SVG: a logarithmic axis, intervals, a law through them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ewc_plugin.report.markup import text
from ewc_plugin.report.svg import HEIGHT, WIDTH, ticks

LEFT, RIGHT, TOP, BOTTOM = 52, 14, 24, 34
MARGIN = 0.07  # of the range, above and below

Measured = tuple[int, float, float, float]  # examples, value, low, high


@dataclass(frozen=True)
class Through:
    """A law at `n`, with its interval; beyond `measured_to` it is extrapolated and drawn dashed."""

    n: Sequence[float]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    measured_to: float


@dataclass(frozen=True)
class _Frame:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, n: float) -> float:
        share = (math.log(n) - self.x_low) / (self.x_high - self.x_low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def size_chart(
    measured: Sequence[Sequence[Measured]],
    *,
    title: str,
    y_label: str,
    law: Through | None = None,
    zero: bool = False,
) -> str:
    """One or several quantities at each size; the law belongs to the first. `zero`: draw a line there."""
    frame = _frame(measured, law, zero=zero)
    parts = [_axes(frame, [point[0] for point in measured[0]], y_label)]
    if zero:
        parts.append(f'<path class="axis dashed" d="M{LEFT} {frame.y(0)}H{WIDTH - RIGHT}"/>')
    parts += [_law(frame, law)] if law else []
    joined = range(1 if law else 0, len(measured))
    parts += [_line(frame, [(n, value) for n, value, _, _ in measured[i]], f"series s{1 + i}") for i in joined]
    parts += [_mark(frame, point, 1 + i) for i, points in enumerate(measured) for point in points]
    head = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">'
    return f"{head}{''.join(parts)}</svg>"


def _frame(measured: Sequence[Sequence[Measured]], law: Through | None, *, zero: bool) -> _Frame:
    """Over the points with their intervals and the law itself; the law's own interval may leave the picture."""
    points = [point for of in measured for point in of]
    sizes = [point[0] for point in points] + (list(law.n) if law else [])
    values = [value for point in points for value in point[1:]] + (list(law.values) if law else []) + [0.0] * zero
    low, high = min(values), max(values)
    margin = MARGIN * (high - low) or 0.5 * abs(high) or 1.0
    left, right = math.log(min(sizes)), math.log(max(sizes))
    aside = MARGIN * (right - left) or 1.0
    return _Frame(left - aside, right + aside, low - margin, high + margin)


def _law(frame: _Frame, law: Through) -> str:
    points = list(zip(law.n, law.values, strict=True))
    inside = [point for point in points if point[0] <= law.measured_to]
    beyond = [point for point in points if point[0] >= law.measured_to]
    edge = [*zip(law.n, law.high, strict=True), *reversed(list(zip(law.n, law.low, strict=True)))]
    bounded = [(n, min(max(value, frame.y_low), frame.y_high)) for n, value in edge]
    band = f'<polygon class="band" points="{_path(frame, bounded)}"/>'
    return band + _line(frame, inside, "series s1") + _line(frame, beyond, "series s1 dashed")


def _line(frame: _Frame, points: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="{kind}" points="{_path(frame, points)}"/>'


def _path(frame: _Frame, points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{frame.x(n)},{frame.y(value)}" for n, value in points)


def _mark(frame: _Frame, point: Measured, series: int) -> str:
    n, value, low, high = point
    x = frame.x(n)
    return (
        f'<path class="series s{series}" d="M{x} {frame.y(low)}V{frame.y(high)}"/>'
        f'<circle class="ring s{series}" cx="{x}" cy="{frame.y(value)}" r="3.5">'
        f"<title>{n:,}: {value:.4g} [{low:.4g}, {high:.4g}]</title></circle>"
    )


def _axes(frame: _Frame, sizes: Sequence[int], y_label: str) -> str:
    """The measured sizes are the marks of the axis, as far as there is room for their names."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    rows = "".join(
        f'<path class="grid" d="M{LEFT} {frame.y(v)}H{right}"/>'
        f'<text class="tick" text-anchor="end" x="{LEFT - 5}" y="{frame.y(v) + 3.5}">{v:.4g}</text>'
        for v in ticks(frame.y_low, frame.y_high)
    )
    marks = "".join(
        f'<text class="tick" text-anchor="middle" x="{frame.x(n)}" y="{bottom + 13}">{n:,}</text>'
        for n in _apart(frame, sizes)
    )
    names = (
        f'<text class="tick" text-anchor="end" x="{right}" y="{HEIGHT - 5}">样本数 examples</text>'
        f'<text class="tick" x="4" y="14">{text(y_label)}</text>'
    )
    return f'{rows}{marks}{names}<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>'


def _apart(frame: _Frame, sizes: Sequence[int]) -> list[int]:
    """The largest, and going down every size whose name does not run into the last one that is shown."""
    shown: list[int] = []
    for n in sorted(set(sizes), reverse=True):
        if not shown or frame.x(shown[-1]) - frame.x(n) > 7 * len(f"{shown[-1]:,}"):
            shown.append(n)
    return shown
