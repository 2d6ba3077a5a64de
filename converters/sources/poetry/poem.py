"""A poem as all tasks see it: cleaned, in the script that is asked for, named by no form but one that is confirmed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from converters.contract import Context
from converters.poems import prosody, tunes, verse
from converters.poems.rhymebook import RhymeBook
from converters.script import simplified

Genre = Literal["poem", "lyric", "aria", "ode", "elegy"]

FEWEST_VERSES = 4  # fewer are a couplet that survived, not a poem to ask for
LONGEST_VERSE = 12  # characters; a longer one is prose, but for the old songs that breathe at 兮
LONGEST_VERSE_WITH_XI = 20
_TOKEN = re.compile("[^，。？！；：]+[，。？！；：]*[”’」』》]*")
_NAMELESS = {"不详", "不詳", "无名氏", "無名氏", "佚名", "阙名", "闕名", "失名", "unknown"}
_DYNASTY = re.compile(
    "^[（(][^（()）]{1,3}[)）]|^(?:[先近]?[秦汉漢晋晉隋唐宋元明清代]{1,2}|南北朝|五代|魏晋|魏晉)[:：]"
)


@dataclass(frozen=True)
class Text:
    """What one shape of file says of one poem, as it stands there."""

    lines: Sequence[str]
    title: str
    author: str
    genre: Genre
    tune: str = ""
    tags: Sequence[str] = ()
    book: str = ""
    known: bool = False  # printed in a book that schools learn by heart


class Fault(NamedTuple):
    reason: str
    detail: str


@dataclass(frozen=True)
class Poem:
    """`lines` in the script that is asked for; `original` as printed, "" where nothing was changed.

    `form` is 七言绝句, …: confirmed by tones and rhyme; `tune` too, by its lengths and rhyme.
    """

    lines: tuple[str, ...]
    original: str
    title: str
    author: str
    genre: Genre
    form: str
    tune: str
    raw_title: str
    title_key: str
    tags: tuple[str, ...] = ()
    book: str = ""
    known: bool = False
    changes: tuple[str, ...] = ()

    @cached_property
    def hash(self) -> bytes:
        return digest(*self.lines)

    @property
    def document(self) -> str:
        return f"poem:{self.hash.hex()[:16]}"

    @cached_property
    def count(self) -> int:
        return len(verse.verses("".join(self.lines)))

    @property
    def kind(self) -> str:
        if verse.is_ritual(self.raw_title):
            return "ritual"
        return "chant" if verse.is_chant(self.raw_title) else self.genre

    @property
    def wanted_form(self) -> str:
        """What a request may ask for: a name where it is confirmed, else what can be counted."""
        metre = verse.metre(self.lines)
        if self.form or not metre:
            return self.form or "句式长短不拘的古体诗"
        if self.count <= 8:
            return f"{metre}{verse.numeral(self.count)}句的诗"
        return f"{metre}诗（共{verse.numeral(self.count)}句）"


def digest(*lines: str) -> bytes:
    """Of the simplified characters alone: a poem printed twice, under two names or with other commas, is one."""
    text = verse.simplified_verse("".join(verse.verses("，".join(lines))))
    return hashlib.sha256(text.encode()).digest()


def read(text: Text, context: Context, book: RhymeBook | None) -> Poem | Fault:
    if verse.is_fragment(text.tune or text.title):
        return Fault("fragment", text.tune or text.title)
    cleaned = [line for line in map(verse.cleaned, text.lines) if verse.verses(line)]
    closed = [verse.closed(line) for line in cleaned]
    if not cleaned:
        return Fault("empty_text", "no verse")
    found = verse.fault(closed) or _unfit(closed, text.genre)
    if found:
        return Fault(*found)
    changed = {
        "editors_marks_cut": "".join(cleaned) != "".join("".join(text.lines).split()),
        "last_mark_added": cleaned != closed,
    }
    return _poem(text, _divided(closed, text.genre), [name for name, is_so in changed.items() if is_so], context, book)


def _poem(text: Text, lines: list[str], changes: list[str], context: Context, book: RhymeBook | None) -> Poem:
    shown = tuple(verse.simplified_verse(line) if context.script == "simplified" else line for line in lines)
    original = "\n".join(text.lines)
    parts = verse.title_parts(text.title)
    convert = verse.simplified_title if context.script == "simplified" else str
    return Poem(
        lines=shown,
        original=original if original != "\n".join(shown) else "",
        title=convert("·".join(parts[-2:])),
        author=simplified(_author(text.author)) if context.script == "simplified" else _author(text.author),
        genre=text.genre,
        form=_form(lines, book) if text.genre == "poem" else "",
        tune=_confirmed_tune(tunes.name_of(text.tune), lines, book),
        raw_title=f"{text.title} {text.tune}".strip(),
        title_key=verse.simplified_title(parts[0]) if parts else "",
        tags=tuple(text.tags),
        book=convert(text.book),
        known=text.known,
        changes=(*changes, *(["simplified"] if list(shown) != lines else [])),
    )


def _unfit(lines: list[str], genre: Genre) -> tuple[str, str] | None:
    """What no mark shows: prose, verses that a copy lost, a verse of the wrong length."""
    text = "".join(lines)
    lengths = [len(one) for one in verse.verses(text)]
    longest = LONGEST_VERSE_WITH_XI if "兮" in text else LONGEST_VERSE
    if max(lengths) > longest and genre != "aria":
        return "prose", text[:60]
    if len(lengths) < FEWEST_VERSES:
        return "too_short", text
    if genre == "poem" and verse.is_uneven(lines):
        return "uneven_verse", text[:60]
    # what is printed in couplets comes in couplets
    coupled = any(map(verse.is_couplet, lines))
    if genre == "poem" and coupled and len(set(lengths)) == 1 and lengths[0] in (5, 7) and len(lengths) % 2:
        return "odd_number_of_verses", f"{len(lengths)} verses: {text[:40]}"
    return None


def _divided(lines: list[str], genre: Genre) -> list[str]:
    """Poems of one metre as couplets, others as sentences; what has stanzas keeps them."""
    if genre != "poem":
        return lines
    pieces = _TOKEN.findall("".join(lines))
    pairs = ["".join(pieces[place : place + 2]) for place in range(0, len(pieces), 2)]
    if verse.metre(lines) and len(pieces) % 2 == 0 and not any("。" in one for one in pieces[::2]):
        return pairs
    return [part for line in lines for part in ([line] if verse.is_couplet(line) else verse.sentences(line))]


def _plain(lines: Sequence[str]) -> list[str]:
    """One verse a line: quotation marks are no characters of a verse."""
    return verse.verses("".join(lines))


def _merged(lines: Sequence[str]) -> bool:
    """True where the text may be in simplified script: nothing in it would change."""
    text = "".join(lines)
    return simplified(text) == text


def _form(lines: Sequence[str], book: RhymeBook | None) -> str:
    return prosody.form_of(_plain(lines), book=book, simplified=_merged(lines)).name


def is_series(poem: Poem) -> bool:
    """True where the poem has no form and each four or eight verses of it have one: several poems run together."""
    one = _plain(poem.lines)
    return not poem.form and any(
        len(one) > size
        and all(prosody.form_of(one[place : place + size], simplified=True).name for place in range(0, len(one), size))
        for size in (4, 8)
    )


def _confirmed_tune(tune: str, lines: Sequence[str], book: RhymeBook | None) -> str:
    name = simplified(tune)
    return name if tunes.is_confirmed(name, lines, book=book, simplified=_merged(lines)) else ""


def _author(name: str) -> str:
    """A name of one character lost its other one, which had no type: 韩疁, 向滈."""
    bare = _DYNASTY.sub("", verse.cleaned(name))
    return "" if bare in _NAMELESS or len(bare) < 2 else bare
