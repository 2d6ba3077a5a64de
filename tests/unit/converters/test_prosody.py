from __future__ import annotations

import random

import pytest

from converters.poems.prosody import form_of, is_confirmed, rhyme_of, tone
from converters.poems.rhymebook import from_table

# written for these tests, in traditional script: an eight-line regulated verse and a quatrain
EIGHT = [
    "江城五月雨初晴，獨上高樓望遠行。",
    "遠樹含煙連野色，孤舟帶月聽潮聲。",
    "十年湖海三秋夢，萬里關山一夜情。",
    "欲寄相思無雁到，白雲深處有鐘鳴。",
]
FOUR = ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"]
OLD = ["客從山中來，衣上雲氣濕。", "問客何所見，石泉松下滴。", "不知山中人，何歲種此柏。", "風來葉自語，雪落枝猶直。"]


def test_eight_verses_that_keep_tones_and_rhyme_are_a_regulated_verse_and_its_rhyme_is_named():
    verdict = form_of(EIGHT)
    assert (verdict.name, verdict.rhyme) == ("七言律诗", "八庚")
    assert is_confirmed("七言律诗", EIGHT)


def test_four_are_a_quatrain_and_ten_a_series():
    assert form_of(FOUR).name == "五言绝句"
    # 粘 goes on from couplet to couplet, with rhyme words of their own
    ten = [*FOUR, "青山橫野渡，白鷺立晴沙。", "萬里書難寄，三春日又斜。", "歸舟何處泊，獨上望天涯。"]
    assert form_of(ten).name == "五言排律"


def test_eight_verses_of_five_with_an_oblique_rhyme_are_no_regulated_verse():
    assert form_of(OLD).name == ""
    assert "no level rhyme" in form_of(OLD).why


# the classics of every schoolbook
KNOWN = {
    "五言绝句": ["白日依山盡，黃河入海流。", "欲窮千里目，更上一層樓。"],
    "七言绝句": ["朝辭白帝彩雲間，千里江陵一日還。", "兩岸猿聲啼不住，輕舟已過萬重山。"],
    "五言律诗": [
        "國破山河在，城春草木深。",
        "感時花濺淚，恨別鳥驚心。",
        "烽火連三月，家書抵萬金。",
        "白頭搔更短，渾欲不勝簪。",
    ],
}


@pytest.mark.parametrize("name", KNOWN)
def test_poems_that_are_models_of_their_form_are_named(name):
    assert form_of(KNOWN[name]).name == name


def test_a_quatrain_in_the_old_style_is_not_called_jueju():
    assert form_of(["春眠不覺曉，處處聞啼鳥。", "夜來風雨聲，花落知多少。"]).name == ""


@pytest.mark.parametrize("verse", ["細雨生紅花", "細雨濕綠花"])
def test_three_level_ends_or_two_tones_that_do_not_alternate_take_the_name_away(verse):
    changed = [FOUR[0].replace("細雨潤紅花", verse), FOUR[1]]
    assert form_of(changed).name == ""
    assert "verse 2" in form_of(changed).why


@pytest.mark.parametrize(("verse", "name"), [("一江入海流", ""), ("一江東海流", "五言绝句")])
def test_a_lone_level_tone_is_a_fault_and_a_level_third_mends_it(verse, name):
    # 仄平仄仄平 is 孤平, 仄平平仄平 is 拗救
    assert form_of([f"白日依山盡，{verse}。", "欲窮千里目，更上一層樓。"]).name == name


def test_a_bent_fourth_is_mended_by_the_level_third_of_the_next_verse():
    mended = ["野火燒不盡，春風吹又生。", "遠芳侵古道，晴翠接荒城。"]
    assert form_of(mended).name == "五言绝句"
    unmended = ["野火燒不盡，春風又復生。", "遠芳侵古道，晴翠接荒城。"]
    assert form_of(unmended).name == ""


def test_couplets_must_cohere():
    # the same couplets in another order: 失粘
    assert form_of([EIGHT[1], EIGHT[0], EIGHT[2], EIGHT[3]]).name == ""


def test_shuffled_verses_lose_the_name():
    verses = [verse for line in EIGHT for verse in line.strip("。").split("，")]
    drawn = random.Random(0)
    named = 0
    for _ in range(200):
        drawn.shuffle(verses)
        named += bool(form_of(verses).name)
    assert named <= 2


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["春風開綠樹。"],
        FOUR + FOUR[:1],
        ["春風開綠樹，細雨潤紅花。", "獨坐，閒來問酒家。"],
        ["呦呦鹿鳴，食野之苹。"] * 2,
    ],
)
def test_what_has_no_regulated_shape_has_no_name(lines):
    assert form_of(lines).name == ""


def test_the_same_rhyme_word_twice_is_no_regulated_verse():
    assert "twice" in form_of([FOUR[0], "獨坐聽啼鳥，閒來問落花。"]).why


def test_simplified_script_is_judged_by_all_that_a_character_may_stand_for():
    simplified = ["春风开绿树，细雨润红花。", "独坐听啼鸟，闲来问酒家。"]
    assert form_of(simplified, simplified=True).name == "五言绝句"


def test_lines_rhyme_when_one_level_group_holds_all_their_ends():
    assert {rhyme.group for rhyme in rhyme_of(["晴", "聲", "情"])} == {"八庚"}
    assert rhyme_of(["晴", "冬"]) == frozenset()
    assert rhyme_of(["曉", "鳥"]) == frozenset()
    assert rhyme_of([]) == frozenset()


def test_a_users_own_table_decides_instead():
    table = from_table({"平": {"一": list("花家")}, "仄": {"二": list("樹鳥綠雨潤坐問酒")}})
    assert [tone(character, book=table) for character in "花樹天"] == ["平", "仄", ""]
    # all but ten characters are unknown to it: nothing is proved
    assert form_of(FOUR, book=table).name == ""
