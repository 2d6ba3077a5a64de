from __future__ import annotations

import pytest

from converters.reckoning.arithmetic import wrong_equation
from converters.reckoning.equations import chains


@pytest.mark.parametrize(
    "text",
    [
        "3 + 4 = 7",
        "３＋４＝７",
        "12×5=60（元）",
        "3x4=12",
        "15 ÷ 3 = 5",
        "（2＋3）×4＝20",
        "2^3 = 8，5² = 25",
        "-3 + 5 = 2",
        "1,200 + 300 = 1,500",
        r"$3 \times 4 = 12$",
        r"\frac{1}{2} + \frac{1}{4} = \frac{3}{4}",
        "1/2 + 1/3 = 5/6",
        "1又1/2 + 1/2 = 2",
        "小明有5个苹果，又买了3个，5个 + 3个 = 8个。",
        "每小时60千米，3小时走60千米/小时×3小时=180千米。",
        "4乘以5等于20",
        "20加上3减去5等于18",
        "100除以4等于25",
        "**2 + 2 = 4**",
    ],
)
def test_an_equation_that_holds_is_right_however_it_is_written(text):
    assert wrong_equation(text) == ""


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("3 + 4 = 8", "3 + 4 = 8: 7"),
        ("３＋４＝８", "3+4=8: 7"),
        ("12×5=50（元）", "12*5=50: 60"),
        ("（2＋3）×4＝14", "(2+3)*4=14: 20"),
        ("2^3 = 6", "2^3 = 6: 8"),
        ("1/2 + 1/3 = 2/5", "1/2 + 1/3 = 2/5: 0.833333"),
        ("5个 + 3个 = 9个", "5个 + 3个 = 9个: 8"),
        ("60千米/小时×3小时=160千米", "60千米/小时*3小时=160千米: 180"),
        ("4乘以5等于25", "4*5=25: 20"),
        ("100除以4等于20", "100/4=20: 25"),
        ("1,200 + 300 = 1,600", "1,200 + 300 = 1,600: 1500"),
        (r"\frac{1}{2} + \frac{1}{4} = \frac{2}{6}", "((1)/(2)) + ((1)/(4)) = ((2)/(6)): 0.75"),
    ],
)
def test_an_equation_that_does_not_hold_is_shown_with_its_value(text, detail):
    assert wrong_equation(text) == detail


def test_powers_are_computed_as_far_as_six():
    assert wrong_equation("2^6 = 65") != ""
    assert wrong_equation("2^7 = 65") == ""


def test_every_link_of_a_chain_is_checked():
    assert wrong_equation("2 + 3 + 4 = 5 + 4 = 9") == ""
    assert wrong_equation("2 + 3 + 4 = 6 + 4 = 10") != ""
    assert wrong_equation("2 + 3 = 5\n= 5 × 1\n= 6") != ""


def test_the_next_line_goes_on_if_it_begins_with_the_sign():
    assert len(chains("总价 = 3 × 5\n= 15")) == 1
    assert len(chains("3 × 5 = 15\n2 × 2 = 4")) == 2


@pytest.mark.parametrize(
    "right", ["17 ÷ 5 = 3……2", "17÷5=3余2", "17 ÷ 5 = 3 ... 2", "17÷5=3，余数为2", "17 ÷ 5 = 3 (余 2)"]
)
def test_a_remainder_is_read_in_each_of_its_spellings(right):
    assert wrong_equation(right) == ""
    assert wrong_equation(right.replace("2", "3")) != ""


def test_only_one_plain_division_has_a_remainder():
    assert wrong_equation("12 + 5 = 3……2") == ""
    assert wrong_equation("40 ÷ 2 ÷ 5 = 3……2") == ""


def test_a_remainder_is_smaller_than_what_is_divided_by():
    assert wrong_equation("17 ÷ 5 = 2……7") != ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("200 × 15% = 30", "200 × 15% = 3"),
        ("30 ÷ 200 = 15%", "30 ÷ 200 = 16%"),
        ("30 ÷ 200 × 100% = 15%", "30 ÷ 200 × 100% = 25%"),
        ("0.15 × 100 = 15%", "0.15 × 100 = 17%"),
    ],
)
def test_percent_is_a_hundredth_and_may_be_written_as_a_number_of_hundredths(right, wrong):
    assert (wrong_equation(right), bool(wrong_equation(wrong))) == ("", True)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("10 ÷ 3 = 3.33", "10 ÷ 3 = 3.43"),
        ("10 ÷ 3 ≈ 3.3", "10 ÷ 3 ≈ 3.9"),
        ("10 ÷ 3 ≈ 3", "10 ÷ 3 ≈ 5"),
        ("10 ÷ 3 = 3（取整）", "10 ÷ 3 = 5（取整）"),
        ("0.33 × 90 = 29.7", "0.33 × 90 = 28.7"),
        ("0.33 × 90 = 30", "0.33 × 90 = 31"),
        ("2.5 × 4 = 10", "2.5 × 4 = 11"),
    ],
)
def test_rounding_is_allowed_as_far_as_the_digits_that_are_written(right, wrong):
    assert (wrong_equation(right), bool(wrong_equation(wrong))) == ("", True)


def test_whole_numbers_are_not_rounded_unless_the_text_says_so():
    assert wrong_equation("10 ÷ 3 = 3") != ""
    assert wrong_equation("10 ÷ 3 = 3，约为3个") == ""


@pytest.mark.parametrize(
    "text",
    [
        "2小时 × 60 = 120分钟",
        "1米 = 100厘米",
        "3千米 × 2 = 6000米",
        "2米 + 50厘米 = 2.5米",
        "36千米/小时 × 1 = 10米/秒",
    ],
)
def test_a_change_of_unit_is_no_mistake(text):
    assert wrong_equation(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "5千克 + 3千克 = 9千克",
        "3米 × 2 = 60米",
        "3 × 2 = 60厘米",
        "3个 × 2 = 60米",
        "3米 × 2 = 70厘米",
        "2米 × 50厘米 = 90米",
    ],
)
def test_a_unit_excuses_no_other_mistake(text):
    assert wrong_equation(text) != ""


@pytest.mark.parametrize(
    "text",
    [
        "if x == 3: y += 4",
        "```python\nx = 1 + 1 = 3\n```",
        "a = [1, 2]",
        "const total = 3 + 4 = 8;",
        "2小时30分 + 10分 = 160分",
        "3元5角 × 2 = 7元",
        "5! = 120",
        "比例是3:4 = 0.75",
        "（12 / 4 = 3）",
        "电话：010-8 = 总机",
        "1. 5 + 5 = 10",
        "一共是 3 箱，每箱 4 瓶 = 12",
        "lim(x->0) = 1",
        "18 - 3 = 15，15 - 5 = 10",
    ],
)
def test_what_is_no_equation_of_numbers_is_left_alone(text):
    assert wrong_equation(text) == ""


def test_an_equation_with_letters_is_not_for_this_check():
    assert wrong_equation("2x + 3 = 7") == ""


def test_text_without_any_sign_has_no_chains():
    assert chains("他买了3个苹果和4个梨。") == ()
