"""The option that a written answer chooses, read conservatively."""

import pytest
from text_sets import HOW

from ewc_plugin.metrics.letter import chosen, generated


@pytest.mark.parametrize(
    "answer",
    [
        "B",
        "B.",
        " B \n",
        "Ｂ。",
        "(B)",
        "（B）",
        "**B**",
        "B. 李白",
        "B、李白",
        "B：李白",
        "B 李白",
        "B\n因为A是杜甫写的。",
        "B。A是杜甫的诗，C是白居易的。",
        "选B",
        "应该选 B。",
        "我选择B，因为A太长。",
        "选项B",
        "答案是B",
        "答案：B",
        "正确答案为（B）。",
        "【答案】B",
        "不选A，选B",
        "The answer is B.",
        "Answer: **B**",
        "所以 $\\boxed{B}$",
        "\\boxed{\\text{B}}",
        "B项正确",
        "这首诗的作者是李白，所以答案是B。",
        "答案是B，选B。",
    ],
)
def test_an_answer_chooses_its_letter(answer):
    assert chosen(answer, 4) == "B"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "李白",
        "b",
        "我不知道。",
        "A good question about B and C.",
        "A cat sat on the mat.",
        "B、C",
        "B和C",
        "B,C都对",
        "B and C",
        "答案是B和C",
        "选B或C",
        "B错误",
        "选项B是错的",
        "B不对，C也不对",
        "不应该选B",
        "不选B",
        "答案是B。不对，答案是C。",
        "选E",
        "E",
        "BC",
        "B2",
        "Because",
        "可能是B，也可能是C",
        "I'm not sure.",
        "排除B",
    ],
)
def test_a_rambling_answer_or_one_without_a_letter_chooses_nothing(answer):
    assert chosen(answer, 4) is None


def test_a_letter_beyond_the_options_is_no_choice():
    assert (chosen("C", 3), chosen("C", 2)) == ("C", None)


def test_accuracy_counts_answers_without_a_letter_as_wrong_and_says_how_many():
    score = generated(["B", "A", None, "D"], [1, 1, 0, 3], HOW)
    assert (score.name, score.value, score.items) == ("accuracy_generated", 0.5, (1.0, 0.0, 0.0, 1.0))
    assert (score.extra["without_letter"], score.n) == (1, 4)
    assert score.signature["by"] == "generated letter"
