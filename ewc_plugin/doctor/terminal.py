"""Will Chinese be readable here? The encodings of the output, and of files that others open without saying one."""

import codecs
import locale
import sys

from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, note, ok

CHINESE = "训练〇𠮷"  # common, a sign that GBK lacks, and one beyond the first plane


def findings(case: Case) -> list[Finding]:
    out, files = _name(sys.stdout.encoding or "utf-8"), _name(locale.getpreferredencoding(False))
    lacking = [character for character in CHINESE if not _has(out, character)]
    if not lacking:
        # our own files are always UTF-8; only other programs write in the locale's encoding
        return [ok(f"output {out}" + f"; our files are UTF-8, not {files}" * (files != "utf-8"))]
    shown = "Chinese" if "训" in lacking else "rare characters"
    # UTF-8 would be garbled in a terminal that expects a Chinese encoding; gb18030 has every character
    remedy = "export PYTHONIOENCODING=gb18030" if _has(out, "训") else "export PYTHONUTF8=1"
    return [note(f"the output is {out}, which lacks {shown}: they appear as \\u escapes", remedy)]


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
