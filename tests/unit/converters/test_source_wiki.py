from __future__ import annotations

import io

import orjson
import pytest

from converters import article_tasks
from converters.article_tasks import Refusal, Task, next_paragraphs
from converters.article_tasks import task as task_bounds
from converters.contract import Context, Example, Reject, Settings, SourceError
from converters.passage import Lengths, Passage
from converters.sources import wiki
from converters.wikitext.article import Article, Paragraph, Section

ROTOR = "水车的主体是一个竖立的转轮，转轮外缘装有叶片，水流冲击叶片，转轮便随之转动，带动水斗把河水提到高处的农田。"
BUCKET = "叶片之间挂着水斗，水斗转到最低处时浸入河水，装满以后随转轮升到高处，再把河水倒进木槽，流入农田。"
SIZE = "转轮的大小由水流决定：水流越急，转轮越大，叶片之间挂着的水斗也越多；水流缓的时候，叶片要宽，转轮才会转动。"
USE = "水车能把河水提到高处灌溉农田，转轮也能带动石磨加工粮食，许多村庄的磨坊因此都建在水流较急的河边。"
LEAD = "水车是借助水流推动水斗的转轮，转轮外缘装有叶片和水斗，水流冲击叶片，把河水提到高处的农田。"


def whole(*texts: str, fault: str = "") -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text, fault, follows=place > 0) for place, text in enumerate(texts))


def article(*sections: Section, lead: tuple[Paragraph, ...] = whole(LEAD), title: str = "水车") -> Article:
    return Article(title, "7", "https://zh.wikipedia.org/wiki?curid=7", (Section("", lead), *sections))


STRUCTURE = Section("结构", whole(ROTOR, BUCKET, SIZE, USE))


# ---- a heading


def headings(*sections: Section) -> list[Task | Refusal]:
    return article_tasks.headings(article(*sections))


def test_a_heading_that_stands_in_its_text_may_be_asked_for_freely():
    [task] = headings(Section("水斗", whole(ROTOR, BUCKET)))
    assert isinstance(task, Task)
    assert (task.templates, task.answer, task.kind) == ("HEADING", "水斗", "free")


def test_a_general_heading_is_asked_for_among_the_others_only():
    tasks = headings(Section("历史", whole(ROTOR, BUCKET)), Section("水斗", ()), Section("用途", ()))
    assert [task.values["choices"] for task in tasks if isinstance(task, Task)] == ["历史、水斗、用途"]
    [refusal] = headings(Section("历史", whole(ROTOR, BUCKET)))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "heading_not_told"


def test_choices_stand_on_one_level_and_none_is_like_another():
    sections = [
        Section("历史", whole(ROTOR, BUCKET)),
        Section("历史影响", ()),
        Section("里层", (), ("历史",)),
        Section("用途", ()),
        Section("外部链接", ()),
        Section("产地", ()),
    ]
    tasks = [task for task in headings(*sections) if isinstance(task, Task)]
    assert [task.values["choices"] for task in tasks] == ["历史、用途、产地"]


def test_a_choice_is_named_once_and_none_is_a_heading_under_which_anything_stands():
    sections = [
        Section("历史", whole(ROTOR, BUCKET)),
        Section("概述", ()),
        Section("定义", ()),
        Section("版权，商标和命名", ()),
        Section("用途", ()),
        Section("产地", ()),
        Section("里层", (), ("产地",)),
        Section("用途", (), ("产地",)),
    ]
    tasks = [task for task in headings(*sections) if isinstance(task, Task)]
    assert [task.values["choices"] for task in tasks] == ["历史、用途、产地"]


def test_a_heading_that_is_a_list_is_never_one_of_several():
    sections = [Section(name, whole(ROTOR, BUCKET) if "、" in name else ()) for name in ("由来、沿革", "用途", "产地")]
    assert [one.reason for one in headings(*sections) if isinstance(one, Refusal)] == ["heading_not_told"]


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (Section("水斗", whole("太短。")), "length_of_section"),
        (Section("水斗", (*whole(ROTOR, BUCKET), Paragraph("有洞（）。", "hole"))), "section_not_whole"),
        (Section("水斗的构造以及它在各地的不同名称与用法", whole(ROTOR, BUCKET)), "unfit_heading"),
        (Section("A-1", whole(ROTOR, BUCKET)), "unfit_heading"),
        (Section("参考资料", whole(ROTOR, BUCKET)), "no_headings"),
    ],
)
def test_a_section_that_gives_no_heading_says_why(section, reason):
    [refusal] = headings(section)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


# ---- the next paragraph


def following(*paragraphs: Paragraph) -> Task | Refusal:
    return article_tasks.continuations(article(Section("结构", paragraphs), Section("参考", ())))[0]


def test_the_next_paragraph_is_asked_for_with_all_that_stand_before_it():
    task = following(*whole(ROTOR, BUCKET, SIZE))
    assert isinstance(task, Task)
    assert (task.answer, task.values["before"], task.section) == (SIZE, f"{ROTOR}\n\n{BUCKET}", "结构")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (Paragraph(SIZE, "hole", follows=True), "paragraph_not_whole"),
        (Paragraph("转轮越大越好。", follows=True), "length_of_paragraph"),
        (Paragraph(SIZE, follows=False), "too_little_before"),  # a table stood between
        (Paragraph(SIZE + "最大的转轮高27米。", follows=True), "not_derivable"),  # a number from nowhere
        (
            Paragraph(
                "某地居民以种植果树为生，每年秋天举行庆祝活动，邀请邻近城镇的亲友前来做客，饮酒唱歌，直到深夜方才散去。",
                follows=True,
            ),
            "not_derivable",
        ),
        (Paragraph(ROTOR, follows=True), "repeats"),
    ],
)
def test_a_paragraph_that_does_not_follow_from_those_before_is_refused(last, reason):
    refusals = [
        task
        for task in (next_paragraphs._next(Section("结构", (*whole(ROTOR, BUCKET), last)), 2, article()),)
        if isinstance(task, Refusal)
    ]
    assert [refusal.reason for refusal in refusals] == [reason]


def test_a_hole_before_ends_what_is_shown():
    paragraphs = (Paragraph("有洞（）。" + ROTOR, "hole"), *whole(ROTOR, BUCKET, SIZE))
    task = next_paragraphs._next(Section("结构", paragraphs), 3, article())
    assert isinstance(task, Task)
    assert task.values["before"] == f"{ROTOR}\n\n{BUCKET}"


def test_an_article_gives_a_few_rows_of_a_task_and_always_the_same():
    long = article(*(Section(title, whole(ROTOR, BUCKET)) for title in ("水斗", "转轮", "叶片", "木槽", "农田")))
    first = article_tasks.headings(long)
    assert len(first) == task_bounds.MOST_ROWS
    assert first == article_tasks.headings(long)


# ---- passages


def test_passages_are_whole_paragraphs_that_follow_one_another():
    sections = (
        Section("结构", (*whole(ROTOR, BUCKET), Paragraph("有洞（）。", "hole", follows=True), *whole(SIZE, SIZE))),
        Section("里层", whole(ROTOR, BUCKET), ("结构",)),
        Section("参考文献", whole(ROTOR, BUCKET)),
    )
    given = list(article_tasks.passages(article(*sections, lead=whole(LEAD)), Lengths()))
    found = [each for each in given if isinstance(each, Passage)]
    assert [(passage.section, passage.text) for passage in found] == [
        ("结构", f"{ROTOR}\n{BUCKET}"),
        ("结构", f"{SIZE}\n{SIZE}"),
        ("结构 / 里层", f"{ROTOR}\n{BUCKET}"),
    ]
    assert [each.reason for each in given if isinstance(each, Refusal)] == ["too_short", "hole"]
    assert {passage.attribution for passage in found} == {"https://zh.wikipedia.org/wiki?curid=7"}
    assert {passage.document for passage in found} == {"wiki:7"}


def test_a_passage_is_never_longer_than_its_bound():
    long = article(Section("结构", whole(*[ROTOR * 10] * 6)))
    found = [each for each in article_tasks.passages(long, Lengths()) if isinstance(each, Passage)]
    assert [len(passage.text) // len(ROTOR) for passage in found] == [20, 20, 20]
    assert all(len(passage.text) <= Lengths().longest for passage in found)


# ---- records


def row(**fields) -> dict:
    record = {"id": "7", "url": "https://zh.wikipedia.org/wiki?curid=7", "title": "水車"}
    return {**record, "text": f"水車\n\n{LEAD}\n\n{ROTOR}\n\n{BUCKET}\n\n{SIZE}\n\n{USE}", **fields}


HEADED = f"水車\n\n{LEAD}\n\n## 结构\n\n{ROTOR}\n\n{BUCKET}\n\n{SIZE}\n\n{USE}\n\n## 参考\n\n无"


def test_a_row_carries_its_document_title_url_and_licence():
    outcomes = wiki.from_extracted(row(text=HEADED), Context())
    kept = [outcome for outcome in outcomes if isinstance(outcome, Example)]
    assert {example.dataset for example in kept} == {"wiki_lead", "wiki_next"}
    assert {(example.document, example.title, example.attribution) for example in kept} == {
        ("wiki:7", "水车", "https://zh.wikipedia.org/wiki?curid=7")
    }
    assert wiki.SOURCE.licence == "CC-BY-SA-4.0"
    assert {example.template.split("/")[0] for example in kept} == {"wiki.LEAD", "wiki.NEXT_IN_SECTION"}


def test_no_request_asks_for_an_article_that_does_not_stand_in_it():
    for example in wiki.from_extracted(row(), Context()):
        if isinstance(example, Example):
            assert ROTOR in example.messages[0].content


def test_an_answer_in_the_old_script_is_refused_where_simplified_is_asked_for():
    text = f"水车\n\n{LEAD.replace('的农田', '的-{農}-田')}\n\n{ROTOR}\n\n{BUCKET}\n\n{SIZE}\n\n{USE}"
    record = row(text=text, title="水车")
    reasons = {outcome.reason for outcome in wiki.from_extracted(record, Context()) if isinstance(outcome, Reject)}
    assert "traditional_characters" in reasons
    original = wiki.from_extracted(record, Context(Settings(script="original")))
    assert "wiki_lead" in {outcome.dataset for outcome in original if isinstance(outcome, Example)}


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (row(), "wikiextractor_json"),
        (row(revid="9", text="没有标题的正文。"), "wikiextractor_json"),
        (row(text="没有标题的正文。"), "hub"),
        ({"id": "1", "title": "甲", "text": "乙"}, None),
        ({**row(), "text": None}, None),
        ({"title": "甲", "text": "乙", "id": "1", "ns": 0, "url": "u", "revision": "2"}, "dump"),
    ],
)
def test_a_record_is_recognised_by_what_it_holds(record, name):
    found = [shape.name for shape in wiki.SOURCE.formats if shape.container == "record" and shape.matches(record)]
    if name == "dump":
        assert wiki.SOURCE.formats[0].matches(record)
    else:
        assert found == ([name] if name else [])


def test_streams_are_recognised_by_their_first_bytes():
    begins = {shape.name: shape.begins for shape in wiki.SOURCE.formats if shape.begins}
    assert begins["dump"](b'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">')
    assert begins["dump"](b'\xef\xbb\xbf<?xml version="1.0"?>\n<mediawiki>')
    assert begins["wikiextractor_doc"]('\ufeff<doc id="1" url="u" title="甲">\n'.encode())
    assert not begins["wikiextractor_doc"](b'{"id": "1"}')
    assert not begins["dump"](b"<tmx version='1.4'>")


def test_documents_are_read_with_their_attributes_as_they_were_written():
    first = '<doc id="1" url="https://x?curid=1" title="甲"乙"丙 > 丁">\r\n甲\r\n\r\n正文。\r\n\r\n</doc>\r\n'
    text = first + '<doc id="2" url="u" title="戊">\n戊\n</doc>\n'
    assert list(wiki._docs(io.BytesIO(text.encode()))) == [
        {"id": "1", "url": "https://x?curid=1", "title": '甲"乙"丙 > 丁', "text": "甲\n\n正文。\n"},
        {"id": "2", "url": "u", "title": "戊", "text": "戊"},
    ]


def test_a_document_without_its_end_is_an_error_that_names_it():
    with pytest.raises(SourceError, match="article 1"):
        list(wiki._docs(io.BytesIO('<doc id="1" url="u" title="甲">\n正文'.encode())))


def test_what_is_no_article_is_rejected_once():
    page = {"title": "筒车", "id": "1", "ns": 0, "url": "u", "text": "#REDIRECT [[水车]]", "revision": ""}
    assert wiki.from_page(page, Context()) == [Reject("wiki_lead", "redirect", "#REDIRECT [[水车]]")]


def test_what_a_dump_has_beside_articles_is_told_in_a_line_each():
    counted = {"other_namespaces": {"10": 2, "14": 1}, "redirects": 1_500_000}
    assert wiki.from_page(counted, Context()) == [
        Reject("wiki_lead", "redirect", "1500000 redirects"),
        Reject("wiki_lead", "other_namespace", "pages by namespace: 10: 2, 14: 1"),
    ]
    assert [one.reason for one in wiki.from_page({**counted, "redirects": 0}, Context())] == ["other_namespace"]
    assert [one.reason for one in wiki.from_page({**counted, "other_namespaces": {}}, Context())] == ["redirect"]


def test_pages_travel_as_json():
    assert orjson.loads(orjson.dumps({"other_namespaces": {"10": 2}})) == {"other_namespaces": {"10": 2}}
