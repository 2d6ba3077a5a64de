"""Is an old text punctuated where its editor punctuated it, and left as it is otherwise? 断句 and 标点.

A place is the number of characters before a mark. Where the answer changed the text, places are counted from the
front as far as both begin alike and from the back as far as both end alike; marks in between count as wrong.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.overlap import f1
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
PAUSES = frozenset("，。！？；：、/…—")
_ONE_FORM = str.maketrans(",.!?;:／|「」『』", "，。！？；：//“”‘’")

Place = tuple[int, str]


@dataclass(frozen=True)
class Marked:
    """A text without marks, and its marks with the number of characters before each."""

    text: str
    marks: frozenset[Place]

    def breaks(self) -> frozenset[int]:
        """Where the text pauses, its end left out: that one is given away."""
        return frozenset(place for place, mark in self.marks if mark in PAUSES and 0 < place < len(self.text))


def marked(text: str) -> Marked:
    characters: list[str] = []
    marks: set[Place] = set()
    for character in "".join(text.split()).translate(_ONE_FORM):
        if unicodedata.category(character)[0] in "PS":
            marks.add((len(characters), character))
        else:
            characters.append(character)
    return Marked("".join(characters), frozenset(marks))


def aligned(answer: str, reference: Marked) -> Marked:
    """The answer's marks at the places of the reference; what stands before and after the whole text is cut off."""
    said = marked(answer)
    start = said.text.find(reference.text)
    if start >= 0:
        end = start + len(reference.text)
        # an opening mark at the end is of what follows, a closing one at the start of what went before
        within = frozenset((p - start, m) for p, m in said.marks if start <= p <= end)
        return Marked(reference.text, within)
    front = _alike(said.text, reference.text)
    back = min(_alike(said.text[::-1], reference.text[::-1]), min(len(said.text), len(reference.text)) - front)
    shift = len(reference.text) - len(said.text)
    # what stands in between gets places that no reference has
    moved = ((p if p <= front else p + shift if p >= len(said.text) - back else -1 - p, m) for p, m in said.marks)
    return Marked(said.text, frozenset(moved))


def _alike(left: str, right: str) -> int:
    """How many characters both have in common at their beginning."""
    shorter = min(len(left), len(right))
    return next((i for i in range(shorter) if left[i] != right[i]), shorter)


def f1_of_breaks(answer: str, reference: str) -> float:
    """F1 of the pauses within the text, whatever the mark; 1 where both have none."""
    wanted = marked(reference)
    found = aligned(answer, wanted)
    places = frozenset(place for place, mark in found.marks if mark in PAUSES and place not in (0, len(wanted.text)))
    return _f1(places, wanted.breaks(), answer)


def f1_of_marks(answer: str, reference: str) -> float:
    """F1 of the marks at their places, quotation marks and the last mark included."""
    wanted = marked(reference)
    return _f1(aligned(answer, wanted).marks, wanted.marks, answer)


def _f1(found: frozenset[object], wanted: frozenset[object], answer: str) -> float:
    if not found and not wanted:
        return float(bool(answer.strip()))
    return f1(len(found & wanted), len(found), len(wanted))


def keeps_the_text(answer: str, reference: str) -> float:
    """1 where the answer without marks holds the whole text, unchanged."""
    return float(marked(reference).text in marked(answer).text)


def _each(name: str, value: Callable[[str, str], float]) -> Callable[[Answers, How], Score]:
    def measure(given: Answers, how: How) -> Score:
        items = [value(a, r) for a, r in zip(given.answers, given.references, strict=True)]
        return mean_score(name, items, how, version=VERSION)

    return measure


breaks = _each("breaks_f1", f1_of_breaks)
marks = _each("marks_f1", f1_of_marks)
unchanged = _each("text_unchanged", keeps_the_text)
