"""Which sequences go through the model together?

A batch size of 8 says that 8 sequences of the cutoff's length fit into memory. Most prompts are far shorter, and to
generate a token costs a GPU nearly the same for 40 rows as for 8: as many go together as have no more positions than
those 8, padding included. Likelihoods keep to the rows: there the logits of a whole vocabulary fill the memory.
"""

from collections.abc import Sequence


def batches(lengths: Sequence[int], *, rows: int, positions: int | None = None) -> list[list[int]]:
    """Places of the sequences, the longest first: memory that does not suffice is noticed at once, not at the end.

    positions: the most of a batch, rows times longest. None, where ranks have to run equally many: `rows` each.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    found: list[list[int]] = []
    while order:
        fitting = rows if positions is None else max(1, positions // max(1, lengths[order[0]]))
        found.append(order[:fitting])
        order = order[fitting:]
    return found
