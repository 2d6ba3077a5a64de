"""How does the command ask the host and the records about its stages? In a process that ends before training begins."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.errors import EwcError
from ewc_plugin.pipeline import process
from ewc_plugin.pipeline.recipes import Stage

# what torchrun and launchers of jobs set for the workers of one run: this process is none
OF_WORKERS = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "GROUP_RANK", "LOCAL_WORLD_SIZE")
TAIL = 1500  # characters of what a process said that ended without an answer


@dataclass(frozen=True)
class Answer:
    """`problems` with the keys; `state` of the output folder (see `examining`), `known` when that could be compared."""

    problems: tuple[str, ...]
    state: str
    why: tuple[str, ...]
    trains: bool
    known: bool
    ours: bool  # the stage's own trainer keeps its record


def asked(
    stages: Sequence[Stage], *, to_come: Sequence[Path], mixtures: Sequence[str], record: str | None = None
) -> list[Answer]:
    """What is known of each stage when the folders `to_come` and the `mixtures` are not there yet."""
    request = {
        "record": record,
        "stages": [
            {
                "verb": stage.verb,
                "keys": stage.keys,
                "output": str(stage.output),
                "folders": [str(folder) for folder in to_come],
                "mixtures": list(mixtures),
            }
            for stage in stages
        ],
    }
    return [
        Answer(tuple(one["problems"]), one["state"], tuple(one["why"]), bool(one["trains"]), one["known"], one["ours"])
        for one in _answered(request)
    ]


def _answered(request: dict[str, Any]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("request.json", "answer.json")]
        paths[0].write_text(json.dumps(request), encoding="utf-8")
        # the host refuses to parse for several GPUs outside torchrun
        one_gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        words = [sys.executable, "-m", "ewc_plugin.pipeline.examining", *map(str, paths)]
        ended = process.quiet(words, without=OF_WORKERS, CUDA_VISIBLE_DEVICES=one_gpu)
        if ended.returncode or not paths[1].is_file():
            raise EwcError(
                "run",
                expected="LLaMA-Factory to be imported and asked about the recipes",
                found=f"exit code {ended.returncode}: {ended.stderr.strip()[-TAIL:]}",
                remedy="Look what stands in the way with: python -m ewc_plugin doctor",
            )
        found: list[dict[str, Any]] = json.loads(paths[1].read_text(encoding="utf-8"))
        return found
