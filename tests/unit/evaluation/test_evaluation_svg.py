"""Charts without a library."""

import re

import pytest

from ewc_plugin.report.svg import Mark, interval_chart, line_chart, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0.21, 0.39, [0.25, 0.3, 0.35]),
        (-1, 1, [-1, -0.5, 0, 0.5, 1]),
        (1200, 3900, [2000, 3000]),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def coordinates(chart):
    return [tuple(map(float, p.split(","))) for p in re.search(r'points="([^"]+)"', chart).group(1).split()]


def test_higher_values_are_drawn_higher_and_later_steps_further_right():
    first, second, *_ = coordinates(line_chart([(0, 1.0), (10, 2.0)], title="loss", x_label="step"))
    assert second[0] > first[0]
    assert second[1] < first[1]


def test_a_long_curve_is_thinned_and_keeps_its_last_point():
    points = [(float(i), float(i)) for i in range(5001)]
    drawn = coordinates(line_chart(points, title="loss", x_label="step"))
    assert len(drawn) < 450
    assert drawn[-1][0] == max(x for x, _ in drawn)


def test_a_constant_and_a_zero_curve_can_be_drawn():
    assert len(coordinates(line_chart([(0, 3.0), (1, 3.0)], title="a", x_label="b"))) == 3
    assert len(coordinates(line_chart([(0, 0.0), (1, 0.0)], title="a", x_label="b"))) == 3


def test_a_mark_stands_inside_its_whiskers():
    chart = interval_chart([Mark("1", 2.0, 5.0, (1.0, 3.0), (4.0, 7.0))], title="t", x_label="x", y_label="y")
    left, right, top, bottom = map(
        float, re.search(r"M([\d.]+) [\d.]+H([\d.]+)M[\d.]+ ([\d.]+)V([\d.]+)", chart).groups()
    )
    x, y = map(float, re.search(r'cx="([\d.]+)" cy="([\d.]+)"', chart).groups())
    assert left < x < right
    assert bottom < y < top
