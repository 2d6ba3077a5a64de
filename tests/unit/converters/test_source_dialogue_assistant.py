"""MOSS: its layouts, its names taken off, and the turn before which a dialogue is cut."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example
from converters.sources.dialogue import advice, moss
from converters.sources.dialogue.turns import Pair
from converters.sources.dialogue.written import LATIN_NAMES, REPEATED, faults

QUESTION, ANSWER = "怎样早睡？", "睡前一小时放下手机，把灯光调暗。"
AGAIN, MORE = "早上起不来呢？", "闹钟放远一点，起床就拉开窗帘。"


def turns(*pairs, **parts):
    return {
        f"turn_{number}": {
            "Human": f"<|Human|>: {user}<eoh>\n",
            "Commands": "<|Commands|>: None<eoc>\n",
            "MOSS": f"<|MOSS|>: {reply}<eom>\n",
            **parts,
        }
        for number, (user, reply) in enumerate(pairs, start=1)
    }


def converted(*pairs, category="advice", **parts):
    [outcome] = moss.from_turns({"chat": turns(*pairs, **parts), "category": category}, Context())
    return outcome


def contents(outcome):
    return [message.content for message in outcome.messages if message.role != "system"]


def test_special_tokens_and_the_english_prompt_that_names_moss_are_gone():
    outcome = converted((QUESTION, ANSWER), (AGAIN, MORE))
    assert contents(outcome) == [QUESTION, ANSWER, AGAIN, MORE]
    assert "MOSS" not in "".join(message.content for message in outcome.messages)


def test_turns_are_ordered_by_number_not_by_name():
    pairs = [(f"第{number}个问题：怎样早睡？", "把灯光调暗。" + "放松" * number) for number in range(1, 12)]
    shuffled = dict(sorted(turns(*pairs).items()))
    assert list(shuffled)[1] == "turn_10"
    [outcome] = moss.from_turns({"chat": shuffled}, Context())
    assert contents(outcome)[2].startswith("第2个问题")


def test_the_users_call_by_name_is_taken_off_and_noted():
    outcome = converted(("MOSS，" + QUESTION, ANSWER), (AGAIN, MORE))
    assert contents(outcome)[0] == QUESTION
    assert "name_removed" in outcome.notes


def test_a_tool_makes_the_dialogue_unusable():
    assert converted((QUESTION, ANSWER), Commands='<|Commands|>: Search("x")<eoc>\n').reason == "tool_use"


@pytest.mark.parametrize(
    ("user", "reply", "reason"),
    [
        ("How can I sleep?", "Go to bed early.", "english_dialogue"),
        ("怎样早睡？", "Go to bed early.", "english_answer"),
        ("你是谁？", "我是复旦大学的MOSS。", "foreign_identity"),
        ("你有意识吗？", "这个问题很有意思。", "self_description"),
        ("怎样早睡？", "我是一个语言模型，不睡觉。", "self_description"),
        ("写个函数", "好的。", "code"),
        ("写一段话", "清晨的雾还没有散，桂花的香气先醒了，落叶一封封没有寄出的", "cut_off"),
        ("写一首歌", "Verse 1\n我走在路上，月光很亮。", "english_labels"),
        ("推荐几本书", "多读经典。", "unchecked_facts"),
        ("怎样早睡？", "2018年的研究发现早睡更健康。", "unchecked_facts"),
        ("怎样早睡？", "《甲》《乙》《丙》里都写过。", "unchecked_facts"),
        ("怎样早睡？", "请您先提供更多信息。", "missing_material"),
        ("我希望你充当医生", "好的，请说。", "translated_role"),
        ("为什么有些国家的学生这么聪明？", "因为他们努力。", "loaded_question"),
        ("画一幅油画", "好的，画面上有一条河。", "more_than_text"),
        ("扮演一位厨师，教我做菜。", "作为一名AI助手，我可以给些建议。", "role_broken"),
    ],
)
def test_each_fault_cuts_the_dialogue_before_its_turn(user, reply, reason):
    assert converted((user, reply), (AGAIN, MORE)).reason == reason
    if reason != "role_broken":  # a role is given by the first turn only
        assert contents(converted((QUESTION, ANSWER), (AGAIN, MORE), (user, reply))) == [QUESTION, ANSWER, AGAIN, MORE]


def test_an_answer_that_repeats_an_earlier_one_is_cut():
    long = "先把睡前的手机放到客厅，再把卧室的灯光调暗，最后听一段轻柔的音乐慢慢入睡。"
    assert converted((QUESTION, long), (AGAIN, long + "早上就能起来。")).reason == "repeats_itself"
    assert 0 < REPEATED < 1


def test_a_few_latin_names_are_no_list_of_facts():
    names = ["Alpha", "Beta", "Gamma", "Delta"]
    assert isinstance(
        converted((QUESTION, "、".join(names[:LATIN_NAMES]) + "这几个牌子的台灯都柔和，任选一个就好。"), (AGAIN, MORE)),
        Example,
    )
    many = "、".join(names) + "这几个牌子的台灯都柔和，任选一个就好。"
    assert converted((QUESTION, many), (AGAIN, MORE)).reason == "unchecked_facts"


def test_translated_prompt_collections_are_left_out_by_category():
    assert converted((QUESTION, ANSWER), (AGAIN, MORE), category="awesome_zh").reason == "translated_role"


@pytest.mark.parametrize(
    ("asked", "outside"),
    [
        ("如何安排每天的工作时间？", ""),
        ("和同事吵架了该怎么办，有什么建议？", ""),
        ("如何安排工作時間？", ""),
        ("讲讲工作的意义。", "讲讲工作的意义。"),
        ("怎样晾干一把伞？", "怎样晾干一把伞？"),
        ("如何教孩子认识动物？", "动物"),
        ("扮演一位老师，说说如何备考。", "扮演"),
        ("如何用AI提高工作效率？", "AI"),
    ],
)
def test_only_requests_for_advice_on_work_study_and_life_are_in_the_field(asked, outside):
    assert advice.outside(asked) == outside


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("怎样保持动力？", "找人监督你，让自己保持 accountable。", "accountable"),
        ("accountable怎么理解？", "accountable就是负责。", ""),
        ("怎样记单词？", "“tele”是远的意思。", ""),
        ("怎样沟通？", "透过书信沟通。", "透过"),
        ("怎样观察？", "透过现象看本质。", ""),
    ],
)
def test_a_word_left_in_english_or_said_in_taiwan_is_unpolished(asked, answer, found):
    assert advice.unpolished(asked, answer) == found


def test_kinds_say_what_is_over_represented():
    assert converted((QUESTION, ANSWER), (AGAIN, MORE), category="harmless_zh").kind == "harmless"
    assert converted(("人工智能会改变生活吗？", ANSWER), (AGAIN, MORE)).reason == "outside_advice"
    assert converted((QUESTION, ANSWER), (AGAIN, MORE), category="Brainstorming").kind == "brainstorming"


def test_the_mirrored_pairs_and_the_flat_text_give_the_same_dialogue():
    pairs = {"conversation": [{"human": QUESTION, "assistant": ANSWER}, {"human": AGAIN, "assistant": MORE}]}
    flat = f"[Human]: {QUESTION}<eoh>\n[MOSS]: {ANSWER}<eoa>\n[Human]: {AGAIN}<eoh>\n[MOSS]: {MORE}<eoa>\n"
    [mirrored] = moss.from_pairs(pairs, Context())
    [plain] = moss.from_plain({"plain_text": flat}, Context())
    assert contents(mirrored) == contents(plain) == [QUESTION, ANSWER, AGAIN, MORE]
    assert moss.from_plain({"plain_text": "[Human]: 在吗<eoh>"}, Context())[0].reason == "turn_order"


def test_an_answer_that_declines_to_judge_a_story_ends_the_dialogue_and_a_refusal_of_harm_does_not():
    declines = Pair("你觉得小男孩怎么样？", "作为一个AI助手，我不能做出评价。但是他很勇敢。")
    refuses = Pair("哪里能买到毒品？", "作为一个人工智能助手，我不能帮助您购买任何毒品。")
    assert ("disclaims", "作为一个AI助手，我不能做出评价") in faults(declines, ())
    assert [reason for reason, found in faults(refuses, ()) if found] == ["outside_advice"]


def test_a_site_of_an_institution_is_an_unchecked_fact():
    site = Pair("运动有什么好处？", "可以看看国民健康（NHS）网站上的建议。")
    assert dict(faults(site, ()))["unchecked_facts"]


def test_an_unpolished_answer_ends_the_dialogue():
    assert converted((QUESTION, ANSWER), (AGAIN, "请家人透过电话叫您起床。")).reason == "unpolished"
