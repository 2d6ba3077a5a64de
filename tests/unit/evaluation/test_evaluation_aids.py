"""What a run lends the measures, and what is measured without it."""

import json
import math

import pytest

from ewc_plugin.evaluation import aids
from ewc_plugin.metrics import BY_TABLE, BY_TRAINING, MEASURES, Aids, Answers, How, NothingAppliesError, measures_of
from ewc_plugin.metrics.score import mean_score


def write(folder):
    (folder / "data").mkdir()
    lines = [
        {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "床前明月光"}]},
        {"messages": [{"role": "assistant", "content": "甲"}, {"role": "assistant", "content": "乙"}]},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n"
    (folder / "data" / "mix.jsonl").write_text(text, encoding="utf-8")
    (folder / "dataset_info.json").write_text(json.dumps({"mix": {"file_name": "data/mix.jsonl"}}))


def test_training_texts_are_the_assistant_s_answers_read_when_they_are_asked_for(tmp_path):
    write(tmp_path)
    texts = aids.found(tmp_path, ["mix"]).training_texts
    (tmp_path / "data" / "mix.jsonl").open("a").write(
        json.dumps({"messages": [{"role": "assistant", "content": "late"}]}) + "\n"
    )
    assert texts
    assert list(texts) == ["床前明月光", "甲", "乙", "late"]
    assert (len(texts), texts[0], texts[1:3]) == (4, "床前明月光", ["甲", "乙"])


def test_without_table_and_texts_the_measures_that_need_them_are_left_out(tmp_path):
    write(tmp_path)
    nothing = aids.found(tmp_path, ["absent"])
    assert (nothing.prosody, bool(nothing.training_texts)) == ("", False)
    assert measures_of("verse", nothing) == MEASURES["verse"]
    (tmp_path / "prosody.json").write_text("{}")
    lent = aids.found(tmp_path, ["mix"])
    assert measures_of("verse", lent) == MEASURES["verse"] + BY_TABLE["verse"] + BY_TRAINING["verse"]


def test_a_measure_that_applies_to_no_item_says_so():
    with pytest.raises(NothingAppliesError, match="x applies to none of 2 items"):
        mean_score("x", [math.nan, math.nan], How(), version=1)


@pytest.mark.parametrize("task", sorted(MEASURES))
def test_every_task_scores_an_answer_that_equals_its_reference(task):
    text = "虽然下着雨，但是他还是来了。他说：“你好！”" if task != "verse" else "床前明月光，疑是地上霜。"
    given = Answers([text] * 3, [text] * 3, [[{"role": "user", "content": "请写一段话。"}]] * 3, [{}] * 3, Aids())
    scores = []
    for measure in measures_of(task, Aids()):
        try:
            scores.append(measure(given, How(resamples=10)))
        except NothingAppliesError:
            continue
    names = [score.name for score in scores]
    assert len(set(names)) == len(names)
    assert all(math.isfinite(score.value) and score.low <= score.value <= score.high for score in scores)
