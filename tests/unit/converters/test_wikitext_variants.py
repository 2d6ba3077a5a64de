from __future__ import annotations

import pytest

from converters.script import simplified_modern
from converters.wikitext import markup, variants
from converters.wikitext.marks import HOLE


def shown(wikitext: str, title: str = "甲") -> str:
    page = markup.rendered(wikitext, title)
    return variants.converted(page.text, page.rules, simplified_modern)


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("又譯-{zh-hans:赫丘勒·白罗; zh-hant:赫丘里·波羅;}-", "又译赫丘勒·白罗"),
        ("-{zh-cn:软件;zh-hans:软体;zh-tw:軟體}-", "软件"),
        ("-{zh-tw:甲;zh-sg:乙}-", "乙"),  # zh-cn → zh-hans → zh-sg → zh-my, as ZhConverter has it
        ("-{zh-my:丙;zh-hk:丁}-", "丙"),
        ("-{zh:原文;zh-tw:臺文}-", "原文"),  # the last resort
        ("-{zh-hans:甲;乙;zh-hant:丙}-", "甲;乙"),  # a semicolon ends a choice only before a variant
        ("-{zh-hans:Q&amp;A;zh-hant:Q&amp;B}-", "Q&A"),
        ("-{ZH-CN:甲;zh-tw:乙}-", "甲"),
    ],
)
def test_the_choice_of_zh_cn_or_of_its_nearest_fallback_is_shown(wikitext, expected):
    assert shown(wikitext) == expected


def test_choices_for_other_variants_only_leave_a_hole_where_mediawiki_shows_an_error():
    assert shown("即-{zh-tw:甲;zh-hk:乙}-") == f"即{HOLE}"


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("街-{庄}-、-{乾}-與乾燥", "街庄、乾与干燥"),
        ("-{R|電腦}-與電腦", "電腦与电脑"),
        ("座-{}-頭市", "座头市"),
        ("-{时:间}-", "时:间"),  # no variant before the colon: it is text
        ("-{[[甲|乾]]}-", "乾"),
        ("-{zh-hans:[[软件|-{软}-件]];zh-hant:[[軟體]];}-", "软件"),
    ],
)
def test_what_is_protected_stays_in_its_script_and_all_else_is_converted(wikitext, expected):
    assert shown(wikitext) == expected


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("軟體-{A|zh-cn:软件;zh-tw:軟體}-，軟體", "软体软件，软件"),  # shown, and holds from there on
        ("-{H|zh-cn:软件;zh-tw:軟體;zh-hk:軟件}-軟體、軟件", "软件、软件"),  # defines and shows nothing
        ("-{H|巨集=>zh-cn:宏;}-巨集語言", "宏语言"),  # one-way
        ("-{巨集=>zh-cn:宏;}-與巨集", "宏与巨集"),  # one-way without a flag: shown, not a rule
        ("-{H|巨集=>zh-tw:宏;}-巨集", "巨集"),  # a one-way rule for another variant has no fallback
        ("-{H|zh-cn:软件;zh-tw:軟體;}-軟體-{-|zh-cn:软件;zh-tw:軟體;}-，軟體", "软件，软体"),
        ("-{A|乾}-隆乾", "乾隆乾"),  # the same text in all variants
        ("-{H|zh-cn:ABC;zh-tw:AB}-AB與ABC", "ABC与ABC"),  # the longest word first
    ],
)
def test_rules_hold_from_where_they_stand_to_the_end_or_to_their_removal(wikitext, expected):
    assert shown(wikitext) == expected


def test_a_title_rule_shows_nothing_and_names_the_page():
    page = markup.rendered("-{T|zh-cn:标题;zh-tw:標題;}-正文", "甲")
    assert (page.title, variants.converted(page.text, page.rules, str)) == ("标题", "正文")


def test_a_name_flag_shows_the_variant_and_a_description_flag_the_rules():
    assert shown("-{N|zh-cn}-") == "大陆"
    assert shown("-{D|zh-cn:甲;zh-tw:乙}-") == "大陆：甲；台湾：乙；"


def test_variant_flags_convert_or_keep_the_text():
    assert shown("-{zh-hans;zh-hant|電腦}-") == "电脑"
    assert shown("-{zh-hant|電腦}-") == "電腦"


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [("a-{b-{c-{d}-e}-f}-g", "abcdefg"), ("-{zh-cn:a-{b}-c; zh-tw:d-{e}-f; }-", "abc")],
)
def test_nested_ones_are_resolved_from_within(wikitext, expected):
    assert shown(wikitext) == expected


def test_an_unclosed_one_leaves_a_hole_and_the_rest_of_the_page_stands():
    assert shown("甲-{乙。\n\n丙") == f"甲{HOLE}乙。\n\n丙"


def test_note_ta_defines_rules_for_the_whole_page_and_its_title():
    page = markup.rendered(
        "{{NoteTA|G1=IT|T=zh-cn:面容;zh-tw:臉|1=zh-hans:内存; zh-hant:記憶體;|2=CPU}}記憶體CPU", "甲"
    )
    assert page.title == "面容"
    assert variants.converted(page.text, page.rules, simplified_modern) == "内存CPU"


def test_what_is_in_another_language_is_not_converted():
    assert shown("{{lang|ja|関東の水車}}、{{lang-ja|水車}}、{{lang|zh-tw|水車}}") == "関東の水車、日语：水車、水车"


def test_an_arrow_may_be_written_as_an_entity():
    assert shown("-{H|巨集=&gt;zh-cn:宏;}-巨集") == "宏"
