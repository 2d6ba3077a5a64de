"""Numbers of an English and a Chinese sentence, written in any way, agree or not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from converters.pairs.quantities import disagreement, in_chinese, in_english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("I have three cats.", "我有三只猫。"),
        ("I have 3 cats.", "我有3只猫。"),
        ("He was born in 1985.", "他生于一九八五年。"),
        ("A population of 1.2 million.", "人口120万。"),
        ("It cost $20bn.", "花了200亿美元。"),
        ("Two hundred and five people came.", "来了205人。"),
        ("A hundred and two degrees.", "102度。"),
        ("Half a million people.", "50万人。"),
        ("In nineteen eighty-four.", "在1984年。"),
        ("Half past two.", "两点半。"),
        ("At 8:15 p.m.", "20点15分。"),
        ("At three in the afternoon.", "15点。"),
        ("It weighs 3.5 kilos.", "重三点五公斤。"),
        ("Some 20 or 30 people.", "二三十人。"),
        ("It costs 35,000 yuan.", "价格三万五。"),
        ("She is in her thirties.", "她三十多岁。"),
        ("On February 13th.", "2月13日。"),
        ("In the mid-1960s.", "20世纪60年代中期。"),
        ("In the nineties.", "1990年代。"),
        ("Two-thirds of it.", "三分之二。"),
        ("A dozen eggs.", "十二个鸡蛋。"),
        ("Half of it, or 50%.", "一半。"),
        ("From 2010–11.", "2010-2011年。"),
        ("COVID-19 is a disease.", "新冠肺炎是一种病。"),
        ("One or two of them.", "有几个。"),
        ("He left for six months.", "他走了半年。"),
        ("A lot of people.", "三三两两的人。"),
        ("It's a quarter to three.", "现在两点四十五分。"),
        ("It's a quarter to three.", "现在是2:45。"),
        ("It's a quarter to 9.", "现在是8点45分。"),
        ("At a 30 percent discount.", "打七折。"),
        ("It is 15% off.", "打8.5折。"),
        ("It brings $20 billion.", "带来200个亿。"),
    ],
)
def test_the_same_number_in_another_writing_agrees(english, chinese):
    assert disagreement(english, chinese) == ""


@pytest.mark.parametrize(
    ("english", "chinese", "said"),
    [
        ("I have three cats.", "我有两只猫。", "3 is not in the Chinese"),
        ("I was sixteen.", "我十七岁。", "16 is not in the Chinese"),
        ("By 2030.", "到2018年。", "2030 is not in the Chinese"),
        ("It will fall.", "到2018年将下降。", "2018 is not in the English"),
        ("It weighs 3.5 kilos.", "重2.5公斤。", "3.5 is not in the Chinese"),
        ("1.2 million people.", "12万人。", "1200000 is not in the Chinese"),
        ("Five miles away.", "八公里外。", "5 is not in the Chinese"),
        ("For another three weeks.", "再待三个月。", "weeks are not in the Chinese"),
        ("For 20 minutes.", "20年。", "minutes are not in the Chinese"),
        ("At a 30 percent discount.", "打三折。", "30 is not in the Chinese"),
        ("It's a quarter to nine.", "现在是7点45分。", "9 is not in the Chinese"),
    ],
)
def test_another_number_or_another_unit_of_time_does_not(english, chinese, said):
    assert disagreement(english, chinese) == said


def test_a_week_may_be_seven_days_and_a_year_twelve_months():
    assert disagreement("It took three weeks of work in 7 days.", "用了三个星期，共7天。") == ""
    assert disagreement("Twelve months passed.", "12个月过去了。") == ""
    assert disagreement("It took five years.", "历时五载。") == ""


def test_one_and_two_are_offered_but_never_asked_for():
    assert in_english("one or two").stated == frozenset()
    assert {Decimal(1), Decimal(2)} <= in_english("one or two").possible
    assert in_chinese("1和2").stated == frozenset()


def test_digits_inside_a_name_are_offered_but_never_asked_for():
    assert in_chinese("COVID-19和B2B").stated == frozenset()
    assert in_english("COVID-19").stated == frozenset()
    assert Decimal(19) in in_english("COVID-19").possible


@pytest.mark.parametrize(
    ("word", "value"),
    [("十五", 15), ("二百零五", 205), ("三千万", 30_000_000), ("两亿五千万", 250_000_000), ("一万三千", 13_000)],
)
def test_chinese_numerals_have_their_value(word, value):
    assert Decimal(value) in in_chinese(word).possible


@pytest.mark.parametrize(
    ("words", "value"),
    [("twenty-one", 21), ("one hundred and twenty thousand", 120_000), ("three million two hundred", 3_000_200)],
)
def test_english_number_words_have_their_value(words, value):
    assert in_english(words).stated == {Decimal(value)}
