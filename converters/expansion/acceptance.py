"""What did the answers to each version of a prompt come to, in all expansions of a folder?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from converters.contract import SourceError
from converters.expansion.rates import Rate

SUFFIX = ".expansion.json"


@dataclass
class Acceptance:
    """Of one version and one model. An answer may offer no item at all: `yielded` counts that too."""

    answers: int = 0
    items: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> Rate:
        return Rate(self.accepted, self.items)

    @property
    def yielded(self) -> float:
        """Accepted items for each paid answer."""
        return self.accepted / self.answers if self.answers else 0.0


def acceptance(dataset_dir: Path, task: str) -> dict[str, dict[str, Acceptance]]:
    """Model → version → what became of its answers, summed over all expansions in `dataset_dir`/data."""
    found: dict[str, dict[str, Acceptance]] = {}
    for entry in _entries(dataset_dir / "data"):
        if entry["task"] == task:
            kept = found.setdefault(entry["model"], {}).setdefault(entry["version"], Acceptance())
            kept.answers += entry["answers"]
            kept.items += entry["items"]
            kept.accepted += entry["accepted"]
            kept.reasons.update(entry["reasons"])
    return found


def _entries(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            entries = orjson.loads(path.read_bytes())["prompts"]
            for entry in entries:
                _ = [entry[name] for name in ("task", "version", "model", "answers", "items", "accepted", "reasons")]
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                str(path),
                expected="the report of an expansion, with its prompts",
                found=f"{type(error).__name__}: {error}",
                remedy="Write it again: the same `expand` command as before, which asks for nothing twice.",
            ) from error
        yield from entries
