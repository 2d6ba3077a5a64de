"""The penalty and its gradients against autograd, finite differences and the dense form written out."""

import pytest
import torch

from ewc_plugin.penalty import DenseTerm, FactoredTerm, LowRank, delta_penalty, weight_penalty

OUT, IN, RANK, STRENGTH = 7, 5, 3, 2.5


def update(seed, *, rank=RANK, scaling=2.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    A = torch.randn(rank, IN, generator=generator, dtype=dtype)
    return LowRank(A, torch.randn(OUT, rank, generator=generator, dtype=dtype), scaling)


def fisher(seed=9):
    return torch.rand(OUT, IN, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) ** 3


def factored(F):
    return FactoredTerm(F.sum(1), F.sum(0))


def written_out(live, anchor, F):
    """½ λ Σ_ij F_ij (sBA − s*B*A*)_ij², entry by entry."""
    drift = live.scaling * live.B @ live.A - anchor.scaling * anchor.B @ anchor.A
    return 0.5 * STRENGTH * sum(F[i, j] * drift[i, j] ** 2 for i in range(OUT) for j in range(IN))


def rank_one(term):
    return torch.outer(term.rows, term.columns) / term.rows.sum()


@pytest.mark.parametrize("ranks", [(3, 3), (2, 4), (4, 2), (1, 5)])
@pytest.mark.parametrize("form", ["dense", "factored"])
def test_value_and_gradients_equal_autograd_of_the_definition(form, ranks):
    live, anchor = update(1, rank=ranks[0], scaling=2.0), update(2, rank=ranks[1], scaling=0.5)
    term = DenseTerm(fisher()) if form == "dense" else factored(fisher())
    value, grad_A, grad_B = delta_penalty(live, anchor, [term], STRENGTH)
    leaf = LowRank(live.A.clone().requires_grad_(True), live.B.clone().requires_grad_(True), live.scaling)
    expected = written_out(leaf, anchor, fisher() if form == "dense" else rank_one(term))
    expected.backward()
    torch.testing.assert_close(value, expected.detach(), rtol=1e-12, atol=0)
    torch.testing.assert_close(grad_A, leaf.A.grad, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(grad_B, leaf.B.grad, rtol=1e-11, atol=1e-12)


def test_gradients_equal_finite_differences():
    live, anchor, terms = update(1), update(2), [factored(fisher())]
    _, grad_A, grad_B = delta_penalty(live, anchor, terms, STRENGTH)
    step = 1e-6
    for matrix, gradient in ((live.A, grad_A), (live.B, grad_B)):
        for index in [(0, 0), (2, 1), (1, 2)]:
            values = []
            for sign in (+1, -1):
                matrix[index] += sign * step
                values.append(delta_penalty(live, anchor, terms, STRENGTH)[0])
                matrix[index] -= sign * step
            assert float(values[0] - values[1]) / (2 * step) == pytest.approx(float(gradient[index]), rel=1e-6)


def test_factored_equals_dense_exactly_when_f_has_rank_one():
    F = torch.outer(fisher().sum(1), fisher().sum(0))
    live, anchor = update(1), update(2)
    for ours, theirs in zip(
        delta_penalty(live, anchor, [factored(F)], 1.0), delta_penalty(live, anchor, [DenseTerm(F)], 1.0), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


def test_terms_of_several_stages_add_up():
    live, anchor, F, G = update(1), update(2), fisher(3), fisher(4)
    both = delta_penalty(live, anchor, [DenseTerm(F), DenseTerm(G)], STRENGTH)
    summed = delta_penalty(live, anchor, [DenseTerm(F + G)], STRENGTH)
    for ours, theirs in zip(both, summed, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("term", [DenseTerm(fisher()), factored(fisher())])
def test_value_and_gradients_are_zero_exactly_at_the_anchor(term):
    same = update(2)
    assert [float(v.abs().max()) for v in delta_penalty(same, same, [term], 1e6)] == [0.0, 0.0, 0.0]


def test_the_penalty_does_not_see_how_an_update_is_split_into_b_and_a():
    live, anchor, terms = update(1), update(2), [factored(fisher())]
    mixing = torch.randn(RANK, RANK, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    other = LowRank(mixing @ live.A, live.B @ torch.linalg.inv(mixing), live.scaling)
    torch.testing.assert_close(
        delta_penalty(live, anchor, terms, 1.0)[0], delta_penalty(other, anchor, terms, 1.0)[0], rtol=1e-10, atol=0
    )


def test_a_drift_of_a_tenth_of_a_percent_is_still_exact_in_float32():
    anchor = update(2)
    live = LowRank(anchor.A * 1.001, anchor.B, anchor.scaling)
    exact = delta_penalty(live, anchor, [factored(fisher())], 1.0)[0]

    def single(u):
        return LowRank(u.A.float(), u.B.float(), u.scaling)

    found = delta_penalty(single(live), single(anchor), [factored(fisher().float())], 1.0)[0]
    # what is left is the rounding of 1.001·A itself, 6e-8 / 1e-3; [sB, −s*B*][A; A*] would lose 7 %
    assert float(found) == pytest.approx(float(exact), rel=5e-4)


def test_a_layer_that_no_example_reached_costs_nothing():
    term = FactoredTerm(torch.zeros(OUT, dtype=torch.float64), torch.zeros(IN, dtype=torch.float64))
    assert [float(v.abs().max()) for v in delta_penalty(update(1), update(2), [term], 1.0)] == [0.0, 0.0, 0.0]


def test_the_penalty_of_plain_weights_is_half_lambda_f_delta_squared():
    theta, anchor, F = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 0.0, 5.0]), torch.tensor([9.0, 3.0, 2.0])
    value, gradient = weight_penalty(theta, anchor, F, 10.0)
    assert float(value) == 0.5 * 10 * (3 * 2**2 + 2 * 1**2)
    assert gradient.tolist() == [0.0, 10 * 3 * 2, 10 * 2 * -1]
