"""Which parts are there that only some recipes and commands need, and what would bring the others?"""

import shutil
from dataclasses import dataclass

from ewc_plugin.doctor import packages
from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, installer, note, ok, pip


@dataclass(frozen=True)
class Part:
    """A distribution, or a command that usually lives in another environment."""

    name: str
    needed_for: str
    command: str = ""  # on PATH; empty for a package that is imported
    alone: bool = False  # its pins clash with the host's: an environment of its own


PARTS = (
    Part("deepspeed", "recipes/full, ZeRO"),
    Part("bitsandbytes", "recipes/qlora"),
    Part("ray", "converters --engine ray, USE_RAY"),
    Part("sentence-transformers", "stage_eval_embedding"),
    Part("openai", "evaluate --endpoint and --vllm, judge"),
    Part("vllm", "evaluate --vllm", command="vllm", alone=True),
    Part("unbabel-comet", "comet", command="comet-score", alone=True),
)


def findings(case: Case) -> list[Finding]:
    there = [(part, where) for part in PARTS if (where := _where(part))]
    absent = [part for part in PARTS if not _where(part)]
    found = [ok(", ".join(f"{part.name} {where}" for part, where in there))] if there else []
    return found + [note(f"{part.name} is absent, needed for {part.needed_for}", _install(part)) for part in absent]


def _where(part: Part) -> str:
    """Its version, or where its command is; empty when it is absent."""
    if part.command:
        return shutil.which(part.command) or ""
    return packages.version(part.name) or ""


def _install(part: Part) -> str:
    if part.alone:
        folder = f"~/{part.command.split('-')[0]}"
        return f"python -m venv {folder} && {folder}/bin/pip install {part.name}   # {folder}/bin/{part.command}"
    # its source package looks at the torch that is installed
    if part.name == "deepspeed":
        return f"DS_BUILD_OPS=0 {pip('--no-build-isolation', part.name)}"
    return pip(part.name) if part.name in packages.tested() else f"{installer()} install {part.name}"
