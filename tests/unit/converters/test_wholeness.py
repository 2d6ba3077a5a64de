from __future__ import annotations

import pytest

from converters.judging.wholeness import (
    abroad,
    advertisement,
    cut_off,
    echoed,
    flat_code,
    garbled,
    in_english,
    invented_link,
    leaked_markup,
    no_output,
    ordered,
    pasted,
    repeated,
    restated,
    role_mark,
    stub,
    wants_traditional,
)

SENTENCES = "春天来了，花都开了，人们走出家门去看花。" * 9  # 180 characters


def test_an_answer_that_stops_in_the_middle():
    assert cut_off(SENTENCES + "他们在河边坐下来，慢慢地吃着带来的点心，一边看着对岸的")
    assert cut_off("春天的特点有：一、暖和，二、")
    assert cut_off("春天的特点有：\n一、暖和。\n二、湿润：")
    assert cut_off("```python\nprint(1)")


@pytest.mark.parametrize(
    "answer",
    [
        SENTENCES,
        "苹果、梨、桃",
        SENTENCES + "\n此致\n敬礼\n某某某公司人力资源部",
        SENTENCES + "他们在河边坐下来，慢慢地吃着点心，就这样过了二〇二一年三月的第五日",
        "\n".join(
            ["苹果是一种常见的水果，含有多种维生素和膳食纤维对身体好"] * 3
            + ["梨也是一种常见的水果，含有多种维生素和膳食纤维对身体好"]
        )
        * 3,
    ],
)
def test_an_answer_that_ends_as_such_answers_do(answer):
    assert cut_off(answer) == ""


def test_how_long_an_answer_and_its_last_line_are_before_an_open_end_is_a_cut():
    assert cut_off("花。" + "春" * 198)
    assert not cut_off("花。" + "春" * 197)
    assert cut_off("春天来了。\n" * 40 + "春" * 24)
    assert not cut_off("春天来了。\n" * 40 + "春" * 23)


def test_an_open_end_is_a_cut_where_most_long_lines_are_closed():
    assert not cut_off("花" * 100 + "。\n" + "春" * 110)
    assert cut_off("花" * 100 + "。\n花。\n" + "春" * 110)
    assert not cut_off("花" * 100 + "。\n" + "花" * 24 + "\n花。\n" + "花" * 24 + "\n" + "春" * 110)
    assert cut_off("花" * 100 + "。\n" + "花" * 23 + "\n花。\n" + "花" * 24 + "\n" + "春" * 110)


def test_how_long_a_text_is_that_goes_round_in_a_circle():
    tail = "我们应当保护环境，因为环境对我们每个人都非常地重要"[:24]
    circle = f"甲{tail}乙{tail}丙{tail}"
    assert repeated("丁" * (400 - len(circle)) + circle)
    assert not repeated("丁" * (399 - len(circle)) + circle)
    other = circle.replace("甲我", "甲他").replace("乙我", "乙你")
    assert not repeated("丁" * 400 + other)


def test_two_characters_running_are_no_line():
    assert repeated("春天来\n春天来")
    assert not repeated("春来\n春来")


def test_a_line_twice_running_and_an_end_that_comes_again():
    assert repeated("春天来了。\n春天来了。")
    assert repeated("春天来了。\n夏天来了。\n春天来了。") == ""
    assert repeated("==\n==") == ""
    circle = "我们应当保护环境，因为环境对我们每个人都非常地重要"
    assert repeated("说到环境，" * 70 + circle * 3)
    assert repeated("说到环境，" * 70 + circle * 2) == ""
    assert repeated(circle * 3) == ""


def test_an_echo_of_the_request():
    assert echoed("他昨天去了北京。", "他昨天去了北京。")
    assert echoed("把句子改成被动语态：小狗追小猫。", "小狗追小猫。")
    assert echoed("把句子改成被动语态：小狗追小猫。", "小猫被小狗追。") == ""
    assert echoed("哪个词是动词：跑步、桌子", "跑步") == ""
    assert echoed("请找出改变世界的句子：\n车轮滚滚向前。\n春天来了。", "车轮滚滚向前。") == ""
    assert echoed("请看下面的句子：\n他修改了文章。", "他修改了文章。") == ""
    assert echoed("把下面的句子改成大写：\nhello world", "HELLO WORLD") == ""
    assert echoed("把下面的句子改成大写：\nhello world", "hello world")
    assert echoed("你好吗啊", "你好吗啊")
    assert not echoed("你好吗", "你好吗")
    assert echoed("他昨天去了北京", "他，昨，天，去，了，北，京。")


def test_an_order_that_is_repeated_instead_of_followed():
    assert ordered("请把下面的句子改写得更正式。我不来了。", "请把下面的句子改写得更正式。")
    assert ordered("请把下面的句子改写得更正式。我不来了。", "恕我不能前来。") == ""


def test_a_summary_that_is_the_sentence_again():
    assert restated("概括：天气好的时候我们常去公园散步。", "主要思想：天气好的时候我们去公园常散步。")


@pytest.mark.parametrize(
    "answer", ["春天来了。\n著作权归作者所有。", "来源：知乎", "如文献所说[^3^]", "\n\n\n\n甲\n\n\n\n乙"]
)
def test_text_that_was_cut_from_a_page(answer):
    assert pasted(answer)


def test_an_ordinary_text_was_not():
    assert pasted("数据来源：统计局\n\n甲\n\n乙") == ""


def test_a_deep_link_that_nobody_gave():
    link = "https://www.abc.com/articles/12345"
    assert invented_link("推荐一篇文章。", f"见 {link}") == link
    assert invented_link(f"总结 {link}", f"见 {link}") == ""
    assert invented_link("推荐一个网站。", "见 https://www.abc.com") == ""
    assert invented_link("怎样请求网页？", f"```python\nget('{link}')\n```") == ""
    assert invented_link("网址怎么写？", "https://example.com/articles/12345") == ""


def test_how_much_of_an_echo_may_be_changed():
    request = "概括：天气好我们常常去公园。"
    assert restated(request, "意思：天气好我们常常到公园。")
    assert not restated(request, "意思：天气好我们常常到公园了。")
    assert not restated("概括：天气好我们常去公园。", "意思：天气好我们常到公园。")


def test_marks_of_roles_and_of_no_output():
    assert role_mark("春眠不觉晓。\nHuman: 再来一首") == "Human:"
    assert role_mark("他对User:说了什么") == ""
    assert no_output("<no output>")
    assert no_output("模型无法完成此任务")
    assert not no_output("没有输出")


def test_code_that_is_left_to_the_reader():
    assert stub("def f():\n    # TODO: 实现")
    assert stub("def f():\n    # ...\n")
    assert stub("def f():\n    # 求和\n    return 1") == ""


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\nreturn x",
        "def f(x):  # 求和\nreturn x",
        "class A(B):\n\npass",
        "for n in range(3):\nprint(n)",
        "if x:\n    while x < 3:\n    x += 1",
    ],
)
def test_python_without_its_indentation(code):
    assert flat_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    return x",
        "def f(x) -> int:  # 求和\n\n    return x",
        "for n in range(3): print(n)",
        "class A:\n\tpass",
        "for example:\nthis",
        "while x < 3:\n    x += 1",
    ],
)
def test_python_with_its_indentation(code):
    assert flat_code(code) == ""


def test_a_word_that_falls_out_of_its_language():
    assert garbled("水是无色味less的。")
    assert garbled("ok, Here it is")
    assert garbled("他在learning汉语，很努力。") == ""


def test_an_answer_in_english():
    english = "The Great Wall is one of the wonders of the world."
    assert in_english("介绍一下长城。", english)
    assert in_english("用英文介绍一下长城。", english) == ""
    assert in_english("Tell me about the Great Wall 用一段话", english) == ""
    assert in_english("介绍一下长城。", "长城是 one of the wonders of the world") == ""
    assert in_english("怎么打印？", "```\nThe Great Wall is one of the wonders of the world.\n```") == ""
    assert in_english("谁唱的？", "The Beatles") == ""
    assert in_english("猫喜欢什么？", "Cats like the sun of summer")
    assert in_english("猫喜欢什么？", "Cats of the warm summer") == ""
    assert in_english("猫喜欢什么？", "Cats like the warm summer sun") == ""


def test_who_asks_for_traditional_characters():
    assert wants_traditional("请用繁体字回答")
    assert wants_traditional("請用繁體中文")
    assert not wants_traditional("繁忙的一天")


def test_copy_of_a_travel_agency():
    assert advertisement("早餐后车赴景区，门票自费，赠送旅行帽。")
    assert advertisement("早餐后车赴景区，赠送旅行帽。") == ""


def test_advice_under_the_laws_of_another_country():
    assert abroad("我怎样报警？", "拨打911。")
    assert abroad("美国怎样报警？", "拨打911。") == ""
    assert abroad("911是什么电话？", "拨打911可以报警。") == ""


@pytest.mark.parametrize("answer", ["却难掩神态。{{d|goto|雪}}季，大山上没有鸟。", "他是[[李白|诗人李白]]的朋友。"])
def test_the_markup_of_a_wiki_is_none_of_the_answer(answer):
    assert leaked_markup(answer)


@pytest.mark.parametrize("answer", ["<p>{{ user.name }}</p>", "a = [[1, 2], [3, 4]]", "{{一}}"])
def test_templates_of_programs_and_lists_are_no_markup(answer):
    assert leaked_markup(answer) == ""
