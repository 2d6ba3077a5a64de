"""Which words are there, and which of them meet? Learns `words.bin` from a model of word pairs.

    python -m converters.conversations.misspelt.learn ARPA

ARPA is a language model of words in simplified Chinese, in the format of that name. The file that is shipped came from
`lm_sc.arpa` of 2022-08-10, which the input method library libime (LGPL-2.1-or-later, its source package in Debian) is
built with. It holds fingerprints and costs, and no word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from converters.conversations.misspelt.vocabulary import LONGEST, PAIR_BITS, TABLE, WORD_BITS, fingerprint, pack
from converters.text import HAN

WORDS = 100_000
PAIRS = 250_000
LEAST_CHEAPER = 10  # a pair is worth a place if it costs so much less than its words do
_WORD = re.compile(f"[{HAN}]{{1,{LONGEST}}}")


def main(arpa: Path) -> None:
    alone, pairs = words(arpa), {}
    for (before, word), cost in together(arpa):
        if before in alone and word in alone:
            cheaper = alone[word][0] + alone[before][1] - cost
            if cheaper >= LEAST_CHEAPER:
                pairs[before, word] = cost, cheaper * 10 ** (-(alone[before][0] + cost) / 10)
    kept = sorted(pairs, key=lambda pair: (-pairs[pair][1], pair))[:PAIRS]
    known = {fingerprint(word, WORD_BITS): costs for word, costs in alone.items()}
    meet = {fingerprint(" ".join(pair), PAIR_BITS): pairs[pair][0] for pair in kept}
    TABLE.write_bytes(pack([(key, *costs) for key, costs in known.items()], list(meet.items())))
    print(f"{len(known):,} words, {len(meet):,} pairs, {TABLE.stat().st_size:,} bytes")


def words(arpa: Path) -> dict[str, tuple[int, int]]:
    """The most usual words, and every one of a single character: cost, and what it costs more to leave it."""
    found = {
        gram: (_cost(probability), _cost(backoff))
        for probability, gram, backoff in _section(arpa, 1)
        if _WORD.fullmatch(gram)
    }
    usual = sorted(found, key=lambda word: (found[word][0], word))
    kept = {*usual[:WORDS], *(word for word in usual if len(word) == 1)}
    return {word: costs for word, costs in found.items() if word in kept}


def together(arpa: Path) -> Iterator[tuple[tuple[str, str], int]]:
    for probability, gram, _ in _section(arpa, 2):
        before, word = gram.split(" ")
        yield (before, word), _cost(probability)


def _cost(logarithm: str) -> int:
    return min(255, max(0, round(-10 * float(logarithm))))


def _section(arpa: Path, order: int) -> Iterator[tuple[str, str, str]]:
    """Probability, words and back-off weight of each n-gram of an order."""
    inside = False
    with arpa.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("\\"):
                if inside:
                    return
                inside = line.startswith(f"\\{order}-grams:")
            elif inside and line.strip():
                probability, gram, *backoff = line.rstrip("\n").split("\t")
                yield probability, gram, backoff[0] if backoff else "0"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
