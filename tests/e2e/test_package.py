"""What does an installation bring, and what does it leave as it was?"""

import configparser
import email
import importlib.util
import json
import shutil
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from _tiny import REPOSITORY, package_folder, run
from packaging.requirements import Requirement

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("pip", "hatchling", "build")),
    reason="building a wheel needs pip, hatchling and build",
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, under a version that is not installed anywhere."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("ewc_plugin", "converters"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    # folders that must stay out of it
    for name in ("tests", "recipes", "benchmarks"):
        (source / name).mkdir()
        (source / name / "__init__.py").touch()
    for name in ("README.md", "LICENSE", ".gitignore"):
        shutil.copy(REPOSITORY / name, source / name)
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    (source / "pyproject.toml").write_text(text.replace('\nversion = "', '\nversion = "999.'), encoding="utf-8")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out]
    ended = run([*build, source], cwd=source)
    assert ended.code == 0, ended.out + ended.err
    (made,) = out.glob("llamafactory_ewc-999.*.whl")
    return made


@pytest.fixture
def contents(wheel: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(wheel) as opened:
        yield opened


def metadata(contents: zipfile.ZipFile, name: str) -> str:
    (path,) = (n for n in contents.namelist() if n.endswith(f".dist-info/{name}"))
    return contents.read(path).decode()


def test_the_wheel_installs_two_packages_and_the_entry_point_that_stands_alone(contents: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in contents.namelist() if ".dist-info/" not in name}
    assert top == {"ewc_plugin", "converters", "llamafactory_ewc_entry.py"}


def test_the_entry_point_is_declared_and_is_our_file(contents: zipfile.ZipFile) -> None:
    declared = configparser.ConfigParser()
    declared.read_string(metadata(contents, "entry_points.txt"))
    assert dict(declared["torch.backends"]) == {"llamafactory_ewc": "llamafactory_ewc_entry:activate"}
    source = (REPOSITORY / "ewc_plugin" / "entry_point.py").read_bytes()
    assert contents.read("llamafactory_ewc_entry.py") == source


def test_every_file_of_our_packages_is_in_the_wheel(contents: zipfile.ZipFile) -> None:
    files = [
        path.relative_to(REPOSITORY).as_posix()
        for package in ("ewc_plugin", "converters")
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(files) > 60
    assert any(name.startswith("converters/samples/") for name in files)
    moved = {"ewc_plugin/entry_point.py"}  # it is llamafactory_ewc_entry.py there
    assert set(files) - set(contents.namelist()) == moved


@pytest.mark.parametrize(
    "installed",
    ["torch==2.11.0+cu128", "torch==2.6.0+cu124", "llamafactory==0.9.5", "llamafactory==0.9.6.dev0", "numpy==2.3.0"],
)
def test_our_ranges_admit_what_users_have(installed: str, contents: zipfile.ZipFile) -> None:
    name, version = installed.split("==")
    fields = email.message_from_string(metadata(contents, "METADATA"))
    required = {r.name: r for r in map(Requirement, fields.get_all("Requires-Dist", [])) if r.marker is None}
    assert required[name].specifier.contains(version, prereleases=True)


# -- beside an existing LLaMA-Factory --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def with_a_cuda_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with our tested set, but a CUDA torch and a LLaMA-Factory from git."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    (site,) = environment.glob("lib/*/site-packages")
    (site / "tested_set.pth").write_text(str(package_folder("torch").parent) + "\n", encoding="utf-8")
    for name, version in (("torch", "2.11.0+cu128"), ("llamafactory", "0.9.6.dev0")):
        about = site / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (about / "INSTALLER").write_text("pip\n", encoding="utf-8")
    return environment / "bin" / "python"


def would_install(interpreter: Path | str, wheel: Path) -> list[str]:
    """What pip would download or replace, with no index to take anything else from."""
    pip = [sys.executable, "-m", "pip", "--python", interpreter, "install", "--dry-run", "--quiet", "--report", "-"]
    ended = run([*pip, "--no-index", "--find-links", wheel.parent, "--upgrade", "llamafactory-ewc"], cwd=wheel.parent)
    assert ended.code == 0, ended.err
    return [item["metadata"]["name"] for item in json.loads(ended.out)["install"]]


def test_installing_beside_llamafactory_and_torch_replaces_neither(wheel: Path) -> None:
    assert would_install(sys.executable, wheel) == ["llamafactory-ewc"]


def test_installing_beside_a_cuda_torch_and_a_host_from_git_replaces_neither(
    wheel: Path, with_a_cuda_torch: Path
) -> None:
    assert would_install(with_a_cuda_torch, wheel) == ["llamafactory-ewc"]
