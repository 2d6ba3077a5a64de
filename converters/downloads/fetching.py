"""How one file comes whole: in as many pieces as the connection breaks it into, checked, and only then under its name.

Until then it is `.<name>.part`, which no reader looks at. What is half there is gone on with only if the other half is
sure to belong to it: by the digest that is published for the whole, or because the server is asked (If-Range) and its
answer fits what it said before.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from converters.downloads import checks, told
from converters.downloads.record import Fetched, Record, Started
from converters.downloads.transport import Answer, BrokenError, RefusedError, Transport, shown
from converters.downloads.wanted import Validators, Wanted

PART = ".part"
SPARE = 64 << 20  # bytes of the disk that are left to everybody else
CHECK_ROOM = 16 << 20  # the disk may fill from elsewhere: looked at again after so many bytes

Report = Callable[[int], None]


class _StaleError(Exception):
    """What is half there belongs to something else now."""


@dataclass
class Fetch:
    """One file on its way into `record.folder`; `report` is told how many bytes lie there after each piece."""

    wanted: Wanted
    record: Record
    transport: Transport
    report: Report
    _pieced: bool = field(default=False, init=False)

    @property
    def target(self) -> Path:
        return self.record.folder / self.wanted.path

    @property
    def part(self) -> Path:
        return self.target.with_name(f".{self.target.name}{PART}")

    @property
    def published(self) -> str:
        digest = self.wanted.digest
        return f"{digest.kind}:{digest.hex}" if digest else ""

    def run(self) -> Fetched:
        """Fetch, check, put in place and record. Raises SourceError; the part stays for the next run if it is good."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._pieced = self.already() > 0
        for again in (True, False):
            self._complete()
            ours, wrong = self._looked_at()
            if not wrong:
                return self._placed(ours)
            self._forget()
            # its pieces may be of two versions: once more, in one go
            if not (again and self._pieced):
                break
        raise told.wrong_digest(self.wanted, wrong)

    def already(self) -> int:
        """How many bytes of a part can be gone on with; a part that cannot is begun anew."""
        if not self.part.exists():
            return 0
        started = self.record.parts.get(self.wanted.path)
        same = started is not None and started.url == shown(self.wanted.url) and started.published == self.published
        safe = same and started is not None and bool(self.published or started.validators.condition)
        size = self.part.stat().st_size
        if safe and (self.wanted.size is None or size <= self.wanted.size):
            return size
        self._forget()
        return 0

    def _complete(self) -> None:
        """Ask until the last byte is there; give up after `attempts` answers in a row that brought nothing new."""
        failures, furthest, restarts = 0, self.already(), 0
        while not self._is_complete():
            try:
                self._ask()
                return
            except _StaleError:
                self._forget()
                self._pieced = True
                restarts += 1
                if restarts > self.transport.patience.attempts:
                    raise told.restless(self.wanted) from None
            except RefusedError as error:
                raise told.refused(self.wanted, error.status, str(error)) from None
            except BrokenError as error:
                self._pieced = True
                reached = self.already()
                failures = 1 if reached > furthest else failures + 1
                furthest = max(furthest, reached)
                self._wait(error, failures)

    def _is_complete(self) -> bool:
        """A run may have been killed between the last byte and its check."""
        size = self.wanted.size
        return size is not None and self.part.exists() and self.already() == size > 0

    def _wait(self, error: BrokenError, failures: int) -> None:
        patience = self.transport.patience
        if failures >= patience.attempts:
            raise told.gave_up(self.wanted, str(error), failures, self.already()) from None
        seconds = patience.wait(failures, error.asked)
        if seconds > patience.longest_asked:
            raise told.asked_to_wait(self.wanted, seconds) from None
        told.waits(self.wanted.path, str(error), seconds)
        time.sleep(seconds)

    def _ask(self) -> None:
        offset = self.already()
        started = self.record.parts.get(self.wanted.path)
        before = started.validators if offset and started else Validators()
        opened = self.transport.opened(self.wanted.url, self.wanted.server, start=offset, condition=before.condition)
        with opened as answer:
            if answer.status == 416:
                if answer.validators.total != offset:
                    raise _StaleError
                return
            # a published digest knows better than headers, which may have announced a wrong length
            _require_same(answer, offset, Validators() if self.published else before)
            self._write(answer, self._begin(answer, offset))

    def _begin(self, answer: Answer, offset: int) -> int:
        """Where its bytes go; a whole file begins anew."""
        if answer.status == 206:
            return offset
        now = answer.validators
        started = Started(shown(self.wanted.url), self.published, now.etag, now.modified, now.total)
        self.part.unlink(missing_ok=True)
        self.record.parts[self.wanted.path] = started
        self.record.save()
        return 0

    def _write(self, answer: Answer, offset: int) -> None:
        written, looked = 0, 0
        with self.part.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            for piece in answer.pieces:
                if (
                    not offset
                    and not written
                    and checks.is_page(piece[: checks.HEAD], answer.content_type, self.target.name)
                ):
                    self._forget()
                    raise told.web_page(self.wanted)
                if written >= looked:
                    self._require_room(answer.length, written)
                    looked = written + CHECK_ROOM
                self._put(file.write, piece)
                written += len(piece)
                self.report(offset + written)
            self._put(lambda _: file.flush(), b"")
        self._require_length(answer, offset + written, written)

    def _put(self, write: Callable[[bytes], object], piece: bytes) -> None:
        try:
            write(piece)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise told.disk_full(self.target.parent, self.wanted.path) from error
            raise

    def _require_room(self, length: int | None, written: int) -> None:
        free = shutil.disk_usage(self.target.parent).free
        if free < (length - written if length else 0) + SPARE:
            raise told.no_room(self.target.parent, (length or written) - written, free)

    def _require_length(self, answer: Answer, reached: int, written: int) -> None:
        size = self.wanted.size
        if size is not None and reached > size:
            raise _StaleError
        if size is not None and reached < size:
            raise BrokenError(f"it ended after {reached:,} of {size:,} bytes")
        if size is None and answer.length is not None and written < answer.length:
            raise BrokenError(f"it ended after {written:,} of {answer.length:,} bytes that were announced")

    def _looked_at(self) -> tuple[str, str]:
        """Its sha256, and what is wrong with it ("" for what was published)."""
        digest = self.wanted.digest
        ours, theirs = checks.sha256_and(self.part, digest)
        if digest is None:
            return ours, checks.broken_archive(self.part, self.target.name)
        return ours, "" if theirs == digest.hex else f"{digest.kind} {theirs}"

    def _placed(self, ours: str) -> Fetched:
        fetched = self._described(ours)
        with self.part.open("rb") as file:
            os.fsync(file.fileno())
        # recorded first: a file without a record, after a kill between the two, would be taken for somebody else's
        self.record.files[self.wanted.path] = fetched
        self.record.save()
        os.replace(self.part, self.target)
        self.record.parts.pop(self.wanted.path, None)
        self.record.save()
        return fetched

    def _described(self, ours: str) -> Fetched:
        wanted, found = self.wanted, self.part.stat()
        started = self.record.parts.get(wanted.path, Started(wanted.url))
        return Fetched(
            url=shown(wanted.url),
            revision=wanted.revision or checks.commit_of_archive(self.part),
            size=found.st_size,
            sha256=ours,
            licence=wanted.licence,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            published=self.published,
            etag=started.etag,
            modified=started.modified,
            changed=found.st_mtime_ns,
        )

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        if self.record.parts.pop(self.wanted.path, None) is not None:
            self.record.save()


def _require_same(answer: Answer, offset: int, before: Validators) -> None:
    """A server that ignores If-Range may send the second half of another file."""
    now = answer.validators
    pairs = ((before.etag, now.etag), (before.total, now.total))
    changed = any(then and today and then != today for then, today in pairs)
    if answer.status == 206 and (answer.start != offset or changed):
        raise _StaleError
