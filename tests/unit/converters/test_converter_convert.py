"""The pipeline: every record accounted for, held out by document, the same bytes however it is run, nothing torn."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from converters.contract import META_KEYS
from converters.digests import digest64
from converters.engine import holdout
from converters.files import sha256_of

REPOSITORY = Path(__file__).resolve().parents[3]


def pairs(count: int, start: int = 0) -> list[tuple[str, str]]:
    return [(f"第{n}个问题是什么？", f"第{n}个答案。") for n in range(start, start + count)]


def test_records_are_kept_or_rejected_and_examples_are_trained_on_or_held_out(run, written, belle_file):
    path = belle_file(*pairs(50), *pairs(5), ("空", ""), ("谁", "我是BELLE。"))
    assert run("belle", path, "--eval-share", "0.2").code == 0
    counts = written.manifest("belle")["counts"]
    assert counts["rejected"] == {"duplicate": 5, "empty_answer": 1, "foreign_identity": 1}
    assert counts["records"] == 57 == counts["examples"] + sum(counts["rejected"].values())
    assert counts["examples"] == 50 == counts["train"] + counts["eval"]
    assert len(written.lines("belle.jsonl")) == counts["train"]
    assert len(written.lines("belle_eval.jsonl")) == counts["eval"] > 0
    assert len(written.lines("belle.rejects.jsonl")) == 7


def test_rejects_say_where_and_why_and_keep_the_beginning_of_the_record(run, written, belle_file):
    run("belle", belle_file(("问", "答"), ("空" * 3000, "")))
    (line,) = written.lines("belle.rejects.jsonl")
    assert (line["file"], line["record"], line["reason"]) == ("belle.json", "2", "empty_answer")
    assert line["raw"].startswith('{"instruction": "空空')
    assert len(line["raw"]) == 2000


def test_the_manifest_names_inputs_options_and_outputs_by_hash(run, written, belle_file):
    path = belle_file(*pairs(20))
    run("belle", "belle.json", "--eval-share", "0.5", "--workers", "1")
    manifest = written.manifest("belle")
    named = {"path": "belle.json", "given": "belle.json", "format": "instruction"}
    assert manifest["inputs"] == [named | {"sha256": [sha256_of(path)], "bytes": path.stat().st_size}]
    assert manifest["created_by"] == "converters belle belle.json --eval-share 0.5"
    for output in manifest["outputs"].values():
        assert sha256_of(written.folder / "dataset_info" / output["file"]) == output["sha256"]
    answers = [line["messages"][1]["content"] for line in written.kept("belle")]
    assert manifest["answer_characters"] == sum(map(len, answers))


def test_every_line_has_the_same_string_keys_in_meta(run, written, belle_file):
    run("belle", belle_file(*pairs(3)))
    for line in written.kept("belle"):
        assert tuple(line["meta"]) == META_KEYS
        assert {type(value) for value in line["meta"].values()} == {str}


def test_any_number_of_workers_writes_the_same_bytes(run, written, belle_file):
    path = belle_file(*pairs(1500), *pairs(40), *[("空", "")] * 3, *pairs(700, start=9000))
    run("belle", path, "--workers", "1", "--eval-share", "0.1", "--max-eval", "50")
    alone = written.bytes()
    run("belle", path, "--workers", "3", "--eval-share", "0.1", "--max-eval", "50")
    assert written.bytes() == alone
    assert len(alone) == 5  # four files, and the catalogue


def test_a_limit_counts_kept_examples_in_each_dataset(run, written, belle_file):
    run("belle", belle_file(("空", ""), *pairs(30)), "--limit", "10")
    counts = written.manifest("belle")["counts"]
    assert (counts["records"], counts["examples"]) == (11, 10)


def test_the_same_documents_are_held_out_in_any_order_of_the_input(run, written, belle_file):
    shuffled = pairs(400)
    run("belle", belle_file(*shuffled), "--eval-share", "0.2", "--max-eval", "30")
    held_out = {line["id"] for line in written.lines("belle_eval.jsonl")}
    random.Random(1).shuffle(shuffled)
    run("belle", belle_file(*shuffled), "--eval-share", "0.2", "--max-eval", "30")
    assert {line["id"] for line in written.lines("belle_eval.jsonl")} == held_out
    assert len(held_out) == 30


def test_what_exceeds_the_cap_on_evaluation_goes_back_to_training(run, written, belle_file):
    run("belle", belle_file(*pairs(200)), "--eval-share", "0.5", "--max-eval", "10")
    assert (len(written.lines("belle_eval.jsonl")), len(written.lines("belle.jsonl"))) == (10, 190)


def chosen(cap, **documents):
    candidates = {name: np.array(found, dtype=np.uint64) for name, found in documents.items()}
    return set(holdout.chosen(candidates, cap).tolist())


def test_a_larger_cap_holds_out_more_and_never_other_documents():
    documents = [digest64(b"%d" % n) for n in range(300)]
    small, large = (chosen(cap, belle=documents) for cap in (20, 60))
    assert small < large
    assert small == set(sorted(documents)[:20])


def test_a_document_is_held_out_of_all_datasets_or_of_none():
    first, second = 0, 2**64 - 1
    both = {"en2zh": [first, second], "zh2en": [first, second, second]}
    assert chosen(3, **both) == {first, second}
    assert chosen(2, **both) == {first}


def test_a_document_that_is_too_long_makes_room_for_a_later_one():
    assert chosen(3, belle=[1, 1, 2, 2, 3, 4]) == {1, 3}
    assert chosen(1, belle=[1, 1, 2, 2, 3, 4]) == {3}
    assert chosen(0, belle=[1]) == chosen(5, belle=[]) == set()


def test_the_share_is_a_share_of_documents():
    taken = sum(digest64(b"%d" % n) < holdout.bound(0.1) for n in range(10_000))
    assert 900 < taken < 1100


def test_translations_of_one_sentence_are_held_out_together_and_in_both_directions(run, written, tmp_path):
    lines = [f"I have {n} books.\t我有{n}本书{end}" for n in range(300) for end in ("。", "籍。", "，真的。")]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), "utf-8")
    run("translation", "pairs.tsv", "--eval-share", "0.3", "--max-eval", "100")
    documents = {
        name: {line["meta"]["document"] for line in written.lines(f"{name}.jsonl")}
        for name in ("translation_en2zh", "translation_zh2en", "translation_en2zh_eval", "translation_zh2en_eval")
    }
    assert documents["translation_en2zh_eval"] == documents["translation_zh2en_eval"] != set()
    assert not documents["translation_en2zh_eval"] & (documents["translation_en2zh"] | documents["translation_zh2en"])
    assert len(written.lines("translation_en2zh_eval.jsonl")) == 99  # 33 whole sentences; a third translation no more


def test_what_is_translated_stands_by_itself_in_lines_that_are_held_out_and_in_no_other(run, written, tmp_path):
    lines = [f'I have {n} "old" books.\t我有{n}本“旧”书。' for n in range(100)]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), "utf-8")
    run("translation", "pairs.tsv", "--eval-share", "0.3", "--max-eval", "5")
    to_chinese, to_english = (written.lines(f"translation_{way}_eval.jsonl") for way in ("en2zh", "zh2en"))
    assert [line["source_text"] for line in to_chinese] == [line["messages"][1]["content"] for line in to_english]
    assert [line["source_text"] for line in to_english] == [line["messages"][1]["content"] for line in to_chinese]
    assert len(to_chinese) == 5
    assert list(to_chinese[0]) == ["messages", "id", "source", "source_text", "meta"]
    assert not any("source_text" in line for line in written.lines("translation_en2zh.jsonl"))


# ---- bad input


def test_a_broken_line_is_counted_and_kept_and_the_run_goes_on(run, written, belle_file):
    path = belle_file(*pairs(3))
    path.write_text(path.read_text("utf-8") + '{"instruction": "问", "outp\n', "utf-8")
    result = run("belle", path)
    assert result.code == 0
    assert written.rejects("belle") == [("4", "broken_json")]
    assert "broken_json 1" in result.out


def test_strict_stops_at_a_broken_line_and_says_where(run, written, belle_file):
    path = belle_file(*pairs(3))
    path.write_text(path.read_text("utf-8") + "{oops\n", "utf-8")
    result = run("belle", path, "--strict")
    assert result.code == 2
    assert "belle.json, record 4: expected a record that can be read (--strict); found broken_json" in result.err
    assert not written.bytes()


def test_strict_does_not_stop_at_an_answer_that_is_merely_unwanted(run, belle_file):
    assert run("belle", belle_file(*pairs(3), ("空", "")), "--strict").code == 0


def test_a_record_without_the_columns_is_rejected_and_its_columns_named(run, written, write_lines):
    good = {"instruction": "今天吃什么？", "input": "", "output": "吃面条吧。"}
    run(
        "belle",
        write_lines("belle.json", good, good | {"instruction": "明天吃什么？"}, {"prompt": "问", "chosen": "答"}),
    )
    assert written.rejects("belle") == [("3", "missing_columns")]
    assert "found prompt, chosen" in written.lines("belle.rejects.jsonl")[0]["detail"]


def test_a_byte_outside_the_encoding_rejects_its_record_alone(run, written, belle_file):
    path = belle_file(*pairs(3))
    path.write_bytes(path.read_bytes() + '{"instruction": "问", "output": "坏'.encode() + b'\xff"}\n')
    run("belle", path)
    assert written.rejects("belle") == [("4", "bad_encoding")]


@pytest.mark.parametrize(("encoding", "said"), [("gb18030", True), ("utf-8-sig", False)])
def test_gbk_and_bom_are_read_and_gbk_is_mentioned(run, written, belle_file, encoding, said):
    path = belle_file(*pairs(3))
    path.write_text(path.read_text("utf-8"), encoding=encoding)
    result = run("belle", path)
    assert len(written.kept("belle")) == 3
    assert ("belle.json: not UTF-8, read as gb18030" in result.out) is said


def test_an_empty_file_is_an_error(run, written, tmp_path):
    (tmp_path / "belle.json").write_text("\n")
    result = run("belle", "belle.json")
    assert (result.code, "found an empty file" in result.err, written.bytes()) == (2, True, {})


def test_a_file_of_which_nothing_can_be_kept_leaves_the_old_output(run, written, belle_file):
    run("belle", belle_file(*pairs(3)))
    before = written.bytes()
    result = run("belle", belle_file(("今天吃什么？", ""), ("明天吃什么？", ""), name="empty.json"))
    assert result.code == 2
    assert "2 records, all rejected (empty_answer 2)" in result.err
    assert written.bytes() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_run_leaves_the_old_output_and_no_remains(run, written, belle_file, monkeypatch, error):
    run("belle", belle_file(*pairs(3)))
    before = written.bytes()

    def interrupted(shelf, documents):
        raise error

    monkeypatch.setattr("converters.engine.shelf.Shelf.hold_out", interrupted)
    if error is KeyboardInterrupt:
        assert run("belle", belle_file(*pairs(9))).code == 130
    else:
        with pytest.raises(error):
            run("belle", belle_file(*pairs(9)))
    assert written.bytes() == before


def test_a_full_disk_is_a_clear_error_and_the_old_output_stays(run, written, belle_file):
    run("belle", belle_file(*pairs(3)))
    before = written.bytes()
    large = belle_file(*[(f"问{n}", "答" * 500) for n in range(300)], name="large.json")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # the kernel refuses a write, as on a full disk
    try:
        result = run("belle", large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert result.code == 2
    assert "expected a folder that can be written and has room; found File too large" in result.err
    assert written.bytes() == before


def test_an_output_folder_that_cannot_be_made_is_a_clear_error(run, belle_file, tmp_path):
    (tmp_path / "occupied").write_text("a file, not a folder")
    result = run("belle", belle_file(*pairs(3)), "--dataset-dir", "occupied")
    assert result.code == 2
    assert "occupied" in result.err
    assert "choose another --dataset-dir" in result.err


def test_a_terminated_run_cleans_up_and_leaves_the_old_output(run, written, belle_file, tmp_path):
    run("belle", belle_file(*pairs(3)))
    before = written.bytes()
    path = belle_file(*[(f"问{n}", "答" * 300) for n in range(60_000)])
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(
        [sys.executable, "-m", "converters", "belle", str(path), "--workers", "2"], cwd=tmp_path, env=environment
    )
    data = tmp_path / "dataset_info" / "data"
    deadline = time.monotonic() + 20
    while not any(part.stat().st_size for part in data.glob(".*.part")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 130
    assert written.bytes() == before
