"""What does the terminal show of COMET? One line a set: the mean or the difference, and how sure it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Section = Mapping[str, Any]
Sections = Mapping[str, Section]

CLASSICAL = "COMET has learned from modern languages: of classical Chinese its scores say little."


def of_scores(sections: Sections, made: Mapping[str, Any], file: Path | None) -> str:
    """Means over the segments. file: None where another table follows."""
    note = f"COMET by {made['model']}, unbabel-comet {made['unbabel_comet']}; an empty answer has at most 0."
    return _table(sections, _mean, note, file)


def of_comparison(sections: Sections, other: str, file: Path) -> str:
    """Differences over the items that both have."""
    note = f"COMET here minus {other}, paired item by item; each p is of one test alone (randomisation)."
    return _table(sections, _change, note, file)


def _table(sections: Sections, shown: Callable[[Section], str], note: str, file: Path | None) -> str:
    width = max(len(name) for name in sections)
    lines = [
        f"{name:<{width}}  " + (f"SKIPPED: {section['skipped']}" if "skipped" in section else shown(section))
        for name, section in sections.items()
    ]
    scored = [section["task"] for section in sections.values() if "skipped" not in section]
    lines += [note, CLASSICAL] if "classical" in scored else [note]
    lines += ["COMET's scores stand in no cell of the matrix.", f"written: {file}"] if file else []
    return "\n".join(lines)


def _mean(section: Section) -> str:
    found, empty = section["comet"], section["empty"]
    counted = f", {empty} EMPTY" if empty else ""
    return f"{found['value']:7.4f}  [{found['low']:.4f}, {found['high']:.4f}]  n={found['n']}{counted}"


def _change(section: Section) -> str:
    found = section["difference"]
    more = f"{section['here']:7.4f} against {section['there']:.4f}: {found['value']:+.4f}"
    counts = [f"{section[key]} {key.replace('_', ' ')}" for key in ("only_here", "only_there", "of_another_text")]
    apart = ", ".join(text for text in counts if not text.startswith("0 "))
    end = f"  ({apart})" if apart else ""
    return f"{more}  [{found['low']:+.4f}, {found['high']:+.4f}]  p={found['p']:.4f}  n={found['n']}{end}"
