"""Solved word problems: equations with letters, numbers out of nowhere, results that nobody computed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from converters.reckoning.figures import wrong_figure
from converters.reckoning.numerals import given, named, shares
from converters.reckoning.steps import is_rounding, one_step_from, results, shown
from converters.reckoning.unknowns import solved_values, unsatisfied
from converters.reckoning.word_problems import fault


def reason(problem: str, solution: str) -> str:
    found = fault(problem, solution)
    return found[0] if found else ""


# ---- equations with letters


def test_a_solution_that_satisfies_its_equation_is_right():
    assert unsatisfied("设苹果x元。2x + 3 = 11，解得 x = 4。") == ""


def test_a_solution_that_does_not_satisfy_its_equation_is_shown():
    assert unsatisfied("2x + 3 = 11，x = 5。") == "2x + 3 = 11: x = 5"


def test_two_unknowns_are_put_into_both_equations():
    assert unsatisfied("x + y = 10\n2x + 4y = 28\nx = 6\ny = 4") == ""
    assert unsatisfied("x + y = 10\n2x + 4y = 28\nx = 7\ny = 3") == "2x + 4y = 28: x = 7, y = 3"


def test_a_solution_in_decimals_was_rounded():
    assert unsatisfied("3x = 10，x = 3.33") == ""
    assert unsatisfied("3x = 10，x = 3.6") != ""


@pytest.mark.parametrize(
    "text",
    ["x + 1 = 5，x = 4；x + 2 = 9，x = 7", "x² = 4，x = 2或x = -2", "x + y = 10，x = 4", "v = s / t"],
)
def test_a_letter_with_two_values_or_none_is_left_alone(text):
    assert unsatisfied(text) == ""


def test_solved_values_are_what_letters_came_to():
    assert solved_values("2x = 8\nx = 8 ÷ 2 = 4") == {Fraction(4)}
    assert solved_values("x + 1 = 5\n2x = 8\nx - y = 3") == set()


# ---- numbers in words


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三百二十元", [320]),
        ("十五个，两只", [15, 2]),
        ("二〇二三", [2023]),
        ("两万零五", [20_005]),
        ("三十万", [300_000]),
        ("1,200和3.5", [1200, Fraction(7, 2)]),
        ("３个", [3]),
    ],
)
def test_numbers_are_read_in_digits_and_in_characters(text, numbers):
    assert named(text) == numbers


def test_percent_discounts_and_fractions_are_shares():
    assert shares("涨了20%") == {Fraction(1, 5)}
    assert shares("百分之30") == {Fraction(3, 10)}
    assert shares("打8折") == {Fraction(4, 5), Fraction(2, 25)}
    assert shares("吃了3/4") == {Fraction(3, 4)}


def test_words_imply_numbers_that_nobody_writes():
    assert {Fraction(7)} <= given("一星期读几页？")
    assert Fraction(7) not in given("一共读几页？")
    assert {Fraction(1, 2), Fraction(1, 20)} <= given("5角")
    assert {Fraction(9, 2)} <= given("9个的一半")
    assert {Fraction(9)} <= given("小明和他的8个朋友")
    assert {Fraction(3)} <= given("语文80分，数学90分，英语100分，平均多少分？")


def test_one_step_joins_two_or_three_numbers():
    found = one_step_from([Fraction(12), Fraction(5), Fraction(2)])
    assert {Fraction(number) for number in (17, 7, 60, 2, 19, 5, 24)} <= found
    assert Fraction(120) not in found
    six = [Fraction(2**place) for place in range(1, 7)]
    assert one_step_from([*six, Fraction(1000)]) == one_step_from(six)
    assert Fraction(64 * 32) in one_step_from(six)


def test_a_rounded_number_is_off_by_its_last_digit_at_most():
    third = Fraction(269, 3)  # 89.666…
    assert is_rounding(Fraction("89.67"), third)
    assert is_rounding(Fraction("89.66"), third)
    assert is_rounding(Fraction("89.67"), Fraction("89.68"))
    assert not is_rounding(Fraction("89.65"), third)
    assert not is_rounding(Fraction(90), third)
    assert (shown(third), shown(Fraction(90))) == ("89.6667", "90")


def test_results_are_what_steps_gave():
    assert results("17 ÷ 5 = 3……2") >= {Fraction(3), Fraction(2), Fraction(4)}
    assert Fraction(17) not in results("17 ÷ 5 = 3……2")


# ---- what goes wrong


def test_a_right_solution_has_no_fault():
    problem = "小明有15个苹果，送给小红3个，又买了8个，现在有多少个苹果？"
    assert fault(problem, "15 - 3 = 12\n12 + 8 = 20\n所以小明现在有20个苹果。") is None
    assert fault(problem, "小明现在有20个苹果。") is None


@pytest.mark.parametrize(
    ("expected", "problem", "solution"),
    [
        ("wrong_arithmetic", "小明有15元，花了7元，还剩多少元？", "15 - 7 = 9，还剩9元。"),
        ("wrong_arithmetic", "一个数的2倍加3是11，求这个数。", "2x + 3 = 11，x = 5。"),
        ("leaked_prompt", "3个苹果加4个苹果是多少？", "7个。这道题适合小学二年级的学生。"),
        ("drawn_calculation", "25乘以13等于多少？", "  25\n  13\n----\n  75\n 25\n----\n 325"),
        ("drawn_calculation", "25乘以13等于多少？", "竖式：\n25\n13\n----"),
        ("doubtful_solution", "小明买了3支笔，每支2元，共多少元？", "3 × 2 = 6，但这不符合题意。"),
        ("doubtful_solution", "一共有多少人？", "题目条件不足，无法确定。"),
        ("impossible_problem", "小明有5元，买了25元的书，还剩多少元？", "5 - 25 = -20，还剩-20元。"),
        ("other_unit", "跑600米用5分钟，每分钟跑多少米？", "600 ÷ 300 = 2米/秒"),
        ("unverifiable_problem", "袋里有3个红球和2个白球，摸出两个都是红球的概率是多少？", "3 ÷ 10 = 0.3"),
        ("unverifiable_problem", "4本书排成一排，有多少种不同的排法？", "4 × 3 × 2 × 1 = 24种"),
        ("unverifiable_problem", "把正方形剪成两个三角形，面积各是多少？", "一半。"),
        ("uneven_share", "17个苹果平均分给5个人，每人几个？", "17 ÷ 5 = 3……2，再把2个切开，每人3个多。"),
        ("uneven_share", "17个苹果平均分给5个人，每人分到几个？", "每人分到5个。"),
        ("broken_count", "3天读了10本书，一天读多少？", "10 ÷ 3 = 3.33，所以一天读3.33本。"),
        ("number_from_nowhere", "小明有15元，花了7元，还剩多少元？", "15 - 7 = 8，8 × 19 = 152，还剩152元。"),
        ("number_from_nowhere", "12只羊和8头牛，一共有多少只蹄子？", "12 × 4 = 48，8 × 2 = 16，48 + 16 = 64"),
        ("number_from_nowhere", "3只羊和5头牛，一共有多少只蹄子？", "15 × 4 = 60，一共60只。"),
        ("other_result", "小明有15元，花了7元，还剩多少元？", "15 - 7 = 8\n所以还剩90元。"),
        ("other_result", "一组数据是25、36，平均值是多少？", "平均值是31.5。"),
    ],
)
def test_each_fault_has_its_name(expected, problem, solution):
    assert reason(problem, solution) == expected


@pytest.mark.parametrize(
    ("problem", "solution"),
    [
        ("一组数据是25、36，平均值是多少？", "平均值是30.5。"),
        ("三年级的学生有30人，走了5人，还剩多少人？", "30 - 5 = 25，三年级的学生还剩25人。"),
        ("25乘以13等于多少？", "25 × 13\n= 325"),
        ("25乘以13等于多少？", "25\n13\n等于325。"),
        ("小明有5元，花了5元，还剩多少元？", "5 - 5 = 0，还剩0元。"),
        ("跑600米用5分钟，每分钟跑多少米？", "600 ÷ 5 = 120，所以是120米。"),
        ("两人跑600米用300秒，速度是多少？", "600 ÷ 300 = 2米/秒"),
        ("17个苹果，3个坏了，平均分给5个人，每人几个？", "去掉坏的，每人分到2个，剩下4个。"),
        ("17个苹果和5个梨，一共有几个？分给大家。", "17 + 5 = 22，一共22个。"),
        ("4.5升水平均分到3个杯子，每杯几升水？每个杯子放几块冰？", "4.5 ÷ 3 = 1.5，每杯1.5升。"),
        ("17个苹果平均分给5个人，每人几个？还剩几个？", "每人3个，还剩2个。"),
        ("有17个苹果和5个盘子，每盘几个？", "随便放，3个也行，12个也行。"),
        ("用了147度电，下个月少用17%，用多少度？", "147 × 0.83 = 122.01，约122度。"),
        ("100张纸用了20%，还剩多少张？", "100 × (1 - 20%) = 100 × 80% = 80，还剩80张。"),
        ("一节车厢装60吨，500吨货物要多少节车厢？", "500 ÷ 60 ≈ 8.33，车厢数必须是整数，所以需要9节。"),
        ("两筐苹果，一筐13千克，另一筐是它的3倍少19千克，另一筐多重？", "13 × 3 - 19 = 39 - 19 = 20千克"),
        ("甲说3加4，乙说5加6，谁对？", "3 + 4 = 7，5 + 6 = 11，所以乙对，他有99分。"),
        ("6个苹果，吃了2个，剩几分之几？", "(6 - 2) ÷ 6 = 4/6 = 2/3，还剩2/3。"),
        ("为什么3加4是7？", "因为加法就是这样定的，从3数4个数，5个手指也够用。"),
        ("气温是5℃，降了8℃，现在是多少？", "5 - 8 = -3，现在是-3℃。"),
        ("跑600米用5分钟，每分钟跑多少米？", "600 ÷ 5 = 120米/分钟"),
        ("袋里有3个红球和2个白球，摸到红球的概率是多少？", "3 ÷ 5 = 0.6"),
        ("17个苹果，每盒装5个，可以装满几盒？", "17 ÷ 5 = 3……2，可以装满3盒。"),
        ("17个人坐车，每辆坐5人，至少需要几辆车？", "17 ÷ 5 = 3……2，所以至少需要4辆车。"),
        ("20个苹果平均分给5个人，每人几个？", "20 ÷ 5 = 4，每人4个。"),
        ("每个苹果重0.5千克，4.5个苹果重多少？", "4.5个重2.25千克。"),
        ("鸡和兔共8只，有22只脚，各有几只？", "设鸡x只。2x + 4(8 - x) = 22，x = 5，所以鸡5只，兔3只。"),
        ("小明走了2小时30分，又走了10分，一共多少分？", "2小时30分 + 10分 = 160分，一共160分。"),
        ("一周读49页书，每天读几页？", "49 ÷ 7 = 7，每天读7页。"),
        ("三科是80分、90分和100分，平均多少分？", "(80 + 90 + 100) ÷ 3 = 90，平均90分。"),
        ("一件衣服100元，打八折后再减10元，多少元？", "100 × 0.8 = 80，80 - 10 = 70，所以是70元。"),
    ],
)
def test_what_only_looks_like_a_fault_is_kept(problem, solution):
    assert fault(problem, solution) is None


# ---- figures that are asked for by name


@pytest.mark.parametrize(
    ("request_", "right", "wrong"),
    [
        ("求2、4、9的平均值。", "平均值是5。", "平均值是6。"),
        ("1, 7, 3, 9, 5的中位数是多少？", "中位数是5。", "中位数是3。"),
        ("求2, 4, 4, 4, 5, 5, 7, 9的标准差。", "标准差是2。", "标准差是3。"),
        ("求1, 2, 3, 4的方差。", "方差约为1.67。", "方差是2.5。"),
        ("求1, 2, 3, 4的标准差。", "标准差约为1.29。", "标准差是1.2。"),
        ("3, 8, 5里最大的数是哪个？", "8", "5"),
        ("求3, 8, 5的总和。", "16", "18"),
        ("求3, 8, 5的乘积。", "120", "110"),
        ("5的阶乘是多少？", "120", "24"),
        ("把98.6华氏度换成摄氏度。", "37摄氏度", "36摄氏度"),
        ("把100摄氏度换成华氏度。", "212华氏度", "200华氏度"),
    ],
)
def test_a_figure_is_computed(request_, right, wrong):
    assert (wrong_figure(request_, right), bool(wrong_figure(request_, wrong))) == ("", True)


def test_an_answer_of_a_hundred_and_twenty_characters_says_what_it_means():
    assert wrong_figure("求2、4、9的平均值。", "6" + "，" * 119) == "5"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("求2、4、9的平均值和中位数。", "分别是7和8。"),
        ("求2、4、9的平均值。", "先把它们加起来。"),
        ("求2、4、9的平均值。", "6" + "，" * 120),
        ("求2、4、9的平均值，再求1、3、5的平均值。", "6和7"),
        ("求2、4的平均值。", "7"),
        ("我想知道平均数是什么。", "6"),
    ],
)
def test_a_figure_that_cannot_be_told_for_certain_is_left_alone(request_, answer):
    assert wrong_figure(request_, answer) == ""


def test_a_common_divisor_or_multiple_is_looked_for_behind_its_name_however_long_the_working():
    request = "求18和24的最大公约数和最小公倍数。"
    working = "18的因数有1、2、3、6、9、18，24的因数有1、2、3、4、6、8、12、24。" * 4
    assert wrong_figure(request, working + "最大公约数是6，最小公倍数是72。") == ""
    assert wrong_figure(request, working + "最大公约数是2。") == "6"
    assert wrong_figure(request, working + "最大公约数为6。最小公倍数 = 18 × 24 ÷ 6，最小公倍数为216。") == "72"
    assert wrong_figure("求1、2、3、4、5的最大公约数。", "最大公约数是7。") == ""
