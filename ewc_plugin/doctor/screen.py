"""How are findings shown? One line each, aligned, wrapped at the terminal's width; commands whole, to be copied."""

import shutil
import unicodedata
from collections.abc import Mapping, Sequence

from ewc_plugin.doctor.finding import Finding
from ewc_plugin.visible import visible

MARKS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}
NARROWEST, WIDEST = 60, 120


def page(found: Mapping[str, Sequence[Finding]]) -> str:
    """All families, and at the end a line that counts."""
    columns = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    left = max(map(len, found), default=0) + 2
    right = left + max(map(len, MARKS.values())) + 1
    lines = []
    for family, findings in found.items():
        for number, finding in enumerate(findings):
            head = (family if not number else "").ljust(left) + MARKS[finding.level]
            text = wrapped(visible(finding.found), columns - right)
            lines += [(head if not row else "").ljust(right) + line for row, line in enumerate(text)]
            lines += [" " * right + ("" if line.startswith("#") else "$ ") + visible(line) for line in finding.remedy]
    return "\n".join([*(line.rstrip() for line in lines), "", _counted(found)])


def _counted(found: Mapping[str, Sequence[Finding]]) -> str:
    levels = [finding.level for findings in found.values() for finding in findings]
    count = levels.count("problem")
    if not count:
        return "No problem was found."
    return f"{count} problem{'s' * (count > 1)}: type what stands under each, then run this again."


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most that width; Chinese characters are two wide, and a word longer than a line stays whole."""
    lines = []
    for part in text.splitlines() or [""]:
        line = ""
        for word in part.split(" "):
            if line and width(line) + 1 + width(word) > columns:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))
