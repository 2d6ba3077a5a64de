"""What did a run of this recipe really take? Read from what it left in its output_dir."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """Numbers of a finished run; each is None where it was not written down."""

    steps: int | None = None
    tokens_a_step: float | None = None
    tokens_a_second: float | None = None
    hours: float | None = None  # of training, without what follows it
    peak_gb: float | None = None


def read(output: Path) -> Measured | None:
    results, state = _json(output / "train_results.json"), _json(output / "trainer_state.json")
    if not results and not state:
        return None
    steps, runtime = state.get("global_step"), results.get("train_runtime")
    each, peak = results.get("train_batch_tokens"), results.get("train_peak_gpu_bytes")
    return Measured(
        steps=steps,
        tokens_a_step=each,
        tokens_a_second=each * steps / runtime if each and steps and runtime else None,
        hours=runtime / 3600 if runtime else None,
        peak_gb=peak / 1e9 if peak else None,
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
