from __future__ import annotations

import pytest

from converters.judging.promises import (
    miscounted,
    missed_form,
    missed_items,
    missed_length,
    missed_lines,
    missed_sentences,
    more_than_one,
)


def test_three_were_asked_for_and_two_are_numbered():
    assert missed_items("列出三种水果。", "1. 苹果\n2. 梨") == "列出三种: 2 items"
    assert missed_items("请给出5个建议。", "1、早睡\n2、早起\n3、多走\n4、少坐") != ""


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("列出三种水果。", "1. 苹果\n2. 梨\n3. 桃"),
        ("列出三种水果。", "一、苹果\n二、梨\n三、桃"),
        ("列出三种水果。", "苹果、梨"),
        ("列出三种水果。", "1. 苹果、梨、桃"),
        ("列出1种水果。", "1. 苹果\n2. 梨"),
        ("列出至少三种水果。", "1. 苹果\n2. 梨\n3. 桃\n4. 杏"),
        ("列出三种水果和各自的两个产地。", "1. 苹果\n1. 烟台\n2. 洛川"),
        ("写一篇关于两个人的故事。", "1. 开头\n2. 中间\n3. 结尾"),
        ("列出3-5种水果。", "1. 苹果\n2. 梨\n3. 桃\n4. 杏"),
    ],
)
def test_items_are_counted_only_where_both_numbers_are_plain(request_, answer):
    assert missed_items(request_, answer) == ""


@pytest.mark.parametrize(
    ("request_", "items", "found"),
    [
        ("生成一个可以用于调查问卷的问题。", 3, True),
        ("生成一个可以用于调查问卷的问题。", 2, False),
        ("给出一条环保标语", 5, True),
        ("生成一个调查问卷的问题列表。", 5, False),
        ("生成一个列表，写出问题。", 5, False),
        ("写一个口号和三个标题。", 3, False),
        ("提出一个省钱的方法。", 5, False),
        ("生成一些问题。", 5, False),
    ],
)
def test_one_was_asked_for_and_more_are_numbered(request_, items, found):
    answer = "\n".join(f"{number}. 保护环境，人人有责。" for number in range(1, items + 1))
    assert bool(more_than_one(request_, answer)) is found


def test_one_sentence_is_one():
    assert missed_sentences("用一句话介绍长城。", "长城很长。它在中国。") == "one sentence asked, 2 given"
    assert missed_sentences("用1句话介绍长城。", "长城很长。它在中国。") == "one sentence asked, 2 given"
    assert missed_sentences("用一句话介绍长城。", "长城很长，它在中国。") == ""
    assert missed_sentences("每段用一句话概括。", "长城很长。它在中国。") == ""


def test_so_many_sentences_and_one_more_or_less():
    assert missed_sentences("用三句话介绍长城。", "长。高。") == ""
    assert missed_sentences("用三句话介绍长城。", "长。") == "3 sentences asked, 1 given"
    assert missed_sentences("用三五句话介绍长城。", "长。") == ""


def test_so_many_lines_of_verse_without_the_title():
    four = "春风来\n花儿开\n鸟儿叫\n人儿笑"
    assert missed_lines("写一首四行诗。", f"《春》\n{four}") == ""
    assert missed_lines("写一首六行诗。", four) == "6 lines asked, 4 given"
    assert missed_lines("写一首1行诗。", "春天：") == ""
    assert missed_lines("这是自由诗还是四行诗？", "这是自由诗。") == ""


@pytest.mark.parametrize(
    ("request_", "characters", "missed"),
    [
        ("写一篇100字的短文。", 100, False),
        ("写一篇100字的短文。", 60, False),
        ("写一篇100字的短文。", 160, False),
        ("写一篇100字的短文。", 59, True),
        ("写一篇100字的短文。", 161, True),
        ("写一篇不超过100字的短文。", 20, False),
        ("写一篇不超过100字的短文。", 116, True),
        ("写一篇100字以内的短文。", 20, False),
        ("压缩成一句话，长度不能超过100个字符。", 37, False),
        ("写一篇短文，不得少于100字。", 84, True),
        ("写一篇短文，不得少于100字。", 300, False),
        ("写一篇短文，最多100字。", 116, True),
        ("写一篇短文，超过100字。", 300, False),
        ("写一篇100字以上的短文。", 300, False),
        ("写一篇100字以上的短文。", 84, True),
        ("写一篇短文。", 3, False),
        ("介绍1000字典的用法。", 3, False),
    ],
)
def test_length_is_what_the_request_states(request_, characters, missed):
    assert bool(missed_length(request_, "春" * characters)) is missed


def test_a_quatrain_has_four_verses_of_one_length():
    right = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"
    assert missed_form("写一首五言绝句。", right) == ""
    assert missed_form("写一首绝句。", right) == ""
    assert missed_form("写一首七言绝句。", right) != ""
    assert missed_form("写一首五言律诗。", right) != ""
    assert missed_form("写一首绝句。", "春天来了，花儿都开了。鸟儿在树上叫，人们笑。") != ""
    assert missed_form("什么是绝句？", "四句的诗。") == ""


def test_the_halves_of_a_couplet_are_of_one_length():
    assert missed_form("写一副对联。", "上联：春风入喜财入户\n下联：岁月更新福满门") == ""
    assert missed_form("写一副对联。", "上联：春风入喜\n下联：岁月更新福满门") != ""
    assert missed_form("写一副对联。", "祝大家新年快乐") == "a couplet has two lines"


def test_letters_and_words_are_counted():
    assert miscounted("“banana”有多少个字母？", "有6个字母。") == ""
    assert miscounted("“banana”有多少个字母？", "有5个字母。") == "“banana”: 6"
    assert miscounted("“I don't know”里有几个单词？", "3个。") == ""
    assert miscounted("“I don't know”里有几个单词？", "4个。") != ""
    assert miscounted("“香蕉”有多少个字母？", "5个。") == ""
    assert miscounted("“banana”是什么意思？", "1种水果。") == ""
