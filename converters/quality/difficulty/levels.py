"""Easy, medium or hard, and with how many examples to begin? Rules of thumb, each shown with where it comes from.

None of them is a law. The amounts are those that practitioners start from; where the steps between them lie is our
convention, in bits a token. What settles it is the learning curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from converters.contract import SourceError
from converters.quality.difficulty.intervals import Estimate

EASY, HARD = 1.0, 2.0  # ratios of perplexities


@dataclass(frozen=True, slots=True)
class Step:
    """Up to `below` (a ratio of perplexities) a task is `level`, and `least` to `most` examples are a start."""

    below: float
    level: str
    least: int
    most: int | None

    @property
    def amount(self) -> str:
        if self.most is None:
            return f"{self.least:,} and more"
        return f"{self.least:,}" if self.most == self.least else f"{self.least:,}–{self.most:,}"


def ladder(easy: float = EASY, hard: float = HARD) -> tuple[Step, ...]:
    """Between and beyond the two thresholds the steps are geometric: with 1 and 2 they lie at 1, √2, 2 and 4."""
    return (
        Step(easy, "easy", 100, 300),
        Step(math.sqrt(easy * hard), "medium", 1_000, 1_000),
        Step(hard, "medium", 3_000, 3_000),
        Step(hard * hard / easy, "hard", 8_000, 8_000),
        Step(math.inf, "hard", 10_000, None),
    )


def step_of(ratio: float, steps: Sequence[Step]) -> Step:
    return next(step for step in steps if ratio <= step.below)


@dataclass(frozen=True)
class Difficulty:
    """Where the ratio of perplexities lies on the ladder, and where the ends of its interval do."""

    ratio: Estimate
    steps: tuple[Step, ...]
    at: Step
    lowest: Step
    highest: Step

    @property
    def is_certain(self) -> bool:
        """Whether the whole interval has one level."""
        return self.lowest.level == self.highest.level

    @property
    def told(self) -> str:
        if self.is_certain:
            return self.at.level
        return f"{self.at.level} (the interval reaches from {self.lowest.level} to {self.highest.level})"

    @property
    def amount(self) -> str:
        if self.lowest == self.highest:
            return self.at.amount
        return f"{self.at.amount} (over the interval: from {self.lowest.amount} to {self.highest.amount})"


def difficulty_of(log_ratio: Estimate, steps: tuple[Step, ...]) -> Difficulty:
    value, low, high = (math.exp(number) for number in (log_ratio.value, log_ratio.low, log_ratio.high))
    ratio = Estimate(value, low, high, log_ratio.units)
    return Difficulty(ratio, steps, step_of(value, steps), step_of(low, steps), step_of(high, steps))


def thresholds(text: str) -> tuple[float, float]:
    """`1:2`, the ratios up to which a task is easy and above which it is hard; raises SourceError."""
    try:
        easy, hard = (float(part) for part in text.split(":"))
    except ValueError:
        easy, hard = 0.0, 0.0
    if not 0 < easy < hard < math.inf:
        raise SourceError(
            f"--thresholds {text}",
            expected="two ratios of perplexities, EASY:HARD, the second larger",
            found=repr(text),
            remedy=f"{EASY:g}:{HARD:g} are those without it.",
        )
    return easy, hard


def rules(steps: Sequence[Step], parameters: int) -> tuple[str, ...]:
    """Why the thresholds lie where they do, and the rules for the amount, with what speaks against each."""
    easy, half, hard, double = (step.below for step in steps[:4])
    amounts = "; ".join(f"up to {step.below:.3g}: {step.amount}" for step in steps[:4])
    bits = math.log2(hard / easy)
    return (
        f"easy up to {easy:g}: the model expects these answers as much as general ones. hard above {hard:g}: "
        f"{bits:.2g} bit a token dearer than easy ones, as if at each token {hard / easy:.2g} times as many words were "
        f"possible. {half:.3g} and {double:.3g} are half and twice as many bits. A convention, not a law.",
        f"examples to begin with, by this ratio: {amounts}; above: {steps[4].amount}. Practitioners' amounts; what "
        "settles it is a learning curve: python -m ewc_plugin curve RECIPE --sizes 100,300,1000,3000,8000",
        f"parameters / 1000: {parameters:,} / 1000 = {round(parameters / 1000):,} examples. A rule of thumb that "
        "contradicts the others (9 billion parameters would ask for 9 million examples; LIMA trained 65 billion on "
        "1,000): shown as an upper end, not used.",
    )
