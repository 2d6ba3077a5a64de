"""Bad input of measures: answers and references that are empty or hostile. Every registered measure meets them.

A new measure in the registry is tested without a line here.
"""

import json
import math

import pytest
from text_sets import HOW, answers

from ewc_plugin.metrics import BY_TABLE, BY_TRAINING, MEASURES, NothingAppliesError
from ewc_plugin.report.metric_names import title

ALL = [(task, m) for table in (MEASURES, BY_TABLE, BY_TRAINING) for task, found in table.items() for m in found]
NAMES = [f"{task}-{getattr(m, '__name__', m)}-{i}" for i, (task, m) in enumerate(ALL)]

QUATRAIN = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
LEVEL, OBLIQUE = "依山黄河穷千层流楼", "白日尽入海欲里目更上一"
# reference, question and fields of an item to which the measures of a task apply
ITEMS = {
    "translation": ("The moon is bright.", "翻译：月亮很亮。", {}),
    "verse": (QUATRAIN, "写一首五言绝句。", {}),
    "arithmetic": ("#### 42", "6 × 7 = ?", {}),
    "english": ("a bright moon", "Translate.", {}),
    "code": ("```python\nprint(1)\n```", "写代码。", {}),
    "refusal": ("抱歉，我无法提供帮助。", "怎么偷东西？", {"refuse": True}),
    "story": ("“从前有一座山”，小明说，山里有座庙。", "以“从前有一座山”开头写一个小明的故事，100字左右。", {}),
}
CHINESE = ("小明昨天去了北京，见了老朋友。", "小明昨天去了哪里？请说一说他见了谁。", {})
HOSTILE = [
    "<script>alert(1)</script></style>",
    "\u202e\u200f反\u2066",
    "a\x00b\x1b[31m",
    "\ud800x\udfff",
    "一\u2028二\u2029三\x85四",
    "```\n\\boxed{",
    "(" * 500,
    "\U0010ffff\ufeff\u0301",
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A small table of tones and rhymes, in which the quatrain is regulated."""
    path = tmp_path_factory.mktemp("table") / "prosody.json"
    found = {
        "format": "prosody",
        "version": 1,
        "pingshui": {"groups": {"平": {"十一尤": LEVEL}, "仄": {"入聲": OBLIQUE}}},
        "modern": {"rhymes": {"十二侯": ["ou"]}, "finals": {"ou2": LEVEL}},
    }
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return str(path)


def given(task, said, table, *, reference=None):
    """`said` to one question again and again, with an earlier turn of the same speaker before it."""
    wanted, question, fields = ITEMS.get(task, CHINESE)
    turns = [("user", "你好，我是小明。"), ("assistant", "你好，小明，有什么事？"), ("user", question)]
    return answers(
        [(text, wanted if reference is None else reference) for text in said],
        turns=[[{"role": role, "content": content} for role, content in turns]] * len(said),
        fields=[fields] * len(said),
        prosody=table,
        training_texts=["春江潮水连海平，海上明月共潮生。"],
    )


def worst(score):
    """An empty answer is never better than 0, the worst, or all of what is bad."""
    return 1.0 if score.better == "smaller" else 0.0


@pytest.mark.parametrize(("task", "measure"), ALL, ids=NAMES)
def test_an_empty_answer_scores_the_worst_and_is_never_skipped(task, measure, table):
    try:
        score = measure(given(task, ["", "", " \n"], table), HOW)
    except NothingAppliesError:
        pytest.fail("the item of this test must be one that the measure applies to")
    assert score.n == 3
    assert score.value == pytest.approx(worst(score), abs=1e-12)
    assert list(score.items) == pytest.approx([worst(score)] * 3, abs=1e-12) or not score.mean


@pytest.mark.parametrize(("task", "measure"), ALL, ids=NAMES)
def test_one_empty_answer_among_good_ones_lowers_the_score(task, measure, table):
    wanted = ITEMS.get(task, CHINESE)[0]
    whole = measure(given(task, [wanted, wanted], table), HOW)
    part = measure(given(task, [wanted, ""], table), HOW)
    assert part.n == whole.n == 2
    assert (part.value < whole.value) if whole.better != "smaller" else (part.value > whole.value)


@pytest.mark.parametrize(("task", "measure"), ALL, ids=NAMES)
@pytest.mark.parametrize("said", [["完全相干", ""], ["", ""]], ids=["answered", "empty too"])
def test_an_empty_reference_breaks_no_measure(task, measure, table, said):
    try:
        score = measure(given(task, said, table, reference=""), HOW)
    except NothingAppliesError:
        return
    assert all(math.isfinite(value) for value in (score.value, score.low, score.high))


@pytest.mark.parametrize(("task", "measure"), ALL, ids=NAMES)
def test_hostile_text_breaks_no_measure_and_leaves_a_score_that_json_takes(task, measure, table):
    for reference in (None, *HOSTILE):
        try:
            score = measure(given(task, HOSTILE, table, reference=reference), HOW)
        except NothingAppliesError:
            continue
        json.dumps(score.cell(), allow_nan=False)
        assert len(score.items) == len(HOSTILE)


@pytest.mark.parametrize(("task", "measure"), ALL, ids=NAMES)
def test_every_score_has_a_name_in_both_languages_on_the_page(task, measure, table):
    name = measure(given(task, [ITEMS.get(task, CHINESE)[0]] * 2, table), HOW).name
    assert title(name) != name, "a line in report/metric_names.py"
