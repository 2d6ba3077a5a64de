"""What each source gives to be asked about, from the same files as its datasets, and held out together with them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from golden import CASES, cases
from hypothesis import given, settings
from hypothesis import strategies as st
from test_converter_records import TEXTS, VALUES, at, inputs_of, places, replaced

from converters.classics.bilingual import line
from converters.classics.stretches import passages_of_lines
from converters.contract import Context, Example, Settings, Source, SourceError, assistant, user
from converters.engine.prepare import Job
from converters.expansion.gathering import _passages, gathered
from converters.expansion.long_answers import long_answers
from converters.expansion.passages import find_texts
from converters.licences import unlisted
from converters.oldbooks import errata
from converters.oldbooks.chapters import Chapter, Section
from converters.oldbooks.excerpts import excerpts
from converters.passage import Lengths, Passage, Refusal
from converters.reading.readers import Record, read
from converters.registry import SOURCES, source_named
from converters.sources import history, story, wiki
from converters.sources.poetry import passages as poetry
from converters.sources.poetry import readers
from converters.text import has_han

ANY = Lengths(1, 100_000)
NOT_ASKED_ABOUT = {"evaluation", "general", "expansion"}
GOLDEN = [case for case in cases() if case.parent.name not in NOT_ASKED_ABOUT]


def settings_of(source: Source, case: Path) -> Settings:
    options = case / "options.txt"
    words = shlex.split(options.read_text("utf-8")) if options.exists() else []
    given = dict(zip(words[::2], words[1::2], strict=False))
    return Settings(options={each.name: given.get(f"--{each.name}", each.default) for each in source.options})


def records(case: Path) -> Iterator[tuple[Source, object, object, Context]]:
    source = source_named(case.parent.name)
    settings = settings_of(source, case)
    found = find_texts(source, [str(case / "in")], raw=Path(), format_name="", encoding="auto", sources=SOURCES)
    for item in found.inputs:
        shape = next(shape for shape in source.formats if shape.name == item.format.name)
        for record in read(item):
            try:
                value = record.raw if record.parsed else orjson.loads(record.raw)
            except orjson.JSONDecodeError:
                continue
            if shape.accepts(value):
                yield source, shape, value, Context(settings, item.label, record.number, record.key)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.relative_to(CASES).as_posix())
def test_a_passage_is_of_a_document_that_the_datasets_hold_out_too(case):
    """Of every record that gives examples, each passage has the document of one of them."""
    for source, shape, value, context in records(case):
        outcomes = shape.convert(value, context) if shape.convert else ()
        documents = {outcome.document for outcome in outcomes if isinstance(outcome, Example)}
        for found in _passages(source, shape, value, context, ANY):
            if isinstance(found, Refusal):
                assert found.reason
                continue
            assert not documents or found.document in documents
            assert found.text == found.text.strip() != ""
            assert "\n\n" not in found.text
            assert has_han(found.text)
            assert found.source == source.name
            assert unlisted([found.licence or shape.licence or source.licence]) == []


def test_every_format_of_the_sources_with_texts_gives_passages_but_arias_of_plays():
    named = {"wiki", "literature", "history", "classical", "poetry", "story"}
    looked_at = [case for case in GOLDEN if case.parent.name in named]
    without = {
        case.relative_to(CASES).as_posix()
        for case in looked_at
        if not any(
            isinstance(found, Passage) for source, *rest in records(case) for found in _passages(source, *rest, ANY)
        )
    }
    assert len(looked_at) > 20
    assert without == {"poetry/aria"}


@pytest.mark.parametrize("name", [case.relative_to(CASES).as_posix() for case in GOLDEN])
@settings(max_examples=15)
@given(data=st.data())
def test_no_record_stops_the_reading_of_passages(name, data):
    """What a record may hold is what `test_converter_records` thinks of."""
    item, values = data.draw(st.sampled_from(inputs_of(name)))
    value, anything = data.draw(st.sampled_from(values)), item.format.container == "record"
    spots = places(value) if anything else [path for path in places(value) if isinstance(at(value, path), str)]
    if spots:
        value = replaced(value, data.draw(st.sampled_from(spots)), data.draw(VALUES if anything else TEXTS))
    source = source_named(name.split("/")[0])
    job, record = Job(source.name, item.format.name, item.label, Settings()), Record(1, value, 0, "", True)
    try:
        found = gathered(source, item.format, job, [record], Lengths(20, 1500))
    except SourceError as error:  # a mapping that does not fit: an error that says where
        if item.label not in str(error):
            raise
        return
    assert found.records == 1
    assert len(found.lines) == len(found.rows)
    for passage in map(orjson.loads, found.lines):
        assert 20 <= len(passage["text"]) <= 1500
        assert passage["document"]
        assert passage["licence"]


# ---- old books

TALE = (
    "王生者，齐人也，家贫好学，夜读于庭。忽有老人至，谓生曰：“子勤如此，何患不达？”"
    "遂与之书一卷，俄而不见。生乃诵之，后果登第。"
)


def chapter(*paragraphs: str, book: str = "拟异记", register: str = "classical") -> Chapter:
    return Chapter(book, "王生", f"novel:{book}/1", register, (Section("王生", paragraphs),), author="某")  # type: ignore[arg-type]


def test_a_tale_is_a_passage_in_classical_chinese_with_its_title_and_author():
    (found,) = excerpts(chapter(TALE, TALE.replace("王生", "李生")), "literature", Context(), Lengths(20, 1500))
    assert found == Passage(
        f"{TALE}\n{TALE.replace('王生', '李生')}",
        "novel:拟异记/1",
        "literature",
        title="拟异记·王生",
        author="某",
        classical=True,
    )


def test_a_long_tale_is_cut_at_the_ends_of_paragraphs():
    paragraphs = [TALE.replace("王生", name) for name in ("王生", "李生", "张生", "赵生")]
    found = list(excerpts(chapter(*paragraphs), "literature", Context(), Lengths(20, 150)))
    assert [each.text for each in found if isinstance(each, Passage)] == [
        "\n".join(paragraphs[:2]),
        "\n".join(paragraphs[2:]),
    ]


def test_a_scene_that_breaks_off_before_a_misreading_in_its_paragraph_is_no_passage(monkeypatch):
    monkeypatch.setattr(errata, "suspects", lambda text: iter([text.index("囧")] if "囧" in text else []))
    told = "却说宝玉那日正在园中看花，只见黛玉从那边慢慢走来，手里拿着一枝桃花。宝玉忙迎上去，笑道：“妹妹从哪里来？”"
    answer = "黛玉{}道：“从家里来。”"
    for character, expected in (("笑", told + answer.format("笑")), ("囧", "breaks_off")):
        scene = chapter(told + answer.format(character), book="拟红楼", register="vernacular")
        (found,) = excerpts(scene, "literature", Context(), Lengths(20, 1500))
        assert (found.reason if isinstance(found, Refusal) else found.text) == expected


SPEECH = "贞观元年，上谓侍臣曰：“治国如栽树，本根不摇，则枝叶茂荣。”群臣皆曰：“善。”遂书之于屏风，以为鉴戒，朝夕观焉。"


def test_of_a_history_whole_paragraphs_are_passages_and_a_note_parts_them(tmp_path):
    noted = "案：旧本作“贞观二年”，今据殿本改，其说见于他书者甚多，兹不备录，姑存其异文于此，以俟知者考焉。"
    value = {"text": "\n".join([SPEECH, SPEECH, noted, SPEECH]), "origin": ""}
    found = list(history.passages_of_text(value, Context(file="古文原文/贞观政要/政体/text.txt"), Lengths(40, 1500)))
    assert [each.text for each in found if isinstance(each, Passage)] == [f"{SPEECH}\n{SPEECH}", SPEECH]
    assert [each.reason for each in found if isinstance(each, Refusal)] == ["note_in_text"]
    assert all(each.classical for each in found if isinstance(each, Passage))


def test_an_event_a_line_is_no_passage():
    events = [f"{month}月，齐侯、卫侯会于安甫。" for month in "正二三四五六七八"]
    value = {"text": "\n".join([SPEECH, SPEECH, SPEECH, *events]), "origin": ""}
    context = Context(file="古文原文/左传/定公/text.txt")
    assert [type(found) for found in history.passages_of_text(value, context, Lengths(40, 1500))] == [Passage]
    value["text"] = "\n".join([*events, SPEECH[:20] + SPEECH[-1]])
    (found,) = history.passages_of_text(value, context, Lengths(40, 1500))
    assert isinstance(found, Refusal)
    assert found.reason == "list_of_events"


@pytest.mark.parametrize("opening", ["寻知某州，", "后数年，", "于是", "上曰：“善。”"])
def test_a_passage_of_a_history_does_not_begin_with_what_became_of_a_man_who_is_not_named(opening):
    value = {"text": "\n".join([opening + SPEECH[5:], SPEECH]), "origin": ""}
    (found,) = history.passages_of_text(value, Context(file="古文原文/贞观政要/政体/text.txt"), Lengths(40, 1500))
    assert isinstance(found, Refusal)
    assert found.reason == "opens_in_mid_air"


# ---- classical and modern sides


OLD = ["初，王生居齐，好读书。", "邻人笑之，王生不顾。", "后三年，举进士，为县令。"]
NEW = ["当初，王生住在齐地，喜欢读书。", "邻居笑话他，王生并不理会。", "三年以后，他考中进士，做了县令。"]
PLACE = {"title": "拟史", "section": "列传", "document": "classical:拟史/列传", "attribution": "甲"}


def sides(pairs: list[tuple[str, str]], **place: str) -> dict[bool, list[str]]:
    found = passages_of_lines([line(*pair) for pair in pairs], PLACE | place, Lengths(10, 1500))
    texts: dict[bool, list[str]] = {True: [], False: []}
    for each in found:
        if isinstance(each, Passage):
            assert (each.document, each.title, each.section) == (
                "classical:拟史/列传",
                place.get("title", "拟史"),
                "列传",
            )
            texts[each.classical].append(each.text)
    return texts


def test_the_two_sides_of_a_chapter_are_two_passages_of_one_document():
    assert sides(list(zip(OLD, NEW, strict=True))) == {True: ["".join(OLD)], False: ["".join(NEW)]}


def test_after_a_bad_line_a_passage_begins_at_a_sentence_that_opens_something():
    old = [OLD[0], "王□生不顾其言。", OLD[1], OLD[2]]
    assert sides(list(zip(old, [NEW[0], NEW[1], *NEW[1:]], strict=True)))[True] == [OLD[0]]
    old = [OLD[0], "王□生不顾其言。", OLD[1], "是岁，" + OLD[2], "夏四月，王生卒于官，年五十。"]
    assert sides(list(zip(old, ["", "", "", "", ""], strict=True)))[True] == [OLD[0], old[4]]


def test_translations_that_were_scanned_are_no_passages():
    assert sides(list(zip(OLD, NEW, strict=True)), title="晋书") == {True: ["".join(OLD)], False: []}


# ---- verse


def poem(lines: list[str], title: str = "秋思") -> list[Passage | Refusal]:
    record = {"paragraphs": lines, "title": title, "author": "某甲"}
    return list(poetry.of_poem(readers.poem_of_poem, record, Context(), ANY))


def test_a_poem_is_a_passage_whole_and_simplified():
    (found,) = poem(["明月照高樓，清風入小窗。", "何人吹玉笛，一夜過長江。"])
    assert isinstance(found, Passage)
    assert (found.text, found.title, found.author, found.classical) == (
        "明月照高楼，清风入小窗。\n何人吹玉笛，一夜过长江。",
        "秋思",
        "某甲",
        True,
    )
    assert source_named("poetry").passage_lengths.shortest <= len(found.text)


def test_hymns_of_a_ritual_are_not_asked_about():
    (found,) = poem(["明月照高樓，清風入小窗。", "何人吹玉笛，一夜過長江。"], "郊廟歌辭 祭方丘樂章 順和")
    assert isinstance(found, Refusal)


def test_a_retelling_is_a_modern_passage_of_the_same_document():
    prose = "明亮的月光照着高高的楼阁，清凉的风吹进小小的窗户。不知是谁在吹奏玉笛，笛声一夜之间飘过了长江。"
    record = {
        "paragraphs": ["明月照高楼，清风入小窗。", "何人吹玉笛，一夜过长江。"],
        "title": "秋思",
        "author": "某甲",
        "prologue": prose,
    }
    verse, retelling = poetry.of_retold(record, Context(), ANY)
    assert isinstance(verse, Passage)
    assert isinstance(retelling, Passage)
    assert (retelling.text, retelling.classical, retelling.licence) == (prose, False, "MIT AND LicenseRef-unstated")
    assert verse.document == retelling.document


# ---- stories and answers

STORY = (
    "从前有一个磨坊主，他有三个儿子。磨坊主死后，大儿子得到了磨坊，二儿子得到了驴子，小儿子只得到了一只猫。"
    "小儿子很难过，猫却说：“给我一双靴子，我会帮你的。”{}猫把野兔献给国王，说是主人送来的礼物。国王非常高兴。"
    "后来小儿子靠着这只猫娶了公主，过上了幸福的生活。"
)


def test_a_story_is_a_passage_from_its_beginning_to_its_end():
    record = {"story": STORY.format("<MASK>"), "plot": "小儿子照办了。"}
    (found,) = story.passages_of_plotcom(record, Context(), ANY)
    assert isinstance(found, Passage)
    assert (found.text, found.source) == (STORY.format("小儿子照办了。"), "story")
    (continued,) = story.from_plotcom(record, Context())
    assert isinstance(continued, Example)
    assert found.document == continued.document


ANSWER = (
    "光合作用是植物利用光能，把二氧化碳和水变成有机物并放出氧气的过程。\n\n"
    "它主要在叶绿体里进行，分为光反应和暗反应两个阶段。"
)


def answered(answer: str) -> Passage | Refusal:
    example = Example("belle", (user("什么是光合作用？"), assistant(answer)), "prompt:什么是光合作用", licence="MIT")
    (found,) = long_answers([example], "belle", Lengths(20, 1500))
    return found


def test_a_long_answer_that_needs_no_question_is_a_passage():
    assert answered(ANSWER) == Passage(ANSWER.replace("\n\n", "\n"), "prompt:什么是光合作用", "belle", licence="MIT")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("好的。" + ANSWER, "is_a_reply"),
        (ANSWER + "希望对您有所帮助。", "is_a_reply"),
        ("此外，" + ANSWER, "opens_in_mid_air"),
        (ANSWER + "一共是 3 + 4 = 7 步。", "calculation"),
        (ANSWER + "如图 1 所示，这个过程需要光。", "elsewhere"),
        ("甲：什么是光合作用呢？我不懂。\n乙：就是植物利用光能制造有机物的过程。", "spoken_parts"),
        ("1. 植物利用光能。\n2. 把二氧化碳和水变成有机物。", "markup"),
        (ANSWER.removesuffix("。") + "，例如", "no_full_stop"),
        ("植物利用光能。", "too_short"),
    ],
)
def test_a_reply_a_sum_a_list_and_a_rest_are_no_passages(answer, reason):
    found = answered(answer)
    assert isinstance(found, Refusal)
    assert found.reason == reason


# ---- the encyclopaedia


def of_article(*paragraphs: str) -> list[str]:
    """The text of passages, and ! before the reason of a refusal."""
    record = {"id": "7", "url": "https://a.b/7", "title": "水车", "text": "\n\n".join(paragraphs)}
    found = wiki.passages_of_hub(record, Context(), Lengths(20, 1500))
    return [f"!{each.reason}" if isinstance(each, Refusal) else each.text for each in found]


WHEEL = "水车是借助水流推动水斗的转轮，外缘装有叶片和水斗，水流冲击叶片，把河水提到高处的农田，灌溉两岸的庄稼。"
VILLAGE = "村里的人轮流看管水车，每年入冬之前拆下叶片，修补以后收进库房，到了开春再装上去。"


def test_paragraphs_of_a_section_are_one_passage():
    assert of_article(WHEEL, VILLAGE) == [f"{WHEEL}\n{VILLAGE}"]


def test_where_something_was_taken_out_a_passage_ends():
    assert of_article(WHEEL, "", VILLAGE) == [WHEEL, VILLAGE]


def test_a_paragraph_that_goes_on_from_what_is_not_shown_begins_no_passage():
    assert of_article(WHEEL, f"此外，{VILLAGE}") == [f"{WHEEL}\n此外，{VILLAGE}"]
    assert of_article(f"此外，{VILLAGE}", WHEEL) == ["!opens_in_mid_air", WHEEL]
    assert of_article(f"该水车由{VILLAGE}", WHEEL) == [f"该水车由{VILLAGE}\n{WHEEL}"]  # the title says which


def test_words_of_another_region_part_what_is_beside_them():
    assert of_article(WHEEL, "透过网路可以查到水车的资讯，也可以用滑鼠放大图片。", VILLAGE) == [
        WHEEL,
        "!regional_word",
        VILLAGE,
    ]


def test_kinds_whose_small_numbers_are_gone_are_a_hole():
    vitamins = "人体需要维生素{}、维生素B、维生素C等多种营养物质，缺少其中的一种就会生病。"
    assert of_article(f"{WHEEL}{WHEEL}", vitamins.format("B")) == [f"{WHEEL}{WHEEL}", "!hole"]
    assert of_article(WHEEL, vitamins.format("A")) == [f"{WHEEL}\n{vitamins.format('A')}"]
