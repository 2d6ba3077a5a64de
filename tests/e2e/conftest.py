import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import _measured_stages
import _tiny
from _wheel import source_tree, wheel

__all__ = ["source_tree", "wheel"]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> _tiny.World:
    """A random tiny Gemma-2 with a tokenizer, and a dataset folder, made once."""
    return _tiny.world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def first_stage(world: _tiny.World) -> Path:
    """The output folder of a stage that left an anchor and an evaluation."""
    ended = _tiny.cli("train", world.recipe("a", **_tiny.FIRST), cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "a"


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> _tiny.World:
    """A tiny world in which every way to score has a set."""
    return _measured_stages.measured_world(tmp_path_factory.mktemp("measured"))
