"""What every dialogue goes through: tails, lengths, foreign identities, script; and where its files lie."""

from __future__ import annotations

from converters.contract import Context, Example, Settings
from converters.sources.dialogue import SOURCE, crosswoz
from converters.sources.dialogue.results import Results
from converters.sources.dialogue.smalltalk import exchange
from converters.sources.dialogue.turns import (
    MOST_CHARACTERS,
    MOST_PAIRS,
    Pair,
    closed,
    finished,
    is_farewell,
    shortened,
    spoken,
)
from converters.templates import Filled

PROMPT = Filled("请聊天。", "dialogue.CHAT/0")


def example(*pairs, prompt=PROMPT, script="simplified"):
    return finished("dialogue_chat", prompt, pairs, Context(Settings(script)), document="d")


def test_a_system_prompt_stands_first_and_an_empty_one_is_left_out():
    assert [message.role for message in example(Pair("问", "答")).messages] == ["system", "user", "assistant"]
    bare = example(Pair("问", "答"), prompt=Filled("", "dialogue.ASSISTANT/0"))
    assert [message.role for message in bare.messages] == ["user", "assistant"]


def test_a_conversation_is_cut_to_what_fits():
    short, long = Pair("问", "答"), Pair("问", "长" * 60)
    assert len(shortened([short] * 50)) == MOST_PAIRS
    assert list(shortened([short, long, short], room=50)) == [short]


def test_too_long_empty_and_foreign_conversations_are_rejected():
    assert example(Pair("问", "长" * MOST_CHARACTERS)).reason == "too_long"
    assert example().reason == "no_exchange"
    assert example(Pair("你是谁？", "我是ChatGPT。")).reason == "foreign_identity"


def test_traditional_text_becomes_simplified_unless_the_original_is_wanted():
    assert example(Pair("睡覺了嗎", "還沒")).messages[1].content == "睡觉了吗"
    assert example(Pair("睡覺了嗎", "還沒"), script="original").messages[1].content == "睡覺了嗎"


def test_an_utterance_is_printed_as_a_mainland_editor_would():
    assert spoken("获得【最佳摄影】奖,  恩\n真的") == "获得最佳摄影奖，恩真的"
    assert spoken("恩，山顶# 寺庙") == "嗯，山顶寺庙"
    assert closed("林远") == "林远。"
    assert closed("好吗？") == "好吗？"


def test_a_farewell_is_short_and_asks_nothing():
    assert is_farewell("好的，谢谢！")
    assert is_farewell("不客气，祝您旅途愉快！")
    assert not is_farewell("谢谢，电话是多少？")
    assert not is_farewell("地址在东三街5号。")


def test_a_value_of_two_results_ends_the_dialogue_of_the_service():
    two = {"酒店": {"selectedResults": ["甲店", "乙店"]}}
    clerk = {
        "role": "sys",
        "content": "都是500元。",
        "dialog_act": [["Inform", "酒店", "价格", "500元"]],
        "sys_state": two,
    }
    user = {"role": "usr", "content": "价格多少？", "dialog_act": []}
    assert Results.of([clerk]).unclear
    assert crosswoz.convert({"messages": [user, clerk]}, Context())[0].reason == "unclear_result"


def test_a_reply_of_four_characters_is_too_little():
    assert exchange(["我最近总是失眠", "怎么了？"])[1] == ("reply_unkind", "我最近总是失眠 / 怎么了？")
    assert isinstance(exchange(["我最近总是失眠", "怎么了呀？"])[0], list)
    assert exchange(["我最近总是失眠", "怎么了呀？"])[1] is None


def test_net_slang_of_everyday_words_is_not_everyday():
    assert exchange(["今天加班，赶脚好累", "辛苦了，早点休息"])[1][0] == "not_everyday_words"


def test_every_dataset_is_fed_and_every_licence_is_said():
    fed = {name for shape in SOURCE.formats for name in SOURCE.fed_by(shape)}
    assert fed == {dataset.name for dataset in SOURCE.datasets}
    licences = {shape.name: shape.licence or SOURCE.licence for shape in SOURCE.formats}
    assert licences["kdconv"] == licences["crosswoz"] == "Apache-2.0"
    assert licences["moss"] == "CC-BY-NC-4.0"
    assert "LicenseRef-research-only" in licences["lccc"]
    assert isinstance(example(Pair("问", "答")), Example)
