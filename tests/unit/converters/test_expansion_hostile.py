"""Thousands of requests to a server that fails, lies and limits: none is lost or taken twice, no limit is passed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import asking_world
import pytest
from asking_world import Watcher, Wish, digests, journal_lines, requests, run
from chat_behaviour import Behaviour
from chat_world import TELLING_PEAK, chat_server, command, ended, most_in_a_window, texts, words

from converters.expansion.contract import Request

REPOSITORY = Path(__file__).resolve().parents[3]

# of the first two attempts of a request about a third; then the server answers
TROUBLE = {
    **dict.fromkeys(("429", "429_seconds", "429_nonsense", "500", "502", "503", "reset_before"), 0.015),
    **dict.fromkeys(("reset_headers", "reset_body", "cut_body", "closed", "not_json", "html", "no_choices"), 0.015),
    **dict.fromkeys(("null_choices", "null_content", "empty_choice", "surrogate", "broken_json", "length"), 0.01),
    **dict.fromkeys(("wrong_schema", "no_usage", "odd_usage", "content_parts", "fenced", "think"), 0.01),
    **dict.fromkeys(("duplicates", "repairable", "separators", "closing"), 0.01),
    **dict.fromkeys(("429_date", "hang", "dribble", "endless", "slow"), 0.001),
}
LASTING = {"400_context": 0.01, "400_filter": 0.01, "422": 0.01, "content_filter": 0.01, "prose": 0.01}
HOSTILE = {"shares": TROUBLE, "faulty_attempts": 2, "lasting": LASTING, "retry_after": 0.05}


def final_lines(journal: Path) -> dict[str, list[dict]]:
    found = defaultdict(list)
    for line in journal_lines(journal):
        if line.get("final"):
            found[line["id"]].append(line)
    return found


def assert_each_is_settled_once(journal: Path, asked: list[Request], seen, behaviour: Behaviour) -> Counter[str]:
    """One final line for each, whose text is what the server said to that very request; returns the kinds of end."""
    found, said = final_lines(journal), defaultdict(set)
    for one in seen:
        if one.answered:
            said[one.digest].add(one.content)
    assert found.keys() == {request.id for request in asked}
    ends: Counter[str] = Counter()
    for request, digest in zip(asked, digests(asked), strict=True):
        (line,) = found[request.id]
        expected = behaviour.lasting_fault(digest)
        if expected in ("400_context", "400_filter", "422"):
            assert (line["event"], line["status"]) == ("refused", int(expected[:3]))
        else:
            assert line["event"] == "answered"
            assert line["text"] in said[digest], "an answer that belongs to another request, or to none"
            assert bool(line["fault"]) == bool(expected)
        ends[expected] += 1
    return ends


def assert_within_the_limits(seen, requests: int, tokens: int, window: float) -> None:
    assert [one for one in seen if one.early or one.fault == "limited"] == []
    assert most_in_a_window([(one.at, 1) for one in seen], window) <= requests or not requests
    assert most_in_a_window([(one.at, sum(one.tokens)) for one in seen], window) <= tokens or not tokens


def share_of_the_possible(moments: list[tuple[float, int]], limit: int, window: float) -> float:
    """Of the last that a full window held back: when it could have come at the earliest ÷ when it came."""
    moments, used = sorted(moments), 0
    windows = (sum(amount for _, amount in moments) - 1) // limit
    for at, amount in moments:
        used += amount
        if used > windows * limit:
            return windows * window / (at - moments[0][0])
    raise AssertionError


def test_hundreds_of_requests_to_a_hostile_server_end_once_each_within_its_limit(tmp_path):
    asked, watch, limit = list(requests(600)), Watcher(), {"requests": 260, "window": 4.0}
    behaviour = Behaviour(**HOSTILE, **limit)
    with chat_server(tmp_path, **HOSTILE, **limit) as server:
        ended = run(tmp_path / "a.journal.jsonl", server.url, asked, Wish(**limit), watch)
        seen = server.seen()
    assert ended.whole, ended
    assert {len(ends) for ends in watch.settled_as.values()} == {1}
    ends = assert_each_is_settled_once(tmp_path / "a.journal.jsonl", asked, seen, behaviour)
    assert ends.keys() == {"", *LASTING}
    assert_within_the_limits(seen, 260, 0, 4.0)
    assert share_of_the_possible([(one.at, 1) for one in seen], 260, 4.0) >= 0.9


def test_a_limit_of_tokens_is_kept_and_made_use_of(tmp_path):
    asked, limit = list(requests(150)), {"tokens": 40_000, "window": 3.0}
    with chat_server(tmp_path, **limit) as server:
        ended = run(tmp_path / "a.journal.jsonl", server.url, asked, Wish(**limit, max_tokens=200))
        seen = server.seen()
    assert ended.whole, ended
    assert_within_the_limits(seen, 0, 40_000, 3.0)
    assert share_of_the_possible([(one.at, sum(one.tokens)) for one in seen], 40_000, 3.0) >= 0.9


def test_a_server_that_limits_more_than_we_were_told_is_left_alone_by_all_for_as_long_as_it_says(tmp_path):
    with chat_server(tmp_path, requests=50, window=2.0) as server:
        ended = run(tmp_path / "a.journal.jsonl", server.url, requests(200), Wish(concurrency=8, patience=30.0))
        seen = server.seen()
    assert ended.whole, ended
    assert sum(one.answered for one in seen) == 200
    refused = [one.at for one in seen if one.fault == "limited"]
    assert 0 < len(refused) <= 8 * 4, "those under way at the end of each of four windows, and nobody after them"


def test_after_one_429_nobody_asks_until_the_time_that_it_names(tmp_path):
    shares = {"429_seconds": 0.03}
    with chat_server(tmp_path, shares=shares, faulty_attempts=1, retry_after=1, latency=0.02) as server:
        assert run(tmp_path / "a.journal.jsonl", server.url, requests(100), Wish(concurrency=8)).whole
        seen = server.seen()
    refused = [one.done for one in seen if one.status == 429]
    assert len(refused) > 1
    for end in refused:  # others may have left before it arrived
        assert [one.at for one in seen if end + 0.2 < one.at < end + 0.95] == []


def test_connections_are_kept_open(tmp_path):
    with chat_server(tmp_path) as server:
        assert run(tmp_path / "a.journal.jsonl", server.url, requests(200), Wish(concurrency=8)).whole
        assert len({one.connection for one in server.seen()}) <= 8


def test_a_server_that_closes_each_connection_after_its_answer_costs_no_request(tmp_path):
    with chat_server(tmp_path, shares={"closing": 1.0}, faulty_attempts=1) as server:
        assert run(tmp_path / "a.journal.jsonl", server.url, requests(200), Wish(concurrency=8)).whole
        assert [one.attempt for one in server.seen() if one.attempt > 2] == []


def test_in_a_folder_whose_name_the_locale_cannot_read_odd_answers_are_kept_as_they_came(tmp_path):
    folder = tmp_path / "资料 夹"
    folder.mkdir()
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with chat_server(folder, first=["surrogate"], shares={"separators": 0.6, "content_parts": 0.4}) as server:
        asked = words(texts(folder, 12), server.url, "--tasks", "qa")
        told = ended(command(folder, *asked, **plain))
        said = {one.content for one in server.seen() if one.fault != "surrogate"}
        assert ended(command(folder, *asked, **plain)).code == 0
        assert len(server.seen()) == 24
    assert told.code == 0, told.err
    found = final_lines(folder / "expansion" / "bridges.journal.jsonl")
    assert {line["text"] for (line,) in found.values()} == said
    assert any("\u2028" in text for text in said)


@pytest.mark.slow  # five minutes
def test_ten_thousand_requests_of_the_command_line_keep_to_a_real_minute(tmp_path):
    """A 429 that names no time is waited for a second or more by all, so it is left out: it would be the measure."""
    shares = {fault: share for fault, share in TROUBLE.items() if not fault.startswith(("429", "503"))}
    behaviour = {"shares": shares, "faulty_attempts": 2, "lasting": LASTING, "requests": 4_000}
    with chat_server(tmp_path, **behaviour) as server:
        told = ended(
            command(
                tmp_path,
                *words(texts(tmp_path, 10_000), server.url, "--tasks", "qa", "--per-passage", 2, "--timeout", 5),
                *("--requests-per-minute", "4000", "--stop-after", "0", "--answer-tokens", "500"),
                program=("-c", TELLING_PEAK),
            ),
            within=900,
        )
        seen = server.seen()
    assert told.code == 0, told.err
    found = final_lines(tmp_path / "expansion" / "bridges.journal.jsonl")
    assert Counter(map(len, found.values())) == {1: 10_000}
    assert len({one.digest for one in seen}) == 10_000
    assert_within_the_limits(seen, 4_000, 0, 60.0)
    share = share_of_the_possible([(one.at, 1) for one in seen], 4_000, 60.0)
    print(f"10,000 requests, {len(seen)} attempts, {share:.3f} of what the limit allows, peak in kB last\n{told.out}")
    assert share >= 0.9


@pytest.mark.slow  # three minutes
def test_ten_thousand_requests_to_a_hostile_server_in_flat_memory(tmp_path):
    peaks, limit = {}, {"requests": 1_200, "window": 10.0}
    for count in (2_000, 10_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        with chat_server(folder, **HOSTILE, **limit) as server:
            words = [asking_world.__file__, folder / "a.journal.jsonl", server.url, count, json.dumps(limit)]
            ended = subprocess.run(
                [sys.executable, *map(str, words)], env={"PYTHONPATH": str(REPOSITORY)}, check=True,
                stdout=subprocess.PIPE, encoding="utf-8",
            )  # fmt: skip
            seen = server.seen()
        told = json.loads(ended.stdout)
        assert told["whole"], told
        peaks[count] = told["kilobytes"]
        assert_each_is_settled_once(folder / "a.journal.jsonl", list(requests(count)), seen, Behaviour(**HOSTILE))
        assert_within_the_limits(seen, 1_200, 0, 10.0)
        share = share_of_the_possible([(one.at, 1) for one in seen], 1_200, 10.0)
        print(f"{count} requests, {len(seen)} attempts, {share:.3f} of what the limit allows, peak {peaks[count]} kB")
    assert share >= 0.9
    assert peaks[10_000] - peaks[2_000] < 12_000, peaks  # ids and places of 8,000 requests; texts would be 20 MB


def test_the_share_of_the_possible_is_one_when_nobody_waits_longer_than_a_limit_says():
    """Three a second: 0 0 0, 1 1 1, 2; later ones are too slow, and the first of the third window tells it."""
    assert share_of_the_possible([(0.0, 1)] * 3 + [(1.0, 1)] * 3 + [(2.0, 1)], 3, 1.0) == 1.0
    assert share_of_the_possible([(0.0, 1)] * 3 + [(2.0, 1)] * 3 + [(4.0, 1)], 3, 1.0) == 0.5
