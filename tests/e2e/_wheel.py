"""What would a user install? A wheel of this tree, and environments of their own that see the tested set but not us."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from _tiny import REPOSITORY, package_folder, run

# what a wheel carries besides the two packages, and under which name
CARRIED = {
    "recipes": "ewc_plugin/shipped/recipes",
    "dataset_info/dataset_info.json": "ewc_plugin/shipped/dataset_info/dataset_info.json",
    "dataset_info/prosody.json": "ewc_plugin/shipped/dataset_info/prosody.json",
    "constraints.txt": "ewc_plugin/shipped/constraints.txt",
}


@pytest.fixture(scope="session")
def source_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree, under a version that is not installed anywhere."""
    source = tmp_path_factory.mktemp("source")
    for name in ("ewc_plugin", "converters", "recipes"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    # folders that must stay out of it
    for name in ("tests", "benchmarks"):
        (source / name).mkdir()
        (source / name / "__init__.py").touch()
    (source / "dataset_info" / "data").mkdir(parents=True)
    (source / "dataset_info" / "data" / "belle.jsonl").touch()  # what a user of the checkout converted
    others = [name for name in CARRIED if name != "recipes"]
    for name in (*others, "README.md", "README_zh.md", "CHANGELOG.md", "LICENSE", "Makefile", ".gitignore"):
        shutil.copy(REPOSITORY / name, source / name)
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    (source / "pyproject.toml").write_text(text.replace('\nversion = "', '\nversion = "999.'), encoding="utf-8")
    return source


@pytest.fixture(scope="session")
def wheel(source_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", source_tree, tmp_path_factory.mktemp("wheel"))


def built(kind: str, source: Path, out: Path) -> Path:
    build = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", out]
    ended = run([*build, source], cwd=source)
    assert ended.code == 0, ended.out + ended.err
    (made,) = out.glob("llamafactory_ewc-999.*")
    return made


def environment_of_its_own(folder: Path) -> Path:
    """The Python of a new environment that sees the packages of the tested set, but no editable install among them."""
    venv.create(folder, with_pip=False)
    # Python follows no .pth in a folder that a .pth names: ours, which points at the repository, is not read
    tested = package_folder("torch").parent
    (site_packages(folder) / "tested_set.pth").write_text(f"{tested}\n", encoding="utf-8")
    return folder / "bin" / "python"


def site_packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/*/site-packages")
    return found


def pip_install(python: Path, *words: str | Path) -> None:
    # --ignore-installed: the tested set has an installation of us too, which is not this environment's to remove
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    command = [str(word) for word in (*pip, "--ignore-installed", *words)]
    subprocess.run(command, check=True, capture_output=True)
