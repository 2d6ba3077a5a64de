"""The real slices, where they are: how many passages each source gives, and that none of them is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_expansion_passages import gathered

from converters.contract import SourceError
from converters.expansion.passages import Collected, read_passages
from converters.licences import unlisted
from converters.passage import Passage
from converters.registry import source_named
from converters.script import has_traditional
from converters.text import han_count

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
# source -> its folders of real files, and records read, passages found, duplicates and chosen ones
SLICES = {
    "wiki": (("wikipedia",), (80, 265, 0, 151)),
    "poetry": (("poetry_chinese_poetry", "poetry_werneror"), (4878, 3879, 104, 3775)),
    "history": (("history_kanripo", "fiction_chinese_novel"), (38, 2, 0, 2)),
    "classical": (("classical_modern_v1", "classical_modern_v2", "classical_modern_bangboom"), (3201, 10, 3, 7)),
    "belle": (("belle",), (367, 3, 0, 3)),
    "alpaca_zh": (("alpaca_zh",), (563, 57, 5, 52)),
    "translation": (("parallel_tatoeba", "parallel_tmx_tico19", "parallel_translation2019zh"), (4846, 50, 0, 12)),
}
# talk is short, and the few books of the slice are left out whole
NOTHING_LONG = {
    "dialogue": ("dialogue_kdconv", "dialogue_crosswoz", "dialogue_lccc", "dialogue_moss"),
    "literature": ("fiction_chinese_novel", "folk_chinese_novel", "folk_soushenji_kanripo", "folk_xiehouyu"),
}


def folders(names: tuple[str, ...]) -> list[Path]:
    found = [DATA / name for name in names]
    missing = [path.name for path in found if not path.is_dir()]
    if missing:
        pytest.skip(f"the real slices are not on this machine: {', '.join(missing)}")
    return found


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Each slice is read once for all tests."""
    done: dict[str, Collected] = {}

    def of(source: str) -> Collected:
        if source not in done:
            target = tmp_path_factory.mktemp(source) / f"{source}.passages.jsonl"
            done[source] = gathered(folders(SLICES[source][0]), target, source)
        return done[source]

    return of


@pytest.mark.parametrize("source", SLICES)
def test_how_many_passages_a_slice_gives(collected, source):
    found = collected(source)
    assert (found.records, found.found, found.duplicates, found.chosen) == SLICES[source][1]
    assert all(re.fullmatch("[a-z0-9_]+", reason) for reason in found.refused)


@pytest.mark.parametrize("source", SLICES)
def test_every_passage_of_a_slice_is_a_whole_simplified_text_with_its_licence(collected, source):
    lengths, checked = source_named(source).passage_lengths, 0
    for passage in read_passages(collected(source).path):
        assert lengths.shortest <= len(passage.text) <= lengths.longest
        assert re.search("[。！？…；][”’」』）)》]*$", passage.text)
        assert passage.text == passage.text.strip()
        assert not re.search("\n\\s|\\s\n|\ufffd|[{}<>|]|\\[\\[|（\\s*）|  ", passage.text)
        assert han_count(passage.text) > 0.4 * len(passage.text)
        assert passage.classical or not has_traditional(passage.text)
        assert passage.source == source
        assert passage.document
        assert unlisted([passage.licence]) == []
        checked += 1
    assert checked == collected(source).chosen > 0


def test_no_article_has_more_than_three_passages_and_each_has_its_title_and_address(collected):
    passages = list(read_passages(collected("wiki").path))
    documents = [passage.document for passage in passages]
    assert max(map(documents.count, documents)) == 3
    assert all(passage.title and passage.attribution.startswith("http") for passage in passages)


def test_verse_is_classical_and_has_its_author_where_one_is_known(collected):
    passages = list(read_passages(collected("poetry").path))
    assert all(passage.classical and passage.title for passage in passages if not passage.text.endswith("。”"))
    assert sum(bool(passage.author) for passage in passages) > 0.8 * len(passages)


@pytest.mark.parametrize("source", NOTHING_LONG)
def test_a_slice_without_long_texts_says_why(tmp_path, source):
    with pytest.raises(SourceError, match="at least one clean passage of 100 to 1,500 characters"):
        gathered(folders(NOTHING_LONG[source]), tmp_path / "x.passages.jsonl", source)


def test_a_slice_is_the_same_with_two_workers_and_in_another_order(tmp_path, collected):
    paths = sorted(path for path in folders(("wikipedia",))[0].rglob("*") if path.is_file())
    found = gathered(paths[::-1], tmp_path / "x.passages.jsonl", "wiki", workers=2)
    assert {passage.text for passage in read_passages(found.path)} == {
        passage.text for passage in read_passages(collected("wiki").path)
    }
    assert found.path.read_bytes() == collected("wiki").path.read_bytes()


def test_passages_read_back_are_those_that_were_written(collected):
    for passage in read_passages(collected("history").path):
        assert Passage.from_json(passage.as_json()) == passage
