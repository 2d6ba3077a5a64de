"""What can be trained here? The GPUs as torch sees them beside what the driver says, and whether they have bf16."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import BUILDS, TRIO, Finding, note, ok, pip, problem, size

ONLY_SMALL = "no GPU: only recipes/smoke, which train a tiny model on a CPU, make sense here"


def findings(case: Case) -> list[Finding]:
    if case.torch.error:
        return [note("not known: torch cannot be imported (see activation)")]
    facts = case.torch.facts
    if facts["available"]:
        return _usable(facts)
    present = driver()
    if not present:
        return [note("no NVIDIA GPU, but Apple's: not tested" if facts["mps"] else ONLY_SMALL)]
    return [_hidden(case, present)]


def driver() -> list[str]:
    """`name, driver version` of each GPU that the NVIDIA driver knows, also when torch sees none."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        ended = subprocess.run(
            [command, "--query-gpu=name,driver_version", "--format=csv,noheader"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in ended.stdout.splitlines() if "," in line] if not ended.returncode else []


def _hidden(case: Case, present: Sequence[str]) -> Finding:
    """A GPU that torch does not see."""
    what, facts = f"{len(present)} × {present[0]} by nvidia-smi", case.torch.facts
    visible = case.environ.get("CUDA_VISIBLE_DEVICES")
    if facts["cuda"] is None:
        return problem(f"{what}, but torch {facts['torch']} is built without CUDA", pip("--force-reinstall", *TRIO))
    if visible is not None and not visible.strip(" -1"):
        return note(f"{what}, hidden by CUDA_VISIBLE_DEVICES={visible!r}", "unset CUDA_VISIBLE_DEVICES")
    why = next((line.strip() for line in case.torch.said.splitlines() if "CUDA" in line or "driver" in line), "")
    return problem(
        f"{what}, but torch {facts['torch']} (CUDA {facts['cuda']}) cannot use it: {why or 'it does not say why'}",
        f"# install a driver for CUDA {facts['cuda']} or later, or the same versions of {', '.join(TRIO)} built for "
        f"an older CUDA: {BUILDS}",
    )


def _usable(facts: Mapping[str, Any]) -> list[Finding]:
    found = []
    for name, same in _grouped(facts["devices"]).items():
        free = min(device["free"] for device in same)
        major, minor = same[0]["capability"]
        text = f"{len(same)} × {name}, {size(same[0]['memory'])} ({size(free)} free)"
        found.append(ok(f"{text}, capability {major}.{minor}, torch {facts['torch']}"))
    if facts["computes"] is not True:
        found.append(problem(f"no kernel of this torch runs there: {facts['computes']}", pip(*TRIO)))
    if facts["bf16"]:
        found.append(ok("bf16"))
    else:
        found.append(note("no bf16 in hardware: replace bf16: true in the recipes", "fp16: true   # in its place"))
    return found


def _grouped(devices: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for device in devices:
        found.setdefault(str(device["name"]), []).append(device)
    return found
