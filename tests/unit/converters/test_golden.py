"""One hand-checked case for each source and format: input in its real layout, and exactly what comes of it."""

from __future__ import annotations

import pytest
from golden import CASES, cases, expected, outcome

from converters.registry import SOURCES

NAMES = [case.relative_to(CASES).as_posix() for case in cases()]


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_input_gives_exactly_what_was_checked_by_hand(name, tmp_path):
    assert outcome(CASES / name, tmp_path) == expected(CASES / name)


def test_every_format_of_every_source_has_a_golden_case():
    wanted = {(source.name, shape.name) for source in SOURCES for shape in source.readable}
    have = {
        (source.name, shape.name)
        for source in SOURCES
        for shape in source.readable
        for name in NAMES
        if name == f"{source.name}/{shape.name}" or name.startswith(f"{source.name}/{shape.name}-")
    }
    assert have == wanted
    assert len(wanted) > 0
