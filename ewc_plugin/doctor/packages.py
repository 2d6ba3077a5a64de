"""Which packages are installed, and which requirements do they leave unmet? Read from metadata; nothing is imported."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ewc_plugin import shipped

OWN, HOST = "llamafactory-ewc", "llamafactory"


@dataclass(frozen=True)
class Unmet:
    """A requirement of `owner` that the installed version (None: not installed) does not meet."""

    owner: str
    name: str
    wanted: str
    installed: str | None

    def __str__(self) -> str:
        return f"{self.name} {self.installed or 'is absent'} ({self.owner} requires {self.wanted})"


def version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def required(owner: str) -> Iterator[tuple[str, str]]:
    """(name, range) of what a package requires here, without its extras. Raises ImportError without `packaging`."""
    from packaging.requirements import Requirement

    try:
        texts = metadata.requires(owner) or []
    except metadata.PackageNotFoundError:
        return
    for wanted in map(Requirement, texts):
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield wanted.name, str(wanted.specifier)


def unmet(owner: str) -> list[Unmet]:
    from packaging.specifiers import SpecifierSet

    found = []
    for name, wanted in required(owner):
        installed = version(name)
        if installed is None or not SpecifierSet(wanted).contains(installed, prereleases=True):
            found.append(Unmet(owner, name, wanted or "it", installed))
    return found


def tested() -> dict[str, str]:
    """name → version of the set that was seen to work together."""
    lines = shipped.path("constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].strip().split("==") for line in lines if "==" in line)
    return {canonical(name): number.strip() for name, number in pairs}


def canonical(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def origin(name: str) -> str:
    """Where a package was taken from: a folder, a repository with its commit, or an index."""
    text = metadata.distribution(name).read_text("direct_url.json")
    if not text:
        return f"installed by {(metadata.distribution(name).read_text('INSTALLER') or 'no installer').strip()}"
    about = json.loads(text)
    where = str(source_folder(name) or about["url"])
    if vcs := about.get("vcs_info"):
        return f"from {where}, {vcs.get('vcs')} {str(vcs.get('commit_id'))[:10]}"
    return f"from {where}" + ", editable" * editable(name)


def editable(name: str) -> bool:
    text = metadata.distribution(name).read_text("direct_url.json")
    return bool(text and json.loads(text).get("dir_info", {}).get("editable"))


def source_folder(name: str) -> Path | None:
    """The folder that a package was installed from, whether it is still there or not; None for any other origin."""
    text = metadata.distribution(name).read_text("direct_url.json")
    about = json.loads(text) if text else {}
    parts = urlsplit(about.get("url", ""))
    return Path(unquote(parts.path)) if parts.scheme == "file" and "dir_info" in about else None
