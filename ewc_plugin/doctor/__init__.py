"""What stands between this machine and a training run? `python -m ewc_plugin doctor` looks, and says what to type.

Everything that may be broken is imported in other processes: this package needs the standard library only.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ewc_plugin.doctor import (
    activation,
    case,
    data,
    disk,
    environment,
    gpu,
    hub,
    optional,
    recipes,
    screen,
    terminal,
    versions,
)
from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, problem
from ewc_plugin.visible import say

CHECKS: Mapping[str, Callable[[Case], Sequence[Finding]]] = {
    "environment": environment.findings,
    "versions": versions.findings,
    "activation": activation.findings,
    "GPU": gpu.findings,
    "optional": optional.findings,
    "data": data.findings,
    "recipes": recipes.findings,
    "disk": disk.findings,
    "hub": hub.findings,
    "terminal": terminal.findings,
}
RECIPES = Path("recipes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipes", nargs="*", type=Path, metavar="RECIPE", help="look at these (default: recipes/)")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """0 without a problem, 1 with one."""
    torch, host = case.ask()
    found = examined(Case(options.dataset_dir, _recipes(options.recipes), torch, host, os.environ))
    levels = [finding.level for findings in found.values() for finding in findings]
    if options.json:
        listed = [{"family": family, **f.as_json()} for family, findings in found.items() for f in findings]
        say(json.dumps({"problems": levels.count("problem"), "findings": listed}, ensure_ascii=True, indent=1))
    else:
        say(screen.page(found))
    return int("problem" in levels)


def examined(what: Case) -> dict[str, Sequence[Finding]]:
    """Every family's findings; a check that fails itself is a problem, and none of the others is lost for it."""
    return {family: _looked(check, what) for family, check in CHECKS.items()}


def _looked(check: Callable[[Case], Sequence[Finding]], what: Case) -> Sequence[Finding]:
    try:
        return check(what)
    except Exception as error:  # a doctor that dies helps nobody
        text = f"this check could not be made: {type(error).__name__}: {error}"
        return [problem(text, f"python -X dev -m ewc_plugin doctor   # {check.__module__}")]


def _recipes(named: Sequence[Path]) -> list[Path]:
    return list(named) or sorted(RECIPES.rglob("*.yaml"), key=lambda path: (len(path.parts), path))
