"""What may be changed when a stage is continued, and what may not: by value, on arguments that look like the host's."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ewc_plugin import checkpoints, conditions
from ewc_plugin.arguments import EwcArguments
from ewc_plugin.checkpoints import CheckpointError, Regime
from ewc_plugin.identity import fingerprint


@dataclass
class Model:
    model_name_or_path: str = "org/base"
    adapter_name_or_path: list[str] | None = None
    quantization_bit: int | None = None
    hf_hub_token: str | None = None


@dataclass
class Data:
    dataset_dir: str = "data"
    dataset: list[str] = field(default_factory=lambda: ["talk"])
    cutoff_len: int = 2048
    packing: bool | None = None
    max_samples: int | None = None
    preprocessing_num_workers: int | None = None
    eval_dataset: list[str] | None = None


@dataclass
class Training:
    output_dir: str = "saves/a"
    learning_rate: float = 5e-5
    num_train_epochs: float = 3.0
    max_steps: int = -1
    lr_scheduler_type: str = "linear"
    warmup_steps: float = 0
    seed: int = 42
    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 2
    save_steps: float = 500
    logging_steps: float = 500
    report_to: str = "none"
    dataloader_num_workers: int = 0
    dataloader_drop_last: bool = False
    world_size: int = field(default=1, init=False)


@dataclass
class Finetuning(EwcArguments):
    lora_rank: int = 8
    lora_target: list[str] = field(default_factory=lambda: ["all"])
    a_key_of_a_newer_host: int = 0


GROUPS = (Model, Data, Training, Finetuning)


def made(*, processes=1, **keys) -> conditions.Conditions:
    groups = [g(**{k: v for k, v in keys.items() if k in g.__dataclass_fields__}) for g in GROUPS]
    groups[2].world_size = processes
    return conditions.conditions(*groups, cutoff=groups[1].cutoff_len)


def differing(was: conditions.Conditions, now: conditions.Conditions, **how) -> list[str]:
    return [each.what for each in conditions.differences(was.as_json(), now, **how)]


@pytest.mark.parametrize(
    "key",
    [
        {"learning_rate": 1e-4},
        {"lr_scheduler_type": "cosine"},
        {"num_train_epochs": 4.0},  # of a falling learning rate every step depends on how many are to come
        {"seed": 1},
        {"max_samples": 5000},
        {"cutoff_len": 1024},
        {"packing": True},
        {"quantization_bit": 4},
        {"lora_rank": 16},
        {"lora_target": ["q_proj", "v_proj"]},
        {"dataset": ["story"]},
        {"dataloader_drop_last": True},
        {"a_key_of_a_newer_host": 1},
    ],
)
def test_a_key_that_decides_over_the_weights_is_a_difference_both_ways(key):
    assert differing(made(), made(**key)) == list(key)
    assert differing(made(**key), made()) == list(key)


@pytest.mark.parametrize(
    "key",
    [
        {"output_dir": "saves/b"},
        {"save_steps": 10},
        {"logging_steps": 10},
        {"report_to": "tensorboard"},
        {"dataloader_num_workers": 4},
        {"preprocessing_num_workers": 8},
        {"eval_dataset": ["talk_eval"]},
        {"hf_hub_token": "secret"},
        {"ewc_save": True},
        {"stage_eval": True},
    ],
)
def test_what_only_watches_saves_or_comes_after_the_last_step_may_change(key):
    assert differing(made(), made(**key)) == []
    assert "secret" not in str(made(**key))


def test_with_lambda_auto_the_losses_that_it_follows_are_part_of_the_training():
    assert differing(made(ewc_lambda="auto"), made(ewc_lambda="auto", eval_dataset=["x"])) == ["eval_dataset"]
    assert differing(made(ewc_lambda="5"), made(ewc_lambda="5", eval_dataset=["x"])) == []


def test_the_space_of_the_penalty_matters_only_where_there_is_one():
    assert differing(made(ewc_lambda="5"), made(ewc_lambda="5", ewc_space="adapter")) == ["ewc_space"]
    assert differing(made(), made(ewc_space="adapter")) == []


@pytest.mark.parametrize(
    ("schedule", "before", "after", "allowed"),
    [
        ({"lr_scheduler_type": "constant"}, 2.0, 3.0, True),
        ({"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 30}, 2.0, 3.0, True),
        ({"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 0.1}, 2.0, 3.0, False),
        ({"lr_scheduler_type": "constant"}, 3.0, 2.0, False),  # the checkpoint may be behind the new end
        ({"lr_scheduler_type": "cosine"}, 2.0, 3.0, False),
    ],
)
def test_a_run_may_be_lengthened_where_no_step_depends_on_the_length(schedule, before, after, allowed):
    was, now = (made(num_train_epochs=epochs, **schedule) for epochs in (before, after))
    assert differing(was, now) == ([] if allowed else ["num_train_epochs"])


def test_batch_accumulation_and_processes_count_by_their_product():
    was = made(per_device_train_batch_size=8, gradient_accumulation_steps=2)
    assert differing(was, made(per_device_train_batch_size=4, gradient_accumulation_steps=4)) == []
    assert differing(was, made(per_device_train_batch_size=2, gradient_accumulation_steps=1, processes=8)) == []
    (found,) = conditions.differences(was.as_json(), made(per_device_train_batch_size=8, processes=8))
    assert (found.was, found.now) == ("16", "128")


def test_a_finished_stage_is_the_same_stage_on_another_number_of_machines():
    on_eight = made(processes=8)
    assert differing(on_eight, made(), by_recipe=True) == []
    assert differing(on_eight, made(gradient_accumulation_steps=4), by_recipe=True) != []
    tokens = made(batch_tokens=50_000, gradient_accumulation_steps=1, processes=8)
    assert differing(tokens, made(batch_tokens=50_000, gradient_accumulation_steps=8), by_recipe=True) == []
    assert differing(tokens, made(batch_tokens=20_000), by_recipe=True) == ["batch_tokens"]


# -- what was trained on, and from where -----------------------------------------------------------------------


def mixture(folder: Path, lines: str, examples: int) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "dataset_info.json").write_text('{"m": {"file_name": "m.jsonl", "mix": {"ratio": {"a": 1}}}}')
    (folder / "m.jsonl").write_text(lines)
    (folder / "m.manifest.json").write_text(f'{{"output": {{"examples": {examples}}}, "stage": "a"}}')
    return str(folder)


def test_another_content_of_the_same_mixture_is_a_difference_that_tells_how_many_there_were(tmp_path):
    was = made(dataset=["m"], dataset_dir=mixture(tmp_path / "data", "1\n2\n", 2))
    moved = made(dataset=["m"], dataset_dir=str((tmp_path / "data").rename(tmp_path / "moved")))
    assert differing(was, moved) == []
    now = made(dataset=["m"], dataset_dir=mixture(tmp_path / "moved", "1\n", 1))
    (found,) = conditions.differences(was.as_json(), now)
    assert found.what == "data of m"
    assert found.was.startswith("2 examples, sha256 ")
    assert found.now.startswith("1 examples, sha256 ")


def weights(folder: Path, content: bytes) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(content)
    return str(folder)


def test_weights_that_were_moved_are_the_same_and_weights_that_were_trained_again_are_not(tmp_path):
    was = made(adapter_name_or_path=[weights(tmp_path / "a", b"one")])
    moved = made(adapter_name_or_path=[str((tmp_path / "a").rename(tmp_path / "b"))])
    assert differing(was, moved) == []
    again = made(adapter_name_or_path=[weights(tmp_path / "b", b"two")])
    assert differing(was, again) == ["weights of adapter_name_or_path"]
    assert differing(was, made()) == ["weights of adapter_name_or_path"]
    assert differing(made(), made(model_name_or_path="org/other")) == ["weights of model_name_or_path"]


def test_a_fingerprint_sees_only_weights_and_of_large_files_pieces_everywhere(tmp_path, monkeypatch):
    folder = Path(weights(tmp_path / "a", b"x" * 5000))
    (folder / "training_args.bin").write_bytes(b"names the output folder")
    whole = fingerprint(folder)
    (folder / "training_args.bin").write_bytes(b"another")
    assert fingerprint(folder) == whole
    monkeypatch.setattr("ewc_plugin.identity.WHOLE", 100)
    monkeypatch.setattr("ewc_plugin.identity.PIECE", 10)
    pieces = fingerprint(folder)
    for place in (0, 4999):
        content = bytearray(b"x" * 5000)
        content[place] = 0
        assert fingerprint(Path(weights(folder, bytes(content)))) != pieces
    shutil.rmtree(folder)
    assert fingerprint(folder) is None


def test_the_same_bytes_cut_into_other_files_are_other_weights(tmp_path):
    found = []
    for name, parts in (("a", (b"one", b"two")), ("b", (b"onet", b"wo"))):
        (tmp_path / name).mkdir()
        for number, part in enumerate(parts):
            (tmp_path / name / f"model-{number}.safetensors").write_bytes(part)
        found.append(fingerprint(tmp_path / name))
    assert found[0] != found[1]


# -- what is said ----------------------------------------------------------------------------------------------


def test_an_error_says_what_was_what_is_and_what_to_type(tmp_path):
    was = Regime(5.0, None, (), made(learning_rate=1e-4, lora_target=["q_proj", "v_proj"]))
    now = Regime(7.0, None, (), made(max_samples=5000))
    with pytest.raises(CheckpointError) as error:
        checkpoints.require_same(was.as_json(), now, where=tmp_path)
    assert "expected ewc_lambda 5; learning_rate 0.0001; lora_target q_proj,v_proj; max_samples not set" in str(
        error.value
    )
    assert "found ewc_lambda 7; learning_rate not set; lora_target not set; max_samples 5000" in str(error.value)
    assert "(ewc_lambda=5 learning_rate=0.0001 lora_target=q_proj,v_proj behind the recipe)" in str(error.value)
    assert "overwrite_output_dir=true or another output_dir" in str(error.value)


def test_a_marker_of_version_1_which_knows_the_penalty_alone_still_holds_for_that(tmp_path):
    old = Regime(5.0, None, ()).as_json()
    checkpoints.require_same(old, Regime(5.0, None, (), made(max_samples=5000)), where=tmp_path)
    with pytest.raises(CheckpointError, match="expected ewc_lambda 5,"):
        checkpoints.require_same(old, Regime(7.0, None, (), made()), where=tmp_path)
