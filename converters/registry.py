"""SOURCES: every source there is, in the order in which they are shown. Written out, so that it can be searched for."""

from __future__ import annotations

from converters.contract import Source
from converters.sources import (
    alpaca_zh,
    belle,
    classical,
    custom,
    dialogue,
    evaluation,
    expansion,
    general,
    history,
    literature,
    poetry,
    preference,
    story,
    translation,
    wiki,
)

SOURCES: tuple[Source, ...] = (
    belle.SOURCE,
    wiki.SOURCE,
    alpaca_zh.SOURCE,
    translation.SOURCE,
    dialogue.SOURCE,
    story.SOURCE,
    poetry.SOURCE,
    literature.SOURCE,
    classical.SOURCE,
    history.SOURCE,
    evaluation.SOURCE,
    general.SOURCE,
    preference.SOURCE,
    expansion.SOURCE,
    custom.SOURCE,
)


def source_named(name: str) -> Source:
    return next(source for source in SOURCES if source.name == name)
