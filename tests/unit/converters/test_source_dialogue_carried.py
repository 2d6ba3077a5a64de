"""What an answer may say: what the facts carry, and plain words of talk."""

from __future__ import annotations

import pytest

from converters.sources.dialogue import carried, kdconv, speech
from converters.sources.dialogue.knowledge import Fact
from converters.sources.dialogue.plain_talk import WORDS
from converters.sources.dialogue.stretches import Said, judge

KNOWN = """【望江楼公园】
地址：锦城市武侯区望江路30号
简介：明清两代为纪念才女薛青而建，竹影摇风。
国籍：中国台湾
风格：R&B"""
PLAIN = carried.lexicon(WORDS)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("嗯，它位于锦城市武侯区望江路30号。", ""),
        ("它是明清两代为纪念才女薛青而建的，很值得一看。", ""),
        ("它是R&B风格。", ""),
        ("门票20元，能玩3小时。", ""),
        ("嗯，它位于锦城市武候区望江路30号。", "它位于锦城市武候区望江路30号"),
        ("竹影摇风，建成后便受到热捧。", "建成后便受到热捧"),
        ("是薛红建的。", "是薛红建的"),
        ("", ""),
    ],
)
def test_what_neither_facts_nor_plain_words_carry_is_named_by_its_clause(text, unknown):
    assert carried.beyond(text, KNOWN, PLAIN) == unknown


def test_two_characters_of_a_fact_are_chance_unless_they_are_a_whole_value():
    words = carried.lexicon(["是"])
    assert carried.beyond("是锦城", KNOWN, words) == "是锦城"
    assert carried.beyond("是锦城", KNOWN + "\n城市：锦城", words) == ""


def test_a_word_does_not_go_over_a_sign_and_a_run_of_a_fact_may():
    words = carried.lexicon(["不错"])
    assert carried.beyond("不，错", KNOWN, words) == "不"
    assert carried.beyond("而建、竹影", KNOWN, words) == ""


def test_a_run_does_not_go_from_one_fact_into_the_next():
    assert carried.beyond("摇风国籍", KNOWN, carried.lexicon(["国籍"])) == "摇风国籍"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("才女薛而建竹影", "才女薛而建竹"),
        ("明清两为纪念才女", "明清两为纪念"),
        ("明清两代纪念才女", ""),
        ("明清两，为纪念才女", ""),
        ("明清两代为纪念才女", ""),
        ("锦城市武侯望江路30号", ""),
    ],
)
def test_a_character_lost_inside_a_run_is_found_and_a_function_word_or_a_sign_is_no_loss(text, place):
    assert carried.lost(text, KNOWN) == place


def test_a_name_without_its_head_is_found():
    assert carried.beheaded("江楼公园很好", ["望江楼公园"]) == "江楼公园"
    assert carried.beheaded("望江楼公园很好", ["望江楼公园"]) == ""
    assert carried.beheaded("江楼很好", ["望江楼"]) == ""


def test_the_answer_of_a_dialogue_is_held_to_all_three():
    assert kdconv.beyond("好的，江楼公园在望江路30号。", KNOWN)
    assert kdconv.beyond("明清两为纪念才女薛青而建。", KNOWN)
    assert kdconv.beyond("建成后反响很好。", KNOWN)
    assert not kdconv.beyond("好的，望江楼公园在望江路30号。", KNOWN)


def test_how_a_work_was_received_is_no_plain_talk():
    assert not WORDS & {"热捧", "好评", "反响", "轰动", "追捧", "受到热捧"}


def test_a_first_message_is_plain_talk_about_one_of_the_names():
    assert kdconv.opens("你好，知道望江楼公园在哪里吗？", ["望江楼公园"])
    assert not kdconv.opens("知首望江楼公园吗？", ["望江楼公园"])
    assert not kdconv.opens("知道望江楼公圆吗？", ["望江楼公园"])


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("你知道他是那年出生的吗？", True),
        ("那是哪年的事？", False),
        ("他在里扮演一位少校", True),
        ("他在里面扮演一位少校", False),
        ("更是收录了收录梦想的歌", True),
        ("她出生于出生在1731年", True),
        ("一起溜达溜达", False),
        ("一首歌曲时长三分钟的歌曲", True),
        ("一首歌曲，很好听的歌曲", False),
        ("可以玩1小时你要电话吗", True),
        ("可以玩1小时，你要电话吗", False),
        ("以，明代称为后苑", True),
        ("里面养了许多鱼，由于环境清幽。", True),
        ("由于环境清幽，来了很多水鸟。", False),
        ("是明清时期主要是后妃住的地方", True),
        ("是明清时期后妃住的，但是很小", False),
        ("还获得了获金鹭奖", True),
        ("它是其中项目单独收费", True),
        ("它是其中之一，很不错", False),
    ],
)
def test_what_nobody_can_have_meant_is_mistyped(text, typed):
    assert bool(speech.mistyped(text)) is typed
    assert bool(speech.slip(text)) is typed


FACT = Fact("周岚", "职业", "歌手")


def test_a_slip_of_the_user_ends_the_stretch_too():
    assert judge(Said("她是那年出生的？", ()), Said("周岚是歌手。", (FACT,)), "周岚")[0] == "slip"


def test_a_woman_is_not_called_he_where_nobody_else_is_known():
    he = Said("他是歌手。", (FACT,))
    assert judge(Said("周岚是谁？", ()), he, "周岚，女歌手")[0] == "mistaken"
    assert judge(Said("周岚是谁？", ()), he, "周岚，女歌手；林远，男演员")[0] != "mistaken"
    assert judge(Said("周岚是谁？", ()), Said("她和其他人是歌手。", (FACT,)), "周岚，女歌手")[0] != "mistaken"


def test_a_film_is_given_no_prize_for_a_lifes_work():
    prize = Said("《渡口》被授予终身成就奖。", (Fact("林远", "奖", "终身成就奖"),))
    assert judge(Said("还有呢？", ()), prize, "《渡口》终身成就奖")[0] == "mistaken"


def test_years_gone_by_are_dated_whoever_counts_them():
    assert speech.aged("10多年前的歌了")
    assert speech.aged("都十年了")
    assert speech.dated("这二十多年来没变过")
    assert not speech.aged("明永乐十年建的")


def test_an_age_at_which_something_happened_is_not_dated():
    assert not speech.dated("16岁时远嫁")
    assert speech.dated("16岁了")


def test_signs_of_a_pattern_in_a_text_are_only_signs():
    assert carried.lost("明清((两代为纪念[才女", KNOWN) == ""


TOLD = (
    "简介：钟楼博物馆也称为古钟馆，是收藏古钟的场所，吸引着游人前来瞻仰。望江纪念碑是由石料砌成。由东海映画发行的剧情片"
)


def test_a_name_that_began_the_next_sentence_of_its_fact_ends_no_clause():
    assert carried.run_on("吸引着大批游人前来瞻仰望江纪念碑", ["望江纪念碑"])
    assert not carried.run_on("大批游人特意来到望江纪念碑", ["望江纪念碑"])


def test_words_of_a_fact_keep_the_mark_that_parts_them():
    assert carried.unmarked("钟楼博物馆也称为古钟馆是收藏古钟的场所。", TOLD)
    assert not carried.unmarked("钟楼博物馆也称为古钟馆，是收藏古钟的场所。", TOLD)


def test_a_verb_that_lost_its_second_character_is_found():
    assert carried.halved("是东海映画发的一部电影", TOLD) == "映画发的"
    assert not carried.halved("是东海映画发行的一部电影", TOLD)


def test_a_place_of_origin_that_lost_its_head_is_found():
    assert carried.lost("是来自彻斯特的组合", "这个来自曼彻斯特的演唱组合") == "来自彻斯特"
    assert not carried.lost("是来自曼彻斯特的组合", "这个来自曼彻斯特的演唱组合")


def test_the_rest_of_a_name_after_another_character_stands_so_in_a_fact():
    names = ["史家胡同博物馆"]
    assert carried.beheaded("是北京首家胡同博物馆", names) == "家胡同博物馆"
    assert not carried.beheaded("是北京首家胡同博物馆", names, "简介：北京首家胡同博物馆")
    assert carried.beheaded("去家胡同博物馆", names, "简介：北京首家胡同博物馆")


def test_a_long_name_of_a_fact_may_say_a_word_twice():
    known = "奖：2013届华语唱片奖十大华语国语唱片奖"
    prize = Said("获得了2013届华语唱片奖十大华语国语唱片奖。", (Fact("渡口", "奖", known[2:]),))
    assert judge(Said("得过奖吗？", ()), prize, known).pair.assistant == prize.text
    assert judge(Said("得过奖吗？", ()), prize, "2013届")[0] == "slip"
