"""A GPU multiplies bfloat16 numbers and adds the products up in float32: against the same sums in float64."""

import pytest
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from ewc_plugin.curvature import LinearCurvature, dense, factored, squared_outer_sum
from ewc_plugin.fisher import Example, FisherError, estimate
from ewc_plugin.kronecker import KroneckerCurvature, gradient_norms
from ewc_plugin.products import accumulate, alike, product
from ewc_plugin.scores import SCALE, draw

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
RANK = 8


def seen(kind, *, length=90, inputs=320, outputs=256, seed=0):
    """Inputs and output gradients of three examples, of very different sizes from position to position."""
    generator = torch.Generator().manual_seed(seed)
    a, g = (torch.randn(3, length, width, generator=generator) for width in (inputs, outputs))
    # a few directions and positions dominate, as they do in a model
    a, g = a * torch.linspace(0, 8, inputs).neg().exp(), g * torch.randn(3, length, 1, generator=generator).exp()
    return a.to("cuda", kind), (SCALE * 1e-3 * g).to("cuda", kind)


def far(found, expected):
    return float(torch.linalg.norm(found.double() - expected) / torch.linalg.norm(expected))


def test_products_of_bfloat16_are_as_exact_as_those_of_float32():
    a, g = seen(torch.bfloat16)
    assert alike(a, g)[0].dtype == torch.bfloat16
    assert far(product(g.mT, a), g.double().mT @ a.double()) < 1e-6
    columns = torch.randn(270, 24, device="cuda")
    rows = a.flatten(0, 1)
    total = torch.ones(320, 24, device="cuda")
    accumulate(total, rows, columns)
    assert far(total, 1 + rows.double().mT @ columns.double()) < 1e-5


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("length", [30, 400])
def test_the_sums_of_every_form_equal_those_in_float64(kind, length):
    a, g = seen(kind, length=length)
    each = g.double().mT @ a.double()
    squares = each.square().sum(0)
    assert far(squared_outer_sum(*alike(a, g)), squares) < 1e-5
    rounded = 1e-2 if kind == torch.bfloat16 else 1e-5  # the Gram matrices of `factored` are
    x, y = alike(a, g)
    sums = factored("m", x, y, lambda: product(x, x.mT))
    assert far(sums["m.rows"], squares.sum(1)) < rounded
    assert far(sums["m.columns"], squares.sum(0)) < rounded
    positions, trace = gradient_norms(x, y, lambda: product(x, x.mT))
    assert far(trace, squares.sum()) < 1e-5
    assert far(positions, g.double().square().sum(-1).reshape(-1, 1)) < 1e-5


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32])
def test_g_and_c_equal_those_in_float64(kind):
    a, g = seen(kind)
    layer = nn.Linear(320, 256)

    def terms(inputs, gradients):
        curvature = KroneckerCurvature({"m": layer}, RANK)
        curvature.observe("m", layer, inputs, gradients)
        found = curvature.finish(curvature.sums, 270 * SCALE**2)
        return {side: (found[f"m.{side}.U"].double(), found[f"m.{side}.d"].double()) for side in "GC"}

    wanted = terms(a.double(), g.double())
    for side, (U, d) in terms(a, g).items():
        exact_U, exact_d = wanted[side]
        # the diagonal of C is of inputs times weights, in the model's precision
        diagonal, exact_diagonal = U.square().sum(1) + d, exact_U.square().sum(1) + exact_d
        assert far(diagonal, exact_diagonal) < (1e-3 if kind == torch.bfloat16 else 1e-5), side
        # a sketch of float32 sums is shifted by their rounding
        assert far(U @ U.mT, exact_U @ exact_U.mT) < (1e-3 if kind == torch.bfloat16 else 5e-4), side


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_sum_that_is_not_finite_names_its_module(broken):
    of = model(torch.bfloat16)
    of.get_parameter("model.layers.1.mlp.up_proj.weight").data[0, 0] = broken
    maps = {name: m for name, m in of.named_modules() if name.endswith("proj")}
    with pytest.raises(FisherError, match=r"NaN or infinity in model\.layers"):
        estimate(of, conversations(), KroneckerCurvature(maps, RANK))


def test_labels_are_drawn_as_on_a_cpu():
    probabilities = (3 * torch.randn(64, 151_936, generator=torch.Generator().manual_seed(0))).softmax(-1)
    uniform = torch.rand(64, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(draw(probabilities.cuda(), uniform.cuda()).cpu(), draw(probabilities, uniform))


def model(kind):
    torch.manual_seed(0)
    shape = {"hidden_size": 256, "intermediate_size": 640, "num_hidden_layers": 3, "num_attention_heads": 4}
    made = LlamaForCausalLM(LlamaConfig(vocab_size=600, num_key_value_heads=2, pad_token_id=0, **shape))
    return made.to(torch.bfloat16).to("cuda", kind)  # the same weights in every precision


def conversations():
    generator = torch.Generator().manual_seed(5)
    rows = [torch.randint(1, 600, (length,), generator=generator).tolist() for length in (40, 90, 17, 64, 33)]
    return [Example(row, [*[-100] * (len(row) // 2), *row[len(row) // 2 :]]) for row in rows]


@pytest.mark.parametrize("form", ["dense", "factored", "kronecker"])
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32])
def test_f_of_a_model_is_that_of_the_same_weights_in_float64(form, kind):
    def found(kind):
        of = model(kind)
        maps = {name: m for name, m in of.named_modules() if name.endswith("proj")}
        curvature = (
            KroneckerCurvature(maps, RANK)
            if form == "kronecker"
            else LinearCurvature(maps, dense if form == "dense" else factored)
        )
        terms = estimate(of, conversations(), curvature, labels="empirical", batch_size=3).fisher
        return {n: t @ t.mT if n.endswith(".U") else t for n, t in terms.items() if not n.endswith((".G.d", ".C.d"))}

    ours, exact = found(kind), found(torch.float64)
    assert ours.keys() == exact.keys()
    assert len(ours) >= 21
    for name, value in exact.items():
        # the forward and backward of the model itself are rounded
        assert far(ours[name], value) < (0.08 if kind == torch.bfloat16 else 2e-4), name
