from __future__ import annotations

import pytest

from converters.conversations.stories import LEAST_FABLE, asks_for_story, fault, told

HAPPY = "从前有一只小狐狸，它走出森林，看见了一条河。它想过河，于是去找乌龟帮忙。"
END = "最后，它们一起到了对岸，成了好朋友。"
STORY = HAPPY * 4 + END


@pytest.mark.parametrize(
    "request_",
    [
        "写一个关于友谊的童话。",
        "给我讲个睡前故事",
        "编一则寓言，主角是乌鸦",
        "请创作一篇科幻小说。",
        "续写这个故事：从前……请写一个结局完整的故事",
    ],
)
def test_requests_for_a_story(request_):
    assert asks_for_story(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "给这个故事起个标题。",
        "写一个故事大纲。",
        "总结下面的故事。",
        "什么是童话？",
        "写出小说的主角。",
        "推荐一部小说。",
        "写一篇读后感，关于《一千零一夜故事》",
        "写一首诗。",
        "用两句话写一个故事。",
    ],
)
def test_requests_about_stories_or_for_something_else(request_):
    assert not asks_for_story(request_)


def test_what_stands_around_a_story_goes_and_its_title_stays():
    assert told(f"好的，以下是一个故事：\n\n{STORY}\n\n希望你喜欢这个故事。") == STORY
    assert told(f"《小狐狸》\n{STORY}") == f"《小狐狸》\n{STORY}"


def test_a_story_that_ends_is_good():
    assert fault(STORY) is None


@pytest.mark.parametrize(
    ("reason", "story"),
    [
        ("short_story", HAPPY + END),
        ("listed_story", "1. 狐狸\n2. 乌龟\n3. 河\n" + STORY),
        ("unfinished_story", STORY + "这时，一只狼"),
        ("unfinished_story", STORY + "（未完待续）"),
        ("nothing_happens", "狐狸是一种动物，毛皮红色，尾巴蓬松，住在森林里，以小动物为食。" * 5),
    ],
)
def test_a_text_that_is_no_good_story_is_rejected_by_name(reason, story):
    assert fault(story)[0] == reason


def test_what_people_wrote_may_be_shorter():
    fable = HAPPY + END + "大家都很高兴，从此常常来往，互相帮助。"
    assert fault(fable)[0] == "short_story"
    assert fault(fable, LEAST_FABLE) is None


def test_how_long_a_story_is():
    happening = "它走了，又走了，来到了那里，说了话。"
    count = sum("\u4e00" <= character <= "\u9fff" for character in happening)
    assert fault(happening + "春" * (120 - count) + "。") is None
    assert fault(happening + "春" * (119 - count) + "。")[0] == "short_story"
    assert fault(happening + "春" * (60 - count) + "。", LEAST_FABLE) is None
    assert fault(happening + "春" * (59 - count) + "。", LEAST_FABLE)[0] == "short_story"


def test_four_things_happen_in_a_story():
    assert fault("它走了，又走了。" + "春" * 120 + "。") is None
    assert fault("它走了，又走。" + "春" * 120 + "。")[0] == "nothing_happens"


def test_two_lines_of_a_list_are_no_outline():
    assert fault("1. 狐狸\n2. 乌龟\n" + STORY) is None
