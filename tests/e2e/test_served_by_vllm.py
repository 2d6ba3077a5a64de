"""The model of a stage, served by a real vLLM and evaluated through it: the stage's own answers, item by item.

Needs a `vllm` command that runs on this machine: on PATH, or named by EWC_TEST_VLLM (it may be of another environment).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import _tiny
import pytest

pytestmark = pytest.mark.slow
pytest.importorskip("openai", reason="pip install -c constraints.txt -e '.[dev]'")

COMMAND = shutil.which(os.environ.get("EWC_TEST_VLLM", "vllm"))
if COMMAND is None:
    pytest.skip("no vllm command on PATH, and EWC_TEST_VLLM names none", allow_module_level=True)

# a tiny model on few cores: no compilation, a small cache
HOW = ["--vllm", COMMAND, "--vllm-args=--enforce-eager"]
WHERE = {"VLLM_CPU_KVCACHE_SPACE": "1", "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0")}


def evaluate(world: _tiny.World, checkpoint: Path, *words: str) -> _tiny.Process:
    command = [sys.executable, "-m", "ewc_plugin", "evaluate", checkpoint, *HOW, *words]
    return _tiny.run(command, cwd=world.folder, **WHERE)


def records(folder: Path, name: str) -> dict[str, tuple[str, bool]]:
    lines = (folder / "predictions" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return {r["id"]: (r["answer"], r["finished"]) for r in map(json.loads, filter(None, lines))}


def same_answers(checkpoint: Path) -> None:
    there, here = checkpoint / "stage_eval_endpoint", checkpoint / "stage_eval"
    found, ours = (json.loads((folder / "metrics.json").read_text(encoding="utf-8")) for folder in (there, here))
    for name in ("talk_eval", "translation_eval"):
        assert records(there, name) == records(here, name)
        assert len(records(there, name)) == 12
        metrics = set(ours["sets"][name]) & set(found["sets"][name]) - {"task", "stage", "protected"}
        assert len(metrics) >= 2
        for metric in metrics:
            assert found["sets"][name][metric]["value"] == ours["sets"][name][metric]["value"]
            assert found["sets"][name][metric]["signature"]["answers"].startswith("vllm ")


def test_an_adapter_gives_the_answers_and_scores_of_its_stage(world: _tiny.World, first_stage: Path) -> None:
    matrix = (first_stage / "stage_eval/matrix.json").read_bytes()
    ended = evaluate(world, first_stage)
    assert ended.code == 0, ended.err[-3000:]
    assert "translation_eval  bleu" in ended.out
    same_answers(first_stage)
    assert (first_stage / "stage_eval/matrix.json").read_bytes() == matrix


def test_a_whole_model_gives_the_answers_and_scores_of_its_stage(world: _tiny.World) -> None:
    keys = {"finetuning_type": "full", "lora_rank": None, "lora_target": None}
    ended = _tiny.cli("train", world.recipe("whole", **_tiny.FIRST, **keys), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    ended = evaluate(world, world.folder / "whole")
    assert ended.code == 0, ended.err[-3000:]
    same_answers(world.folder / "whole")


def test_what_vllm_says_when_it_cannot_start_is_told(world: _tiny.World, first_stage: Path) -> None:
    ended = evaluate(world, first_stage, "--vllm-args=--enforce-eager --max-model-len 99999999")
    assert ended.code == 2
    assert "max_model_len (99999999)" in ended.err
    assert "Traceback" not in ended.err


def test_ctrl_c_leaves_no_process_of_vllm(world: _tiny.World, first_stage: Path) -> None:
    command = [sys.executable, "-m", "ewc_plugin", "evaluate", str(first_stage), *HOW]
    ours = subprocess.Popen(
        command, cwd=world.folder, env=_tiny.environment(**WHERE), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + _tiny.PATIENCE
    while len(group := processes_below(ours.pid)) < 2:  # its engine is a process of its own
        assert ours.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)
    ours.send_signal(signal.SIGINT)
    assert ours.wait(120) != 0
    time.sleep(1)
    assert [pid for pid in group if running(pid)] == []


def processes_below(pid: int) -> list[int]:
    below = [int(p) for f in Path(f"/proc/{pid}/task").glob("*/children") for p in f.read_text().split()]
    return below + [grandchild for child in below for grandchild in processes_below(child)]


def running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.is_file() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
