"""Length asked for, opening given, what the request names."""

import math

import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import story
from ewc_plugin.metrics.asked_length import Bounds, asked_length, number


@pytest.mark.parametrize(
    ("request_", "least", "most"),
    [
        ("写一个300字左右的故事", 270, 330),
        ("三百字上下的童话", 270, 330),
        ("不少于五百字", 500, math.inf),
        ("500字以内", 0, 500),
        ("请写不超过2,000字的小说", 0, 2000),
        ("800-1000字的童话", 800, 1000),
        ("八百到一千字", 800, 1000),
        ("百来字即可", 90, 110),
        ("写三百多字", 300, 390),
        ("先写100字，再扩写成1.5千字", 1350, 1650),
        ("a story of about 200 words", 180, 220),
    ],
)
def test_lengths_are_read_from_requests(request_, least, most):
    found = asked_length(request_)
    assert (found.least, found.most) == pytest.approx((least, most))


@pytest.mark.parametrize(
    "request_",
    ["用八个字概括它", "从第1500字改起", "每段150字，共三段", "每段不少于100字", "王羲之字逸少", "写个故事"],
)
def test_what_is_no_length_of_the_answer_is_not_read(request_):
    assert asked_length(request_) is None


def test_chinese_numbers_by_hand():
    written = {"一百五十": 150, "一百五": 150, "一百零五": 105, "两千三百": 2300, "一万": 10_000, "1.5千": 1500}
    assert {text: number(text) for text in written} == written


def test_length_is_kept_within_the_bounds_and_falls_off_outside():
    assert story.length_kept("字" * 300, Bounds(270, 330)) == 1
    assert story.length_kept("字" * 135, Bounds(270, 330)) == 0.5
    assert story.length_kept("字" * 660, Bounds(270, 330)) == 0.5
    assert story.length_kept("字", Bounds(0, 500)) == 1
    assert story.length_kept("", Bounds(0, 500)) == 0


def test_without_a_length_in_the_request_the_reference_counts():
    pairs = [("字" * 50, "字" * 100), ("字" * 50, "字" * 100)]
    score = story.length_control(answers(pairs, questions=["写个故事", "写一个50字的故事"]), HOW)
    assert score.items == (0.5, 1.0)
    assert (score.extra["named"], score.extra["met"]) == (1, 1.0)


TALE = "永州城南有石鼓，圆如釜，叩之无声。里人相传，鼓鸣则岁丰。"


@pytest.mark.parametrize(
    ("request_", "opening"),
    [
        ("以“永州城南有石鼓”开头，用文言写一则故事", "永州城南有石鼓"),
        ("写一则《石鼓》，第一句用「永州城南有石鼓，圆如釜，」", "永州城南有石鼓，圆如釜"),
        ("开头：永州城南有石鼓，圆如釜，叩之无声。\n请写完。", "永州城南有石鼓，圆如釜，叩之无声"),
        ("以“扬州有柳桥”开头写", ""),
        ("写永州的故事", ""),
    ],
)
def test_the_opening_is_what_the_request_gives_and_the_reference_begins_with(request_, opening):
    assert story.opening_of(request_, TALE) == opening


def test_an_opening_is_kept_as_far_as_the_answer_begins_with_it():
    asked = "以“永州城南有石鼓”开头写一则故事"
    pairs = [(TALE, TALE), ("“永州城南有古寺……", TALE), ("从前永州城南有石鼓", TALE), ("", TALE)]
    assert story.opening(answers(pairs, questions=[asked] * 4), HOW).items == pytest.approx((1, 5 / 7, 0, 0))


def test_what_the_request_names_must_be_told():
    asked = "根据提纲写故事：小蜗牛想看海；礁石上看日出"
    told = "小蜗牛想看海，走了一年，终于在礁石上看日出。"
    half = "小蜗牛想看海，可是它走累了，就睡着了。"
    other = "从前有一位国王，他有一面镜子。"
    pairs = [(told, told), (half, told), (other, told), ("", told)]
    whole, some, nothing, empty = story.kept(answers(pairs, questions=[asked] * 4), HOW).items
    assert whole == 1 > some > 0.3 > nothing == empty == 0


def test_names_given_with_the_item_are_looked_for():
    given = answers([("阿莲去找陈妈妈", "略"), ("阿 莲走了", "略")], fields=[{"names": ["阿莲", "陈妈妈"]}] * 2)
    assert story.kept(given, HOW).items == (1.0, 0.5)
