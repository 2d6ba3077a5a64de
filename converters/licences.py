"""`python -m converters licences`: what a mixture or a dataset obliges its user to, counted from its records.

Every record carries the licence of its source in `meta.licence`. This is a summary of well-known licences and no
legal advice: the texts behind the addresses decide. What a model trained on such records may be used for is disputed;
shown is what the licences ask of those who use and pass on the records.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.mixing.members import convert_command
from converters.mixing.registry import Registry, command, mixtures, read_registry
from converters.mixing.rows import Unusable
from converters.mixing.survey import DataFile
from converters.mixing.survey import parsed as parsed_row


@dataclass(frozen=True)
class Licence:
    """What a licence asks for: names to name, the same licence for what is derived, no commercial use."""

    name: str
    url: str = ""
    attribution: bool = False
    share_alike: bool = False
    non_commercial: bool = False
    remark: str = ""


def _creative_commons(code: str, version: str, port: str = "") -> Licence:
    return Licence(
        f"Creative Commons {code.upper()} {version}{' ' + port.upper() if port else ''}",
        f"https://creativecommons.org/licenses/{code}/{version}/{port + '/' if port else ''}",
        attribution=True,
        share_alike="sa" in code.split("-"),
        non_commercial="nc" in code.split("-"),
    )


LICENCES: Mapping[str, Licence] = {
    "MIT": Licence("MIT License", "https://spdx.org/licenses/MIT.html", attribution=True),
    "Apache-2.0": Licence("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0", attribution=True),
    "CC0-1.0": Licence("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-2.0-FR": _creative_commons("by", "2.0", "fr"),
    "CC-BY-4.0": _creative_commons("by", "4.0"),
    "CC-BY-SA-3.0": _creative_commons("by-sa", "3.0"),
    "CC-BY-SA-4.0": _creative_commons("by-sa", "4.0"),
    "CC-BY-NC-4.0": _creative_commons("by-nc", "4.0"),
    "CC-BY-NC-SA-4.0": _creative_commons("by-nc-sa", "4.0"),
    "ODC-By-1.0": Licence(
        "Open Data Commons Attribution 1.0", "https://opendatacommons.org/licenses/by/1-0/", attribution=True
    ),
    "GPL-3.0-only": Licence(
        "GNU General Public License 3.0",
        "https://www.gnu.org/licenses/gpl-3.0.html",
        attribution=True,
        share_alike=True,
    ),
    "GFDL-1.3-or-later": Licence(
        "GNU Free Documentation License 1.3",
        "https://www.gnu.org/licenses/fdl-1.3.html",
        attribution=True,
        share_alike=True,
    ),
    "LicenseRef-research-only": Licence(
        "research use only, as its publisher states",
        non_commercial=True,
        remark="no commercial use, also of what is made from it",
    ),
    "LicenseRef-public-domain": Licence("public domain (author dead for centuries)"),
    "LicenseRef-unstated": Licence(
        "none stated", remark="no permission is given: ask its publisher before passing it on"
    ),
    "LicenseRef-own": Licence("your own data", remark="you know its terms"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="mixtures or datasets (domain_mix, belle)")
    parser.add_argument("--attributions", type=Path, metavar="FILE", help="write whom and what to name, one a line")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    registry = read_registry(parsed.dataset_dir)
    counted: Counter[tuple[str, str]] = Counter()
    named: dict[str, None] = {}
    for name in parsed.names:
        for row in _rows(parsed.dataset_dir, registry, _resolved(registry, name)):
            source, licence = of_record(row, name)
            counted[source, licence] += 1
            if parsed.attributions and _asks_for_names(licence, _meta(row)):
                named[_credit(source, _meta(row), licence)] = None
    print(report(counted))
    if parsed.attributions:
        parsed.attributions.write_text("".join(f"{line}\n" for line in named), encoding="utf-8")
        print(f"{parsed.attributions}: {len(named):,} lines")
    return 0


def of_record(row: Any, name: str) -> tuple[str, str]:
    """Source and licence of a record of dataset `name`."""
    return _source(row, name), str(_meta(row).get("licence") or "LicenseRef-unstated")


def owed(counted: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """For a manifest: records by source and licence, and in sentences what they oblige to."""
    return {
        "records": [
            {"source": source, "licence": licence, "records": count}
            for (source, licence), count in sorted(counted.items())
        ],
        "obligations": [*_obligations(counted), *_clashes(counted), *_unknown(counted)],
    }


def parts(licence: str) -> list[str]:
    return [part.strip() for part in licence.split(" AND ")]


def report(counted: Mapping[tuple[str, str], int]) -> str:
    """Records by source and licence, then each obligation with the sources that bring it."""
    lines = [f"{source}: {count:,} records under {licence}" for (source, licence), count in sorted(counted.items())]
    return "\n".join([*lines, "", *_obligations(counted), *_clashes(counted), *_unknown(counted)])


def _obligations(counted: Mapping[tuple[str, str], int]) -> Iterator[str]:
    total = sum(counted.values())
    for heading, asked in (
        ("non-commercial", "non_commercial"),
        ("share-alike", "share_alike"),
        ("attribution", "attribution"),
    ):
        bringing = {
            key: count
            for key, count in counted.items()
            if any(getattr(LICENCES.get(part), asked, False) for part in parts(key[1]))
        }
        sources = ", ".join(sorted({source for source, _ in bringing}))
        share = f"{sum(bringing.values()):,} of {total:,} records ({sources})" if bringing else "nothing"
        yield f"{heading}: {share}"
    for part in sorted({part for _, licence in counted for part in parts(licence)} & LICENCES.keys()):
        known = LICENCES[part]
        yield f"  {part}: {' · '.join(text for text in (known.name, known.url, known.remark) if text)}"


def _clashes(counted: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """A work derived from both cannot be under the one licence alone and keep the other's ban on commerce."""
    present = sorted({part for _, licence in counted for part in parts(licence)} & LICENCES.keys())
    open_to_all = [name for name in present if LICENCES[name].share_alike and not LICENCES[name].non_commercial]
    closed = [name for name in present if LICENCES[name].non_commercial]
    for one, other in product(open_to_all, closed):
        yield f"warning: {one} and {other} cannot both be kept if these records are passed on as one work"


def _unknown(counted: Mapping[tuple[str, str], int]) -> Iterator[str]:
    present = {part for _, licence in counted for part in parts(licence)}
    for part in sorted(present - LICENCES.keys()):
        yield f"warning: the licence '{part}' is not known here: read its text yourself"


def _asks_for_names(licence: str, meta: Mapping[str, Any]) -> bool:
    """Also where nobody knows what a licence asks for, and where the record itself says whom to name."""
    known = [LICENCES[part].attribution for part in parts(licence) if part in LICENCES]
    return bool(meta.get("attribution")) or any(known) or len(known) < len(parts(licence))


def _meta(row: Any) -> Mapping[str, Any]:
    meta = row.get("meta") if isinstance(row, Mapping) else None
    return meta if isinstance(meta, Mapping) else {}


def _source(row: Any, name: str) -> str:
    return str((row.get("source") if isinstance(row, Mapping) else "") or name)


def _credit(source: str, meta: Mapping[str, Any], licence: str) -> str:
    about = [str(meta.get(key) or "") for key in ("title", "author", "attribution")]
    return " · ".join(" ".join(text.split()) for text in (source, *about, licence) if text)


def _resolved(registry: Registry, name: str) -> str:
    if name not in registry and f"{name}_mix" in registry:
        return f"{name}_mix"
    if name not in registry:
        raise SourceError(
            name,
            expected="a dataset or a mixture of dataset_info.json",
            found=name,
            remedy="Names: " + ", ".join(registry),
        )
    return name


def _rows(dataset_dir: Path, registry: Registry, name: str) -> Iterator[Any]:
    path = dataset_dir / str(registry[name].get("file_name", ""))
    if not path.is_file():
        mixed = name in mixtures(registry)
        made = f"`{command(f'mix {name}', dataset_dir)}`" if mixed else convert_command(name, dataset_dir)
        raise SourceError(
            str(path),
            expected=f"the file of {name}",
            found="no such file",
            remedy=f"Make it first: {made}",
        )
    with ExitStack() as stack:
        for line in DataFile(path, stack).lines():
            try:
                yield parsed_row(line.raw)
            except Unusable:
                yield None  # still a record, and nobody knows its licence


def unlisted(licences: Sequence[str]) -> list[str]:
    """Those that the table does not have: a source must not carry them."""
    return [part for licence in licences for part in parts(licence) if part not in LICENCES]
