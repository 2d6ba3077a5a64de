"""What does `pip install` choose by itself, where nobody names a constraint?"""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]


def ranges() -> dict[str, Requirement]:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return {canonicalize_name(r.name): r for r in map(Requirement, tomllib.loads(text)["project"]["dependencies"])}


@pytest.mark.parametrize("broken", ["torch==2.14.1", "torch==2.12.0", "transformers==5.6.0"])
def test_what_was_seen_to_break_llamafactory_is_outside_our_ranges(broken: str) -> None:
    name, version = broken.split("==")
    assert not ranges()[name].specifier.contains(version)


def test_the_tested_set_is_inside_our_ranges() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines if "==" in x)}
    checked = [name for name, wanted in ranges().items() if wanted.specifier.contains(pinned[name])]
    assert checked == list(ranges())
