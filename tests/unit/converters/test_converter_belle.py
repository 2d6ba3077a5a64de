from __future__ import annotations

import pytest

from converters.contract import Example, Message, Reject, Settings
from converters.filters import foreign_identity
from converters.sources.belle import from_conversations, from_instruction, from_old_layout

SETTINGS = Settings()


def only(outcomes):
    assert len(outcomes) == 1
    return outcomes[0]


def texts(example: Example) -> list[str]:
    return [f"{message.role}: {message.content}" for message in example.messages]


def test_the_present_layout_joins_instruction_and_input_and_trims_both():
    record = {"instruction": " 翻译成英文：\n", "input": "\u00a0你好", "output": "\nHello. "}
    assert texts(only(from_instruction(record, SETTINGS))) == ["user: 翻译成英文：\n你好", "assistant: Hello."]


def test_the_first_layout_of_half_a_million_is_input_and_target():
    record = {"input": "写一句诗。\\n", "target": "\n春风又绿江南岸。"}
    assert texts(only(from_old_layout(record, SETTINGS))) == ["user: 写一句诗。", "assistant: 春风又绿江南岸。"]


def conversation(*turns: tuple[str, str]) -> dict:
    return {"id": "1", "category": "闲聊", "conversations": [{"from": who, "value": text} for who, text in turns]}


def test_a_conversation_keeps_all_its_turns_and_its_role_is_assistant_not_gpt():
    record = conversation(("human", "你好"), ("assistant", "您好。"), ("human", "再见"), ("gpt", "再见。"))
    roles = [message.role for message in only(from_conversations(record, SETTINGS)).messages]
    assert roles == ["user", "assistant", "user", "assistant"]


def test_a_last_question_that_nobody_answered_is_trimmed_and_noted():
    record = conversation(("human", "你好"), ("assistant", "您好。"), ("human", "然后呢"))
    example = only(from_conversations(record, SETTINGS))
    assert (len(example.messages), example.notes) == (2, ("trimmed_unanswered_turn",))


@pytest.mark.parametrize(
    "turns", [[("assistant", "您好。"), ("human", "你好")], [("human", "问"), ("human", "又问")], []]
)
def test_turns_in_another_order_are_rejected(turns):
    assert only(from_conversations(conversation(*turns), SETTINGS)).reason == "turn_order"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"instruction": "问", "input": "", "output": " \n"}, "empty_answer"),
        ({"instruction": "\u3000", "input": "", "output": "答"}, "empty_prompt"),
        ({"instruction": "问", "input": None, "output": None}, "empty_answer"),
        ({"instruction": "问", "input": "", "output": ["答"]}, "missing_columns"),
        ({"instruction": "问", "input": "", "output": "价格\ufffd元"}, "replacement_character"),
        ({"instruction": "问", "input": "", "output": "长" * 20_001}, "too_long"),
    ],
)
def test_a_record_that_teaches_nothing_is_rejected_by_name(record, reason):
    assert only(from_instruction(record, SETTINGS)).reason == reason


def test_refusals_and_answers_without_chinese_are_kept():
    for answer in ("抱歉，我无法提供医疗诊断。", "作为一个AI语言模型，我没有感情。", "print('hello')"):
        assert isinstance(only(from_instruction({"instruction": "问", "output": answer}, SETTINGS)), Example)


@pytest.mark.parametrize(
    "answer",
    [
        "我是BELLE，很高兴为您服务。",
        "您好！我是由OpenAI训练的大型语言模型ChatGPT。",
        "作为ChatGPT，我不能提供意见。",
        "我的名字是MOSS。",
        "我是一个由 OpenAI 开发的助手。",
        "I am ChatGPT, a language model.",
    ],
)
def test_an_answer_that_claims_to_be_another_model_is_rejected(answer):
    assert foreign_identity([Message("user", "你是谁"), Message("assistant", answer)])


@pytest.mark.parametrize(
    "answer",
    [
        "ChatGPT是由OpenAI开发的语言模型。",
        "我认为ChatGPT很有用。",
        "我是一名记者，昨天采访了他。",
        "作为ChatGPT的用户，我们应当谨慎。",
    ],
)
def test_talk_about_another_model_is_kept(answer):
    assert not foreign_identity([Message("user", "介绍一下ChatGPT，我是BELLE的用户"), Message("assistant", answer)])


def test_a_flattened_chat_is_recognised_and_not_taken_for_an_instruction():
    record = {"instruction": "Human:写首诗\nAssistant:好的\nHuman：再写\nAssistant:", "input": "", "output": "春眠"}
    assert only(from_instruction(record, SETTINGS)).reason == "multiturn_chat"
    quoting = {"instruction": "Human:和Assistant:是什么意思？", "input": "", "output": "是对话的标记。"}
    assert isinstance(only(from_instruction(quoting, SETTINGS)), Example)


def test_a_generated_chat_is_recognised_and_an_ordinary_script_is_kept():
    script = "\n小王: 你好\n小李: 你好呀\n"
    record = {"instruction": "基于以下角色信息完成一段对话\n小王是医生。", "input": "", "output": script}
    assert only(from_instruction(record, SETTINGS)) == Reject(
        "belle", "generated_chat", "a whole dialogue in one answer; not read by this version"
    )
    wish = {"instruction": "写一段小王和小李的对话", "input": "", "output": script}
    assert isinstance(only(from_instruction(wish, SETTINGS)), Example)


def test_calculator_marks_are_removed_and_noted():
    record = {"instruction": "5×200？", "output": "5 x 200 = <<5*200=1000>>1000 克"}
    example = only(from_instruction(record, SETTINGS))
    assert example.messages[1].content == "5 x 200 = 1000 克"
    assert example.notes == ("calculator_marks_removed",)


def test_the_same_request_is_one_document_whatever_its_answer_and_layout():
    one = only(from_instruction({"instruction": "写首诗。", "output": "甲"}, SETTINGS))
    other = only(from_conversations(conversation(("human", " 写首诗"), ("assistant", "乙")), SETTINGS))
    assert one.document == other.document
    assert one.same_as != other.same_as


def test_golden_line(run, written, write_lines):
    path = write_lines("train_2M_CN.json", {"instruction": "你好", "input": "", "output": "\n您好。"})
    run("belle", path, "--eval-share", "0")
    line = (written.folder / "dataset_info/data/belle.jsonl").read_text("utf-8")
    assert line == (
        '{"messages":[{"role":"user","content":"你好"},{"role":"assistant","content":"您好。"}],'
        '"id":"belle:b92e5351deb0354d","source":"belle",'
        '"meta":{"file":"train_2M_CN.json","record":"1","document":"prompt:670d9743542cae3e",'
        '"licence":"ODC-By 1.0; research only, no commercial use","author":"","title":"","original":""}}\n'
    )
