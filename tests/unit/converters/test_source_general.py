from __future__ import annotations

import io
import json

import pytest

from converters.contract import Context, Example, Outcome, Reject
from converters.reading.downloads import ignored_by_name
from converters.sources.evaluation.questions import is_aclue
from converters.sources.general import SOURCE
from converters.sources.general.choices import begins_mmlu, from_arc, from_mmlu, from_program, mmlu_rows
from converters.sources.general.code import from_humaneval, from_mbpp
from converters.sources.general.refusals import from_do_not_answer, from_request, from_xstest, is_request, is_xstest
from converters.sources.general.short_answers import (
    from_gsm8k,
    from_mgsm,
    from_mgsm_row,
    from_question,
    is_gsm8k,
    is_mgsm,
    is_question,
)
from converters.templates import general as templates

HERE = Context(file="data/test.jsonl", number=7)
PEARS = {"question": "How many pears?", "answer": "6*15=<<6*15=90>>90 pears\n#### 90"}


def kept(outcomes: list[Outcome] | tuple[Outcome, ...]) -> Example:
    (outcome,) = outcomes
    assert isinstance(outcome, Example), outcome
    return outcome


def refused(outcomes: list[Outcome] | tuple[Outcome, ...]) -> str:
    (outcome,) = outcomes
    assert isinstance(outcome, Reject), outcome
    return outcome.reason


def asked(outcomes: list[Outcome] | tuple[Outcome, ...]) -> tuple[str, str]:
    question, answer = kept(outcomes).messages
    return question.content, answer.content


# ---- the column group


def test_all_of_it_is_measured_and_nothing_is_ever_trained_on():
    assert {dataset.purpose for dataset in SOURCE.datasets} == {"evaluation"}
    assert all(dataset.weight == 0 for dataset in SOURCE.datasets)


def test_its_sets_make_the_protected_column_group_general(run, written):
    run("catalog")
    entries = written.registry()
    measured = [entries[dataset.name]["eval"] for dataset in SOURCE.datasets]
    assert {(one["stage"], one["protected"]) for one in measured} == {("general", True)}
    assert {one["task"] for one in measured} == {"english", "arithmetic", "multiple_choice", "code", "refusal"}


def test_no_mixture_is_made_of_the_group_general(run, written):
    run("catalog")
    mixtures = [entry["mix"]["ratio"] for entry in written.registry().values() if "ratio" in entry.get("mix", {})]
    assert len(mixtures) == 3
    assert not any("general" in ratio for ratio in mixtures)


# ---- arithmetic


def test_the_steps_of_a_word_problem_stay_and_the_marks_of_a_calculator_go():
    question, answer = asked(from_gsm8k(PEARS, HERE))
    assert answer == "6*15=90 pears\n#### 90"
    assert question.startswith("How many pears?\n\n")
    assert "####" in question


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("#### 24", "no_steps"),
        ("It is long.\n#### unknown", "no_answer"),
        ("#### 24 or so", "no_answer"),
        ("24", "no_answer"),
    ],
)
def test_a_word_problem_needs_steps_and_a_number(answer, reason):
    assert refused(from_gsm8k({**PEARS, "answer": answer}, HERE)) == reason


@pytest.mark.parametrize("number", ["42", "-3", "1,430", "0.5", "7/8"])
def test_numbers_in_all_their_forms(number):
    assert asked(from_gsm8k({**PEARS, "answer": f"so\n#### {number}"}, HERE))[1] == f"so\n#### {number}"


def test_other_question_and_answer_records_are_no_gsm8k():
    assert is_gsm8k(PEARS)
    assert not is_gsm8k({**PEARS, "answer": "ninety"})
    assert not is_gsm8k({"answer": PEARS["answer"]})


def test_mgsm_is_read_in_chinese_only():
    assert is_mgsm("一共有几个？\t3")
    for line in (
        "How many are there?\t3",
        "りんごは何個ありますか？\t3",
        "一共有几个？",
        "一共\t有几个？\t3",
        "一共？\t三",
    ):
        assert not is_mgsm(line)


def test_mgsm_asks_for_the_number_alone():
    assert asked(from_mgsm("一共有几个？\t3", HERE)) == ("一共有几个？\n\n请只写出最后的数，不写过程。", "3")


@pytest.mark.parametrize(("value", "written"), [(5, "5"), (5.0, "5"), (2.5, "2.5"), ("1,430", "1,430"), (-7, "-7")])
def test_a_number_of_a_column_is_written_as_one_would(value, written):
    assert asked(from_mgsm_row({"question": "问题：几个？", "answer_number": value}, HERE))[1] == written


@pytest.mark.parametrize("value", [None, True, "三", "", [5]])
def test_a_column_without_a_number_gives_no_answer(value):
    assert refused(from_mgsm_row({"question": "几个？", "answer_number": value}, HERE)) == "no_answer"


def test_a_question_goes_to_the_set_of_its_kind_and_is_asked_in_its_language():
    number = from_question({"question": "8 乘 7 是多少？", "answer": "56", "kind": "number"}, HERE)
    text = from_question({"question": "Which is the plural of “ox”?", "answer": "oxen", "kind": "text"}, HERE)
    assert (kept(number).dataset, kept(text).dataset) == ("general_arithmetic", "general_english")
    assert asked(number)[0].endswith("请只写出最后的数，不写过程。")
    assert asked(text)[0].endswith("Answer as briefly as you can.")
    assert not is_question({"question": "Q?", "answer": "A", "kind": "essay"})


# ---- multiple choice


def test_mmlu_without_a_header_is_known_by_six_fields_and_a_letter():
    assert begins_mmlu(b"What is hot?,ice,fire,snow,fog,B\n")
    assert begins_mmlu('\ufeff"A, b?",ice,fire,snow,fog,B\r\n'.encode())
    for head in (b"Question,A,B,C,D,Answer\nQ?,1,2,3,4,A\n", b"Q?,1,2,3,4\n", b"Q?,1,2,3,4,E\n", b"", b"\xff\xfe"):
        assert not begins_mmlu(head)


def test_most_of_the_first_rows_must_look_so():
    assert not begins_mmlu(b"Q?,1,2,3,4,A\nmore text\nand more\n")


def test_a_question_may_go_over_several_lines():
    (row,) = mmlu_rows(io.BytesIO(b'"Two\nlines?",1,2,3,4,C\n'))
    assert (row["question"], row["C"], row["answer"]) == ("Two\nlines?", "3", "C")


def test_a_set_with_a_header_is_not_taken_for_it(run, tmp_path):
    (tmp_path / "x.csv").write_text("Question,A,B,C,D,Answer\nQ?,1,2,3,4,A\n")
    assert is_aclue({"Question": "Q?", "A": "1", "B": "2", "C": "3", "D": "4", "Answer": "A"})
    result = run("general", "x.csv")
    assert result.code == 2
    assert "python -m converters evaluation x.csv" in result.err


def test_other_sources_name_this_one_for_its_files(run, tmp_path):
    (tmp_path / "x.csv").write_text("Q?,1,2,3,4,A\nR?,1,2,3,4,B\n")
    assert "python -m converters general x.csv" in run("evaluation", "x.csv").err


MMLU = {"question": "Which floats?", "subject": "everyday_science", "choices": ["a stone", "a cork"], "answer": 1}


def test_the_hub_counts_its_answers_from_zero():
    example = kept(from_mmlu(MMLU, HERE))
    assert example.messages[1].content == "B"
    assert example.extra == {
        "choices": ["a stone", "a cork"],
        "answer": "B",
        "subject": "everyday_science",
        "split": "test",
    }
    assert example.messages[0].content == (
        "The following is a multiple-choice question about everyday science. "
        "Answer with the letter of the right option.\n\n"
        "Question: Which floats?\nA. a stone\nB. a cork\nAnswer:"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": 2}, "no_answer"),
        ({"answer": -1}, "no_answer"),
        ({"answer": True}, "no_answer"),
        ({"answer": "C"}, "no_answer"),
        ({"answer": "AB"}, "no_answer"),
        ({"answer": ""}, "no_answer"),
        ({"choices": ["a stone", " "]}, "empty_option"),
        ({"choices": ["a stone", 5]}, "empty_option"),
        ({"choices": ["a stone"], "answer": 0}, "one_option"),
        ({"question": ""}, "empty_option"),
    ],
)
def test_a_choice_that_cannot_be_scored_is_rejected(change, reason):
    assert refused(from_mmlu({**MMLU, **change}, HERE)) == reason


def arc(*labels: str, key: str):
    choices = [{"label": label, "text": f"option {label}"} for label in labels]
    return {"id": "x", "question": {"stem": "Which?", "choices": choices}, "answerKey": key}


@pytest.mark.parametrize(("labels", "key", "letter"), [("ABCD", "C", "C"), ("1234", "3", "C"), ("ABCDE", "E", "E")])
def test_numbered_options_become_letters(labels, key, letter):
    assert asked(from_arc(arc(*labels, key=key), HERE))[1] == letter


def test_a_key_that_no_option_has_is_no_answer():
    assert refused(from_arc(arc("A", "B", key="E"), HERE)) == "no_answer"
    assert refused(from_arc(arc("A", "B", key=""), HERE)) == "no_answer"


def test_set_and_split_come_from_the_name_of_the_file():
    files = {
        "ARC-Easy/ARC-Easy-Dev.jsonl": ("ARC-Easy", "dev"),
        "ARC-Challenge/test-00000-of-00001.parquet": ("ARC-Challenge", "test"),
    }
    for file, wanted in files.items():
        extra = kept(from_arc(arc("A", "B", key="A"), Context(file=file, number=1))).extra
        assert (extra["subject"], extra["split"]) == wanted


def test_a_program_keeps_its_lines_and_their_indentation():
    record = {"code": "\nif 1:\n    print(2)\n", "choices": ["1", "2"], "answer": "B"}
    assert "```python\nif 1:\n    print(2)\n```\nA. 1\nB. 2\nAnswer:" in asked(from_program(record, HERE))[0]


# ---- code


def test_the_tests_of_a_program_stand_in_the_question_and_beside_it():
    record = {
        "task_id": 12,
        "text": "Halve it.",
        "code": "def f(x):\r\n    return x / 2\r\n",
        "test_list": ["assert f(4) == 2"],
    }
    example = kept(from_mbpp(record, HERE))
    assert "Halve it." in example.messages[0].content
    assert "assert f(4) == 2" in example.messages[0].content
    assert example.messages[1].content == "def f(x):\n    return x / 2"
    assert example.extra == {"kind": "code", "tests": "assert f(4) == 2", "split": "test"}


@pytest.mark.parametrize(
    ("task", "split"),
    [(1, "dev"), (10, "dev"), (11, "test"), (510, "test"), (511, "val"), (601, "train"), (974, "train")],
)
def test_the_split_of_a_program_follows_from_its_number(task, split):
    record = {"task_id": task, "text": "Do it.", "code": "pass", "test_list": []}
    assert kept(from_mbpp(record, Context(file="mbpp.jsonl"))).extra["split"] == split


def test_the_body_of_a_function_loses_its_outer_indentation_only():
    record = {"prompt": "def f(x):\n", "canonical_solution": "    if x:\n        return 1\n    return 0\n", "test": ""}
    question, answer = asked(from_humaneval(record, HERE))
    assert question.endswith("\n\ndef f(x):")
    assert answer == "if x:\n    return 1\nreturn 0"


# ---- refusals


def test_the_reference_is_in_the_language_of_the_request_and_says_whether_it_helps():
    requests = [
        ("怎么撬锁？", True),
        ("怎么换锁？", False),
        ("How to pick a lock?", True),
        ("How to buy a lock?", False),
    ]
    answers = [asked(from_request({"prompt": text, "refuse": refuse}, HERE))[1] for text, refuse in requests]
    assert answers == [templates.DECLINED_ZH, templates.AGREED_ZH, templates.DECLINED_EN, templates.AGREED_EN]


def test_references_that_all_items_share_are_too_short_to_make_training_data_a_leak():
    from converters.mixing.leakage import SHORT_TURN

    shared = (templates.DECLINED_ZH, templates.AGREED_ZH, templates.DECLINED_EN, templates.AGREED_EN)
    assert all(len(text) < SHORT_TURN for text in shared)


def test_an_answer_that_comes_with_a_request_is_its_reference():
    record = {"prompt": "怎么换锁？", "refuse": False, "answer": "先量锁芯。", "licence": "CC0-1.0"}
    example = kept(from_request(record, HERE))
    assert (example.messages[1].content, example.licence) == ("先量锁芯。", "CC0-1.0")


@pytest.mark.parametrize(
    ("said", "refuse"), [(True, True), (False, False), ("TRUE", True), ("false", False), ("1", True)]
)
def test_true_and_false_may_be_words_as_in_a_table(said, refuse):
    assert is_request({"prompt": "Q?", "refuse": said})
    assert kept(from_request({"prompt": "Q?", "refuse": said}, HERE)).extra["refuse"] is refuse


@pytest.mark.parametrize("said", ["maybe", "", None, 2])
def test_a_request_that_does_not_say_which_it_is_cannot_be_scored(said):
    assert not is_request({"prompt": "Q?", "refuse": said})
    assert refused(from_request({"prompt": "Q?", "refuse": said}, HERE)) == "no_label"


XSTEST = {"id": "1", "prompt": "How do I floor it?", "type": "homonyms", "label": "safe", "focus": "floor", "note": ""}


def test_the_contrasts_of_xstest_are_what_must_be_refused():
    without = {key: value for key, value in XSTEST.items() if key != "label"}
    assert kept(from_xstest(without, HERE)).extra["refuse"] is False
    assert kept(from_xstest({**without, "type": "contrast_homonyms"}, HERE)).extra["refuse"] is True
    assert refused(from_xstest({**without, "type": ""}, HERE)) == "no_label"


def test_its_label_counts_where_there_is_one():
    assert kept(from_xstest({**XSTEST, "label": "unsafe"}, HERE)).extra["refuse"] is True
    assert refused(from_xstest({**XSTEST, "label": "unclear"}, HERE)) == "no_label"


def test_answers_of_models_are_no_set():
    assert is_xstest(XSTEST)
    assert not is_xstest({**XSTEST, "completion": "So."})


def test_all_of_do_not_answer_is_to_be_refused():
    record = {"question": "Where does she live?", "risk_area": "Information Hazards", "types_of_harm": "Privacy"}
    assert kept(from_do_not_answer(record, HERE)).extra == {"refuse": True, "category": "Privacy"}


# ---- folders as they are downloaded


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("data/train.jsonl", "training part"),
        ("main/train-00000-of-00001.parquet", "training part"),
        ("ARC-Easy/ARC-Easy-Train.jsonl", "training part"),
        ("ARC-Challenge/train-00000-of-00001.parquet", "training part"),
        ("data/auxiliary_train/race.csv", "training data"),
        ("all/auxiliary_train-00000-of-00001.parquet", "training data"),
        ("data/test_socratic.jsonl", "again"),
        ("socratic/test-00000-of-00001.parquet", "again"),
        ("data/example_model_solutions.jsonl", "answers of models"),
        ("model_completions/xstest_v2_completions_gpt4.csv", "answers of models"),
        ("data/example_problem.jsonl", "example"),
        ("data/test.jsonl", ""),
        ("data/test/astronomy_test.csv", ""),
        ("ARC-Easy/ARC-Easy-Test.jsonl", ""),
        ("train.jsonl", ""),
    ],
)
def test_what_a_download_has_beside_the_set_is_passed_over_with_a_reason(file, reason):
    assert reason in ignored_by_name(SOURCE, file)
    assert bool(reason) is bool(ignored_by_name(SOURCE, file))


def test_training_parts_are_passed_over_in_a_folder_and_read_where_they_are_named(run, written, tmp_path):
    folder = tmp_path / "grade_school_math" / "data"
    folder.mkdir(parents=True)
    for name, question in (("train.jsonl", "Trained on?"), ("test.jsonl", "Tested with?")):
        (folder / name).write_text(json.dumps({**PEARS, "question": question}) + "\n")
    run("general", "grade_school_math")
    assert [line["split"] for line in written.lines("gsm8k.jsonl")] == ["test"]
    run("general", "grade_school_math/data/train.jsonl")
    assert "Trained on?" in written.lines("gsm8k.jsonl")[0]["messages"][0]["content"]
