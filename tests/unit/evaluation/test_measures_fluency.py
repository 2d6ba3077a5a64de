"""Repetition, Chinese, brackets; variety and relevance in dialogue."""

import math

import numpy as np
import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import dialogue, fluency
from ewc_plugin.metrics.likelihood import loss
from ewc_plugin.metrics.repetition import distinct, repeated


def test_rep_n_by_hand():
    # 好好好好好好: three 4-grams, one of them unique
    assert repeated("好好，好好！好好", 4) == pytest.approx(2 / 3)
    assert repeated("春眠不觉晓", 4) == 0
    assert repeated("春眠", 4) == 0


def test_distinct_by_hand():
    assert distinct(["人山人海"], 1) == 3 / 4
    assert distinct(["人山人海", "人山"], 2) == 3 / 4
    assert distinct([""], 1) == 0


def test_an_empty_answer_is_the_worst():
    nothing = answers([("", "好的，明天见。")])
    worst = {
        fluency.rep_4: 1,
        fluency.unbalanced: 1,
        fluency.chinese: 0,
        dialogue.distinct_1: 0,
        dialogue.distinct_2: 0,
    }
    assert {measure: measure(nothing, HOW).value for measure in worst} == worst


def test_chinese_is_asked_for_where_the_reference_is_chinese():
    score = fluency.chinese(answers([("好ok", "好的"), ("fine", "all right"), ("!!!", "好的")]), HOW)
    assert score.items[0] == pytest.approx(1 / 3)
    assert math.isnan(score.items[1])
    assert score.items[2] == 0


@pytest.mark.parametrize(
    "text",
    [
        "他说：“《红楼梦》（程乙本）写得好。”",
        "1) 洗米\n2）加水",
        "It’s the boys’ room (upstairs).",
        "“第一段。\n“第二段还是他说的。”",
        "```python\nprint('(')\n```\n运行即可",
        "好的:)",
        '他喊"快跑"。',
    ],
)
def test_what_closes_is_balanced(text):
    assert fluency.is_balanced(text)


@pytest.mark.parametrize("text", ["他说：“好。", "（见上文", "见上文）。", "《红楼梦（》）", '他喊"快跑。', "“外“内”"])
def test_what_does_not_close_is_unbalanced(text):
    assert not fluency.is_balanced(text)


def test_the_loss_under_the_base_is_total_over_total_and_describes():
    score = fluency.base_loss([6.0, 2.0], [3, 1], HOW)
    assert (score.value, score.name, score.better) == (2.0, "base_loss", "neither")
    assert score.signature["metric"] != loss([6.0], [3]).signature["metric"]


def test_distinct_of_the_set_is_beside_the_mean_of_answers():
    score = dialogue.distinct_1(answers([("天天", "甲乙"), ("天天", "丙丁")]), HOW)
    assert score.value == 0.5
    assert (score.extra["corpus"], score.extra["references"], score.extra["corpus_references"]) == (0.25, 1.0, 1.0)


QUESTIONS = ["你喜欢看电影吗", "附近有什么餐馆", "今天股市怎么样"]
REPLIES = ["我很喜欢看电影，尤其是老片。", "附近有一家川菜餐馆不错。", "股市今天跌了不少。"]


def test_answers_to_the_question_are_more_relevant_than_answers_to_another():
    right = dialogue.relevant(answers(list(zip(REPLIES, REPLIES, strict=True)), questions=QUESTIONS), HOW)
    moved = [*REPLIES[1:], REPLIES[0]]
    wrong = dialogue.relevant(answers(list(zip(moved, REPLIES, strict=True)), questions=QUESTIONS), HOW)
    assert min(right.items) > max(wrong.items)
    assert right.extra["references"] == right.value == wrong.extra["references"]


def test_weights_come_from_the_references_so_that_rows_are_weighed_alike():
    # the same answer to the same question, among different other answers
    rows = [[(REPLIES[0], REPLIES[0]), (other, REPLIES[1])] for other in ("看电影", REPLIES[1])]
    values = [dialogue.relevant(answers(pairs, questions=QUESTIONS[:2]), HOW).items[0] for pairs in rows]
    assert values[0] == values[1]


def test_an_echo_is_counted_and_an_empty_answer_is_not_relevant():
    score = dialogue.relevant(
        answers([(QUESTIONS[0] + "？", REPLIES[0]), ("", REPLIES[1])], questions=QUESTIONS[:2]), HOW
    )
    assert score.extra["echoes"] == 1
    assert score.items[1] == 0


def test_with_an_embedding_model_relevance_is_the_cosine():
    vectors = {"甲": [1.0, 0.0], "乙": [0.6, 0.8]}
    given = answers(
        [("乙", "甲"), ("", "甲")], questions=["甲", "甲"], embed=lambda ts: np.array([vectors[t] for t in ts])
    )
    assert dialogue.relevant(given, HOW).items == pytest.approx((0.6, 0.0))


def turn(role, content):
    return {"role": role, "content": content}


EARLIER = [
    turn("system", "电影资料"),
    turn("user", "我想看科幻片"),
    turn("assistant", "推荐流浪地球这部"),
    turn("user", "好看吗"),
]


def test_coherence_asks_for_the_turns_before_the_last_without_the_system():
    pairs = [("科幻片里流浪地球最好", "很好看"), ("好看", "很好看"), ("电影资料", "很好看"), ("好看", "好看")]
    score = dialogue.coherent(answers(pairs, turns=[EARLIER, EARLIER, EARLIER, EARLIER[-1:]]), HOW)
    assert score.items[0] > 0 == score.items[1] == score.items[2]
    assert math.isnan(score.items[3])


def test_repeating_ones_own_turn_is_seen():
    pairs = [("推荐流浪地球这部", "好看"), ("推荐流浪地球吧", "好看"), ("很好看", "好看"), ("", "好看")]
    score = dialogue.self_repetition(answers(pairs, turns=[EARLIER] * 4), HOW)
    # 推荐流浪 荐流浪地 流浪地球 of four
    assert score.items == pytest.approx((1.0, 3 / 4, 0.0, 1.0))
    assert score.better == "smaller"


def test_a_short_turn_is_repeated_as_a_whole_only():
    before = [turn("user", "行吗"), turn("assistant", "好的"), turn("user", "现在呢")]
    assert dialogue.said_before("好的！", before) == 1
    assert dialogue.said_before("好", before) == 0
    assert math.isnan(dialogue.said_before("好", before[:1]))
