"""What does the model answer to the same prompt after each stage? Side by side, with what changed marked."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from ewc_plugin.report.data import ReportData, Sample
from ewc_plugin.report.markup import folded, note, section, text
from ewc_plugin.report.sentences import named

LONGEST = 2000  # characters of an answer that are compared: the comparison is quadratic
ALIKE = 0.3  # below, nearly all would be marked


def sample_section(data: ReportData) -> str:
    if not data.samples:
        return ""
    labels = [row["label"] for row in data.matrix["rows"]]
    about = note(
        "每个评测集先列一题，其余点开。底色标出与前一阶段的回答不同之处。",
        "One prompt of each set, the others on demand. Marked: what differs from the answer of the stage before.",
    )
    body = "\n".join(_set(name, found, labels) for name, found in data.samples.items())
    return section("同一题，各阶段的回答", "The same prompts after each stage", f"{about}\n{body}")


def _set(name: str, found: Sequence[Sample], labels: Sequence[str]) -> str:
    first, *others = [_sample(sample, labels) for sample in found]
    more = folded(f"还有 {len(others)} 题 more", "\n".join(others)) if others else ""
    return f"<h3>{text(name)}</h3>\n{first}\n{more}"


def _sample(sample: Sample, labels: Sequence[str]) -> str:
    given = [("题目 prompt", sample.prompt), ("参考 reference", sample.reference)]
    pairs = "".join(f'<dt>{text(k)}</dt><dd class="given">{text(v)}</dd>' for k, v in given)
    before: str | None = None
    for label, answer in zip(labels, sample.answers, strict=True):
        pairs += f"<dt>{text(named(label))}</dt><dd>{_answer(answer, before)}</dd>"
        before = answer if answer is not None else before
    return f'<div class="sample"><dl>{pairs}</dl></div>'


def _answer(answer: str | None, before: str | None) -> str:
    if answer is None:
        return '<span class="note">（没有记录 not kept）</span>'
    if not answer:
        return '<span class="note">（空 empty）</span>'
    return marked(answer, before) if before else text(answer)


def marked(answer: str, before: str) -> str:
    """The answer with `<ins>` around what the one before does not have; unmarked where little is the same."""
    if max(len(answer), len(before)) > LONGEST:
        return text(answer)
    matcher = SequenceMatcher(None, before, answer, autojunk=False)
    if answer == before or matcher.ratio() < ALIKE:
        return text(answer)
    parts = []
    for kind, _, _, start, end in matcher.get_opcodes():
        piece = text(answer[start:end])
        parts.append(piece if kind == "equal" or not piece else f"<ins>{piece}</ins>")
    return "".join(parts)
