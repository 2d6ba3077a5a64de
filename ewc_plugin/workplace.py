"""Is this a folder to type our commands in, and what does a user read who is in another one?

A folder becomes one by `python -m ewc_plugin init`: it has recipes/ and dataset_info/.
"""

import difflib
import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ewc_plugin import shipped
from ewc_plugin.errors import EwcError

FOLDERS = ("recipes", "dataset_info")
INIT = "python -m ewc_plugin init"
YAML = (".yaml", ".yml", ".json")  # what the host takes for a recipe


class RecipeError(EwcError, FileNotFoundError):
    """A recipe that is not there; for the host still the error that it would have raised itself."""


def hint() -> str:
    """What to do where a command of ours failed; empty in a folder that has what they work on."""
    lacking = [f"{name}/" for name in FOLDERS if not Path(name).is_dir()]
    if not lacking:
        return ""
    return (
        f"There is no {' and no '.join(lacking)} in {Path.cwd()}: change to the folder that has them, or write them "
        f"here with: {INIT}"
    )


def helpful(read_args: Callable[..., Any]) -> Callable[..., Any]:
    """The host's reader of recipes, with our sentences where it cannot find one of ours or reads a torn path."""

    @functools.wraps(read_args)
    def read(args: Any = None) -> Any:
        words = sys.argv[1:] if args is None else []
        if (torn := torn_by_torchrun(words)) is not None:
            raise torn
        try:
            return read_args(args)
        except FileNotFoundError as error:
            if words and (absent := no_recipe(words[0])) is not None:
                raise absent from error
            raise

    return read


def no_recipe(given: str) -> RecipeError | None:
    """The error for a recipe that does not exist; None where it is none of ours, and the host's error says enough."""
    path, ours = Path(given), shipped_recipes()
    below = "/".join(path.parts[path.parts.index("recipes") + 1 :]) if "recipes" in path.parts else path.name
    if path.exists() or (below not in ours and "recipes" not in path.parts):
        return None
    near = difflib.get_close_matches(below, ours, n=1)
    remedy = hint() or f"Write it there with: {INIT}"
    if below not in ours:
        meant = f"Did you mean recipes/{near[0]}? " if near else ""
        remedy = meant + (hint() or f"There are {', '.join(ours)} in recipes/.")
    return RecipeError(given, expected="a recipe", found=f"no such file in {Path.cwd()}", remedy=remedy)


def shipped_recipes() -> list[str]:
    folder = shipped.path("recipes")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


def no_registry(dataset_dir: Path) -> str:
    """The sentence for a dataset_dir without a registry; empty where there is one, or where it is a hub."""
    is_hub = str(dataset_dir) == "ONLINE" or str(dataset_dir).startswith("REMOTE:")  # the host's words for it
    registry = dataset_dir / "dataset_info.json"
    if is_hub or registry.is_file():
        return ""
    wanted = hint() if dataset_dir == Path("dataset_info") else ""
    other = "Point dataset_dir at the folder that has it, or convert something into this one (--dataset-dir)"
    return f"dataset_dir {dataset_dir}: there is no {registry}. {wanted or other}"


# -- spaces, which LLaMA-Factory's own launcher of several processes does not survive --------------------------


def torn_by_torchrun(words: Sequence[str]) -> EwcError | None:
    """The error for a recipe or a key whose value was cut at a space when LLaMA-Factory started torchrun."""
    end = next((place for place, word in enumerate(words) if word.endswith(YAML)), None)
    if "TORCHELASTIC_RUN_ID" not in os.environ or end is None or words[0].startswith("-"):
        return None
    lost = next((place for place, word in enumerate(words[end + 1 :], end + 1) if "=" not in word), None)
    if end == 0 and lost is None:
        return None
    return EwcError(
        " ".join(words[: end + 1] if lost is None or end else words[lost - 1 : lost + 1]),
        expected="no space in a path or a value",
        found="one that was cut there: LLaMA-Factory starts torchrun with a command line that it splits at spaces",
        remedy="For several processes rename it (the folder that you are in may have spaces, and so may values that "
        "stand in the recipe).",
    )


def spaces_in_python() -> str:
    """The sentence for a Python that LLaMA-Factory cannot start several processes with; empty for any other."""
    # the launcher's own file is a word of that command line, and it lies in this Python's site-packages
    if not any(map(str.isspace, sys.prefix)):
        return ""
    return (
        f"{sys.prefix} has a space in its path: LLaMA-Factory cannot start several processes from there "
        "(FORCE_TORCHRUN=1, or more than one GPU). Training in one process works. For several, make the environment "
        "in a folder without spaces."
    )
