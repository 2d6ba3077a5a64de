"""Sums over bfloat16 numbers that are split, scaled and shared: against float64, on any machine."""

import torch

from ewc_plugin.products import OfSameInputs, accumulate, norms, scaled


def far(found, expected):
    return float(torch.linalg.norm(found.double() - expected) / torch.linalg.norm(expected))


def rows(width=40, count=300):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, width, generator=generator).bfloat16(), torch.randn(count, 24, generator=generator)


def test_columns_keep_sixteen_bits_beside_bfloat16_rows():
    half, columns = rows()
    total = torch.ones(40, 24)
    accumulate(total, half, columns)
    assert far(total, 1 + half.double().mT @ columns.double()) < 2**-15
    rounded = half.double().mT @ columns.bfloat16().double()
    assert far(1 + rounded, 1 + half.double().mT @ columns.double()) > 2**-11  # what one part alone would give


def test_float32_rows_are_multiplied_as_they_are():
    half, columns = rows()
    total = torch.ones(40, 24, dtype=torch.float64)
    accumulate(total, half.double(), columns.double())
    assert far(total, 1 + half.double().mT @ columns.double()) < 1e-14


def test_rows_are_scaled_in_their_own_precision_and_rounded_once():
    half, _ = rows()
    factors = torch.rand(300, 1, generator=torch.Generator().manual_seed(1))
    found = scaled(half, factors)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, (half.float() * factors).bfloat16())


def test_norms_of_bfloat16_are_summed_in_float32():
    half, _ = rows(count=5000)
    assert norms(half, 0).dtype == torch.float32
    assert far(norms(half, 0), half.double().square().sum(0).sqrt()) < 1e-5  # in bfloat16: 1e-2


def test_what_is_made_of_inputs_is_made_once_for_the_same_and_anew_for_others():
    made = []

    def make():
        made.append(len(made))
        return made[-1]

    shared, inputs = OfSameInputs(), torch.randn(2, 4, 6)
    assert [shared.of(inputs, make), shared.of(inputs.detach(), make)] == [0, 0]
    assert shared.of(inputs.clone(), make) == 1
    assert shared.of(inputs, make) == 2
    inputs += 1
    assert shared.of(inputs, make) == 3
    assert shared.of(inputs[:, :2], make) == 4
    assert shared.of(inputs.view(4, 2, 6), make) == 5
    shared.forget()
    assert shared.of(inputs.view(4, 2, 6), make) == 6
