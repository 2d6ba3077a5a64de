"""Which Python is this, and do the words `llamafactory-cli` and `python` mean the same one?"""

import os
import platform
import shutil
import sys
from pathlib import Path

from ewc_plugin.doctor import packages
from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, note, ok, pip, problem, quoted, reinstalled

COMMAND = "llamafactory-cli"


def findings(case: Case) -> list[Finding]:
    return [_python(case), *_host(), *_ours(), *_command(), *_spaces(case)]


def _python(case: Case) -> Finding:
    what = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.prefix != sys.base_prefix:
        return ok(f"{what}, virtual environment {sys.prefix}")
    if conda := case.environ.get("CONDA_PREFIX"):
        return ok(f"{what}, conda environment {conda}")
    return note(f"{what}, {sys.prefix}: no virtual environment, so other programs' packages may be replaced")


def _host() -> list[Finding]:
    found = packages.version(packages.HOST)
    if found is None:
        return [problem("llamafactory is not installed in this Python", pip("llamafactory"))]
    return [ok(f"llamafactory {found}, {packages.origin(packages.HOST)}")]


def _ours() -> list[Finding]:
    """Installed, from where, and is that the code which is running?"""
    found = packages.version(packages.OWN)
    here = Path(__file__).resolve().parents[2]
    if found is None:
        return [
            problem(
                f"llamafactory-ewc runs from {here} but is not installed: LLaMA-Factory will not know its keys",
                reinstalled(),
            )
        ]
    folder = packages.source_folder(packages.OWN)
    if folder is not None and packages.editable(packages.OWN):
        if not (folder / "ewc_plugin").is_dir():
            return [
                problem(
                    f"llamafactory-ewc is installed from {folder}, which has gone: LLaMA-Factory runs without it",
                    reinstalled(),
                )
            ]
        if folder.resolve() != here:
            return [
                problem(
                    f"llamafactory-ewc is installed from {folder}, not from {here}: llamafactory-cli uses the former",
                    reinstalled(),
                )
            ]
    return [ok(f"llamafactory-ewc {found}, {packages.origin(packages.OWN)}")]


def _command() -> list[Finding]:
    """A `llamafactory-cli` of another environment trains without us, and says nothing."""
    own = Path(os.path.normpath(sys.executable)).with_name(COMMAND)
    first = shutil.which(COMMAND)
    if packages.version(packages.HOST) is None or (first and _same(Path(first), own)):
        return []
    if not own.exists():
        return [problem(f"{own} is absent", pip("--force-reinstall", "--no-deps", "llamafactory"))]
    activate = own.with_name("activate")
    remedy = f"source {quoted(activate)}" if activate.is_file() else f"export PATH={quoted(own.parent)}:$PATH"
    if first is None:
        return [note(f"{COMMAND} is not on PATH", remedy)]
    return [problem(f"{COMMAND} on PATH is another environment's: {first}", remedy)]


def _spaces(case: Case) -> list[Finding]:
    """The host puts torchrun's command together as text and splits it at every space."""
    host = str(case.host.facts.get("host", ""))  # empty where it is not installed
    if not any(character.isspace() for character in host):
        return []
    launcher = Path(host).with_name("launcher.py")
    text = "llamafactory-cli cannot start several GPUs from a folder with a space in its path; torchrun itself can"
    command = f"torchrun --nproc_per_node {max(len(case.torch.facts.get('devices', [])), 2)} {quoted(launcher)} RECIPE"
    return [note(f"{text}: {launcher}", command)]


def _same(one: Path, other: Path) -> bool:
    return other.exists() and (one == other or os.path.samefile(one, other))
