from __future__ import annotations

import pytest

from converters.wikitext import layout, prose

LONG = "河边的水车日夜不停地转动，把水送进高处的农田。"
OTHER = "水车的转轮用木头制成，叶片装在转轮的外缘。"


def paragraphs(wikitext: str):
    return [
        (section.title, paragraph.text, paragraph.fault, paragraph.follows)
        for section in layout.article(wikitext, "水车", "1", "u").sections
        for paragraph in section.paragraphs
    ]


def test_headings_make_sections_with_the_path_of_those_above_them():
    article = layout.article("导言。\n== 一 ==\n=== 二 ===\n==== 三 ====\n== 四 ==\n", "甲", "1", "u")
    assert [(section.path, section.title) for section in article.sections] == [
        ((), ""),
        ((), "一"),
        (("一",), "二"),
        (("一", "二"), "三"),
        ((), "四"),
    ]


def test_a_single_break_joins_lines_and_an_empty_line_parts_paragraphs():
    assert paragraphs(f"{LONG}\n{OTHER}\n\n{LONG}") == [
        ("", LONG + OTHER, "", False),
        ("", LONG, "", True),
    ]


@pytest.mark.parametrize(
    "between", ["* 列表", "{|\n| 表\n|}", "{{未知模板}}", "[[File:a.jpg]]", "----", "# 一", ": 缩进"]
)
def test_a_list_a_table_or_a_box_between_paragraphs_parts_them(between):
    assert [follows for *_, follows in paragraphs(f"{LONG}\n{between}\n{OTHER}")] == [False, False]


def test_a_picture_beside_the_text_parts_nothing():
    assert [follows for *_, follows in paragraphs(f"{LONG}\n\n[[File:a.jpg|thumb|图]]\n{OTHER}")] == [False, True]


def test_text_on_the_line_where_an_infobox_ends_is_whole():
    assert paragraphs(f"{{{{Infobox x\n| a = b\n}}}}{LONG}") == [("", LONG, "", False)]


def test_a_box_in_the_midst_of_a_sentence_leaves_a_hole_on_both_sides():
    faults = [fault for _, _, fault, _ in paragraphs("河边的水车{{Infobox x\n| a = b\n}}日夜不停地转动。")]
    assert faults == ["hole", "hole"]


def test_a_hole_is_known_exactly_and_does_not_show():
    assert paragraphs("质量为{{未知模板|甲}}的物体在河边的水车上转动。")[0][1:3] == (
        "质量为的物体在河边的水车上转动。",
        "hole",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("水车由以下几个部分组成：", "no_full_stop"),
        ("水车的主要产地，", "no_full_stop"),
        ("见http://example.org的水车介绍，那里说得更详细。", "markup"),
        ("水车 | 风车 | 磨坊 | 水碓，都是借助自然力的机械。", "markup"),
        ("The water wheel (Latin rota aquaria) is 水车。", "not_prose"),
        ("水车在1990、1991、1992、1993、1994、1995年停用。", "not_prose"),
        ("水车（又称筒车是一种提水的机械，装在河边。", "unbalanced_brackets"),
        ("水车的结构如右图所示，转轮装在河岸的木架上。", "refers_elsewhere"),
        ("水车的种类很多，以下列举几种常见的水车。", "refers_elsewhere"),
        ("下面各节探讨水车在各地的不同名称与用法。", "refers_elsewhere"),
        ("河水的储量不足百分之一（见下文的表格），分布不均。", "refers_elsewhere"),
        ("水车的转轮如前文所述，装在河岸的木架上。", "refers_elsewhere"),
        ("只有满足以下的条件，才可视为水车。", "refers_elsewhere"),
        ("水车（）是一种提水的机械，装在河边的木架上。", "hole"),
    ],
)
def test_what_is_no_whole_prose_says_why(text, reason):
    found = prose.fault(text)
    assert found is not None
    assert found[0] == reason


def test_whole_prose_has_no_fault():
    assert prose.fault(LONG) is None
    assert prose.fault("他说：“水车转得很快。”") is None
    assert prose.fault("水车在河边很常见。（也有装在井边的。）") is None
    assert prose.fault("水车有以下三个特点，后人多有记述：一是省力，二是耐用，三是便宜。") is None
    assert prose.fault("图书馆在参考书目里列出了水车的历史，读者都能看到。") is None


def test_lines_of_verse_are_no_prose():
    assert paragraphs("床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。")[0][2] == "verse"


def test_the_script_is_changed_only_where_it_is_wanted():
    page = "「水車」日夜不停地轉動，-{zh-hans:筒车;zh-hant:筒車;}-也是如此。"
    assert layout.article(page, "水車", "1", "u").lead.paragraphs[0].text == "“水车”日夜不停地转动，筒车也是如此。"
    original = layout.article(page, "水車", "1", "u", "original")
    assert (original.title, original.lead.paragraphs[0].text) == ("水車", "「水車」日夜不停地轉動，筒车也是如此。")
    assert (layout.article(page, "水車", "1", "u").simplified, original.simplified) == (True, False)


def test_a_table_that_never_ends_takes_no_text_for_its_own_and_gives_none():
    assert paragraphs(f"{LONG}\n{{|\n| 甲 || 乙\n{OTHER}") == [("", LONG, "", False)]
