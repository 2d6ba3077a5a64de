"""DuConv: texts cut into words, triples instead of attributes, and no record of what a message rests on."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject
from converters.sources.dialogue import duconv

KNOWLEDGE = [
    ["远山的灯", "类型", "剧情"],
    ["远山的灯", "上映时间", "2012年 5月 18日"],
    ["远山的灯", "导演", "陈海声"],
    ["陈海声", "出生地", "福建 泉州"],
]
TALK = [
    "你 知道 远山的灯 这 部 电影 吗 ？",
    "知道 ， 是 一 部 剧情 片 。",
    "导演 是 谁 呀 ？",
    "导演 是 陈海声 ， 他 出生 在 福建泉州 。",
]


def record(talk=TALK, knowledge=KNOWLEDGE):
    return {"goal": [["START", "远山的灯", "陈海声"]], "knowledge": knowledge, "conversation": talk}


def converted(*given, **more):
    [outcome] = duconv.convert(record(*given, **more), Context(file="train.txt"))
    return outcome


def test_the_one_who_has_the_triples_answers_in_joined_words():
    outcome = converted()
    assert isinstance(outcome, Example)
    assert "【远山的灯】\n类型：剧情\n上映时间：2012年5月18日\n导演：陈海声" in outcome.messages[0].content
    assert [message.content for message in outcome.messages[1:]] == [
        "你知道远山的灯这部电影吗？",
        "知道，是一部剧情片。",
        "导演是谁呀？",
        "导演是陈海声，他出生在福建泉州。",
    ]
    assert outcome.document.startswith("dialogue:duconv:")


def test_talks_of_one_goal_are_held_out_together():
    assert converted().document == converted([*TALK[:2], "导演 是 谁 ？", "是 陈海声 。"]).document


def test_a_talk_without_triples_rests_on_nothing():
    outcome = converted(knowledge=[])
    assert isinstance(outcome, Reject)
    assert outcome.reason == "no_knowledge"


def test_what_no_triple_says_is_not_said_to_a_user():
    outcome = converted([*TALK[:3], "导演 是 林远 ， 他 出生 在 1962年 。"])
    assert isinstance(outcome, Reject)


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, True),
        ({"knowledge": [["远山的灯", "类型"]]}, False),
        ({"conversation": [{"message": "你好"}]}, False),
        ({"goal": None}, True),
    ],
)
def test_a_record_has_goal_triples_and_messages(change, is_one):
    assert duconv.matches({**record(), **change}) is is_one


def test_a_test_record_without_a_conversation_is_none():
    assert not duconv.matches({"goal": [], "knowledge": KNOWLEDGE, "history": ["你好"], "response": ""})
