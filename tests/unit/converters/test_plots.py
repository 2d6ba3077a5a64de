from __future__ import annotations

import pytest

from converters.conversations import plots

STORY = (
    "从前有一只小狐狸，它想过河去摘果子。但是它不会游泳，急得直跺脚。乌龟在河里看见了，说：“坐到我背上来吧。”"
    "于是小狐狸坐到乌龟背上，过了河，它把果子分了一半给乌龟。后来，它们成了好朋友。"
)


def test_a_phrase_stands_for_the_clause_that_it_is_of_without_its_link():
    assert plots.outline(STORY, ["过河去", "会游", "小狐狸坐到", "成了好"]) == [
        "它想过河去摘果子",
        "它不会游泳",
        "小狐狸坐到乌龟背上",
        "它们成了好朋友",
    ]


def test_a_clause_is_told_once():
    assert plots.outline(STORY, ["过河去", "果子", "好朋友"]) == ["它想过河去摘果子", "它们成了好朋友"]


@pytest.mark.parametrize("phrase", ["到我背上", "乌龟在河里看", "过了河", "急得"])
def test_speeches_and_scraps_tell_nothing(phrase):
    story = STORY.replace("过了河", "过了").replace("急得直跺脚", "急得")
    assert len(plots.outline(story, ["小狐狸", phrase.replace("过了河", "过了"), "好朋友"])) == 2 + (
        phrase == "乌龟在河里看"
    )


@pytest.mark.parametrize(
    "clause",
    [
        "它对乌龟说",
        "天黑的时候",
        "在那条河里",
        "里面住着一只狐狸",
        "它把果子分给",
        "谁知河上没有桥",
        "它告诉了乌龟",
        "好像下雨了",
    ],
)
def test_half_a_sentence_is_no_point_of_an_outline(clause):
    story = STORY.replace("它不会游泳", clause)
    assert plots.outline(story, ["摘果子", clause, "好朋友"]) == ["它想过河去摘果子", "它们成了好朋友"]


@pytest.mark.parametrize("clause", ["下令造一座桥", "连忙跑了回去", "中国来了客人", "它去问大家", "它得到一条小船"])
def test_words_that_only_begin_like_scraps_are_told(clause):
    story = STORY.replace("它不会游泳", clause)
    assert clause in plots.outline(story, ["摘果子", clause, "好朋友"])


def test_both_halves_must_be_told():
    assert plots.outline(STORY, ["小狐狸", "摘果子", "游泳"]) == []
    assert plots.outline(STORY, ["坐到乌龟", "分了一半", "好朋友"]) == []


def test_an_outline_is_short_and_leaves_out_the_middle():
    story = (
        "".join(f"{name}来到了山上。" for name in "甲乙丙丁戊己庚辛") + "大家一起看着远方的海，" * 12 + "大家都回家了。"
    )
    clauses = plots.outline(story, [f"{name}来" for name in "甲乙丙丁戊己庚辛"] + ["都回家"])
    assert len(clauses) == plots.MOST_CLAUSES
    assert (clauses[0], clauses[-1]) == ("甲来到了山上", "大家都回家了")


def test_most_of_a_story_is_no_outline_of_it():
    story = "小猫走出了家门。小狗追了过来。小鸟飞上了天。"
    clauses = plots.outline(story, ["小猫", "小狗", "小鸟"])
    assert sum(map(len, clauses)) <= plots.LARGEST_SHARE * len(story)
