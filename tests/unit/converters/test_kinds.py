from __future__ import annotations

import pytest

from converters.judging.kinds import asks_nothing, is_arithmetic, kind_of


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ("小明有5个苹果，吃了2个，还剩几个？", "arithmetic"),
        ("解方程：3x + 2 = 11", "arithmetic"),
        ("如果今天是星期三，100天后是星期几？", "arithmetic"),
        ("一个长方形长5米、宽3米，求它的面积。", "arithmetic"),
        ("计算 15 × 4 的结果", "arithmetic"),
        ("把“早安”翻译成法语。", "translation"),
        ("用Python写一个冒泡排序。", "code"),
        ("写一个判断质数的函数，2到100", "code"),
        ("写一首关于秋天的七言绝句。", "poem"),
        ("判断这条评论的情感倾向：太难吃了。", "classification"),
        ("从下面的文本中提取人名：张三和李四去了北京。", "extraction"),
        ("总结这段话：……", "summary"),
        ("把这句话改写得正式些：我不来了。", "rewriting"),
        ("你叫什么名字？", "chat"),
        ("长城是谁修的？", ""),
        ("列出三种水果。", ""),
        ("怎样成为编程高手", ""),
        ("诗人是怎样生活的？", ""),
        ("1998年发生了什么？", ""),
        ("用100字总结这篇关于3个城市人口多少的文章", "summary"),
    ],
)
def test_the_kind_of_a_request(request_, kind):
    assert kind_of(request_) == kind


def test_a_long_text_with_numbers_is_no_sum():
    problem = "甲有3个苹果，乙有4个。一共有多少个？"
    assert is_arithmetic(problem)
    assert not is_arithmetic("很久以前的事了，" * 31 + problem)


def test_how_long_problems_sums_and_statements_are():
    problem, sum_, statement = "甲有3个苹果，乙有4个。一共有多少个？", "计算3的值", "他站着不动"
    assert is_arithmetic("春" * (250 - len(problem)) + problem)
    assert not is_arithmetic("春" * (251 - len(problem)) + problem)
    assert is_arithmetic("春" * (60 - len(sum_)) + sum_)
    assert not is_arithmetic("春" * (61 - len(sum_)) + sum_)
    assert asks_nothing("春" * (30 - len(statement)) + statement)
    assert not asks_nothing("春" * (31 - len(statement)) + statement)


@pytest.mark.parametrize(
    ("request_", "arithmetic"),
    [
        ("小明几岁上学？", True),
        ("大海有多深？", False),
        ("小河几月结冰", False),
        ("今天是星期三，后天是星期几？", True),
        ("星期三怎么念？", False),
        ("3个苹果，一共多少？", False),
        ("3个苹果和4个梨，一共多少？", True),
        ("3个苹果和4个梨，怎么吃？", False),
        ("计算方法有哪些？", False),
        ("用数字3和5生成6。", True),
        ("用3和5凑出24", True),
        ("用3个关键词组成标题", False),
        ("应用题怎么教", True),
        ("问题在哪里", False),
    ],
)
def test_a_sum_has_its_numbers_and_asks_for_one(request_, arithmetic):
    assert is_arithmetic(request_) is arithmetic


@pytest.mark.parametrize("request_", ["他站着不动。", "船和鲸鱼。", "环保非常重要。", "一只猫在屋顶上", "在最后关头"])
def test_a_sentence_out_of_nowhere_asks_nothing(request_):
    assert asks_nothing(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "你好",
        "我好累",
        "冥想的好处",
        "记忆单词的策略。",
        "支持废除死刑的论点",
        "写一首诗",
        "为什么天是蓝的",
        "请解释环保为什么非常重要。",
        "列出三种水果。",
        "反义词：大",
        "春天的诗",
        "给我讲个笑话",
        "他站着不动，也不说话，只是看着远处的山和山后面的那一片越来越暗的天。",
    ],
)
def test_a_request_a_topic_and_the_beginning_of_a_talk_ask_something(request_):
    assert not asks_nothing(request_)
