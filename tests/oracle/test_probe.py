"""The second-order and the measured KL of an update, against other derivatives, loops, limits and sums by hand."""

import copy
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, FAMILIES, lora, tiny
from torch import nn
from torch.autograd import forward_ad
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from ewc_plugin.fisher import Example
from ewc_plugin.probe import (
    LowRankDrift,
    ProbeError,
    WeightDrift,
    calibrate,
    calibrate_modules,
    divergence,
    forward,
    measured_kl,
    second_order_kl,
)

CHOSEN = ["gemma2", "llama", "qwen3"]
T = sum(len(e.targets) for e in EXAMPLES)


class Exact(TorchFunctionMode):
    """transformers computes norms and softmax in float32 even in a float64 model; here it does not."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function is torch.Tensor.float:  # also of integers: positions
            return args[0].double()
        double = bool(args) and isinstance(args[0], torch.Tensor) and args[0].dtype == torch.float64
        if double and function is torch.Tensor.to and torch.float32 in args:
            return args[0]
        if double and kwargs.get("dtype") == torch.float32:
            kwargs["dtype"] = torch.float64
        return function(*args, **kwargs)


def low_rank(model, *, scale=0.3, rank=2, seed=3):
    """A random change of every LoRA layer: (B̄, Ā) by name."""
    generator = torch.Generator().manual_seed(seed)
    changes = {}
    for name, module in model.named_modules():
        if hasattr(module, "lora_A"):
            o, i = module.lora_B["default"].out_features, module.lora_A["default"].in_features
            broad, tall = torch.randn(o, rank, generator=generator), torch.randn(rank, i, generator=generator)
            changes[name.removeprefix("base_model.model.")] = (scale * broad.double(), tall.double())
    return changes


def dense(model, *, scale=0.1, seed=4):
    generator = torch.Generator().manual_seed(seed)
    return {n: scale * torch.randn(p.shape, generator=generator).double() for n, p in model.named_parameters()}


def effective(model):
    """The weights of a plain model that computes the same: W + sBA for each LoRA layer, the others as they are."""
    weights = {}
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            weights[name.removeprefix("base_model.model.").replace(".base_layer", "")] = parameter.detach().clone()
    for name, module in model.named_modules():
        if hasattr(module, "lora_A"):
            update = module.scaling["default"] * module.lora_B["default"].weight @ module.lora_A["default"].weight
            weights[f"{name.removeprefix('base_model.model.')}.weight"] += update.detach()
    return weights


def case(space, family, **change):
    """A model with new weights, its drift, and the same as new weights and changes of a plain model."""
    if space == "delta":
        model = lora(tiny(family))
        changes = low_rank(model, **change)
        return model, LowRankDrift(changes), effective(model), {f"{n}.weight": b @ a for n, (b, a) in changes.items()}
    model = tiny(family, tied=space == "tied")
    changes = dense(model, **change)
    return model, WeightDrift(changes), effective(model), changes


def plain_logits(model, weights, example):
    """The logits that predict the example's targets, of a plain model with these weights."""
    arguments = {"input_ids": torch.tensor([example.ids]), "use_cache": False}
    logits = torch.func.functional_call(model, weights, kwargs=arguments).logits[0]
    return logits[[p - 1 for p in example.targets]]


def shifted(weights, changes, step):
    return {name: value + step * changes[name] if name in changes else value for name, value in weights.items()}


def jacobian_product(plain, weights, changes, example):
    """(logits, Jδ) at θ* = θ − δ by torch.func over explicit weights."""
    old = shifted(weights, changes, -1)
    tangents = {n: changes.get(n, torch.zeros_like(v)) for n, v in old.items()}
    with sdpa_kernel(SDPBackend.MATH):
        return torch.func.jvp(lambda w: plain_logits(plain, w, example), (old,), (tangents,))


def half_variance(logits, tangent):
    total = 0.0
    for row, z in zip(logits.softmax(-1), tangent, strict=True):
        mean = sum(p * v for p, v in zip(row.tolist(), z.tolist(), strict=True))
        total += 0.5 * sum(p * (v - mean) ** 2 for p, v in zip(row.tolist(), z.tolist(), strict=True))
    return total


SPACES = ["delta", "weights", "tied"]


@pytest.mark.parametrize("family", CHOSEN)
@pytest.mark.parametrize("space", SPACES)
def test_the_second_order_kl_is_that_of_torch_func_over_explicit_old_weights(space, family):
    model, drift, weights, changes = case(space, family)
    with Exact():
        found = second_order_kl(model, EXAMPLES, drift, batch_size=2)
        plain = tiny(family, tied=space == "tied").eval()
        expected = [half_variance(*jacobian_product(plain, weights, changes, e)) for e in EXAMPLES]
    assert found.positions == T
    assert found.examples == len(EXAMPLES)
    assert found.nats == pytest.approx(sum(expected) / T, rel=1e-10)


@pytest.mark.parametrize("family", CHOSEN)
@pytest.mark.parametrize("space", SPACES)
def test_the_tangent_of_the_logits_is_their_central_difference_at_the_old_weights(space, family):
    model, drift, weights, changes = case(space, family, scale=0.05)
    example, step = EXAMPLES[1], 1e-4
    piece = forward.pieces([example], 1, rank=0, world_size=1)[0]
    with Exact(), forward.prepared(model):
        with forward_ad.dual_level(), drift.dual(model):
            logits, tangent = forward_ad.unpack_dual(forward.logits_of(model, piece, 0))
        plain = tiny(family, tied=space == "tied").eval()
        steps = (step - 1, -step - 1, -1)
        after, before, old = (plain_logits(plain, shifted(weights, changes, s), example) for s in steps)
    difference = (after - before) / (2 * step)
    assert torch.allclose(logits, old, rtol=1e-10, atol=1e-12)
    assert torch.linalg.norm(tangent - difference) <= 1e-6 * torch.linalg.norm(difference)


@pytest.mark.parametrize("family", CHOSEN)
@pytest.mark.parametrize("space", SPACES)
def test_the_measured_kl_is_that_of_two_plain_models(space, family):
    model, drift, weights, changes = case(space, family)
    with Exact():
        found = measured_kl(model, EXAMPLES, drift, batch_size=3)
        total, plain = 0.0, tiny(family, tied=space == "tied").eval()
        for example in EXAMPLES:
            old = plain_logits(plain, shifted(weights, changes, -1), example).log_softmax(-1)
            new = plain_logits(plain, weights, example).log_softmax(-1)
            total += float((old.exp() * (old - new)).sum())
    assert found.nats == pytest.approx(total / T, rel=1e-10)
    assert found.nats > 1e-3


@pytest.mark.parametrize("family", CHOSEN)
@pytest.mark.parametrize("space", SPACES)
def test_their_ratio_goes_to_one_in_proportion_to_the_update(space, family):
    deviations = []
    for scale in (4e-6, 2e-6):
        model, drift, *_ = case(space, family, scale=scale)
        with Exact():
            deviations.append(
                measured_kl(model, EXAMPLES, drift).nats / second_order_kl(model, EXAMPLES, drift).nats - 1
            )
    assert 1e-7 < abs(deviations[0]) < 1e-2
    assert deviations[0] / deviations[1] == pytest.approx(2, rel=0.05)


class Regression(nn.Module):
    """Softmax regression on one-hot words: the logits of the word after v are the column v of `head`."""

    def __init__(self, weight):
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.eye(weight.shape[1], dtype=torch.float64))
        self.head = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=torch.float64)
        self.head.weight.data = weight

    def get_input_embeddings(self):
        return self.words

    def forward(self, input_ids, attention_mask, use_cache):
        return SimpleNamespace(logits=self.head(self.words(input_ids)))


@pytest.mark.parametrize("kind", [LowRankDrift, WeightDrift])
def test_softmax_regression_agrees_with_a_sum_by_hand(kind):
    """Old p = (½, ¼, ¼); the first logit rises by t: ½Var = t²/8, KL = ln((eᵗ + 1)/2) − t/2."""
    t = 0.3
    old = torch.tensor([[math.log(2), 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    broad, tall = torch.tensor([[t], [0.0], [0.0]], dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:1]
    model = Regression(old + broad @ tall)
    drift = kind({"head": (broad, tall)} if kind is LowRankDrift else {"head.weight": broad @ tall})
    examples = [Example((0, 2), (-100, 2))]
    assert second_order_kl(model, examples, drift).nats == pytest.approx(t**2 / 8, rel=1e-12)
    assert measured_kl(model, examples, drift).nats == pytest.approx(math.log((math.exp(t) + 1) / 2) - t / 2, rel=1e-12)


def test_the_standard_error_takes_examples_as_independent():
    """By hand: two examples of 1 and 2 positions with nats (a, b): mean (a+b)/3, spread over examples."""
    found = divergence._summarised(torch.tensor([[0.9, 1.0], [0.0, 0.0], [0.3, 2.0]], dtype=torch.float64))
    assert found.nats == pytest.approx(0.4)
    assert (found.positions, found.examples) == (3, 2)
    assert found.standard_error == pytest.approx(math.sqrt(2 * (0.5**2 + 0.5**2)) / 3)
    assert divergence._summarised(torch.tensor([[0.9, 1.0]], dtype=torch.float64)).standard_error is None


# -- drifts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", [1, 3, 7])
def test_the_old_adapter_may_have_another_rank(rank):
    """θ* is an adapter of rank 5, and the drift [sB, −s*B*][A; A*] of any rank leads back to it."""
    model, other = lora(tiny("llama"), rank=rank), lora(tiny("llama"), rank=5, seed=9)
    changes = {}
    for (name, new), (_, old) in zip(adapted(model), adapted(other), strict=True):
        (s, B, A), (s0, B0, A0) = new, old
        changes[name] = (torch.cat([s * B, -s0 * B0], 1), torch.cat([A, A0]))
    piece = forward.pieces(EXAMPLES, 5, rank=0, world_size=1)[0]
    with Exact(), forward.prepared(model), LowRankDrift(changes).old(model):
        found = forward.logits_of(model, piece, 0)
    with Exact(), forward.prepared(other):
        assert torch.allclose(found, forward.logits_of(other, piece, 0), rtol=1e-10, atol=1e-12)


def adapted(model):
    for name, module in model.named_modules():
        if hasattr(module, "lora_A"):
            B, A = module.lora_B["default"].weight.detach(), module.lora_A["default"].weight.detach()
            yield name.removeprefix("base_model.model."), (module.scaling["default"], B, A)


def test_a_fresh_adapter_starts_at_the_model_below_it():
    """B* = 0: the old distribution is that of the base model."""
    model = lora(tiny("qwen3"))
    changes = {name: (s * B, A) for name, (s, B, A) in adapted(model)}
    piece = forward.pieces(EXAMPLES, 5, rank=0, world_size=1)[0]
    with forward.prepared(model):
        with LowRankDrift(changes).old(model):
            found = forward.logits_of(model, piece, 0)
        with model.disable_adapter():
            base = forward.logits_of(model, piece, 0)
        assert torch.allclose(found, base, rtol=1e-6, atol=1e-6)
        assert not torch.allclose(forward.logits_of(model, piece, 0), base, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("space", ["delta", "weights"])
def test_the_tangents_of_single_layers_add_up_to_the_whole(space):
    """Jδ = Σ_l J δ_l: each layer alone moves, while all rest at their old weights."""
    model, drift, *_ = case(space, "gemma2")
    piece = forward.pieces(EXAMPLES[1:2], 1, rank=0, world_size=1)[0]

    def tangent(only):
        with Exact(), forward.prepared(model), forward_ad.dual_level(), drift.dual(model, only=only):
            return forward_ad.unpack_dual(forward.logits_of(model, piece, 0)).tangent

    parts = [tangent([name]) for name in drift.names]
    assert torch.allclose(sum(parts), tangent(None), rtol=1e-9, atol=1e-12)
    assert min(float(part.norm()) for part in parts) > 0


def test_a_change_that_reaches_no_supervised_position_is_zero_and_not_an_error():
    model = tiny("llama")
    unused = torch.zeros_like(model.model.embed_tokens.weight)
    unused[0] = 1.0  # the padding word
    assert second_order_kl(model, EXAMPLES, WeightDrift({"model.embed_tokens.weight": unused})).nats == 0
    assert second_order_kl(model, EXAMPLES, WeightDrift(dense(model)), only=[]).nats == 0


# -- what must not change the number ---------------------------------------------------------------------------


class OneOf:
    """One rank of several, run after one another: the last one gets the sum."""

    def __init__(self, rank, world_size, sums):
        self.rank, self.world_size, self.sums = rank, world_size, sums

    def sum(self, tensor):
        self.sums.append(tensor)
        if self.rank < self.world_size - 1:
            raise StopIteration
        return torch.stack(self.sums).sum(0)


def over_ranks(measure, model, drift, world_size, **how):
    """The number on the last rank, and how many forwards each rank ran."""
    sums, forwards = [], []
    for rank in range(world_size):
        count = []
        handle = model.register_forward_hook(lambda *_, count=count: count.append(1))
        try:
            found = measure(model, EXAMPLES, drift, ranks=OneOf(rank, world_size, sums), **how)
        except StopIteration:
            pass
        finally:
            handle.remove()
        forwards.append(len(count))
    return found, forwards


@pytest.mark.parametrize("measure", [second_order_kl, measured_kl])
@pytest.mark.parametrize("space", ["delta", "weights"])
def test_batch_size_padding_and_ranks_do_not_change_it(space, measure):
    model, drift, *_ = case(space, "gemma2")
    alone = measure(model, EXAMPLES, drift, batch_size=1)
    for how in ({"batch_size": 5}, {"batch_size": 2, "pad_id": 7}):
        assert measure(model, EXAMPLES, drift, **how).nats == pytest.approx(alone.nats, rel=1e-6)
    for world_size, batch_size in ((2, 1), (3, 2), (4, 5)):
        found, forwards = over_ranks(measure, model, drift, world_size, batch_size=batch_size)
        assert found.nats == pytest.approx(alone.nats, rel=1e-6)
        assert found.standard_error == pytest.approx(alone.standard_error, rel=1e-5)
        assert found.positions == T
        assert len(set(forwards)) == 1
        assert forwards[0] > 0


def test_long_answers_and_large_vocabularies_are_taken_in_pieces(monkeypatch):
    model, drift, *_ = case("delta", "llama")
    whole = [measure(model, EXAMPLES, drift, batch_size=2).nats for measure in (second_order_kl, measured_kl)]
    monkeypatch.setattr(forward, "ROWS", 2)
    monkeypatch.setattr(divergence, "ELEMENTS", 13)
    shapes = []
    handle = model.register_forward_hook(lambda _m, _i, out: shapes.append(out.logits.shape))
    found = [measure(model, EXAMPLES, drift, batch_size=2).nats for measure in (second_order_kl, measured_kl)]
    handle.remove()
    assert max(b * rows for b, rows, _ in shapes) <= 2
    assert found == pytest.approx(whole, rel=1e-6)


def test_a_masked_word_has_no_share_in_either():
    """A padded vocabulary holds −∞: neither NaN nor a contribution."""
    logits = torch.tensor([[0.3, -1.0, -math.inf]], dtype=torch.float64)
    other, tangent = logits + torch.tensor([0.2, 0.0, 0.0]), torch.tensor([[0.5, 1.0, math.nan]]).double()
    assert divergence._half_variance(logits, tangent).item() == pytest.approx(
        divergence._half_variance(logits[:, :2], tangent[:, :2]).item()
    )
    assert divergence._divergence(logits, other).item() == pytest.approx(
        divergence._divergence(logits[:, :2], other[:, :2]).item()
    )


@pytest.mark.parametrize("size", [1e-7, 1e-4, 1e-1, 10.0, 300.0])
def test_the_divergence_does_not_cancel_for_any_size_of_change(size):
    """Against the plain sum in 60 digits."""
    import mpmath

    mpmath.mp.dps = 60
    old = torch.tensor([0.3, -1.0, 2.0, 0.7], dtype=torch.float64)
    new = old + size * torch.tensor([1.0, -0.4, 0.2, -1.0], dtype=torch.float64)
    p, q = ([mpmath.exp(mpmath.mpf(v)) for v in side.tolist()] for side in (old, new))
    p, q = [v / sum(p) for v in p], [v / sum(q) for v in q]
    expected = float(sum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True)))
    assert divergence._divergence(old[None], new[None]).item() == pytest.approx(expected, rel=1e-7, abs=0)


# -- the model as it was ---------------------------------------------------------------------------------------


def state(model):
    return {
        "weights": {
            n: (p.data_ptr(), p.detach().clone(), p.dtype, p.requires_grad) for n, p in model.named_parameters()
        },
        "modes": [m.training for m in model.modules()],
        "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        "own": [sorted(m.__dict__) for m in model.modules()],
        "config": copy.deepcopy(model.config.to_dict()),
        "attention": [c._attn_implementation for m in model.modules() if (c := getattr(m, "config", None)) is not None],
        "cache": model.config.use_cache,
        "grads": [p.grad for p in model.parameters()],
        "random": torch.get_rng_state(),
    }


def assert_same(before, after):
    assert before.keys() == after.keys()
    for key in before.keys() - {"weights", "random"}:
        assert before[key] == after[key], key
    assert torch.equal(before["random"], after["random"])
    for name, (pointer, value, *rest) in before["weights"].items():
        assert after["weights"][name][0] == pointer
        assert torch.equal(after["weights"][name][1], value)
        assert list(after["weights"][name][2:]) == rest


@pytest.mark.parametrize("space", ["delta", "weights"])
def test_the_model_is_left_exactly_as_it_was_also_after_a_failure(space):
    model, drift, *_ = case(space, "gemma2")
    model.train()
    model.gradient_checkpointing_enable()
    for config in {id(m.config): m.config for m in model.modules() if hasattr(m, "config")}.values():
        config._attn_implementation = "flex_attention"
    before = state(model)
    second_order_kl(model, EXAMPLES, drift)
    measured_kl(model, EXAMPLES, drift)
    assert_same(before, state(model))
    broken = [Example((1, 10_000), (-100, 3))]
    for measure in (second_order_kl, measured_kl):
        with pytest.raises(IndexError):
            measure(model, broken, drift)
        assert_same(before, state(model))
    assert not torch.overrides._get_current_function_mode_stack()


def test_gradient_checkpointing_dropout_and_train_mode_do_not_change_it():
    model, drift, *_ = case("delta", "llama")
    model.eval()
    plain = [measure(model, EXAMPLES, drift).nats for measure in (second_order_kl, measured_kl)]
    model.train()
    model.gradient_checkpointing_enable()
    model.enable_input_require_grads()
    assert [measure(model, EXAMPLES, drift).nats for measure in (second_order_kl, measured_kl)] == plain


def test_fused_attention_is_replaced_by_the_plain_one_that_computes_the_same():
    """Gemma-2's soft cap is in `flash` and `flex` and in `eager`, but not in `sdpa`."""
    found = {}
    for name in ("eager", "sdpa", "flash_attention_2"):
        model, drift, *_ = case("delta", "gemma2")
        for config in {id(m.config): m.config for m in model.modules() if hasattr(m, "config")}.values():
            config.attn_logit_softcapping = 0.5
            config._attn_implementation = name
        for module in model.modules():
            if hasattr(module, "attn_logit_softcapping"):
                module.attn_logit_softcapping = 0.5
        found[name] = second_order_kl(model, EXAMPLES, drift).nats
    assert found["flash_attention_2"] == found["eager"]
    assert abs(found["sdpa"] / found["eager"] - 1) > 1e-3


# -- precision -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["delta", "weights"])
@pytest.mark.parametrize("autocast", [False, True])
def test_a_bfloat16_model_is_measured_in_float32_also_under_autocast(space, autocast):
    """As accurate as a float32 model that holds the same numbers, whose KL of 1e-5 bfloat16 could not resolve."""
    model, drift, *_ = case(space, "gemma2", scale=3e-4)
    model.to(torch.bfloat16)
    wide = copy.deepcopy(model).float()
    if autocast:  # as accelerate does it
        inner = model.forward

        def wrapped(*arguments, **named):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return inner(*arguments, **named)

        model.forward = wrapped
    for measure in (second_order_kl, measured_kl):
        expected = measure(wide, EXAMPLES, drift).nats
        assert expected < 1e-3
        assert measure(model, EXAMPLES, drift).nats == pytest.approx(expected, rel=1e-4)


def quantised(model, *, packed):
    """The linear maps of a model in 4 bit, and the same model with the weights that these stand for."""
    bits = pytest.importorskip("bitsandbytes")
    plain = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        if "proj" in name and isinstance(module, nn.Linear):
            layer = bits.nn.Linear4bit(
                module.in_features, module.out_features, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4"
            )
            layer.load_state_dict({"weight": module.weight.data})
            layer = layer.to("cpu")
            model.set_submodule(name, layer)
            if packed:
                layer.weight.data, _ = bits.functional._convert_weight_packed_for_cpu(
                    layer.weight.data, layer.weight.quant_state
                )
            stands_for = bits.functional.dequantize_4bit if not packed else unpacked
            plain.get_submodule(name).weight.data = stands_for(layer.weight.data, layer.weight.quant_state).float()
    return model, plain


def unpacked(data, state):
    from bitsandbytes import functional as bits

    return bits.dequantize_4bit(*bits._convert_weight_packed_for_cpu_inverse(data, copy.deepcopy(state)))


def wide_llama():
    """Quantised blocks are 64 numbers long."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=13,
            hidden_size=64,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=64,
            pad_token_id=0,
        )
    )


@pytest.mark.parametrize("packed", [False, True])
def test_a_4_bit_model_is_measured_like_the_numbers_it_stands_for(packed):
    model, plain = map(lora, quantised(wide_llama(), packed=packed))
    model.train()
    drift = LowRankDrift(low_rank(model, scale=0.02))
    before = {n: (p.detach().clone(), copy.deepcopy(vars(s))) for n, p, s in quantised_weights(model)}
    for measure in (second_order_kl, measured_kl):
        expected = measure(plain, EXAMPLES, drift).nats
        assert expected > 1e-4
        assert measure(model, EXAMPLES, drift, batch_size=2).nats == pytest.approx(expected, rel=1e-4)
    for name, weight, quant_state in quantised_weights(model):
        assert torch.equal(weight, before[name][0])
        assert vars(quant_state).keys() == before[name][1].keys()
    assert not any("forward" in vars(m) for m in model.modules())
    assert len(before) == 14


def quantised_weights(model):
    return [(n, p, p.quant_state) for n, p in model.named_parameters() if hasattr(p, "quant_state")]


def test_an_8_bit_model_is_measured_like_the_numbers_it_stands_for():
    bits = pytest.importorskip("bitsandbytes")
    base, plain = wide_llama(), wide_llama()
    for name, module in list(base.named_modules()):
        if "proj" in name and isinstance(module, nn.Linear):
            layer = bits.nn.Linear8bitLt(module.in_features, module.out_features, bias=False, has_fp16_weights=False)
            layer.load_state_dict({"weight": module.weight.data})
            layer = layer.to("cpu")
            base.set_submodule(name, layer)
            scale = layer.weight.SCB if layer.weight.SCB is not None else layer.state.SCB
            plain.get_submodule(name).weight.data = layer.weight.data.float() * scale[:, None] / 127
    model, plain = lora(base), lora(plain)
    drift = LowRankDrift(low_rank(model, scale=0.02))
    for measure in (second_order_kl, measured_kl):
        assert measure(model, EXAMPLES, drift).nats == pytest.approx(measure(plain, EXAMPLES, drift).nats, rel=1e-4)


def test_mixtures_of_experts_are_differentiated_too():
    from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

    torch.manual_seed(0)
    model = Qwen3MoeForCausalLM(
        Qwen3MoeConfig(
            vocab_size=13,
            hidden_size=8,
            intermediate_size=12,
            moe_intermediate_size=12,
            num_experts=4,
            num_experts_per_tok=2,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=4,
            max_position_embeddings=64,
            pad_token_id=0,
        )
    ).double()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    before = model.config._experts_implementation
    # tiny, so that no token changes its experts on the way
    drift = WeightDrift(dense(model, scale=1e-5))
    with Exact():
        ratio = measured_kl(model, EXAMPLES, drift).nats / second_order_kl(model, EXAMPLES, drift).nats
    assert ratio == pytest.approx(1, abs=1e-3)
    assert model.config._experts_implementation == before


# -- refused ---------------------------------------------------------------------------------------------------


def test_nothing_supervised_unknown_names_wrong_shapes_and_overflow_are_refused():
    model, drift, *_ = case("weights", "llama")
    with pytest.raises(ProbeError, match="2 examples without any"):
        second_order_kl(model, [Example((1, 2), (-100, -100)), Example((1,), (1,))], drift)
    with pytest.raises(ProbeError, match=r"found model\.norm$|model\.norm"):
        measured_kl(model, EXAMPLES, WeightDrift({"model.norm": torch.zeros(8)}))
    with pytest.raises(ProbeError, match="no_such_layer"):
        measured_kl(model, EXAMPLES, LowRankDrift({"no_such_layer": (torch.zeros(1, 1), torch.zeros(1, 1))}))
    with pytest.raises(ProbeError, match="lm_head"):
        second_order_kl(model, EXAMPLES, WeightDrift({"model.norm.weight": torch.zeros(8)}), only=["lm_head"])
    with pytest.raises(ProbeError, match=r"a change of its shape \(8,\); found \(4,\)"):
        second_order_kl(model, EXAMPLES, WeightDrift({"model.norm.weight": torch.zeros(4)}))
    model.lm_head.weight.data[3] = math.inf
    with pytest.raises(ProbeError, match="NaN or infinity"):
        measured_kl(model, EXAMPLES, drift)


def test_weights_quantised_by_anything_but_bitsandbytes_are_refused_by_name():
    model, drift, *_ = case("delta", "llama")
    model.get_base_model().quantization_method = SimpleNamespace(value="gptq")
    with pytest.raises(ProbeError, match="quantization_method gptq"):
        second_order_kl(model, EXAMPLES, drift)


def test_every_family_is_measured():
    assert set(CHOSEN) < set(FAMILIES)
    model, drift, *_ = case("weights", "qwen2", scale=1e-4)
    ratio = measured_kl(model, EXAMPLES, drift).nats / second_order_kl(model, EXAMPLES, drift).nats
    assert ratio == pytest.approx(1, abs=0.05)


# -- both together ---------------------------------------------------------------------------------------------


def test_calibration_with_the_exact_matrix_as_the_form_is_one():
    """½δᵀF̃δ with F̃ = (1/T) Σ_t J_tᵀ(diag p − ppᵀ)J_t written out: then second order ÷ predicted is 1."""
    model, drift, weights, changes = case("weights", "llama", scale=1e-3)
    name = "model.layers.0.mlp.down_proj.weight"
    drift, old = WeightDrift({name: changes[name]}), shifted(weights, {name: changes[name]}, -1)
    plain, F = tiny("llama").eval(), torch.zeros(changes[name].numel(), changes[name].numel(), dtype=torch.float64)
    with Exact():
        for example in EXAMPLES:
            J = torch.func.jacrev(lambda w, e=example: plain_logits(plain, old | {name: w}, e))(old[name]).flatten(2)
            for row, p in zip(J, plain_logits(plain, old, example).softmax(-1).detach(), strict=True):
                F += row.T @ (p.diag() - p.outer(p)) @ row / T
        delta = changes[name].flatten()
        found = calibrate(
            model, drift, probe=EXAMPLES, predicted=float(0.5 * delta @ F @ delta), form="exact", held_out=EXAMPLES[:2]
        )
    assert found.value == pytest.approx(1, rel=1e-9)
    assert found.measured.nats == pytest.approx(found.second_order.nats, rel=0.05)
    assert found.held_out.positions == sum(len(e.targets) for e in EXAMPLES[:2])


def test_modules_are_calibrated_one_at_a_time():
    model, drift, *_ = case("delta", "llama", scale=1e-2)
    names = list(drift.names)[:3]
    found = calibrate_modules(model, drift, probe=EXAMPLES, predicted=dict.fromkeys(names, 0.5))
    assert list(found) == names
    for name, module in found.items():
        assert module.second_order == second_order_kl(model, EXAMPLES, drift, only=[name])
        assert module.value == module.second_order.nats / 0.5


# -- sharded weights -------------------------------------------------------------------------------------------


class WithoutForwardMode(torch.autograd.Function):
    """As DeepSpeed's: only a backward."""

    @staticmethod
    def forward(ctx, value, weight=None, bias=None):
        return value.detach() if weight is None else value @ weight.mT + (0 if bias is None else bias)

    @staticmethod
    def backward(ctx, *gradients):
        raise AssertionError("there is no backward here")


def test_functions_that_deepspeed_adds_for_its_backward_are_set_aside(monkeypatch):
    model, drift, *_ = case("delta", "llama")
    expected = [measure(model, EXAMPLES, drift).nats for measure in (second_order_kl, measured_kl)]
    for module in model.modules():
        module.pre_bwd_fn = WithoutForwardMode
        module.register_forward_hook(lambda m, _i, o: m.pre_bwd_fn.apply(o) if isinstance(o, torch.Tensor) else o)
    monkeypatch.setattr(nn.functional, "linear", WithoutForwardMode.apply)
    found = [measure(model, EXAMPLES, drift).nats for measure in (second_order_kl, measured_kl)]
    assert found == pytest.approx(expected, rel=1e-12)
    assert {module.pre_bwd_fn for module in model.modules()} == {WithoutForwardMode}
    assert nn.functional.linear == WithoutForwardMode.apply


@pytest.mark.slow
def test_two_processes_that_share_partitioned_weights_get_the_numbers_of_one():
    pytest.importorskip("deepspeed")
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--master_port=29613"]
    ended = subprocess.run(
        [*command, str(folder / "_probe_zero3.py")],
        env={**os.environ, "DS_ACCELERATOR": "cpu", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ended.stdout.count("agrees") == 2, ended.stderr[-3000:]
