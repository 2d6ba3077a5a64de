"""`expand --pairs` as a user types it: further answers, grades, and a preference dataset beside the others."""

from __future__ import annotations

import json

import pytest
from chat_world import chat_server, texts, words

PAIRS = ("--tasks", "qa", "--pairs", "--pair-samples", 2)


def test_pairs_by_grounding_become_a_dataset_and_are_asked_for_once(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        command = words(texts(tmp_path, 8), server.url, *PAIRS)
        told = run(*command)
        assert told.code == 0, told.err
        before, asked = written.bytes(), len(server.seen())
        rows = len(written.kept("bridges_qa"))
        assert asked == 8 + 2 * rows
        assert run(*command).code == 0
        assert len(server.seen()) == asked
    assert written.bytes() == before
    lines = written.lines("bridges_preference.jsonl")
    assert lines
    kept = {json.dumps(row["messages"][:-1]): row["messages"][-1] for row in written.lines("bridges_qa.jsonl")}
    for line in lines:
        assert line["chosen"] == kept[json.dumps(line["messages"])]
        assert "三百年前" in line["rejected"]["content"]
        assert line["margin"] >= 0.2
    assert written.registry()["bridges_preference"]["ranking"] is True


def test_a_judge_grades_samples_and_references(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        told = run(*words(texts(tmp_path, 8), server.url, *PAIRS, "--score", "judge", "--score-model", "large"))
        assert told.code == 0, told.err
        rows = len(written.kept("bridges_qa"))
        # the two samples of a row are the same here, so that one of them is graded, and the reference
        assert len(server.seen()) == 8 + 2 * rows + 2 * rows
    assert {line["margin"] for line in written.lines("bridges_preference.jsonl")} == {6.0}
    report = json.loads((tmp_path / "dataset_info/data/bridges.expansion.json").read_text("utf-8"))
    assert [(one["task"], one["model"]) for one in report["pairs"]["asked"]] == [("sample", "test"), ("score", "large")]
    assert report["pairs"]["pairs"] == rows
    assert report["totals"]["tokens"]["uses"]["pairs"]["prompt"] > 0


def test_a_weaker_model_may_answer_elsewhere(tmp_path, run, written):
    other = tmp_path / "other"
    other.mkdir()
    with chat_server(tmp_path) as server, chat_server(other) as weak:
        more = ("--pairs-model", "small", "--pairs-endpoint", weak.url, "--pair-rows", 5)
        assert run(*words(texts(tmp_path, 8), server.url, *PAIRS, *more)).code == 0
        assert (len(server.seen()), len(weak.seen())) == (8, 10)
    manifest = written.manifest("bridges_preference")
    assert manifest["counts"]["records"] == 5


@pytest.mark.parametrize("score", ["grounding", "judge"])
def test_pairs_can_be_made_of_a_journal_that_has_none_yet(tmp_path, run, written, score):
    with chat_server(tmp_path) as server:
        folder = texts(tmp_path, 6)
        assert run(*words(folder, server.url, "--tasks", "qa")).code == 0
        assert run(*words(folder, server.url, *PAIRS, "--score", score, "--score-model", "large")).code == 0
        asked = [one.digest for one in server.seen()]
    assert [asked.count(one) for one in asked[:6]] == [1] * 6
    assert written.lines("bridges_preference.jsonl")
