"""What the records of chinese-poetry and Werneror look like.

Folders have been renamed (`json/` → `全唐诗/`, `ci/` → `宋词/`), so that a file is known by its content alone.
"""

from __future__ import annotations

from typing import Any

_PRIMERS = """
三字經 三字经 百家姓 千字文 弟子規 弟子规 增廣賢文 增广贤文 聲律啓蒙 聲律啟蒙 声律启蒙 朱子家訓 朱子家训
幼學瓊林 幼学琼林
"""
PRIMERS = frozenset(_PRIMERS.split())


def is_poem(record: Any) -> bool:
    return (
        _has(record, {"author", "paragraphs", "title"}, {"id", "tags", "notes"})
        and is_lines(record["paragraphs"])
        and not isinstance(record.get("tags"), str)
        and record["title"] not in PRIMERS
        and not isinstance(record.get("notes"), list)
    )


def is_lyric(record: Any) -> bool:
    return _has(record, {"author", "paragraphs", "rhythmic"}, {"tags", "prologue", "id"})


def is_annotated(record: Any) -> bool:
    return _has(record, {"author", "paragraphs", "rhythmic", "notes"}, {"title", "id", "tags"})


def is_aria(record: Any) -> bool:
    return _has(record, {"dynasty", "author", "paragraphs", "title"}, {"id"})


def is_ode(record: Any) -> bool:
    return _has(record, {"title", "chapter", "section", "content"}, set()) and is_lines(record["content"])


def is_elegy(record: Any) -> bool:
    return _has(record, {"title", "section", "author", "content"}, set()) and is_lines(record["content"])


def is_nalan(record: Any) -> bool:
    return _has(record, {"title", "para", "author"}, set())


def is_caocao(record: Any) -> bool:
    return _has(record, {"title", "paragraphs"}, set()) and is_lines(record["paragraphs"])


def is_imperial(record: Any) -> bool:
    return _has(record, {"title", "author", "paragraphs", "volume"}, {"biography", "notes", "no#", "id"})


def is_retold(record: Any) -> bool:
    return _has(record, {"author", "title", "paragraphs", "prologue"}, set())


def is_primer(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("title"), str):
        return False
    nested = isinstance(record.get("content"), list) and record["content"] and isinstance(record["content"][0], dict)
    return (bool(nested) or (record["title"] in PRIMERS and "paragraphs" in record)) and _is_tree(record)


def _is_tree(value: Any) -> bool:
    """Objects and texts all the way down; `content` and `paragraphs` are lists of the one or of the other."""
    if not isinstance(value, dict):
        return False
    branches = [value[name] for name in ("content", "paragraphs") if name in value]
    return all(isinstance(branch, list) and (is_lines(branch) or all(map(_is_tree, branch))) for branch in branches)


def is_classic(record: Any) -> bool:
    return _has(record, {"chapter", "paragraphs"}, set())


def is_row(record: Any) -> bool:
    return isinstance(record, dict) and {"题目", "作者", "内容"} <= set(record)


def is_suspect(record: Any) -> bool:
    return isinstance(record, dict) and "error_type" in record


def is_strains(record: Any) -> bool:
    return isinstance(record, dict) and "strains" in record and "paragraphs" not in record


def is_biography(record: Any) -> bool:
    return isinstance(record, dict) and "name" in record and bool({"desc", "description"} & set(record))


def is_rank(record: Any) -> bool:
    return isinstance(record, dict) and "baidu" in record


def is_aphorism(record: Any) -> bool:
    return _has(record, {"content", "comment"}, set())


# columns that hold a text wherever they occur; an author may be unknown
_TEXTS = ("title", "rhythmic", "chapter", "section", "dynasty")
_LINES = ("paragraphs", "para")


def _has(record: Any, needed: set[str], optional: set[str]) -> bool:
    if not isinstance(record, dict) or not needed <= set(record) <= needed | optional:
        return False
    return all(isinstance(record[name], str) for name in _TEXTS if name in record) and all(
        is_lines(record[name]) for name in _LINES if name in record
    )


def is_lines(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(line, str) for line in value)
