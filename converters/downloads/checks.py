"""Whether what was fetched is what was published: digests, and for what has none that it is no web page and whole."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from converters.downloads.wanted import Digest
from converters.reading.limits import BLOCK

PAGES = (".html", ".htm", ".xhtml")
HEAD = 512


def sha256_and(path: Path, digest: Digest | None) -> tuple[str, str]:
    """(sha256 of a file, what it has where `digest` is published), in one reading."""
    ours, theirs = hashlib.sha256(), _empty(path, digest)
    with path.open("rb") as stream:
        while piece := stream.read(BLOCK):
            ours.update(piece)
            if theirs is not None:
                theirs.update(piece)
    return ours.hexdigest(), theirs.hexdigest() if theirs is not None else ours.hexdigest()


def _empty(path: Path, digest: Digest | None) -> hashlib._Hash | None:
    if digest is None or digest.kind == "sha256":
        return None
    begun = hashlib.sha1(usedforsecurity=False)
    if digest.kind == "git":
        begun.update(b"blob %d\0" % path.stat().st_size)
    return begun


def is_page(head: bytes, content_type: str, name: str) -> bool:
    """A login page, an apology or a captive portal in place of a file, sent with status 200."""
    if PurePosixPath(name).suffix.lower() in PAGES:
        return False
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return content_type.startswith("text/html") or start.startswith((b"<!doctype html", b"<html"))


def broken_archive(path: Path, name: str) -> str:
    """What is wrong with a zip that nobody publishes a digest of; "" for a whole one, and for other files."""
    if PurePosixPath(name).suffix.lower() != ".zip":
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        return str(error) or type(error).__name__
    return f"a damaged {bad}" if bad else ""


def commit_of_archive(path: Path) -> str:
    """The commit that Git writes into the comment of an archive it makes; "" where there is none."""
    if not zipfile.is_zipfile(path):
        return ""
    with zipfile.ZipFile(path) as archive:
        comment = archive.comment.decode("ascii", "replace")
    return comment if len(comment) == 40 and set(comment) <= set("0123456789abcdef") else ""
