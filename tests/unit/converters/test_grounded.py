from __future__ import annotations

import pytest

from converters.judging.grounded import LEAST_TEXT, is_grounded

TEXT = (
    "图书馆从下个月起延长开放时间，平日开到晚上九点，周末开到晚上十点。读者可以在网上预约座位，一次最多借5本书，借期是三十天。"
    "馆里还开了一间安静的阅览室，孩子们不能进去，老人可以在那里看报。门口的小店卖热茶和点心，读累了可以出来坐一坐。"
)
SUMMARY = f"总结下面这段文本的摘要：{TEXT}"
SAID = "图书馆从下个月起延长开放时间，读者可以在网上预约座位，一次最多借5本书。"


def test_a_summary_in_the_words_of_its_text_is_grounded():
    assert is_grounded(SUMMARY, SAID)
    assert is_grounded(f"{TEXT}\n基于以上这段文本内容回答：图书馆有什么变化？", SAID)


@pytest.mark.parametrize(
    "answer",
    [
        "这则通知说明城市越来越重视文化建设，市民的生活会因此更加丰富多彩。",  # other words
        SAID.replace("5本", "8本"),
        SAID.replace("一次最多借5本书", "借期是五十天"),
        "延长开放时间",  # too short
        TEXT,  # the text itself
    ],
)
def test_what_a_model_adds_is_not(answer):
    assert not is_grounded(SUMMARY, answer)


def test_every_key_word_stands_in_the_text():
    asks = f"{TEXT}，总结其中的关键词。"
    assert is_grounded(asks, "图书馆、开放时间、网上预约、阅览室")
    assert is_grounded(asks, "关键词：图书馆，开放时间，“阅览室”。")
    assert not is_grounded(asks, "图书馆、开放时间、文化建设、阅览室")


@pytest.mark.parametrize(
    "request_",
    [
        f"改写下面的文字，并总结：{TEXT}",
        f"给下面的文字起一个标题，概括它的主要内容：{TEXT}",
        f"用一句话概括：{TEXT}",
        f"请GPT总结下面的文字：{TEXT}",
        f"读一读下面的文字：{TEXT}",
        f"总结：{TEXT}"[: LEAST_TEXT - 1],
    ],
)
def test_other_work_on_a_text_cannot_be_checked_so(request_):
    assert not is_grounded(request_, SAID)


def test_an_order_behind_or_before_a_text_is_read_and_not_the_text_itself():
    middle = TEXT.replace("读累了", "标题写着预测，读累了") + TEXT
    assert is_grounded(f"总结下面这段文本的摘要：{TEXT}{middle}", SAID)
