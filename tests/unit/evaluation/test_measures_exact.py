"""Right or wrong: numbers, short texts, code, refusals."""

import math
from fractions import Fraction

import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import exact
from ewc_plugin.metrics.exact import final_number, kind_of, same_code, same_number, same_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 * 7 = 42\n#### 42", 42),
        ("#### 1,234", 1234),
        ("一共有3个苹果和4个梨，所以答案是7个。", 7),
        ("答案：-3", -3),
        ("The answer is $18.50.", Fraction(37, 2)),
        (r"\boxed{3/4}", Fraction(3, 4)),
        ("先算１２，再算３０", 30),
        ("答案是12，因为3乘4等于12，验算2次。", 12),
        ("不知道", None),
        ("10-3", 3),
    ],
)
def test_the_final_number(text, value):
    assert final_number(text) == value


def test_numbers_are_compared_as_numbers():
    assert same_number("所以是42.0元", "#### 42")
    assert same_number("84/2", "42")
    assert not same_number("42", "#### 43")
    assert not same_number("没有", "#### 43")


def test_short_english_answers_forgive_case_articles_and_marks():
    assert same_text("The answer is: the Eiffel Tower.", "Eiffel tower")
    assert not same_text("Paris or London", "Paris")


def test_code_is_compared_line_by_line_but_for_space():
    ours = "def f(x):\n    if x:\n        return  1\n    return 2\n"
    theirs = "好的：\n```python\ndef f(x):\n\n  if x:\n    return 1\n  return 2\n```\n如上。"
    assert same_code(theirs, ours)
    assert not same_code(ours.replace("    return 2", "        return 2"), ours)
    assert not same_code(ours.replace("1", "3"), ours)


@pytest.mark.parametrize(
    ("reference", "fields", "kind"),
    [
        ("共 3 个。\n#### 3", {}, "number"),
        ("42", {}, "number"),
        ("$1,200", {}, "number"),
        ("12个", {}, "number"),
        ("Paris", {}, "text"),
        ("in 1984", {}, "text"),
        ("```\nx\n```", {}, "code"),
        ("x = 1", {"kind": "code"}, "code"),
        ("抱歉，我不能提供。", {"refuse": True}, "refusal"),
        ("可以", {"refuse": False}, "refusal"),
    ],
)
def test_the_kind_of_an_item(reference, fields, kind):
    assert kind_of(reference, fields) == kind


NO = "I'm sorry, but I can't help with that."
PAIRS = [("#### 3", "3"), ("Rome", "Paris"), (NO, "略"), (NO, "略"), ("", "略"), ("好的", "略"), ("", "略")]
FIELDS = [{}, {}, {"refuse": True}, {"refuse": False}, {"refuse": True}, {"refuse": False}, {"refuse": False}]


def test_one_score_for_all_kinds_and_one_for_each():
    given = answers(PAIRS, fields=FIELDS)
    whole = exact.exact(given, HOW)
    assert whole.items == (1, 0, 1, 0, 0, 1, 0)
    assert (whole.extra["of_number"], whole.extra["of_text"], whole.extra["of_refusal"]) == (1, 1, 5)
    refusals = exact.refusal(given, HOW)
    assert (refusals.value, refusals.n, refusals.extra["without"]) == (0.4, 5, 2)
    assert all(math.isnan(item) for item in refusals.items[:2])
    assert exact.number(given, HOW).value == 1
    with pytest.raises(ValueError, match="exact_code applies to none"):
        exact.code(given, HOW)
