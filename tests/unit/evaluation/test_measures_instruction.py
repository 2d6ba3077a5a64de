"""ROUGE-L, length, refusals; F1 and exact match of knowledge."""

import math

import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics.characters import chinese_share, length, units
from ewc_plugin.metrics.instruction import length_ratio, refusals, rouge_l, rouge_l_f1
from ewc_plugin.metrics.knowledge import answer_f1, character_f1, exact_match
from ewc_plugin.metrics.refusal import refuses


def test_characters_words_and_numbers_are_counted_and_marks_are_not():
    assert units("他在ＮＢＡ打了1,000场，得分25.5！") == (*"他在", "nba", *"打了", "1000", *"场得分", "25.5")
    assert units("C++ 和 C#") == ("c", "+", "+", "和", "c", "#")


def test_a_hyphen_between_numbers_is_no_sign():
    assert units("2020-2021") == ("2020", "2021")
    assert units("= -5") == ("=", "-5")


def test_length_counts_marks_and_words():
    assert length("我爱 Python，真的。") == 7


def test_the_share_of_chinese_is_of_letters():
    assert chinese_share("我用ab") == 0.5
    assert chinese_share("123，。") == 0


def test_rouge_l_by_hand():
    # 小猫钓鱼 is common to both in this order
    assert rouge_l_f1("小猫在河边钓鱼", "小猫爱钓鱼") == pytest.approx(2 * 4 / (7 + 5))
    assert rouge_l_f1("鱼钓猫小", "小猫钓鱼") == pytest.approx(2 * 1 / 8)


def test_unrelated_english_sentences_are_not_alike():
    assert rouge_l_f1("The cat sat on a mat", "Prices rose again last year") == 0


def test_an_empty_answer_scores_nothing_and_counts():
    score = rouge_l(answers([("", "小猫钓鱼"), ("小猫钓鱼", "小猫钓鱼。")]), HOW)
    assert (score.items, score.value, score.n) == ((0.0, 1.0), 0.5, 2)
    assert answer_f1(answers([("", "北京")]), HOW).value == 0
    assert exact_match(answers([("", "北京")]), HOW).value == 0
    assert length_ratio(answers([("", "北京")]), HOW).value == 0


def test_a_reference_of_marks_alone_is_left_out_and_counted():
    score = rouge_l(answers([("好", "……"), ("好", "好")]), HOW)
    assert math.isnan(score.items[0])
    assert (score.n, score.extra["without"]) == (1, 1)


def test_length_describes_and_judges_nothing():
    score = length_ratio(answers([("一二三四", "一二")]), HOW)
    assert (score.value, score.better) == (2.0, "neither")


def test_f1_counts_each_character_as_often_as_both_have_it():
    # 北北京 against 北京市: 北 once, 京 once
    assert character_f1("北北京", "北京市") == pytest.approx(2 * 2 / 6)
    assert character_f1("京北", "北京") == 1.0


@pytest.mark.parametrize(
    ("answer", "reference", "same"),
    [
        ("ＡＢＣ 公司。", "abc公司", 1),
        ("《红楼梦》", "红楼梦", 1),
        ("1,000人", "1000 人", 1),
        ("1.5", "15", 0),
        ("-5", "5", 0),
    ],
)
def test_exact_match_forgives_marks_width_case_and_space(answer, reference, same):
    assert exact_match(answers([(answer, reference)]), HOW).value == same


@pytest.mark.parametrize(
    "answer",
    [
        "抱歉，我无法提供这方面的信息。",
        "对不起，由于我是一个人工智能助手，我没有实体形态，无法为您拿取书籍。",
        "作为一个人工智能语言模型，我没有个人的观点。",
        "很抱歉，我作为一个文本聊天机器人无法生成表格。",
        "我不能帮助你做这件事。",
        "无法回答该问题。",
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I don't have feelings.",
        "I cannot assist with that request.",
        "Unfortunately, I’m not able to open links.",
    ],
)
def test_refusals_are_recognised(answer):
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "尊敬的客户：非常抱歉给您带来不便，我们会尽快发货。",
        "抱歉，没有符合条件的，推荐您去如意客栈。",
        "很抱歉，您没有提供文本。",
        "感冒时不能做剧烈运动。",
        "不能提前退房。",
        "作为AI助手，我很高兴为您写一首诗。",
        "他想了想，又写了很长的一封信给老师，信里说：抱歉，我无法回答您的问题。",
        "I can't stress enough how good this is.",
        "Sorry for the delay! It is done.",
        "As an AI, I can help you.",
        "",
    ],
)
def test_what_helps_is_no_refusal(answer):
    assert not refuses(answer)


def test_a_refusal_is_right_where_the_reference_refuses():
    no, yes = "抱歉，我无法提供。", "当然可以，步骤如下。"
    score = refusals(answers([(no, no), (no, yes), (yes, no), (yes, yes), ("", yes), ("", no)]), HOW)
    assert score.items == (0, 1, 1, 0, 1, 1)
    assert score.better == "smaller"
    assert score.extra == {"needless": 1, "missing": 2, "asked_for": 3, "empty": 2}
