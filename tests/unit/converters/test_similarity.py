"""Grams against sets of strings, MinHash against its formula, candidates against all pairs."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest

from converters.similarity import minhash
from converters.similarity.grams import gram_hashes, gram_set, jaccard
from converters.similarity.minhash import BANDS, ROWS, bands, candidates, sketch

HAN = [chr(0x4E00 + number) for number in range(3000)]


def strings(text: str, length: int) -> set[str]:
    length = min(length, len(text))
    return {text[at : at + length] for at in range(len(text) - length + 1)} if text else set()


def random_text(generator: random.Random, length: int) -> str:
    return "".join(generator.choice(HAN) for _ in range(length))


def changed(text: str, places: int, generator: random.Random) -> str:
    letters = list(text)
    for _ in range(places):
        letters[generator.randrange(len(letters))] = generator.choice(HAN)
    return "".join(letters)


@pytest.mark.parametrize(
    "pair", [("春眠不觉晓处处闻啼鸟", "春眠不觉晓处处闻啼鸡"), ("一二", "一二"), ("", ""), ("甲", "")]
)
def test_jaccard_is_that_of_the_sets_of_strings(pair):
    left, right = (strings(text, 5) for text in pair)
    wanted = len(left & right) / len(left | right) if left | right else 1.0
    assert jaccard(*(gram_set(text, 5) for text in pair)) == pytest.approx(wanted)


def test_there_is_one_hash_for_each_place_and_equal_runs_have_equal_ones():
    hashes = gram_hashes("甲乙丙甲乙丙", 3)
    assert len(hashes) == 4
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 3


@pytest.mark.parametrize("places", [4, 10, 20])
def test_a_band_is_shared_as_often_as_the_formula_says(places):
    generator, shared, similarity = random.Random(places), 0, 0.0
    for _ in range(300):
        text = random_text(generator, 300)
        other = changed(text, places, generator)
        similarity += jaccard(gram_set(text, 5), gram_set(other, 5)) / 300
        shared += bool((bands(gram_hashes(text, 5)) == bands(gram_hashes(other, 5))).any())
    assert shared / 300 == pytest.approx(1 - (1 - similarity**ROWS) ** BANDS, abs=0.09)


@pytest.mark.parametrize("places", [0, 10, 40])
def test_sketches_agree_in_about_the_similarity(places):
    generator, agree, similarity = random.Random(places), 0.0, 0.0
    for _ in range(200):
        text = random_text(generator, 300)
        other = changed(text, places, generator)
        similarity += jaccard(gram_set(text, 5), gram_set(other, 5)) / 200
        agree += (sketch(gram_hashes(text, 5)) == sketch(gram_hashes(other, 5))).mean() / 200
    assert agree == pytest.approx(similarity, abs=0.03)


def test_only_pairs_that_are_alike_are_looked_at():
    keys = np.zeros((6, BANDS), dtype=np.uint64)
    found = dict(candidates(keys, lambda texts, others: (texts - others) % 2 == 0))
    assert found == {2: [0], 3: [1], 4: [0, 2], 5: [1, 3]}
    assert list(candidates(keys, lambda texts, others: texts < others)) == []


def test_candidates_are_the_pairs_that_share_a_band():
    keys = np.random.default_rng(0).integers(0, 40, size=(60, BANDS), dtype=np.uint64)
    wanted = {
        (later, earlier) for later in range(60) for earlier in range(later) if (keys[later] == keys[earlier]).any()
    }
    found = list(candidates(keys))
    assert {(later, earlier) for later, group in found for earlier in group} == wanted
    assert [later for later, _ in found] == sorted({later for later, _ in found})


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_candidates_do_not_depend_on_how_many_are_looked_at_at_once(monkeypatch, block):
    keys = np.random.default_rng(1).integers(0, 9, size=(80, BANDS), dtype=np.uint64)
    wanted = list(candidates(keys))
    monkeypatch.setattr(minhash, "BLOCK", block)
    assert list(candidates(keys)) == wanted


def test_one_bucket_of_all_texts_takes_no_more_memory_than_many_buckets():
    keys = np.zeros((8_000, BANDS), dtype=np.uint64)
    tracemalloc.start()
    count = sum(len(group) for _, group in candidates(keys))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == sum(min(number, minhash.MOST_COMPARED) for number in range(8_000))
    assert peak < 70e6 + keys.nbytes * 3


def test_in_a_large_bucket_only_the_nearest_are_compared(monkeypatch):
    monkeypatch.setattr(minhash, "MOST_COMPARED", 2)
    keys = np.zeros((5, BANDS), dtype=np.uint64)
    assert list(candidates(keys)) == [(1, [0]), (2, [0, 1]), (3, [1, 2]), (4, [2, 3])]
