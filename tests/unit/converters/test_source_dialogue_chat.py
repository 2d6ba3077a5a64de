"""LCCC: what of weibo's exchanges is small talk that anybody could take part in."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example
from converters.sources.dialogue import lccc
from converters.sources.dialogue.everyday import is_everyday
from converters.sources.dialogue.smalltalk import LONGEST_RUN, exchange, normalised, opening, unclean
from converters.templates import dialogue as templates

SLEEPLESS = "我最近总是失眠"
CARE = "睡前别玩手机，早点休息"


def test_a_state_and_a_caring_reply_are_kept_under_a_casual_prompt():
    [outcome] = lccc.from_dialogue([" ".join(SLEEPLESS), " ".join(CARE)], Context())
    assert isinstance(outcome, Example)
    assert outcome.messages[0].content in templates.CHAT
    assert [message.content for message in outcome.messages[1:]] == [SLEEPLESS, CARE]


def test_replies_to_one_post_are_one_document():
    documents = {
        lccc.from_dialogue([SLEEPLESS, reply], Context())[0].document for reply in (CARE, "怎么了？压力大睡不着吗？")
    }
    assert len(documents) == 1


def test_an_odd_utterance_and_what_follows_a_bad_one_are_left_out():
    kept, fault = exchange([SLEEPLESS, CARE, "好，今晚试试"])
    assert (kept, fault) == ([SLEEPLESS, CARE], None)
    kept, _ = exchange([SLEEPLESS, CARE, "嗯，今天早点睡", "来我家睡"])
    assert kept == [SLEEPLESS, CARE]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("我饿", "length"),
        ("我想打call", "latin_or_numbers"),
        ("今天花了588元", "latin_or_numbers"),
        ("我好累啊啊啊", "repeated_characters"),
        ("今天好热→_→", "signs"),
        ("我今天早上起来发现外面下雪了好冷啊不想上班", "run_on"),
        ("我不想活了，好累", "dark"),
        ("洋洋今天加班", "repeated_characters"),
        ("我想看芳华", "not_everyday_words"),
        ("今天吃土了，好累", "not_everyday_words"),
    ],
)
def test_an_utterance_is_clean_everyday_chinese(text, fault):
    assert unclean(text) == fault


def test_the_longest_run_without_a_mark_is_allowed():
    assert unclean("我今天早上起来发现外面下雪了") == ""
    assert LONGEST_RUN == 16


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SLEEPLESS, ""),
        ("今天好热", ""),
        ("吃饭了吗", ""),
        ("你现在想吃什么", ""),
        ("你又熬夜了", "private"),
        ("这只猫好胖", "needs_context"),
        ("我也失眠了", "needs_context"),
        ("今天第一次加班，好累", "needs_context"),
        ("来我家吃火锅", "private"),
        ("加班使人变胖", "not_of_oneself"),
        ("我知道了", "no_topic"),
        ("上课没？我想吃早饭", "needs_context"),
    ],
)
def test_a_first_line_stands_alone(text, fault):
    assert opening(text)[1] == fault


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("来我家，我陪你", "reply_private"),
        ("活该，谁让你不睡", "reply_unkind"),
        ("火锅真好吃", "reply_does_not_fit"),
        ("睡觉的时候", "reply_does_not_fit"),
        ("鹿晗也失眠", "reply_not_everyday_words"),
    ],
)
def test_a_reply_takes_up_the_topic_and_gives_something(reply, fault):
    kept, found = exchange([SLEEPLESS, reply])
    assert kept == []
    assert found[0] == fault


def test_marks_are_printed_as_they_should_be():
    assert normalised("好累。。。真的!!!哈哈哈哈~~") == "好累……真的！哈哈"


def test_everyday_words_leave_no_rest():
    assert is_everyday("我今天加班，好累啊")
    assert not is_everyday("我今天加班，好累鸭")


def test_lines_are_a_post_and_a_response():
    assert lccc.matches_line("今 天 好 热\t多 喝 水")
    assert not lccc.matches_line("Good morning\t早上好\tCC-BY 2.0")
    assert lccc.from_line("今 天 好 热", Context())[0].reason == "missing_columns"
    assert isinstance(lccc.from_line("今 天 好 热\t多 喝 点 水 ， 注 意 休 息", Context())[0], Example)


@pytest.mark.parametrize(
    ("first", "reply", "kept"),
    [
        ("我爱吃火锅", "我也喜欢吃", True),
        ("今天好冷，想回家", "家里也很冷啊", True),
        ("我好困啊", "那你睡一会吧", True),
        ("我好困啊", "那你睡觉一会吧", False),
        ("我快饿死了", "快去吃饭！", True),
        ("今天剪头发的好多", "我这是自己剪呢", False),
        ("好几天没睡着", "帅的睡不着，也是苦了你了", False),
        ("我在买电脑", "那你先忙别聊注意手机", False),
        ("我生病了发烧了", "身体完全康复了么，抱抱", False),
        ("我今天没有吃到饺子", "你明天就可以去吃鱼了", False),
        ("我今天好困", "大家也是很困啊", True),
        ("我今天好困", "大家也是醉了很困", False),
        ("我升级了，后悔了", "怎么了怎么了", False),
        ("今天刚好我生日，我名字里也有月", "生日快乐啊", False),
    ],
)
def test_a_reply_shares_or_cares_and_does_not_speak_past_the_first_line(first, reply, kept):
    assert bool(exchange([first, reply])[0]) is kept
