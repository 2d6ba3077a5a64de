"""An anchor fits the model that it is attached to, or is refused by name."""

import pytest
import torch
from _models import lora, tiny
from peft import LoraConfig, get_peft_model

from ewc_plugin.anchor import Anchor
from ewc_plugin.errors import AnchorError, ArgumentsError
from ewc_plugin.spaces import DeltaSpace, WeightSpace, fingerprint

CPU = torch.device("cpu")


def model(seed=0, **options):
    return lora(tiny(seed=seed, dtype=torch.float32), **options)


def anchor_of(space):
    theta, fisher = space.snapshot(), {}
    for name in space.scalings():
        A, B = theta[f"{name}.A"], theta[f"{name}.B"]
        fisher |= {f"{name}.rows": torch.ones(B.shape[0]), f"{name}.columns": torch.ones(A.shape[1])}
    if not space.scalings():
        fisher = {name: torch.ones_like(value) for name, value in theta.items()}
    form = "factored" if space.scalings() else "dense"
    return Anchor(space.name, form, theta, space.scalings(), (fisher,), {"fingerprints": space.fingerprints()}, "ewc")


def test_an_anchor_of_the_same_base_is_attached_also_when_the_rank_changed():
    anchor = anchor_of(DeltaSpace(model(rank=3)))
    space = DeltaSpace(model(rank=5, seed=0))
    space.attach(anchor, CPU)
    assert float(space.penalty(1.0).value) > 0


def test_an_anchor_of_another_base_model_is_refused_naming_layers():
    with pytest.raises(AnchorError, match="14 of 14 layers with other frozen weights"):
        DeltaSpace(model(seed=7)).attach(anchor_of(DeltaSpace(model(seed=0))), CPU)


def test_an_anchor_of_a_base_with_a_merged_adapter_is_refused_with_the_way_out():
    merged = model().merge_and_unload()
    with pytest.raises(AnchorError, match="create_new_adapter: false"):
        DeltaSpace(lora(merged)).attach(anchor_of(DeltaSpace(model())), CPU)


def test_an_anchor_of_other_layers_names_what_is_missing_and_what_is_extra():
    small = get_peft_model(tiny(dtype=torch.float32), LoraConfig(r=3, target_modules=["q_proj"]))
    with pytest.raises(AnchorError, match=r"12 missing \(model\.layers\.0\.mlp\.down_proj"):
        DeltaSpace(model()).attach(anchor_of(DeltaSpace(small)), CPU)


def test_an_anchor_of_another_shape_is_refused():
    anchor = anchor_of(DeltaSpace(model()))
    name = "model.layers.0.mlp.up_proj"
    anchor.theta[f"{name}.A"] = torch.zeros(3, 99)
    with pytest.raises(AnchorError, match=rf"layer {name}.*\(12, 8\).*\(12, 99\)"):
        DeltaSpace(model()).attach(anchor, CPU)


def test_weights_of_another_shape_are_refused():
    anchor = anchor_of(WeightSpace(tiny(dtype=torch.float32)))
    anchor.theta["model.norm.weight"] = torch.zeros(9)
    with pytest.raises(AnchorError, match=r"model\.norm\.weight.*\(8,\).*\(9,\)"):
        WeightSpace(tiny(dtype=torch.float32)).attach(anchor, CPU)


def test_dora_is_refused_by_name():
    config = LoraConfig(r=2, target_modules=["q_proj"], use_dora=True)
    with pytest.raises(ArgumentsError, match="DoRA"):
        DeltaSpace(get_peft_model(tiny(dtype=torch.float32), config))


def test_modules_to_save_are_refused_by_name():
    config = LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["lm_head"])
    with pytest.raises(ArgumentsError, match=r"other trainable parameters: .*lm_head"):
        DeltaSpace(get_peft_model(tiny(dtype=torch.float32), config))


def test_rank_stabilised_scaling_is_taken_from_the_layer():
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"], use_rslora=True)
    space = DeltaSpace(get_peft_model(tiny(dtype=torch.float32), config))
    assert set(space.scalings().values()) == {8 / 4**0.5}


def test_half_precision_lora_matrices_are_refused():
    with pytest.raises(ArgumentsError, match=r"LoRA matrices in torch\.bfloat16"):
        DeltaSpace(lora(tiny(dtype=torch.bfloat16)).to(torch.bfloat16))


def test_a_fingerprint_is_the_same_however_the_weights_were_loaded_and_differs_for_other_weights():
    weight = torch.randn(50, 30).to(torch.bfloat16)
    assert fingerprint(weight) == fingerprint(weight.float())
    assert fingerprint(weight) != fingerprint(weight.reshape(30, 50))
    assert fingerprint(weight) != fingerprint(weight * 1.02)
