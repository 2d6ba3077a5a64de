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


# ---- how much is held out, to say whether it was learned


def held_out(run, written, write_lines, rows, *words):
    path = write_lines("rows.jsonl", *[{"问题": f"第{n}题怎么做？", "回答": f"第{n}题先读题。"} for n in range(rows)])
    assert run("custom", path, *words).code == 0
    counts = written.manifest("custom")["counts"]
    assert counts["train"] + counts["eval"] == rows
    assert len(written.lines("custom_eval.jsonl")) == counts["eval"]
    return counts["eval"]


@pytest.mark.parametrize(("rows", "expected"), [(200, 40), (100, 20), (7, 1), (4, 0), (1_000, 40), (3_000, 60)])
def test_forty_rows_of_ones_own_are_held_out_or_a_fifth_of_few_or_two_hundredths_of_many(
    run, written, write_lines, rows, expected
):
    assert held_out(run, written, write_lines, rows) == expected


def test_a_share_that_the_user_names_is_the_share(run, written, write_lines):
    assert held_out(run, written, write_lines, 200, "--eval-share", "0") == 0
    assert 5 <= held_out(run, written, write_lines, 200, "--eval-share", "0.1") <= 35
    assert held_out(run, written, write_lines, 200, "--max-eval", "10") == 10


def test_the_rows_that_are_trained_on_keep_their_order(run, written, write_lines):
    held_out(run, written, write_lines, 200)
    records = [int(line["meta"]["record"]) for line in written.lines("custom.jsonl")]
    assert records == sorted(records)


def test_which_rows_are_held_out_does_not_depend_on_their_order(run, written, write_lines):
    rows = [{"问题": f"第{n}题怎么做？", "回答": f"第{n}题先读题。"} for n in range(100)]
    assert run("custom", write_lines("a.jsonl", *rows)).code == 0
    first = {line["id"] for line in written.lines("custom_eval.jsonl")}
    assert run("custom", write_lines("a.jsonl", *rows[::-1])).code == 0
    assert {line["id"] for line in written.lines("custom_eval.jsonl")} == first


def test_the_samples_are_read_wherever_they_are_installed(run, written):
    assert run("general", "--samples").code == 0
    assert len(written.lines("general_code.jsonl")) == 40
    assert run("wiki", "--samples").code == 2


def test_the_next_command_is_the_recipe_for_own_rows(run, mine):
    assert run("custom", mine).out.endswith("next: llamafactory-cli train recipes/own.yaml\n")
    named = run("custom", mine, "--name", "law", "--dataset-dir", "my data").out
    assert named.endswith("next: llamafactory-cli train recipes/own.yaml dataset=law 'dataset_dir=my data'\n")
