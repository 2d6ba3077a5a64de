"""断句: pauses and marks at their places, and the text left as it is."""

import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import punctuation
from ewc_plugin.metrics.punctuation import f1_of_breaks, f1_of_marks, keeps_the_text

EDITED = "弘怒，笞敬之，逐之。明年，盗起。"


def test_the_same_marks_are_all_right():
    assert (f1_of_breaks(EDITED, EDITED), f1_of_marks(EDITED, EDITED), keeps_the_text(EDITED, EDITED)) == (1, 1, 1)


def test_pauses_by_hand():
    # wanted after 弘怒 笞敬之 逐之 明年; found after 弘怒 逐之 明: 2 of 3 found, 2 of 4 wanted
    assert f1_of_breaks("弘怒。笞敬之逐之。明，年盗起。", EDITED) == pytest.approx(2 * 2 / (3 + 4))


def test_which_mark_it_is_counts_for_marks_only():
    other = EDITED.replace("，", "。")
    assert f1_of_breaks(other, EDITED) == 1
    # 。 at the three ， is wrong, two 。 are right
    assert f1_of_marks(other, EDITED) == pytest.approx(2 * 2 / (5 + 5))


def test_half_width_and_corner_marks_are_the_same_marks():
    assert f1_of_marks("敬之曰:「民饥,非盗也.」", "敬之曰：“民饥，非盗也。”") == 1


def test_slashes_are_pauses():
    assert f1_of_breaks("弘怒/笞敬之/逐之／明年|盗起", "弘怒/笞敬之/逐之/明年/盗起") == 1


def test_the_end_of_the_text_is_no_pause_that_can_be_missed():
    assert f1_of_breaks("弘怒笞敬之。", "弘怒，笞敬之。") == 0
    assert f1_of_breaks("弘怒。", "弘怒。") == 1
    assert f1_of_breaks("", "弘怒。") == 0


def test_words_around_the_text_do_no_harm():
    assert f1_of_breaks(f"标点如下：\n{EDITED}\n以上，供参考。", EDITED) == 1
    assert keeps_the_text(f"标点如下：\n{EDITED}", EDITED) == 1


def test_a_changed_character_costs_the_marks_around_it_only():
    # 怒 became 恕: the marks before and after it keep their places
    assert f1_of_breaks("弘恕，笞敬之，逐之。明年，盗起。", EDITED) == 1
    assert keeps_the_text("弘恕，笞敬之，逐之。明年，盗起。", EDITED) == 0
    # one character too many: those behind are counted from the end
    assert f1_of_breaks("弘大怒，笞敬之，逐之。明年，盗起。", EDITED) == 1
    assert f1_of_breaks("乙丙，丁戊，己庚。", EDITED) == 0


def test_scores_of_a_set():
    given = answers([(EDITED, EDITED), ("", EDITED)])
    measures = (punctuation.breaks, punctuation.marks, punctuation.unchanged)
    assert [m(given, HOW).items for m in measures] == [(1.0, 0.0)] * 3
