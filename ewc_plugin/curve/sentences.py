"""What does a reader of a curve get to know first? Plain sentences, in both languages, each with its numbers."""

from collections.abc import Iterator

from ewc_plugin.curve.measured import FEWEST_STEPS
from ewc_plugin.curve.outcome import MEAN, Outcome
from ewc_plugin.curve.verdict import Interval
from ewc_plugin.report.sentences import FEW, Sentence, named


def sentences(found: Outcome) -> list[Sentence]:
    return [*_whole(found), *_overfitted(found), *_sets_apart(found), *_forgotten(found), *_short(found)]


def _whole(found: Outcome) -> Iterator[Sentence]:
    if found.whole is None:
        yield Sentence(
            f"没有「{named(found.stage)}」阶段自己的评测集，无法说更多数据是否有用。",
            f"No evaluation set belongs to stage {found.stage}, so whether more data helps cannot be said.",
        )
        return
    one, count = found.verdicts[MEAN], len(found.own)
    of = f"{count} 个评测集的平均" if count > 1 else next(iter(found.own))
    by = f"the mean of {count} sets" if count > 1 else next(iter(found.own))
    yield Sentence(f"「{named(found.stage)}」阶段（{of}）：{one.chinese}", f"Stage {found.stage} ({by}): {one.english}")


def _overfitted(found: Outcome) -> Iterator[Sentence]:
    """Sizes below the largest at which an own set turned up: too many epochs for so few examples."""
    sizes = sorted({n for of in found.turned.values() for n in of if n != found.points[-1].n})
    if not sizes:
        return
    listed = ", ".join(f"{n:,}" for n in sizes)
    train = {point.n: point.training_loss for point in found.points}
    known = [(n, train[n]) for n in sizes if train[n] is not None]
    told = "；训练损失 " + ", ".join(f"{n:,}: {loss:.3f}" for n, loss in known) if known else ""
    said = "; training loss " + ", ".join(f"{n:,}: {loss:.3f}" for n, loss in known) if known else ""
    yield Sentence(
        f"样本为 {listed} 时过拟合：验证损失在途中回升{told}。这些点高于更少 epochs 能达到的损失，曲线因此显得更陡。",
        f"Overfitting at {listed} examples: the held-out loss turned up on the way{said}. These points lie above what "
        "fewer epochs would reach, which makes the curve look steeper than it is.",
    )


def _sets_apart(found: Outcome) -> Iterator[Sentence]:
    """Own sets of which something else is said than of their mean."""
    if len(found.own) < 2:
        return
    mean = found.verdicts[MEAN].kind
    for kind, chinese, english in (
        ("more", "更多数据仍有用", "more data helps"),
        ("plateau", "已到平台", "a plateau"),
        ("overfitting", "过拟合", "overfitting"),
        ("worse", "样本越多越差", "worse with more data"),
    ):
        names = [name for name in found.own if found.verdicts[name].kind == kind]
        if names and kind != mean:
            shown = ", ".join(names[:FEW]) + (f" … ({len(names)})" if len(names) > FEW else "")
            yield Sentence(f"其中 {shown}：{chinese}。", f"Of them {shown}: {english}.")


def _forgotten(found: Outcome) -> Iterator[Sentence]:
    lost = found.forgotten
    if lost is None:
        return
    small, large = lost.sizes[0], lost.sizes[-1]
    first, last, between = lost.gained(0), lost.gained(len(lost.sizes) - 1), lost.step(0, -1)
    count = len(found.older)
    of, by = (f"{count} 个旧集的平均损失", f"the mean loss of {count} older sets") if count > 1 else _only(found)
    told, said = _trend(between, last)
    yield Sentence(
        f"旧能力（{of}相对本阶段之前的变化，高于零是忘）：{small:,} 个样本时 {_numbers(first)}，{large:,} 个时 "
        f"{_numbers(last)}；{told}。",
        f"What it costs ({by} against before the stage, above zero is forgotten): {_numbers(first)} at {small:,} "
        f"examples, {_numbers(last)} at {large:,}; {said}.",
    )
    worse = [change for change in found.points[-1].forgotten if change.beyond_noise and change.delta > 0]
    if worse:
        worst = sorted(worse, key=lambda change: -change.delta)[:FEW]
        listed = ", ".join(f"{change.column} {change.delta:+.3f}" for change in worst)
        rest = f" … ({len(worse)})" if len(worse) > FEW else ""
        yield Sentence(
            f"在 {large:,} 个样本时超出误差地遗忘：{listed}{rest}。",
            f"Forgotten beyond noise at {large:,} examples: {listed}{rest}.",
        )


def _only(found: Outcome) -> tuple[str, str]:
    """The only older set, in both languages."""
    (name,) = found.older
    return f"{name} 的损失", f"the loss of {name}"


def _trend(between: Interval, last: Interval) -> tuple[str, str]:
    """From the smallest size to the largest, by whether the largest lost or gained."""
    _, low, high = between
    gains = last[2] < 0
    if low > 0 and gains:
        return f"样本越多旧集得益越少（{_numbers(between)}）", f"they gain less with more data ({_numbers(between)})"
    if high < 0 and gains:
        return f"样本越多旧集得益越多（{_numbers(between)}）", f"they gain more with more data ({_numbers(between)})"
    if low > 0:
        return f"样本越多忘得越多（{_numbers(between)}）", f"more data forgets more ({_numbers(between)})"
    if high < 0:
        return f"样本越多忘得越少（{_numbers(between)}）", f"more data forgets less ({_numbers(between)})"
    return (
        f"与样本量无关，差 {_numbers(between)} 在误差之内",
        f"no more with more data: {_numbers(between)}, within noise",
    )


def _numbers(found: Interval) -> str:
    value, low, high = found
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"


def _short(found: Outcome) -> Iterator[Sentence]:
    if not found.short:
        return
    listed = ", ".join(f"{point.n:,} ({point.steps})" for point in found.points if not point.stepped)
    yield Sentence(
        f"样本为 {listed} 时只走了括号中的步数，少于 {FEWEST_STEPS} 步，损失说明的是步数而不是数据，没有算进曲线："
        "用更小的 batch_tokens、关掉 packing，或增加 num_train_epochs。",
        f"Too few steps (in brackets, fewer than {FEWEST_STEPS}) at {listed} examples: such a loss tells of steps and "
        "not of data, and does not count. Take smaller batch_tokens, packing=false, or more num_train_epochs.",
    )
