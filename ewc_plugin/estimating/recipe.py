"""What does a recipe ask for? Its keys with those of the command line, as the host would read them, and its batch."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ewc_plugin import host, mixture
from ewc_plugin.batch import keys as batch_keys
from ewc_plugin.batch.reckoning import Length, reckon
from ewc_plugin.encoding import KINDS
from ewc_plugin.errors import ArgumentsError

ONLINE = "ONLINE"  # the host's name for the hub instead of a folder


@dataclass(frozen=True)
class Recipe:
    """A recipe and the groups of arguments that the host makes of it, before it looks for a device."""

    path: Path
    keys: dict[str, Any]
    groups: tuple[Any, Any, Any, Any, Any]

    @property
    def model(self) -> Any:
        return self.groups[0]

    @property
    def data(self) -> Any:
        return self.groups[1]

    @property
    def training(self) -> Any:
        return self.groups[2]

    @property
    def finetuning(self) -> Any:
        return self.groups[3]

    @property
    def generating(self) -> Any:
        return self.groups[4]

    @property
    def kind(self) -> str:
        return KINDS[self.finetuning.stage]

    @property
    def packed(self) -> bool:
        return self.kind in ("sft", "pt") and bool(
            self.data.packing or (self.kind == "pt" and self.data.packing is None)
        )

    @property
    def cutoff(self) -> int:
        """Positions of the longest sequence: what the recipe says."""
        return host.cutoff_of(self.data, self.keys)

    @property
    def checkpointing(self) -> bool:
        return not self.model.disable_gradient_checkpointing

    @property
    def missing(self) -> list[str]:
        """Why the data cannot be counted yet, one sentence each."""
        folder = Path(str(self.data.dataset_dir))
        names = list(self.data.dataset or [])
        entries = mixture.registry(folder)
        found = mixture.problems(names, folder)
        for name in names if str(folder) != ONLINE else ():
            entry = entries.get(name)
            if entry is None:
                known = ", ".join(entries) or "nothing, or is not there"
                found.append(f"dataset {name} is not in {folder / mixture.REGISTRY}, which has {known}")
            file = entry.get("file_name") if isinstance(entry, dict) else None
            if file and not mixture.is_mixture(entry) and not (folder / str(file)).exists():
                found.append(f"dataset {name} is not there ({folder / str(file)}): convert it first")
        return found

    def batch(self, world: int, length: Length | None) -> tuple[int, int]:
        """(per_device_train_batch_size, gradient_accumulation_steps) with that many ranks."""
        given = self.training.per_device_train_batch_size
        if self.finetuning.batch_tokens is None:
            return given, self.training.gradient_accumulation_steps
        batch_keys.check(self.finetuning.batch_tokens, self.training, self.finetuning, self.keys)
        found = length or Length(float(self.cutoff), "as if full")
        batch = reckon(self.finetuning.batch_tokens, found, world=world, at_most=given)
        return batch.per_device, batch.accumulation


def read(path: Path, words: Sequence[str] = ()) -> Recipe:
    """Raises ArgumentsError for a file that is no recipe, an unknown key, and a stage that is not counted."""
    from omegaconf import OmegaConf

    if not path.is_file():
        raise ArgumentsError(
            f"recipe {path}",
            expected="a YAML file",
            found="none",
            remedy="`python -m ewc_plugin init` writes recipes/.",
        )
    if wrong := [word for word in words if "=" not in word]:
        raise ArgumentsError(
            "estimate", expected="key=value", found=wrong[0], remedy="Write keys as llamafactory-cli takes them."
        )
    merged = OmegaConf.merge(OmegaConf.load(path), OmegaConf.from_cli(list(words)))
    plain: Any = OmegaConf.to_container(merged)
    keys = {str(key): value for key, value in plain.items() if value is not None}
    if not keys.get("model_name_or_path"):
        raise ArgumentsError(f"recipe {path}", expected="model_name_or_path", found="none", remedy="Add it.")
    try:
        groups = host.unprepared(keys)
    except ValueError as error:
        raise ArgumentsError(
            f"recipe {path}", expected="keys that LLaMA-Factory takes", found=str(error).rstrip("."), remedy="Mend it."
        ) from error
    known = {field.name for group in groups for field in fields(group)}
    unknown = sorted(set(keys) - known)
    recipe = Recipe(path, keys, groups)
    stage = getattr(recipe.finetuning, "stage", None)
    if unknown or stage not in KINDS or keys.get("export_dir"):
        raise ArgumentsError(
            f"recipe {path}",
            expected=f"keys of `llamafactory-cli train` with stage {', '.join(KINDS)}",
            found=f"unknown keys {', '.join(unknown)}" if unknown else f"stage {stage}, or keys of another command",
            remedy="Estimates are of recipes for training.",
        )
    return recipe


def data_length(recipe: Recipe) -> Length | None:
    """What `batch_tokens` is reckoned with; None while the data are not there and are not packed."""
    if recipe.missing and not recipe.packed:
        return None
    return host.length(recipe.groups, recipe.keys)
