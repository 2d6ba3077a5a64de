"""`python -m converters sample`, as it is typed: the new dataset, what other commands make of it, and the way back."""

from __future__ import annotations

import json
import re

import pytest

PAIRS = [(f"第{number}个问题：{number}加{number}是多少？", f"是{2 * number}。") for number in range(40)]


@pytest.fixture
def belle(run, belle_file):
    """Forty examples of belle and none held out."""
    assert run("belle", belle_file(*PAIRS), "--eval-share", "0", "--cap", "all=1").code == 0


def raw_lines(folder, name):
    return (folder / "dataset_info" / "data" / f"{name}.jsonl").read_bytes().splitlines(keepends=True)


def test_a_sample_is_a_dataset_of_lines_of_the_original_byte_for_byte(run, written, belle, tmp_path):
    result = run("sample", "belle", "--size", "25%")
    assert result.code == 0, result.err
    lines, before = raw_lines(tmp_path, "belle_sample"), raw_lines(tmp_path, "belle")
    assert len(lines) == 10 == len(set(lines))
    assert set(lines) < set(before)
    entry, original = (written.registry()[name] for name in ("belle_sample", "belle"))
    assert entry == {
        **original,
        "file_name": "data/belle_sample.jsonl",
        "mix": {"group": "foundation", "weight": 0.0},
        "selected_from": "belle",
    }


def test_the_same_command_writes_the_same_bytes(run, written, belle):
    words = ("sample", "belle", "--size", "9", "--method", "random", "--seed", "7")
    assert run(*words).code == 0
    first = written.bytes()
    assert run(*words).code == 0
    assert written.bytes() == first


def test_the_other_commands_read_it(run, written, belle, tmp_path):
    run("sample", "belle", "--size", "10")
    assert run("stats", "belle_sample", "--json", "stats.json").code == 0
    (profile,) = json.loads((tmp_path / "stats.json").read_text("utf-8"))
    assert (profile["examples"], profile["held_out"], profile["group"]) == (10, 0, "foundation")
    assert "belle: 10 records under ODC-By-1.0" in run("licences", "belle_sample").out
    assert run("dedupe", "belle_sample").code == 0
    assert run("audit", "belle_sample", "-n", "1").code == 0
    assert written.manifest("belle_sample")["created_by"] == "converters sample belle --size 10"


def test_a_sample_is_no_duplicate_of_its_original(run, written, belle):
    """Nothing but the weight says which of both is trained on, and of the other nobody asks."""
    run("sample", "belle", "--size", "10")
    assert "belle_sample" not in run("dedupe", "--preview").out
    run("sample", "belle", "--size", "10", "--instead")
    out = run("dedupe", "--preview").out
    assert "belle_sample: 10 -> 10" in out
    assert "belle: 40" not in out


def test_a_dataset_is_not_cleaned_of_a_selection_of_it_nor_that_of_the_dataset(run, written, belle):
    run("sample", "belle", "--size", "10")
    result = run("dedupe", "belle", "belle_sample")
    assert result.code == 2
    assert "one is a selection of the other" in result.err
    assert len(written.lines("belle_sample.jsonl")) == 10


def test_a_mixture_has_the_sample_instead_of_the_original_and_later_the_original_again(run, written, belle):
    mix = ("mix", "foundation", "--total", "10", "--on-missing", "skip")
    assert run("sample", "belle", "--size", "10", "--instead").code == 0
    assert run(*mix).code == 0
    assert {line["id"] for line in written.lines("foundation_mix.jsonl")} == {
        line["id"] for line in written.lines("belle_sample.jsonl")
    }
    back = run("sample", "belle", "--undo")
    assert (back.code, back.out) == (0, "weights: belle 0.504, belle_sample 0\n")
    assert "stale" in run("mix", "foundation", "--check").out
    weights = {name: written.registry()[name]["mix"]["weight"] for name in ("belle", "belle_sample")}
    assert weights == {"belle": 0.504, "belle_sample": 0.0}


def test_a_second_sample_of_the_same_name_keeps_the_weight_that_the_user_gave_it(run, written, belle):
    run("sample", "belle", "--size", "10", "--instead")
    run("sample", "belle", "--size", "12")
    assert written.registry()["belle_sample"]["mix"]["weight"] == 0.504
    assert run("sample", "belle", "--size", "12", "--instead").code == 0


def test_what_could_not_be_sampled_is_counted_and_kept_with_its_reason(run, written, belle_file):
    pairs = [("春天的花是什么颜色", "红的"), *PAIRS[:8]]
    run("belle", belle_file(*pairs), "--eval-share", "0", "--cap", "all=1")
    # evaluation sets come later, as they do: the training file was not cleaned of them
    run("belle", belle_file(*pairs, name="other.json"), "--eval-share", "0", "--name", "mine")
    path = written.folder / "dataset_info" / "data" / "mine_eval.jsonl"
    path.write_text(json.dumps(written.lines("mine.jsonl")[0], ensure_ascii=False) + "\n", "utf-8")
    result = run("sample", "belle", "--size", "5")
    assert "could not be chosen: in_evaluation_set 1" in result.out
    assert re.search(r"checked against \d+ evaluation sets; \d+ more are registered and have no file", result.out)
    assert written.manifest("belle_sample")["counts"]["rejected"] == {"in_evaluation_set": 1}
    (reject,) = written.lines("belle_sample.rejects.jsonl")
    assert reject["reason"] == "in_evaluation_set"
    assert pairs[0][0] in reject["raw"]
    assert pairs[0][0] not in {line["messages"][0]["content"] for line in written.lines("belle_sample.jsonl")}


def test_rows_in_a_layout_of_the_users_own_stay_as_they_are(run, written, tmp_path):
    """An alpaca file with a BOM, Windows line ends and no line end at the last."""
    folder = tmp_path / "dataset_info"
    (folder / "data").mkdir(parents=True)
    rows = [json.dumps({"instruction": f"问{n}", "output": f"答{n}"}, ensure_ascii=False) for n in range(4)]
    (folder / "data" / "own.jsonl").write_bytes(("\ufeff" + "\r\n".join(rows)).encode())
    (folder / "dataset_info.json").write_text(json.dumps({"own": {"file_name": "data/own.jsonl"}}), "utf-8")
    result = run("sample", "own", "--size", "4")
    assert result.code == 0, result.err
    assert sorted(raw_lines(tmp_path, "own_sample")) == [f"{row}\n".encode() for row in rows]
    assert written.registry()["own_sample"] == {"file_name": "data/own_sample.jsonl", "selected_from": "own"}
    assert run("licences", "own_sample").code == 0
    assert "a selection of rows in a layout of your own" in run("stats", "own_sample").err


def test_an_array_of_the_users_becomes_lines(run, written, tmp_path):
    folder = tmp_path / "dataset_info"
    (folder / "data").mkdir(parents=True)
    rows = [{"instruction": f"问{n}", "output": f"答{n}"} for n in range(4)]
    (folder / "data" / "own.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2), "utf-8")
    (folder / "dataset_info.json").write_text(json.dumps({"own": {"file_name": "data/own.json"}}), "utf-8")
    assert run("sample", "own", "--size", "50%").code == 0
    assert written.lines("own_sample.jsonl") == [rows[0], rows[2]]
    assert run("sample", "own_sample", "--size", "1").code == 0


def test_a_sample_of_a_mixture_is_a_plain_dataset_of_its_stage(run, written, belle, tmp_path):
    run("mix", "foundation", "--total", "20", "--on-missing", "skip")
    result = run("sample", "foundation_mix", "--size", "50%", "--method", "stratified", "--by", "group")
    assert result.code == 0, result.err
    assert written.registry()["foundation_mix_sample"]["mix"] == {"group": "foundation", "weight": 0.0}
    assert run("stats", "foundation_mix_sample").code == 0
    assert "a mixture" in run("audit", "foundation_mix_sample").err
    assert "which has none" in run("sample", "foundation_mix", "--size", "5", "--instead").err


def test_of_a_mixture_that_repeats_its_lines_each_is_sampled_once(run, written, belle):
    repeating = ("--on-shortage", "repeat", "--max-repeat", "2")
    assert run("mix", "foundation", "--total", "80", "--on-missing", "skip", *repeating).code == 0
    assert "duplicate 40" in run("sample", "foundation_mix", "--size", "40").out
    assert len({line["id"] for line in written.lines("foundation_mix_sample.jsonl")}) == 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("belle", "--size", "41"), "--size 40 takes all of them"),
        (("belle",), "expected a number of examples, or a share of them"),
        (("belle", "--size", "5", "--name", "belle_eval"), "choose another name"),
        (("belle", "--size", "5", "--name", "a/b"), "a Latin letter or a digit"),
        (("belle", "--size", "5", "--method", "stratified"), "source, dataset, task"),
        (("belle_eval", "--size", "5"), "an evaluation set"),
        (("bele", "--size", "5"), "Did you mean belle?"),
        (("belle", "--undo"), "Nothing was selected from belle yet"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(run, written, belle, words, said):
    before = written.bytes()
    result = run("sample", *words)
    assert result.code == 2
    assert said in result.err
    assert written.bytes() == before
