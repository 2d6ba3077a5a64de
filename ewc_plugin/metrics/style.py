"""How far is the answers' style from the reference authors', and how much is copied from what was trained on?

Style is what recurs whatever the subject: function words and marks, and the commonest pairs of characters.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ewc_plugin.metrics.answers import Answers, Embed
from ewc_plugin.metrics.characters import without_space
from ewc_plugin.metrics.copies import SEED, longest_copies
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
PAIRS = 300  # commonest pairs of the references; all others together are one more
_MARKS = "，。！？；：、“”‘’《》（）…—"
_MODERN = (
    "的了是在不有和就都而及与着或把被让给对从到向为以因但却又也还很更最太"
    "吗呢吧啊呀嘛么这那哪谁何什怎几我你他她它们个些只过地得"
)
_CLASSICAL = (
    "之乎者也矣焉哉耳夫盖其此彼斯是乃则即遂故且若如苟虽于於曰云谓所攸莫弗毋勿未尝既已方欲将吾余予汝尔君臣公孰奚胡曷兮"
)
FUNCTION_WORDS = "".join(dict.fromkeys(_MARKS + _MODERN + _CLASSICAL))

Profile = NDArray[np.float64]


def profiles(texts: Sequence[str], features: Sequence[str], width: int) -> Profile:
    """How often each feature of `width` characters stands in each text, and in the last column all others."""
    column = {feature: place for place, feature in enumerate(features)}
    table = np.zeros((len(texts), len(features) + 1))
    for row, text in enumerate(texts):
        found = Counter(text[i : i + width] for i in range(len(text) - width + 1))
        for gram, count in found.items():
            table[row, column.get(gram, len(features))] += count
    return table


def divergence(left: Profile, right: Profile) -> Profile:
    """Jensen–Shannon divergence of each two rows of counts, in bits: 0 for the same shares, 1 for nothing in common.

    JS(p, q) = H((p + q)/2) − (H(p) + H(q))/2  (Lin 1991). NaN for a row without counts.
    """
    p, q = _shares(left), _shares(right)
    found = _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2
    # what rounding leaves below 0
    return np.asarray(np.clip(found, 0.0, 1.0))


def _shares(counts: Profile) -> Profile:
    totals = counts.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0))


def _entropy(shares: Profile) -> Profile:
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis=1))


def distances(texts: Sequence[str], references: Sequence[str]) -> list[float]:
    """Each text against all references but its own, mean over function words and pairs; 1 for an empty text.

    Its own is left out so that repeating it earns nothing, and so that the references can be measured alike.
    """
    # marks keep their width: which are used is style
    said, wanted = ([without_space(text.casefold()) for text in ts] for ts in (texts, references))
    pairs = _commonest(wanted)
    parts = []
    for features, width in ((list(FUNCTION_WORDS), 1), (pairs, 2)):
        ours, theirs = profiles(said, features, width), profiles(wanted, features, width)
        others = theirs.sum(axis=0) - theirs if len(theirs) > 1 else theirs
        parts.append(divergence(ours, others))
    mean = np.nan_to_num((parts[0] + parts[1]) / 2, nan=1.0)
    return [float(value) for value in mean]


def _commonest(texts: Iterable[str]) -> list[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update(text[i : i + 2] for i in range(len(text) - 1))
    # ties in alphabetical order, not in that of the texts
    return sorted(found, key=lambda pair: (-found[pair], pair))[:PAIRS]


def vector_distances(texts: Sequence[str], references: Sequence[str], embed: Embed) -> list[float]:
    """1 − cosine of each text's vector and the mean vector of all references but its own; 1 for an empty text."""
    theirs = np.asarray(embed(references), dtype=np.float64)
    others = theirs.sum(axis=0) - theirs if len(theirs) > 1 else theirs
    ours = np.asarray(embed([text or " " for text in texts]), dtype=np.float64)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(others, axis=1)
    cosines = (ours * others).sum(axis=1) / np.where(lengths > 0, lengths, 1.0)
    return [float(1 - c) if text.strip() else 1.0 for c, text in zip(cosines, texts, strict=True)]


def style_distance(given: Answers, how: How) -> Score:
    """Mean distance in [0, 1]; `references` is that of the reference texts themselves, which people do not go below.

    Short texts lie further from any profile: compare answers of like length, and with `references`.
    """
    embed = given.aids.embed
    if embed is None:
        items, people = (distances(texts, given.references) for texts in (given.answers, given.references))
        means = {"by": "Jensen-Shannon divergence of function words and pairs of characters", "pairs": str(PAIRS)}
    else:
        items, people = (
            vector_distances(texts, given.references, embed) for texts in (given.answers, given.references)
        )
        means = {"by": "1 - cosine of vectors", "model": given.aids.embed_name}
    extra = {"references": math.fsum(people) / len(people)}
    return mean_score("style_distance", items, how, version=VERSION, better="smaller", extra=extra, **means)


def longest_copy(given: Answers, how: How) -> Score:
    """Mean length of the longest passage that stands in a training text, in characters; under 8 counts as none.

    Describes, as it grows with the answer; `copied_share` is what can be too large. Only with training texts.
    """
    items = _copies(given)
    return mean_score(
        "longest_copy", items, how, version=VERSION, better="neither", extra=_about(items, given), seed_length=SEED
    )


def copied_share(given: Answers, how: How) -> Score:
    """Mean share of the answer that its longest copy is; an empty answer has nothing of its own and counts as 1.

    `mean_length` and `longest` are in characters, as `longest_copy` has them, for who wants the texts read once only.
    """
    copies = _copies(given)
    lengths = [len(without_space(answer)) for answer in given.answers]
    items = [copy / n if n else 1.0 + copy for copy, n in zip(copies, lengths, strict=True)]
    return mean_score(
        "copied_share", items, how, version=VERSION, better="smaller", extra=_about(copies, given), seed_length=SEED
    )


def _about(copies: Sequence[float], given: Answers) -> dict[str, float]:
    if not len(given.aids.training_texts):
        return {}
    longest, mean = max(copies), math.fsum(copies) / len(copies)
    return {"longest": longest, "mean_length": mean, "texts": len(given.aids.training_texts)}


def _copies(given: Answers) -> list[float]:
    texts = given.aids.training_texts
    if not len(texts):  # a file without a text is there all the same; with nothing to copy from the measure is silent
        return [math.nan] * len(given.answers)
    return [float(length) for length in longest_copies(given.answers, texts)]
