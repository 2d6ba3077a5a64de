"""Which texts of a chapter can be asked about? Whole tales, and of a novel what is sound in a scene.

Each begins where its teller begins and ends with a sentence, so that a reader needs nothing else to understand it.
"""

from __future__ import annotations

from collections.abc import Iterator

from converters.contract import Context
from converters.oldbooks import collation, prose
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.pairs import next_head, sound_parts, stretches
from converters.oldbooks.storytelling import fault_of_passage, fault_of_tale
from converters.oldbooks.tales import Tale, is_novel, stories
from converters.passage import Lengths, Passage, Refusal


def excerpts(chapter: Chapter, source: str, context: Context, lengths: Lengths) -> Iterator[Passage | Refusal]:
    found = _of_novel(chapter, lengths) if is_novel(chapter) else _of_tales(chapter, lengths)
    is_any = False
    for text in found:
        is_any = True
        yield text if isinstance(text, Refusal) else _passage(chapter, text, source, context)
    if not is_any:
        yield Refusal("no_scene" if is_novel(chapter) else "no_tale", chapter.title or chapter.text[:40])


def _of_novel(chapter: Chapter, lengths: Lengths) -> Iterator[Tale | Refusal]:
    for scene in stretches(chapter):
        for part in sound_parts(scene):
            for text in cut(part, lengths):
                fault = fault_of_passage(chapter, text) or _breaks_off(chapter, text)
                yield Refusal(*fault) if fault else Tale(chapter.title, text)


def _breaks_off(chapter: Chapter, text: str) -> tuple[str, str] | None:
    """Before a misreading in the midst of a paragraph: somebody asks, and nobody answers."""
    after = chapter.text[chapter.text.find(text) + len(text) :][:1]
    return ("breaks_off", text[-40:]) if after not in ("", "\n") else None


def _of_tales(chapter: Chapter, lengths: Lengths) -> Iterator[Tale | Refusal]:
    for story in stories(chapter):
        fault = collation.fault(chapter.book, story.text)
        if fault:
            yield Refusal(*fault)
            continue
        for text in (part for run in prose.runs(story.text.split("\n")) for part in cut(run, lengths)):
            fault = fault_of_tale(chapter, text)
            yield Refusal(*fault) if fault else Tale(story.title or chapter.title, text)


def cut(run: prose.Run, lengths: Lengths) -> Iterator[str]:
    """Stretches of a run as long as they may be, to the end of a paragraph if there is one; the next begins well."""
    start = 0
    while start < len(run):
        end = _end(run, start, lengths)
        if end > start:
            yield prose.joined(run[start:end])
        start = next_head(run, max(end, start + 1))


def _end(run: prose.Run, start: int, lengths: Lengths) -> int:
    """Where a stretch from `start` ends, or `start` for none that is long enough."""
    length, end, whole = 0, start, start
    for place in range(start, len(run)):
        length += len(run[place].text) + (run[place].starts and place > start)
        if length > lengths.longest:
            break
        end = place + 1
        if length >= lengths.shortest and (end == len(run) or run[end].starts):
            whole = end
    if whole > start:
        return whole
    return end if len(prose.joined(run[start:end])) >= lengths.shortest else start


def _passage(chapter: Chapter, tale: Tale, source: str, context: Context) -> Passage:
    return Passage(
        chapter.as_printed(tale.text) if context.script == "original" else tale.text,
        chapter.document,
        source,
        title=f"{chapter.book}·{tale.title}".strip("·"),
        author=chapter.author,
        attribution=chapter.attribution,
        classical=chapter.register == "classical",
    )
