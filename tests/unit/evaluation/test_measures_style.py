"""Style distance, copies, classical renderings."""

import numpy as np
import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import style
from ewc_plugin.metrics.classical import classical_bleu, classical_chrf, source
from ewc_plugin.metrics.copies import longest_copies

OLD = [
    "永州城南有石鼓，圆如釜，叩之无声。里人相传，鼓鸣则岁丰。",
    "江渚有钓叟，不知何许人也。终日垂纶，而钩无饵。或问之，叟笑而不答。",
    "一夕大雪，生负薪归，迷失道，忽闻鼓声自林中出，循声而行，则其家之门也。",
    "明日往视，鼓下雪迹宛然，有履痕二，一入一出，皆不类人足。生大惊，以告其邻。",
]
NEW = "他把这件事情告诉了我们，我们都觉得很有意思，就决定一起去看看那个地方到底是什么样子的。"
ALSO_OLD = "其邻有老妪，年八十矣。或问之曰，鼓可鸣乎，妪笑而不言，负薪而去，不知所终也。"


def test_classical_prose_is_nearer_to_classical_prose_than_modern():
    near, far = style.distances([ALSO_OLD, NEW], OLD[:2])
    assert 0 < near < far < 1


def test_repeating_ones_own_reference_earns_nothing():
    score = style.style_distance(answers(list(zip(OLD, OLD, strict=True))), HOW)
    assert score.value == pytest.approx(score.extra["references"])
    assert score.value > 0.05


def test_an_empty_answer_is_as_far_as_can_be():
    assert style.style_distance(answers([("", OLD[0]), (OLD[1], OLD[1])]), HOW).items[0] == 1


def test_with_an_embedding_model_the_distance_is_from_the_mean_of_the_others():
    vectors = {"甲": [1.0, 0.0], "乙": [0.0, 1.0], " ": [1.0, 0.0]}
    given = answers([("甲", "甲"), ("", "乙")], embed=lambda ts: np.array([vectors[t] for t in ts]))
    assert style.style_distance(given, HOW).items == (1.0, 1.0)
    assert style.vector_distances(["乙"], ["乙"], lambda ts: np.array([vectors[t] for t in ts])) == [0.0]


TRAINED = ["春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。", "床前明月光，疑是地上霜。"]


def test_the_longest_copy_is_within_one_text_and_blind_to_space():
    found = longest_copies(
        ["我写：处处闻啼鸟。\n夜来 风雨声！", "花落知多少。床前明月光", "床前明月光，疑是天上霜", "", "床前明月"],
        TRAINED,
    )
    # 处处闻啼鸟。夜来风雨声 is 11; 花落知多少。 is 6 and 床前明月光 5, never 11 across texts; 床前明月光，疑是 is 8
    assert found == [11, 0, 8, 0, 0]


def test_the_share_that_is_copied_is_of_the_answer():
    given = answers([("床前明月光，疑是天上霜", "略"), ("", "略"), ("举头望明月", "略")], training_texts=TRAINED)
    assert style.copied_share(given, HOW).items == pytest.approx((8 / 11, 1.0, 0.0))
    length = style.longest_copy(given, HOW)
    assert (length.items, length.better, length.extra["longest"]) == ((8.0, 0.0, 0.0), "neither", 8)


def test_without_training_texts_nothing_is_said_about_copies():
    with pytest.raises(ValueError, match="longest_copy applies to none of 1 items"):
        style.longest_copy(answers([("春眠不觉晓", "略")]), HOW)


ASKED = ["把下面的文言文译成现代汉语：\n生大惊，以告其邻，邻人争往叩之。", "翻译：\n叟笑而去，不知所终，人皆异之。"]
MODERN = ["周生非常吃惊，把这件事告诉了邻居，邻居们争着去敲它。", "老人笑着离开了，不知道去了哪里，人们都觉得奇怪。"]


def test_the_source_handed_back_is_beside_the_score():
    assert source(ASKED[0]) == "生大惊，以告其邻，邻人争往叩之。"
    copied = answers(list(zip([source(q) for q in ASKED], MODERN, strict=True)), questions=ASKED)
    for measure in (classical_bleu, classical_chrf):
        score = measure(copied, HOW)
        assert score.value == pytest.approx(score.extra["unchanged"])
        assert measure(answers([(m, m) for m in MODERN], questions=ASKED), HOW).value == pytest.approx(100)
    assert classical_bleu(copied, HOW).signature["tokeniser"] == "zh"


def test_an_empty_answer_says_nothing_about_copies_either_without_texts():
    with pytest.raises(ValueError, match="copied_share applies to none"):
        style.copied_share(answers([("", "略"), ("春", "略")]), HOW)
