"""A full-tuning stage after a LoRA stage: the merged model is held by the update's F, in all forms and on all ranks."""

import copy
from types import SimpleNamespace

import pytest
import torch
from _models import lora, tiny
from test_spaces import CPU, anchor_of, by_hand, effective, written_out_graph

from ewc_plugin import anchor as anchors
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.errors import AnchorError
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.weights import WeightSpace

FORMS = ("factored", "kronecker", "dense")
KEEPING = SimpleNamespace(storage="float32", offload=False)


class OneOf:
    """A rank whose sums are its own: what the others would add is added by the test."""

    def __init__(self, rank, world_size):
        self.rank, self.world_size = rank, world_size

    def sum(self, tensor):
        return tensor


def full(model, folder, ranks=None):
    return WeightSpace(model, KEEPING, ranks or OneProcess(), str(folder))


def whole(space, strength, world_size=1):
    """The gradient that a backward of this rank would add, by parameter, in full."""
    found = {}
    names = {id(p): name for name, p in space.parameters()}
    for parameter, gradient in space.penalty(strength).gradients:
        share = gradient()
        flat = torch.zeros(parameter.numel())
        flat[share.start : share.stop] = world_size * share.values
        found[names[id(parameter)]] = flat.view(parameter.shape)
    return found


@pytest.fixture(params=FORMS)
def world(request, tmp_path):
    """The anchor of a LoRA stage, the effective weights it is around, and the merged model in a folder."""
    old = lora(tiny(dtype=torch.float32), rank=2)
    anchor = anchor_of(DeltaSpace(old), request.param)
    anchors.save(anchor, tmp_path)
    merged = copy.deepcopy(old).merge_and_unload().requires_grad_(True)
    merged.save_pretrained(tmp_path / "merged")
    return SimpleNamespace(
        anchor=anchors.load(tmp_path / "ewc"), before=effective(old), model=merged, folder=tmp_path / "merged"
    )


def moved(model):
    later = copy.deepcopy(model)
    for parameter in later.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return later


def weights(model, names):
    modules = dict(model.named_modules())
    return {name: modules[name].weight.detach().double() for name in names}


def test_it_starts_at_the_anchor_exactly(world):
    space = full(world.model, world.folder)
    (said,) = space.attach([world.anchor], CPU)
    assert "it holds the 14 linear maps that were adapted" in said
    assert float(space.penalty(1.0).value) == 0.0
    assert all(float(gradient.abs().max()) == 0.0 for gradient in whole(space, 1.0).values())


def test_its_penalty_and_gradients_are_those_of_the_update_s_f_on_whole_weights(world):
    model = moved(world.model)
    space = full(copy.deepcopy(world.model), world.folder)
    space.attach([world.anchor], CPU)
    for (_, live), other in zip(space.parameters(), model.parameters(), strict=True):
        live.data.copy_(other.data)
    expected = by_hand(world.anchor, weights(model, world.before), [world.before])
    assert float(space.penalty(1.0).value) == pytest.approx(expected, rel=1e-4)
    assert sum(space.predicted().values()) == pytest.approx(expected, rel=1e-4)
    found, modules = whole(space, 3.0), dict(model.named_modules())
    for name, before in world.before.items():
        weight = modules[name].weight.detach().clone().requires_grad_(True)
        term = world.anchor.terms[0]
        value = 0.5 * written_out_graph(term, term.form, name, weight - before.float())
        (gradient,) = torch.autograd.grad(3.0 * value, weight)
        torch.testing.assert_close(found.pop(f"{name}.weight"), gradient, rtol=1e-3, atol=1e-5)
    assert all(float(rest.abs().max()) == 0.0 for rest in found.values())  # embeddings and norms are free


def test_the_ranks_shares_average_to_the_whole_gradient(world):
    spaces = [full(moved_like(world), world.folder, OneOf(rank, 3)) for rank in range(3)]
    one = full(moved_like(world), world.folder)
    for space in (*spaces, one):
        attached(space, world)
    parts = [whole(space, 2.0, world_size=3) for space in spaces]
    for name, expected in whole(one, 2.0).items():
        torch.testing.assert_close(sum(part[name] for part in parts) / 3, expected, rtol=1e-4, atol=1e-6)
    values = [float(space.penalty(2.0).value) for space in spaces]
    assert sum(values) == pytest.approx(float(one.penalty(2.0).value), rel=1e-5)


def moved_like(world):
    torch.manual_seed(4)
    return moved(world.model)


def attached(space, world):
    """Attach at the merged weights, then put the moved ones back: as a stage does that has trained."""
    later = {name: p.data.clone() for name, p in space.parameters()}
    for (_, live), start in zip(space.parameters(), world.model.parameters(), strict=True):
        live.data.copy_(start.data)
    space.attach([world.anchor], CPU)
    for name, live in space.parameters():
        live.data.copy_(later[name])


def test_the_anchor_that_such_a_stage_leaves_holds_the_next_one(world, tmp_path):
    space = full(copy.deepcopy(world.model), world.folder)
    space.attach([world.anchor], CPU)
    for _, parameter in space.parameters():
        parameter.data += 0.01
    own = Term("dense", space.ones("dense"), about={"stage": "full"})
    kept = anchors.online(space.earlier()[1], own, gamma=1.0)
    assert [term.form for term in kept][-1] == "dense"
    anchors.save(Anchor("weights", (space.snapshot(),), kept, space.base()), tmp_path / "full")
    later = copy.deepcopy(dict(space.parameters()))
    again = full(copy.deepcopy(space._model), tmp_path / "nowhere")
    again.attach([anchors.load(tmp_path / "full/ewc")], CPU)
    assert float(again.penalty(1.0).value) == 0.0
    for name, parameter in again.parameters():
        parameter.data = later[name].data + 0.02
    drift = {name: torch.full(value.shape, 0.02).double() for name, value in world.before.items()}
    expected = by_hand(world.anchor, drift, [{name: 0 * value for name, value in drift.items()}])
    expected += 0.5 * sum(p.numel() * 0.02**2 for p in later.values())
    assert float(again.penalty(1.0).value) == pytest.approx(expected, rel=1e-3)


def test_the_base_model_without_the_adapter_is_refused(world):
    with pytest.raises(AnchorError, match=r"found the base model without it.*llamafactory-cli export"):
        full(tiny(dtype=torch.float32), world.folder).attach([world.anchor], CPU)


def test_another_model_is_refused(world):
    with pytest.raises(AnchorError, match=r"14 of 14 layers with other weights"):
        full(tiny(seed=5, dtype=torch.float32), world.folder).attach([world.anchor], CPU)
