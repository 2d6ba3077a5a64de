"""What does an installation bring, and what does it leave as it was?"""

import configparser
import email
import importlib.util
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from _tiny import REPOSITORY, run
from _wheel import CARRIED, built, environment_of_its_own, pip_install, site_packages
from packaging.requirements import Requirement

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("pip", "hatchling", "build")),
    reason="building a wheel needs pip, hatchling and build",
)


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
    assert "converters/expansion/prompts/qa/1.md" in files
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
    source_tree: Path, contents: zipfile.ZipFile, tmp_path: Path
) -> None:
    archive = built("sdist", source_tree, tmp_path)
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(built("wheel", unpacked, tmp_path / "again")) as again:
        assert sorted(again.namelist()) == sorted(contents.namelist())
        differ = [name for name in again.namelist() if again.read(name) != contents.read(name)]
        assert differ == []


def test_an_editable_install_reads_the_checkout_and_never_its_copy_in_site_packages(
    source_tree: Path, tmp_path: Path
) -> None:
    checkout = shutil.copytree(source_tree, tmp_path / "checkout")
    python = environment_of_its_own(tmp_path / "environment")
    pip_install(python, "--no-build-isolation", "--editable", checkout)
    copy = site_packages(tmp_path / "environment") / "ewc_plugin" / "shipped" / "constraints.txt"
    assert copy.is_file()
    asked = (
        "import ewc_plugin; from ewc_plugin import shipped; print(ewc_plugin.__file__, shipped.path('constraints.txt'))"
    )
    ended = run([python, "-c", asked], cwd=tmp_path, PYTHONPATH="")
    assert ended.out.split() == [str(checkout / "ewc_plugin/__init__.py"), str(checkout / "constraints.txt")]


# -- beside an existing LLaMA-Factory --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def with_a_cuda_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with our tested set, but a CUDA torch and a LLaMA-Factory from git."""
    environment = tmp_path_factory.mktemp("environment")
    python = environment_of_its_own(environment)
    for name, version in (("torch", "2.11.0+cu128"), ("llamafactory", "0.9.6.dev0")):
        about = site_packages(environment) / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (about / "INSTALLER").write_text("pip\n", encoding="utf-8")
    return python


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
