"""What is examined? The folders and recipes that were named, and what fresh processes said of torch and the host.

Whatever may be broken is imported there and never here.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROBES = Path(__file__).with_name("probes")
PATIENCE = 300.0  # seconds: imports from a slow network disk take minutes
SHOWN = 4  # last lines of an error that nobody recognised


@dataclass(frozen=True)
class Answer:
    """What a probe found before it ended, and how it failed (empty: it did not)."""

    facts: Mapping[str, Any]
    error: str = ""
    said: str = ""

    @property
    def last_line(self) -> str:
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @property
    def cause(self) -> str:
        """The first exception of the chain: what a library says of it later may be another sentence entirely."""
        found = re.search(r"^\w[\w.]*(?:Error|Exception)\b.*", self.error, re.MULTILINE)
        return found[0] if found else self.last_line

    @property
    def end(self) -> str:
        return "\n".join(line for line in self.error.splitlines()[-SHOWN:] if line.strip())


@dataclass(frozen=True)
class Case:
    """One examination."""

    dataset_dir: Path
    recipes: Sequence[Path]
    torch: Answer
    host: Answer
    environ: Mapping[str, str]


def ask(*, timeout: float = PATIENCE) -> tuple[Answer, Answer]:
    """What two fresh processes say, at the same time, about torch and about LLaMA-Factory with us inside."""
    with ThreadPoolExecutor(2) as pool:
        torch = pool.submit(answered, PROBES / "of_torch.py", timeout=timeout)
        host = pool.submit(answered, PROBES / "of_host.py", timeout=timeout)
        return torch.result(), host.result()


def answered(probe: Path, *, timeout: float = PATIENCE) -> Answer:
    """Run a probe as llamafactory-cli would start: nothing of the current folder can be imported there."""
    command = [sys.executable, "-P", str(probe)]
    try:
        ended = subprocess.run(
            command,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer({}, f"no answer within {timeout:g} seconds")
    except OSError as error:
        return Answer({}, f"{type(error).__name__}: {error}")
    facts = _facts(ended.stdout)
    failed = ended.stderr.strip() or "no word" if ended.returncode or "done" not in facts else ""
    if failed and ended.returncode < 0:
        failed += f"\nended by signal {-ended.returncode}"
    return Answer(facts, failed, ended.stderr)


def _facts(out: str) -> dict[str, Any]:
    """Of the lines of JSON that a probe printed; later ones add to earlier ones, other lines are not ours."""
    found: dict[str, Any] = {}
    for line in out.splitlines():
        if line.startswith("{"):
            try:
                found.update(json.loads(line))
            except ValueError:
                continue
    return found


def installed(module: str) -> bool:
    """Whether a module could be imported; it is not."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
