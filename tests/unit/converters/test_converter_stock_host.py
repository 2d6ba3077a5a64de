"""LLaMA-Factory as it is reads what we write: Arrow infers one type per file, and its own aligner takes the roles."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def converted(run, tmp_path, monkeypatch):
    """More than 10 MB: Arrow infers types block by block, and a struct that changes later breaks there."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    late = {
        "id": "x",
        "conversations": [
            {"from": "human", "value": "最后一题为什么难？"},
            {"from": "assistant", "value": "因为它最长。"},
        ],
    }
    rows = [
        {
            "instruction": f"第{n}题为什么难？",
            "input": "",
            "output": f"因为第{n}题很长。" + "".join(chr(0x4E00 + (7 * n + at) % 6000) for at in range(900)) + "。",
        }
        for n in range(4000)
    ]
    for name, records in (("a.json", rows), ("b.json", [late])):
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
    assert run("belle", "a.json", "b.json", "--eval-share", "0.01").code == 0
    path = tmp_path / "dataset_info" / "data" / "belle.jsonl"
    assert path.stat().st_size > 10_000_000
    return path


def test_datasets_reads_a_file_of_more_than_ten_megabytes(converted, tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = datasets.load_dataset("json", data_files=str(converted), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == len(converted.read_text("utf-8").splitlines())
    assert rows[-1]["messages"][1] == {"role": "assistant", "content": "因为它最长。"}


@pytest.mark.slow
def test_llamafactory_itself_lists_and_aligns_our_datasets(converted, tmp_path):
    datasets = pytest.importorskip("datasets")
    from llamafactory.data.converter import align_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments
    from transformers import Seq2SeqTrainingArguments

    (described,) = get_dataset_list(["belle"], str(converted.parents[1]))
    assert (described.load_from, described.formatting) == ("file", "sharegpt")
    rows = datasets.load_dataset(
        "json", data_files=str(converted), split="train[-3:]", cache_dir=str(tmp_path / "cache")
    )
    arguments = DataArguments(dataset_dir=str(converted.parents[1]), preprocessing_num_workers=1)
    aligned = align_dataset(rows, described, arguments, Seq2SeqTrainingArguments(output_dir=str(tmp_path / "out")))
    assert aligned[-1]["_prompt"] == [{"role": "user", "content": "最后一问"}]
    assert aligned[-1]["_response"] == [{"role": "assistant", "content": "因为它最长。"}]
