"""How does a row ask about its passage: which templates, and the one of them that a hash chooses."""

from __future__ import annotations

from converters.expansion.contract import Passage
from converters.templates import Filled, fill
from converters.templates import expansion as templates


def asked(name: str, passage: Passage, place: str, **values: str) -> Filled:
    """The request of a row; of a passage with a title also the templates of `name`_TITLED may be chosen."""
    if passage.title and hasattr(templates, f"{name}_TITLED"):
        name = f"{name}_TITLED"
    title = passage.title
    work = title if "《" in title else f"《{title}》"
    given = {"passage": passage.text, "title": title, "work": work} | values
    return fill(f"expansion.{name}", getattr(templates, name), place, **given)
