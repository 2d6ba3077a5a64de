"""The demo on real slices, as far as the data go: enough is left of each source to mix. Training takes half an hour."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLICES = ROOT.parent / "shared" / "data"


@pytest.mark.skipif(not SLICES.is_dir(), reason="no real slices beside the checkout")
def test_the_demo_converts_and_mixes_real_slices(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("demo_of_the_recipes", ROOT / "recipes" / "smoke" / "demo.py")
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    monkeypatch.chdir(tmp_path)
    demo.LOGS.mkdir(parents=True)
    demo.convert(demo._inputs(SLICES), all_kinds=True)
    demo.mix(demo.EXAMPLES)
    for mixture in ("foundation_mix", "task_mix", "domain_mix", "domain_alone"):
        lines = (demo.DATASETS / "data" / f"{mixture}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == demo.EXAMPLES, mixture
    registry = json.loads((demo.DATASETS / "dataset_info.json").read_text(encoding="utf-8"))
    held_out = [e["file_name"] for e in registry.values() if "eval" in e]
    assert sum((demo.DATASETS / name).is_file() for name in held_out) >= 10
