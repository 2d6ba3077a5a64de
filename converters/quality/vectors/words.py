"""What may be typed about vectors, and which model makes them? The words that `embed` and `select` share."""

from __future__ import annotations

import argparse
from typing import Any

from converters.contract import SourceError
from converters.quality.models import settings
from converters.quality.vectors import embedding


def add_arguments(parser: Any) -> None:
    """To a parser or a group of one; `settings.add_arguments` adds the words about a model."""
    parser.add_argument(
        "--embedding-model", default="", metavar="PATH", help="a sentence-transformers model, instead of --model"
    )
    parser.add_argument(
        "--prompt", default="", metavar="TEXT", help='what the embedding model wants first ("passage: ")'
    )
    parser.add_argument(
        "--text",
        choices=embedding.TEXTS,
        default="conversation",
        help="of which text (default: the whole conversation)",
    )
    parser.add_argument(
        "--pooling",
        choices=embedding.POOLINGS,
        default="mean",
        help="of --model: the mean of its last hidden states, or the last of them",
    )


def embedding_of(parsed: argparse.Namespace, *, again: bool = False) -> embedding.Settings | None:
    """Which model makes the vectors; None where none is named. Raises SourceError for two of them."""
    own = bool(parsed.model or parsed.recipe)
    if own and parsed.embedding_model:
        raise SourceError("--model and --embedding-model", expected="one of both", found="both")
    if own:
        return embedding.Settings(
            model=settings.settings_of(parsed), pooling=parsed.pooling, text=parsed.text, again=again
        )
    if not parsed.embedding_model:
        return None
    return embedding.Settings(
        embedding_model=parsed.embedding_model,
        text=parsed.text,
        prompt=parsed.prompt,
        batch_tokens=settings.tokens_at_once(parsed),
        device=parsed.device,
        trust_remote_code=parsed.trust_remote_code,
        again=again,
    )
