"""`expand` as a user types it: what is asked, what is not asked again, what is written, what is missing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from chat_world import chat_server, texts, words

from converters.expansion import plan, prompt_files
from converters.expansion.contract import Passage
from converters.expansion.tasks import task_named

PASSAGE = Passage("赵州桥建于隋代，由工匠李春设计，桥长五十点八二米。" * 5, "wiki:1", "wiki", title="赵州桥")


def asked(*tasks: str, version: dict[str, str] | None = None) -> dict[str, set[str]]:
    """The ids of the requests about the passage, by task."""
    wanted = plan.wanted([task_named(task) for task in tasks], version or {}, {}, prompt_files.load)
    found: dict[str, set[str]] = {}
    for request in plan.Plan("qwen", wanted, {"temperature": 0.7}).requests([PASSAGE]):
        found.setdefault(request.task, set()).add(request.id)
    return found


def test_the_ids_of_requests_are_the_same_on_any_machine():
    ids = asked("qa", "summary", version={"qa": "1", "summary": "1"})
    assert ids == {"qa": {"97bc43cf6a47df167055c07b255be0a3"}, "summary": {"2184faacb4963491b52f439bd0fd1492"}}


def test_an_id_is_the_sha256_of_all_that_decides_the_answer():
    messages = prompt_files.load("qa", "1").messages(PASSAGE, items=3)
    said = ["qa", "1", "qwen", messages, {"temperature": 0.7}, 0]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert asked("qa", version={"qa": "1"})["qa"] == {hashlib.sha256(text.encode()).hexdigest()[:32]}


def test_another_prompt_version_asks_again_only_for_its_task():
    before, after = asked("qa", "summary", version={"qa": "1"}), asked("qa", "summary", version={"qa": "2"})
    assert before["summary"] == after["summary"]
    assert not before["qa"] & after["qa"]


@pytest.mark.parametrize("change", ["model", "temperature", "items", "passage", "answer_first", "ordinal"])
def test_whatever_decides_an_answer_decides_the_id(change):
    wanted = plan.wanted([task_named("qa")], {}, {"qa": 4} if change == "items" else {}, prompt_files.load)
    temperature = 0.8 if change == "temperature" else 0.7
    model = "llama" if change == "model" else "qwen"
    passage = replace(PASSAGE, text=PASSAGE.text + "。") if change == "passage" else PASSAGE
    made = plan.Plan(model, wanted, {"temperature": temperature}, change == "answer_first")
    (request,) = made.requests([passage])
    assert {replace(request, ordinal=1).id if change == "ordinal" else request.id} != asked("qa")["qa"]


def test_where_a_passage_came_from_and_how_the_form_is_told_are_no_part_of_what_is_asked():
    (request,) = plan.Plan("m", plan.wanted([task_named("qa")], {}, {}, prompt_files.load), {}).requests([PASSAGE])
    same = replace(request, form=None, about={}, passage=replace(PASSAGE, licence="MIT"))
    assert same.id == request.id


# ---- the command


def test_passages_become_datasets_with_a_registry_a_manifest_and_a_report(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        told = run(*words(texts(tmp_path, 12), server.url, "--tasks", "qa,summary"))
        assert len(server.seen()) == 24
    assert told.code == 0, told.err
    registry = written.registry()
    for name in ("bridges_qa", "bridges_summary"):
        rows = written.kept(name)
        assert rows
        assert registry[name]["mix"]["group"] == "task"
        assert registry[f"{name}_eval"]["eval"]["stage"] == "task"
        assert {row["messages"][-1]["role"] for row in rows} == {"assistant"}
    manifest = written.manifest("bridges_qa")
    assert manifest["options"]["options"]["model"] == "test"
    assert manifest["counts"]["records"] == 12
    assert (tmp_path / "dataset_info" / "data" / "bridges.expansion.html").exists()


def test_a_second_run_asks_nothing_and_makes_the_same_datasets(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        command = words(texts(tmp_path, 6), server.url, "--tasks", "qa")
        assert run(*command).code == 0
        before = written.bytes()
        assert run(*command).code == 0
        assert len(server.seen()) == 6
    assert written.bytes() == before


def test_more_passages_and_another_task_ask_only_for_what_is_new_and_leave_other_datasets_alone(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        folder = texts(tmp_path, 10)
        run(*words(folder, server.url, "--tasks", "qa", "--passages", 4))
        run(*words(folder, server.url, "--tasks", "qa", "--passages", 6))
        assert len(server.seen()) == 6
        of_questions = (tmp_path / "dataset_info/data/bridges_qa.jsonl").read_bytes()
        run(*words(folder, server.url, "--tasks", "summary", "--passages", 3))
        assert len(server.seen()) == 9
    assert (tmp_path / "dataset_info/data/bridges_qa.jsonl").read_bytes() == of_questions
    assert written.kept("bridges_summary")


def test_rows_are_of_the_prompt_that_is_asked_for_now_and_others_are_counted(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        folder = texts(tmp_path, 4)
        run(*words(folder, server.url, "--tasks", "qa", "--prompt-version", "qa=1"))
        run(*words(folder, server.url, "--tasks", "qa", "--prompt-version", "qa=2"))
        assert len(server.seen()) == 8
    assert written.manifest("bridges_qa")["counts"]["rejected"]["not_asked_for"] == 4


def test_new_thresholds_judge_anew_without_a_request(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        command = words(texts(tmp_path, 4), server.url, "--tasks", "qa")
        run(*command)
        kept = len(written.kept("bridges_qa"))
        told = run(*command, "--thresholds", "qa.longest=2")
        assert len(server.seen()) == 4
    assert kept
    assert "too_long" in told.out + told.err


def test_a_dry_run_asks_nothing_and_says_what_it_would_cost(tmp_path, run):
    folder = texts(tmp_path, 5)
    prices = ("--price-in", 1, "--price-out", 4, "--requests-per-minute", 2)
    told = run(*words(folder, "http://127.0.0.1:9/v1", "--tasks", "qa,summary", "--dry-run", *prices))
    assert told.code == 0, told.err
    assert "10 requests" in told.out
    assert "at least 5 minutes" in told.out
    assert "at these prices" in told.out
    assert "【材料开始】" in told.out
    assert not (tmp_path / "expansion" / "bridges.journal.jsonl").exists()


def test_the_forecast_counts_what_is_not_answered_yet(tmp_path, run):
    with chat_server(tmp_path) as server:
        folder = texts(tmp_path, 5)
        run(*words(folder, server.url, "--tasks", "qa"))
        told = run(*words(folder, server.url, "--tasks", "qa,summary", "--dry-run"))
    assert "5 requests; about" in told.out


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--tasks", "qa,poem"), "expected one of qa, summary"),
        (("--prompt-version", "qa=99"), "qa=99"),
        (("--prompt-version", "story=1"), "a task of --tasks"),
        (("--per-passage", "qa=none"), "a number, or TASK=NUMBER"),
        (("--max-cost", "5"), "--price-in and --price-out"),
        (("--extra-body", "[1]"), "a JSON object"),
        (("--extra-body", '{"stream": true}'), "a JSON object without"),
        (("--thresholds", "qa.length=3"), "TASK.NAME=VALUE"),
        (("--endpoint", "localhost:8000"), "an address such as"),
        (("--key-env", "NOT_THERE_AT_ALL"), "an environment variable with the key"),
        (("--pairs", "--score", "judge"), "--score-model"),
        (("--closed", "2"), "a share from 0 to 1"),
    ],
)
def test_what_is_wrong_with_the_words_is_said_before_anything_is_asked(tmp_path, run, option, told):
    ran = run(*words(texts(tmp_path, 2), "http://127.0.0.1:9/v1", *option))
    assert ran.code == 2
    assert told in ran.err
    assert not (tmp_path / "expansion" / "bridges.journal.jsonl").exists()


def test_texts_to_measure_with_are_never_expanded(tmp_path, run):
    ran = run("expand", "evaluation", tmp_path, "--endpoint", "http://127.0.0.1:9/v1", "--model", "m")
    assert ran.code == 2
    assert "may be trained on" in ran.err


def test_a_server_without_structured_output_is_asked_more_simply(tmp_path, run, written):
    with chat_server(tmp_path, forms="json_object") as server:
        told = run(*words(texts(tmp_path, 8), server.url, "--tasks", "qa", "--concurrency", 1))
        forms = [one.form for one in server.seen()]
    assert told.code == 0, told.err
    assert forms == ["json_schema", *["json_object"] * 8]
    assert len({line["messages"][0]["content"] for line in written.kept("bridges_qa")}) >= 8


def test_extra_keys_go_into_each_request_and_null_takes_one_of_ours_out(tmp_path):
    from converters.chat import _body
    from converters.expansion.contract import Request

    asked = Request("qa", "1", "m", (), {"temperature": None, "max_completion_tokens": 9, "max_tokens": None})
    body = json.loads(_body(asked, 100, "none"))
    assert body == {"model": "m", "messages": [], "max_completion_tokens": 9, "stream": False}


def test_closed_questions_stand_alone_in_their_rows(tmp_path, run, written):
    with chat_server(tmp_path) as server:
        command = words(texts(tmp_path, 10), server.url, "--tasks", "qa")
        run(*command)
        assert all("石桥" in row["messages"][0]["content"] for row in written.kept("bridges_qa"))
        longest = max(len(row["messages"][0]["content"]) for row in written.kept("bridges_qa"))
        run(*command, "--closed", 1)
        assert len(server.seen()) == 10
    assert max(len(row["messages"][0]["content"]) for row in written.kept("bridges_qa")) < longest
