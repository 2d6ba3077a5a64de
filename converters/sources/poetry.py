"""Classical verse from chinese-poetry, old folder layout: Tang and Song poems (json/) and Song lyrics (ci/).

Two datasets on the same poems: `poetry_compose` (write to a title and form) and `poetry_next` (go on from the
verses before). The other folders of that repository, and forms that tones must confirm, are no part of this version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from converters import verse
from converters.contract import (
    Dataset,
    Example,
    Format,
    Outcome,
    Reject,
    Settings,
    Source,
    assistant,
    user,
)
from converters.prepare import digest
from converters.text import simplified

COMPOSE = "poetry_compose"
NEXT = "poetry_next"

LONGEST_POEM = 40  # verses
LONGEST_CONTEXT = 4  # lines shown before the one that is asked for
FEWEST_VERSES = 4  # fewer are a couplet that survived, not a poem to ask for
SHORTEST_ANSWER = 4  # characters
TITLE_CAP = 3

TO_TITLE_AND_FORM = (
    "请以《{title}》为题，写一首{form}的古诗。",
    "写一首{form}的诗，题目是《{title}》。",
    "请作诗一首，题为《{title}》，要求{form}。",
    "以“{title}”为题作一首古诗，{form}。",
    "帮我写一首题为《{title}》的古诗，{form}，语言要古雅。",
)
TO_TITLE = (
    "请以《{title}》为题，写一首古诗。",
    "写一首题为《{title}》的古体诗，句子长短不必一律。",
    "以“{title}”为题，作一首古诗，长短句均可。",
    "请作诗一首，题为《{title}》。",
)
TO_TUNE = (
    "请用词牌《{title}》填一首词。",
    "填一首《{title}》。",
    "以《{title}》为词牌，写一首宋词风格的词。",
    "请按词牌《{title}》作词一首。",
    "帮我填一首词，词牌是《{title}》。",
)
NEXT_COUPLET = (
    "请续写这首古诗的下一联：\n{before}",
    "下面是一首古诗中的几句，请接着写下一联：\n{before}",
    "{before}\n请顺着诗意再写一联。",
    "为下面的诗句续写一联，句式与前文一致：\n{before}",
)
NEXT_SENTENCE = (
    "请续写这首古诗的下一句：\n{before}",
    "下面是一首古诗的片段，请接着往下写一句：\n{before}",
    "{before}\n请顺着诗意再写一句。",
)
SECOND_VERSE = (
    "请补出下句，使最后一联完整：\n{before}",
    "上句已有，请对出下句：\n{before}",
    "{before}\n请接着写出下一句诗。",
    "下面的诗还差一句，请补上：\n{before}",
)
NEXT_OF_TUNE = (
    "下面是一首《{title}》中的几句，请续写下一句：\n{before}",
    "请接着这首词往下写一句（词牌《{title}》）：\n{before}",
    "{before}\n这几句出自一首《{title}》，请续写下一句。",
    "词牌《{title}》，已有以下词句，请续写一句：\n{before}",
)


# Other folders of the repository add columns (notes, dynasty, volume) and have traps of their own.
_POEM_COLUMNS = {"author", "paragraphs", "title", "id", "tags"}
_LYRIC_COLUMNS = {"author", "paragraphs", "rhythmic", "tags", "prologue"}


@dataclass(frozen=True)
class Poem:
    """A cleaned text: `lines` are what the source calls paragraphs, in the script that is asked for."""

    lines: tuple[str, ...]
    original: str
    title: str
    author: str
    is_lyric: bool
    title_key: str

    @property
    def hash(self) -> bytes:
        """Of the characters alone: a poem printed twice, under two names or with other commas, is one poem."""
        return digest("".join(verse.verses("".join(self.lines))).encode())


def from_poem(record: dict[str, Any], settings: Settings) -> Sequence[Outcome]:
    """`author`, `paragraphs`, `title`, `id`: poems of Tang and Song, in traditional script."""
    raw_title = record["title"]
    parts = verse.title_parts(raw_title)
    title = "·".join(parts[-2:]) if parts else ""
    poem = _poem(record, settings, title, is_lyric=False, title_key=parts[0] if parts else "")
    if isinstance(poem, tuple):
        return [Reject(COMPOSE, *poem), Reject(NEXT, *poem)]
    if verse.is_untitled(raw_title):
        return [Reject(COMPOSE, "untitled", raw_title), _next(poem)]
    return [_compose(poem, raw_title), _next(poem)]


def from_lyric(record: dict[str, Any], settings: Settings) -> Sequence[Outcome]:
    """`author`, `paragraphs`, `rhythmic`: lyrics of Song, in simplified script, without title and id."""
    tune = record["rhythmic"].split("・")[0].split("·")[0].strip()
    poem = _poem(record, settings, tune, is_lyric=True, title_key="")
    if isinstance(poem, tuple):
        return [Reject(COMPOSE, *poem), Reject(NEXT, *poem)]
    return [_compose(poem, tune), _next(poem)]


def _poem(
    record: dict[str, Any], settings: Settings, title: str, *, is_lyric: bool, title_key: str
) -> Poem | tuple[str, str]:
    paragraphs = record["paragraphs"]
    if not isinstance(paragraphs, list) or not all(isinstance(line, str) for line in paragraphs):
        return "missing_columns", "paragraphs must be a list of texts"
    if verse.is_fragment(record["rhythmic" if is_lyric else "title"]):
        return "fragment", title
    cleaned = [line for line in map(verse.without_readings, paragraphs) if line]
    fault = verse.fault(cleaned) if cleaned else ("empty_text", "no paragraphs")
    if fault:
        return fault
    if not is_lyric and verse.is_uneven(cleaned):
        return "uneven_verse", "".join(cleaned)[:60]
    if is_lyric and len(verse.verses("".join(cleaned))) < FEWEST_VERSES:
        return "too_short", "".join(cleaned)
    convert = simplified if settings.script == "simplified" else str
    lines = tuple(map(verse.simplified_verse if settings.script == "simplified" else str, cleaned))
    original = "\n".join(paragraphs)
    return Poem(
        lines,
        original if original != "\n".join(lines) else "",
        convert(title),
        _author(convert(str(record.get("author") or ""))),
        is_lyric,
        convert(title_key),
    )


def _author(name: str) -> str:
    return "" if name in ("不详", "不詳", "无名氏", "無名氏", "佚名") else name


def _compose(poem: Poem, raw_title: str) -> Outcome:
    count = len(verse.verses("".join(poem.lines)))
    if count > LONGEST_POEM:
        return Reject(COMPOSE, "too_long", f"{count} verses")
    if count < FEWEST_VERSES:
        return Reject(COMPOSE, "too_short", f"{count} verses")
    fault = _title_fault(poem.title)
    if fault:
        return Reject(COMPOSE, *fault)
    form = verse.form(poem.lines)
    templates = TO_TUNE if poem.is_lyric else TO_TITLE_AND_FORM if form else TO_TITLE
    prompt = _pick(templates, poem.hash).format(title=poem.title, form=form)
    return _example(COMPOSE, poem, prompt, "\n".join(poem.lines), poem.title_key or poem.title)


def _title_fault(title: str) -> tuple[str, str] | None:
    if len(title) > verse.LONGEST_TITLE:
        return "long_title", title
    if not title or verse.fault([title]):
        return "title_damaged", title
    return None


def _next(poem: Poem) -> Outcome:
    """Which line is asked for, and whether the whole couplet or its second verse, is decided by the poem's hash."""
    places = [index for index in range(1, len(poem.lines)) if _long_enough(poem.lines[index])]
    couplets = [] if poem.is_lyric else [i for i, line in enumerate(poem.lines) if _asks_for_second_verse(line)]
    by_half = bool(couplets) and (not places or poem.hash[1] % 2 == 0)
    if not places and not by_half:
        return Reject(NEXT, "too_short", "no line after another that is long enough")
    title_key = "" if poem.is_lyric else poem.title_key
    if by_half:
        index = couplets[poem.hash[2] % len(couplets)]
        first, second = verse.halves(poem.lines[index])
        before = (*poem.lines[max(0, index - 1) : index], first)
        return _example(NEXT, poem, _asked(SECOND_VERSE, poem, before), second, title_key)
    index = places[poem.hash[2] % len(places)]
    before = poem.lines[max(0, index - LONGEST_CONTEXT) : index]
    templates = _templates_for_next(poem, poem.lines[index])
    return _example(NEXT, poem, _asked(templates, poem, before), poem.lines[index], title_key)


def _templates_for_next(poem: Poem, answer: str) -> Sequence[str]:
    if poem.is_lyric:
        return NEXT_OF_TUNE
    return NEXT_COUPLET if verse.is_couplet(answer) else NEXT_SENTENCE


def _asks_for_second_verse(line: str) -> bool:
    return verse.is_couplet(line) and len(verse.verses(line)[1]) >= SHORTEST_ANSWER


def _asked(templates: Sequence[str], poem: Poem, before: Sequence[str]) -> str:
    return _pick(templates, poem.hash).format(title=poem.title, before="\n".join(before))


def _long_enough(line: str) -> bool:
    return len("".join(verse.verses(line))) >= SHORTEST_ANSWER


def _pick(templates: Sequence[str], by: bytes) -> str:
    return templates[by[0] % len(templates)]


def _example(dataset: str, poem: Poem, prompt: str, answer: str, title_key: str) -> Example:
    return Example(
        dataset,
        (user(prompt), assistant(answer)),
        document=f"poem:{poem.hash.hex()[:16]}",
        author=poem.author,
        title=poem.title,
        original=poem.original,
        same_as=poem.hash.hex(),
        title_key=title_key,
        notes=("simplified_or_cleaned",) if poem.original else (),
    )


def _is_poem(record: Any) -> bool:
    return _has_columns(record, {"author", "paragraphs", "title"}, _POEM_COLUMNS) and isinstance(record["title"], str)


def _is_lyric(record: Any) -> bool:
    needed = {"author", "paragraphs", "rhythmic"}
    return _has_columns(record, needed, _LYRIC_COLUMNS) and isinstance(record["rhythmic"], str)


def _has_columns(record: Any, needed: set[str], known: set[str]) -> bool:
    return isinstance(record, dict) and needed <= set(record) <= known


SOURCE = Source(
    name="poetry",
    group="domain",
    licence="MIT (chinese-poetry); the poems are in the public domain",
    origin="https://github.com/chinese-poetry/chinese-poetry",
    formats=(
        Format("poem", "chinese-poetry json/poet.*.json: author, paragraphs, title", "json", _is_poem, from_poem),
        Format(
            "lyric", "chinese-poetry ci/ci.song.*.json: author, paragraphs, rhythmic", "json", _is_lyric, from_lyric
        ),
    ),
    datasets=(
        Dataset(COMPOSE, "write a poem to a title and form, or to a tune", 0.7, "verse"),
        Dataset(NEXT, "go on from the verses before", 0.3, "verse"),
    ),
    wanted=("json/poet.tang.*.json and json/poet.song.*.json", "ci/ci.song.*.json"),
    ignored={
        "authors.*": "biographies",
        "**/strains": "tone patterns",
        "**/error": "suspect poems, also in the main files",
    },
    title_cap=TITLE_CAP,
)
