from __future__ import annotations

import pytest

from converters.judging.translated import fault

ANSWER = "运动能增强心肺功能，也能让人心情舒畅。"


def reason(request: str, answer: str = ANSWER) -> str:
    found = fault(request, answer)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("讲一个关于医生的笑话。", "untranslatable_wit"),
        ("写一首押韵的儿歌。", "untranslatable_wit"),
        ("命名三种水果。", "translated_request"),
        ("确定传真机的主要组件。", "translated_request"),
        ("如何制定预算的最佳方法？", "translated_request"),
        ("煮鸡蛋的指示：", "translated_request"),
        ("技术如何革命了通讯？", "translated_request"),
        ("用给定的主题写一段话。", "translated_request"),
        ("总结一篇关于员工认可的文章。", "missing_material"),
        ("列出文章中提到的污染物。", "missing_material"),
        ("为这篇关于天文学的文章起个标题。", "missing_material"),
        ("为两个角色写几句对话。", "asks_vaguely"),
        ("描述这个产品的用途。", "asks_vaguely"),
        ("列出与健康有关的五件事。", "asks_vaguely"),
        ("描述你过去见过的日落。", "asks_for_a_life"),
        ("列出您当地五个必去的地方。", "asks_for_a_life"),
        ("写一句关于友谊的名言。", "invented_quotation"),
        ("介绍新冠病毒的传播方式。", "dated_fact"),
    ],
)
def test_a_request_that_cannot_be_met_in_chinese_is_named(request_, expected):
    assert reason(request_) == expected


@pytest.mark.parametrize(
    "request_",
    [
        "怎样才能睡得好？",
        "研究生和本科生有什么不同？",
        "总结运动的好处。",
        "总结下面的文章：运动能增强心肺功能，也能让人心情舒畅。",
        "确定的事情为什么也会变？",
        "如何写好一篇作文？",
        "你能介绍一下故宫吗？",
        "为这个产品写一句广告语。\n产品：保温杯",
        "把“兔子”、“架子”这三个词写成一句话。",
        "找出面积最大的三个国家。",
        "改写此产品描述。该车辆物超所值，内部宽敞，是必不可少的交通工具。",
    ],
)
def test_an_ordinary_request_passes(request_):
    assert reason(request_) == ""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("这种药可以调节情绪和情绪。", "one_word_twice"),
        ("这会带来疼痛、疾病、伤害和疾病。", "one_word_twice"),
        ("广播（广播）是指向许多人发送信号。", "one_word_twice"),
        ("考拉身长约2英尺。", "foreign_measures"),
        ("开胃 菜有沙拉和浓汤。", "broken_word"),
        ("类型： 爱情", "broken_word"),
        ("需求可能可以改进产品。", "broken_word"),
        ("互联网革命了人们的沟通。", "broken_word"),
        ("运动有显着的好处。", "broken_word"),
        ("诗：\n自然就在这里，我们每天都应该尊重它。", "translated_layout"),
        ("参观 Musée d&#39;Orsay 的藏品。", "translated_layout"),
        ("它会说：“你好！今天我能帮你什么？", "open_quotation"),
    ],
)
def test_an_answer_shows_what_was_lost_in_it(answer, expected):
    assert reason("介绍一下。", answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "他一次又一次地练习。",
        "他喊着名字，忙着作业。",
        "此致\n敬礼\n学生 李明",
        "长两米，宽一米。",
        "她说：“好。”又说：“走吧。”",
        "红色、蓝色和黄色。",
        "可以存储更多的游戏和游戏数据。",
    ],
)
def test_an_ordinary_answer_passes(answer):
    assert reason("介绍一下。", answer) == ""


def test_english_answers_a_chinese_request_only_where_it_may():
    english = "The date would be written as 10/15/2021 in American format."
    assert reason("把日期改成美国的写法。", english) == "in_english"
    assert reason("把下面的话翻译成英文。", english) == ""
    assert reason("写一个css样式表。", "* { font-size: 20px; font-style: italic; opacity: 0.7; }") == ""
    assert reason("给它起个名字。", "Sunny") == ""
    assert reason("设计一个页面布局。", "<header>Header Content</header>\n<main>Main Content</main>") == ""


def test_what_is_asked_in_miles_may_be_answered_in_them():
    assert reason("月球的直径是多少？", "月球的直径约为2159英里。") == "foreign_measures"
    assert reason("2160英里是多少公里？", "2160英里约是3476公里。") == ""


def test_a_sentence_that_is_given_is_no_film_that_nobody_knows():
    assert reason("把下面的话改成相反的意思。\n这部电影很棒。", "这部电影很糟糕。") == ""
    assert reason("概括这部电影。", "它很好看。") == "missing_material"
