"""What follows from a curve: more data, a plateau, overfitting, or that it cannot be told? A sentence with its numbers.

Nothing is extrapolated from fewer than four sizes, or from losses that do not lie on a power law; what was measured
from one size to the next is told instead.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.power_law import FEWEST, Law, law

# nats a token that twice the data must bring to be worth it: 1 % of the perplexity
WORTH = 0.01

Kind = Literal["overfitting", "more", "plateau", "unclear", "worse", "no_law", "few"]
Interval = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True)
class Verdict:
    """`change`: the gain of doubling the largest size, or where there is no law the measured step between the last two.

    law: None where the sizes are few or the points lie on no power law.
    """

    name: str
    kind: Kind
    chinese: str
    english: str
    change: Interval | None = None
    law: Law | None = None


def of_series(found: Series, *, turned: Mapping[int, Interval], fitted: Sequence[int]) -> Verdict:
    """Of one set, or of the mean of several.

    turned: sizes at which the loss turned up on the way: step and value of the lowest, and the rise from there.
    fitted: the sizes that made enough steps to tell of the data.
    """
    n = found.sizes[-1]
    if n in turned:
        return _overfitting(found, turned)
    used = found.only(fitted)
    if len(used.sizes) < 2:
        return _few(found, used)
    whole = used.step(0, -1)
    if whole[1] > 0:
        return _worse(used, whole)
    if len(used.sizes) < FEWEST:
        return _few(found, used)
    line = law(used.sizes, used.values, used.draws)
    if not line.fits and whole[2] < 0:
        return _no_law(used, line)
    return _by_law(used, line)


def _by_law(used: Series, line: Law) -> Verdict:
    n = used.sizes[-1]
    gain = line.gain(n)
    value, low, high = gain
    told = f"{value:.3f}（95% 区间 {low:.3f}–{high:.3f}）"
    said = f"{value:.3f} nats a token (95 % {low:.3f} to {high:.3f})"
    by = f"from {n:,} to {2 * n:,} examples"
    if high < WORTH:
        return Verdict(
            used.name,
            "plateau",
            f"已到平台：样本从 {n:,} 加倍到 {2 * n:,}，每词元损失约再降 {told} nats，困惑度变化不到 1%。",
            f"A plateau: {by} the loss would fall by about {said}, less than 1 % of the perplexity.",
            gain,
            line,
        )
    if low > 0 and value >= WORTH:
        share = 1 - math.exp(-value)
        return Verdict(
            used.name,
            "more",
            f"更多数据有用：样本从 {n:,} 加倍到 {2 * n:,}，每词元损失约再降 {told} nats（困惑度降 {share:.1%}）。",
            f"More data helps: {by} the loss would fall by about {said}, {share:.1%} of the perplexity.",
            gain,
            line,
        )
    return Verdict(
        used.name,
        "unclear",
        f"还说不清：样本从 {n:,} 加倍到 {2 * n:,}，每词元损失约降 {told} nats，区间里既有平台也有进步；"
        "加一个更大的样本量，或加评测条目。",
        f"It cannot be told yet: {by} the loss would fall by {said}, which holds both a plateau and a gain; add a "
        "larger size, or items to the evaluation set.",
        gain,
        line,
    )


def _overfitting(found: Series, turned: Mapping[int, Interval]) -> Verdict:
    n = found.sizes[-1]
    step, lowest, rise = turned[n]
    return Verdict(
        found.name,
        "overfitting",
        f"过拟合：即使有 {n:,} 个样本，验证损失在第 {step:.0f} 步降到 {lowest:.3f} 之后又回升 {rise:.3f}："
        "减少 num_train_epochs，再看更多数据是否有用。",
        f"Overfitting: even with {n:,} examples the held-out loss rose by {rise:.3f} after its lowest, {lowest:.3f} at "
        f"step {step:.0f}: take fewer epochs, then see whether more data helps.",
    )


def _worse(used: Series, whole: Interval) -> Verdict:
    small, large = used.sizes[0], used.sizes[-1]
    value, low, high = whole
    return Verdict(
        used.name,
        "worse",
        f"样本越多越差：从 {small:,} 到 {large:,}，损失上升 {value:.3f}（95% 区间 {low:.3f}–{high:.3f}）nats。",
        f"Worse with more data: from {small:,} to {large:,} examples the loss rose by {value:.3f} nats a token (95 % "
        f"{low:.3f} to {high:.3f}).",
        whole,
    )


def _no_law(used: Series, line: Law) -> Verdict:
    step = used.step(-2, -1)
    told, said = _measured(used, step)
    return Verdict(
        used.name,
        "no_law",
        f"各点不在一条幂律上（偏离 {line.distance:.3f}，全程 {line.range:.3f} nats），不外推。{told}",
        f"The points lie on no power law ({line.distance:.3f} away from it, of a range of {line.range:.3f} nats), so "
        f"nothing is extrapolated. {said}",
        step,
    )


def _few(found: Series, used: Series) -> Verdict:
    left = [n for n in found.sizes if n not in used.sizes]
    left_out = f"（{', '.join(f'{n:,}' for n in left)} 的步数太少，没有算进来）" if left else ""
    without = f" ({', '.join(f'{n:,}' for n in left)} made too few steps to count)" if left else ""
    step = used.step(-2, -1) if len(used.sizes) > 1 else None
    told, said = _measured(used, step) if step else ("", "")
    many = f"{len(used.sizes)} size{'s' * (len(used.sizes) != 1)}"
    return Verdict(
        found.name,
        "few",
        f"只有 {len(used.sizes)} 个样本量{left_out}，不拟合也不外推；至少要 {FEWEST} 个。{told}",
        f"Only {many}{without}: nothing is fitted or extrapolated, which takes {FEWEST}.{said and ' '}{said}",
        step,
    )


def _measured(used: Series, step: Interval) -> tuple[str, str]:
    """What is known without a law: the last step, in both languages."""
    small, large = used.sizes[-2:]
    value, low, high = step
    clear = low > 0 or high < 0
    return (
        f"实测：从 {small:,} 到 {large:,}，损失变化 {value:+.3f}（95% 区间 {low:+.3f}–{high:+.3f}，"
        f"{'超出误差' if clear else '在误差之内'}）nats。",
        f"Measured: from {small:,} to {large:,} examples the loss changed by {value:+.3f} nats a token (95 % "
        f"{low:+.3f} to {high:+.3f}, {'beyond' if clear else 'within'} noise).",
    )
