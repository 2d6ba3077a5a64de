"""A name that is written in two ways shows that nobody read the story again."""

from __future__ import annotations

import pytest

from converters.conversations import names


@pytest.mark.parametrize(
    ("story", "found"),
    [
        ("老鼠爬到小泥家。它喜欢小妮家的香蕉。", "小妮家, 小泥家"),
        ("罗伯特来了。罗勃特走了。", "罗伯特, 罗勃特"),
        ("费尔南多来了。费尔南多走了。费尔南多笑了。费尔南多说话。费尔南故作惊讶。", "费尔南多, 费尔南故"),
    ],
)
def test_one_name_in_two_ways(story, found):
    assert names.variant(story) == found


@pytest.mark.parametrize(
    "story",
    [
        "老鼠爬到小明家。它喜欢小妮家的香蕉。",  # two names
        "唱得好的人，唱的好歌。他在家。他再家访。",  # small words that sound alike
        "费尔南多来了。费尔南多走了。费尔南多笑了。费尔南故作惊讶。",  # not often enough to be sure
        "小狐狸来了。小狐狸走了。小狐狸笑了。小狐狸说话。",
    ],
)
def test_other_names_and_small_words_are_none(story):
    assert names.variant(story) is None
