"""Where are the recipes, the registry and the tested set of versions that come with us?

In a checkout the repository's own, so that an edit counts at once; otherwise the copies that the wheel carries.
"""

import tomllib
from pathlib import Path

from ewc_plugin.errors import EwcError

_PACKAGE = Path(__file__).resolve().parent
_CARRIED = _PACKAGE / "shipped"  # pyproject.toml, force-include


def path(name: str) -> Path:
    """The file or folder of ours with that name: recipes/…, dataset_info/… or constraints.txt.

    Looked for beside this very module only: an editable install also leaves a copy in site-packages, which ages.
    """
    checkout = _PACKAGE.parent
    found = (checkout if _is_ours(checkout / "pyproject.toml") else _CARRIED) / name
    if not found.exists():
        raise EwcError(
            str(found),
            expected="a file that is installed with llamafactory-ewc",
            found="none",
            remedy="The installation is not whole: pip install --force-reinstall --no-deps llamafactory-ewc",
        )
    return found


def _is_ours(declared: Path) -> bool:
    """Whether this is a checkout or an unpacked source archive, not site-packages or a project that copied us."""
    try:
        project = tomllib.loads(declared.read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):
        return False
    return bool(project.get("name") == "llamafactory-ewc")
