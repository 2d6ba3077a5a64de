"""Passages of a source: which are chosen, when nothing is read anew, what may never be asked about."""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from conftest import json_lines

from converters.contract import Settings, SourceError
from converters.digests import digest64
from converters.expansion import choosing
from converters.expansion.choosing import Choice
from converters.expansion.passages import Collected, collect, find_texts, read_passages
from converters.passage import Lengths, Passage
from converters.registry import SOURCES, source_named
from converters.text import key

WATER = "水车是借助水流推动水斗的转轮，外缘装有叶片和水斗，水流冲击叶片，把河水提到高处的农田，灌溉两岸的庄稼。"


def text(number: int) -> str:
    """Of 100 characters and more, each another one."""
    kept = "户人家轮流看管，每年入冬之前拆下叶片，修补以后收进库房，到了开春再装上去。"
    return f"第{number}号{WATER}{number}号水车由村里的{number}{kept}"


def gathered(paths: list[Path], target: Path, source: str = "custom", **wanted: object) -> Collected:
    said = source_named(source)
    found = find_texts(
        said, [str(path) for path in paths], raw=Path(), format_name="", encoding="auto", sources=SOURCES
    )
    columns = {"columns": "text=text,document=document"} if wanted.pop("mapped", False) else {}
    options = {option.name: option.default for option in said.options} | columns | dict(wanted.pop("options", {}))  # type: ignore[call-overload]
    settings = Settings(script=wanted.pop("script", "simplified"), options=options)  # type: ignore[arg-type]
    asked = {"number": None, "workers": 1, "report": lambda *_: None} | wanted
    return collect(said, found, settings, target=target, **asked)  # type: ignore[arg-type]


def rows_of(*documents: tuple[str, list[str]]) -> list[dict[str, str]]:
    return [{"text": each, "document": name} for name, texts in documents for each in texts]


def digest(passage: Passage) -> int:
    return digest64(key(passage.text).encode())


# ---- which are chosen


def expected(rows: list[tuple[int, int]], number: int | None, most: int) -> list[int]:
    """The same by hand: of each document the smallest, of all documents each text once, in order."""
    texts = defaultdict(set)
    for one, document in rows:
        texts[document].add(one)
    chosen = {one for found in texts.values() for one in (sorted(found)[:most] if most else found)}
    return sorted(chosen)[:number]


@pytest.mark.parametrize("number", [None, 1, 10, 60, 5000])
@pytest.mark.parametrize("most", [0, 1, 3])
def test_the_smallest_digests_are_chosen_a_few_of_each_document_and_each_text_once(number, most, monkeypatch):
    monkeypatch.setattr(choosing, "FEWEST_ROWS", 16)  # so that what cannot be chosen goes again and again
    dice = random.Random(f"{number} {most}")
    for _ in range(20):
        rows = [(dice.randrange(1, 300), dice.randrange(60)) for _ in range(dice.randrange(1, 400))]
        reserve = 1
        while True:
            choice = Choice(number, most, reserve)
            for one, document in rows:
                if one <= choice.bound:
                    choice.add(np.array([[one, document, 7 * one + document, 0]], dtype=np.uint64))
            found = choice.chosen()[:, choosing.TEXT].tolist()
            if choice.is_exact:
                break
            reserve *= 2
        assert found == expected(rows, number, most)


def test_memory_grows_with_what_is_wanted_and_not_with_what_there_is():
    choice, dice = Choice(100, 3), np.random.default_rng(0)
    largest = taken = 0
    for _ in range(300):
        rows = dice.integers(1, 2**63, (4000, 4), dtype=np.uint64)
        kept = rows[rows[:, choosing.TEXT] <= choice.bound]
        choice.add(kept)
        taken += len(kept)
        largest = max(largest, sum(map(len, choice._rows)))
    assert largest <= choosing.FEWEST_ROWS + 4000
    assert taken < 150_000  # of 1,200,000: what is kept of their lines on disk


def test_a_text_that_pushes_out_what_nobody_else_has_is_what_the_reserve_is_for(monkeypatch):
    """Texts 1 to 8 in eight documents, then 1 again in the document of 2: three of four are left, and 5 is gone."""
    monkeypatch.setattr(choosing, "FEWEST_ROWS", 8)
    seen = [*((each, each) for each in range(1, 9)), (1, 2)]
    for reserve, is_exact in ((0, False), (1, True)):
        choice = Choice(4, 1, reserve)
        for one, document in seen:
            if one <= choice.bound:
                choice.add(np.array([[one, document, 0, 0]], dtype=np.uint64))
        found = choice.chosen()[:, choosing.TEXT].tolist()
        assert choice.is_exact == is_exact
        assert found == ([1, 3, 4, 5] if is_exact else [1, 3, 4])


def test_a_reserve_that_is_used_up_means_another_pass_and_the_same_passages(tmp_path, monkeypatch):
    texts = sorted(map(text, range(30)), key=lambda each: digest64(key(each).encode()))
    rows = [{"text": each, "document": str(place)} for place, each in enumerate(texts)]
    rows += [{"text": texts[0], "document": str(place)} for place in range(1, 9)]
    path = json_lines(tmp_path / "rows.jsonl", *rows)
    whole = gathered([path], tmp_path / "a.passages.jsonl", number=10, per_document=1, mapped=True)
    monkeypatch.setattr("converters.expansion.choosing.FEWEST_ROWS", 1)
    monkeypatch.setattr("converters.engine.chunks.CHUNK_RECORDS", 1)
    monkeypatch.setattr("converters.expansion.passages.RESERVE", 1)
    monkeypatch.setattr("converters.engine.chunks._pieces", _line_by_line)
    again = gathered([path], tmp_path / "b.passages.jsonl", number=10, per_document=1, mapped=True)
    assert again.path.read_bytes() == whole.path.read_bytes()
    assert [passage.text for passage in read_passages(again.path)] == [texts[0], *texts[9:18]]
    assert (again.records, again.found, again.duplicates) == (38, 38, 8)


def _line_by_line(job, item):
    from converters.engine.chunks import Chunk

    for number, line in enumerate(item.path.read_bytes().split(b"\n")[:-1], start=1):
        yield Chunk(job, number, 0, line + b"\n", number)


def test_a_larger_number_only_adds(tmp_path):
    rows = rows_of(*((str(name), [text(100 * name + place) for place in range(8)]) for name in range(12)))
    path = json_lines(tmp_path / "rows.jsonl", *rows)
    thrice = {"per_document": 3, "mapped": True}
    found = {
        number: list(gathered([path], tmp_path / f"{number}.jsonl", number=number, **thrice).passages())
        for number in (1, 5, 17, 36, 1000)
    }
    assert [len(passages) for passages in found.values()] == [1, 5, 17, 36, 36]
    for smaller, larger in ((1, 5), (5, 17), (17, 36), (36, 1000)):
        assert found[smaller] == found[larger][: len(found[smaller])]
    assert [digest(passage) for passage in found[36]] == sorted(map(digest, found[36]))


def test_of_a_document_those_with_the_smallest_digests_are_taken_however_many_records_it_has(tmp_path):
    texts = [text(place) for place in range(20)]
    path = json_lines(tmp_path / "rows.jsonl", *rows_of(("甲", texts[:12]), ("乙", texts[12:])))
    found = gathered([path], tmp_path / "x.passages.jsonl", per_document=2, mapped=True)
    by_hand = [sorted(part, key=lambda each: digest64(key(each).encode()))[:2] for part in (texts[:12], texts[12:])]
    assert {passage.text for passage in found.passages()} == {*by_hand[0], *by_hand[1]}
    assert gathered([path], tmp_path / "y.passages.jsonl", per_document=0, mapped=True).chosen == 20


def test_a_text_comes_once_and_is_of_the_same_document_in_any_order_of_the_files(tmp_path):
    one = json_lines(tmp_path / "1.jsonl", *rows_of(("甲", [text(1), text(2)])))
    other = json_lines(tmp_path / "2.jsonl", *rows_of(("乙", [text(2), text(3), text(2).replace("，", ", ")])))
    first = gathered([one, other], tmp_path / "a.passages.jsonl", mapped=True)
    second = gathered([other, one], tmp_path / "b.passages.jsonl", mapped=True)
    assert (first.found, first.duplicates, first.chosen) == (5, 2, 3)
    assert first.path.read_bytes() == second.path.read_bytes()


def test_any_number_of_workers_gives_the_same_bytes(tmp_path):
    paths = [
        json_lines(tmp_path / f"{name}.jsonl", *rows_of((str(name), [text(40 * name + place) for place in range(40)])))
        for name in range(3)
    ]
    alone = gathered(paths, tmp_path / "a.passages.jsonl", number=50, per_document=20)
    several = gathered(paths, tmp_path / "b.passages.jsonl", number=50, per_document=20, workers=2)
    assert alone.path.read_bytes() == several.path.read_bytes()
    assert (alone.records, alone.found, dict(alone.refused)) == (several.records, several.found, dict(several.refused))


def test_if_there_are_fewer_than_were_asked_for_all_are_taken_and_it_is_said(tmp_path):
    path = json_lines(
        tmp_path / "rows.jsonl", *rows_of(("甲", [text(1), text(2)])), {"text": "太短。", "document": "乙"}
    )
    found = gathered([path], tmp_path / "x.passages.jsonl", number=500)
    assert found.chosen == 2
    assert found.told == "2 passages (all there are; 500 were asked for), of 2 found in 3 records"
    assert dict(found.refused) == {"too_short": 1}


# ---- when nothing is read anew


@pytest.fixture
def stock(tmp_path):
    path = json_lines(tmp_path / "数据 一" / "rows.jsonl", *rows_of(*((str(n), [text(n)]) for n in range(9))))
    reads: list[int] = []

    def again(**wanted: object) -> tuple[Collected, bool]:
        reads.clear()
        target = tmp_path / "expansion" / "custom.passages.jsonl"
        found = gathered([path], target, report=lambda *_: reads.append(1), **{"number": 5, **wanted})
        assert found.is_new == bool(reads)
        return found, bool(reads)

    again()
    return path, again


def test_the_same_files_and_options_are_not_read_again(stock):
    found, is_read = stock[1]()
    assert not is_read
    assert (found.records, found.found, found.chosen) == (9, 9, 5)
    assert found.told.endswith("collected before from the same files")


def test_a_smaller_number_is_the_first_part_of_what_lies_there(stock):
    before = list(stock[1]()[0].passages())
    found, is_read = stock[1](number=3)
    assert not is_read
    assert list(found.passages()) == before[:3]
    assert not stock[1](number=5)[1]  # and the rest is still there


@pytest.mark.parametrize(
    "wanted",
    [
        {"number": 6},
        {"number": None},
        {"lengths": Lengths(99, 1500)},
        {"lengths": Lengths(100, 1400)},
        {"per_document": 1},
        {"script": "original"},
        {"options": {"licence": "MIT"}},
    ],
    ids=str,
)
def test_what_decides_about_the_passages_is_a_reason_to_read(stock, wanted):
    assert stock[1](**wanted)[1]
    assert not stock[1](**wanted)[1]


def test_a_file_that_was_touched_is_compared_by_its_sum(stock):
    path, again = stock
    os.utime(path, ns=(1, 1))
    assert not again()[1]
    path.write_bytes(path.read_bytes().replace("农田".encode(), "水田".encode()))
    assert again()[1]


def test_passages_that_were_edited_or_are_gone_are_collected_again(stock):
    found, _ = stock[1]()
    found.path.write_bytes(found.path.read_bytes()[:-9])
    assert stock[1]()[1]
    found.path.unlink()
    assert stock[1]()[1]
    found.path.with_name("custom.passages.manifest.json").write_text("{", encoding="utf-8")
    assert stock[1]()[1]


def test_all_there_are_serve_any_larger_number(stock):
    stock[1](number=None)
    found, is_read = stock[1](number=500)
    assert (is_read, found.chosen) == (False, 9)


def test_an_error_on_the_way_leaves_what_was_there(stock, tmp_path):
    found, _ = stock[1]()
    before = {path.name: path.read_bytes() for path in found.path.parent.iterdir()}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gathered([stock[0]], found.path, number=7, report=stop)
    assert {path.name: path.read_bytes() for path in found.path.parent.iterdir()} == before


def test_the_manifest_says_what_was_read_and_what_came_of_it(stock):
    path, again = stock
    found, _ = again()
    manifest = json.loads(found.path.with_name("custom.passages.manifest.json").read_text("utf-8"))
    assert manifest["counts"] == {"records": 9, "found": 9, "duplicates": 0, "refused": {}, "chosen": 5}
    assert manifest["inputs"][0]["path"] == "rows.jsonl"
    assert manifest["inputs"][0]["files"][0]["bytes"] == path.stat().st_size
    assert (manifest["source"], manifest["shortest"], manifest["longest"], manifest["number"]) == (
        "custom",
        100,
        1500,
        5,
    )


# ---- what is refused


@pytest.mark.parametrize("name", ["evaluation", "general"])
def test_what_is_there_to_measure_with_is_never_asked_about(name):
    with pytest.raises(SourceError, match="one that is there to measure with"):
        find_texts(source_named(name), ["x"], raw=Path(), format_name="", encoding="auto", sources=SOURCES)


def test_journals_of_an_expansion_are_no_texts():
    with pytest.raises(SourceError, match="expansion JOURNAL"):
        find_texts(source_named("expansion"), ["x"], raw=Path(), format_name="", encoding="auto", sources=SOURCES)


def test_a_public_evaluation_set_among_ones_own_files_is_refused(tmp_path):
    rows = [{"Question": text(n), "A": "一", "B": "二", "C": "三", "D": "四", "Answer": "A"} for n in range(3)]
    path = json_lines(tmp_path / "x.jsonl", *rows)
    with pytest.raises(SourceError, match="never to train on"):
        gathered([path], tmp_path / "x.passages.jsonl")


def test_if_nothing_is_found_it_is_said_what_was_read(tmp_path):
    path = json_lines(tmp_path / "x.jsonl", {"text": "太短。"}, {"text": "也短。"}, {"text": None})
    with pytest.raises(SourceError) as caught:
        gathered([path], tmp_path / "x.passages.jsonl")
    assert "at least one clean passage of 100 to 1,500 characters" in str(caught.value)
    assert "3 records without one (too_short 2, empty 1)" in str(caught.value)
    assert not (tmp_path / "x.passages.jsonl").exists()


def test_lengths_that_exclude_one_another_are_a_mistake(tmp_path):
    path = json_lines(tmp_path / "x.jsonl", *rows_of(("甲", [text(1)])))
    with pytest.raises(SourceError, match="at most --longest"):
        gathered([path], tmp_path / "x.passages.jsonl", lengths=Lengths(200, 100))


def test_a_record_that_cannot_be_read_is_counted(tmp_path):
    path = json_lines(tmp_path / "x.jsonl", *rows_of(("甲", [text(1), text(2)])))
    path.write_bytes(path.read_bytes() + b'{"text": \n{"text": "\xff\xfe"}\n[1]\n')
    found = gathered([path], tmp_path / "x.passages.jsonl")
    assert dict(found.refused) == {"broken_json": 1, "bad_encoding": 1, "missing_columns": 1}
    assert (found.records, found.chosen) == (5, 2)


def test_a_damaged_character_is_refused_in_every_source(tmp_path):
    path = json_lines(tmp_path / "x.jsonl", {"text": text(1)}, {"text": text(2).replace("农田", "农\ufffd")})
    assert dict(gathered([path], tmp_path / "x.passages.jsonl").refused) == {"replacement_character": 1}


def test_passages_that_somebody_edited_are_an_error_with_their_line(tmp_path):
    path = tmp_path / "x.passages.jsonl"
    path.write_text('{"text": "甲"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 1"):
        list(read_passages(path))
