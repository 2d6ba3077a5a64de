"""The real slices, where they are: every record is kept or rejected with a reason, and what is kept is well-formed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from converters.contract import META_KEYS
from converters.licences import unlisted
from converters.registry import SOURCES
from converters.text import is_damaged

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
# source -> its folders of real files; a source without one has no slice under a licence that lets it be passed on
SLICES = {
    "belle": ("belle",),
    "wiki": ("wikipedia",),
    "alpaca_zh": ("alpaca_zh",),
    "translation": ("parallel_tatoeba", "parallel_tmx_tico19", "parallel_translation2019zh"),
    "dialogue": ("dialogue_kdconv", "dialogue_crosswoz", "dialogue_lccc", "dialogue_moss"),
    "poetry": ("poetry_chinese_poetry", "poetry_simplified_newlayout", "poetry_werneror"),
    "literature": ("fiction_chinese_novel", "folk_chinese_novel", "folk_soushenji_kanripo", "folk_xiehouyu"),
    "classical": ("classical_modern_v1", "classical_modern_v2", "classical_modern_bangboom"),
    "history": ("history_kanripo", "fiction_chinese_novel", "folk_chinese_novel"),
    "evaluation": ("eval_cmmlu", "eval_aclue", "eval_alignbench", "eval_belle", "eval_ntrex"),
}
WITHOUT_SLICE = {"general", "story", "preference", "expansion", "custom"}


def folders(source: str) -> list[Path]:
    found = [DATA / name for name in SLICES[source] if (DATA / name).is_dir()]
    if not found:
        pytest.skip(f"the real slices of {source} are not on this machine")
    return found


def test_every_source_has_a_slice_or_is_known_to_have_none():
    assert {source.name for source in SOURCES} == SLICES.keys() | WITHOUT_SLICE


@pytest.mark.parametrize("source", SLICES)
def test_every_record_of_a_slice_is_kept_or_rejected_with_a_reason(run, written, source):
    result = run(source, *folders(source))
    assert result.code == 0, result.err
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted(written.folder.rglob("*.manifest.json"))]
    for manifest in manifests:
        counts, name = manifest["counts"], manifest["dataset"]
        rejects = written.lines(f"{name}.rejects.jsonl")
        assert counts["outcomes"] == counts["examples"] + sum(counts["rejected"].values())
        assert counts["examples"] == counts["train"] + counts["eval"]
        assert len(rejects) == sum(counts["rejected"].values())
        assert all(re.fullmatch(r"[a-z0-9_]+", reject["reason"]) for reject in rejects)
        assert not {reject["reason"] for reject in rejects} & {"broken_json", "bad_encoding"}
    assert sum(manifest["counts"]["examples"] for manifest in manifests) > 0


@pytest.mark.parametrize("source", SLICES)
def test_what_is_kept_of_a_slice_is_well_formed(run, written, source):
    run(source, *folders(source), "--quiet")
    checked = 0
    for path in written.folder.rglob("*.manifest.json"):
        name = path.name.split(".")[0]
        parts = [part for part in (name, f"{name}_eval") if (path.parent / f"{part}.jsonl").exists()]
        lines = [line for part in parts for line in written.lines(f"{part}.jsonl")]
        assert len({line["id"] for line in lines}) == len(lines)
        for line in lines:
            turns = [message["role"] for message in line["messages"] if message["role"] != "system"]
            assert turns == ["user", "assistant"] * (len(turns) // 2) != []
            assert all(message["content"] == message["content"].strip() != "" for message in line["messages"])
            assert not any(is_damaged(message["content"]) for message in line["messages"])
            assert tuple(line["meta"]) == META_KEYS
            assert line["meta"]["document"]
            assert unlisted([line["meta"]["licence"]]) == []
            checked += 1
    assert checked > 0
