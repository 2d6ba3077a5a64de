from __future__ import annotations

import pytest

from converters.wikitext import markup
from converters.wikitext.marks import BLOCK, HOLE, without_marks


def shown(wikitext: str, title: str = "页名") -> str:
    return without_marks(markup.rendered(wikitext, title).text)


def marked(wikitext: str) -> str:
    return markup.rendered(wikitext, "页名").text


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("[[水车]]与[[水车 (机械)|筒车]]", "水车与筒车"),
        ("[[:Category:机械|机械]]、[[:en:Foo|富]]", "机械、富"),
        ("[[iPhone_X|iPhone X]]和[[iPhone_X]]", "iPhone X和iPhone X"),
        ("见[[水车#历史]]", "见水车"),
        ("正文[[Category:机械|A]][[分類:農具]][[en:Water wheel]][[zh-min-nan:Tsuí]]", "正文"),
        ("[http://example.org 网站]、[http://example.org]、[//example.org/a 甲]", "网站、、甲"),
        ("'''粗'''与''斜''、'''''都'''''", "粗与斜、都"),
        ("甲&nbsp;乙&amp;丙&lt;", "甲 乙&丙<"),
        ("甲__NOTOC__乙__強制顯示目錄__", "甲乙"),
        ("甲<!-- 注\n释 -->乙<!-- 不完", "甲乙"),
        ("<small>小</small><span style='x'>字</span><u>下</u>", "小字下"),
        ("<nowiki>[[不是链接]]</nowiki>", "[[不是链接]]"),
        ("用<code>a|b</code>表示", "用a|b表示"),
        ("<del>删去</del>留下", "留下"),
        ("<ruby>漢<rp>（</rp><rt>かん</rt><rp>）</rp></ruby>", "漢（かん）"),
    ],
)
def test_links_tags_and_entities_become_what_a_reader_sees(wikitext, expected):
    assert shown(wikitext) == expected


@pytest.mark.parametrize(
    "wikitext",
    [
        '甲<ref name="a">{{cite web|url=http://x|title=[[乙]]}}</ref>乙',
        '甲<ref name="a" />乙',
        "甲<ref>多\n行</ref>{{R|a}}{{sfn|王|1990}}{{來源請求|time=2020}}乙",
        "甲[[File:a.jpg|thumb|200px|说明[[链接]]，见[http://x 乙]]]乙",
        "甲[[文件:a.jpg|缩略图|右|说明]]乙",
    ],
)
def test_notes_and_pictures_beside_the_text_leave_nothing(wikitext):
    assert marked(wikitext) == "甲乙"


@pytest.mark.parametrize(
    "wikitext",
    [
        "质量为<math>m^2</math>的物体",
        "质量为<chem>H2O</chem>的物体",
        "质量为{{未知模板|甲}}的物体",
        "质量为{{#if:甲|乙}}的物体",
        "质量为{{CURRENTYEAR}}的物体",
        "质量为[[File:a.svg|20px]]的物体",
        "质量为{{convert|3|浩}}的物体",
        "质量为<ref>没有关闭的物体",
        "质量为{{没有关闭的物体",
        "质量为10<sup>x</sup>的物体",
    ],
)
def test_what_is_not_known_leaves_a_hole_in_its_place(wikitext):
    assert HOLE in marked(wikitext)


def test_raised_digits_keep_their_meaning_and_lowered_ones_their_place():
    assert (
        shown("10<sup>8</sup>米，H<sub>2</sub>O，维生素B<sub>12</sub>，V<sub>max</sub>")
        == "10⁸米，H₂O，维生素B₁₂，Vmax"
    )


@pytest.mark.parametrize(
    "wikitext",
    [
        '甲。\n{| class="wikitable"\n! 年 !! 人\n|-\n| 1 || {{nowrap|2}}\n{| \n| 里层\n|}\n|}\n乙。',
        "甲。\n{{Infobox person\n| name = {{lang|en|A}}\n| 出生 = [[北京]]\n}}\n乙。",
        "甲。\n<gallery>\nFile:a.jpg|丙\n</gallery>\n乙。",
        "甲。\n{{quote|引文}}\n乙。",
        "甲。\n<poem>床前明月光</poem>\n乙。",
    ],
)
def test_tables_boxes_galleries_and_quotations_stand_apart(wikitext):
    text = marked(wikitext)
    assert BLOCK in text
    assert without_marks(text).split() == ["甲。", "乙。"]


def test_private_characters_of_the_source_are_never_taken_for_marks():
    assert marked(f"甲{HOLE}乙\U000f0001丙") == "甲\ufffd乙\ufffd丙"


def test_a_page_of_nothing_but_brackets_ends():
    assert set(marked("{{" * 300 + "}}" * 7 + "[[" * 300)) <= {HOLE, "{", "[", "}"}


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        (
            "{{lang|en|Water}}、{{lang-en|'''Wheel'''}}、{{lang-ja|水車}}、{{langx|fr|eau}}",
            "Water、英语：Wheel、日语：水車、法语：eau",
        ),
        ("{{le|臉部识别|Facial recognition}}、{{link-en|概念驗證|Proof of Concept|验证}}", "臉部识别、验证"),
        ("{{tsl|en|Nobody_(username)|Nobody (用户名)|nobody}}、{{Tsl|en|Overhead|开销}}", "nobody、开销"),
        ("{{ill|甲|en|A|lt=乙}}、{{internal link helper/en|丙|C}}、{{ill|丁|en|D}}", "乙、丙、丁"),
        ("{{nowrap|不换行}}{{small|小}}{{color|red|红}}{{abbr|联|联合}}", "不换行小红联"),
        ("（{{bd|1924年|6月25日|1986年|7月29日|catIdx=D}}）", "（1924年6月25日－1986年7月29日）"),
        ("{{bd|1992年}}", "1992年－"),
        ("{{convert|100|km|mi}}、{{convert|10|to|20|m}}、{{cvt|1,200.5|kg|lb}}", "100公里、10至20米、1,200.5千克"),
        ("{{ruby|漢字|かんじ}}", "漢字（かんじ）"),
        ("{{nihongo|東京|東京|Tōkyō}}", "東京（東京，Tōkyō）"),
        ("{{frac|1|2}}、{{frac|3|1|2}}、{{e|8}}、{{val|3.5|u=km}}", "1/2、3又1/2、×10⁸、3.5 km"),
        ("{{as of|2015|3}}、{{date|2001|2|3}}、{{circa|1500}}", "截至2015年3月、2001年2月3日、约1500"),
        ("{{PAGENAME}}、{{formatnum:12345}}、甲{{·}}乙{{!}}", "页名、12345、甲·乙|"),
        ("柏林（{{lang-de|Berlin}}{{IPA-de|bɛʁˈliːn||de-Berlin.ogg}}）", "柏林（德语：Berlin）"),
        ("{{僻字|㵑|水名}}、{{拼音|shuǐ}}、{{IPA|ʂweɪ̯}}", "㵑、shuǐ、ʂweɪ̯"),
        ("{{Template:Nowrap|甲}}{{ nowrap |乙}}{{NOWRAP|1=丙}}", "甲乙丙"),
        ("{{nowrap|[[甲|乙]]与{{lang|en|A}}}}", "乙与A"),
    ],
)
def test_templates_whose_content_matters_show_it(wikitext, expected):
    assert shown(wikitext) == expected
