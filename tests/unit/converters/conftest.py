"""What the tests of the converters share: the command line in an empty folder, and readers of what it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from converters.__main__ import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """`run("belle", "x.json")` is `python -m converters belle x.json` in an empty folder, which is tmp_path."""
    monkeypatch.chdir(tmp_path)

    def run_in_folder(*words: str | Path) -> Ran:
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_in_folder


@dataclass(frozen=True)
class Written:
    """What lies in dataset_info/data of a folder."""

    folder: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        text = (self.folder / "dataset_info" / "data" / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n") if line]

    def kept(self, dataset: str) -> list[dict[str, Any]]:
        return self.lines(f"{dataset}.jsonl") + self.lines(f"{dataset}_eval.jsonl")

    def rejects(self, dataset: str) -> list[tuple[str, str]]:
        return [(line["record"], line["reason"]) for line in self.lines(f"{dataset}.rejects.jsonl")]

    def manifest(self, dataset: str) -> dict[str, Any]:
        return json.loads((self.folder / "dataset_info" / "data" / f"{dataset}.manifest.json").read_text("utf-8"))

    def registry(self) -> dict[str, Any]:
        return json.loads((self.folder / "dataset_info" / "dataset_info.json").read_text("utf-8"))

    def bytes(self) -> dict[str, bytes]:
        files = sorted((self.folder / "dataset_info").rglob("*"))
        return {path.name: path.read_bytes() for path in files if path.is_file()}


@pytest.fixture
def written(tmp_path) -> Written:
    return Written(tmp_path)


def json_lines(path: Path, *records: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


@pytest.fixture
def belle_file(tmp_path):
    """`belle_file(("问", "答"), …)` writes belle.json in the present layout."""

    def write(*pairs: tuple[str, str], name: str = "belle.json") -> Path:
        records = [{"instruction": prompt, "input": "", "output": answer} for prompt, answer in pairs]
        return json_lines(tmp_path / name, *records)

    return write


@pytest.fixture
def write_lines(tmp_path):
    return lambda name, *records: json_lines(tmp_path / name, *records)
