"""What does the terminal show of a judge? One line a set: the number, its interval, and how far it may be believed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Sections = Mapping[str, Mapping[str, Any]]


def of_scores(sections: Sections, file: Path) -> str:
    """Mean scores from 1 to 10."""
    return _table(sections, "judge", _repeated, file, "Scores from 1 to 10 against the reference.")


def of_comparison(sections: Sections, other: str, file: Path) -> str:
    """Shares preferred."""
    note = f"Preferred to {other}, ties counting half: 0.5 is as good. A win counts when both orders agree."
    return _table(sections, "preferred", _both_ways, file, note)


def _table(sections: Sections, score: str, believed: Any, file: Path, note: str) -> str:
    width = max(len(name) for name in sections)
    lines = [
        f"{name:<{width}}  FAILED: {section['failed']}"
        if "failed" in section
        else f"{name:<{width}}  {_number(section[score])}  {believed(section)}{_without(section)}"
        for name, section in sections.items()
    ]
    return "\n".join([*lines, note, "A judge's scores stand in no cell of the matrix.", f"written: {file}"])


def _number(score: Mapping[str, Any]) -> str:
    return f"{score['value']:6.3f}  [{score['low']:.3f}, {score['high']:.3f}]  n={score['n']}"


def _repeated(section: Mapping[str, Any]) -> str:
    found = section["agreement"]
    if not found["repeated"]:
        return "nothing repeated"
    return f"{found['repeated']} repeated: {found['same']:.0%} the same, {found['within_one']:.0%} within 1"


def _both_ways(section: Mapping[str, Any]) -> str:
    found = section["agreement"]
    counts = f"{section['wins']} won, {section['losses']} lost, {section['ties']} tied"
    return f"{counts}, both orders agree on {found['both_ways']:.0%}" if found["asked"] else counts


def _without(section: Mapping[str, Any]) -> str:
    missing = section["without_verdict"]
    return f"; {missing} WITHOUT A VERDICT: {section['reasons']}" if missing else ""
