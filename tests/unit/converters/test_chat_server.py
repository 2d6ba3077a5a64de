"""The server that expansion is tested against does what its faults are called, and its log tells what happened."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from email.utils import parsedate_to_datetime

import httpx
import pytest
from chat_answers import REFUSED
from chat_behaviour import FAULTS, Behaviour, digest_of
from chat_server import BROKEN_OFF
from chat_world import chat_server, most_in_a_window

ASKED = "【材料开始】\n标题：西湖\n{}号湖，约六平方千米。苏轼曾率众疏浚。\n【材料结束】\n{}\nitems 里有 2 组。"
FORM = '{"items": [{"question": "问题", "answer": "答案"}]}'


def body(number=1, **more):
    return {"model": "test", "messages": [{"role": "user", "content": ASKED.format(number, FORM)}]} | more


@pytest.fixture
def client():
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def post(client, server, number=1, **more):
    return client.post(f"{server.url}/chat/completions", json=body(number, **more))


def test_a_good_answer_is_a_completion_and_its_tokens_are_counted_by_characters(client, tmp_path):
    with chat_server(tmp_path, tokens_per_character=0.5) as server:
        answer = post(client, server).json()
        seen = server.seen()
    content = answer["choices"][0]["message"]["content"]
    prompt, completion = round(len(ASKED.format(1, FORM)) * 0.5), round(len(content) * 0.5)
    assert answer["choices"][0]["finish_reason"] == "stop"
    asked_about = ["1号湖，约六平方千米。", "苏轼曾率众疏浚。"]
    assert [item["answer"] for item in json.loads(content)["items"]] == asked_about
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    assert answer["usage"] == usage
    assert [(one.usage, one.content, one.whole) for one in seen] == [((prompt, completion), content, True)]


@pytest.mark.parametrize("fault", BROKEN_OFF)
def test_what_is_broken_off_never_becomes_an_answer(client, tmp_path, fault):
    async def asked():
        async with httpx.AsyncClient(trust_env=False, timeout=0.5) as client:
            async with asyncio.timeout(1):  # of what dribbles, httpx never tires
                await client.post(f"{server.url}/chat/completions", json=body())

    with chat_server(tmp_path, always=fault) as server:
        with pytest.raises((httpx.TransportError, TimeoutError)):
            asyncio.run(asked())
        server.behave()
        assert post(client, server).status_code == 200
        first, second = server.seen()
    assert (first.fault, first.whole, first.answered) == (fault, False, False)
    assert second.answered


def test_every_other_fault_is_an_answer_of_its_status(client, tmp_path):
    statuses = {"html": 200, "429_seconds": 429, "429_date": 429, "429_nonsense": 429, "429_quota": 429}
    named = [fault for fault in FAULTS if fault not in BROKEN_OFF and fault != "slow"]
    with chat_server(tmp_path) as server:
        for fault in named:
            server.behave(always=fault, redirect_to=server.url)
            expected = statuses.get(fault) or (int(fault[:3]) if fault in REFUSED else 200)
            assert post(client, server).status_code == expected, fault
        assert [one.fault for one in server.seen()] == named


def test_a_server_says_how_long_to_wait_in_each_of_the_ways(client, tmp_path):
    with chat_server(tmp_path, first=["429", "429_seconds", "429_date", "503"], retry_after=7) as server:
        waits = [post(client, server).headers.get("Retry-After") for _ in range(4)]
    assert waits[:2] == [None, "7"]
    assert parsedate_to_datetime(waits[2]).tzinfo is not None
    assert waits[3] == "7"


def test_faults_follow_from_what_is_asked_and_not_from_the_order(tmp_path):
    behaviour = Behaviour(shares={"429": 0.2, "500": 0.2}, lasting={"400_context": 0.1}, faulty_attempts=2)
    met = [behaviour.fault(digest_of(body(number)), attempt) for number in range(1_000) for attempt in (1, 2, 3)]
    assert met.count("400_context") % 3 == 0
    assert 60 < met.count("400_context") / 3 < 140
    assert 280 < met.count("500") < 440  # 1,000 × 0.9 × 0.2 × 2
    assert set(met[2::3]) == {"", "400_context"}
    formed = body(5, response_format={"type": "json_object"})
    assert digest_of(formed) == digest_of(body(5)) != digest_of(body(6))


def test_a_server_is_mended_while_it_runs(client, tmp_path):
    with chat_server(tmp_path, always="500") as server:
        assert post(client, server).status_code == 500
        server.behave()
        assert post(client, server).status_code == 200


def test_its_own_limits_are_real_and_who_exceeds_them_is_noted(client, tmp_path):
    with chat_server(tmp_path, requests=3, window=60) as server:
        answers = [post(client, server, number) for number in range(5)]
        seen = server.seen()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[4].headers["Retry-After"]) == 60
    assert [one.early > 0 for one in seen] == [False, False, False, True, True]


def test_its_limit_of_tokens_counts_prompt_and_completion(client, tmp_path):
    with chat_server(tmp_path) as server:
        one = post(client, server).json()["usage"]["total_tokens"]
        server.behave(tokens=3 * one + 1)
        assert [post(client, server).status_code for _ in range(3)] == [200, 200, 429]


def test_connections_are_kept_and_counted(client, tmp_path):
    with chat_server(tmp_path, first=["", "", "closed"]) as server:
        post(client, server)
        post(client, server)
        with pytest.raises(httpx.RemoteProtocolError):
            post(client, server)
        post(client, server)
        assert [one.connection for one in server.seen()] == [1, 1, 1, 2]


def test_a_form_is_refused_by_a_server_that_does_not_know_it(client, tmp_path):
    schema = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}
    with chat_server(tmp_path, forms="json_object") as server:
        assert post(client, server, response_format=schema).status_code == 400
        assert post(client, server, response_format={"type": "json_object"}).status_code == 200
        assert [one.form for one in server.seen()] == ["json_schema", "json_object"]


def test_only_its_key_opens_and_the_log_has_what_was_shown(client, tmp_path):
    with chat_server(tmp_path, key="abc") as server:
        assert post(client, server).status_code == 401
        client.headers["Authorization"] = "Bearer abc"
        assert post(client, server).status_code == 200
        assert [one.key for one in server.seen()] == ["", "Bearer abc"]


def test_a_client_that_is_killed_leaves_the_server_alive_and_an_answer_that_was_not_whole(client, tmp_path):
    asking = "import httpx, sys; httpx.post(sys.argv[1], json=eval(sys.argv[2]), trust_env=False)"
    with chat_server(tmp_path, latency=60) as server:
        address = f"{server.url}/chat/completions"
        killed = subprocess.Popen([sys.executable, "-c", asking, address, repr(body(1))])
        while not server.seen():
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        while not server.seen()[0].done:
            pass
        server.behave()
        assert post(client, server, 2).status_code == 200
        assert [one.whole for one in server.seen()] == [False, True]


def test_the_most_in_a_window_is_counted_in_every_window():
    moments = [(0.0, 1), (0.5, 1), (1.0, 1), (1.4, 1), (3.0, 2)]
    assert most_in_a_window(moments, 1.0) == 3  # (0.4, 1.4]; a window that begins at 0 has 0.5 and 1.0
    assert most_in_a_window(moments, 0.1) == 2
    assert most_in_a_window(moments, 2.0) == 4  # (-0.6, 1.4]
    assert most_in_a_window([], 1.0) == 0
