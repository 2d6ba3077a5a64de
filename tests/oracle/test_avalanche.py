"""F and the penalty against Avalanche's EWC, an independent implementation of the empirical diagonal.

Avalanche squares the gradient of each mini-batch's loss and averages over mini-batches; its penalty is λ Σ F δ²,
without the ½. At mini-batch size 1 the first is the empirical Fisher per example; above 1 it is none.
"""

import copy
from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, tiny
from torch import nn

from ewc_plugin.curvature import WeightCurvature
from ewc_plugin.fisher import IGNORED, Example, estimate
from ewc_plugin.penalty import weight_penalty

EWCPlugin = pytest.importorskip(
    "avalanche.training.plugins", reason="avalanche-lib is not installed: pip install -c constraints.txt -e '.[dev]'"
).EWCPlugin

WIDTH = max(len(example.ids) for example in EXAMPLES)
TOKENS = sum(len(example.targets) for example in EXAMPLES)
ONE_ANSWER = [  # one supervised token each: per example and per token are the same
    Example(ids, (*(IGNORED,) * (len(ids) - 1), ids[-1]))
    for ids in [(1, 5, 7, 3), (1, 2, 9, 4), (1, 12, 11, 6), (1, 3, 3, 10), (1, 8, 2, 2), (7, 7, 1, 5), (4, 2, 6, 8)]
]


@pytest.fixture(autouse=True)
def _in_float64():
    """Avalanche keeps importances in torch's default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class Wrapped(nn.Module):
    """ids (b, t) → logits (b, V, t−1) for the tokens behind the first, as nn.CrossEntropyLoss takes them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        return self.model(input_ids=ids, use_cache=False).logits[:, :-1].mT


class Task(torch.utils.data.Dataset):
    """What Avalanche's loop reads: (x, y, task label)."""

    def __init__(self, examples):
        self.rows = [
            (padded(example.ids, 0), padded(example.labels, IGNORED)[1:], torch.tensor(0)) for example in examples
        ]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]


def padded(values, filler):
    # padded on the right, where a causal model does not see it
    return torch.tensor([*values, *(filler,) * (WIDTH - len(values))])


def avalanche(model, examples, *, batch_size, reduction, strength=1.0):
    """Avalanche's plugin as it stands after its first experience, and the strategy that it talks to."""
    wrapped = Wrapped(model)
    strategy = SimpleNamespace(
        model=wrapped,
        _criterion=nn.CrossEntropyLoss(reduction=reduction, ignore_index=IGNORED),
        optimizer=torch.optim.SGD(wrapped.parameters(), lr=0.0),
        experience=SimpleNamespace(dataset=Task(examples)),
        device=torch.device("cpu"),
        train_mb_size=batch_size,
        clock=SimpleNamespace(train_exp_counter=0),
    )
    plugin = EWCPlugin(ewc_lambda=strength)
    plugin.after_training_exp(strategy)
    strategy.clock.train_exp_counter = 1
    return plugin, strategy


def importances(plugin):
    return {name.removeprefix("model."): value.data for name, value in plugin.importances[0].items()}


def ours(model, examples, *, batch_size=2):
    return estimate(model, examples, WeightCurvature(model), labels="empirical", batch_size=batch_size).fisher


def relative_error(found, expected):
    assert set(found) == set(expected)
    difference = sum(float((found[name] - expected[name]).square().sum()) for name in expected)
    return (difference / sum(float(value.square().sum()) for value in expected.values())) ** 0.5


def correlation(found, expected):
    stacked = torch.stack([torch.cat([values[name].flatten() for name in expected]) for values in (found, expected)])
    return float(torch.corrcoef(stacked)[0, 1])


@pytest.mark.parametrize("family", ["gemma2", "qwen3"])
def test_at_mini_batch_size_one_its_importances_are_our_empirical_f(family):
    model = tiny(family)
    plugin, _ = avalanche(model, ONE_ANSWER, batch_size=1, reduction="mean")
    assert relative_error(importances(plugin), ours(model, ONE_ANSWER)) < 1e-6


def test_with_several_answers_per_example_its_importances_are_per_example_and_ours_per_token():
    model = tiny()
    plugin, _ = avalanche(model, EXAMPLES, batch_size=1, reduction="sum")
    per_token = {name: value * len(EXAMPLES) / TOKENS for name, value in importances(plugin).items()}
    assert len(EXAMPLES) < TOKENS
    assert relative_error(per_token, ours(model, EXAMPLES)) < 1e-6


def test_its_penalty_and_gradient_at_strength_lambda_are_ours_at_two_lambda():
    model = tiny()
    plugin, strategy = avalanche(model, ONE_ANSWER, batch_size=1, reduction="mean", strength=0.7)
    F = ours(model, ONE_ANSWER)
    anchor = copy.deepcopy(dict(model.named_parameters()))
    torch.manual_seed(2)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    strategy.loss = torch.zeros(())
    strategy.model.zero_grad()
    plugin.before_backward(strategy)
    strategy.loss.backward()
    with torch.no_grad():
        pairs = {n: weight_penalty(p, anchor[n], F[n], 2 * 0.7) for n, p in model.named_parameters()}
    value = sum(float(pair[0]) for pair in pairs.values())
    # Avalanche adds its penalty up in float32 whatever the model's dtype
    assert float(strategy.loss.detach()) == pytest.approx(value, rel=1e-6)
    assert value > 0.01
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert relative_error(gradients, {name: pair[1] for name, pair in pairs.items()}) < 1e-6


def test_above_mini_batch_size_one_it_squares_the_batch_mean_which_is_no_fisher(record_property):
    model = tiny()
    F = ours(model, ONE_ANSWER)
    plugin, _ = avalanche(model, ONE_ANSWER, batch_size=4, reduction="mean")
    error, agreement = relative_error(importances(plugin), F), correlation(importances(plugin), F)
    record_property("relative_error", error)
    record_property("correlation", agreement)
    print(f"Avalanche at mini-batch size 4: relative L2 error {error:.3f}, correlation {agreement:.3f}")
    assert error > 0.5
    assert relative_error(importances(plugin), squares_of_batch_means(model, ONE_ANSWER, 4)) < 1e-6
    assert relative_error(ours(model, ONE_ANSWER, batch_size=4), F) < 1e-10


def squares_of_batch_means(model, examples, batch_size):
    """By hand: the mean over mini-batches of (mean over examples of the gradient)²."""
    batches = [examples[start : start + batch_size] for start in range(0, len(examples), batch_size)]
    total = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    for batch in batches:
        losses = []
        for example in batch:
            logits = model.eval()(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0]
            losses.append(-logits[-2].log_softmax(-1)[example.ids[-1]])
        gradients = torch.autograd.grad(torch.stack(losses).mean(), list(model.parameters()))
        for (name, _), gradient in zip(model.named_parameters(), gradients, strict=True):
            total[name] += gradient.square() / len(batches)
    return total
