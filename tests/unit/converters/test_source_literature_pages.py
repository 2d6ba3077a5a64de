"""Pages of chinese-novel: layout, headings, translations, whose they are, and what makes them unfit."""

from __future__ import annotations

import json

import pytest

from converters.oldbooks import diction, novels, proofread
from converters.oldbooks.books import LEFT_OUT
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.novel_pages import in_simplified, paragraphs

# written for these tests
TALE = (
    "永州城南有石鼓，圆如釜，叩之无声。里人相传，鼓鸣则岁丰。有樵者周生，贫而好施，每过其下，必拂其尘土而拜之。"
    "人皆笑曰：“石岂知汝拜耶？”周生曰：“彼不言，吾亦不求其言也。”一夕大雪，生负薪归，忽闻鼓声自林中出，遂循声而行，"
    "见灯火，则其家之门也。"
)
NOVEL = (
    "话说扬州府城外有座柳桥，桥边住着一个卖花的老婆子，姓陈，人都唤他做陈妈妈。那陈妈妈早年死了丈夫，只有一个女儿，"
    "每日提着篮儿，在桥头卖花度日。这一日下起大雪来，花也卖不出去，两个人冻得手脚都僵了，只得往家里走来。"
)
MODERN = (
    "石鼓的形状像一口锅，但是敲它却没有声音。当地人经常说，石鼓一响，这一年就会丰收。周生非常喜欢帮助别人，"
    "他发现路上有积雪，因此很快就回到家里，并且感到特别高兴，大家的生活也开始发生变化。"
)


def info(*titles: str, name: str = "青灯夜话", **changes) -> str:
    author = {"name": "佚名", "dynasty": "清", "intro": ""}
    return json.dumps({"name": name, "catalogues": titles, "bookType": "鬼怪神魔", "author": author} | changes)


def chapter(page: str, title: str = "卷一 石鼓", *, name: str = "青灯夜话"):
    return novels.chapter(page, info(title, name=name), f"resources/鬼怪神魔/{name}/0.html")


def test_markup_menus_scripts_and_indents_are_layout():
    page = (
        "<script>ad();</script>&nbsp;&nbsp;&nbsp;&nbsp;甲。\ue004<br>\r\n<br>　　乙。<button>下载</button><p>丙。</p>"
    )
    assert paragraphs(page) == ["甲。", "乙。", "丙。"]


def test_line_breaks_of_a_file_count_only_where_there_is_no_markup():
    assert paragraphs("甲，\n乙。<br>丙。") == ["甲，乙。", "丙。"]
    assert paragraphs("甲。\n乙。") == ["甲。", "乙。"]


def test_a_question_mark_in_a_word_is_a_lost_character_where_questions_have_another():
    assert paragraphs("头上挽着?儿，坐下。甲问：“何事？”") == ["头上挽着□儿，坐下。甲问：“何事？”"]
    assert paragraphs("甲问?乙不答。") == ["甲问？乙不答。"]


def test_an_indent_or_the_number_of_an_item_after_a_sentence_begins_a_paragraph():
    assert paragraphs("甲。　　乙。") == ["甲。", "乙。"]
    assert paragraphs("1甲曰：「可。」 2乙不悦。<br>") == ["甲曰：“可。”", "乙不悦。"]


def test_a_coloured_line_is_a_heading_also_where_its_tag_is_damaged():
    page = "<font color='#cc0000'>张翁</font>甲。<font&nbsp;color='#cc0000'>李叟<br>乙。"
    assert paragraphs(page) == ["\uf8ff张翁", "甲。", "\uf8ff李叟", "乙。"]


def test_sources_collation_notes_backslashes_and_the_name_of_the_web_site_go():
    page = "甲谋\\曰：“可。”（出《湖滨录》）乙（明抄本作丙）至。<br>T,xt，小，说，天，堂<br>"
    assert paragraphs(page) == ["甲谋曰：“可。”", "乙至。"]


def test_only_novels_have_the_particle_zhe_written_by_todays_rule():
    assert in_simplified(["他說著話，笑著，提著籃兒，那人的東西都收了。"]) == [
        "他说着话，笑着，提着篮儿，那人的东西都收了。"
    ]
    assert in_simplified(["其人著書而歸，以授之。"]) == ["其人著书而归，以授之。"]


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("卷一 考城隍", "考城隍"),
        ("第三回　賣花女橋頭失玉　讀書郎雪夜還環", "卖花女桥头失玉 读书郎雪夜还环"),
        ("第 ６７ 回 番王纳款朝金阙 圣主班师得胜回", "番王纳款朝金阙 圣主班师得胜回"),
        ("天宝下 传书燕", "传书燕"),
        ("七、稳婆苦节", "稳婆苦节"),
        ("○薛迥", "薛迥"),
    ],
)
def test_a_title_loses_ornaments_volume_and_number(raw, plain):
    assert novels.plain_title(raw) == plain


def test_a_chapter_knows_book_title_author_and_register():
    found = chapter(TALE)
    assert isinstance(found, Chapter)
    assert (found.book, found.title, found.author, found.dynasty) == ("青灯夜话", "石鼓", "", "清")
    assert (found.document, found.register) == ("novel:青灯夜话/0", "classical")


def test_without_info_the_folder_is_the_book():
    found = novels.chapter(TALE + "<br>", "", "resources/鬼怪神魔/青灯夜话/7.html")
    assert (found.book, found.genre, found.document) == ("青灯夜话", "鬼怪神魔", "novel:青灯夜话/7")


def test_a_translation_after_a_classical_tale_goes_and_the_tale_stays():
    found = chapter(TALE + "（出《湖滨录》）" + MODERN)
    assert [section.text for section in found.sections] == [TALE]
    assert found.notes == ("translation_removed",)


def test_a_page_in_old_script_keeps_what_was_printed():
    found = chapter(TALE.replace("鼓鸣则岁丰", "鼓鳴則歲豐"))
    assert "鼓鸣则岁丰" in found.text
    assert found.as_printed("鼓鸣则岁丰") == "鼓鳴則歲豐"
    assert found.as_printed("不在此中") == "不在此中"


@pytest.mark.parametrize(
    ("page", "title", "reason"),
    [
        (TALE, "自序", "front_matter"),
        (TALE, "校点说明", "front_matter"),
        (TALE[:60], "卷一 石鼓", "too_short"),
        (TALE.replace("，", "．").replace("。", "．"), "卷一 石鼓", "unpunctuated"),
        (TALE.replace("。", "，"), "卷一 石鼓", "unpunctuated"),
        ("石鼓" * 60 + "，鸣。", "卷一 石鼓", "unpunctuated"),
        (MODERN * 2, "卷一 石鼓", "modern_text"),
        (TALE + "有二一女一，一春一风中对坐。", "卷一 石鼓", "scrambled"),
        (TALE + "时侯己经不早，道土曰：“诸候竞不来。”", "卷一 石鼓", "badly_scanned"),
        (TALE + "歳逺秪髪釂慁逈畼甼", "卷一 石鼓", "rare_characters"),
        (TALE + "生有玻乃就居祝后数日而愈。", "卷一 石鼓", "badly_scanned"),
        (TALE + "其物虽小，不病，亦不住，" * 4, "卷一 石鼓", "badly_scanned"),
    ],
)
def test_an_unfit_page_says_why(page, title, reason):
    found = chapter(page, title)
    assert not isinstance(found, Chapter)
    assert found[0] == reason


def test_full_stops_are_lost_where_none_stands_after_characters_that_lose_them():
    commas = "其物虽小，不病，亦不住，" * 4
    assert proofread.loses_full_stops(commas)
    assert not proofread.loses_full_stops(commas + "生遂病。")
    assert not proofread.loses_full_stops("其物虽小，不病，亦不住，" * 3)


def test_asterisks_part_anecdotes_and_are_no_text():
    found = chapter(f"{TALE}*****<br>*****<br>{TALE}", "卷一 石鼓")
    assert isinstance(found, Chapter)
    assert found.sections[0].paragraphs == (TALE, TALE)


def test_names_with_ba_are_no_epilogue():
    assert isinstance(chapter(TALE, "拓跋珪中兴"), Chapter)
    assert chapter(TALE, "跋")[0] == "front_matter"


def test_a_rare_name_that_comes_up_again_and_again_is_no_damage():
    assert isinstance(chapter(TALE.replace("周生", "瑊弇")), Chapter)


def test_books_for_adults_are_left_out_by_a_list_with_reasons():
    assert chapter(TALE, name="金瓶梅") == ("book_left_out", f"金瓶梅: {LEFT_OUT['金瓶梅']}")
    assert all(LEFT_OUT.values())


def test_registers_are_told_by_function_words():
    assert diction.register(TALE) == "classical"
    assert diction.register(NOVEL) == "vernacular"
    assert diction.register(MODERN) == "modern"


def test_a_few_modern_words_in_a_thousand_are_enough_and_a_mixed_style_is_not_classical():
    assert diction.register(MODERN + NOVEL * 4) == "modern"
    assert diction.register("玄德曰：“吾之军马，其数不多，这里的人也都散了。”遂与二人说了。") == "vernacular"


def test_two_modern_words_by_chance_make_no_passage_modern():
    assert not diction.sounds_modern("生感到异常，经常往视之。")
    assert diction.sounds_modern(MODERN)


@pytest.mark.parametrize(
    ("passage", "reason"),
    [
        ("举□掷其面。", "hole"),
        ("便举〈木累〉掷其面。", "hole"),
        ("乃脱衤非衣而去。", "hole"),
        ("众人道：“？士来了。”", "broken_marks"),
        ("有僧年〓十。", "hole"),
        ("蜀？之君长远至。", "hole"),
        ("相国〖宰相之谓。〗入朝。", "note_in_text"),
        ("阴宫（阴宫，按即囚所）也。", "note_in_text"),
        ("此事见第3条。", "foreign_signs"),
        ("其声ヴ然。", "foreign_signs"),
        ("生曰，：可。", "broken_marks"),
        ("曰：“所嗜何书”意欲探其志。", "broken_marks"),
        ("甲言。\n第十一回周公秉政，武王病。", "heading_in_text"),
        ("次日问侯其母。", "misread"),
        ("遂居祝因留饮。", "misread"),
        ("二人行云雨之事。", "explicit"),
        ("见人说做夫妻的，要做那些事，两个便商议。", "explicit"),
        ("二人宽衣解带，共入罗帏。", "explicit"),
        ("余骸爸溃骸。", "wrong_encoding"),
        ("江囗神也。", "hole"),
        ("是君曾祖≈君更被追。", "foreign_signs"),
        ("书吏记．上了口供。", "foreign_signs"),
        ("其有志于禄仕乎虽然，学愈久而愈拙。", "broken_marks"),
        ("卿以我为疑耶始吾御宇之初。", "broken_marks"),
        ("将桌于上的茶吃了。", "misread"),
        ("虎口：“朕闻良臣如猛虎。”", "misread"),
        ("威望素着，人皆惮之。", "misread"),
        ("太守实时身祭其冢。", "misread"),
        ("骗他干金，带了五干人马。", "misread"),
        ("旬曰念之，终忘其名。", "misread"),
        ("共享大小络子若干根。", "misread"),
        ("去成都三百里祝纵遣侯晖拒之。", "misread"),
        ("三人彼此见札，坐下。", "misread"),
        ("把他从后门迎一接进去。", "misread"),
        ("从高梁地里拉着短刀出来。", "misread"),
        ("恐怕朝廷图谋已，轻身入朝。", "misread"),
        ("里媪中盅，其子往求之。", "misread"),
        ("明皇令安禄拜之。", "misread"),
        ("捉贼捉脏呀。", "misread"),
        ("只见皂役人去，别无他人。", "misread"),
        ("婢子曰“父为某官，兵乱至此。”", "broken_marks"),
        ("布大叫；“开门！”", "broken_marks"),
        ("王曰。“颇亦验。”", "broken_marks"),
        ("叔父说。“怪不得。”", "broken_marks"),
        ("有相者彭克明。号彭钉筋。言事多验。人以为必中。", "broken_marks"),
        ("青翠如近—元末，海中大雷雨。", "broken_marks"),
        ("前末到敌阵二里而止。", "misread"),
        ("梦乌衣人云：“赦令不久也”于是便觉。", "broken_marks"),
        ("叟问之，其人曰。吾乃渔者也。", "broken_marks"),
        ("山阴王瑶。字子玉，为县尉。", "broken_marks"),
        ("主人留宿。及晓。枕前有二珠。", "broken_marks"),
        ("一夕夜半时。辄有白衣人叩门。", "broken_marks"),
        ("翁遂去。其年。生授官。", "broken_marks"),
        ("翁遂去。满七日。弟子往视。", "broken_marks"),
        ("本书由某书库制作。", "web_page"),
        ("二一女一同行。", "scrambled"),
        ("其人姓\ue3d7，不知何许人。", "lost_character"),
        (MODERN, "modern_text"),
    ],
)
def test_each_class_of_damage_is_told_by_its_name(passage, reason):
    found = proofread.fault(passage)
    assert found is not None
    assert found[0] == reason


@pytest.mark.parametrize(
    "passage",
    [
        TALE,
        NOVEL,
        "分给里中贫者，而己不留一钱。",
        "与自己经历无异，亦自己毕其事。",
        "号曰“太公望”，载与俱归。",
        "高梁大栋，一盅茶，一茶盅酒，安禄山反。",
        "其人死。妻亦死。",
        "玻璃盏祝寿，荆州樱桃，尘埃不起。",
        "次日天明，诸侯皆会，道士问候起居。",
        "天将雨，云兴而雨至。",
        "案无纤埃，山能为云雨气象。",
        "龙行云雨气中。",
        "耶律氏夸口：“若耶溪上，无人及我。”",
        "身着素衣，桌子上放着酒。",
        "所费若干金，皆如干人所言。",
        "沈彦，字子玉，及晓而去，夜半时乃还。",
        "叟问：“今何时。”生曰：“及晓。”",
        "其人一时。会稽之人也。",
        "其年，翁归。问其期，曰：“七日。”病已三日。",
    ],
)
def test_sound_text_has_no_fault(passage):
    assert proofread.fault(passage) is None
