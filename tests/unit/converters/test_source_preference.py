from __future__ import annotations

from typing import Any

import pytest

from converters.contract import Context, Example, Reject, Settings
from converters.conversations.layouts import conversation, marked_turns, order_fault
from converters.sources.preference import SOURCE, from_output_list, from_pair, from_ratings, from_vote

HERE = Context(file="x.json", number=1)
ASK = {"role": "user", "content": "几点了？"}
SAY, SAY_WORSE = {"role": "assistant", "content": "九点。"}, {"role": "assistant", "content": "不知道。"}


def kept(convert: Any, record: dict[str, Any], context: Context = HERE) -> Example:
    (outcome,) = convert(record, context)
    assert isinstance(outcome, Example), outcome
    return outcome


def refused(convert: Any, record: dict[str, Any]) -> str:
    (outcome,) = convert(record, HERE)
    assert isinstance(outcome, Reject), outcome
    return outcome.reason


def test_preferences_are_no_training_data_of_a_mixture():
    (dataset,) = SOURCE.datasets
    assert (dataset.purpose, dataset.weight) == ("preference", 0)


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "几点了？", "chosen": "九点。", "rejected": "不知道。"},
        {"question": "几点了？", "response_j": "九点。", "response_k": "不知道。"},
        {"prompt": "几点了？", "pos_resp": "九点。", "neg_resp": "不知道。"},
        {"prompt": [ASK], "chosen": [SAY], "rejected": [SAY_WORSE]},
        {"prompt": "几点了？", "chosen": [ASK, SAY], "rejected": [ASK, SAY_WORSE]},
        {
            "conversations": [{"from": "human", "value": "几点了？"}],
            "chosen": {"from": "gpt", "value": "九点。"},
            "rejected": SAY_WORSE,
        },
        {
            "context": [{"role": "human", "text": "几点了？"}],
            "chosen": {"role": "assistant", "text": "九点。"},
            "rejected": SAY_WORSE,
        },
        {
            "chosen": "\n\nHuman: 几点了？\n\nAssistant: 九点。",
            "rejected": "\n\nHuman: 几点了？\n\nAssistant: 不知道。",
        },
        {"prompt": "\n\nHuman: 几点了？\n\nAssistant:", "chosen": "九点。", "rejected": "不知道。"},
    ],
    ids=[
        "texts",
        "names of others",
        "pos and neg",
        "turns",
        "conversations",
        "sharegpt",
        "hh_rlhf_cn",
        "marked",
        "marked prompt",
    ],
)
def test_every_layout_gives_the_same_example(record):
    example = kept(from_pair, record)
    assert [(m.role, m.content) for m in example.messages] == [("user", "几点了？")]
    assert (example.chosen.content, example.rejected.content) == ("九点。", "不知道。")


def test_the_shared_beginning_of_two_conversations_is_the_request():
    chosen = [ASK, SAY, {"role": "user", "content": "哪个时区？"}, {"role": "assistant", "content": "北京时间。"}]
    rejected = [*chosen[:3], {"role": "assistant", "content": "时区。"}]
    example = kept(from_pair, {"chosen": chosen, "rejected": rejected})
    assert [m.role for m in example.messages] == ["user", "assistant", "user"]
    assert example.chosen.content == "北京时间。"


def test_conversations_that_part_before_the_last_turn_are_refused():
    other = [{"role": "user", "content": "天气？"}, SAY_WORSE]
    assert refused(from_pair, {"chosen": [ASK, SAY], "rejected": other}) == "turn_order"


def test_system_input_and_history_are_part_of_the_request():
    record = {
        "instruction": "翻译",
        "input": "早",
        "system": "你是翻译。",
        "history": [["问", "答"]],
        "chosen": "Hi",
        "rejected": "?",
    }
    assert [m.role for m in kept(from_pair, record).messages] == ["system", "user", "assistant", "user"]
    assert kept(from_pair, record).messages[-1].content == "翻译\n早"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rejected": "九点！"}, "identical_answers"),
        ({"rejected": " "}, "empty_answer"),
        ({"chosen": ""}, "empty_answer"),
        ({"prompt": ""}, "turn_order"),
        ({"chosen": "我是ChatGPT，由OpenAI训练。"}, "foreign_identity"),
        ({"chosen": "坏\ufffd字"}, "replacement_character"),
        ({"chosen": 3}, "missing_columns"),
    ],
)
def test_what_teaches_nothing_is_rejected(change, reason):
    assert refused(from_pair, {"prompt": "几点了？", "chosen": "九点。", "rejected": "不知道。", **change}) == reason


def test_a_foreign_identity_may_be_the_worse_answer():
    record = {"prompt": "你是谁？", "chosen": "我是你的助手。", "rejected": "我是ChatGPT，由OpenAI训练。"}
    assert kept(from_pair, record).rejected.content.startswith("我是ChatGPT")


def rated(*scores: Any, **more: Any) -> dict[str, Any]:
    answers = [{"response": f"回答{n}。", "overall_score": score} for n, score in enumerate(scores)]
    return {"instruction": "问", "completions": answers, **more}


def test_the_best_and_the_worst_of_several_answers_are_compared():
    example = kept(from_ratings, rated(6, 9.5, 2, 7))
    assert (example.chosen.content, example.rejected.content) == ("回答1。", "回答2。")
    assert example.extra == {"margin": 7.5}


def test_equal_ratings_and_a_single_rating_say_nothing():
    assert refused(from_ratings, rated(5, 5, 5)) == "tie"
    assert refused(from_ratings, rated(5, "N/A")) == "no_ratings"
    assert refused(from_ratings, rated(5, "nan")) == "no_ratings"


def test_the_mean_of_the_aspects_goes_before_the_overall_score():
    record = rated(10, 1)
    for answer, rating in zip(record["completions"], ("1", "5"), strict=True):
        answer["annotations"] = {"honesty": {"Rating": rating}, "helpfulness": {"Rating": rating}}
    assert kept(from_ratings, record).chosen.content == "回答1。"


def test_the_first_rank_is_the_best():
    answers = [{"answer": "二", "rank": 2}, {"answer": "一", "rank": 1}, {"answer": "三", "rank": 3}]
    example = kept(from_ratings, {"prompt": "问", "answers": answers})
    assert (example.chosen.content, example.rejected.content) == ("一", "三")


@pytest.mark.parametrize(
    ("vote", "better"), [(0, "九点。"), ("1", "不知道。"), ("model_a", "九点。"), ("B", "不知道。")]
)
def test_a_vote_decides_which_answer_is_better(vote, better):
    names = (
        ("response_0", "response_1", "better_response_id")
        if vote in (0, "1")
        else ("response_a", "response_b", "winner")
    )
    record = {"prompt": "几点了？", **dict(zip(names, ("九点。", "不知道。", vote), strict=True))}
    assert kept(from_vote, record).chosen.content == better


def test_a_draw_is_no_vote():
    record = {"prompt": "几点了？", "response_a": "九点。", "response_b": "不知道。", "winner": "tie (bothbad)"}
    assert refused(from_vote, record) == "tie"


def test_the_former_layout_lists_the_better_answer_first():
    example = kept(from_output_list, {"instruction": "几点了？", "input": "", "output": ["九点。", "不知道。"]})
    assert (example.chosen.content, example.rejected.content) == ("九点。", "不知道。")


def test_answers_are_simplified_unless_traditional_ones_were_asked_for():
    record = {"prompt": "請介紹臺北。", "chosen": "臺北是一座城市。", "rejected": "不會。"}
    example = kept(from_pair, record)
    assert (example.chosen.content, example.notes) == ("台北是一座城市。", ("simplified",))
    asked = {**record, "prompt": "请用繁体中文介绍台北。"}
    assert kept(from_pair, asked).chosen.content == "臺北是一座城市。"
    assert kept(from_pair, record, Context(Settings(script="original"))).chosen.content == "臺北是一座城市。"


def test_every_line_has_the_margin_so_that_all_have_the_same_columns():
    assert kept(from_pair, {"prompt": "问", "chosen": "好。", "rejected": "坏。"}).extra == {"margin": 0.0}


def test_marks_count_at_the_beginning_of_a_line_only():
    turns = marked_turns("Human: 写一段对话，含有 Human: 和 Assistant: 这两个词\nAssistant: 好。")
    assert [turn.role for turn in turns] == ["user", "assistant"]
    assert marked_turns("没有标记的文字 Human: 你好") is None


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        ([["问", "答"], ["再问", "再答"]], ["user", "assistant", "user", "assistant"]),
        ([{"from": "gpt", "value": "好"}], ["assistant"]),
        ([{"role": "tool", "content": "x"}], None),
        ([], None),
        (3, None),
    ],
)
def test_a_conversation_is_read_whole_or_not_at_all(value, roles):
    found = conversation(value)
    assert (found and [turn.role for turn in found]) == roles


def test_a_request_ends_with_the_user():
    turns = conversation([["问", "答"]])
    assert order_fault(turns) == "roles: user, assistant"
    assert order_fault([*turns, turns[0]]) == ""
    assert order_fault([]) == "roles: none"
