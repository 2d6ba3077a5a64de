"""What is a score called, in which steps is its change coloured, how is it printed? A literal table.

Units: nats a token (losses), points of 100 (BLEU, chrF++), characters, and shares from 0 to 1 (most others). A score
that is not in the table is called by its own name and taken for a share.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """`steps` are the upper edges of the three shades of a change."""

    digits: int
    steps: tuple[float, float, float]


NATS = Unit(3, (0.01, 0.05, 0.2))
POINTS = Unit(1, (0.5, 2.0, 5.0))
SHARE = Unit(3, (0.005, 0.02, 0.05))
CHARACTERS = Unit(1, (1.0, 3.0, 10.0))

_UNITS = {
    "loss": NATS,
    "base_loss": NATS,
    "option_loss": NATS,
    "bleu": POINTS,
    "chrf": POINTS,
    "longest_copy": CHARACTERS,
}
_NAMES = {
    "loss": "损失 loss per token",
    "option_loss": "选项损失 loss of the right option among all",
    "base_loss": "基座眼中的损失 loss under the base model",
    "bleu": "BLEU",
    "chrf": "chrF++",
    "accuracy": "正确率 accuracy",
    "accuracy_options": "正确率（选项文字）accuracy by options",
    "accuracy_generated": "正确率（所答字母）accuracy of the answers",
    "rouge_l": "ROUGE-L（字）of characters",
    "length_ratio": "长度比 length ratio",
    "refusals": "拒答 refusals",
    "f1": "F1（字）of characters",
    "exact_match": "完全一致 exact match",
    "exact": "完全一致 exact match",
    "exact_text": "答语一致 same words",
    "exact_number": "得数正确 right number",
    "exact_code": "代码一致 same code",
    "exact_refusal": "该拒则拒 right decisions",
    "relevance": "切题 relevance",
    "coherence": "连贯 coherence",
    "distinct_1": "用字不重复 distinct-1",
    "distinct_2": "用词不重复 distinct-2",
    "rep_4": "四元重复 rep-4",
    "self_repetition": "重复自己 self-repetition",
    "breaks_f1": "断句 F1 of breaks",
    "marks_f1": "标点 F1 of marks",
    "text_unchanged": "原文未改 text unchanged",
    "chinese": "中文比例 share of Chinese",
    "unbalanced": "标点不成对 unbalanced marks",
    "style_distance": "风格距离 style distance",
    "longest_copy": "最长照抄 longest copy",
    "copied_share": "照抄比例 copied share",
    "length": "长度合要求 length as asked",
    "opening": "保住开头 opening kept",
    "kept": "要素保留 kept of the outline",
    "verse_form": "行数字数 form",
    "rhyme": "平水韵押韵 rhyme (Pingshui)",
    "rhyme_modern": "今韵押韵 rhyme (Mandarin)",
    "tones": "平仄 tones",
    "repeated_characters": "重字 repeated characters",
}


def unit(metric: str) -> Unit:
    return _UNITS.get(metric, SHARE)


def title(metric: str) -> str:
    return _NAMES.get(metric, metric)
