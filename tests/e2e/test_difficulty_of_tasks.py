"""A model that can read and knows nothing is told: a prompt solves reading, its gaps are for retrieval, the new is
trained.
"""

import json
import random
from pathlib import Path
from typing import Any

import _reader
import pytest
from _tiny import SHAREGPT

from converters.__main__ import main

ITEMS = 60
FOUNDATION = {"task": "instruction", "stage": "foundation"}
pytestmark = pytest.mark.slow  # half a minute of training


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model; facts with their text in the prompt, beside the item, and nowhere; and a task that is another."""
    place = tmp_path_factory.mktemp("数据 一")
    _reader.trained(place / "base")
    known = _reader.facts(ITEMS)
    closed = [(_reader.question(thing), person, _reader.text_about(thing, person)) for thing, person in known]
    draw = random.Random(2)
    sets = {
        "reading": [_reader.row(_reader.with_text(*fact), fact[1]) for fact in known],
        "closed": [_reader.row(asked, answer, passage=text) for asked, answer, text in closed],
        "unsourced": [_reader.row(asked, answer) for asked, answer, _ in closed],
        "verses": [_reader.row(asked, "".join(draw.sample(_reader.PEOPLE, 20))) for asked, _, _ in closed],
        "talk_eval": [_reader.row(_reader.with_text(*fact), fact[1]) for fact in _reader.facts(120)[ITEMS:]],
    }
    registry: dict[str, Any] = {name: {"file_name": f"{name}.jsonl", **SHAREGPT} for name in sets}
    registry["talk_eval"]["eval"] = FOUNDATION
    (place / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    (place / "data").mkdir()
    for name, rows in sets.items():
        _reader.write(place / f"{name}.jsonl", rows)
    return place


@pytest.fixture
def study(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(dataset: str) -> tuple[dict[str, Any], str]:
        words = [
            "--model",
            str(folder / "base"),
            "--template",
            "gemma2",
            "--dataset-dir",
            str(folder),
            "--device",
            "cpu",
        ]
        code = main(["difficulty", dataset, "--shots", "0,2", "--max-new-tokens", "24", *words])
        assert code == 0
        told = capsys.readouterr().out
        return json.loads((folder / "data" / f"{dataset}.difficulty.json").read_text(encoding="utf-8")), told

    return run


def test_a_prompt_already_solves_what_only_has_to_be_read(study: Any) -> None:
    found, told = study("reading")
    assert found["verdict"]["kind"] == "prompt"
    assert "A prompt already solves it" in told
    assert found["shots"]["0"]["scores"][0]["score"]["value"] > 85
    assert found["level"] in ("easy", "medium")


def test_facts_that_the_model_does_not_hold_but_can_read_are_for_retrieval(study: Any) -> None:
    found, told = study("closed")
    assert found["verdict"]["kind"] == "retrieval"
    assert "retrieval" in told
    facts = found["facts"]
    # a guess among 200 people costs ln 200 = 5.3 nats, and next to nothing where the text is in the prompt
    assert 4.5 < facts["fact"]["value"] < 8
    assert facts["fact_without"]["value"] + facts["by_source"]["value"] < 1
    assert facts["by_other"]["value"] > -1
    assert (found["level"], found["begin_with"]["least"]) == ("hard", 8_000)


def test_without_their_source_the_same_facts_are_told_as_untried(study: Any) -> None:
    found, told = study("unsourced")
    assert found["verdict"]["kind"] == "retrieval"
    assert "too few to try it in the prompt" in told


def test_long_answers_that_are_no_facts_are_for_training(study: Any) -> None:
    found, _ = study("verses")
    assert found["verdict"]["kind"] == "train"
    assert found["level"] == "hard"
