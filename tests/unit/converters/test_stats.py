"""What the datasets hold, counted a second time by hand; and a page that escapes what data say."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.profiles import PERCENT, Profile, estimated, language_of, quantiles
from converters.stats import PLAN, Group, Reached, groups, plan
from converters.stats_page import EDGES, bins, page

TEXTS = [
    ("请写一句关于春天的话。", "春天来了。"),
    ("请写两句关于春天的话。", "春天来了，花开了。"),
    ("请把“春天到了，我的朋友。”译成英文。", "Spring is here now, my friend."),
    ("请用繁体中文写一句关于春天的话。", "春天來了，鳥兒歸來。"),
]


@pytest.fixture
def numbers(run, tmp_path, belle_file):
    assert run("belle", belle_file(*TEXTS), "--eval-share", "0").code == 0
    result = run("stats", "belle", "--json", "stats.json")
    assert result.code == 0
    (profile,) = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    return profile | {"table": result.out}


def test_lengths_languages_and_licences_are_counted(numbers):
    first, second, _, last = sorted(len(answer) for _, answer in TEXTS)
    assert numbers["examples"] == 4
    assert numbers["answer_characters"] == [first, second, last]
    assert numbers["languages"] == {"Chinese": 3, "English": 1}
    assert numbers["scripts"]["traditional"] == 1
    assert sum(numbers["licences"].values()) == 4


def test_the_plan_says_how_much_of_the_named_datasets_families_is_reached(numbers):
    assert "belle         4  40,000–50,000  short" in numbers["table"]
    assert "story" not in numbers["table"]


def test_without_names_the_whole_plan_is_shown(run, belle_file):
    run("belle", belle_file(*TEXTS), "--eval-share", "0")
    shown = run("stats").out
    assert [name for name in PLAN if f"\n{name} " not in shown] == []


def test_without_a_tokenizer_tokens_are_estimated_and_the_table_says_so(numbers):
    assert estimated(["春天来了。" * 20, "Spring is here now.", ""]) == [80, 5, 0]
    assert numbers["answer_tokens_in_all"] == sum(estimated([answer for _, answer in TEXTS]))
    assert numbers["tokens_are"] == "estimated"
    assert "tokens are estimated" in numbers["table"]


def test_a_tokenizer_counts_the_tokens_of_each_answer(run, tmp_path, belle_file, monkeypatch):
    monkeypatch.setattr("converters.mixing.survey.token_counter", lambda path: lambda texts: [7 for _ in texts])
    run("belle", belle_file(*TEXTS), "--eval-share", "0")
    assert "estimated" not in run("stats", "belle", "--tokenizer", "model", "--json", "stats.json").out
    (profile,) = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert (profile["answer_tokens"], profile["answer_tokens_in_all"]) == ([7, 7, 7], 28)
    assert profile["tokens_are"] == "counted"


def test_turns_of_one_conversation_are_one_length(run, tmp_path, write_lines, monkeypatch):
    monkeypatch.setattr("converters.mixing.survey.token_counter", lambda path: lambda texts: [7 for _ in texts])
    said = [{"from": who, "value": text} for who, text in (("human", "问题一"), ("assistant", "答"))] * 2
    said[2] = {"from": "human", "value": "问题二呢"}
    said[3] = {"from": "assistant", "value": "答案"}
    run("belle", write_lines("belle.json", {"id": "1", "conversations": said}), "--eval-share", "0")
    run("stats", "belle", "--json", "stats.json", "--tokenizer", "model")
    (profile,) = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert profile["prompt_characters"] == [7, 7, 7]
    assert profile["answer_characters"] == [3, 3, 3]
    assert profile["answer_tokens"] == [14, 14, 14]
    assert profile["turns"] == {"2": 1}


def test_families_of_one_row_of_the_plan_are_added():
    profiles = [
        Profile(name, "domain", name, 0, {}, answers=Counter({1: 30})) for name in ("poetry", "literature", "belle")
    ]
    assert Reached("literature", 60, 6000, 8000) in plan(profiles)
    assert Reached("belle", 30, 40_000, 50_000) in plan(profiles)
    assert len(PLAN) == len(plan(profiles))


def test_a_group_has_the_share_of_its_tokens():
    profiles = [
        Profile("a", "task", "a", 0, {}, answers=Counter({10: 2}), tokens=Counter({5: 2})),
        Profile("b", "domain", "b", 0, {}, answers=Counter({4: 1}), tokens=Counter({30: 1})),
        Profile("c", "task", "c", 0, {}, answers=Counter({1: 1})),
    ]
    assert groups(profiles) == [Group("task", 3, 21, 10, 0.25), Group("domain", 1, 4, 30, 0.75)]


def test_of_two_datasets_the_one_that_dedupe_keeps_has_the_original(run, tmp_path, write_lines):
    record = {"q": "请写一句关于春天的话。", "a": "春天来了，花都开了。"}
    for name, group in (("early", "foundation"), ("late", "domain")):
        columns = ("--columns", "prompt=q,response=a", "--group", group)
        run("custom", write_lines(f"{name}.jsonl", record), *columns, "--name", name, "--eval-share", "0")
    run("stats", "--json", "stats.json")
    profiles = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert [(each["dataset"], each["duplicates"]["elsewhere"]) for each in profiles] == [("early", 1), ("late", 0)]


def test_conversations_that_stand_twice_are_counted_within_and_elsewhere(run, tmp_path, belle_file):
    run("belle", belle_file(("问题", "答案。"), ("问题。", "答案"), ("别的", "别的")), "--eval-share", "0")
    run("belle", belle_file(("问题", "答案。"), name="b.json"), "--eval-share", "0", "--name", "second")
    run("stats", "belle", "second", "--json", "stats.json")
    first, second = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert first["duplicates"] == {"within": 1, "elsewhere": 0}
    assert second["duplicates"] == {"within": 0, "elsewhere": 1}


@pytest.mark.parametrize(
    ("text", "language"),
    [("春天来了", "Chinese"), ("spring", "English"), ("用 hello world 打招呼", "both"), ("123", "neither")],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_quantiles_are_those_of_the_lengths_one_by_one(lengths):
    wanted = np.percentile(np.array(lengths), PERCENT, method="inverted_cdf").tolist()
    assert quantiles(Counter(lengths)) == wanted


def test_quantiles_of_nothing_are_zeros():
    assert quantiles(Counter()) == [0, 0, 0]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=40))
def test_bins_hold_every_length_once(lengths):
    found = bins(Counter(lengths))
    for start, below, count in found:
        assert count == sum(start <= length < below for length in lengths)
    assert sum(count for _, _, count in found) == len(lengths)
    assert [below for _, below, _ in found[:-1]] == [start for start, _, _ in found[1:]]


def test_there_is_no_bin_of_nothing():
    assert bins(Counter()) == []
    assert all(low < high for low, high in pairwise(EDGES))


def test_an_answer_to_choose_is_what_is_learned(run, tmp_path, write_lines):
    record = {"prompt": "春天里适合去哪里玩？", "chosen": "可以去江南看花。", "rejected": "不知道。"}
    assert run("preference", write_lines("pairs.jsonl", record)).code == 0
    assert run("stats", "preference", "--json", "stats.json").code == 0
    (profile,) = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert profile["answer_characters"] == [len(record["chosen"])] * 3
    assert profile["languages"] == {"Chinese": 1}


def test_twins_are_found_in_the_file_and_before_it(run, tmp_path, belle_file):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(600)]), "--eval-share", "0")
    again = [(f"问题{n}是什么？？", f"答案{n}") for n in range(500, 700)]
    run(
        "belle",
        belle_file(*again, ("问题650是什么", "答案650！"), name="b.json"),
        "--eval-share",
        "0",
        "--name",
        "second",
    )
    run("stats", "belle", "second", "--json", "stats.json")
    first, second = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert first["duplicates"] == {"within": 0, "elsewhere": 0}
    assert second["duplicates"] == {"within": 1, "elsewhere": 100}


def test_the_page_escapes_names_and_shows_every_dataset():
    profile = Profile("<script>", "domain", "poetry", 0, {}, prompts=Counter([3]), answers=Counter([4]))
    profile.templates["<b>"] = 1
    text = page([profile], plan([profile]), "<i>")
    assert "<script>" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    assert "&lt;script&gt;" in text


def test_the_page_shows_lengths_languages_scripts_duplicates_groups_and_templates(run, tmp_path, belle_file):
    run("belle", belle_file(*TEXTS, TEXTS[0]), "--eval-share", "0", "--name", "mine")
    run("stats", "--html", "stats.html")
    text = (tmp_path / "stats.html").read_text("utf-8")
    headings = ("characters of prompts", "characters of answers", "tokens of answers", "language of answers")
    for heading in (*headings, "script of answers", "turns", "licences", "The groups", "duplicates", "templates"):
        assert heading in text
