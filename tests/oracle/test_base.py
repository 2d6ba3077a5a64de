"""On which frozen weights an update stands, also where the model does not hold them: 4-bit weights, by their files."""

import copy

import pytest
import torch
from _models import lora, tiny
from test_spaces import CPU, anchor_of
from torch import nn

from ewc_plugin import base
from ewc_plugin.errors import AnchorError
from ewc_plugin.penalty import LowRank
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.lora import lora_layers

bits = pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")


def in_four_bits(model):
    """Every linear map but the head, as the host's quantization_bit: 4 does it."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear and name != "lm_head":
                layer = bits.nn.Linear4bit(child.in_features, child.out_features, bias=False, quant_type="nf4")
                layer.weight = bits.nn.Params4bit(child.weight.data.clone(), requires_grad=False, quant_type="nf4")
                setattr(parent, name, layer.to("cpu"))
    return model


@pytest.fixture
def world(tmp_path):
    """A model and its first stage: saved in full, and the same in four bits with the same adapter."""
    plain = tiny(dtype=torch.float32)
    plain.save_pretrained(tmp_path / "base")
    adapted = lora(copy.deepcopy(plain), rank=2)
    quantised = lora(in_four_bits(copy.deepcopy(plain)), rank=2)
    return tmp_path, adapted, quantised


def test_a_quantised_model_is_known_by_the_files_that_it_was_made_from(world):
    folder, adapted, quantised = world
    found = DeltaSpace(quantised, str(folder / "base")).base()
    live = DeltaSpace(adapted).base()
    assert set(found) == set(live)
    assert all(torch.equal(found[name], live[name]) for name in live)


def test_without_files_it_is_refused_by_name(world):
    with pytest.raises(AnchorError, match=r"14 of 14 layers absent.*not one that was saved quantised"):
        DeltaSpace(world[2], str(world[0] / "nowhere")).base()


def test_an_anchor_of_four_bit_training_follows_its_adapter_into_the_merged_and_requantised_base(world):
    folder, adapted, quantised = world
    anchor = anchor_of(DeltaSpace(quantised, str(folder / "base")), "kronecker")
    # llamafactory-cli export merges into the unquantised base, in bfloat16
    merged = copy.deepcopy(adapted).to(torch.bfloat16).merge_and_unload()
    merged.save_pretrained(folder / "merged")
    later = lora(in_four_bits(copy.deepcopy(merged).float()), rank=3, seed=5)
    for layer in lora_layers(later).values():
        layer.B.data.zero_()
    space = DeltaSpace(later, str(folder / "merged"))
    said = space.attach([anchor], CPU)
    assert said[0].endswith("its anchor follows it there")
    assert float(space.penalty(1.0).value) == 0.0
    assert said[1] == expected_sentence(lora_layers(later), lora_layers(adapted), merged)


def expected_sentence(codes, layers, merged):
    """The same from whole weights and a plain dequantisation."""
    plain = dict(merged.named_modules())
    error, size, update = [], [], []
    for name, layer in codes.items():
        where = base.places(layer.shape)
        used = layer.base(torch.eye(layer.shape[1])).T  # what the layer computes with, column by column
        original = plain[name].weight.detach().float()
        error.append((used - original).flatten()[where])
        size.append(original.flatten()[where])
        change = layers[name].scaling * layers[name].B.detach() @ layers[name].A.detach()
        update.append(change.flatten()[where])
    error, size, update = (float(torch.cat(parts).norm()) for parts in (error, size, update))
    return (
        f"quantising the merged weights again moved them by {error / size:.1%} of their size, {error / update:.2g} "
        "times the merged update; what is protected from here on are the quantised weights"
    )


def test_the_samples_of_an_update_are_those_of_the_whole_product():
    update = LowRank(torch.randn(3, 40), torch.randn(30, 3), 2.0)
    whole = update.scaling * update.B @ update.A
    found, size = base.update_samples(update, (30, 40))
    torch.testing.assert_close(found, whole.flatten()[base.places((30, 40))])
    bound = update.scaling * update.B.abs() @ update.A.abs()
    torch.testing.assert_close(size, bound.flatten()[base.places((30, 40))])
