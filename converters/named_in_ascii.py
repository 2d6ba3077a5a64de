"""How does a library that takes paths as UTF-8 open a folder whose name is in other bytes? By the folder's number.

In a locale such as zh_CN.GB18030 the text of a path with Chinese in it has other bytes than its name on the disk, or
none at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BY_NUMBER = Path("/proc/self/fd")  # Linux; elsewhere names are Unicode


@contextmanager
def named_in_ascii(folder: Path) -> Iterator[Path]:
    """The same folder under a name in ASCII where it needs one and can have one; it is good inside the `with`."""
    if str(folder).isascii() or not folder.is_dir() or not _BY_NUMBER.is_dir():
        yield folder
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        yield _BY_NUMBER / str(number)
    finally:
        os.close(number)
