"""The model of a stage, served by LLaMA-Factory's own API and evaluated through it: the same answers and scores."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import _tiny
import pytest

pytestmark = pytest.mark.slow
pytest.importorskip("openai", reason="pip install -c constraints.txt -e '.[dev]'")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def served(world: _tiny.World, first_stage: Path) -> Iterator[str]:
    """The URL of `llamafactory-cli api` with the adapter of the stage."""
    port = free_port()
    cli = Path(sys.executable).with_name("llamafactory-cli")
    keys = {"model_name_or_path": world.folder / "base", "adapter_name_or_path": first_stage, "template": "gemma2"}
    words = [word for key, value in keys.items() for word in (f"--{key}", str(value))]
    log = (world.folder / "api.log").open("w", encoding="utf-8")
    environment = _tiny.environment(API_HOST="127.0.0.1", API_PORT=str(port), API_MODEL_NAME="stage-a")
    server = subprocess.Popen([str(cli), "api", *words], cwd=world.folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models", server, world.folder / "api.log")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=60)
        log.close()


def wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _tiny.PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(1)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])


def records(folder: Path) -> dict[str, str]:
    lines = (folder / "predictions" / "translation_eval.jsonl").read_text(encoding="utf-8").split("\n")
    return {record["id"]: record["answer"] for record in map(json.loads, filter(None, lines))}


def test_a_served_stage_gives_the_answers_and_scores_of_the_stage_itself(
    world: _tiny.World, first_stage: Path, served: str
) -> None:
    matrix = (first_stage / "stage_eval/matrix.json").read_bytes()
    command = [sys.executable, "-m", "ewc_plugin", "evaluate", first_stage, "--endpoint", served]
    ended = _tiny.run(command, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert "translation_eval  bleu" in ended.out
    there, here = first_stage / "stage_eval_endpoint", first_stage / "stage_eval"
    assert records(there) == records(here)
    assert len(records(there)) == 12
    found, ours = (json.loads((folder / "metrics.json").read_text(encoding="utf-8")) for folder in (there, here))
    assert found["endpoint"]["model"] == "stage-a"
    for metric in ("bleu", "chrf"):
        scores = [result["sets"]["translation_eval"][metric] for result in (found, ours)]
        assert scores[0]["value"] == scores[1]["value"]
        assert scores[0]["signature"]["subset"] == scores[1]["signature"]["subset"]
    assert (first_stage / "stage_eval/matrix.json").read_bytes() == matrix
