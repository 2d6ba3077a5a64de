"""What clusters are: of unit vectors, numbered by size, the same each time; and what `cluster` writes and says."""

import argparse
import json
import subprocess
import sys

import numpy as np
import pytest
from mix_world import World, row
from threadpoolctl import threadpool_limits

from converters import cluster
from converters.contract import SourceError
from converters.quality.covering import clusters
from converters.quality.covering.clusters import kmeans
from converters.quality.covering.how_many import how_many
from converters.quality.covering.unit import unit
from converters.quality.rows import opened
from converters.quality.vectors import vectors


def topics(sizes, width=16, noise=0.1, seed=0):
    """Rows around as many directions as there are sizes, shuffled; and which each is of."""
    random = np.random.default_rng(seed)
    topic = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    directions = random.standard_normal((len(sizes), width))
    return unit((directions[topic] + noise * random.standard_normal((len(topic), width))).astype("f4")), topic


def test_clusters_are_numbered_by_size_the_most_frequent_first():
    rows, topic = topics([20, 90, 50])
    found = kmeans(rows, 3)
    assert found.sizes.tolist() == [90, 50, 20]
    for cluster_number, true in enumerate([1, 2, 0]):
        assert (found.labels[topic == true] == cluster_number).all()


def test_of_clusters_of_one_size_that_with_the_lowest_row_is_first():
    rows, topic = topics([40, 40, 40], seed=3)
    order = kmeans(rows, 3).labels[np.unique(topic, return_index=True)[1]]
    assert order.tolist() == np.argsort(np.argsort(np.unique(topic, return_index=True)[1])).tolist()


def test_each_row_is_of_the_centre_that_is_nearest_and_centres_are_means_of_length_1():
    rows, _ = topics([70, 60, 50, 40], noise=0.6)
    found = kmeans(rows, 4)
    wide = ((rows[:, None].astype(np.float64) - found.centres[None]) ** 2).sum(axis=2) ** 0.5
    assert found.labels.tolist() == wide.argmin(axis=1).tolist()
    np.testing.assert_allclose(found.distances, wide.min(axis=1), rtol=1e-6)
    for number in range(4):
        mean = rows[found.labels == number].mean(axis=0)
        np.testing.assert_allclose(found.centres[number], mean / np.linalg.norm(mean), atol=2e-3)


def test_clusters_are_the_same_each_time_whatever_the_threads():
    rows, _ = topics([300] * 10, noise=1.0, width=64)
    first = kmeans(rows, 12, seed=5)
    with threadpool_limits(2):
        again = kmeans(rows, 12, seed=5)
    assert first.labels.tobytes() == again.labels.tobytes()
    assert first.centres.tobytes() == again.centres.tobytes()
    assert first.distances.tobytes() == again.distances.tobytes()
    assert kmeans(rows, 12, seed=6).labels.tobytes() != first.labels.tobytes()


def test_fewer_different_rows_than_clusters_are_fewer_clusters():
    rows, _ = topics([1, 1, 1], noise=0.0)
    assert kmeans(np.tile(rows, (4, 1)), 6).sizes.tolist() == [4, 4, 4]


def test_a_row_without_a_vector_has_no_cluster():
    rows, _ = topics([30, 20])
    rows[[0, 7]] = np.nan
    found = kmeans(rows, 2)
    assert np.flatnonzero(found.labels == -1).tolist() == np.flatnonzero(np.isnan(found.distances)).tolist() == [0, 7]
    assert found.sizes.sum() == 48


def test_opposite_rows_have_no_centre_but_still_a_cluster():
    rows = np.array([[1, 0], [-1, 0]], dtype="f4")
    assert kmeans(rows, 1).sizes.tolist() == [2]


def test_of_very_many_rows_a_sample_finds_the_centres_and_all_are_placed(monkeypatch):
    rows, topic = topics([400, 300, 200])
    monkeypatch.setattr(clusters, "FITTED", 90)
    monkeypatch.setattr(clusters, "FITTED_EACH", 30)
    found = kmeans(rows, 3)
    assert found.about["fitted"] == 90
    assert found.sizes.tolist() == [400, 300, 200]
    assert (found.labels == topic).all()


def test_faiss_finds_them_too():
    pytest.importorskip("faiss")
    rows, topic = topics([90, 50, 20])
    found = kmeans(rows, 3, engine="faiss")
    assert (found.labels == topic).all()
    assert found.centres.tobytes() == kmeans(rows, 3, engine="faiss").centres.tobytes()


def test_without_faiss_its_name_is_an_error_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(SourceError, match="pip install faiss-cpu"):
        kmeans(topics([9, 5])[0], 2, engine="faiss")


@pytest.mark.parametrize("k", [0, 15])
def test_clusters_are_at_least_one_and_at_most_the_rows(k):
    with pytest.raises(SourceError, match="1 to 14, the rows with a vector"):
        kmeans(topics([9, 5])[0], k)


def test_auto_is_the_root_of_half_the_rows():
    assert [how_many(rows)[0] for rows in (1, 2, 50, 1000, 80_000, 10_000_000)] == [1, 2, 5, 22, 200, 256]
    assert "√(n/2) of 1,000 examples" in how_many(1000)[1]


@pytest.fixture
def embedded(tmp_path):
    """Twelve examples about two things, and one without a vector."""
    world = World(tmp_path, {"belle": 13})
    rows, _ = topics([8, 4])
    world.save()
    with opened(tmp_path, "belle") as belle:
        vectors.save(tmp_path, belle, [np.concatenate([rows * 3, np.zeros((1, 16), dtype="f4")])], about={})
    return tmp_path


def run(folder, *words):
    parser = argparse.ArgumentParser()
    cluster.add_arguments(parser)
    return cluster.run(parser.parse_args(["belle", *words, "--dataset-dir", str(folder)]))


def test_cluster_writes_what_load_reads_and_says_what_is_in_each(embedded, capsys):
    assert run(embedded, "--clusters", "2") == 0
    said = capsys.readouterr().out
    assert "belle: 12 examples in 2 clusters\n" in said
    assert "1 examples have no vector, and so no cluster" in said
    assert f"next: python -m converters select belle --method coreset --size N --dataset-dir {embedded}" in said
    lines = [
        json.loads(line) for line in (embedded / "data/belle.clusters.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [line["id"] for line in lines] == [f"belle:{number}" for number in range(13)]
    assert [line["cluster"] for line in lines].count(0) == 8
    assert lines[12] == {"id": "belle:12", "cluster": None}
    with opened(embedded, "belle") as belle:
        found, expected = clusters.load(embedded, belle), kmeans(unit(vectors.load(embedded, belle).matrix), 2)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.distances, expected.distances)
    np.testing.assert_array_equal(found.centres, expected.centres)
    assert found.about["sizes"] == [8, 4]


def test_cluster_auto_says_its_rule(embedded, capsys):
    assert run(embedded) == 0
    assert "belle: 12 examples in 2 clusters (auto: √(n/2) of 12 examples, from 2 to 256)" in capsys.readouterr().out


def test_a_number_of_clusters_that_is_none_is_an_error(embedded):
    with pytest.raises(SourceError, match="a number, or auto"):
        run(embedded, "--clusters", "many")


def test_clusters_of_no_vectors_or_of_other_data_or_vectors_are_refused_with_the_command(embedded):
    with opened(embedded, "belle") as belle, pytest.raises(SourceError, match="cluster belle --clusters auto"):
        clusters.load(embedded, belle)
    run(embedded)
    with opened(embedded, "belle") as belle:
        changed = vectors.load(embedded, belle).matrix + 1
        vectors.save(embedded, belle, [changed], about={})
        with pytest.raises(SourceError, match="clusters of the vectors as they are now"):
            clusters.load(embedded, belle)
    with (embedded / "data/belle.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row("belle", 13)) + "\n")
    with opened(embedded, "belle") as longer, pytest.raises(SourceError, match="clusters of the data as they are now"):
        clusters.load(embedded, longer)


def test_clusters_stay_readable_when_the_vectors_were_deleted(embedded):
    run(embedded)
    for path in (embedded / "data").glob("belle.vectors.*"):
        path.unlink()
    with opened(embedded, "belle") as belle:
        assert clusters.load(embedded, belle).sizes.tolist() == [8, 4]


def test_the_vectors_stay_as_they_are():
    rows, _ = topics([90, 50])
    before = rows.tobytes()
    kmeans(rows, 2)
    assert rows.tobytes() == before


def test_neither_cluster_nor_core_sets_load_scikit_learn_before_they_need_it():
    modules = "sys, converters.cluster, converters.quality.covering.core_set"
    code = f"import {modules}; print(sorted({{'sklearn', 'torch'}} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ended.stdout.strip() == "[]"
