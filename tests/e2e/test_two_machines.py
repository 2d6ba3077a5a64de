"""A stage on two machines leaves what one process leaves; what one of them lacks is said on both, before training."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from _machines import on_two_machines
from _parity import relative, squared, tensors, weights, zero
from _tiny import World, cli

STAGE = {
    "dataset": "translation",
    "ewc_lambda": 300,
    "ewc_save": True,
    "ewc_fisher_samples": 16,
    "ewc_storage": "float32",  # the last bit of a bfloat16 would hide what is compared
    "stage_eval": True,
    "use_cpu": True,
}


def losses(stage: Path) -> list[dict[str, float]]:
    rows = json.loads((stage / "stage_eval/matrix.json").read_text(encoding="utf-8"))["rows"]
    return [{name: cell["loss"]["value"] for name, cell in row["cells"].items()} for row in rows]


def penalties(stage: Path) -> list[float]:
    entries = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    return [entry["ewc/penalty"] for entry in entries if "ewc/penalty" in entry]


def the_same(found: Path, expected: Path) -> None:
    """Weights, F and every row of the matrix."""
    assert relative(weights(found), weights(expected)) < 1e-5
    fishers = [squared(tensors(stage / "ewc", "fisher*.safetensors")) for stage in (found, expected)]
    assert relative(*fishers) < 1e-5
    for ours, theirs in zip(losses(found), losses(expected), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    assert penalties(found)[-1] == pytest.approx(penalties(expected)[-1], rel=1e-3)
    assert penalties(expected)[-1] > 0


@pytest.fixture(scope="module")
def alone(world: World, first_stage: Path) -> Path:
    recipe = world.recipe("alone", **STAGE, adapter_name_or_path=str(first_stage))
    ended = cli("train", recipe, cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    return world.folder / "alone"


LAUNCHERS = [
    pytest.param("DDP", {}),
    pytest.param("ZeRO-2", {"deepspeed": zero(2)}, marks=pytest.mark.slow),
    pytest.param("ZeRO-3", {"deepspeed": zero(3)}, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("launcher", "keys"), LAUNCHERS)
def test_two_machines_with_a_shared_folder_leave_what_one_process_leaves(
    launcher: str, keys: dict[str, Any], world: World, first_stage: Path, alone: Path
) -> None:
    if "deepspeed" in keys:
        pytest.importorskip("deepspeed")
        config = world.folder / f"{launcher}.json"
        config.write_text(json.dumps(keys["deepspeed"]), encoding="utf-8")
        # with use_cpu the host starts the process group without DeepSpeed, which then counts one process under ZeRO-3
        keys = {"deepspeed": str(config), "use_cpu": None}
    batch = {"per_device_train_batch_size": 4, "adapter_name_or_path": str(first_stage)}
    recipe = world.recipe(f"nodes_{launcher}", **{**STAGE, **batch, **keys})
    ended = on_two_machines(recipe, [world.folder, world.folder])
    assert [process.code for process in ended] == [0, 0], ended[0].err[-3000:]
    the_same(world.folder / f"nodes_{launcher}", alone)
    # rank 0 alone speaks
    assert "anchor left in" in ended[0].out
    assert "anchor left in" not in ended[1].out


# -- two disks -------------------------------------------------------------------------------------------------


@pytest.fixture
def disks(world: World, first_stage: Path, tmp_path: Path) -> list[Path]:
    """Two folders with the same model, data and stage before, under the same relative paths."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        for part in ("base", "data"):
            shutil.copytree(world.folder / part, folder / part)
        shutil.copytree(first_stage, folder / "a")
        keys = {"adapter_name_or_path": "a", "per_device_train_batch_size": 4, "output_dir": "b"}
        recipe = yaml.safe_load(world.recipe("two_disks", **{**STAGE, **keys}).read_text(encoding="utf-8"))
        recipe |= {"model_name_or_path": "base", "dataset_dir": "data"}
        (folder / "b.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return folders


@pytest.mark.slow
def test_an_anchor_that_one_machine_lacks_is_said_on_both_before_anything_is_trained(disks: list[Path]) -> None:
    shutil.rmtree(disks[1] / "a/ewc")
    ended = on_two_machines("b.yaml", disks)
    assert all(process.code != 0 for process in ended)
    assert "1 of 2 ranks: expected that every machine finds what the stage needs; found rank 1 on" in ended[0].err
    for process in ended:
        assert "a/ewc: expected an anchor" in process.err
    assert not (disks[0] / "b/adapter_model.safetensors").exists()


@pytest.mark.slow
def test_data_that_differ_between_machines_are_refused_on_both(disks: list[Path]) -> None:
    path = disks[1] / "data/translation.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("春天", "夏天"), encoding="utf-8")
    ended = on_two_machines("b.yaml", disks)
    assert all(process.code != 0 for process in ended)
    for process in ended:
        assert "expected the same files as rank 0; found others, or none, for translation" in process.err


@pytest.mark.slow
def test_the_second_machine_needs_the_anchor_but_not_the_evaluation_of_the_stage_before(
    disks: list[Path], alone: Path
) -> None:
    shutil.rmtree(disks[1] / "a/stage_eval")
    ended = on_two_machines("b.yaml", disks)
    assert [process.code for process in ended] == [0, 0], ended[0].err[-3000:]
    the_same(disks[0] / "b", alone)
    assert not (disks[1] / "b/ewc").exists()  # rank 0 writes: the next stage needs a copy here
