"""What is the vector of each example? A model's own last hidden state, or that of any sentence-transformers model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.quality.contract import Vectors
from converters.quality.rows import Rows

TEXTS = ("conversation", "instruction", "answer")
POOLINGS = ("mean", "last")


@dataclass(frozen=True)
class Settings:
    """Exactly one of `model` (as `quality.model.load` takes it) and `embedding_model` (a folder or a name)."""

    model: Any = None
    embedding_model: str = ""
    pooling: str = "mean"
    text: str = "conversation"
    batch_tokens: int = 16384
    again: bool = False
    device: str = ""
    trust_remote_code: bool = False


def embed(dataset_dir: Path, rows: Rows, settings: Settings, *, told: Callable[[str], None] = print) -> Vectors | None:
    """Embed what is not embedded yet and write `<name>.vectors.npy`; goes on where a killed run stopped.

    None in a process of several that is not the last to finish: that one writes the file.
    """
    raise NotImplementedError
