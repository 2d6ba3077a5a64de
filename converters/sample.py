"""`python -m converters sample`: some examples of a dataset become a dataset: systematic, random, or stratified.

Never an example of an evaluation set, and of equal texts one. The sample lies beside the data with weight 0: no mixture
has it unless --instead gives it the weight of its original.
"""

from __future__ import annotations

import argparse
from collections import Counter

from converters.contract import SourceError
from converters.quality.contract import Choice, Selection
from converters.quality.covering import clusters as cluster_files
from converters.quality.selection import outcome
from converters.quality.selection import words as selection_words
from converters.quality.selection.beginning import Begun, begun
from converters.quality.selection.candidates import Candidates, candidates, require_enough
from converters.quality.selection.known_beside import beside
from converters.quality.selection.published import publish
from converters.quality.selection.sampling import METHODS, random_sample, stratified_sample, systematic_sample
from converters.quality.selection.strata import BY, Strata, Told, strata
from converters.quality.selection.weighing import give_back
from converters.quality.selection.words import size_of

SEED = 42


def add_arguments(parser: argparse.ArgumentParser) -> None:
    selection_words.add_arguments(parser, ending="sample")
    parser.add_argument("--method", choices=METHODS, default="systematic", help="how rows are chosen (systematic)")
    parser.add_argument("--by", choices=tuple(BY), help="with stratified: what makes a stratum")
    parser.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="with stratified: above 1, small strata give more"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"with random ({SEED})")


def run(parsed: argparse.Namespace) -> int:
    name = parsed.name or f"{parsed.dataset}_sample"
    if parsed.undo:
        print(outcome.given_back(parsed.dataset, name, give_back(parsed.dataset_dir, parsed.dataset, name)))
        return 0
    _check(parsed)
    with begun(parsed.dataset_dir, parsed.dataset, name) as start:
        pool = candidates(start.rows, start.facts)
        size = size_of(parsed, len(start.rows))
        require_enough(start.rows, pool, size)
        parts = _strata(start, parsed.by) if parsed.by else None
        chosen = tuple(_sampled(parsed, pool, size, parts))
        told = {"strata": {"by": parts.by, "shares": outcome.shares(parts, pool.numbers, chosen)}} if parts else {}
        selection = Selection(parsed.method, chosen, Counter(pool.reasons.values()), pool.reasons, told)
        publish(start, selection, pool, parsed, step="sample", name=name, known=beside(start, None, {}))
    return 0


def _check(parsed: argparse.Namespace) -> None:
    if (parsed.method == "stratified") != bool(parsed.by):
        raise SourceError(
            "--by", expected=f"what strata are made by, with --method stratified: {', '.join(BY)}", found=str(parsed.by)
        )
    if not parsed.temperature > 0:
        raise SourceError("--temperature", expected="a number above 0", found=str(parsed.temperature))


def _strata(start: Begun, by: str) -> Strata:
    clusters = cluster_files.load(start.dataset_dir, start.rows) if by == "cluster" else None
    return strata(by, Told(start.rows, start.facts, start.registry, start.dataset_dir, clusters))


def _sampled(parsed: argparse.Namespace, pool: Candidates, size: int, parts: Strata | None) -> list[Choice]:
    if parts is not None:
        return stratified_sample(pool.numbers, size, parts, temperature=parsed.temperature)
    if parsed.method == "random":
        return random_sample(pool.numbers, size, seed=parsed.seed)
    return systematic_sample(pool.numbers, size)
