"""What was seen before is found again, in a batch and across batches, recent or long ago."""

from __future__ import annotations

import random

import pytest

from converters import seen
from converters.digests import digest64
from converters.seen import DigestIndex


def test_the_first_place_of_each_digest_is_told():
    index = DigestIndex(10)
    assert index.first_places([5, 6, 5], [100, 101, 102]) == {2: 100}
    assert index.first_places([6, 7], [103, 104]) == {0: 101}
    assert len(index) == 3


@pytest.mark.parametrize("recent", [50, 1 << 18])
@pytest.mark.parametrize("expected", [1, 1 << 22])
def test_it_agrees_with_a_plain_dict(monkeypatch, recent, expected):
    monkeypatch.setattr(seen, "RECENT", recent)
    generator, index, known, place = random.Random(1), DigestIndex(expected), {}, 0
    for _ in range(60):
        batch = [digest64(b"%d" % generator.randrange(3000)) for _ in range(generator.randrange(1, 120))]
        places = list(range(place, place + len(batch)))
        place += len(batch)
        wanted = {
            at: known[digest] for at, digest in enumerate(batch) if known.setdefault(digest, places[at]) != places[at]
        }
        assert index.first_places(batch, places) == wanted
    assert len(index) == len(known)


def test_a_full_bitmap_makes_it_slow_and_never_wrong(monkeypatch):
    monkeypatch.setattr(seen, "FEWEST_BITS", 8)
    monkeypatch.setattr(seen, "MOST_BITS", 8)
    index = DigestIndex(1)
    assert index.first_places(list(range(100)), list(range(100))) == {}
    assert index.first_places([99, 1000], [200, 201]) == {0: 99}


def test_a_million_digests_take_at_most_sixteen_bytes_each():
    index, count = DigestIndex(1 << 20), 1 << 20
    for start in range(0, count, 1 << 14):
        batch = [digest64(b"%d" % number) for number in range(start, start + (1 << 14))]
        index.first_places(batch, range(start, start + (1 << 14)))
    runs = sum(digests.nbytes + places.nbytes for digests, places in index._runs)
    assert len(index) == count
    assert runs + index._bitmap.nbytes <= 16 * count
