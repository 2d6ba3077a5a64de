"""What the page, the picture and curve.json show, from points whose losses are known."""

import json
import re
from dataclasses import replace
from html import unescape

from sample_points import OLD, OWN, SECOND, SIZES, curve, law

from ewc_plugin.curve import document, page, picture, tables
from ewc_plugin.curve.chart import Through, size_chart
from ewc_plugin.curve.outcome import MEAN

FALLING = law(1.5, 6, 0.3)
RECIPE = ["recipes/task.yaml", "seed=1"]


def shown(found, notes=()):
    return page.page(found, recipe=RECIPE, notes=notes)


def test_the_page_stands_alone_and_names_every_size_and_set(tmp_path):
    html = shown(curve(tmp_path, FALLING, on_the_way=(3, 2, 1.9)))
    assert not re.search(r"https?://|<script", html)
    assert '<meta name="viewport"' in html
    assert 'lang="zh-CN"' in html
    for name in (OWN, SECOND, OLD, *(f"{n:,}" for n in SIZES)):
        assert name.replace("_", "_<wbr>") in html or name in html
    assert html.count("<svg") == 6  # mean, training, forgetting, two sets, on the way
    assert "stage_eval/report.html" in html


def test_every_element_of_the_page_is_closed(tmp_path):
    from xml.etree import ElementTree

    html = shown(curve(tmp_path, FALLING, old=lambda n: 2.1, on_the_way=(3, 2, 1.9)), notes=["n"])
    body = re.sub(r"<(meta|wbr|br)\b[^>]*>", "", html[html.index("<body>") : html.index("</html>")])
    assert ElementTree.fromstring(body).tag == "body"


def test_the_law_on_the_page_is_that_of_the_json(tmp_path):
    found = curve(tmp_path, FALLING)
    numbers = document.document(found, recipe=RECIPE, notes=[])["verdicts"][MEAN]["law"]
    assert f"L(n) = {numbers['a']:.3g} + {numbers['b']:.3g} · n^−{numbers['c']:.3g}" in shown(found)


def test_names_and_notes_of_a_user_are_text_and_no_markup(tmp_path):
    found = replace(curve(tmp_path, FALLING), stage="<b>x</b>", left_out=["<script>alert(1)</script>"])
    html = shown(found, notes=["<img src=x>"])
    assert "<b>x</b>" not in html
    assert "<script" not in html
    assert "<img" not in html
    assert "<img src=x>" in unescape(html)


def test_curve_json_holds_losses_intervals_scores_and_what_was_forgotten(tmp_path):
    found = curve(tmp_path, FALLING, old=lambda n: 2.2, on_the_way=(3, 1.5, 2.4))
    kept = json.loads(json.dumps(document.document(found, recipe=RECIPE, notes=["n"]), allow_nan=False))
    assert [point["examples"] for point in kept["points"]] == list(SIZES)
    assert [point["forgotten_beyond_noise"] for point in kept["points"]] == [[OLD]] * 5
    assert kept["points"][0]["turned_up"][OWN]["rise"] > 0.8
    of_300 = kept["own"][OWN]["losses"][1]
    assert of_300["low"] < of_300["loss"] < of_300["high"]
    assert abs(kept["forgetting"][0]["change"] - 0.2) < 1e-9
    assert kept["verdicts"][OWN]["kind"] == "overfitting"
    assert kept["notes"] == ["n"]


def test_a_table_has_a_row_a_size_and_marks_those_with_too_few_steps(tmp_path):
    rows = tables.point_rows(curve(tmp_path, FALLING, steps=9))
    assert [row[0] for row in rows[1:]] == [f"{n:,}" for n in SIZES]
    assert {row[1] for row in rows[1:]} == {"9 !"}


def test_the_same_numbers_give_the_same_picture(tmp_path):
    found = curve(tmp_path, FALLING)
    first, second = (picture.draw(found, tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first == second
    assert first[:4] == b"\x89PNG"


def test_a_chart_is_drawn_where_nothing_differs_and_where_a_law_is_very_unsure():
    flat = [(n, 2.0, 2.0, 2.0) for n in (1, 10)]
    wild = Through([1, 10, 20], [2.0, 1.9, 1.8], [-1e6, -1e6, -1e6], [1e9, 1e9, 1e9], 10)
    for law_of, zero in ((None, False), (wild, False), (None, True)):
        svg = size_chart([flat], title="<t>", y_label="nats", law=law_of, zero=zero)
        numbers = [
            float(x) for x in re.findall(r'(?:points|d|cx|cy)="([^"]*)"', svg) for x in re.findall(r"-?[\d.]+", x)
        ]
        assert all(-1 <= number <= 421 for number in numbers)
        assert "<t>" not in svg


def test_sizes_on_the_axis_do_not_run_into_one_another():
    close = [(n, 2.0, 1.9, 2.1) for n in (100, 110, 120, 130, 8000)]
    svg = size_chart([close], title="t", y_label="nats")
    marked = re.findall(r'text-anchor="middle"[^>]*>([\d,]+)<', svg)
    assert marked == ["8,000", "130"]
