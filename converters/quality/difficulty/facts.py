"""Where does an answer state a fact that its prompt does not tell: a short answer as a whole, a number, a name?

What stands in the prompt can be read there (a choice, a passage, a text to be translated) and is no fact to be known;
nor is an answer that several items share (a label), or a number that the prompt has the numbers for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from converters.expansion.grounding import fold, pairs_of
from converters.expansion.named import names
from converters.expansion.stated_numbers import is_offered, offered, stated
from converters.mixing.leakage import normalised
from converters.text import han_count, word_count

SHORT = 12  # ideographs, a Latin word for two: up to here an answer is one fact, or a choice
# kinds of task with many right answers, however short: a sentence that is translated, a title, a line of verse
REWORDED = frozenset(
    (
        *("story", "summary", "heading", "continuation", "translation", "verse", "classical", "literature"),
        "punctuation",
    )
)


class Span(NamedTuple):
    """Characters of the answer, from `start` to before `end`."""

    start: int
    end: int


def is_short(answer: str, task: str) -> bool:
    """Whether an answer is right or wrong as a whole."""
    return task not in REWORDED and han_count(answer) + 2 * word_count(answer) <= SHORT


def labels(answers: Iterable[str]) -> frozenset[str]:
    """Answers, normalised, that are given more than once: what a task chooses among, not what it knows."""
    counted = Counter(map(normalised, answers))
    return frozenset(answer for answer, times in counted.items() if times > 1)


def facts(answer: str, prompt: str, task: str = "", known_labels: Container[str] = ()) -> list[Span]:
    """The facts of an answer, in order, without overlap; [] where it has none that the prompt lacks."""
    if not is_short(answer, task):
        return _joined(sorted(_stated(answer, prompt)))
    plain = normalised(answer)
    if plain in known_labels or plain in normalised(prompt) or _is_computed(answer, prompt):
        return []
    return [_without_marks(answer)]


def _is_computed(answer: str, prompt: str) -> bool:
    numbers = stated(fold(answer))
    return len(numbers) == 1 and len(normalised(answer)) <= len(numbers[0].written) and len(stated(fold(prompt))) > 1


def _without_marks(answer: str) -> Span:
    """From the first letter, digit or ideograph to the last."""
    letters = [at for at, character in enumerate(answer) if character.isalnum()]
    return Span(letters[0], letters[-1] + 1) if letters else Span(0, len(answer))


def _stated(answer: str, prompt: str) -> Iterator[Span]:
    folded, starts = _folded(answer)
    known = fold(prompt)
    for word in filter(None, _words(folded, known)):
        at = folded.find(word)
        while at >= 0:
            yield Span(starts[at], starts[at + len(word) - 1] + 1)
            at = folded.find(word, at + len(word))


def _words(folded: str, known: str) -> Iterator[str]:
    """Numbers and names of the folded answer that the folded prompt does not have."""
    offers = offered(stated(known))
    yield from (number.written for number in stated(folded) if number.is_certain and not is_offered(number, offers))
    for name in names(folded, pairs_of(folded)):
        if not any(word in known for word in name.needed):
            yield next((word for word in name.needed if word in folded), name.written.strip("《》“”"))


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in one width, case and script, and for each of its characters the place it comes from."""
    parts = [_of_character(character) for character in text]
    ends = accumulate(map(len, parts))
    places = [at for at, end in enumerate(ends) for _ in range(len(parts[at]))]
    return "".join(parts), places


@lru_cache(maxsize=20_000)
def _of_character(character: str) -> str:
    # folding trims nothing of a single character but makes white space of some
    return fold(character)


def _joined(spans: list[Span]) -> list[Span]:
    whole: list[Span] = []
    for span in spans:
        if whole and span.start <= whole[-1].end:
            whole[-1] = Span(whole[-1].start, max(whole[-1].end, span.end))
        else:
            whole.append(span)
    return whole
