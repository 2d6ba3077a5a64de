"""Which model is this? A digest of a model folder's weights, configuration and tokenizer, wherever it lies.

What training leaves beside them (optimiser, logs, checkpoints) does not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

PLACES = ("model_name_or_path", "adapter_name_or_path", "cache_dir", "adapter_folder")  # keys: where, not what
_COUNTS = re.compile(
    r"""(adapter_config|config|config_sentence_transformers|sentence_bert_config|modules|vocab|added_tokens
        |special_tokens_map|tokenizer|tokenizer_config|.*\.index)\.json
        |.*\.(safetensors|gguf|tiktoken|jinja|py) | tokenizer\.model | .*\.spm | (vocab|merges)\.txt
        |(pytorch_model|adapter_model|model|value_head).*\.bin""",
    re.VERBOSE,
)
_MODULE = re.compile(r"\d+_\w+")  # a module of sentence-transformers has a folder of its own


@lru_cache(maxsize=16)
def of(path: str) -> str:
    """sha256:… of a folder; of a name of a hub the name, which is all that is known of it."""
    folder = Path(path)
    if not folder.is_dir():
        return path
    total = hashlib.sha256()
    for file in _files(folder):
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()} {found}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and _COUNTS.fullmatch(path.name):
            yield path
        elif path.is_dir() and _MODULE.fullmatch(path.name):
            yield from (file for file in sorted(path.iterdir()) if file.is_file())
