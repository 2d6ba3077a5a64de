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
        "它开开心心的去参加宴会。",
        "它很顺畅的背了出来。",
        "它渐渐的，不再害怕。",
        "它长的漂亮。",
        "它吹的比师父还好。",
        "它把自己打扮的花枝招展。",
        "乌龟说：“那边有什么呢”",
        "它做了六了包子。",
        "它没有有看见。",
        "它们俩个都来了。",
        "它是国际着名的画家。",
        "真香啊！！！",
        "它在路上一边走一边看着天上飞来飞去的那些白色的还有灰色的小鸟。",
        "它安祥地睡了。",
        "它高傲的说：“好。”",
        "它反驳道“你错了。”",
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
        "它高高兴兴的样子真可爱。",
        "它说的话很多。",
        "它五岁了，十二了。",
        "它长的毛很白。",
        "它现在在哪里？肚子饿的问题解决了。",
        "它们都说“不知道。”",
        "古诗里写的：“一将功成万骨枯”，它懂了。",
        "它的病好不了了。",
        "它说：“瞧见了吗，那就是猫！”",
        "它不断地回头看着那条路，又看着天上飞来飞去的鸟儿。",
    ],
)
def test_what_only_looks_like_a_slip_is_none(text):
    assert proof.slip(STORY + text) is None


@pytest.mark.parametrize("beginning", ["只小猫走了过来。", "，小猫走了过来。", "位老人走了过来。"])
def test_a_beginning_that_was_cut_off_is_a_slip(beginning):
    assert proof.slip(beginning + STORY) == beginning[0]


@pytest.mark.parametrize(
    "beginning",
    [
        "一次，他们看到一只鸟。",
        "皮皮就夹着书去上学。",
        "山谷回音有个男孩住在山里。",
        "贤士与庸才一天，国王出门。",
        "卖书一个作家来了。",
    ],
)
def test_a_story_that_begins_in_the_middle_or_with_its_title_is_careless(beginning):
    assert proof.slip(beginning + STORY) is not None


@pytest.mark.parametrize(
    "beginning",
    [
        "从前有个男孩住在山里。",
        "很久以前，他还小。",
        "院子里有一只鸡。",
        "古时候一个商人出门。",
        "狮子被一只鹿撞伤了。",
        "从前一个商人出门。",
        "狐狸一个人出门。",
        "这个夏天很热。",
        "偶然一天，小猫来了。",
        "小猫一天天长大。",
        "其实天还早。",
    ],
)
def test_a_plain_beginning_is_none(beginning):
    assert proof.slip(beginning + STORY) is None


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


@pytest.mark.parametrize(("length", "reason"), [(400, None), (401, "long_story")])
def test_the_longest_story(length, reason):
    story = STORY + "它走了又走，" * 49
    story += "慢慢走走看看"[: length - len(story) - 4] + "回来了。"
    found = proof.fault(story)
    assert (len(story), found[0] if found else None) == (length, reason)


@pytest.mark.parametrize(("events", "reason"), [("它来了，它走了。", None), ("它来了，它去。", "nothing_happens")])
def test_an_essay_is_told_without_events(events, reason):
    essay = "每个人的心里都应该有一片森林，森林里应该有高高的大树和清清的小溪，" * 4 + "“这样才好。”"
    found = proof.fault(essay + events)
    assert (found[0] if found else None) == reason


@pytest.mark.parametrize(
    ("speech", "reason"),
    [("乌龟叫它坐到背上来。", "without_speech"), ("牌子上写着“小心”。", "without_speech"), ("乌龟说：“上来。”", None)],
)
def test_a_story_without_speech_was_abridged_and_is_not_trusted(speech, reason):
    found = proof.fault(STORY.replace("乌龟看见了，说：“坐到我背上来吧。”", speech))
    assert (found[0] if found else None) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("他很高兴。", "changing_pronoun"),
        ("农夫看见了，他很高兴，他笑了。", None),
        ("农夫看见了它，它高兴，他笑了。", "changing_pronoun"),
        ("其他的小狐狸也来了。", None),
    ],
)
def test_what_is_it_and_then_he_was_not_read_again(text, reason):
    found = proof.fault(STORY + text)
    assert (found[0] if found else None) == reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("它到小泥家来。它到小妮家去。", ("changing_name", "小妮家, 小泥家")),
        ("可以玩遍园内所有设施。", None),
    ],
)
def test_doubtful_names_are_told(text, found):
    assert proof.fault(STORY + text) == found


@pytest.mark.parametrize(("length", "careless"), [(29, False), (30, True)])
def test_a_clause_of_thirty_characters_has_lost_a_mark(length, careless):
    clause = "小狐狸和乌龟一起坐在河边的大石头上看着天上慢慢飘过去的白云还有飞鸟"[:length]
    assert len(clause) == length
    assert (proof.slip(f"{STORY}{clause}。") is not None) == careless


@pytest.mark.parametrize(("things", "reason"), [(2, None), (3, "changing_pronoun")])
def test_one_he_among_three_its_is_a_slip_though_people_are_told_of(things, reason):
    story = STORY.replace("它", "狐狸") + "农夫看见了它。" + "它走了。" * (things - 1) + "他笑了。"
    found = proof.fault(story)
    assert (story.count("它"), found[0] if found else None) == (things, reason)
