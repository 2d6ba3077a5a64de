"""Which rows may be chosen: nothing of an evaluation set, one place for each text and each vector."""

from __future__ import annotations

import json
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.contract import SourceError
from converters.mixing.leakage import EvaluationIndex, Turn
from converters.mixing.registry import FORMAT
from converters.quality.covering.twins import APART, twins
from converters.quality.covering.unit import unit
from converters.quality.rows import opened
from converters.quality.selection.candidates import Candidates, candidates, known, require_enough
from converters.quality.selection.documents import thinned
from converters.quality.selection.filters import CRITERIA, bounds_of, numbers_of, values_of, within, without_unscored
from converters.quality.selection.keeping import kept_rows

TEXTS = [("你好吗", "我很好"), ("你好吗？", "我很好！"), ("天为什么是蓝的", "因为散射"), ("你好吗", "我 很 好")]


@contextmanager
def rows_of(folder, texts, name="mine"):
    """A dataset of our layout with these (question, answer) pairs, ids mine:0, mine:1 …"""
    lines = [
        {
            "messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}],
            "id": f"{name}:{number}",
            "source": name,
            "meta": {"file": "a", "record": str(number), "document": "", "kind": ""},
        }
        for number, (question, answer) in enumerate(texts)
    ]
    (folder / "data").mkdir(exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "data" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    entry = {"file_name": f"data/{name}.jsonl", **FORMAT, "mix": {"group": "foundation", "weight": 1.0}}
    (folder / "dataset_info.json").write_text(json.dumps({name: entry}), encoding="utf-8")
    with opened(folder, name) as rows:
        yield rows


def item(question, answer):
    return "eval:0", [Turn("user", question), Turn("assistant", answer)]


def pool(*numbers, kept=()):
    return Candidates(np.asarray(numbers, dtype=np.int64), frozenset(kept))


def test_of_texts_with_the_same_letters_the_first_is_a_candidate(tmp_path):
    with rows_of(tmp_path, TEXTS) as rows:
        found = candidates(rows, known(rows, EvaluationIndex([])))
    assert found.numbers.tolist() == [0, 2]
    assert dict(found.reasons) == {1: "duplicate", 3: "duplicate"}
    assert found.details[3] == "the text of mine:0"


def test_of_equal_texts_the_one_that_the_user_keeps_stays(tmp_path):
    with rows_of(tmp_path, TEXTS) as rows:
        found = candidates(rows, known(rows, EvaluationIndex([])), kept=[3])
    assert found.numbers.tolist() == [2, 3]


def test_what_is_in_an_evaluation_set_is_no_candidate_nor_what_is_nearly_in_it(tmp_path):
    long = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少" * 2
    texts = [("天为什么是蓝的", "因为散射"), ("背一首诗", long + "。"), ("背一首诗", long + "吗"), ("一", "二")]
    index = EvaluationIndex([item("天为什么是蓝的？", "因为散射"), item("背一首诗", long)])
    with rows_of(tmp_path, texts) as rows:
        found = candidates(rows, known(rows, index))
    assert dict(found.reasons) == {0: "in_evaluation_set", 1: "in_evaluation_set", 2: "near_duplicate_of_evaluation"}


def test_too_few_candidates_are_an_error_that_says_why_and_how_many_there_are(tmp_path):
    with rows_of(tmp_path, TEXTS) as rows:
        found = candidates(rows, known(rows, EvaluationIndex([])))
        with pytest.raises(SourceError, match=r"found 2 of 4 \(duplicate 2\).\n--size 2 takes all"):
            require_enough(rows, found, 3)


def test_a_row_keeps_the_first_reason_that_it_was_given():
    found = pool(0, 1, 2).without({1: "duplicate"}).without({1: "no_vector", 2: "no_vector"})
    assert dict(found.reasons) == {1: "duplicate", 2: "no_vector"}


# ---- vectors


def test_vectors_that_differ_by_rounding_have_one_place():
    rows = unit(np.array([[1, 0, 0], [0, 1, 0], [1, 1e-4, 0], [3, 0, 0], [1, 1e-2, 0]], dtype=np.float32))
    assert twins(rows, np.arange(5)) == {2: 0, 3: 0}
    assert twins(rows, np.arange(5), kept={3}) == {0: 3, 2: 3}


def test_twins_are_those_of_a_cosine_of_a_millionth_below_one_or_more():
    """1 − cosine of (1, x) and (1, 0) is about x²/2."""
    inside, outside = np.sqrt(2 * 0.95e-6), np.sqrt(2 * 1.05e-6)
    rows = unit(np.array([[1, 0], [1, inside], [1, -outside]], dtype=np.float32))
    assert twins(rows, np.arange(3)) == {1: 0}


def brute_force_twins(rows, numbers):
    """Each row beside all that stay so far, in float64: the first of which it is a twin keeps the place."""
    wide, stays, goes = rows.astype(np.float64), [], {}
    for one in numbers:
        near = [other for other in stays if ((wide[one] - wide[other]) ** 2).sum() / 2 <= APART]
        if near:
            goes[one] = near[0]
        else:
            stays.append(one)
    return goes


@pytest.mark.parametrize("seed", range(6))
def test_twins_are_those_that_a_look_at_every_pair_finds(seed):
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(25, 8)) + (5 if seed % 2 else 0)  # odd seeds: all point about the same way
    rows = centres[chance.integers(0, 25, 120)] + chance.normal(size=(120, 8)) * chance.choice(
        [0, 2e-4, 1e-2], (120, 1)
    )
    rows, numbers = unit(rows.astype(np.float32)), np.flatnonzero(chance.random(120) < 0.8)
    found = twins(rows, numbers)
    assert found == brute_force_twins(rows, numbers.tolist())
    assert len(found) > 10


def test_rows_that_differ_in_a_direction_of_little_spread_are_no_twins():
    """The tree knows eight of these twelve directions."""
    chance = np.random.default_rng(0)
    rows = np.zeros((90, 12))
    rows[:, :8] = chance.normal(size=(30, 8)).repeat(3, axis=0)
    rows[2::3, 11] += 0.02
    found = twins(unit(rows.astype(np.float32)), np.arange(90))
    assert found == {3 * heap + 1: 3 * heap for heap in range(30)}


def test_a_thousand_equal_vectors_have_one_place(monkeypatch):
    monkeypatch.setattr("converters.quality.covering.twins.HELD", 100)
    rows = unit(
        np.ones((1000, 4), dtype=np.float32) + np.linspace(0, 1e-5, 1000, dtype=np.float32)[:, None] * [1, 0, 0, 0]
    )
    assert set(twins(rows.astype(np.float32), np.arange(1000)).values()) == {0}


# ---- scores

SCORES = {
    "a": {"perplexity": {"perplexity": 2.0, "instruction": {"perplexity": 9.0}}},
    "b": {"perplexity": {"perplexity": 8.0, "instruction": None}},
    "c": {"unscored": {"perplexity": "not_a_number"}},
    "d": {"perplexity": {"perplexity": 4.0}},
}


def test_rows_without_a_score_are_no_candidates_and_say_why():
    criterion = CRITERIA["perplexity"]
    values = values_of(criterion, "abcde", SCORES)
    found = without_unscored(pool(0, 1, 2, 3, 4), values, criterion, ids="abcde", scores=SCORES)
    assert found.numbers.tolist() == [0, 1, 3]
    assert dict(found.reasons) == {2: "no_perplexity", 4: "no_perplexity"}
    assert dict(found.details) == {2: "not_a_number", 4: "not scored"}


def test_a_criterion_may_stand_deeper():
    values = values_of(CRITERIA["instruction-perplexity"], "abc", SCORES)
    assert values[0] == 9.0
    assert np.isnan(values[1:]).all()


def test_bounds_are_numbers_or_shares_and_belong_to_what_is_between_them():
    values = np.array([4.0, 1.0, 3.0, 2.0])
    assert numbers_of(bounds_of("--ifd", "2:"), values) == (2.0, np.inf)
    assert numbers_of(bounds_of("--ifd", "50%:75%"), values) == (2.0, 3.0)
    found = within(pool(0, 1, 2, 3, kept=[1]), values, "ifd", np.arange(4), (2.0, 3.0))
    assert found.numbers.tolist() == [1, 2, 3]
    assert found.details[0] == "ifd 4"


@pytest.mark.parametrize("text", ["", ":", "5", "a:b", "1:2:3", "0:200%", "nan:", "inf:", "5:1", "90%:10%"])
def test_bounds_that_are_none_are_refused(text):
    with pytest.raises(SourceError, match="FROM:TO"):
        bounds_of("--ifd", text)


# ---- what the user keeps


def kept_file(folder, text):
    path = folder / "保留 ids.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_kept_ids_stand_one_a_line_and_are_found_in_the_data(tmp_path):
    with rows_of(tmp_path, TEXTS) as rows:
        path = kept_file(tmp_path, "\ufeff# the good ones\nmine:2\n\nmine:0\nmine:2\n")
        assert kept_rows(path, rows, {}).tolist() == [2, 0]


def test_unknown_ids_are_listed_and_so_are_those_of_an_evaluation_set(tmp_path):
    with rows_of(tmp_path, TEXTS) as rows:
        with pytest.raises(SourceError, match="found mine:9, yours:1"):
            kept_rows(kept_file(tmp_path, "mine:9\nmine:1\nyours:1\n"), rows, {})
        with pytest.raises(SourceError, match="must not be trained on"):
            kept_rows(kept_file(tmp_path, "mine:1"), rows, {1: "in_evaluation_set"})


# ---- documents


def test_a_document_gives_no_more_rows_than_asked_for_spread_over_it_or_its_best():
    documents = ["论语"] * 6 + ["", "", "诗经"]
    assert thinned(pool(*range(9)), documents, 2).numbers.tolist() == [0, 3, 6, 7, 8]
    rank = np.array([5, 8, 1, 0, 2, 3, 4, 6, 7])
    assert thinned(pool(*range(9)), documents, 2, rank=rank).numbers.tolist() == [1, 5, 6, 7, 8]


def test_what_the_user_keeps_counts_as_a_row_of_its_document():
    assert thinned(pool(*range(6), kept=[4]), ["论语"] * 6, 2).numbers.tolist() == [0, 4]


@given(st.lists(st.sampled_from(["", "甲", "乙"]), max_size=30), st.integers(1, 4))
def test_no_document_ever_gives_more(documents, most):
    found = thinned(pool(*range(len(documents))), documents, most).numbers.tolist()
    for document in ("甲", "乙"):
        own = documents.count(document)
        assert sum(documents[number] == document for number in found) == min(own, most)
