from __future__ import annotations

import json
from typing import Any

import pytest

from converters.contract import Context, Example, Reject, Settings, SourceError
from converters.sources.custom import from_record, mapping_of


def told(columns: str = "", number: int = 1, **options: str) -> Context:
    return Context(Settings(options={"columns": columns, **options}), "mine.csv", number)


def kept(record: dict[str, Any], context: Context) -> Example:
    (outcome,) = from_record(record, context)
    assert isinstance(outcome, Example), outcome
    return outcome


def said(example: Example) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in example.messages]


ROW = {"题": "水的沸点？", "解": "一百摄氏度。", "法": "劳动法", "号": 7}


def test_columns_are_what_the_command_line_says():
    assert said(kept(ROW, told("prompt=题,response=解"))) == [("user", "水的沸点？"), ("assistant", "一百摄氏度。")]


def test_a_template_may_hold_several_columns_and_a_text_stands_for_itself():
    example = kept(ROW, told("prompt=第{号}题，据《{法}》：{题},response=解,system==你是老师。"))
    assert said(example)[:2] == [("system", "你是老师。"), ("user", "第7题，据《劳动法》：水的沸点？")]


def test_a_mapping_in_yaml_may_hold_commas_and_the_command_line_has_the_last_word():
    context = told("response=解", mapping='prompt: "请回答, 简短: {题}"\nresponse: 别的\n')
    assert said(kept(ROW, context)) == [("user", "请回答, 简短: 水的沸点？"), ("assistant", "一百摄氏度。")]


def test_a_dot_leads_into_what_a_column_holds():
    row = {"data": {"q": "问", "a.b": "答"}}
    assert said(kept(row, told("prompt=data.q,response=data.a.b"))) == [("user", "问"), ("assistant", "答")]


@pytest.mark.parametrize(
    "row",
    [
        {"问题": "问", "答案": "答"},
        {"Instruction": "问", "input": "", "Output": "答"},
        {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]},
        {"conversations": [{"from": "human", "value": "问"}, {"from": "gpt", "value": "答"}]},
        {"prompt": "问", "response": "答", "id": 3},
    ],
    ids=["Chinese names", "alpaca", "openai", "sharegpt", "prompt and response"],
)
def test_columns_whose_names_say_what_they_are_need_no_mapping(row):
    assert said(kept(row, told())) == [("user", "问"), ("assistant", "答")]


def test_history_and_system_come_before_the_question():
    row = {"prompt": "三", "answer": "四", "history": [["一", "二"]], "system": "系统"}
    assert [role for role, _ in said(kept(row, told()))] == ["system", "user", "assistant", "user", "assistant"]


def test_chosen_and_rejected_make_preferences():
    example = kept({"prompt": "问", "chosen": "好", "rejected": {"role": "assistant", "content": "坏"}}, told())
    assert (example.dataset, example.chosen.content, example.rejected.content) == ("custom_preference", "好", "坏")
    assert said(example) == [("user", "问")]


def test_a_missing_column_stops_at_the_first_record_and_lists_what_there_is(run, tmp_path):
    (tmp_path / "mine.csv").write_text("题,解\n问,答\n", "utf-8")
    ran = run("custom", "mine.csv", "--columns", "prompt=问题,response=解")
    assert ran.code == 2
    assert "mine.csv, record 1: expected the columns that the mapping names: 问题; found 题, 解." in ran.err
    assert "--columns prompt=COLUMN,response=COLUMN" in ran.err
    assert not list((tmp_path / "dataset_info").rglob("*.jsonl"))


def test_columns_that_say_nothing_ask_for_a_mapping(run, tmp_path):
    (tmp_path / "mine.csv").write_text("甲,乙\n问,答\n", "utf-8")
    ran = run("custom", "mine.csv")
    assert ran.code == 2
    assert "found 甲, 乙." in ran.err


def test_a_column_missing_in_a_later_record_is_a_reject():
    (outcome,) = from_record({"题": "问"}, told("prompt=题,response=解", number=2))
    assert isinstance(outcome, Reject)
    assert outcome.reason == "missing_columns"


@pytest.mark.parametrize(
    ("columns", "mapping", "found"),
    [
        ("prompt:题", "", "prompt:题"),
        ("question=题", "", "question"),
        ("", "- a\n- b", "- a"),
        ("", "prompt: [a", "expected"),
        ("", "prompt: 3", "prompt: 3"),
    ],
)
def test_a_mapping_that_cannot_be_understood_is_the_users_mistake(columns, mapping, found):
    with pytest.raises(SourceError) as error:
        mapping_of(told(columns, mapping=mapping))
    assert found in str(error.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": "问", "answer": ""}, "empty_answer"),
        ({"prompt": " ", "answer": "答"}, "empty_prompt"),
        ({"prompt": "问", "answer": "我是ChatGPT，由OpenAI训练。"}, "foreign_identity"),
        ({"messages": [{"role": "assistant", "content": "答"}]}, "turn_order"),
        ({"messages": [{"role": "user", "content": "问"}]}, "turn_order"),
        ({"messages": "没有轮次"}, "missing_columns"),
        ({"prompt": "问", "chosen": "好", "rejected": "好。"}, "identical_answers"),
    ],
)
def test_what_cannot_be_learned_is_rejected(row, reason):
    (outcome,) = from_record(row, told())
    assert isinstance(outcome, Reject)
    assert outcome.reason == reason


def test_a_last_question_without_an_answer_is_cut_off_and_counted():
    turns = [{"role": role, "content": text} for role, text in (("user", "问"), ("assistant", "答"), ("user", "谢谢"))]
    example = kept({"messages": turns}, told())
    assert (len(example.messages), example.notes) == (2, ("trimmed_unanswered_turn",))


def test_numbers_truths_and_nothing_become_texts():
    row = {"题": 12, "解": True, "空": None}
    assert said(kept(row, told("prompt=题,response=解,query=空"))) == [("user", "12"), ("assistant", "true")]


def test_document_licence_and_title_may_be_columns():
    row = {"题": "问", "解": "答", "书": "甲", "许可": "CC0-1.0"}
    example = kept(row, told("prompt=题,response=解,document=书,title=书,licence=许可", licence="MIT"))
    assert (example.document, example.title, example.licence) == ("甲", "甲", "CC0-1.0")
    assert kept(row, told("prompt=题,response=解", licence="MIT")).licence == "MIT"


def test_two_rows_on_one_question_are_one_document():
    rows = [{"prompt": "几点了?", "answer": text} for text in ("九点", "十点")]
    assert len({kept(row, told()).document for row in rows}) == 1


def test_a_dataset_gets_the_name_that_the_user_gives(run, written, tmp_path):
    (tmp_path / "mine.jsonl").write_text(json.dumps({"问题": "问", "回答": "答"}) + "\n", "utf-8")
    assert run("custom", "mine.jsonl", "--name", "faq", "--eval-share", "0").code == 0
    (line,) = written.lines("faq.jsonl")
    assert line["messages"][1]["content"] == "答"


def test_a_public_evaluation_set_is_refused_unless_the_user_insists(run, written, tmp_path):
    (tmp_path / "law.csv").write_text(",Question,A,B,C,D,Answer\n0,问,甲,乙,丙,丁,B\n", "utf-8")
    ran = run("custom", "law.csv")
    assert ran.code == 2
    assert "never to train on: python -m converters evaluation" in ran.err
    assert run("custom", "law.csv", "--format", "columns").code == 0
    assert written.kept("custom")[0]["messages"][1]["content"] == "B"
