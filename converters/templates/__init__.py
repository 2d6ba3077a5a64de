"""Instruction templates: one readable file for each task, and how one of them is chosen and filled.

A template is Chinese as a native would type it, with {names} for what the record gives. Which one a record gets is
decided by a hash of the record, so that neither the order of the input nor the other records matter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

_NAME = re.compile(r"\{(\w+)\}")


class Filled(NamedTuple):
    """`label` names the template, as `poetry.TO_TUNE/3`: it goes into `Example.template`."""

    text: str
    label: str


def fill(name: str, templates: Sequence[str], by: str | bytes, **values: str) -> Filled:
    """The template that the hash of `by` chooses, filled; `name` is where the templates stand (`poetry.TO_TUNE`).

    Values may hold braces. Raises KeyError if a template wants a value that is not given.
    """
    data = by.encode("utf-8", "surrogatepass") if isinstance(by, str) else by
    place = int.from_bytes(hashlib.sha256(name.encode() + b"\0" + data).digest()[:8], "big") % len(templates)
    return Filled(_NAME.sub(lambda match: values[match[1]], templates[place]), f"{name}/{place}")
