"""A reward model of LLaMA-Factory rates answers as it was trained to, and the pairs that come of it train with DPO."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import _tiny
import pytest
from chat_world import chat_server, texts, words
from test_served_model import free_port, wait_for

from converters.chat import Endpoint, Reply
from converters.expansion.contract import Request
from converters.expansion.pairing import Rewarder
from converters.expansion.scoring import chat_template, rating, reward_request

pytestmark = pytest.mark.slow
COLUMNS = {"messages": "messages", "chosen": "chosen", "rejected": "rejected"}
MODEL = {"template": "gemma2", "stage": "rm"}


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


@pytest.fixture(scope="module")
def judged(world: _tiny.World) -> list[dict[str, Any]]:
    """Preferences of a reader who likes long answers, registered as `liked`."""
    speech, folder = _tiny.SPEECH, world.folder / "data"
    rows = [
        {
            "messages": [turn("system", speech[i % 3])] * (i % 2) + [turn("user", f"{speech[i % 5]}{i}")],
            "chosen": turn("assistant", speech[(i + 1) % 5] * 3),
            "rejected": turn("assistant", speech[(i + 2) % 5]),
        }
        for i in range(32)
    ]
    registry = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    form = {"formatting": "sharegpt", "tags": {**_tiny.TAGS, "system_tag": "system"}, "columns": COLUMNS}
    registry["liked"] = {"file_name": "liked.jsonl", **form, "ranking": True}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    (folder / "liked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return rows


@pytest.fixture(scope="module")
def reward_model(world: _tiny.World, judged: list[dict[str, Any]]) -> Path:
    recipe = world.recipe("reward", stage="rm", dataset="liked", max_new_tokens=None, num_train_epochs=3)
    ended = _tiny.cli("train", recipe, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "reward"


@pytest.fixture(scope="module")
def served(world: _tiny.World, reward_model: Path) -> Iterator[Endpoint]:
    """`llamafactory-cli api` with the reward model."""
    port, cli = free_port(), Path(sys.executable).with_name("llamafactory-cli")
    keys = {"model_name_or_path": world.folder / "base", "adapter_name_or_path": reward_model, **MODEL}
    words = [word for key, value in keys.items() for word in (f"--{key}", str(value))]
    log = (world.folder / "reward.log").open("w", encoding="utf-8")
    environment = _tiny.environment(API_HOST="127.0.0.1", API_PORT=str(port))
    server = subprocess.Popen([str(cli), "api", *words], cwd=world.folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models", server, world.folder / "reward.log")
        yield Endpoint(f"http://127.0.0.1:{port}/v1")
    finally:
        server.terminate()
        server.wait(timeout=60)
        log.close()


def answers(server: Endpoint, requests: list[Request]) -> list[str]:
    async def ask() -> list[Reply]:
        async with Rewarder(server) as rewarder:
            return [await rewarder.ask(one, 1, lambda: None) for one in requests]

    return [reply.text for reply in asyncio.run(ask())]


def test_ratings_are_those_that_the_trainer_itself_predicts(
    world: _tiny.World, judged: list[dict[str, Any]], reward_model: Path, served: Endpoint
) -> None:
    """Whose texts end in <eos>: without it, or with the answer alone, the ratings are others."""
    keys = {"do_train": False, "do_predict": True, "dataset": None, "eval_dataset": "liked", "max_new_tokens": None}
    (world.folder / "predicted").mkdir()
    recipe = world.recipe("predicted", stage="rm", adapter_name_or_path=str(reward_model), **keys)
    ended = _tiny.cli("train", recipe, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    lines = (world.folder / "predicted/generated_predictions.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [json.loads(line)[side] for line in lines for side in ("chosen", "rejected")]
    chat = chat_template(str(reward_model))
    requests = [
        reward_request([*row["messages"], row[side]], model="any", chat=chat, about={})
        for row in judged
        for side in ("chosen", "rejected")
    ]
    found = [rating(text) for text in answers(served, requests)]
    assert len(found) == len(expected) == 64
    assert found == pytest.approx(expected, abs=0.0051)
    bare = reward_request([*judged[0]["messages"], judged[0]["chosen"]], model="any", chat=chat, about={})
    text = bare.messages[0]["content"].removesuffix("<eos>")
    (without_end,) = answers(served, [replace(bare, messages=({"role": "text", "content": text},))])
    assert abs(float(without_end) - expected[0]) > 0.0051


def test_pairs_by_reward_become_a_dataset_that_dpo_trains_on(
    world: _tiny.World, reward_model: Path, served: Endpoint, tmp_path: Path
) -> None:
    score = ["--score", "reward", "--score-model", "any", "--score-endpoint", served.url, "--min-margin", "0.0001"]
    pairs = ["--pairs", "--pair-samples", "1", *score, "--reward-tokenizer", str(reward_model)]
    with chat_server(tmp_path) as server:
        command = words(texts(tmp_path, 12), server.url, "--tasks", "qa", *pairs)
        ended = _tiny.run([sys.executable, "-m", "converters", *command], cwd=tmp_path)
    assert ended.code == 0, ended.err[-3000:]
    records = [json.loads(line) for line in (tmp_path / "expansion/bridges.pairs.jsonl").open(encoding="utf-8")]
    found = [record["scores"] for record in records if "scores" in record]
    assert found
    assert all(scores["chosen"] > scores["rejected"] for scores in found)
    keys = {"dataset": "bridges_preference", "dataset_dir": str(tmp_path / "dataset_info"), "cutoff_len": 512}
    trained = _tiny.cli("train", world.recipe("dpo", stage="dpo", **keys), cwd=world.folder)
    assert trained.code == 0, trained.err[-3000:]
    history = json.loads((world.folder / "dpo/trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    assert any("rewards/margins" in entry for entry in history)
