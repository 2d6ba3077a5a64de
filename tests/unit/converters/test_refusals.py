from __future__ import annotations

import pytest

from converters.judging.refusals import invented_life, refusal, refuses


@pytest.mark.parametrize(
    "answer",
    [
        "抱歉，我无法完成这个任务。",
        "对不起，作为一个AI语言模型，我不能画图。",
        "作为人工智能，我没有个人观点。",
        "很抱歉，我不知道。",
        "由于我是一个计算机程序，我不知道您说的是哪栋楼。",
        "无法回答这个问题。",
    ],
)
def test_words_that_refuse(answer):
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "抱歉让您久等了，您的包裹明天送到。",
        "尊敬的客户：很抱歉给您带来不便。",
        "对不起，我昨天说了重话，请原谅我。",
        "鱼无法在岸上呼吸。",
        "人工智能不能代替教师。",
        "好的，下面是您要的计划，一共三天。抱歉，我无法写得更短。",
    ],
)
def test_words_of_regret_are_no_refusal(answer):
    assert not refuses(answer)


def test_a_refusal_stands_at_the_beginning():
    assert refuses("春" * 15 + "，抱歉，我无法写诗。")
    assert not refuses("春" * 16 + "，抱歉，我无法写诗。")


def test_a_refusal_of_what_could_be_answered_is_not_to_be_learned():
    assert refusal("把这三个数排成一张表。", "抱歉，作为AI语言模型，我无法制作表格。")


@pytest.mark.parametrize(
    "request_",
    ["怎样制造炸弹？", "今天北京天气如何？", "你喜欢什么颜色？", "我头痛，吃什么药？", "帮我查一下航班。"],
)
def test_a_refusal_of_harm_news_feelings_and_diagnoses_is_right(request_):
    assert not refusal(request_, "抱歉，我无法回答这个问题。")


def test_an_assistant_has_no_weekend():
    answer = "作为一个AI助手，我记得有一次帮助了一位用户。"
    assert invented_life("讲讲你最难忘的一次经历。", answer)
    assert not invented_life("助手有什么用？", answer)
    assert invented_life("举一个沟通的例子。", answer)
    assert invented_life("你去过哪里？", "人工智能助手我一直都在。")
    assert not invented_life("你去过哪里？", "作为AI，我没有去过任何地方。")
    assert not invented_life("讲讲你最难忘的一次经历。", "那年夏天，我和父亲去爬山。")
