"""A run that is killed loses at most what was under way: what stands in the journal is never paid for again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import asking_world
import pytest
from asking_world import Wish, digests, journal_lines, requests, run
from chat_world import Served, chat_server, command, ended, texts, words

from converters.contract import SourceError
from converters.expansion.journal import Journal

REPOSITORY = Path(__file__).resolve().parents[3]
KILLS, CONCURRENCY = 20, 8


def process(journal: Path, server: Served, count: int, **wish) -> subprocess.Popen[str]:
    words = [asking_world.__file__, journal, server.url, count, json.dumps(wish | {"concurrency": CONCURRENCY})]
    return subprocess.Popen(
        [sys.executable, *map(str, words)], env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def settled(journal: Path) -> list[str]:
    """The ids of the final lines, in their order."""
    return [line["id"] for line in journal_lines(journal) if line.get("final")] if journal.exists() else []


def answers(journal: Path) -> int:
    return sum(line["event"] == "answered" for line in journal_lines(journal)) if journal.exists() else 0


def wait_for_requests(server: Served, more_than: int, running: subprocess.Popen[str]) -> None:
    while server.log.read_bytes().count(b'"event": "in"') <= more_than and running.poll() is None:
        time.sleep(0.01)


def test_twenty_kills_at_random_moments_pay_for_nothing_twice(tmp_path):
    asked, journal, generator = list(requests(500)), tmp_path / "a.journal.jsonl", random.Random(7)
    digest_of_id = dict(zip([one.id for one in asked], digests(asked), strict=True))
    faults = {"429": 0.05, "500": 0.05, "reset_body": 0.05, "broken_json": 0.05, "think": 0.1}
    lost, killed = [], 0
    with chat_server(tmp_path, shares=faults, latency=0.03, retry_after=0.05) as server:
        for number in range(KILLS + 1):
            before = {digest_of_id[one] for one in settled(journal)}
            came, written = len(server.seen()), answers(journal)
            running = process(journal, server, len(asked))
            if number < KILLS:
                wait_for_requests(server, came, running)
                time.sleep(generator.uniform(0, 0.2))
                running.send_signal(signal.SIGKILL)
            killed += running.wait() == -signal.SIGKILL
            seen = server.seen()[came:]
            assert before & {one.digest for one in seen} == set(), "asked again although its answer stands there"
            lost.append(sum(one.answered for one in seen) - (answers(journal) - written))
    assert killed > KILLS / 2
    assert running.returncode == 0, running.stderr.read()
    assert Counter(settled(journal)) == dict.fromkeys(digest_of_id, 1)
    print(f"{killed} of {KILLS} runs killed; answers lost under way: {lost}")
    assert all(0 <= one <= CONCURRENCY for one in lost), lost
    assert lost[-1] == 0


@pytest.mark.parametrize(("kills", "count"), [(2, 60), pytest.param(20, 300, marks=pytest.mark.slow)])
def test_the_command_is_killed_anywhere_and_ends_as_if_it_had_not_been(tmp_path, kills, count):
    """From its first moment on, while it reads passages, asks, and makes the datasets."""
    generator, journal = random.Random(kills), tmp_path / "expansion" / "bridges.journal.jsonl"
    with chat_server(tmp_path, latency=0.05, shares={"500": 0.1, "cut_body": 0.05}) as server:
        asked = words(texts(tmp_path, count), server.url, "--tasks", "qa,summary", "--concurrency", CONCURRENCY)
        killed = 0
        for _ in range(kills):
            came, written, before = len(server.seen()), answers(journal), set(texts_of(journal))
            running = command(tmp_path, *asked)
            time.sleep(generator.uniform(0.3, 4.0))
            running.kill()
            killed += ended(running).code == -signal.SIGKILL
            seen = server.seen()[came:]
            assert not before & {one.content for one in seen if one.content}, "asked again"
            assert 0 <= sum(one.answered for one in seen) - (answers(journal) - written) <= CONCURRENCY
        told = ended(command(tmp_path, *asked))
        assert told.code == 0, told.err
        assert ended(command(tmp_path, *asked)).code == 0
        seen = server.seen()
    assert killed >= kills / 2
    assert Counter(Counter(settled(journal)).values()) == {1: 2 * count}
    assert max(Counter(one.digest for one in seen if one.answered).values()) <= 1 + kills
    for task, rows in (("qa", 3 * count), ("summary", 2 * count)):
        folder = tmp_path / "dataset_info" / "data"
        files = [folder / f"bridges_{task}.jsonl", folder / f"bridges_{task}_eval.jsonl"]
        assert sum(len(file.read_bytes().split(b"\n")) - 1 for file in files) == rows
    assert [path.name for path in tmp_path.rglob("*") if path.name.endswith((".part", ".run"))] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_end_waits_for_what_is_under_way_because_it_is_paid_for(tmp_path, number):
    with chat_server(tmp_path, latency=300) as server:
        asked = words(texts(tmp_path, 40), server.url, "--tasks", "qa", "--concurrency", 4)
        running = command(tmp_path, *asked)
        wait_for_requests(server, 3, running)
        running.send_signal(number)
        time.sleep(0.5)
        server.behave()
        told = ended(running)
        assert told.code == 130
        assert "run the same command again" in told.err
        assert [one.answered for one in server.seen()] == [True] * 4
        assert len(settled(tmp_path / "expansion" / "bridges.journal.jsonl")) == 4


def test_a_disk_that_is_full_stops_with_words_and_what_was_written_stays_good(tmp_path):
    journal = tmp_path / "expansion" / "bridges.journal.jsonl"
    with chat_server(tmp_path) as server:
        asked = words(texts(tmp_path, 60), server.url, "--tasks", "qa")
        full = ("-c", f"import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, -1)); {MAIN}")
        told = ended(command(tmp_path, *asked, program=full))
        assert told.code == 2
        assert "bridges.journal.jsonl: expected room for one more line" in told.err
        assert "Traceback" not in told.err
        assert 0 < len(settled(journal)) < 60
        assert journal.read_bytes().endswith(b"\n")
        came, before = len(server.seen()), set(texts_of(journal))
        assert ended(command(tmp_path, *asked)).code == 0
        assert not before & {one.content for one in server.seen()[came:]}
    assert Counter(settled(journal)).most_common(1)[0][1] == 1


MAIN = "import sys; from converters.__main__ import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.slow  # a real minute is begun
def test_what_a_killed_run_asked_counts_in_the_minute_of_the_next(tmp_path):
    with chat_server(tmp_path, latency=0.2) as server:
        asked = words(texts(tmp_path, 100), server.url, "--tasks", "qa", "--requests-per-minute", 40)
        first = command(tmp_path, *asked)
        wait_for_requests(server, 24, first)
        first.kill()
        ended(first)
        second = command(tmp_path, *asked)
        wait_for_requests(server, 39, second)
        time.sleep(10)
        second.kill()
        ended(second)
        assert len(server.seen()) == 40


def texts_of(journal: Path) -> list[str]:
    return [line["text"] for line in journal_lines(journal) if line.get("final")] if journal.exists() else []


@pytest.fixture(scope="module")
def whole_journal(tmp_path_factory):
    """Of five requests, each answered."""
    folder = tmp_path_factory.mktemp("whole")
    with chat_server(folder) as server:
        assert run(folder / "a.journal.jsonl", server.url, requests(5), Wish(concurrency=1)).whole
    return folder / "a.journal.jsonl"


def test_a_last_line_that_was_cut_anywhere_is_not_there_and_all_others_are(whole_journal, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda file: None)  # a thousand times
    data = whole_journal.read_bytes()
    begin = data[:-1].rindex(b"\n") + 1
    ids, path, checked = settled(whole_journal), tmp_path / "a.journal.jsonl", 0
    for cut in range(begin, len(data) + 1):
        path.write_bytes(data[:cut])
        with Journal(path) as journal:
            is_whole = cut >= len(data) - 1  # only the line break is missing
            assert [journal.is_final(one) for one in ids] == [True] * 4 + [is_whole]
            assert [line["id"] for line in journal.finals()] == ids[: 4 + is_whole]
            assert journal.torn == (0 if is_whole else cut - begin)
        assert path.read_bytes() == (data if is_whole else data[:begin])
        checked += 1
    assert checked > 500


@pytest.mark.parametrize("left", [0, 1, 100, -2, -1])
def test_after_a_cut_only_what_was_cut_is_asked_again(whole_journal, tmp_path, left):
    data = whole_journal.read_bytes()
    begin = data[:-1].rindex(b"\n") + 1
    path = tmp_path / "a.journal.jsonl"
    path.write_bytes(data[: begin + left] if left >= 0 else data[:left])
    with chat_server(tmp_path) as server:
        assert run(path, server.url, requests(5), Wish()).whole
        assert [one.digest for one in server.seen()] == ([] if left == -1 else [digests(list(requests(5)))[4]])
    assert Counter(settled(path)) == {one.id: 1 for one in requests(5)}


def test_a_line_in_the_middle_that_is_damaged_stops_before_anything_is_asked(whole_journal, tmp_path):
    lines = whole_journal.read_bytes().split(b"\n")
    lines[4] = lines[4][:40]
    path = tmp_path / "a.journal.jsonl"
    path.write_bytes(b"\n".join(lines))
    with chat_server(tmp_path) as server:
        with pytest.raises(SourceError, match=r"a\.journal\.jsonl, line 5"):
            run(path, server.url, requests(9), Wish())
        assert server.seen() == []
    assert path.read_bytes() == b"\n".join(lines)


def test_a_second_process_on_a_journal_refuses_and_the_first_goes_on(tmp_path):
    journal = tmp_path / "a.journal.jsonl"
    with chat_server(tmp_path, latency=300) as server:
        first = process(journal, server, 16, timeout=300)
        wait_for_requests(server, 0, first)
        with pytest.raises(SourceError, match="is being written"):
            run(journal, server.url, requests(16), Wish())
        assert process(journal, server, 16).wait() != 0
        server.behave()
        assert first.wait() == 0, first.stderr.read()
        assert len(server.seen()) == 16
    assert len(set(settled(journal))) == len(settled(journal)) == 16


def test_a_second_command_on_a_journal_says_so_and_ends_with_2_while_the_first_goes_on(tmp_path):
    with chat_server(tmp_path, latency=300) as server:
        asked = words(texts(tmp_path, 6), server.url, "--tasks", "qa")
        first = command(tmp_path, *asked)
        while not server.log.read_bytes():
            time.sleep(0.02)
        second = ended(command(tmp_path, *asked))
        assert second.code == 2
        assert "bridges.journal.jsonl: expected a journal that no other process writes" in second.err
        assert "Traceback" not in second.err
        server.behave()
        told = ended(first)
        assert told.code == 0, told.err
        assert len(server.seen()) == 6


def test_the_lock_of_a_killed_process_is_in_nobodys_way(tmp_path):
    journal = tmp_path / "a.journal.jsonl"
    with chat_server(tmp_path, latency=0.2) as server:
        first = process(journal, server, 16)
        wait_for_requests(server, 0, first)
        first.kill()
        first.wait()
        assert list(tmp_path.glob("*lock*")) != []
        assert run(journal, server.url, requests(16), Wish()).whole
