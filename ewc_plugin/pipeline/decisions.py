"""What is to be done with a stage, and why? From what its folder holds and what became of the stages before it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ewc_plugin import record
from ewc_plugin.checkpoints import NUMBERED, STATE, examined
from ewc_plugin.pipeline.asking import Answer
from ewc_plugin.pipeline.recipes import Stage

Act = Literal["skip", "begin", "continue", "anew", "after"]  # after: its weights stay, anchor and evaluation are redone
TRAINS = ("begin", "continue", "anew")
ANEW, GOES_ON = "overwrite_output_dir=true", "overwrite_output_dir=false"


@dataclass(frozen=True)
class Decision:
    """What is done with one stage, the words behind its recipe, and the reason in words."""

    stage: Stage
    act: Act
    words: tuple[str, ...]
    why: str

    @property
    def line(self) -> str:
        return f"{self.stage.name}: {DONE[self.act]} ({self.why})"


DONE: dict[Act, str] = {
    "skip": "skipped",
    "begin": "is run",
    "continue": "goes on",
    "anew": "is run again from its beginning",
    "after": "its anchor and evaluation are made again",
}


def decided(stage: Stage, answer: Answer, *, again: Sequence[str], built: Collection[str]) -> Decision:
    """`again`: stages before it that are trained in this call; `built`: its mixtures that are yet to be built."""
    if stage.forced:
        return _decision(stage, "anew", "overwrite_output_dir=true was typed")
    if answer.state == "absent":
        return _decision(stage, "begin", "nothing is there yet")
    if again:
        return _decision(stage, "anew", f"{' and '.join(again)} before it {'are' if len(again) > 1 else 'is'} run")
    if built:
        return _decision(stage, "anew", f"its mixture {', '.join(built)} is built anew, unless that changes nothing")
    if not answer.known:
        return _decision(stage, "anew", "what it continues from, or its data, are not there yet")
    if answer.state == "finished":
        noted = f"; made with other versions: {', '.join(answer.why)}" if answer.why else ""
        return _decision(stage, "skip", f"finished, and nothing changed{noted}")
    checkpoint = last_checkpoint(stage.output, marked=answer.ours)
    if answer.state in ("interrupted", "lengthened"):
        said = "it was interrupted" if answer.state == "interrupted" else answer.why[0]
        if checkpoint is not None:
            return _decision(stage, "continue", f"{said}; from {checkpoint.name}")
        return _decision(stage, "anew", f"{said}, and there is no checkpoint of it")
    if not answer.trains and checkpoint is not None:
        return _decision(stage, "after", "; ".join(answer.why))
    return _decision(stage, "anew", "; ".join(answer.why) or answer.state)


def _decision(stage: Stage, act: Act, why: str) -> Decision:
    if stage.verb == "export" or act in ("skip", "begin"):
        words: tuple[str, ...] = ()
    else:
        words = (ANEW,) if act == "anew" else (GOES_ON,)
    given = tuple(word for word in stage.words if not (words and word.startswith("overwrite_output_dir=")))
    return Decision(stage, act, (*given, *words), why)


def unrecorded(stage: Stage) -> str:
    """The problem with weights of which nobody knows under which keys they came about."""
    return (
        f"{stage.recipe}: {stage.output} holds weights of a run that left no {record.FILE}, so whether they are what "
        f"this recipe asks for cannot be told. Leave the recipe out to build on them as they are, type "
        f"{stage.name}.{ANEW} to train anew, or {stage.name}.output_dir=… (with the stages after it) to keep them"
    )


def last_checkpoint(output: Path, *, marked: bool) -> Path | None:
    """The newest that is whole, `marked` by our trainer as one of the run that was begun last; else the host's."""
    last = record.read(output)
    folders = [path for path in (output.iterdir() if output.is_dir() else ()) if NUMBERED.match(path.name)]
    for path in sorted(folders, key=lambda one: int(one.name.rpartition("-")[2]), reverse=True):
        found = examined(path)
        of_the_last = found.marker is not None and last is not None and found.marker["run"] == last.run
        if (not found.faults and of_the_last) if marked else (path / STATE).is_file():
            return path
    return None
