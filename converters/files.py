"""How output appears whole or not at all, and how a file that we wrote is read back.

Reading what users bring (compression, encodings, layouts) is `readers`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import orjson

from converters.contract import SourceError
from converters.remains import PART, Run


def sha256_of(path: Path) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Staged:
    """Files written beside their targets; `commit` puts all of them in place after all of them are on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._run = folder, Run(folder)
        self._files: dict[Path, tuple[Path, IO[Any]]] = {}
        self._superseded: list[Path] = []

    def open(self, path: Path) -> IO[str]:
        handle, temporary = self._made(path)
        # a lone surrogate in a broken input must not stop the file that reports it
        stream = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self._files[Path(path)] = (temporary, stream)
        return stream

    def open_binary(self, path: Path) -> IO[bytes]:
        """A second call for a path starts it anew; what was written first lies where `close` said, until the end."""
        handle, temporary = self._made(path)
        stream = os.fdopen(handle, "wb", buffering=1 << 18)
        if Path(path) in self._files:
            self._superseded.append(self.close(path))
        self._files[Path(path)] = (temporary, stream)
        return stream

    def _made(self, path: Path) -> tuple[int, Path]:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".{self._run.token}{PART}", dir=path.parent)
        return handle, Path(name)

    def close(self, path: Path) -> Path:
        """Flush one file to disk and return where it lies until `commit`, so that it can be hashed."""
        temporary, stream = self._files[Path(path)]
        if not stream.closed:
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
        return temporary

    def drop(self, path: Path) -> None:
        """A file that shall not appear after all; what stood there stays."""
        self._superseded.append(self.close(path))
        del self._files[Path(path)]

    def alone(self, folder: Path) -> None:
        """Wait for other runs: what is read of this folder now is still so when the files are put in place."""
        self._run.alone(folder)

    def commit(self) -> None:
        self._run.alone(self._folder)
        # nothing is replaced before the last byte of every file is safe: a full disk leaves all old files
        for path in self._files:
            self.close(path).chmod(0o666 & ~_umask())
        self._run.decide((temporary, path) for path, (temporary, _) in self._files.items())
        for path, (temporary, _) in self._files.items():
            os.replace(temporary, path)

    def discard(self) -> None:
        for temporary in self._superseded:
            temporary.unlink(missing_ok=True)
        for temporary, stream in self._files.values():
            with suppress(OSError):
                stream.close()
            temporary.unlink(missing_ok=True)
        self._run.end()


@contextmanager
def staged(where: Path) -> Iterator[Staged]:
    """Several files that appear together when the block ends well; on any error the old ones stay.

    `where` is their folder. Raises SourceError when the folder cannot be written or the disk is full.
    """
    files = None
    try:
        files = Staged(where)
        yield files
        files.commit()
    except OSError as error:
        raise SourceError(
            error.filename or str(where),
            expected="a folder that can be written and has room",
            found=error.strerror or str(error),
            remedy="Nothing was replaced. Make room or permissions, or choose another --dataset-dir.",
        ) from error
    finally:
        if files is not None:
            files.discard()


@contextmanager
def atomic_text(path: Path) -> Iterator[IO[str]]:
    """A text file that replaces `path` when the block ends well; on any error `path` stays as it was."""
    with staged(Path(path).parent) as files:
        yield files.open(path)


def _umask() -> int:
    # mkstemp makes files that only the owner reads; the result should look like any other file
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    """(line number from 1, object) of a file that we wrote; blank lines are skipped, a broken one is an error."""
    with Path(path).open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise SourceError(
                    f"{path}, line {number}",
                    expected="one JSON object",
                    found=str(error),
                    remedy="The file was cut or edited: convert the source again.",
                ) from error
