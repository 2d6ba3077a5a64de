"""Classical verse: chinese-poetry in its old and new folders, and the CSV files of Werneror/Poetry.

`shapes` knows the records, `readers` takes them apart, `poem` cleans a text and names its form, and each of the others
makes one kind of request: `compose` (title, tune, theme, opening), `onward` (the next line), `recite`, `explain`.
"""

from __future__ import annotations

from functools import partial

from converters.contract import Dataset, Download, Format, GitHub, Option, Source
from converters.sources.poetry import passages, readers, shapes
from converters.sources.poetry.compose import COMPOSE, THEME
from converters.sources.poetry.explain import EXPLAIN
from converters.sources.poetry.onward import NEXT
from converters.sources.poetry.recite import RECITE

TITLE_CAP = 3

_WRITING = (COMPOSE, THEME, NEXT)

SOURCE = Source(
    name="poetry",
    group="domain",
    licence="MIT",
    origin="https://github.com/chinese-poetry/chinese-poetry and https://github.com/Werneror/Poetry",
    formats=(
        Format(
            "primer",
            "chinese-poetry 蒙学/*.json: title and a nested content, or one of the rhymed primers",
            "record",
            shapes.is_primer,
            readers.from_primer,
            passages.of_primer,
            datasets=(*_WRITING, RECITE),
        ),
        Format(
            "poem",
            "chinese-poetry 全唐诗/ or json/ poet.*.json: author, paragraphs, title",
            "record",
            shapes.is_poem,
            readers.from_poem,
            partial(passages.of_poem, readers.poem_of_poem),
            datasets=(*_WRITING, RECITE),
        ),
        Format(
            "lyric",
            "chinese-poetry 宋词/ or ci/ ci.song.*.json: author, paragraphs, rhythmic",
            "record",
            shapes.is_lyric,
            readers.from_lyric,
            partial(passages.of_poem, readers.poem_of_lyric),
            datasets=(*_WRITING, RECITE),
        ),
        Format(
            "annotated-lyric",
            "chinese-poetry 五代诗词/ or wudai/ (花间集, 南唐二主词): rhythmic and notes",
            "record",
            shapes.is_annotated,
            readers.from_annotated,
            partial(passages.of_poem, readers.poem_of_annotated),
            datasets=(*_WRITING, EXPLAIN),
        ),
        Format(
            "aria",
            "chinese-poetry 元曲/ or yuanqu/: dynasty, author, paragraphs, title",
            "record",
            shapes.is_aria,
            readers.from_aria,
            passages.of_aria,
            datasets=(NEXT,),
        ),
        Format(
            "ode",
            "chinese-poetry 诗经/ or shijing/: title, chapter, section, content",
            "record",
            shapes.is_ode,
            readers.from_ode,
            partial(passages.of_poem, readers.poem_of_ode),
            datasets=(NEXT, RECITE),
        ),
        Format(
            "elegy",
            "chinese-poetry 楚辞/ or chuci/: title, section, author, content",
            "record",
            shapes.is_elegy,
            readers.from_elegy,
            partial(passages.of_poem, readers.poem_of_elegy),
            datasets=(NEXT, RECITE),
        ),
        Format(
            "nalan",
            "chinese-poetry 纳兰性德/ or nalanxingde/: title, para, author; lines without a last mark",
            "record",
            shapes.is_nalan,
            readers.from_nalan,
            partial(passages.of_poem, readers.poem_of_nalan),
            datasets=_WRITING,
        ),
        Format(
            "caocao",
            "chinese-poetry 曹操诗集/ or caocaoshiji/: title, paragraphs",
            "record",
            shapes.is_caocao,
            readers.from_caocao,
            partial(passages.of_poem, readers.poem_of_caocao),
            datasets=_WRITING,
        ),
        Format(
            "imperial",
            "chinese-poetry 御定全唐詩/ or quan_tang_shi/: volume, no#, biography, notes",
            "record",
            shapes.is_imperial,
            readers.from_imperial,
            partial(passages.of_poem, readers.poem_of_imperial),
            datasets=_WRITING,
        ),
        Format(
            "retold",
            "chinese-poetry 水墨唐诗/: author, title, paragraphs and a retelling in prologue",
            "record",
            shapes.is_retold,
            readers.from_retold,
            passages.of_retold,
            datasets=(*_WRITING, EXPLAIN),
        ),
        Format(
            "classic",
            "chinese-poetry 论语/, 四书五经/ or lunyu/, sishuwujing/: chapter, paragraphs",
            "record",
            shapes.is_classic,
            readers.from_classic,
            passages.of_classic,
            datasets=(RECITE,),
        ),
        Format(
            "csv",
            "Werneror/Poetry *.csv: 题目, 朝代, 作者, 内容",
            "record",
            shapes.is_row,
            readers.from_row,
            partial(passages.of_poem, readers.poem_of_row),
            datasets=_WRITING,
        ),
        Format(
            "suspect",
            "chinese-poetry error/: poems with an error_type",
            "record",
            shapes.is_suspect,
            unsupported="suspect poems, which stand in the main files too",
        ),
        Format(
            "strains",
            "chinese-poetry strains/: tone patterns",
            "record",
            shapes.is_strains,
            unsupported="tone patterns without a text",
        ),
        Format(
            "biographies",
            "chinese-poetry authors.*.json: name and desc",
            "record",
            shapes.is_biography,
            unsupported="biographies",
        ),
        Format(
            "ranks", "chinese-poetry rank/: counts of search results", "record", shapes.is_rank, unsupported="ranks"
        ),
        Format(
            "aphorisms",
            "chinese-poetry 幽梦影/ or youmengying/: content and comment",
            "record",
            shapes.is_aphorism,
            unsupported="aphorisms in prose",
        ),
    ),
    datasets=(
        Dataset(
            COMPOSE,
            "write a poem to a title and form, or to a tune",
            0.14,
            "verse",
            caps={"ritual": 0.01, "chant": 0.02},
        ),
        Dataset(
            THEME,
            "write a poem on a theme or from an opening verse",
            0.09,
            "verse",
            caps={"ritual": 0.01, "chant": 0.02},
        ),
        Dataset(NEXT, "go on from the verses before", 0.08, "verse", caps={"ritual": 0.01, "chant": 0.02}),
        Dataset(EXPLAIN, "explain the words of a lyric, or what a poem says", 0.02, "classical"),
        Dataset(RECITE, "say a well-known text by heart", 0.01, "verse"),
    ),
    wanted=(
        "全唐诗/ or json/ (poet.tang.*.json, poet.song.*.json)",
        "宋词/ or ci/ (ci.song.*.json)",
        "*.csv of Werneror",
    ),
    ignored={
        "authors.*": "biographies",
        "author.*": "biographies",
        "**/strains": "tone patterns",
        "**/error": "suspect poems, also in the main files",
        "**/rank": "counts of search results",
        "**/loader": "a program's settings",
        "**/*.simplified.json": "machine-made simplified copies of the files beside them",
        "**/表面结构字.json": "a table of characters",
        "**/intro.json": "an introduction",
        "**/huajianji-0-preface.json": "a preface in prose",
    },
    options=(Option("rhymes", "a rhyme table of your own (JSON) by which forms are confirmed; without it 平水韵"),),
    title_cap=TITLE_CAP,
    passage_lengths=passages.LENGTHS,
    downloads=(
        Download("chinese-poetry", GitHub("chinese-poetry/chinese-poetry"), "MIT"),
        Download("Poetry", GitHub("Werneror/Poetry"), "MIT"),
    ),
)
