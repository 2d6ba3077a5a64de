"""What does a noisy curve do: rise, fall, swing? Means of windows with their standard errors; noise alone says nothing.

A logged training loss is a mean over a few batches, so single points prove nothing. A window's mean is compared with
another's in units of the standard error of their difference; `CLEAR` of them is beyond noise (one in 700 by chance).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

Points = Sequence[tuple[float, float]]

WINDOWS = 8
SMALLEST = 5  # points a window, for a standard error that means something
CLEAR = 3.0


def turn(points: Points, noise: float | None) -> tuple[float, float, float] | None:
    """Step and value of a curve's lowest point, and the rise from there to its end, if it is more than `noise`.

    None also where the lowest point is the beginning or the end, and where there are fewer than three points.
    """
    if len(points) < 3 or noise is None:
        return None
    lowest = min(points, key=lambda point: point[1])
    rise = points[-1][1] - lowest[1]
    return (*lowest, rise) if 0 < lowest[0] < points[-1][0] and rise > noise else None


@dataclass(frozen=True)
class Window:
    """A stretch of a curve: its mean with the standard error, and where it lies (first and last step)."""

    mean: float
    error: float
    first: float
    last: float


@dataclass(frozen=True)
class Step:
    """From one window to another: the change of the mean, and how many standard errors that is."""

    before: Window
    after: Window

    @property
    def change(self) -> float:
        return self.after.mean - self.before.mean

    @property
    def slope(self) -> float:
        """The change a training step, between the middles of the windows."""
        middles = [(window.first + window.last) / 2 for window in (self.before, self.after)]
        return self.change / (middles[1] - middles[0])

    @property
    def errors(self) -> float:
        noise = math.hypot(self.before.error, self.after.error)
        return self.change / noise if noise > 0 else math.copysign(math.inf, self.change) if self.change else 0.0

    @property
    def rose(self) -> bool:
        return self.errors > CLEAR

    @property
    def fell(self) -> bool:
        return self.errors < -CLEAR


def windows(points: Points, number: int = WINDOWS) -> list[Window]:
    """`number` windows of equally many points; none where there are too few points for that."""
    size = len(points) // number
    if size < SMALLEST:
        return []
    start = len(points) - size * number  # what is left over is taken from the beginning, where the warm-up is
    return [_window(points[at : at + size]) for at in range(start, len(points), size)]


def _window(points: Points) -> Window:
    values = [value for _, value in points]
    return Window(fmean(values), _error(points), points[0][0], points[-1][0])


def _error(points: Points) -> float:
    """Of the mean, from the scatter about the window's own straight line: a slope is no noise."""
    n = len(points)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_mean, y_mean = fmean(xs), fmean(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0
    rest = [y - y_mean - slope * (x - x_mean) for x, y in zip(xs, ys, strict=True)]
    return stdev(rest) * math.sqrt((n - 1) / max(1, n - 2)) / math.sqrt(n)


def steps(found: Sequence[Window]) -> list[Step]:
    """From each window to the next."""
    return [Step(before, after) for before, after in itertools.pairwise(found)]
