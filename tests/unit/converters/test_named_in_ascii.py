"""A folder whose name another library cannot be told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import opencc
import pytest

from converters.named_in_ascii import named_in_ascii

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux numbers open folders by name")


@LINUX
def test_a_folder_with_chinese_in_its_name_is_reached_by_an_ascii_name_for_as_long_as_it_is_needed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "新 文件夹"
    folder.mkdir()
    (folder / "a.txt").write_text("甲", encoding="utf-8")
    with named_in_ascii(folder) as name:
        assert str(name).isascii()
        assert (name / "a.txt").read_text(encoding="utf-8") == "甲"
    assert not (name / "a.txt").exists()


def test_a_folder_with_an_ascii_name_is_itself(tmp_path: Path) -> None:
    with named_in_ascii(tmp_path) as name:
        assert name == tmp_path


@LINUX
@pytest.mark.parametrize("name", ["环境".encode(), "环境".encode("gb18030")])
def test_characters_are_simplified_by_an_opencc_that_is_installed_under_any_name(tmp_path: Path, name: bytes) -> None:
    packages = os.path.join(os.fsencode(tmp_path), name)
    shutil.copytree(os.fsencode(Path(opencc.__file__).parent), os.path.join(packages, b"opencc"))
    code = (
        "import sys, opencc; from converters.script import simplified; assert not opencc.__file__.isascii(); "
        "sys.stdout.buffer.write(simplified('漢語').encode('utf-8'))"
    )
    environment = {**os.environb, b"PYTHONPATH": packages, b"PYTHONUTF8": b"0"}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert ended.stdout.decode() == "汉语", ended.stderr.decode(errors="replace")
