"""What reaches the optimiser: the task's gradient plus the penalty's, once per step, whatever the accumulation."""

import pytest
import torch
from _models import EXAMPLES, lora, tiny

from ewc_plugin.anchor import Anchor
from ewc_plugin.errors import MechanismError
from ewc_plugin.fisher import estimate
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces import DeltaSpace, WeightSpace


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))


def loss(model, seed):
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(seed))
    return model(x).square().mean()


def test_the_penalty_enters_once_per_step_whatever_the_accumulation():
    plain, hooked = network(), network()
    hook = GradientHook(list(hooked.named_parameters()), OneProcess())
    extra = [(p, torch.full_like(p, 0.25)) for p in hooked.parameters()]
    for micro_batch in range(4):
        (loss(plain, micro_batch) / 4).backward()
        if micro_batch == 3:
            hook.arm(extra)
        (loss(hooked, micro_batch) / 4).backward()
    hook.settle()
    for ours, theirs in zip(hooked.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad + 0.25)


def test_a_backward_that_is_not_armed_is_left_alone():
    plain, hooked = network(), network()
    hook = GradientHook(list(hooked.named_parameters()), OneProcess())
    hook.arm([(p, torch.ones_like(p)) for p in hooked.parameters()])
    loss(hooked, 0).backward()
    hook.settle()
    hooked.zero_grad()
    loss(plain, 1).backward()
    loss(hooked, 1).backward()
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(hooked.parameters(), plain.parameters(), strict=True))


def test_under_a_loss_scaler_the_penalty_is_scaled_like_the_loss():
    plain, hooked = network(), network()
    hook = GradientHook(list(hooked.named_parameters()), OneProcess())
    hook.arm([(p, torch.ones_like(p)) for p in hooked.parameters()], scale=1024.0)
    (loss(hooked, 0) * 1024).backward()
    hook.settle()
    loss(plain, 0).backward()
    for ours, theirs in zip(hooked.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad / 1024, theirs.grad + 1)


def test_a_parameter_without_a_gradient_stops_the_run_and_is_named():
    model = network()
    hook = GradientHook([*model.named_parameters(), ("unused", torch.nn.Parameter(torch.zeros(2)))], OneProcess())
    hook.arm([(p, torch.zeros_like(p)) for p in model.parameters()])
    loss(model, 0).backward()
    with pytest.raises(MechanismError, match=r"unused \(0×\)"):
        hook.settle()


def test_a_second_backward_in_one_step_stops_the_run():
    model = network()
    hook = GradientHook(list(model.named_parameters()), OneProcess())
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 0).backward()
    loss(model, 1).backward()
    with pytest.raises(MechanismError, match=r"\(2×\)"):
        hook.settle()


def test_the_first_step_notices_when_somebody_else_changes_the_gradient():
    model = network()
    hook = GradientHook(list(model.named_parameters()), OneProcess())

    def halve(parameter):
        parameter.grad.mul_(0.5)

    model[0].weight.register_post_accumulate_grad_hook(halve)
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 0).backward()
    with pytest.raises(MechanismError, match=r"0\.weight's gradient is not task \+ penalty"):
        hook.settle()


def test_the_first_step_notices_when_ranks_add_different_gradients():
    class OtherRankHoldsAnotherAnchor(OneProcess):
        world_size = 2

        def sum(self, tensor):
            return tensor * 2.5

    model = network()
    hook = GradientHook(list(model.named_parameters()), OtherRankHoldsAnotherAnchor())
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 0).backward()
    with pytest.raises(MechanismError, match="different weights or anchors"):
        hook.settle()


def anchored(space, curvature, model):
    found = estimate(model, EXAMPLES, curvature, labels="empirical")
    about = {"fingerprints": space.fingerprints()}
    form = "factored" if any(n.endswith(".rows") for n in found.fisher) else "dense"
    return Anchor(space.name, form, space.snapshot(), space.scalings(), (found.fisher,), about)


@pytest.mark.parametrize("kind", ["factored", "dense", "weights"])
def test_a_space_gives_the_gradient_of_its_own_value_for_every_parameter(kind):
    model = tiny(dtype=torch.float32) if kind == "weights" else lora(tiny(dtype=torch.float32))
    space = WeightSpace(model) if kind == "weights" else DeltaSpace(model)
    space.attach(anchored(space, space.curvature(kind), model), torch.device("cpu"))
    assert float(space.penalty(3.0).value) == 0.0
    torch.manual_seed(3)
    with torch.no_grad():
        for _, parameter in space.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    at = space.penalty(3.0)
    assert {id(p) for p, _ in at.gradients} == {id(p) for p in model.parameters() if p.requires_grad}
    for parameter, gradient in at.gradients:
        # Euler's view of a directional derivative, one parameter at a time, by central differences
        direction = gradient / gradient.norm()
        values = []
        for sign in (+1, -1):
            with torch.no_grad():
                parameter += sign * 1e-2 * direction
                values.append(float(space.penalty(3.0).value))
                parameter -= sign * 1e-2 * direction
        assert (values[0] - values[1]) / 2e-2 == pytest.approx(float(gradient.norm()), rel=2e-2)


def test_a_huge_lambda_keeps_the_parameters_at_the_anchor():
    def drift_after_training(strength):
        model = lora(tiny(dtype=torch.float32), dropout=0.0)
        space = DeltaSpace(model)
        space.attach(anchored(space, space.curvature("factored"), model), torch.device("cpu"))
        hook = GradientHook(space.parameters(), OneProcess())
        # Adam moves as fast at any λ, so only the direction of the sum decides
        optimizer = torch.optim.Adam([p for _, p in space.parameters()], lr=1e-3)
        for step in range(100):
            hook.arm(space.penalty(strength).gradients)
            ids = torch.tensor([EXAMPLES[step % 5].ids])
            model(input_ids=ids, labels=ids).loss.backward()
            hook.settle()
            optimizer.step()
            optimizer.zero_grad()
        return float(space.penalty(1.0).value)

    free = drift_after_training(0.0)
    assert drift_after_training(1e4) < 0.01 * free
    assert drift_after_training(10.0) < 0.9 * free
