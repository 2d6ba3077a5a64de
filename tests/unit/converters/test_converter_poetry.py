from __future__ import annotations

import pytest

from converters.contract import Example, Reject, Settings
from converters.sources.poetry import COMPOSE, NEXT, from_lyric, from_poem

SETTINGS = Settings()
# written for this test: four verses of five characters, traditional
QUATRAIN = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
LYRIC = ["小楼昨夜东风早。", "绿了池边草。", "燕子来时人未老。", "帘外斜阳，阶前流水，都是春光好。"]


def poem(**changes) -> dict:
    return {"author": "無名氏", "paragraphs": QUATRAIN, "title": "春日", "id": "x"} | changes


def lyric(**changes) -> dict:
    return {"author": "某人", "paragraphs": LYRIC, "rhythmic": "清平乐"} | changes


def made(outcomes) -> dict[str, Example | Reject]:
    assert sorted(outcome.dataset for outcome in outcomes) == [COMPOSE, NEXT]
    return {outcome.dataset: outcome for outcome in outcomes}


def reasons(outcomes) -> set[str]:
    return {outcome.reason if isinstance(outcome, Reject) else "kept" for outcome in outcomes}


def test_a_poem_is_asked_for_by_title_and_form_and_answered_in_simplified_script():
    example = made(from_poem(poem(), SETTINGS))[COMPOSE]
    assert "春日" in example.messages[0].content
    assert "五言四句" in example.messages[0].content
    assert example.messages[1].content == "春风开绿树，细雨润红花。\n独坐听啼鸟，闲来问酒家。"
    assert example.original == "\n".join(QUATRAIN)


@pytest.mark.parametrize("name", ["绝", "律", "古风", "排律"])
def test_no_form_that_tones_must_confirm_is_named(name):
    for lines in (QUATRAIN, QUATRAIN * 2, QUATRAIN * 4):
        for title in ("春日", "山居", "送友人", "江上", "秋夜"):
            example = made(from_poem(poem(paragraphs=lines, title=title), SETTINGS))[COMPOSE]
            assert name not in example.messages[0].content


def test_the_original_script_is_kept_when_asked_for():
    example = made(from_poem(poem(), Settings(script="original")))[COMPOSE]
    assert (example.messages[1].content, example.original) == ("\n".join(QUATRAIN), "")


def test_a_lyric_is_asked_for_by_its_tune():
    example = made(from_lyric(lyric(rhythmic="清平乐・忆萝月"), SETTINGS))[COMPOSE]
    assert "《清平乐》" in example.messages[0].content
    assert example.messages[1].content == "\n".join(LYRIC)


def test_the_next_line_follows_the_lines_that_were_shown():
    simplified = "".join(["春风开绿树，细雨润红花。", "独坐听啼鸟，闲来问酒家。"])
    example = made(from_poem(poem(), SETTINGS))[NEXT]
    answer = example.messages[1].content
    shown = [line for line in example.messages[0].content.split("\n") if line in simplified]
    assert shown
    assert "".join(shown) + answer in simplified


def test_the_next_line_of_a_lyric_follows_too():
    example = made(from_lyric(lyric(), SETTINGS))[NEXT]
    shown = [line for line in example.messages[0].content.split("\n") if line in LYRIC]
    assert "".join(shown) + example.messages[1].content in "".join(LYRIC)


def test_both_tasks_and_a_second_printing_under_another_name_share_a_document():
    first = made(from_poem(poem(), SETTINGS))
    second = made(
        from_poem(
            poem(title="無題", author="別人", paragraphs=[line.replace("，", "！") for line in QUATRAIN]), SETTINGS
        )
    )
    assert first[COMPOSE].document == first[NEXT].document == second[COMPOSE].document
    assert first[COMPOSE].same_as == second[COMPOSE].same_as


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["春風開□樹，細雨潤紅花。", QUATRAIN[1]], "missing_characters"),
        (["春風開{艹/尔}樹，細雨潤紅花。", QUATRAIN[1]], "missing_characters"),
        (["（以上劉瑛整理）。"], "editor_note"),
        ([*QUATRAIN, "作者不詳。"], "editor_note"),
        (["弔春風開綠樹，細雨潤紅花。", QUATRAIN[1]], "uneven_verse"),
        (["春風開a樹，細雨潤紅花。", QUATRAIN[1]], "odd_characters"),
        ([], "empty_text"),
        (["，。"], "empty_text"),
        ("春風開綠樹", "missing_columns"),
    ],
)
def test_a_text_that_is_no_whole_poem_is_rejected_for_both_tasks(lines, reason):
    assert reasons(from_poem(poem(paragraphs=lines), SETTINGS)) == {reason}


def test_collation_marks_are_cleaned_and_the_poem_kept():
    lines = ["[春]風開綠樹（一作「桃李」），細雨潤紅花。", QUATRAIN[1]]
    example = made(from_poem(poem(paragraphs=lines), SETTINGS))[COMPOSE]
    assert example.messages[1].content.startswith("春风开绿树，细雨")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paragraphs": QUATRAIN * 11}, "too_long"),
        ({"title": "聞館中宣賜賞雪賦詩之會書五十六字呈秘閣侍郎並寄諸公"}, "long_title"),
        ({"title": "失題"}, "untitled"),
        ({"title": "寄□君"}, "title_damaged"),
    ],
)
def test_what_nobody_can_be_asked_to_write_is_still_good_for_the_next_line(changes, reason):
    outcomes = made(from_poem(poem(**changes), SETTINGS))
    assert outcomes[COMPOSE].reason == reason
    assert isinstance(outcomes[NEXT], Example)


@pytest.mark.parametrize("title", ["句", "句  其一○", "存目  其三"])
def test_single_lines_that_survived_are_fragments(title):
    assert reasons(from_poem(poem(title=title), SETTINGS)) == {"fragment"}


def series():
    """Five poems of one series that differ in their first verse."""
    openings = ["日光開綠樹", "山青開綠樹", "草長開綠樹", "風吹開綠樹", "江流開綠樹"]
    numbered = zip("一二三四五", openings, strict=True)
    return [poem(title=f"山居五首 {n}", paragraphs=[f"{first}，細雨潤紅花。", QUATRAIN[1]]) for n, first in numbered]


def test_at_most_three_poems_under_one_title_and_a_series_is_one_title(run, written, write_lines):
    run("poetry", write_lines("poet.tang.0.json", *series()))
    for dataset in (COMPOSE, NEXT):
        assert len(written.kept(dataset)) == 3
        assert written.rejects(dataset) == [("4", "title_cap"), ("5", "title_cap")]


def test_lyrics_to_one_tune_are_capped_where_the_tune_is_all_that_is_asked(run, written, write_lines):
    lyrics = [lyric(paragraphs=[f"{first}昨夜东风早。", *LYRIC[1:]]) for first in ("小楼", "高楼", "江楼", "西楼")]
    run("poetry", write_lines("ci.song.0.json", *lyrics))
    assert [len(written.kept(dataset)) for dataset in (COMPOSE, NEXT)] == [3, 4]


def test_golden_lines(run, written, write_lines):
    run("poetry", write_lines("poet.tang.0.json", poem(author="某人")), "--eval-share", "0")
    (compose,), (following,) = written.lines(f"{COMPOSE}.jsonl"), written.lines(f"{NEXT}.jsonl")
    assert compose["messages"] == [
        {"role": "user", "content": "写一首五言四句的诗，题目是《春日》。"},
        {"role": "assistant", "content": "春风开绿树，细雨润红花。\n独坐听啼鸟，闲来问酒家。"},
    ]
    assert following["messages"] == [
        {"role": "user", "content": "下面是一首古诗中的几句，请接着写下一联：\n春风开绿树，细雨润红花。"},
        {"role": "assistant", "content": "独坐听啼鸟，闲来问酒家。"},
    ]
    assert compose["meta"] == {
        "file": "poet.tang.0.json",
        "record": "1",
        "document": following["meta"]["document"],
        "licence": "MIT (chinese-poetry); the poems are in the public domain",
        "author": "某人",
        "title": "春日",
        "original": "\n".join(QUATRAIN),
    }
