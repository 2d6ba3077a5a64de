"""What is an advice made of? What to turn in both languages, and the lines of numbers that led to it."""

from dataclasses import dataclass

from ewc_plugin.report.changes import Change
from ewc_plugin.report.trends import Step

STRONG_PENALTY = 0.2  # penalty by task loss: above, the penalty is most of what the optimiser sees of the rest


@dataclass(frozen=True)
class Advice:
    """What to do, in both languages, and the numbers that led to it."""

    rule: str
    chinese: str
    english: str
    evidence: tuple[str, ...]


def told(step: Step) -> str:
    before, after = step.before, step.after
    return (
        f"loss {before.mean:.3f} ± {before.error:.3f} (steps {before.first:.0f}–{before.last:.0f}) → "
        f"{after.mean:.3f} ± {after.error:.3f} (steps {after.first:.0f}–{after.last:.0f})"
    )


def changed(change: Change) -> str:
    interval = f" [{change.test.low:+.3f}, {change.test.high:+.3f}]" if change.test else ""
    name = change.metric.replace("_", " ")
    return f"{change.column}: {name} {change.before:.3f} → {change.after:.3f} ({change.delta:+.3f}{interval})"
