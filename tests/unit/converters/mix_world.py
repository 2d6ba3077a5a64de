"""A dataset folder small enough to see, for the tests of `mix`."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from converters import mix
from converters.contract import META_KEYS
from converters.mixing.registry import FORMAT

RATIO = {"foundation": 5, "task": 3, "domain": 2}
GROUP_OF = {"belle": "foundation", "en2zh": "task", "zh2en": "task", "verse": "domain"}


def row(name: str, number: int, *, answer: str | None = None, file: str = "one") -> dict[str, Any]:
    """Unlike any other row: every question and answer spells its own number in ideographs."""
    spelt = "".join(chr(0x4E00 + 97 * int(digit) + 1009 * at) for at, digit in enumerate(f"{number:05d}"))
    own = f"{name}{spelt}"
    return {
        "messages": [
            {"role": "user", "content": f"{own}问"},
            {"role": "assistant", "content": answer if answer is not None else f"{own}答"},
        ],
        "id": f"{name}:{number}",
        "source": name,
        "meta": dict.fromkeys(META_KEYS, "") | {"file": file, "record": str(number)},
    }


def write_rows(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")


class World:
    """`sizes` rows a dataset, all registered with weight 1, and the mixture `domain_mix` of 5:3:2."""

    def __init__(self, folder: Path, sizes: dict[str, int] | None = None, *, total: int = 100) -> None:
        self.folder = folder
        self.registry: dict[str, Any] = {}
        sizes = sizes or {"belle": 200, "en2zh": 60, "zh2en": 50, "verse": 80}
        for name, size in sizes.items():
            self.add(name, [row(name, number) for number in range(size)], GROUP_OF[name])
        mixture = {"stage": "domain", "ratio": RATIO, "total": total, "seed": 42, "on_shortage": "error"}
        self.registry["domain_mix"] = {"file_name": "data/domain_mix.jsonl", **FORMAT, "mix": mixture}
        self.save()

    def add(self, name: str, rows: list[Any], group: str, weight: Any = 1.0) -> None:
        write_rows(self.folder / f"data/{name}.jsonl", rows)
        entry = {"file_name": f"data/{name}.jsonl", **FORMAT, "mix": {"group": group, "weight": weight}}
        self.registry[name] = entry

    def add_evaluation(self, name: str, rows: list[Any]) -> None:
        write_rows(self.folder / f"data/{name}.jsonl", rows)
        self.registry[name] = {"file_name": f"data/{name}.jsonl", **FORMAT, "eval": {"task": "verse"}}
        self.save()

    def save(self) -> None:
        (self.folder / "dataset_info.json").write_text(json.dumps(self.registry, indent=2) + "\n")

    def saved_registry(self) -> dict[str, Any]:
        registry: dict[str, Any] = json.loads((self.folder / "dataset_info.json").read_text())
        return registry

    def mix(self, *arguments: str) -> int:
        parser = argparse.ArgumentParser()
        mix.add_arguments(parser)
        return mix.run(parser.parse_args(["domain", *arguments, "--dataset-dir", str(self.folder)]))

    def path(self, name: str = "domain_mix") -> Path:
        return self.folder / f"data/{name}.jsonl"

    def rows(self, name: str = "domain_mix") -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path(name).read_text(encoding="utf-8").splitlines()]

    def counts(self, name: str = "domain_mix") -> Counter[str]:
        return Counter(each["source"] for each in self.rows(name))

    def manifest(self, name: str = "domain_mix") -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.path(name).with_suffix(".manifest.json").read_text("utf-8"))
        return manifest

    def inputs(self, name: str = "domain_mix") -> dict[str, dict[str, Any]]:
        return {each["dataset"]: each for each in self.manifest(name)["inputs"]}

    def files(self) -> dict[str, bytes]:
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}
