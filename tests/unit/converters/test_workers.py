"""Worker processes change nothing but the time: not the bytes, not an error, and their death is one."""

from __future__ import annotations

import os

import pytest

from converters.contract import Settings, SourceError
from converters.engine.chunks import Chunk
from converters.engine.prepare import Job
from converters.engine.workers import ordered, work


def job(label: str = "x.json", shape: str = "instruction") -> Job:
    return Job("belle", shape, label, Settings())


def chunk(*texts: str) -> Chunk:
    lines = "".join(f'{{"instruction": "{text}是什么东西？", "input": "", "output": "{text}。"}}\n' for text in texts)
    return Chunk(job(), len(texts), 0, lines.encode(), 1)


class Deadly:
    """Kills whoever unpickles it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_results_come_in_the_order_of_the_chunks():
    chunks = [chunk(*("一二三四五六七八九"[:count])) for count in range(1, 10)]
    with ordered(2) as in_order:
        found = list(in_order(iter(chunks)))
    assert [given for given, _ in found] == chunks
    assert [result.kept["belle"].text for _, result in found] == [work(each).kept["belle"].text for each in chunks]


def test_only_a_few_chunks_are_read_ahead():
    read = []

    def stream():
        for number in range(50):
            read.append(number)
            yield chunk("一")

    with ordered(2) as in_order:
        next(iter(in_order(stream())))
        assert len(read) == 5


def test_a_worker_that_dies_is_a_clear_error():
    with (
        pytest.raises(SourceError, match="--workers 2: expected worker processes that live to the end"),
        ordered(2) as in_order,
    ):
        list(in_order([Chunk(job(), 1, 0, _records=[(1, Deadly(), 0, "", True)])]))


def test_an_error_of_ours_says_which_record_caused_it_from_a_worker_too():
    broken = Chunk(job(), 1, 0, _records=[(7, object(), 0, "", False)])
    with pytest.raises(AttributeError) as caught, ordered(2) as in_order:
        list(in_order([broken]))
    assert "while converting x.json, record 7" in caught.value.__notes__


def test_a_mistake_of_the_users_is_the_same_error_with_any_number_of_workers(run, write_lines):
    path = write_lines("law.jsonl", {"id": "1", "law": "法"}, {"id": "2", "law": "法"})
    alone, together = (run("custom", path, "--workers", workers) for workers in ("1", "2"))
    assert alone.code == together.code == 2
    assert alone.err == together.err


def test_a_limit_is_reached_at_the_same_record_with_any_number_of_workers(run, written, belle_file):
    path = belle_file(*[(f"第{n % 400}个问题是什么？", f"第{n % 400}个答案。") for n in range(900)], ("空", ""))
    run("belle", path, "--limit", "300", "--eval-share", "0.1")
    alone = written.bytes()
    run("belle", path, "--limit", "300", "--eval-share", "0.1", "--workers", "2")
    assert written.bytes() == alone
    assert written.manifest("belle")["counts"]["examples"] == 300
