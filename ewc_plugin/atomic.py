"""How does a text file appear whole or not at all? Written beside, synced, renamed."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ewc_plugin.errors import EwcError


class WriteError(EwcError):
    """A file could not be written: no space, no permission, no folder. What it held before is unchanged."""


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """On a clean exit `path` holds what was written; on any error it holds what it held before."""
    try:
        with _replaced(path) as stream:
            yield stream
    except OSError as problem:
        raise WriteError(
            str(path),
            expected="room and permission to write it",
            found=problem.strerror or str(problem),
            remedy="What it held before is unchanged. Free some space or mend the permissions, then try again.",
        ) from problem


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        # half of a surrogate pair has no UTF-8; inside JSON `\ud800` is exactly its escape
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files that only their owner may read; reports are meant to be shared
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Indented JSON, Chinese left readable; NaN and infinity raise ValueError: no reader takes them."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    with atomic_text(path) as stream:
        stream.write(text + "\n")
