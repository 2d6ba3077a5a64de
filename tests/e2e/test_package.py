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


# what the package says is in a wheel besides the two packages, and under which name
CARRIED = {
    "recipes": "ewc_plugin/shipped/recipes",
    "dataset_info/dataset_info.json": "ewc_plugin/shipped/dataset_info/dataset_info.json",
    "dataset_info/prosody.json": "ewc_plugin/shipped/dataset_info/prosody.json",
    "constraints.txt": "ewc_plugin/shipped/constraints.txt",
}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


def built(kind: str, source: Path, out: Path) -> Path:
    build = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", out]
    ended = run([*build, source], cwd=source)
    assert ended.code == 0, ended.out + ended.err
    (made,) = out.glob("llamafactory_ewc-999.*")
    return made


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", source, tmp_path_factory.mktemp("wheel"))


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


def test_the_recipes_the_registry_and_the_tested_set_are_in_the_wheel_byte_for_byte(contents: zipfile.ZipFile) -> None:
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for name in CARRIED
        for path in ([REPOSITORY / name] if (REPOSITORY / name).is_file() else (REPOSITORY / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"recipes/domain.yaml", "recipes/deepspeed/zero3.json", "recipes/smoke/demo.py"} < files
    shipped = {n.removeprefix("ewc_plugin/shipped/") for n in contents.namelist() if "/shipped/" in n}
    assert shipped == files
    for name in files:
        assert contents.read(f"ewc_plugin/shipped/{name}") == (REPOSITORY / name).read_bytes()


def test_a_wheel_that_is_built_from_the_source_archive_is_the_same(
    source: Path, contents: zipfile.ZipFile, tmp_path: Path
) -> None:
    archive = built("sdist", source, tmp_path)
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(built("wheel", unpacked, tmp_path / "again")) as again:
        assert sorted(again.namelist()) == sorted(contents.namelist())
        differ = [name for name in again.namelist() if again.read(name) != contents.read(name)]
        assert differ == []


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
