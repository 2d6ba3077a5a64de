"""What is made of each shape of record: a text with its title, author and tags, and the requests that it feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from converters.contract import Context, Outcome, Reject, SourceError
from converters.poems import misprints, tunes, verse
from converters.poems.rhymebook import RhymeBook, from_table
from converters.sources.poetry.compose import COMPOSE, composed
from converters.sources.poetry.explain import EXPLAIN, explained, is_verse, retold
from converters.sources.poetry.onward import NEXT, continued
from converters.sources.poetry.poem import Fault, Poem, Text, is_series, read
from converters.sources.poetry.recite import RECITE, of_chapter, of_primer, recited
from converters.sources.poetry.shapes import PRIMERS, is_lines

Record = Mapping[str, Any]

# Books that schools learn by heart, as tags and titles name them.
_SCHOOL = re.compile("唐诗三百首|宋词三百首|古诗三百首|千家诗|小学|初中|高中|年级")
_KNOWN_BOOKS = {"唐詩三百首": "唐诗三百首", "千家詩": "千家诗", "唐诗三百首": "唐诗三百首", "千家诗": "千家诗"}
_DIRECTION = re.compile("[（(][^（()）]*[)）]")
_SPEECH = re.compile("[云白][：:)）]|[云白]$|做.{0,6}科|^科|诗曰|带云")
_FEWEST_RHYMED = 0.5  # of the lines of an aria of three or more: where fewer rhyme, speech stands among them
_VERSE_IN_TITLE = re.compile("[，。！？]")


def from_poem(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_poem(record, context))


def poem_of_poem(record: Record, context: Context) -> Poem | Fault:
    tags = _texts(record.get("tags"))
    known = any(_SCHOOL.search(tag) for tag in tags)
    text = Text(record["paragraphs"], record["title"], _text(record["author"]), "poem", tags=tags, known=known)
    return _read(text, context)


def from_lyric(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_lyric(record, context))


def poem_of_lyric(record: Record, context: Context) -> Poem | Fault:
    return _read(_lyric(record), context)


def poem_of_annotated(record: Record, context: Context) -> Poem | Fault:
    text = _lyric(record)
    return _read(replace(text, lines=list(map(misprints.mended, text.lines))), context)


def from_annotated(record: Record, context: Context) -> Sequence[Outcome]:
    poem = poem_of_annotated(record, context)
    if isinstance(poem, Fault):
        return [Reject(dataset, *poem) for dataset in (COMPOSE, NEXT, EXPLAIN)]
    return [composed(poem), continued(poem), explained(poem, _texts(record["notes"]))]


def from_aria(record: Record, context: Context) -> Sequence[Outcome]:
    """Arias of plays say nothing without the scene, so that only the next line is asked for."""
    lines = [line for line in record["paragraphs"] if _text(line).strip()]
    if not lines:
        return [Reject(NEXT, "empty_text", record["title"])]
    if _VERSE_IN_TITLE.search(record["title"]):
        return [Reject(NEXT, "verse_in_title", record["title"])]
    sung = [_DIRECTION.sub("", line) for line in lines]
    if any(_SPEECH.search(part) for line in lines for part in _DIRECTION.findall(line)):
        return [Reject(NEXT, "spoken_parts", "".join(lines)[:80])]
    poem = _read(Text(sung, record["title"], _text(record["author"]), "aria"), context)
    if isinstance(poem, Fault):
        return [Reject(NEXT, *poem)]
    if len(poem.lines) > 2 and tunes.rhymed_share(poem.lines, simplified=True) < _FEWEST_RHYMED:
        return [Reject(NEXT, "unrhymed_aria", "".join(poem.lines)[:80])]
    return [continued(poem)]


def from_ode(record: Record, context: Context) -> Sequence[Outcome]:
    return _without_request(poem_of_ode(record, context))


def poem_of_ode(record: Record, context: Context) -> Poem | Fault:
    known = record["chapter"] == "国风"
    book = f"诗经·{record['title']}"
    text = Text(record["content"], record["title"], "", "ode", book=book, known=known)
    return _read(text, context)


def from_elegy(record: Record, context: Context) -> Sequence[Outcome]:
    return _without_request(poem_of_elegy(record, context))


def poem_of_elegy(record: Record, context: Context) -> Poem | Fault:
    known = record["section"] in ("离骚", "九歌")
    text = Text(record["content"], record["title"], _text(record["author"]), "elegy", book="楚辞", known=known)
    return _read(text, context)


def from_nalan(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_nalan(record, context))


def poem_of_nalan(record: Record, context: Context) -> Poem | Fault:
    tune, _, title = record["title"].partition("·")
    if title:
        return _read(Text(record["para"], record["title"], _text(record["author"]), "lyric", tune=tune), context)
    return _read(Text(record["para"], record["title"], _text(record["author"]), "poem"), context)


def from_caocao(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_caocao(record, context))


def poem_of_caocao(record: Record, context: Context) -> Poem | Fault:
    return _read(Text(record["paragraphs"], record["title"], "曹操", "poem"), context)


def from_imperial(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_imperial(record, context))


def poem_of_imperial(record: Record, context: Context) -> Poem | Fault:
    """御定全唐詩 lost each fourth verse of its seven-character poems, and prints some series as one poem."""
    cut = next(filter(verse.is_cut, record["paragraphs"]), "")
    if cut:
        return Fault("cut_text", cut)
    poem = _read(Text(record["paragraphs"], record["title"], _text(record["author"]), "poem"), context)
    if isinstance(poem, Poem) and is_series(poem):
        poem = Fault("run_together", "".join(poem.lines)[:60])
    return poem


def poem_of_retold(record: Record, context: Context) -> Poem | Fault:
    if is_verse(_text(record["prologue"])):
        return Fault("poem_goes_on_in_prologue", record["title"])
    lines = list(map(misprints.mended, record["paragraphs"]))
    return _read(Text(lines, record["title"], _text(record["author"]), "poem"), context)


def from_retold(record: Record, context: Context) -> Sequence[Outcome]:
    poem = poem_of_retold(record, context)
    if isinstance(poem, Fault):
        return [Reject(dataset, *poem) for dataset in (COMPOSE, NEXT, EXPLAIN)]
    return [composed(poem), continued(poem), retold(poem, _text(record["prologue"]))]


def from_primer(record: Record, context: Context) -> Sequence[Outcome]:
    """A book for children: an anthology gives its poems, a rhymed primer a few lines to recite, prose nothing."""
    title = record["title"]
    if title in _KNOWN_BOOKS:
        return [outcome for poem in poems_of_primer(record, context) for outcome in _answers(poem)]
    if title in PRIMERS:
        return of_primer(title, _text(record.get("author")), _printed(record), context)
    return [Reject(RECITE, "prose", title)]


def poems_of_primer(record: Record, context: Context) -> Iterator[Poem | Fault]:
    book = _KNOWN_BOOKS.get(record["title"])
    if book is None:
        yield Fault("no_poems", record["title"])
        return
    for text in _anthology(record, book):
        yield _read(text, context)


def from_classic(record: Record, context: Context) -> Sequence[Outcome]:
    chapters = [paragraph for paragraph in record["paragraphs"] if isinstance(paragraph, str)]
    outcomes = [of_chapter(record["chapter"], place, chapters, context) for place in range(len(chapters))]
    return outcomes or [Reject(RECITE, "empty_text", record["chapter"])]


def from_row(record: Record, context: Context) -> Sequence[Outcome]:
    return _answers(poem_of_row(record, context))


def poem_of_row(record: Record, context: Context) -> Poem | Fault:
    title, author = _text(record["题目"]), _text(record["作者"])
    lines = [line for line in re.split(r"\n+", _text(record["内容"])) if line.strip()]
    tune = tunes.name_of(title)
    if tunes.is_known(tune) and (not verse.metre(lines) or tunes.keeps_to(tune, lines)):
        # one column for titles and tunes: this is a tune, over verses of several lengths or of its own
        return _read(Text(verse.sentences("".join(lines)), title, author, "lyric", tune=tune), context)
    return _read(Text(lines, title, author, "poem"), context)


def _answers(poem: Poem | Fault) -> list[Outcome]:
    if isinstance(poem, Fault):
        return [Reject(dataset, *poem) for dataset in (COMPOSE, NEXT)]
    by_heart = recited(poem)
    return [composed(poem), continued(poem), *([by_heart] if by_heart else [])]


def _without_request(poem: Poem | Fault) -> list[Outcome]:
    """诗经 and 楚辞 are imitated line by line; nobody asks for a new 离骚."""
    if isinstance(poem, Fault):
        return [Reject(NEXT, *poem)]
    by_heart = recited(poem)
    return [continued(poem), *([by_heart] if by_heart else [])]


def _lyric(record: Record) -> Text:
    tags = _texts(record.get("tags"))
    known = any(_SCHOOL.search(tag) for tag in tags)
    return Text(record["paragraphs"], "", _text(record["author"]), "lyric", record["rhythmic"], tags, known=known)


def _anthology(record: Record, book: str) -> Iterator[Text]:
    for part in record["content"]:
        entries = part.get("content") or ()
        if is_lines(entries):  # a part without chapters
            yield Text(entries, _text(part.get("title")), _text(part.get("author")), "poem", book=book, known=True)
            continue
        for entry in entries:
            title, author = _text(entry.get("chapter")), _text(entry.get("author"))
            paragraphs = entry.get("paragraphs") or ()
            if all(isinstance(line, str) for line in paragraphs):
                series = _text(entry.get("subchapter")).partition("·")[2]
                yield Text(paragraphs, f"{title} {series}".strip(), author, "poem", book=book, known=True)
            else:
                for one in paragraphs:
                    name = f"{title} {_text(one.get('subchapter'))}"
                    yield Text(one.get("paragraphs") or (), name, author, "poem", book=book, known=True)


def _printed(record: Record) -> list[str]:
    """The lines of a primer; what is printed without marks (天地玄黄 / 宇宙洪荒, 父母呼 应勿缓) gets its marks."""
    lines = list(_leaves(record))
    spaced = [re.sub(r"\s+", "，", line.strip()) for line in lines]
    if not any("，" in line or "。" in line for line in spaced):
        spaced = [f"{one}，{two}。" for one, two in zip(spaced[::2], spaced[1::2], strict=False)]
    return [verse.closed(line) for line in spaced]


def _leaves(value: Any) -> Iterator[str]:
    if "paragraphs" in value:
        yield from (line for line in value["paragraphs"] if isinstance(line, str))
    for inner in value.get("content") or ():
        yield from _leaves(inner) if isinstance(inner, dict) else ()


def _read(text: Text, context: Context) -> Poem | Fault:
    if not is_lines(text.lines):
        return Fault("missing_columns", "the lines must be a list of texts")
    return read(text, context, _book(context.option("rhymes")))


@cache
def _book(path: str) -> RhymeBook | None:
    """The user's table, read once a process; None for 平水韵."""
    if not path:
        return None
    try:
        return from_table(orjson.loads(Path(path).read_bytes()), Path(path).name)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"--rhymes {path}",
            expected="a table as JSON, {声部: {韵目: [字, …]}} or {ping|ze: {声部: {韵目: [字串]}}}",
            found=str(error),
            remedy="Leave --rhymes out to use 平水韵.",
        ) from None


def _texts(value: Any) -> list[str]:
    """The texts of a list that are not empty; nothing of anything else."""
    return [text for text in value if isinstance(text, str) and text] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
