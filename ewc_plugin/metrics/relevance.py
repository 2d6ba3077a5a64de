"""How much of what was said before does an answer take up? BM25 over pairs of characters, or the cosine of vectors."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ewc_plugin.metrics.answers import Embed
from ewc_plugin.metrics.characters import grams, units

VERSION = 1
K1, B, N = 1.2, 0.75, 2

Term = tuple[str, ...]


def terms(text: str) -> list[Term]:
    """Pairs of neighbours; the single one of a text that has one only."""
    parts = units(text)
    return grams(parts, N) if len(parts) >= N else [parts] if parts else []


@dataclass(frozen=True)
class Collection:
    """What is rare, and how long a text is: from the set's references, so that all rows of a matrix weigh alike."""

    documents: int
    frequency: Counter[Term]
    mean_length: float

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Collection":
        split = [terms(text) for text in texts]
        frequency = Counter(term for one in split for term in set(one))
        return cls(len(split), frequency, sum(map(len, split)) / max(1, len(split)))

    def weight(self, term: Term) -> float:
        """Idf = ln(1 + (N − df + ½) / (df + ½))  (Robertson & Zaragoza 2009, the form that is never negative)."""
        df = self.frequency[term]
        return math.log(1 + (self.documents - df + 0.5) / (df + 0.5))

    def bm25(self, query: str, text: str) -> float:
        """Σ idf·tf·(k₁+1)/(tf + k₁(1 − b + b·|text|/mean)) over the query's terms, each once."""
        said = terms(text)
        count = Counter(said)
        grown = K1 * (1 - B + B * len(said) / self.mean_length) if self.mean_length else K1
        wanted = sorted(set(terms(query)))
        return math.fsum(self.weight(t) * count[t] * (K1 + 1) / (count[t] + grown) for t in wanted if t in count)

    def relevance(self, query: str, text: str) -> float:
        """BM25 as a share of what no text can exceed, Σ idf·(k₁+1): in [0, 1). NaN for a query without characters."""
        wanted = sorted(set(terms(query)))
        most = math.fsum(self.weight(term) * (K1 + 1) for term in wanted)
        return self.bm25(query, text) / most if most else math.nan


def by_bm25(queries: Sequence[str], texts: Sequence[str], references: Sequence[str]) -> list[float]:
    collection = Collection.of(references)
    return [collection.relevance(query, text) for query, text in zip(queries, texts, strict=True)]


def by_vectors(queries: Sequence[str], texts: Sequence[str], embed: Embed) -> list[float]:
    """Cosine of the two unit vectors; 0 for an empty text, NaN for an empty query."""
    asked = [i for i, query in enumerate(queries) if units(query)]
    both = [i for i in asked if units(texts[i])]
    values = [math.nan] * len(queries)
    for i in asked:
        values[i] = 0.0
    if both:
        cosines = np.sum(embed([queries[i] for i in both]) * embed([texts[i] for i in both]), axis=1)
        for i, cosine in zip(both, cosines, strict=True):
            values[i] = float(cosine)
    return values
