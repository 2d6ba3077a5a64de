"""How much is looked at, and how much is too much: every limit of the reading layer in one place."""

from __future__ import annotations

HEAD = 1 << 20  # decompressed bytes that are looked at to recognise encoding, layout and format
BLOCK = 1 << 20  # bytes read at a time
SAMPLES = 20  # records that are shown to a format's `matches`

LONGEST_VALUE = 16 << 20  # bytes of one line, JSON value, table field, document or XML element
DEEPEST_XML = 256  # elements inside one another

# Text shrinks to a fifth, seldom to a fiftieth. What grows beyond this, once it is big enough to do harm, is a bomb.
BOMB_RATIO = 250  # decompressed bytes for each compressed one
BOMB_FLOOR = 64 << 20  # decompressed bytes below which no ratio matters
MOST_LAYERS = 3  # compression around compression: tar.gz with .gz members has two
KEPT_MEMBER = 1 << 20  # bytes of a companion in a compressed tar that is held in memory, for it has no random access
KEPT_MEMBERS = 64 << 20  # bytes of all of them
MOST_MEMBERS = 2_000_000  # files in an archive; their names are held in memory
