"""Three recipes that differ from recipes/smoke in sizes alone, with mixtures, in a folder with a Chinese name."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from _tiny import ENGLISH, REPOSITORY, SHAREGPT, SPEECH, Process, _tiny_model, environment, run, write_rows

STAGES = ("foundation", "task", "domain")
SMALL = {
    "num_train_epochs": 1,
    "save_strategy": "steps",
    "save_steps": 2,
    "logging_steps": 1,
    "stage_eval_samples": 4,
    "stage_eval_generated": 2,
    "max_new_tokens": 8,
    "ewc_fisher_samples": 16,
    "lora_rank": 4,
    "eval_steps": None,
}
# (dataset, group, question, answer): enough for a mixture of 60
DATA = (
    ("talk", "foundation", "请回答第{}个问题：{}", SPEECH),
    ("translation", "task", "翻译第{}句：{}", SPEECH),
    ("story", "task", "讲第{}个故事：{}", SPEECH[::-1]),
    ("verse", "domain", "写第{}首诗：{}", SPEECH),
)
RATIO = {"foundation": {"foundation": 1}, "task": {"foundation": 7, "task": 3}}
RATIO["domain"] = {"foundation": 5, "task": 3, "domain": 2}


@dataclass(frozen=True)
class ThreeStages:
    """A folder in which `python -m ewc_plugin run recipes/foundation.yaml …` has what it needs."""

    folder: Path

    def run(self, *words: str, **variables: str) -> Process:
        """`python -m ewc_plugin run` with the three recipes, or those that are named."""
        return run(self.command(*words), cwd=self.folder, **variables)

    def command(self, *words: str) -> list[str]:
        named = [] if any(word.endswith(".yaml") for word in words) else [f"recipes/{stage}.yaml" for stage in STAGES]
        return [sys.executable, "-m", "ewc_plugin", "run", *named, *words]

    def begun(self, *words: str, **variables: str) -> "subprocess.Popen[bytes]":
        log = (self.folder / "begun.log").open("wb")
        return subprocess.Popen(self.command(*words), cwd=self.folder, env=environment(**variables), stdout=log)

    def recipe(self, stage: str, name: str = "", **keys: Any) -> Path:
        """recipes/<name>.yaml: the smoke recipe of a stage with small sizes, `keys` added, or removed where None."""
        smoke = yaml.safe_load((REPOSITORY / "recipes" / "smoke" / f"{stage}.yaml").read_text(encoding="utf-8"))
        here = {k: v.replace("saves/smoke/", "saves/") for k, v in smoke.items() if isinstance(v, str)}
        path = self.folder / "recipes" / f"{name or stage}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        found = {**smoke, **here, "dataset_dir": "dataset_info", **SMALL, **keys}
        path.write_text(yaml.safe_dump({k: v for k, v in found.items() if v is not None}), encoding="utf-8")
        return path

    def registry(self, **changes: Any) -> None:
        """Change `mix` of an entry of dataset_info.json: registry(verse={"weight": 2})."""
        path = self.folder / "dataset_info" / "dataset_info.json"
        entries = json.loads(path.read_text(encoding="utf-8"))
        for name, change in changes.items():
            entries[name]["mix"] |= change
        path.write_text(json.dumps(entries), encoding="utf-8")

    def json(self, *parts: str) -> Any:
        return json.loads(self.folder.joinpath(*parts).read_text(encoding="utf-8"))

    def rows(self, stage: str) -> list[str]:
        """The labels of the rows of a stage's matrix."""
        return [row["label"] for row in self.json("saves", stage, "stage_eval", "matrix.json")["rows"]]


def three_stages(folder: Path) -> ThreeStages:
    made = ThreeStages(folder)
    entries: dict[str, Any] = {}
    for name, group, question, answers in DATA:
        rows = [(question.format(i, ENGLISH[i % 5]), f"{answers[i % 5]}{i}") for i in range(72)]
        write_rows(folder / "dataset_info" / f"{name}.jsonl", rows[:60])
        write_rows(folder / "dataset_info" / f"{name}_eval.jsonl", rows[60:])
        entries[name] = {"file_name": f"{name}.jsonl", **SHAREGPT, "mix": {"group": group, "weight": 1}}
        evaluated = {"task": "instruction", "stage": group, "protected": True}
        entries[f"{name}_eval"] = {"file_name": f"{name}_eval.jsonl", **SHAREGPT, "eval": evaluated}
    for stage in STAGES:
        mix = {"stage": stage, "ratio": RATIO[stage], "total": 48, "seed": 42, "on_shortage": "repeat"}
        entries[f"{stage}_mix"] = {"file_name": f"{stage}_mix.jsonl", **SHAREGPT, "mix": mix}
        made.recipe(stage)
    (folder / "dataset_info" / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    tiny = _tiny_model()
    tokens = tiny.tokenizer([*SPEECH, *ENGLISH] * 3)
    import torch

    torch.manual_seed(0)
    tiny.model(len(tokens)).save_pretrained(folder / "saves" / "base")
    tokens.save_pretrained(folder / "saves" / "base")
    return made


def told(process: Process) -> list[str]:
    """The lines that `run` itself printed."""
    return [line.removeprefix("run: ") for line in process.out.splitlines() if line.startswith("run: ")]


def acts(process: Process) -> dict[str, str]:
    """Stage → what was done with it and why, as it was said last."""
    found = [
        re.fullmatch(r"(\w+): (skipped|is run|goes on|is run again|its anchor.*?)(.*)", line) for line in told(process)
    ]
    return {match[1]: match[2] + match[3].partition(": llamafactory-cli")[0] for match in found if match}
