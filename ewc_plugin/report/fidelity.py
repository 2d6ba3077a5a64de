"""Did each stage's penalty predict the KL that came true? Rows of a table, from `ewc.json` in every stage's folder.

A stage without the key `calibration` has no row. The unit is nats per supervised token throughout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.matrix import Matrix
from ewc_plugin.report.sentences import named
from ewc_plugin.shapes import is_number

HEAD = (
    "阶段 stage",
    "λ",
    "形式 form",
    "预测 KL predicted KL",
    "二阶 KL second-order KL",
    "校准 calibration",
    "实测 KL：Fisher 数据 measured KL, Fisher data",
    "实测 KL：留出旧数据 measured KL, held-out old data",
)
CHINESE = (
    "每个监督词元的 KL(旧‖新)，单位 nats；± 为标准误差。校准 = 二阶 KL ÷ 预测 KL：为 1 时，λ 的单位就是真的；"
    "大于 1 时，该形式低估了变化。二阶与实测相差大，说明更新已超出二阶近似的范围。"
)
ENGLISH = (
    "KL(old ‖ new) per supervised token, in nats; ± is the standard error. Calibration = second-order ÷ predicted KL: "
    "at 1 the unit of λ is true, above 1 the form underestimates the change. Where second-order and measured KL differ "
    "much, the update is larger than the second-order approximation holds."
)


@dataclass(frozen=True)
class Fidelity:
    """One stage's `ewc.json`: the summary of its run, with the calibration in it."""

    stage: str
    run: Mapping[str, Any]


def files(matrix: Matrix, here: Path) -> list[tuple[str, Path]]:
    """Where the `ewc.json` of each row's stage is; the last row's lies beside the matrix, wherever that was moved."""
    rows = matrix["rows"]
    known = [row for row in rows[:-1] if row.get("predictions")]
    earlier = [(row["label"], Path(row["predictions"]).parent / "ewc.json") for row in known]
    return [*earlier, (rows[-1]["label"], here / "ewc.json")]


def fidelity_rows(found: Sequence[Fidelity]) -> list[list[str]]:
    """Empty without a stage that was calibrated."""
    rows = [_row(f.stage, f.run, f.run["calibration"]) for f in found if isinstance(f.run.get("calibration"), dict)]
    return [list(HEAD), *rows] if rows else []


def _row(stage: str, run: Mapping[str, Any], calibration: Mapping[str, Any]) -> list[str]:
    value, reason = calibration.get("calibration"), calibration.get("calibration_reason")
    return [
        named(stage),
        _number(run.get("lambda")),
        str(calibration.get("form", "—")),
        _kl(calibration, "predicted_kl"),
        _kl(calibration, "second_order_kl"),
        _number(value) if value is not None or not reason else f"— ({reason})",
        _kl(calibration, "measured_kl"),
        _kl(calibration, "measured_kl_held_out"),
    ]


def _kl(calibration: Mapping[str, Any], name: str) -> str:
    value = _number(calibration.get(f"{name}_nats_per_token"))
    error = calibration.get(f"{name}_standard_error_nats_per_token")
    return value if error is None else f"{value} ± {_number(error)}"


def _number(value: object) -> str:
    return f"{value:.3g}" if is_number(value) else "—"
