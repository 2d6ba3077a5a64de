"""What is the vector of a text in a model that was made for that? Any folder or name of sentence-transformers."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.contract import Matrix
from converters.quality.models import model as loading
from converters.quality.models import signature
from converters.quality.vectors.pieces import Piece

SPOKEN = {"conversation": ("system", "user", "assistant"), "instruction": ("system", "user"), "answer": ("assistant",)}
BETWEEN_TURNS = "\n"
# what its vectors depend on: each module of it has a folder, as 1_Pooling
FILES = (*signature.WEIGHTS, *signature.TOKENIZER, "*.json", "[0-9]*_*/*")
PACKAGES = ("sentence-transformers", "transformers", "tokenizers", "torch")


class SentenceVectors:
    """`prompt` stands before each text, as models like e5 want it ("passage: "); "" leaves it to the model."""

    def __init__(
        self, path: str, *, text: str, prompt: str = "", device: str = "auto", trust_remote_code: bool = False
    ) -> None:
        self._model = _loaded(path, device, trust_remote_code)
        self._text, self._prompt = text, prompt
        longest = self._model.max_seq_length
        self._longest = longest if longest is not None and math.isfinite(longest) else None

    def piece(self, turns: Sequence[Turn]) -> Piece:
        spoken = SPOKEN[self._text]
        text = BETWEEN_TURNS.join(turn.content for turn in turns if turn.role in spoken)
        if not text.strip():
            return Piece(0, None, lacking=f"its {self._text} is empty")
        tokens = self._tokens(self._prompt + text)
        cut = self._longest is not None and tokens > self._longest
        return Piece(min(tokens, self._longest or tokens), text, cut)

    def _tokens(self, text: str) -> int:
        """Uncut, with the special ones; characters where the model's tokenizer is of no known kind."""
        tokenizer = self._model.tokenizer
        if hasattr(tokenizer, "encode_batch"):  # of `tokenizers`: static embeddings
            return len(tokenizer.encode(text, add_special_tokens=False).ids)
        if not callable(tokenizer):
            return len(text)
        return len(tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def vectors(self, batch: Sequence[Any]) -> Matrix:
        found = self._model.encode(
            list(batch),
            prompt=self._prompt or None,
            batch_size=len(batch),
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=False,
        )
        return np.asarray(found, dtype=np.float32)


def _loaded(path: str, device: str, trust_remote_code: bool) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise SourceError(
            f"--embedding-model {path}",
            expected="the package sentence-transformers",
            found=str(error),
            remedy="pip install 'llamafactory-ewc[embedding]', or embed with the model itself: --model PATH",
        ) from error
    from transformers.utils import logging

    if not sys.stderr.isatty():
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        kind = loading.device_of(device)
        place = str(loading.place("cuda" if kind == "spread" else kind))  # it needs one GPU at most
        return SentenceTransformer(path, device=place, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise SourceError(
            f"--embedding-model {path}",
            expected="a folder or name that sentence-transformers loads",
            found=str(error).split("\n")[0].rstrip("."),
        ) from error
