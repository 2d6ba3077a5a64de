"""How are numbers drawn without a library? Small inline SVG charts that take their colours from the page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ewc_plugin.report.markup import text

# narrow on purpose: scaled to a phone's width the letters stay readable
WIDTH, HEIGHT = 420, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 24, 34
# more points than pixels only make the page heavy
_POINTS = 400

COLOURS = 6
SMALLEST = 1e-100  # what is smaller is drawn as 0

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A point with its interval on both axes, told apart by a short label."""

    label: str
    x: float
    y: float
    x_range: Point
    y_range: Point


@dataclass(frozen=True)
class _Frame:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def line_chart(points: Sequence[Point], *, title: str, x_label: str, series: int = 1) -> str:
    """One curve with its axes; every k-th point when there are more than can be seen, and the last."""
    step = math.ceil(len(points) / _POINTS)
    shown = [*points[::step], points[-1]]
    frame = _frame([x for x, _ in shown], [y for _, y in shown])
    path = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in shown)
    last = f"{points[-1][1]:.4g}"
    body = f'<polyline class="series s{series}" points="{path}"><title>{text(title)}: {last}</title></polyline>'
    return _chart(title, _axes(frame, x_label, "") + body)


def curves_chart(
    curves: Mapping[str, Sequence[Point]], *, title: str, x_label: str, y_label: str, whole: bool = False
) -> str:
    """Several curves on the same axes, up to `COLOURS` of them told apart; the caller writes the legend.

    whole: x counts something, so that only whole numbers are marked.
    """
    points = [point for curve in curves.values() for point in curve]
    frame = _frame([x for x, _ in points], [y for _, y in points])
    paths = [" ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in curve) for curve in curves.values()]
    lines = "".join(
        f'<polyline class="series s{1 + i % COLOURS}" points="{path}"><title>{text(name)}</title></polyline>'
        for i, (name, path) in enumerate(zip(curves, paths, strict=True))
    )
    return _chart(title, _axes(frame, x_label, y_label, whole=whole) + lines)


def interval_chart(marks: Sequence[Mark], *, title: str, x_label: str, y_label: str) -> str:
    """Points with whiskers on both axes."""
    xs = [v for m in marks for v in (m.x, *m.x_range)]
    ys = [v for m in marks for v in (m.y, *m.y_range)]
    frame = _frame(xs, ys)
    return _chart(title, _axes(frame, x_label, y_label) + "".join(_mark(frame, mark) for mark in marks))


def _mark(frame: _Frame, mark: Mark) -> str:
    x, y = frame.x(mark.x), frame.y(mark.y)
    (left, right), (low, high) = mark.x_range, mark.y_range
    return (
        f'<path class="whisker" d="M{frame.x(left)} {y}H{frame.x(right)}M{x} {frame.y(low)}V{frame.y(high)}"/>'
        f'<circle class="mark" cx="{x}" cy="{y}" r="4"/>'
        f'<text class="name" x="{x + 7}" y="{y - 6}">{text(mark.label)}</text>'
    )


def _chart(title: str, body: str) -> str:
    head = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">'
    return f"{head}{body}</svg>"


def _frame(xs: Sequence[float], ys: Sequence[float]) -> _Frame:
    return _Frame(*_padded(xs), *_padded(ys))


def _padded(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    spread, size = high - low, max(abs(low), abs(high))
    # a constant still needs a height to be drawn at
    margin = 0.06 * spread if spread > 1e-9 * size else 0.5 * size
    margin = margin if margin > SMALLEST else 1.0
    return low - margin, high + margin


def _axes(frame: _Frame, x_label: str, y_label: str, *, whole: bool = False) -> str:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    rows = "".join(
        f'<path class="grid" d="M{_LEFT} {frame.y(v)}H{right}"/>'
        f'<text class="tick" text-anchor="end" x="{_LEFT - 5}" y="{frame.y(v) + 3.5}">{v:.4g}</text>'
        for v in ticks(frame.y_low, frame.y_high)
    )
    marks = "".join(
        f'<text class="tick" text-anchor="middle" x="{frame.x(v)}" y="{bottom + 13}">{v:.6g}</text>'
        for v in ticks(frame.x_low, frame.x_high)
        if not whole or v == round(v)
    )
    names = (
        f'<text class="tick" text-anchor="end" x="{right}" y="{HEIGHT - 5}">{text(x_label)}</text>'
        f'<text class="tick" x="4" y="14">{text(y_label)}</text>'
    )
    return f'{rows}{marks}{names}<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers (1, 2 or 5 times a power of ten) inside the range."""
    raw = (high - low) / 5
    power: float = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    first = math.ceil(low / step)
    return [i * step for i in range(first, math.floor(high / step) + 1)]
