"""Is a broken combination told by evidence: what the import's error passed through, and the versions beside it?"""

import sys

import pytest

from ewc_plugin.doctor import breakage, packages
from ewc_plugin.doctor.case import Answer

THROUGH_AUDIO = '  File "/site-packages/torchaudio/_extension/utils.py", line 124, in _check_cuda_version\n'
THROUGH_VISION = '  File "/site-packages/torchvision/_meta_registrations.py", line 163, in <module>\n'
NMS = "RuntimeError: operator torchvision::nms does not exist"
CHAIN = (
    f"Traceback (most recent call last):\n{THROUGH_VISION}{NMS}\n\nThe above exception was the direct cause of the "
    "following exception:\n\nTraceback (most recent call last):\nModuleNotFoundError: Could not import module 'Pre'"
)


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    installed = {"torch": "2.11.0", "torchvision": "0.26.0", "torchaudio": "2.11.0"}
    monkeypatch.setattr(packages, "version", installed.get)
    monkeypatch.setattr(packages, "unmet", lambda _: [])
    return installed


def test_a_torch_that_is_newer_than_torchaudio_is_known_by_any_wording(versions: dict[str, str]) -> None:
    versions["torch"] = "2.16.0+cu140"
    found = breakage.explained(Answer({}, f"Traceback:\n{THROUGH_AUDIO}ImportError: reworded in a later release"))
    assert "torch 2.16.0+cu140 does not go with torchaudio 2.11.0" in found.found
    assert "ImportError: reworded in a later release" in found.found


def test_the_same_error_beside_a_fitting_torch_has_another_cause(versions: dict[str, str]) -> None:
    found = breakage.explained(Answer({}, f"Traceback:\n{THROUGH_AUDIO}OSError: libsox.so: no such file"))
    assert found.found.startswith("an error that is not known here:")
    assert "libsox.so" in found.found


def test_a_torch_for_cpus_is_known_behind_another_librarys_sentence(versions: dict[str, str]) -> None:
    versions["torch"] = "2.11.0+cpu"
    assert breakage.explained(Answer({}, CHAIN)).found == (
        f"torch 2.11.0+cpu is the build for CPUs only, torchvision 0.26.0 the one for CUDA: {NMS}"
    )


def test_torch_itself_says_that_it_was_built_without_cuda(versions: dict[str, str]) -> None:
    assert "build for CPUs only" in breakage.explained(Answer({"cuda": None}, CHAIN)).found


def test_two_builds_for_cpus_fail_for_another_reason(versions: dict[str, str]) -> None:
    versions |= {"torch": "2.12.0+cpu", "torchvision": "0.26.0+cpu"}
    found = breakage.explained(Answer({}, CHAIN)).found
    assert found.startswith("torch 2.12.0+cpu does not go with torchvision 0.26.0+cpu")


def test_a_package_that_is_absent_is_named() -> None:
    found = breakage.explained(Answer({}, "Traceback:\nModuleNotFoundError: No module named 'trl.trainer'"))
    assert found.found == "trl is not installed"
    assert found.remedy[0].endswith(" trl")


def test_a_version_that_is_known_to_be_bad_is_named(versions: dict[str, str]) -> None:
    versions["transformers"] = "5.6.0"
    ((name, found),) = breakage.known_by_version()
    assert (name, found.level) == ("transformers", "problem")
    versions["transformers"] = "5.5.4"
    assert breakage.known_by_version() == []


@pytest.mark.parametrize(("prefix", "known"), [("/home/\udce7\udc8e\udc8b/venv", True), ("/home/wang/venv", False)])
def test_an_environment_in_a_folder_that_the_locale_cannot_read_is_named(
    prefix: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    error = "UnicodeEncodeError: 'utf-8' codec can't encode character '\\udce7' in position 6: surrogates not allowed"
    found = breakage.explained(Answer({}, f"Traceback:\n{error}"))
    assert ("export PYTHONUTF8=1" in found.remedy) is known
