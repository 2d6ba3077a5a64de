"""benchmarks/which_form.py: what it computes, on models so small that nothing is learnt. Its results are no test."""

import dataclasses
import importlib
import json
import sys
from pathlib import Path

import pytest
import torch

from ewc_plugin.fisher import Example

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def _benchmarks_can_be_imported():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield
    sys.path.remove(str(ROOT / "benchmarks"))


def module(name):
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def settings():
    return module("_stages").Settings(
        vocabulary=300,
        width=16,
        layers=1,
        pretraining_steps=2,
        first_steps=2,
        second_steps=3,
        batch=4,
        fisher_examples=8,
        held_out=6,
        rate=0.05,
    )


@pytest.fixture(scope="module")
def begun(settings):
    """A seed after its first stage; the exact KL is taken on few positions."""
    stages, forms = module("_stages"), module("_forms")
    old, new = (
        [
            stages.Exchange(f"{kind}{n}", f"say {n * n} {kind}", f"{kind} {n} times {kind * (n % 3 + 1)}")
            for n in range(60)
        ]
        for kind in ("pear", "plum")
    )
    words = stages.tokenizer((stages.plain(e) for e in (*old, *new)), settings.vocabulary)
    settings_here = dataclasses.replace(settings, vocabulary=words.get_vocab_size())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "PROBE", 20)
        return forms.start(old, new, words, seed=0, settings=settings_here)


@pytest.fixture(scope="module")
def free(begun, settings):
    """A second stage without a penalty, and how far it went."""
    (run, *_) = module("_forms").second_stage(begun, "none", strength=0.0, replay=0.0, settings=settings)
    return run, drift(begun)


# -- stages ----------------------------------------------------------------------------------------------------


def test_no_held_out_document_is_trained_on_whatever_the_seed(settings):
    stages = module("_stages")
    old, new = ([stages.Exchange(f"{k}{n // 2}", f"{k}{n}", f"{n}") for n in range(200)] for k in "ab")
    words = stages.tokenizer((stages.plain(e) for e in (*old, *new)), 300)
    wide = dataclasses.replace(settings, held_out=1000)
    for seed in (0, 1):
        data = stages.split(old, new, words, seed=seed, settings=wide)
        for trained, held, texts in ((data.old, data.old_held_out, old), (data.new, data.new_held_out, new)):
            document = {tuple(stages.encoded(e, words, 64).ids): e.document for e in texts}
            parts = [{document[tuple(example.ids)] for example in part} for part in (trained, held)]
            assert len(trained) + len(held) == 200
            assert 5 <= len(held) <= 60
            assert not parts[0] & parts[1]


def test_replay_takes_exactly_its_share_of_the_places_and_leaves_the_others_alone(settings):
    stages = module("_stages")
    new, old = ([Example((k, n), (-100, n)) for n in range(30)] for k in (1, 2))
    how = {"steps": 25, "seed": 3, "settings": settings}
    alone = [e for batch in stages.batches(new, old, replay=0.0, **how) for e in batch]
    mixed = [e for batch in stages.batches(new, old, replay=0.12, **how) for e in batch]
    assert len(alone) == len(mixed) == 100
    assert {e.ids[0] for e in alone} == {1}
    assert sorted(alone[:30], key=lambda e: e.ids) == new  # an epoch has every example once
    replaced = [(a, b) for a, b in zip(alone, mixed, strict=True) if a != b]
    assert len(replaced) == 12
    assert [b.ids[0] for _, b in replaced] == [2] * 12


def test_the_mean_loss_is_that_of_each_supervised_token_by_itself(begun):
    expected, tokens = 0.0, 0
    with torch.no_grad():
        for example in begun.data.new_held_out:
            logits = begun.model(input_ids=torch.tensor([example.ids])).logits[0].double().log_softmax(-1)
            for place, label in enumerate(example.labels):
                if label != -100:
                    expected, tokens = expected - float(logits[place - 1, label]), tokens + 1
    found = module("_stages").mean_loss(begun.model, begun.data.new_held_out)
    assert found == pytest.approx(expected / tokens, rel=1e-5)


def test_the_penalty_is_added_to_the_task_before_clipping(begun, settings, monkeypatch):
    stages, model = module("_stages"), begun.model
    model.load_state_dict(begun.weights, strict=False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    pull = [torch.full_like(p, 0.3) for p in parameters]
    batch = begun.data.new[:4]
    loss, tokens = stages.log_loss(model, batch)
    task = torch.autograd.grad(loss / tokens, parameters)
    total = [t + g for t, g in zip(task, pull, strict=True)]
    norm = float(torch.cat([g.flatten() for g in total]).norm())
    assert norm > 2 * settings.clip
    expected = [p.detach() - settings.rate / norm * g for p, g in zip(parameters, total, strict=True)]
    # Adam's first step would be the sign of the gradient, whatever its size
    monkeypatch.setattr(torch.optim, "AdamW", lambda these, lr, weight_decay: torch.optim.SGD(these, lr=lr))
    stages.train(model, [batch], steps=1, settings=settings, penalty=lambda: zip(parameters, pull, strict=True))
    for parameter, wanted in zip(parameters, expected, strict=True):
        torch.testing.assert_close(parameter.detach(), wanted, rtol=1e-4, atol=1e-7)


# -- one second stage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["factored", "kronecker", "kronecker, rank 4", "dense", "adapter", "L2-SP", "shuffled"])
def test_every_form_stays_at_the_anchor_under_a_huge_strength_and_moves_without(begun, free, settings, way):
    (run,) = module("_forms").second_stage(begun, way, strength=1e9, replay=0.0, settings=settings)
    unheld, moved = free
    # Adam's steps have the size of the rate, whatever the penalty: it is the direction that is taken back
    assert drift(begun) < moved
    assert run.penalty_seconds > 0
    assert run.predicted > 0
    assert run.second_order > 0
    assert (unheld.predicted, unheld.second_order) == (None, None)
    assert (run.seed, run.way, run.strength) == (0, way, 1e9)


def drift(begun):
    live = dict(begun.model.named_parameters())
    return sum(float((live[name].detach() - value).square().sum()) for name, value in begun.weights.items())


def test_all_the_forms_are_tried():
    assert set(module("_forms").FORMS) == {
        "factored", "kronecker", "kronecker, rank 4", "dense", "adapter", "L2-SP", "shuffled"
    }  # fmt: skip


def test_a_shuffled_fisher_has_the_same_numbers_elsewhere():
    values = {"rows": torch.arange(50.0), "columns": torch.arange(100.0, 140.0)}
    found = module("_forms").shuffled(values, seed=1)
    for name, value in values.items():
        assert not torch.equal(found[name], value)
        assert torch.equal(found[name].sort().values, value)


def test_averages_have_the_losses_of_weights_in_between(begun, settings):
    forms, mean_loss = module("_forms"), module("_stages").mean_loss
    runs = forms.second_stage(begun, "none", strength=0.0, replay=0.0, settings=settings)[1:]
    assert [round(1 - run.strength, 6) for run in runs] == list(forms.ALPHAS)
    model, alpha = begun.model, forms.ALPHAS[0]
    layers = {n: m for n, m in model.named_modules() if hasattr(m, "lora_A")}
    started = begun.weights
    with torch.no_grad():  # W + ΔW* + α(ΔW − ΔW*), written into the base weights
        for name, layer in layers.items():
            A, B = (getattr(layer, f"lora_{k}")["default"].weight for k in "AB")
            A0, B0 = (started[f"{name}.lora_{k}.default.weight"] for k in "AB")
            s = layer.scaling["default"]
            layer.base_layer.weight += s * (B0 @ A0 + alpha * (B @ A - B0 @ A0)) - s * B @ A
        found = mean_loss(model, begun.data.old_held_out)
        for name, layer in layers.items():
            A, B = (getattr(layer, f"lora_{k}")["default"].weight for k in "AB")
            A0, B0 = (started[f"{name}.lora_{k}.default.weight"] for k in "AB")
            s = layer.scaling["default"]
            layer.base_layer.weight -= s * (B0 @ A0 + alpha * (B @ A - B0 @ A0)) - s * B @ A
    assert runs[0].old == pytest.approx(found, rel=1e-5)


# -- λ and the record ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("middle", [1e-3, 1.0, 3e4])
def test_strengths_keep_the_shares_that_they_are_set_for(middle):
    which_form, asked = module("which_form"), []

    def kept(strength):  # a straight line over log λ: what lies between decades is read off exactly
        asked.append(strength)
        return 0.7 - 0.1 * torch.log10(torch.tensor(strength / middle, dtype=torch.float64)).item()

    found = which_form.strengths(kept)
    assert len(asked) == len(set(asked)) < 15
    assert [kept(strength) for strength in found] == pytest.approx(which_form.AIMS)


def test_a_form_that_cannot_hold_back_is_not_asked_for_ever():
    which_form, asked = module("which_form"), []
    assert which_form.strengths(lambda strength: asked.append(strength) or 1.0) == []
    assert len(asked) == 9  # 1 … LARGEST


def test_recorded_runs_are_not_done_again(tmp_path):
    which_form, forms = module("which_form"), module("_forms")
    done = [forms.Run(3, "kronecker", 0.1 + 0.2, 0.06, 1.5, 2.5), forms.Run(3, "none", 0.0, 0.0, 1.6, 2.6)]
    which_form.Record(tmp_path / "runs.jsonl").add(done)
    again = which_form.Record(tmp_path / "runs.jsonl")
    assert again.find(3, "kronecker", 0.3, 0.06).old == 1.5
    assert again.find(3, "none").old == 1.6
    others = [(2, "kronecker", 0.3, 0.06), (3, "dense", 0.3, 0.06), (3, "kronecker", 0.31, 0.06)]
    for other in (*others, (3, "kronecker", 0.3), (3, "none", 0.0, 0.06)):
        assert again.find(*other) is None


# -- what the runs say -----------------------------------------------------------------------------------------

LINE = {"factored": 2.0, "kronecker": 1.0, "kronecker, rank 4": 1.5, "dense": 2.0, "adapter": 3.0, "L2-SP": 4.0,
        "shuffled": 4.0, "average": 2.5}  # fmt: skip


def made_up(seeds=(0, 1, 2)):
    """Runs whose forgetting is a straight line over the share learnt: slope × (share − 0.4) + the seed's own offset."""
    forms = module("_forms")
    runs = []
    for seed in seeds:
        runs.append(forms.Run(seed, "start", 0.0, 0.0, old=3.0, new=6.0))
        runs.append(forms.Run(seed, "none", 0.0, 0.0, old=8.0, new=5.0, step_seconds=0.1, penalty_seconds=0.0))
        for share in (0.06, 0.125, 0.25):
            runs.append(forms.Run(seed, "none", 0.0, share, old=3.5 - share, new=5.02))
        for way, slope in LINE.items():
            for number, kept in enumerate((0.97, 0.6, 0.45)):
                rise = slope * (kept - 0.4) + 0.1 * seed
                run = forms.Run(seed, way, 10.0**number, 0.0, 3.0 + rise, 6.0 - kept, 0.5, 1.0, 0.11, 0.01, 1000)
                runs += [run, dataclasses.replace(run, replay=0.06)] if way in forms.WITH_REPLAY else [run]
    return runs


def test_the_level_is_read_off_linearly_where_it_is_first_crossed():
    at_level = module("_form_curves").at_level
    curve = [(1.0, 5.0), (0.8, 3.0), (0.4, 1.0), (0.5, 9.0)]
    assert at_level(curve, 0.9) == pytest.approx(4.0)
    assert at_level(curve, 0.6) == pytest.approx(2.0)
    assert at_level(curve, 0.45) == pytest.approx(1.25)
    assert at_level(curve, 0.3) is None
    assert at_level(curve, 1.1) is None


def test_forgetting_and_paired_differences_are_those_that_were_put_in():
    report = module("_form_curves")
    found = report.curves(made_up())
    for level in (0.9, 0.75, 0.5):
        for way, slope in LINE.items():
            assert [report.forgotten(found, way, level)[s] for s in (0, 1, 2)] == pytest.approx(
                [slope * (level - 0.4) + 0.1 * seed for seed in (0, 1, 2)]
            )
        gap = report.difference(found, "kronecker", "factored", level)
        assert gap.mean == pytest.approx(-(level - 0.4))
        assert gap.half < 1e-9  # the offset of a seed is not in a paired difference


def test_a_penalty_with_a_little_replay_is_compared_with_more_replay_where_that_learns_as_much():
    # replay 0.25 learns 0.98 and forgets 0.25; the curve beside 6 % begins there, at 0.44
    assert module("_form_curves").against_replay(made_up(), "kronecker", 0.25).mean == pytest.approx(0.44 - 0.25)


def test_the_band_of_two_curves_is_that_of_their_paired_difference():
    pictures, reading = module("_form_picture"), module("_form_curves")
    # what each seed adds to both is not in it
    ends = {"one": (0.0, 1.0, 0.5), "other": (2.0, 2.5, 3.1)}
    found = {way: {s: [(1.0, s + end), (0.0, s)] for s, end in enumerate(of)} for way, of in ends.items()}
    drawn = pictures.common(found, ("one", "other"))
    level, rise, half = drawn["one"][10]
    gap = reading.difference(found, "one", "other", level)
    assert half == pytest.approx(gap.half / 2**0.5)
    assert rise == pytest.approx(1.0 + 0.5 * level)
    assert drawn["one"][0][0] == 1.0


def test_the_pilot_seed_is_in_no_result():
    report = module("_form_report")
    runs = made_up()
    spoilt = [
        dataclasses.replace(run, seed=module("_forms").PILOT, old=99.0, penalty_seconds=9.0)
        for run in runs
        if run.seed == 0
    ]
    about = ABOUT()
    for part in (report.page, report.document):
        plain, mixed = (json.dumps(part(rs, GRIDS, WHERE, about), default=str) for rs in (runs, runs + spoilt))
        assert part is report.document or plain == mixed
    assert (
        report.document(runs, GRIDS, WHERE, about)["costs"]
        == report.document(runs + spoilt, GRIDS, WHERE, about)["costs"]
    )


def test_intervals_are_students():
    from scipy import stats

    values = [1.0, 2.5, 2.0, 4.0, 3.0]
    found = module("_form_curves").interval(values)
    low, high = stats.ttest_1samp(values, 0.0).confidence_interval()
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert module("_form_curves").interval([1.0]) is None


GRIDS = {way: [1.0, 10.0, 100.0] for way in LINE}
WHERE = {
    "date": "2000-01-01", "processor": "a processor", "cores": 1, "threads": 1, "load_before": 0.0, "gpu": None,
    "system": "a system", "versions": {"torch": "0"},
}  # fmt: skip


def ABOUT():
    return {
        "first": "one", "second": "two", "data": "samples", "seeds": 3, "command": "python it",
        "settings": {"width": 16}, "aims": (0.9, 0.5),
    }  # fmt: skip


def test_the_report_is_written_with_a_picture_and_names_what_forgets_least(tmp_path):
    report = module("_form_report")
    report.report(made_up(), GRIDS, WHERE, ABOUT(), folder=tmp_path)
    text = (tmp_path / "which_form.md").read_text(encoding="utf-8")
    assert "90%: `kronecker`; 75%: `kronecker`; 50%: `kronecker`." in text
    assert "| `factored` | 1.200 ± 0.248 |" in text  # 2.0 × (0.95 − 0.4) and 0, 0.1, 0.2: 0.1 · t₂(0.975) / √3
    assert "| `kronecker` | **-0.550 ± 0.000** |" in text
    assert "2000-01-01" in text
    assert (tmp_path / "which_form.png").read_bytes().startswith(b"\x89PNG")
    stored = json.loads((tmp_path / "which_form.json").read_text(encoding="utf-8"))
    assert stored["forgetting"]["factored"]["0.75"]["mean"] == pytest.approx(0.8)
    assert len(stored["runs"]) == len(made_up()) + 1


@pytest.mark.slow
def test_the_script_runs_from_samples_to_report(tmp_path, monkeypatch, settings):
    which_form = module("which_form")
    monkeypatch.setattr(which_form, "Settings", lambda: dataclasses.replace(settings, vocabulary=400))
    monkeypatch.setattr(which_form, "AIMS", (0.9,))
    monkeypatch.setattr(which_form, "LARGEST", 1e4)
    command = ["which_form.py", "--seeds", "2", "--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", command)
    which_form.main()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"which_form.{e}" for e in ("json", "md", "png")}
