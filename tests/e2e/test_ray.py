"""Two workers of Ray train a stage with EWC as one process does: the plugin is on in them, and its keys arrive."""

import sys
from pathlib import Path

import pytest
from _tiny import World, cli, run
from test_two_machines import STAGE, the_same

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")

DRIVER = Path(__file__).with_name("_ray_driver.py")


def test_two_workers_of_ray_leave_what_one_process_leaves(world: World, first_stage: Path) -> None:
    keys = {**STAGE, "adapter_name_or_path": str(first_stage)}
    assert cli("train", world.recipe("without_ray", **keys), cwd=world.folder).code == 0
    # with an address the host need not ask the dashboard, which plain `pip install ray` does not bring
    of_ray = {"ray_num_workers": 2, "master_addr": ray.util.get_node_ip_address(), "per_device_train_batch_size": 4}
    recipe = world.recipe("with_ray", **{**keys, **of_ray})
    ended = run([sys.executable, DRIVER, recipe], cwd=world.folder, USE_RAY="1", RAY_USAGE_STATS_ENABLED="0")
    assert ended.code == 0, ended.err[-3000:]
    assert "EWC: λ = 300" in ended.out + ended.err  # said by a worker, through the driver
    the_same(world.folder / "with_ray", world.folder / "without_ray")


def test_a_mistake_in_our_keys_comes_back_from_the_worker(world: World) -> None:
    of_ray = {"ray_num_workers": 2, "master_addr": ray.util.get_node_ip_address()}
    recipe = world.recipe("ray_mistake", ewc_lambda=1, ewc_anchor="nowhere", **of_ray)
    ended = run([sys.executable, DRIVER, recipe], cwd=world.folder, USE_RAY="1", RAY_USAGE_STATS_ENABLED="0")
    assert ended.code != 0
    assert "nowhere/ewc: expected an anchor" in ended.out + ended.err
