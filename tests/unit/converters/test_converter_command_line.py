from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import converters
from converters.registry import SOURCES

REPOSITORY = Path(__file__).resolve().parents[3]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)


HEAVY = {"torch", "transformers", "llamafactory", "datasets", "opencc", "tqdm", "pyarrow", "ewc_plugin"}


QUALITY = ("score", "embed", "cluster", "select", "sample", "balance", "difficulty")


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("converters.__main__", HEAVY | {"numpy"}),
        ("converters.convert, converters.reading.inputs, converters.progress, converters.stats", HEAVY),
        (
            ", ".join(f"converters.{name}" for name in QUALITY),
            HEAVY - {"tqdm"} | {"sklearn", "scipy", "sentence_transformers"},
        ),
    ],
)
def test_the_command_line_imports_nothing_heavy(modules, heavy):
    result = python("-c", f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))")
    assert result.stdout.strip() == "[]", result.stderr


def test_one_file_of_the_converters_knows_the_host_and_none_the_plugin():
    files = sorted(Path(converters.__file__).parent.rglob("*.py"))
    imports = {path: re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), flags=re.M) for path in files}
    knowing = [path for path, names in imports.items() if "llamafactory" in names or "ewc_plugin" in names]
    assert [path.parts[-3:] for path in knowing] == [("converters", "quality", "host.py")]
    assert len(files) > 300


def test_list_shows_every_source_with_licence_origin_formats_tasks_and_group(run):
    out = run("list").out
    for source in SOURCES:
        for shown in (source.name, source.group, source.licence, source.origin, *(f.name for f in source.readable)):
            assert shown in out
        assert all(f"{dataset.name}: {dataset.task}" in out for dataset in source.datasets)


def test_list_json_is_for_programs(run):
    listed = json.loads(run("list", "--json").out)
    assert [entry["name"] for entry in listed] == [source.name for source in SOURCES]
    assert {"licence", "origin", "formats", "datasets", "group", "raw"} <= set(listed[0])


def test_after_a_conversion_a_table_and_the_next_command_are_printed(run, belle_file):
    out = run(
        "belle",
        belle_file(("今天吃什么？", "吃面条。"), ("明天吃什么？", "吃饺子。"), ("后天吃什么？", "")),
        "--eval-share",
        "0",
    ).out
    assert re.search(r"^dataset +records +examples +train +eval +rejected$", out, re.MULTILINE)
    assert re.search(r"^belle +3 +2 +2 +0 +1$", out, re.MULTILINE)
    assert "belle rejected: empty_answer 1" in out
    assert out.endswith("next: python -m converters dedupe\n")
    assert "warning: belle has no evaluation example; a larger --eval-share gives some" in out


def test_another_dataset_folder_is_whole_and_stands_in_the_next_command(run, belle_file, tmp_path):
    out = run("belle", belle_file(("问", "答")), "--dataset-dir", "elsewhere").out
    assert "dedupe --dataset-dir elsewhere" in out
    assert "belle" in json.loads((tmp_path / "elsewhere" / "dataset_info.json").read_text())


def test_a_bar_with_rate_kept_and_rejected_is_shown_to_a_person_only(run, belle_file, monkeypatch):
    path = belle_file(("今天吃什么？", "吃面条。"), ("后天吃什么？", ""))
    assert run("belle", path).err == ""
    monkeypatch.setattr("converters.progress.sys.stderr.isatty", lambda: True)
    assert re.search(r"100%.*records/s, kept 1, rejected 1", run("belle", path).err)
    assert run("belle", path, "--quiet").err == ""


def test_quiet_prints_nothing(run, belle_file):
    result = run("belle", belle_file(("问", "答")), "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bele"], "invalid choice: 'bele'"),
        (["belle", "--limit", "0"], "expected 1 or more"),
        (["belle", "--eval-share", "1.5"], "expected a share from 0 to below 1"),
        (["belle", "--workers", "two"], "invalid positive value"),
        ([], "required"),
    ],
)
def test_a_wrong_option_is_an_error_of_the_users(run, words, said):
    result = run(*words)
    assert result.code == 2
    assert said in result.err


def test_a_users_error_is_one_message_without_a_traceback(run):
    result = run("belle", "nowhere.json")
    assert result.err.startswith("error: nowhere.json: expected")
    assert "Traceback" not in result.err


def test_an_error_of_ours_is_not_hidden_and_exits_with_1():
    broken = "import converters.__main__ as m; m.source_named = lambda name: 1 / 0; m.main(['belle', 'x'])"
    result = python("-c", broken)
    assert result.returncode == 1
    assert "ZeroDivisionError" in result.stderr


def test_the_mixture_command_has_its_own_help():
    result = python("-m", "converters", "mix", "--help")
    assert (result.returncode, "usage:" in result.stdout) == (0, True)


def test_the_version_is_the_packages():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == converters.__version__
