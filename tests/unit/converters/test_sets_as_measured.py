"""The evaluation sets that are written are what the evaluation reads: the two packages meet in these files only."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from golden import CASES, cases

from converters.registry import SOURCES
from ewc_plugin.evaluation.sets import CHOICE_TASKS, LETTERS, EvaluationError, discover, read
from ewc_plugin.metrics import MEASURES, Answers, How, measures_of
from ewc_plugin.metrics.answers import Aids
from ewc_plugin.metrics.exact import is_right, kind_of

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
SAMPLES = ROOT / "converters" / "samples" / "general"
OF_CHOICES = (
    "evaluation/cmmlu",
    "evaluation/ceval",
    "evaluation/aclue",
    "general/arc",
    "general/mmlu",
    "general/programs",
)
GENERAL = [case.relative_to(CASES).as_posix() for case in cases() if case.parent.name == "general"]
KINDS = {"english": "text", "arithmetic": "number", "code": "code", "refusal": "refusal"}


def found(folder: Path):
    return discover(folder / "dataset_info").sets


def test_every_task_of_the_catalogue_has_a_measure():
    tasks = {dataset.eval_task for source in SOURCES for dataset in source.datasets if dataset.purpose != "preference"}
    assert tasks - MEASURES.keys() - CHOICE_TASKS == set()
    assert len(tasks) > 10


@pytest.mark.parametrize(
    ("dataset", "task"),
    [
        ("literature_tell_eval", "literature"),
        ("literature_continue_eval", "literature"),
        ("literature_style_eval", "literature"),
        ("literature_saying_eval", "knowledge"),
        ("wiki_heading_eval", "heading"),
        ("story_title_eval", "heading"),
        ("history_read_eval", "reading"),
    ],
)
def test_a_task_is_measured_as_what_it_is(run, written, dataset, task):
    run("catalog")
    assert written.registry()[dataset]["eval"]["task"] == task


@pytest.mark.parametrize("case", OF_CHOICES)
def test_a_choice_is_read_with_its_options_and_the_right_one(run, tmp_path, case):
    assert run(case.split("/")[0], CASES / case / "in").code == 0
    (chosen,) = found(tmp_path)
    lines = [json.loads(line) for line in chosen.path.read_text("utf-8").splitlines()]
    items = read(chosen)
    assert chosen.task == "multiple_choice"
    assert len(items) == len(lines) > 0
    for item, line in zip(items, lines, strict=True):
        assert list(item.choices) == line["choices"]
        assert LETTERS[item.right] == item.reference == line["answer"]
        shown = [f"{letter}. {choice}" for letter, choice in zip(LETTERS, item.choices, strict=False)]
        assert "\n".join(shown) in item.prompt


@pytest.mark.parametrize("case", OF_CHOICES[:3])
def test_the_right_option_is_what_the_published_file_has_under_its_letter(run, tmp_path, case):
    run("evaluation", CASES / case / "in")
    (chosen,) = found(tmp_path)
    for item in read(chosen):
        meta = item.fields["meta"]
        with (CASES / case / "in" / meta["file"]).open(encoding="utf-8-sig", newline="") as table:
            row = list(csv.DictReader(table))[int(meta["record"]) - 1]
        answer = (row.get("Answer") or row["answer"]).strip().upper()
        assert item.choices[item.right] == row[answer].strip()
        assert item.choices == tuple(row[letter].strip() for letter in "ABCD")


@pytest.mark.parametrize(("folder", "dataset"), [("eval_cmmlu", "cmmlu"), ("eval_aclue", "aclue")])
def test_the_published_files_are_read_whole(run, tmp_path, folder, dataset):
    if not (DATA / folder).is_dir():
        pytest.skip(f"the slice {folder} is not on this machine")
    run("evaluation", DATA / folder)
    (chosen,) = found(tmp_path)
    items = read(chosen)
    assert chosen.name == dataset
    assert len(items) > 100
    assert {len(item.choices) for item in items} == {4}
    assert {item.right for item in items} == {0, 1, 2, 3}


def test_an_answer_that_is_none_of_the_letters_is_refused_there_too(run, tmp_path):
    run("general", SAMPLES / "code.jsonl")
    (chosen,) = found(tmp_path)
    text = chosen.path.read_text("utf-8").replace('"answer":"A"', '"answer":"E"', 1)
    chosen.path.write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match="answer 'E'"):
        read(chosen)


def test_the_samples_are_the_protected_group_general_of_a_matrix(run, tmp_path):
    run("general", SAMPLES)
    sets = found(tmp_path)
    assert {(one.stage, one.protected) for one in sets} == {("general", True)}
    assert {one.name: (one.task, len(read(one))) for one in sets} == {
        "general_english": ("english", 40),
        "general_arithmetic": ("arithmetic", 60),
        "general_code": ("multiple_choice", 40),
        "general_refusal": ("refusal", 60),
    }


@pytest.mark.parametrize("case", GENERAL)
def test_a_reference_is_a_right_answer_to_its_own_item(run, tmp_path, case):
    run("general", CASES / case / "in")
    for chosen in found(tmp_path):
        for item in read(chosen) if chosen.task in KINDS else ():
            assert kind_of(item.reference, item.fields) == KINDS[chosen.task]
            assert is_right(item.reference, item.reference, item.fields)
            assert not is_right("", item.reference, item.fields)


def test_who_answers_as_the_references_scores_one_and_who_is_silent_scores_none(run, tmp_path):
    run("general", SAMPLES)
    checked = 0
    for chosen in found(tmp_path):
        items, how = read(chosen), How(seed=1, resamples=50)
        for measure in measures_of(chosen.task, Aids()):
            given = [item.reference for item in items], [""] * len(items)
            scores = [
                measure(
                    Answers(
                        answers=answers,
                        references=[item.reference for item in items],
                        turns=[item.messages[:-1] for item in items],
                        fields=[item.fields for item in items],
                    ),
                    how,
                ).value
                for answers in given
            ]
            assert scores == [1.0, 0.0]
            checked += 1
    assert checked == 3  # english, arithmetic, refusal; options have likelihoods
