"""What does the page say first? Plain sentences: what was learned, what was forgotten, and what this rests on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ewc_plugin.matrix import Matrix
from ewc_plugin.report.changes import Change, Changes
from ewc_plugin.report.metric_names import unit

NAMES = {
    "base": "基座模型",
    "foundation": "基础",
    "task": "任务",
    "domain": "领域",
    "general": "通用",
    "instruction": "指令",
    "summary": "摘要",
    "heading": "标题",
    "continuation": "续写",
    "knowledge": "知识",
    "reading": "阅读",
    "grammar": "语法",
    "multiple_choice": "选择题",
    "translation": "翻译",
    "dialogue": "对话",
    "story": "故事",
    "verse": "诗词",
    "literature": "文学",
    "classical": "文白",
    "punctuation": "断句",
    "english": "英语",
    "arithmetic": "算术",
    "code": "代码",
    "refusal": "拒答",
}
FEW = 3  # names that a sentence can carry


@dataclass(frozen=True)
class Sentence:
    chinese: str
    english: str


def named(label: str) -> str:
    """`领域 domain`; a name that we do not know stands for itself."""
    return f"{NAMES[label]} {label}" if label in NAMES else label


def sentences(matrix: Matrix, changes: Changes) -> list[Sentence]:
    if len(matrix["rows"]) < 2:
        only = Sentence(
            "只测了基座模型，还没有训练过的阶段可比。", "Only the base model was measured; no stage to compare yet."
        )
        return [only, _rests_on(matrix)]
    return [_learned(matrix, changes), _forgotten(matrix, changes), _rests_on(matrix)]


def _learned(matrix: Matrix, changes: Changes) -> Sentence:
    """The last stage's own sets against the row before it."""
    label = matrix["rows"][-1]["label"]
    known = sorted(changes.learned(), key=lambda c: c.delta)
    if not known:
        return Sentence(
            f"学到：没有「{named(label)}」阶段自己的评测集，无法说它学到了什么。",
            f"Learned: no evaluation set belongs to stage {label}, so what it learned cannot be said.",
        )
    shown, rest = known[:FEW], known[FEW:]
    better = sum(c.delta < 0 and c.beyond_noise for c in rest)
    scores = _of_scores(changes.learned("first"), [1, -1])
    return Sentence(
        f"学到：「{named(label)}」阶段之后，"
        + "；".join(_told(c, _chinese) for c in shown)
        + (f"；另外 {len(rest)} 个集中有 {better} 个损失超出误差地下降" if rest else "")
        + f"{scores.chinese}。",
        f"Learned: after stage {label}, "
        + "; ".join(_told(c, _english) for c in shown)
        + (f"; of {len(rest)} more sets the loss of {better} fell beyond noise" if rest else "")
        + f"{scores.english}.",
    )


def _forgotten(matrix: Matrix, changes: Changes) -> Sentence:
    """Older and protected sets against their best earlier row; only what is beyond noise is called forgotten."""
    known = sorted(changes.older(), key=lambda c: -c.delta)
    if not known:
        return Sentence(
            "遗忘：之前没有别的评测集，谈不上遗忘。", "Forgotten: there is no earlier set that could be forgotten."
        )
    worse = [c for c in known if c.delta > 0 and (c.test is None or c.beyond_noise)]
    scores = _of_scores(changes.older("first"), [-1])
    if worse:
        rest, more = len(known) - len(worse), len(worse) - FEW
        return Sentence(
            "遗忘："
            + "；".join(_told(c, _chinese) for c in worse[:FEW])
            + (f"；另有 {more} 个集的损失也超出误差地上升" if more > 0 else "")
            + f"；其余 {rest} 个旧集的损失没有超出误差的上升{scores.chinese}。",
            "Forgotten: "
            + "; ".join(_told(c, _english) for c in worse[:FEW])
            + (f"; the loss of {more} more rose beyond noise" if more > 0 else "")
            + f"; that of the other {rest} older sets did not{scores.english}.",
        )
    return Sentence(
        f"遗忘：{len(known)} 个旧集的损失都没有超出误差的上升，变化最大的是 "
        + f"{_told(known[0], _chinese)}{scores.chinese}。",
        f"Forgotten: the loss of none of {len(known)} older sets rose beyond noise; the largest change: "
        + f"{_told(known[0], _english)}{scores.english}.",
    )


def _of_scores(changes: Sequence[Change], ways: Sequence[int]) -> Sentence:
    """A clause on first scores that moved beyond noise, `ways`: for the better (1), for the worse (-1)."""
    chinese, english = [], []
    for way in ways:
        moved = sorted((c for c in changes if c.beyond_noise and way * c.gain > 0), key=lambda c: -abs(c.gain))
        if moved:
            rest = f" … ({len(moved)})" if len(moved) > FEW else ""
            told = ", ".join(_numbers(c) for c in moved[:FEW]) + rest
            chinese.append(f"；得分超出误差地变{'好' if way > 0 else '差'}：{told}")
            english.append(f"; scores {'better' if way > 0 else 'worse'} beyond noise: {told}")
    if changes and not chinese:
        what = ("变差", "got worse") if ways == [-1] else ("变化", "changed")
        chinese = [f"；{len(changes)} 个得分没有超出误差的{what[0]}"]
        english = [f"; none of {len(changes)} scores {what[1]} beyond noise"]
    return Sentence("".join(chinese), "".join(english))


def _told(change: Change, words: Callable[[Change], tuple[str, str]]) -> str:
    """Name, both losses, the difference with its interval, and whether that is beyond noise."""
    moved, verdict = words(change)
    return _numbers(change, moved, verdict)


def _numbers(change: Change, moved: str = "", verdict: str = "") -> str:
    digits = unit(change.metric).digits
    test = change.test
    interval = f" [{test.low:+.{digits}f}, {test.high:+.{digits}f}]" if test else ""
    return (
        f"{change.column} {moved or change.metric} {change.before:.{digits}f} → {change.after:.{digits}f} "
        f"({change.delta:+.{digits}f}{interval}{verdict})"
    )


def _chinese(change: Change) -> tuple[str, str]:
    moved = f"{'损失' if change.metric == 'loss' else '选项损失'}{'下降' if change.delta < 0 else '上升'}"
    if change.test is None:
        return moved, "，逐条结果已不在，未检验"
    return moved, "，超出误差" if change.beyond_noise else "，在误差之内"


def _english(change: Change) -> tuple[str, str]:
    moved = f"{'loss' if change.metric == 'loss' else 'option loss'} {'fell' if change.delta < 0 else 'rose'}"
    if change.test is None:
        return moved, ", items gone, not tested"
    return moved, ", beyond noise" if change.beyond_noise else ", within noise"


def _rests_on(matrix: Matrix) -> Sentence:
    """How many sets and items, and what is not in them."""
    cells = matrix["rows"][-1]["cells"]
    items = sum(cell["loss"]["n"] for cell in cells.values() if "loss" in cell)
    failed = [name for name, cell in cells.items() if "failed" in cell]
    chinese = f"依据：{len(cells) - len(failed)} 个评测集共 {items} 条，各阶段用同样的条目；区间为 95%。"
    english = (
        f"This rests on {items} items of {len(cells) - len(failed)} evaluation sets, the same after every stage; "
        "intervals are 95 %."
    )
    unbuilt = [name.partition(" ")[0] for name in matrix["not_built"]]
    return Sentence(
        chinese + _gaps(failed, "评测失败：", "。") + _gaps(unbuilt, "尚未转换：", "。", "等共 {} 个"),
        english + _gaps(failed, " Failed: ", ".") + _gaps(unbuilt, " Not built: ", ".", " … ({} in all)"),
    )


def _gaps(names: Sequence[str], lead: str, end: str, in_all: str = "") -> str:
    """All names; where `in_all` says how to count them, the first few of many."""
    few = names[:FEW] if in_all else names
    rest = in_all.format(len(names)) if len(few) < len(names) else ""
    return f"{lead}{', '.join(few)}{rest}{end}" if names else ""
