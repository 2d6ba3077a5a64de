"""A server that only fails, or a budget that is used up, stops a run with words and a code; mended, it goes on."""

from __future__ import annotations

from collections import Counter

import pytest
from asking_world import Wish, journal_lines, requests
from asking_world import run as asked_all
from chat_world import chat_server, texts, words

LITTLE_PATIENCE = ("--patience", 2, "--timeout", 0.5, "--concurrency", 4, "--tasks", "qa")
AGAIN = "run the same command again"


@pytest.fixture(autouse=True)
def _no_key_and_no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "EXPAND_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def outcomes(folder) -> Counter[str]:
    """Of the events of the journal; each attempt that was sent has one outcome."""
    found = Counter(line["event"] for line in journal_lines(folder / "expansion" / "bridges.journal.jsonl"))
    assert found["sent"] == found["failed"] + found["answered"] + found["refused"]
    return found


slow = [("503", "503"), ("429_seconds", "429"), ("html", "broken_body"), ("dribble", "timeout"), ("closed", "reset")]
slow += [
    ("not_json", "broken_body"),
    ("no_choices", "no_choice"),
    ("reset_headers", "reset"),
    ("endless", "broken_body"),
]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        *(("500", "500"), ("429", "429"), ("hang", "timeout"), ("reset_body", "reset")),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in slow),
    ],
)
def test_a_server_that_only_fails_stops_the_run_and_once_it_is_mended_the_same_command_ends_it(
    tmp_path, run, fault, said
):
    with chat_server(tmp_path, always=fault) as server:
        command = words(texts(tmp_path, 6), server.url, *LITTLE_PATIENCE)
        stopped = run(*command)
        assert stopped.code == 3
        assert said in stopped.err
        assert AGAIN in stopped.err
        assert "Traceback" not in stopped.err
        assert outcomes(tmp_path)["failed"] == len(server.seen())
        assert all(one.done - one.at < 10 for one in server.seen()), "no answer was waited for without end"
        assert not (tmp_path / "dataset_info" / "data" / "bridges_qa.jsonl").exists()
        server.behave()
        assert run(*command).code == 0
        assert sum(one.answered and not one.fault for one in server.seen()) == 6
    assert outcomes(tmp_path)["answered"] == 6


def test_a_server_that_is_not_there_stops_the_run_and_once_it_is_there_the_same_command_ends_it(tmp_path, run):
    with chat_server(tmp_path) as server:
        command, port = words(texts(tmp_path, 6), server.url, *LITTLE_PATIENCE), int(server.url.split(":")[2][:-3])
    stopped = run(*command)
    assert (stopped.code, AGAIN in stopped.err, "no connection" in stopped.err) == (3, True, True)
    with chat_server(tmp_path, port=port):
        assert run(*command).code == 0
    assert outcomes(tmp_path)["answered"] == 6


@pytest.mark.parametrize("fault", ["401", "402", "403", "404", "429_quota", "301"])
def test_what_a_person_must_mend_stops_at_once_and_then_the_same_command_ends_it(tmp_path, run, fault):
    with (
        chat_server(tmp_path, log="other.log") as other,
        chat_server(tmp_path, always=fault, redirect_to=f"{other.url}/chat/completions") as server,
    ):
        command = words(texts(tmp_path, 30), server.url, *LITTLE_PATIENCE)
        stopped = run(*command)
        assert stopped.code == 2
        assert f"status {fault[:3]}" in stopped.err
        assert len(server.seen()) <= 4, "what was under way already, and nothing after it"
        server.behave()
        assert run(*command).code == 0
        assert sum(one.answered for one in server.seen()) == 30


def test_a_model_that_writes_nothing_of_use_is_not_asked_ten_thousand_times(tmp_path, run):
    with chat_server(tmp_path, always="prose") as server:
        command = words(texts(tmp_path, 40), server.url, *LITTLE_PATIENCE, "--stop-after", 10, "--ask-again", 1)
        stopped = run(*command)
        assert stopped.code == 3
        assert "nothing in the last 10 answers can be used" in stopped.err
        assert len(server.seen()) <= 2 * (10 + 4)
        server.behave()
        assert run(*command).code == 0
        assert sum(one.answered for one in server.seen()) == len(server.seen())
    assert Counter(outcomes(tmp_path))["answered"] == len(server.seen())


def test_a_request_that_alone_fails_is_left_out_with_words_and_a_code_and_asked_by_the_next_run(tmp_path, run):
    with chat_server(tmp_path, lasting={"500": 0.2}) as server:
        command = words(texts(tmp_path, 20), server.url, *LITTLE_PATIENCE, "--retries", 0, "--patience", 60)
        stopped = run(*command)
        failed = len({one.digest for one in server.seen() if one.fault == "500"})
        assert 0 < failed < 10
        assert stopped.code == 3
        assert f"{failed} requests have no answer (500 {failed})" in stopped.err
        server.behave()
        assert run(*command).code == 0
        assert len([one for one in server.seen() if one.answered]) == 20


BILLED_AND_LOST = {"reset_body": 0.2, "cut_body": 0.1, "not_json": 0.1, "no_usage": 0.1, "hang": 0.02, "500": 0.1}


def test_a_budget_of_requests_is_never_passed_over_several_runs(tmp_path):
    with chat_server(tmp_path, shares=BILLED_AND_LOST) as server:
        for cap in (7, 20, 20, 31):
            wish = Wish(caps=(cap, 0, 0.0), concurrency=8, timeout=3, patience=300)
            ended = asked_all(tmp_path / "a.journal.jsonl", server.url, requests(60), wish)
            assert "--max-requests" in ended.stopped
            assert len(server.seen()) == cap


def billed(seen, prices=(1.0, 1.0)) -> float:
    return sum(one.usage[0] * prices[0] + one.usage[1] * prices[1] for one in seen)


@pytest.mark.parametrize("ratio", [0.5, 1.3])
def test_a_budget_of_tokens_is_never_passed_over_several_runs_as_the_server_counts_them(tmp_path, ratio):
    lost = {"reset_body": 0.3, "cut_body": 0.2, "not_json": 0.1}
    with chat_server(tmp_path, shares=lost, tokens_per_character=ratio) as server:
        for cap in (9_000, 30_000, 30_000, 60_000):
            wish = Wish(caps=(0, cap, 0.0), concurrency=8, max_tokens=500, timeout=3, patience=300)
            ended = asked_all(tmp_path / "a.journal.jsonl", server.url, requests(200), wish)
            assert "token" in ended.stopped
            assert billed(server.seen()) <= cap
        assert billed(server.seen()) > 20_000, "a budget is there to be used"


def test_a_budget_of_money_is_never_passed_over_several_runs(tmp_path):
    prices = (2.0, 8.0)
    with chat_server(tmp_path, shares=BILLED_AND_LOST) as server:
        for cap in (0.05, 0.1, 0.1, 0.2):
            wish = Wish(caps=(0, 0, cap), prices=prices, concurrency=8, max_tokens=500, timeout=3, patience=300)
            ended = asked_all(tmp_path / "a.journal.jsonl", server.url, requests(200), wish)
            assert "--max-cost" in ended.stopped
            assert billed(server.seen(), prices) / 1e6 <= cap
        assert billed(server.seen(), prices) / 1e6 > 0.05, "a budget is there to be used"
