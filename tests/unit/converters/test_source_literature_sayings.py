"""歇后语: what is whole, what is fit to be said, what is asked."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example
from converters.oldbooks.sayings import Saying, saying
from converters.sources.literature import SOURCE, from_saying


def record(riddle: str, answer: str) -> dict[str, str]:
    return {"riddle": riddle, "answer": answer}


def test_answers_joined_by_a_semicolon_are_several():
    assert saying(record("泥菩萨过江", "自身难保；保不住自己；自身难保")) == Saying(
        "泥菩萨过江", ("自身难保", "保不住自己")
    )


def test_a_pun_stays_and_an_explanation_goes():
    assert saying(record("坐飞机吹喇叭", "想（响）得高")) == Saying("坐飞机吹喇叭", ("想（响）得高",))
    assert saying(record("老鼠钻烟囱", "够戗（够受的）")) == Saying("老鼠钻烟囱", ("够戗",))
    assert saying(record("张天师失印（传说印能镇妖）", "没法可使（比喻束手无策。）")) == Saying(
        "张天师失印", ("没法可使",)
    )


@pytest.mark.parametrize(
    ("riddle", "answer", "reason"),
    [
        ("银样镴枪（l", "中看不中用", "damaged"),
        ("有了肉：吃嫌豆腐", "贪得无厌", "damaged"),
        ("梦中游太空", "想人非非", "damaged"),
        ("雨后送伞", "", "empty"),
        ("瞎子点灯", "白费蜡", "coarse_or_demeaning"),
        ("一二三四五六七八九十一二三四五六七八九十一", "太长了", "too_long"),
    ],
)
def test_a_saying_that_is_left_out_says_why(riddle, answer, reason):
    assert saying(record(riddle, answer))[0] == reason


@pytest.mark.parametrize("riddle", ["癞蛤蟆想吃天鹅肉", "鸡蛋碰石头", "哑巴吃黄连", "吃哑巴亏"])
def test_common_words_are_not_taken_for_coarse_ones(riddle):
    assert isinstance(saying(record(riddle, "不自量力")), Saying)


def test_both_halves_are_asked_for_and_the_answer_is_the_whole_saying():
    kinds = set()
    for number in "一二三四五六七八九十":
        (example,) = from_saying(record(f"竹篮{number}次打水", "一场空"), Context())
        assert isinstance(example, Example)
        kinds.add(example.kind)
        request, answer = (message.content for message in example.messages)
        assert f"竹篮{number}次打水——一场空" in answer
        assert ("一场空" in request) == (example.kind == "meaning")
        assert example.document == f"saying:竹篮{number}次打水"
    assert kinds == {"meaning", "completion"}


def test_a_second_answer_is_said_too_when_the_first_half_is_given():
    answers = [from_saying(record(f"泥菩萨过{c}", "自身难保；保不住自己"), Context())[0] for c in "江河湖海溪"]
    for example in answers:
        assert ("保不住自己" in example.messages[1].content) == (example.kind == "completion")


def test_sentences_without_tales_are_known_and_say_why_they_give_nothing():
    shape = next(shape for shape in SOURCE.formats if shape.name == "sentences")
    assert shape.convert is None
    assert "no order" in shape.unsupported
    assert shape.matches("明日试服之，疾者已起。")
    assert not shape.matches("<br>")
