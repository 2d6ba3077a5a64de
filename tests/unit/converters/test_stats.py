"""What the datasets hold, counted a second time by hand; and a page that escapes what data say."""

from __future__ import annotations

import json

import pytest

from converters.stats import PLAN, Profile, Reached, language_of, plan, quantiles
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
    profiles = [Profile(name, "domain", name, 0, {}, answers=[1] * 30) for name in ("poetry", "literature", "belle")]
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


def test_quantiles_are_lengths_that_occur():
    assert quantiles(list(range(1, 101))) == [6, 50, 95] or quantiles(list(range(1, 101)))[1] in (50, 51)
    assert quantiles([]) == [0, 0, 0]


def test_bins_hold_every_length_once():
    lengths = [1, 1, 2, 3, 4, 7, 100, 5000]
    found = bins(lengths)
    assert sum(count for _, _, count in found) == len(lengths)
    assert all(start <= below for start, below, _ in found)
    assert bins([]) == []


def test_the_page_escapes_names_and_shows_every_dataset():
    profile = Profile("<script>", "domain", "poetry", 0, {}, prompts=[3], answers=[4])
    profile.templates["<b>"] = 1
    text = page([profile], plan([profile]))
    assert "<script>" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
