"""What the model card says to type, typed: chat, api and vLLM give one and the same answer, asked as in training."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from _machines import free_port
from _tiny import PATIENCE, World, cli, environment, run

pytestmark = pytest.mark.slow

VLLM = shutil.which(os.environ.get("EWC_TEST_VLLM", "vllm"))
QUESTION = "你好，请问今天天气怎么样？"
TOKENS = 12


@pytest.fixture(scope="module")
def exported(world: World, first_stage: Path) -> Path:
    recipe = {
        "model_name_or_path": str(world.folder / "base"),
        "adapter_name_or_path": str(first_stage),
        "template": "gemma2",
        "export_dir": str(world.folder / "loaded"),
        "infer_dtype": "float32",  # so that no answer differs by rounding
    }
    path = world.folder / "loaded.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    ended = cli("export", path, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "loaded"


@pytest.fixture(scope="module")
def adapter(world: World, first_stage: Path) -> Path:
    """The stage, with a card of its own."""
    ended = run([sys.executable, "-m", "ewc_plugin", "card", first_stage], cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert "token by token" in ended.out
    return first_stage


@pytest.fixture(scope="module")
def expected(exported: Path) -> str:
    """The likeliest tokens, by transformers alone, after the prompt that gemma2 has in training."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(exported)
    prompt = f"<bos><start_of_turn>user\n{QUESTION}<end_of_turn>\n<start_of_turn>model\n"
    ids = torch.tensor([tokens.encode(prompt, add_special_tokens=False)])
    model = AutoModelForCausalLM.from_pretrained(exported, dtype=torch.float32)
    answer = model.generate(ids, do_sample=False, max_new_tokens=TOKENS)[0, ids.shape[1] :]
    return str(tokens.decode(answer, skip_special_tokens=True))


def command(folder: Path, beginning: str) -> list[str]:
    """The words of the card's command that begins so; its program is that of this environment."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in card.split("\n") if line.startswith(beginning)]
    words = [word for word in shlex.split(line) if not word.startswith("API_PORT=")]
    return [str(Path(sys.executable).with_name(words[0])) if words[0] == "llamafactory-cli" else words[0], *words[1:]]


@contextmanager
def served(words: Sequence[str], port: int, log: Path, **variables: str) -> Iterator[str]:
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(words, cwd=log.parent, env=environment(**variables), stdout=stream, stderr=stream)
        try:
            url, end = f"http://127.0.0.1:{port}/v1", time.monotonic() + PATIENCE
            while not answers(f"{url}/models"):
                assert server.poll() is None, log.read_text(encoding="utf-8")[-3000:]
                assert time.monotonic() < end, log.read_text(encoding="utf-8")[-3000:]
                time.sleep(1)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=60)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def asked(url: str, model: str) -> str:
    content = {"model": model, "messages": [{"role": "user", "content": QUESTION}], "max_tokens": TOKENS}
    body = json.dumps({**content, "temperature": 0}).encode()
    request = urllib.request.Request(f"{url}/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as found:
        said: dict[str, Any] = json.load(found)
    return str(said["choices"][0]["message"]["content"])


@pytest.mark.parametrize("kind", ["adapter", "exported"])
def test_chat_as_the_card_says_it_answers_as_in_training(
    kind: str, world: World, expected: str, request: pytest.FixtureRequest
) -> None:
    words = command(request.getfixturevalue(kind), "llamafactory-cli chat")
    greedy = ["--do_sample", "false", "--max_new_tokens", str(TOKENS)]
    ended = subprocess.run(
        [*words, *greedy],
        input=f"{QUESTION}\nexit\n".encode(),
        cwd=world.folder,
        env=environment(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        timeout=PATIENCE,
        check=False,  # seen to abort at its very end on a busy machine, when everything was said
    )
    assert f"Assistant: {expected}" in ended.stdout.decode()


@pytest.mark.parametrize("kind", ["adapter", "exported"])
def test_api_as_the_card_says_it_answers_as_in_training(
    kind: str, world: World, expected: str, request: pytest.FixtureRequest
) -> None:
    words, port = command(request.getfixturevalue(kind), "API_PORT"), free_port()
    where = {"API_HOST": "127.0.0.1", "API_PORT": str(port)}
    with served(words, port, world.folder / f"api_{kind}.log", **where) as url:
        assert asked(url, "any") == expected


@pytest.mark.skipif(VLLM is None, reason="no vllm command on PATH, and EWC_TEST_VLLM names none")
@pytest.mark.parametrize("kind", ["adapter", "exported"])
def test_vllm_as_the_card_says_it_answers_as_in_training(
    kind: str, world: World, expected: str, request: pytest.FixtureRequest
) -> None:
    folder, port = request.getfixturevalue(kind), free_port()
    _, *words = command(folder, "vllm serve")
    # a tiny model on few cores: no compilation, a small cache, no rounding
    here = ["--enforce-eager", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(port)]
    with served([str(VLLM), *words, *here], port, world.folder / f"vllm_{kind}.log", VLLM_CPU_KVCACHE_SPACE="1") as url:
        assert asked(url, folder.name if kind == "adapter" else str(folder)) == expected
