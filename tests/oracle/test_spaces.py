"""An anchor fits the model that it is attached to, follows it through a merge, or is refused by name."""

import copy

import pytest
import torch
from _models import lora, tiny
from peft import LoraConfig, get_peft_model

from ewc_plugin import anchor as anchors
from ewc_plugin import memory
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.base import fingerprint
from ewc_plugin.errors import AnchorError, ArgumentsError, MechanismError
from ewc_plugin.ranks import OneProcess
from ewc_plugin.spaces.adapter import AdapterSpace
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.lora import lora_layers

CPU = torch.device("cpu")
FORMS = ("factored", "kronecker", "dense")


def model(seed=0, **options):
    return lora(tiny(seed=seed, dtype=torch.float32), **options)


def random_fisher(space, form, seed=0):
    """Made-up F of the form, so that every layer and entry weighs otherwise."""
    made = torch.Generator().manual_seed(seed)
    terms = {}
    for name, value in space.ones(form).items():
        terms[name] = torch.rand(value.shape, generator=made) + (0.0 if name.endswith("U") else 0.1)
    return terms


def anchor_of(space, form="factored", *, seed=0, about=None):
    term = Term(form, random_fisher(space, form, seed), about=about or {})
    return Anchor(space.name, (space.snapshot(),), (term,), space.base(), where="saves/a/ewc")


def effective(model):
    """W + sBA of every layer, float64, and the live matrices by the plainest route."""
    return {
        name: layer.base.weight.detach().double()
        + layer.scaling * layer.B.detach().double() @ layer.A.detach().double()
        for name, layer in lora_layers(model).items()
    }


def written_out(fisher, form, name):
    """F as a function of a drift: DᵀFD of one layer with F in full, float64."""
    f = {key: value.double() for key, value in fisher.items()}
    if form == "kronecker":
        G, C = (f[f"{name}.{s}.U"] @ f[f"{name}.{s}.U"].T + f[f"{name}.{s}.d"].diag() for s in "GC")
        return lambda D: float((D.T @ G @ D @ C).trace())
    if form == "factored":
        dense = torch.outer(f[f"{name}.rows"], f[f"{name}.columns"]) / f[f"{name}.rows"].sum()
    else:
        dense = f[name]
    return lambda D: float((dense * D * D).sum())


def by_hand(anchor, now, then):
    """½ Σ over terms and layers of DᵀFD, D the difference of effective weights."""
    return sum(
        0.5 * written_out(term.fisher, term.form, name)(now[name] - then[term.centre][name])
        for term in anchor.terms
        for name in now
    )


# -- the penalty of a whole model ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_the_penalty_is_that_of_the_effective_weights_for_every_form_and_rank(form):
    old = model(rank=3)
    anchor = anchor_of(DeltaSpace(old), form)
    new = model(rank=5, seed=0)
    space = DeltaSpace(new)
    space.attach([anchor], CPU)
    expected = by_hand(anchor, effective(new), [effective(old)])
    assert float(space.penalty(1.0).value) == pytest.approx(expected, rel=1e-5)
    assert sum(space.predicted().values()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_its_gradients_are_those_of_autograd_through_the_effective_weights(form):
    old, new = model(rank=3), model(rank=3)
    with torch.no_grad():
        for layer in lora_layers(new).values():
            layer.A.add_(0.1 * torch.randn_like(layer.A))
            layer.B.add_(0.1 * torch.randn_like(layer.B))
    anchor = anchor_of(DeltaSpace(old), form)
    space = DeltaSpace(new)
    space.attach([anchor], CPU)
    layers, before = lora_layers(new), effective(old)
    total = 0.0
    for name, layer in layers.items():
        drift = layer.base.weight.detach() + layer.scaling * layer.B @ layer.A - before[name].float()
        total = total + 0.5 * written_out_graph(anchor.terms[0], form, name, drift)
    parameters = [p for _, p in space.parameters()]
    expected = dict(zip(parameters, torch.autograd.grad(2.0 * total, parameters), strict=True))
    found = space.penalty(2.0).gradients
    assert {id(p) for p, _ in found} == {id(p) for p in parameters}
    for parameter, gradient in found:
        torch.testing.assert_close(gradient, expected[parameter], rtol=1e-3, atol=1e-5)


def written_out_graph(term, form, name, D):
    f = term.fisher
    if form == "kronecker":
        G, C = (f[f"{name}.{s}.U"] @ f[f"{name}.{s}.U"].T + f[f"{name}.{s}.d"].diag() for s in "GC")
        return (D.T @ G @ D @ C).trace()
    dense = (
        f[name] if form == "dense" else torch.outer(f[f"{name}.rows"], f[f"{name}.columns"]) / f[f"{name}.rows"].sum()
    )
    return (dense * D * D).sum()


@pytest.mark.parametrize("form", FORMS)
def test_it_is_zero_at_the_anchor_to_the_last_bit(form):
    old = model()
    space = DeltaSpace(old)
    space.attach([anchor_of(DeltaSpace(old), form)], CPU)
    found = space.penalty(3.0)
    assert float(found.value) == 0.0
    assert all(float(gradient.abs().max()) == 0.0 for _, gradient in found.gradients)


def test_several_anchors_and_several_centres_add_up():
    first, second, now = model(rank=2), model(rank=3, seed=1), model(rank=4, seed=2)
    for other in (second, now):  # the same base, other updates
        for layer, origin in zip(lora_layers(other).values(), lora_layers(first).values(), strict=True):
            layer.base.weight.data.copy_(origin.base.weight.data)
    one, two = anchor_of(DeltaSpace(first), "kronecker"), anchor_of(DeltaSpace(second), "factored", seed=5)
    space = DeltaSpace(now)
    space.attach([one, two], CPU)
    expected = by_hand(one, effective(now), [effective(first)]) + by_hand(two, effective(now), [effective(second)])
    assert float(space.penalty(1.0).value) == pytest.approx(expected, rel=1e-5)
    centres, terms = space.earlier()
    assert [(t.form, t.centre) for t in terms] == [("kronecker", 0), ("factored", 1)]
    assert len(centres) == 2


def test_a_scaling_that_changed_is_no_drift():
    """rsLoRA scales by α/√r: the same update with other matrices."""
    plain = get_peft_model(tiny(dtype=torch.float32), LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"]))
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"], use_rslora=True)
    stabilised = get_peft_model(tiny(dtype=torch.float32), config)
    assert {layer.scaling for layer in lora_layers(stabilised).values()} == {8 / 4**0.5}
    for a, b in zip(lora_layers(plain).values(), lora_layers(stabilised).values(), strict=True):
        a.B.data = torch.randn_like(a.B)
        b.A.data, b.B.data = a.A.data.clone(), a.B.data * a.scaling / b.scaling
    space = DeltaSpace(stabilised)
    space.attach([anchor_of(DeltaSpace(plain))], CPU)
    assert float(space.penalty(1.0).value) < 1e-12


# -- anchors that outlive their adapter ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_anchor_follows_its_adapter_into_the_base_model(dtype):
    """`llamafactory-cli export`, `create_new_adapter`: what is merged is known by the weights, not by a key."""
    old = model(rank=3)
    anchor = anchor_of(DeltaSpace(old), "factored")
    before = effective(old)
    merged = copy.deepcopy(old).to(dtype).merge_and_unload().float()
    new = lora(merged, rank=2, seed=9)
    for layer in lora_layers(new).values():
        layer.B.data.zero_()  # as a fresh adapter starts
    space = DeltaSpace(new)
    said = space.attach([anchor], CPU)
    assert said == ["saves/a/ewc was merged into the base model; its anchor follows it there"]
    assert float(space.penalty(1.0).value) == 0.0
    for layer in lora_layers(new).values():
        layer.B.data = 0.3 * torch.randn_like(layer.B)
    rounding = 1e-5 if dtype == torch.float32 else 0.05
    expected = by_hand(anchor, effective(new), [before])
    assert float(space.penalty(1.0).value) == pytest.approx(expected, rel=rounding)


def test_the_other_centres_move_with_a_merge_of_the_newest():
    first, second = model(rank=2), model(rank=3, seed=0)
    for layer in lora_layers(second).values():
        layer.A.data = torch.randn_like(layer.A)
    space = DeltaSpace(second)
    space.attach([anchor_of(DeltaSpace(first), "dense")], CPU)
    _, terms = space.earlier()
    newest = Term("factored", random_fisher(space, "factored", 3))
    both = Anchor("delta", (space.snapshot(), *space.earlier()[0]), anchors.separate(terms, newest), space.base())
    before = [effective(second), effective(first)]
    new = lora(copy.deepcopy(second).merge_and_unload(), rank=4, seed=11)
    later = DeltaSpace(new)
    later.attach([both], CPU)
    assert float(later.penalty(1.0).value) == pytest.approx(by_hand(both, effective(new), before), rel=1e-4)


def test_an_anchor_of_the_untouched_base_holds_a_fresh_adapter_of_any_rank_at_zero():
    fresh = model(rank=2)
    for layer in lora_layers(fresh).values():
        layer.B.data.zero_()
    anchor = anchor_of(DeltaSpace(fresh))
    other = model(rank=7)
    for layer in lora_layers(other).values():
        layer.B.data.zero_()
    space = DeltaSpace(other)
    assert space.attach([anchor], CPU) == []
    assert float(space.penalty(1.0).value) == 0.0


# -- refusals --------------------------------------------------------------------------------------------------


def test_an_anchor_of_another_base_model_is_refused_naming_layers():
    with pytest.raises(AnchorError, match=r"14 of 14 layers with other frozen weights.*ewc_estimate"):
        DeltaSpace(model(seed=7)).attach([anchor_of(DeltaSpace(model(seed=0)))], CPU)


def test_another_fine_tune_of_the_same_base_is_another_base():
    old, new = model(), model()
    for layer in lora_layers(new).values():
        layer.base.weight.data += 0.01 * torch.randn_like(layer.base.weight)
    with pytest.raises(AnchorError, match="other frozen weights"):
        DeltaSpace(new).attach([anchor_of(DeltaSpace(old))], CPU)


def test_an_anchor_of_other_layers_names_what_is_missing_and_what_is_extra():
    small = get_peft_model(tiny(dtype=torch.float32), LoraConfig(r=3, target_modules=["q_proj"]))
    with pytest.raises(AnchorError, match=r"12 missing \(model\.layers\.0\.mlp\.down_proj"):
        DeltaSpace(model()).attach([anchor_of(DeltaSpace(small))], CPU)


def test_an_anchor_of_another_shape_is_refused():
    anchor = anchor_of(DeltaSpace(model()))
    name = "model.layers.0.mlp.up_proj"
    anchor.theta[f"{name}.A"] = torch.zeros(3, 99)
    with pytest.raises(AnchorError, match=rf"layer {name}.*\(12, 8\).*\(12, 99\)"):
        DeltaSpace(model()).attach([anchor], CPU)


def test_dora_is_refused_by_name():
    config = LoraConfig(r=2, target_modules=["q_proj"], use_dora=True)
    with pytest.raises(ArgumentsError, match="DoRA"):
        DeltaSpace(get_peft_model(tiny(dtype=torch.float32), config))


def test_modules_to_save_are_refused_by_name():
    config = LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["lm_head"])
    with pytest.raises(ArgumentsError, match=r"other trainable parameters: .*lm_head"):
        DeltaSpace(get_peft_model(tiny(dtype=torch.float32), config))


def test_half_precision_lora_matrices_are_refused():
    with pytest.raises(MechanismError, match="bfloat16"):
        DeltaSpace(lora(tiny(dtype=torch.bfloat16)).to(torch.bfloat16)).snapshot()


def test_a_dense_form_that_does_not_fit_says_how_much_it_needs_and_what_needs_less(monkeypatch):
    space = DeltaSpace(model())
    plan = type("Plan", (), {"form": "dense"})
    memory.require(space, plan, OneProcess())
    monkeypatch.setattr(memory, "available", lambda device: 2_000)
    with pytest.raises(ArgumentsError, match=r"expected 0\.0 GB of free memory .* found 0\.0 GB.*ewc_form: factored"):
        memory.require(space, plan, OneProcess())
    plan.form = "factored"
    memory.require(space, plan, OneProcess())


def test_the_memory_that_is_asked_for_is_what_the_sums_take():
    space = DeltaSpace(model())
    assert memory.needed(space, "dense") == 2 * sum(v.nbytes for v in space.ones("dense").values())


# -- adapter ---------------------------------------------------------------------------------------------------


def test_the_adapter_space_measures_a_and_b_themselves():
    old, new = model(), model()
    for layer in lora_layers(new).values():
        layer.A.data += 0.1
        layer.B.data -= 0.2
    anchor = anchor_of(AdapterSpace(old), "dense")
    space = AdapterSpace(new)
    space.attach([anchor], CPU)
    fisher = anchor.terms[0].fisher
    expected = sum(
        0.5 * float((fisher[n].double() * (p.detach() - anchor.theta[n]).double() ** 2).sum())
        for n, p in space.parameters()
    )
    assert float(space.penalty(1.0).value) == pytest.approx(expected, rel=1e-5)
    for (_, parameter), (same, gradient) in zip(space.parameters(), space.penalty(2.0).gradients, strict=True):
        assert same is parameter
        name = next(n for n, p in space.parameters() if p is parameter)
        torch.testing.assert_close(gradient, 2.0 * fisher[name] * (parameter.detach() - anchor.theta[name]))


def test_it_is_not_invariant_under_a_change_of_basis_and_delta_is():
    old, new = model(), model()
    turn = torch.linalg.qr(torch.randn(3, 3)).Q
    for layer in lora_layers(new).values():
        layer.A.data, layer.B.data = turn @ layer.A.data, layer.B.data @ turn.T
    spaces = [kind(new) for kind in (AdapterSpace, DeltaSpace)]
    for space, form in zip(spaces, ("dense", "factored"), strict=True):
        space.attach([anchor_of(type(space)(old), form)], CPU)
    adapter, delta = (float(space.penalty(1.0).value) for space in spaces)
    assert adapter > 0.1
    assert delta < 1e-5 * adapter


def test_an_adapter_of_another_rank_is_refused_there():
    with pytest.raises(AnchorError, match=r"expected shape \(5, 8\); found \(3, 8\).*use delta"):
        AdapterSpace(model(rank=5)).attach([anchor_of(AdapterSpace(model(rank=3)), "dense")], CPU)


def test_a_fingerprint_is_the_same_however_the_weights_were_loaded_and_differs_for_other_weights():
    weight = torch.randn(50, 30).to(torch.bfloat16)
    assert fingerprint(weight) == fingerprint(weight.float())
    assert fingerprint(weight) != fingerprint(weight.reshape(30, 50))
    assert fingerprint(weight) != fingerprint(weight * 1.02)
