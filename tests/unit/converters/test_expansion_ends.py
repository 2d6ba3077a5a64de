"""When a run of requests stops by itself, or is told to, and what the next run makes of it."""

from __future__ import annotations

import signal
import time

from chat_world import chat_server, command, ended, texts, words

from converters.expansion.journal import finals, lines
from converters.expansion.limits import Limits


def answered(tmp_path) -> list[str]:
    with (tmp_path / "expansion" / "bridges.journal.jsonl").open("rb") as stream:
        return [line["id"] for line in finals(lines(stream, "journal"))]


def test_a_second_ctrl_c_leaves_what_is_under_way(tmp_path):
    with chat_server(tmp_path, always="hang") as server:
        running = command(tmp_path, *words(texts(tmp_path, 5), server.url, "--tasks", "qa"))
        while not server.seen():
            time.sleep(0.05)
        for _ in range(2):
            running.send_signal(signal.SIGINT)
            time.sleep(0.5)
        told = ended(running, within=30)
    assert told.code == 130
    assert "Traceback" not in told.err


def test_one_answer_that_can_be_used_begins_the_count_anew(tmp_path, run):
    with chat_server(tmp_path, lasting={"prose": 0.6}, seed=4) as server:
        given = ("--tasks", "qa", "--stop-after", 8, "--concurrency", 1, "--ask-again", 0)
        told = run(*words(texts(tmp_path, 40), server.url, *given))
    assert told.code == 0, told.err
    assert "broken_json" in told.out


def test_a_server_that_refuses_everything_stops_it_and_nothing_counts_as_refused_for_ever(tmp_path, run):
    with chat_server(tmp_path, always="400_parameter") as server:
        asked = words(texts(tmp_path, 30), server.url, "--tasks", "qa", "--concurrency", 1)
        told = run(*asked)
        assert told.code == 2
        assert "has refused every request so far: status 400" in told.err
        assert len(server.seen()) == 5
        assert answered(tmp_path) == []
        server.behave()
        assert run(*asked).code == 0
    assert len(answered(tmp_path)) == 30


def test_a_request_that_is_refused_beside_answers_is_never_asked_again(tmp_path, run, written):
    with chat_server(tmp_path, lasting={"400_context": 0.3}, seed=1) as server:
        asked = words(texts(tmp_path, 20), server.url, "--tasks", "qa", "--concurrency", 1)
        codes = [run(*asked).code for _ in range(3)]
        statuses = [(one.digest, one.status) for one in server.seen()]
    refused = [digest for digest, status in statuses if status == 400]
    assert codes[-1] == 0
    # one that was refused before the first answer is asked a second time
    assert len(refused) - len(set(refused)) <= 5
    assert written.manifest("bridges_qa")["counts"]["rejected"]["refused_request"] == len(set(refused)) > 0
    assert len(answered(tmp_path)) == 20


def test_an_answer_that_was_cut_off_is_asked_for_with_more_room_as_far_as_the_limit_goes():
    assert Limits().at_most(4096, beside=1000) == 4096
    assert Limits(tokens=3000).at_most(4096, beside=1000) == 2000
