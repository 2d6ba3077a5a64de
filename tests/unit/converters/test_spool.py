"""What waited on disk comes back as it was, in order, and pairs are found by their digests."""

from __future__ import annotations

import random

import numpy as np
import orjson
import pytest

from converters.contract import Example, assistant, user
from converters.engine import spool
from converters.engine.sheet import Sheet
from converters.engine.spool import Pairs, Spool


def digests(*numbers):
    return np.array(numbers, dtype=np.uint64)


def columns_of(*examples):
    sheet = Sheet("toy", source="toy", file="a.json", licence="MIT")
    for number, example in enumerate(examples, start=1):
        sheet.add(number - 1, number, example)
    return sheet.columns()


def example(text, **more):
    return Example("toy", (user("问"), assistant(text)), document=text, **more)


def test_examples_come_back_with_all_that_is_known_of_them(tmp_path):
    first = columns_of(example("一", kind="short", linked=("a",), notes=("n",)), example("二", title_key="春"))
    last = columns_of(example('"],"三', kind="短"))
    held = Spool(tmp_path)
    for columns in (first, columns_of(), last):
        held.write(columns)
    for _ in range(2):  # any number of times
        assert list(held) == [first, last]
    assert list(tmp_path.iterdir()) == []
    held.close()


def test_some_of_the_examples_are_what_they_alone_would_have_been():
    examples = [
        example(
            f"{n}" * (n + 1),
            kind="ab"[n % 2],
            linked=(f"{n}",) * (n % 3),
            notes=("n",) * (n % 2),
            title_key="t" * (n % 2),
        )
        for n in range(9)
    ]
    whole, places = columns_of(*examples), [1, 2, 5, 8]
    some = whole.only(places)
    assert some.lines == [whole.lines[at] for at in places]
    alone = columns_of(*(examples[at] for at in places))
    for column in ("same", "documents", "characters", "kinds", "titles", "links", "notes", "file"):
        assert getattr(some, column) == getattr(alone, column), column
    assert [*some.numbers] == [at + 1 for at in places]
    assert [*some.records] == places
    assert whole.only(range(9)) is whole


def test_messages_are_cut_out_of_their_line_whatever_stands_in_them():
    columns = columns_of(example('"],"id":"x"'), example("]"), example("\\"))
    for at, line in enumerate(columns.lines):
        assert orjson.loads(columns.messages(at)) == orjson.loads(line)["messages"]


def test_a_spool_of_nothing_makes_no_file_and_is_empty(tmp_path):
    held = Spool(tmp_path / "nowhere")
    assert list(held) == []
    held.close()


@pytest.mark.parametrize("block", [1, 5, 1 << 16])
def test_pairs_agree_with_a_list(tmp_path, monkeypatch, block):
    monkeypatch.setattr(spool, "BLOCK", block)
    generator, pairs, plain = random.Random(block), Pairs(tmp_path), []
    for _ in range(40):
        rows = [(generator.randrange(30), generator.randrange(20)) for _ in range(generator.randrange(4))]
        plain += rows
        if generator.random() < 0.5:
            pairs.extend(digests(*(number for number, _ in rows)), digests(*(digest for _, digest in rows)))
            continue
        for number, digest in rows:
            pairs.add(number, [digest])
    wanted = digests(3, 7, 19, 99)
    assert pairs.rows(wanted).tolist() == [list(row) for row in plain if row[1] in (3, 7, 19)]
    assert pairs.beside(wanted).tolist() == sorted({number for number, digest in plain if digest in (3, 7, 19)})
    assert pairs.beside(digests()).tolist() == []
    pairs.close()
