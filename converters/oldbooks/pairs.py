"""Which two passages of a chapter belong together: a text and what follows it, a model and another like it?

Each passage begins where its teller begins and ends at the end of a sentence; whether it is sound is not judged here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from converters.oldbooks import prose, scenes
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.tales import Tale, is_novel, stories
from converters.text import han_count

Pair = tuple[str, str]

CONTEXT, ANSWER = (120, 600), (80, 600)  # shortest and longest, in characters
MODEL = (120, 420)
SHORTEST_ANECDOTE, LONGEST_ANECDOTE = 60, 320  # Chinese characters
FEWEST_SCENES = 3


def continuations(chapter: Chapter) -> Iterator[Pair]:
    """A text and what follows it in the same tale, or in the same scene where something connects the two."""
    novel = is_novel(chapter)
    for run in _stretches(chapter):
        for before, after in _windows(run, chapter.document):
            if not novel or scenes.is_connected(before, after):
                yield before, after


def _stretches(chapter: Chapter) -> list[prose.Run]:
    if is_novel(chapter):
        return [scene for section in chapter.sections for scene in scenes.scenes(section.paragraphs)]
    whole = [prose.runs(story.text.split("\n")) for story in stories(chapter)]
    return [runs[0] for runs in whole if len(runs) == 1]


def _windows(run: prose.Run, seed: str) -> Iterator[Pair]:
    """Pairs one after another, each from the head of a paragraph; the lengths vary with the hash of the place.

    A run that is shorter than both gives what it has, about two thirds of it as the context.
    """
    written = sum(han_count(unit.text) for unit in run)
    start = 0
    while start < len(run):
        dice = hashlib.sha256(f"{seed}:{start}:{run[start].text}".encode()).digest()
        shown = min(CONTEXT[0] + dice[0], max(CONTEXT[0], written * 6 // 10))
        asked = min(ANSWER[0] + dice[1], max(ANSWER[0], written * 3 // 10))
        middle = prose.taken(run, start, shown, CONTEXT[1])
        end = prose.taken(run, middle, asked, ANSWER[1])
        if middle > start and end > middle:
            end = prose.prolonged(run, middle, end, ANSWER[1])
            yield prose.joined(run[start:middle]), prose.joined(run[middle:end])
        start = _next_head(run, max(end, start + 1))


def _next_head(run: prose.Run, place: int) -> int:
    return next((head for head in range(place, len(run)) if scenes.begins_well(run[head:])), len(run))


def models(chapter: Chapter, found: Sequence[Tale]) -> list[Pair]:
    """Two tales that are neighbours in one juan, or two scenes of one chapter that do not touch."""
    if not is_novel(chapter):
        usable = [tale.text for tale in found if SHORTEST_ANECDOTE <= han_count(tale.text) <= LONGEST_ANECDOTE]
        return list(zip(usable[::2], usable[1::2], strict=False))
    usable = [text for scene in _stretches(chapter) if (text := _in_short(scene)) and _is_scene(text)]
    if len(usable) < FEWEST_SCENES:
        return []
    model, answer = usable[0], usable[len(usable) // 2]
    return [] if model + "\n" + answer in chapter.text else [(model, answer)]


def _in_short(scene: prose.Run) -> str:
    """The first paragraphs of a scene, or ""."""
    end = prose.prolonged(scene, 0, prose.taken(scene, 0, *MODEL), MODEL[1])
    is_whole = end > 0 and (end == len(scene) or scene[end].starts)
    return prose.joined(scene[:end]) if is_whole else ""


def _is_scene(text: str) -> bool:
    """Narrative with somebody speaking that its teller begins anew: no list, no letter."""
    opening = Tale("", text).opening
    return scenes.opens(text) and opening != "" and "“" not in opening and "“" in text and "（" not in text
