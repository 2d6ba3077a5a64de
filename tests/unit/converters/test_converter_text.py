from __future__ import annotations

import pytest

from converters.poems.verse import (
    cleaned,
    form,
    halves,
    is_uneven,
    numeral,
    simplified_verse,
    title_parts,
    verses,
)
from converters.script import has_traditional, script_of
from converters.text import han_count, is_damaged, key, punctuated, simplified, simplified_modern, tidy


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
    ("traditional", "expected"),
    [
        # 乾 is qián in names, reigns, temples and the trigram, and gān where something is dry
        ("乾隆、乾嘉、乾坤、乾陵、乾清宮、乾卦", "乾隆、乾嘉、乾坤、乾陵、乾清宫、乾卦"),
        ("乾為天，乾、坤、震、巽，終日乾乾", "乾为天，乾、坤、震、巽，终日乾乾"),
        ("乾符六年，乾德、乾封、乾祐、乾化、乾亨、乾寧", "乾符六年，乾德、乾封、乾祐、乾化、乾亨、乾宁"),
        (
            "李乾順、崔乾祐、鄧浩乾是遺腹子，高拱乾的《臺灣府志》",
            "李乾顺、崔乾祐、邓浩乾是遗腹子，高拱乾的《台湾府志》",
        ),
        ("李乾顺继位。", "李乾顺继位。"),  # among simplified characters 乾 is no 干
        (
            "餅乾、乾燥、曬乾、乾杯、一乾二淨、黃豆乾、溫度乾、夏雨冬乾",
            "饼干、干燥、晒干、干杯、一干二净、黄豆干、温度干、夏雨冬干",
        ),
        # 徵
        ("魏徵、文徵明、宮商角徵羽、變徵之音", "魏徵、文徵明、宫商角徵羽、变徵之音"),
        ("宮、商、角、徵、羽，徵聲清越", "宫、商、角、徵、羽，徵声清越"),
        ("徵收、特徵、象徵、徵兆、遠征", "征收、特征、象征、征兆、远征"),
        # 於
        ("樊於期、於菟、於夫羅，關於於潛", "樊於期、於菟、於夫罗，关于於潜"),
        # 后 and 後
        ("皇后、太后、后羿、后稷、王后、皇天后土", "皇后、太后、后羿、后稷、王后、皇天后土"),
        ("後來的後漢、後裔與前後", "后来的后汉、后裔与前后"),
        ("後羿射日，皇太後", "后羿射日，皇太后"),  # misspelt by many an editor
        # phrases of OpenCC that break good words
        ("他打坏了杯子，這是颠覆文化、顛覆文化的事", "他打坏了杯子，这是颠覆文化、颠覆文化的事"),
        ("畢昇、昇華、鍾馗、鍾繇、錢鍾書", "毕昇、升华、钟馗、钟繇、钱锺书"),
        ("瞭解、瞭望、藉口、狼藉、甦醒", "了解、瞭望、借口、狼藉、苏醒"),
    ],
)
def test_names_are_guarded_in_either_script_and_common_words_are_converted(traditional, expected):
    assert simplified(traditional) == expected


def test_scripts_mixed_within_one_sentence_come_out_simplified():
    assert (
        simplified("三哩岛核電廠的冷卻水没有按照程序進入蒸汽產生器") == "三哩岛核电厂的冷却水没有按照程序进入蒸汽产生器"
    )


def test_lines_are_converted_as_one_text_would_be():
    lines = ["这是简体。", "這是繁體，乾隆曬乾。", "", "后羿與後來"]
    assert simplified("\n".join(lines)).split("\n") == [simplified(line) for line in lines]


def test_old_forms_that_opencc_leaves_alone_are_resolved():
    assert simplified("従者二十歳，逺涉髙山，葢陂陁之地") == "从者二十岁，远涉高山，盖陂陀之地"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("看著、隨著時間、存在著、有著名的書", "看着、随着时间、存在着、有著名的书"),
        ("著手、著火、著重於、沉著應戰、執著、衣著", "着手、着火、着重于、沉着应战、执着、衣着"),
        ("名著、著名、著作、顯著地、土著、原著小說、編著", "名著、著名、著作、显著地、土著、原著小说、编著"),
        (
            "著有《晉紀》，著《漢書》（柯尚迁著），班固著《漢書》",
            "著有《晋纪》，著《汉书》（柯尚迁著），班固著《汉书》",
        ),
        ("相連著。活著的，進行著，睡著了", "相连着。活着的，进行着，睡着了"),
        ("他說著，唱著、笑著。", "他说着，唱着、笑着。"),
    ],
)
def test_zhu_and_the_particle_are_told_apart(text, expected):
    assert simplified_modern(text) == expected


def test_modern_pronouns_are_changed_and_the_same_characters_in_names_are_not():
    assert simplified_modern("祂與祢，祢衡，神祇，祇有，祇園") == "祂与你，祢衡，神祇，只有，祇园"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这是简体。", "simplified"),
        ("這是繁體。", "traditional"),
        ("这是简体，這是繁體。", "mixed"),
        ("hello, 123", "none"),
        ("你好", "none"),  # both scripts write it so
        ("乾隆皇后", "none"),
        ("", "none"),
        (
            "这本书写的是简体字的历史，书里说了许多关于汉字简化的事，还引了《說》一书，读来颇为亲切，认为简体与繁体各有长处。",
            "simplified",
        ),
    ],
)
def test_the_script_of_a_text_is_told_by_the_characters_that_one_script_has(text, expected):
    assert script_of(text) == expected


def test_a_character_of_the_old_script_is_seen_and_one_of_both_is_not():
    assert has_traditional("花壇庄")
    assert not has_traditional("乾隆与魏徵、於菟，著名的后羿")


def test_chinese_characters_are_counted_one_by_one():
    assert han_count("水车 wheel 轮，𠮷") == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("对不起, 我没有零钱。", "对不起，我没有零钱。"),
        ('"他去吗?" "是的, 他去。"', "“他去吗？”“是的，他去。”"),
        ("他说：「好」", "他说：“好”"),
        ("我 饿 了 。", "我饿了。"),
        ("6:30起床", "6:30起床"),
        ("it's和its是有分别的。", "it's和its是有分别的。"),
        ("甲 “乙” 丙", "甲“乙”丙"),
        ("Apple Pay 与微信", "Apple Pay 与微信"),
        ("约3.5米。他说.", "约3.5米。他说。"),
        ("1,234人,你好", "1,234人，你好"),
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
    assert cleaned("[爽]節在重九（一作「東風細雨」），物華新雨餘。") == "爽節在重九，物華新雨餘。"


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
