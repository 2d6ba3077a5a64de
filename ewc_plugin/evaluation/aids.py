"""What does a run lend the measures? The table of tones beside the registry, and the texts that were trained on.

Texts are read when a measure first asks for them, on the one rank that scores.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from ewc_plugin import mixture
from ewc_plugin.evaluation.embedding import Embedding
from ewc_plugin.metrics.answers import Aids
from ewc_plugin.metrics.prosody import TABLE


class TrainingTexts(Sequence[str]):
    """The assistant's answers in files of messages; empty where no file is there."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = [path for path in paths if path.is_file()]
        self._texts: list[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._paths)

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._read()[index]

    def _read(self) -> list[str]:
        if self._texts is None:
            self._texts = [text for path in self._paths for text in _answers(path)]
        return self._texts


def _answers(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                messages = json.loads(line).get("messages", ())
                yield from (m["content"] for m in messages if m.get("role") == "assistant")


def found(dataset_dir: Path, datasets: Sequence[str] = (), embedding: str | None = None) -> Aids:
    """Of a run that was trained on these datasets of the registry, with the embedding model that it names."""
    entries = mixture.registry(dataset_dir)
    names = [entries.get(name, {}).get("file_name") for name in datasets]
    texts = TrainingTexts([dataset_dir / str(name) for name in names if name])
    table = dataset_dir / TABLE
    return Aids(
        embed=Embedding(embedding) if embedding else None,
        embed_name=Path(embedding).name if embedding else "",
        training_texts=texts,
        prosody=str(table) if table.is_file() else "",
    )
