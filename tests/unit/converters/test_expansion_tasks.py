"""What can be made of a passage: the form of each answer, how it is read, and the rows that it becomes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from converters.contract import SourceError
from converters.expansion.contract import Item, Passage, Task
from converters.expansion.examples import CLASSICAL, MODERN, example_for
from converters.expansion.prompt_files import load, versions
from converters.expansion.tasks import TASKS, can_answer_first, form, rewrite, story, summary, task_named
from converters.script import has_traditional
from converters.templates import expansion as templates

QA = {"kind": "who", "difficulty": "easy", "question": "都江堰由谁主持修建？", "answer": "秦国蜀郡太守李冰。"}
EVIDENCE = {"evidence": "约在公元前256年由秦国蜀郡太守李冰主持修建"}
TALK = [
    {"user": "都江堰是谁修的？", "assistant": "是秦国蜀郡太守李冰主持修建的。"},
    {"user": "那它分几部分？", "assistant": "分鱼嘴、飞沙堰和宝瓶口三部分。"},
]
# an item of each task as a model gives it, and what is to be seen of it
GIVEN: dict[str, tuple[dict[str, Any], Item]] = {
    "qa": (QA, Item(QA["question"], QA["answer"], "who", "easy")),
    "summary": (
        {"kind": "sentence", "summary": "都江堰是李冰主持修建的水利工程。"},
        Item("", "都江堰是李冰主持修建的水利工程。", "sentence"),
    ),
    "rewrite": (
        {"kind": "news", "text": "都江堰与青城山一起列入《世界遗产名录》。"},
        Item("news", "都江堰与青城山一起列入《世界遗产名录》。", "news"),
    ),
    "explain": (
        {"term": "“鱼嘴”", "explanation": "把岷江分成内江和外江的设施。"},
        Item("鱼嘴", "把岷江分成内江和外江的设施。"),
    ),
    "dialogue": ({"kind": "curious", "exchanges": TALK}, Item("", "", "curious")),
    "story": (
        {"kind": "teller", "story": "话说秦国蜀郡有一位太守李冰。"},
        Item("", "话说秦国蜀郡有一位太守李冰。", "teller"),
    ),
    "classical_qa": (
        {
            "kind": "word",
            "difficulty": "中等",
            "evidence": "先自度其足",
            "question": "“先自度其足”中的“度”是什么意思？",
            "answer": "量。",
        },
        Item("“先自度其足”中的“度”是什么意思？", "量。", "word", "medium", "先自度其足"),
    ),
}

each_task = pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])


def read(task: Task, *given: Any) -> list[Item]:
    return list(task.items(task.answer.model_validate({"items": list(given)})))


def item_of(task: Task) -> Item:
    (item,) = read(task, GIVEN[task.name][0])
    return item


def requests(task: Task, item: Item, passage: Passage, number: int = 400) -> Counter[str]:
    """How often each template was chosen over many places."""
    return Counter(task.messages(item, passage, f"place {place}", False)[1] for place in range(number))


# ---- the table


def test_there_are_seven_tasks_and_a_wrong_name_is_told_all_of_them():
    names = [task.name for task in TASKS]
    assert names == ["qa", "summary", "rewrite", "explain", "dialogue", "story", "classical_qa"] == list(GIVEN)
    assert [task_named(name) for name in names] == list(TASKS)
    with pytest.raises(SourceError, match=r"one of qa, summary, .*classical_qa; found question"):
        task_named("question")


def test_literary_chinese_is_for_one_task_and_modern_chinese_for_all_others():
    assert [task.name for task in TASKS if task.suits(CLASSICAL)] == ["classical_qa"]
    assert [task.name for task in TASKS if not task.suits(MODERN)] == ["classical_qa"]


def test_a_story_is_asked_for_where_events_are_told_and_not_where_something_is_described():
    told = "1902年他赴日本考察。后来办了学堂，次年招生，不久停办。"
    described = "元素是质子数相同的一类原子的总称。20世纪80年代以来的教科书都这样定义，氢是其中最轻的一种。"
    assert story.TASK.suits(replace(MODERN, text=told))
    assert not story.TASK.suits(replace(MODERN, text=described))
    assert not story.TASK.suits(replace(CLASSICAL, text=told))


# ---- the form of an answer


@each_task
@pytest.mark.parametrize("answer_first", [False, True])
def test_the_schema_is_what_strict_servers_accept(task, answer_first):
    schema = form(task, answer_first=answer_first)
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = list(_objects(schema))
    assert len(objects) >= 2
    for found in objects:
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])
    assert not re.search("ref|default|title|anyOf", str(schema))  # some servers know none of these


def _objects(schema: Any):
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from _objects(value)


@each_task
def test_what_fulfils_the_schema_is_read_and_what_lacks_a_key_or_has_one_more_does_not_fulfil_it(task):
    given = GIVEN[task.name][0]
    check = jsonschema.Draft202012Validator(form(task)).is_valid
    assert check({"items": [given]})
    assert not check({"items": [given | {"note": "好"}]})
    assert not any(check({"items": [{key: given[key] for key in given if key != left_out}]}) for left_out in given)
    expected = GIVEN[task.name][1]
    assert replace(item_of(task), turns=()) == expected


def test_the_answer_comes_before_its_question_in_the_order_of_the_schema():
    order = {task.name: list(_objects(form(task, answer_first=True)))[1]["required"] for task in TASKS}
    assert order["qa"][:3] == ["evidence", "answer", "question"]
    assert order["explain"] == ["evidence", "explanation", "term"]
    assert order["classical_qa"][:3] == ["evidence", "answer", "question"]
    assert [task.name for task in TASKS if can_answer_first(task)] == ["qa", "explain", "classical_qa"]
    assert form(summary.TASK, answer_first=True) == form(summary.TASK)


def test_only_where_the_answer_comes_first_or_the_text_is_literary_is_evidence_asked_for():
    assert [t.name for t in TASKS if "evidence" in str(form(t))] == ["classical_qa"]
    assert read(task_named("qa"), QA | EVIDENCE)[0].evidence == EVIDENCE["evidence"]


@each_task
def test_a_bare_list_of_items_is_read_as_an_answer(task):
    given = GIVEN[task.name][0]
    assert list(task.items(task.answer.model_validate([given]))) == read(task, given)


def test_what_a_paid_answer_has_too_much_or_can_do_without_costs_no_item():
    (item,) = read(task_named("qa"), {"question": " 都江堰哪一年列入名录？", "answer": 2000, "note": "简单"})
    assert item == Item("都江堰哪一年列入名录？", "2000")


@pytest.mark.parametrize(("said", "read_as"), [("Hard", "hard"), ("中等", "medium"), ("易", "easy"), ("★★", "")])
def test_a_difficulty_in_other_words_is_understood_or_left_open(said, read_as):
    assert read(task_named("qa"), QA | {"difficulty": said})[0].difficulty == read_as


@pytest.mark.parametrize("said", ["why", "Why", "why：原因、目的或意义", "why: 原因"])
def test_a_kind_is_its_word_also_where_the_model_repeats_the_whole_line(said):
    assert read(task_named("qa"), QA | {"kind": said})[0].kind == "why"


def test_a_sentence_is_no_kind():
    assert read(task_named("qa"), QA | {"kind": "这是一个关于都江堰由谁主持修建以及为什么要修建的问题"})[0].kind == ""


# ---- rows


@each_task
def test_the_passage_stands_once_in_the_request_and_the_answer_comes_last(task):
    item, passage = item_of(task), example_for(task)
    for place in range(50):
        messages, label = task.messages(item, passage, str(place), False)
        asked = "".join(message.content for message in messages if message.role != "assistant")
        assert asked.count(passage.text) == 1
        assert messages[-1].role == "assistant"
        assert label.startswith("expansion.")
        turns = [message.role for message in messages if message.role != "system"]
        assert turns == ["user", "assistant"] * (len(turns) // 2)


@each_task
def test_the_same_place_asks_in_the_same_words_and_all_templates_are_used(task):
    item, passage = item_of(task), example_for(task)
    assert task.messages(item, passage, "p", False) == task.messages(item, passage, "p", False)
    used = requests(task, item, passage)
    for name in {label.partition("/")[0] for label in used}:
        every = getattr(templates, name.removeprefix("expansion."))
        assert {label for label in used if label.startswith(f"{name}/")} == {f"{name}/{n}" for n in range(len(every))}


@each_task
def test_what_looks_like_a_placeholder_in_a_passage_stays_as_it_is(task):
    text = "函数 f{x} 与 {question}、{passage}、{title} 和 %s、{} 都照原样。"
    passage = replace(example_for(task), text=text, title="集合 {x}")
    for place in range(30):
        messages, _ = task.messages(item_of(task), passage, str(place), False)
        assert text in messages[0].content


def test_a_passage_without_a_title_is_asked_about_without_one():
    for task in TASKS:
        plain = requests(task, item_of(task), replace(example_for(task), title=""))
        assert not any("TITLED" in label for label in plain)
        titled = requests(task, item_of(task), example_for(task))
        assert any("TITLED" in label for label in titled) or task.name in ("rewrite", "story")


def test_a_work_is_named_with_one_pair_of_its_marks():
    task = task_named("classical_qa")
    named = {"韩非子": "《韩非子》", "《史记》项羽本纪": "《史记》项羽本纪"}
    for title, work in named.items():
        passage = replace(CLASSICAL, title=title)
        asked = "".join(task.messages(item_of(task), passage, str(place), False)[0][0].content for place in range(50))
        assert work in asked
        assert "《《" not in asked


def test_of_a_closed_row_the_question_is_all_that_is_asked():
    qa = task_named("qa")
    messages, label = qa.messages(item_of(qa), MODERN, "p", True)
    assert [message.content for message in messages] == [QA["question"], QA["answer"]]
    assert label == "expansion.QUESTION_ALONE"
    assert [task.name for task in TASKS if task.can_be_closed] == ["qa"]


def test_what_the_assistant_of_a_dialogue_knows_is_in_a_system_message_or_in_the_first_turn():
    dialogue = task_named("dialogue")
    item = item_of(dialogue)
    where = Counter(dialogue.messages(item, MODERN, str(place), False)[0][0].role for place in range(400))
    assert min(where["system"], where["user"]) > 150
    for place in range(20):
        messages, _ = dialogue.messages(item, MODERN, str(place), False)
        said = [message.content for message in messages if message.role == "assistant"]
        assert said == [turn["assistant"] for turn in TALK] == list(item.answers)
        asked = [message.content for message in messages if message.role == "user"]
        assert asked[0].endswith(TALK[0]["user"])
        assert asked[1] == TALK[1]["user"]


@pytest.mark.parametrize("task", [rewrite.TASK, summary.TASK, story.TASK], ids=lambda task: task.name)
def test_a_row_asks_for_the_manner_that_it_has(task):
    known = {"rewrite": rewrite, "summary": summary, "story": story}[task.name].TEMPLATES
    for kind, name in known.items():
        item = replace(item_of(task), kind=kind)
        labels = requests(task, item, replace(MODERN, title=""), 40)
        assert {label.partition("/")[0] for label in labels} == {f"expansion.{name}"}


@pytest.mark.parametrize("module", [rewrite, summary, story], ids=lambda module: module.TASK.name)
def test_for_every_manner_of_our_prompts_there_are_requests(module):
    checked = 0
    for version in versions(module.TASK.name):
        for line in load(module.TASK.name, version).sections["kinds"].split("\n"):
            assert line.partition("：")[0] in module.TEMPLATES
            checked += 1
    assert checked >= 3


def test_a_manner_of_a_users_own_prompt_is_named_in_the_request_as_the_model_gave_it():
    item = Item("快板书", "竹板这么一打……", "快板书")
    for place in range(20):
        messages, label = rewrite.TASK.messages(item, MODERN, str(place), False)
        assert "快板书" in messages[0].content
        assert label.startswith("expansion.REWRITE_OWN/")


# ---- the templates themselves

TUPLES = {name: value for name, value in vars(templates).items() if name.isupper()}


def test_there_are_many_templates_for_each_request_and_no_two_are_the_same():
    assert len(TUPLES) > 20
    for name, lines in TUPLES.items():
        assert len(lines) >= (4 if name == "REWRITE_OWN" else 6), name
        assert len(set(lines)) == len(lines), name


def test_each_template_wants_the_passage_and_what_its_request_is_about_and_nothing_else():
    checked = 0
    for name, lines in TUPLES.items():
        wanted = {"passage"}
        wanted |= (
            {"question"} if name.removesuffix("_TITLED") in ("QA", "CLASSICAL_QA", "DIALOGUE_FIRST_TURN") else set()
        )
        wanted |= {"term"} if name.startswith("EXPLAIN") else set()
        wanted |= {"manner"} if name == "REWRITE_OWN" else set()
        for line in lines:
            assert (
                set(re.findall(r"\{(\w*)\}", line)) - ({"title", "work"} if name.endswith("TITLED") else set())
                == wanted
            )
            assert not has_traditional(line)
            checked += 1
    assert checked > 200
