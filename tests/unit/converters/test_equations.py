"""Where an equation begins and ends in running text, and which of its sides can be read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from converters.reckoning.equations import chains


def sides(text: str) -> list[list[Fraction | None]]:
    return [[side and side.value.constant for side in chain.sides] for chain in chains(text)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # words before a number end a run, words behind it are its unit
        ("小明有3 + 4 = 7个", [[7, 7]]),
        ("3个苹果 + 4个梨子 = 7个水果", [[7, 7]]),
        ("一共要付3元 × 4 = 12元", [[12, 12]]),
        # what is taken from both sides is none of them
        ("两边减5得到2x = 6", [[0, 6]]),
        ("25乘以13得到325", [[325, 325]]),
        # a clause behind a number is no unit, and what it touches cannot be read
        ("他有3的时候 + 4 = 9", [[None, 9]]),
        ("数量是3其中 × 4 = 9", [[12, 9]]),
        ("面积是3平方厘米 × 4 = 12", [[12, 12]]),
        ("这是3甲乙丙丁戊己 × 4 = 12", [[12, 12]]),
        ("这是3甲乙丙丁戊己庚 × 4 = 12", [[None, 12]]),
        # 2小时30分 is one quantity
        ("2小时30分 + 10 = 40", [[None, 40]]),
        ("3人4 + 5 = 9", [[9, 9]]),
        # marks of the sentence end a run
        ("有3，4 + 5 = 9", [[9, 9]]),
        ("x，4 + 5 = 9", [[9, 9]]),
        ("结果是4 + 5 = 9.", [[9, 9]]),
        ("a.4 + 5 = 9", [[None, 9]]),
        ("4 + 5 = 9！", [[9, 9]]),
        ("5! = 120", [[None, 120]]),
        # a colon that is a ratio, and one that is a colon
        ("3:4 = 3", [[None, 3]]),
        ("答案:3 + 4 = 7", [[7, 7]]),
        ("8 : 4 + 3 = 7", [[None, 7]]),
        ("有8个 : 4 + 3 = 7", [[None, 7]]),
        ("每份8个: 4 + 3 = 7", [[7, 7]]),
        ("240千克 : 100千克 = x : 5", [[None, None]]),
        # squares and cubes of units
        ("5厘米 × 4厘米 = 20厘米²", [[20, 20]]),
        ("5 cm × 4 cm × 2 cm = 40 cm³", [[40, 40]]),
        ("3 × 5厘米² = 75", [[None, 75]]),
        # signs that belong to something else
        ("@3 + 4 = 7", [[None, 7]]),
        ("@ 3 + 4 = 7", [[7, 7]]),
        ("3 + 4 = 7@", [[7, None]]),
        # brackets of the sentence
        ("（3 + 4 = 7）", [[7, 7]]),
        ("（3 + 4） × 2 = 14", [[14, 14]]),
        ("14 = 2 × （3 + 4）", [[14, 14]]),
        ("（3 + 4 = 7", [[7, 7]]),
        # a dash of the text is no minus
        ("- 3 + 4 = 7", [[7, 7]]),
        ("结果- 3 + 4 = 1", [[None, 1]]),
        ("7 = -3 + 10", [[7, 7]]),
        # remarks
        ("3 + 4（个） = 7", [[7, 7]]),
        ("10 ÷ 3 = 3（取整）", [[Fraction(10, 3), 3]]),
        # remainders
        ("7 ÷ 2 = 3……1", [[Fraction(7, 2), 3]]),
        ("7 ÷ 2 = 3……1 + 1", [[Fraction(7, 2), None]]),
        ("7 ÷ 2 = 3……", [[Fraction(7, 2), None]]),
        # numbers
        ("1,000 + 1 = 1,001", [[1001, 1001]]),
        ("1,00 + 1 = 1", [[1, 1]]),
        ("2^6 = 64", [[64, 64]]),
        ("2^7 = 128", [[None, 128]]),
        ("2^x = 8", [[None, 8]]),
        ("7 ÷ 0 = 0", [[None, 0]]),
        ("3 + = 7", [[None, 7]]),
        ("3(2 + 2) = 12", [[12, 12]]),
        ("-(3 + 4) = -7", [[None, -7]]),
        ("x = -(3 + 4) = -7", [[0, -7, -7]]),
        # code
        ("a += 3 + 4 = 7", []),
        ("return 3 + 4 = 8", []),
        ("`x`\n```\n3 + 4 = 8\n```\n2 + 2 = 4", [[4, 4]]),
    ],
)
def test_the_sides_of_equations(text, values):
    assert sides(text) == values


def test_letters_and_their_factors_are_read():
    side = chains("2x + 3y - x = 7")[0].sides[0]
    assert side is not None
    assert dict(side.value.factors) == {"x": Fraction(1), "y": Fraction(3)}
    assert chains("x × y = 7")[0].sides[0] is None
    assert chains("3 ÷ x = 7")[0].sides[0] is None


def test_units_operators_and_decimals_are_noted():
    side, result = chains("3米 × 2.50千克 = 7.5")[0].sides
    assert side is not None
    assert result is not None
    assert (side.units, side.operators, side.places) == (("米", "千克"), "*", 0)
    assert (result.units, result.operators, result.places) == ((), "", 1)


def test_a_line_that_names_the_same_quantity_goes_on():
    assert sides("总价 = 3 + 4\n总价 = 7") == [[None, 7, 7]]
    assert sides("总价 = 3 + 4\n单价 = 8") == [[None, 7], [None, 8]]
    assert sides("3 + 4\n= 7") == [[7, 7]]


@pytest.mark.parametrize("line", ["1. 3 + 4 = 7", "- 3 + 4 = 7", "(1) 3 + 4 = 7", "1）3 + 4 = 7", "1、3 + 4 = 7"])
def test_the_number_of_a_list_is_no_part_of_an_equation(line):
    assert sides(line) == [[7, 7]]


def test_the_first_number_with_decimals_is_no_number_of_a_list():
    assert sides("1.5 + 2 = 3.5") == [[Fraction(7, 2), Fraction(7, 2)]]
