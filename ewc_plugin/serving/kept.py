"""What was answered already? A file that grows by a line an answer, so that whoever is stopped goes on from there.

A line is written whole by one call. One that a crash or a full disk tore is no answer, and is asked for again.
"""

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any


def key(*parts: Any) -> str:
    """32 hex digits that change when anything that decides an answer changes."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:32]


class Kept:
    """Answers by key; the last one counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        self._torn = bool(text) and not text.endswith("\n")
        self._found = dict(pair for line in text.split("\n") if (pair := _pair(line)))

    def get(self, name: str) -> Any | None:
        return self._found.get(name)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, name: str, value: Any) -> None:
        text = json.dumps({"key": name, "value": value}, ensure_ascii=False, allow_nan=False)
        line = (("\n" if self._torn else "") + text + "\n").encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            self._torn = True
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        finally:
            os.close(descriptor)
        self._torn = False
        self._found[name] = value


def _pair(line: str) -> tuple[str, Any] | None:
    try:
        record = json.loads(line)
        return str(record["key"]), record["value"]
    except (ValueError, KeyError, TypeError):
        return None
