"""What a journal keeps of requests, how it is mended, and what all its runs have used."""

import json

import pytest

from converters.contract import SourceError
from converters.expansion import journal as journals
from converters.expansion.contract import Passage, Request
from converters.expansion.journal import Journal

PASSAGE = Passage("桥建成于1380年。", "wiki:1", "wiki", title="石桥")


def request(number: int) -> Request:
    return Request("qa", "1", "m", ({"role": "user", "content": str(number)},), {"temperature": 0.7}, PASSAGE)


def answer(text: str = "{}", prompt: int = 10, completion: int = 5) -> dict:
    usage = {"prompt": prompt, "completion": completion}
    return {"text": text, "finish": "stop", "usage": usage, "seconds": 0.1}


@pytest.fixture
def path(tmp_path):
    with Journal(tmp_path / "a" / "wiki.journal.jsonl") as journal:
        for number in range(3):
            attempt = journal.sent(request(number), 20)
            journal.answered(request(number), attempt, answer(str(number)), final=number < 2, fault="")
    return journal.path


def test_what_is_final_is_known_to_the_next_run_and_what_is_not_is_asked_again(path):
    with Journal(path) as journal:
        assert [journal.is_final(request(number).id) for number in range(4)] == [True, True, False, False]
        assert journal.final(request(1).id)["text"] == "1"
        assert journal.final(request(1).id)["passage"] == PASSAGE.as_json()
        assert [line["text"] for line in journal.finals()] == ["0", "1"]
        assert journal.standing(request(2).id).unread == 1
        assert journal.sent(request(2), 20) == 2


@pytest.mark.parametrize("left", [1, 20, 100])
def test_a_torn_last_line_is_cut_off_and_what_it_said_is_asked_again(path, left):
    data = path.read_bytes()
    start = data.rindex(b'{"event"')
    path.write_bytes(data[: start + left])
    with Journal(path) as journal:
        assert journal.torn == min(left, len(data) - start)
        journal.sent(request(2), 20)
    assert [json.loads(line)["event"] for line in path.read_bytes().splitlines()][-2:] == ["sent", "sent"]


def test_a_last_line_that_only_lacks_its_line_break_gets_it(path):
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with Journal(path) as journal:
        assert journal.torn == 0
    assert path.read_bytes().endswith(b"}\n")


def test_a_broken_line_in_the_middle_is_an_error_that_names_it(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"event":"ans\n', *lines[2:]]))
    with pytest.raises(SourceError, match=r"line 3: expected a line of a journal"), Journal(path):
        pass


@pytest.mark.parametrize("begun", ['{"id": "a", "messages": []}\n', "[1]\n", '"text"\n', "\n"])
def test_a_file_that_is_no_journal_is_never_written_to(tmp_path, begun):
    path = tmp_path / "other.jsonl"
    path.write_text(begun, encoding="utf-8")
    with pytest.raises(SourceError, match="line 1"), Journal(path):
        pass
    assert path.read_text(encoding="utf-8") == begun


def test_a_journal_of_another_version_is_an_error(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"event":"journal","version":99}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="version 99"), Journal(path):
        pass


def test_a_second_writer_refuses_and_the_first_goes_on(path):
    with Journal(path) as first:
        with pytest.raises(SourceError, match="being written"), Journal(path):
            pass
        first.sent(request(5), 1)
    with Journal(path) as next_one:
        assert next_one.totals.sent == 4


def test_totals_count_failed_attempts_lost_ones_and_answers_without_usage(tmp_path):
    with Journal(tmp_path / "j.jsonl") as journal:
        for number in range(5):
            attempt = journal.sent(request(number), 100)
            if number == 0:
                journal.answered(request(0), attempt, answer(prompt=80, completion=7), final=True, fault="")
            elif number == 1:
                journal.answered(request(1), attempt, {**answer("四个汉字"), "usage": None}, final=True, fault="")
            elif number == 2:
                journal.failed(request(2), attempt, "500", "")
            elif number == 3:
                journal.refused(request(3), attempt, 400, "too long")
        # the last is under way, and its run is killed
    for _ in range(2):
        with Journal(tmp_path / "j.jsonl") as journal:
            found = journal.totals
        assert (found.sent, found.answered, found.refused, found.failed) == (5, 2, 1, {"500": 1})
        assert (found.prompt, found.completion) == (80, 7)
        # of the one without usage, the failed one and the lost one; a character of the answer counts as a token
        assert (found.estimated_prompt, found.estimated_completion) == (300, 4)


def test_an_answer_that_may_have_been_charged_and_never_came_is_counted_with_the_most_it_can_have(tmp_path):
    causes = ["timeout", "reset", "broken_body", "no_choice", "502", "429", "500", "connect", "hopeless"]
    with Journal(tmp_path / "j.jsonl") as journal:
        for number, cause in enumerate(causes):
            journal.failed(request(number), journal.sent(request(number), 10, 2**number), cause, "")
        journal.answered(request(20), journal.sent(request(20), 10, 1000), answer(), final=True, fault="")
        journal.refused(request(21), journal.sent(request(21), 10, 1000), 400, "")
        journal.sent(request(22), 10, 32)  # killed
        assert journal.totals.uncertain == 1 + 2 + 4 + 8 + 16 + 32
    with Journal(tmp_path / "j.jsonl") as journal:
        assert journal.totals.uncertain == 1 + 2 + 4 + 8 + 16 + 32
        journal.answered(request(22), journal.sent(request(22), 10, 64), answer(), final=True, fault="")
        assert journal.totals.uncertain == 1 + 2 + 4 + 8 + 16 + 32


def test_totals_while_it_is_written_are_those_that_are_read_back(path):
    with Journal(path) as journal:
        attempt = journal.sent(request(7), 30)
        journal.answered(request(7), attempt, answer(), final=True, fault="")
        written = journal.totals
    with Journal(path) as journal:
        assert journal.totals == written


def test_what_was_sent_shortly_before_is_remembered_with_its_tokens(path):
    with Journal(path) as journal:
        recent = journal.recent()
    assert [tokens for _, tokens in recent] == [15, 15, 15]
    assert all(0 <= ago < 60 for ago, _ in recent)


def test_what_a_killed_run_had_sent_is_remembered_with_the_most_that_its_answer_can_have(path):
    with Journal(path) as journal:
        journal.sent(request(7), 30, 200)
    with Journal(path) as journal:
        assert journal.recent()[-1][1] == 230


def test_ids_that_are_settled_can_be_read_beside_the_writer(path):
    with Journal(path):
        assert journals.settled(path) == {request(0).id, request(1).id}
    assert journals.settled(path.with_name("none")) == set()


def test_a_full_disk_leaves_whole_lines(path, monkeypatch):
    import os

    real = os.write

    def full(file, data):
        if len(data) > 60:
            real(file, data[:50])
        raise OSError(28, "No space left on device")

    with Journal(path) as journal:
        before = path.read_bytes()
        monkeypatch.setattr("converters.expansion.journal.os.write", full)
        with pytest.raises(SourceError, match="room for one more line"):
            journal.sent(request(9), 1)
        monkeypatch.undo()
        assert path.read_bytes() == before
