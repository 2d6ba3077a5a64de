"""What an export keeps, refuses and says is decided before a weight is loaded."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ewc_plugin import export, lineage
from ewc_plugin.atomic import write_json
from ewc_plugin.export import history
from ewc_plugin.export.history import ExportError


def stage(folder: Path, label: str = "task") -> Path:
    """The folder of a stage that left no more than a record of itself."""
    (folder / "stage_eval").mkdir(parents=True)
    lineage.write([], {"label": label}, folder / "stage_eval")
    return folder


def planned(target: Path, *adapters: Path, **keys: Any) -> export.Export | None:
    model = SimpleNamespace(
        model_name_or_path="google/gemma-2-9b",
        adapter_name_or_path=[str(adapter) for adapter in adapters] or None,
        export_dir=str(target),
        export_quantization_bit=None,
    )
    return export.plan(SimpleNamespace(**{**vars(model), **keys}), SimpleNamespace(template="gemma2"))


def exported(target: Path, source: Path) -> Path:
    found = planned(target, source)
    assert found is not None
    target.mkdir(exist_ok=True)
    history.keep(found)
    history.mark(found, {})
    return target


def test_an_adapter_without_history_is_the_hosts_own_business(tmp_path: Path) -> None:
    assert planned(tmp_path / "merged", tmp_path / "adapter") is None


def test_a_model_from_a_hub_is_none_of_ours(tmp_path: Path) -> None:
    assert planned(tmp_path / "merged") is None


def test_what_is_merged_last_is_what_a_next_stage_would_continue_from(tmp_path: Path) -> None:
    first, last = stage(tmp_path / "a"), stage(tmp_path / "b")
    found = planned(tmp_path / "merged", first, last)
    assert found is not None
    assert found.source == last


def test_a_last_adapter_without_history_is_said_where_an_earlier_one_has_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert planned(tmp_path / "merged", stage(tmp_path / "a"), tmp_path / "b") is None
    assert "the last adapter, has none" in capsys.readouterr().out


def test_a_checkpoint_does_not_get_the_anchor_of_the_final_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = stage(tmp_path / "domain") / "checkpoint-400"
    checkpoint.mkdir()
    assert planned(tmp_path / "merged", checkpoint) is None
    assert "is of its final weights, not of checkpoint-400" in capsys.readouterr().out


def test_quantised_files_keep_no_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = stage(tmp_path / "merged")
    target = tmp_path / "gptq"
    assert planned(target, model_name_or_path=str(model), export_quantization_bit=4) is None
    assert "cannot go on from quantised files" in capsys.readouterr().out


def test_the_folder_of_a_stage_is_not_overwritten_by_an_export(tmp_path: Path) -> None:
    source, other = stage(tmp_path / "domain"), stage(tmp_path / "other")
    with pytest.raises(ExportError, match="a stage's own anchor or evaluation in it"):
        planned(other, source)
    with pytest.raises(ExportError, match="the folder of the stage itself"):
        planned(source, source)


def test_an_earlier_export_is_replaced_by_another_with_history(tmp_path: Path) -> None:
    target = exported(tmp_path / "merged", stage(tmp_path / "task"))
    exported(target, stage(tmp_path / "domain", "domain"))
    assert [one["label"] for one in lineage.read(target / "stage_eval")] == ["domain"]
    assert (history.marked(target) or {})["source"] == str(tmp_path / "domain")


def test_an_earlier_history_must_not_stay_beside_weights_that_have_none(tmp_path: Path) -> None:
    target = exported(tmp_path / "merged", stage(tmp_path / "task"))
    with pytest.raises(ExportError, match=r"adapter has none to replace them.*or delete"):
        planned(target, tmp_path / "adapter")


def test_an_anchor_that_is_torn_stops_the_export_before_a_weight_is_loaded(tmp_path: Path) -> None:
    source = stage(tmp_path / "domain")
    (source / "ewc").mkdir()
    write_json(source / "ewc/ewc.json", {"version": 2, "space": "delta"})
    with pytest.raises(Exception, match="no centres, terms, files"):
        planned(tmp_path / "merged", source)


def test_the_copy_is_evaluated_in_sixteen_bit_whatever_the_stage_was_trained_in(tmp_path: Path) -> None:
    source = stage(tmp_path / "domain")
    recipe = {"template": "gemma2", "model": {"quantization_bit": 4, "trust_remote_code": True}}
    write_json(source / "stage_eval/run.json", recipe)
    target = exported(tmp_path / "merged", source)
    kept = json.loads((target / "stage_eval/run.json").read_text(encoding="utf-8"))
    assert kept["template"] == "gemma2"
    assert kept["model"]["trust_remote_code"] is True
    assert kept["model"].get("quantization_bit") is None


# -- when the history cannot be kept ---------------------------------------------------------------------------


def test_an_error_after_the_weights_names_what_is_whole_and_leaves_the_modelfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ewc_plugin.host import exports

    noted = planned(tmp_path / "merged", stage(tmp_path / "task"))
    assert noted is not None
    noted.target.mkdir()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(history, "keep", full)
    template = SimpleNamespace(get_ollama_modelfile=lambda tokenizer: "FROM .")
    with pytest.raises(ExportError, match=r"No space left on device.*The model itself is exported and whole"):
        exports._finishing(template, noted).get_ollama_modelfile(None)
    assert (noted.target / "Modelfile").read_text(encoding="utf-8") == "FROM ."
    assert template.get_ollama_modelfile(None) == "FROM ."  # the host's own template is as it was
