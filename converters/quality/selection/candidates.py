"""Which rows of a dataset may be chosen at all, and why not the others? One pass over the texts.

Not in any evaluation set, and one place for each text: rows with the same letters, digits and ideographs are one
candidate, the first of them. What needs scores or vectors is asked in `filters` and `twins`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from converters.contract import SourceError
from converters.digests import digest64
from converters.mixing.leakage import EvaluationIndex, conversation_text
from converters.mixing.rows import answer_characters
from converters.profiles import estimated
from converters.quality.contract import Numbers
from converters.quality.rows import Rows


@dataclass(frozen=True)
class Known:
    """What the texts tell of each row, in the order of the file; `characters` and `tokens` (estimated) of its answers.

    `leaks`: why a row is in an evaluation set, of the few that are.
    """

    sources: tuple[str, ...]
    documents: tuple[str, ...]
    kinds: tuple[str, ...]
    characters: Numbers
    tokens: Numbers
    digests: npt.NDArray[np.uint64]
    leaks: Mapping[int, str]


@dataclass(frozen=True)
class Candidates:
    """`numbers` may be chosen, in the order of the file; `reasons` says why each of the other rows may not.

    `details` adds to a reason what a reader would ask next: the row that it repeats. Rows that the user keeps (`kept`)
    are always among `numbers`.
    """

    numbers: Numbers
    kept: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)
    details: Mapping[int, str] = field(default_factory=dict)

    def without(self, reasons: Mapping[int, str], details: Mapping[int, str] | None = None) -> Candidates:
        """Those that stay when these rows go too; a row keeps the first reason that it was given."""
        passed = self.reasons.keys() | self.kept
        new = {number: reason for number, reason in reasons.items() if number not in passed}
        gone = np.fromiter(new, dtype=np.int64, count=len(new))
        told = {number: text for number, text in (details or {}).items() if number in new}
        left = np.setdiff1d(self.numbers, gone)
        return replace(self, numbers=left, reasons={**self.reasons, **new}, details={**self.details, **told})


def known(rows: Rows, evaluation: EvaluationIndex) -> Known:
    sources, documents, kinds = list[str](), list[str](), list[str]()
    characters, tokens, digests = array("q"), array("q"), array("Q")
    leaks: dict[int, str] = {}
    for row in tqdm(rows, desc=rows.name, total=len(rows), unit=" rows", disable=None, leave=False):
        sources.append(row.source)
        documents.append(row.document)
        kinds.append(row.kind)
        characters.append(answer_characters(row.turns))
        tokens.append(sum(estimated([turn.content for turn in row.turns if turn.role == "assistant"])))
        digests.append(digest64(conversation_text(row.turns).encode("utf-8", "surrogatepass")))
        leak = evaluation.leak(row.id, row.turns)
        if leak:
            leaks[row.number] = leak
    return Known(
        tuple(sources),
        tuple(documents),
        tuple(kinds),
        np.asarray(characters, dtype=np.int64),
        np.asarray(tokens, dtype=np.int64),
        np.asarray(digests, dtype=np.uint64),
        leaks,
    )


def candidates(rows: Rows, facts: Known, kept: Collection[int] = ()) -> Candidates:
    """Every row but leaks and repeats; of equal texts the first stays, or those that the user keeps."""
    every = Candidates(np.arange(len(rows), dtype=np.int64), frozenset(kept)).without(facts.leaks)
    repeats = _repeats(facts.digests, every.numbers, every.kept)
    details = {number: f"the text of {rows.ids[first]}" for number, first in repeats.items()}
    return every.without(dict.fromkeys(repeats, "duplicate"), details)


def _repeats(digests: npt.NDArray[np.uint64], numbers: Numbers, kept: Collection[int]) -> dict[int, int]:
    """(row that goes -> the row with the same text that stays)."""
    first: dict[int, int] = {}
    for number in sorted(numbers.tolist(), key=lambda number: (number not in kept, number)):
        first.setdefault(int(digests[number]), number)
    found = ((number, first[int(digests[number])]) for number in numbers.tolist())
    return {number: stays for number, stays in found if number != stays}


def require_enough(rows: Rows, pool: Candidates, size: int) -> None:
    """Raises SourceError when fewer rows can be chosen than are asked for, or more are kept than that."""
    if len(pool.kept) > size:
        raise SourceError(
            f"{rows.name}, --keep",
            expected=f"at most the {size:,} of --size",
            found=f"{len(pool.kept):,} ids",
            remedy="What is kept counts: raise --size, or keep fewer.",
        )
    if size <= len(pool.numbers):
        return
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in Counter(pool.reasons.values()).most_common())
    raise SourceError(
        f"{rows.name}, --size",
        expected=f"{size:,} examples that can be chosen",
        found=f"{len(pool.numbers):,} of {len(rows):,}" + (f" ({reasons})" if reasons else ""),
        remedy=f"--size {len(pool.numbers)} takes all of them." if len(pool.numbers) else "",
    )
