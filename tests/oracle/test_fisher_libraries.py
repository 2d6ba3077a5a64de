"""F against two libraries that compute it by other routes: torch.func and curvlinops."""

import torch
from _models import EXAMPLES, tiny
from curvlinops import FisherMCLinearOperator, GGNLinearOperator
from test_fisher import T, assert_equal, exact_diagonal
from torch import nn

from ewc_plugin.curvature import WeightCurvature
from ewc_plugin.fisher import estimate

CHOSEN = ("model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight", "lm_head.weight")


def test_per_example_squares_equal_those_of_torch_func():
    model = tiny("llama")
    found = estimate(model, EXAMPLES, WeightCurvature(model), labels="empirical", batch_size=2).fisher
    model.eval()
    parameters = {name: p.detach() for name, p in model.named_parameters() if name in CHOSEN}
    total = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for example in EXAMPLES:

        def log_likelihood(weights, example=example):
            ids = {"input_ids": torch.tensor([example.ids]), "use_cache": False}
            logits = torch.func.functional_call(model, weights, kwargs=ids).logits[0]
            rows = [p - 1 for p in example.targets]
            return logits.log_softmax(-1)[rows, [example.labels[p] for p in example.targets]].sum()

        for name, gradient in torch.func.grad(log_likelihood)(parameters).items():
            total[name] += gradient**2 / T
    assert_equal({name: found[name] for name in CHOSEN}, total, tolerance=1e-10)


class Supervised(nn.Module):
    """ids (1, t) with the supervised rows marked by a second row (2, t) → logits (rows, V)."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, marked):
        rows = marked[1].nonzero().squeeze(-1) - 1
        return self.model(input_ids=marked[:1], use_cache=False).logits[0, rows]


def diagonal_of(operator, model, **options):
    """The diagonal of one of their matrices of the chosen weights, built column by column, per token."""
    chosen = {name: p for name, p in model.named_parameters() if name in CHOSEN}
    data = []
    for example in EXAMPLES:
        marks = [1 if p in example.targets else 0 for p in range(len(example.ids))]
        labels = torch.tensor([example.labels[p] for p in example.targets])
        data.append((torch.tensor([example.ids, marks]), labels))
    theirs = operator(
        Supervised(model),
        nn.CrossEntropyLoss(reduction="sum"),
        list(chosen.values()),
        data,
        check_deterministic=False,
        batch_size_fn=lambda marked: 1,
        **options,
    )
    size = sum(p.numel() for p in chosen.values())
    diagonal = (theirs @ torch.eye(size, dtype=torch.float64)).diagonal() / T
    parts = diagonal.split([p.numel() for p in chosen.values()])
    return {name: part.reshape(p.shape) for (name, p), part in zip(chosen.items(), parts, strict=True)}


def eager():
    model = tiny("llama").eval()
    model.set_attn_implementation("eager")  # curvlinops differentiates forward, which fused attention cannot
    return model


def test_the_exact_diagonal_is_that_of_curvlinops_generalised_gauss_newton_matrix():
    """For cross-entropy on logits the GGN is the Fisher."""
    model = eager()
    theirs = diagonal_of(GGNLinearOperator, model)
    # forward and reverse mode round differently inside the float32 RMS norms
    found = estimate(model, EXAMPLES, WeightCurvature(model), labels="exact", batch_size=3).fisher
    assert_equal({name: found[name] for name in CHOSEN}, theirs, tolerance=1e-6)
    # and so is the loop that other tests of the Fisher are held against
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in CHOSEN)
    assert_equal(exact_diagonal(model, {n: model.get_parameter(n) for n in CHOSEN}), theirs, tolerance=1e-6)


def test_sampled_squares_agree_with_curvlinops_monte_carlo_fisher_within_sampling_error():
    model, draws = eager(), 100
    theirs = diagonal_of(FisherMCLinearOperator, model, mc_samples=draws)
    ours = [estimate(model, EXAMPLES, WeightCurvature(model), seed=s, batch_size=5).fisher for s in range(draws)]
    for name in CHOSEN:
        sums = torch.stack([one[name].sum() for one in ours])
        error = (2 / draws) ** 0.5 * sums.std()  # both are means of equally many draws
        assert abs(sums.mean() - theirs[name].sum()) < 4 * error, name


def test_sampled_squares_average_to_the_diagonal_of_curvlinops_that_the_test_above_checks():
    model = tiny("llama")
    draws = [estimate(model, EXAMPLES, WeightCurvature(model), seed=seed, batch_size=5).fisher for seed in range(300)]
    exact = exact_diagonal(model, {n: p for n, p in model.named_parameters() if n in CHOSEN})
    for name, expected in exact.items():
        sums = torch.stack([d[name].sum() for d in draws])
        assert abs(sums.mean() - expected.sum()) < 4 * sums.std() / len(draws) ** 0.5, name
