"""What do the keys of a recipe amount to, and which recipes are refused before a model is loaded?"""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ewc_plugin import anchor as anchors
from ewc_plugin import mixture
from ewc_plugin.arguments import DEFAULTS
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.plan import DEFAULT_FORM, DEFAULT_RANK, REFUSED, STAGES, Plan, plan


def arguments(**changed: Any) -> tuple[Any, Any, Any, Any]:
    """The host's four argument groups for a LoRA stage, with our defaults; each change finds its group by its name."""
    groups: dict[str, dict[str, Any]] = {
        "model": {
            "model_name_or_path": "base",
            "adapter_name_or_path": None,
            "quantization_bit": None,
            "quantization_method": "bnb",
        },
        "data": {
            "dataset": ["talk"],
            "dataset_dir": "ONLINE",  # the hub
            "streaming": False,
            "template": "gemma2",
            "eval_dataset": None,
            "eval_on_each_dataset": False,
        },
        "training": {
            "do_train": True,
            "optim": "adamw_torch",
            "per_device_train_batch_size": 4,
            "deepspeed": None,
            "output_dir": "out",
            "eval_strategy": "no",
        },
        "finetuning": {"stage": "sft", "finetuning_type": "lora", "create_new_adapter": False, **DEFAULTS},
    }
    for owner, key, _ in REFUSED:
        groups[owner].setdefault(key, None)
    for key, value in changed.items():
        (owner,) = (o for o, group in groups.items() if key in group)
        groups[owner][key] = value
    return tuple(SimpleNamespace(**group) for group in groups.values())  # type: ignore[return-value]


def planned(**changed: Any) -> Plan:
    made = plan(*arguments(**changed))
    assert made is not None
    return made


def refused(**changed: Any) -> str:
    with pytest.raises(ArgumentsError) as caught:
        plan(*arguments(**changed))
    return str(caught.value)


def saved(folder: Path, *, space: str = "delta", form: str = "factored") -> Path:
    """The output folder of a stage that left a small anchor."""
    tensors = {"layer": torch.ones(2)}
    anchors.save(anchors.Anchor(space, (tensors,), (anchors.Term(form, tensors),)), folder)
    return folder


# -- what comes out --------------------------------------------------------------------------------------------


def test_no_key_of_ours_is_no_plan() -> None:
    assert plan(*arguments()) is None


@pytest.mark.parametrize("zero", [0, "0", "0.0"])
def test_lambda_0_alone_is_no_plan_even_where_ewc_would_be_refused(zero: Any) -> None:
    assert plan(*arguments(ewc_lambda=zero, finetuning_type="oft", use_galore=True)) is None


def test_an_evaluation_alone_needs_neither_an_anchor_nor_lora() -> None:
    made = planned(stage_eval=True, stage_eval_samples=9, finetuning_type="oft", use_dora=True)
    assert (made.evaluate, made.eval_samples, made.penalised, made.save) == (True, 9, False, False)


def test_a_stage_that_leaves_an_anchor_takes_the_hosts_batch_size_unless_it_is_given() -> None:
    assert planned(ewc_save=True).fisher_batch_size == 4
    assert planned(ewc_save=True, ewc_fisher_batch_size=1).fisher_batch_size == 1


def test_the_anchor_is_looked_for_where_the_stage_continues(tmp_path: Path) -> None:
    made = planned(ewc_lambda="2", adapter_name_or_path=["other", str(saved(tmp_path))])
    assert (made.strength, made.anchors, made.penalised) == (2.0, (tmp_path / "ewc",), True)


def test_a_full_model_has_its_anchor_beside_its_weights(tmp_path: Path) -> None:
    saved(tmp_path, space="weights", form="dense")
    made = planned(ewc_lambda=1, finetuning_type="full", model_name_or_path=str(tmp_path))
    assert (made.space, made.form, made.anchors) == ("weights", "dense", (tmp_path / "ewc",))


@pytest.mark.parametrize("inside", ["", "ewc"])
def test_another_anchor_may_be_named_by_its_stage_or_its_own_folder(inside: str, tmp_path: Path) -> None:
    saved(tmp_path)
    assert planned(ewc_lambda=1, ewc_anchor=str(tmp_path / inside)).anchors == (tmp_path / "ewc",)


@pytest.mark.parametrize(
    ("tuning", "space", "form"),
    [("lora", "delta", DEFAULT_FORM), ("full", "weights", "dense"), ("freeze", "weights", "dense")],
)
def test_space_and_form_follow_from_the_kind_of_tuning(tuning: str, space: str, form: str) -> None:
    made = planned(ewc_save=True, finetuning_type=tuning)
    assert (made.space, made.form) == (space, form)


@pytest.mark.parametrize("given", ["a,b", " a , b ", ["a", "b"]])
def test_several_anchors_may_be_named_as_a_list_or_with_commas(given: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        saved(tmp_path / name)
    assert planned(ewc_lambda=1, ewc_anchor=given).anchors == (Path("a/ewc"), Path("b/ewc"))


def test_the_form_of_this_stages_anchor_may_differ_from_that_of_the_one_before(tmp_path: Path) -> None:
    made = planned(ewc_save=True, ewc_form="dense", ewc_lambda=1, ewc_anchor=str(saved(tmp_path)))
    assert (made.form, made.storage) == ("dense", "float32")


def test_sketches_are_of_rank_32_in_half_precision_unless_said_otherwise() -> None:
    made = planned(ewc_save=True, ewc_form="kronecker")
    assert (made.rank, made.storage) == (DEFAULT_RANK, "half") == (32, "half")
    made = planned(ewc_save=True, ewc_form="kronecker", ewc_rank=8, ewc_storage="float32")
    assert (made.rank, made.storage) == (8, "float32")


def test_an_estimate_leaves_an_anchor_without_being_told_to_save_one() -> None:
    made = planned(ewc_estimate=True)
    assert (made.estimate, made.save, made.penalised) == (True, True, False)


def test_full_tuning_may_be_held_to_the_anchor_of_a_lora_stage(tmp_path: Path) -> None:
    made = planned(ewc_lambda=1, ewc_anchor=str(saved(tmp_path)), finetuning_type="full")
    assert (made.space, made.anchors) == ("weights", (tmp_path / "ewc",))


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "key", "reason"), REFUSED)
def test_options_of_the_host_that_ewc_cannot_honour_are_refused_by_name(owner: str, key: str, reason: str) -> None:
    assert f"- {key} cannot be used with EWC: {reason}" in refused(ewc_save=True, **{key: True})


@pytest.mark.parametrize(("owner", "key", "reason"), REFUSED)
def test_an_evaluation_alone_works_with_all_of_them(owner: str, key: str, reason: str) -> None:
    assert planned(stage_eval=True, **{key: True}).evaluate


def test_fsdp_is_refused_by_name_also_where_only_accelerates_launcher_knows_of_it(monkeypatch: Any) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    assert "accelerate launch with FSDP cannot be used with EWC: FSDP never fires" in refused(ewc_save=True)
    assert planned(stage_eval=True).evaluate  # without EWC it is the host's business
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "false")
    assert planned(ewc_save=True).save


def test_lomo_is_refused_by_name() -> None:
    assert "optim lomo cannot be used with EWC" in refused(ewc_save=True, optim="lomo")


def test_a_new_adapter_may_be_held_to_the_anchor_of_the_one_that_is_merged(tmp_path: Path) -> None:
    saved(tmp_path)
    assert planned(ewc_lambda=1, adapter_name_or_path=[str(tmp_path)], create_new_adapter=True).penalised


@pytest.mark.parametrize(("bits", "method", "allowed"), [(4, "bnb", True), (8, "bnb", True), (4, "hqq", False)])
def test_only_the_quantisation_that_was_tested_is_allowed(bits: int, method: str, allowed: bool) -> None:
    given = {"ewc_save": True, "quantization_bit": bits, "quantization_method": method}
    if allowed:
        assert planned(**given).save
    else:
        assert "quantization_method hqq cannot be used with EWC: only bnb was tested" in refused(**given)


@pytest.mark.parametrize("stage", ["rm", "ppo", "kto"])
@pytest.mark.parametrize("key", ["ewc_save", "stage_eval"])
def test_stages_whose_trainers_we_do_not_extend_are_refused(stage: str, key: str) -> None:
    message = refused(stage=stage, **{key: True})
    assert f"stage {stage} is not supported with our keys; expected sft or dpo or pt" in message


def test_all_three_trainers_may_be_penalised_and_leave_an_anchor(tmp_path: Path) -> None:
    assert STAGES == ("sft", "dpo", "pt")
    for stage in STAGES:
        made = planned(stage=stage, ewc_lambda=1, ewc_save=True, ewc_anchor=str(saved(tmp_path)))
        assert (made.penalised, made.save) == (True, True)


@pytest.mark.parametrize("key", ["ewc_save", "stage_eval"])
def test_our_keys_without_training_are_refused(key: str) -> None:
    assert "do_train: our keys act on training" in refused(do_train=False, **{key: True})


def test_an_estimate_without_training_says_why_it_wants_the_key() -> None:
    assert "false would merge and freeze the adapter" in refused(do_train=False, ewc_estimate=True)


@pytest.mark.parametrize(("tuning", "space"), [("lora", "weights"), ("full", "delta"), ("freeze", "delta")])
def test_a_space_that_does_not_fit_the_tuning_is_refused_and_the_right_one_named(tuning: str, space: str) -> None:
    message = refused(ewc_save=True, finetuning_type=tuning, ewc_space=space)
    assert f"with finetuning_type: {tuning}; found {space}" in message


def test_the_factored_form_is_refused_where_weights_have_no_factors() -> None:
    message = refused(ewc_save=True, finetuning_type="full", ewc_form="factored")
    assert "ewc_form: factored: expected ewc_space delta; found ewc_space weights" in message


def test_eight_bits_and_the_cpu_s_memory_are_for_full_tuning() -> None:
    refusal = "ewc_storage: 8bit: expected ewc_space weights; found ewc_space delta"
    assert refusal in refused(ewc_save=True, ewc_form="dense", ewc_storage="8bit")
    offloaded = refused(ewc_save=True, ewc_lambda="x", ewc_offload=True)
    assert "ewc_offload: true: expected ewc_space weights; found ewc_space delta" in offloaded
    assert planned(ewc_save=True, ewc_storage="8bit", finetuning_type="full").storage == "8bit"


def test_tuning_that_has_no_space_is_refused() -> None:
    assert "expected lora, full or freeze with EWC; found oft" in refused(ewc_save=True, finetuning_type="oft")


def test_a_penalty_without_an_anchor_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    message = refused(ewc_lambda=1, adapter_name_or_path=[str(tmp_path)])
    assert f"{tmp_path / 'ewc'}: expected an anchor" in message
    assert "ewc_save: true" in message


@pytest.mark.parametrize("name", ["anchor.safetensors", "fisher.safetensors", "ewc.json"])
def test_a_torn_anchor_is_refused_and_its_file_named(name: str, tmp_path: Path) -> None:
    torn = saved(tmp_path) / "ewc" / name
    torn.write_bytes(torn.read_bytes()[:-4])
    message = refused(ewc_lambda=1, ewc_anchor=str(tmp_path))
    assert f"{torn}: expected the file as it was written" in message


@pytest.mark.parametrize(
    ("space", "keys", "remedy"),
    [
        ("weights", {}, "make one for this base with ewc_estimate"),
        ("adapter", {}, "made with ewc_space: adapter"),
        ("delta", {"ewc_space": "adapter"}, "Remove ewc_space: adapter"),
    ],
)
def test_an_anchor_of_another_space_is_refused_with_what_to_do(
    space: str, keys: dict[str, Any], remedy: str, tmp_path: Path
) -> None:
    message = refused(ewc_lambda=1, ewc_anchor=str(saved(tmp_path, space=space)), **keys)
    assert f"found {space}" in message
    assert remedy in message


def test_all_problems_are_shown_at_once() -> None:
    message = refused(ewc_lambda="-1", ewc_gamma=3, ewc_anchor="a", use_badam=True, stage_eval=True, ewc_save=True,
                      stage="ppo", do_train=False)  # fmt: skip
    lines = [line for line in message.splitlines() if line.startswith("  - ")]
    assert f"found {len(lines)} problems" in message
    for named in ("ewc_lambda", "ewc_gamma", "use_badam", "stage ppo", "do_train"):
        assert sum(line.startswith(f"  - {named}") for line in lines) == 1


def test_a_single_problem_is_not_called_problems() -> None:
    assert "found 1 problem. Mend" in refused(ewc_save=True, optim="lomo")


# -- mixtures --------------------------------------------------------------------------------------------------


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def built(folder: Path) -> Path:
    """A dataset folder with the mixture `foundation`, made of `belle` and guarded against `belle_eval`."""
    for name in ("belle", "belle_eval", "foundation"):
        (folder / f"{name}.jsonl").write_text(f'{{"id": "{name}:0"}}\n', encoding="utf-8")
    manifest = {
        "inputs": [{"dataset": "belle", "file": "belle.jsonl", "sha256": digest(folder / "belle.jsonl")}],
        "evaluation_sets": [{"file": "belle_eval.jsonl", "sha256": digest(folder / "belle_eval.jsonl")}],
        "output": {"sha256": digest(folder / "foundation.jsonl")},
        "ratio": {"foundation": 1},
        "registry": {"mixture": {"ratio": {"foundation": 1}}, "datasets": {}, "evaluation_sets": {}},
    }
    (folder / "foundation.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    entries = {
        "belle": {"file_name": "belle.jsonl"},
        "foundation": {"file_name": "foundation.jsonl", "mix": {"ratio": {"foundation": 1}}},
    }
    (folder / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def test_a_mixture_that_is_as_its_manifest_says_is_no_problem(tmp_path: Path) -> None:
    assert mixture.problems(["foundation", "belle", "unknown"], built(tmp_path)) == []


@pytest.mark.parametrize("absent", ["foundation.jsonl", "foundation.manifest.json"])
def test_a_mixture_that_was_not_built_stops_the_run_with_the_command(absent: str, tmp_path: Path) -> None:
    (built(tmp_path) / absent).unlink()
    message = refused(stage_eval=True, dataset=["foundation"], dataset_dir=str(tmp_path))
    assert f"mixture foundation has not been built ({tmp_path / absent} is absent)" in message
    assert f"python -m converters mix foundation --dataset-dir {tmp_path}" in message


@pytest.mark.parametrize("changed", ["belle.jsonl", "belle_eval.jsonl", "foundation.jsonl"])
def test_a_stale_mixture_stops_the_run_with_what_changed_and_the_command(changed: str, tmp_path: Path) -> None:
    (built(tmp_path) / changed).write_text("changed\n", encoding="utf-8")
    (sentence,) = mixture.problems(["foundation"], tmp_path)
    assert sentence.startswith(f"mixture foundation is stale ({changed} ")
    assert sentence.endswith(f": python -m converters mix foundation --dataset-dir {tmp_path}")


def test_an_input_that_was_deleted_makes_a_mixture_stale(tmp_path: Path) -> None:
    (built(tmp_path) / "belle.jsonl").unlink()
    assert "belle.jsonl changed since" in mixture.problems(["foundation"], tmp_path)[0]


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_torn_manifest_is_a_problem_with_the_command(text: str, tmp_path: Path) -> None:
    (built(tmp_path) / "foundation.manifest.json").write_text(text, encoding="utf-8")
    (sentence,) = mixture.problems(["foundation"], tmp_path)
    assert "foundation.manifest.json cannot be read" in sentence
    assert "python -m converters mix foundation" in sentence


def test_the_usual_folder_need_not_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dataset_info").mkdir()
    (built(tmp_path / "dataset_info") / "foundation.jsonl").unlink()
    (sentence,) = mixture.problems(["foundation"], Path("dataset_info"))
    assert sentence.endswith(": python -m converters mix foundation")


@pytest.mark.parametrize("text", [None, "{", "[1]"])
def test_a_registry_that_cannot_be_read_is_left_to_the_host(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "dataset_info.json").write_text(text, encoding="utf-8")
    assert mixture.problems(["foundation"], tmp_path) == []


# -- kinds of values: the host checks these on its command line, and never in YAML -------------------------------


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (
            {"ewc_save": True, "ewc_fisher": "smapled"},
            "ewc_fisher: expected sampled or empirical or exact or ones; found 'smapled'",
        ),
        ({"ewc_save": True, "ewc_form": "dence"}, "ewc_form: expected factored or kronecker or dense; found 'dence'"),
        ({"ewc_save": True, "ewc_rank": 0, "ewc_form": "kronecker"}, "ewc_rank: expected a whole number above 0"),
        ({"ewc_lambda": "auto", "ewc_budget": -1}, "ewc_budget: expected a number above 0; found -1"),
        ({"ewc_lambda": "auto"}, "ewc_lambda: auto needs ewc_budget"),
        ({"ewc_estimate": "yes"}, "ewc_estimate: expected true or false; found 'yes'"),
        ({"ewc_save": "false"}, "ewc_save: expected true or false; found 'false'"),
        ({"stage_eval": 1}, "stage_eval: expected true or false; found 1"),
        ({"ewc_save": True, "ewc_fisher_samples": 1.5}, "ewc_fisher_samples: expected a whole number"),
        ({"ewc_save": True, "ewc_fisher_samples": "10"}, "ewc_fisher_samples: expected a whole number"),
        ({"ewc_save": True, "ewc_gamma": "much"}, "ewc_gamma: expected a number from 0 to 1; found 'much'"),
        ({"ewc_lambda": True}, "ewc_lambda: expected a finite number, zero or above, or auto; found True"),
        ({"ewc_lambda": [1]}, "ewc_lambda: expected a finite number, zero or above, or auto; found [1]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_before_anything_is_trained(given: dict[str, Any], named: str) -> None:
    assert named in refused(**given)


# -- data for the Fisher pass ------------------------------------------------------------------------------------


def test_an_unknown_dataset_for_the_fisher_pass_is_refused_before_a_model_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "dataset_info.json").write_text('{"talk": {"hf_hub_url": "x"}, "other": {"hf_hub_url": "y"}}')
    found = refused(ewc_save=True, ewc_fisher_dataset="talk,tlak", dataset_dir=str(tmp_path))
    assert "tlak is not in" in found
    assert "it has talk, other" in found
    made = planned(ewc_save=True, ewc_fisher_dataset="talk, other", dataset_dir=str(tmp_path))
    assert made.fisher_datasets == ("talk", "other")


def test_raw_text_needs_the_template_of_the_conversations_that_it_is_evaluated_on() -> None:
    assert "stage pt needs template" in refused(ewc_save=True, stage="pt", template=None)
    assert planned(ewc_save=True, stage="pt", template="gemma2").save
