"""What a person sees of a download: what is offered before a byte is fetched, a bar while it comes, and `list`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from converters.columns import aligned
from converters.contract import ByHand, Download, GitHub, Hub, Source, Wikimedia
from converters.downloads import told
from converters.downloads.choice import Chosen
from converters.downloads.wanted import Wanted

HEADINGS = ("set", "from", "files", "size", "to fetch", "licence")


def offer(source: Source, offered: Sequence[Chosen], missing: Sequence[Wanted], folder: Path) -> str:
    """One table, the licences, what is left out, and where it goes."""
    lines = aligned([HEADINGS, *(_row(each, missing) for each in offered)])
    for each in offered:
        if each.card and each.card.lower() != each.download.licence.lower():
            lines.append(f"{each.download.name}: its card on the hub states the licence {each.card}")
        if each.left:
            lines.append(f"{each.download.name}: {each.left} more parts are left out (--limit is for a look)")
    names = {each.download.name for each in offered}
    others = [item.name for item in source.downloads if item.name not in names and not isinstance(item.where, ByHand)]
    if others:
        lines.append(f"by name there is more: {', '.join(others)}")
    return "\n".join([*lines, f"into {folder}/" if missing else f"all of it is in {folder}/ and unchanged"])


def _row(each: Chosen, missing: Sequence[Wanted]) -> tuple[str, ...]:
    left = [item for item in each.files if item in missing]
    licence = each.download.licence
    return (
        each.download.name,
        each.files[0].server,
        str(len(each.files)),
        _size(each.files, each.download),
        _size(left, each.download) if left else "nothing",
        licence,
    )


def _size(files: Sequence[Wanted], item: Download) -> str:
    if any(each.size is None for each in files):
        return f"about {told.size(item.size)}" if item.size else told.size(None)
    return told.size(sum(each.size or 0 for each in files))


@contextmanager
def counting(wanted: Wanted, number: int, of: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda reached: None
        return
    from tqdm import tqdm

    name = Path(wanted.path).name
    with tqdm(total=wanted.size, unit="B", unit_scale=True, file=sys.stderr, dynamic_ncols=True, leave=False) as bar:
        bar.set_description(f"{number}/{of} {name}", refresh=False)

        def report(reached: int) -> None:
            bar.update(reached - bar.n)

        yield report


def listed(source: Source) -> list[str]:
    """Lines of `list`: what `--download` fetches, and what is fetched by hand and why."""
    lines = []
    for item in source.downloads:
        if isinstance(item.where, ByHand):
            lines.append(f"  by hand  {item.name}: {item.where.why}; {item.page}")
            continue
        notes = [
            told.size(item.size) if item.size else "",
            item.licence,
            item.note,
            "" if item.usual else "by name only",
        ]
        lines.append(f"  download {item.name}: {_where(item)} ({', '.join(filter(None, notes))})")
    return lines


def _where(item: Download) -> str:
    where = item.where
    if isinstance(where, Hub):
        return f"Hugging Face {where.huggingface}" + (f", ModelScope {where.modelscope}" if where.modelscope else "")
    if isinstance(where, Wikimedia):
        return f"dumps.wikimedia.org, {where.wiki}, {where.file}"
    if isinstance(where, GitHub):
        return f"GitHub {where.repository}" + (f": {', '.join(where.paths)}" if where.paths else "")
    return item.page


def described(source: Source) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "name": item.name,
            "page": item.page,
            "licence": item.licence,
            "size": item.size or None,
            "usual": item.usual and not isinstance(item.where, ByHand),
            "by_hand": item.where.why if isinstance(item.where, ByHand) else "",
        }
        for item in source.downloads
    ]
