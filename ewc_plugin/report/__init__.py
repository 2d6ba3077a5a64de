"""What does a user get to read? `report.html`, `report.md` and a table for the terminal, from an output folder."""

from collections.abc import Sequence
from pathlib import Path

from ewc_plugin.atomic import atomic_text
from ewc_plugin.matrix import Matrix
from ewc_plugin.report.advice_section import advice_of
from ewc_plugin.report.changes import Changes
from ewc_plugin.report.columns import aligned, markdown, paragraph
from ewc_plugin.report.comparison import Comparison, cells, footnote
from ewc_plugin.report.comparison import compare as compare_runs
from ewc_plugin.report.data import ReportData, read_report
from ewc_plugin.report.fidelity import CHINESE, ENGLISH, fidelity_rows
from ewc_plugin.report.page import page
from ewc_plugin.report.sentences import sentences
from ewc_plugin.report.tables import (
    complete_scores,
    complete_table,
    definition_rows,
    first_score_rows,
    loss_rows,
    mixture_rows,
    not_measured,
)
from ewc_plugin.visible import in_one_line


def write(folder: Path, *, comparison: Comparison | None = None) -> Path:
    """`report.html` and `report.md` beside the matrix of `folder` (an output folder or its `stage_eval`).

    comparison: runs to show side by side on the page, from `comparison.compare`. Returns the page's path.
    """
    data = read_report(folder, comparison)
    path = data.folder / "report.html"
    changes = Changes(data.matrix)  # the tests are most of the time
    for target, content in ((path.with_suffix(".md"), summary(data, changes)), (path, page(data, changes))):
        with atomic_text(target) as stream:
            stream.write(content)
    return path


def terminal_table(matrix: Matrix) -> str:
    """Scores with their change against the best earlier stage, then the means; columns align with Chinese in them."""
    changes = Changes(matrix)
    tables = [aligned(rows) for rows in (loss_rows(matrix, changes), first_score_rows(matrix, changes)) if rows]
    said = [in_one_line(sentence.english) for sentence in sentences(matrix, changes)]
    return "\n\n".join([*tables, *_means(matrix), "\n".join(said)]) + "\n"


def _means(matrix: Matrix) -> list[str]:
    scores, left_out = complete_table(matrix)
    if scores is None or scores.last == 0:
        return []
    head, *rows = definition_rows(scores, complete_scores(matrix))
    lines = [aligned([head[:-1], *(row[:-1] for row in rows)])]
    lines += [in_one_line(f"left out (a cell failed): {', '.join(left_out)}")] if left_out else []
    return ["\n".join(lines)]


def compare(folders: Sequence[Path], *, names: Sequence[str] = ()) -> str:
    """Old and new loss of several runs, as a table for the terminal."""
    compared = compare_runs(folders, names=names)
    return f"{aligned(cells(compared))}\n{in_one_line(footnote(compared))}\n"


def comparison_markdown(compared: Comparison) -> str:
    return f"{markdown(cells(compared))}\n\n{paragraph(footnote(compared))}\n"


def summary(data: ReportData, changes: Changes) -> str:
    """The page in Markdown, without charts and samples."""
    scores, left_out = complete_table(data.matrix)
    parts = ["# 阶段评测 · Stage evaluation"]
    parts += [paragraph(text) for s in sentences(data.matrix, changes) for text in (s.chinese, s.english)]
    parts += [comparison_markdown(data.comparison)] if data.comparison else []
    for a in advice_of(data, changes):
        parts += [f"**{paragraph(a.chinese)}**", paragraph(f"{a.english} ({'; '.join(a.evidence)})")]
    parts += [markdown(rows) for make in (loss_rows, first_score_rows) if (rows := make(data.matrix, changes))]
    if scores is not None and scores.last > 0:
        parts.append(markdown(definition_rows(scores, complete_scores(data.matrix))))
    parts += [paragraph(f"Left out of the means, a cell failed: {', '.join(left_out)}.")] if left_out else []
    parts += [markdown(mixture_rows(data.trained_on))] if data.trained_on else []
    if rows := fidelity_rows(data.fidelity):
        parts += [f"{markdown(rows)}\n\n{CHINESE} {ENGLISH}"]
    parts += [paragraph(line) for line in [*not_measured(data.matrix), *data.matrix["notes"], *data.unread]]
    return "\n\n".join(parts) + "\n"
