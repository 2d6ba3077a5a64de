"""The mixin inside a real transformers Trainer: what the penalty does to training, and what it leaves alone."""

import dataclasses
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, lora, tiny
from safetensors.torch import load_file
from transformers import Trainer, TrainingArguments

from ewc_plugin import anchor as anchors
from ewc_plugin.errors import AnchorError, EwcError, MechanismError
from ewc_plugin.fisher import estimate
from ewc_plugin.plan import Plan
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.trainer import EwcMixin

LENGTH = 7
SAVE = {"save": True}


def padded(example):
    missing = LENGTH - len(example.ids)
    return {
        "input_ids": [*example.ids, *[0] * missing],
        "attention_mask": [1] * len(example.ids) + [0] * missing,
        "labels": [*example.labels, *[-100] * missing],
    }


DATA = [padded(example) for example in EXAMPLES * 3]  # 15 examples: the last window is short


def model():
    made = lora(tiny("llama", dtype=torch.float32), dropout=0.0)
    for module in made.modules():
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0  # dropout masks would differ between one batch of four and four of one
    return made


@pytest.fixture(scope="module")
def anchor(tmp_path_factory):
    """An anchor at weights near the start, so that the penalty has a gradient from the first step."""
    near = model()
    with torch.no_grad():
        for name, parameter in near.named_parameters():
            if "lora_" in name:
                parameter.mul_(0.8)
    space = DeltaSpace(near)
    fisher = estimate(near, EXAMPLES, space.curvature("factored", 0)).fisher
    term = anchors.Term("factored", fisher, about={"stage": "near", "estimator": "sampled"})
    made = anchors.Anchor("delta", (space.snapshot(),), (term,), space.base(), probe=tuple(EXAMPLES))
    return anchors.save(made, tmp_path_factory.mktemp("anchor"))


PLAN = Plan(
    strength=0.0,
    automatic=False,
    budget=None,
    anchors=(),
    space="delta",
    form="factored",
    rank=4,
    stages="online",
    gamma=1.0,
    fisher="sampled",
    fisher_samples=5,
    fisher_batch_size=2,
    fisher_datasets=(),
    storage="float32",
    offload=False,
    save=False,
    estimate=False,
    evaluate=False,
    eval_samples=None,
)


def trained(tmp_path, *, strength=0.0, anchor=None, trainer=None, plan=None, start=None, files="tiny", **arguments):
    planned = dataclasses.replace(PLAN, strength=strength, anchors=(anchor,) if anchor else (), **(plan or {}))
    bridge = SimpleNamespace(
        plan=planned,
        dataset_names=[],
        dataset_dir=Path("nowhere"),
        model_name=str(files),
        continues_from=str(files),
        recipe_keys={},
        adapters=[],
        fisher_examples=lambda count: EXAMPLES[:count],
        encoder=SimpleNamespace(pad_token_id=0),
        dataset_hashes=dict,
        evaluation_entries=dict,
    )

    class Ours(EwcMixin, trainer or Trainer):
        def _ewc_bridge(self):
            return bridge

    options = {
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 4,
        "num_train_epochs": 2,
        "learning_rate": 3e-2,
        "logging_steps": 1,
        "optim": "sgd",
        "max_grad_norm": 0.5,
        "lr_scheduler_type": "constant",
        "save_strategy": "no",
        **arguments,
    }
    made = Ours(
        model=start or model(),
        args=TrainingArguments(str(tmp_path / "out"), use_cpu=True, report_to="none", disable_tqdm=True, **options),
        train_dataset=DATA,
        eval_dataset=DATA[:5],
    )
    made.train()
    return made


def weights(trainer):
    return torch.cat([p.detach().flatten() for _, p in DeltaSpace(trainer.model).parameters()])


def logged(trainer, key):
    return [entry[key] for entry in trainer.state.log_history if key in entry]


def difference(ours, theirs):
    return float(torch.linalg.norm(weights(ours) - weights(theirs)) / torch.linalg.norm(weights(theirs)))


def test_accumulation_one_times_four_and_four_times_one_give_the_same_weights(tmp_path, anchor):
    """Clipping binds in every step and the last window is short; the penalty's effect is a thousand times larger."""
    narrow = trained(tmp_path, strength=20.0, anchor=anchor)
    wide = trained(tmp_path, strength=20.0, anchor=anchor, per_device_train_batch_size=4, gradient_accumulation_steps=1)
    assert min(logged(narrow, "grad_norm")) > narrow.args.max_grad_norm
    assert difference(narrow, wide) <= 1e-5
    assert difference(narrow, trained(tmp_path)) >= 1e-2


def test_the_logged_loss_is_the_tasks_and_never_contains_the_penalty(tmp_path, anchor):
    penalised, free = trained(tmp_path, strength=1e4, anchor=anchor), trained(tmp_path)
    # the first step starts from the same weights; a penalty of λ = 10⁴ in the loss could not be missed
    assert logged(penalised, "ewc/penalty")[0] > 1.0
    assert logged(penalised, "loss")[0] == logged(free, "loss")[0]
    assert logged(free, "ewc/penalty") == []


def test_grad_norm_is_that_of_task_plus_penalty(tmp_path, anchor):
    penalised, free = trained(tmp_path, strength=1e3, anchor=anchor), trained(tmp_path)
    assert logged(penalised, "grad_norm")[0] > 10 * logged(free, "grad_norm")[0]


def test_the_scalars_agree_with_one_another(tmp_path, anchor):
    done = trained(tmp_path, strength=5.0, anchor=anchor)
    for penalty, kl, ratio, loss in zip(
        *(logged(done, key) for key in ("ewc/penalty", "ewc/predicted_kl", "ewc/penalty_ratio", "loss")), strict=True
    ):
        assert penalty == pytest.approx(5.0 * kl)
        assert ratio == pytest.approx(penalty / float(loss))


def test_a_failure_of_the_penalty_in_mid_training_stops_the_run(tmp_path, anchor, monkeypatch):
    original, calls = DeltaSpace.penalty, []

    def fails_later(self, strength):
        calls.append(1)
        if len(calls) == 5:
            raise RuntimeError("planted")
        return original(self, strength)

    monkeypatch.setattr(DeltaSpace, "penalty", fails_later)
    with pytest.raises(RuntimeError, match="planted"):
        trained(tmp_path, strength=5.0, anchor=anchor)


def test_a_penalty_that_is_not_finite_stops_the_run(tmp_path, anchor):
    with pytest.raises(MechanismError, match="expected a finite number"):
        trained(tmp_path, strength=5.0, anchor=anchor, learning_rate=1e30, max_grad_norm=0.0)


def test_a_layer_that_the_last_micro_batch_did_not_use_stops_the_run(tmp_path, anchor):
    class SkipsALayer(Trainer):
        def compute_loss(self, model, inputs, *arguments, **named):
            model.base_model.model.model.layers = model.base_model.model.model.layers[:1]
            model.config.num_hidden_layers = 1
            return super().compute_loss(model, inputs, *arguments, **named)

    with pytest.raises(MechanismError, match=r"model\.layers\.1.*0×"):
        trained(tmp_path, strength=5.0, anchor=anchor, trainer=SkipsALayer)


def test_a_stage_leaves_an_anchor_of_its_last_weights_that_includes_the_earlier_one(tmp_path, anchor):
    done = trained(tmp_path, strength=5.0, anchor=anchor, plan=SAVE)
    left, before = anchors.load(tmp_path / "out" / "ewc"), anchors.load(anchor)
    snapshot = DeltaSpace(done.model).snapshot()
    assert all(torch.equal(left.theta[name], value) for name, value in snapshot.items())
    assert [term.about["stage"] for term in left.terms] == ["near", "out"]
    name = "model.layers.0.mlp.up_proj.rows"
    assert torch.equal(left.terms[0].fisher[name], before.terms[0].fisher[name])


def test_the_weights_are_saved_before_the_anchor_so_that_its_failure_loses_nothing(tmp_path, anchor, monkeypatch):
    def no_space(*_, **__):
        raise EwcError("ewc/", expected="room", found="none", remedy="Free some.")

    monkeypatch.setattr(anchors, "save", no_space)
    with pytest.raises(EwcError, match="expected room"):
        trained(tmp_path, strength=5.0, anchor=anchor, plan=SAVE)
    assert (tmp_path / "out" / "adapter_model.safetensors").stat().st_size > 0


def test_the_anchor_is_of_the_best_model_when_that_is_loaded_at_the_end(tmp_path, anchor):
    best = {"load_best_model_at_end": True, "eval_strategy": "epoch", "save_strategy": "epoch", "save_only_model": True}
    # a rate that diverges: the first epoch is the best
    done = trained(tmp_path, strength=5.0, anchor=anchor, plan=SAVE, learning_rate=3.0, num_train_epochs=2, **best)
    losses = logged(done, "eval_loss")
    assert losses.index(min(losses)) < len(losses) - 1
    left = anchors.load(tmp_path / "out" / "ewc").theta
    folder = tmp_path / "out" / f"checkpoint-{4 * (losses.index(min(losses)) + 1)}"
    stored = load_file(folder / "adapter_model.safetensors")
    name = "model.layers.1.mlp.up_proj"
    assert torch.equal(left[f"{name}.A"], stored[f"base_model.model.{name}.lora_A.weight"])


@pytest.mark.parametrize("form", ["factored", "kronecker", "dense"])
@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_an_anchor_that_is_not_finite_is_refused_before_training_and_names_its_layer(tmp_path, form, broken):
    space, name = DeltaSpace(model()), "model.layers.1.mlp.up_proj"
    fisher = estimate(model(), EXAMPLES, space.curvature(form, 4)).fisher
    (key, *_) = (key for key in sorted(fisher) if key.startswith(name))
    fisher[key].view(-1)[3] = broken
    made = anchors.Anchor("delta", (space.snapshot(),), (anchors.Term(form, fisher),), space.base())
    where = anchors.save(made, tmp_path / "before")
    with pytest.raises(AnchorError, match=rf"NaN or infinity in {name};? ?.*Nothing was trained"):
        trained(tmp_path, strength=5.0, anchor=where)
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_an_output_folder_that_cannot_be_written_is_refused_before_training(tmp_path):
    class NeverTrains(Trainer):
        def train(self, *_, **__):
            raise AssertionError("training began")

    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises((EwcError, FileExistsError)):
        trained(tmp_path, plan=SAVE, trainer=NeverTrains)


def test_a_full_disk_is_refused_before_training(tmp_path, monkeypatch):
    import tempfile

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(EwcError, match=r"No space left on device.*Nothing was trained"):
        trained(tmp_path, plan=SAVE)


# -- what came true --------------------------------------------------------------------------------------------


def fidelity_of(folder):
    return json.loads((folder / "out/stage_eval/ewc.json").read_text(encoding="utf-8"))["calibration"]


@pytest.mark.parametrize("form", ["factored", "kronecker", "dense"])
def test_a_stage_without_an_anchor_is_calibrated_on_its_own_f_along_its_way(tmp_path, form):
    """By finite differences of the logits on the way back to where the stage started, in small steps."""
    start = model()
    done = trained(tmp_path, plan={"save": True, "form": form})
    found = fidelity_of(tmp_path)
    left = anchors.load(tmp_path / "out/ewc")
    assert left.about["calibration"] == found
    assert (found["of"], found["stages"]) == ("this stage's own F", ["out"])
    space = DeltaSpace(done.model.eval())
    now, then = space.snapshot(), DeltaSpace(start).snapshot()
    space.attach([left], torch.device("cpu"))
    moved, step = {}, 1e-2
    logits = {0.0: outputs(done.model)}
    for sign in (step, -step):
        with torch.no_grad():
            for name, layer in space._layers.items():
                drift = then[f"{name}.B"] @ then[f"{name}.A"] - now[f"{name}.B"] @ now[f"{name}.A"]
                moved[name] = layer.base.weight.data.clone()
                layer.base.weight.data += sign * drift
            logits[sign] = outputs(done.model)
            for name, layer in space._layers.items():
                layer.base.weight.data.copy_(moved[name])
    change = (logits[step] - logits[-step]) / (2 * step)
    p = logits[0.0].softmax(-1)
    exact = 0.5 * float((p * (change - (p * change).sum(-1, keepdim=True)) ** 2).sum(-1).mean())
    assert found["second_order_kl_nats_per_token"] == pytest.approx(exact, rel=2e-2)
    with torch.no_grad():
        for name, layer in space._layers.items():
            layer.A.copy_(then[f"{name}.A"])
            layer.B.copy_(then[f"{name}.B"] / layer.scaling)
    assert found["predicted_kl_nats_per_token"] == pytest.approx(float(space.penalty(1.0).value), rel=1e-3)
    assert found["calibration"] == pytest.approx(
        found["second_order_kl_nats_per_token"] / found["predicted_kl_nats_per_token"]
    )


def test_a_first_stage_of_full_tuning_is_calibrated_along_its_way_from_the_files(tmp_path):
    """By finite differences of the logits, and a sum over weights, between the files and what was trained."""
    made = tiny("llama", dtype=torch.float32)
    for module in made.modules():
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0
    made.save_pretrained(tmp_path / "base")
    plan = {"save": True, "space": "weights", "form": "dense"}
    done = trained(tmp_path, plan=plan, start=made, files=tmp_path / "base", learning_rate=2e-2)
    found = fidelity_of(tmp_path)
    assert found["of"] == "this stage's own F"
    F = anchors.load(tmp_path / "out/ewc").terms[-1].fisher
    now = {name: p.detach().double() for name, p in done.model.named_parameters()}
    then = {name: value.double() for name, value in load_file(tmp_path / "base/model.safetensors").items()}
    assert now.keys() == then.keys()
    predicted = {name: 0.5 * float((F[name].double() * (now[name] - then[name]) ** 2).sum()) for name in now}
    assert found["predicted_kl_nats_per_token"] == pytest.approx(sum(predicted.values()), rel=1e-4)
    exact, step = tiny("llama"), 0.01  # smaller would drown in the float32 of RMS norms
    logits = {}
    for sign in (0.0, step, -step):
        exact.load_state_dict({name: now[name] + sign * (then[name] - now[name]) for name in now})
        logits[sign] = outputs(exact.eval())
    change = (logits[step] - logits[-step]) / (2 * step)
    p = logits[0.0].softmax(-1)
    second = 0.5 * float((p * (change - (p * change).sum(-1, keepdim=True)) ** 2).sum(-1).mean())
    assert second > 0
    assert found["second_order_kl_nats_per_token"] == pytest.approx(second, rel=1e-3)
    assert found["modules"].keys() == now.keys()
    for name, module in found["modules"].items():
        assert module["predicted_kl_nats_per_token"] == pytest.approx(predicted[name], rel=1e-3)


def test_files_that_are_not_what_was_trained_from_are_not_looked_back_at(tmp_path):
    """As with train_from_scratch, or where the stage writes over its own start."""
    plan = {"save": True, "space": "weights", "form": "dense"}
    tiny("llama", seed=9, dtype=torch.float32).save_pretrained(tmp_path / "other")
    made = tiny("llama", dtype=torch.float32)
    trained(tmp_path, plan=plan, start=made, files=tmp_path / "other", num_train_epochs=1)
    assert "calibration" not in anchors.load(tmp_path / "out/ewc").about
    made.save_pretrained(tmp_path / "out")
    same = os.path.relpath(tmp_path / "out")  # by another name
    trained(tmp_path, plan=plan, start=made, files=same, num_train_epochs=1)
    assert "calibration" not in anchors.load(tmp_path / "out/ewc").about


def test_a_kl_that_cannot_be_measured_costs_no_anchor_and_is_told(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise OSError("the files went away")

    monkeypatch.setattr("ewc_plugin.fidelity.looking_back", broken)
    with pytest.raises(OSError, match="the files went away"):
        trained(tmp_path, plan=SAVE)
    assert "calibration" not in anchors.load(tmp_path / "out/ewc").about


def test_full_tuning_of_a_model_without_files_is_not_calibrated_and_trains(tmp_path):
    plan = {"save": True, "space": "weights", "form": "dense"}
    trained(tmp_path, plan=plan, start=tiny("llama", dtype=torch.float32), num_train_epochs=1)
    assert not (tmp_path / "out/stage_eval/ewc.json").exists()
    assert "calibration" not in anchors.load(tmp_path / "out/ewc").about


def outputs(model):
    """Logits at every supervised position of all examples, float64, one example at a time."""
    with torch.no_grad():
        rows = [
            model(input_ids=torch.tensor([e.ids]), use_cache=False).logits[0, [p - 1 for p in e.targets]]
            for e in EXAMPLES
        ]
    return torch.cat(rows).double()


def test_a_penalised_stage_tells_the_kl_that_came_true(tmp_path, anchor):
    """KL(old ‖ new) by the plainest route: two models, one example at a time."""
    done = trained(tmp_path, strength=5.0, anchor=anchor)
    found = fidelity_of(tmp_path)
    new = outputs(done.model.eval()).log_softmax(-1)
    space, theta = DeltaSpace(done.model), anchors.load(anchor).theta
    with torch.no_grad():
        for name, layer in space._layers.items():
            layer.A.copy_(theta[f"{name}.A"])
            layer.B.copy_(theta[f"{name}.B"] / layer.scaling)
    old = outputs(done.model).log_softmax(-1)
    kl = float((old.exp() * (old - new)).sum(-1).mean())
    assert found["measured_kl_nats_per_token"] == pytest.approx(kl, rel=1e-3)
    assert found["predicted_kl_nats_per_token"] == pytest.approx(logged(done, "ewc/predicted_kl")[-1], rel=0.1)
    assert (found["of"], found["stages"]) == ("the anchor", ["near"])
