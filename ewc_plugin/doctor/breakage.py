"""Why can torch or LLaMA-Factory not be imported? Combinations that were seen to break, told by what the import said.

Each is recognised by the packages that the real error passed through and by the installed versions together, so a
reworded message is still known, and the same message with another cause is not mistaken for it.
"""

import re
import sys

from ewc_plugin.doctor import packages
from ewc_plugin.doctor.case import Answer
from ewc_plugin.doctor.finding import BUILDS, TRIO, Finding, pip, problem

CPU = "+cpu"  # what PyTorch appends to the version of such a build
# name → version → why it is out, whatever the import says: seen to import and then to fail in use
KNOWN_BAD = {("transformers", "5.6.0"): "LLaMA-Factory excludes it as broken, yet a plain pip install chooses it"}


def known_by_version() -> list[tuple[str, Finding]]:
    """(package, finding) for each installed version that is known to be bad."""
    return [
        (name, problem(f"{name} {version}: {reason}", pip(name)))
        for (name, version), reason in KNOWN_BAD.items()
        if packages.version(name) == version
    ]


def explained(answer: Answer) -> Finding:
    """What an import's failure means, and what to type."""
    for known in KNOWN:
        found = known(answer)
        if found is not None:
            return found
    return problem(f"an error that is not known here:\n{answer.end}", *_tested_set())


def _tested_set() -> tuple[str, ...]:
    return (
        pip(*TRIO, "transformers", "llamafactory"),
        "# or in a new environment: python -m venv new, source new/bin/activate, then that line",
    )


def _not_installed(answer: Answer) -> Finding | None:
    match = re.match(r"ModuleNotFoundError: No module named '([\w.]+)'", answer.last_line)
    if match is None:
        return None
    name = match[1].split(".")[0]
    return problem(f"{name} is not installed", pip(name))


def _torchaudio_behind(answer: Answer) -> Finding | None:
    """The host imports torchaudio, which ends at 2.11 and compares its CUDA with torch's."""
    torch, audio = packages.version("torch"), packages.version("torchaudio")
    if not _passed_through(answer, "torchaudio") or not torch or not audio or _release(torch) == _release(audio):
        return None
    return problem(
        f"torch {torch} does not go with torchaudio {audio}, which LLaMA-Factory imports and which has no later "
        f"release: {_sentence(answer)}",
        pip(*TRIO),
    )


def _vision_without_cuda(answer: Answer) -> Finding | None:
    """torchvision from PyPI is linked against CUDA; beside a torch without it, its operators are not registered."""
    torch, vision = packages.version("torch"), packages.version("torchvision")
    if not _about_vision(answer) or not torch or not vision or not _without_cuda(torch, answer) or vision.endswith(CPU):
        return None
    return problem(
        f"torch {torch} is the build for CPUs only, torchvision {vision} the one for CUDA: {_sentence(answer)}",
        pip("--force-reinstall", *TRIO),
        f"# that one, with CUDA, runs on CPUs too; or install all three for CPUs: {BUILDS}",
    )


def _vision_of_another_torch(answer: Answer) -> Finding | None:
    torch, vision = packages.version("torch"), packages.version("torchvision")
    if not _about_vision(answer) or not torch or not vision:
        return None
    wanted = [u for u in packages.unmet("torchvision") if u.name == "torch"]
    made_for = f", which requires torch{wanted[0].wanted}" if wanted else ""
    return problem(
        f"torch {torch} does not go with torchvision {vision}{made_for}: {_sentence(answer)}",
        pip("--force-reinstall" if not wanted else "--upgrade", *TRIO),
    )


def _torch_libraries(answer: Answer) -> Finding | None:
    """torch itself, from a later or interrupted installation, beside NVIDIA libraries of other versions."""
    if "torch/__init__.py" not in answer.error.replace("\\", "/") or "torch" in answer.facts:
        return None
    lacking = packages.unmet("torch")
    if not lacking or not answer.last_line.startswith(("ImportError", "OSError")):
        return None
    return problem(
        f"torch {packages.version('torch')} lacks what it requires ({', '.join(map(str, lacking[:3]))}"
        f"{' …' if len(lacking) > 3 else ''}): {_sentence(answer)}",
        pip("--force-reinstall", "torch"),
    )


def _environment_named_in_another_encoding(answer: Answer) -> Finding | None:
    """torch hands its own path over as UTF-8, which a name in other bytes than the locale's has none of."""
    if "surrogates not allowed" not in answer.cause or not _has_undecoded_bytes(sys.prefix):
        return None
    return problem(
        f"the name of this environment's folder is not in the locale's encoding ({sys.getfilesystemencoding()}), and "
        "torch cannot read it",
        "export PYTHONUTF8=1",
        "# or make the environment in a folder whose name is in plain letters",
    )


# -- evidence --------------------------------------------------------------------------------------------------


def _passed_through(answer: Answer, package: str) -> bool:
    """Whether the traceback has a file of the package."""
    return bool(re.search(rf'File "[^"\n]*[/\\]{package}[/\\]', answer.error))


def _has_undecoded_bytes(path: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in path)


def _about_vision(answer: Answer) -> bool:
    # transformers imports torchvision lazily and may report its failure in a sentence of its own
    return _passed_through(answer, "torchvision") or "torchvision" in answer.cause + answer.last_line


def _without_cuda(version: str, answer: Answer) -> bool:
    return version.endswith(CPU) or ("cuda" in answer.facts and answer.facts["cuda"] is None)


def _release(version: str) -> tuple[str, ...]:
    return tuple(version.split("+")[0].split(".")[:2])


def _sentence(answer: Answer, longest: int = 160) -> str:
    """The error's own words, or their beginning."""
    text = answer.cause
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + " …"


KNOWN = (
    *(_not_installed, _torchaudio_behind, _vision_without_cuda, _vision_of_another_torch, _torch_libraries),
    _environment_named_in_another_encoding,
)
