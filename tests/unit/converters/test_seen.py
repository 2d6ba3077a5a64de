"""What was seen before is found again, in a batch and across batches, recent or long ago."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from converters.digests import digest64, packed64
from converters.engine import seen
from converters.engine.seen import DigestIndex, Titles, digests_of, twins


def digests(*numbers):
    return np.array(numbers, dtype=np.uint64)


def places(*numbers):
    return np.array(numbers, dtype=np.uint32)


def test_the_first_place_of_each_digest_is_told():
    index = DigestIndex()
    assert index.first_places(digests(5, 6, 5, 5), places(100, 101, 102, 103)) == {2: 100, 3: 100}
    assert index.first_places(digests(6, 7), places(103, 104)) == {0: 101}
    assert len(index) == 3


def test_looking_takes_nothing_in():
    index = DigestIndex()
    assert index.places(digests(5, 6)) == {}
    index.add(digests(6), places(9))
    assert index.places(digests(5, 6)) == {1: 9}


@pytest.mark.parametrize("recent", [50, 1 << 18])
@pytest.mark.parametrize("bits", [1 << 6, 1 << 20])
def test_it_agrees_with_a_plain_dict(monkeypatch, recent, bits):
    monkeypatch.setattr(seen, "RECENT", recent)
    monkeypatch.setattr(seen, "FEWEST_BITS", bits)
    generator, index, known, place = random.Random(1), DigestIndex(), {}, 0
    for _ in range(100):
        batch = [digest64(b"%d" % generator.randrange(3000)) for _ in range(generator.randrange(0, 120))]
        where = list(range(place, place + len(batch)))
        place += len(batch)
        wanted = {
            at: known[digest] for at, digest in enumerate(batch) if known.setdefault(digest, where[at]) != where[at]
        }
        assert index.first_places(digests(*batch), places(*where)) == wanted
    assert len(index) == len(known) > 1000


def test_a_full_bitmap_makes_it_slow_and_never_wrong(monkeypatch):
    monkeypatch.setattr(seen, "FEWEST_BITS", 8)
    monkeypatch.setattr(seen, "MOST_BITS", 8)
    index = DigestIndex()
    assert index.first_places(digests(*range(100)), places(*range(100))) == {}
    assert index.first_places(digests(99, 1000), places(200, 201)) == {0: 99}


def test_the_bitmap_grows_with_what_is_in_it(monkeypatch):
    monkeypatch.setattr(seen, "RECENT", 1000)
    index = DigestIndex()
    for start in range(0, 200_000, 1000):
        index.add(digests(*(digest64(b"%d" % number) for number in range(start, start + 1000))), places(*range(1000)))
    new = digests(*(digest64(b"new %d" % number) for number in range(10_000)))
    assert index._bitmap.holds(new).mean() < 1.2 / seen.BITS_EACH
    assert index.places(new) == {}


def test_a_few_runs_hold_all(monkeypatch):
    monkeypatch.setattr(seen, "RECENT", 100)
    index = DigestIndex()
    for start in range(0, 25_600, 100):
        index.add(digests(*range(start, start + 100)), places(*range(100)))
    assert len(index._runs) <= 2
    monkeypatch.setattr(seen, "LARGEST_RUN", 400)
    small = DigestIndex()
    for start in range(0, 25_600, 100):
        small.add(digests(*range(start, start + 100)), places(*range(100)))
    assert max(len(run) for run, _ in small._runs) == 400
    assert small.places(digests(25_599, 5)) == {0: 99, 1: 5}


def test_a_million_digests_take_at_most_sixteen_bytes_each():
    index, count = DigestIndex(), 1 << 20
    for start in range(0, count, 1 << 14):
        batch = digests_of([packed64(b"%d" % number) for number in range(start, start + (1 << 14))])
        index.add(batch, np.arange(start, start + (1 << 14), dtype=np.uint32))
    runs = sum(run.nbytes + where.nbytes for run, where in index._runs)
    assert len(index) == count
    assert runs + index._bitmap.bits / 8 <= 16 * count


def test_packed_digests_are_the_digests():
    texts = [b"", b"a", "春".encode()]
    assert digests_of([packed64(text) for text in texts]).tolist() == [digest64(text) for text in texts]
    assert digests_of(bytearray()).tolist() == []


def test_twins_are_all_that_occur_more_than_once():
    assert twins(digests(5, 7, 5, 8, 7, 7, 2**64 - 1)).tolist() == [0, 1, 2, 4, 5]
    assert twins(digests()).tolist() == []


@pytest.mark.parametrize("cap", [1, 3])
def test_titles_are_counted_up_to_a_cap(monkeypatch, cap):
    monkeypatch.setattr(seen, "RECENT", 20)
    generator, titles, known = random.Random(2), Titles(cap), Counter()
    for _ in range(60):
        batch = [digest64(b"%d" % generator.randrange(40)) for _ in range(generator.randrange(0, 30))]
        before, now = titles.counts(digests(*batch)), {}
        assert before == {title: known[title] for title in batch}
        now = {title: min(cap, known[title] + batch.count(title)) for title in batch}
        titles.add(before, now)
        known.update({title: now[title] - before[title] for title in now})
