"""Every number that was measured and recorded, beside what `estimate` says of it, and what the recipes say it costs."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# how far an estimate may be from what was measured; the first word that fits
TOLERANCES = {
    "likelihood": 0.40,  # short sequences use less of the GPU than training does
    "held by EWC, factored": 0.30,
    "48 answers": 0.15,
    "its memory, factored": 0.10,
    "full tuning ÷ LoRA": 0.10,
    "": 0.05,
}


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import estimate

        yield estimate
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def rows(benchmark: ModuleType) -> list[object]:
    found: list[object] = benchmark.rows()
    return found


def test_every_estimate_is_as_near_to_the_measurement_as_its_tolerance_says(rows: list[object]) -> None:
    far = []
    for row in rows:
        allowed = next(limit for word, limit in TOLERANCES.items() if row.what.startswith(word))  # type: ignore[attr-defined]
        if abs(row.ratio - 1) > allowed:  # type: ignore[attr-defined]
            far.append(f"{row.what}: {row.ratio:.2f}")  # type: ignore[attr-defined]
    assert far == []
    assert len(rows) == 21


def test_the_measurements_are_those_on_record(rows: list[object]) -> None:
    read = json.loads((BENCHMARKS / "results/ewc_overhead_gemma-2-9b_cuda.json").read_text(encoding="utf-8"))
    plain = read["steps"]["lora"]["none"]["steps"]["16384"]
    found = {row.what: row.measured for row in rows}  # type: ignore[attr-defined]
    assert found["LoRA step of 16,384 tokens"] == plain["seconds"]["median"]
    assert found["its memory above weights and states, 16,384 tokens"] == plain["peak_bytes"] / 1e9


def test_most_of_them_gave_the_estimator_nothing(rows: list[object]) -> None:
    assert sum(row.fitted for row in rows) == 4  # type: ignore[attr-defined]


def test_the_page_in_the_repository_is_what_the_estimator_says_now(benchmark: ModuleType, rows: list[object]) -> None:
    written = (BENCHMARKS / "results/estimate.md").read_text(encoding="utf-8")
    assert written.strip() == benchmark.page(rows).strip(), "run `python benchmarks/estimate.py`"


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("folder", "stage"),
    [
        ("", "foundation"),
        ("qlora", "task"),
        ("full", "domain"),
        *(
            pytest.param(folder, stage, marks=SLOW)
            for folder, stage in (
                *(("", s) for s in ("task", "domain")),
                *(("qlora", s) for s in ("foundation", "domain")),
                *(("full", s) for s in ("foundation", "task")),
            )
        ),
    ],
)
def test_the_cost_in_a_recipe_is_what_the_estimator_says_now(folder: str, stage: str, benchmark: ModuleType) -> None:
    head = (benchmark.RECIPES / folder / f"{stage}.yaml").read_text(encoding="utf-8").partition("\n\n")[0]
    assert benchmark.cost(folder, stage) in head.splitlines(), "run `python benchmarks/estimate.py --recipes`"
