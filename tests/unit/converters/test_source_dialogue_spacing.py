"""Spaced characters and words grow together again, and English words stay apart."""

from __future__ import annotations

import pytest

from converters.sources.dialogue.spacing import is_spaced, joined


@pytest.mark.parametrize(
    ("spaced", "text"),
    [
        ("今 天 好 热", "今天好热"),
        ("睡 醒 了 c a l l 我", "睡醒了call我"),
        ("一 共 3 1 万 ， 还 差 4 . 5 万", "一共31万，还差4.5万"),
        ("苗 X X 在 吗", "苗XX在吗"),
        ("今天 天气 很 好", "今天天气很好"),
        ("换 了 iPhone 8 Plus", "换了iPhone 8 Plus"),
        ("他 说 good morning 就 走 了", "他说good morning就走了"),
        ("o k   b y e", "ok bye"),
        ("好 的   晚 安", "好的晚安"),
        (" 嗯 ", "嗯"),
    ],
)
def test_characters_and_words_are_joined_without_gluing_english_words(spaced, text):
    assert joined(spaced) == text


def test_text_that_was_never_spaced_is_known_by_its_long_tokens():
    assert is_spaced("今 天 好 热")
    assert is_spaced("今天 天气 很 好")
    assert not is_spaced("今天天气很好")
    assert not is_spaced("The weather is lovely today")
