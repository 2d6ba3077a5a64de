"""An OpenAI-compatible endpoint, asked over real HTTP: what it answers, and what is made of what goes wrong."""

import asyncio
import sys
import time

import pytest
from scripted_server import completion, dripping, first_failing, nowhere, serving, slowly

pytest.importorskip("openai", reason="pip install -c constraints.txt -e '.[dev]'")

from ewc_plugin.serving.endpoint import PATIENCE, Endpoint, EndpointError, Line, NoAnswerError, connected, counted
from ewc_plugin.serving.kept import Kept, key

HELLO = [{"role": "user", "content": "你好"}]


def ask(url, messages=HELLO, max_tokens=8, **how):
    async def asked():
        async with connected(Endpoint(url, **{"model": "tiny", "retries": 2, "timeout": 5, **how})) as line:
            return await line.reply(messages, max_tokens)

    return asyncio.run(asked())


def refusal(url, **how):
    with pytest.raises(NoAnswerError) as caught:
        ask(url, **how)
    return caught.value


def test_a_request_is_greedy_with_the_limit_the_key_and_all_messages():
    messages = [{"role": "system", "content": "简短"}, *HELLO]
    with serving(lambda _: " 早。\n") as server:
        reply = ask(server.url, messages, key="secret")
    assert (reply.text, reply.finished) == ("早。", True)
    assert server.requests == [{"model": "tiny", "messages": messages, "max_tokens": 8, "temperature": 0}]
    assert server.keys == ["Bearer secret"]


def test_an_answer_that_the_limit_cut_off_is_unfinished():
    with serving(lambda _: completion("早", "length")) as server:
        assert ask(server.url).finished is False


def test_content_that_is_null_is_an_empty_answer():
    with serving(lambda _: completion(None)) as server:
        assert ask(server.url).text == ""


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(status):
    with serving(first_failing(2, status, lambda _: "好")) as server:
        assert ask(server.url).text == "好"
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_stays_busy_is_given_up_after_its_retries(status):
    with serving(lambda _: (status, {"error": {"message": "busy"}})) as server:
        problem = refusal(server.url)
    assert (problem.fault, len(server.requests)) == ("endpoint", 3)
    assert f"status {status}" in str(problem)
    assert "busy" in str(problem)


def test_a_request_that_is_refused_is_not_asked_again():
    with serving(lambda _: (400, {"error": {"message": "too long"}})) as server:
        assert refusal(server.url).fault == "item"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_address_is_hopeless_and_says_what_to_look_at(status):
    with serving(lambda _: (status, {"error": {"message": "no"}})) as server:
        problem = refusal(server.url)
    assert (problem.fault, len(server.requests)) == ("hopeless", 1)
    assert str(problem).endswith("?)")


def test_a_server_that_is_down_is_named_as_no_connection():
    problem = refusal(nowhere(), retries=0)
    assert problem.fault == "endpoint"
    assert str(problem).startswith("no connection")


def test_a_slow_server_is_left_after_the_timeout():
    with serving(slowly(2)) as server:
        started = time.monotonic()
        assert "no answer within 0.2 s" in str(refusal(server.url, timeout=0.2, retries=1))
        assert time.monotonic() - started < 2


def test_a_server_that_sends_a_byte_now_and_then_is_left_too(monkeypatch):
    monkeypatch.setattr("ewc_plugin.serving.endpoint.LONGEST_PAUSE", 0.1)
    with serving(dripping) as server:
        assert "no whole answer within 0.3 s" in str(refusal(server.url, timeout=0.2, retries=0))


@pytest.mark.parametrize(
    "nonsense",
    [
        b"<html>gateway</html>",
        b"",
        b'{"choices": [{"mess',
        b"[]",
        b"null",
        b'"a text"',
        {"choices": []},
        {"choices": None},
        {"choices": [{}]},
        {"choices": [None]},
        {"choices": "many"},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {"role": "assistant", "content": ["a"]}}]},
        {"error": "out of memory"},
    ],
)
def test_nonsense_is_no_answer(nonsense):
    with serving(lambda _: nonsense) as server:
        problem = refusal(server.url)
    assert problem.fault == "endpoint"
    assert "no chat completion" in str(problem)


def test_without_a_name_the_only_model_is_asked():
    with serving(lambda _: "好", models=["stage-2"]) as server:
        ask(server.url, model="")
    assert server.requests[0]["model"] == "stage-2"


def test_of_several_models_one_has_to_be_named():
    with serving(lambda _: "好", models=["base", "lora"]) as server, pytest.raises(EndpointError, match="base, lora"):
        ask(server.url, model="")


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(EndpointError, match=r"pip install 'llamafactory-ewc\[endpoint\]'"):
        ask("http://localhost/v1")


def test_a_password_in_the_url_is_not_in_its_name():
    assert Endpoint("https://me:secret@host:1/v1?a=b").name == "https://host:1/v1?a=b"


# -- many requests -----------------------------------------------------------------------------------------------


def test_no_more_requests_than_allowed_are_on_their_way():
    with serving(slowly(0.05)) as server:

        async def all_of_them():
            async with connected(Endpoint(server.url, "tiny", concurrency=3)) as line:

                async def one(_):
                    await line.reply(HELLO, 8)

                return await line.each(9, one)

        assert asyncio.run(all_of_them()) == {}
    assert server.most_busy == 3


def failures_of(faults):
    """`Line.each` over requests that fail as given, None for one that does not."""
    asked = []

    async def one(place):
        asked.append(place)
        if faults[place]:
            raise NoAnswerError(f"reason {faults[place]}", faults[place])

    return asyncio.run(Line(None, Endpoint("", concurrency=1)).each(len(faults), one)), asked


def test_an_endpoint_that_fails_several_times_in_a_row_is_not_asked_any_more():
    found, asked = failures_of([None, *["endpoint"] * 6])
    assert asked == [0, 1, 2, 3]
    assert len(found) == 6
    assert counted(found) == f"{PATIENCE} × not asked any more: the endpoint had failed before; 3 × reason endpoint"


def test_failures_with_answers_between_them_stop_nothing():
    found, asked = failures_of(["endpoint", "endpoint", None] * 3)
    assert (len(found), len(asked)) == (6, 9)


def test_items_that_are_refused_stop_nothing():
    assert len(failures_of(["item"] * 6)[1]) == 6


def test_a_wrong_key_stops_at_once():
    assert failures_of(["hopeless"] + [None] * 3)[1] == [0]


# -- what is kept ------------------------------------------------------------------------------------------------


def test_what_was_kept_is_there_again(tmp_path):
    Kept(tmp_path / "new" / "k.jsonl").add("a", {"answer": "天\u2028地"})
    found = Kept(tmp_path / "new" / "k.jsonl")
    assert (found.get("a"), found.get("b"), len(found)) == ({"answer": "天\u2028地"}, None, 1)


def test_a_torn_line_is_no_answer_and_spoils_none_after_it(tmp_path):
    path = tmp_path / "k.jsonl"
    Kept(path).add("a", 1)
    Kept(path).add("b", 2)
    path.write_bytes(path.read_bytes()[:-6])
    again = Kept(path)
    assert (again.get("a"), again.get("b")) == (1, None)
    again.add("b", 3)
    again.add("c", 4)
    assert [Kept(path).get(name) for name in "abc"] == [1, 3, 4]


def test_a_full_disk_is_an_error_and_the_next_answer_stands_on_its_own_line(tmp_path, monkeypatch):
    from ewc_plugin.serving import kept

    answers, write = Kept(tmp_path / "k.jsonl"), kept.os.write
    monkeypatch.setattr(kept.os, "write", lambda descriptor, text: write(descriptor, text[:9]))
    with pytest.raises(OSError, match="No space left"):
        answers.add("a", 1)
    monkeypatch.setattr(kept.os, "write", write)
    answers.add("b", 2)
    assert (Kept(tmp_path / "k.jsonl").get("a"), Kept(tmp_path / "k.jsonl").get("b")) == (None, 2)


def test_a_key_changes_with_each_of_its_parts():
    keys = {key("m", [{"a": 1}], 8), key("n", [{"a": 1}], 8), key("m", [{"a": 2}], 8), key("m", [{"a": 1}], 9)}
    assert len(keys) == 4
    assert key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})
