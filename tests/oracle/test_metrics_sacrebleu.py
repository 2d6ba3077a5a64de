"""BLEU and chrF++ against the `sacrebleu` command line on the same files."""

import json
import subprocess
import sys

import numpy as np
import pytest

from ewc_plugin.metrics import MEASURES, Answers, How
from ewc_plugin.metrics.translation import bleu, chrf, tokeniser

CHINESE = (
    ["他昨天去了北京。", "我们明天见面吧。", "这本书是我弟弟写的，很有意思。", "雨停了。"],
    ["他昨天到了北京。", "明天我们见面。", "这本书是我哥哥写的，非常有意思。", "雨 停 了。"],
)
ENGLISH = (
    [
        "He went to Beijing yesterday.",
        "Let's meet tomorrow.",
        "My brother wrote this book; it's fun.",
        "The rain stopped.",
    ],
    ["He has gone to Beijing yesterday.", "We meet tomorrow.", "", "The rain has stopped, it seems."],
)


def command_line(references, answers, folder, *arguments):
    """What `sacrebleu` prints, as numbers with 6 digits."""
    files = []
    for name, lines in (("references", references), ("answers", answers)):
        path = folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        files.append(str(path))
    command = [sys.executable, "-m", "sacrebleu", files[0], "-i", files[1], "-f", "json", "-w", "6", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize(("pairs", "kind"), [(CHINESE, "zh"), (ENGLISH, "13a")], ids=["zh", "en"])
def test_scores_equal_the_command_line(tmp_path, pairs, kind):
    references, answers = pairs
    arguments = ("-m", "bleu", "chrf", "--tokenize", kind, "--chrf-word-order", "2")
    theirs = command_line(references, answers, tmp_path, *arguments)
    ours = [bleu(references, answers), chrf(references, answers)]
    assert [s.value for s in ours] == pytest.approx([t["score"] for t in theirs], abs=1e-6)
    assert all(s.value > 5 for s in ours)
    for score, line in zip(ours, theirs, strict=True):
        assert score.signature["sacrebleu"] == line["signature"]


def test_the_tokeniser_follows_the_references():
    assert tokeniser(CHINESE[0]) == "zh"
    assert tokeniser(ENGLISH[0]) == "13a"
    assert tokeniser(["他在 Microsoft Research 工作了很多年。"]) == "zh"
    assert tokeniser(["The word 道 means the way."]) == "13a"


def test_without_the_chinese_tokeniser_chinese_would_score_nothing():
    right = bleu(*CHINESE).value
    from sacrebleu.metrics import BLEU

    assert BLEU().corpus_score(CHINESE[1], [CHINESE[0]]).score < 1 < 20 < right


def test_an_empty_answer_scores_zero_and_is_counted():
    score = chrf(["The rain stopped."], [""])
    assert (score.value, score.items, score.n) == (0.0, (0.0,), 1)
    assert bleu(["The rain stopped."], [""]).value == 0.0
    whole = bleu(ENGLISH[0], [a or "x" for a in ENGLISH[1]])
    assert bleu(*ENGLISH).n == whole.n == 4


def test_the_interval_is_what_resampling_whole_files_gives():
    """The slow way: draw items, score the drawn file with sacrebleu, again and again."""
    references, answers = CHINESE
    score = bleu(references, answers, seed=7, resamples=60)
    generator = np.random.default_rng(7)
    from sacrebleu.metrics import BLEU

    values = []
    for drawn in generator.integers(0, 4, size=(60, 4)):
        metric = BLEU(tokenize="zh")
        values.append(metric.corpus_score([answers[i] for i in drawn], [[references[i] for i in drawn]]).score)
    assert (score.low, score.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), abs=1e-9)


def test_the_signature_says_how_the_score_was_made():
    signature = chrf(*ENGLISH, seed=3, resamples=50).signature
    assert (signature["metric"], signature["seed"], signature["resamples"]) == ("chrf", 3, 50)
    assert "nw:2" in signature["sacrebleu"]


def test_translations_are_scored_by_both():
    given = Answers(answers=["今天天气好"], references=["今天天气很好"], turns=[[]])
    assert [measure(given, How(resamples=10)).name for measure in MEASURES["translation"]] == ["bleu", "chrf"]
