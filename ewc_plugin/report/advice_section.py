"""What to turn, on the page: each advice with its evidence, or that nothing calls for one."""

from collections.abc import Sequence

from ewc_plugin.report.advice import advise
from ewc_plugin.report.advised import Advice
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.data import ReportData
from ewc_plugin.report.history import History
from ewc_plugin.report.markup import note, prose, section, text
from ewc_plugin.report.sentences import Sentence


def advice_of(data: ReportData, changes: Changes) -> list[Advice]:
    run = data.fidelity[-1].run if data.fidelity else {}
    return advise(History(data.matrix, data.curves, changes, data.trained_on, run, data.recorded))


def to_do(found: Sequence[Advice]) -> Sentence:
    """The third sentence of the page: the first advice, and how many more there are."""
    if not found:
        return Sentence("该做：没有超出误差的问题，不必调整。", "To do: nothing beyond noise calls for a change.")
    first, more = found[0], len(found) - 1
    return Sentence(
        f"该做：{first.chinese}" + (f"（另有 {more} 条建议，见下）" if more else ""),
        f"To do: {first.english}" + (f" ({more} more below)" if more else ""),
    )


def advice_section(found: Sequence[Advice]) -> str:
    body = "\n".join(_one(advice) for advice in found) or note(
        "没有超出误差的问题，不必调整。", "Nothing beyond noise calls for a change."
    )
    return section("该调什么", "What to turn", body)


def _one(advice: Advice) -> str:
    evidence = "".join(f"<li>{text(line)}</li>" for line in advice.evidence)
    return (
        f'<div class="advice"><p>{prose(advice.chinese)}</p><p class="en" lang="en">{prose(advice.english)}</p>'
        f"<ul>{evidence}</ul></div>"
    )
