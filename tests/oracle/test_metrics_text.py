"""Measures over text against slower calculations: tables, loops, and scipy's divergence."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from ewc_plugin.metrics import copies, relevance, style
from ewc_plugin.metrics.characters import units
from ewc_plugin.metrics.knowledge import character_f1
from ewc_plugin.metrics.overlap import common_bag, common_subsequence


def table_of_subsequences(left, right):
    """The quadratic table of the textbook."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def test_common_subsequences_equal_the_quadratic_table():
    chance = random.Random(3)
    for _ in range(300):
        left, right = ("".join(chance.choices("春江花月夜", k=chance.randrange(90))) for _ in range(2))
        assert common_subsequence(left, right) == table_of_subsequences(left, right)


def test_common_bags_equal_crossing_out_one_by_one():
    chance = random.Random(4)
    for _ in range(100):
        left, right = ("".join(chance.choices("春江花月夜", k=chance.randrange(30))) for _ in range(2))
        rest, common = list(right), 0
        for unit in left:
            if unit in rest:
                rest.remove(unit)
                common += 1
        assert common_bag(left, right) == common
        if common:
            precision, recall = common / len(left), common / len(right)
            assert character_f1(left, right) == pytest.approx(2 * precision * recall / (precision + recall))


def longest_by_looking(answer, texts):
    places = range(len(answer))
    found = (b - a for a in places for b in range(a + 8, len(answer) + 1) if any(answer[a:b] in t for t in texts))
    return max(found, default=0)


@pytest.mark.parametrize(("block", "pairs"), [(10, 1), (100, 20), (10**6, 10**6)])
def test_longest_copies_equal_looking_for_every_passage(monkeypatch, block, pairs):
    monkeypatch.setattr(copies, "BLOCK", block)
    monkeypatch.setattr(copies, "_PAIRS", pairs)
    chance = random.Random(block)
    for _ in range(40):
        letters = "春江花月夜"[: chance.choice([2, 3, 5])]
        texts = ["".join(chance.choices(letters, k=chance.randrange(90))) for _ in range(5)]
        answers = ["".join(chance.choices(letters, k=chance.randrange(30))) for _ in range(3)]
        answers += [f"山{texts[0][5:40]}水", f"{texts[1][:20]}{texts[2][:20]}", answers[0]]
        assert copies.longest_copies(answers, texts) == [longest_by_looking(a, texts) for a in answers]


def test_bm25_equals_its_formula_written_out():
    texts = ["我喜欢看电影", "附近有餐馆", "看电影要买票，看电影要早到"]
    query, text = "看电影，你喜欢看电影吗", texts[2]
    split = [[a + b for a, b in zip(units(t), units(t)[1:], strict=False)] for t in (query, text, *texts)]
    asked, said, known = split[0], split[1], split[2:]
    mean = sum(map(len, known)) / 3
    total = most = 0.0
    for pair in set(asked):
        df = sum(pair in one for one in known)
        idf = math.log(1 + (3 - df + 0.5) / (df + 0.5))
        total += idf * said.count(pair) * 2.2 / (said.count(pair) + 1.2 * (0.25 + 0.75 * len(said) / mean))
        most += idf * 2.2
    collection = relevance.Collection.of(texts)
    assert collection.bm25(query, text) == pytest.approx(total) != 0
    assert collection.relevance(query, text) == pytest.approx(total / most)


def test_the_divergence_equals_the_square_of_scipys_distance():
    distance = pytest.importorskip("scipy.spatial.distance")
    left, right = np.random.default_rng(0).integers(0, 9, size=(2, 20, 30)).astype(float)
    wanted = [distance.jensenshannon(p, q, base=2) ** 2 for p, q in zip(left, right, strict=True)]
    assert style.divergence(left, right) == pytest.approx(wanted)
    apart = style.divergence(np.array([[1.0, 0.0]]), np.array([[0.0, 5.0]]))
    assert apart == pytest.approx([1.0])


def test_profiles_leave_out_the_own_reference_and_nothing_else():
    references = ["之乎者也。", "的了是在。", "之的乎了。"]
    wanted = []
    for place, text in enumerate(references):
        others = "".join(r for i, r in enumerate(references) if i != place)
        parts = []
        for width in (1, 2):
            # all pairs are among the 300 commonest: nothing falls into the column of others
            of_others = Counter(
                r[i : i + width] for k, r in enumerate(references) if k != place for i in range(len(r) - width + 1)
            )
            own = Counter(text[i : i + width] for i in range(len(text) - width + 1))
            keys = sorted(own | of_others)
            p, q = (np.array([[float(c[key]) for key in keys]]) for c in (own, of_others))
            parts.append(style.divergence(p, q)[0])
        wanted.append(sum(parts) / 2)
        assert others
    assert style.distances(references, references) == pytest.approx(wanted)
