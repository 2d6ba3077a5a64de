"""Will Chinese be readable here? The encodings of the output, and of files that others open without saying one."""

import codecs
import locale
import sys

from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, note, ok

CHINESE = "训练〇𠮷"  # common, a sign that GBK lacks, and one beyond the first plane


def findings(case: Case) -> list[Finding]:
    out, files = _name(sys.stdout.encoding or "utf-8"), _name(locale.getpreferredencoding(False))
    utf8 = "export PYTHONUTF8=1   # or PYTHONIOENCODING=utf-8 for the output alone"
    if lacking := [c for c in CHINESE if not _has(out, c)]:
        shown = "Chinese" if "训" in lacking else "rare characters"
        return [note(f"the output is {out}, which lacks {shown}: they appear as \\u escapes", utf8)]
    if files != "utf-8":
        # our own files are always UTF-8; others' programs write in the locale's encoding
        return [note(f"output {out}, files of other programs {files}: ours are UTF-8 all the same", utf8)]
    return [ok(f"output {out}, files {files}")]


def _name(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return encoding


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
