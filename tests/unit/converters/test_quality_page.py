"""The page of a selection: its numbers counted a second time, and texts that cannot become part of the page."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from converters.contract import SourceError
from converters.quality import page
from converters.quality.contract import Choice, Clusters, Selection, Vectors
from converters.quality.page.density import CELL, DOTS, HIGH, WIDE, drawn, framed
from converters.quality.page.distributions import distribution
from converters.quality.page.examples import clipped, nearest_kept
from converters.quality.page.findings import findings
from converters.quality.page.known import NAMES
from converters.quality.page.projection import evenly, projected
from converters.quality.page.shares import covered
from converters.quality.page.sides import Sides, sides
from converters.quality.rows import opened
from converters.quality.selection.filters import CRITERIA

TEXTS = [
    "写一首关于春天的诗。",
    "把这句话译成英文。",
    "解释“光合作用”。",
    "三加四等于几？",
    "写一首关于秋天的诗。",
    "今天天气",
]
DIRECTIONS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.9, 0.1, 0], [0.8, 0, 0.2], [np.nan] * 3], dtype=np.float32)
TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}


def selection(*chosen: int, reasons: dict[int, str] | None = None, **numbers: object) -> Selection:
    reasons = reasons or {}
    counts = {reason: list(reasons.values()).count(reason) for reason in reasons.values()}
    return Selection("coreset", tuple(Choice(number, "cover") for number in chosen), counts, reasons, numbers)


@pytest.fixture
def rows_of(tmp_path):
    """The rows of a dataset whose questions are these, each answered by 好 as often as it is counted."""
    with ExitStack() as stack:

        def make(texts=TEXTS):
            lines = [
                {
                    "messages": [
                        {"role": "user", "content": text},
                        {"role": "assistant", "content": "好" * (number + 1)},
                    ],
                    "id": f"a:{number}",
                }
                for number, text in enumerate(texts)
            ]
            (tmp_path / "data").mkdir()
            text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
            (tmp_path / "data/a.jsonl").write_text(text, "utf-8")
            entry = {"file_name": "data/a.jsonl", "formatting": "sharegpt", "tags": TAGS}
            (tmp_path / "dataset_info.json").write_text(
                json.dumps({"a": {**entry, "columns": {"messages": "messages"}}}), "utf-8"
            )
            return stack.enter_context(opened(tmp_path, "a"))

        yield make


@pytest.fixture
def shown(rows_of):
    """(the numbers, the page) of two kept rows and a dropped one, of six."""
    rows = rows_of()
    centres = np.eye(3, dtype=np.float32)[:2]
    labels = np.array([0, 1, 1, 0, 0, -1], dtype=np.int32)
    clusters = Clusters(labels, centres, np.array([0.2, 0, 1, 0.1, 0.3, np.nan], dtype=np.float32))
    scores = {identity: {"perplexity": {"perplexity": 2.0**n}} for n, identity in enumerate(rows.ids[:5])}
    scores["a:5"] = {"unscored": {"perplexity": "nothing is supervised"}}
    told = page.numbers(
        rows,
        selection(3, 1, reasons={4: "duplicate"}, size=2, model="某模型"),
        Vectors(tuple(rows.ids), DIRECTIONS),
        clusters,
        scores,
    )
    return told, page.page(told)


def test_each_row_stands_on_one_side():
    found = sides(6, selection(3, 1, reasons={4: "duplicate", 0: "in_evaluation_set"}))
    assert [found.kept.tolist(), found.dropped.tolist(), found.left.tolist()] == [[3, 1], [0, 4], [2, 5]]


def test_a_row_that_is_kept_by_force_is_kept_whatever_speaks_against_it():
    found = sides(3, selection(1, reasons={1: "duplicate"}))
    assert (found.kept.tolist(), found.dropped.tolist()) == ([1], [])


@pytest.mark.parametrize("chosen", [(1, 1), (0, 6), (-1,)])
def test_a_selection_of_other_rows_is_refused(chosen):
    with pytest.raises(SourceError, match="distinct rows of the 6 in the data"):
        sides(6, selection(*chosen))


def test_the_counts_of_a_selection_are_in_its_numbers_and_on_its_page(shown):
    told, text = shown
    assert [told[key] for key in ("rows", "kept", "left", "out", "dropped")] == [6, 2, 3, 1, {"duplicate": 1}]
    assert "2 of 6 rows were kept (33.3%) by coreset; 1 could not be chosen, 3 were not needed." in text
    assert "某模型" in text


def test_the_page_is_made_of_its_numbers_alone(shown):
    told, text = shown
    assert page.page(json.loads(json.dumps(told))) == text


def test_clusters_are_counted_with_what_was_kept_of_them(shown):
    told, text = shown
    assert [(each["cluster"], each["rows"], each["kept"], each["dropped"]) for each in told["clusters"]] == [
        (0, 3, 1, 1),
        (1, 2, 1, 0),
    ]
    assert [each["like"] for each in told["clusters"]] == [TEXTS[3], TEXTS[1]]
    assert "Each of the 2 clusters has a kept row." in text


def test_a_cluster_that_has_far_more_of_the_kept_than_of_the_rows_is_named():
    clusters = [
        {"cluster": 0, "rows": 90, "kept": 4, "dropped": 0, "like": "诗"},
        {"cluster": 1, "rows": 10, "kept": 6, "dropped": 0, "like": "歇后语"},
    ]
    told = {"rows": 100, "kept": 10, "left": 90, "out": 0, "method": "coreset", "coverage": None, "distributions": {}}
    said = findings({**told, "clusters": clusters})[-1]
    assert said.startswith("Cluster 1 (歇后语) has 10.0% of the rows and 60.0% of the kept;")
    clusters[1]["rows"] = 40  # 1.5 times its share
    assert findings({**told, "clusters": clusters})[-1] == "Each of the 2 clusters has a kept row."


def test_rows_that_have_no_score_are_counted_beside_the_distribution(shown):
    found = shown[0]["distributions"]["perplexity of the answer"]
    assert found["without"] == {"all": 1, "kept": 0}
    assert (sum(found["all"]), sum(found["kept"])) == (5, 2)
    assert (found["all_quantiles"][1], found["kept_mean"]) == (4.0, 5.0)


def test_without_scores_the_characters_of_answers_are_shown(rows_of):
    told = page.numbers(rows_of(), selection(0, 5), None, None, {})
    found = told["distributions"]["characters of the answer"]
    assert (found["lowest"], found["highest"], found["kept_mean"]) == (1, 6, 3.5)
    assert told["map"] is None
    assert "python -m converters embed" in page.page(told)


def test_texts_of_data_cannot_become_part_of_the_page(rows_of):
    hostile = '</style><script>alert("1")</script>\u202e\x1b[31m倒'
    rows = rows_of([hostile] * 6)
    why = Selection("<b>", (Choice(0, "<i>"),), {"<u>": 1}, {1: "<u>"}, {"model": "<s>"})
    clusters = Clusters(np.zeros(6, np.int32), np.eye(3, dtype=np.float32)[:1], np.zeros(6, np.float32))
    told = page.numbers(rows, why, Vectors(tuple(rows.ids), DIRECTIONS), clusters, {})
    text = page.page(told)
    assert told["examples"]["kept"][0]["turns"][0][1] == '</style><script>alert("1")</script>[31m倒'
    assert "&lt;script&gt;alert" in text
    assert [tag for tag in ("<script", "<i>", "<u>", "<s>", "\u202e", "\x1b") if tag in text] == []
    assert text.count("</style>") == 1
    assert "://" not in text  # nothing is asked of a network


def test_long_texts_are_cut_with_a_mark():
    assert clipped("天" * 240) == "天" * 240
    assert clipped("天" * 241) == "天" * 240 + "…"
    assert clipped("天" * 100_000) == "天" * 240 + "…"


@pytest.mark.parametrize("width", [1, 2, 40, 1100])
def test_the_map_is_that_of_a_singular_value_decomposition(width):
    scales = np.concatenate([[6.0, 3.0], np.ones(max(width - 2, 0))])[:width]
    matrix = (np.random.default_rng(0).standard_normal((300, width)) * scales + 4).astype(np.float32)
    matrix[7], matrix[8] = np.nan, 0
    found = projected(matrix)
    rest = np.delete(matrix, [7, 8], axis=0).astype(np.float64)
    unit = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    left, singular, _ = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    wanted = np.zeros((298, 2))
    wanted[:, : min(width, 2)] = (left * singular)[:, :2]
    places = np.delete(found.points, [7, 8], axis=0)
    np.testing.assert_allclose(np.abs(places), np.abs(wanted), atol=1e-5)
    if width > 1:
        assert found.shown == pytest.approx(np.sum(singular[:2] ** 2) / np.sum(singular**2), rel=1e-5)
    assert np.isnan(found.points[[7, 8]]).all()


def test_the_map_of_equal_vectors_is_one_place():
    found = projected(np.ones((5, 4), dtype=np.float32))
    assert found.shown is None
    assert np.ptp(found.points) == 0


def test_umap_that_is_not_installed_is_an_error_that_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(SourceError, match="pip install umap-learn"):
        projected(DIRECTIONS, "umap")


def test_of_few_rows_each_is_a_dot():
    found = drawn(projected(DIRECTIONS), sides(6, selection(3, 1, reasons={4: "duplicate"})), None)
    assert {side: len(dots) for side, dots in found["dots"].items()} == {"kept": 2, "left": 2, "dropped": 1}
    assert (found["cells"], found["without_a_place"]) == ([], 1)


def test_of_many_rows_cells_hold_each_one_that_was_left_and_a_page_stays_small(shown):
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((80_000, 8)).astype(np.float32)
    chosen = generator.permutation(80_000)
    parts = Sides(80_000, chosen[:5000], np.sort(chosen[5000:9000]), np.sort(chosen[9000:]))
    found = drawn(projected(vectors), parts, None)
    assert sum(count for _, _, count in found["cells"]) == 71_000
    assert all(0 <= x <= WIDE - CELL and 0 <= y <= HIGH - CELL for x, y, _ in found["cells"])
    assert {side: len(dots) for side, dots in found["dots"].items()} == {**DOTS, "left": 0}
    assert len(page.page({**shown[0], "map": {**found, "notes": []}})) < 150_000


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
@example([(float(at % 20), float(at % 30)) for at in range(999)] + [(1e9, -1e9)])  # one that is far out
@example([(0.0, 0.0), (5e-324, 0.0), (1e6, 0.0)] + [(0.0, 0.0)] * 600)  # a span that nothing can be divided by
@example([(0.0, 0.0), (0.0, 5.9e-307)])
def test_places_stay_within_the_drawing(points):
    at, _ = framed(np.array(points), np.ones(len(points), dtype=bool))
    assert np.all(at >= 0)
    assert np.all(at <= [WIDE, HIGH])


NUMBERS = st.floats(-1e6, 1e6) | st.integers(0, 3000).map(float) | st.floats(0, 1e300)


@given(st.lists(NUMBERS, min_size=1, max_size=60), st.data())
def test_bins_hold_every_number_once_and_the_kept_ones_among_them(values, data):
    kept = data.draw(st.lists(st.sampled_from(range(len(values))), unique=True))
    rest = np.setdiff1d(np.arange(len(values)), kept)
    parts = Sides(len(values), np.array(kept, dtype=np.int64), np.array([], dtype=np.int64), rest)
    found = distribution(np.array(values), parts)
    low, high = found["edges"][0], found["edges"][-1]
    for at, (start, below) in enumerate(zip(found["edges"], found["edges"][1:], strict=False)):
        assert start < below
        inside = [min(max(value, low), np.nextafter(high, -np.inf)) for value in values]
        assert found["all"][at] == sum(start <= value < below for value in inside)
    assert (sum(found["all"]), sum(found["kept"])) == (len(values), len(kept))
    assert all(own <= every for own, every in zip(found["kept"], found["all"], strict=True))


def test_the_nearest_kept_row_is_that_of_a_loop():
    matrix = np.random.default_rng(1).standard_normal((60, 5)).astype(np.float32)
    matrix[[10, 40]] = np.nan
    kept, asked = np.arange(30, 60), np.arange(8, 12)
    found = nearest_kept(Vectors((), matrix), asked, kept)
    unit = matrix.astype(np.float64) / np.linalg.norm(matrix, axis=1, keepdims=True)
    assert list(found) == [8, 9, 11]
    for number, (nearest, cosine) in found.items():
        loop = {other: float(unit[number] @ unit[other]) for other in kept if other != 40}
        assert nearest == max(loop, key=lambda other: loop[other])
        assert cosine == pytest.approx(loop[nearest], abs=1e-6)


def test_coverage_is_that_of_a_loop_over_the_rows_that_could_be_chosen():
    matrix = np.random.default_rng(2).standard_normal((50, 4)).astype(np.float32)
    parts = Sides(50, np.array([3, 30, 8]), np.array([0, 1]), np.setdiff1d(np.arange(50), [3, 30, 8, 0, 1]))
    found = covered(Vectors((), matrix), parts)
    unit = matrix.astype(np.float64) / np.linalg.norm(matrix, axis=1, keepdims=True)
    distances = [min(np.linalg.norm(unit[row] - unit[kept]) for kept in parts.kept) for row in range(2, 50)]
    assert found["of"] == 48
    assert found["kept"]["mean"] == pytest.approx(np.mean(distances), abs=1e-4)
    assert found["kept"]["max"] == pytest.approx(np.max(distances), abs=1e-4)


def test_vectors_and_clusters_of_other_data_are_refused(rows_of):
    rows = rows_of()
    with pytest.raises(SourceError, match="python -m converters embed a"):
        page.numbers(rows, selection(0), Vectors((), DIRECTIONS[:5]), None, {})


def test_each_number_that_select_goes_by_is_on_the_page():
    paths = {(each.metric, *each.path) for name, each in CRITERIA.items() if name != "characters"}
    assert paths <= set(NAMES.values())


def test_rows_are_taken_at_even_distances():
    assert evenly(np.arange(10), 4).tolist() == [0, 2, 5, 7]
    assert evenly(np.arange(3), 4).tolist() == [0, 1, 2]
