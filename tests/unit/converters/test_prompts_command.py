"""`prompts`: what is asked, what changed between two versions, and whether more was accepted by more than chance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from math import comb, sqrt
from pathlib import Path

import pytest
from scipy.stats import fisher_exact

from converters.expansion.examples import MODERN
from converters.expansion.prompt_files import SHIPPED, load
from converters.expansion.rates import Rate, fisher, wilson
from converters.expansion.tasks import TASKS

# ---- the arithmetic


def every_table(first: Rate, second: Rate) -> Fraction:
    """Fisher's p in whole numbers: of all ways to deal out the accepted, those no likelier than what was seen."""
    accepted = first.accepted + second.accepted

    def ways(x: int) -> int:
        return comb(first.offered, x) * comb(second.offered, accepted - x) if x <= accepted else 0

    deals = [ways(x) for x in range(first.offered + 1)]
    return Fraction(sum(way for way in deals if way <= ways(first.accepted)), sum(deals))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Rate(8, 10), Rate(3, 11)),
        (Rate(0, 7), Rate(5, 5)),
        (Rate(3, 3), Rate(4, 4)),
        (Rate(0, 4), Rate(0, 9)),
        (Rate(1904, 2380), Rate(1011, 1190)),
        (Rate(5, 10), Rate(50, 100)),
        (Rate(0, 2), Rate(4, 6)),  # as likely as the next: in floating point they differ
        (Rate(2, 2), Rate(2, 6)),
    ],
)
def test_fishers_p_is_that_of_counting_every_table_and_of_scipy(first, second):
    p = fisher(first, second)
    assert p == pytest.approx(float(every_table(first, second)), rel=1e-9)
    table = [[rate.accepted, rate.offered - rate.accepted] for rate in (first, second)]
    assert p == pytest.approx(fisher_exact(table).pvalue, rel=1e-9)
    assert fisher(second, first) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("rate", [Rate(0, 5), Rate(5, 5), Rate(1, 3), Rate(1904, 2380), Rate(39_999, 40_000)])
def test_the_ends_of_the_interval_are_the_shares_from_which_what_was_seen_lies_1_96_deviations_away(rate):
    low, high = wilson(rate)
    assert 0 <= low <= rate.share <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        deviation = sqrt(end * (1 - end) / rate.offered)
        assert abs(rate.share - end) / deviation == pytest.approx(1.959964, rel=1e-5)
    assert low > 0 or rate.accepted == 0
    assert high < 1 or rate.accepted == rate.offered


# ---- the command


def entry(version: str, answers: int, items: int, accepted: int, model: str = "m", **reasons: int) -> dict[str, object]:
    counts = {"answers": answers, "items": items, "accepted": accepted, "reasons": reasons}
    return {"task": "qa", "version": version, "model": model, **counts}


@pytest.fixture
def reported(tmp_path):
    """`reported("wiki", entry(…), …)` is what an expansion called wiki left in dataset_info/data."""

    def write(name: str, *entries: dict[str, object]) -> None:
        path = tmp_path / "dataset_info" / "data" / f"{name}.expansion.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"prompts": entries}, ensure_ascii=False), encoding="utf-8")

    return write


def lines(out: str, start: str) -> list[str]:
    """Lines of a table, with single spaces."""
    return [" ".join(line.split()) for line in out.splitlines() if line.startswith(start)]


def test_list_shows_each_task_with_its_versions_thresholds_and_the_passages_it_suits(run):
    result = run("prompts", "list")
    assert result.code == 0
    for task in TASKS:
        assert f"{task.name}: {task.description}\n" in result.out
    assert result.out.count("passages    in modern Chinese") == 6
    assert result.out.count("passages    in literary Chinese") == 1
    assert result.out.count("(the one used)") == 7
    assert "  version 1: the first one" in result.out
    assert "  version 2 (the one used): " in result.out
    assert f"ngrams {TASKS[0].thresholds.ngrams:g}, numbers" in result.out


def test_show_gives_what_a_model_is_asked_with_an_example_of_ours(run):
    result = run("prompts", "show", "qa", "1", "--items", "4")
    assert result.code == 0
    assert MODERN.text in result.out
    assert result.out.index("[system]") < result.out.index("[user]") < result.out.index("编写 4 组问答")
    assert "evidence" not in result.out
    assert '"evidence"' in run("prompts", "show", "qa", "--answer-first").out
    assert "韩非子" in run("prompts", "show", "classical_qa").out


def test_show_takes_a_passage_of_the_users(run, tmp_path):
    (tmp_path / "我的 短文.txt").write_text("集合 {x} 有三个元素。\n", encoding="utf-8")
    result = run("prompts", "show", "explain", "--passage", "我的 短文.txt", "--title", "集合")
    assert "标题：集合\n集合 {x} 有三个元素。\n【材料结束】" in result.out
    (tmp_path / "gb.txt").write_bytes("集合".encode("gb18030"))
    result = run("prompts", "show", "explain", "--passage", "gb.txt")
    assert (result.code, result.err.split(";")[0]) == (2, "error: --passage gb.txt: expected a text file in UTF-8")


def test_diff_shows_both_texts_and_the_shares_with_a_sentence_on_chance(run, reported):
    reported("wiki", entry("1", 800, 2380, 1904, ungrounded=300, broken_json=8), entry("2", 300, 890, 760))
    reported("books", entry("2", 100, 300, 251, ungrounded=20))
    reported("other", {**entry("2", 9, 9, 0), "task": "story"}, entry("3", 5, 5, 5))
    result = run("prompts", "diff", "qa", "1", "2")
    assert result.code == 0
    assert "\n-version: 1\n" in result.out
    assert "\n+version: 2\n" in result.out
    assert "\n+{kinds}\n" in result.out
    first, second = lines(result.out, "qa ")
    assert first == "qa 1 m 800 2,380 1,904 80.0% 78.3% – 81.6% 2.38"
    assert second == "qa 2 m 400 1,190 1,011 85.0% 82.8% – 86.9% 2.53"
    assert "m: qa 2 is accepted 5.0 points more often than qa 1; beyond chance" in result.out
    assert "p = 0.00029" in result.out
    assert lines(result.out, "ungrounded") == ["ungrounded 300 37.5 20 5.0"]
    assert lines(result.out, "broken_json") == ["broken_json 8 1.0 0 0.0"]


def test_a_prompt_of_ones_own_is_compared_with_ours(run, reported, tmp_path):
    own = tmp_path / "我的 提示" / "qa"
    own.mkdir(parents=True)
    text = (SHIPPED / "qa" / "2.md").read_text(encoding="utf-8")
    text = text.replace("version: 2", "version: 1").replace("你是一位严谨的中文出题人", "你是一位语文老师")
    (own / "1.md").write_text(text, encoding="utf-8")
    version = load("qa", "1", own.parent).version
    # answers to our first version are no answers to the user's first
    reported("wiki", entry("1", 100, 300, 30), entry("2", 100, 300, 240), entry(version, 100, 300, 290))
    result = run("prompts", "diff", "qa", "ours/2", "1", "--prompts", "我的 提示")
    assert "\n+你是一位语文老师。" in result.out
    assert f"m: qa {version} is accepted 16.7 points more often than qa 2; beyond chance" in result.out
    assert "qa 1 " not in result.out


def test_a_small_difference_is_said_to_be_what_chance_can_give(run, reported):
    reported("wiki", entry("1", 10, 30, 24), entry("2", 10, 30, 22))
    out = run("prompts", "diff", "qa", "1", "2").out
    assert "m: qa 2 is accepted 6.7 points less often than qa 1; chance alone can give as much" in out


def test_two_versions_that_are_accepted_alike_are_said_to_be(run, reported):
    reported("wiki", entry("1", 10, 30, 24), entry("2", 20, 60, 48))
    assert "m: qa 2 is accepted as often as qa 1.\n" in run("prompts", "diff", "qa", "1", "2").out


def test_versions_that_different_models_answered_are_not_compared(run, reported):
    reported("wiki", entry("1", 10, 30, 24, model="large"), entry("2", 10, 30, 2, model="small"))
    out = run("prompts", "diff", "qa", "1", "2").out
    assert "No model answered both versions: their shares cannot be compared." in out
    assert "chance" not in out


def test_a_version_without_any_item_is_shown_and_nothing_is_said_of_it(run, reported):
    reported("wiki", entry("1", 10, 30, 24), entry("2", 7, 0, 0, broken_json=7))
    out = run("prompts", "diff", "qa", "1", "2").out
    assert lines(out, "qa 2") == ["qa 2 m 7 0 0 – – –"]
    assert "m: one of the versions offered no item; nothing can be said." in out


def test_a_version_that_nothing_was_asked_with_is_said_to_be_not_yet_used(run, reported):
    out = run("prompts", "diff", "qa", "1", "2").out
    assert out.count("is not yet used: no *.expansion.json in dataset_info") == 2
    reported("wiki", entry("1", 10, 30, 24))
    out = run("prompts", "diff", "qa", "1", "2").out
    assert "qa 2 is not yet used" in out
    assert "qa 1 is not yet used" not in out


@pytest.mark.parametrize("text", ["{", '{"prompts": [{"task": "qa"}]}', "[]", '{"prompts": [3]}'])
def test_a_report_that_cannot_be_read_is_an_error_and_not_a_version_without_answers(run, reported, tmp_path, text):
    reported("wiki")
    (tmp_path / "dataset_info/data/wiki.expansion.json").write_text(text, encoding="utf-8")
    result = run("prompts", "diff", "qa", "1", "2")
    assert result.code == 2
    assert "wiki.expansion.json: expected the report of an expansion" in result.err
    assert "\nWrite it again" in result.err


def test_a_wrong_task_or_version_is_told_what_there_is(run):
    assert "expected one of qa, summary" in run("prompts", "show", "question").err
    result = run("prompts", "diff", "qa", "1", "9")
    assert (result.code, result.err.splitlines()[0]) == (
        2,
        "error: prompt version qa=9: expected one of 1, 2; found 9.",
    )


def test_it_speaks_chinese_on_a_terminal_of_gb18030(tmp_path):
    folder = tmp_path / "我的 数据"
    folder.mkdir()
    repository = Path(__file__).resolve().parents[3]
    environment = os.environ | {"LC_ALL": "zh_CN.GB18030", "PYTHONIOENCODING": "gb18030", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "converters", "prompts", "show", "qa"]
    environment["PYTHONPATH"] = str(repository)
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    assert MODERN.text in ended.stdout.decode("gb18030")
