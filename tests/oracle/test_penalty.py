"""The penalty and its gradients against autograd, finite differences and the dense form written out."""

import pytest
import torch

from ewc_plugin.penalty import (
    DenseTerm,
    Factor,
    FactoredTerm,
    KroneckerTerm,
    LowRank,
    delta_penalty,
    drift_penalty,
    weight_penalty,
)
from ewc_plugin.spaces.delta import ones

OUT, IN, RANK, STRENGTH = 7, 5, 3, 2.5


def update(seed, *, rank=RANK, scaling=2.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    A = torch.randn(rank, IN, generator=generator, dtype=dtype)
    return LowRank(A, torch.randn(OUT, rank, generator=generator, dtype=dtype), scaling)


def fisher(seed=9):
    return torch.rand(OUT, IN, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) ** 3


def factored(F):
    return FactoredTerm(F.sum(1), F.sum(0))


def factor(width, rank, seed):
    generator = torch.Generator().manual_seed(seed)
    U = torch.randn(width, rank, generator=generator, dtype=torch.float64)
    return Factor(U, torch.rand(width, generator=generator, dtype=torch.float64))


def kronecker(rank=2, seed=20):
    return KroneckerTerm(factor(OUT, rank, seed), factor(IN, rank, seed + 1))


def term_of(form):
    return {"dense": DenseTerm(fisher()), "factored": factored(fisher()), "kronecker": kronecker()}[form]


FORMS = ["dense", "factored", "kronecker"]


def whole(half):
    return half.U @ half.U.mT + half.d.diag()


def rank_one(term):
    return torch.outer(term.rows, term.columns) / term.rows.sum()


def matrix(term):
    """F as the (o·i, o·i) matrix that it stands for."""
    if isinstance(term, KroneckerTerm):
        return torch.kron(whole(term.G), whole(term.C))
    return (term.fisher if isinstance(term, DenseTerm) else rank_one(term)).flatten().diag()


def written_out(live, anchor, *terms):
    """½ λ vec(D)ᵀ F vec(D), with the whole matrix F."""
    drift = (live.scaling * live.B @ live.A - anchor.scaling * anchor.B @ anchor.A).flatten()
    return 0.5 * STRENGTH * sum(drift @ matrix(term) @ drift for term in terms)


def by_autograd(live, anchor, *terms):
    leaf = LowRank(live.A.clone().requires_grad_(True), live.B.clone().requires_grad_(True), live.scaling)
    value = written_out(leaf, anchor, *terms)
    value.backward()
    return value.detach(), leaf.A.grad, leaf.B.grad


def assert_close(ours, theirs, rtol=1e-11):
    assert len(ours) == len(theirs) == 3
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("ranks", [(3, 3), (2, 4), (4, 2), (1, 5)])
@pytest.mark.parametrize("form", FORMS)
def test_value_and_gradients_equal_autograd_of_the_definition(form, ranks):
    live, anchor = update(1, rank=ranks[0], scaling=2.0), update(2, rank=ranks[1], scaling=0.5)
    term = term_of(form)
    assert_close(delta_penalty(live, anchor, [term], STRENGTH), by_autograd(live, anchor, term))


@pytest.mark.parametrize("form", FORMS)
def test_a_stack_of_layers_gives_the_sum_of_the_values_and_each_layers_own_gradients(form):
    layers = [(update(seed), update(seed + 50, rank=2)) for seed in range(6)]
    terms = {
        "dense": [DenseTerm(fisher(seed)) for seed in range(6)],
        "factored": [factored(fisher(seed)) for seed in range(6)],
        "kronecker": [kronecker(seed=30 + 2 * seed) for seed in range(6)],
    }[form]
    alone = [delta_penalty(live, anchor, [term], STRENGTH) for (live, anchor), term in zip(layers, terms, strict=True)]
    # two leading dimensions, (2, 3): 6 layers
    live, anchor = (
        LowRank(stacked([u.A for u in us]), stacked([u.B for u in us]), 2.0) for us in zip(*layers, strict=True)
    )
    value, grad_A, grad_B = delta_penalty(live, anchor, [stacked_term(terms)], STRENGTH)
    assert value.shape == ()
    torch.testing.assert_close(value, sum(one[0] for one in alone), rtol=1e-12, atol=0)
    torch.testing.assert_close(grad_A, stacked([one[1] for one in alone]), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(grad_B, stacked([one[2] for one in alone]), rtol=1e-11, atol=1e-12)


def stacked(parts):
    return torch.stack(parts).unflatten(0, (2, 3))


def stacked_term(terms):
    if isinstance(terms[0], DenseTerm):
        return DenseTerm(stacked([t.fisher for t in terms]))
    if isinstance(terms[0], FactoredTerm):
        return FactoredTerm(stacked([t.rows for t in terms]), stacked([t.columns for t in terms]))
    halves = [
        Factor(*(stacked([getattr(getattr(t, side), part) for t in terms]) for part in ("U", "d"))) for side in "GC"
    ]
    return KroneckerTerm(*halves)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_equal_finite_differences(form):
    live, anchor, terms = update(1), update(2), [term_of(form)]
    _, grad_A, grad_B = delta_penalty(live, anchor, terms, STRENGTH)
    step = 1e-6
    for moved, gradient in ((live.A, grad_A), (live.B, grad_B)):
        for index in [(0, 0), (2, 1), (1, 2)]:
            values = []
            for sign in (+1, -1):
                moved[index] += sign * step
                values.append(delta_penalty(live, anchor, terms, STRENGTH)[0])
                moved[index] -= sign * step
            assert float(values[0] - values[1]) / (2 * step) == pytest.approx(float(gradient[index]), rel=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_the_penalty_of_a_dense_drift_equals_that_of_the_same_drift_as_a_low_rank_update(form):
    live, anchor, term = update(1), update(2), term_of(form)
    drift = (live.scaling * live.B @ live.A - anchor.scaling * anchor.B @ anchor.A).requires_grad_(True)
    expected = 0.5 * STRENGTH * drift.flatten() @ matrix(term) @ drift.flatten()
    expected.backward()
    value, gradient = drift_penalty(drift.detach(), [term], STRENGTH)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-12, atol=0)
    torch.testing.assert_close(value, delta_penalty(live, anchor, [term], STRENGTH)[0], rtol=1e-11, atol=0)
    torch.testing.assert_close(gradient, drift.grad, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_f_of_one_is_half_lambda_times_the_squared_drift(form):
    parts = {name: value.double() for name, value in ones("n", (OUT, IN), form).items()}
    term = {
        "dense": lambda: DenseTerm(parts["n"]),
        "factored": lambda: FactoredTerm(parts["n.rows"], parts["n.columns"]),
        "kronecker": lambda: KroneckerTerm(*(Factor(parts[f"n.{s}.U"], parts[f"n.{s}.d"]) for s in "GC")),
    }[form]()
    drift = fisher(3)
    value, gradient = drift_penalty(drift, [term], 3.0)
    torch.testing.assert_close(value, 0.5 * 3.0 * drift.square().sum())
    torch.testing.assert_close(gradient, 3.0 * drift)


def test_a_kronecker_term_without_low_rank_part_is_the_factored_one():
    """Both are then G and C diagonal."""
    live, anchor, flat = update(1), update(2), factored(fisher())
    G = Factor(torch.zeros(OUT, 0, dtype=torch.float64), flat.rows / flat.rows.sum())
    C = Factor(torch.zeros(IN, 0, dtype=torch.float64), flat.columns)
    assert_close(delta_penalty(live, anchor, [KroneckerTerm(G, C)], 1.0), delta_penalty(live, anchor, [flat], 1.0))


def test_factored_equals_dense_exactly_when_f_has_rank_one():
    F = torch.outer(fisher().sum(1), fisher().sum(0))
    live, anchor = update(1), update(2)
    for ours, theirs in zip(
        delta_penalty(live, anchor, [factored(F)], 1.0), delta_penalty(live, anchor, [DenseTerm(F)], 1.0), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


def test_terms_of_several_stages_and_forms_add_up():
    live, anchor, terms = update(1), update(2), [term_of(form) for form in FORMS]
    assert_close(delta_penalty(live, anchor, terms, STRENGTH), by_autograd(live, anchor, *terms))
    drift = fisher(3)
    each = [drift_penalty(drift, [term], STRENGTH) for term in terms]
    for ours, theirs in zip(drift_penalty(drift, terms, STRENGTH), zip(*each, strict=True), strict=True):
        torch.testing.assert_close(ours, sum(theirs))


@pytest.mark.parametrize("form", FORMS)
def test_value_and_gradients_are_zero_exactly_at_the_anchor(form):
    same = update(2)
    assert [float(v.abs().max()) for v in delta_penalty(same, same, [term_of(form)], 1e6)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("form", FORMS)
def test_the_penalty_does_not_see_how_an_update_is_split_into_b_and_a(form):
    live, anchor, terms = update(1), update(2), [term_of(form)]
    mixing = torch.randn(RANK, RANK, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    inverse = torch.linalg.inv(mixing)
    other = LowRank(mixing @ live.A, live.B @ inverse, live.scaling)
    value, grad_A, grad_B = delta_penalty(live, anchor, terms, 1.0)
    again, of_A, of_B = delta_penalty(other, anchor, terms, 1.0)
    torch.testing.assert_close(again, value, rtol=1e-10, atol=0)
    # gradients go the other way: (RA, BR⁻¹) has R⁻ᵀ∇A and ∇B Rᵀ
    torch.testing.assert_close(of_A, inverse.mT @ grad_A, rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(of_B, grad_B @ mixing.mT, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16])
def test_a_drift_of_a_tenth_of_a_percent_is_still_exact_in_float32(form, stored):
    anchor, term = update(2), rounded(term_of(form), stored)
    live = LowRank(anchor.A * 1.001, anchor.B, anchor.scaling)
    exact = delta_penalty(live, anchor, [rounded(term, torch.float64)], 1.0)

    def single(u):
        return LowRank(u.A.float(), u.B.float(), u.scaling)

    found = delta_penalty(single(live), single(anchor), [term], 1.0)
    assert {part.dtype for part in found} == {torch.float32}
    # what is left is the rounding of 1.001·A itself, 6e-8 / 1e-3; [sB, −s*B*][A; A*] would lose 7 %
    assert float(found[0]) == pytest.approx(float(exact[0]), rel=5e-4)
    for ours, theirs in zip(found[1:], exact[1:], strict=True):
        assert float((ours - theirs).norm()) < 5e-4 * float(theirs.norm())


def rounded(term, dtype):
    if isinstance(term, DenseTerm):
        return DenseTerm(term.fisher.to(dtype))
    if isinstance(term, FactoredTerm):
        return FactoredTerm(term.rows.to(dtype), term.columns.to(dtype))
    return KroneckerTerm(*(Factor(half.U.to(dtype), half.d.to(dtype)) for half in (term.G, term.C)))


@pytest.mark.parametrize("form", FORMS)
def test_a_layer_that_no_example_reached_costs_nothing_also_in_a_stack(form):
    known, none = term_of(form), scaled_to_zero(term_of(form))
    two = LowRank(torch.stack([update(1).A] * 2), torch.stack([update(1).B] * 2), 2.0)
    anchor = LowRank(torch.stack([update(2).A] * 2), torch.stack([update(2).B] * 2), 2.0)
    value, grad_A, grad_B = delta_penalty(two, anchor, [pair(none, known)], 1.0)
    alone = delta_penalty(update(1), update(2), [known], 1.0)
    assert_close((value, grad_A[1], grad_B[1]), alone)
    assert not grad_A[0].any()
    assert not grad_B[0].any()


def scaled_to_zero(term):
    if isinstance(term, KroneckerTerm):
        return KroneckerTerm(*(Factor(torch.zeros_like(h.U), torch.zeros_like(h.d)) for h in (term.G, term.C)))
    return type(term)(*(torch.zeros_like(v) for k, v in vars(term).items() if k in ("fisher", "rows", "columns")))


def pair(one, other):
    if isinstance(one, KroneckerTerm):
        return KroneckerTerm(
            *(Factor(torch.stack([a.U, b.U]), torch.stack([a.d, b.d])) for a, b in ((one.G, other.G), (one.C, other.C)))
        )
    return type(one)(*(torch.stack([vars(one)[k], vars(other)[k]]) for k in vars(one) if k != "shares"))


def test_a_scaling_may_differ_between_the_layers_of_a_stack():
    scales = torch.tensor([2.0, 0.5], dtype=torch.float64).reshape(2, 1, 1)
    live = LowRank(torch.stack([update(1).A] * 2), torch.stack([update(1).B] * 2), scales)
    anchor = LowRank(torch.stack([update(2).A] * 2), torch.stack([update(2).B] * 2))
    value, _, grad_B = delta_penalty(live, anchor, [pair(term_of("kronecker"), term_of("kronecker"))], 1.0)
    each = [
        delta_penalty(update(1, scaling=s), update(2, scaling=1.0), [term_of("kronecker")], 1.0) for s in (2.0, 0.5)
    ]
    torch.testing.assert_close(value, each[0][0] + each[1][0])
    torch.testing.assert_close(grad_B, torch.stack([each[0][2], each[1][2]]))


def test_the_penalty_of_plain_weights_is_half_lambda_f_delta_squared():
    theta, anchor, F = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 0.0, 5.0]), torch.tensor([9.0, 3.0, 2.0])
    value, gradient = weight_penalty(theta, anchor, F, 10.0)
    assert float(value) == 0.5 * 10 * (3 * 2**2 + 2 * 1**2)
    assert gradient.tolist() == [0.0, 10 * 3 * 2, 10 * 2 * -1]
