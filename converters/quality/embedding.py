"""What is the vector of each example? Windows of the file, one after the other, shared out, kept, and put together.

What is done lies in `<name>.vectors.work/`, a file for each window, until the last is there: a run that was killed goes
on with the windows that are missing, with as many processes as one likes, and writes the same file.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converters.contract import SourceError
from converters.files import atomic_text
from converters.quality import live, places, shards, signature, vectors
from converters.quality import model as loading
from converters.quality.contract import Matrix, Vectors
from converters.quality.hidden_vectors import HiddenVectors
from converters.quality.parts import differences
from converters.quality.pieces import Embedder, embedded
from converters.quality.pooling import POOLINGS
from converters.quality.rows import Rows
from converters.quality.sentence_vectors import FILES, PACKAGES, SPOKEN, SentenceVectors
from converters.quality.settings import BATCH_TOKENS, ModelSettings

__all__ = ["POOLINGS", "TEXTS", "Settings", "embed"]

TEXTS = tuple(SPOKEN)
WINDOW = 512  # examples that are sorted by length, and lost by a kill
ABOUT = "about.json"
Told = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """Exactly one of `model` (its last hidden state) and `embedding_model` (of sentence-transformers).

    `prompt`, `batch_tokens`, `device` and `trust_remote_code` are those of the embedding model; `model` has its own.
    """

    model: ModelSettings | None = None
    embedding_model: str = ""
    pooling: str = "mean"
    text: str = "conversation"
    prompt: str = ""
    batch_tokens: int = BATCH_TOKENS
    device: str = "auto"
    trust_remote_code: bool = False
    again: bool = False

    @property
    def budget(self) -> int:
        return self.model.batch_tokens if self.model else self.batch_tokens

    def signature(self) -> dict[str, Any]:
        """What the vectors depend on. Vectors of another signature are others."""
        if self.model is not None:
            dtype = loading.dtype_of(self.model.dtype, loading.device_of(self.model.device))
            return {**signature.of_model(self.model, {"dtype": dtype}), "pooling": self.pooling, "text": self.text}
        return {
            "model": self.embedding_model,
            "weights": signature.digest(self.embedding_model, FILES),
            "prompt": self.prompt,
            "text": self.text,
            "versions": signature.versions(PACKAGES),
        }

    def command(self, name: str) -> str:
        """What was typed, without the folder of the datasets."""
        if self.model is None:
            words = ["--embedding-model", self.embedding_model, *(["--prompt", self.prompt] if self.prompt else [])]
        else:
            words = ["--model", self.model.model, "--template", self.model.template, "--pooling", self.pooling]
            words += [word for path in self.model.adapters for word in ("--adapter", path)]
        return shlex.join(["embed", name, *words, "--text", self.text])

    def embedder(self) -> Embedder:
        if self.model is not None:
            return HiddenVectors(self.model, pooling=self.pooling, text=self.text)
        return SentenceVectors(
            self.embedding_model,
            text=self.text,
            prompt=self.prompt,
            device=self.device,
            trust_remote_code=self.trust_remote_code,
        )


def embed(dataset_dir: Path, rows: Rows, settings: Settings, *, told: Told = print) -> Vectors:
    """Embed what is not embedded yet and write `<name>.vectors.npy`; vectors of the same signature are kept.

    Of several processes each embeds its share, and the first puts all of it together. Raises SourceError where other
    vectors, or the beginning of others, are in the way and not `settings.again`.
    """
    shard = shards.here()
    place = places.vectors(dataset_dir, rows.name)
    wanted = shard.decided(settings.signature)
    if not settings.again and shard.decided(lambda: _is_there(dataset_dir, rows, wanted)):
        told(f"{rows.name}: its vectors are there, of the same model and the same data")
        return vectors.load(dataset_dir, rows)
    folder = place.with_suffix(".work")
    shard.decided(lambda: _begin(folder, rows, wanted, again=settings.again))
    windows = [range(start, min(start + WINDOW, len(rows))) for start in range(0, len(rows), WINDOW)]
    _fill(folder, rows, windows, settings, shard)
    shard.wait()
    about = {"signature": wanted, "command": settings.command(rows.name)}
    shard.decided(lambda: _put_together(dataset_dir, rows, folder, windows, about))
    return vectors.load(dataset_dir, rows)


def _is_there(dataset_dir: Path, rows: Rows, wanted: Mapping[str, Any]) -> bool:
    """Raises SourceError for vectors of these data and another signature."""
    if not places.vectors_about(dataset_dir, rows.name).is_file():
        return False
    try:
        found = vectors.load(dataset_dir, rows)
    except SourceError:  # of data that are no more
        return False
    _require_same(places.vectors(dataset_dir, rows.name), found.about.get("signature", {}), wanted)
    return True


def _require_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    differing = differences(signature.comparable(found), signature.comparable(wanted))
    if differing:
        raise SourceError(
            str(path),
            expected="vectors of the same model and text",
            found="; ".join(differing),
            remedy="--again embeds anew, and the old vectors are lost.",
        )


def _begin(folder: Path, rows: Rows, wanted: Mapping[str, Any], *, again: bool) -> None:
    """A folder for windows, with those of a run of the same that was killed. Those of other data go.

    `again`: those of another signature go too. Raises SourceError for them otherwise.
    """
    about = {"data": rows.sha256, "window": WINDOW, "signature": wanted}
    found = _about(folder)
    if found.get("data") == rows.sha256 and found.get("window") == WINDOW:
        before = found.get("signature", {})
        if not again:
            _require_same(folder, before, wanted)
        if not differences(signature.comparable(before), signature.comparable(wanted)):
            return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with atomic_text(folder / ABOUT) as stream:
        json.dump(about, stream, ensure_ascii=False, indent=1)


def _about(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fill(folder: Path, rows: Rows, windows: Sequence[range], settings: Settings, shard: shards.Shard) -> None:
    """Embed the windows of this process's share that nobody has embedded."""
    mine = shard.share(range(len(windows)))
    missing = [number for number in mine if not _file(folder, number).is_file()]
    if not missing:
        return
    embedder = settings.embedder()
    with live.lines(shard) as begin:
        report = begin(rows.name, sum(len(windows[number]) for number in missing))
        for number in missing:
            _keep(_file(folder, number), *_window(rows, windows[number], embedder, settings.budget))
            report(len(windows[number]))


def _window(rows: Rows, window: range, embedder: Embedder, budget: int) -> tuple[Matrix, dict[int, str], int]:
    """(a row for each example, why some have none, how many were cut)."""
    pieces = {number: embedder.piece(rows[number].turns) for number in window}
    having = [number for number, piece in pieces.items() if not piece.lacking]
    reasons = {number: piece.lacking for number, piece in pieces.items() if piece.lacking}
    found = embedded([pieces[number] for number in having], embedder.vectors, budget)
    matrix = np.full((len(window), found.shape[1] if having else 0), np.nan, dtype=np.float32)
    if having:
        matrix[[number - window.start for number in having]] = found
    return matrix, reasons, sum(piece.cut for piece in pieces.values())


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.npz"


def _keep(path: Path, matrix: Matrix, reasons: Mapping[int, str], cut: int) -> None:
    """Whole or not at all: what a killed run left under another name is written again."""
    temporary = path.with_suffix(f".{os.getpid()}.new")
    with temporary.open("wb") as stream:
        np.savez(stream, matrix=matrix, reasons=json.dumps(dict(reasons)), cut=cut)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def _put_together(dataset_dir: Path, rows: Rows, folder: Path, windows: list[range], about: Mapping[str, Any]) -> None:
    reasons: dict[int, str] = {}
    cut, width = 0, 0
    for number, _ in enumerate(windows):
        with np.load(_file(folder, number)) as kept:
            reasons |= {int(key): why for key, why in json.loads(str(kept["reasons"])).items()}
            cut += int(kept["cut"])
            width = max(width, kept["matrix"].shape[1])

    def blocks() -> Iterator[Matrix]:
        for number, window in enumerate(windows):
            with np.load(_file(folder, number)) as kept:
                matrix = kept["matrix"]
                # of a window in which nothing could be embedded
                yield matrix if matrix.shape[1] else np.full((len(window), width), np.nan, dtype=np.float32)

    if not width:
        raise SourceError(rows.name, expected="an example that can be embedded", found=next(iter(reasons.values()), ""))
    vectors.save(dataset_dir, rows, blocks(), about={**about, "cut": cut}, reasons=reasons)
    shutil.rmtree(folder)
