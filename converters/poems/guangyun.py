"""The characters of 廣韻, each with the rhyme that it stands under, as tshet-uinh has them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterable


def characters() -> Iterable[tuple[str, str]]:
    if sys.getfilesystemencoding() == "utf-8":
        return _entries()
    # In a locale such as zh_CN.GB18030 Python asks the disk for the GB18030 bytes of 資料.py and 廣韻.txt; what was
    # unpacked has those of UTF-8. A Python in UTF-8 mode finds them.
    code = f"import json, {__name__} as book; print(json.dumps(list(book._entries())))"
    told = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, encoding="utf-8", check=True)
    return [(character, rhyme) for character, rhyme in json.loads(told.stdout)]


def _entries() -> Iterable[tuple[str, str]]:
    # imported here: `python -m converters list` must not pay for it
    book = importlib.import_module("tshet_uinh.資料").廣韻
    for entry in book.iter條目():
        yield entry.字頭, entry.來源.韻目
