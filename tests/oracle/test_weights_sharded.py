"""Full tuning on several ranks: each holds its slices only, and the mean of what they add is the whole gradient."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, tiny
from torch import nn

from ewc_plugin import anchor as anchors
from ewc_plugin import masters
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.errors import AnchorError, MechanismError
from ewc_plugin.fisher import estimate
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces.slices import SlicedCurvature
from ewc_plugin.spaces.weights import WeightSpace

CPU = torch.device("cpu")


def keeping(storage="float32", offload=False):
    return SimpleNamespace(storage=storage, offload=offload)


class Thread(OneProcess):
    """One of several ranks that are threads of this process and wait for each other in `sum`, as processes would."""

    def __init__(self, rank, shared):
        self.rank, self._shared = rank, shared
        self.world_size = len(shared.parts)

    def sum(self, tensor):
        self._shared.parts[self.rank] = tensor.clone()
        self._shared.barrier.wait(30)
        total = sum(self._shared.parts[1:], start=self._shared.parts[0])
        self._shared.barrier.wait(30)
        return total


def on_ranks(world, function):
    """What `function(ranks)` gives on each rank."""
    shared = SimpleNamespace(parts=[None] * world, barrier=threading.Barrier(world))
    with ThreadPoolExecutor(world) as pool:
        return list(pool.map(lambda rank: function(Thread(rank, shared)), range(world)))


def network(seed=0):
    """Sizes that no number of ranks divides, a single number among them."""
    torch.manual_seed(seed)
    model = nn.Module()
    for name, shape in (("odd", (7, 3)), ("even", (4, 6)), ("one", (1,)), ("vector", (5,))):
        model.register_parameter(name, nn.Parameter(torch.randn(shape)))
    return model


def anchor(seed=1, *, terms=1):
    """Two stages' F around θ*, and θ* away from the live weights."""
    centre = {name: value.detach().clone() for name, value in network(seed).named_parameters()}
    made = []
    for number in range(terms):
        torch.manual_seed(100 + number)
        made.append(Term("dense", {name: torch.rand_like(value) for name, value in centre.items()}))
    return Anchor("weights", (centre,), tuple(made))


def attached(ranks, model, anchored, keep=None):
    space = WeightSpace(model, keep or keeping(), ranks)
    space.attach([anchored], CPU)
    return space


def by_hand(model, anchored, strength):
    """½λΣF(θ−θ*)² and its gradient, entry by entry in float64."""
    value, gradients = 0.0, {}
    for name, parameter in model.named_parameters():
        theta, centre = parameter.detach().double().flatten(), anchored.theta[name].double().flatten()
        gradient = torch.zeros_like(theta)
        for term in anchored.terms:
            fisher = term.fisher[name].double().flatten()
            for i in range(len(theta)):
                value += 0.5 * strength * float(fisher[i]) * float(theta[i] - centre[i]) ** 2
                gradient[i] += strength * fisher[i] * (theta[i] - centre[i])
        gradients[name] = gradient.view(parameter.shape)
    return value, gradients


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize("terms", [1, 2])
def test_value_and_mean_gradient_are_those_of_one_process(world, terms):
    model, anchored = network(), anchor(terms=terms)
    value, gradients = by_hand(model, anchored, 3.0)

    def on_rank(ranks):
        penalty = attached(ranks, model, anchored).penalty(3.0)
        added = {}
        for (name, parameter), (_, late) in zip(model.named_parameters(), penalty.gradients, strict=True):
            share = late()
            added[name] = torch.zeros(parameter.numel())
            added[name][share.start : share.stop] = world * share.values
        return float(penalty.value), added

    found = on_ranks(world, on_rank)
    for at, _ in found:
        assert at == pytest.approx(value, rel=1e-6)
    for name, expected in gradients.items():
        mean = sum(added[name] for _, added in found) / world
        torch.testing.assert_close(mean.view(expected.shape).double(), expected, rtol=1e-6, atol=1e-7)


class OnlySlices(dict):
    """The tensors of an anchor's file, of which nobody may ask for a whole one."""

    read = 0

    def __getitem__(self, name):
        raise AssertionError(f"{name} was read whole")

    def shape(self, name):
        return super().__getitem__(name).shape

    def slice(self, name, start, stop):
        self.read += stop - start
        return super().__getitem__(name).reshape(-1)[start:stop]


@pytest.mark.parametrize("world", [2, 3])
def test_no_rank_holds_or_reads_more_than_its_slices(world):
    model = network()
    total = sum(p.numel() for p in model.parameters())

    def on_rank(ranks):
        given = anchor()
        centre, fisher = OnlySlices(given.theta), OnlySlices(given.terms[0].fisher)
        space = attached(ranks, model, Anchor("weights", (centre,), (Term("dense", fisher),)))
        space.penalty(1.0)
        held = sum(h.centre.bytes + h.fisher.bytes for terms in space._held.values() for h in terms.values())
        return held, centre.read, fisher.read

    found = on_ranks(world, on_rank)
    assert sum(held for held, _, _ in found) == 2 * 4 * total
    largest = sum(-(-p.numel() // world) for p in model.parameters())
    for held, centre, fisher in found:
        assert held <= 2 * 4 * largest
        assert max(centre, fisher) <= largest


@pytest.mark.parametrize(("storage", "most"), [("float32", 8.0), ("half", 4.0), ("8bit", 3.02)])
def test_f_and_the_anchor_of_a_bfloat16_model_take_this_many_bytes_a_weight(storage, most):
    model = nn.Module()
    model.register_parameter("w", nn.Parameter(torch.randn(512, 64).bfloat16().float()))
    given = Anchor("weights", ({"w": model.w.detach().clone()},), (Term("dense", {"w": torch.rand(512, 64)}),))
    space = attached(OneProcess(), model, given, keeping(storage))
    assert float(space.penalty(1.0).value) == 0.0  # at the anchor, to the bit
    held = space._held["w"][0]
    assert held.centre.bytes + held.fisher.bytes <= most * model.w.numel()


@pytest.mark.parametrize("storage", ["half", "8bit"])
def test_at_the_anchor_of_a_float32_model_the_penalty_is_far_below_that_of_any_training(storage):
    model = network(1)
    space = attached(OneProcess(), model, anchor(1), keeping(storage))
    at_the_anchor = float(space.penalty(1.0).value)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 1.001
    assert at_the_anchor < 1e-3 * float(space.penalty(1.0).value)


@pytest.mark.parametrize(("storage", "error"), [("half", 5e-3), ("8bit", 5e-2)])
def test_smaller_storage_gives_nearly_the_same_gradient(storage, error):
    model, given = network(), anchor()
    exact, small = (
        {p: late().values for p, late in attached(OneProcess(), model, given, keeping(k, off)).penalty(1.0).gradients}
        for k, off in (("float32", False), (storage, True))
    )
    distance = sum(float((exact[p] - small[p]).square().sum()) for p in exact) ** 0.5
    assert 0 < distance <= error * sum(float(g.square().sum()) for g in exact.values()) ** 0.5


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("world", [2, 3, 7])  # of 7 ranks the last hold nothing of a norm
def test_f_in_slices_is_f_of_one_process(world, tied):
    models = [tiny(tied=tied) for _ in range(world)]  # not in the threads, which share the random numbers
    alone = tiny(tied=tied)
    whole = estimate(alone, EXAMPLES, WeightSpace(alone, keeping(), OneProcess()).curvature("dense", 0))
    assert all(value.any() for value in whole.fisher.values())

    def on_rank(ranks):
        model = models[ranks.rank]
        curvature = WeightSpace(model, keeping(), ranks).curvature("dense", 0)
        assert isinstance(curvature, SlicedCurvature)
        found = estimate(model, EXAMPLES, curvature, ranks=ranks)
        for name, parameter in model.named_parameters():
            assert curvature.sums[name].numel() <= -(-parameter.numel() // world)
        return {name: found.fisher[name] for name in found.fisher}

    for found in on_ranks(world, on_rank):
        assert set(found) == set(whole.fisher)
        for name, expected in whole.fisher.items():
            torch.testing.assert_close(found[name], expected, rtol=1e-10, atol=1e-14)


def test_an_anchor_on_disk_is_read_in_slices_by_any_number_of_ranks(tmp_path):
    model = network()
    folder = anchors.save(anchor(), tmp_path)
    one = float(attached(OneProcess(), model, anchors.load(folder)).penalty(1.0).value)
    for value in on_ranks(3, lambda ranks: float(attached(ranks, model, anchors.load(folder)).penalty(1.0).value)):
        assert value == pytest.approx(one, rel=1e-6)


def test_the_snapshot_and_the_drift_are_whole_on_every_rank():
    model, given = network(), anchor()

    def on_rank(ranks):
        space = attached(ranks, model, given)
        drift = space.drift()._changes
        return dict(space.snapshot().items()), {n: drift[n] for n in drift}, space.predicted()

    for snapshot, drift, predicted in on_ranks(3, on_rank):
        for name, parameter in model.named_parameters():
            assert torch.equal(snapshot[name], parameter)
            torch.testing.assert_close(drift[name], parameter.detach() - given.theta[name])
            expected = 0.5 * (given.terms[0].fisher[name] * (parameter.detach() - given.theta[name]) ** 2).sum()
            assert predicted[name] == pytest.approx(float(expected), rel=1e-5)


# -- where DeepSpeed deals the weights out ---------------------------------------------------------------------


def partitioned(parameter, start, values):
    """As DeepSpeed's ZeRO-1/2 leaves a half-precision parameter with a float32 master on one rank."""
    address = SimpleNamespace(start=start, numel=len(values))
    parameter._hp_mapping = SimpleNamespace(lp_fragment_address=address, get_hp_fragment=lambda: values)
    return parameter


def test_under_deepspeed_a_rank_has_the_slice_of_its_float32_master():
    master = torch.randn(6)
    parameter = partitioned(nn.Parameter(torch.zeros(2, 5, dtype=torch.bfloat16)), 3, master)
    share = masters.read_share(parameter, OneProcess())
    assert (share.start, share.stop) == masters.bounds(parameter, OneProcess()) == (3, 9)
    assert torch.equal(share.values, master)
    parameter._hp_mapping = None  # another rank holds all of it
    assert masters.bounds(parameter, OneProcess()) == (0, 0)
    assert len(masters.read_share(parameter, OneProcess()).values) == 0


def test_when_deepspeed_deals_the_weights_out_otherwise_the_anchor_is_read_again():
    model, given = network(), anchor()
    space = attached(OneProcess(), model, given)
    whole = float(space.penalty(1.0).value)
    theta = model.odd.detach().clone()
    # as an engine does with bf16: half-precision live weights, their master in part here, in part elsewhere
    model.odd.data = theta.bfloat16()
    partitioned(model.odd, 4, theta.reshape(-1)[4:9])
    after = space.penalty(1.0)
    weighted = given.terms[0].fisher["odd"] * (theta - given.theta["odd"]) ** 2
    elsewhere = float(0.5 * (weighted.sum() - weighted.reshape(-1)[4:9].sum()))
    assert float(after.value) == pytest.approx(whole - elsewhere, rel=1e-5)
    share = next(late() for parameter, late in after.gradients if parameter is model.odd)
    assert (share.start, share.stop) == (4, 9)


def test_half_precision_weights_without_a_master_are_refused_by_name():
    model = network()
    model.even.data = model.even.data.bfloat16()
    with pytest.raises(MechanismError, match=r"1 of 4 in bfloat16 without masters \(even\).*pure_bf16"):
        attached(OneProcess(), model, anchor()).penalty(1.0)


# -- an anchor of something else -------------------------------------------------------------------------------


def test_an_anchor_of_other_parameters_is_refused_and_says_which():
    given = anchor()
    del given.theta["odd"]
    given.theta["other"] = torch.zeros(3)
    with pytest.raises(AnchorError, match=r"1 missing \['odd'\], 1 that this run does not train \['other'\]"):
        attached(OneProcess(), network(), given)


def test_an_anchor_of_another_vocabulary_is_refused_with_both_shapes():
    given = anchor()
    given.theta["even"] = torch.zeros(9, 6)
    with pytest.raises(AnchorError, match=r"parameter even: expected shape \(4, 6\); found \(9, 6\)"):
        attached(OneProcess(), network(), given)
