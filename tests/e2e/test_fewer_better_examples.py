"""Real text is scored, embedded, clustered and selected, and a mixture of what is left is trained on."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import _embedding_package
import _tiny
import pytest

REPOSITORY = Path(__file__).parents[2]
SLICES = REPOSITORY.parent / "shared" / "data"
# source -> the folder of its real slice; our samples where it is not
SOURCES = {"belle": "belle", "alpaca_zh": "alpaca_zh", "poetry": "poetry_chinese_poetry"}


def converters(folder: Path, *words: str | Path) -> str:
    ended = _tiny.run([sys.executable, "-m", "converters", *words], cwd=folder)
    assert ended.code == 0, ended.err[-3000:]
    return ended.out


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.slow
def test_a_mixture_of_selected_examples_is_trained_on(tmp_path: Path, world: _tiny.World) -> None:
    data = tmp_path / "dataset_info" / "data"
    for source, slice_ in SOURCES.items():
        given = SLICES / slice_ if (SLICES / slice_).is_dir() else "--samples"
        converters(tmp_path, source, given, "--eval-share", "0.05", "--limit", "300", "--cap", "all=1", "--quiet")
    model = ("--model", world.folder / "base", "--template", "gemma2", "--cutoff-len", "256")

    # the tiny model's own perplexity and IFD; its last hidden state; an embedding model with real weights
    told = converters(tmp_path, "score", "belle", "--metrics", "length,perplexity,ifd", *model)
    scores = {row["id"]: row for row in rows(data / "belle.scores.jsonl")}
    assert list(scores) == list(dict.fromkeys(row["id"] for row in rows(data / "belle.jsonl")))
    assert "ifd" in told
    converters(tmp_path, "score", "alpaca_zh", "--metrics", "perplexity", *model)
    converters(tmp_path, "embed", "alpaca_zh", *model)
    converters(tmp_path, "embed", "poetry_compose", "--embedding-model", _embedding_package.static(tmp_path))
    for name in ("alpaca_zh", "poetry_compose"):
        converters(tmp_path, "cluster", name, "--clusters", "auto")

    converters(tmp_path, "select", "belle", "--size", "60", "--method", "ifd", "--instead")
    converters(tmp_path, "select", "alpaca_zh", "--size", "25%", "--method", "representative", "--instead")
    converters(tmp_path, "select", "poetry_compose", "--size", "80", "--method", "coreset", "--instead")
    best = rows(data / "belle_selected.jsonl")
    assert len(best) == 60
    assert max(scores[row["id"]]["ifd"]["ifd"] for row in best) < 1
    assert (data / "poetry_compose_selected.selection.html").stat().st_size > 10_000

    registry = tmp_path / "dataset_info" / "dataset_info.json"
    entries = json.loads(registry.read_text(encoding="utf-8"))
    for name, entry in entries.items():  # of the domain only the core set
        if entry.get("mix", {}).get("group") == "domain" and name != "poetry_compose_selected":
            entry["mix"]["weight"] = 0
    registry.write_text(json.dumps(entries), encoding="utf-8")
    converters(tmp_path, "mix", "domain", "--ratio", "5:0:5", "--total", "80", "--on-missing", "skip")
    taken = Counter(row["source"] for row in rows(data / "domain_mix.jsonl"))
    mixed = {row["id"] for row in rows(data / "domain_mix.jsonl")}
    selected = {name: {row["id"] for row in rows(data / f"{name}_selected.jsonl")} for name in ("belle", "alpaca_zh")}
    selected["poetry"] = {row["id"] for row in rows(data / "poetry_compose_selected.jsonl")}
    assert mixed <= set().union(*selected.values())
    assert taken.total() == 80
    assert len(mixed & selected["poetry"]) == 40

    recipe = REPOSITORY / "recipes" / "smoke"
    common = (f"model_name_or_path={world.folder / 'base'}", "dataset_dir=dataset_info", "num_train_epochs=1")
    brief = ("ewc_fisher_samples=8", "stage_eval_samples=8", "max_new_tokens=8", "dataset=domain_mix")
    first = _tiny.cli("train", recipe / "foundation.yaml", *common, *brief, "output_dir=saves/a", cwd=tmp_path)
    assert first.code == 0, first.err[-3000:]
    keys = ("adapter_name_or_path=saves/a", "output_dir=saves/b")
    second = _tiny.cli("train", recipe / "domain.yaml", *common, *brief, *keys, cwd=tmp_path)
    assert second.code == 0, second.err[-3000:]
    assert rows(tmp_path / "saves/b/trainer_log.jsonl")[-1]["total_steps"] == 10
    told = json.loads((tmp_path / "saves/b/stage_eval/metrics.json").read_text(encoding="utf-8"))
    assert "poetry_compose_eval" in told["sets"]
