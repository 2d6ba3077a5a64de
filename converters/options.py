"""What the command line may ask of a conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

EVAL_SHARE = 0.02


@dataclass(frozen=True)
class Options:
    """`limit` counts kept examples for each dataset. `workers`, `engine` and `strict` never change a byte
    of the output.

    Of each dataset `least_eval` examples are held out where `eval_share` gives fewer, but of no more than a fifth of
    the documents; 0 where the user named a share.

    `name` replaces the source's name at the beginning of its datasets' names; `caps` those of the same kind in any of
    its datasets; `options` are those that the source declares.
    """

    format: str = ""
    limit: int | None = None
    workers: int = 1
    engine: Literal["local", "ray"] = "local"
    eval_share: float = EVAL_SHARE
    least_eval: int = 0
    max_eval: int = 500
    strict: bool = False
    script: Literal["simplified", "original"] = "simplified"
    encoding: str = "auto"
    name: str = ""
    caps: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> dict[str, object]:
        """The options that the output depends on."""
        names = ("format", "limit", "eval_share", "max_eval", "script", "encoding", "name")
        least = {"least_eval": self.least_eval} if self.least_eval else {}
        own = {"caps": dict(self.caps), "options": dict(self.options)}
        return {name: getattr(self, name) for name in names} | least | own
