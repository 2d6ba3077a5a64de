"""Average, backward transfer, forgetting, forward transfer and plasticity against tables worked out by hand."""

import pytest

from ewc_plugin.forgetting import (
    MissingCellError,
    Table,
    average,
    backward_transfer,
    forgetting,
    forward_transfer,
    mean_forgetting,
    mean_plasticity,
    plasticity,
    scored,
    summary,
    table,
)

# three stages, one column each, scores where more is better
#            a    b    c
SCORES = (
    (10.0, 20.0, 30.0),  # base
    (60.0, 25.0, 28.0),  # stage a
    (50.0, 70.0, 31.0),  # stage b
    (55.0, 40.0, 80.0),  # stage c
)
T = Table(("base", "a", "b", "c"), ("a", "b", "c"), (1, 2, 3), SCORES)


def test_the_average_after_each_stage():
    # (60+25+28)/3, (55+40+80)/3
    assert average(T, 1) == pytest.approx(113 / 3)
    assert average(T, 3) == pytest.approx(175 / 3)


def test_backward_transfer():
    # ½ · ((55 − 60) + (40 − 70))
    assert backward_transfer(T) == pytest.approx(-17.5)


def test_forgetting_is_against_the_best_earlier_row():
    # after c: a max(10, 60, 50) − 55 = 5; b max(20, 25, 70) − 40 = 30
    assert [forgetting(T, 3, j) for j in (0, 1)] == [5.0, 30.0]
    assert mean_forgetting(T, 3) == pytest.approx(17.5)
    # after b: only a was introduced before, 60 − 50
    assert mean_forgetting(T, 2) == pytest.approx(10.0)
    assert mean_forgetting(T, 1) is None


def test_forgetting_is_negative_where_the_last_row_is_the_best():
    # c after stage c: max(30, 28, 31) − 80
    assert forgetting(T, 3, 2) == -49.0


def test_forgetting_and_backward_transfer_differ_where_a_task_improved_in_between():
    better = Table(("base", "a", "b", "c"), ("a",), (1,), ((10.0,), (60.0,), (75.0,), (65.0,)))
    assert backward_transfer(better) == 5.0
    assert mean_forgetting(better, 3) == 10.0


def test_forward_transfer():
    # b: row a − base = 25 − 20; c: row b − base = 31 − 30
    assert forward_transfer(T) == pytest.approx(3.0)


def test_plasticity():
    # a 60 − 10, b 70 − 25, c 80 − 31
    assert [plasticity(T, j) for j in range(3)] == [50.0, 45.0, 49.0]
    assert mean_plasticity(T) == pytest.approx(48.0)


def test_two_columns_of_one_stage_count_each():
    wide = Table(("base", "x", "y"), ("x1", "x2", "y1"), (1, 1, 2), ((0.0, 0.0, 0.0), (4.0, 8.0, 1.0), (3.0, 5.0, 9.0)))
    assert backward_transfer(wide) == pytest.approx((-1 - 3) / 2)
    assert mean_forgetting(wide, 2) == pytest.approx((1 + 3) / 2)
    assert mean_plasticity(wide) == pytest.approx((4 + 8 + 8) / 3)


def test_a_column_whose_stage_has_no_row_is_in_no_mean():
    partial = Table(("base", "a"), ("a", "later"), (1, None), ((1.0, 7.0), (3.0, 2.0)))
    assert average(partial, 1) == 3.0
    assert mean_plasticity(partial) == 2.0
    assert forgetting(partial, 1, 1) == 5.0, "its own forgetting is still there to be shown"


def test_where_nothing_is_defined_there_is_none_and_never_zero():
    base = Table(("base",), ("a",), (None,), ((1.0,),))
    found = summary(base)
    assert (found.average, found.backward_transfer, found.mean_forgetting) == ((None,), None, None)
    assert (found.forward_transfer, found.mean_plasticity) == (None, None)


def matrix_of(losses):
    """Losses per row and column as a matrix file would hold them; None is a failed cell."""
    labels = ["base", "foundation", "domain"]
    columns = [("belle_eval", "foundation"), ("verse_eval", "domain")]
    return {
        "columns": [{"name": n, "stage": s} for n, s in columns],
        "rows": [
            {
                "label": label,
                "stage": None if label == "base" else label,
                "cells": {
                    name: {"failed": "torn"} if value is None else {"loss": {"value": value}}
                    for (name, _), value in zip(columns, row, strict=True)
                },
            }
            for label, row in zip(labels, losses, strict=True)
        ],
    }


def test_losses_enter_with_their_sign_turned():
    scores = table(matrix_of([(3.0, 5.0), (2.0, 4.5), (2.25, 3.0)]))
    assert scores.values == ((-3.0, -5.0), (-2.0, -4.5), (-2.25, -3.0))
    assert scores.introduced == (1, 2)
    # the old loss rose by 0.25: negative backward transfer, positive forgetting
    assert backward_transfer(scores) == pytest.approx(-0.25)
    assert mean_forgetting(scores, 2) == pytest.approx(0.25)
    assert mean_plasticity(scores) == pytest.approx((1.0 + 1.5) / 2)
    assert forward_transfer(scores) == pytest.approx(0.5)


def test_first_scores_are_shares_of_their_range_and_those_without_a_direction_stay_out():
    scores = {  # after base, foundation, domain
        "belle_eval": ("rouge_l", "larger", (0.25, 0.5, 0.375)),
        "mt_eval": ("bleu", "larger", (10.0, 20.0, 15.0)),
        "style_eval": ("style_distance", "smaller", (0.75, 0.75, 0.5)),
        "length_eval": ("length_ratio", "neither", (1.0, 2.0, 3.0)),
    }
    stages = {"belle_eval": "foundation", "mt_eval": "foundation", "style_eval": "domain", "length_eval": "domain"}
    rows = [
        {
            "label": label,
            "stage": None if label == "base" else label,
            "cells": {
                n: {"loss": {"value": 1.0}, m: {"value": v[k], "better": way}} for n, (m, way, v) in scores.items()
            },
        }
        for k, label in enumerate(("base", "foundation", "domain"))
    ]
    matrix = {"columns": [{"name": n, "stage": stages[n]} for n in scores], "rows": rows}
    found = table(matrix, scored(matrix))
    assert found.columns == ("belle_eval", "mt_eval", "style_eval")
    assert found.values == ((0.25, 0.10, -0.75), (0.5, 0.20, -0.75), (0.375, 0.15, -0.5))
    assert backward_transfer(found) == pytest.approx(((0.375 - 0.5) + (0.15 - 0.20)) / 2)
    assert mean_plasticity(found) == pytest.approx(((0.5 - 0.25) + (0.20 - 0.10) + (-0.5 + 0.75)) / 3)


def test_a_failed_cell_is_an_error_that_names_it():
    with pytest.raises(MissingCellError, match=r"row domain, column verse_eval: expected a loss; found torn"):
        table(matrix_of([(3.0, 5.0), (2.0, 4.5), (2.25, None)]))


def test_the_other_columns_can_still_be_asked_for():
    assert table(matrix_of([(3.0, 5.0), (2.0, 4.5), (2.25, None)]), {"belle_eval": "loss"}).columns == ("belle_eval",)


def lopez_paz(scores, base):
    """GEM's metrics (Lopez-Paz & Ranzato 2017) as its paper writes them, tasks 1…T, in the slowest way."""
    count = len(scores)
    bwt = sum(scores[count - 1][i] - scores[i][i] for i in range(count - 1)) / (count - 1)
    fwt = sum(scores[i - 1][i] - base[i] for i in range(1, count)) / (count - 1)
    return bwt, fwt


def test_one_column_a_stage_gives_the_numbers_of_gem():
    bwt, fwt = lopez_paz(SCORES[1:], SCORES[0])
    assert (backward_transfer(T), forward_transfer(T)) == (pytest.approx(bwt), pytest.approx(fwt))


def mammoth_forgetting(results):
    """As Mammoth's `forgetting` computes it: results[k] has the scores of the tasks that were seen."""
    from statistics import fmean

    last = results[-1]
    best = [max(row[j] for row in results[:-1] if j < len(row)) for j in range(len(last) - 1)]
    return fmean(b - x for b, x in zip(best, last, strict=False))


def test_forgetting_is_mammoths_where_no_task_was_better_before_it_was_introduced():
    seen = [[60.0], [50.0, 70.0], [55.0, 40.0, 80.0]]
    assert mean_forgetting(T, 3) == pytest.approx(mammoth_forgetting(seen))
