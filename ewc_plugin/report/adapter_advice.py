"""Rank, alpha and learning rate without a sweep: which of them should be turned, from what to what?

The usual setting is alpha = 2 · rank with a learning rate of 1e-4, and a low rank learns less and forgets less
(Biderman et al. 2024, "LoRA Learns Less and Forgets Less"). alpha / rank multiplies what the adapter adds, so that
where it is far from 2 it is put right before the learning rate is touched: turning both at once overshoots.
"""

from ewc_plugin.report.advised import STRONG_PENALTY, Advice, changed, told
from ewc_plugin.report.history import History
from ewc_plugin.report.trends import Step, windows

USUAL = 2.0  # alpha / rank
HIGHEST_RANK, LOWEST_RANK = 64, 4  # beyond, other knobs do more
MORE_RANK = 4


def smaller_steps(history: History) -> tuple[str, str]:
    """Halve the learning rate, unless alpha is what makes the steps large; in both languages."""
    if history.alpha_by_rank is not None and history.alpha_by_rank > USUAL:
        return _alpha(history)
    rate = _from_to(history.learning_rate, 0.5)
    return f"把 learning_rate 减半{rate[0]}", f"halve learning_rate{rate[1]}"


def larger_steps(history: History) -> tuple[str, str]:
    """Double the learning rate, unless alpha is what makes the steps small; in both languages."""
    if history.alpha_by_rank is not None and history.alpha_by_rank < USUAL:
        return _alpha(history)
    rate = _from_to(history.learning_rate, 2.0)
    return f"learning_rate 可以加倍{rate[0]}", f"double learning_rate{rate[1]}"


def _alpha(history: History) -> tuple[str, str]:
    rank, alpha = history.rank, history.alpha
    assert rank is not None  # alpha_by_rank is of both
    assert alpha is not None
    to = f"{alpha:g} → {USUAL * rank:g}"
    return f"先把 lora_alpha 设为 lora_rank 的两倍（{to}）", f"first set lora_alpha to twice lora_rank ({to})"


def _from_to(rate: float | None, factor: float) -> tuple[str, str]:
    return (f"（{rate:g} → {factor * rate:g}）", f" ({rate:g} → {factor * rate:g})") if rate else ("", "")


def gentler(history: History) -> Advice | None:
    """Forgotten under a penalty that is strong already: smaller steps, or a lower rank."""
    worse, ratio = history.forgotten(), history.penalty_ratio
    if not worse or history.strength <= 0 or ratio is None or ratio <= STRONG_PENALTY:
        return None
    chinese, english = smaller_steps(history)
    rank = history.rank
    # an adapter that is continued has its rank
    if rank is not None and rank > LOWEST_RANK and not history.continued:
        to = f"lora_rank {rank:g} → {rank / 2:g}, lora_alpha → {USUAL * rank / 2:g}"
        chinese += f"，或降低秩（{to}）：秩越低，忘得越少"
        english += f", or lower the rank ({to}): a low rank forgets less"
    return Advice(
        "gentler",
        f"旧任务变差，而惩罚已是任务损失的 {ratio:.0%}：{chinese}。",
        f"Older tasks got worse although the penalty is {ratio:.0%} of the task loss already: {english}.",
        tuple(changed(c) for c in worse),
    )


def small_rank(history: History) -> Advice | None:
    """The training loss has settled, and the stage's own sets were not learned beyond noise."""
    rank, learned, found = history.rank, history.learned(), windows(history.curves.get("loss", ()))
    ratio = history.penalty_ratio if history.strength > 0 else 0.0
    if rank is None or rank >= HIGHEST_RANK or history.continued or not learned or not found:
        return None
    if ratio is None or ratio > STRONG_PENALTY or any(c.beyond_noise for c in learned):
        return None
    end = Step(found[len(found) // 2], found[-1])
    if end.fell or end.rose:
        return None
    higher = min(HIGHEST_RANK, MORE_RANK * rank)
    to = f"lora_rank {rank:g} → {higher:g}, lora_alpha → {USUAL * higher:g}"
    return Advice(
        "small_rank",
        f"训练损失已稳定，自己的评测集却没有超出误差的变化：提高秩（{to}），或看看训练数据是否教这些任务。",
        f"The training loss has settled and the stage's own sets did not move beyond noise: raise the rank ({to}), or "
        "see whether the data teach these tasks.",
        (told(end), *(changed(c) for c in learned)),
    )
