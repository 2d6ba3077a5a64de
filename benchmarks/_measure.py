"""How is something measured and written down? Interleaved medians with spread, and the machine beside the numbers.

Every variant runs once per repetition, in turn, in one process: what else the machine does meanwhile meets all alike,
and a ratio is taken within a repetition before the median is. Times are wall-clock seconds on a GPU; on a CPU they are
seconds of this process's own threads, since a machine that others use too says nothing by the clock on the wall.
"""

import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "transformers", "peft", "avalanche-lib", "scikit-learn", "numpy", "llamafactory-ewc")


def circumstances(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Where and with what: no name of the machine or of a folder."""
    return {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        # a load above the threads in use means that other work ran beside the measurement
        "load_before": round(os.getloadavg()[0], 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: _version(name) for name in packages},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = [line.split(":", 1) for line in lines if ":" in line]
    fields = {key.strip(): value.strip() for key, value in pairs}
    wide = [name for name in ("avx2", "avx512f", "amx_bf16") if name in fields.get("flags", "").split()]
    return f"{fields.get('model name', platform.machine())} ({', '.join(wide) or 'no AVX2'})"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of one quantity."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.low:.3g}–{self.high:.3g})"


def spread(values: Sequence[float]) -> Spread:
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(statistics.median(values), low, high)


Variant = Callable[[], Any]
Ready = Callable[[], AbstractContextManager[Variant]]  # sets a variant up and takes it down again, untimed


def interleaved(
    variants: Mapping[str, Ready], *, repetitions: int, device: torch.device, warmups: int = 1
) -> dict[str, list[float]]:
    """Seconds of each variant, `repetitions` times in turn; every second round backwards: none is always first."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    with little_garbage():
        for repetition in range(-warmups, repetitions):
            order = list(variants) if repetition % 2 == 0 else list(variants)[::-1]
            for name in order:
                with variants[name]() as variant:
                    taken = timed(variant, device)
                if repetition >= 0:
                    seconds[name].append(taken)
    return seconds


@contextmanager
def little_garbage() -> Iterator[None]:
    """What is there already is left out of collections, which then take no time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def always(variant: Variant) -> Ready:
    """A variant that needs no setting up."""
    return lambda: nullcontext(variant)


def timed(variant: Variant, device: torch.device) -> float:
    gc.collect()  # so that no variant pays for another's garbage
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    _wait(device)
    start = clock()
    variant()
    _wait(device)
    return clock() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def ratios(seconds: Mapping[str, Sequence[float]], base: str) -> dict[str, Spread]:
    """Each variant ÷ `base`, taken within each repetition."""
    return {
        name: spread([own / other for own, other in zip(values, seconds[base], strict=True)])
        for name, values in seconds.items()
    }


def verdict(ratio: Spread, target: float) -> str:
    """Whether a ratio is below its target, when the middle half of the repetitions agrees about it."""
    if ratio.high <= target:
        return "holds"
    return "missed" if ratio.low > target else "within the noise"


def extra_memory(variant: Variant, device: torch.device) -> int:
    """Bytes by which torch's memory in use rises at most while `variant` runs."""
    gc.collect()
    if device.type != "cuda":
        return _allocated_peak(variant)
    _wait(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    variant()
    _wait(device)
    return int(torch.cuda.max_memory_allocated(device) - before)


def _allocated_peak(variant: Variant) -> int:
    """Of torch's own allocations on a CPU; the resident set would hide what the allocator uses again."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        variant()
    assert profile.profiler is not None  # both are there after the `with`
    assert profile.profiler.kineto_results is not None
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    changes = [event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]
    return max(accumulate(changes), default=0)


def bytes_of(tensors: Iterable[torch.Tensor]) -> int:
    """Memory that these tensors occupy, counted and not measured; shared storage once."""
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(storages.values())


def in_units(size: float) -> str:
    """Bytes as people write them (decimal)."""
    for unit, divisor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= divisor:
            return f"{size / divisor:.3g} {unit}"
    return f"{size:.0f} B"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(headers), " | ".join("---" for _ in headers)]
    lines += [" | ".join(str(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def stated(where: Mapping[str, Any]) -> str:
    """The circumstances as one line under a table."""
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items() if number)
    beside = " (other work was running beside it)" if where["load_before"] > where["threads"] * 0.7 else ""
    return (
        f"{where['date']} · {where['gpu'] or where['processor']}, {where['cores']} cores, {where['threads']} thread"
        f"{'s' if where['threads'] != 1 else ''} used, load {where['load_before']} before the run{beside} · "
        f"{where['system']} · {versions}"
    )


def write(name: str, document: Mapping[str, Any], page: str, *, folder: Path = RESULTS) -> None:
    """`<folder>/<name>.json` for machines and `.md` for people."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False, default=_plain)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(page.rstrip() + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, Spread):
        return {"median": value.median, "low": value.low, "high": value.high}
    raise TypeError(f"{type(value).__name__} has no JSON form")
