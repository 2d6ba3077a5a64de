from __future__ import annotations

import pytest

from converters.conversations import proof

STORY = (
    "从前有一只小狐狸，住在一片很大的森林里。有一天，它走到河边，想到对岸去摘果子，可是河上没有桥。"
    "乌龟看见了，说：“坐到我背上来吧。”小狐狸高兴地过了河，把果子分了一半给乌龟。后来，它们成了好朋友。"
)


@pytest.mark.parametrize(
    "slip",
    [
        "小狐狸高兴的笑了。",
        "它小心得把门打开。",
        "它唱的非常好听。",
        "它跑地很快。",
        "这是是一个好办法。",
        "它看见这个这东西。",
        "它很惊喜万分。",
        "它是个勇敢勇敢的孩子。",
        "它来了.大家都笑了。",
        "它来了。，大家都笑了。",
        "它说；“我来了。”",
        "它走了－再也没有回来。",
        "大家都说它“走了”",
        "老人的想法和猎人地想法一样。",
        "它问自已为什么。",
        "老人间：“你是谁？”",
        "它赶到非常害怕。",
    ],
)
def test_a_slip_of_the_pen_spoils_a_story(slip):
    assert proof.slip(STORY) is None
    assert proof.slip(STORY + slip) is not None
    assert proof.fault(STORY + slip)[0] == "careless"


@pytest.mark.parametrize(
    "text",
    [
        "它问了一个奇怪的问题。",
        "它露出开心的笑容。",
        "它说的的确确是这样。",
        "天空中间：“云”字最大。",
        "事情解决了，了解它的人都笑了。",
        "先是小猫来了，接着是小狗。",
        "它难过得哭了。",
        "它来自远方——那是一个很大的国家。",
        "他一把把门推开。",
        "它说：“我来了。”说：“你好。”",
    ],
)
def test_what_only_looks_like_a_slip_is_none(text):
    assert proof.slip(STORY + text) is None


@pytest.mark.parametrize("beginning", ["只小猫走了过来。", "，小猫走了过来。", "位老人走了过来。"])
def test_a_beginning_that_was_cut_off_is_a_slip(beginning):
    assert proof.slip(beginning + STORY) == beginning[0]


def test_a_beginning_with_only_is_none():
    assert proof.slip("只见小猫走了过来。" + STORY) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("我看见了它们。", "told_by_me"),
        ("它想：我真高兴。", None),
        ("小狐狸说它爱我们的森林。", None),
        ("有关统计表明，狐狸很聪明。", "anecdote"),
        ("后来它们开了公司，做了经理，有了很多员工。", "anecdote"),
        ("后来它们开了公司，做了经理。", None),
    ],
)
def test_essays_and_memories_are_no_stories(text, reason):
    found = proof.fault(STORY + text)
    assert (found[0] if found else None) == reason


@pytest.mark.parametrize(("length", "reason"), [(700, None), (701, "long_story")])
def test_the_longest_story(length, reason):
    story = STORY + "它走了又走，" * 96
    story += "一" * (length - len(story) - 4) + "回来了。"
    found = proof.fault(story)
    assert (len(story), found[0] if found else None) == (length, reason)


@pytest.mark.parametrize(("events", "reason"), [("它来了，它走了。", None), ("它来了，它去。", "nothing_happens")])
def test_an_essay_is_told_without_events(events, reason):
    essay = "每个人的心里都应该有一片森林，森林里应该有高高的大树和清清的小溪，" * 4 + "这样才好。"
    found = proof.fault(essay + events)
    assert (found[0] if found else None) == reason
