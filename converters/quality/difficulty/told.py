"""A study as a person reads it: how hard, with how many examples to begin, what a prompt does, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

from converters.beside import harmless
from converters.columns import aligned
from converters.quality.difficulty.answers import CHRF
from converters.quality.difficulty.levels import rules
from converters.quality.difficulty.spread import spread
from converters.quality.difficulty.study import Study
from converters.quality.difficulty.surprise import Losses
from converters.quality.difficulty.tried import Tried, shots_shown
from converters.quality.difficulty.verdicts import counted, ends

EXAMPLES = 3
FEW = 50  # general examples
LONGEST = 120  # characters of a text that is shown


def told(study: Study) -> str:
    return "\n".join(
        [*_difficulty(study), "", *_beginning(study), "", *_tries(study), "", *_verdict(study), "", *_examples(study)]
    )


def _difficulty(study: Study) -> Iterator[str]:
    name, ratio = study.gathered.name, study.difficulty.ratio
    rows = [_row(name, study.task), *(_row(one.name, one) for one in study.general)]
    yield from aligned([("references of", "examples", "tokens", "perplexity", "bits a byte"), *rows])
    general = ", ".join(one.name for one in study.general)
    yield (
        f"{name} is {study.difficulty.told}: its perplexity is {ratio.value:.2f} times that of general answers "
        f"({general}), 95 % interval {ends(ratio, 2)}"
    )
    yield _by_bytes(study)
    if (number := sum(map(len, study.general))) < FEW:
        yield f"only {number} general examples were compared with: --reference NAME names a larger set"
    for what, reasons in study.unscored.items():
        counts = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
        yield f"without a loss, of {name if what == 'the task' else what}: {counts}"
    yield from study.gathered.notes


def _by_bytes(study: Study) -> str:
    other = study.by_bytes
    if other is None:
        return (
            f"answers have {sum(study.task.tokens) / len(study.task):.1f} tokens, their ends among them: of so short "
            "ones the perplexity says little, the score below more"
        )
    differs = "" if other.at.level == study.difficulty.at.level else f": by that it would be {other.at.level}"
    return (
        f"reckoned by bytes, whatever the tokenizer makes of them, {other.ratio.value:.2f} times "
        f"({ends(other.ratio, 2)}){differs}"
    )


def _row(name: str, losses: Losses) -> tuple[str, ...]:
    return (
        name,
        f"{len(losses):,}",
        f"{sum(losses.tokens):,}",
        f"{losses.perplexity:,.2f}",
        f"{losses.bits_per_byte:.3f}",
    )


def _beginning(study: Study) -> Iterator[str]:
    yield f"begin with: {_first(study)}"
    yield from (f"  {rule}" for rule in rules(study.difficulty.steps, study.parameters))


def _first(study: Study) -> str:
    amount = f"{study.difficulty.amount} examples"
    if study.verdict.kind == "prompt":
        return f"no training (see the verdict); by the ratio alone it would be {amount}"
    if study.verdict.kind == "retrieval":
        form = study.difficulty.steps[0].amount
        return f"retrieval (see the verdict), {form} examples for its form; by the ratio alone it would be {amount}"
    return amount


def _tries(study: Study) -> Iterator[str]:
    yield (
        f"the untouched model on {len(study.items):,} items"
        + (f", examples from {study.gathered.shots_from}" if study.tried[-1].shots else "")
        + f" (of {len(study.gathered.items):,}; the others do not fit or have no loss)"
        * (len(study.items) < len(study.gathered.items))
    )
    heading = ("", "nats a token", "95 %", "measure", "items", "score", "95 %", "demanded", "without a model")
    yield from aligned([heading, *(row for one in study.tried for row in _try(study, one))], text_columns=1)
    for one in study.tried:
        fewer = {number: count for number, count in sorted(shots_shown(one).items()) if number < one.shots}
        if fewer:
            counts = ", ".join(f"{count:,} with {number}" for number, count in fewer.items())
            yield f"{counted(one.shots)}: not all fit before every item: {counts}"
    if any(score.measure == CHRF for one in study.tried for score in study.seen.scores[one.shots]):
        yield (
            "chrF shows how near an answer is to its reference: of a story or a poem it cannot say whether another "
            "answer is as good. Read some."
        )


def _try(study: Study, one: Tried) -> Iterator[tuple[str, ...]]:
    first = (counted(one.shots), f"{one.loss.value:.2f}", ends(one.loss, 2))
    for score in study.seen.scores[one.shots]:
        yield (
            *first,
            score.measure,
            f"{score.items:,}",
            f"{score.score.value:.1f}",
            ends(score.score),
            f"{score.demanded:.1f}",
            f"{score.trivial:.1f}",
        )
        first = ("", "", "")


def _verdict(study: Study) -> Iterator[str]:
    yield f"verdict: {study.verdict.says}"
    yield from (f"  {evidence}" for evidence in study.verdict.evidence)


def _examples(study: Study) -> Iterator[str]:
    for at in spread(len(study.items), EXAMPLES):
        row = study.items[at].row
        yield f"{row.id}"
        yield f"  asked      {shortened(row.turns[-2].content)}"
        yield f"  reference  {shortened(row.turns[-1].content)}"
        yield from (f"  {one.shots} shots    {shortened(one.answers[at]) or '(nothing)'}" for one in study.tried)


def shortened(text: str) -> str:
    line = harmless(" ".join(text.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
