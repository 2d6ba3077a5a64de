"""Verse in a locale whose names of files are not UTF-8: the rhyme book lies in files with Chinese names."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from converters.poems import guangyun

ASKED = (
    "import sys, converters.poems.guangyun as book; print(sys.getfilesystemencoding(), len(list(book.characters())))"
)


def test_another_python_reads_the_rhyme_book_where_names_of_files_are_not_utf8(monkeypatch):
    here = list(guangyun.characters())
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "gb18030")
    assert list(guangyun.characters()) == here


@pytest.mark.slow  # the locale takes half a minute to make
def test_the_rhyme_book_is_read_in_a_locale_of_gb18030(tmp_path):
    made = subprocess.run(["localedef", "-i", "zh_CN", "-f", "GB18030", tmp_path / "zh_CN.GB18030"], check=False)
    if not (tmp_path / "zh_CN.GB18030").exists():
        pytest.skip(f"localedef made no locale ({made.returncode})")
    environment = os.environ | {"LC_ALL": "zh_CN.GB18030", "LOCPATH": str(tmp_path)}
    environment.pop("PYTHONUTF8", None)
    ran = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, capture_output=True, encoding="gb18030", check=False
    )
    assert ran.stdout.split() == ["gb18030", str(len(list(guangyun.characters())))], ran.stderr
