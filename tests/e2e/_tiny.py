"""What do the end-to-end tests train? A random Gemma-2 of two million weights, on sixty examples, in true processes."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
SPEECH = [
    "你好，请问今天天气怎么样？",
    "春天的花开了。",
    "请给我一杯热水。",
    "他每天早上六点起床。",
    "我们一起去图书馆读书吧。",
]
ENGLISH = [
    "hello, how is the weather today?",
    "flowers bloom in spring.",
    "a cup of hot water, please.",
    "he rises at six every morning.",
    "let us read in the library.",
]
TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
SHAREGPT = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS}
WORKERS = 2  # processes at a time: the machine has two cores
PATIENCE = 900  # seconds: far above what a process takes, also beside others

# a stage that leaves an anchor and an evaluation
FIRST = {"dataset": "talk", "ewc_save": True, "ewc_fisher_samples": 40, "stage_eval": True}


@dataclass(frozen=True)
class World:
    """A folder with a model, datasets and room for outputs."""

    folder: Path

    def recipe(self, name: str, **keys: Any) -> Path:
        """A YAML of a short LoRA stage; `keys` are added, or removed where None."""
        recipe = {
            "model_name_or_path": str(self.folder / "base"),
            "template": "gemma2",
            "dataset_dir": str(self.folder / "data"),
            "dataset": "talk",
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": 4,
            "lora_target": "all",
            "cutoff_len": 128,
            "per_device_train_batch_size": 8,
            "gradient_accumulation_steps": 2,
            "learning_rate": 1.0e-3,
            "num_train_epochs": 1,
            "logging_steps": 1,
            "output_dir": str(self.folder / name),
            "overwrite_output_dir": True,
            "save_strategy": "no",
            "report_to": "none",
            "max_new_tokens": 8,
            **keys,
        }
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in recipe.items() if v is not None}), encoding="utf-8")
        return path


@dataclass(frozen=True)
class Process:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    def last_json(self) -> Any:
        """What the process printed on its last line."""
        assert self.code == 0, self.err[-3000:]
        return json.loads(self.out.strip().splitlines()[-1])


def world(folder: Path) -> World:
    tiny = _tiny_model()
    tokens = tiny.tokenizer([*SPEECH, *ENGLISH] * 3)
    import torch

    torch.manual_seed(0)
    tiny.model(len(tokens)).save_pretrained(folder / "base")
    tokens.save_pretrained(folder / "base")
    _datasets(folder / "data")
    return World(folder)


def _tiny_model() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny_model", REPOSITORY / "recipes/smoke/tiny_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _datasets(folder: Path) -> None:
    talk = [(f"{SPEECH[i % 5]}（{i}）", SPEECH[(i + 1 + i // 5) % 5]) for i in range(60)]
    translation = [(f"翻译成中文：{i} {ENGLISH[i % 5]}", f"{i} {SPEECH[i % 5]}") for i in range(60)]
    registry = {}
    for name, rows, evaluation in (
        ("talk", talk[:48], None),
        ("talk_eval", talk[48:], {"task": "instruction", "stage": "a", "protected": True}),
        ("translation", translation[:48], None),
        ("translation_eval", translation[48:], {"task": "translation", "stage": "b", "protected": True}),
    ):
        registry[name] = {"file_name": f"{name}.jsonl", **SHAREGPT, **({"eval": evaluation} if evaluation else {})}
        write_rows(folder / f"{name}.jsonl", rows)
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")


def write_rows(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for index, (question, answer) in enumerate(rows):
            messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            stream.write(json.dumps({"messages": messages, "id": f"{path.stem}:{index}"}, ensure_ascii=False) + "\n")


# -- processes -------------------------------------------------------------------------------------------------


def environment(**variables: str) -> dict[str, str]:
    """The user's environment, without GPUs, and without what another test or launcher left in it."""
    if "PYTHONPATH" in variables:  # before the user's own
        variables["PYTHONPATH"] += os.pathsep + os.environ.get("PYTHONPATH", "")
    left_by_launchers = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LLAMAFACTORY_EWC")
    kept = {k: v for k, v in os.environ.items() if k not in left_by_launchers and not k.startswith("TORCH")}
    return {
        **kept,
        # the host calls `torchrun` by its bare name
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")]),
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        **variables,
    }


def run(command: Sequence[str | Path], *, cwd: Path, timeout: int = PATIENCE, **variables: str) -> Process:
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return Process(ended.returncode, ended.stdout, ended.stderr)


def cli(*words: str | Path, cwd: Path, timeout: int = PATIENCE, **variables: str) -> Process:
    """`llamafactory-cli` as a user types it."""
    command = [Path(sys.executable).with_name("llamafactory-cli"), *words]
    return run(command, cwd=cwd, timeout=timeout, **variables)


def python(code: str, *, cwd: Path, **variables: str) -> Process:
    return run([sys.executable, "-c", code], cwd=cwd, **variables)


def at_once(jobs: dict[str, Callable[[], Process]]) -> dict[str, Future[Process]]:
    """Start all jobs, a few at a time."""
    pool = ThreadPoolExecutor(WORKERS)
    started = {name: pool.submit(job) for name, job in jobs.items()}
    pool.shutdown(wait=False)
    return started


def selected(request: pytest.FixtureRequest, parameter: str) -> set[str]:
    """The values of a parameter in the tests of this run, so that a fixture starts no process in vain."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    return {spec.params[parameter] for spec in specs if parameter in spec.params}


def altered_copy(package: Path, folder: Path, changes: dict[str, tuple[str, str]]) -> Path:
    """A copy of an installed package with `changes` (file → old text, new text), to be put on PYTHONPATH."""
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (old, new) in changes.items():
        path = folder / package.name / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}: this test changes nothing"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def package_folder(name: str) -> Path:
    """Where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))
