"""How varied are the questions of a task: what they ask for, how they begin, how much of them repeats?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from converters.digests import digest64
from converters.similarity import minhash
from converters.similarity.grams import gram_set, jaccard, units_of

# The first that holds: 有哪些原因 asks for a list of reasons, and 为什么 is no 什么.
TYPES: Mapping[str, tuple[str, re.Pattern[str]]] = {
    name: (label, re.compile(pattern, re.IGNORECASE))
    for name, label, pattern in (
        (
            "compare",
            "比较",
            r"区别|异同|不同之处|[有何什么]不同[？?]?$|^请?(?:比较|对比)|哪[一个种]*更|谁更|\bcompare|\bdiffer",
        ),
        ("list", "列举", r"哪些|哪几|列举|列出|逐一|分别是|分别有|\blist\b"),
        ("why", "为什么", r"为什么|为何|为啥|何以|缘何|因何|什么原因|原因是|原因何在|\bwhy\b"),
        (
            "how_many",
            "多少",
            r"多少|多大|多长|多高|多远|多久|多深|多宽|多重|几分之|百分之几|第几|[有共约达]几|几[个人次座位名年种部所条代]"
            r"|\bhow (?:many|much|long|old|far)\b",
        ),
        (
            "when",
            "何时",
            r"何时|何年|何月|几时|什么时候|什么时间|什么年代|哪[一]?[年天日月]|哪[一]?个?.{0,2}(?:时期|年代|世纪|朝代|时代)|几[月日]"
            r"|\bwhen\b",
        ),
        (
            "where",
            "哪里",
            r"哪里|哪儿|位于[哪何什]|何处|何地|什么地方|什么位置|哪[一]?个?(?:国家?|城市|省份?|地区|地方|州|县|市|岛|区域|流域)"
            r"|\bwhere\b",
        ),
        ("who", "谁", r"谁|(?<!任)何人|什么人|哪[一]?位|哪个人|\bwho(?:m|se)?\b"),
        (
            "define",
            "定义",
            r"什么是|是什么意思|指的是什么|何谓|何为|(?:含义|定义)是什么|是指什么|意味着什么|的意思[是？]|\bdefine\b",
        ),
        ("how", "怎样", r"怎样|怎么|如何|何种方式|什么方[式法]|\bhow\b"),
        (
            "whether",
            "是否",
            r"是否|是不是|有没有|能否|能不能|可否|会不会|对不对|吗(?:[？?]|$)|\b(?:is|are|does|did|was) ",
        ),
        ("which", "哪个", r"哪|\bwhich\b"),
        ("what", "什么", r"什么|(?<![任几])何|\bwhat\b"),
        ("asked_to", "请", r"请|说明|解释|描述|概括|概述|分析|介绍|简述|论述|谈谈|总结|归纳|评价|推断"),
        ("other", "其他", r""),
    )
}
OPENING = 2  # units: 什么, 为什, Who was
SHOWN = 10
GRAM, ALIKE = 3, 0.8
COMPARED = 1000


def type_of(question: str) -> str:
    return next(name for name, (_, pattern) in TYPES.items() if pattern.search(question))


def entropy(counts: Iterable[int]) -> float:
    """−Σ pᵢ log₂ pᵢ, in bits: 0 if all are of one type, log₂ n if n types are equally frequent."""
    counts = [count for count in counts if count]
    total = sum(counts)
    return -sum(count / total * math.log2(count / total) for count in counts) if len(counts) > 1 else 0.0


def distinct(units: Sequence[Sequence[str]], length: int) -> float:
    """Different runs of `length` units, as a share of all of them (Li et al. 2016, distinct-n); 0 of none."""
    runs = [tuple(text[at : at + length]) for text in units for at in range(len(text) - length + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def near_duplicates(questions: Sequence[str], threshold: float = ALIKE) -> list[int]:
    """The places of those that have an earlier one whose character 3-grams are alike (Jaccard); exact ones are too."""
    texts = ["".join(units_of(question)) for question in questions]
    grams = [gram_set(text, GRAM) for text in texts]
    keys = np.zeros((len(texts), minhash.BANDS), dtype=np.uint64)
    for number, own in enumerate(grams):
        keys[number] = minhash.bands(own)
    found = []
    for place, earlier in minhash.candidates(keys):
        if any(jaccard(grams[place], grams[other]) >= threshold for other in earlier):
            found.append(place)
    return sorted(found)


def diversity(questions: Sequence[str]) -> dict[str, Any]:
    """What stands in the report of a task.

    distinct-n falls with the number of questions: `distinct_of` is the number that it is of, those with the smallest
    digests, so that two prompts can be compared.
    """
    types = Counter(map(type_of, questions))
    compared = sorted(questions, key=lambda question: digest64(question.encode()))[:COMPARED]
    units = [units_of(question) for question in compared]
    openings = Counter("".join(units_of(question)[:OPENING]) for question in questions)
    count = max(len(questions), 1)
    return {
        "questions": len(questions),
        "types": {name: types[name] for name in TYPES if types[name]},
        "entropy": round(entropy(types.values()), 4),
        "most_entropy": round(math.log2(len(TYPES)), 4),
        "openings": dict(openings.most_common(SHOWN)),
        "different_openings": len(openings),
        "distinct_1": round(distinct(units, 1), 4),
        "distinct_2": round(distinct(units, 2), 4),
        "distinct_of": len(compared),
        "near_duplicates": round(len(near_duplicates(questions)) / count, 4),
        "mean_characters": round(sum(map(len, questions)) / count, 1),
    }
