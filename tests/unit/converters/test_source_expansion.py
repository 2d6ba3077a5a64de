"""A journal of answers becomes datasets like any other source: rows, rejects with reasons, licences, hold-out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from expansion_cases import CASES, PASSAGES
from expansion_journal import PASSAGE, answer, asked_and_answered, question, request, say

from converters.expansion.journal import Journal
from converters.sources.expansion import SOURCE

WHEN = question("青石桥建于哪个朝代？", "明代万历十二年。")
WHO = question("青石桥由谁主持修造？", "石匠陈守义。")
LONG = question("青石桥有多长？", "长四十二米，宽五米。")


def journal_of(folder: Path, *texts: str, finish: str = "stop") -> Path:
    """One request for each text, of the same passage."""
    path = folder / "wiki.journal.jsonl"
    with Journal(path) as journal:
        for place, text in enumerate(texts):
            answer(journal, replace(request(), ordinal=place), text, finish=finish)
    return path


def items(*found: dict[str, str]) -> str:
    return json.dumps({"items": found}, ensure_ascii=False)


def convert(run, path: Path, *words: str):
    return run("expansion", path, "--name", "wiki", "--eval-share", "0", "--quiet", *words)


def asked(written) -> list[str]:
    return [line["messages"][-2]["content"] for line in written.kept("wiki_qa")]


# ---- rows


def test_each_item_of_an_answer_is_a_row_of_its_task_with_the_passage_in_its_request(run, written, tmp_path):
    convert(run, journal_of(tmp_path, items(WHEN, WHO)))
    first, second = written.kept("wiki_qa")
    assert PASSAGE.text in first["messages"][0]["content"]
    assert [line["messages"][-1]["content"] for line in (first, second)] == ["明代万历十二年。", "石匠陈守义。"]
    assert "wiki_qa" in written.registry()


def test_a_row_names_the_document_the_title_and_the_licence_of_its_passage(run, written, tmp_path):
    convert(run, journal_of(tmp_path, items(WHEN)))
    (line,) = written.kept("wiki_qa")
    told = {name: line["meta"][name] for name in ("document", "title", "licence", "attribution", "kind")}
    assert told == {
        "document": "wiki:青石桥",
        "title": "青石桥",
        "licence": "CC-BY-SA-4.0",
        "attribution": "https://zh.wikipedia.org",
        "kind": "何时",
    }
    assert line["meta"]["template"].startswith("expansion.QA")


def test_an_answer_that_was_repaired_is_counted_in_the_manifest(run, written, tmp_path):
    convert(run, journal_of(tmp_path, items(WHEN)[:-1], items(WHO)))
    assert written.manifest("wiki_qa")["counts"]["changed"] == {"repaired": 1}


# ---- what gives no row


def test_an_answer_that_cannot_be_read_and_an_item_that_must_not_be_learned_are_rejects_with_their_reason(
    run, written, tmp_path
):
    wrong = question("青石桥长多少米？", "长四十三米。")
    said = question("青石桥在文中怎样描述？", "用青石砌成。")
    convert(run, journal_of(tmp_path, "我不会。", items(WHEN, wrong, said, WHEN), items(WHO)[:-30], items(LONG)))
    assert written.rejects("wiki_qa") == [
        ("1", "broken_json"),
        ("2", "unknown_number"),
        ("2", "refers_to_text"),
        ("2", "duplicate_question"),
        ("3", "truncated"),
    ]
    counts = written.manifest("wiki_qa")["counts"]
    assert (counts["records"], counts["examples"], counts["outcomes"]) == (4, 2, 7)


def test_what_ends_in_the_middle_is_a_reject_and_the_items_before_it_are_rows(run, written, tmp_path):
    convert(run, journal_of(tmp_path, items(WHEN, WHO)[:-8]))
    assert written.rejects("wiki_qa") == [("1", "cut_item")]
    assert len(written.kept("wiki_qa")) == 1


def test_a_request_that_the_server_refused_is_a_reject(run, written, tmp_path):
    path = journal_of(tmp_path, items(WHEN))
    with Journal(path) as journal:
        other = request(version="2")
        journal.refused(other, journal.sent(other, 10), 400, "too long")
    convert(run, path)
    assert written.rejects("wiki_qa") == [("2", "refused_request")]


def test_traditional_characters_are_rejected_unless_the_passage_has_them_or_they_are_asked_for(run, written, tmp_path):
    text = items(question("青石桥用什么砌成？", "全用青石砌成，長四十二米。"))
    convert(run, journal_of(tmp_path, text, items(WHO)))
    assert written.rejects("wiki_qa") == [("1", "traditional_characters")]
    convert(run, tmp_path / "wiki.journal.jsonl", "--script", "original")
    assert written.rejects("wiki_qa") == []
    kept = replace(PASSAGE, text=PASSAGE.text + "邻县有花壇乡。")
    asked_and_answered(tmp_path / "b.journal.jsonl", (request(kept), [question("青石桥的邻县有什么乡？", "花壇乡。")]))
    assert convert(run, tmp_path / "b.journal.jsonl").code == 0


def test_of_a_question_about_an_old_text_it_must_be_seen_what_it_is_about(run, written, tmp_path):
    shoes = PASSAGES["shoes"]
    path = tmp_path / "old.journal.jsonl"
    plain = [
        {"question": "“度”是什么意思？", "answer": "量长短。", "evidence": evidence} for evidence in ("先自度其足", "")
    ]
    with Journal(path) as journal:
        one = replace(request(shoes), task="classical_qa")
        answer(journal, one, items(plain[0], plain[1] | {"question": "“履”是什么意思？"}))
    convert(run, path)
    assert written.rejects("wiki_classical_qa") == [("1", "evidence_absent")]


# ---- questions without a passage


def test_questions_without_the_passage_are_as_many_as_was_asked_for_and_only_those_that_stand_alone(
    run, written, tmp_path
):
    vague = question("这座桥由谁主持修造？", "石匠陈守义。")
    path = journal_of(tmp_path, items(WHEN, vague))
    convert(run, path, "--closed", "1")
    assert [PASSAGE.text in text for text in asked(written)] == [False, True]
    convert(run, path, "--closed", "0")
    assert [PASSAGE.text in text for text in asked(written)] == [True, True]


def test_the_share_that_was_asked_for_holds_where_nothing_else_is_said(run, written, tmp_path):
    asked_and_answered(tmp_path / "a.journal.jsonl", (request(closed=1.0), [WHEN, WHO]))
    convert(run, tmp_path / "a.journal.jsonl")
    assert asked(written) == [WHEN["question"], WHO["question"]]


def test_which_rows_have_no_passage_is_decided_by_a_hash_and_about_that_share(run, written, tmp_path):
    many = [question(f"青石桥长多少米，第{number}问？", "四十二米。") for number in range(1, 201)]
    passage = replace(PASSAGE, text=PASSAGE.text + "".join(f"第{number}问。" for number in range(1, 201)))
    requests = [(replace(request(passage), ordinal=place), [item]) for place, item in enumerate(many)]
    asked_and_answered(tmp_path / "a.journal.jsonl", *requests)
    convert(run, tmp_path / "a.journal.jsonl", "--closed", "0.3")
    alone = sum(passage.text not in text for text in asked(written))
    assert 40 <= alone <= 80
    half = {text for text in asked(written) if passage.text not in text}
    convert(run, tmp_path / "a.journal.jsonl", "--closed", "0.6")
    assert half <= set(asked(written))


# ---- hold-out, duplicates


def test_a_document_is_held_out_of_all_tasks_or_of_none(run, written, tmp_path):
    path = tmp_path / "many.journal.jsonl"
    passages = [
        replace(PASSAGE, document=f"wiki:{number}", text=f"{PASSAGE.text}编号{number}。") for number in range(40)
    ]
    with Journal(path) as journal:
        for passage in passages:
            answer(journal, request(passage), items(WHEN, WHO))
            short = {
                "kind": "sentence",
                "summary": "青石桥建于明代万历十二年，由石匠陈守义主持修造，是县里保存最完整的古桥。",
            }
            answer(journal, replace(request(passage), task="summary"), items(short))
    run("expansion", path, "--name", "wiki", "--eval-share", "0.2", "--quiet")
    held = {
        line["meta"]["document"] for name in ("wiki_qa", "wiki_summary") for line in written.lines(f"{name}_eval.jsonl")
    }
    kept = {line["meta"]["document"] for name in ("wiki_qa", "wiki_summary") for line in written.lines(f"{name}.jsonl")}
    assert held
    assert not held & kept
    assert len(held | kept) == 40


def test_one_passage_in_two_documents_is_not_on_both_sides(run, written, tmp_path):
    path = tmp_path / "twins.journal.jsonl"
    passages = [replace(PASSAGE, document=f"wiki:{number}") for number in range(40)]
    asked_and_answered(
        path, *((replace(request(passage), ordinal=place), [WHEN]) for place, passage in enumerate(passages))
    )
    run("expansion", path, "--name", "wiki", "--eval-share", "0.2", "--quiet")
    assert len(written.lines("wiki_qa_eval.jsonl")) > 0
    assert written.lines("wiki_qa.jsonl") == []
    assert written.manifest("wiki_qa")["counts"]["rejected"]["linked_to_evaluation"] > 0


def test_the_same_question_and_answer_about_a_document_is_one_row_though_the_request_differs(run, written, tmp_path):
    bare = question(WHEN["question"].rstrip("？"), WHEN["answer"])
    convert(run, journal_of(tmp_path, items(WHEN), items(WHEN), items(bare), items(WHO)))
    assert written.manifest("wiki_qa")["counts"]["rejected"] == {"duplicate": 2}


# ---- options


def test_other_thresholds_judge_anew_and_stand_in_the_manifest(run, written, tmp_path):
    path = journal_of(tmp_path, items(LONG, question("青石桥为什么重修？", "桥身因为水患坍塌，商贾出钱重建。")))
    convert(run, path)
    assert written.rejects("wiki_qa") == [("1", "not_grounded")]
    convert(run, path, "--thresholds", "qa.ngrams=0")
    assert written.rejects("wiki_qa") == []
    assert written.manifest("wiki_qa")["options"]["options"] == {"thresholds": "qa.ngrams=0"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--thresholds", "qa.words=1"), "Names: ngrams, numbers, names"),
        (("--closed", "70"), "a share from 0 to 1"),
        (("--group", "x"), "invalid choice"),
    ],
)
def test_a_wrong_option_is_the_users_error_and_nothing_is_written(run, written, tmp_path, words, told):
    ran = convert(run, journal_of(tmp_path, items(WHEN)), *words)
    assert ran.code == 2
    assert told in ran.err
    assert not (written.folder / "dataset_info" / "data" / "wiki_qa.jsonl").exists()


def test_group_and_weight_place_the_datasets_in_the_mixtures(run, written, tmp_path):
    convert(run, journal_of(tmp_path, items(WHEN)), "--group", "domain", "--weight", "0.5")
    assert written.registry()["wiki_qa"]["mix"] == {"group": "domain", "weight": 0.5}


# ---- what a journal is


def test_a_torn_last_line_is_no_line(run, written, tmp_path):
    path = journal_of(tmp_path, items(WHEN), items(WHO))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert convert(run, path).code == 0
    assert len(written.kept("wiki_qa")) == 1


@pytest.mark.parametrize("line", ['{"event":"answered","id":"', "[]", '{"question": "问"}', "\x00"])
def test_any_other_line_that_is_none_is_an_error_with_its_number(run, tmp_path, line):
    path = journal_of(tmp_path, items(WHEN), items(WHO))
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:3], line, *lines[3:]]), "utf-8")
    ran = convert(run, path)
    assert ran.code == 2
    assert "wiki.journal.jsonl, line 4:" in ran.err


def test_each_request_is_taken_once(run, written, tmp_path):
    path = journal_of(tmp_path, items(WHEN))
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:-1], lines[-2].replace("明代", "清代"), ""]), "utf-8")
    convert(run, path)
    assert written.manifest("wiki_qa")["counts"]["records"] == 1


def test_requests_for_pairs_make_no_rows(run, written, tmp_path):
    path = journal_of(tmp_path, items(WHEN))
    with Journal(path) as journal:
        say(journal, [replace(request(), task=task) for task in ("sample", "score")], "石匠。", "8")
    convert(run, path)
    assert written.manifest("wiki_qa")["counts"]["records"] == 1


def test_the_output_is_the_same_for_any_number_of_workers(run, written, tmp_path):
    path = tmp_path / "cases.journal.jsonl"
    with Journal(path) as journal:
        for place, case in enumerate(case for case in CASES if case.task == "qa"):
            item = {"question": case.item.question, "answer": case.item.answer}
            answer(journal, replace(request(PASSAGES[case.passage]), ordinal=place), items(item))
    convert(run, path)
    alone = written.bytes()
    convert(run, path, "--workers", "2")
    together = written.bytes()
    assert {name for name in alone if name.endswith(".jsonl")} >= {"wiki_qa.jsonl", "wiki_qa.rejects.jsonl"}
    assert {n: b for n, b in alone.items() if n.endswith(".jsonl")} == {
        n: b for n, b in together.items() if n.endswith(".jsonl")
    }


def test_a_journal_is_known_by_its_first_line(run, tmp_path):
    other = tmp_path / "no.jsonl"
    other.write_text('{"question": "问", "answer": "答"}\n', "utf-8")
    ran = run("expansion", other)
    assert ran.code == 2
    assert "a format of expansion: journal" in ran.err


def test_datasets_are_not_in_the_catalogue_before_something_was_converted():
    assert not SOURCE.catalogued
    assert {dataset.name.removeprefix("expansion_") for dataset in SOURCE.datasets} >= {"qa", "summary", "classical_qa"}


def test_a_line_whose_passage_is_none_is_counted_and_the_others_are_read(run, tmp_path, written):
    path = journal_of(tmp_path, items(WHEN), items(WHO))
    lines = path.read_text("utf-8").split("\n")
    place = next(at for at, line in enumerate(lines) if '"document":' in line)
    lines[place] = lines[place].replace('"document":', '"documents":')
    path.write_text("\n".join(lines), "utf-8")
    assert convert(run, path).code == 0
    assert written.manifest("wiki_qa")["counts"]["rejected"] == {"missing_columns": 1}
