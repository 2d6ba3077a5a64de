"""What to turn, on the page: each advice with its evidence, or that nothing calls for one."""

from ewc_plugin.report.advice import Advice, advise
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.data import ReportData
from ewc_plugin.report.history import History
from ewc_plugin.report.markup import note, section, text


def advice_of(data: ReportData, changes: Changes) -> list[Advice]:
    run = data.fidelity[-1].run if data.fidelity else {}
    return advise(History(data.matrix, data.curves, changes, data.trained_on, run))


def advice_section(data: ReportData, changes: Changes) -> str:
    if len(data.matrix["rows"]) < 2:
        return ""
    found = advice_of(data, changes)
    body = "\n".join(_one(advice) for advice in found) or note(
        "没有超出误差的问题，不必调整。", "Nothing beyond noise calls for a change."
    )
    return section("该调什么", "What to turn", body)


def _one(advice: Advice) -> str:
    evidence = "".join(f"<li>{text(line)}</li>" for line in advice.evidence)
    return (
        f'<div class="advice"><p>{text(advice.chinese)}</p><p class="en" lang="en">{text(advice.english)}</p>'
        f"<ul>{evidence}</ul></div>"
    )
