"""What is the vector of each example? Windows of the file, one after the other, shared out, kept, and put together.

What is done lies in `<name>.vectors.work/` until the last is there (`windows`).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converters.contract import SourceError
from converters.quality import places
from converters.quality.contract import Matrix, Vectors
from converters.quality.models import live, shards, signature
from converters.quality.models import model as loading
from converters.quality.models.settings import BATCH_TOKENS, ModelSettings
from converters.quality.rows import Rows
from converters.quality.vectors import vectors
from converters.quality.vectors.hidden_vectors import HiddenVectors
from converters.quality.vectors.pieces import Embedder, embedded
from converters.quality.vectors.pooling import POOLINGS
from converters.quality.vectors.sentence_vectors import FILES, PACKAGES, SPOKEN, SentenceVectors
from converters.quality.vectors.windows import Windows, require_same

__all__ = ["POOLINGS", "TEXTS", "Settings", "embed"]

TEXTS = tuple(SPOKEN)
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
            for key in ("cutoff_len", "quantization_bit"):
                words += [f"--{key.replace('_', '-')}", str(self.model.keys[key])] if key in self.model.keys else []
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
    wanted = shard.decided(settings.signature)
    if not settings.again and shard.decided(lambda: _is_there(dataset_dir, rows, wanted)):
        told(f"{rows.name}: its vectors are there, of the same model and the same data")
        return vectors.load(dataset_dir, rows)
    windows = Windows(places.vectors(dataset_dir, rows.name).with_suffix(".work"), rows, wanted)
    shard.decided(lambda: windows.begin(again=settings.again))
    _fill(windows, rows, settings, shard)
    shard.wait()
    about = {"signature": wanted, "command": settings.command(rows.name)}
    shard.decided(lambda: _put_together(dataset_dir, rows, windows, about))
    return vectors.load(dataset_dir, rows)


def _is_there(dataset_dir: Path, rows: Rows, wanted: Mapping[str, Any]) -> bool:
    """Raises SourceError for vectors of these data and another signature."""
    if not places.vectors_about(dataset_dir, rows.name).is_file():
        return False
    try:
        found = vectors.load(dataset_dir, rows)
    except SourceError:  # of data that are no more
        return False
    require_same(places.vectors(dataset_dir, rows.name), found.about.get("signature", {}), wanted)
    return True


def _fill(windows: Windows, rows: Rows, settings: Settings, shard: shards.Shard) -> None:
    """Embed the windows of this process's share that nobody has embedded."""
    missing = [number for number in shard.share(range(len(windows.ranges))) if not windows.is_there(number)]
    if not missing:
        return
    embedder = settings.embedder()
    with live.lines(shard) as begin:
        report = begin(rows.name, sum(len(windows.ranges[number]) for number in missing))
        for number in missing:
            windows.keep(number, *_embedded(rows, windows.ranges[number], embedder, settings.budget))
            report(len(windows.ranges[number]))


def _embedded(rows: Rows, window: range, embedder: Embedder, budget: int) -> tuple[Matrix, dict[int, str], int]:
    """(a row for each example, why some have none, how many were cut)."""
    pieces = {number: embedder.piece(rows[number].turns) for number in window}
    having = [number for number, piece in pieces.items() if not piece.lacking]
    reasons = {number: piece.lacking for number, piece in pieces.items() if piece.lacking}
    found = embedded([pieces[number] for number in having], embedder.vectors, budget)
    matrix = np.full((len(window), found.shape[1] if having else 0), np.nan, dtype=np.float32)
    if having:
        matrix[[number - window.start for number in having]] = found
    return matrix, reasons, sum(piece.cut for piece in pieces.values())


def _put_together(dataset_dir: Path, rows: Rows, windows: Windows, about: Mapping[str, Any]) -> None:
    whole = windows.whole()
    if not whole.width:
        found = next(iter(whole.reasons.values()), "none")
        raise SourceError(rows.name, expected="an example that can be embedded", found=found)
    blocks = windows.blocks(whole.width)
    vectors.save(dataset_dir, rows, blocks, about={**about, "cut": whole.cut}, reasons=whole.reasons)
    windows.remove()
