"""Pages of a dump, text that others extracted, and which pages are no articles."""

from __future__ import annotations

import bz2
import io

import pytest

from converters.contract import SourceError
from converters.wikitext import dump, extracted, kinds, layout

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-{version}/" version="{version}" xml:lang="zh">'
    "<siteinfo><dbname>zhwiki</dbname><base>https://zh.wikipedia.org/wiki/X</base></siteinfo>"
)
PAGE = (
    "<page><title>{title}</title><ns>{ns}</ns><id>{id}</id>{redirect}<revision><id>9</id>"
    "<contributor><username>甲</username><id>77</id></contributor><text>{text}</text></revision></page>"
)


def page(title: str, ns: int = 0, number: int = 1, text: str = "正文", redirect: str = "") -> str:
    return PAGE.format(title=title, ns=ns, id=number, text=text, redirect=redirect)


def read(xml: str) -> list[dict]:
    return list(dump.pages(io.BytesIO(xml.encode())))


@pytest.mark.parametrize("version", ["0.10", "0.11"])
def test_a_page_has_its_own_id_and_not_that_of_its_revision_or_editor(version):
    xml = HEAD.format(version=version) + page("水车", number=1001) + "</mediawiki>"
    assert read(xml) == [
        {
            "title": "水车",
            "id": "1001",
            "ns": 0,
            "url": "https://zh.wikipedia.org/wiki?curid=1001",
            "text": "正文",
            "revision": "9",
        }
    ]


def test_pages_of_other_namespaces_are_counted_in_one_last_record():
    xml = (
        HEAD.format(version="0.11") + page("T:a", 10) + page("甲") + page("C:b", 14) + page("T:c", 10) + "</mediawiki>"
    )
    assert [each.get("title") for each in read(xml)] == ["甲", None]
    assert read(xml)[-1] == {"other_namespaces": {"10": 2, "14": 1}, "redirects": 0}


def test_redirects_are_counted_there_too_for_half_of_a_dump_is_redirects():
    to = '<redirect title="水车" />'
    xml = HEAD.format(version="0.11") + page("筒车", redirect=to) + page("水车") + page("翻车", redirect=to)
    assert [each.get("title") for each in read(xml + "</mediawiki>")] == ["水车", None]
    assert read(xml + "</mediawiki>")[-1] == {"other_namespaces": {}, "redirects": 2}


def test_a_multistream_dump_is_read_to_its_last_stream():
    pieces = [HEAD.format(version="0.11"), page("甲"), page("乙", number=2), "</mediawiki>"]
    data = b"".join(bz2.compress(piece.encode()) for piece in pieces)
    with bz2.open(io.BytesIO(data)) as stream:
        assert [each["title"] for each in dump.pages(stream)] == ["甲", "乙"]


def test_a_cut_dump_is_an_error_after_its_whole_pages():
    pages = dump.pages(io.BytesIO((HEAD.format(version="0.11") + page("甲") + "<page><title>乙").encode()))
    assert next(pages)["title"] == "甲"
    with pytest.raises(SourceError, match="XML that is whole"):
        next(pages)


def test_a_dump_with_an_entity_declaration_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + HEAD.format(version="0.11") + page("&a;") + "</mediawiki>"
    with pytest.raises(SourceError, match="entity"):
        read(bomb)


@pytest.mark.parametrize(
    ("title", "markup", "reason"),
    [
        ("筒车", "#REDIRECT [[水车]]", "redirect"),
        ("筒车", "#重定向：[[水车]]", "redirect"),
        ("长桥", "'''长桥'''可以指：\n* [[甲]]\n{{disambig}}", "disambiguation"),
        ("长桥", "* [[甲]]\n{{消歧義|桥}}", "disambiguation"),
        ("长桥", "* [[甲]]\n{{人名消歧义}}", "disambiguation"),
        ("长桥", "* [[甲]]\n__DISAMBIG__", "disambiguation"),
        ("长桥 (消歧義)", "* [[甲]]", "disambiguation"),
        ("古桥列表", "以下是古桥。", "list_page"),
        ("某国年表 (古代)", "以下。", "list_page"),
        ("1902年", "大事记", "date_page"),
        ("3月5日", "大事记", "date_page"),
        ("前221年", "大事记", "date_page"),
        ("19世紀", "大事记", "date_page"),
        ("1998年电影", "片单", "date_page"),
    ],
)
def test_a_page_that_is_no_article_says_why(title, markup, reason):
    found = kinds.of_markup(title, markup)
    assert found is not None
    assert found[0] == reason


@pytest.mark.parametrize("title", ["水车", "1902年世界博览会", "表", "列车", "目录学", "年表学家"])
def test_an_article_is_none_of_these(title):
    assert kinds.of_markup(title, "'''水车'''是机械。{{其他用法|水车 (消歧义)}}") is None


def test_a_lead_that_says_what_the_title_may_mean_is_a_disambiguation():
    article = layout.article("'''XD'''可以指：\n* 甲\n* 乙", "XD", "1", "u")
    assert kinds.of_article(article) == ("disambiguation", "XD可以指：")


A, B, C = (
    "水车的转轮用木头制成，叶片装在转轮的外缘，随水流转动。",
    "农民用水车把河水送到高处，一架水车日夜不停地转动。",
    "电动水泵普及以后，许多村庄的水车先后停用了。",
)


def outline(text: str, **options) -> list[tuple[str, list[str]]]:
    article = extracted.article(text, "水车", "1", "u", **options)
    return [(section.title, [paragraph.text for paragraph in section.paragraphs]) for section in article.sections]


def test_the_title_in_the_first_line_is_no_paragraph():
    assert outline(f"水车\n\n{A}\n\n{B}") == [("", [A, B])]


@pytest.mark.parametrize("heading", ["历史.", "## 历史.", "Section::::历史."])
def test_headings_are_known_in_every_form_of_wikiextractor(heading):
    assert outline(f"水车\n\n{A}\n\n{heading}\n{B}\n{C}") == [("", [A]), ("历史", [B + C])]


def test_without_blank_lines_each_line_is_a_paragraph():
    assert outline(f"{A}\n历史.\n{B}\n{C}") == [("", [A]), ("历史", [B, C])]


def test_headings_at_the_head_of_a_block_are_known_where_they_are_expected():
    text = f"{A}\n\n历史 \n{B}\n\n{C}\n\n参考资料 \n\nCategory:机械"
    assert outline(text, headings_in_blocks=True) == [("", [A]), ("历史", [B, C]), ("参考资料", [])]
    assert outline(text)[0][1][0] == A


def test_a_line_broken_in_the_midst_of_a_sentence_is_joined():
    assert outline(f"水车\n\n水车的转轮用木头制成，\n叶片装在转轮的外缘。\n\n{B}") == [
        ("", ["水车的转轮用木头制成，叶片装在转轮的外缘。", B])
    ]


def test_two_blank_lines_are_where_something_was_taken_out():
    article = extracted.article(f"水车\n\n{A}\n\n\n\n{B}\n\n{C}", "水车", "1", "u")
    assert [paragraph.follows for paragraph in article.lead.paragraphs] == [False, False, True]


def test_variants_that_an_extractor_left_are_resolved():
    assert outline("水车\n\n街-{庄}-邊的水車，又譯-{zh-hans:筒车;zh-hant:筒車;}-，日夜轉動。\n\n" + A)[0][1][0] == (
        "街庄边的水车，又译筒车，日夜转动。"
    )


def test_how_a_name_sounds_is_left_out_and_leaves_no_hole():
    text = "'''柏林'''（{{lang-de|Berlin}}{{IPA-de|bɛʁˈliːn||de-Berlin.ogg}}）是德意志联邦共和国的首都。"
    (paragraph,) = layout.article(text, "柏林", "1", "").lead.paragraphs
    assert (paragraph.text, paragraph.fault) == ("柏林（德语：Berlin）是德意志联邦共和国的首都。", "")
