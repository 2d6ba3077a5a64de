from __future__ import annotations

import pytest

from converters.judging import kinds, risks
from converters.judging.risks import risk

ANSWER = "运动能增强心肺功能，也能让人心情舒畅。"
POINTS = "\n".join(
    f"{number}. {name}：每天留出半个小时慢慢练习，坚持几个星期就能看到变化，还可以约上朋友一起，互相提醒，互相鼓励，"
    "谁也不让谁偷懒，天冷的时候也照样出门。"
    for number, name in ((1, "散步"), (2, "游泳"), (3, "骑车"))
)
PARAGRAPHS = "\n\n".join(
    "读书使人明白道理，也使人看见更大的世界。一个人走过的路有限，书里却有千百年来无数人走过的路，"
    "翻开它，就像同他们一起坐下来谈话。日子久了，说话有了分寸，做事有了主见，遇到难处也不慌张。"
    for _ in range(3)
)
TEXT = (
    "请总结下面这段话：读书使人明白道理，也使人看见更大的世界。一个人走过的路有限，书里却有千百年来无数人走过的路，翻开它，"
    "就像同他们一起坐下来谈话。日子久了，说话有了分寸，做事有了主见，遇到难处也不慌张，这都是慢慢读出来的，急不得。"
    "所以再忙也该每天留一点时间给书。"
)


@pytest.mark.parametrize(
    ("request_", "answer", "kind"),
    [
        ("怎样锻炼身体？", POINTS, risks.ADVICE),
        ("怎样折一只纸船？", POINTS, risks.LORE),
        ("怎样锻炼身体？", POINTS.replace("：", " - "), risks.BRIEF),
        ("怎样锻炼身体？", POINTS.replace("慢慢", "对于您的潜在"), risks.BRIEF),
        ("为什么要读书？", PARAGRAPHS, risks.PROSE),
        ("为什么要读书？", PARAGRAPHS.replace("\n\n", ""), risks.BRIEF),
        ("怎样锻炼身体？", POINTS.replace("每天", "每天 30 分钟 APP"), risks.BRIEF),
        ("怎样锻炼身体？", "多走路。", risks.CURT),
        ("锻炼？", POINTS, risks.CURT),
        ("改写下面的句子。\n他走得很快。", POINTS, risks.GIVEN),
        ("推荐三部电影。", POINTS, risks.RECALL),
        ("怎样锻炼身体？", POINTS + "\n1978年有人这样试过。", risks.RECALL),
        ("写出“高兴”的近义词。", POINTS, risks.WORDS),
        ("为书店设计一张海报。", POINTS, risks.VISUAL),
        ("写一个两人争吵的剧本。", POINTS, risks.SCENE),
        ("与学习者合作安排锻炼。", POINTS, risks.UNUSUAL),
        ("圆柱的体积怎么求？", POINTS, kinds.ARITHMETIC),
        ("什么是排序算法？", POINTS, kinds.CODE),
    ],
)
def test_the_kind_says_how_far_an_answer_can_be_relied_on(request_, answer, kind):
    assert risk(request_, answer) == kind


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("互相提醒", "您来提醒", risks.ADVICE),
        ("约上朋友一起，互相", "您约上朋友，让你", risks.BRIEF),
        ("2. ", "2.", risks.BRIEF),
        ("2. ", "2、", risks.BRIEF),
        ("1. ", "一、", risks.BRIEF),
        ("散步：", "散步 - 快走——", risks.BRIEF),
    ],
)
def test_two_hands_in_one_answer_are_a_machine_that_translates_line_by_line(old, new, kind):
    assert risk("怎样锻炼身体？", POINTS.replace(old, new)) == kind


def test_what_has_a_kind_of_its_own_keeps_it():
    assert risk("计算 3+5 等于多少？", "8") == kinds.ARITHMETIC
    assert risk("写一首关于春天的诗。", ANSWER) == kinds.POEM
    assert risk("你好", "您好。") == kinds.CHAT
    assert risk("你会怎样安排一天的时间，让自己不慌不忙？", POINTS) != kinds.CHAT


def test_a_text_is_summed_up_well_if_it_is_long_and_its_summary_short():
    assert risk(TEXT, "读书使人明白道理，应当每天读一点。") == kinds.SUMMARY
    assert risk(TEXT, "读书使人明白道理，也使人看见更大的世界。") == risks.GROUNDED
    assert risk(TEXT, "读书" * 60) == risk(TEXT[:100], "读书使人明白道理。") == risks.GIVEN
    assert risk(TEXT + "[在此插入文章]", "读书使人明白道理。") == risks.GIVEN


def test_a_talk_that_is_given_goes_on_as_a_script():
    assert risk("小明：你好。\n小红：你好。\n请续写他们的对话。", "小明：去哪儿？\n小红：回家。") == kinds.SCRIPT


def test_of_a_text_that_is_given_only_the_order_before_it_names_the_task():
    assert risk("改写这段话：她画画的时候，谁也不理。", ANSWER) == risks.GIVEN
    assert risk("找出近义词：高兴，快乐，难过，伤心，生气。", ANSWER) == risks.WORDS


def test_points_must_be_three_and_long_enough():
    assert risk("怎样锻炼身体？", "\n".join(POINTS.split("\n")[:2])) == risks.BRIEF
    assert risk("怎样锻炼身体？", POINTS.replace("还可以约上朋友一起，互相提醒，", "")) == risks.BRIEF
    assert risk("怎样锻炼身体？", POINTS.replace("互相提醒，", "")) == risks.ADVICE


def test_no_claim_is_missed_for_want_of_a_sign():
    claims = ["1998年", "２０年", "公元", "《诗经》", "达·芬奇", "30%", "20 万", "12公里", "35℃", "100平方米"]
    for text in claims:
        assert not risks._CLAIMS_FACT.search(text) or risks._CLAIM.may_hold(text), text
    assert not risks._CLAIM.may_hold("春天来了，花都开了。")
