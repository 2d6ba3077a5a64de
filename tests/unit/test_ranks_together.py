"""What one machine lacks is said on all, and none waits for another that has gone."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ewc_plugin.errors import AnchorError
from ewc_plugin.ranks import OneProcess, OtherRankError, require_alike, together

PATIENCE = 10  # seconds after which a rank that waits for another in vain breaks off


class Threads:
    """Two ranks of one process, which wait for each other as processes do."""

    world_size = 2

    def __init__(self, rank: int, shared: dict[str, Any]) -> None:
        self.rank, self._shared = rank, shared

    def gather(self, items: list[Any]) -> list[Any]:
        self._shared[self.rank] = items
        self.barrier()
        found = [*self._shared[0], *self._shared[1]] if self.rank == 0 else []
        self.barrier()
        return found

    def broadcast(self, item: Any) -> Any:
        return self._of_first(item)

    def _of_first(self, item: Any) -> Any:
        if self.rank == 0:
            self._shared["first"] = item
        self.barrier()
        found = self._shared["first"]
        self.barrier()
        return found

    def barrier(self) -> None:
        self._shared["barrier"].wait(PATIENCE)

    def sum(self, tensor: Any) -> Any:
        raise NotImplementedError


def on_two(act: Callable[[Threads], Any]) -> list[Any]:
    """What `act` gives or raises on each of two ranks."""
    shared: dict[Any, Any] = {"barrier": threading.Barrier(2)}
    results: list[Any] = [None, None]

    def one(rank: int) -> None:
        try:
            results[rank] = act(Threads(rank, shared))
        except Exception as error:
            results[rank] = error

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def lacking(rank: int, error: Exception) -> Callable[[Threads], Any]:
    def act(ranks: Threads) -> Any:
        def look() -> str:
            if ranks.rank == rank:
                raise error
            return "found"

        return together(ranks, look)

    return act


def test_one_process_just_does_it() -> None:
    assert together(OneProcess(), lambda: 3) == 3
    require_alike(OneProcess(), lambda: {"a": "1"})


def test_all_ranks_get_what_they_found_themselves() -> None:
    assert on_two(lambda ranks: together(ranks, lambda: ranks.rank)) == [0, 1]


@pytest.mark.parametrize("rank", [0, 1])
def test_what_one_rank_lacks_is_raised_there_as_it_is_and_told_on_the_other(rank: int) -> None:
    own = AnchorError("a/ewc", expected="an anchor", found="no such folder", remedy="Train it.")
    results = on_two(lacking(rank, own))
    assert results[rank] is own
    other = results[1 - rank]
    assert isinstance(other, OtherRankError)
    assert f"rank {rank} on " in str(other)
    assert "a/ewc: expected an anchor; found no such folder" in str(other)


def test_an_error_of_any_kind_is_told() -> None:
    results = on_two(lacking(1, OSError(5, "Input/output error")))
    assert "Input/output error" in str(results[0])


def test_files_that_differ_are_named_on_every_rank() -> None:
    seen = [{"mix": "1", "eval": "2"}, {"mix": "1", "eval": "other"}]
    results = on_two(lambda ranks: require_alike(ranks, lambda: seen[ranks.rank]))
    assert all("the same files as rank 0; found others, or none, for eval" in str(result) for result in results)


def test_a_file_that_only_the_other_has_is_named_too() -> None:
    seen = [{"mix": "1"}, {"mix": "1", "more": "2"}]
    results = on_two(lambda ranks: require_alike(ranks, lambda: seen[ranks.rank]))
    assert all("for more" in str(result) for result in results)


def test_the_same_files_are_no_error() -> None:
    assert on_two(lambda ranks: require_alike(ranks, lambda: {"mix": "1"})) == [None, None]
