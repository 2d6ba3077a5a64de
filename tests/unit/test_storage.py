"""How many bytes F and θ* take, and what that costs in precision."""

import pytest
import torch

from ewc_plugin.storage import BLOCK, Blockwise, Plain, ThreeBytes, placed, store_centre, store_fisher

CPU = torch.device("cpu")


def heavy_tailed(count):
    """Like F: log-normal over a dozen decades, far below what float16 can hold."""
    return torch.exp(3 * torch.randn(count, generator=torch.Generator().manual_seed(0))) * 1e-9


@pytest.mark.parametrize(
    ("kind", "size", "error"), [("float32", 4.0, 0.0), ("half", 2.0, 2.0**-8), ("8bit", 1.016, 0.05)]
)
def test_f_takes_the_bytes_that_it_should_and_keeps_the_penalty(kind, size, error):
    fisher, drift = heavy_tailed(100 * BLOCK), torch.randn(100 * BLOCK, generator=torch.Generator().manual_seed(1))
    stored = store_fisher(fisher, kind)
    found = stored.load(CPU)
    assert stored.bytes / len(fisher) == pytest.approx(size, rel=1e-3)
    assert float(((found - fisher).abs() / fisher).median()) <= error
    penalty = float((found * drift**2).sum() / (fisher * drift**2).sum())
    assert penalty == pytest.approx(1.0, abs=1e-3)


def test_8_bit_has_the_error_that_its_docstring_states_at_each_size():
    for fraction, error in ((1.0, 0.01), (0.5, 0.01), (1e-2, 0.027), (1e-4, 0.09)):
        fisher = torch.full((BLOCK,), fraction) * torch.linspace(0.9, 1.0, BLOCK)
        fisher[0] = 1.0
        found = store_fisher(fisher, "8bit").load(CPU)
        assert float(((found - fisher) / fisher).abs().max()) <= error
    tiny = torch.tensor([1.0, 1e-12])
    assert store_fisher(tiny, "8bit").load(CPU).tolist() == [1.0, 0.0]


def test_8_bit_is_closer_than_a_linear_code_of_as_many_bits():
    fisher = heavy_tailed(100 * BLOCK)
    blocks = fisher.view(-1, BLOCK)
    linear = ((blocks / blocks.amax(1, keepdim=True) * 255).round() / 255 * blocks.amax(1, keepdim=True)).view(-1)
    ours = store_fisher(fisher, "8bit").load(CPU)
    errors = [float(((found - fisher).abs() / fisher).median()) for found in (ours, linear)]
    assert errors[0] < 0.1 * errors[1]


def test_f_never_becomes_negative_and_zero_stays_zero():
    fisher = heavy_tailed(1000)
    fisher[::3] = 0
    for kind in ("float32", "half", "8bit"):
        found = store_fisher(fisher, kind).load(CPU)
        assert float(found.min()) == 0
        assert not found[::3].any()
    assert not store_fisher(torch.zeros(BLOCK), "8bit").load(CPU).any()


def test_half_keeps_what_float16_would_lose():
    fisher = torch.tensor([1e-9])
    assert float(fisher.half()) == 0
    assert float(store_fisher(fisher, "half").load(CPU)) == pytest.approx(1e-9, rel=2**-8)


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
@pytest.mark.parametrize("kind", ["float32", "half", "8bit"])
def test_slices_of_any_length_come_back_in_full(count, kind):
    values = heavy_tailed(count)
    assert store_fisher(values, kind).load(CPU).shape == store_centre(values, kind).load(CPU).shape == (count,)


@pytest.mark.parametrize("kind", ["half", "8bit"])
def test_weights_of_a_bfloat16_model_are_kept_exactly_in_two_bytes(kind):
    centre = torch.randn(1000).bfloat16().float()
    stored = store_centre(centre, kind)
    assert stored.bytes == 2000
    assert torch.equal(stored.load(CPU), centre)


@pytest.mark.parametrize("kind", ["half", "8bit"])
def test_other_weights_are_kept_to_two_to_the_minus_sixteen_in_three_bytes(kind):
    centre = torch.randn(100_000, generator=torch.Generator().manual_seed(0)) * torch.logspace(-20, 20, 100_000)
    stored = store_centre(centre, kind)
    found = stored.load(CPU)
    assert stored.bytes == 300_000
    error = (found.double() - centre.double()) / centre.double()
    assert 0.9 * 2**-16 <= float(error.abs().max()) <= 2**-16
    assert abs(float(error.mean())) < 1e-7  # rounded, not cut: no drift in one direction


def test_float32_keeps_the_centre_to_the_bit():
    centre = torch.randn(1000)
    assert torch.equal(store_centre(centre, "float32").load(CPU), centre)


def test_at_the_anchor_the_predicted_kl_of_three_bytes_is_far_below_that_of_any_training():
    """A drift of one thousandth, as little as a short stage makes, weighs 10⁴ times as much as the rounding."""
    centre, fisher = torch.randn(10_000), heavy_tailed(10_000)
    rounding = centre - store_centre(centre, "half").load(CPU)
    drift = 1e-3 * centre
    assert float((fisher * rounding**2).sum()) < 1e-4 * float((fisher * drift**2).sum())


@pytest.mark.parametrize("stored", [store_fisher(heavy_tailed(300), k) for k in ("float32", "half", "8bit")])
def test_what_is_offloaded_is_the_same(stored):
    there = placed(stored, CPU, offload=True)
    assert type(there) is type(stored)
    assert torch.equal(there.load(CPU), stored.load(CPU))


def test_the_three_kinds_are_the_ones_that_are_placed():
    centre = torch.randn(10)
    kinds = {
        type(store_centre(centre, "half")),
        type(store_fisher(centre.abs(), "8bit")),
        type(store_fisher(centre, "half")),
    }
    assert kinds == {Plain, Blockwise, ThreeBytes}
    assert torch.equal(
        placed(store_centre(centre, "half"), CPU, offload=False).load(CPU), store_centre(centre, "half").load(CPU)
    )
