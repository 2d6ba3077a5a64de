"""Every licence that a source carries is known, and what a mixture obliges to is counted from its records."""

from __future__ import annotations

import json

import pytest

from converters.licences import LICENCES, report, unlisted
from converters.registry import SOURCES


def test_every_licence_of_every_source_is_in_the_table():
    stated = [source.licence for source in SOURCES] + [
        shape.licence for source in SOURCES for shape in source.formats if shape.licence
    ]
    assert unlisted(stated) == []
    assert len(stated) > 0


def test_obligations_are_summed_over_the_parts_of_a_licence():
    text = report({("belle", "ODC-By-1.0 AND LicenseRef-research-only"): 3, ("kdconv", "Apache-2.0"): 2})
    assert "non-commercial: 3 of 5 records (belle)" in text
    assert "share-alike: nothing" in text
    assert "attribution: 5 of 5 records (belle, kdconv)" in text


def test_licences_that_cannot_both_be_kept_are_named():
    assert "cannot both be kept" in report({("wiki", "CC-BY-SA-4.0"): 1, ("moss", "CC-BY-NC-4.0"): 1})
    assert "cannot both be kept" not in report({("wiki", "CC-BY-SA-4.0"): 1, ("x", "MIT"): 1})


def test_an_unknown_licence_is_a_warning_and_no_permission():
    assert "the licence 'Homebrew-1' is not known here" in report({("mine", "Homebrew-1"): 1})


@pytest.mark.parametrize("name", [name for name in LICENCES if "NC" in name])
def test_non_commercial_licences_say_so(name):
    assert LICENCES[name].non_commercial
    assert LICENCES[name].share_alike is ("SA" in name)


def test_the_command_counts_the_records_of_a_dataset_and_lists_whom_to_name(run, written, belle_file, tmp_path):
    run("belle", belle_file(("问题一", "答案一"), ("问题二", "答案二")), "--eval-share", "0")
    result = run("licences", "belle", "--attributions", "names.txt")
    assert result.code == 0
    assert "belle: 2 records under ODC-By-1.0 AND LicenseRef-research-only" in result.out
    assert (tmp_path / "names.txt").read_text("utf-8") == "belle · ODC-By-1.0 AND LicenseRef-research-only\n"


def test_a_mixture_may_be_named_by_its_stage(run, written, belle_file):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(20)]), "--eval-share", "0")
    assert run("mix", "foundation", "--total", "10", "--on-missing", "skip").code == 0
    assert "belle: 10 records" in run("licences", "foundation").out


def test_the_manifest_of_a_mixture_says_what_its_records_oblige_to(run, written, belle_file, tmp_path):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(20)]), "--eval-share", "0")
    assert run("mix", "foundation", "--total", "10", "--on-missing", "skip").code == 0
    manifest = json.loads((tmp_path / "dataset_info/data/foundation_mix.manifest.json").read_text("utf-8"))
    licence = "ODC-By-1.0 AND LicenseRef-research-only"
    assert manifest["licences"]["records"] == [{"source": "belle", "licence": licence, "records": 10}]
    said = run("licences", "foundation").out
    assert manifest["licences"]["obligations"] == said.rstrip("\n").split("\n")[2:]
    assert "attribution: 10 of 10 records (belle)" in manifest["licences"]["obligations"]


def test_a_name_that_is_not_there_is_an_error_that_lists_the_names(run, belle_file):
    run("belle", belle_file(("问题一", "答案一"), ("问题二", "答案二")))
    result = run("licences", "nonsense")
    assert result.code == 2
    assert "Names: belle" in result.err


def test_a_dataset_that_was_not_converted_is_an_error(run, written, belle_file):
    run("belle", belle_file(("问题一", "答案一"), ("问题二", "答案二")))
    registry = json.loads((written.folder / "dataset_info/dataset_info.json").read_text())
    name = next(name for name in registry if name.startswith("poetry"))
    assert run("licences", name).code == 2


def test_share_alike_and_no_commerce_clash_whoever_they_are():
    text = report({("wiki", "CC-BY-SA-4.0"): 1, ("belle", "ODC-By-1.0 AND LicenseRef-research-only"): 1})
    assert "CC-BY-SA-4.0 and LicenseRef-research-only cannot both be kept" in text
    assert "cannot both be kept" in report({("old", "CC-BY-SA-3.0"): 1, ("x", "CC-BY-NC-4.0"): 1})
    assert "cannot both be kept" not in report({("x", "CC-BY-NC-SA-4.0"): 1, ("y", "CC-BY-NC-4.0"): 1})


ALL = ("prompt", "response", "licence", "attribution", "title", "author")
COLUMNS = ("--columns", ",".join(f"{name}={name}" for name in ALL), "--eval-share", "0")


def credits_of(run, tmp_path, write_lines, *records):
    lines = [dict.fromkeys(ALL, "") | record for record in records]
    assert run("custom", write_lines("mine.jsonl", *lines), *COLUMNS).code == 0
    assert run("licences", "custom", "--attributions", "names.txt").code == 0
    return (tmp_path / "names.txt").read_text("utf-8").splitlines()


def test_whom_a_record_names_is_listed_under_any_licence(run, tmp_path, write_lines):
    records = [
        {"prompt": "今天吃什么？", "response": "吃面条吧。", "licence": "Homebrew-1", "attribution": "张三"},
        {
            "prompt": "明天吃什么？",
            "response": "吃饺子吧。",
            "licence": "LicenseRef-research-only",
            "attribution": "李四",
        },
        {"prompt": "后天吃什么？", "response": "吃米饭吧。", "licence": "CC0-1.0"},
        {"prompt": "晚上吃什么？", "response": "喝一点粥。", "licence": "Homebrew-2"},
    ]
    found = credits_of(run, tmp_path, write_lines, *records)
    assert [line for line in found if "张三" in line or "李四" in line] == [
        "custom · 张三 · Homebrew-1",
        "custom · 李四 · LicenseRef-research-only",
    ]
    assert "custom · Homebrew-2" in found  # what it asks for is not known: better named than not
    assert not any("CC0" in line for line in found)


def test_a_credit_is_one_line(run, tmp_path, write_lines):
    record = {
        "prompt": "今天吃什么？",
        "response": "吃面条吧。",
        "licence": "MIT",
        "title": "春天\n的歌",
        "author": "张三",
    }
    assert len(credits_of(run, tmp_path, write_lines, record)) == 1


def test_a_dataset_of_the_users_own_may_be_an_array_without_meta(run, written, belle_file):
    run("belle", belle_file(("问题一", "答案一"), ("问题二", "答案二")))
    (written.folder / "dataset_info/data/mine.json").write_text('[{"instruction": "a", "output": "b"}, 5]', "utf-8")
    registry = written.registry() | {"mine": {"file_name": "data/mine.json"}}
    (written.folder / "dataset_info/dataset_info.json").write_text(json.dumps(registry))
    result = run("licences", "mine", "belle")
    assert result.code == 0, result.err
    assert "mine: 2 records under LicenseRef-unstated" in result.out


def test_a_mixture_of_several_sources_is_told_by_source(run, written, belle_file, write_lines):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(20)]), "--eval-share", "0")
    run(
        "belle",
        belle_file(*[(f"别的问题{n}", f"别的{n}") for n in range(20)], name="b.json"),
        "--eval-share",
        "0",
        "--name",
        "second",
    )
    sa = {"licence": "CC-BY-SA-4.0"}
    mine = [
        dict.fromkeys(ALL, "") | sa | {"prompt": f"第{n}天吃什么？", "response": f"吃第{n}种面。"} for n in range(20)
    ]
    run("custom", write_lines("mine.jsonl", *mine), *COLUMNS, "--group", "foundation")
    assert run("mix", "foundation", "--total", "20", "--on-missing", "skip").code == 0
    out = run("licences", "foundation").out
    shared = sum(line["source"] == "custom" for line in written.lines("foundation_mix.jsonl"))
    assert f"custom: {shared} records under CC-BY-SA-4.0" in out
    assert f"share-alike: {shared} of 20 records (custom)" in out
    assert f"non-commercial: {20 - shared} of 20 records (belle)" in out
    assert 0 < shared < 20


def test_what_is_not_there_yet_says_how_to_make_it(run):
    run("catalog")
    assert "Make it first: `python -m converters mix domain_mix`" in run("licences", "domain").err
    assert "Make it first: `python -m converters poetry`" in run("licences", "poetry_next").err
