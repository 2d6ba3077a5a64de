"""However a penalised stage is trained, it ends at the same weights: the parity table.

One line per configuration stands at the end of the run: by how much its weights differ from those of one process, and
what the penalty does.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from _parity import CONFIGURATIONS, EFFECT, EXACT, Configuration, Table
from _tiny import World

pytest.importorskip("deepspeed")
NAMES = [f"{c.family}: {c.name}" for c in CONFIGURATIONS]
PARAMETERS = [
    pytest.param(c, id=name, marks=[pytest.mark.parity, *([pytest.mark.slow] if c.slow else [])])
    for c, name in zip(CONFIGURATIONS, NAMES, strict=True)
]
ANCHORED = [parameter for parameter, c in zip(PARAMETERS, CONFIGURATIONS, strict=True) if c.anchored]


@pytest.fixture(scope="module")
def table(world: World, request: pytest.FixtureRequest) -> Table:
    """All the selected configurations, trained: one process, then one torchrun for all that take two."""
    here = Path(request.node.path)
    specs = [item.callspec.params for item in request.session.items if item.path == here and hasattr(item, "callspec")]
    wanted = {spec["configuration"].name + spec["configuration"].family for spec in specs}
    made = Table(world)
    made.train([c for c in CONFIGURATIONS if c.name + c.family in wanted])
    return made


@pytest.mark.parametrize("configuration", PARAMETERS)
def test_a_penalised_stage_ends_at_the_same_weights(
    configuration: Configuration, table: Table, record_property: Callable[[str, object], None]
) -> None:
    assert table.failure(configuration) is None
    difference, effect = table.difference(configuration), table.effect(configuration.family)
    row = f"{configuration.family}: {configuration.name}: {difference:.1e} (the penalty's effect {effect:.1e})"
    record_property("parity", row)
    assert difference <= configuration.tolerance
    # else the agreement would say nothing of the penalty
    assert effect >= EFFECT
    assert effect > 2 * configuration.tolerance


@pytest.mark.parametrize("configuration", ANCHORED)
def test_the_anchor_that_is_left_holds_the_same_importances(configuration: Configuration, table: Table) -> None:
    assert table.failure(configuration) is None
    assert table.importance(configuration) <= EXACT


def test_the_gradient_is_clipped_in_every_step_and_the_last_window_is_short() -> None:
    from _parity import EXAMPLES, STEP

    assert EXAMPLES % STEP == STEP // 2
