"""raw/<source>/.downloads.json: what was fetched, from where, when and under which licence, and what is half there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from converters.contract import SourceError
from converters.downloads.wanted import Validators

NAME = ".downloads.json"  # hidden: no reader takes it for data


@dataclass(frozen=True)
class Fetched:
    """A complete file. `changed` is its time on disk, so that an untouched file need not be hashed again."""

    url: str
    revision: str
    size: int
    sha256: str
    licence: str
    date: str
    published: str = ""  # kind:hex of the digest that its server publishes and that it has
    etag: str = ""
    modified: str = ""
    changed: int = 0


@dataclass(frozen=True)
class Started:
    """A file that is half there: what the other half must belong to."""

    url: str
    published: str = ""
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.modified, self.total)


@dataclass
class Record:
    """Of one folder; `save` after each change, so that a kill loses nothing."""

    folder: Path
    files: dict[str, Fetched] = field(default_factory=dict)
    parts: dict[str, Started] = field(default_factory=dict)

    def save(self) -> None:
        entries = {name: asdict(item) for name, item in sorted(self.files.items())}
        parts = {name: asdict(item) for name, item in sorted(self.parts.items())}
        text = json.dumps({"files": entries, "parts": parts}, ensure_ascii=False, indent=2) + "\n"
        temporary = self.folder / f"{NAME}.part"
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, self.folder / NAME)


def read(folder: Path) -> Record:
    path = folder / NAME
    if not path.exists():
        return Record(folder)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        files = {name: Fetched(**item) for name, item in value["files"].items()}
        parts = {name: Started(**item) for name, item in value["parts"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            str(path),
            expected="the record of earlier downloads",
            found=f"something else ({error})",
            remedy="Delete it: files that are whole are then recognised by their checksums and not fetched again.",
        ) from error
    return Record(folder, files, parts)
