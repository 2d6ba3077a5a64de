"""The Kronecker form against sums written out, curvlinops' K-FAC, and the exact second-order KL."""

import random

import pytest
import torch
from _models import EXAMPLES, FAMILIES, VOCABULARY, effective_weights, log_likelihood, lora, tiny, together
from curvlinops import KFACLinearOperator
from test_fisher import T, exact_diagonal
from torch import nn

from ewc_plugin.fisher import Example, estimate
from ewc_plugin.kronecker import KroneckerCurvature, low_rank, sketch_matrix
from ewc_plugin.penalty import Factor, KroneckerTerm, drift_penalty
from ewc_plugin.scores import SCALE

FULL = 99  # a rank above the largest dimension
DIRECTIONS = 4000


def maps(model):
    return {n.removeprefix("base_model.model."): m for n, m in model.named_modules() if hasattr(m, "lora_A")}


def kronecker(model, rank=FULL):
    return KroneckerCurvature(maps(model), rank)


def whole(terms, name, side):
    return terms[f"{name}.{side}.U"] @ terms[f"{name}.{side}.U"].mT + terms[f"{name}.{side}.d"].diag()


def assert_same(found, expected, *, tolerance=1e-10):
    """G and C of every layer, as matrices: U itself is fixed only up to a rotation."""
    names = {key.removesuffix(".G.d") for key in expected if key.endswith(".G.d")}
    assert found.keys() == expected.keys()
    assert len(names) == 14
    for name in names:
        for side in "GC":
            ours, theirs = whole(found, name, side), whole(expected, name, side)
            assert torch.linalg.norm(ours - theirs) <= tolerance * torch.linalg.norm(theirs), (name, side)


def positions(model, example, score):
    """(input, output gradient) of each layer at each position of one example, for a scalar made from its logits."""
    seen = {}
    hooks = [m.register_forward_hook(lambda m, i, o, n=n: seen.update({n: (i[0], o)})) for n, m in maps(model).items()]
    value = score(example)
    for hook in hooks:
        hook.remove()
    gradients = torch.autograd.grad(value, [output for _, output in seen.values()])
    return {n: (seen[n][0][0].detach(), g[0]) for n, g in zip(seen, gradients, strict=True)}


def by_loop(model, scores):
    """κ Σ g gᵀ/T and Σ‖g‖²aaᵀ/Σ‖g‖², by one outer product after the other; `scores` are (weight, example, function)."""
    model.eval()
    sums = {}
    for weight, example, score in scores:
        for name, (a, g) in positions(model, example, score).items():
            total = sums.setdefault(name, [0, 0, 0, 0, 0])
            for x, y in zip(a, g, strict=True):
                total[0] += weight * torch.outer(y, y)
                total[1] += weight * y.dot(y) * torch.outer(x, x)
                total[2] += weight * y.dot(y)
                total[3] += weight * y.dot(y) * x.dot(x)
            total[4] += weight * sum(torch.outer(y, x) for x, y in zip(a, g, strict=True)).square().sum()
    return {n: (G / T * trace / products, C / norms) for n, (G, C, norms, products, trace) in sums.items()}


def assert_equals_loop(found, expected, *, tolerance=1e-10):
    assert len(expected) == 14
    for name, (G, C) in expected.items():
        assert torch.linalg.norm(whole(found, name, "G") - G) <= tolerance * torch.linalg.norm(G), name
        assert torch.linalg.norm(whole(found, name, "C") - C) <= tolerance * torch.linalg.norm(C), name


@pytest.mark.parametrize("family", FAMILIES)
def test_g_and_c_of_full_rank_equal_the_sums_written_out(family):
    model = lora(tiny(family))
    effective_weights(model)
    expected = by_loop(model, [(1.0, e, lambda e: log_likelihood(model, e)) for e in EXAMPLES])
    assert_equals_loop(estimate(model, EXAMPLES, kronecker(model), labels="empirical", batch_size=3).fisher, expected)


def test_exact_labels_give_the_expectation_written_out_word_by_word():
    model = lora(tiny("llama"))
    effective_weights(model)

    def one_word(example, position, word):
        logits = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0, position - 1]
        return logits.log_softmax(-1)[word]

    scores = []
    for example in EXAMPLES:
        model.eval()
        p = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0].detach().softmax(-1)
        for s in example.targets:
            scores += [(p[s - 1, v], example, lambda e, s=s, v=v: one_word(e, s, v)) for v in range(VOCABULARY)]
    expected = by_loop(model, scores)
    found = estimate(model, EXAMPLES, kronecker(model), labels="exact", batch_size=2).fisher
    # transformers computes RMS norms in float32 whatever the model's dtype, so the loop itself is only that exact
    assert_equals_loop(found, expected, tolerance=1e-6)


def test_the_trace_is_that_of_the_exact_diagonal():
    model = lora(tiny())
    found = estimate(model, EXAMPLES, kronecker(model, rank=2), labels="exact", batch_size=5).fisher
    for name, diagonal in exact_diagonal(model, effective_weights(model)).items():
        product = whole(found, name, "G").trace() * whole(found, name, "C").trace()
        assert float(product) == pytest.approx(float(diagonal.sum()), rel=1e-6), name


def test_the_penalty_is_that_of_the_kronecker_product_written_out():
    """½ λ vec(D)ᵀ (G ⊗ C) vec(D), with the (o·i)² matrix and autograd."""
    model = lora(tiny())
    terms = estimate(model, EXAMPLES, kronecker(model)).fisher
    name = "model.layers.1.self_attn.q_proj"
    drift = torch.randn(8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    full = torch.kron(whole(terms, name, "G"), whole(terms, name, "C"))
    expected = 0.5 * 3.0 * drift.flatten() @ full @ drift.flatten()
    expected.backward()
    term = KroneckerTerm(*(Factor(terms[f"{name}.{side}.U"], terms[f"{name}.{side}.d"]) for side in "GC"))
    value, gradient = drift_penalty(drift.detach(), [term], 3.0)
    torch.testing.assert_close(value, expected.detach(), rtol=1e-10, atol=0)
    torch.testing.assert_close(gradient, drift.grad, rtol=1e-10, atol=1e-12 * float(drift.grad.norm()))


# -- what must not change it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", [2, FULL])
@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_g_and_c_do_not_change_with_order_batch_size_or_padding(batch_size, rank):
    model = lora(tiny())
    alone = estimate(model, EXAMPLES, kronecker(model, rank), batch_size=1).fisher
    found = estimate(model, EXAMPLES[::-1], kronecker(model, rank), batch_size=batch_size, pad_id=7).fisher
    assert_same(found, alone, tolerance=1e-6 if rank == 2 else 1e-10)


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("labels", ["sampled", "exact"])
def test_g_and_c_do_not_change_with_gradient_checkpointing(labels, reentrant):
    model = lora(tiny())
    plain = estimate(model, EXAMPLES[:2], kronecker(model), labels=labels, batch_size=3).fisher
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    assert_same(estimate(model, EXAMPLES[:2], kronecker(model), labels=labels, batch_size=3).fisher, plain)


@pytest.mark.parametrize("world_size", [2, 7])
def test_g_and_c_do_not_change_with_the_number_of_ranks(world_size):
    models = [lora(tiny()) for _ in range(world_size)]
    alone = estimate(models[0], EXAMPLES, kronecker(models[0]), batch_size=2).fisher

    def job(ranks):
        model = models[ranks.rank]
        return estimate(model, EXAMPLES, kronecker(model), batch_size=2, ranks=ranks).fisher

    for found in together(world_size, job):
        assert_same(found, alone)


def test_positions_that_are_padding_or_follow_the_last_answer_have_no_weight():
    model = lora(tiny())
    tail = [Example((*e.ids, 4, 4, 9), (*e.labels, -100, -100, -100)) for e in EXAMPLES]
    short = estimate(model, EXAMPLES, kronecker(model), labels="empirical", batch_size=2).fisher
    assert_same(estimate(model, tail, kronecker(model), labels="empirical", batch_size=5).fisher, short)


def test_inputs_that_were_written_over_are_not_taken_for_those_before():
    """What is shared between maps that read the same inputs belongs to their content, not to their address."""
    generator = torch.Generator().manual_seed(3)
    one, two, gradient = (torch.randn(2, 4, 6, dtype=torch.float64, generator=generator) for _ in range(3))
    layers = {name: nn.Linear(6, 6) for name in "qkv"}
    shared, apart = KroneckerCurvature(layers, FULL), KroneckerCurvature(layers, FULL)
    buffer = one.clone()
    shared.observe("q", layers["q"], buffer, gradient)
    shared.observe("k", layers["k"], buffer.detach(), gradient)
    buffer.copy_(two)
    shared.observe("v", layers["v"], buffer, gradient)
    for name, inputs in (("q", one), ("k", one), ("v", two)):
        apart.close_batch()
        apart.observe(name, layers[name], inputs, gradient)
    assert shared.sums.keys() == apart.sums.keys()
    assert all(torch.equal(shared.sums[key], apart.sums[key]) for key in apart.sums)


def test_a_layer_that_no_example_reached_has_zeros_of_the_right_shape():
    model = lora(tiny())
    idle = nn.Linear(6, 5)
    curvature = KroneckerCurvature({**maps(model), "idle": idle}, 3)
    found = estimate(model, EXAMPLES, curvature).fisher
    shapes = {"idle.G.U": (5, 3), "idle.G.d": (5,), "idle.C.U": (6, 3), "idle.C.d": (6,)}
    assert {name: tuple(found[name].shape) for name in shapes} == shapes
    assert all(not found[name].any() for name in shapes)


@pytest.mark.parametrize("how", ["bfloat16 model", "bfloat16 autocast"])
def test_half_precision_models_give_float32_terms_near_those_of_float32(how):
    model = lora(tiny("llama", dtype=torch.float32))
    exact = lora(tiny("llama", dtype=torch.float32)).double()
    autocast = {}
    if how == "bfloat16 model":
        model = model.to(torch.bfloat16)
    else:
        autocast = {"autocast": lambda: torch.autocast("cpu", torch.bfloat16)}
    found = estimate(model, EXAMPLES, kronecker(model), labels="empirical", batch_size=2, **autocast).fisher
    assert {value.dtype for value in found.values()} == {torch.float32}
    expected = estimate(exact, EXAMPLES, kronecker(exact), labels="empirical").fisher
    assert_same(found, {name: value.float() for name, value in expected.items()}, tolerance=0.1)


# -- another library ----------------------------------------------------------------------------------------------


class LastLogits(nn.Module):
    """ids (1, t) → logits (1, V) of the last position."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        return self.model(input_ids=ids, use_cache=False).logits[:, -1]


def of_curvlinops(model, examples, **options):
    """Their G (summed) and C (mean over positions) of each linear map of the plain model."""
    names = [n for n, m in model.named_modules() if isinstance(m, nn.Linear) and "proj" in n]
    operator = KFACLinearOperator(
        LastLogits(model),
        nn.CrossEntropyLoss(reduction="sum"),
        [model.get_parameter(f"{name}.weight") for name in names],
        [(torch.tensor([e.ids[:-1]]), torch.tensor([e.ids[-1]])) for e in examples],
        check_deterministic=False,
        **options,
    )
    operator.compute_kronecker_factors()
    return {n: (operator._gradient_covariances[f"model.{n}"], operator._input_covariances[f"model.{n}"]) for n in names}


ONE_WORD = [Example((5, 3), (-100, 3)), Example((7, 7), (-100, 7)), Example((2, 11), (-100, 11))]


@pytest.mark.parametrize(("kind", "labels"), [("type-2", "exact"), ("empirical", "empirical")])
def test_g_and_c_are_those_of_curvlinops_where_each_example_is_one_position(kind, labels):
    """Prompts of one word: one position per example, so that κ = 1 and only the weights of the inputs are left.

    Theirs: C is the plain mean of aaᵀ, G the sum of ggᵀ. Ours weights each example's C by its ‖g‖², which is the trace
    of their G of that example alone.
    """
    model = tiny("llama").eval()
    curvature = KroneckerCurvature({n: m for n, m in model.named_modules() if n.endswith("proj")}, FULL)
    ours = estimate(model, ONE_WORD, curvature, labels=labels, batch_size=2).fisher
    each = [of_curvlinops(model, [example], fisher_type=kind) for example in ONE_WORD]
    for name in each[0]:
        G = sum(one[name][0] for one in each) / len(ONE_WORD)
        weights = torch.stack([one[name][0].trace() for one in each])
        C = sum(w * one[name][1] for w, one in zip(weights, each, strict=True)) / weights.sum()
        if name.endswith(("q_proj", "k_proj")):
            continue  # attention to a single word does not depend on them: both are zero up to rounding
        torch.testing.assert_close(whole(ours, name, "G"), G, rtol=1e-6, atol=1e-6 * float(G.norm()))
        torch.testing.assert_close(whole(ours, name, "C"), C, rtol=1e-6, atol=1e-6 * float(C.norm()))
    # their G of all examples at once is the same sum, so that nothing above rests on taking them one by one
    at_once = of_curvlinops(model, ONE_WORD, fisher_type=kind)
    torch.testing.assert_close(at_once[name][0] / len(ONE_WORD), G, rtol=1e-6, atol=1e-6 * float(G.norm()))


@pytest.mark.slow
def test_sampled_g_agrees_with_curvlinops_monte_carlo_within_sampling_error_for_longer_prompts():
    """G without κ is theirs for prompts of any length, as long as each example has one supervised position."""
    examples = [Example(e.ids, (*[-100] * (len(e.ids) - 1), e.ids[-1])) for e in EXAMPLES]
    model = tiny("llama").eval()
    theirs = of_curvlinops(model, examples, fisher_type="mc", mc_samples=1000)
    modules = {n: m for n, m in model.named_modules() if n.endswith("proj")}
    traces = {n: [] for n in modules}
    for seed in range(200):
        curvature = KroneckerCurvature(modules, FULL)
        estimate(model, examples, curvature, seed=seed, batch_size=5)
        for name in modules:
            traces[name].append(curvature.sums[f"{name}.G.d"].sum() / SCALE**2)
    for name, values in traces.items():
        values = torch.stack(values)
        error = 2 * values.std() / len(values) ** 0.5  # theirs has another 1000 draws for each example
        assert abs(values.mean() - theirs[name][0].trace()) < 3 * error, name


# -- what it is for -----------------------------------------------------------------------------------------------


def talk(prompt, answer, count=6):
    words = random.Random(prompt)
    ids = [tuple(words.randrange(1, VOCABULARY) for _ in range(prompt + answer)) for _ in range(count)]
    return [Example(one, (-100,) * prompt + one[prompt:]) for one in ids]


def jacobian(model, data, weights):
    """∂ logits / ∂ weights, (T, V, all weights), one logit at a time; and the probabilities (T, V)."""
    rows, probabilities = [], []
    for example in data:
        logits = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0]
        for position in example.targets:
            found = [torch.autograd.grad(z, weights, retain_graph=True) for z in logits[position - 1]]
            rows.append(torch.stack([torch.cat([part.flatten() for part in one]) for one in found]))
            probabilities.append(logits[position - 1].detach().softmax(-1))
    return torch.stack(rows), torch.stack(probabilities)


@pytest.mark.parametrize("data", [EXAMPLES, talk(30, 3), talk(3, 6)], ids=["uneven", "30 to 3", "3 to 6"])
@pytest.mark.parametrize("family", ["llama", "gemma2"])
def test_the_prediction_on_random_directions_is_within_5_percent_of_the_exact_second_order_kl(family, data):
    """½·mean_t Var_{v~p_t}[(Jδ)_v], averaged over directions δ in all layers at once."""
    model = tiny(family)
    modules = {n: m for n, m in model.named_modules() if n.endswith("proj")}
    terms = estimate(model, data, KroneckerCurvature(modules, 3), labels="exact", batch_size=6).fisher
    J, p = jacobian(model.eval(), data, [m.weight for m in modules.values()])
    delta = torch.randn(J.shape[-1], DIRECTIONS, dtype=J.dtype, generator=torch.Generator().manual_seed(0))
    change = J @ delta
    variance = (p[..., None] * change**2).sum(1) - (p[..., None] * change).sum(1) ** 2
    exact, predicted, start = float(0.5 * variance.mean()), 0.0, 0
    for name, module in modules.items():
        term = KroneckerTerm(*(Factor(terms[f"{name}.{s}.U"], terms[f"{name}.{s}.d"]) for s in "GC"))
        part = delta[start : start + module.weight.numel()].mT.reshape(DIRECTIONS, *module.weight.shape)
        stacked = KroneckerTerm(*(Factor(half.U.expand(DIRECTIONS, -1, -1), half.d) for half in (term.G, term.C)))
        predicted += float(drift_penalty(part, [stacked], 1.0)[0]) / DIRECTIONS
        start += module.weight.numel()
    assert start == len(delta)
    assert predicted == pytest.approx(exact, rel=0.05)


# -- the sketch ---------------------------------------------------------------------------------------------------


def decaying(width=60, power=1.0, seed=0):
    """A positive semidefinite matrix with eigenvalues 1, 2⁻ᵖ, 3⁻ᵖ, … in random directions."""
    generator = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(width, width, dtype=torch.float64, generator=generator)).Q
    return basis * torch.arange(1, width + 1, dtype=torch.float64).pow(-power) @ basis.mT


def sketched(M, rank, dtype=torch.float64):
    test = sketch_matrix(len(M), rank=rank)
    return low_rank((M @ test).to(dtype), M.diagonal().to(dtype), test=test, rank=rank)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("rank", [1, 4, 16, 60, 100])
def test_a_sketch_has_the_exact_diagonal_and_is_positive_semidefinite(rank, dtype):
    M = decaying()
    U, d = sketched(M, rank, dtype)
    assert tuple(U.shape) == (60, min(rank, 60))
    assert float(d.min()) >= 0
    torch.testing.assert_close(U.double().square().sum(1) + d, M.diagonal(), rtol=1e-6, atol=0, check_dtype=False)


def test_a_sketch_that_rounding_took_past_the_diagonal_is_shrunk_to_it():
    M = decaying()
    test = sketch_matrix(len(M), rank=16)
    # a sketch that is one percent too large: far more than rounding would do
    U, d = low_rank(1.01 * M @ test, M.diagonal() * torch.linspace(0.5, 1, 60), test=test, rank=16)
    wanted = M.diagonal() * torch.linspace(0.5, 1, 60)
    assert float(d.min()) == 0.0
    torch.testing.assert_close(U.square().sum(1) + d, wanted, rtol=1e-12, atol=0)


def test_the_error_of_a_sketch_falls_with_its_rank_and_is_near_that_of_the_best_of_that_rank():
    M = decaying()
    values, vectors = torch.linalg.eigh(M)
    errors, best = [], []
    for rank in (1, 2, 4, 8, 16, 32, 60):
        U, d = sketched(M, rank)
        errors.append(float(torch.linalg.norm(U @ U.mT + d.diag() - M)))
        kept = vectors[:, -rank:] * values[-rank:] @ vectors[:, -rank:].mT
        best.append(float(torch.linalg.norm(kept + (M - kept).diagonal().diag() - M)))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-12
    assert all(error <= 1.7 * least + 1e-12 for error, least in zip(errors, best, strict=True))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("true_rank", [1, 3])
def test_a_matrix_of_lower_rank_than_the_sketch_is_found_exactly(true_rank, dtype):
    factor = torch.randn(60, true_rank, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    M = factor @ factor.mT
    U, d = (part.double() for part in sketched(M, 8, dtype))
    assert float(torch.linalg.norm(U @ U.mT + d.diag() - M)) <= 2e-5 * float(torch.linalg.norm(M))


def test_the_test_matrix_is_nearly_orthonormal_always_the_same_and_exact_in_bfloat16():
    one = sketch_matrix(60, rank=8)
    torch.testing.assert_close(one.mT @ one, torch.eye(24, dtype=torch.float64), rtol=0, atol=3e-3)
    assert torch.equal(one.bfloat16().double(), one)
    state = torch.random.get_rng_state()
    assert torch.equal(sketch_matrix(60, rank=8), one)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_rank_of_the_size_of_the_layer_is_exact_and_a_small_one_keeps_the_diagonal():
    model = lora(tiny())
    full = estimate(model, EXAMPLES, kronecker(model)).fisher
    small = estimate(model, EXAMPLES, kronecker(model, rank=1)).fisher
    for name in maps(model):
        for side in "GC":
            exact, rough = whole(full, name, side), whole(small, name, side)
            torch.testing.assert_close(rough.diagonal(), exact.diagonal(), rtol=1e-9, atol=0)
            assert float(torch.linalg.eigvalsh(rough).min()) >= -1e-12 * float(rough.trace())
