"""`--engine ray`: the same record functions on Ray Data, for corpora that one machine is too slow for.

Files are read and records converted in Ray's tasks; duplicates, caps and holding out stay here, in the order of the
input, so that the output is that of the local engine to the byte. A cluster is joined by RAY_ADDRESS, as Ray has it;
its machines need this package, and the input under the same paths.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from converters.contract import SourceError
from converters.engine.chunks import Chunk, chunks
from converters.engine.prepare import Job, Prepared
from converters.engine.workers import work
from converters.reading.inputs import Input

Row = dict[str, Any]
BLOCK = 8 << 20  # bytes that go from reading to converting at a time: what can be spread over machines
READING = 0.25  # of a core: reading is little work, and must not be fused with converting into one task a file


def results(
    inputs: Sequence[Input], jobs: Sequence[Job], *, workers: int, few: bool
) -> Iterator[tuple[Chunk, Prepared]]:
    """Every chunk of every input with what came of it, in order. Raises SourceError if Ray is not installed."""
    ray = _ray(workers)
    rows = [
        {"input": ray.cloudpickle.dumps(item), "job": pickle.dumps(job), "few": few}
        for item, job in zip(inputs, jobs, strict=True)
    ]
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows))
    for row in dataset.flat_map(read_chunks, num_cpus=READING).map(convert_chunk).iter_rows():
        if row["error"]:
            raise pickle.loads(row["error"])
        yield pickle.loads(row["chunk"]), pickle.loads(row["prepared"])


def _ray(workers: int) -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SourceError(
            "--engine ray",
            expected="the package ray",
            found="an environment without it",
            remedy="pip install 'llamafactory-ewc[ray]', or leave --engine out.",
        ) from error
    if not ray.is_initialized():
        ray.init(num_cpus=workers + 1, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.target_max_block_size = BLOCK
    return ray


def read_chunks(row: Row) -> Iterator[Row]:
    """The chunks of one input; a file that cannot be read to its end gives its error as the last row."""
    item, job = pickle.loads(row["input"]), pickle.loads(row["job"])
    try:
        for chunk in chunks(job, item, few=row["few"]):
            yield {"chunk": pickle.dumps(chunk), "error": b""}
    except SourceError as error:
        yield {"chunk": b"", "error": pickle.dumps(error)}


def convert_chunk(row: Row) -> Row:
    """A mistake of the user's that a record shows (a column that is not there) is an error as well."""
    if row["error"]:
        return {**row, "prepared": b""}
    try:
        return {**row, "prepared": pickle.dumps(work(pickle.loads(row["chunk"])))}
    except SourceError as error:
        return {**row, "prepared": b"", "error": pickle.dumps(error)}
