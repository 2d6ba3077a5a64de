"""What does a run lend the measures? The table of tones beside the registry, and the texts that were trained on.

Texts are read when a measure first asks for them, on the one rank that scores.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from ewc_plugin import mixture
from ewc_plugin.evaluation.embedding import Embedding
from ewc_plugin.metrics.answers import Aids
from ewc_plugin.metrics.prosody import TABLE

log = logging.getLogger(__name__)


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
            self._texts = [text for path in self._paths for text in _texts(path)]
        return self._texts


def _texts(path: Path) -> list[str]:
    """None of a file that is gone since, or of another kind (a table): said, and the measures go by the others."""
    try:
        return [text for record in _records(path) for text in _answers(record)]
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        log.warning("%s: what was copied from it is not measured (%s: %s)", path, type(problem).__name__, problem)
        return []


def _records(path: Path) -> Iterator[Any]:
    """One a line, or a JSON array as other tools write it."""
    with path.open(encoding="utf-8-sig") as stream:
        first = stream.read(1)
        stream.seek(0)
        if first == "[":
            yield from json.load(stream)
            return
        for line in stream:
            if line.strip():
                yield json.loads(line)


def _answers(record: Any) -> list[str]:
    """The assistant's turns; of an Alpaca record its output, of plain text the whole."""
    turns = record.get("messages") or record.get("conversations") or ()
    said = [turn.get("content") or turn.get("value") for turn in turns if _speaks(turn) in ("assistant", "gpt")]
    return [text for text in (*said, record.get("output"), record.get("text")) if isinstance(text, str)]


def _speaks(turn: Mapping[str, Any]) -> Any:
    return turn.get("role") or turn.get("from")


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
