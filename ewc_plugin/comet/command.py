"""How does `comet-score` score segments? As a command of another environment: its requirements clash with the host's.

Nothing is downloaded here; a model that is named and not in its cache is fetched by comet-score itself.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.comet.segments import Segment
from ewc_plugin.errors import EwcError
from ewc_plugin.shapes import is_number

MODEL = "Unbabel/wmt22-comet-da"  # comet-score's own default, named so that it stands in the file
UNKNOWN = "of unknown version"
_ASK_VERSION = "from importlib.metadata import version; print(version('unbabel-comet'))"
_LAST = 3  # lines of an error that are shown
_SHOWN = 300  # characters of each


class CometError(EwcError):
    """comet-score is not there, or gave no score for each segment."""


@dataclass(frozen=True)
class Comet:
    """command: on PATH or with its path. model: a name that comet-score knows, or the path of a checkpoint."""

    command: str = "comet-score"
    model: str = MODEL

    def executable(self) -> str:
        """Raises CometError, also for a checkpoint that is not there: comet-score would look for it on the net."""
        if self.model.endswith(".ckpt") and not Path(self.model).is_file():
            raise CometError(
                "--model",
                expected="a model's name, or the path of a checkpoint (…/checkpoints/model.ckpt)",
                found=f"no file {self.model!r}",
                remedy="Name the .ckpt of a model that is there, with hparams.yaml in the folder above checkpoints/.",
            )
        if path := shutil.which(self.command):
            return path
        raise CometError(
            "--command",
            expected="comet-score, on PATH or with its path",
            found=f"no command {self.command!r}",
            remedy="Install it in an environment of its own (python -m venv /opt/comet && /opt/comet/bin/pip install "
            "unbabel-comet) and name its command: --command /opt/comet/bin/comet-score.",
        )


def version(executable: str) -> str:
    """Of unbabel-comet, asked of the Python beside the command; comet-score itself does not tell."""
    python = shutil.which("python", path=str(Path(executable).resolve().parent))
    try:
        asked = subprocess.run([python or "", "-c", _ASK_VERSION], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN
    return asked.stdout.strip() or UNKNOWN


def scores(executable: str, model: str, segments: Sequence[Segment]) -> list[float]:
    """One of each segment, all in one run of the command. Raises CometError."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.txt" for name in ("source", "answer", "reference")}
        for name, path in files.items():
            text = "".join(f"{getattr(segment, name)}\n" for segment in segments)
            path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        found = Path(folder) / "scores.json"
        words = ["-s", files["source"], "-t", files["answer"], "-r", files["reference"], "--to_json", found]
        _run([executable, *map(str, words), "--quiet", "--model", model], Path(folder) / "stderr.txt")
        return _read(found, executable, segments)


def _run(words: Sequence[str], log: Path) -> None:
    with log.open("wb") as stream:
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream)
        except OSError as problem:
            raise CometError(
                words[0],
                expected="a command that can be run",
                found=problem.strerror or str(problem),
                remedy="Name the comet-score of an environment with unbabel-comet: --command …/bin/comet-score.",
            ) from problem
    if done.returncode:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").split("\n")]
        said = " | ".join(line[:_SHOWN] for line in list(filter(None, lines))[-_LAST:]) or "nothing was said"
        raise CometError(
            words[0],
            expected="that it scores the answers",
            found=f"it ended with status {done.returncode}: {said.rstrip('.')}",
            remedy="See that it runs by itself (comet-score -s S -t T -r R --model …); it calls a model not supported "
            "also when it could not fetch it. Nothing was written.",
        )


def _read(path: Path, executable: str, segments: Sequence[Segment]) -> list[float]:
    try:
        # {file of answers: [{"src": …, "mt": …, "ref": …, "COMET": …}]}
        (rows,) = json.loads(path.read_text(encoding="utf-8")).values()
        values = [row["COMET"] for row in rows]
        strangers = sum(row["mt"] != _as_read(segment) for row, segment in zip(rows, segments, strict=False))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _unlike(executable, segments, f"{type(problem).__name__}: {problem}") from problem
    if len(values) != len(segments):
        raise _unlike(executable, segments, f"{len(values)} scores")
    if strangers:
        raise _unlike(executable, segments, f"{strangers} of other answers")
    if none := [segment.id for segment, value in zip(segments, values, strict=True) if not is_number(value)]:
        raise _unlike(executable, segments, f"{len(none)} that are no finite number, the first for {none[0]}")
    return [float(value) for value in values]


def _as_read(segment: Segment) -> str:
    return segment.answer.encode("utf-8", "replace").decode()


def _unlike(executable: str, segments: Sequence[Any], found: str) -> CometError:
    return CometError(
        f"{executable} --to_json",
        expected=f"a score for each of {len(segments)} lines, as unbabel-comet 2 writes them",
        found=found,
        remedy="Nothing was written. Is it the comet-score of unbabel-comet 2.2? A number that is none comes from "
        "half precision: try another model or device.",
    )
