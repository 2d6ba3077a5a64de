"""Is the answer fluent Chinese? Repetition, share of Chinese, brackets and quotes that close, and the base's loss.

None of them alone: a text that repeats itself has a low perplexity, an empty one no open bracket.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import chinese_share
from ewc_plugin.metrics.likelihood import loss
from ewc_plugin.metrics.repetition import rep
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
rep_4 = rep(4)

_CLOSES = {
    "）": "（",
    ")": "(",
    "】": "【",
    "]": "[",
    "》": "《",
    "〉": "〈",
    "」": "「",
    "』": "『",
    "”": "“",
    "}": "{",
}
_OPENS = frozenset(_CLOSES.values())
# 1) and a） number a list, don’t has no quote, a second paragraph of one speech opens it again without a close between
_NOT_BRACKETS = re.compile(
    r"(?m)^\s*(?:\d{1,3}|[A-Za-z]|[一二三四五六七八九十]{1,3})[)）]|(?<=[A-Za-z])[’'](?=[A-Za-z]|\s|$)|[:;=]-?[()]|```.*?(?:```|\Z)",
    re.DOTALL,
)


def chinese(given: Answers, how: How) -> Score:
    """Share of Chinese characters among the letters, where the reference is mostly Chinese; 0 without any letter."""
    wanted = [chinese_share(reference) for reference in given.references]
    items = [chinese_share(a) if share > 0.5 else math.nan for a, share in zip(given.answers, wanted, strict=True)]
    of_references = [share for share in wanted if share > 0.5]
    extra = {"references": sum(of_references) / len(of_references)} if of_references else {}
    return mean_score("chinese", items, how, version=VERSION, extra=extra)


def is_balanced(text: str) -> bool:
    """Every bracket and quotation mark closes in its order; code blocks are not looked into."""
    open_ones: list[str] = []
    for line in _NOT_BRACKETS.sub("", text).splitlines():
        if line.count('"') % 2:
            return False
        for place, mark in enumerate(line.strip()):
            if mark in _OPENS and not (place == 0 and mark in "“「『" and mark in open_ones):
                open_ones.append(mark)
            elif mark in _CLOSES and (not open_ones or open_ones.pop() != _CLOSES[mark]):
                return False
    return not open_ones


def unbalanced(given: Answers, how: How) -> Score:
    """Share of answers in which a bracket or a quotation mark does not close; an empty answer counts as one."""
    items = [float(not answer.strip() or not is_balanced(answer)) for answer in given.answers]
    extra = {"references": sum(not is_balanced(text) for text in given.references) / len(given.references)}
    return mean_score("unbalanced", items, how, version=VERSION, better="smaller", extra=extra)


def base_loss(nll: Sequence[float], tokens: Sequence[int], how: How) -> Score:
    """Loss of the generated answers under the base model in nats per token, `perplexity` beside it.

    Describes: answers that repeat themselves are the easiest to predict. One without a token is in `without_tokens`.
    """
    score = loss(nll, tokens, seed=how.seed, resamples=how.resamples)
    signature = {**score.signature, "metric": "nll_per_token_of_answers_under_base"}
    return replace(score, name="base_loss", signature=signature, better="neither")
