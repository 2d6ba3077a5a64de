"""What teachers mark: idioms with a homophone, words that are confused, one adverb twice in a sentence."""

from __future__ import annotations

import pytest

from converters.conversations import schoolbook


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("老人安祥地坐着。", "安祥"),
        ("乌鸦引起了他们的主意。", "引起了他们的主意"),
        ("他想出个好注意。", "好注意"),
        ("前面有一坐高山。", "一坐高山"),
        ("他带着眼镜。", "带着眼镜"),
        ("请做到一下两点。", "一下两点"),
        ("门前有一颗大树。", "一颗大树"),
        ("最近，小镇的路灯最近总是不亮。", "最近，小镇的路灯最近"),
    ],
)
def test_a_miswritten_word_is_found(text, found):
    assert schoolbook.miswritten(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "老人安详地坐着。",
        "乌鸦引起了他们的注意。",
        "他想出个好主意，引起了争论。大家都有主意。",
        "他们一坐下就开始吃。",
        "他带着孩子。",
        "天上有一颗大大的星。",
        "他突然来了。又突然走了。",
        "狮子终于吃饱了，牧人也终于回家了。",
        "就象棋来说，他下得好。",
    ],
)
def test_what_only_looks_like_it_is_none(text):
    assert schoolbook.miswritten(text) is None
