"""A duplicate is told by the file and the number of the record that it repeats, through all inputs."""

from __future__ import annotations

import numpy as np

from converters.contract import Settings
from converters.engine.chunks import Chunk
from converters.engine.places import MOST_PLACES, Place, Places
from converters.engine.prepare import Job


def of(places: Places, label: str, number: int, *, last: int) -> Place:
    return places.of(Chunk(Job("belle", "instruction", label, Settings(), "", number), last, 0))


def place(where: Place, number: int) -> int:
    (found,) = where.places(np.array([number], dtype=np.uint64)).tolist()
    return int(found)


def test_places_go_on_from_chunk_to_chunk_and_from_file_to_file():
    places = Places()
    first = of(places, "a", 0, last=10)
    more = of(places, "a", 0, last=25)
    second = of(places, "b", 1, last=3)
    assert places.told(place(first, 1)) == "a, record 1"
    assert places.told(place(first, 10)) == "a, record 10"
    assert places.told(place(more, 25)) == "a, record 25"
    assert places.told(place(second, 1)) == "b, record 1"
    assert places.told(place(second, 3)) == "b, record 3"


def test_two_files_of_one_name_are_two():
    places = Places()
    first, second = of(places, "a", 0, last=5), of(places, "a", 1, last=5)
    assert place(first, 5) != place(second, 5)
    assert places.told(place(second, 5)) == "a, record 5"


def test_beyond_four_thousand_million_records_nothing_false_is_told():
    places = Places()
    first = of(places, "a", 0, last=MOST_PLACES - 2)
    assert places.told(place(first, MOST_PLACES - 2)) == f"a, record {MOST_PLACES - 2}"
    second = of(places, "b", 1, last=10)
    assert 0 <= place(second, 10) < MOST_PLACES
    assert places.told(place(second, 10)) == "an earlier record"
