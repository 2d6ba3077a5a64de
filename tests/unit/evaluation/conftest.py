"""Fixtures of the evaluation's tests."""

import json
from pathlib import Path

import pytest
from toy_host import ToyEncoder, chat, tiny_gemma2, tiny_llama

from ewc_plugin.evaluation.sets import EvaluationSet


@pytest.fixture
def encoder():
    return ToyEncoder()


@pytest.fixture(params=[tiny_llama, tiny_gemma2], ids=["llama", "gemma2"])
def make_model(request):
    return request.param


@pytest.fixture
def model():
    return tiny_llama()


@pytest.fixture
def write_set(tmp_path):
    """Writes records as an evaluation set of the data contract and returns it."""

    def write(name="belle_eval", records=(), *, task="instruction", stage="foundation", protected=True):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
        tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
        return EvaluationSet(name, task, stage, protected, Path(path), messages_column="messages", **tags)

    return write


@pytest.fixture
def chats():
    """Records with answers of different lengths."""
    answers = ["床前明月光", "疑是", "地上霜", "a moon.", "举头望明月，低头思故乡", "b", "is the light", "月"]
    return [chat("问 " + "春江花月夜"[: 1 + i % 5], a, id=f"belle:{i}") for i, a in enumerate(answers)]
