"""When our own code is broken or gone: does `import torch` work, and what is said?"""

import functools
import importlib.util
import json
import shutil
import sys
import venv
from concurrent.futures import Future
from pathlib import Path

import pytest
from _tiny import REPOSITORY, Process, World, altered_copy, at_once, package_folder, python, run

# `import torch`, then a recipe without our keys and one with them.
TRY = """
import json, torch
found = {"torch": torch.ones(2).sum().item()}
from llamafactory.hparams import get_train_args
plain = json.loads(%r)
for name, given in (("plain", plain), ("ours", {**plain, "stage_eval": True})):
    try:
        get_train_args(given)
        found[name] = "parsed"
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def own_entry_point(folder: Path) -> None:
    """Today's entry point before the one that was copied when this environment was made."""
    shutil.copy(REPOSITORY / "ewc_plugin" / "entry_point.py", folder / "llamafactory_ewc_entry.py")


@pytest.fixture(scope="session")
def code(world: World) -> str:
    recipe = {
        "model_name_or_path": str(world.folder / "base"),
        "dataset": "talk",
        "dataset_dir": str(world.folder / "data"),
        "output_dir": "out",
        "report_to": "none",
        "do_train": True,
    }
    return TRY % json.dumps(recipe)


@pytest.fixture(scope="session")
def broken(world: World, code: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Process]]:
    own = package_folder("ewc_plugin")
    first_line = (
        '"""What do we need of LLaMA-Factory, and what do we put in its place? The only package that imports it.'
    )
    changes = {
        "an exception": {"host/__init__.py": (first_line, f"raise OSError('a fault of ours')\n{first_line}")},
        "a syntax error": {"host/__init__.py": (first_line, f"not Python at all\n{first_line}")},
        "a syntax error at once": {"autoload.py": ('"""When do we', 'not Python at all\n"""When do we')},
    }
    shadows = {name: altered_copy(own, tmp_path_factory.mktemp("own"), change) for name, change in changes.items()}
    shadows["no wrapt"] = tmp_path_factory.mktemp("wrapt")
    (shadows["no wrapt"] / "wrapt.py").write_text("raise ImportError('wrapt was removed')\n", encoding="utf-8")
    for shadow in shadows.values():
        own_entry_point(shadow)
    return at_once(
        {name: functools.partial(python, code, cwd=world.folder, PYTHONPATH=str(s)) for name, s in shadows.items()}
    )


@pytest.mark.parametrize("fault", ["an exception", "a syntax error", "a syntax error at once", "no wrapt"])
def test_a_fault_of_ours_breaks_neither_torch_nor_recipes_without_our_keys(
    fault: str, broken: dict[str, Future[Process]]
) -> None:
    found = broken[fault].result().last_json()
    assert (found["torch"], found["plain"]) == (2.0, "parsed")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("an exception", "OSError: a fault of ours"),
        ("a syntax error", "SyntaxError: invalid syntax (__init__.py"),
        ("a syntax error at once", "SyntaxError: invalid syntax (autoload.py"),
        ("no wrapt", "ImportError: wrapt cannot be imported (wrapt was removed); `pip install wrapt`"),
    ],
)
def test_a_fault_of_ours_is_said_in_one_line(fault: str, reason: str, broken: dict[str, Future[Process]]) -> None:
    said = [line for line in broken[fault].result().err.splitlines() if "llamafactory-ewc" in line]
    assert len(said) == 1
    assert reason in said[0]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("an exception", "stage_eval: llamafactory-ewc could not extend this LLaMA-Factory"),
        ("a syntax error", "no effect: SyntaxError"),
        # nothing of ours is there to explain; the line on stderr did
        ("a syntax error at once", "not used by the HfArgumentParser: ['stage_eval']"),
        ("no wrapt", "not used by the HfArgumentParser: ['stage_eval']"),
    ],
)
def test_a_fault_of_ours_stops_a_recipe_with_our_keys(
    fault: str, reason: str, broken: dict[str, Future[Process]]
) -> None:
    assert reason in broken[fault].result().last_json()["ours"]


def test_warnings_as_errors_do_not_turn_our_line_into_a_broken_torch(tmp_path: Path) -> None:
    (tmp_path / "wrapt.py").write_text("raise ImportError('gone')\n", encoding="utf-8")
    own_entry_point(tmp_path)
    ended = python(
        "import torch; print(3)", cwd=tmp_path, PYTHONPATH=str(tmp_path), PYTHONWARNINGS="error::RuntimeWarning"
    )
    assert ended.last_json() == 3


# -- an editable install whose source folder was deleted -------------------------------------------------------


@pytest.fixture(scope="session")
def orphaned(source_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with an editable install of us, whose source folder was deleted afterwards."""
    for needed in ("pip", "hatchling"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"an editable install needs {needed}")
    if package_folder("ewc_plugin").parent != REPOSITORY:
        pytest.skip("this environment holds a copy of us, which the other environment would see")
    environment, source = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("checkout") / "ewc"
    shutil.copytree(source_tree, source)
    venv.create(environment, with_pip=False)
    (site,) = environment.glob("lib/*/site-packages")
    # a plain path: the .pth files in it are not read, so our own editable install there is not seen
    (site / "tested_set.pth").write_text(str(package_folder("torch").parent) + "\n", encoding="utf-8")
    interpreter = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", interpreter, "install", "--no-deps", "--no-build-isolation"]
    ended = run([*pip, "--no-index", "--ignore-installed", "-e", source], cwd=source)
    assert ended.code == 0, ended.err
    shutil.rmtree(source)
    return interpreter


def test_a_deleted_source_folder_leaves_torch_and_the_host_whole(orphaned: Path, code: str, world: World) -> None:
    ended = run([orphaned, "-c", code], cwd=world.folder)
    found = ended.last_json()
    assert (found["torch"], found["plain"]) == (2.0, "parsed")
    assert "not used by the HfArgumentParser: ['stage_eval']" in found["ours"]
    said = [line for line in ended.err.splitlines() if "llamafactory-ewc" in line]
    assert len(said) == 1
    # what was copied into site-packages for `init` is a folder of that name, and no package
    assert "No module named 'ewc_plugin" in said[0]
    assert "LLaMA-Factory runs without it and will not know its keys" in said[0]
