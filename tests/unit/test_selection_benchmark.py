"""The benchmark of selection: its task is what it says, and its statistics are those of a second calculation."""

import importlib.util
import json
import math
import random
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from scipy import stats

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def part(name: str):
    """A module of the benchmarks, whose folder has a `converters.py` that must not hide our package."""
    assert "converters" in sys.modules or importlib.util.find_spec("converters")
    sys.path.append(str(BENCHMARKS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def made():
    return part("_selection_task").task(0)


def kinds(rows):
    return [row.kind for row in rows]


def test_a_third_of_the_pool_is_clean_a_third_repeats_and_a_third_is_spoilt(made):
    repeated = sum(kind in ("same text", "nearly the same text") for kind in kinds(made.pool))
    spoilt = sum(kind in ("wrong", "off the question", "garbled", "cut off") for kind in kinds(made.pool))
    assert kinds(made.pool).count("clean") == repeated == spoilt == sum(made.clean)


def test_what_is_spoilt_has_another_answer_and_what_repeats_has_the_same(made):
    right = {row.topic: row.answer for row in made.pool if row.kind == "clean"}
    spoilt = [row for row in made.pool if row.kind in ("wrong", "off the question", "garbled", "cut off")]
    assert all(row.answer != right[row.topic] for row in spoilt)
    assert all(row.answer == right[row.topic] for row in made.pool if row not in spoilt)


def test_no_held_out_question_stands_in_the_pool_and_each_class_is_asked_for(made):
    assert not {row.question for row in made.asked} & {row.question for row in made.pool}
    assert {row.topic for row in made.asked} == set(range(len(made.clean)))


def test_the_reward_model_learns_from_other_classes(made):
    assert not {row.answer for row in made.rated if row.kind == "clean"} & {row.answer for row in made.asked}


def test_a_task_is_that_of_its_seed(made):
    again = part("_selection_task")
    assert again.task(0).pool == made.pool != again.task(1).pool


def test_intervals_are_those_of_students_t():
    draw = random.Random(0)
    values = [draw.gauss(0.3, 0.1) for _ in range(5)]
    found = part("_selection_report").interval(values)
    low, high = stats.t.interval(0.95, 4, loc=statistics.fmean(values), scale=stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert math.isnan(part("_selection_report").interval([0.3]).half)


def test_ways_are_compared_seed_by_seed():
    report = part("_selection_report")
    values = {"random": [0.1, 0.5, 0.3], "a": [0.2, 0.6, 0.5], "b": [0.1, 0.4, 0.3]}
    found = report.compared(values, "random", ["a", "b"])
    assert found["a"].p == pytest.approx(float(stats.ttest_rel(values["a"], values["random"]).pvalue))
    assert (found["a"].better, found["b"].better) == (3, 0)
    assert found["a"].holm == pytest.approx(min(1, 2 * found["a"].p))


def test_holms_correction_multiplies_the_smallest_p_by_the_number_of_tests_and_never_falls():
    found = part("_selection_report").holm({"a": 0.04, "b": 0.01, "c": 0.03})
    assert found == pytest.approx({"b": 0.03, "c": 0.06, "a": 0.06})


@dataclass(frozen=True)
class Settings:
    width: int = 8
    steps: int = 2
    batch: int = 4


@dataclass(frozen=True)
class Run:
    seed: int
    way: str
    loss: float
    accuracy: float
    weighted: float
    kinds: dict[str, int]
    classes: int = 3


def test_the_report_says_who_is_better_who_is_worse_and_of_whom_that_is_not_shown(tmp_path):
    kinds = {"clean": 2, "same text": 1, "garbled": 1}
    accuracy = {"random": 0.3, "good": 0.5, "bad": 0.1, "as good": 0.3, "all rows": 0.4}
    wobble = {"as good": [0.1, -0.1, 0.05]}
    runs = [
        Run(seed, way, 1 - value, value + seed / 100 + wobble.get(way, [0.01, 0, 0.02])[seed], value, kinds)
        for seed in range(3)
        for way, value in accuracy.items()
    ]
    settings = Settings()
    where = part("_measure").circumstances()
    report = part("_selection_report").report
    methods = ["good", "bad", "as good"]
    report(runs, [], methods=methods, size=4, settings=settings, where=where, folder=tmp_path)
    text = (tmp_path / "selection.md").read_text("utf-8")
    assert "* Better (accuracy): good.\n" in text
    assert "* Worse (accuracy): bad.\n" in text
    assert "* No difference shown (accuracy): as good.\n" in text
    assert "50 % clean, 25 % repeated, 25 % spoilt; 3 classes" in text
    assert len(json.loads((tmp_path / "selection.json").read_text("utf-8"))["runs"]) == 15
