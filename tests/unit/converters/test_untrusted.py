"""What no model is to be believed about."""

from __future__ import annotations

import pytest

from converters.judging.untrusted import (
    dated_fact,
    invented_present,
    prescribed,
    unverifiable_board,
    unverifiable_order,
)


def test_an_assistant_does_not_know_the_weather():
    assert invented_present("上海天气怎么样？", "今天上海晴，25℃。")
    assert invented_present("介绍一下自己。", "你好，今天是2021年5月3日。")
    assert not invented_present("写一段关于天气的对话。", "今天上海晴，25℃。")
    assert not invented_present("上海天气怎么样？", "抱歉，我无法获取实时天气。")
    assert not invented_present("上海气温为何高？", "上海靠海，夏天多南风。")


@pytest.mark.parametrize(
    "request_", ["哪款手机最值得买？", "现任美国总统是谁？", "目前世界人口是多少？", "推荐一款拍照好的相机。"]
)
def test_what_was_true_in_the_year_of_the_answer(request_):
    assert dated_fact(request_, "是某某。")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("手机屏幕碎了怎么办？", "去修。"),
        ("美国总统怎样选出？", "由选举人团选出。"),
        ("现任美国总统是谁？", "抱歉，我无法得知最新的情况。"),
    ],
)
def test_what_stays_true(request_, answer):
    assert not dated_fact(request_, answer)


def test_drugs_for_a_stranger():
    assert prescribed("我发烧并咳嗽，可能的疾病是什么？", "可能是肺炎，可以吃抗生素。")
    assert prescribed("头痛吃什么药？", "布洛芬。")
    assert not prescribed("我发烧并咳嗽，可能的疾病是什么？", "请尽快去看医生。")
    assert not prescribed("什么是抗生素？", "抗生素是一类药物。")
    assert not prescribed("感冒怎么预防？", "多洗手，不乱吃抗生素。")


@pytest.mark.parametrize(
    "request_",
    ["用FEN设计一个国际象棋谜题。", "出一道数独。", "写一段钢琴曲谱。", "解这个幻方", "生成2020年10月的日历"],
)
def test_boards_grids_and_notes_that_are_to_be_made(request_):
    assert unverifiable_board(request_)


@pytest.mark.parametrize("request_", ["数独是什么？", "象棋怎么下？", "写一篇关于棋的短文。", "给出一份菜谱。"])
def test_talk_about_games(request_):
    assert not unverifiable_board(request_)


@pytest.mark.parametrize(
    "request_",
    ["按原子半径大小排列：氧、氖、氦。", "把这些电影按年份排序：甲、乙、丙", "从高到低排列五座山", "给大学排名"],
)
def test_an_order_that_must_be_looked_up(request_):
    assert unverifiable_order(request_, "甲、乙、丙")


@pytest.mark.parametrize(
    "request_", ["写一个给数组排序的函数", "按时间顺序讲讲这件事", "排比句是什么？", "世界排名怎么看"]
)
def test_an_order_that_is_none_or_a_program(request_):
    assert not unverifiable_order(request_, "甲、乙、丙")


def test_an_order_of_numbers_is_checked():
    assert not unverifiable_order("从小到大排列：3, 1, 2", "1, 2, 3")
    assert not unverifiable_order("从大到小排列：3, 1, 2", "3、2、1")
    assert unverifiable_order("从小到大排列：3, 1, 2", "1, 3, 2")
    assert unverifiable_order("从小到大排列：3, 1, 2", "1, 2")
    assert unverifiable_order("从小到大排列：3, 1", "1, 3")
