"""What does `python -m ewc_plugin doctor` say in environments that work, that are switched off, and that are broken?"""

import functools
import json
import sys
import venv
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from _tiny import REPOSITORY, Process, altered_copy, at_once, package_folder, run, selected

CONSTRAINTS = REPOSITORY / "constraints.txt"
CHECK = "        if ta_version != t_version:"
AUDIO = {"_extension/utils.py": (CHECK, f"        t_version = '13.2'\n{CHECK}")}
UNKNOWN = {"train/tuner.py": ("import torch\n", "import torch\nraise ValueError('a fault that nobody knows')\n")}


def overlay(folder: Path, **versions: str) -> Path:
    """The Python of an environment that sees this one's packages, with the metadata of other versions before them."""
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/*/site-packages")
    (site / "rest.pth").write_text(f"{package_folder('torch').parent}\n{REPOSITORY}\n", encoding="utf-8")
    for name, version in versions.items():
        about = site / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    return folder / "bin" / "python"


def doctor(python: Path | str, cwd: Path, **variables: str) -> Process:
    return run([python, "-m", "ewc_plugin", "doctor", "--json"], cwd=cwd, **variables)


@pytest.fixture(scope="session")
def patients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Process]]:
    folder = tmp_path_factory.mktemp("doctor")
    here = folder / "空 目录"
    here.mkdir()
    newest = overlay(folder / "newest", torch="2.15.0")
    cpu = overlay(folder / "cpu", torch="2.11.0+cpu")
    audio = altered_copy(package_folder("torchaudio"), folder / "audio", AUDIO)
    vision = altered_copy(package_folder("torchvision"), folder / "vision", {})
    for operators in (vision / "torchvision").glob("_C*.so"):  # beside a torch without CUDA it cannot be loaded
        operators.unlink()
    unknown = altered_copy(package_folder("llamafactory"), folder / "unknown", UNKNOWN)
    jobs = {
        "well": functools.partial(doctor, sys.executable, here),
        "newest torch": functools.partial(doctor, newest, here, PYTHONPATH=str(audio)),
        "torch for CPUs only": functools.partial(doctor, cpu, here, PYTHONPATH=str(vision)),
        "an unknown fault": functools.partial(doctor, sys.executable, here, PYTHONPATH=str(unknown)),
        "no autoload": functools.partial(doctor, sys.executable, here, TORCH_DEVICE_BACKEND_AUTOLOAD="0"),
        "switched off": functools.partial(doctor, sys.executable, here, LLAMAFACTORY_EWC="0"),
    }
    wanted = selected(request, "patient")
    return at_once({name: job for name, job in jobs.items() if name in wanted})


def about(ended: Process, family: str, level: str = "problem") -> list[dict[str, Any]]:
    found = json.loads(ended.out)["findings"]
    return [finding for finding in found if (finding["family"], finding["level"]) == (family, level)]


@pytest.mark.parametrize("patient", ["well"])
def test_our_keys_are_seen_in_a_fresh_process(patient: str, patients: dict[str, Future[Process]]) -> None:
    ended = patients[patient].result()
    (said,) = about(ended, "activation", "ok")
    assert said["found"].startswith("a fresh process knows our ")
    assert not about(ended, "versions")
    # an empty folder: the only thing to do is to write the registry
    assert [f["remedy"][0] for f in about(ended, "data")] == ["python -m ewc_plugin init"]
    assert ended.code == 1


@pytest.mark.parametrize(
    ("patient", "found", "typed"),
    [
        (
            "newest torch",
            "torch 2.15.0 does not go with torchaudio 2.11.0, which LLaMA-Factory imports and which has no later "
            "release: RuntimeError: Detected that PyTorch and TorchAudio were compiled with different CUDA versions.",
            f"install -c {CONSTRAINTS} torch torchvision torchaudio",
        ),
        (
            "torch for CPUs only",
            "torch 2.11.0+cpu is the build for CPUs only, torchvision 0.26.0 the one for CUDA: "
            "RuntimeError: operator torchvision::nms does not exist",
            f"install -c {CONSTRAINTS} --force-reinstall torch torchvision torchaudio",
        ),
        (
            "an unknown fault",
            "ValueError: a fault that nobody knows",
            f"install -c {CONSTRAINTS} torch torchvision torchaudio transformers llamafactory",
        ),
        ("no autoload", "TORCH_DEVICE_BACKEND_AUTOLOAD=0 keeps PyTorch", "unset TORCH_DEVICE_BACKEND_AUTOLOAD"),
        pytest.param(
            "switched off",
            "LLAMAFACTORY_EWC=0 switches this package off",
            "unset LLAMAFACTORY_EWC",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_keeps_us_out_is_named_with_the_command_that_mends_it(
    patient: str, found: str, typed: str, patients: dict[str, Future[Process]]
) -> None:
    ended = patients[patient].result()
    (said,) = about(ended, "activation")
    assert found in said["found"]
    assert said["remedy"][0].endswith(typed)
    assert ended.code == 1


# -- nothing but Python ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without any package, in which an installation of ours left its metadata."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/*/site-packages")
    about = site / "llamafactory_ewc-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: llamafactory-ewc\nVersion: 0.1.0\n", encoding="utf-8")
    gone = {"dir_info": {"editable": True}, "url": "file:///home/user/%E5%B7%B2%E5%88%A0%E9%99%A4"}
    (about / "direct_url.json").write_text(json.dumps(gone), encoding="utf-8")
    return folder / "bin" / "python"


def test_without_any_package_the_doctor_still_speaks(bare: Path, tmp_path: Path) -> None:
    ended = doctor(bare, tmp_path, PYTHONPATH=str(REPOSITORY))
    assert ended.code == 1, ended.err
    assert "llamafactory is not installed in this Python" in [f["found"] for f in about(ended, "environment")]
    assert [f["found"] for f in about(ended, "activation")] == ["torch is not installed"]
    assert [f["found"] for f in about(ended, "versions")] == [
        "packaging is not installed, so versions cannot be compared"
    ]


def test_an_editable_installation_whose_folder_has_gone_is_named(bare: Path, tmp_path: Path) -> None:
    ended = doctor(bare, tmp_path, PYTHONPATH=str(REPOSITORY))
    (said,) = [f for f in about(ended, "environment") if "gone" in f["found"]]
    assert "installed from /home/user/已删除, which has gone" in said["found"]
    assert said["remedy"][0].endswith(f"-e {REPOSITORY}")


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "gb18030"}, {"LC_ALL": "zh_CN.GB18030"}]
)
def test_the_page_appears_in_any_terminal(variables: dict[str, str], bare: Path, tmp_path: Path) -> None:
    ended = run(
        [bare, "-m", "ewc_plugin", "doctor"], cwd=tmp_path, PYTHONPATH=str(REPOSITORY), COLUMNS="80", **variables
    )
    assert ended.code == 1, ended.err
    assert ended.out.rstrip().endswith("problems: type what stands under each, then run this again.")
    assert len(ended.out.splitlines()) < 60


def test_the_doctor_needs_the_standard_library_alone(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); import ewc_plugin.doctor; print(sys.flags.no_site)"
    assert run([sys.executable, "-S", "-I", "-c", code], cwd=tmp_path).last_json() == 1
