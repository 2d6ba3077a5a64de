"""The tables of glosses and words, and what they say of two texts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from converters.classics import glosses
from converters.classics.glosses import learn


def test_a_character_has_glosses_and_one_that_is_seldom_met_has_none() -> None:
    assert {"忧", "考"} <= glosses.glosses("虑")
    assert glosses.glosses("鑪") == frozenset()


def test_names_of_rulers_and_dynasties_are_no_glosses_of_anything() -> None:
    checked = [
        c for line in (Path(glosses.__file__).parent / "becomes.txt").read_text("utf-8").split("\n") for c in line[:1]
    ]
    assert len(checked) > 4000
    assert not [c for c in checked if glosses.glosses(c) & learn.NAMES]


def test_characters_of_places_stay_and_verbs_do_not() -> None:
    assert glosses.stays("州")
    assert not glosses.stays("遣")
    assert glosses.mostly_stays("祖")


def test_a_word_is_one_and_a_misread_name_is_none() -> None:
    assert glosses.is_word("权势")
    assert not glosses.is_word("直担")
    assert not glosses.is_word("太宗")


def test_everyday_characters_are_those_of_the_first_level() -> None:
    assert not glosses.is_rare("王")
    assert glosses.is_rare("玢")
    assert glosses.is_rare("瑀")
    assert glosses.is_encodable("玢")
    assert not glosses.is_encodable("瑀")


def test_strangers_are_what_neither_the_text_nor_a_word_explains() -> None:
    assert list(glosses.strangers("高祖讨平之。", "直担征讨降服了他们。")) == ["担"]
    assert list(glosses.strangers("高祖讨平之。", "高祖征讨平定了他们。")) == []


def test_a_stranger_beside_its_neighbour_of_before_is_known() -> None:
    assert list(glosses.strangers("珪喜。", "王珪很高兴。")) == ["王"]
    assert list(glosses.strangers("珪喜。", "王珪很高兴。", known="王珪，太原人也。")) == []


def test_a_gloss_counts_as_a_rendering_only_if_it_came_in() -> None:
    assert glosses.unrendered("张昌降。", "张日投降。") == ["昌"]
    assert glosses.unrendered("国昌。", "国家兴盛。") == []


# ---- how they are learnt


def _corpus(folder: Path, books: int = 5) -> Path:
    for number in range(books):
        chapter = folder / f"拟书{number}" / "卷一"
        chapter.mkdir(parents=True)
        lines = [(f"王讨{name}。", f"大王讨伐{name}。") for name in "甲乙丙丁戊己庚辛"] * 5
        (chapter / "source.txt").write_text("\n".join(old for old, _ in lines), "utf-8")
        (chapter / "target.txt").write_text("\n".join(new for _, new in lines), "utf-8")
    return folder


def test_the_books_whose_modern_side_was_scanned_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "陈书" / "卷一").mkdir(parents=True)
    (tmp_path / "陈书" / "卷一" / "source.txt").write_text("王降。", "utf-8")
    (tmp_path / "陈书" / "卷一" / "target.txt").write_text("大王投降。", "utf-8")
    assert list(learn.pairs_of(tmp_path)) == []


def test_model_one_learns_what_a_character_becomes(tmp_path: Path) -> None:
    pairs = list(learn.pairs_of(_corpus(tmp_path)))
    table = learn.Table(pairs)
    for _ in range(learn.ROUNDS):
        table.learn(pairs)
    row = table.t[table.rows["讨"]]
    likeliest = max(table.columns, key=lambda m: row[table.columns[m]])
    assert likeliest in "讨伐"
    assert row[table.columns["伐"]] > row[table.columns["甲"]]
    assert table.t.sum(1) == pytest.approx(1, abs=1e-3)


def test_without_jieba_the_learner_says_what_is_missing() -> None:
    if find_spec("jieba"):
        pytest.skip("jieba is installed")
    with pytest.raises(learn.SourceError, match="jieba"):
        learn._dictionary()
