"""Do the turns of a conversation fit together?"""

from __future__ import annotations

import pytest

from converters.contract import assistant, user
from converters.conversations.turns import corrected, offers_help, swapped


def talk(*texts: str):
    return [user(text) if place % 2 == 0 else assistant(text) for place, text in enumerate(texts)]


@pytest.mark.parametrize(
    "reply", ["不对，他是唐朝人。", "你说错了", "胡说", "你答非所问", "我问的是南京", "你在瞎编吧"]
)
def test_an_answer_that_the_user_takes_back_is_not_to_be_learned(reply):
    assert corrected(talk("李白是谁？", "宋朝的诗人。", reply, "对不起。")) == reply


@pytest.mark.parametrize("reply", ["谢谢！", "他写过什么？", "再短一些"])
def test_a_user_who_goes_on_was_content(reply):
    assert corrected(talk("李白是谁？", "唐朝的诗人。", reply, "好的。")) == ""


def test_the_first_turn_takes_nothing_back():
    assert corrected(talk("我觉得你说错了", "怎么说？")) == ""


def test_a_user_who_lectures_gave_an_answer_himself():
    lecture = (
        "长城东起山海关，西到嘉峪关，历代修筑，是世界闻名的古代建筑，每年有许多游人到那里参观游览拍照留念，络绎不绝。"
    )
    assert swapped(talk("介绍长城", "好。", lecture, "是的，长城很有名。"))
    assert swapped(talk("介绍长城", "好。", "春" * 50, "是的，很美。"))
    assert swapped(talk("介绍长城", "好。", "春" * 49, "是的，很美。")) == ""
    assert swapped(talk("介绍长城", "春" * 50, "春" * 50, "很美。"))
    assert swapped(talk("介绍长城", "春" * 49, "春" * 49, "很美。")) == ""
    assert swapped(talk("介绍长城", "好。", lecture + "它有多长呢？", "是的，它有两万公里。")) == ""
    assert swapped(talk("介绍长城", lecture, lecture, "长城还有许多故事。"))
    assert swapped(talk("介绍长城", "好。", lecture, "它的修筑始于春秋。")) == ""


def test_a_user_does_not_refuse():
    assert swapped(talk("写诗", "写什么？", "抱歉，作为AI语言模型，我无法写诗。", "没关系。"))


def test_a_user_does_not_offer_help():
    assert offers_help("你好，有什么需要帮忙的吗？")
    assert offers_help("我能为您做什么？")
    assert not offers_help("你能帮我做什么？")
    assert not offers_help("请帮帮我")
    assert offers_help("春" * 31 + "有什么可以帮您吗？")
    assert not offers_help("春" * 32 + "有什么可以帮您吗？")
