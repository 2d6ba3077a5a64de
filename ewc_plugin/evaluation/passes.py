"""What does each rank do? Its share of a list of work, in step with the others where they must keep step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ewc_plugin.ranks import Ranks


@dataclass(frozen=True)
class Share:
    """The places of one list that a rank works on; `spare` more are done for the others' sake and thrown away."""

    places: tuple[int, ...]
    spare: int = 0

    def done(self, results: Sequence[Any]) -> list[tuple[int, Any]]:
        """Each result with its place."""
        kept = self.places[: len(self.places) - self.spare]
        return list(zip(kept, results[: len(kept)], strict=True))


def share(count: int, ranks: Ranks, *, in_step: bool) -> Share:
    """Every `world_size`-th of `count` places. In step, a rank with one place less takes the first once more."""
    own = range(ranks.rank, count, ranks.world_size)
    most = -(-count // ranks.world_size)
    if not in_step or len(own) == most:
        return Share(tuple(own))
    return Share((*own, 0), spare=1)
