from __future__ import annotations

import json

import pytest

# written for this test
FOUR = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
LYRIC = [
    "小院深深落照斜。",
    "一帘疏雨湿桐花。",
    "薄寒微醉不思家。",
    "燕子不知春已老，衔泥犹绕旧窗纱。",
    "阑干倚遍数归鸦。",
]


def poem(**changes) -> dict:
    return {"author": "某人", "paragraphs": FOUR, "title": "春日", "id": "x"} | changes


def lyric(**changes) -> dict:
    return {"author": "某人", "paragraphs": LYRIC, "rhythmic": "浣溪沙"} | changes


def series() -> list[dict]:
    """Six poems of one series that differ in their first verse."""
    openings = ["日光開綠樹", "山青開綠樹", "草長開綠樹", "雲移開綠樹", "江流開綠樹", "天寒開綠樹"]
    numbered = zip("一二三四五六", openings, strict=True)
    return [poem(title=f"山居六首 {n}", paragraphs=[f"{first}，細雨潤紅花。", FOUR[1]]) for n, first in numbered]


def test_at_most_three_poems_under_one_title_and_a_series_is_one_title(run, written, write_lines):
    run("poetry", write_lines("poet.tang.0.json", *series()))
    assert len(written.kept("poetry_next")) == 3
    assert [reason for _, reason in written.rejects("poetry_next")] == ["cap_alike"] * 3


def test_lyrics_to_one_tune_are_capped_where_the_tune_is_all_that_is_asked(run, written, write_lines):
    firsts = [
        "小院",
        "深院",
        "寒院",
        "旧院",
        "空院",
        "芳院",
        "荒院",
        "西院",
        "东院",
        "南院",
        "北院",
        "前院",
        "后院",
        "竹院",
        "梅院",
        "柳院",
    ]
    run(
        "poetry",
        write_lines(
            "ci.song.0.json", *(lyric(paragraphs=[LYRIC[0].replace("小院", first), *LYRIC[1:]]) for first in firsts)
        ),
    )
    kept = len(written.kept("poetry_compose")), len(written.kept("poetry_theme"))
    assert kept[0] <= 3
    assert sum(kept) + sum(reason == "cap_alike" for _, reason in written.rejects("poetry_compose")) == len(firsts)
    assert len(written.kept("poetry_next")) == len(firsts)


def test_hymns_are_no_more_than_a_hundredth(run, written, write_lines):
    hymns = [
        poem(title=f"郊廟歌辭 祀天樂章 {name}", paragraphs=[f"{name}風開綠樹，細雨潤紅花。", FOUR[1]])
        for name in "東南西北中"
    ]
    run("poetry", write_lines("poet.tang.0.json", *hymns, poem()))
    assert [line["meta"]["kind"] for line in written.kept("poetry_next")] == ["poem"]
    assert {reason for _, reason in written.rejects("poetry_next")} <= {"cap_ritual", "cap_alike"}


def test_a_poem_in_two_files_is_one_poem(run, written, write_lines):
    twice = poem(title="無題", author="別人", paragraphs=[line.replace("，", "！") for line in FOUR])
    run("poetry", write_lines("poet.tang.0.json", poem(), twice))
    assert len(written.kept("poetry_next")) == 1
    assert [reason for _, reason in written.rejects("poetry_next")] == ["duplicate"]


def test_both_layouts_of_the_repository_are_read_and_what_is_no_poem_is_passed_over(run, written, tmp_path):
    for folder in ("json", "全唐诗"):
        base = tmp_path / "raw" / "poetry" / folder
        (base / "error").mkdir(parents=True)
        (base / "poet.tang.0.json").write_text(json.dumps([poem(title=f"春日{folder}")]), "utf-8")
        (base / "error" / "poet.tang.0.json").write_text(json.dumps([poem(error_type=["x"])]), "utf-8")
        (base / "authors.tang.json").write_text(json.dumps([{"name": "某人", "desc": "", "id": "x"}]), "utf-8")
    result = run("poetry")
    assert result.code == 0
    assert {entry["path"] for entry in written.manifest("poetry_next")["inputs"]} == {
        "json/poet.tang.0.json",
        "全唐诗/poet.tang.0.json",
    }
    assert "passed over 4 files" in result.out + result.err


@pytest.mark.parametrize(("words", "first"), [((), "春风开绿树"), (("--script", "original"), "春風開綠樹")])
def test_the_answers_are_simplified_by_default_and_original_when_asked_for(run, written, write_lines, words, first):
    run("poetry", write_lines("poet.tang.0.json", poem()), *words)
    (line,) = written.kept("poetry_next")
    assert first in line["messages"][0]["content"]
    assert (line["meta"]["original"] == "") == bool(words)
