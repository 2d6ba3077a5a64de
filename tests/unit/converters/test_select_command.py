"""`python -m converters select`: each method beside a loop that does the same, and what holds for all of them."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from mix_world import GROUP_OF, World
from selection_world import SelectionWorld, cloud

from converters.quality.covering import clusters
from converters.quality.rows import opened


@pytest.fixture
def world(tmp_path, run):
    return SelectionWorld(tmp_path)


@pytest.fixture
def select(run, world):
    """`select("--size", "5")` is `python -m converters select mine --size 5`; the rows that it chose."""

    def chosen(*words):
        result = run("select", "mine", *words)
        assert result.code == 0, result.err
        return world.chosen()

    return chosen


def directions(matrix):
    wide = matrix.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def centres_of(world):
    with opened(world.folder, "mine") as rows:
        return clusters.load(world.folder, rows)


def greedy(rows, first, size, among=None):
    """Gonzalez by the book: every distance to every chosen row, each time anew."""
    chosen, among = list(first), range(len(rows)) if among is None else among
    while len(chosen) < size:
        gaps = {row: min(np.linalg.norm(rows[row] - rows[other]) for other in chosen) for row in among}
        chosen.append(max(gaps, key=lambda row: (gaps[row], -row)))
    return chosen


def test_a_core_set_starts_nearest_to_the_most_frequent_centre_and_goes_on_with_the_furthest_row(world, select):
    world.embed(cloud())
    rows, found = directions(cloud()), centres_of(world)
    assert Counter(found.labels.tolist()).most_common(1)[0] == (0, found.sizes[0])
    start = int(np.argmax(rows @ found.centres[0]))
    assert select("--size", "12") == greedy(rows, [start], 12)
    assert Counter(choice["why"] for choice in world.told()["chosen"]) == {"nearest": 1, "cover": 11}


def test_nearest_narrows_a_core_set_to_the_rows_around_that_centre(world, select):
    world.embed(cloud())
    rows = directions(cloud())
    order = np.argsort(-(rows @ centres_of(world).centres[0]), kind="stable")
    assert select("--size", "6", "--nearest", "15") == greedy(
        rows, [int(order[0])], 6, among=sorted(order[:15].tolist())
    )


def test_what_is_kept_is_covered_by_already(world, select, tmp_path):
    world.embed(cloud())
    (tmp_path / "keep.txt").write_text("mine:7\nmine:3\n", encoding="utf-8")
    rows = directions(cloud())
    start = int(np.argmax(rows @ centres_of(world).centres[0]))
    assert select("--size", "9", "--keep", tmp_path / "keep.txt") == greedy(rows, [7, 3, start], 9)


def test_representative_rows_are_the_nearest_to_the_most_frequent_centre(world, select):
    world.embed(cloud())
    cosines = directions(cloud()) @ centres_of(world).centres[0]
    assert select("--size", "7", "--method", "representative") == np.argsort(-cosines, kind="stable")[:7].tolist()


def test_or_of_each_cluster_its_share_the_nearest_first(world, select):
    world.embed(cloud())
    found = centres_of(world)
    assert found.sizes.tolist() == [20, 10, 10]
    chosen = select("--size", "8", "--method", "representative", "--of", "each")
    assert Counter(found.labels[chosen].tolist()) == {0: 4, 1: 2, 2: 2}
    for cluster in range(3):
        own = [row for row in chosen if found.labels[row] == cluster]
        members = np.flatnonzero(found.labels == cluster)
        cosines = directions(cloud())[members] @ found.centres[cluster]
        assert own == members[np.argsort(-cosines, kind="stable")][: len(own)].tolist()


def rated(world):
    """Perplexities 1 … 40 in a scrambled order, rewards that rise with the number, IFD around 1; row 5 has none."""
    told = {
        number: {
            "perplexity": {"perplexity": float((number * 17) % 40 + 1)},
            "reward": {"reward": number / 10},
            "ifd": {"ifd": 0.5 + number / 40},
        }
        for number in range(40)
    }
    world.score(
        {**told, 5: {"unscored": {"perplexity": "not_a_number", "reward": "not_a_number", "ifd": "no_instruction"}}}
    )


def test_quality_is_within_bounds_and_the_best_by_reward(world, select):
    rated(world)
    chosen = select("--size", "5", "--method", "quality", "--perplexity", "5:20")
    between = [number for number in range(40) if number != 5 and 5 <= (number * 17) % 40 + 1 <= 20]
    assert chosen == sorted(between, reverse=True)[:5]
    assert Counter(world.reasons().values()) == {"perplexity_out_of_bounds": 39 - len(between), "no_perplexity": 1}


def test_or_by_another_number_the_least_first(world, select):
    rated(world)
    words = ("--size", "4", "--method", "quality")
    least = sorted(range(40), key=lambda number: (number * 17) % 40)[:4]
    assert select(*words, "--rank", "least-perplexity") == select(*words, "--rank=-perplexity") == least


def test_bounds_may_be_shares_and_go_with_any_method(world, select):
    rated(world)
    world.embed(cloud())
    assert min(select("--size", "10", "--reward", "50%:")) >= 19
    assert world.told()["numbers"]["between"]["reward"] == [pytest.approx(2.0), None]


def test_with_within_shares_are_of_each_of_its_parts(world, select):
    """The reward rises with the number of the row: over all rows its better half would leave kinds unequal parts."""
    rated(world)
    words = ("--size", "9", "--method", "quality", "--reward", "50%:", "--within", "kind")
    kinds = [line["meta"]["kind"] for line in world.lines]
    halves = {}
    for kind in set(kinds):
        own = sorted(number for number in range(40) if kinds[number] == kind and number != 5)
        halves[kind] = own[(len(own) - 1) // 2 :]
    assert set(select(*words)) <= set().union(*halves.values())
    limits = world.told()["numbers"]["between"]["reward"]
    assert {kind: low for kind, (low, high) in limits.items()} == {
        kind: pytest.approx(half[0] / 10) for kind, half in halves.items()
    }
    assert Counter(world.reasons().values())["reward_out_of_bounds"] == 39 - sum(map(len, halves.values()))


def test_ifd_takes_the_highest_below_one(world, select):
    """From 1 on the instruction makes the answer no likelier: 0.5 + number / 40 is 1 at the row 20."""
    rated(world)
    assert select("--size", "3", "--method", "ifd") == [19, 18, 17]
    assert Counter(world.reasons().values()) == {"instruction_does_not_help": 20, "no_ifd": 1}


def test_a_smaller_selection_is_the_beginning_of_a_larger_one(world, select):
    rated(world)
    world.embed(cloud())
    for method in ("coreset", "representative", "quality", "ifd"):
        assert select("--size", "5", "--method", method) == select("--size", "11", "--method", method)[:5]


def test_equal_vectors_get_one_place_and_rows_without_one_get_none(world, select):
    matrix = cloud()
    matrix[[8, 9]] = matrix[2], 3 * matrix[2]
    matrix[30] = 0
    world.embed(matrix)
    chosen = select("--size", "37")
    assert world.reasons() == {8: "same_vector", 9: "same_vector", 30: "no_vector"}
    assert sorted(chosen) == [row for row in range(40) if row not in (8, 9, 30)]


def test_equal_texts_get_one_place_also_where_vectors_differ(world, select):
    world.lines[4]["messages"] = world.lines[1]["messages"]
    world.save()
    world.embed(cloud())
    select("--size", "39")
    assert world.reasons() == {4: "duplicate"}


METHODS = [
    ("--method", "coreset"),
    ("--method", "coreset", "--nearest", "30"),
    ("--method", "representative"),
    ("--method", "representative", "--of", "each"),
    ("--method", "quality"),
    ("--method", "ifd"),
]


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_no_method_takes_what_is_measured_with_and_each_takes_what_is_kept(world, select, tmp_path, method):
    rated(world)
    world.embed(cloud())
    world.hold_out(19, 18, 39, 0, 2)
    (tmp_path / "keep.txt").write_text("mine:5\nmine:33\n", encoding="utf-8")
    chosen = select("--size", "14", "--keep", tmp_path / "keep.txt", *method)
    assert len(set(chosen)) == 14
    assert not set(chosen) & {19, 18, 39, 0, 2}
    assert chosen[:2] == [5, 33]
    assert world.told()["dropped"]["in_evaluation_set"] == 5


@pytest.mark.parametrize("by", ["source", "kind", "cluster", "length"])
@pytest.mark.parametrize("method", METHODS[:5], ids="-".join)
def test_within_keeps_shares_as_they_are(world, select, method, by):
    rated(world)
    world.embed(cloud())
    select("--size", "20", "--within", by, *method)
    shares = world.told()["numbers"]["strata"]["shares"]
    assert sum(part["chosen"] for part in shares.values()) == 20
    for part in shares.values():
        assert abs(part["chosen"] - 20 * part["rows"] / 40) < 1


def test_shares_are_those_of_all_rows_also_where_many_of_one_stratum_cannot_be_chosen(world, select):
    """A quarter of the rows is of wiki, of the candidates a seventh."""
    world.hold_out(0, 4, 8, 12, 16)
    chosen = select("--size", "16", "--method", "quality", "--rank", "characters", "--within", "source")
    assert sum(row % 4 == 0 for row in chosen) == 4
    chosen = select("--size", "28", "--method", "quality", "--rank", "characters", "--within", "source")
    assert sum(row % 4 == 0 for row in chosen) == 5  # all that are left; the others give the two that it lacks


@pytest.mark.parametrize("method", METHODS[:5], ids="-".join)
def test_strata_come_in_turn_so_that_a_beginning_has_the_shares_too(world, select, method):
    rated(world)
    world.embed(cloud())
    chosen = select("--size", "20", "--within", "source", *method)
    for size in (4, 8, 12, 16):
        assert abs(sum(row % 4 == 0 for row in chosen[:size]) - size / 4) < 1


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_no_document_gives_more_than_asked_for(world, select, method):
    rated(world)
    world.embed(cloud())
    chosen = select("--size", "11", "--per-document", "1", *method)
    assert len({row % 13 for row in chosen}) == 11


@pytest.mark.parametrize("method", METHODS, ids="-".join)
def test_the_same_words_write_the_same_bytes(world, select, written, method):
    rated(world)
    world.embed(cloud())
    words = ("--size", "9", *method, "--within", "kind", "--per-document", "3")
    select(*words)
    first = written.bytes()
    select(*words)
    assert written.bytes() == first


def test_a_selection_says_of_what_it_is_and_how_to_make_it_again(world, select, run):
    rated(world)
    world.embed(cloud())
    select("--size", "9", "--reward", "1:", "--within", "kind")
    told = world.told()
    assert told["created_by"] == "converters select mine --size 9 --reward 1: --within kind"
    assert told["parameters"]["reward"] == "1:"
    assert {"data", "scores", "vectors", "clusters", "output"} <= told["sha256"].keys()
    assert "radius" in told["numbers"]["within"]["ask"]
    assert (world.folder / "data" / "mine_selected.selection.html").is_file()
    assert run("stats", "mine_selected").code == 0
    assert run("dedupe", "mine_selected").code == 0


@pytest.mark.parametrize("own_ids", [False, True])
def test_a_selection_of_a_mixture_keeps_the_shares_of_its_groups(run, tmp_path, own_ids):
    """5 : 3 : 2 of a hundred rows; whose row it is stands in its line, and of older mixtures in its id alone."""
    world = World(tmp_path / "dataset_info")
    assert world.mix() == 0
    lines = [json.loads(line) for line in world.path("domain_mix").read_text("utf-8").splitlines()]
    for place, line in enumerate(lines):
        line |= {"id": f"mine-{place}"} if own_ids else {"dataset": ""}
    world.path("domain_mix").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    words = ("--size", "20", "--method", "quality", "--rank", "characters", "--within", "group")
    result = run("select", "domain_mix", *words)
    assert result.code == 0, result.err
    groups = Counter(GROUP_OF[row["source"]] for row in world.rows("domain_mix_selected"))
    assert groups == {"foundation": 10, "task": 6, "domain": 4}
    assert world.saved_registry()["domain_mix_selected"]["mix"] == {"group": "domain", "weight": 0.0}


def test_clusters_are_found_on_the_way_when_there_are_none(world, run):
    world.embed(cloud())
    for path in world.folder.glob("data/mine.c*"):
        path.unlink()
    result = run("select", "mine", "--size", "5", "--clusters", "3")
    assert result.code == 0, result.err
    assert "looking for 3 clusters" in result.out
    assert (world.folder / "data" / "mine.clusters.jsonl").is_file()
    assert "looking for" not in run("select", "mine", "--size", "5").out


def test_clusters_of_other_vectors_are_refused_where_they_decide_and_left_off_the_page_where_not(world, run):
    rated(world)
    world.embed(cloud())
    path = world.folder / "data" / "mine.clusters.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"vectors": {"sha256": "0"}}), "utf-8")
    assert "python -m converters cluster mine" in run("select", "mine", "--size", "5").err
    result = run("select", "mine", "--size", "5", "--method", "quality")
    assert result.code == 0
    assert "not on the page" in result.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--size", "5"), "--embedding-model PATH"),
        (("--size", "5", "--method", "ifd"), "score mine --metrics ifd --model PATH --template NAME"),
        (("--size", "5", "--method", "quality"), "score mine --metrics reward --reward-model PATH"),
        (("--size", "5", "--reward", "1:2:3"), "FROM:TO"),
        (("--size", "5", "--of", "each"), "--method representative"),
        (("--size", "5", "--rank", "reward"), "--method quality"),
        (("--size", "5", "--per-document", "0"), "a number above 0"),
        (("--size", "5", "--model", "a", "--embedding-model", "b"), "one of both"),
        (
            ("--size", "1", "--keep", "keep.txt", "--method", "quality", "--rank", "characters"),
            "at most the 1 of --size",
        ),
        (("--size", "5", "--keep", "missing.txt"), "one a line"),
        (("--size", "30", "--method", "quality", "--rank", "characters", "--per-document", "1"), "--size 13 takes all"),
    ],
)
def test_what_cannot_be_selected_is_said_and_nothing_is_written(world, run, written, tmp_path, words, said):
    (tmp_path / "keep.txt").write_text("mine:5\nmine:33\n", encoding="utf-8")
    before = written.bytes()
    result = run("select", "mine", *words)
    assert result.code == 2
    assert said in result.err
    assert written.bytes() == before


def test_far_and_hard_rows_are_often_broken_and_who_sets_no_bounds_is_told_so(world, run):
    world.embed(cloud())
    told = "what is far from all others, or hard, is often broken"
    assert told in run("select", "mine", "--size", "5").out
    assert told not in run("select", "mine", "--size", "5", "--characters", ":80%").out
    assert told not in run("select", "mine", "--size", "5", "--method", "representative").out
