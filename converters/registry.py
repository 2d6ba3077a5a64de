"""SOURCES: every source there is, in the order in which they are shown. Written out, so that it can be searched for."""

from __future__ import annotations

from converters.contract import Source
from converters.sources import belle, poetry, translation

SOURCES: tuple[Source, ...] = (
    belle.SOURCE,
    translation.SOURCE,
    poetry.SOURCE,
)


def source_named(name: str) -> Source:
    return next(source for source in SOURCES if source.name == name)
