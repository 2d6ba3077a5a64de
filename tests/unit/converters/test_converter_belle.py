"""BELLE's files, layout by layout."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example
from converters.conversations.chats import flattened_turns, is_flattened
from converters.sources.belle import SOURCE, from_conversations, from_instruction, from_old_layout, from_seed_task

CONTEXT = Context()
POEM = "春眠不觉晓，处处闻啼鸟。"


def only(outcomes):
    assert len(outcomes) == 1
    return outcomes[0]


def texts(example: Example) -> list[str]:
    return [f"{message.role}: {message.content}" for message in example.messages]


def told(instruction: str, output: str = POEM, given: str = ""):
    return only(from_instruction({"instruction": instruction, "input": given, "output": output}, CONTEXT))


# ---- layouts


def test_the_present_layout_joins_instruction_and_input_and_trims_both():
    example = told(" 翻译成英文：\n", "\nHello. ", given="\u00a0你好")
    assert texts(example) == ["user: 翻译成英文：\n你好", "assistant: Hello."]


def test_the_first_layout_of_half_a_million_is_input_and_target():
    record = {"input": "写一句诗。\\n", "target": "\n春风又绿江南岸。"}
    assert texts(only(from_old_layout(record, CONTEXT))) == ["user: 写一句诗。", "assistant: 春风又绿江南岸。"]


def test_a_seed_task_is_its_first_instance():
    record = {
        "instruction": "写一句诗。",
        "instances": [{"input": "\u00a0", "output": POEM}, {"input": "", "output": "乙"}],
    }
    assert texts(only(from_seed_task(record, CONTEXT))) == ["user: 写一句诗。", f"assistant: {POEM}"]


@pytest.mark.parametrize("instances", [[], None, "甲", [{"input": "", "output": 3}]])
def test_a_seed_task_without_an_instance_is_rejected(instances):
    record = {"instruction": "写一句诗。", "instances": instances}
    assert only(from_seed_task(record, CONTEXT)).reason == "missing_columns"


def conversation(*turns: tuple[str, str], category: str = "闲聊") -> dict:
    return {"id": "1", "category": category, "conversations": [{"from": who, "value": text} for who, text in turns]}


def test_a_conversation_keeps_its_turns_its_category_and_the_role_may_be_gpt():
    record = conversation(("human", "你好"), ("assistant", "您好。"), ("human", "再见"), ("gpt", "再见。"))
    example = only(from_conversations(record, CONTEXT))
    assert [message.role for message in example.messages] == ["user", "assistant", "user", "assistant"]
    assert example.section == "闲聊"


def test_a_conversation_without_a_category_is_one_too():
    record = {
        "id": "1",
        "conversations": [{"from": "human", "value": "你好"}, {"from": "assistant", "value": "您好。"}],
    }
    assert only(from_conversations(record, CONTEXT)).section == ""


@pytest.mark.parametrize(
    "turns", [[("assistant", "您好。"), ("human", "你好")], [("human", "问"), ("human", "又问")], []]
)
def test_turns_in_another_order_are_rejected(turns):
    assert only(from_conversations(conversation(*turns), CONTEXT)).reason == "turn_order"


@pytest.mark.parametrize("turns", ["甲", [{"from": "bird", "value": "甲"}], [{"from": "human"}], [None]])
def test_turns_of_another_shape_are_rejected(turns):
    assert only(from_conversations({"conversations": turns}, CONTEXT)).reason == "missing_columns"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"instruction": "写首诗。", "input": "", "output": " \n"}, "empty_answer"),
        ({"instruction": "\u3000", "input": "", "output": "好的。"}, "empty_prompt"),
        ({"instruction": "写首诗。", "input": None, "output": None}, "empty_answer"),
        ({"instruction": "写首诗。", "input": "", "output": ["诗"]}, "missing_columns"),
        ({"instruction": "写首诗。", "input": "", "output": "价格\ufffd元"}, "replacement_character"),
        ({"instruction": "写首诗。", "input": "", "output": "长" * 20_001}, "too_long"),
    ],
)
def test_a_record_that_teaches_nothing_is_rejected_by_name(record, reason):
    assert only(from_instruction(record, CONTEXT)).reason == reason


# ---- chats that were flattened to one text


def test_a_flattened_chat_becomes_turns_again():
    example = told("Human:写首诗\nAssistant: 好的。\nHuman：再写一首\nAssistant:")
    assert texts(example) == ["user: 写首诗", "assistant: 好的。", "user: 再写一首", f"assistant: {POEM}"]


def test_marks_inside_a_line_divide_nothing():
    turns = flattened_turns("Human: 他说Human:是什么\nAssistant:人\nHuman:谢谢\nAssistant:")
    assert [turn.content for turn in turns] == ["他说Human:是什么", "人", "谢谢"]


def test_a_chat_begins_with_its_user_and_waits_for_an_answer():
    assert is_flattened("Human: 你好\nAssistant:")
    assert is_flattened("Human：你好\nAssistant：\n")
    assert not is_flattened("Human:和Assistant:是什么意思？")
    assert not is_flattened("请看：Human: 你好\nAssistant:")
    assert not is_flattened("Human: 你好\nAssistant: 您好。")


def test_quoted_marks_are_no_chat():
    assert texts(told("Human:和Assistant:是什么意思？", "是对话的标记。"))[0] == "user: Human:和Assistant:是什么意思？"


def test_a_chat_whose_turns_do_not_alternate_is_rejected():
    assert told("Human: 你好\nHuman: 在吗\nAssistant:").reason == "turn_order"


def test_growing_prefixes_are_one_document_and_one_cap_counts_them():
    short = told("Human:写首诗\nAssistant:好的。\nHuman:再写\nAssistant:")
    long = told("Human:写首诗\nAssistant:好的。\nHuman:再写\nAssistant:行。\nHuman:再写\nAssistant:")
    assert (short.document, short.title_key) == (long.document, long.title_key)
    assert short.title_key
    assert SOURCE.title_cap == 2


def test_single_requests_are_counted_by_no_cap_of_prefixes():
    assert told("写首诗。").title_key == ""
    assert told("Human:写首诗。\nAssistant:").title_key == ""
    assert told("写首诗。").document == told("Human:写首诗\nAssistant:好的。\nHuman:再写\nAssistant:").document


# ---- dialogues that were generated from roles

ROLES = "小王：医生，待人温和。\n小李：病人，怕打针。"
SCRIPT = "小王：你好，哪里不舒服？\n小李：我发烧了。\n小王：要打一针。\n小李：能不能不打？"


def test_roles_become_a_request_to_write_their_dialogue():
    example = told(f"基于以下角色信息完成一段对话\n{ROLES}", SCRIPT)
    request, script = (message.content for message in example.messages)
    assert (ROLES in request, request.startswith("基于以下"), script) == (True, False, SCRIPT)
    assert (example.kind, example.notes) == ("script", ("roles_as_request",))
    assert example.template.startswith("belle.SCRIPT")
    assert example.document == told(ROLES, SCRIPT).document


@pytest.mark.parametrize(
    ("reason", "script"),
    [
        ("empty_answer", ""),
        ("no_script", "小王：你好。\n小李：你好。\n小王：再见。"),
        ("no_script", "小王：一。\n小王：二。\n小王：三。\n小王：四。"),
        ("other_speakers", SCRIPT.replace("小王", "甲").replace("小李", "乙")),
        ("cut_off", SCRIPT + "\n小王：别怕，我轻轻地"),
    ],
)
def test_a_dialogue_that_is_none_is_rejected_by_name(reason, script):
    assert told(f"基于以下角色信息完成一段对话\n{ROLES}", script).reason == reason


def test_who_simply_asks_for_a_dialogue_asks_in_his_own_words():
    assert texts(told("写一段小王和小李的对话", SCRIPT))[0] == "user: 写一段小王和小李的对话"


# ---- balance and provenance


def test_what_is_often_wrong_or_alike_has_a_small_share():
    caps = SOURCE.datasets[0].caps
    assert (caps["arithmetic"], caps["advice"]) == (0.03, 0.1)
    assert all(caps[kind] <= 0.01 for kind in ("lore", "summary", "script", "conversation", "code", "prose"))
    assert all(caps[kind] <= 0.002 for kind in ("recall", "given_text", "words", "curt", "poem", "scene"))
    assert sum(caps.values()) < 0.25
    assert "grounded" not in caps


def test_the_kind_says_what_was_asked_and_a_story_has_none():
    story = (
        "从前有一只小狐狸，它走出森林，看见了一条河。它说：“我想过河。”乌龟说：“我来帮你。”" * 4
        + "最后，它们成了朋友。"
    )
    assert told("写出“高兴”的近义词。", "快乐、愉快。").kind == "words"
    assert told("写一个小狐狸的童话。", story).kind == ""


def test_of_a_conversation_the_first_task_in_which_models_err_is_its_kind():
    def kind(*said: str) -> str:
        turns = conversation(*zip(("human", "assistant") * 3, said, strict=False))
        return only(from_conversations(turns, CONTEXT)).kind

    assert kind("推荐一部电影。", "《城南旧事》。") == "recall"
    assert kind("早睡有什么好处？", "精神好。", "谢谢你") == "curt"
    assert kind("早睡有什么好处？", "精神好。", "还有呢？", "气色好。") == "conversation"
    assert kind("早睡有什么好处？", "精神好。", "推荐一部电影。", "《城南旧事》。") == "recall"


def test_what_a_text_says_is_of_a_kind_without_a_share():
    text = "读书使人明白道理，也使人看见更大的世界。日子久了，说话有了分寸，做事有了主见，遇到难处也不慌张。" * 3
    assert told(f"总结下面这段文本的摘要：{text}", "读书使人明白道理，也使人看见更大的世界。").kind == "grounded"


def test_what_people_wrote_is_not_doubted():
    record = {"instruction": "写出“高兴”的近义词。", "instances": [{"input": "", "output": "快乐、愉快。"}]}
    assert only(from_seed_task(record, CONTEXT)).kind == ""


def test_a_story_is_moved_to_the_stories():
    story = (
        "从前有一只小狐狸，它走出森林，看见了一条河。它说：“我想过河。”乌龟说：“我来帮你。”" * 4
        + "最后，它们成了朋友。"
    )
    assert told("写一个小狐狸的童话。", story).dataset == "belle_story"
    assert told("写一个小狐狸的童话。", story.replace("从前有", "从前，有")).reason == "translated_story"
    turns = conversation(("human", "写一个小狐狸的童话。"), ("assistant", story.replace("从前有", "从前，有")))
    assert only(from_conversations(turns, CONTEXT)).reason == "translated_story"


def test_the_same_request_is_one_document_whatever_its_answer_and_layout():
    one = told("写首诗。")
    other = only(from_conversations(conversation(("human", " 写首诗"), ("assistant", "床前明月光。")), CONTEXT))
    assert one.document == other.document
    assert one.same_as != other.same_as


def test_golden_line(run, written, write_lines):
    path = write_lines("train_2M_CN.json", {"instruction": "你好", "input": "", "output": "\n您好。"})
    run("belle", path, "--eval-share", "0")
    line = written.kept("belle")[0]
    assert line["messages"] == [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "您好。"}]
    assert {key: value for key, value in line["meta"].items() if value and key != "document"} == {
        "file": "train_2M_CN.json",
        "record": "1",
        "licence": "ODC-By-1.0 AND LicenseRef-research-only",
        "kind": "chat",
    }
