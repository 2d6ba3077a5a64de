"""`python -m ewc_plugin comet FOLDER`, with a real process that behaves as comet-score does without a model."""

import json
import sys
from pathlib import Path

import fake_comet
import pytest

from ewc_plugin.__main__ import main
from ewc_plugin.evaluation.predictions import carried, write_predictions
from ewc_plugin.paired import ratio_difference

SOURCES = ["他昨天去北京了。", "今天下雨。", "你好！"]
REFERENCES = ["abcd", "efgh", "ij"]


@pytest.fixture
def comet(tmp_path):
    """The fake's command."""
    path = tmp_path / "bin" / "comet-score"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n" + Path(fake_comet.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    path.chmod(0o755)
    return path


def stage(folder, answers, *, name="flores", task="translation", sources=SOURCES, where="stage_eval"):
    """An output_dir with the answers of one set more; None is an answer that was not asked for."""
    into = folder / where
    (into / "predictions").mkdir(parents=True, exist_ok=True)
    path = into / "metrics.json"
    found = json.loads(path.read_text()) if path.is_file() else {"sets": {}}
    path.write_text(json.dumps({"sets": found["sets"] | {name: {"task": task}}}), encoding="utf-8")
    records = [
        {"id": f"{name}:{i}", "prompt": f"请翻译：{i}", **carried({"source_text": source}), "reference": r, "answer": a}
        for i, (source, r, a) in enumerate(zip(sources, REFERENCES, answers, strict=True))
    ]
    write_predictions(into / "predictions" / f"{name}.jsonl", records)
    return folder


def run(comet, folder, *words):
    return main(["comet", str(folder), "--command", str(comet), *map(str, words)])


def asked(comet):
    return [json.loads(line) for line in (comet.parent / "asked.jsonl").read_text(encoding="utf-8").split("\n") if line]


def result(folder, where="stage_eval"):
    return json.loads((folder / where / "comet.json").read_text(encoding="utf-8"))


# -- scores ------------------------------------------------------------------------------------------------------


def test_the_score_is_the_mean_of_the_items_with_its_interval_and_signature(tmp_path, comet, capsys):
    stage(tmp_path, ["abcd", "ef", "ij"])
    assert run(comet, tmp_path, "--model", "org/some") == 0
    found = result(tmp_path)["scores"]["flores"]
    assert found["items"] == {"flores:0": 0.9, "flores:1": 0.4, "flores:2": 0.9}
    assert found["comet"]["value"] == pytest.approx((0.9 + 0.4 + 0.9) / 3)
    assert found["comet"]["low"] < 0.73 < found["comet"]["high"] <= 0.9
    assert (found["comet"]["n"], found["comet"]["signature"]["model"]) == (3, "org/some")
    assert "flores   0.7333  [0.4000, 0.9000]  n=3" in capsys.readouterr().out


def test_comet_sees_the_bare_source_and_each_text_in_one_line(tmp_path, comet):
    stage(tmp_path, ["ab\r\n\n cd ", "e\u2028f\x85g", "i"], sources=["第一行\n第二行", *SOURCES[1:]])
    run(comet, tmp_path)
    (one,) = asked(comet)
    assert [(row["src"], row["mt"]) for row in one["rows"]] == [
        ("第一行 第二行", "ab cd"),
        ("今天下雨。", "e f g"),
        ("你好！", "i"),
    ]
    assert (one["quiet"], one["model"]) == (True, "Unbabel/wmt22-comet-da")


def test_an_empty_answer_is_asked_counted_and_worth_nothing_whatever_comet_gives_it(tmp_path, comet, capsys):
    stage(tmp_path, ["abcd", " \n", "ij"])
    run(comet, tmp_path)
    found = result(tmp_path)["scores"]["flores"]
    assert (found["items"]["flores:1"], found["empty"], found["comet"]["n"]) == (0.0, 1, 3)
    assert "n=3, 1 EMPTY" in capsys.readouterr().out


def test_all_sets_are_scored_in_one_run_and_each_gets_its_own(tmp_path, comet):
    stage(tmp_path, ["abcd", "efgh", "ij"])
    stage(tmp_path, ["zz", "zz", "zz"], name="old", task="classical")
    stage(tmp_path, ["abcd", "efgh", "ij"], name="chat", task="instruction")
    run(comet, tmp_path)
    scores = result(tmp_path)["scores"]
    assert {name: found["comet"]["value"] for name, found in scores.items()} == pytest.approx(
        {"flores": 0.9, "old": -0.1}
    )
    assert len(asked(comet)) == 1


def test_items_that_were_not_answered_are_no_empty_answers(tmp_path, comet):
    stage(tmp_path, ["abcd", None, "ij"])
    run(comet, tmp_path)
    assert result(tmp_path)["scores"]["flores"]["comet"]["n"] == 2


def test_a_set_that_was_converted_earlier_is_skipped_with_what_to_do(tmp_path, comet, capsys):
    stage(tmp_path, ["abcd", "efgh", "ij"])
    stage(tmp_path, ["abcd", "efgh", "ij"], name="old", sources=["甲", "", "乙"])
    assert run(comet, tmp_path) == 0
    assert "old     SKIPPED: no source_text in 1 of 3 answers" in capsys.readouterr().out
    assert "convert the set again" in result(tmp_path)["scores"]["old"]["skipped"]
    assert len(asked(comet)[0]["rows"]) == 3


def test_a_torn_file_of_predictions_costs_its_own_set_only(tmp_path, comet):
    stage(tmp_path, ["abcd", "efgh", "ij"])
    stage(tmp_path, ["abcd", "efgh", "ij"], name="torn")
    (tmp_path / "stage_eval/predictions/torn.jsonl").write_text('{"id": ', encoding="utf-8")
    assert run(comet, tmp_path) == 0
    assert "cannot be read" in result(tmp_path)["scores"]["torn"]["skipped"]


def test_a_served_model_s_answers_are_scored_too(tmp_path, comet):
    stage(tmp_path, ["abcd", "efgh", "ij"], where="stage_eval_endpoint")
    assert run(comet, tmp_path) == 0
    assert result(tmp_path, "stage_eval_endpoint")["scores"]["flores"]["comet"]["value"] == pytest.approx(0.9)


def test_nothing_is_written_but_comet_s_own_file(tmp_path, comet):
    stage(tmp_path / "run", ["abcd", "efgh", "ij"])
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    run(comet, tmp_path / "run")
    after = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert [path.name for path in after.keys() - before.keys()] == ["comet.json"]


def test_the_version_is_asked_of_the_python_beside_the_command(tmp_path, comet):
    stage(tmp_path, ["abcd", "efgh", "ij"])
    run(comet, tmp_path)
    assert result(tmp_path)["last_run"]["unbabel_comet"] == "of unknown version"
    python = comet.parent / "python"
    python.write_text("#!/bin/sh\necho 2.2.7\n")
    python.chmod(0o755)
    (tmp_path / "linked").symlink_to(comet)
    run(tmp_path / "linked", tmp_path)
    assert result(tmp_path)["scores"]["flores"]["comet"]["signature"]["unbabel_comet"] == "2.2.7"


# -- two evaluations ---------------------------------------------------------------------------------------------


def test_the_difference_is_here_minus_there_with_the_paired_test(tmp_path, comet, capsys):
    here, there = stage(tmp_path / "here", ["abcd", "ef", "ij"]), stage(tmp_path / "there", ["a", "e", "ij"])
    assert run(comet, here, "--against", there) == 0
    found = result(here)["against"]["../../there/stage_eval"]["flores"]
    mine, others = {"0": 0.9, "1": 0.4, "2": 0.9}, {"0": 0.15, "1": 0.15, "2": 0.9}
    wanted = ratio_difference(*({i: (value, 1.0) for i, value in side.items()} for side in (others, mine)))
    assert found["difference"]["value"] == pytest.approx((0.75 + 0.25 + 0) / 3)
    assert (found["here"], found["there"]) == pytest.approx((2.2 / 3, 1.2 / 3))
    assert (found["difference"]["p"], found["difference"]["low"]) == pytest.approx((wanted.p, wanted.low))
    assert "0.7333 against 0.4000: +0.3333" in capsys.readouterr().out
    assert len(asked(comet)) == 1, "both sides in one run, by the same model"


def test_items_with_another_source_are_not_compared_and_are_counted(tmp_path, comet):
    here = stage(tmp_path / "here", ["abcd", "efgh", "ij"])
    there = stage(tmp_path / "there", ["abcd", "efgh", None], sources=["另一句", *SOURCES[1:]])
    run(comet, here, "--against", there)
    (found,) = result(here)["against"]["../../there/stage_eval"].values()
    assert (found["of_another_text"], found["only_here"], found["only_there"]) == (1, 1, 0)
    assert found["difference"]["n"] == 1


def test_comparisons_stay_when_another_is_made_and_when_it_is_scored_again(tmp_path, comet):
    here = stage(tmp_path / "here", ["abcd", "efgh", "ij"])
    for name in ("one", "two"):
        run(comet, here, "--against", stage(tmp_path / name, ["abcd", "e", "ij"]))
    run(comet, here)
    assert list(result(here)["against"]) == ["../../one/stage_eval", "../../two/stage_eval"]


def test_evaluations_without_a_common_item_are_told(tmp_path, comet, capsys):
    here, there = stage(tmp_path / "here", ["a", "b", "c"]), stage(tmp_path / "there", ["a", "b", "c"], name="other")
    assert run(comet, here, "--against", there) == 2
    assert "flores: no item that both have" in capsys.readouterr().err
    assert not (comet.parent / "asked.jsonl").exists()


# -- what goes wrong ---------------------------------------------------------------------------------------------


def wrong(capsys, comet, folder, *words):
    """What is said; nothing is written."""
    assert run(comet, folder, *words) == 2
    assert not (folder / "stage_eval/comet.json").exists()
    return capsys.readouterr().err


def test_a_command_that_is_not_there_is_named_with_how_to_get_it(tmp_path, capsys):
    said = wrong(capsys, tmp_path / "no/comet", stage(tmp_path, ["abcd", "efgh", "ij"]))
    assert "no command" in said
    assert "--command /opt/comet/bin/comet-score" in said


def test_a_checkpoint_that_is_not_there_is_not_looked_for_on_the_net(tmp_path, comet, capsys):
    said = wrong(capsys, comet, stage(tmp_path, ["abcd", "efgh", "ij"]), "--model", "no/model.ckpt")
    assert "no file 'no/model.ckpt'" in said
    assert not (comet.parent / "asked.jsonl").exists()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("fails", "status 1: Fetching | Traceback | KeyError: \"Model 'x' not supported by COMET.\""),
        ("short", "a score for each of 3 lines, as unbabel-comet 2 writes them; found 2 scores"),
        ("swaps", "found 2 of other answers"),
        ("nan", "found 1 that are no finite number, the first for flores:0"),
        ("silent", "found FileNotFoundError"),
    ],
)
def test_a_run_without_a_score_for_each_line_is_told_and_nothing_is_written(tmp_path, comet, capsys, fault, found):
    (comet.parent / fault).touch()
    assert found in wrong(capsys, comet, stage(tmp_path, ["abcd", "efgh", "ij"]))


def test_a_command_that_cannot_be_run_is_told(tmp_path, comet, capsys):
    comet.write_bytes(b"\x00\x01")
    assert "expected a command that can be run" in wrong(capsys, comet, stage(tmp_path, ["abcd", "efgh", "ij"]))


@pytest.mark.parametrize(
    ("task", "answers", "found"),
    [
        ("instruction", ["a", "b", "c"], "none of these tasks"),
        ("translation", [None, None, None], "flores: no stored answers"),
    ],
)
def test_an_evaluation_without_translations_is_told(tmp_path, comet, capsys, task, answers, found):
    assert found in wrong(capsys, comet, stage(tmp_path, answers, task=task))


def test_a_folder_without_an_evaluation_is_told(tmp_path, comet, capsys):
    assert "no stage_eval/metrics.json" in wrong(capsys, comet, tmp_path)
