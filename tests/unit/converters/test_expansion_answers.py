"""What models write around, instead of and into the JSON that they were asked for, and what is read from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.expansion.answers import FAULTS, Answer, Fault, form_fault, parsed
from converters.expansion.contract import Item
from converters.expansion.tasks import TASKS, task_named

QA = task_named("qa")
ONE = '{"question": "茶马古道从哪里起？", "answer": "从云南起。"}'
OTHER = '{"question": "运什么？", "answer": "运茶和马。"}'
WHOLE = f'{{"items": [{ONE}]}}'
FIRST = Item("茶马古道从哪里起？", "从云南起。")


def read(text: str, finish: str = "stop") -> Answer:
    found = parsed(QA, text, finish)
    assert isinstance(found, Answer), found
    return found


def fault(text: str, finish: str = "stop") -> str:
    return form_fault(QA, text, finish)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"```json\n{WHOLE}\n```",
        f"好的，以下是[1]个问题：\n\n```\n{WHOLE}\n```\n\n希望对你有帮助！{{完}}",
        f"{WHOLE}\n以上就是我的回答。",
        f"<think>先看看原文。{{“草稿”</think>\n{WHOLE}",
        f"<thinking>一</thinking><think>二</think>{WHOLE}",
        f"这段讲的是茶马古道……\n</think>\n\n{WHOLE}",
        f"<think>模型会写<think>这个标记</think>{WHOLE}",
        f"先写一稿：[{OTHER}]，不好。</think>{WHOLE}",
    ],
)
def test_thoughts_fences_and_prose_around_the_json_are_no_part_of_the_answer(text):
    assert read(text) == Answer((FIRST,))


@pytest.mark.parametrize(
    "text",
    [f"[{ONE}]", ONE, f'{{"问题": [{ONE}]}}', f"[{WHOLE}]"],
    ids=["a list without its wrapper", "a single item", "another name of the wrapper", "the wrapper in a list"],
)
def test_a_forgotten_wrapper_costs_no_answer(text):
    assert read(text) == Answer((FIRST,))


def test_items_one_after_another_are_a_list():
    assert [item.question for item in read(f"{ONE}\n{OTHER}").items] == ["茶马古道从哪里起？", "运什么？"]


def test_a_conversation_without_its_wrapper_is_not_taken_for_a_list_of_exchanges():
    one = {"exchanges": [{"user": "运什么？", "assistant": "茶。"}, {"user": "还有呢？", "assistant": "马。"}]}
    found = parsed(task_named("dialogue"), json.dumps(one))
    assert isinstance(found, Answer)
    assert [turn.content for turn in found.items[0].turns] == ["运什么？", "茶。", "还有呢？", "马。"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f'{{"items": [{ONE},]}}', "从云南起。"),
        ("{'items': [{'question': '运什么？', 'answer': '运茶。'}]}", "运茶。"),
        ("{“items”：[{“question”：“运什么？”，“answer”：“运“茶”和马”}]}", "运“茶”和马"),
        ('{"items": [{"question": "运什么？"，"answer"："运"茶"和马"}]}', '运"茶"和马'),
        ('{"items": [{"question": "运什么？", "answer": "运茶，\n也运马。"}]}', "运茶，\n也运马。"),
        (f'{{"items": [{ONE}', "从云南起。"),
    ],
    ids=[
        "a comma too much",
        "single quotes",
        "full width",
        "quotes within",
        "a bare line break",
        "no brackets at the end",
    ],
)
def test_broken_json_is_repaired_once_and_that_is_told(text, answer):
    found = read(text)
    assert found.repaired
    assert (found.items[0].answer, found.cut) == (answer, "")


def test_quotes_in_good_json_stay_as_they_are():
    assert read('{"items": [{"question": "何谓“茶马”？", "answer": "“茶”换“马”。"}]}').items[0].answer == "“茶”换“马”。"


@pytest.mark.parametrize("end", range(len(WHOLE) + 2, len(f'{{"items": [{ONE}, {OTHER}]}}') - 4))
def test_an_answer_that_ends_in_an_item_gives_the_items_before_it(end):
    found = read(f'{{"items": [{ONE}, {OTHER}]}}'[:end])
    assert found.items == (FIRST,)
    assert found.repaired


@pytest.mark.parametrize("within", ["{甲}", "{1}", "[2]"])
def test_a_bracket_within_the_words_is_no_end(within):
    found = read(f'{{"items": [{ONE}, {{"question": "什么集合？", "answer": "集合{within}的元')
    assert found.items == (FIRST,)
    assert "什么集合" in found.cut


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (WHOLE[:-9], "length", "truncated"),
        (WHOLE[:-9], "stop", "truncated"),
        (f'{{"items": [{ONE},', "length", "truncated"),
        ("<think>这段文字", "stop", "truncated"),
        ("<think>这段文字", "length", "truncated"),
        (f"{WHOLE}<think>再想", "stop", "truncated"),
        ("", "length", "truncated"),
        (WHOLE, "content_filter", "content_filter"),
        ("", "content_filter", "content_filter"),
        ("", "stop", "empty_answer"),
        ("<think>这段文字</think>\n", "stop", "empty_answer"),
        ("抱歉，我无法回答这个问题。", "stop", "broken_json"),
        ('"运茶"', "stop", "broken_json"),
        (f'{{"items": [{ONE} // 第一个\n]}}', "stop", "broken_json"),
        ('{"items": [{"question": "运什么？"}]}', "stop", "wrong_schema"),
        (f'{{"items": [{ONE}, 7]}}', "stop", "wrong_schema"),
        ('{"答案": "运茶"}', "stop", "wrong_schema"),
        ('{"items": []}', "stop", "no_items"),
        ("[]", "stop", "no_items"),
    ],
)
def test_an_answer_without_items_says_why(text, finish, reason):
    assert fault(text, finish) == reason


def test_a_whole_answer_before_endless_white_space_is_whole():
    assert read(WHOLE + "\n" * 9000, "length") == Answer((FIRST,))


def test_a_repair_that_would_lose_words_is_none():
    # the library takes the last of two equal keys, and what follows a mark within the words for a key
    twice = '{"items": [{"question": "甲", "answer": "乙", "question": "丙", "answer": "丁",}]}'
    mixed = "{“items”：[{“question”：“运什么？”，“answer”：“运“茶”，“马”等物”}]}"
    assert fault(twice) == fault(mixed) == "broken_json"


HOSTILE = {
    "brackets": "[" * 100_000,
    "objects": '{"a":' * 3_000,
    "quotes": '{"' * 20_000,
    "white space": '{"a"' + " " * 30_000 + "：",
    "thoughts": "<think>" * 20_000,
    "backslashes": '{"' + "\\" * 49_000,
    "half a pair": '{"items": [{"question": "\ud800", "answer": "\\udc00"}]}',
    "numbers": '{"items": [{"question": 1e999, "answer": NaN}]}',
    "digits": f'{{"items": [{{"question": {"9" * 6000}, "answer": "乙"}}]}}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_are_faults_and_no_errors(text):
    assert fault(text) in (*FAULTS, "")


def test_what_is_nested_too_deep_is_not_repaired():
    found = parsed(QA, '{"a":' * 40)
    assert isinstance(found, Fault)
    assert found.detail == "200 characters, 40 brackets deep"


SHARDS = st.lists(
    st.sampled_from(
        ['{"items":[', '{"question":"', '","answer":"', '"}', "]}", "“", "：", "，", "<think>", "</think>", "```", "\\"]
    )
    | st.text(max_size=4),
    max_size=14,
).map("".join)


@given(SHARDS, st.sampled_from(["stop", "length", "content_filter", ""]), st.sampled_from(TASKS))
@settings(max_examples=400, deadline=None)
def test_whatever_a_model_writes_gives_items_or_a_known_fault(text, finish, task):
    found = parsed(task, text, finish)
    assert found.items if isinstance(found, Answer) else found.reason in FAULTS


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")))


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_a_cut_answer_never_offers_words_that_are_cut(pairs, end):
    whole = json.dumps({"items": [{"question": q, "answer": a} for q, a in pairs]}, ensure_ascii=False)
    found = parsed(QA, whole[:end])
    if isinstance(found, Fault):
        return
    said = [(item.question, item.answer) for item in found.items]
    assert said == [(q.strip(), a.strip()) for q, a in pairs][: len(said)]
