"""Kanripo's org text: header, page breaks, clauses a line, headings, tables, commentary, woodblock prints."""

from __future__ import annotations

from converters.oldbooks import kanripo
from converters.oldbooks.chapters import Chapter

# written for these tests
HEAD = """# -*- mode: mandoku-view -*-
#+TITLE: 江渚志
#+DATE: 2016-08-10 10:12:23
#+PROPERTY: ID KR2x0001
#+PROPERTY: BASEEDITION {edition}
#+PROPERTY: JUAN 5
"""
BODY = """<pb:KR2x0001_tls_005-1a>¶
** 5 傳

5.1《沈敬之列傳第一》
<pb:KR2x0001_tls_005-2a>¶
沈敬之者，¶
平江人也。¶
少孤，¶
事母以孝聞，¶
家貧，¶
傭書以自給。¶

# src: JZ 5.1.1, p. 3
# dating: 6220
年二十，¶
始補縣吏，¶
令張弘貪暴，¶
斂民無度，¶
敬之諫曰︰¶
「民窮則為盜，¶
願公少緩之。」¶
<pb:KR2x0001_tls_005-3a>¶
B1.2明年，¶
盜果起於湖<pb:KR2x0001_tls_005-4a>¶
中，¶
圍縣城，¶
弘懼，¶
召敬之問計，¶
敬之請開倉賑之，¶
盜皆解去。¶
"""
PRINT = """<pb:KR2x0001_WYG_001-1a>¶
欽定四庫全書¶
　江渚志卷一　　　　　　　宋　某　撰¶
沈敬之者平江人也(平江/今縣)少孤事母以孝聞家貧傭書以自給年二十始補縣吏令¶
<pb:KR2x0001_WYG_001-1b>¶
　張弘貪暴斂民無度敬之諫曰民窮則爲盜(盜/賊)願公少緩之明年盜果起於湖中圍縣城弘懼&KR1209;召敬¶
之問計敬之請開倉賑之盜皆解去¶
"""


def tls(body: str = BODY) -> str:
    return HEAD.format(edition="tls") + body


def chapter(text: str) -> Chapter:
    (found,) = kanripo.chapters(text)
    assert isinstance(found, Chapter), found
    return found


def test_the_header_names_text_edition_and_juan():
    assert kanripo.header(tls()) == kanripo.Header("KR2x0001", "江渚志", "tls", "5")
    assert kanripo.header(tls()).address == "https://github.com/kanripo/KR2x0001"


def test_clauses_are_joined_and_a_page_is_a_paragraph_unless_it_cuts_a_sentence():
    assert chapter(tls()).sections[0].paragraphs == (
        "沈敬之者，平江人也。少孤，事母以孝闻，家贫，佣书以自给。年二十，始补县吏，令张弘贪暴，敛民无度，"
        "敬之谏曰：“民穷则为盗，愿公少缓之。”",
        "明年，盗果起于湖中，围县城，弘惧，召敬之问计，敬之请开仓赈之，盗皆解去。",
    )


def test_the_chapter_is_named_by_its_heading_and_attributed():
    found = chapter(tls())
    assert (found.book, found.title, found.register) == ("江渚志", "沈敬之列传", "classical")
    assert found.attribution == "https://github.com/kanripo/KR2x0001"
    assert found.as_printed("敛民无度") == "斂民無度"


def test_a_byte_order_mark_and_crlf_change_nothing():
    text = "\ufeff" + tls().replace("\n", "\r\n")
    assert kanripo.is_juan(text)
    assert chapter(text).sections == chapter(tls()).sections


def test_all_after_the_first_cell_of_a_table_is_table_until_the_next_heading():
    table = "*** 5.2 《年表》\n年|事|地||¶\n元年|大水¶\n 王少，¶\n大臣行政。|¶\n"
    assert len(kanripo.chapters(tls(BODY + table))) == 1


def test_a_heading_with_few_words_under_it_is_too_short():
    found = kanripo.chapters(tls(BODY + "5.2《短傳》\n某人，¶\n卒。¶\n"))
    assert [one if isinstance(one, Chapter) else one[0] for one in found][1:] == ["too_short"]


def test_a_woodblock_print_is_unpunctuated_and_never_an_answer():
    assert [reason for reason, _ in kanripo.chapters(HEAD.format(edition="WYG    ") + PRINT)] == ["unpunctuated"]


def test_the_main_text_of_a_print_loses_commentary_page_breaks_and_indents():
    main = kanripo.without_small_print(PRINT)
    assert "沈敬之者平江人也少孤" in main
    assert "補縣吏令張弘貪暴" in main
    assert "則爲盜願公" in main


def test_a_table_of_contents_has_no_text():
    contents = "#+TITLE: 江渚志\n#+PROPERTY: ID KR2x0001\n[[file:KR2x0001_001.txt][1.1 〈沈敬之列傳〉第一]]\n"
    assert kanripo.is_juan(contents)
    assert [reason for reason, _ in kanripo.chapters(contents)] == ["no_text"]


def test_a_reading_text_with_commentary_inside_is_refused_by_name():
    text = tls().replace("KR2x0001", "KR3l0002")
    assert [reason for reason, _ in kanripo.chapters(text)] == ["commentary_inside"]


def test_an_entity_for_a_lost_character_becomes_a_visible_hole():
    assert "□之諫曰" not in chapter(tls()).printed
    assert "□之谏曰" in chapter(tls(BODY.replace("敬之諫曰", "&KR1209;之諫曰"))).text


def test_a_juan_that_is_a_table_from_its_heading_on_says_so():
    table = "** 2 表\n*** 2.10　《將相年表》|\n" + "205|春，¶\n定塞、¶\n翟、魏。|¶\n" * 30
    assert kanripo.chapters(tls(table)) == [("no_text", "江渚志, a table")]
