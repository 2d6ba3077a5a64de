"""Which two passages of a chapter belong together: a text and what follows it, a model and another like it?

Each passage begins where its teller begins and ends at the end of a sentence. No text goes on across a sentence with a
known misreading; whether a passage is sound in all else is not judged here.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise, takewhile

from converters.oldbooks import collation, errata, prose, scenes
from converters.oldbooks.books import COLLATED
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.tales import Tale, is_novel, stories
from converters.text import HAN, han_count

Pair = tuple[str, str]

# The shortest in Chinese characters and the longest in characters. The longer a passage, the surer a misreading in it.
CONTEXT, ANSWER = (80, 300), (60, 260)
MODEL = (80, 260)
SHORTEST_ANECDOTE, LONGEST_ANECDOTE = 50, 220  # Chinese characters
FEWEST_SCENES = 3
# What somebody does whom only the sentence before names.
_HANGS_ON = re.compile(
    "[他她我你这那其彼此该又便就因既及不正方忽]|却(?!说)|即|说|言|听|看|于是|当下|只见|遂|乃|二人|两人|[众三四五][人位]|大家|原来"
    "|一面|一时|一头|如此|[次是当本]日|[是当][晚夜]|到了?[次晚]|[正二三四五六七八九十]+[年月日]|未[几及]|过了|随|此|次早|次晚|天[色明]|话说(?:间|未了)"
)
SHORTEST_SENTENCE = 12  # Chinese characters of one that begins a passage in the midst of a paragraph
MOST_MODELS = 10  # pairs of scenes of one chapter


def continuations(chapter: Chapter) -> Iterator[Pair]:
    """A text and what follows it in the same tale, or in the same scene where something connects the two."""
    if not is_novel(chapter):
        for run in stretches(chapter):
            sound = run if chapter.book in COLLATED else _sound_start(run)
            yield from _windows(sound, chapter.document)
        return
    for part in (part for run in stretches(chapter) for part in sound_parts(run)):
        yield from (pair for pair in _windows(part, chapter.document) if scenes.is_connected(*pair))


def stretches(chapter: Chapter) -> list[prose.Run]:
    if is_novel(chapter):
        return [scene for section in chapter.sections for scene in scenes.scenes(section.paragraphs)]
    sound = [story.text for story in stories(chapter) if collation.fault(chapter.book, story.text) is None]
    whole = [prose.runs(text.split("\n")) for text in sound]
    return [runs[0] for runs in whole if len(runs) == 1]


def sound_parts(run: prose.Run) -> Iterator[prose.Run]:
    """Parts of a run between sentences with a misreading, each from where its teller begins."""
    sound = _are_sound(run)
    start = 0
    while start < len(run):
        end = next((place for place in range(start, len(run)) if not sound[place]), len(run))
        if end > start:
            yield run[start:end]
        start = next_head(run, end + 1)


def _sound_start(run: prose.Run) -> prose.Run:
    return tuple(unit for unit, _ in takewhile(lambda pair: pair[1], zip(run, _are_sound(run), strict=True)))


def _are_sound(run: prose.Run) -> list[bool]:
    """Whether each unit has no suspect, seen where it stands."""
    ends = list(accumulate(len(unit.text) + (unit.starts and place > 0) for place, unit in enumerate(run)))
    suspected = {bisect_right(ends, place) for place in errata.suspects(prose.joined(run))}
    return [place not in suspected for place in range(len(run))]


def _windows(run: prose.Run, seed: str) -> Iterator[Pair]:
    """Pairs one after another, each from the head of a paragraph; the lengths vary with the hash of the place.

    A run that is shorter than both gives what it has, about two thirds of it as the context.
    """
    written = sum(han_count(unit.text) for unit in run)
    start = 0
    while start < len(run):
        dice = hashlib.sha256(f"{seed}:{start}:{run[start].text}".encode()).digest()
        shown = min(CONTEXT[0] + dice[0] // 2, max(CONTEXT[0], written * 6 // 10))
        asked = min(ANSWER[0] + dice[1] // 2, max(ANSWER[0], written * 3 // 10))
        middle = prose.taken(run, start, shown, CONTEXT[1])
        end = prose.taken(run, middle, asked, ANSWER[1])
        if middle > start and end > middle:
            end = prose.prolonged(run, middle, end, ANSWER[1])
            yield prose.joined(run[start:middle]), prose.joined(run[middle:end])
        start = next_head(run, max(end, start + 1))


def next_head(run: prose.Run, place: int) -> int:
    return next((head for head in range(place, len(run)) if _begins(run[head:])), len(run))


def _begins(run: prose.Run) -> bool:
    """Where its teller begins, or at a sentence of his that hangs on no other."""
    line = run[0].text
    stands = re.match(f"[{HAN}]", line) is not None and not _HANGS_ON.match(line) and "“" not in line
    return scenes.begins_well(run) or (stands and han_count(line) >= SHORTEST_SENTENCE)


def candidates(chapter: Chapter, found: Sequence[Tale]) -> list[str]:
    """What can be a model or be asked for: short tales, or the beginnings of what is sound in a scene."""
    if is_novel(chapter):
        parts = (part for scene in stretches(chapter) for part in sound_parts(scene))
        return [text for part in parts if (text := _in_short(part)) and _is_scene(text)]
    return [tale.text for tale in found if SHORTEST_ANECDOTE <= han_count(tale.text) <= LONGEST_ANECDOTE]


def models(chapter: Chapter, usable: Sequence[str]) -> list[Pair]:
    """Two tales that are neighbours in one juan, or two scenes of one chapter that do not touch."""
    if not is_novel(chapter):
        return list(pairwise(usable))
    half = len(usable) // 2
    if len(usable) < FEWEST_SCENES:
        return []
    pairs = [(usable[place], usable[place + half]) for place in range(min(len(usable) - half, MOST_MODELS))]
    return [pair for pair in pairs if "\n".join(pair) not in chapter.text]


def _in_short(scene: prose.Run) -> str:
    """The first paragraphs of a scene, or ""."""
    end = prose.prolonged(scene, 0, prose.taken(scene, 0, *MODEL), MODEL[1])
    is_whole = end > 0 and (end == len(scene) or scene[end].starts)
    return prose.joined(scene[:end]) if is_whole else ""


def _is_scene(text: str) -> bool:
    """Narrative with somebody speaking, and with who acts in its first words: no list, no letter."""
    opening = Tale("", text).opening
    is_opened = opening != "" and "“" not in opening and not _HANGS_ON.match(text) and not scenes.is_verse(opening)
    return is_opened and "“" in text and "（" not in text
