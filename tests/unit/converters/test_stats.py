"""What the datasets hold, counted a second time by hand; and a page that escapes what data say."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.stats import PERCENT, PLAN, Profile, Reached, language_of, plan, quantiles
from converters.stats_page import bins, page

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
    lengths = sorted(len(answer) for _, answer in TEXTS)
    assert numbers["examples"] == 4
    assert (
        numbers["answer_characters"] == [lengths[0], lengths[1], lengths[-1]]
        or numbers["answer_characters"][1] in lengths
    )
    assert numbers["languages"] == {"Chinese": 3, "English": 1}
    assert numbers["scripts"]["traditional"] == 1
    assert sum(numbers["licences"].values()) == 4


def test_the_plan_says_how_much_of_each_family_is_reached(numbers):
    assert "belle               4 of 40,000–50,000  (short)" in numbers["table"]
    assert "story" in numbers["table"]


def test_families_of_one_row_of_the_plan_are_added():
    profiles = [
        Profile(name, "domain", name, 0, {}, answers=Counter({1: 30})) for name in ("poetry", "literature", "belle")
    ]
    assert Reached("literature", 60, 6000, 8000) in plan(profiles)
    assert Reached("belle", 30, 40_000, 50_000) in plan(profiles)
    assert len(PLAN) == len(plan(profiles))


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


def test_bins_hold_every_length_once():
    lengths = [1, 1, 2, 3, 4, 7, 100, 5000]
    found = bins(Counter(lengths))
    assert sum(count for _, _, count in found) == len(lengths)
    assert all(start <= below for start, below, _ in found)
    assert bins(Counter()) == []


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
    text = page([profile], plan([profile]))
    assert "<script>" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
