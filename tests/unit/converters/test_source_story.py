from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject, Settings
from converters.conversations import proof
from converters.sources.story import SOURCE, from_clozet, from_outgen, from_plotcom

CONTEXT = Context()
OPENING = "从前有一只小狐狸，住在一片很大的森林里。"
REST = (
    "有一天，它走到河边，想到对岸去摘果子，可是河上没有桥。乌龟看见了，说：“坐到我背上来吧。”"
    "小狐狸高兴地过了河，把果子分了一半给乌龟。后来，它们成了好朋友。"
)
STORY = OPENING + REST
PHRASES = ["成了好朋友", "走到河边", "小狐狸", "河上没有桥"]


def told(story: str = STORY, outline: object = PHRASES, title: object = "小狐狸过河", script: str = "simplified"):
    record = {"story": story, "outline": outline, "title": title}
    return {outcome.dataset: outcome for outcome in from_outgen(record, Context(Settings(script=script)))}


def texts(example: Example) -> list[str]:
    return [message.content for message in example.messages]


def test_one_story_gives_three_tasks_and_is_one_document():
    outcomes = told()
    assert list(outcomes) == ["story_outline", "story_continue", "story_title"]
    assert len({example.document for example in outcomes.values()}) == 1


def test_an_outline_is_told_in_the_order_of_the_story():
    request, answer = texts(told()["story_outline"])
    assert "从前有一只小狐狸；它走到河边；河上没有桥；它们成了好朋友" in request
    assert answer == STORY


def test_the_first_sentences_are_continued_to_the_end():
    request, answer = texts(told()["story_continue"])
    assert (OPENING in request, answer) == (True, REST)


def test_no_opening_breaks_off_in_a_speech():
    story = "“我今天要到河的对岸去看看。可是河上没有桥。”小狐狸想了想说。" + REST
    assert texts(told(story, PHRASES)["story_continue"])[1] == REST


def test_the_title_of_a_story_stands_in_marks():
    request, answer = texts(told(title="小狐狸")["story_title"])
    assert (STORY in request, answer) == (True, "《小狐狸》")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("勇敢", "title_not_in_story"),
        ("小狐狸的故事大全", "odd_title"),
        ("狐", "odd_title"),
        ("小狐狸<br>", "odd_title"),
        ("", "odd_title"),
    ],
)
def test_a_title_that_nobody_could_find_is_no_task_and_in_no_request(title, reason):
    outcomes = told(title=title)
    assert outcomes["story_title"].reason == reason
    assert isinstance(outcomes["story_outline"], Example)
    assert outcomes["story_outline"].title == ""


@pytest.mark.parametrize(
    ("outline", "kept"),
    [
        (PHRASES, True),
        (PHRASES[:3], True),
        (PHRASES[:2], False),
        ([*PHRASES, "老虎来了"], True),
        ([*PHRASES[:3], "老虎来了"], False),
        ([*PHRASES, "老虎来了", "下雪了"], False),
        ([*PHRASES[:2], "小狐狸", "小狐狸"], True),
        ([*PHRASES[:2], "狐"], False),
    ],
)
def test_an_outline_must_be_followed(outline, kept):
    assert isinstance(told(outline=outline)["story_outline"], Example) is kept


@pytest.mark.parametrize(
    ("reason", "story"),
    [
        ("web_leftover", STORY + "更多故事请看www.gushi.com。"),
        ("web_leftover", STORY + "\ufffd。"),
        ("short_story", OPENING),
        ("unfinished_story", STORY + "这时，一只狼"),
        ("careless", STORY.replace("小狐狸高兴地过", "小狐狸高兴的过")),
        ("open_quotation", STORY.replace("“", "")),
        ("told_by_me", STORY.replace("从前有", "我养过")),
        ("long_story", STORY * 8),
    ],
)
def test_a_bad_story_is_rejected_in_all_three(reason, story):
    assert {outcome.reason for outcome in told(story).values()} == {reason}


def test_a_story_that_leaves_nothing_to_continue_is_rejected_there_alone():
    outcomes = told(
        "从前有一只小狐狸走到河边坐了下来，它看着对岸的果子，心里想着怎么才能过去摘它们，想了又想。"
        + "它发现河上没有桥，就去找乌龟说：“河上没有桥。”乌龟想了一会儿，带着它游了过去。"
        + "它想了很久，后来成了好朋友。",
        PHRASES,
    )
    assert isinstance(outcomes["story_continue"], Reject)
    assert isinstance(outcomes["story_outline"], Example)


def continued(story: str) -> str:
    """The opening that is given, or "" if there is none."""
    outcome = told(story)["story_continue"]
    return story.removesuffix(texts(outcome)[1]) if isinstance(outcome, Example) else ""


@pytest.mark.parametrize(
    "phrases", [["一只小狐狸", "一片很大的森林", "有一天"], ["坐到我背上", "果子分了一半", "成了好朋友"]]
)
def test_an_outline_tells_of_both_halves_of_a_story_in_three_clauses(phrases):
    assert told(outline=phrases)["story_outline"].reason == "no_outline"


def test_nobody_continues_what_was_only_announced():
    story = "小狐狸后来到底有没有过河呢？我们来听一听。" + REST
    assert told(story.replace("我们", "大家"))["story_continue"].reason == "no_opening"


def test_how_long_an_opening_is():
    rest = REST.replace("。", "；", 1)
    assert continued("一" * 14 + "。" + rest) == "一" * 14 + "。"
    assert continued("一" * 13 + "。" + rest) == ""


@pytest.fixture
def trusted(monkeypatch):
    """No story is doubted: what is measured here is made of one character."""
    monkeypatch.setattr(proof, "fault", lambda story: None)


@pytest.mark.usefixtures("trusted")
def test_an_opening_is_at_most_two_fifths_of_its_story():
    rest = "她走了又想，说着说着就来到了" + "二" * 51 + "。"
    assert continued("一" * 43 + "。" + rest) == "一" * 43 + "。"
    assert continued("一" * 44 + "。" + rest) == ""


@pytest.mark.usefixtures("trusted")
def test_sixty_characters_are_left_to_continue():
    rest = "她走了又想说着说着就来到了"
    assert continued("一" * 19 + "。" + rest + "二" * 47 + "。") != ""
    assert continued("一" * 19 + "。" + rest + "二" * 46 + "。") == ""


@pytest.mark.parametrize(
    ("outline", "title"), [("走到河边", "小狐狸"), (PHRASES, 3), ([1, 2, 3], "小狐狸"), (None, "小狐狸")]
)
def test_columns_of_another_type_are_rejected(outline, title):
    assert {outcome.reason for outcome in told(outline=outline, title=title).values()} == {"missing_columns"}


def test_a_title_may_be_absent():
    outcomes = from_outgen({"story": STORY, "outline": PHRASES}, CONTEXT)
    assert [type(outcome) for outcome in outcomes] == [Example, Example, Reject]


def test_marks_of_ascii_become_chinese_and_the_script_simplified():
    story = STORY.replace("，", ",").replace("后来", "後來")
    assert texts(told(story)["story_outline"])[1] == STORY
    assert "後來" in texts(told(story, script="original")["story_outline"])[1]


def test_a_sentence_that_was_taken_out_is_put_back():
    masked = STORY.replace("乌龟看见了，", "<MASK>")
    example = from_plotcom({"story": masked, "plot": "乌龟看见了，"}, CONTEXT)[0]
    assert texts(example)[1] == REST
    example = from_clozet({"story": masked, "plot0": "狼来了，", "plot1": "乌龟看见了，", "label": "1"}, CONTEXT)[0]
    assert texts(example)[1] == REST


@pytest.mark.parametrize("story", [STORY, STORY + "<MASK><MASK>", None])
def test_a_story_without_its_one_gap_is_rejected(story):
    assert from_plotcom({"story": story, "plot": "乌龟看见了，"}, CONTEXT)[0].reason == "missing_columns"


def test_a_label_that_names_no_sentence_is_rejected():
    record = {"story": STORY.replace("乌龟看见了，", "<mask>"), "plot0": "一。", "plot1": "二。", "label": 7}
    assert from_clozet(record, CONTEXT)[0].reason == "missing_columns"


def test_pieces_of_novels_are_known_and_not_converted():
    assert [shape.name for shape in SOURCE.formats if shape.unsupported] == ["senpos"]
