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
