from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from converters.contract import Context, Example, Outcome, Reject
from converters.sources.evaluation import SOURCE
from converters.sources.evaluation.questions import (
    from_aclue,
    from_alignbench,
    from_belle,
    from_ceval,
    from_cmmlu,
    subject_and_split,
)
from converters.sources.evaluation.translations import (
    flores_files,
    flores_plus_files,
    from_flores_plus,
    from_ntrex,
    from_wmt_document,
    from_wmt_lines,
    is_flores_plus,
    is_flores_plus_row,
    ntrex_files,
    ntrex_taiwan_files,
    wmt_line_files,
)
from converters.templates.evaluation import CEVAL_SUBJECTS, CMMLU_SUBJECTS

DATA = Path(__file__).parents[3].parent / "shared" / "data"
HERE = Context(file="data/test/chinese_food_culture.csv", number=7)
TEA = {"": "6", "Question": "属于绿茶的是", "A": "龙井", "B": "红茶", "C": "普洱 ", "D": "乌龙", "Answer": "A"}


def kept(outcomes: list[Outcome] | tuple[Outcome, ...]) -> Example:
    (outcome,) = outcomes
    assert isinstance(outcome, Example), outcome
    return outcome


def refused(outcomes: list[Outcome] | tuple[Outcome, ...]) -> str:
    (outcome,) = outcomes
    assert isinstance(outcome, Reject), outcome
    return outcome.reason


def test_nothing_of_this_source_is_ever_training_data():
    assert {dataset.purpose for dataset in SOURCE.datasets} == {"evaluation"}
    assert all(dataset.weight == 0 for dataset in SOURCE.datasets)


def test_a_choice_is_asked_with_its_options_and_answered_with_a_letter():
    example = kept(from_cmmlu(TEA, HERE))
    assert example.messages[0].content == (
        "以下是关于中国饮食文化的单项选择题，请直接给出正确答案的选项。\n\n"
        "题目：属于绿茶的是\nA. 龙井\nB. 红茶\nC. 普洱\nD. 乌龙\n答案是："
    )
    assert example.messages[1].content == "A"


def test_every_row_of_a_choice_set_has_the_same_extra_keys():
    keys = ["choices", "answer", "subject", "split"]
    assert list(kept(from_cmmlu(TEA, HERE)).extra) == list(kept(from_aclue(TEA, HERE)).extra) == keys
    rows = [{**TEA, "question": TEA["Question"], "answer": "b", **more} for more in ({}, {"explanation": "因为……"})]
    assert [list(kept(from_ceval(row, HERE)).extra) for row in rows] == [[*keys, "explanation"]] * 2
    assert kept(from_ceval(rows[0], HERE)).extra["answer"] == "B"


def test_scripts_are_never_converted_because_they_may_be_the_question():
    row = {**TEA, "Question": "“學”的意思是", "A": "讀書"}
    assert "“學”的意思是\nA. 讀書" in kept(from_cmmlu(row, HERE)).messages[0].content


def test_braces_in_a_question_stay_as_they_are():
    row = {**TEA, "Question": "集合{subject}是"}
    assert "题目：集合{subject}是\n" in kept(from_cmmlu(row, HERE)).messages[0].content


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Answer": ""}, "no_answer"),
        ({"Answer": "E"}, "no_answer"),
        ({"C": " "}, "empty_option"),
        ({"Question": ""}, "empty_option"),
    ],
)
def test_a_choice_that_cannot_be_scored_is_rejected(change, reason):
    assert refused(from_cmmlu({**TEA, **change}, HERE)) == reason


@pytest.mark.parametrize(
    ("file", "subject", "split"),
    [
        ("data/test/ancient_chinese.csv", "ancient_chinese", "test"),
        ("dev/law_dev.csv", "law", "dev"),
        ("val/law_val.csv", "law", "val"),
        ("law/test-00000-of-00001.parquet", "law", "test"),
        ("data/dev/古音学.csv", "古音学", "dev"),
        ("ancient_chinese.csv", "ancient_chinese", ""),
    ],
)
def test_subject_and_split_come_from_the_path(file, subject, split):
    assert subject_and_split(file) == (subject, split)


def test_all_subjects_of_both_sets_have_a_chinese_name():
    assert (len(CMMLU_SUBJECTS), len(CEVAL_SUBJECTS)) == (67, 52)


def test_a_subject_that_is_not_listed_is_left_out_of_the_question():
    text = kept(from_cmmlu(TEA, Context(file="x/quantum_cooking.csv", number=1))).messages[0].content
    assert text.startswith("以下是单项选择题，")


def test_a_question_that_stands_twice_in_a_set_is_asked_twice():
    twice = [kept(from_cmmlu(TEA, Context(file="a.csv", number=n))) for n in (1, 2)]
    assert twice[0].messages == twice[1].messages
    assert twice[0].same_as != twice[1].same_as


def test_evidences_are_one_text_whether_there_are_any_or_none():
    row = {"question_id": 3, "category": "专业能力", "question": "问", "reference": "答"}
    none = kept(from_alignbench({**row, "evidences": []}, HERE))
    some = kept(from_alignbench({**row, "evidences": [{"url": "https://a\n", "quote": "据"}]}, HERE))
    assert none.extra["evidences"] == ""
    assert some.extra["evidences"] == "https://a\n据"
    assert {type(value) for value in (*none.extra.values(), *some.extra.values())} == {str}


def test_an_open_question_without_a_reference_has_nothing_to_be_compared_with():
    row = {"question": "写一首诗。", "std_answer": " \n", "class": "closed\u00a0qa"}
    assert refused(from_belle(row, HERE)) == "no_reference"
    assert kept(from_belle({**row, "std_answer": "诗"}, HERE)).extra == {"class": "closed qa"}


def test_both_directions_of_a_segment_belong_to_the_article():
    value = {"document": "bbc.1", "text": ["下雨了。", "回家吧。"], "english": ["It rains.", "Go home."]}
    outcomes = from_ntrex(value, HERE)
    assert [x.dataset for x in outcomes] == ["ntrex_en2zh", "ntrex_zh2en"] * 2
    assert {x.document for x in outcomes} == {"ntrex:bbc.1"}
    assert [x.section for x in outcomes] == ["line 1", "line 1", "line 2", "line 2"]
    assert outcomes[0].extra == {"references": ["下雨了。"], "source_text": "It rains."}
    assert outcomes[1].extra == {"references": ["It rains."], "source_text": "下雨了。"}


def side(role: str, language: str, *texts: str) -> dict[str, object]:
    segments = [{"id": str(n), "paragraph": 1, "text": text} for n, text in enumerate(texts, start=1)]
    return {"role": role, "language": language, "translator": "", "segments": segments}


def test_a_shared_task_is_asked_in_the_direction_in_which_it_was_written():
    sides = [side("src", "zh", "下雨了。"), side("ref", "en", "It rains."), side("ref", "en", "It is raining.")]
    example = kept(from_wmt_document({"document": "d", "sides": sides}, HERE))
    assert (example.dataset, example.messages[1].content) == ("wmt_zh2en", "It rains.")
    assert example.extra == {"references": ["It rains.", "It is raining."], "source_text": "下雨了。"}


def test_a_document_without_a_reference_is_counted():
    assert (
        refused(from_wmt_document({"document": "d", "sides": [side("src", "en", "It rains.")]}, HERE)) == "no_reference"
    )
    assert refused(from_wmt_document({"document": "d", "sides": []}, HERE)) == "no_reference"


def test_a_second_reference_may_be_absent():
    value = {"text": "It rains.", "ref A": "下雨了。", "ref B": ""}
    assert kept(from_wmt_lines(value, HERE)).extra["references"] == ["下雨了。"]


def plus(number: int, text: str, **more: str) -> str:
    return json.dumps({"id": number, "iso_639_3": "cmn", "iso_15924": "Hans", "text": text, **more})


def test_lines_of_flores_plus_belong_together_when_their_ids_are_the_same():
    value = {"text": plus(7, "下雨了。"), "english": plus(7, "It rains.", url="https://en.wikinews.org/wiki/Rain")}
    assert is_flores_plus(value)
    to_chinese, to_english = from_flores_plus(value, HERE)
    assert isinstance(to_chinese, Example)
    assert isinstance(to_english, Example)
    assert (to_chinese.messages[1].content, to_english.messages[1].content) == ("下雨了。", "It rains.")
    assert (to_chinese.document, to_chinese.section) == ("flores:https://en.wikinews.org/wiki/Rain", "7")
    other = from_flores_plus({**value, "english": plus(8, "It snows.")}, HERE)
    assert {outcome.reason for outcome in other if isinstance(outcome, Reject)} == {"misaligned"}
    assert not is_flores_plus({**value, "english": "It rains."})
    assert not is_flores_plus({**value, "english": '{"id": 7}'})


def test_flores_plus_of_one_language_is_recognised_to_say_what_is_missing():
    assert is_flores_plus_row(json.loads(plus(7, "下雨了。")))
    assert not is_flores_plus_row({"id": 7, "text": "下雨了。"})
    assert not is_flores_plus_row("下雨了。")


@pytest.mark.parametrize(
    ("files", "path", "companions"),
    [
        (ntrex_files, "/n/NTREX-128/newstest2019-ref.zho-CN.txt", ["newstest2019-src.eng.txt", "DOCUMENT_IDS.tsv"]),
        (ntrex_files, "/n/NTREX-128/newstest2019-ref.deu.txt", []),
        (
            ntrex_taiwan_files,
            "/n/NTREX-128/newstest2019-ref.zho-TW.txt",
            ["newstest2019-src.eng.txt", "DOCUMENT_IDS.tsv"],
        ),
        (flores_files, "dev/zho_Hans.dev", ["eng_Latn.dev"]),
        (flores_files, "devtest/zho_simpl.devtest", ["eng.devtest"]),
        (flores_files, "dev/deu_Latn.dev", []),
        (flores_plus_files, "dev/cmn_Hans.jsonl", ["eng_Latn.jsonl"]),
        (flores_plus_files, "dev/deu_Latn.jsonl", []),
        (wmt_line_files, "newstest2020-zhen-src.zh.txt", ["newstest2020-zhen-ref.en.txt"]),
        (wmt_line_files, "wmttest2022.en-zh.src.en", ["wmttest2022.en-zh.ref.A.zh", "wmttest2022.en-zh.ref.B.zh"]),
        (wmt_line_files, "wmttest2022.en-zh.ref.A.zh", []),
    ],
)
def test_files_that_belong_together_are_found_by_name(files, path, companions):
    assert [companion.path.name for companion in files(PurePosixPath(path))] == companions


@pytest.mark.skipif(not (DATA / "eval_cmmlu").is_dir(), reason="the slices of real files are not here")
def test_the_real_slices_are_read_whole(run, written):
    names = ("eval_cmmlu", "eval_aclue", "eval_alignbench", "eval_belle", "eval_ntrex")
    assert run("evaluation", *[DATA / name for name in names], "--quiet").code == 0
    counts = {
        name: written.manifest(name)["counts"]
        for name in ("cmmlu", "aclue", "alignbench", "belle_bench", "ntrex_en2zh")
    }
    assert {name: count["examples"] for name, count in counts.items()} == {
        "cmmlu": 441,
        "aclue": 278,
        "alignbench": 150,
        "belle_bench": 115,
        "ntrex_en2zh": 513,
    }
    assert counts["belle_bench"]["rejected"] == {"no_reference": 85}
    assert {line["meta"]["document"] for line in written.lines("ntrex_en2zh.jsonl")} >= {"ntrex:bbc.381790"}
