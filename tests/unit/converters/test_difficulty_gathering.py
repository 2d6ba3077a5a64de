"""What difficulty reads of the data before a model is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from converters.contract import SourceError
from converters.mixing.registry import FORMAT
from converters.quality.difficulty.gathering import Request, gathered
from converters.quality.difficulty.held import _others


def line(name: str, at: int, answer: str = "", **meta: str) -> dict[str, Any]:
    said = [
        {"role": "user", "content": f"{name}{at}是什么？"},
        {"role": "assistant", "content": answer or f"{name}{at}答"},
    ]
    return {"messages": said, "id": f"{name}:{at}", "meta": meta}


@pytest.fixture
def folder(tmp_path: Path):
    """`folder(verse=(rows, entry), …)` writes and registers datasets, and gives their folder."""

    def write(**sets: tuple[list[dict[str, Any]], dict[str, Any]]) -> Path:
        registry = {}
        for name, (rows, entry) in sets.items():
            registry[name] = {"file_name": f"{name}.jsonl", **FORMAT, **entry}
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        (tmp_path / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
        return tmp_path

    return write


def many(name: str, count: int) -> list[dict[str, Any]]:
    return [line(name, at) for at in range(count)]


FOUNDATION = {"mix": {"group": "foundation", "weight": 1}}
HELD_OUT = {"eval": {"task": "knowledge", "stage": "domain"}}


def test_items_are_spread_over_the_file_and_each_id_is_asked_once(folder):
    rows = many("verse", 20)
    found = gathered(Request(folder(verse=(rows + rows, {}), belle=(many("belle", 9), FOUNDATION)), "verse", 10))
    assert [item.row.id for item in found.items] == [f"verse:{at}" for at in range(1, 20, 2)]


def test_what_a_small_general_set_lacks_a_larger_one_gives(folder):
    place = folder(
        verse=(many("verse", 12), {}),
        belle=(many("belle", 3), FOUNDATION),
        wiki=(many("wiki", 50), FOUNDATION),
        alpaca=(many("alpaca", 50), FOUNDATION),
    )
    found = gathered(Request(place, "verse", 23))
    assert {name: len(rows) for name, rows in found.general.items()} == {"belle": 3, "wiki": 10, "alpaca": 10}
    assert found.digests.keys() == {"verse", "belle", "wiki", "alpaca"}


def test_general_examples_are_none_of_the_dataset_itself(folder):
    place = folder(mix=(many("verse", 12) + many("belle", 4), {}), belle=(many("belle", 8), FOUNDATION))
    found = gathered(Request(place, "mix", 20))
    assert [row.id for row in found.general["belle"]] == ["belle:4", "belle:5", "belle:6", "belle:7"]
    with pytest.raises(SourceError, match="not in the dataset itself"):
        gathered(Request(place, "mix", 20, references=("mix",)))


def test_held_out_items_are_shown_examples_of_the_training_side(folder):
    place = folder(
        verse=(many("train", 12), {}), verse_eval=(many("held", 12), HELD_OUT), belle=(many("belle", 9), FOUNDATION)
    )
    found = gathered(Request(place, "verse_eval", 12))
    assert (found.shots_from, found.task) == ("verse", "knowledge")
    assert {row.id.split(":")[0] for row in found.candidates} == {"train"}
    assert gathered(Request(place, "verse", 12)).task == "knowledge"
    assert gathered(Request(place, "verse", 12, shots_from="belle")).shots_from == "belle"
    assert gathered(Request(place, "verse", 12, shots=(0,))).candidates == ()


def test_an_answer_is_one_fact_though_its_item_may_be_shown_to_others(folder):
    rows = [line("verse", at, answer=chr(0x4E00 + 99 * at) + "某") for at in range(12)]
    found = gathered(Request(folder(verse=(rows, {}), belle=(many("belle", 9), FOUNDATION)), "verse", 12))
    assert all(item.facts for item in found.items)


def test_the_source_of_another_item_states_none_of_its_facts(folder):
    people = [f"{chr(0x4E00 + 99 * at)}某" for at in range(10)]
    texts = [f"{who}写了它。" for who in people]
    texts[1] = f"{people[0]}和{people[1]}都写了它。"
    rows = [line("verse", at, answer=people[at], passage=texts[at]) for at in range(10)]
    found = gathered(Request(folder(verse=(rows, {}), belle=(many("belle", 9), FOUNDATION)), "verse", 10))
    assert [item.source for item in found.items] == texts
    assert _others(found.items) == [texts[2], *texts[2:], texts[0]]


def test_fewer_than_ten_examples_say_nothing(folder):
    place = folder(verse=(many("verse", 9), {}), belle=(many("belle", 9), FOUNDATION))
    with pytest.raises(SourceError, match="at least 10 examples"):
        gathered(Request(place, "verse", 200))


def test_pairs_to_choose_from_are_no_task(folder):
    place = folder(pairs=(many("pairs", 12), {"ranking": True}), belle=(many("belle", 9), FOUNDATION))
    with pytest.raises(SourceError, match="pairs to choose from"):
        gathered(Request(place, "pairs", 12))
