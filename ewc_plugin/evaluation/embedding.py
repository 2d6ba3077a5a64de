"""Which texts mean the same? Vectors from an embedding model that the user names; without one no measure needs any."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewc_plugin.evaluation.sets import EvaluationError

BATCH = 64


class Embedding:
    """A model folder or name that sentence-transformers loads, on the CPU: the accelerator holds the trained one.

    Loaded when a measure first asks, on the one rank that scores.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (n, d)."""
        # an empty text has no meaning; a blank keeps tokenizers from failing on it
        found = self._model.encode(
            [text or " " for text in texts], batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32)

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(self.name, device="cpu")
        except ImportError as problem:
            raise _unusable(self.name, "no such package", "pip install sentence-transformers") from problem
        except (OSError, ValueError, KeyError) as problem:
            raise _unusable(self.name, str(problem).split("\n")[0], "Name a folder that was downloaded") from problem


def _unusable(name: str, found: str, remedy: str) -> EvaluationError:
    return EvaluationError(
        f"stage_eval_embedding {name}",
        expected="an embedding model that sentence-transformers loads",
        found=found,
        remedy=f"{remedy}, or remove the key: relevance and style are then measured without a model.",
    )
