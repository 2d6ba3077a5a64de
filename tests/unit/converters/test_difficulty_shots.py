"""Which items are asked, which examples stand before them, and which sets are general?"""

from __future__ import annotations

import json

import pytest

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.mixing.registry import FORMAT
from converters.quality.difficulty.general import general_sets
from converters.quality.difficulty.room import fitting
from converters.quality.difficulty.shots import shots_for, shown
from converters.quality.difficulty.spread import spread
from converters.quality.rows import Row


def row(number: int, *, document: str = "", system: str = "", question: str = "", answer: str = "") -> Row:
    said = (Turn("user", question or f"问{number}"), Turn("assistant", answer or f"答{number}"))
    return Row(number, f"r:{number}", ((Turn("system", system),) if system else ()) + said, "", document, "")


def test_items_are_spread_evenly_over_the_file():
    assert list(spread(10, 5)) == [1, 3, 5, 7, 9]
    assert list(spread(3, 10)) == [0, 1, 2]
    assert list(spread(0, 10)) == []


def test_an_item_never_sees_its_own_document_question_answer_or_itself():
    candidates = [
        row(1, document="d"),
        row(2, question="问 0！"),
        row(3, answer="答0。"),
        row(0),
        row(4, document="e"),
        row(5),
    ]
    assert [shot.number for shot in shots_for(row(0, document="d"), candidates, 4)] == [4, 5]


def test_examples_with_the_items_own_system_message_come_first():
    candidates = [row(1, system="甲"), row(2), row(3, system="乙")]
    assert [shot.number for shot in shots_for(row(0, system="乙"), candidates, 2)] == [3, 1]


def test_nearly_all_items_have_the_same_examples():
    candidates = [row(number, document=f"d{number}") for number in range(1, 20)]
    found = [[shot.number for shot in shots_for(row(50 + at, document=f"d{at}"), candidates, 3)] for at in range(10)]
    assert found.count([1, 2, 3]) == 7


def test_examples_are_earlier_turns_under_the_items_system_message():
    turns = shown([row(1, system="甲"), row(2)], row(0, system="乙"))
    assert [(turn.role, turn.content) for turn in turns] == [
        ("system", "乙"),
        ("user", "问1"),
        ("assistant", "答1"),
        ("user", "问2"),
        ("assistant", "答2"),
        ("user", "问0"),
        ("assistant", "答0"),
    ]


def test_what_is_too_long_to_be_shown_comes_last_the_shortest_first():
    candidates = [row(90), row(10), row(60), row(20), row(70)]
    found = fitting(candidates, lambda each: each.number, context=200, count=2)  # 50 tokens each
    assert [each.number for each in found] == [10, 20, 60, 70, 90]


# ---- general sets


@pytest.fixture
def registry(tmp_path):
    def write(**entries):
        made = {}
        for name, (lines, more) in entries.items():
            (tmp_path / f"{name}.jsonl").write_text("{}\n" * lines, encoding="utf-8")
            made[name] = {"file_name": f"{name}.jsonl", **FORMAT, **more}
        (tmp_path / "dataset_info.json").write_text(json.dumps(made), encoding="utf-8")
        return made

    return write


HELD_OUT = {"eval": {"task": "instruction", "stage": "foundation"}}
CHOICES = {"eval": {"task": "multiple_choice", "stage": "foundation"}}
VERSE = {"eval": {"task": "verse", "stage": "domain"}}
FOUNDATION = {"mix": {"group": "foundation", "weight": 1}}


def test_what_was_held_out_of_the_foundation_is_general_and_choices_are_not(tmp_path, registry):
    made = registry(belle_eval=(50, HELD_OUT), belle=(500, FOUNDATION), cmmlu=(90, CHOICES), verse_eval=(50, VERSE))
    assert general_sets(tmp_path, made, "verse", 50) == ["belle_eval"]


def test_where_too_little_was_held_out_training_data_of_the_foundation_join_it(tmp_path, registry):
    made = registry(belle_eval=(2, HELD_OUT), belle=(500, FOUNDATION), verse=(9, {"mix": {"group": "domain"}}))
    assert general_sets(tmp_path, made, "verse", 50) == ["belle_eval", "belle"]


def test_a_set_is_not_compared_with_itself_its_held_out_part_or_a_selection_of_it(tmp_path, registry):
    made = registry(
        belle=(500, FOUNDATION), belle_eval=(50, HELD_OUT), belle_selected=(9, FOUNDATION), wiki=(9, FOUNDATION)
    )
    assert general_sets(tmp_path, made, "belle", 50) == ["wiki"]
    assert general_sets(tmp_path, made, "belle_selected", 50) == ["wiki"]


def test_without_a_general_set_the_output_says_what_to_name(tmp_path, registry):
    made = registry(verse=(9, {}), empty=(0, FOUNDATION))
    with pytest.raises(SourceError, match="--reference NAME"):
        general_sets(tmp_path, made, "verse", 50)
