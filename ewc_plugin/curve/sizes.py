"""Has this recipe beginnings that can be compared? How many rows it has, and what would make a size mean another thing.

The host's `max_samples` takes the first n rows of *each* dataset, before it splits, packs or shuffles: of one dataset
the sets are nested. A mixture of ours keeps its ratio in every beginning.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from ewc_plugin import mixture
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.pipeline.recipes import Stage
from ewc_plugin.shapes import list_of, number_of, table_of

BLOCK = 1 << 20
# keys under which a larger size does not hold the smaller one, and what to do
NOT_NESTED = {
    "val_size": "takes other rows away at each size; the evaluation sets are held out already: val_size=0",
    "streaming": "has no first n rows: streaming=false",
    "tokenized_path": "is read whole, whatever max_samples says: remove it",
    "resume_from_checkpoint": "is a checkpoint of one run: remove it",
    "ewc_estimate": "trains nothing: remove it",
}


def parsed(text: str) -> list[int]:
    """`100,300,1000` as numbers, the smallest first. Raises ArgumentsError."""
    words = [word.strip().replace("_", "") for word in text.split(",") if word.strip()]
    wrong = [word for word in words if not (word.isascii() and word.isdigit() and int(word) > 0)]
    sizes = sorted({int(word) for word in words if word not in wrong})
    if wrong or len(sizes) < 2:
        raise ArgumentsError(
            "--sizes",
            expected="two numbers of examples or more, with commas between",
            found=wrong[0] if wrong else text or "nothing",
            remedy="A curve wants four or more, each two to four times the one before: --sizes 100,300,1000,3000,8000",
        )
    return sizes


def problems(stage: Stage) -> Iterator[str]:
    """Why no curve can be made of this recipe, whatever the sizes."""
    if stage.verb == "export":
        yield f"{stage.recipe} exports a model; a curve is of a recipe that trains"
        return
    for key, why in NOT_NESTED.items():
        if stage.keys.get(key) not in (None, False, 0, 0.0, ""):
            yield f"{stage.recipe}: {key} {why}"
    names = stage.datasets
    if not names:
        yield f"{stage.recipe}: names no dataset"
    if len(names) > 1:
        yield (
            f"{stage.recipe}: max_samples would take as many rows of each of {', '.join(names)}, whatever their "
            "shares, until one of them ends: mix them first (python -m converters mix), or name one: dataset=…"
        )
    entries = mixture.registry(stage.dataset_dir)
    for name in names:
        if table_of(entries.get(name)).get("num_samples") is not None:
            yield f"{name}: num_samples in {stage.dataset_dir / mixture.REGISTRY} draws rows at random; remove it"


def too_large(stage: Stage, sizes: Sequence[int]) -> str:
    """What to do about sizes that the data do not have; empty when they have all."""
    there = available(stage)
    if there is None or sizes[-1] <= there:
        return ""
    (name,) = stage.datasets
    mixed = mixture.is_mixture(mixture.registry(stage.dataset_dir).get(name))
    more = f"build a larger one: python -m converters mix {name} --total {sizes[-1]}" if mixed else "add data"
    return f"--sizes: {name} has {there:,} examples, fewer than {sizes[-1]:,}: name sizes up to that, or {more}"


def available(stage: Stage) -> int | None:
    """How many rows there are; None for a file that only the host can read (a hub's, a table, a folder)."""
    (name,) = stage.datasets
    entry = table_of(mixture.registry(stage.dataset_dir).get(name))
    path = stage.dataset_dir / str(entry.get("file_name") or "")
    if not path.is_file():
        return None
    if path.suffix == ".jsonl":
        return _lines(path)
    if path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8"))
        return len(found) if isinstance(found, list) else None
    return None


def _lines(path: Path) -> int:
    """Line ends alone, as a file of gigabytes is read quickly; one more where the last line has none."""
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            count += block.count(b"\n")
            last = block[-1:]
    return count + (last != b"\n")


def _selected(stage: Stage, name: str) -> bool:
    """Whether `python -m converters select` or `sample` wrote it: its beginnings are smaller selections of the kind."""
    path = stage.dataset_dir / str(table_of(mixture.registry(stage.dataset_dir).get(name)).get("file_name") or "")
    return path.with_name(f"{name}.selection.json").is_file()


def notes(stage: Stage, sizes: Sequence[int]) -> Iterator[str]:
    """What a reader of the curve should know of the data and the keys."""
    (name,) = stage.datasets
    found = mixture.find([name], stage.dataset_dir)
    if found is None and not _selected(stage, name):
        yield (
            f"{name} is no mixture: its points are its first rows as they stand in the file. Where that is sorted, the "
            "curve shows the order too; python -m converters mix or sample shuffles"
        )
    for one in map(table_of, list_of(found.manifest.get("inputs")) if found else []):
        if repeated := number_of(one.get("repeats")):
            yield f"{one.get('dataset')}: {repeated:,} of its {one.get('taken'):,} rows in {name} repeat others"
    if (number_of(stage.keys.get("max_steps")) or 0) > 0:
        yield "max_steps: each size makes as many steps, so that the smaller ones see their examples more often"
    if stage.keys.get("eval_dataset"):
        yield "eval_dataset is cut to max_samples rows too; the evaluation sets below are not"
