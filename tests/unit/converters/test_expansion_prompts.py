"""The prompts of an expansion: files that are never changed, filled without traps, and a user's own beside them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from converters.contract import SourceError
from converters.expansion.examples import CLASSICAL, MODERN, example_for
from converters.expansion.prompt_files import SHIPPED, load, versions
from converters.expansion.tasks import TASKS, can_answer_first
from converters.script import has_traditional

# Answers in journals were paid for under these texts, and acceptance rates belong to them.
FROZEN = {
    "classical_qa/1.md": "f61ecd0f275b0814d3e01901655141c2fdf7f099e262705a868235087eed0531",
    "dialogue/1.md": "49dcba31fec922176e96f5427176fced4d7a0a7263895493cb4d1f58f0656be0",
    "explain/1.md": "c346bb79f7fc9116833e6a163d5ce747d8461317ac1e00cdf8a0bc925919caaa",
    "qa/1.md": "2719ce7d670d2aeb79c2dbadf74265a3e844320422548d9e8af4a48f80b5b006",
    "qa/2.md": "d410914d8ced3375aee0a9fcfbcb2f0981211601a7b3c7270c0bdf9cfa36cc48",
    "rewrite/1.md": "a13af44b6a1503bf61b2505fd6c746708705e932ad3a77491a3b23b625dd4f5e",
    "story/1.md": "a0add2f283dc108d33ba38ce14da1f67bbdee6cad596b8cb1f3c8e2f884d3c3f",
    "summary/1.md": "77ed299c04046a1df0457eddb05f718a7ef18df3ef5845ae796ecd83a1a54b90",
}
EVERY = [(task, version) for task in TASKS for version in versions(task.name)]
each_prompt = pytest.mark.parametrize(("task", "version"), EVERY, ids=[f"{t.name}-{v}" for t, v in EVERY])


def ideographs(text: str) -> int:
    return len(re.findall(r"[\u4e00-\u9fff]", text))


def texts(task, version=None, folder=None, passage=None, **asked) -> tuple[str, str]:
    """The contents of the two messages."""
    prompt = load(task.name, version, folder)
    system, user = prompt.messages(passage or example_for(task), **{"items": 3} | asked)
    assert (system["role"], user["role"]) == ("system", "user")
    return system["content"], user["content"]


# ---- ours


def test_a_prompt_that_was_shipped_is_never_changed():
    found = {
        f"{task.name}/{version}.md": hashlib.sha256(load(task.name, version).text.encode()).hexdigest()
        for task, version in EVERY
    }
    changed = [name for name in FROZEN if found.get(name) != FROZEN[name]]
    assert changed == [], f"{changed} was shipped: put it back, and write a new version beside it"
    assert sorted(found) == sorted(FROZEN), "a new version: add its sha256 here, and never change it again"


def test_every_task_has_a_prompt_and_questions_have_two():
    assert all(versions(task.name) for task in TASKS)
    assert versions("qa") == ["1", "2"]


@each_prompt
@pytest.mark.parametrize("answer_first", [False, True])
def test_a_prompt_is_short_besides_its_passage_and_ends_with_the_form_of_the_answer(task, version, answer_first):
    passage = example_for(task)
    system, user = texts(task, version, answer_first=answer_first)
    assert passage.text in user
    assert ideographs(system + user) - ideographs(passage.text) <= 900
    assert user.index(passage.text) < user.index("要求：") < user.index("只输出一个 JSON 对象")
    assert "{" not in re.sub(r'\{"\w+": ', "", user)  # nothing but the JSON of the form is left in braces
    assert not has_traditional(system + user)


@each_prompt
def test_a_prompt_names_the_keys_that_its_form_has(task, version):
    from converters.expansion.tasks.forms import part_of

    prompt, part = load(task.name, version), part_of(task)
    for section, keys in (("form", part.asked), ("answer_first", part.answer_first)):
        example = re.findall(r'"(\w+)":', prompt.sections.get(section, ""))
        inner = [key for key in example if key not in ("items", "user", "assistant")]
        assert inner == list(keys)
    assert ("answer_first" in prompt.sections) == can_answer_first(task)


@each_prompt
def test_a_prompt_forbids_what_good_data_has_not(task, version):
    """Not even one rule of these may fall out of a new version."""
    said = "".join(texts(task, version))
    for word in ("文中", "出处", "人名", "地名", "简体中文", "不"):
        assert word in said, word
    assert re.search("编造|添加|补充", said)
    assert re.search("自足|说清楚|交代清楚|开头就让读者知道", said)


# ---- what is filled in


def test_a_passage_stays_as_it_is_whatever_it_holds():
    text = "模板里写 {items}、{title}、{form}、{kinds} 和 {passage}，还有 {}、{0}、%s、$x、\\1、{{a}}。"
    for task in TASKS:
        passage = replace(example_for(task), text=text, title="集合 {passage}")
        assert texts(task, passage=passage)[1].count(text) == 1


def test_a_passage_without_a_title_is_shown_without_a_line_for_it():
    with_title = texts(TASKS[0])[1]
    without = texts(TASKS[0], passage=replace(MODERN, title=""))[1]
    assert with_title.replace("标题：都江堰\n", "") == without != with_title


def test_the_section_stands_beside_the_title():
    assert "出处：韩非子 · 外储说左上\n" in texts(TASKS[-1], passage=CLASSICAL)[1]


def test_as_many_are_asked_for_as_were_wanted():
    assert "编写 5 组问答" in texts(TASKS[0], items=5)[1]
    assert "items 里有 5 组" in texts(TASKS[0], items=5)[1]


def test_with_the_answer_first_evidence_comes_before_the_answer_and_the_question():
    plain, turned = (texts(TASKS[0], answer_first=first)[1] for first in (False, True))
    assert "evidence" not in plain
    assert turned.rindex('"evidence"') < turned.rindex('"answer"') < turned.rindex('"question"')
    story = next(task for task in TASKS if task.name == "story")
    assert texts(story, answer_first=True) == texts(story)


# ---- kinds


def kinds_of(text: str, *, number: int) -> list[str]:
    passage = replace(MODERN, text=text)
    asked = texts(TASKS[0], "2", passage=passage, items=number)[1]
    return re.findall(r"^([a-z_]+)：", asked, re.MULTILINE)


def test_the_kinds_that_a_passage_is_asked_for_are_the_same_on_any_machine():
    assert kinds_of("都江堰在岷江上。", number=3) == ["how", "compare", "yes_no"]


def test_more_items_add_kinds_and_keep_those_before():
    every = kinds_of("都江堰在岷江上。", number=99)
    assert len(every) == len(set(every)) == 13
    assert [kinds_of("都江堰在岷江上。", number=n) for n in range(1, 14)] == [every[:n] for n in range(1, 14)]


def test_over_many_passages_all_kinds_are_asked_for_equally_often():
    counted = Counter(kind for n in range(1300) for kind in kinds_of(f"第{n}段", number=3))
    assert sum(counted.values()) == 3900
    # 300 of each are expected; binomial, standard deviation 15
    assert all(abs(count - 300) < 5 * 15 for count in counted.values())
    assert len(counted) == 13


# ---- a user's own

OWN = """task: qa
version: 1
new: mine

## system
你出题。

## user
{kinds}
写 {items} 组：
{passage}
{form}

## form
只输出 JSON。

## kinds
who：是谁
why：为什么
"""


@pytest.fixture
def own(tmp_path):
    """`own(text)` puts a prompt into a folder with a Chinese name and a space, and gives that folder."""

    def write(text: str = OWN, name: str = "qa/1.md", encoding: str = "utf-8") -> Path:
        path = tmp_path / "我的 提示" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return tmp_path / "我的 提示"

    return write


def test_a_prompt_of_ones_own_is_read_from_a_folder_of_the_same_layout(own):
    system, user = texts(TASKS[0], folder=own(), items=2)
    assert system == "你出题。"
    assert user.endswith(f"写 2 组：\n{MODERN.text}\n只输出 JSON。")


def test_the_newest_is_the_highest_number_and_other_files_are_no_versions(own):
    own(OWN.replace("version: 1", "version: 2"), "qa/2.md")
    own(OWN.replace("version: 1", "version: 10"), "qa/10.md")
    folder = own("notes", "qa/README.md")
    assert versions("qa", folder) == ["2", "10"]
    assert load("qa", None, folder).path.name == "10.md"


def test_editing_a_prompt_of_ones_own_makes_it_another_version_and_its_remark_does_not(own):
    first = load("qa", "1", own()).version
    assert re.fullmatch("1-[0-9a-f]{8}", first)
    assert load("qa", "1", own(OWN.replace("new: mine", "new: still mine"))).version == first
    assert load("qa", "1", own(OWN.replace("你出题", "请你出题"))).version != first


def test_line_ends_and_the_mark_of_windows_change_nothing(own):
    plain = load("qa", None, own())
    windows = load("qa", None, own("\ufeff" + OWN.replace("\n", "\r\n")))
    assert windows.messages(MODERN, items=1) == plain.messages(MODERN, items=1)
    assert windows.version == plain.version


FAULTS = {
    "no passage": (("{passage}", ""), r"expected \{passage\} in the section user; found none"),
    "no form": (("{form}", ""), r"expected \{form\} in the section user"),
    "no number": (("{items}", "三"), r"expected \{items\}, how many are asked for; found none.*\n--per-passage"),
    "a slip": (("{passage}", "{pasage}{passage}"), r"no placeholder but .*\{passage\}, \{title\}; found \{pasage\}"),
    "passage in the form": (
        ("只输出", "{passage}只输出"),
        r"in the section form no placeholder but .*found \{passage\}",
    ),
    "kinds unused": (("{kinds}\n", ""), r"a section kinds and the place \{kinds\} where it goes, or neither"),
    "kinds without lines": (("who：是谁\nwhy：为什么\n", ""), "a text in each section; found none in kinds"),
    "no system": (("## system\n你出题。", ""), "a text in each section; found none in system"),
    "another section": (("## form", "## from"), r"sections system, user, .*found '## from'.*\nHeadings"),
    "a section twice": (
        ("## kinds", "## form\n另一种\n\n## kinds"),
        "each section once; found system, user, form, form",
    ),
    "another task": (("task: qa", "task: story"), r"'task: qa', as its name says; found 'task: story'"),
    "another version": (("version: 1", "version: 2"), r"'version: 1', as its name says; found 'version: 2'"),
    "no head": (("task: qa\nversion: 1\nnew: mine\n", ""), r"a head of lines with task, version, new; found none"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_prompt_says_what_is_wrong_with_it(own, name):
    (found, instead), message = FAULTS[name]
    assert found in OWN
    with pytest.raises(SourceError, match=message):
        load("qa", None, own(OWN.replace(found, instead)))


def test_a_prompt_that_is_not_there_is_told_what_is(own):
    with pytest.raises(SourceError, match=r"qa=3: expected one of 1, 2; found 3"):
        load("qa", "3")
    with pytest.raises(SourceError, match=r"story: expected prompts: files 1.md, 2.md, …; found none.\nCopy one"):
        load("story", None, own())
    with pytest.raises(SourceError, match=r"1\.md: expected a text file in UTF-8"):
        load("qa", None, own(encoding="gb18030"))


def test_a_prompt_without_the_other_order_cannot_be_asked_for_it(own):
    prompt = load("qa", None, own())
    with pytest.raises(SourceError, match=r"expected a section '## answer_first'[\s\S]*ask without --answer-first"):
        prompt.messages(MODERN, items=1, answer_first=True)


def test_every_prompt_of_ours_is_a_beginning_for_ones_own(own):
    for task, version in EVERY:
        text = (SHIPPED / task.name / f"{version}.md").read_text(encoding="utf-8")
        folder = own(text, f"{task.name}/{version}.md")
        passage = example_for(task)
        copied = load(task.name, version, folder).messages(passage, items=2)
        assert copied == load(task.name, version).messages(passage, items=2)
    assert len(EVERY) >= 8
