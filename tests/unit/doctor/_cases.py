"""A case as the doctor's checks get it, in a folder of its own."""

from pathlib import Path
from typing import Any

from ewc_plugin.doctor.case import Answer, Case

TORCH = {"torch": "2.11.0+cu130", "cuda": "13.0", "available": False, "devices": [], "bf16": False, "mps": False}


def case(folder: Path = Path(), *, torch: Answer | None = None, host: Answer | None = None, **environ: str) -> Case:
    recipes = sorted(folder.glob("recipes/**/*.yaml"))
    return Case(folder / "dataset_info", recipes, torch or Answer(TORCH), host or Answer({}), environ)


def problems(findings: Any) -> list[str]:
    return [f.found for f in findings if f.level == "problem"]
