"""Changes of every kind of score, item by item: ratios, means and corpus scores."""

import random

import pytest
from sacrebleu.metrics.bleu import BLEU

from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.paired import Difference, corpus_difference, difference, items_of, ratio_difference


def record(number, **fields):
    plain = {"reference": "今天天气很好", "answer": "今天天气好", "nll": 2.0, "tokens": 2, "scores": {}}
    return {"id": f"x:{number}", "prompt": "问", "finished": True} | plain | fields


def row(folder, records, name="set"):
    write_predictions(prediction_file(folder, name), records)
    return {"predictions": str(folder)}


def test_a_mean_is_compared_over_the_items_that_it_applies_to(tmp_path):
    before = row(tmp_path / "a", [record(i, scores={"f1": v}) for i, v in enumerate((0.5, 0.25, None, 1.0))])
    after = row(tmp_path / "b", [record(i, scores={"f1": v}) for i, v in enumerate((0.75, 0.5, None, 1.0))])
    found = difference(before, after, "set", "f1")
    assert found is not None
    assert (found.value, found.n) == (pytest.approx((0.25 + 0.25 + 0) / 3), 3)
    assert found.low <= found.value <= found.high


def test_a_ratio_weighs_items_by_their_tokens():
    found = ratio_difference({"a": (2.0, 2), "b": (30.0, 10)}, {"a": (4.0, 2), "b": (20.0, 10)}, resamples=50)
    assert found.value == pytest.approx(24 / 12 - 32 / 12)


def test_corpus_bleu_is_compared_as_sacrebleu_computes_it():
    references = ["今天天气很好。", "他在学校里读书。", "我们明天去北京。"] * 3
    worse = ["今天天气。", "他读书。", "明天去。"] * 3
    better = ["今天天气很好。", "他在学校读书。", "我们明天去北京。"] * 3
    sides = [{f"x:{i}": pair for i, pair in enumerate(zip(references, side, strict=True))} for side in (worse, better)]
    found = corpus_difference("bleu", *sides, resamples=100)
    scores = [BLEU(tokenize="zh").corpus_score(side, [references]).score for side in (worse, better)]
    assert found.value == pytest.approx(scores[1] - scores[0])
    assert found.beyond_noise


def test_the_same_answers_have_no_difference_and_no_interval(tmp_path):
    both = [row(tmp_path / name, [record(i) for i in range(5)]) for name in "ab"]
    assert difference(*both, "set", "chrf") == Difference(0.0, 0.0, 0.0, 5, 1.0)


def test_noise_alone_raises_an_alarm_once_in_twenty():
    noise = random.Random(1)
    alarms = 0
    for _ in range(200):
        before = {str(i): (noise.gauss(0.5, 0.2), 1.0) for i in range(40)}
        after = {i: (value + noise.gauss(0, 0.1), 1.0) for i, (value, _) in before.items()}
        alarms += ratio_difference(before, after, resamples=200).beyond_noise
    assert alarms <= 24  # 200 × 5 % = 10 expected; 24 is beyond one in a thousand


def test_other_items_or_absent_predictions_give_no_difference(tmp_path):
    some, others = row(tmp_path / "a", [record(1)]), row(tmp_path / "b", [record(2)])
    assert difference(some, others, "set") is None
    assert difference(some, {"predictions": None}, "set", "bleu") is None
    assert items_of({"predictions": str(tmp_path / "gone")}, "set") is None
