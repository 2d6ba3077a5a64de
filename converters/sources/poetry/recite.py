"""Requests to recite what schools learn by heart: a whole poem by author and title, or the line before or after."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.poems import tunes, verse
from converters.script import simplified
from converters.sources.poetry.compose import example, opening
from converters.sources.poetry.poem import Fault, Poem, digest
from converters.templates import Filled, fill
from converters.templates import poetry as words
from converters.text import han_count, punctuated

RECITE = "poetry_recite"

LONGEST_WHOLE = 12  # verses
SHORTEST_VERSE = 4  # characters of a line that is asked for by the one beside it; three for primers
LINES_OF_A_PRIMER = 12  # asked for of each book
FIRST_WORDS = 2  # characters at least of a chapter of the classics, by which it is asked for
SHORTEST_REST, LONGEST_CHAPTER = 3, 120
LONGEST_ODE = 24  # verses

_TOKEN = re.compile("[^，。？！；：]+[，。？！；：]*[”’」』》]*")
_SPEAKER = re.compile("[曰云]：?[“「『]?$")
_TURN = re.compile("^[“「『]|^(?:曰|然则|對曰|对曰)")
_MENCIUS = re.compile("^(?:梁惠王|公孙丑|滕文公|离娄|万章|告子|尽心)[上下]?$")


def recited(poem: Poem) -> Outcome | None:
    """None for what nobody is expected to know."""
    if not poem.known:
        return None
    pairs = list(_pairs([one for line in poem.lines for one in verse.sentences(line)], SHORTEST_VERSE))
    name = poem.title if poem.genre != "lyric" else simplified(tunes.name_of(poem.raw_title))
    longest = LONGEST_ODE if poem.genre == "ode" else LONGEST_WHOLE
    author = "《诗经》" if poem.genre == "ode" else poem.author
    if author and name and poem.count <= longest and (poem.hash[4] % 2 == 0 or not pairs):
        return _whole(poem, author, name)
    if not pairs:
        return Reject(RECITE, "no_couplet", "".join(poem.lines)[:40])
    where = f"{poem.author}《{name}》" if poem.author else f"《{poem.book or name}》"
    first, second = pairs[poem.hash[5] % len(pairs)]
    asked, answer = _asked(first, second, where, poem.hash)
    return example(RECITE, poem, asked, answer, same_as=digest(first, second).hex())


def _whole(poem: Poem, author: str, name: str) -> Outcome:
    values = {"author": author, "title": name}
    if poem.genre == "lyric" or verse.in_series(poem.raw_title):
        templates = words.WHOLE_FROM_OPENING
        asked = fill("poetry.WHOLE_FROM_OPENING", templates, poem.hash, opening=opening(poem), **values)
    else:
        asked = fill("poetry.WHOLE_POEM", words.WHOLE_POEM, poem.hash, **values)
    return example(RECITE, poem, asked, "\n".join(poem.lines), same_as=poem.hash.hex())


def _asked(first: str, second: str, where: str, by: bytes) -> tuple[Filled, str]:
    if by[6] % 3:
        return fill("poetry.LINE_AFTER", words.LINE_AFTER, by, before=first, where=where), f"{second}。"
    return fill("poetry.LINE_BEFORE", words.LINE_BEFORE, by, after=second, where=where), f"{first}。"


def _pairs(sentences: Sequence[str], shortest: int) -> Iterator[tuple[str, str]]:
    """Couplets of which each verse stands in the text once: else the question has two answers."""
    times = Counter(one for sentence in sentences for one in verse.verses(sentence))
    for sentence in sentences:
        pair = verse.verses(sentence)
        if len(pair) == 2 and all(times[one] == 1 and len(one) >= shortest for one in pair):
            yield pair[0], pair[1]


def of_primer(title: str, author: str, lines: Sequence[str], context: Context) -> list[Outcome]:
    """三字经, 千字文, …: at most `LINES_OF_A_PRIMER` couplets of the book, chosen by hash."""
    book = simplified(title) if context.script == "simplified" else title
    cleaned = [verse.cleaned(line) for line in lines]
    good = [verse.simplified_verse(line) if context.script == "simplified" else line for line in cleaned]
    sentences = [one for line in good if verse.fault([line]) is None for one in _couplets(line)]
    pairs = sorted(_pairs(sentences, 3), key=lambda pair: _digest(book, *pair))[:LINES_OF_A_PRIMER]
    if not pairs:
        return [Reject(RECITE, "no_couplet", book)]
    return [_of_book(book, author, *pair) for pair in pairs]


def _couplets(line: str) -> list[str]:
    """人之初，性本善，性相近，习相远。 is two couplets; 云对雨，雪对风，晚照对晴空。 is none."""
    found = []
    for sentence in verse.sentences(line):
        pieces = _TOKEN.findall(sentence)
        pairs = ["".join(pieces[place : place + 2]) for place in range(0, len(pieces), 2)]
        found += pairs if all(map(verse.is_couplet, pairs)) else []
    return found


def _of_book(book: str, author: str, first: str, second: str) -> Example:
    by = _digest(book, first, second)
    asked, answer = _asked(first, second, f"《{book}》", by)
    return Example(
        RECITE,
        (user(asked.text), assistant(answer)),
        document=f"book:{book}",
        author=author,
        title=book,
        kind="primer",
        template=asked.label,
    )


def of_chapter(chapter: str, place: int, chapters: Sequence[str], context: Context) -> Outcome:
    """One 章 of the classics, asked for by its first words, which no other of the same 篇 begins with."""
    printed = chapters[place]
    book, section = _book_of(simplified(chapter))
    found = verse.fault([verse.cleaned(printed)])
    if found:
        return Reject(RECITE, *found)
    if _TURN.match(printed) or (book == "孟子" and not _stands_alone(place, chapters)):
        return Reject(RECITE, "turn_of_a_dialogue", printed[:60])
    shown = _shown(printed, context)
    if shown.count("“") != shown.count("”"):
        return Reject(RECITE, "unbalanced_quotes", shown[:60])
    others = [_shown(other, context) for number, other in enumerate(chapters) if number != place]
    begins = _first_words(shown, others)
    length = han_count(shown)
    if not han_count(begins) + SHORTEST_REST <= length <= LONGEST_CHAPTER:
        return Reject(RECITE, "too_long" if length > LONGEST_CHAPTER else "too_short", shown[:60])
    where = f"《{book}·{section}》" if section else f"《{book}》"
    asked = fill("poetry.WHOLE_CHAPTER", words.WHOLE_CHAPTER, _digest(book, shown), where=where, before=begins)
    return Example(
        RECITE,
        (user(asked.text), assistant(shown)),
        document=f"book:{book}·{section}",
        title=book,
        section=section,
        original=printed if printed != shown else "",
        kind="classic",
        template=asked.label,
    )


def chapter_of(chapter: str, printed: Sequence[str], context: Context) -> tuple[str, str, list[str | Fault]]:
    """Book and section of a 篇, and what stands in it or why it cannot be used."""
    shown: list[str | Fault] = []
    for text in printed:
        found = verse.fault([verse.cleaned(text)])
        clear = _shown(text, context)
        if found is None and clear.count("“") != clear.count("”"):
            found = "unbalanced_quotes", clear[:60]
        shown.append(Fault(*found) if found else clear)
    return *_book_of(simplified(chapter)), shown


def _stands_alone(place: int, chapters: Sequence[str]) -> bool:
    """True of a saying of 孟子 that follows one of his and that nobody answers: turns of a talk are printed alone."""
    before, after = ("孟子曰", *chapters)[place], (*chapters, "")[place + 1]
    alone = all(text.startswith("孟子曰") for text in (before, chapters[place]))
    return alone and not _TURN.match(after)


def _shown(printed: str, context: Context) -> str:
    text = printed.strip()
    # 焉能事鬼？”，曰 has a mark too many
    return re.sub("([。！？]”)，", r"\1", punctuated(simplified(text))) if context.script == "simplified" else text


def _first_words(text: str, others: Sequence[str]) -> str:
    """Who speaks, and as many clauses as it takes to tell it from the others."""
    begins, said = "", 0
    for piece in _TOKEN.findall(text):
        begins += piece
        said += 0 if _SPEAKER.search(piece) else han_count(piece)
        if said >= FIRST_WORDS and not any(other.startswith(begins) for other in others):
            break
    return re.sub("[“”‘’「」『』]", "", begins).rstrip("，。？！；：")


def _book_of(chapter: str) -> tuple[str, str]:
    if chapter.endswith("篇"):
        return "论语", chapter.removesuffix("篇")
    return ("孟子", chapter) if _MENCIUS.match(chapter) else (chapter, "")


def _digest(*texts: str) -> bytes:
    return hashlib.sha256("\0".join(texts).encode()).digest()
