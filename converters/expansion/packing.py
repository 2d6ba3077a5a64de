"""How paragraphs that follow one another become passages: whole ones, as many as fit, in parts of about one length.

Only a paragraph that is longer than any passage is cut, at the ends of its sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from converters.oldbooks import prose
from converters.passage import Lengths


def packed(paragraphs: Iterable[str], lengths: Lengths) -> list[str]:
    """None is longer than the longest, if no sentence is; a last one may be shorter than the shortest."""
    units = [piece for text in paragraphs for piece in _cut(text, lengths.longest)]
    total = sum(map(len, units)) + max(0, len(units) - 1)
    wanted = total / max(1, -(-total // lengths.longest))
    parts: list[list[str]] = []
    size = 0
    for unit in units:
        if not parts or size >= wanted or size + 1 + len(unit) > lengths.longest:
            parts.append([])
            size = -1
        parts[-1].append(unit)
        size += 1 + len(unit)
    return _without_rest(["\n".join(part) for part in parts], lengths)


def _without_rest(parts: list[str], lengths: Lengths) -> list[str]:
    """A last part that is too short goes to the one before, where there is room."""
    if len(parts) > 1 and len(parts[-1]) < lengths.shortest and len(parts[-2]) + 1 + len(parts[-1]) <= lengths.longest:
        return [*parts[:-2], f"{parts[-2]}\n{parts[-1]}"]
    return parts


def _cut(paragraph: str, longest: int) -> Iterator[str]:
    """In parts of about one length: between sentences, outside quotations if there is an end to them."""
    if len(paragraph) <= longest:
        yield paragraph
        return
    runs = prose.runs([paragraph])
    sentences = [unit.text for run in runs for unit in run] or [paragraph]
    wanted = len(paragraph) / -(-len(paragraph) // longest)
    held = ""
    for sentence in _none_longer(sentences, longest):
        if held and (len(held) >= wanted or len(held) + len(sentence) > longest):
            yield held
            held = ""
        held += sentence
    if held:
        yield held


def _none_longer(sentences: Sequence[str], longest: int) -> Iterator[str]:
    """A quotation that is longer than any passage is cut within."""
    for sentence in sentences:
        yield from [sentence] if len(sentence) <= longest else prose.sentences(sentence)
