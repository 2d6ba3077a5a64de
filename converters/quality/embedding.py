"""What is the vector of each example? Windows of the file, one after the other, shared out, kept, and put together.

What is done lies in `<name>.vectors.work/`, a file for each window, until the last is there: a run that was killed goes
on with the windows that are missing, with as many processes as one likes, and writes the same file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from converters.contract import SourceError
from converters.files import atomic_text
from converters.quality import model as loading
from converters.quality import places, shards, vectors, weights
from converters.quality.contract import Matrix, Vectors
from converters.quality.hidden_vectors import HiddenVectors
from converters.quality.pieces import Embedder, embedded
from converters.quality.pooling import POOLINGS
from converters.quality.rows import Rows
from converters.quality.sentence_vectors import SPOKEN, SentenceVectors
from converters.quality.settings import BATCH_TOKENS, ModelSettings

TEXTS = tuple(SPOKEN)
WINDOW = 512  # examples that are sorted by length, and lost by a kill
Told = Callable[[str], None]

__all__ = ["POOLINGS", "TEXTS", "Settings", "embed"]


@dataclass(frozen=True)
class Settings:
    """Exactly one of `model` (its last hidden state) and `embedding_model` (of sentence-transformers).

    `prompt`, `device` and `trust_remote_code` are those of the embedding model; `model` has its own.
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

    def signature(self) -> dict[str, Any]:
        """What the vectors depend on. Vectors of another signature are others."""
        if self.model is not None:
            model = self.model
            return {
                "model": weights.of(model.model),
                "adapters": [weights.of(path) for path in model.adapters],
                "keys": {key: value for key, value in model.keys.items() if key not in weights.PLACES},
                "dtype": loading.dtype_of(model.dtype, loading.device_of(model.device)),
                "pooling": self.pooling,
                "text": self.text,
            }
        return {"embedding_model": weights.of(self.embedding_model), "prompt": self.prompt, "text": self.text}

    def command(self, name: str) -> str:
        """What was typed, without the folder of the datasets."""
        if self.model is None:
            words = ["--embedding-model", self.embedding_model, *(["--prompt", self.prompt] if self.prompt else [])]
        else:
            words = ["--model", self.model.model, "--template", self.model.template, "--pooling", self.pooling]
            words += [word for path in self.model.adapters for word in ("--adapter", path)]
        return " ".join(["embed", name, *words, "--text", self.text])

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
    signature = shard.agreed(settings.signature() if shard.first else {})
    there = None if settings.again else _present(dataset_dir, rows, signature)
    if there is not None:
        told(f"{rows.name}: the vectors are there, of the same model and the same data")
        return there
    folder = _workplace(dataset_dir, rows, signature, settings, shard)
    windows = [range(start, min(start + WINDOW, len(rows))) for start in range(0, len(rows), WINDOW)]
    _fill(folder, rows, windows, settings, shard)
    shard.wait()
    if shard.first:
        _put_together(
            dataset_dir, rows, folder, windows, {"signature": signature, "command": settings.command(rows.name)}
        )
    shard.wait()
    return vectors.load(dataset_dir, rows)


def _present(dataset_dir: Path, rows: Rows, signature: Mapping[str, Any]) -> Vectors | None:
    """Vectors of these data, if there are any; raises SourceError for those of another signature."""
    if not places.vectors_about(dataset_dir, rows.name).is_file():
        return None
    try:
        found = vectors.load(dataset_dir, rows)
    except SourceError:  # of data that are no more
        return None
    _require_same(places.vectors(dataset_dir, rows.name), found.about.get("signature", {}), signature)
    return found


def _require_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Compare two signatures, and say in which keys they differ."""
    differing = [key for key in sorted({*found, *wanted}) if found.get(key) != wanted.get(key)]
    if differing:
        raise SourceError(
            str(path),
            expected="vectors with " + ", ".join(f"{key} {wanted.get(key)}" for key in differing),
            found="some with " + ", ".join(f"{key} {found.get(key)}" for key in differing),
            remedy="--again embeds anew, and the old vectors are lost.",
        )


def _workplace(
    dataset_dir: Path, rows: Rows, signature: Mapping[str, Any], settings: Settings, shard: shards.Shard
) -> Path:
    """The folder of windows that are done. What another text of the data left there goes."""
    folder = places.vectors(dataset_dir, rows.name).with_suffix(".work")
    wanted = {"data": rows.sha256, "window": WINDOW, "signature": dict(signature)}
    if shard.first:
        found = _about(folder)
        if found and found.get("data") == rows.sha256 and not settings.again:
            _require_same(folder, found.get("signature", {}), signature)
        if found != json.loads(json.dumps(wanted)) or settings.again:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_text(folder / "about.json") as stream:
            json.dump(wanted, stream, ensure_ascii=False, indent=1)
    shard.wait()
    return folder


def _about(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fill(folder: Path, rows: Rows, windows: list[range], settings: Settings, shard: shards.Shard) -> None:
    """Embed the windows of this process's share that nobody has embedded."""
    mine = shard.share([number for number, _ in enumerate(windows)])
    missing = [number for number in mine if not _file(folder, number).is_file()]
    if not missing:
        return
    embedder = settings.embedder()
    done = sum(len(windows[number]) for number in mine if number not in set(missing))
    total = sum(len(windows[number]) for number in mine)
    budget = settings.model.batch_tokens if settings.model else settings.batch_tokens
    quiet = True if not shard.first else None
    with tqdm(total=total, initial=done, desc=rows.name, unit=" examples", disable=quiet, dynamic_ncols=True) as bar:
        for number in missing:
            _keep(_file(folder, number), *_window(rows, windows[number], embedder, budget))
            bar.update(len(windows[number]))


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
