"""The long texts of a source's own examples: what an assistant wrote, in Chinese, whole, and to be read alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converters.article_tasks.openings import hangs
from converters.contract import Example, Lengths, Outcome, Passage, Refusal
from converters.text import punctuated
from converters.wikitext import prose


def long_answers(outcomes: Iterable[Outcome], source: str, lengths: Lengths) -> Iterator[Passage | Refusal]:
    """Of examples that the source has filtered already; its rejects stay rejected, for their reasons."""
    for outcome in outcomes:
        if not isinstance(outcome, Example):
            yield Refusal(outcome.reason, outcome.detail)
            continue
        for text in _answers(outcome):
            if len(text) < lengths.shortest:
                yield Refusal("too_short", text[:40])
                continue
            fault = text_fault(text)
            yield Refusal(*fault) if fault else _passage(text, outcome, source)


def _answers(example: Example) -> Iterator[str]:
    if example.chosen is not None:
        yield example.chosen.content
        return
    for message in example.messages:
        if message.role == "assistant":
            yield message.content


def text_fault(text: str) -> tuple[str, str] | None:
    """Why a text is no passage: not running Chinese prose in whole paragraphs, or one that nobody can begin with."""
    paragraphs = [punctuated(line.strip()) for line in text.split("\n") if line.strip()]
    if not paragraphs or hangs(paragraphs[0]):
        return "opens_in_mid_air", text[:40]
    return next(filter(None, map(prose.fault, paragraphs)), None)


def _passage(text: str, example: Example, source: str) -> Passage:
    return Passage(
        text,
        example.document,
        source,
        title=example.title,
        section=example.section,
        author=example.author,
        licence=example.licence,
        attribution=example.attribution,
    )
