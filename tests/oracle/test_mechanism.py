"""What reaches the optimiser: the task's gradient plus the penalty's, once per step, whatever the accumulation."""

from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, lora, tiny

from ewc_plugin import launcher
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.errors import MechanismError
from ewc_plugin.fisher import estimate
from ewc_plugin.masters import Share
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.weights import WeightSpace

KEEPING = SimpleNamespace(storage="float32", offload=False)


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))


def loss(model, seed):
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(seed))
    return model(x).square().mean()


def halve(parameter):
    parameter.grad.mul_(0.5)


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


def anchored(space, form, model):
    found = estimate(model, EXAMPLES, space.curvature(form, 4), labels="empirical")
    return Anchor(space.name, (space.snapshot(),), (Term(form, found.fisher),), space.base())


def whole(gradients):
    """Gradients as tensors of the parameters' shapes, also those that are made when the backward asks for them."""
    for parameter, gradient in gradients:
        share = gradient() if callable(gradient) else gradient
        yield parameter, share.values.view_as(parameter) if isinstance(share, Share) else share


@pytest.mark.parametrize("form", ["factored", "kronecker", "dense", "weights"])
def test_a_space_gives_the_gradient_of_its_own_value_for_every_parameter(form):
    model = tiny(dtype=torch.float32) if form == "weights" else lora(tiny(dtype=torch.float32))
    space = WeightSpace(model, KEEPING, OneProcess()) if form == "weights" else DeltaSpace(model)
    space.attach([anchored(space, "dense" if form == "weights" else form, model)], torch.device("cpu"))
    assert float(space.penalty(3.0).value) == 0.0
    torch.manual_seed(3)
    with torch.no_grad():
        for _, parameter in space.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    at = space.penalty(3.0)
    assert {id(p) for p, _ in at.gradients} == {id(p) for p in model.parameters() if p.requires_grad}
    for parameter, gradient in whole(at.gradients):
        # the directional derivative along the gradient, one parameter at a time, by central differences
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
        space.attach([anchored(space, "factored", model)], torch.device("cpu"))
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


# -- shares: gradients that no rank holds whole ----------------------------------------------------------------


class OneOfThree(OneProcess):
    world_size = 3

    def __init__(self, rank):
        self.rank = rank


def added_by(rank, share, parameter):
    hook = GradientHook([("w", parameter)], OneOfThree(rank))
    hook._written = None  # the self-check would need the other ranks
    hook.arm([(parameter, share)])
    # a sum's gradient is expanded from one number: it must not be written to
    parameter.sum().backward()
    hook.settle()
    added = parameter.grad - 1.0
    parameter.grad = None
    hook.remove()
    return added


@pytest.mark.parametrize("made_late", [False, True])
def test_shares_of_all_ranks_add_up_to_the_whole_gradient_in_the_mean(made_late):
    parameter = torch.nn.Parameter(torch.randn(4, 5))
    gradient = torch.randn(4, 5)
    places = [(0, 7), (7, 14), (14, 20)]
    shares = [Share(a, gradient.view(-1)[a:b]) for a, b in places]
    added = [added_by(r, (lambda s=s: s) if made_late else s, parameter) for r, s in enumerate(shares)]
    torch.testing.assert_close(sum(added) / 3, gradient)
    for (a, b), one in zip(places, added, strict=True):
        outside = one.view(-1).clone()
        outside[a:b] = 0
        assert not outside.any()


def test_an_empty_share_adds_nothing_and_still_counts():
    parameter = torch.nn.Parameter(torch.randn(3))
    assert not added_by(1, Share(0, torch.empty(0)), parameter).any()


# -- half precision and the loss scaler ------------------------------------------------------------------------


def test_into_a_half_precision_gradient_the_sum_is_rounded_once():
    parameter = torch.nn.Parameter(torch.ones(1000, dtype=torch.bfloat16))
    task, extra = torch.rand(1000).bfloat16(), torch.rand(1000)
    hook = GradientHook([("w", parameter)], OneProcess())
    hook.arm([(parameter, extra)])
    parameter.backward(task)
    hook.settle()
    assert torch.equal(parameter.grad, (task.float() + extra).bfloat16())
    assert not torch.equal(parameter.grad, task + extra.bfloat16())  # rounded twice it is another number


def test_an_overflow_is_no_false_alarm_and_the_next_step_is_checked():
    model = network()
    hook = GradientHook(list(model.named_parameters()), OneProcess())
    extra = [(p, torch.ones_like(p)) for p in model.parameters()]
    hook.arm(extra, scale=65536.0)
    (loss(model, 0) * float("inf")).backward()
    hook.settle()  # the scaler skips this step
    model.zero_grad()
    model[0].weight.register_post_accumulate_grad_hook(halve)
    hook.arm(extra, scale=32768.0)
    (loss(model, 0) * 32768).backward()
    with pytest.raises(MechanismError, match=r"0\.weight's gradient is not task \+ penalty"):
        hook.settle()


def test_the_self_check_covers_all_micro_batches_of_the_window():
    model = network()
    hook = GradientHook(list(model.named_parameters()), OneProcess())
    loss(model, 0).backward()
    loss(model, 1).backward()
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 2).backward()
    hook.settle()


def test_a_new_attempt_forgets_the_window_that_was_begun():
    model = network()
    hook = GradientHook(list(model.named_parameters()), OneProcess())
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 0).backward()  # out of memory, say, before the step
    model.zero_grad()
    hook.reset()
    loss(model, 0).backward()
    hook.settle()
    assert all(float(p.grad.abs().max()) < 1 for p in model.parameters())
    hook.arm([(p, torch.ones_like(p)) for p in model.parameters()])
    loss(model, 0).backward()
    hook.settle()


# -- launchers -------------------------------------------------------------------------------------------------


class Engine:
    """What DeepSpeed's engine does within the loop's backward."""

    def __init__(self):
        self.log, self.boundary = [], True
        self.optimizer = SimpleNamespace(loss_scale=256.0)

    def backward(self, loss):
        self.log.append("backward")

    def step(self):
        self.log.append("step")

    def is_gradient_accumulation_boundary(self):
        return self.boundary


class Wrapper:
    """As accelerate wraps it: the step follows within the backward."""

    def __init__(self, engine):
        self.engine = engine

    def backward(self, loss, sync_gradients=True):
        self.engine.backward(loss)
        if sync_gradients:
            self.engine.step()


class OldWrapper(Wrapper):
    def backward(self, loss):
        self.engine.backward(loss)
        self.engine.step()


def accelerator(wrapper=None, *, sync=True, scale=None):
    scaler = None if scale is None else SimpleNamespace(get_scale=lambda: scale)
    return SimpleNamespace(deepspeed_engine_wrapped=wrapper, sync_gradients=sync, scaler=scaler)


def test_under_deepspeed_the_check_comes_between_backward_and_step():
    engine = Engine()
    launched = accelerator(Wrapper(engine))
    with launcher.before_step(launched, lambda: engine.log.append("check")):
        launched.deepspeed_engine_wrapped.backward(0)
    assert engine.log == ["backward", "check", "step"]
    assert "step" not in vars(engine)


def test_a_failed_check_keeps_the_engine_from_stepping():
    engine = Engine()

    def fail():
        raise MechanismError("here", expected="a", found="b", remedy="c")

    with pytest.raises(MechanismError), launcher.before_step(accelerator(Wrapper(engine)), fail):
        Wrapper(engine).backward(0)
    assert engine.log == ["backward"]


def test_an_engine_that_does_not_step_at_the_end_of_the_window_stops_the_run():
    engine = Engine()
    with (
        pytest.raises(MechanismError, match="a step after the last micro-batch"),
        launcher.before_step(accelerator(Wrapper(engine)), lambda: None),
    ):
        Wrapper(engine).backward(0, sync_gradients=False)


def test_without_deepspeed_the_check_follows_the_backward():
    log = []
    with launcher.before_step(accelerator(), lambda: log.append("check")):
        log.append("backward")
    assert log == ["backward", "check"]


@pytest.mark.parametrize("sync", [True, False])
def test_the_window_closes_when_the_loop_says_so(sync):
    assert launcher.closes_window(accelerator(sync=sync)) is sync
    # the engine's own flag is still that of the micro-batch before
    engine = Engine()
    engine.boundary = not sync
    assert launcher.closes_window(accelerator(Wrapper(engine), sync=sync)) is sync


@pytest.mark.parametrize("boundary", [True, False])
def test_with_an_older_accelerate_the_engine_says_when_the_window_closes(boundary):
    engine = Engine()
    engine.boundary = boundary
    assert launcher.closes_window(accelerator(OldWrapper(engine), sync=not boundary)) is boundary


def test_the_loss_scale_is_that_of_whoever_scales_the_loss():
    assert launcher.loss_scale(accelerator()) == 1.0
    assert launcher.loss_scale(accelerator(scale=1024.0)) == 1024.0
    assert launcher.loss_scale(accelerator(Wrapper(Engine()))) == 256.0
