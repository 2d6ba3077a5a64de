"""A model and evaluation sets become one row; one failing set does not lose the others."""

import json
import math
import threading
from dataclasses import replace

import pytest
import torch
from toy_host import ToyEncoder, chat, tiny_llama

from ewc_plugin import evaluation, matrix
from ewc_plugin.atomic import WriteError
from ewc_plugin.evaluation import EvaluationError, Settings, evaluate
from ewc_plugin.evaluation.likelihood import answer_likelihoods
from ewc_plugin.evaluation.predictions import prediction_file, read_predictions

SETTINGS = Settings(batch_size=3, max_new_tokens=5)


class ThreadRanks:
    """Two ranks in one process: `gather` waits for the other, as a collective does."""

    def __init__(self, rank, world_size, parts, barrier):
        self.rank, self.world_size, self.parts, self.barrier = rank, world_size, parts, barrier

    def gather(self, values):
        self.parts[self.rank] = values
        self.barrier.wait(timeout=20)
        joined = [v for part in self.parts for v in part] if self.rank == 0 else []
        self.barrier.wait(timeout=20)
        return joined


def on_two_ranks(sets, settings=SETTINGS):
    parts, barrier, results = [[], []], threading.Barrier(2), [None, None]
    models = [tiny_llama(), tiny_llama()]

    def work(rank):
        results[rank] = evaluate(
            models[rank], sets, encoder=ToyEncoder(), settings=settings, ranks=ThreadRanks(rank, 2, parts, barrier)
        )

    threads = [threading.Thread(target=work, args=(rank,)) for rank in (0, 1)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    return results


def test_the_loss_of_a_set_is_its_total_likelihood_over_its_tokens(model, write_set, chats, encoder):
    result = evaluate(model, [write_set(records=chats)], encoder=encoder, settings=SETTINGS)
    cell = result.cells["belle_eval"]["loss"]
    encoded = [encoder.encode(c["messages"]) for c in chats]
    with torch.no_grad():
        each = answer_likelihoods(model, encoded, pad_token_id=0, batch_size=1)
    total, tokens = sum(nll for nll, _ in each), sum(len(e.answer_ids) for e in encoded)
    assert cell["value"] == pytest.approx(total / tokens, rel=1e-5)
    assert (cell["tokens"], cell["n"]) == (tokens, 8)
    assert cell["perplexity"] == pytest.approx(math.exp(total / tokens), rel=1e-5)
    assert cell["low"] < cell["value"] < cell["high"]


def test_only_generating_tasks_have_answers_and_their_scores(model, write_set, chats, encoder):
    sets = [
        write_set("belle_eval", chats, task="odd"),
        write_set("en2zh_eval", chats, task="translation", stage="task"),
    ]
    result = evaluate(model, sets, encoder=encoder, settings=SETTINGS)
    assert set(result.cells["belle_eval"]) == {"loss"}
    assert set(result.cells["en2zh_eval"]) == {"loss", "bleu", "chrf"}
    assert all(r["answer"] is None for r in result.records["belle_eval"])
    assert all(isinstance(r["answer"], str) for r in result.records["en2zh_eval"])
    assert result.cells["en2zh_eval"]["bleu"]["unfinished"] == sum(
        not r["finished"] for r in result.records["en2zh_eval"]
    )


def test_every_score_carries_its_signature(model, write_set, chats, encoder):
    chosen = write_set(records=chats, task="translation")
    result = evaluate(model, [chosen], encoder=encoder, settings=replace(SETTINGS, samples=5, tokeniser="toy"))
    cells = result.cells["belle_eval"]
    for name in ("loss", "bleu", "chrf"):
        signature = cells[name]["signature"]
        assert {"metric", "version", "tokeniser", "items", "seed", "subset", "cutoff", "resamples"} <= set(signature)
        assert (signature["items"], signature["seed"], len(signature["subset"])) == (5, 42, 16)
    assert cells["loss"]["signature"]["tokeniser"] == "toy"
    assert cells["bleu"]["signature"]["tokeniser"] == "zh"
    assert "tok:zh" in cells["bleu"]["signature"]["sacrebleu"]


def test_every_empty_answer_scores_zero_and_is_never_skipped(model, write_set, chats, encoder, monkeypatch):
    monkeypatch.setattr(ToyEncoder, "decode", lambda self, ids: "")
    chosen = write_set(records=chats, task="translation")
    cells = evaluate(model, [chosen], encoder=encoder, settings=SETTINGS).cells["belle_eval"]
    assert (cells["bleu"]["value"], cells["chrf"]["value"]) == (0, 0)
    assert cells["bleu"]["n"] == cells["chrf"]["n"] == len(chats)


def test_one_broken_set_is_reported_and_loses_neither_the_others_nor_the_file(
    model, write_set, chats, encoder, tmp_path
):
    good, empty, gone = write_set("good", chats), write_set("empty"), write_set("gone", chats)
    gone.path.unlink()
    result = evaluate(model, [empty, good, gone], encoder=encoder, settings=SETTINGS, absent=["late_eval"])
    folder = tmp_path / "out" / "stage_eval"
    evaluation.write(result, folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert set(metrics["failed"]) == {"empty", "gone"}
    assert "an empty file" in metrics["sets"]["empty"]["failed"]
    assert metrics["sets"]["good"]["loss"]["n"] == len(chats)
    assert metrics["not_built"] == ["late_eval"]
    assert [p.name for p in (folder / "predictions").iterdir()] == ["good.jsonl"]


def test_a_likelihood_that_is_not_a_number_fails_the_set(write_set, chats, encoder):
    model = tiny_llama()
    model.lm_head.weight.data[7] = math.nan
    result = evaluate(model, [write_set(records=chats)], encoder=encoder, settings=SETTINGS)
    assert result.failed == {"belle_eval": "ValueError: the likelihood of 8 of 8 answers is not a number"}


def test_an_encoder_that_fails_on_one_item_fails_that_set_only(model, write_set, chats, encoder, monkeypatch):
    whole = ToyEncoder.encode

    def encode(self, messages):
        if "坏" in messages[0]["content"]:
            raise ValueError("no template")
        return whole(self, messages)

    monkeypatch.setattr(ToyEncoder, "encode", encode)
    sets = [write_set("bad", [chat("坏", "月")]), write_set("good", chats)]
    result = evaluate(model, sets, encoder=encoder, settings=SETTINGS)
    assert list(result.failed) == ["bad"]
    assert "no template" in result.failed["bad"]


def test_two_ranks_score_each_item_once_and_give_what_one_process_gives(write_set, chats, encoder):
    sets = [write_set("a", chats[:7]), write_set("b", chats[:1], task="translation")]
    alone = evaluate(tiny_llama(), sets, encoder=encoder, settings=SETTINGS)
    first, second = on_two_ranks(sets)
    assert second is None
    assert [r["id"] for r in first.records["a"]] == [r["id"] for r in alone.records["a"]]
    for name, cell in alone.cells.items():
        assert first.cells[name]["loss"]["value"] == pytest.approx(cell["loss"]["value"], rel=1e-5)
    assert first.cells.keys() == alone.cells.keys()
    assert [r["answer"] for r in first.records["b"]] == [r["answer"] for r in alone.records["b"]]


def test_a_failure_on_one_rank_fails_the_set_and_hangs_no_other(write_set, chats, monkeypatch):
    whole = ToyEncoder.encode

    def encode(self, messages):
        if messages[-1]["content"] == chats[1]["messages"][-1]["content"]:
            raise ValueError("only the second rank sees this item")
        return whole(self, messages)

    monkeypatch.setattr(ToyEncoder, "encode", encode)
    first, _ = on_two_ranks([write_set("a", chats[:4]), write_set("b", chats[4:])])
    assert list(first.failed) == ["a"]
    assert "only the second rank" in first.failed["a"]
    assert first.cells["b"]["loss"]["n"] == 4


def test_an_item_scored_twice_is_an_error(write_set, chats, encoder, model):
    class Doubling:
        rank, world_size = 0, 1

        def gather(self, values):
            return values + values[:1]

    result = evaluate(model, [write_set(records=chats)], encoder=encoder, settings=SETTINGS, ranks=Doubling())
    assert "9 scored, 8 of them different" in result.failed["belle_eval"]


def test_predictions_hold_what_the_report_and_the_paired_test_need(model, write_set, encoder, tmp_path):
    records = [chat("问 a", "床前", id="x:1", source_text="a"), chat("问 b", "明月\u2028光", id="x:2", other="b")]
    chosen = write_set("t", records, task="translation")
    result = evaluate(model, [chosen], encoder=encoder, settings=SETTINGS)
    folder = evaluation.write(result, tmp_path / "stage_eval")
    found = read_predictions(folder, "t")
    assert [(r["id"], r["prompt"], r["reference"]) for r in found] == [
        ("x:1", "问 a", "床前"),
        ("x:2", "问 b", "明月\u2028光"),
    ]
    assert [r.get("source_text") for r in found] == ["a", None]
    assert all(set(r["scores"]) == {"bleu", "chrf"} and r["tokens"] > 0 and r["nll"] > 0 for r in found)


def test_a_failed_set_does_not_keep_the_predictions_of_an_earlier_run(model, write_set, chats, encoder, tmp_path):
    chosen = write_set(records=chats)
    folder = evaluation.write(evaluate(model, [chosen], encoder=encoder, settings=SETTINGS), tmp_path / "s")
    chosen.path.write_text("{torn")
    evaluation.write(evaluate(model, [chosen], encoder=encoder, settings=SETTINGS), tmp_path / "s")
    assert read_predictions(folder, "belle_eval") is None


def test_a_name_with_a_slash_stays_in_the_folder(tmp_path):
    assert prediction_file(tmp_path, "../a/b").parent == tmp_path
    assert prediction_file(tmp_path, "a/b") != prediction_file(tmp_path, "a%2Fb")


def test_a_failed_write_leaves_the_metrics_of_before(model, write_set, chats, encoder, tmp_path, monkeypatch):
    result = evaluate(model, [write_set(records=chats)], encoder=encoder, settings=SETTINGS)
    evaluation.write(result, tmp_path / "s")
    before = (tmp_path / "s" / "metrics.json").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WriteError, match=r"belle_eval\.jsonl: .*No space"):
        evaluation.write(replace(result, absent=("x",)), tmp_path / "s")
    assert (tmp_path / "s" / "metrics.json").read_bytes() == before
    left = sorted(p.name for p in (tmp_path / "s").rglob("*"))
    assert left == ["belle_eval.jsonl", "metrics.json", "predictions"], "no half-written file stays behind"


def test_rows_of_one_model_extend_a_matrix_and_other_items_are_refused(model, write_set, chats, encoder, tmp_path):
    chosen = write_set(records=chats)

    def row(label, stage, settings):
        result = evaluate(model, [chosen], encoder=encoder, settings=settings)
        return evaluation.row(result, stage=stage, label=label, predictions=tmp_path)

    grown = matrix.new({"model": "toy"}, row("base", None, SETTINGS))
    grown = matrix.extend(grown, row("foundation", "foundation", SETTINGS))
    assert [r["label"] for r in grown["rows"]] == ["base", "foundation"]
    with pytest.raises(matrix.MatrixError, match=r"belle_eval, loss: items 8 became 4, subset"):
        matrix.extend(grown, row("task", "task", replace(SETTINGS, samples=4)))


def test_an_unknown_reason_names_its_type_and_our_own_error_speaks_for_itself():
    ours = EvaluationError("set x", expected="a", found="b", remedy="Do c.")
    assert evaluation.reason(ours) == "set x: expected a; found b. Do c."
    assert evaluation.reason(ValueError("b")) == "ValueError: b"
