from __future__ import annotations

import pytest

from converters.text import is_damaged, key, punctuated, simplified, simplified_modern, tidy
from converters.verse import form, halves, is_uneven, numeral, simplified_verse, title_parts, verses, without_readings


def test_outer_breaks_spaces_and_no_break_spaces_go_and_inner_ones_stay():
    assert tidy("\n \u3000\u00a0第一行\r\n  缩进\u00a0后\n\n") == "第一行\n  缩进 后"


def test_a_literal_backslash_n_goes_at_the_ends_and_stays_inside():
    assert tidy("写一段代码\\n\n") == "写一段代码"
    assert tidy('print("\\n")') == 'print("\\n")'


def test_zero_width_characters_go_but_joined_emoji_stay_whole():
    assert tidy("你\u200b好\ufeff，\u200d再见") == "你好，再见"
    assert tidy("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"


@pytest.mark.parametrize("text", ["价格\ufffd元", "图标\ue001"])
def test_replacement_and_private_characters_are_damage(text):
    assert is_damaged(text)
    assert not is_damaged("𠮷野家，€5")


def test_a_key_ignores_case_spacing_and_punctuation_but_not_arithmetic():
    assert key("Hi!") == key(" hi. ") == key("ＨＩ")
    assert key("3+5") != key("3-5")


@pytest.mark.parametrize(
    ("traditional", "expected"),
    [
        ("魏徵與沈約", "魏徵与沈约"),
        ("乾隆皇帝曬乾", "乾隆皇帝晒干"),
        ("羣鶑疎劒", "群莺疏剑"),
        ("髣髴", "仿佛"),
        ("殢酒", "殢酒"),  # 𣨼 is in no font
    ],
)
def test_traditional_becomes_simplified_by_phrase_and_names_are_guarded(traditional, expected):
    assert simplified(traditional) == expected


def test_modern_text_from_taiwan_gets_the_mainland_particle_and_pronoun():
    assert simplified_modern("妳看著著名的書，甚麼也沒說") == "你看着著名的书，什么也没说"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("对不起, 我没有零钱。", "对不起，我没有零钱。"),
        ('"他去吗?" "是的, 他去。"', "“他去吗？”“是的，他去。”"),
        ("他说：「好」", "他说：“好”"),
        ("我 饿 了 。", "我饿了。"),
        ("6:30起床", "6:30起床"),
        ("it's和its是有分别的。", "it's和its是有分别的。"),
    ],
)
def test_punctuation_after_chinese_is_full_width_and_after_latin_is_left_alone(text, expected):
    assert punctuated(text) == expected


def test_a_line_of_the_source_is_a_pair_of_verses():
    assert verses("秦川雄帝宅，函谷壯皇居。") == ["秦川雄帝宅", "函谷壯皇居"]
    assert halves("秦川雄帝宅，函谷壯皇居。") == ("秦川雄帝宅，", "函谷壯皇居。")


def test_a_form_is_named_by_counting_only_and_never_as_a_regulated_one():
    couplet = "秦川雄帝宅，函谷壮皇居。"
    assert form([couplet] * 4) == "五言八句"
    assert form([couplet] * 10) == "五言二十句"
    assert form([couplet, "平声起，仄声收。"]) == ""
    assert [numeral(n) for n in (2, 10, 12, 40)] == ["二", "十", "十二", "四十"]


def test_one_verse_with_one_character_too_many_is_uneven_and_a_mixed_form_is_not():
    assert is_uneven(["弔嶺外春過半，途中火又新。", "殷勤清遠峽，留戀北歸人。"])
    assert not is_uneven(["天地一，日月光。", "山川草木皆有情。", "人间自此长安乐。"])
    assert not is_uneven(["春風開綠樹，細雨潤紅花。", "東風又起，西風又落。", "獨坐聽啼鳥，閒來問酒家。"])


def test_other_readings_go_and_an_emended_character_stays():
    assert without_readings("[爽]節在重九（一作「東風細雨」），物華新雨餘。") == "爽節在重九，物華新雨餘。"


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("帝京篇十首 一", ["帝京篇"]),
        ("柳枝辭十二首  其一○", ["柳枝辭"]),
        ("橫吹曲辭 折楊柳", ["折楊柳"]),
        ("郊廟歌辭 享太廟樂章 永和三章 一", ["享太廟樂章", "永和"]),
        ("十一月四日風雨大作", ["十一月四日風雨大作"]),
    ],
)
def test_a_title_loses_its_collection_and_its_number_in_a_series(title, parts):
    assert title_parts(title) == parts


def test_to_sink_is_written_in_the_modern_way_and_a_surname_is_not():
    assert simplified_verse("千尋鐵鎖沈江底，沈郎憔悴") == "千寻铁锁沉江底，沈郎憔悴"
