"""Which mixtures must be built before the stages begin, and how? As they were last built, by the converters' command.

The converters are started as a process: the plugin and they meet in the files of dataset_info/ alone.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.pipeline.recipes import Stage, several

# settings of a mixture that `python -m converters mix` takes as options, under the names of its manifest, and what they
# are where neither the registry nor the command line says anything (a test compares them with the converters')
DEFAULTS: Mapping[str, Any] = {
    "total": 80000,
    "unit": "examples",
    "tokenizer": None,
    "sampling": "systematic",
    "seed": 42,
    "on_shortage": "error",
    "max_repeat": 4,
    "on_missing": "error",
}
OPTIONS = ("ratio", *DEFAULTS)


@dataclass(frozen=True)
class Stale:
    """A mixture that was not built, or is not what the registry and the files ask for now."""

    name: str
    dataset_dir: Path
    reason: str
    options: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """For this interpreter; relative paths, so that it can be typed as well."""
        where = ["--dataset-dir", str(self.dataset_dir)] if self.dataset_dir != Path("dataset_info") else []
        return [sys.executable, "-m", "converters", "mix", self.name, *self.options, *where]

    @property
    def typed(self) -> str:
        return " ".join(["python", *(f"'{w}'" if " " in w else w for w in self.command[1:])])


def stale(stages: Iterable[Stage]) -> list[Stale]:
    """Each mixture once, in the order of the stages."""
    wanted = dict.fromkeys((name, stage.dataset_dir) for stage in stages for name in _named(stage))
    found = []
    for name, folder in wanted:
        for problem in mixture.problems([name], folder):
            reason = problem.partition(": python -m ")[0]
            found.append(Stale(name, folder, reason, tuple(options(name, folder))))
    return found


def _named(stage: Stage) -> list[str]:
    keys = ("eval_dataset", "ewc_fisher_dataset") if stage.verb == "train" else ()
    return [*stage.datasets, *(name for key in keys for name in several(stage.keys.get(key)))]


def options(name: str, folder: Path) -> Iterator[str]:
    """What the command line said at the last build and the registry did not; none for the first build.

    A setting that was changed in the registry since then is the newer word of the user.
    """
    entry = mixture.registry(folder).get(name, {})
    try:
        made = json.loads(mixture.manifest_path(entry, folder).read_text(encoding="utf-8"))
        was, now = made["registry"]["mixture"], entry["mix"]
        given = [(key, made[key]) for key in OPTIONS if was.get(key) == now.get(key)]
        found = [(key, value) for key, value in given if _plain(value) != _plain(was.get(key, DEFAULTS.get(key)))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for key, value in found:
        yield f"--{key.replace('_', '-')}"
        yield ",".join(f"{group}={share}" for group, share in value.items()) if isinstance(value, dict) else str(value)


def _plain(value: Any) -> Any:
    """A ratio as the manifest has it: without groups of 0."""
    return {k: v for k, v in value.items() if v} if isinstance(value, Mapping) else value
