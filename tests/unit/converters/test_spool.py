"""What waited on disk comes back as it was, in order, and pairs are found by their digests."""

from __future__ import annotations

import random

import numpy as np
import pytest

from converters.engine import spool
from converters.engine.spool import Pairs, Spool, Waiting


def digests(*numbers):
    return np.array(numbers, dtype=np.uint64)


def test_lines_come_back_with_all_that_is_known_of_them(tmp_path):
    entries = [
        Waiting(b"one\n", 2**64 - 1, 5, (1, 2**64 - 2), "short\0kind", ["a", "b\n"]),
        Waiting(b"", 0, 0),
        Waiting(b"two\n" * 1000, 7, 8, (), "", ["c"]),
    ]
    held = Spool(tmp_path)
    for entry in entries:
        held.write(entry)
    for _ in range(2):  # any number of times
        assert [entry._replace(links=tuple(entry.links), notes=[*entry.notes]) for entry in held] == [
            entry._replace(links=tuple(entry.links), notes=[*entry.notes]) for entry in entries
        ]
    assert list(tmp_path.iterdir()) == []
    held.close()


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
