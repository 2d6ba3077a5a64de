"""Is the page aligned, are commands whole, and does every problem have a remedy?"""

from pathlib import Path

import pytest
from _cases import case

from ewc_plugin import doctor
from ewc_plugin.doctor import screen
from ewc_plugin.doctor.finding import note, ok, pip, problem


def test_chinese_characters_count_as_two_columns() -> None:
    assert screen.wrapped("训练 训练 训练", 9) == ["训练 训练", "训练"]
    assert screen.wrapped("abcdefghijkl mn", 5) == ["abcdefghijkl", "mn"]


def test_findings_are_aligned_and_commands_are_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = "pip install -c '/a folder/constraints.txt' " + "package " * 9
    page = screen.page({"data": [ok("所有数据集 " * 6), problem("text " * 20, command)], "disk": [note("x")]})
    lines = page.splitlines()
    texts = [line for line in lines[:-2] if "$ " not in line]
    assert {line[14:15] for line in texts} == {"所", "t", "x"}
    assert max(screen.width(line) for line in texts) <= 60
    assert f"{'':14}$ {command}".rstrip() in lines
    assert lines[-1] == "1 problem: type what stands under each, then run this again."


def test_a_page_without_a_problem_says_so() -> None:
    assert screen.page({"data": [ok("x"), note("y")]}).endswith("\n\nNo problem was found.")


def test_a_problem_without_a_remedy_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="without a remedy"):
        problem("something")


def test_a_path_with_spaces_is_one_word_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ewc_plugin.shipped.path", lambda name: Path("/我的 目录") / name)
    assert " -c '/我的 目录/constraints.txt' torch" in pip("torch")


def test_a_check_that_fails_itself_is_a_problem_and_loses_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[object]:
        raise OSError("stale file handle")

    monkeypatch.setattr(doctor, "CHECKS", {"disk": broken, "hub": doctor.CHECKS["hub"]})
    found = doctor.examined(case())
    assert found["disk"][0].found == "this check could not be made: OSError: stale file handle"
    assert found["hub"]
