"""The engine alone: `python -m converters plain FILE …` with a source that has no rules, for benchmarks/converters.py.

The last line on stdout is the processor time, in seconds, that the parent process itself took.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import converters.__main__ as command_line
from converters import catalog, registry
from converters.contract import Context, Dataset, Example, Format, Outcome, Source, assistant, user


def convert(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    messages = user(record["instruction"]), assistant(record["output"])
    return [Example("plain", messages, document=record["instruction"])]


def is_pair(record: Any) -> bool:
    return isinstance(record, dict) and "instruction" in record and "output" in record


PLAIN = Source(
    name="plain",
    group="foundation",
    licence="MIT",
    origin="benchmarks/converters.py",
    formats=(Format("pairs", "instruction and output", "record", is_pair, convert),),
    datasets=(Dataset("plain", "whatever the records ask for", 1.0, "instruction"),),
    wanted=("*.json",),
)
# at import: worker processes import this file, too
registry.SOURCES = command_line.SOURCES = catalog.SOURCES = (PLAIN,)

if __name__ == "__main__":
    code = command_line.main(sys.argv[1:])
    own = resource.getrusage(resource.RUSAGE_SELF)
    print(own.ru_utime + own.ru_stime)
    sys.exit(code)
