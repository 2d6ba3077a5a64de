"""What does the page say first? Plain sentences: what was learned, what was forgotten, and what this rests on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ewc_plugin.matrix import Matrix
from ewc_plugin.report.changes import Change, Changes, last_stage_columns, older_columns

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
    last = len(matrix["rows"]) - 1
    label = matrix["rows"][last]["label"]
    found = [changes.between(last - 1, last, name) for name in last_stage_columns(matrix)]
    known = sorted((change for change in found if change), key=lambda c: c.delta)
    if not known:
        return Sentence(
            f"学到：没有「{named(label)}」阶段自己的评测集，无法说它学到了什么。",
            f"Learned: no evaluation set belongs to stage {label}, so what it learned cannot be said.",
        )
    shown, rest = known[:FEW], known[FEW:]
    better = sum(c.delta < 0 and c.beyond_noise for c in rest)
    return Sentence(
        f"学到：「{named(label)}」阶段之后，"
        + "；".join(_told(c, _chinese) for c in shown)
        + (f"；另外 {len(rest)} 个集中有 {better} 个超出误差地变好" if rest else "")
        + "。",
        f"Learned: after stage {label}, "
        + "; ".join(_told(c, _english) for c in shown)
        + (f"; of {len(rest)} more sets {better} got better beyond noise" if rest else "")
        + ".",
    )


def _forgotten(matrix: Matrix, changes: Changes) -> Sentence:
    """Older and protected sets against their best earlier row; only what is beyond noise is called forgotten."""
    last = len(matrix["rows"]) - 1
    found = [changes.against_best(last, name) for name in older_columns(matrix)]
    known = sorted((c for c in found if c), key=lambda c: -c.delta)
    if not known:
        return Sentence(
            "遗忘：之前没有别的评测集，谈不上遗忘。", "Forgotten: there is no earlier set that could be forgotten."
        )
    worse = [c for c in known if c.delta > 0 and (c.test is None or c.beyond_noise)]
    if worse:
        rest, more = len(known) - len(worse), len(worse) - FEW
        return Sentence(
            "遗忘："
            + "；".join(_told(c, _chinese) for c in worse[:FEW])
            + (f"；另有 {more} 个集也超出误差地变差" if more > 0 else "")
            + f"；其余 {rest} 个旧集没有超出误差的变差。",
            "Forgotten: "
            + "; ".join(_told(c, _english) for c in worse[:FEW])
            + (f"; {more} more got worse beyond noise" if more > 0 else "")
            + f"; the other {rest} older sets did not get worse beyond noise.",
        )
    return Sentence(
        f"遗忘：{len(known)} 个旧集都没有超出误差的变差；变化最大的是 " + _told(known[0], _chinese) + "。",
        f"Forgotten: none of {len(known)} older sets got worse beyond noise; the largest change: "
        + _told(known[0], _english)
        + ".",
    )


def _told(change: Change, words: Callable[[Change], tuple[str, str]]) -> str:
    """Name, both losses, the difference with its interval, and whether that is beyond noise."""
    moved, verdict = words(change)
    interval = f" [{change.test.low:+.3f}, {change.test.high:+.3f}]" if change.test else ""
    return f"{change.column} {moved} {change.before:.3f} → {change.after:.3f} ({change.delta:+.3f}{interval}{verdict})"


def _chinese(change: Change) -> tuple[str, str]:
    moved = "损失下降" if change.delta < 0 else "损失上升"
    if change.test is None:
        return moved, "，逐条结果已不在，未检验"
    return moved, "，超出误差" if change.beyond_noise else "，在误差之内"


def _english(change: Change) -> tuple[str, str]:
    moved = "loss fell" if change.delta < 0 else "loss rose"
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
    return Sentence(
        chinese + _gaps(failed, "评测失败：") + _gaps(matrix["not_built"], "尚未转换：", "等共 {} 个"),
        english + _gaps(failed, " Failed: ") + _gaps(matrix["not_built"], " Not built: ", " … ({} in all)"),
    )


def _gaps(names: Sequence[str], lead: str, in_all: str = "") -> str:
    """All names; where `in_all` says how to count them, the first few of many."""
    few = names[:FEW] if in_all else names
    rest = in_all.format(len(names)) if len(few) < len(names) else ""
    return f"{lead}{', '.join(few)}{rest}." if names else ""
