"""F against loops, closed sums over the vocabulary, and everything that must not change it."""

import itertools

import pytest
import torch
from _models import EXAMPLES, FAMILIES, VOCABULARY, effective_weights, log_likelihood, lora, tiny, together

from ewc_plugin.curvature import LinearCurvature, WeightCurvature, dense, factored
from ewc_plugin.fisher import Example, FisherError, estimate
from ewc_plugin.kronecker import KroneckerCurvature
from ewc_plugin.scores import SCALE, draw, places, score, uniforms
from ewc_plugin.spaces.lora import lora_layers

T = sum(len(e.targets) for e in EXAMPLES)


def watched(model, form="dense"):
    modules = {n: m for n, m in model.named_modules() if hasattr(m, "lora_A")}
    modules = {n.removeprefix("base_model.model."): m for n, m in modules.items()}
    return LinearCurvature(modules, dense if form == "dense" else factored)


def one_by_one(model, parameters, *, labels=None):
    """(1/T) Σ_n (∂ log p(y_n))², one example and one backward at a time."""
    model.eval()
    total = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for index, example in enumerate(EXAMPLES):
        score = log_likelihood(model, example, None if labels is None else labels[index])
        gradients = torch.autograd.grad(score, list(parameters.values()), allow_unused=True)
        for name, gradient in zip(parameters, gradients, strict=True):
            total[name] += gradient**2 / T
    return total


def assert_equal(found, expected, *, tolerance=1e-10):
    assert found.keys() == expected.keys()
    assert len(found) > 0
    for name in expected:
        assert torch.linalg.norm(found[name] - expected[name]) <= tolerance * torch.linalg.norm(expected[name]), name


@pytest.mark.parametrize("family", FAMILIES)
def test_lora_squares_equal_the_one_by_one_loop_in_float64(family):
    model = lora(tiny(family))
    found = estimate(model, EXAMPLES, watched(model), labels="empirical", batch_size=3)
    assert found.tokens == T == 10
    assert_equal(found.fisher, one_by_one(model, effective_weights(model)))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_squares_of_every_weight_equal_the_one_by_one_loop(family, tied):
    model = tiny(family, tied=tied)
    found = estimate(model, EXAMPLES, WeightCurvature(model), labels="empirical", batch_size=2)
    # transformers computes RMS norms in float32 whatever the model's dtype, so the loop itself is only that exact
    assert_equal(found.fisher, one_by_one(model, dict(model.named_parameters())), tolerance=1e-6)


def test_float32_squares_equal_the_loop_up_to_the_rounding_of_the_forward():
    """Both are 1e-5 from float64, by the model's own rounding; on some processors 1.3e-6 from one another."""
    model, exact = lora(tiny(dtype=torch.float32)), lora(tiny(dtype=torch.float32)).double()
    found = estimate(model, EXAMPLES, watched(model), labels="empirical", batch_size=1).fisher
    assert_equal(found, one_by_one(model, effective_weights(model)), tolerance=2e-6)
    expected = one_by_one(exact, effective_weights(exact))
    assert_equal({name: value.double() for name, value in found.items()}, expected, tolerance=3e-5)


def test_a_bfloat16_model_is_squared_and_summed_in_float32():
    model = lora(tiny(dtype=torch.bfloat16))
    found = estimate(model, EXAMPLES * 40, watched(model), labels="empirical", batch_size=7)
    assert {value.dtype for value in found.fisher.values()} == {torch.float32}
    # 200 examples summed in bfloat16 would have stopped growing after a few dozen
    assert_equal(found.fisher, estimate(model, EXAMPLES, watched(model), labels="empirical").fisher, tolerance=0.02)


def test_factored_sums_are_the_row_and_column_sums_of_the_dense_diagonal():
    model = lora(tiny())
    whole = estimate(model, EXAMPLES, watched(model), batch_size=2).fisher
    sums = estimate(model, EXAMPLES, watched(model, "factored"), batch_size=4).fisher
    for name, value in whole.items():
        assert torch.allclose(sums[f"{name}.rows"], value.sum(1), rtol=1e-10, atol=0)
        assert torch.allclose(sums[f"{name}.columns"], value.sum(0), rtol=1e-10, atol=0)


def exact_diagonal(model, parameters):
    """(1/T) Σ_n Σ_s Σ_v p_s(v) (∂ log p_s(v))²: the expectation over labels, position by position."""
    model.eval()
    total = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for example in EXAMPLES:
        logits = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0]
        scores = logits.log_softmax(-1)
        for position, label in itertools.product(example.targets, range(VOCABULARY)):
            score = scores[position - 1, label]
            gradients = torch.autograd.grad(score, list(parameters.values()), retain_graph=True)
            for name, gradient in zip(parameters, gradients, strict=True):
                total[name] += score.exp().detach() * gradient**2 / T
    return total


def test_sampled_labels_give_the_exact_diagonal_within_sampling_error():
    model = lora(tiny("llama"))
    draws = [estimate(model, EXAMPLES, watched(model), seed=seed, batch_size=5).fisher for seed in range(600)]
    exact = exact_diagonal(model, effective_weights(model))
    for name, expected in exact.items():
        samples = torch.stack([d[name].sum() for d in draws])
        error = samples.std() / len(draws) ** 0.5
        assert abs(samples.mean() - expected.sum()) < 4 * error, name
        mean = torch.stack([d[name] for d in draws]).mean(0)
        assert torch.corrcoef(torch.stack([mean.flatten(), expected.flatten()]))[0, 1] > 0.98, name


@pytest.mark.parametrize("family", FAMILIES)
def test_exact_labels_give_the_exact_diagonal(family):
    model = lora(tiny(family))
    found = estimate(model, EXAMPLES, watched(model), labels="exact", batch_size=3)
    assert_equal(found.fisher, exact_diagonal(model, effective_weights(model)), tolerance=1e-6)


@pytest.mark.parametrize("tied", [False, True])
def test_exact_labels_give_the_exact_diagonal_of_every_weight(tied):
    model = tiny("gemma2", tied=tied)
    found = estimate(model, EXAMPLES, WeightCurvature(model), labels="exact", batch_size=3)
    assert_equal(found.fisher, exact_diagonal(model, dict(model.named_parameters())), tolerance=1e-6)


def test_exact_factored_sums_are_those_of_the_exact_diagonal():
    model = lora(tiny("llama"))
    sums = estimate(model, EXAMPLES, watched(model, "factored"), labels="exact", batch_size=5).fisher
    for name, value in exact_diagonal(model, effective_weights(model)).items():
        assert torch.allclose(sums[f"{name}.rows"], value.sum(1), rtol=1e-5, atol=0)
        assert torch.allclose(sums[f"{name}.columns"], value.sum(0), rtol=1e-5, atol=0)


def test_exact_is_refused_with_its_cost_where_that_is_absurd(monkeypatch):
    model = lora(tiny())
    monkeypatch.setattr("ewc_plugin.fisher.EXACT", T * VOCABULARY - 1)
    with pytest.raises(FisherError, match=r"130 \(10 supervised tokens × 13 words\).*ewc_fisher: sampled"):
        estimate(model, EXAMPLES, watched(model), labels="exact")
    monkeypatch.setattr("ewc_plugin.fisher.EXACT", T * VOCABULARY)
    assert estimate(model, EXAMPLES, watched(model), labels="exact").tokens == T


def test_half_f_delta_squared_predicts_the_kl_per_token_on_random_directions():
    """E over random signs of δᵀF̃δ is Σ F ε²: the unit of λ, without any formula of ours."""
    model = tiny("llama")
    weights = dict(model.named_parameters())
    for p in weights.values():
        p.requires_grad_(False)
    leaves = {n: p.requires_grad_(True) for n, p in weights.items() if "proj" in n}
    fisher = exact_diagonal(model, leaves)
    model.eval()

    def scores():
        return torch.cat(
            [
                model(input_ids=torch.tensor([e.ids]), use_cache=False)
                .logits[0]
                .log_softmax(-1)[[p - 1 for p in e.targets]]
                for e in EXAMPLES
            ]
        )

    with torch.no_grad():
        old, before, kls = scores(), {n: p.clone() for n, p in leaves.items()}, []
        for _ in range(300):
            for n, p in leaves.items():
                p.copy_(before[n] + 1e-3 * torch.randn_like(p).sign())
            kls.append((old.exp() * (old - scores())).sum(-1).mean())
    predicted = 0.5 * sum(float(f.sum()) for f in fisher.values()) * 1e-6
    assert predicted == pytest.approx(float(torch.stack(kls).mean()), rel=0.05)


@pytest.mark.parametrize("batch_size", [1, 2, 5])
@pytest.mark.parametrize("pad_id", [0, 7])
def test_f_does_not_change_with_batch_size_or_padding(batch_size, pad_id):
    model = lora(tiny())
    alone = estimate(model, EXAMPLES, watched(model), batch_size=1)
    found = estimate(model, EXAMPLES[::-1], watched(model), batch_size=batch_size, pad_id=pad_id)
    assert_equal(found.fisher, alone.fisher)


@pytest.mark.parametrize("reentrant", [True, False])
def test_f_does_not_change_with_gradient_checkpointing(reentrant):
    model = lora(tiny())
    plain = estimate(model, EXAMPLES, watched(model), batch_size=3)
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    found = estimate(model, EXAMPLES, watched(model), batch_size=3)
    assert_equal(found.fisher, plain.fisher)


def test_f_does_not_change_for_a_model_that_returns_all_logits(monkeypatch):
    model = lora(tiny())
    some = estimate(model, EXAMPLES, watched(model), batch_size=3)
    monkeypatch.setattr("ewc_plugin.fisher.keeps_logits", lambda model: False)
    assert_equal(estimate(model, EXAMPLES, watched(model), batch_size=3).fisher, some.fisher)


@pytest.mark.parametrize("world_size", [2, 3, 7])
def test_f_does_not_change_with_the_number_of_ranks(world_size):
    whole = estimate(model := lora(tiny()), EXAMPLES, watched(model), batch_size=2)
    models = [lora(tiny()) for _ in range(world_size)]  # made here: threads share the random state

    def job(ranks):
        return estimate(models[ranks.rank], EXAMPLES, watched(models[ranks.rank]), batch_size=2, ranks=ranks)

    for result in together(world_size, job):
        assert result.tokens == whole.tokens
        assert_equal(result.fisher, whole.fisher)


@pytest.mark.parametrize("labels", ["sampled", "exact"])
def test_every_rank_makes_the_same_number_of_passes_forward_and_backward(labels):
    models, passes = [lora(tiny()) for _ in range(2)], [[], []]

    def job(ranks):
        mine, curvature = passes[ranks.rank], watched(models[ranks.rank])
        models[ranks.rank].register_forward_pre_hook(lambda *_: mine.append("forward"))
        curvature.close_batch = lambda: mine.append("backward")
        estimate(models[ranks.rank], EXAMPLES[:3], curvature, ranks=ranks, labels=labels)

    together(2, job)
    assert passes[0] == passes[1]
    # three micro-batches of one example on two ranks: one each, then one and a repeated one that weighs nothing
    assert passes[0].count("forward") == 2


def test_ranks_that_hold_other_examples_are_refused():
    models = [lora(tiny()) for _ in range(2)]

    def job(ranks):
        with pytest.raises(FisherError, match="the same examples on every rank"):
            estimate(models[ranks.rank], EXAMPLES[: 4 + ranks.rank], watched(models[ranks.rank]), ranks=ranks)

    together(2, job)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("labels", ["sampled", "exact"])
def test_ranks_that_keep_a_slice_each_hold_the_parts_of_the_same_f(tied, labels):
    """`keep` adds up over ranks and keeps rows r, r + 2, …; nothing is added up a second time."""
    models = [tiny(tied=tied) for _ in range(2)]
    whole = estimate(models[0], EXAMPLES, WeightCurvature(models[0]), batch_size=2, labels=labels).fisher

    def job(ranks):
        model = models[ranks.rank]
        curvature = WeightCurvature(model, keep=lambda _, part: ranks.sum(part)[ranks.rank :: 2].clone())
        return estimate(model, EXAMPLES, curvature, batch_size=2, ranks=ranks, labels=labels).fisher

    parts = together(2, job)
    for rank, part in enumerate(parts):
        assert_equal(part, {name: value[rank::2] for name, value in whole.items()}, tolerance=1e-6)


def test_a_layer_that_no_example_reached_has_f_zero():
    model = lora(tiny())
    for form in (dense, factored):
        modules = dict(watched(model).watch())
        found = estimate(model, EXAMPLES, LinearCurvature({**modules, "idle": torch.nn.Linear(6, 5)}, form)).fisher
        idle = {name: value for name, value in found.items() if name.startswith("idle")}
        assert {tuple(v.shape) for v in idle.values()} == ({(5, 6)} if form is dense else {(5,), (6,)})
        assert not any(value.any() for value in idle.values())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("how", ["model", "autocast"])
def test_half_precision_squares_are_near_those_of_float32(dtype, how):
    model = lora(tiny("llama", dtype=torch.float32))
    expected = estimate(model, EXAMPLES, watched(model), labels="empirical", batch_size=2).fisher
    model = model.to(dtype) if how == "model" else model
    autocast = {"autocast": lambda: torch.autocast("cpu", dtype)} if how == "autocast" else {}
    found = estimate(model, EXAMPLES, watched(model), labels="empirical", batch_size=2, **autocast).fisher
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert_equal(found, expected, tolerance=0.01 if dtype is torch.float16 else 0.06)


def test_the_sums_of_a_float16_model_are_float32_and_free_of_the_scale():
    model = lora(tiny("llama", dtype=torch.float16))
    exact = lora(tiny("llama", dtype=torch.float16)).double()
    found = estimate(model, EXAMPLES, watched(model), labels="empirical").fisher
    assert {value.dtype for value in found.values()} == {torch.float32}
    expected = estimate(exact, EXAMPLES, watched(exact), labels="empirical").fisher
    assert_equal({name: value.double() for name, value in found.items()}, expected, tolerance=0.02)


def test_gradients_that_fp16_could_not_hold_are_squared_all_the_same():
    """Confident labels leave scores of 1e-8 at the logits, which are zero in fp16 unless they are scaled up."""
    logits = torch.zeros(1, 1, 5, dtype=torch.float16)
    logits[0, 0, 0] = 17.0  # p of the others is 4e-8
    where = places([Example((1, 2), (-100, 2))], {1: 0}, torch.device("cpu"))
    gradient = score(logits, where, lambda _, part: torch.tensor([0])[part]).float() / SCALE
    expected = -logits.double().softmax(-1)
    assert torch.allclose(gradient[0, 0, 1:].double(), expected[0, 0, 1:], rtol=0.01, atol=0)
    assert float(expected[0, 0, 1].half()) == pytest.approx(-6e-8, rel=0.01)  # 44 % off


def test_a_model_that_returns_no_logits_is_refused():
    model = lora(tiny())
    model.register_forward_hook(lambda _m, _i, output: setattr(output, "logits", None))
    with pytest.raises(FisherError, match="enable_liger_kernel: false"):
        estimate(model, EXAMPLES, watched(model))


def test_f_is_per_token_so_data_seen_twice_do_not_double_it():
    model = lora(tiny())
    once = estimate(model, EXAMPLES, watched(model))
    twice = estimate(model, EXAMPLES * 2, watched(model), batch_size=4)
    assert twice.tokens == 2 * once.tokens
    assert_equal(twice.fisher, once.fisher)


def test_the_pass_ignores_dropout_and_leaves_the_model_as_it_was():
    model = lora(tiny(), dropout=0.5).train()
    model.get_input_embeddings().eval()
    before = {n: (p.requires_grad, p.clone()) for n, p in model.named_parameters()}
    first = estimate(model, EXAMPLES, watched(model))
    assert_equal(estimate(model, EXAMPLES, watched(model)).fisher, first.fisher)
    assert model.training
    assert not model.get_input_embeddings().training
    assert {m.p for n, m in model.named_modules() if isinstance(m, torch.nn.Dropout)} == {0.5}
    assert {m.attention_dropout for n, m in model.named_modules() if hasattr(m, "attention_dropout")} == {0.5}
    for name, parameter in model.named_parameters():
        assert parameter.grad is None
        assert parameter.requires_grad == before[name][0]
        assert torch.equal(parameter, before[name][1])


def test_label_draws_depend_on_seed_and_example_only():
    assert uniforms(1, EXAMPLES[0].key, 3).tolist() == uniforms(1, EXAMPLES[0].key, 5)[:3].tolist()
    assert uniforms(1, EXAMPLES[0].key, 3).tolist() != uniforms(2, EXAMPLES[0].key, 3).tolist()
    assert uniforms(1, EXAMPLES[0].key, 3).tolist() != uniforms(1, EXAMPLES[1].key, 3).tolist()


def test_each_example_draws_from_numbers_of_its_own(monkeypatch):
    keys = []

    def recorded(seed, key, count):
        keys.append(key)
        return uniforms(seed, key, count)

    monkeypatch.setattr("ewc_plugin.scores.uniforms", recorded)
    model = lora(tiny())
    estimate(model, EXAMPLES, watched(model), batch_size=2)
    assert sorted(keys) == sorted(example.key for example in EXAMPLES)
    assert len(set(keys)) == len(EXAMPLES)


def test_a_supervised_first_token_has_no_prefix_and_is_left_out():
    assert Example((5, 3, 2), (5, 3, -100)).targets == [1]


def test_drawn_labels_follow_the_distribution_and_never_leave_it():
    probabilities = torch.tensor([[0.0, 0.2, 0.0, 0.5, 0.3, 0.0]])
    level = torch.tensor([0.0, 0.1999, 0.2001, 0.6999, 0.7001, 1 - 1e-16])
    assert draw(probabilities.expand(6, -1), level.double()).tolist() == [1, 1, 3, 3, 4, 4]


@pytest.mark.parametrize("words", [5, 512, 1300])
def test_drawing_block_by_block_is_drawing_from_the_whole_vocabulary(words):
    generator = torch.Generator().manual_seed(words)
    scores = 4 * torch.randn(200, words, generator=generator)
    probabilities = scores.masked_fill_(torch.rand(200, words, generator=generator) < 0.3, -torch.inf).softmax(-1)
    uniform = torch.rand(200, dtype=torch.float64, generator=generator)
    for row, level, found in zip(probabilities.double(), uniform, draw(probabilities, uniform), strict=True):
        passed, label = row[0], 0
        while passed <= level * row.sum():
            label += 1
            passed = passed + row[label]
        assert int(found) == label


def test_data_without_a_supervised_token_are_refused():
    model = lora(tiny())
    with pytest.raises(FisherError, match="at least one supervised token; found 1 examples without any"):
        estimate(model, [Example((1, 2), (-100, -100))], watched(model))


def test_a_gradient_that_is_not_finite_names_its_module():
    model = lora(tiny())
    model.get_parameter("base_model.model.model.layers.1.mlp.up_proj.base_layer.weight").data[0, 0] = torch.inf
    with pytest.raises(FisherError, match=r"NaN or infinity in model\.layers"):
        estimate(model, EXAMPLES, watched(model))


@pytest.mark.parametrize("form", ["factored", "kronecker", "weights"])
def test_a_linear_map_that_sees_positions_without_their_examples_is_refused(form):
    """As the router of a mixture of experts does."""

    model = tiny("llama")
    inner = model.model.layers[0].mlp
    inner.up_proj = torch.nn.Sequential()
    inner.up_proj.router = torch.nn.Linear(8, 12, dtype=torch.float64)
    inner.up_proj.forward = lambda x: inner.up_proj.router(x.flatten(0, 1)).view(*x.shape[:2], -1)
    maps = {"router": inner.up_proj.router}
    curvature = {
        "factored": lambda: LinearCurvature(maps, factored),
        "kronecker": lambda: KroneckerCurvature(maps, 2),
        "weights": lambda: WeightCurvature(model),
    }[form]()
    with pytest.raises(
        FisherError, match=r"expected inputs of shape \(examples, positions, features\); found \(\d+, 8\)"
    ):
        estimate(model, EXAMPLES, curvature, batch_size=2)


def test_a_trainable_layer_of_an_unknown_kind_is_refused_by_name():
    model = tiny()
    model.extra = torch.nn.LayerNorm(4)
    with pytest.raises(FisherError, match=r"extra \(LayerNorm\)"):
        WeightCurvature(model)


def test_lora_layers_have_the_names_of_the_plain_model():
    model = lora(tiny(dtype=torch.float32))
    assert "model.layers.0.self_attn.q_proj" in lora_layers(model)
    assert len(lora_layers(model)) == 14
