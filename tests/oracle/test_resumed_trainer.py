"""A run that was killed, ran out of memory or failed goes on as if it had not, inside a real transformers Trainer."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from _models import EXAMPLES, VOCABULARY, lora, tiny
from transformers import Trainer, TrainingArguments

from ewc_plugin import anchor as anchors
from ewc_plugin import checkpoints, strength
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.checkpoints import MARKER, CheckpointError
from ewc_plugin.fisher import Example
from ewc_plugin.plan import Plan
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.strength import StrengthError
from ewc_plugin.trainer import EwcMixin

LENGTH = 7


def padded(example):
    missing = LENGTH - len(example.ids)
    return {
        "input_ids": [*example.ids, *[0] * missing],
        "attention_mask": [1] * len(example.ids) + [0] * missing,
        "labels": [*example.labels, *[-100] * missing],
    }


DATA = [padded(example) for example in EXAMPLES * 3]  # 8 steps an epoch, the last with one example
# the same questions with other answers: what training on DATA unlearns
OLD = [padded(Example(e.ids, tuple(y if y < 0 else (5 * y + 3) % VOCABULARY for y in e.labels))) for e in EXAMPLES]


class Killed(BaseException):
    """What leaves the training loop without any handler of the host's, as SIGKILL does."""


def model(dropout):
    made = lora(tiny("llama", dtype=torch.float32), dropout=dropout)
    for module in made.modules():
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = dropout
    return made


@pytest.fixture(scope="module")
def anchor(tmp_path_factory):
    return made_anchor(tmp_path_factory.mktemp("anchor"), 0.8)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, anchor):
    """A run that nothing happened to; how often it saved does not matter to its weights."""
    return trained(tmp_path_factory.mktemp("whole"), anchor)


def made_anchor(folder, nearness, about=None):
    """θ* at `nearness` times the start, and F that differs from entry to entry."""
    near = model(0.0)
    with torch.no_grad():
        for name, parameter in near.named_parameters():
            if "lora_" in name:
                parameter.mul_(nearness)
    space, random = DeltaSpace(near), torch.Generator().manual_seed(0)
    fisher = {n: torch.rand(v.shape, generator=random) + 0.1 for n, v in space.ones("factored").items()}
    made = Anchor("delta", (space.snapshot(),), (Term("factored", fisher),), base=space.base(), about=about or {})
    anchors.save(made, folder)
    return folder / anchors.FOLDER


def planned(anchor, *, value, budget=None):
    return Plan(
        strength=value or 0.0,
        automatic=value is None,
        budget=budget,
        anchors=(anchor,),
        space="delta",
        form="factored",
        rank=32,
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


class Counted(Trainer):
    """Knows after which optimiser step this process began: a stage that is trained anew ends with the same weights."""

    def training_step(self, *arguments, **named):
        vars(self).setdefault("began_after", self.state.global_step)
        return super().training_step(*arguments, **named)


def trainer(output_dir, anchor, *, value=5.0, budget=None, dropout=0.3, base=Counted, by_itself=True, **arguments):
    bridge = SimpleNamespace(
        plan=planned(anchor, value=value, budget=budget),
        dataset_names=[],
        dataset_dir=Path("nowhere"),
        model_name="tiny",
        continues_from="tiny",
        recipe_keys={},
        adapters=[],
        encoder=SimpleNamespace(pad_token_id=0),
        protected_sets=["a", "b"],
        resumes_by_itself=by_itself,
    )

    class Ours(EwcMixin, base):
        def _ewc_bridge(self):
            return bridge

    options = {
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "num_train_epochs": 2,
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "max_grad_norm": 0.5,
        "save_strategy": "steps",
        "save_steps": 3,
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
        **arguments,
    }
    return Ours(
        model=model(dropout),
        args=TrainingArguments(str(output_dir), **options),
        train_dataset=DATA,
        eval_dataset={"a": OLD[:3], "b": OLD[3:], "own": DATA[6:9]},
    )


def trained(output_dir, anchor, *, resume=None, **options):
    made = trainer(output_dir, anchor, **options)
    made.train(resume)
    return made


def killed_in_step(number):
    """A Trainer that dies after `number` optimiser steps, in the middle of the next window."""

    class Dies(Trainer):
        def training_step(self, *arguments, **named):
            if self.state.global_step == number and not self.accelerator.sync_gradients:
                raise Killed
            return super().training_step(*arguments, **named)

    return Dies


def killed_while_saving(number, method="_save_rng_state", after=False):
    """A Trainer that dies while checkpoint `number` is written."""

    def dies(self, *arguments, **named):
        if after:
            getattr(Trainer, method)(self, *arguments, **named)
        if self.state.global_step == number:
            raise Killed
        if not after:
            getattr(Trainer, method)(self, *arguments, **named)

    return type("Dies", (Trainer,), {method: dies})


def newest(output_dir):
    """What the host's parser finds: the highest number, torn or not."""
    return str(max(output_dir.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1])))


def weights(made):
    return torch.cat([p.detach().flatten() for _, p in DeltaSpace(made.model).parameters()])


def difference(ours, theirs):
    return float(torch.linalg.norm(weights(ours) - weights(theirs)) / torch.linalg.norm(weights(theirs)))


def logged(made, key):
    return [entry[key] for entry in made.state.log_history if key in entry]


# -- killed and resumed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("save_steps", [3, 8])  # in the middle of an epoch, and at its end
def test_a_run_that_was_killed_between_checkpoints_ends_with_the_weights_of_one_that_was_not(
    tmp_path, anchor, whole, save_steps
):
    with pytest.raises(Killed):
        trained(tmp_path / "out", anchor, save_steps=save_steps, base=killed_in_step(11))
    resumed = trained(tmp_path / "out", anchor, save_steps=save_steps, resume=newest(tmp_path / "out"))
    assert resumed.began_after == (9 if save_steps == 3 else 8)
    assert resumed.state.global_step == whole.state.global_step == 16
    assert difference(resumed, whole) <= 1e-5
    assert logged(resumed, "ewc/penalty") == pytest.approx(logged(whole, "ewc/penalty"), rel=1e-5)


def test_the_penalty_matters_to_the_weights_that_are_compared_here(tmp_path, anchor, whole):
    assert difference(whole, trained(tmp_path, anchor, value=1e-9)) >= 1e-2


def test_the_random_state_is_part_of_what_comes_back(tmp_path, anchor, whole, monkeypatch):
    """Without it the same resumption ends elsewhere: the test above would see a lost state."""
    with pytest.raises(Killed):
        trained(tmp_path / "out", anchor, base=killed_in_step(11))
    monkeypatch.setattr(Trainer, "_load_rng_state", lambda self, checkpoint: torch.manual_seed(99))
    assert difference(trained(tmp_path / "out", anchor, resume=True), whole) >= 1e-3


def test_a_checkpoint_that_was_torn_is_passed_over_and_a_line_says_so(tmp_path, anchor, whole, capsys):
    with pytest.raises(Killed):
        trained(tmp_path / "out", anchor, base=killed_while_saving(9))
    torn = tmp_path / "out" / "checkpoint-9"
    assert newest(tmp_path / "out") == str(torn)
    resumed = trained(tmp_path / "out", anchor, resume=str(torn))
    line = next(line for line in capsys.readouterr().out.splitlines() if "torn" in line)
    assert "checkpoint-9 is torn" in line
    assert "resuming from checkpoint-6" in line
    assert resumed.began_after == 6
    assert difference(resumed, whole) <= 1e-5
    assert not checkpoints.examined(torn).faults  # written again, now to its end


def test_the_same_torn_checkpoint_named_in_the_recipe_is_an_error(tmp_path, anchor):
    with pytest.raises(Killed):
        trained(tmp_path, anchor, base=killed_while_saving(9))
    with pytest.raises(CheckpointError, match=r"checkpoint-9 is torn.*checkpoint-6: name that"):
        trained(tmp_path, anchor, resume=str(tmp_path / "checkpoint-9"), by_itself=False)


def test_the_older_checkpoint_is_deleted_only_when_the_new_one_is_marked(tmp_path, anchor):
    """With save_total_limit 1 a kill at the very end of writing would else leave none that is known to be whole."""
    with pytest.raises(Killed):
        trained(tmp_path, anchor, save_total_limit=1, base=killed_while_saving(9, "_save_checkpoint", after=True))
    assert {p.name for p in tmp_path.glob("checkpoint-*")} == {"checkpoint-6", "checkpoint-9"}
    resumed = trained(tmp_path, anchor, save_total_limit=1, resume=newest(tmp_path))
    assert {p.name for p in tmp_path.glob("checkpoint-*")} == {"checkpoint-16"}
    assert resumed.began_after == 6
    assert resumed.args.save_total_limit == 1


def test_a_checkpoint_that_is_written_a_second_time_has_no_marker_meanwhile(tmp_path, anchor):
    trained(tmp_path, anchor)
    again = tmp_path / "checkpoint-9"
    assert not checkpoints.examined(again).faults
    with pytest.raises(Killed):
        trained(
            tmp_path,
            anchor,
            resume=str(tmp_path / "checkpoint-6"),
            by_itself=False,
            base=killed_while_saving(9, "_save_optimizer_and_scheduler"),
        )
    assert checkpoints.examined(again).faults == (f"{MARKER} is absent",)


def test_weights_that_were_saved_without_an_optimiser_are_resumed_with_a_warning(tmp_path, anchor, capsys):
    with pytest.raises(Killed):
        trained(tmp_path, anchor, save_only_model=True, base=killed_in_step(11))
    trained(tmp_path, anchor, save_only_model=True, resume=newest(tmp_path))
    assert "checkpoint-9 holds weights only (save_only_model)" in capsys.readouterr().out


def test_another_lambda_or_anchor_than_the_checkpoints_is_refused_before_training(tmp_path, anchor):
    with pytest.raises(Killed):
        trained(tmp_path / "out", anchor, base=killed_in_step(11))
    last = newest(tmp_path / "out")
    with pytest.raises(CheckpointError, match=r"expected ewc_lambda 5, .*found ewc_lambda 7"):
        trained(tmp_path / "out", anchor, value=7.0, resume=last)
    other = made_anchor(tmp_path / "other", 0.9, about={"note": "another"})
    with pytest.raises(CheckpointError, match=f"ewc_anchor {anchor}.*found ewc_anchor {other}"):
        trained(tmp_path / "out", other, resume=last)


def test_a_checkpoint_of_the_hosts_own_trainer_is_refused_with_a_way_out(tmp_path, anchor):
    host = Trainer(
        model=model(0.0),
        args=TrainingArguments(str(tmp_path), max_steps=2, save_steps=2, use_cpu=True, report_to="none"),
        train_dataset=DATA,
    )
    host.train()
    with pytest.raises(CheckpointError, match=r"checkpoint-2 has no marker.*without the keys.*in another output_dir"):
        trained(tmp_path, anchor, resume=newest(tmp_path))


def test_the_best_model_is_loaded_at_the_end_also_by_a_resumed_run(tmp_path, anchor):
    best = {
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_own_loss",
        "eval_strategy": "steps",
        "eval_steps": 3,
        "learning_rate": 0.3,
        "save_total_limit": 2,
    }
    whole = trained(tmp_path / "whole", anchor, **best)
    with pytest.raises(Killed):
        trained(tmp_path / "out", anchor, base=killed_in_step(11), **best)
    resumed = trained(tmp_path / "out", anchor, resume=newest(tmp_path / "out"), **best)
    assert resumed.began_after == 9
    assert resumed.state.best_metric == min(logged(resumed, "eval_own_loss"))
    assert Path(resumed.state.best_model_checkpoint).name == Path(whole.state.best_model_checkpoint).name
    assert resumed.state.best_global_step < 16
    assert difference(resumed, whole) <= 1e-5
    assert not checkpoints.examined(Path(resumed.state.best_model_checkpoint)).faults


def test_a_failure_of_the_penalty_stops_the_run_and_its_last_checkpoint_is_complete(
    tmp_path, anchor, whole, monkeypatch
):
    original, calls = DeltaSpace.penalty, []

    def fails_later(self, value):
        calls.append(1)
        if len(calls) == 7:  # once before training, then once a step
            raise RuntimeError("planted")
        return original(self, value)

    monkeypatch.setattr(DeltaSpace, "penalty", fails_later)
    with pytest.raises(RuntimeError, match="planted"):
        trained(tmp_path / "out", anchor, save_steps=2)
    monkeypatch.setattr(DeltaSpace, "penalty", original)
    last = Path(newest(tmp_path / "out"))
    assert last.name == "checkpoint-4"
    assert not checkpoints.examined(last).faults
    resumed = trained(tmp_path / "out", anchor, save_steps=2, resume=True)
    assert resumed.began_after == 4
    assert difference(resumed, whole) <= 1e-5


# -- out of memory ---------------------------------------------------------------------------------------------


def out_of_memory(*, backward, micro_batch):
    """A Trainer whose `micro_batch`-th micro-batch does not fit, as long as the batch size is the first one."""

    class Large(Trainer):
        seen = 0

        def compute_loss(self, model, inputs, *arguments, **named):
            too_large = self._train_batch_size == 4 and self.seen == micro_batch
            self.seen += 1
            if too_large and not backward:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
            if too_large:
                # the first layer's gradients come last: those of the layer above have been given out already
                first = next(p for n, p in model.named_parameters() if "layers.0" in n and p.requires_grad)
                handle = first.register_hook(lambda _: self._full(handle))
            return super().compute_loss(model, inputs, *arguments, **named)

        def _full(self, handle):
            handle.remove()
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    return Large


SMALLER = {"dropout": 0.0, "save_strategy": "no", "num_train_epochs": 3}


@pytest.fixture(scope="module")
def smaller(tmp_path_factory, anchor):
    """The run that begins with the batch size that the others come to."""
    return trained(tmp_path_factory.mktemp("smaller"), anchor, per_device_train_batch_size=3, **SMALLER)


# the window is open, or closing with the penalty armed; in the forward, or in the middle of the backward
@pytest.mark.parametrize(("backward", "micro_batch"), [(False, 0), (True, 0), (False, 1), (True, 1)])
def test_a_smaller_batch_after_an_out_of_memory_error_trains_as_if_it_had_been_asked_for(
    tmp_path, anchor, smaller, backward, micro_batch
):
    found = trained(
        tmp_path,
        anchor,
        per_device_train_batch_size=4,
        auto_find_batch_size=True,
        base=out_of_memory(backward=backward, micro_batch=micro_batch),
        **SMALLER,
    )
    assert found._train_batch_size == 3
    assert found.state.global_step == smaller.state.global_step
    assert difference(found, smaller) <= 1e-5
    assert logged(found, "ewc/penalty") == pytest.approx(logged(smaller, "ewc/penalty"), rel=1e-5)


def test_what_was_logged_for_an_attempt_that_failed_is_forgotten(tmp_path, anchor, monkeypatch):
    original, values = DeltaSpace.penalty, []

    def watched(self, strength):
        found = original(self, strength)
        values.append(float(found.value))
        return found

    monkeypatch.setattr(DeltaSpace, "penalty", watched)
    full_in_the_second_step = out_of_memory(backward=False, micro_batch=3)
    batches = {"per_device_train_batch_size": 4, "auto_find_batch_size": True, "save_strategy": "no"}
    made = trained(tmp_path, anchor, base=full_in_the_second_step, max_steps=2, logging_steps=2, **batches)
    # before training, two steps of the attempt that failed, two of the one that did not
    first, second = values[3:5]
    assert logged(made, "ewc/penalty") == [pytest.approx((first + second) / 2)]


def test_the_penalty_matters_to_the_weights_of_the_smaller_batches_too(tmp_path, anchor, smaller):
    free = trained(tmp_path, anchor, value=1e-9, per_device_train_batch_size=3, **SMALLER)
    assert difference(smaller, free) > 1e-2


# -- ewc_lambda: auto ------------------------------------------------------------------------------------------

EVALUATED = {"eval_strategy": "steps", "eval_steps": 2}


def replayed(made, budget, initial=1.0):
    """λ after each evaluation, from the logged losses alone."""
    losses = list(zip(logged(made, "eval_a_loss"), logged(made, "eval_b_loss"), strict=True))
    state = strength.started(budget=budget, calibrations=[initial]).anchored({"a": losses[0][0], "b": losses[0][1]})
    found = [state.value]
    for a, b in losses[1:]:
        state = state.update({"a": a, "b": b})
        found.append(state.value)
    return found


def decided(made):
    return [entry["ewc/lambda"] for entry in made.state.log_history if "ewc/violation" in entry]


BUDGET = 1e-2


@pytest.fixture(scope="module")
def searched(tmp_path_factory, anchor):
    """A search for λ that nothing happened to."""
    return trained(tmp_path_factory.mktemp("searched"), anchor, value=None, budget=BUDGET, **EVALUATED)


def test_lambda_follows_the_evaluations_from_one_before_the_first_step(searched):
    assert next(e["step"] for e in searched.state.log_history if "eval_a_loss" in e) == 0
    assert decided(searched) == pytest.approx(replayed(searched, BUDGET))
    assert len(decided(searched)) == 9
    assert max(decided(searched)) > 4 * decided(searched)[0]


def test_the_penalty_of_a_step_is_that_of_the_lambda_of_that_step(tmp_path, anchor, searched):
    of_step = [decided(searched)[step // 2] for step in range(16)]  # step s + 1 comes after s // 2 evaluations
    kl = logged(searched, "ewc/predicted_kl")
    expected = [k * value for k, value in zip(kl, of_step, strict=True)]
    assert logged(searched, "ewc/penalty") == pytest.approx(expected, rel=1e-5)
    rarely = trained(tmp_path, anchor, value=None, budget=BUDGET, logging_steps=3, **EVALUATED)
    means = [sum(kl[i : i + 3]) / 3 for i in range(0, 15, 3)]
    assert logged(rarely, "ewc/predicted_kl")[:5] == pytest.approx(means, rel=1e-4)


def test_a_search_that_never_moves_is_a_fixed_lambda(tmp_path, anchor):
    """Also: measuring before the first step leaves no trace in the random state."""
    still = trained(tmp_path / "a", anchor, value=None, budget=1e6, **EVALUATED)
    fixed = trained(tmp_path / "b", anchor, value=1.0, **EVALUATED)
    assert set(decided(still)) == {1.0}
    assert difference(still, fixed) <= 1e-6


def test_the_search_begins_at_the_calibration_of_the_stage_before(tmp_path):
    calibrated = made_anchor(tmp_path / "anchor", 0.8, about={"calibration": {"calibration": 16.0}})
    made = trained(tmp_path / "out", calibrated, value=None, budget=1e6, max_steps=2, **EVALUATED)
    assert decided(made)[0] == 16.0


def test_a_search_that_was_killed_goes_on_where_its_checkpoint_was(tmp_path, anchor, searched):
    options = {"value": None, "budget": BUDGET, "save_steps": 2, **EVALUATED}
    with pytest.raises(Killed):
        trained(tmp_path, anchor, base=killed_in_step(11), **options)
    marker = json.loads((tmp_path / "checkpoint-10" / MARKER).read_text())
    assert marker["lambda"] == "auto"
    assert marker["controller"]["value"] == pytest.approx(decided(searched)[5])
    resumed = trained(tmp_path, anchor, resume=newest(tmp_path), **options)
    assert resumed.began_after == 10
    assert decided(resumed) == pytest.approx(decided(searched), rel=1e-4)
    assert len(set(decided(searched))) > 3
    assert len(logged(resumed, "eval_a_loss")) == len(logged(searched, "eval_a_loss"))  # L_anchor is not measured again
    assert difference(resumed, searched) <= 1e-5
    with pytest.raises(CheckpointError, match=r"auto; ewc_budget 0\.01.*found ewc_lambda 5; ewc_budget None"):
        trained(tmp_path, anchor, resume=newest(tmp_path))


def test_out_of_memory_does_not_make_the_search_measure_its_anchor_losses_again(tmp_path, anchor):
    made = trained(
        tmp_path,
        anchor,
        value=None,
        budget=1e-2,
        dropout=0.0,
        per_device_train_batch_size=4,
        auto_find_batch_size=True,
        base=out_of_memory(backward=True, micro_batch=1),
        **EVALUATED,
    )
    at_the_start = [e for e in made.state.log_history if "ewc/violation" in e and e["step"] == 0]
    assert len(at_the_start) <= 1
    assert made._ewc_run._controller.anchor_losses["a"] > 0


def test_a_protected_loss_that_the_evaluation_lacks_stops_the_run_before_its_first_step(tmp_path, anchor):
    made = trainer(tmp_path, anchor, value=None, budget=0.1, **EVALUATED)
    made.eval_dataset = {"a": OLD[:3]}
    with pytest.raises(StrengthError, match="protected evaluation set b; found none"):
        made.train()
    assert made.state.global_step == 0
