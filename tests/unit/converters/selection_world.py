"""A dataset of forty rows whose vectors and scores are written by hand, for the tests of `select`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from converters.mixing.registry import FORMAT
from converters.quality import places
from converters.quality.contract import Matrix
from converters.quality.covering import clusters
from converters.quality.covering.unit import unit
from converters.quality.rows import opened
from converters.quality.vectors import vectors

SOURCES, KINDS, DOCUMENTS = ("belle", "wiki"), ("ask", "tell", "sing"), 13


class SelectionWorld:
    """`mine`: forty rows in dataset_info, of two sources and three kinds, three rows or four of each document."""

    def __init__(self, folder: Path, size: int = 40) -> None:
        self.folder, self.size = folder / "dataset_info", size
        self.ids = [f"mine:{number}" for number in range(size)]
        self.lines = [self._line(number) for number in range(size)]
        entry = {**FORMAT, "mix": {"group": "foundation", "weight": 1.0}}
        self.registry: dict[str, Any] = {"mine": {"file_name": "data/mine.jsonl", **entry}}
        self.save()

    def _line(self, number: int) -> dict[str, Any]:
        spelt = chr(0x4E00 + 301 * number) * 9
        return {
            "messages": [
                {"role": "user", "content": f"{spelt}？"},
                {"role": "assistant", "content": spelt + "。" * number},
            ],
            "id": self.ids[number],
            "source": SOURCES[number % 4 == 0],
            "meta": {
                "file": "a",
                "record": str(number),
                "document": str(number % DOCUMENTS),
                "kind": KINDS[number % 7 % 3],
                "licence": "MIT",
            },
        }

    def save(self) -> None:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self._write("mine", self.lines)
        (self.folder / "dataset_info.json").write_text(json.dumps(self.registry), encoding="utf-8")

    def _write(self, name: str, lines: Sequence[Any]) -> None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (self.folder / "data" / f"{name}.jsonl").write_text(text, encoding="utf-8")

    def hold_out(self, *numbers: int) -> None:
        """These rows stand in an evaluation set too."""
        self._write("held", [self.lines[number] | {"id": f"held:{number}"} for number in numbers])
        self.registry["held"] = {"file_name": "data/held.jsonl", **FORMAT, "eval": {"task": "instruction"}}
        self.save()

    def embed(self, matrix: Matrix, *, k: int = 3) -> None:
        """Vectors as `embed` leaves them, and the clusters of `cluster --clusters k`."""
        with opened(self.folder, "mine") as rows:
            vectors.save(self.folder, rows, [matrix], about={})
            clusters.save(self.folder, rows, clusters.kmeans(unit(matrix.astype(np.float32)), k))

    def score(self, scores: Mapping[int, Mapping[str, Any]]) -> None:
        """What `score` knows of rows, by number."""
        with opened(self.folder, "mine") as rows:
            about = {"metrics": {"perplexity": {"signature": {}}}, "data": {"sha256": rows.sha256}}
        path = places.scores(self.folder, "mine")
        found = ({"id": self.ids[number], **told} for number, told in scores.items())
        path.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")
        places.scores_about(self.folder, "mine").write_text(json.dumps(about), encoding="utf-8")

    def chosen(self, name: str = "mine_selected") -> list[int]:
        """The numbers of the chosen rows, in the order of the new file."""
        text = (self.folder / "data" / f"{name}.jsonl").read_text(encoding="utf-8")
        return [self.ids.index(json.loads(line)["id"]) for line in text.splitlines()]

    def told(self, name: str = "mine_selected") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(places.selection(self.folder, name).read_text(encoding="utf-8"))
        return found

    def reasons(self, name: str = "mine_selected") -> dict[int, str]:
        text = (self.folder / "data" / f"{name}.rejects.jsonl").read_text(encoding="utf-8")
        return {int(line["record"]): line["reason"] for line in map(json.loads, text.splitlines())}


def cloud(size: int = 40, seed: int = 0) -> Matrix:
    """Three heaps of directions, the first the largest; no two rows alike."""
    chance = np.random.default_rng(seed)
    heaps = np.repeat([0, 1, 2], [size - 2 * (size // 4), size // 4, size // 4])
    return (8 * np.eye(6)[chance.permutation(heaps)] + chance.normal(size=(size, 6))).astype(np.float32)
