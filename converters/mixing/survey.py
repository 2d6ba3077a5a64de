"""What a dataset has to offer: where its usable lines stand, how long their answers are, what was excluded.

One pass over each file, with offsets and lengths in memory and never the texts. The file stays open until the
mixture is written: a converter that replaces it meanwhile replaces a name, not the bytes that were surveyed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
from tqdm import tqdm

from converters.contract import SourceError
from converters.mixing.leakage import LEAKS, EvaluationIndex, Turn
from converters.mixing.rows import RowReader, Unusable, answer_characters, answers
from converters.reading.json_values import values
from converters.reading.limits import BLOCK

UNUSABLE = "unusable"
EXCLUSIONS = (*LEAKS, UNUSABLE)
BOM = b"\xef\xbb\xbf"
TOKENIZER_BATCH = 512

CountTokens = Callable[[list[str]], list[int]]


class Line(NamedTuple):
    number: int
    offset: int
    raw: bytes


class DataFile:
    """The lines of one registered file, to be read through once and then one by one in any order."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        try:
            original = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise SourceError(str(path), expected="a file that can be read", found=str(error.strerror)) from error
        self.bytes = os.fstat(original.fileno()).st_size
        self.sha256 = hashlib.file_digest(original, "sha256").hexdigest()
        # an array has no lines: its elements go, one a line, to a file that disappears with the run
        self._lines: IO[bytes] = original
        if path.suffix == ".json" and _is_array(original):
            self._lines = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            _spool(path, self._lines)

    def lines(self) -> Iterator[Line]:
        self._lines.seek(0)
        offset = 0
        for number, raw in enumerate(self._lines, start=1):
            if raw.strip():
                yield Line(number, offset, raw)
            offset += len(raw)

    def row_at(self, offset: int) -> Any:
        return parsed(self.raw_at(offset))

    def raw_at(self, offset: int) -> bytes:
        self._lines.seek(offset)
        return self._lines.readline()


def parsed(raw: bytes) -> Any:
    """The JSON value of a line; raises Unusable."""
    try:
        return orjson.loads(raw.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise Unusable("not JSON") from error


def _is_array(stream: IO[bytes]) -> bool:
    stream.seek(0)
    return stream.read(64).removeprefix(BOM).lstrip()[:1] == b"["


def _spool(path: Path, lines: IO[bytes]) -> None:
    with path.open("rb") as stream:
        stream.seek(len(BOM) if stream.read(len(BOM)) == BOM else 0)
        for value in values(iter(lambda: stream.read(BLOCK), b"")):
            try:
                lines.write(orjson.dumps(orjson.loads(value.raw)) + b"\n")
            except orjson.JSONDecodeError:
                lines.write(b"(broken element)\n")


@dataclass(frozen=True)
class Survey:
    """`offsets`, `characters`, `tokens` and `strata` have one element for each usable line, in file order."""

    dataset: str
    reader: RowReader
    file: DataFile
    offsets: npt.NDArray[np.int64]
    characters: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.int64] | None
    strata: npt.NDArray[np.int32]
    excluded: Mapping[str, int]
    first_unusable: str = ""

    @property
    def available(self) -> int:
        return len(self.offsets)

    @property
    def units(self) -> npt.NDArray[np.int64]:
        """Supervised units of each line: tokens where a tokenizer was given, else characters."""
        return self.characters if self.tokens is None else self.tokens

    def line_at(self, position: int) -> dict[str, Any]:
        try:
            row = self.file.row_at(int(self.offsets[position]))
            return self.reader.line(row, self.reader.turns(row))
        except Unusable as reason:
            raise SourceError(
                str(self.file.path),
                expected="the lines that were there a moment ago",
                found=f"another text ({reason})",
                remedy="Something writes into this file: wait for it and build again. Nothing was replaced.",
            ) from reason


@dataclass
class _Tally:
    offsets: array[int] = field(default_factory=lambda: array("q"))
    characters: array[int] = field(default_factory=lambda: array("q"))
    strata: array[int] = field(default_factory=lambda: array("l"))
    stratum_numbers: dict[str, int] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(EXCLUSIONS, 0)))
    first_unusable: str = ""


def survey(
    dataset: str,
    reader: RowReader,
    file: DataFile,
    *,
    evaluation: EvaluationIndex,
    count_tokens: CountTokens | None = None,
) -> Survey:
    tally, tokens = _Tally(), _TokenTally(count_tokens)
    with tqdm(total=file.bytes, desc=dataset, unit="B", unit_scale=True, disable=None, leave=False) as bar:
        for line in file.lines():
            bar.update(len(line.raw))
            turns = _judged(line, reader, evaluation, tally)
            if turns is not None:
                tokens.add(answers(turns))
    return Survey(
        dataset,
        reader,
        file,
        np.asarray(tally.offsets, dtype=np.int64),
        np.asarray(tally.characters, dtype=np.int64),
        tokens.result(),
        np.asarray(tally.strata, dtype=np.int32),
        dict(tally.excluded),
        tally.first_unusable,
    )


def _judged(line: Line, reader: RowReader, evaluation: EvaluationIndex, tally: _Tally) -> list[Turn] | None:
    """The turns of a line that may be taken, noted in the tally; None for one that may not, counted there."""
    try:
        row = parsed(line.raw)
        turns = reader.turns(row)
    except Unusable as reason:
        tally.excluded[UNUSABLE] += 1
        tally.first_unusable = tally.first_unusable or f"line {line.number}: {reason}"
        return None
    leak = evaluation.leak(reader.identity(row, turns), turns)
    if leak:
        tally.excluded[leak] += 1
        return None
    tally.offsets.append(line.offset)
    tally.characters.append(answer_characters(turns))
    tally.strata.append(tally.stratum_numbers.setdefault(reader.stratum(row), len(tally.stratum_numbers)))
    return turns


class _TokenTally:
    """Tokens of each line, asked for in batches: a fast tokenizer is 20 times slower one text at a time."""

    def __init__(self, count: CountTokens | None) -> None:
        self._count = count
        self._done, self._waiting, self._owners = array("q"), list[str](), list[int]()

    def add(self, texts: list[str]) -> None:
        if self._count is None:
            return
        self._owners.extend([len(self._done)] * len(texts))
        self._waiting.extend(texts)
        self._done.append(0)
        if len(self._waiting) >= TOKENIZER_BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._count is None or not self._waiting:
            return
        for owner, tokens in zip(self._owners, self._count(self._waiting), strict=True):
            self._done[owner] += tokens
        self._waiting, self._owners = [], []

    def result(self) -> npt.NDArray[np.int64] | None:
        self._flush()
        return None if self._count is None else np.asarray(self._done, dtype=np.int64)


def token_counter(path: str) -> CountTokens:
    """Counts the tokens of answers with a tokenizer of transformers; no special token is added."""
    try:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(path)
    except (ImportError, OSError, ValueError) as error:
        raise SourceError(
            f"--tokenizer {path}",
            expected="a folder or a name that transformers.AutoTokenizer loads",
            found=str(error).split("\n")[0].rstrip("."),
            remedy="Name the model folder of the recipe, or leave --tokenizer out.",
        ) from error
    return lambda texts: [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]


class EvaluationItem(NamedTuple):
    """`document` is the text that the item is about; items that share it ask about one text."""

    identity: str
    turns: Sequence[Turn]
    document: str


def evaluation_items(reader: RowReader, file: DataFile) -> tuple[list[EvaluationItem], int]:
    """(every item, how many lines could not be read as a conversation)."""
    items, unreadable = [], 0
    for line in file.lines():
        try:
            row = parsed(line.raw)
            turns = reader.turns(row)
        except Unusable:
            unreadable += 1
            continue
        identity, meta = reader.identity(row, turns), row.get("meta")
        document = meta.get("document") if isinstance(meta, Mapping) else ""
        items.append(EvaluationItem(identity, turns, str(document or identity)))
    return items, unreadable
