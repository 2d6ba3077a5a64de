"""Bad input of a report: files that somebody edited, and text that wants to be more than text."""

import io
import json
import shutil
import sys

import pytest
import sample_runs

from ewc_plugin import matrix, report
from ewc_plugin.__main__ import main
from ewc_plugin.report.advice import Advice
from ewc_plugin.report.columns import aligned, paragraph, width
from ewc_plugin.report.history import History
from ewc_plugin.report.svg import curves_chart, line_chart, ticks
from ewc_plugin.visible import in_one_line, say, visible

HOSTILE = "</style><script>x</script>\u202e\u200f\x00\x1b[31m\u2028\ud800|`\n# h\n![x](http://x.y)"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    output = sample_runs.build(tmp_path_factory.mktemp("saves"), stages=2)
    sample_runs.add_run_files(output)
    return output


@pytest.fixture
def saves(finished, tmp_path):
    """A copy that a test may break."""
    shutil.copytree(finished.parent, tmp_path / "saves")
    return tmp_path / "saves" / finished.name


def edited(path, change):
    """The file after `change` of what it holds."""
    found = json.loads(path.read_text(encoding="utf-8"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def page_of(output):
    assert main(["report", str(output)]) == 0
    return (output / "stage_eval" / "report.html").read_text(encoding="utf-8")


# -- shapes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.pop("base"), "no usable base"),
        (lambda m: m.update(rows=[1], notes="x"), "no usable rows, notes"),
        (lambda m: m["columns"][0].update(task=None), "column belle_eval: no usable task"),
        (lambda m: m["columns"].append(m["columns"][0]), "two columns belle_eval"),
        (lambda m: m["rows"][1].pop("label"), "row None: no usable label"),
        (lambda m: m["rows"][1].pop("stage"), "row foundation: no usable stage"),
        (lambda m: m["rows"][1]["cells"].update(belle_eval=[]), "row foundation, belle_eval: not an object"),
        (lambda m: m["rows"][1]["cells"]["belle_eval"].update(failed="x"), "not with its reason alone"),
        (lambda m: m["rows"][1]["cells"]["belle_eval"]["loss"].update(low=None), "loss has no usable low"),
        (lambda m: m["rows"][1]["cells"]["belle_eval"]["loss"].update(value=1e308), "loss is 1e+308"),
        (lambda m: m["rows"][1]["cells"]["belle_eval"]["loss"].update(value=10**400), "no usable value"),
        (lambda m: m["rows"][0].update(predictions="a\x00"), "null byte"),
        (lambda m: m.update(version=2), "version 2"),
    ],
)
def test_a_matrix_of_another_shape_is_refused_in_a_sentence(saves, change, said, capsys):
    edited(saves / "stage_eval" / "matrix.json", change)
    assert main(["report", str(saves)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("MatrixError: ")
    assert said in error
    assert "matrix.json: expected a whole stage" in error
    assert "Traceback" not in error


def test_nesting_too_deep_is_refused_too(saves, capsys):
    (saves / "stage_eval" / "matrix.json").write_text("[" * 100_000)
    assert main(["report", str(saves)]) == 2
    assert "recursion" in capsys.readouterr().err


@pytest.mark.parametrize(
    "state",
    [
        {"log_history": 3},
        {"log_history": [None, 1, [], {"loss": 1}]},
        {"log_history": [{"step": s, "loss": 2.0, "x": [1]} for s in ("a", None, True, -1, 10**400)]},
        {"log_history": [{"step": 3, "loss": 2.0}, {"step": 3, "loss": 1e308}]},
        [],
    ],
)
def test_a_log_of_another_shape_draws_no_curve_and_breaks_nothing(saves, state):
    (saves / "trainer_state.json").write_text(json.dumps(state))
    assert "Training curves" not in page_of(saves)


def test_a_step_that_was_logged_twice_counts_once(saves):
    logs = [{"step": s, "loss": 2.0, "learning_rate": 1.0} for s in (1, 2, 2, 1, 3)]
    (saves / "trainer_state.json").write_text(json.dumps({"log_history": logs}))
    points = page_of(saves).split('<polyline class="series s1" points="')[1].split('"')[0]
    assert len(points.split()) == 3 + 1, "three steps; the last point is always drawn once more"


@pytest.mark.parametrize(
    "content",
    [
        {"planned": {"a": 3}, "trained": []},
        {"planned": {"a": {"examples": "many"}}, "trained": {"a": {"examples": 10**400, "dropped": True}}},
        {"trained": {"a": {"examples": 5, "supervised_tokens": None}, "b": None}},
    ],
)
def test_counts_of_another_shape_are_dashes(saves, content):
    (saves / "stage_eval" / "trained_on.json").write_text(json.dumps(content))
    assert "<td>—</td>" in page_of(saves)


@pytest.mark.parametrize(
    "content",
    [
        {"terms": 3, "versions": []},
        {"terms": [None, {"trace": [1]}, {"trace": {"a": "x", "b": 1e400}, "sum_of": 4, "decay": "x"}]},
        {"stages": {"a": [1]}, "gamma": None},
    ],
)
def test_an_anchor_s_facts_of_another_shape_break_nothing(saves, content):
    (saves / "ewc" / "ewc.json").write_text(json.dumps(content))
    assert "EWC facts" in page_of(saves)


def test_a_penalty_that_is_no_number_counts_as_none(saves):
    facts = {"lambda": 10**400, "calibration": {"predicted_kl_nats_per_token": "x", "calibration": float("nan")}}
    (saves / "stage_eval" / "ewc.json").write_text(json.dumps(facts))
    assert "<td>—</td>" in page_of(saves)


def test_predictions_that_are_torn_are_named_and_the_change_is_told_untested(saves):
    path = next((saves.parent / "domain" / "stage_eval" / "predictions").glob("belle*"))
    path.write_text(path.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    page = page_of(saves)
    assert "foundation, " in page
    assert "belle_eval.jsonl, line 60: expected one record a line" in page
    assert "items gone, not tested" in page


def test_a_folder_of_predictions_that_cannot_be_asked_about_is_not_there(saves):
    edited(saves / "stage_eval" / "matrix.json", lambda m: m["rows"][0].update(predictions="a" * 5000))
    assert "base: 逐条结果已不在" in page_of(saves)


@pytest.mark.parametrize("points", [[(0, 5e-324), (0, 0.0)], [(1, 1e17), (2, 1e17)], [(1, 1.0), (2, 1.0 + 2e-16)]])
def test_a_curve_of_odd_numbers_is_drawn(points):
    assert "polyline" in line_chart(points, title="x", x_label="x")
    assert "polyline" in curves_chart({"a": points}, title="x", x_label="x", y_label="y")


def test_ticks_of_a_tiny_range_are_few():
    assert len(ticks(1.0, 1.0 + 1e-8)) < 10


# -- text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("春\tx\n", "春\tx\n"),
        ("\x1b[31m\x00\x85", "\\x1b[31m\\x00\\x85"),
        ("\u202eabc\u200f", "\\u202eabc\\u200f"),
        ("a\u2028b\ufeff", "a\\u2028b\\ufeff"),
        ("\ud800", "\\ud800"),
        ("𠮷é👍🏽", "𠮷é👍🏽"),
    ],
)
def test_what_would_not_be_seen_is_written_out(text, shown):
    assert visible(text) == shown


def test_a_name_with_line_ends_stays_in_its_cell():
    assert in_one_line("a\n\n# b\tc") == "a # b c"
    assert len({width(line) for line in aligned([["x", "y"], ["a\nb\x1b", "1"]]).splitlines()}) == 1


def test_markdown_takes_neither_elements_nor_links_from_text():
    assert paragraph("<b> & [a](x) ![c](y)\n# z [+0.1, +0.2] (3)") == (
        "&lt;b> &amp; [a]\\(x) ![c]\\(y) # z [+0.1, +0.2] (3)"
    )


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
def test_a_terminal_that_lacks_a_character_gets_its_escape(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    say("λ 领域 é👍\ud800")
    said = raw.getvalue().decode(encoding)
    assert "\\ud800" in said
    assert ("λ" in said) is (encoding != "ascii")


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A run in which names, labels, questions, answers, advice and files are hostile; returns its folder."""
    name = HOSTILE.replace("\ud800", "")  # the invented numbers are seeded by it
    named = {"name": name, "task": HOSTILE, "stage": "foundation", "protected": True}
    translated = {"name": "t", "task": "translation", "stage": HOSTILE, "protected": True}
    monkeypatch.setattr(sample_runs, "LOSSES", {name: (1, 2, 3, 4), "t": (1, 2, 3, 4)})
    monkeypatch.setattr(sample_runs, "REFERENCES", [HOSTILE] * 6)
    monkeypatch.setattr(sample_runs, "ENGLISH", [HOSTILE] * 6)
    monkeypatch.setattr(sample_runs, "STAGES", ("base", "foundation", HOSTILE))
    defaults = {"shift": 0, "answers": [HOSTILE], "columns": [named, translated]}
    monkeypatch.setattr(sample_runs.row, "__kwdefaults__", defaults)
    output = sample_runs.build(tmp_path, stages=3, model=HOSTILE, answers=[HOSTILE])
    sample_runs.add_run_files(output, group=HOSTILE)
    (output / "ewc" / "ewc.json").write_text(json.dumps({"versions": {HOSTILE: HOSTILE}, "space": HOSTILE}))
    edited(output / "stage_eval" / "matrix.json", lambda m: m.update(not_built=[HOSTILE], notes=[HOSTILE]))
    rule = lambda history: Advice("x", HOSTILE, HOSTILE, (HOSTILE,))  # noqa: E731
    monkeypatch.setattr("ewc_plugin.report.advice.RULES", (rule,))
    return output


def test_hostile_text_is_text_on_the_page(hostile):
    page = page_of(hostile)
    assert page.count("&lt;/style&gt;&lt;script&gt;") > 20
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert not set("\x00\x1b\u202e\u200f\u2028\ud800") & set(page)
    assert "\\u202e" in page


def test_hostile_text_is_text_in_markdown(hostile):
    report.write(hostile)
    text = (hostile / "stage_eval" / "report.md").read_text(encoding="utf-8")
    assert "&lt;script>" in text
    assert "<script" not in text
    assert "](http" not in text
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# 阶段评测 · Stage evaluation"]
    assert not set("\x00\x1b\u202e\u200f\u2028\ud800") & set(text)


def test_hostile_text_neither_colours_nor_breaks_the_terminal(hostile):
    grown = matrix.load(hostile / "stage_eval" / "matrix.json")
    table = report.terminal_table(grown)
    assert not set("\x00\x1b\u202e\u200f\u2028\ud800") & set(table)
    losses = table.split("\n\n")[0].splitlines()
    assert len(losses) == 2 + 2
    assert len({width(line) for line in losses}) == 1


def test_a_picture_of_hostile_names_is_drawn(saves, tmp_path):
    name = "$\\frac{$\x00\n"

    def rename(found):
        found["columns"][0]["name"] = name
        for row in found["rows"]:
            row["cells"][name] = row["cells"].pop("belle_eval")

    edited(saves / "stage_eval" / "matrix.json", rename)
    assert main(["picture", str(saves), "--out", str(tmp_path / "x.png")]) == 0


def test_an_error_that_quotes_hostile_text_does_not_colour_the_terminal(saves, capsys):
    edited(saves / "stage_eval" / "matrix.json", lambda m: m["columns"][0].update(name=HOSTILE, task=None))
    assert main(["report", str(saves)]) == 2
    error = capsys.readouterr().err
    assert "\\x1b[31m" in error
    assert not set("\x00\x1b\u202e") & set(error)


def test_a_huge_loss_is_advised_about_without_a_number_that_no_float_has(saves):
    from ewc_plugin.report.advice import hard_data
    from ewc_plugin.report.changes import Changes

    grown = matrix.load(saves / "stage_eval" / "matrix.json")
    for row in grown["rows"]:
        row["predictions"] = None
        row["cells"]["belle_eval"]["loss"]["value"] = 5000.0
    found = hard_data(History(grown, {}, Changes(grown)))
    assert found is not None
    assert "perplexity 1014232054" in found.english
