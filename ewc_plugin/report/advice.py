"""Which knob should be turned, and which numbers say so? The rules, one function each, in the order of the page.

A rule sees one stage's history and gives an `Advice` or nothing. Nothing is advised without the numbers behind it, and
nothing where noise explains what is seen: changes of scores must be beyond noise in a paired test, changes of a
training curve beyond three standard errors. Every number that is a judgement stands at the top with its reason.
"""

import math
from collections.abc import Callable
from statistics import median

from ewc_plugin.report.adapter_advice import gentler, larger_steps, small_rank, smaller_steps
from ewc_plugin.report.advised import STRONG_PENALTY, Advice, changed, told
from ewc_plugin.report.changes import loss_of
from ewc_plugin.report.history import History
from ewc_plugin.report.sentences import named
from ewc_plugin.report.trends import Step, steps, turn, windows

SWINGS = 2  # clear rises of the training loss: one may be an odd stretch of data
STILL_FALLING = 0.7  # second half's slope by the first's: a curve that has settled is well below
HARD = 1.5  # a set's loss by the median set's
TOO_FEW_TOKENS = 0.5  # a group's share of supervised tokens by its share of examples
MOST_REPLAY = 2.0  # a share is at most doubled at once
FIRST_LAMBDA = 10  # of the shipped recipes


Rule = Callable[[History], Advice | None]


def advise(history: History) -> list[Advice]:
    """Everything that the numbers support; empty before the first stage, or where nothing is beyond noise."""
    if history.last < 1:
        return []
    found = (rule(history) for rule in RULES)
    return [advice for advice in found if advice]


# ---- learning rate: the training loss alone


def diverging(history: History) -> Advice | None:
    """The loss ends clearly above its lowest window."""
    found = windows(history.curves.get("loss", ()))
    if not found:
        return None
    lowest = min(found, key=lambda window: window.mean)
    end = Step(lowest, found[-1])
    if not end.rose:
        return None
    chinese, english = smaller_steps(history)
    return Advice(
        "diverging",
        f"训练损失在后段回升：{chinese}，或加长 warmup_steps。",
        f"The training loss rose again towards the end: {english}, or lengthen warmup_steps.",
        (told(end),),
    )


def oscillating(history: History) -> Advice | None:
    """Clear rises between falls: steps that overshoot."""
    found = steps(windows(history.curves.get("loss", ())))
    rises = [step for step in found if step.rose]
    if len(rises) < SWINGS or not any(step.fell for step in found[found.index(rises[0]) :]):
        return None
    chinese, english = smaller_steps(history)
    return Advice(
        "oscillating",
        f"训练损失有 {len(rises)} 次超出误差的回升，上下摆动：{chinese}。",
        f"The training loss swings, with {len(rises)} rises beyond noise: {english}.",
        tuple(told(step) for step in rises),
    )


def slow(history: History) -> Advice | None:
    """Still falling at the end almost as fast as at the beginning: the steps are too small."""
    found = windows(history.curves.get("loss", ()))
    if not found:
        return None
    middle = len(found) // 2
    first, second = Step(found[0], found[middle]), Step(found[middle], found[-1])
    if not (first.fell and second.fell) or second.slope > STILL_FALLING * first.slope:
        return None
    chinese, english = larger_steps(history)
    return Advice(
        "slow",
        f"训练损失到最后仍像开始时一样下降：{chinese}，或增加 num_train_epochs。",
        f"The training loss was still falling at the end almost as at the beginning: {english}, or add epochs.",
        (told(first), told(second)),
    )


# ---- epochs and data: losses of the stage's own sets on the way


def overfitting(history: History) -> Advice | None:
    """The loss of an own set turned up by more than its items' noise."""
    turns = ((name, turn(history.on_the_way(name), history.noise(name))) for name in history.own_texts())
    turned = [(name, found) for name, found in turns if found]
    if not turned:
        return None
    name, (step, value, rise) = max(turned, key=lambda one: one[1][2])
    share = step / history.on_the_way(name)[-1][0]
    return Advice(
        "overfitting",
        f"验证损失在第 {step:.0f} 步（全程的 {share:.0%}）后回升：num_train_epochs 乘以 {share:.2g}，"
        "或增加该阶段的数据。",
        f"The validation loss turned up after step {step:.0f} ({share:.0%} of the run): multiply num_train_epochs by "
        f"{share:.2g}, or add data of this stage.",
        (f"{name}: {value:.3f} → {value + rise:.3f} ({rise:+.3f}, noise ±{history.noise(name):.3f})",),
    )


def too_little_data(history: History) -> Advice | None:
    """An own set's loss was still falling with each new example when the first pass over the data ended."""
    for name in history.own_texts():
        points, noise = history.in_the_first_epoch(name), history.noise(name)
        if len(points) < 3 or noise is None:
            continue
        half = min(points, key=lambda point: abs(point[0] - points[-1][0] / 2))
        fall = half[1] - points[-1][1]
        if fall <= noise or half is points[-1] or half[0] <= 0:
            continue
        doubling = fall / math.log2(points[-1][0] / half[0])
        return Advice(
            "too_little_data",
            f"学习曲线在第一遍数据结束时仍在下降，每加倍一次数据约降 {doubling:.2g} nats："
            f"增加「{named(history.stage)}」的数据；有用多少，可用 `{_curve(history)}` 测出。",
            f"The learning curve was still falling when the data had been seen once, by about {doubling:.2g} nats a "
            f"doubling: more data of stage {history.stage} would help; how much, is measured by `{_curve(history)}`.",
            (f"{name}: {half[1]:.3f} → {points[-1][1]:.3f} from step {half[0]:.0f} to {points[-1][0]:.0f}",),
        )
    return None


def _curve(history: History) -> str:
    """The command of a learning curve, up to the examples that there were."""
    n = int(sum(history.counts("examples").values()))
    sizes = [n // 8, n // 4, n // 2, n] if n >= 80 else [100, 300, 1000, 3000]
    return f"python -m ewc_plugin curve RECIPE --sizes {','.join(map(str, sizes))}"


def hard_data(history: History) -> Advice | None:
    """An own set that stays far above the others and was not learned beyond noise."""
    cells = history.matrix["rows"][-1]["cells"]
    # the loss of options among one another is no perplexity of references
    texts = [c["name"] for c in history.matrix["columns"] if loss_of(c) == "loss"]
    losses = {name: cells[name]["loss"]["value"] for name in texts if "loss" in cells[name]}
    if len(losses) < 3:
        return None
    middle, own = median(losses.values()), [c for c in history.learned() if c.column in losses]
    stuck = [c for c in own if c.after > HARD * middle and not (c.beyond_noise and c.delta < 0)]
    if not stuck:
        return None
    change = max(stuck, key=lambda c: c.after)
    perplexity = math.exp(min(change.after, 700.0))  # beyond, it is no float any more
    return Advice(
        "hard_data",
        f"{change.column} 的参考答案对模型很难（困惑度 {perplexity:.0f}），这一阶段没有超出误差的进步："
        "先用更容易、更干净的数据，或看看参考答案是否可由题目推出。",
        f"The references of {change.column} are hard for the model (perplexity {perplexity:.0f}) and were "
        "not learned beyond noise: begin with easier, cleaner data, or see whether they follow from the prompts.",
        (changed(change), f"median of all sets: {middle:.3f}"),
    )


def imbalance(history: History) -> Advice | None:
    """A group whose short answers leave it far fewer tokens than its share of examples promises."""
    examples, tokens = history.shares("examples"), history.shares("supervised_tokens")
    short = [g for g in examples if examples[g] > 0 and tokens.get(g, 0) < TOO_FEW_TOKENS * examples[g]]
    if len(examples) < 2 or not short:
        return None
    group = min(short, key=lambda g: tokens.get(g, 0) / examples[g])
    return Advice(
        "imbalance",
        f"「{named(group)}」占样本的 {examples[group]:.0%}，却只占监督词元的 {tokens.get(group, 0):.0%}，"
        "损失几乎看不到它：用 `python -m converters mix … --unit tokens` 按词元配比。",
        f"Group {group} is {examples[group]:.0%} of the examples but {tokens.get(group, 0):.0%} of the supervised "
        "tokens that the loss sees: mix by tokens (`python -m converters mix … --unit tokens`).",
        tuple(f"{g}: {examples[g]:.1%} → {tokens.get(g, 0):.1%}" for g in examples),
    )


# ---- mixture and λ: what was forgotten


def replay(history: History) -> Advice | None:
    """A group that lost beyond noise and takes part in the mixture: a larger share, by what it lost."""
    shares, worse = history.shares("examples"), history.forgotten()
    stages = {c["name"]: c["stage"] for c in history.matrix["columns"]}
    lost = {group: [c for c in worse if stages[c.column] == group] for group in shares}
    lost = {group: found for group, found in lost.items() if found}
    if not lost:
        return None
    gained = max((-c.delta for c in history.learned()), default=0.0)
    raised = {g: shares[g] * _factor(max(c.delta for c in found), gained) for g, found in lost.items()}
    left = {g: share for g, share in shares.items() if g not in raised}
    if not left:
        return None
    room = max(0.0, 1 - sum(raised.values())) / sum(left.values())
    wanted = {g: round(100 * raised.get(g, shares[g] * room)) for g in shares}
    ratio = ",".join(f"{group}={share}" for group, share in wanted.items())
    told = "；".join(f"「{named(g)}」从 {shares[g]:.0%} 到 {wanted[g]}%" for g in lost)
    said = "; ".join(f"{g} from {shares[g]:.0%} to {wanted[g]} %" for g in lost)
    return Advice(
        "replay",
        f"提高被遗忘的组在混合中的份额：{told}（--ratio {ratio}）。",
        f"Raise the share of what was forgotten: {said} (--ratio {ratio}).",
        tuple(changed(c) for found in lost.values() for c in found),
    )


def _factor(lost: float, gained: float) -> float:
    """Between a quarter more and twice as much, by what was lost beside what was gained."""
    return 1 + max(0.25, min(MOST_REPLAY - 1, lost / gained if gained > 0 else 1.0))


def stronger(history: History) -> Advice | None:
    """Forgotten although λ could be larger: off, or a penalty that is small beside the task loss."""
    worse = history.forgotten()
    if not worse:
        return None
    strength, ratio = history.strength, history.penalty_ratio
    if strength > 0 and (ratio is None or ratio > STRONG_PENALTY):
        return None
    wanted = 3 * strength if strength else FIRST_LAMBDA
    small = f"，惩罚只是任务损失的 {ratio:.1%}" if strength and ratio is not None else ""
    little = f", a penalty of {ratio:.1%} of the task loss" if strength and ratio is not None else ""
    return Advice(
        "stronger",
        f"旧任务变差而 ewc_lambda 为 {strength:g}{small}：设为 {wanted:g}，或用 auto 加 ewc_budget。",
        f"Older tasks got worse with ewc_lambda {strength:g}{little}: set it to {wanted:g}, or to auto with "
        "ewc_budget.",
        tuple(changed(c) for c in worse),
    )


def weaker(history: History) -> Advice | None:
    """Nothing was forgotten, nothing was learned, and the penalty is a large part of the loss."""
    strength, ratio, learned = history.strength, history.penalty_ratio, history.learned()
    if strength <= 0 or ratio is None or ratio <= STRONG_PENALTY or not learned or history.forgotten():
        return None
    if any(c.beyond_noise and c.delta < 0 for c in learned):
        return None
    return Advice(
        "weaker",
        f"新任务没有超出误差的进步，而惩罚已是任务损失的 {ratio:.0%}："
        f"把 ewc_lambda 从 {strength:g} 降到 {strength / 3:.2g}。",
        f"The new tasks were not learned beyond noise while the penalty is {ratio:.0%} of the task loss: lower "
        f"ewc_lambda from {strength:g} to {strength / 3:.2g}.",
        tuple(changed(c) for c in learned),
    )


RULES: tuple[Rule, ...] = (
    *(diverging, oscillating, slow, small_rank),
    *(overfitting, too_little_data, hard_data, imbalance),
    *(replay, stronger, gentler, weaker),
)
