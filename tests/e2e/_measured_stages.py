"""What do the end-to-end tests of the evaluation measure? Six small sets, so that every way to score is among them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _parity import zero
from _tiny import ENGLISH, SHAREGPT, SPEECH, Process, World, cli, world

# 5 of 12 items are measured and 3 answered: shares of two ranks are uneven, also in batches of 2
EVALUATED = {
    "stage_eval": True,
    "stage_eval_samples": 5,
    "stage_eval_generated": 3,
    "per_device_eval_batch_size": 2,
    "max_new_tokens": 6,
}
OF_FULL = {"finetuning_type": "full", "lora_rank": None, "lora_target": None, "learning_rate": 1.0e-4}
TWO = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2", "DS_ACCELERATOR": "cpu"}
SETS = {
    "talk_eval": ("instruction", "a", True),
    "translation_eval": ("translation", "b", True),
    "chat_eval": ("instruction", "foundation", False),
    "tale_eval": ("literature", "b", False),  # also by what is copied from the training data
    "quiz_eval": ("multiple_choice", "b", False),
    "grammar_eval": ("grammar", "foundation", True),
}


@dataclass(frozen=True)
class Launcher:
    """How many processes train a stage, and by what: the step sees the same 16 examples."""

    variables: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)


LAUNCHERS = {
    "one process": Launcher(),
    "DDP": Launcher(TWO, {"per_device_train_batch_size": 4}),
    "ZeRO-3": Launcher(TWO, {"per_device_train_batch_size": 4, "deepspeed": zero(3)}),
}


def measured_world(folder: Path) -> World:
    """The tiny world with sets of every kind: questions with options, minimal pairs, tales, one of the foundation."""
    made = world(folder)
    data = folder / "data"
    registry = json.loads((data / "dataset_info.json").read_text(encoding="utf-8"))
    chat = [(f"{SPEECH[i % 5]}（第{i}次）", SPEECH[(i + 2) % 5]) for i in range(12)]
    quiz = [_question(i) for i in range(12)]
    pairs = [("请写一句通顺的话。", right, {"choices": [right, right[::-1]], "answer": 0}) for _, right in chat]
    for name, lines in (
        ("chat_eval", [(question, answer, {}) for question, answer in chat]),
        ("tale_eval", [(f"写一个故事：{question}", answer * 2, {}) for question, answer in chat]),
        ("quiz_eval", quiz),
        ("grammar_eval", pairs),
    ):
        _write(data / f"{name}.jsonl", lines)
    for name, (task, stage, protected) in SETS.items():
        evaluation = {"task": task, "stage": stage, "protected": protected}
        registry[name] = {"file_name": f"{name}.jsonl", **SHAREGPT, "eval": evaluation}
    (data / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    return made


def _question(number: int) -> tuple[str, str, dict[str, Any]]:
    """With two, three or four options."""
    choices, right = ENGLISH[: 2 + number % 3], number % 2
    listed = "\n".join(f"{letter}. {choice}" for letter, choice in zip("ABCD", choices, strict=False))
    return f"{number} {SPEECH[right]}\n{listed}", "AB"[right], {"choices": choices, "answer": "AB"[right]}


def _write(path: Path, lines: list[tuple[str, str, dict[str, Any]]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for number, (question, answer, more) in enumerate(lines):
            messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            line = {"messages": messages, "id": f"{path.stem}:{number}", **more}
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def trained(made: World, name: str, launcher: str = "one process", **keys: Any) -> Path:
    """The output folder of a stage that came to its end."""
    ended = train(made, name, launcher, **keys)
    assert ended.code == 0, ended.err[-3000:]
    return Path(keys.get("output_dir", made.folder / name))


def train(made: World, name: str, launcher: str = "one process", **keys: Any) -> Process:
    chosen = LAUNCHERS[launcher]
    return cli("train", made.recipe(name, **{**keys, **chosen.keys}), cwd=made.folder, **chosen.variables)


def matrix(stage: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stage / "stage_eval/matrix.json").read_text(encoding="utf-8"))
    return found


def cells(stage: Path, label: str) -> dict[str, dict[str, float]]:
    """Every score of one row, by set and metric."""
    (row,) = (row for row in matrix(stage)["rows"] if row["label"] == label)
    return {name: {m: score["value"] for m, score in cell.items()} for name, cell in row["cells"].items()}


def records(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every scored item, by set, from a folder that holds `predictions`."""
    paths = {name: folder / "predictions" / f"{name}.jsonl" for name in SETS}
    lines = {name: path.read_text(encoding="utf-8").split("\n") for name, path in paths.items()}
    return {name: [json.loads(line) for line in found if line] for name, found in lines.items()}
