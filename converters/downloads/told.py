"""What a person reads when something cannot be fetched: where, what was expected, what was found, what to do."""

from __future__ import annotations

import sys
from pathlib import Path

from converters.contract import SourceError
from converters.downloads.transport import shown, uses_modelscope
from converters.downloads.wanted import Wanted

AGAIN = "What was fetched is kept: the same command goes on from there."


def say(text: str) -> None:
    """On standard error: what a program reads of a conversion stays alone on the other."""
    print(text, file=sys.stderr, flush=True)


def waits(what: str, reason: str, seconds: float) -> None:
    say(f"{shown(what)}: {reason}; again in {seconds:.0f} s")


def by_hand(page: str, path: str = "") -> str:
    where = f" into raw/…/{path}" if path else ""
    return f"Or fetch it by hand from {page}{where} and leave --download out (--raw names the folder)."


def size(count: int | None) -> str:
    if count is None:
        return "size unknown"
    number, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            break
        number /= 1000
    return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"


def refused(wanted: Wanted, status: int, reason: str) -> SourceError:
    """401, 403, 404 and the rest of what will be the same next time."""
    if status in (401, 403):
        return _closed(wanted.page, shown(wanted.url), status, wanted.server)
    if status in (404, 410):
        return SourceError(
            shown(wanted.url),
            expected="the file",
            found=f"HTTP {status}: it has moved or is gone",
            remedy=f"Look at {wanted.page} for where it is now. {by_hand(wanted.page)}",
        )
    return SourceError(shown(wanted.url), expected="the file", found=reason, remedy=by_hand(wanted.page))


def listing_refused(page: str, what: str, status: int, reason: str, server: str) -> SourceError:
    if status in (401, 403):
        return _closed(page, what, status, server)
    found = f"HTTP {status}: no such dataset or file there any more" if status in (404, 410) else reason
    return SourceError(what, expected="the list of its files", found=found, remedy=f"Look at {page}. {by_hand(page)}")


def _closed(page: str, what: str, status: int, server: str) -> SourceError:
    remedy = by_hand(page)
    if server in ("huggingface", "modelscope"):
        token = "HF_TOKEN" if server == "huggingface" else "MODELSCOPE_API_TOKEN"
        remedy = (
            f"Accept its terms on {page} while you are logged in, and set {token} to a token of that account "
            f"(a token that is set may also be wrong or expired). {remedy}"
        )
    return SourceError(
        what, expected="a file that you may read", found=f"HTTP {status}: access is restricted", remedy=remedy
    )


def gave_up(wanted: Wanted, reason: str, failures: int, reached: int) -> SourceError:
    kept = f", with {size(reached)} fetched" if reached else ""
    return SourceError(
        shown(wanted.url),
        expected="the whole file",
        found=f"{reason}, {failures} times in a row without anything new{kept}",
        remedy=f"{AGAIN if reached else 'Try again later.'} {mirror(wanted.server)}{by_hand(wanted.page)}",
    )


def listing_gave_up(page: str, what: str, reason: str, server: str) -> SourceError:
    remedy = f"Try again later. {mirror(server)}{by_hand(page)}"
    return SourceError(what, expected="the list of its files", found=reason, remedy=remedy)


def mirror(server: str) -> str:
    """What else may answer where this server does not."""
    if server == "huggingface":
        other = "" if uses_modelscope() else ", and USE_MODELSCOPE_HUB=1 asks ModelScope instead"
        return f"HF_ENDPOINT names a mirror{other}. "
    variable = {"github": "GITHUB_ENDPOINT", "wikimedia": "WIKIMEDIA_ENDPOINT"}.get(server)
    return f"{variable} names a mirror. " if variable else ""


def asked_to_wait(wanted: Wanted, seconds: float) -> SourceError:
    return SourceError(
        shown(wanted.url),
        expected="a server that answers",
        found=f"one that wants to be left alone for {seconds:,.0f} seconds",
        remedy=f"Come back then. {AGAIN}",
    )


def wrong_digest(wanted: Wanted, found: str) -> SourceError:
    digest = wanted.digest
    expected = f"{digest.kind} {digest.hex}, as published" if digest else "a whole archive"
    return SourceError(
        shown(wanted.url),
        expected=expected,
        found=f"{found or 'other bytes'} (deleted)",
        remedy=f"Try again; if it stays so, something on the way changes the file. {by_hand(wanted.page)}",
    )


def restless(wanted: Wanted) -> SourceError:
    return SourceError(
        shown(wanted.url),
        expected="one file",
        found="another one with each answer, or one that is longer than published",
        remedy=f"Try again later. {by_hand(wanted.page)}",
    )


def web_page(wanted: Wanted) -> SourceError:
    return SourceError(
        shown(wanted.url),
        expected="the file",
        found="a web page (a login of the network, a proxy, or an apology of the server)",
        remedy=f"Open {wanted.page} in a browser. {by_hand(wanted.page)}",
    )


def no_room(folder: Path, needed: int, free: int) -> SourceError:
    return SourceError(
        str(folder),
        expected=f"{size(needed)} of free disk space and some to spare",
        found=f"{size(free)}",
        remedy=f"Make room, or name another folder with --raw. {AGAIN}",
    )


def disk_full(folder: Path, name: str) -> SourceError:
    return SourceError(
        str(folder),
        expected=f"room for {name}",
        found="a full disk",
        remedy=f"Make room, or name another folder with --raw. {AGAIN}",
    )


def foreign(path: Path) -> SourceError:
    return SourceError(
        str(path),
        expected="the file as it was published, or none",
        found="another one: changed by hand, damaged, or not from here",
        remedy="Delete or move it to fetch it again; or leave --download out to use it as it is. Nothing was changed.",
    )
