"""What is read by who types a command in the wrong folder, or in one whose path LLaMA-Factory's launcher tears."""

import subprocess
import sys
from pathlib import Path

import pytest

from ewc_plugin import shipped, workplace
from ewc_plugin.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepared(folder):
    for name in workplace.FOLDERS:
        (folder / name).mkdir()


def test_a_command_of_ours_that_fails_in_an_unprepared_folder_names_init(elsewhere, capsys):
    assert main(["report", "saves/domain"]) == 2
    assert f"no recipes/ and no dataset_info/ in {elsewhere}" in capsys.readouterr().err
    prepared(elsewhere)
    assert main(["report", "saves/domain"]) == 2
    assert "init" not in capsys.readouterr().err


@pytest.mark.parametrize("given", ["recipes/domain.yaml", "recipes/qlora/task.yaml", "domain.yaml", "x/recipes/a.yaml"])
def test_a_recipe_of_ours_that_is_not_there_names_init(elsewhere, given):
    error = workplace.no_recipe(given)
    assert isinstance(error, FileNotFoundError)
    assert "python -m ewc_plugin init" in str(error)


def test_a_misspelt_recipe_in_a_prepared_folder_gets_its_right_name(elsewhere):
    prepared(elsewhere)
    said = str(workplace.no_recipe("recipes/foundatoin.yaml"))
    assert "Did you mean recipes/foundation.yaml?" in said
    assert "own.yaml" in said


def test_anybody_elses_recipe_is_left_to_the_host(elsewhere):
    def read_args(args=None):
        raise FileNotFoundError("theirs")

    assert workplace.no_recipe("my.yaml") is None
    with pytest.raises(FileNotFoundError, match="theirs"):
        workplace.helpful(read_args)(None)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("my recipes/own.yaml lr=1", "my recipes/own.yaml:"),
        ("recipes/own.yaml lr=1 output_dir=saves/my model", "output_dir=saves/my model:"),
        ("recipes/own.yaml lr=1", ""),
        ("--stage sft --dataset a.json", ""),
        ("", ""),
    ],
)
def test_a_path_or_value_that_torchruns_command_line_tore_at_its_space_is_named(monkeypatch, typed, named):
    words = typed.split()
    assert workplace.torn_by_torchrun(words) is None  # nobody launched this process
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    error = workplace.torn_by_torchrun(words)
    assert (error is not None) is bool(named)
    assert str(error or "").startswith(named)


def test_a_python_with_a_space_in_its_path_is_named(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/opt/my env")
    assert "/opt/my env has a space" in workplace.spaces_in_python()
    monkeypatch.setattr(sys, "prefix", "/opt/env")
    assert workplace.spaces_in_python() == ""


# -- where our files are -----------------------------------------------------------------------------------------


def test_in_a_checkout_its_own_files_are_meant():
    assert shipped.path("constraints.txt") == ROOT / "constraints.txt"
    assert shipped.path("recipes") == ROOT / "recipes"


@pytest.mark.parametrize("declared", ['[project]\nname = "their-project"\n', "no toml [", None])
def test_a_project_that_copied_us_is_no_checkout_and_an_aged_copy_is_not_asked(tmp_path, monkeypatch, declared):
    package = tmp_path / "ewc_plugin"
    (package / "shipped").mkdir(parents=True)
    (package / "shipped" / "constraints.txt").touch()
    (tmp_path / "constraints.txt").touch()
    if declared is not None:
        (tmp_path / "pyproject.toml").write_text(declared, encoding="utf-8")
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    monkeypatch.setattr(shipped, "_CARRIED", package / "shipped")
    assert shipped.path("constraints.txt") == package / "shipped" / "constraints.txt"
    with pytest.raises(workplace.EwcError, match="pip install --force-reinstall"):
        shipped.path("recipes")


def test_a_copy_in_site_packages_neither_hides_the_package_nor_is_read(tmp_path):
    copy = tmp_path / "ewc_plugin" / "shipped"
    copy.mkdir(parents=True)
    (copy / "constraints.txt").touch()
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\nfrom ewc_plugin import shipped\n"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code + "print(shipped.path('constraints.txt'))"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ended.stdout.strip() == str(ROOT / "constraints.txt")
