"""The report: what it says, what it escapes, what it tolerates."""

import json
import re
import shutil
from html.parser import HTMLParser

import pytest
import sample_runs
from sample_runs import COLUMNS

from ewc_plugin import matrix, report
from ewc_plugin.forgetting import forgetting
from ewc_plugin.paired import Difference
from ewc_plugin.report import comparison
from ewc_plugin.report.changes import Change, Changes
from ewc_plugin.report.columns import width
from ewc_plugin.report.heat_map import colour, heat_maps
from ewc_plugin.report.learning import per_task
from ewc_plugin.report.markup import prose
from ewc_plugin.report.picture import draw
from ewc_plugin.report.samples import marked
from ewc_plugin.report.sentences import sentences
from ewc_plugin.report.tables import complete_table


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Three stages and everything that lies beside them; read only."""
    output = sample_runs.build(tmp_path_factory.mktemp("saves"))
    sample_runs.add_run_files(output)
    report.write(output)
    return output


@pytest.fixture
def saves(finished, tmp_path):
    """A copy that a test may break."""
    shutil.copytree(finished.parent, tmp_path / "saves")
    return tmp_path / "saves" / finished.name


def page_of(output):
    return report.write(output).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Which elements a browser would see, and whether every one is closed."""

    VOID = frozenset({"meta", "wbr", "br"})

    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.addresses += [v for k, v in attributes if k in ("src", "href", "srcset", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)


def test_the_page_says_what_was_learned_and_what_was_forgotten(finished):
    learned, forgotten, rests = sentences(grown := matrix.load(finished / "stage_eval/matrix.json"), Changes(grown))
    assert re.search(
        r"after stage domain, poetry_next_eval loss fell 5\.\d+ → 4\.\d+ \(-1\.\d+ .*beyond noise", learned.english
    )
    assert re.search(r"belle_eval loss rose .* \(\+0\.2\d+ .*, beyond noise\); that of the other 2 ", forgotten.english)
    before, after = (r["cells"]["poetry_next_eval"]["loss"]["value"] for r in grown["rows"][-2:])
    assert f"poetry_next_eval loss fell {before:.3f} → {after:.3f}" in learned.english, "against the row just before"
    assert "poetry_next_eval 损失下降" in learned.chinese
    assert "belle_eval 损失上升" in forgotten.chinese
    assert "translation" not in forgotten.english, "a change within noise is not called forgetting"
    assert forgotten.english.endswith("; none of 2 scores got worse beyond noise.")
    assert "240 items of 4 evaluation sets" in rests.english
    assert "Not built: classical_eval" in rests.english
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    assert learned.chinese in page
    assert forgotten.english in page


def test_the_page_says_what_to_do_with_the_number_of_more(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    says = page.split('<section class="says">')[1].split("</section>")[0]
    assert "To do: The training loss was still falling" in says
    assert "(1 more below)" in says
    assert page.count('<div class="advice">') == 2


def test_of_many_sets_the_sentences_tell_the_first_and_count_the_others(tmp_path, monkeypatch):
    names = [f"set_{i}" for i in range(6)]
    new = [{"name": n, "task": "verse", "stage": "domain", "protected": False} for n in names]
    old = [{"name": f"old_{i}", "task": "x", "stage": "foundation", "protected": True} for i in range(5)]
    losses = {n: (5.0, 5.0, 5.0, 5.0 - 0.3 * i) for i, n in enumerate(names)}
    losses |= {f"old_{i}": (3.0, 2.0, 2.0, 2.0 + 0.3 * i) for i in range(5)}
    monkeypatch.setattr(sample_runs, "LOSSES", losses)
    rows = [sample_runs.row(tmp_path / str(k), k, columns=[*new, *old]) for k in range(4)]
    grown = matrix.new({"m": "x"}, rows[0])
    for later in rows[1:]:
        grown = matrix.extend(grown, later)
    learned, forgotten, _ = sentences(grown, Changes(grown))
    assert learned.english.startswith("Learned: after stage domain, set_5 loss fell")
    assert learned.english.endswith("; of 3 more sets the loss of 2 fell beyond noise.")
    assert forgotten.english.startswith("Forgotten: old_4 loss rose")
    assert "; the loss of 1 more rose beyond noise; that of the other 1 older sets" in forgotten.english


def test_answers_that_got_worse_are_told_beside_losses_that_did_not(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_runs, "LOSSES", sample_runs.LOSSES | {"belle_eval": (2.6, 2.1, 2.1, 2.1)})
    rows = [sample_runs.row(tmp_path / str(k), k, answers=["全不相干的话"] if k == 3 else None) for k in range(4)]
    grown = matrix.new({"m": "x"}, rows[0])
    for later in rows[1:]:
        grown = matrix.extend(grown, later)
    forgotten = sentences(grown, Changes(grown))[1]
    before, after = (
        r["cells"]["translation_en2zh_eval"]["bleu"]["value"] for r in (grown["rows"][2], grown["rows"][3])
    )
    assert "the loss of none of 3 older sets rose beyond noise" in forgotten.english
    assert "; scores worse beyond noise: " in forgotten.english
    assert f"translation_en2zh_eval bleu {before:.1f} → {after:.1f} (-" in forgotten.english
    assert "；得分超出误差地变差：" in forgotten.chinese


def test_without_regression_nothing_is_called_forgotten(tmp_path, monkeypatch):
    kept = sample_runs.LOSSES | {"belle_eval": (2.6, 2.1, 2.1, 2.1)}
    monkeypatch.setattr(sample_runs, "LOSSES", kept)
    grown = matrix.load(sample_runs.build(tmp_path) / "stage_eval/matrix.json")
    assert "the loss of none of 3 older sets rose beyond noise" in sentences(grown, Changes(grown))[1].english


def test_a_matrix_of_the_base_model_alone_makes_a_page(tmp_path):
    page = page_of(sample_runs.build(tmp_path, stages=1))
    assert "Only the base model was measured" in page


def test_a_stage_without_sets_of_its_own_makes_no_claim_about_learning(tmp_path):
    output = sample_runs.build(tmp_path, stages=2)
    grown = matrix.load(output / "stage_eval/matrix.json")
    grown["rows"][1]["stage"] = "history"
    assert "cannot be said" in sentences(grown, Changes(grown))[0].english


def test_many_sets_that_were_not_built_are_counted_and_their_names_fold_away(tmp_path):
    output = sample_runs.build(tmp_path)
    path = output / "stage_eval/matrix.json"
    grown = matrix.load(path)
    grown["not_built"] = [f"set_{n}" for n in range(23)]
    matrix.save(grown, path)
    rests = sentences(grown, Changes(grown))[2]
    assert rests.english.endswith("Not built: set_0, set_1, set_2 … (23 in all).")
    assert rests.chinese.endswith("尚未转换：set_0, set_1, set_2等共 23 个。")
    page = page_of(output)
    assert page.count("set_22") == 1
    assert "<details><summary>未转换 not built (23)</summary>" in page


def test_few_sets_that_were_not_built_are_named_in_one_line(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    assert "未转换 not built (1): classical_eval" in page
    assert "not built (1)</summary>" not in page


def test_the_page_is_one_well_formed_file_that_fetches_nothing(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    elements = Elements(page)
    assert elements.open == []
    assert elements.addresses == []
    assert not {"script", "link", "img", "iframe", "object"} & set(elements.seen)
    assert not re.search(r"https?://|url\(|@import", page)
    assert {"style", "table", "svg", "dl"} <= set(elements.seen)


def test_every_part_of_the_report_is_on_the_page(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    parts = ["Matrix", "BLEU", "chrF++", "后向迁移 BWT", "Training curves", "ewc/penalty", "What was really trained on"]
    parts += [
        "EWC facts",
        "F of task",
        "sampled, 128 examples, 4096 supervised tokens, trace 0.13 per token",
        "The same prompts after each stage",
        "prefers-color-scheme: dark",
        "width=device-width",
    ]
    assert [part for part in parts if part not in page] == []
    assert page.count('class="series') == 2 + 3, "two curves of the run, and the forgetting of three tasks"
    assert "120,000" in page


def test_worse_is_orange_better_is_blue_and_noise_is_neither(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    losses = page.split("<h3>得分")[0]
    cells = re.findall(r'<td class="(\w+)"><b>([\d.]+)</b><small>.*?</small><small>(.*?)</small>', losses)
    assert len(cells) == 4 * 4
    by_change = {change: colour for colour, _, change in cells if change.endswith("*")}
    assert all(colour[0] == ("b" if change.startswith("-") else "w") for change, colour in by_change.items())
    assert {"b3", "w3"} <= set(by_change.values())
    within = [colour for colour, _, change in cells if change and not change.endswith("*")]
    assert within
    assert set(within) == {"zero"}


def test_sets_stand_by_their_stages_whatever_the_order_of_the_columns(tmp_path, monkeypatch):
    names = [COLUMNS[i] for i in (3, 0, 1)] + [COLUMNS[0] | {"name": "cmmlu"}]
    monkeypatch.setitem(sample_runs.LOSSES, "cmmlu", sample_runs.LOSSES["belle_eval"])
    grown = matrix.new({"m": "x"}, sample_runs.row(tmp_path / "0", 0, columns=names))
    page = heat_maps(grown, Changes(grown)).split("<h3>得分")[0]
    assert re.findall(r'rowgroup">(.*?)<', page) == ["领域 domain", "基础 foundation", "任务 task"]
    assert re.findall(r'<th scope="row">(.*?)<small>', page.replace("<wbr>", ""))[1:3] == ["belle_eval", "cmmlu"]


def test_of_five_items_or_fewer_their_number_stands_where_an_interval_would_say_nothing(tmp_path):
    page = {}
    for n in (5, 6):
        row = sample_runs.row(tmp_path / str(n), 0, columns=COLUMNS[:1])
        items = sample_runs.records(COLUMNS[0], 0, n=n)
        row["cells"]["belle_eval"] = sample_runs.cell(COLUMNS[0], items)
        grown = matrix.new({"m": "x"}, row)
        page[n] = heat_maps(grown, Changes(grown))
    assert "<small>n=5</small>" in page[5]
    assert re.search(r"<small>\[\d\.\d{3}, \d\.\d{3}\]</small>", page[6])


def test_each_set_is_a_line_with_its_first_score_and_the_others_fold_away(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    first, others = page.split("<h3>得分")[1].split("<details>")[:2]
    assert first.count("<small>BLEU ↑</small>") == 2
    assert "其余得分 all other scores (2)" in others
    assert others.count("<small>chrF++ ↑</small>") == 2


@pytest.mark.parametrize(
    ("better", "delta", "expected"),
    [("larger", 0.06, "b3"), ("larger", -0.01, "w1"), ("smaller", -0.03, "b2"), ("smaller", 0.001, "zero")],
)
def test_a_share_is_coloured_by_which_way_is_better(better, delta, expected):
    test = Difference(delta, delta - 1e-4, delta + 1e-4, 9, p=0.001)
    change = Change("x", "base", 0.5, 0.5 + delta, test, better, "f1", p=0.001)
    assert colour(change, "f1") == expected


def test_what_only_describes_has_no_colour():
    change = Change("x", "base", 1.0, 2.0, Difference(1.0, 0.9, 1.1, 9, p=0.001), "neither", p=0.001)
    assert colour(change, "length_ratio") == "zero"


@pytest.mark.parametrize(
    ("before", "answer", "shown"),
    [
        ("春江花月夜", "春江花月夜", "春江花月夜"),
        ("春江花月夜", "春江秋月夜", "春江<ins>秋</ins>月夜"),
        ("完全不同的话", "abcdef", "abcdef"),  # all of it would be marked
        ("a<b>c", "a<b>d", "a&lt;b&gt;<ins>d</ins>"),
    ],
)
def test_what_changed_in_an_answer_is_marked(before, answer, shown):
    assert marked(answer, before) == shown


def test_what_is_to_be_typed_is_set_apart_and_stays_escaped():
    assert prose("use `mix --ratio a=1` <b>") == "use <code>mix --ratio a=1</code> &lt;b&gt;"
    assert prose("`<script>`") == "<code>&lt;script&gt;</code>"


def test_forgetting_is_shown_per_task_the_worst_first(finished):
    grown = matrix.load(finished / "stage_eval/matrix.json")
    scores, _ = complete_table(grown)
    curves = per_task(scores, grown)
    assert next(iter(curves)) == "instruction"
    j = [scores.columns.index(n) for n in ("translation_en2zh_eval", "translation_zh2en_eval")]
    assert curves["translation"][-1] == (3.0, pytest.approx(sum(forgetting(scores, 3, k) for k in j) / 2))


HOSTILE = '<script>alert("x")</script><img src=x onerror=y>'


def test_text_from_models_data_and_files_is_escaped(tmp_path, monkeypatch):
    """Everything that is not ours is hostile here: names, labels, prompts, answers, reasons, keys, values."""
    column = {"name": HOSTILE, "task": HOSTILE, "stage": HOSTILE, "protected": True}
    translated = {"name": "t", "task": "translation", "stage": "task", "protected": True}
    monkeypatch.setattr(sample_runs, "LOSSES", {HOSTILE: (1, 2, 3, 4), "t": (1, 2, 3, 4)})
    monkeypatch.setattr(sample_runs, "REFERENCES", [HOSTILE] * 6)
    monkeypatch.setattr(sample_runs, "ENGLISH", [HOSTILE] * 6)
    monkeypatch.setattr(sample_runs, "STAGES", ("base", HOSTILE, "x", "y"))
    monkeypatch.setattr(
        sample_runs.row, "__kwdefaults__", {"shift": 0, "answers": [HOSTILE], "columns": [column, translated]}
    )
    monkeypatch.setattr(
        sample_runs, "records", lambda c, s, _make=sample_runs.records, **kw: _make(c, s, answers=[HOSTILE])
    )
    output = sample_runs.build(tmp_path, model=HOSTILE)
    sample_runs.add_run_files(output, group=HOSTILE)
    path = output / "stage_eval" / "matrix.json"
    grown = matrix.load(path)
    grown["notes"].append(HOSTILE)
    grown["not_built"] = [HOSTILE]
    grown["rows"][2]["cells"]["t"] = {"failed": HOSTILE}
    matrix.save(grown, path)
    (output / "ewc" / "ewc.json").write_text(
        json.dumps({"versions": {HOSTILE: HOSTILE}, "terms": [{"stage": HOSTILE}]})
    )
    (output / "stage_eval" / "ewc.json").write_text(HOSTILE)
    logs = [{"step": s, f"ewc/{HOSTILE}": s, "loss": s} for s in (1, 2)]
    (output / "trainer_state.json").write_text(json.dumps({"log_history": logs}))
    with_runs = comparison.Comparison(
        (comparison.RunResult(HOSTILE, *[comparison.Estimate(1, 0, 2)] * 2, None, None),),
        HOSTILE,
        (HOSTILE,),
        (HOSTILE,),
        {HOSTILE: 1},
        1,
        1,
    )
    report.write(output, comparison=with_runs)
    page = (output / "stage_eval" / "report.html").read_text(encoding="utf-8")
    assert page.count("&lt;script&gt;") > 40
    assert "<script" not in page
    assert "<img" not in page
    assert Elements(page).open == []
    assert "<script" not in (output / "stage_eval" / "report.md").read_text(encoding="utf-8")


def test_the_folder_of_the_run_and_its_stage_eval_give_the_same_page(saves):
    assert page_of(saves) == page_of(saves / "stage_eval")
    assert (saves / "stage_eval" / "report.md").is_file()


def test_a_folder_without_a_matrix_says_what_to_do(tmp_path):
    with pytest.raises(matrix.MatrixError, match=r"no matrix.json. Train with stage_eval: true"):
        report.write(tmp_path)


def test_predictions_that_are_gone_are_tolerated_and_said(saves):
    shutil.rmtree(saves.parent / "shared" / "1")
    page = page_of(saves)
    assert "foundation: 逐条结果已不在 predictions not found" in page
    assert "（没有记录 not kept）" in page
    assert "belle_eval loss rose" in page
    assert "items gone, not tested" in page


def test_files_beside_the_matrix_may_be_absent_or_torn(saves):
    (saves / "trainer_state.json").unlink()
    (saves / "stage_eval" / "trained_on.json").write_text('{"planned": ')
    (saves / "ewc" / "ewc.json").write_text("[1]")
    page = page_of(saves)
    assert "Training curves" not in page
    assert "What was really trained on" not in page
    assert "trained_on.json: Expecting value" in page
    assert "ewc.json: not an object" in page


def test_counts_that_differ_from_the_trainers_are_a_warning(saves, finished):
    assert "do not agree" not in (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    path = saves / "stage_eval" / "trained_on.json"
    path.write_text(path.read_text().replace("true", "false"))
    assert "do not agree with the trainer" in page_of(saves)


def test_values_that_are_not_finite_do_not_break_the_curves(saves):
    logs = [
        {"step": 1, "loss": float("nan")},
        {"step": 2, "loss": 2.0},
        {"step": 3, "loss": 2.0},
        {"step": 3, "x": "text"},
    ]
    (saves / "trainer_state.json").write_text(json.dumps({"log_history": logs}))
    page = page_of(saves)
    assert page.count('<polyline class="series s1"') == 1 + 1, "the loss, and the first task of the forgetting"
    assert "nan" not in page.lower().replace("finance", "")


def test_a_failed_cell_is_shown_with_its_reason_and_leaves_the_means(saves):
    path = saves / "stage_eval" / "matrix.json"
    grown = matrix.load(path)
    grown["rows"][2]["cells"]["belle_eval"] = {"failed": "line 7 is torn"}
    matrix.save(grown, path)
    page = page_of(saves)
    assert "失败 failed: line 7 is torn" in page
    assert "没有算进来：belle_eval" in page
    assert "left out (a cell failed): belle_eval" in report.terminal_table(grown)


def test_samples_show_each_stages_answer_to_the_same_prompt(finished):
    page = (finished / "stage_eval" / "report.html").read_text(encoding="utf-8")
    first = re.search(r'<div class="sample"><dl>(.*?)</dl></div>', page).group(1)
    assert re.findall(r"<dd[^>]*>(.*?)</dd>", first) == [
        "翻译：We went to Beijing yesterday.",
        "昨天我们去了北京。",
        "昨天",
        "昨天<ins>我们去</ins>",
        "昨天我们去<ins>了北京</ins>",
        "昨天我们去了北京<ins>。</ins>",
    ]
    assert page.count('class="sample"') == 2 * 5


def test_the_terminal_table_lines_up_with_chinese_in_it(finished):
    table = report.terminal_table(matrix.load(finished / "stage_eval/matrix.json"))
    losses, scores = (part.splitlines() for part in table.split("\n\n")[:2])
    assert len({width(line) for line in losses}) == 1
    assert "基座模型 base" in losses[0]
    assert losses[2].startswith("belle_eval ")
    assert losses[2].endswith("(+0.215*)")
    assert scores[2].startswith("translation_en2zh_eval bleu ")
    assert re.search(r"\n后向迁移 BWT +-0\.0\d\d +[+-]0\.\d{3}\n", table)


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("领域", 4), ("e\u0301", 1), ("，", 2), ("\u200b", 0)])
def test_the_width_of_text_in_a_terminal(text, columns):
    assert width(text) == columns


def test_the_picture_is_a_png_with_the_same_bytes_each_time(finished, tmp_path):
    first, second = (draw(finished, tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first.startswith(b"\x89PNG")
    assert first == second
