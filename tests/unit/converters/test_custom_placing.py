"""Where a user's own dataset stands in the mixtures: nowhere before it was converted, then where the user puts it."""

from __future__ import annotations

import pytest


@pytest.fixture
def mine(write_lines):
    return write_lines(
        "mine.jsonl", *[{"问题": f"第{n}题怎么做？", "回答": f"第{n}题先读题，再作答。"} for n in range(5)]
    )


def test_nothing_asks_for_a_dataset_that_the_user_does_not_have(run, written):
    run("catalog")
    assert not [name for name in written.registry() if name.startswith(("custom", "preference"))]


def test_it_gets_the_group_and_the_weight_that_the_user_names(run, written, mine):
    result = run("custom", mine, "--name", "law", "--group", "domain", "--weight", "0.3")
    assert result.code == 0, result.err
    assert written.registry()["law"]["mix"] == {"group": "domain", "weight": 0.3}
    assert written.manifest("law")["group"] == "domain"


def test_without_a_word_it_is_of_the_task_stage_with_weight_one(run, written, mine):
    run("custom", mine)
    assert written.registry()["custom"]["mix"] == {"group": "task", "weight": 1.0}


def test_a_mapping_stands_in_a_file(run, written, write_lines, tmp_path):
    path = write_lines("mine.jsonl", {"题": "一加一是多少？", "解": "一加一是二。"})
    (tmp_path / "mapping.yaml").write_text("prompt: 题\nresponse: 解\n", "utf-8")
    assert run("custom", path, "--mapping", "mapping.yaml").code == 0
    assert written.kept("custom")[0]["messages"][1]["content"] == "一加一是二。"


@pytest.mark.parametrize("words", [("--weight", "much"), ("--weight", "-1"), ("--mapping", "absent.yaml")])
def test_what_cannot_be_understood_is_an_error_and_writes_nothing(run, written, mine, words):
    result = run("custom", mine, *words)
    assert result.code == 2
    assert words[0] in result.err
    assert not written.bytes()
