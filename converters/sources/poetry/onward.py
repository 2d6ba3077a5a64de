"""Requests to go on from the verses before: a couplet, a sentence, or the second verse of a couplet."""

from __future__ import annotations

from collections.abc import Sequence

from converters.contract import Outcome, Reject
from converters.poems import verse
from converters.sources.poetry.compose import example
from converters.sources.poetry.poem import Poem, digest
from converters.templates import fill
from converters.templates import poetry as words

NEXT = "poetry_next"

LONGEST_CONTEXT = 4  # sentences shown before the one that is asked for
SHORTEST_ANSWER = 4  # characters
SHORTEST_CONTEXT = 8  # characters; less says nothing of where the poem goes

_BY_GENRE = {
    "aria": ("poetry.NEXT_OF_ARIA", words.NEXT_OF_ARIA),
    "ode": ("poetry.NEXT_OF_ODE", words.NEXT_OF_ODE),
    "elegy": ("poetry.NEXT_OF_ELEGY", words.NEXT_OF_ELEGY),
}


def continued(poem: Poem) -> Outcome:
    """Which sentence is asked for, and whether the whole or its second verse, is decided by the poem's hash."""
    sentences = [one for line in poem.lines for one in verse.sentences(line)]
    if poem.genre == "poem" and verse.metre(poem.lines):
        sentences = list(poem.lines)
    places = [place for place in range(1, len(sentences)) if _may_be_asked(sentences, place)]
    couplets = [place for place in range(1, len(sentences)) if _has_second_verse(sentences[place])]
    if poem.genre != "poem":
        couplets = []
    by_half = bool(couplets) and (not places or poem.hash[2] % 2 == 0)
    if by_half:
        return _second_verse(poem, sentences, couplets[poem.hash[3] % len(couplets)])
    if not places:
        return Reject(NEXT, "too_short", "no sentence after another that is long enough")
    return _next_sentence(poem, sentences, places[poem.hash[3] % len(places)])


def _second_verse(poem: Poem, sentences: Sequence[str], place: int) -> Outcome:
    first, second = verse.halves(sentences[place])
    before = (*sentences[max(0, place - 1) : place], first)
    asked = fill("poetry.SECOND_VERSE", words.SECOND_VERSE, poem.hash, before="\n".join(before))
    return example(NEXT, poem, asked, second, title_key=poem.title_key, same_as=digest(*before, second).hex())


def _next_sentence(poem: Poem, sentences: Sequence[str], place: int) -> Outcome:
    before = "\n".join(sentences[max(0, place - LONGEST_CONTEXT) : place])
    if poem.genre == "lyric" and poem.tune:
        asked = fill("poetry.NEXT_OF_TUNE", words.NEXT_OF_TUNE, poem.hash, before=before, tune=poem.tune)
    else:
        name, templates = _templates(poem, sentences[place])
        asked = fill(name, templates, poem.hash, before=before)
    key = poem.title_key if poem.genre in ("poem", "aria") else ""
    # two copies of a poem that differ elsewhere ask the same question
    same_as = digest(before, sentences[place]).hex()
    return example(NEXT, poem, asked, sentences[place], title_key=key, same_as=same_as)


def _templates(poem: Poem, answer: str) -> tuple[str, Sequence[str]]:
    if poem.genre == "lyric":
        return "poetry.NEXT_OF_LYRIC", words.NEXT_OF_LYRIC
    if poem.genre in _BY_GENRE:
        return _BY_GENRE[poem.genre]
    if verse.is_couplet(answer):
        return "poetry.NEXT_COUPLET", words.NEXT_COUPLET
    return "poetry.NEXT_SENTENCE", words.NEXT_SENTENCE


def _may_be_asked(sentences: Sequence[str], place: int) -> bool:
    """Long enough, and no refrain: what stands in the lines before cannot be asked for."""
    answer = "".join(verse.verses(sentences[place]))
    before = ["".join(verse.verses(one)) for one in sentences[max(0, place - LONGEST_CONTEXT) : place]]
    return len(answer) >= SHORTEST_ANSWER and len("".join(before)) >= SHORTEST_CONTEXT and answer not in before


def _has_second_verse(sentence: str) -> bool:
    return verse.is_couplet(sentence) and len(verse.verses(sentence)[1]) >= SHORTEST_ANSWER
