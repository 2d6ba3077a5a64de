"""How Parquet and Arrow files become rows: nested structs as dicts, read row group by row group."""

from __future__ import annotations

import datetime
import decimal
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO, Any, Literal

import orjson

from converters.reading.limits import BLOCK
from converters.reading.streams import DamageError

Layout = Literal["parquet", "arrow", "arrow_stream"]
BATCH = 512  # rows

_MAGIC: dict[bytes, Layout] = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow_stream"}


def arrow_layout(head: bytes) -> Layout | None:
    for magic, layout in _MAGIC.items():
        if head.startswith(magic):
            return layout
    return None


def rows(stream: IO[bytes], layout: Layout) -> Iterator[dict[str, Any]]:
    """Raises DamageError for a file that is cut or no such file."""
    import pyarrow

    with ExitStack() as open_files:
        try:
            for batch in _batches(_seekable(stream, open_files), layout):
                batch.validate(full=True)  # or a changed offset reads memory that is not its own
                plain = _is_plain(batch.schema)
                for row in batch.to_pylist(maps_as_pydicts="lossy"):
                    yield row if plain else _storable(row)
        except (pyarrow.ArrowException, UnicodeDecodeError, OverflowError) as error:
            raise DamageError(str(error).split("\n")[0]) from error


def as_lines(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Rows as JSON Lines, for files that correspond row by row as others do line by line."""
    return (orjson.dumps(value).decode() for value in values)


def _seekable(stream: IO[bytes], open_files: ExitStack) -> IO[bytes]:
    """The file itself, or a nameless copy of what is compressed or in an archive: the index stands at the end."""
    if stream.seekable():
        return stream
    copy = open_files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    shutil.copyfileobj(stream, copy, BLOCK)
    copy.seek(0)
    return copy


def _batches(file: IO[bytes], layout: Layout) -> Iterator[Any]:
    import pyarrow

    if layout == "parquet":
        from pyarrow import parquet

        yield from parquet.ParquetFile(file, pre_buffer=False).iter_batches(BATCH)
    elif layout == "arrow":
        reader = pyarrow.ipc.open_file(file)
        for index in range(reader.num_record_batches):
            yield from _sliced(reader.get_batch(index))
    else:
        for batch in pyarrow.ipc.open_stream(file):
            yield from _sliced(batch)


def _sliced(batch: Any) -> Iterator[Any]:
    for start in range(0, batch.num_rows, BATCH):
        yield batch.slice(start, BATCH)


def _is_plain(schema: Any) -> bool:
    """Whether every value of such a table is one that JSON has."""
    return all(_is_plain_type(field.type) for field in schema)


def _is_plain_type(kind: Any) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        return all(_is_plain_type(field.type) for field in kind)
    if types.is_list(kind) or types.is_large_list(kind):
        return _is_plain_type(kind.value_type)
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_null(kind)
    )


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta | decimal.Decimal):
        return str(value)
    return value
