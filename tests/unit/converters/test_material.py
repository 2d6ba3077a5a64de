from __future__ import annotations

import pytest

from converters.judging.material import (
    for_a_model,
    goes_on,
    left_blank,
    no_options,
    points_at_nothing,
    says_so,
    unknown_text,
)


@pytest.mark.parametrize(
    "request_",
    [
        "请为以下文章写一个摘要。",
        "给定的列表按字母排序。",
        "把下面的句子改成疑问句。",
        "根据提供的数据画一张图表。",
        "请描述这张图片。",
        "这段代码有什么问题？",
        "为什么这个物种的数量在下降？",
        "分析上述对话中的情绪。",
        "给定的代码写得好吗？",
        "为以下代码编写函数。",
    ],
)
def test_a_request_that_points_at_a_text_and_holds_none(request_):
    assert points_at_nothing(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "请为以下文章写一个摘要：春天来了，花都开了。",
        "给定的列表按字母排序。\n苹果，香蕉",
        "把下面的句子改成疑问句。他明天来。",
        "请分析“床前明月光”这句诗。",
        "小张每天早上都会去公园里写生，这幅画多久能画完？",
        "列出以下3种水果的产地。",
        "写一篇关于春天的文章。",
        "编写一个函数，判断给定的数字是不是质数。",
        "写一段代码来统计给定文本的字数。",
        "怎样写好一篇文章？",
        "愚公移山的成语出处，用这个成语造句",
        "写诗以后，这诗怎么改？",
        "以下哪种动物会飞、哪种会游泳？请各举一例。",
    ],
)
def test_a_request_with_its_text_or_without_need_of_one(request_):
    assert not points_at_nothing(request_)


def test_a_long_request_holds_something_whatever_it_points_at():
    request = "请为以下文章写一个摘要" + "再把要点说得明白一些" * 8
    assert not points_at_nothing(request)
    assert points_at_nothing(request[:90])


@pytest.mark.parametrize(
    "request_", ["请续写故事。", "完成句子。", "总结文章《人工智能的未来》的要点。", "找一篇关于气候的新闻。"]
)
def test_a_text_that_nobody_can_know(request_):
    assert unknown_text(request_)


@pytest.mark.parametrize(
    "request_", ["请续写故事：从前有一只小狐狸住在森林里。", "写一篇文章。", "从文章里找出主语有什么窍门？"]
)
def test_a_text_that_stands_there_or_is_to_be_written(request_):
    assert not unknown_text(request_)


@pytest.mark.parametrize(
    "answer",
    [
        "抱歉，您没有提供文章，请把它发给我。",
        "请提供更多的信息。",
        "我无法查看图片。",
        "没有给出具体的数据，无法计算。",
        "好的，请输入要翻译的句子。",
    ],
)
def test_an_answer_that_says_that_nothing_was_given(answer):
    assert says_so(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "写信时，先问候对方，再说事情。",
        "这篇文章说的是春天。",
        "该公司夸大收益，没有也从未提供真实的信息。",
        "先做计划，" * 40 + "如有需要，请提供更多信息。",
    ],
)
def test_an_answer_that_does_its_work(answer):
    assert not says_so(answer)


def test_only_the_beginning_of_a_long_answer_counts():
    early = "请提供更多的信息。" + "春天来了。" * 40
    late = "春天来了。" * 40 + "请提供更多的信息。"
    assert (bool(says_so(early)), bool(says_so(late))) == (True, False)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("那你觉得呢？", True),
        ("继续", True),
        ("继续教育有什么用？", False),
        ("还有其他的吗？", True),
        ("换一个", True),
        ("那里的天气怎么样？", False),
        ("它是什么意思？", True),
        ("它们是怎样过冬的？", False),
    ],
)
def test_a_first_turn_that_goes_on_with_what_nobody_said(request_, found):
    assert bool(goes_on(request_)) is found


def test_late_words_count_only_in_a_short_answer():
    words = "请提供更多的信息。"
    assert says_so("春" * 80 + words + "春" * 200)
    assert not says_so("春" * 81 + words + "春" * 200)
    assert says_so("春" * (160 - len(words)) + words)
    assert not says_so("春" * (161 - len(words)) + words)


def test_an_unknown_text_is_asked_for_in_a_short_request():
    assert unknown_text("春" * 85 + "续写故事。")
    assert not unknown_text("春" * 86 + "续写故事。")


def test_instructions_about_a_model_are_from_those_who_had_them_invented():
    assert for_a_model("要求GPT模型写一首诗。")
    assert for_a_model("教助手怎样道歉。")
    assert not for_a_model("GPT是什么？")
    assert for_a_model("设计一个 GPT 模型的任务。")
    assert not for_a_model("描述使用GPT模型的好处。")


def test_who_is_to_choose_must_have_a_choice():
    assert no_options("选择最合适的选项填入句子：“这个蛋糕__美味。”")
    assert not no_options("选择最合适的选项填入句子：“这个蛋糕__美味。”\nA. 真 B. 假")
    assert not no_options("选择正确的答案：北京还是上海？")
    assert not no_options("选择题怎么出？")


@pytest.mark.parametrize(
    "request_", ["概括文章。\n文章内容：[在此插入文章内容]", "写一封信给【公司名称】。", "介绍技能<技能名称>。"]
)
def test_a_place_that_was_to_be_filled_in_is_blank(request_):
    assert left_blank(request_)


@pytest.mark.parametrize(
    "request_", ["这一段（摘自课文）讲了什么？", "解释 list[int] 的意思。", "写一封信，署名写[小明]。"]
)
def test_brackets_that_hold_something_are_not_blank(request_):
    assert left_blank(request_) == ""


def test_a_sentence_that_was_not_given_is_missed():
    assert says_so("请提供原句以便编辑。")
