"""Bad input of a stage evaluation: said in a sentence, contained in its set or file, and nothing else is lost."""

import errno
import json
import logging
import math
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from toy_host import ToyEncoder, chat, tiny_llama
from toy_stage import SETTINGS, stage

from ewc_plugin import evaluation, later, matrix
from ewc_plugin.atomic import WriteError, atomic_text
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation import EvaluationError, aids, evaluate, one_set
from ewc_plugin.evaluation.predictions import PredictionsError, prediction_file, read_predictions
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.metrics import Aids
from ewc_plugin.mixture import Mixture
from ewc_plugin.ranks import OneProcess
from ewc_plugin.stage import Stage
from ewc_plugin.trained_on import EncodedRow

WRITTEN = ("belle_eval.jsonl", "en2zh_eval.jsonl", "metrics.json", "matrix.json", "run.json")
PAGES = ("report.md", "report.html")


@pytest.fixture
def sets(write_set, chats):
    return [write_set("belle_eval", chats), write_set("en2zh_eval", chats, task="translation", stage="task")]


@pytest.fixture
def full_disk(monkeypatch):
    """`full_disk(name)`: from now on there is no room for files of that name."""
    whole, names = tempfile.mkstemp, []

    def mkstemp(*arguments, prefix="", **named):
        if prefix in names:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(*arguments, prefix=prefix, **named)

    monkeypatch.setattr("ewc_plugin.atomic.tempfile.mkstemp", mkstemp)
    return lambda name: names.append(f".{name}.")


def files(folder):
    return {path.name for path in folder.rglob("*") if path.is_file() and "base" not in path.relative_to(folder).parts}


# -- the disk --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITTEN)
def test_a_full_disk_loses_one_file_and_the_run_ends_with_what_to_do(tmp_path, sets, full_disk, name, capsys):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    full_disk(name)
    before = (made.folder / name).read_bytes() if name == "matrix.json" else None
    with pytest.raises(EvaluationError) as caught:
        made.end()
    said = str(caught.value)
    assert f"{name}: expected room" in said
    assert "No space left on device" in said
    assert "Weights and anchor are saved" in said
    assert f"python -m ewc_plugin evaluate {tmp_path / 'foundation'}" in said
    # the pages are drawn from the matrix; that of the base row stays
    lost = set(PAGES) if name == "matrix.json" else {name}
    assert files(made.folder) == {*WRITTEN, *PAGES} - lost
    assert before is None or (made.folder / name).read_bytes() == before
    assert "foundation" in capsys.readouterr().out, "the numbers are in the terminal all the same"
    assert any("eval_belle_eval/loss" in scalars for scalars in made.logged)


def test_the_log_begins_with_the_row_before_and_only_once(tmp_path, sets):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    made.log_row_before()
    (logged,) = made.logged
    base = made.matrix["rows"][0]["cells"]
    assert logged["eval_belle_eval/loss"] == base["belle_eval"]["loss"]["value"]
    assert len(logged) == sum(len(cell) for cell in base.values() if "failed" not in cell)
    made.trainer.state.global_step = 40  # a resumed run
    made.log_row_before()
    assert len(made.logged) == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_cannot_be_written_fails_no_stage(tmp_path, sets, full_disk, name, caplog):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    full_disk(name)
    made.end()
    assert set(WRITTEN) <= files(made.folder)
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert f"{name}: expected room and permission" in record.getMessage()
    assert "python -m ewc_plugin report" in record.getMessage()
    assert record.exc_info in (None, False)


@pytest.mark.parametrize("name", ["belle_eval.jsonl", "metrics.json", "matrix.json"])
def test_without_room_for_the_base_row_nothing_is_trained(tmp_path, sets, full_disk, name):
    made = stage(tmp_path / "foundation", sets)
    full_disk(name)
    with pytest.raises(EvaluationError, match=r"No space left.*Nothing was trained"):
        made.begin()


def test_predictions_of_an_earlier_run_do_not_stay_beside_a_row_that_they_are_not_of(tmp_path, sets, full_disk):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    made.end()
    full_disk("belle_eval.jsonl")
    with pytest.raises(EvaluationError):
        made.end()
    row = matrix.load(made.folder / "matrix.json")["rows"][-1]
    assert read_predictions(made.folder / "predictions", "belle_eval") is None
    assert row["cells"]["belle_eval"]["loss"]["n"] == 8


def test_a_stage_whose_row_is_lost_to_a_full_disk_still_has_the_rows_before_it(tmp_path, sets, full_disk):
    first = stage(tmp_path / "foundation", sets)
    first.begin()
    first.end()
    second = stage(tmp_path / "task", sets, continues_from=tmp_path / "foundation", name="task")
    second.begin()
    full_disk("matrix.json")
    with pytest.raises(EvaluationError, match=r"matrix\.json"):
        second.end()
    kept = matrix.load(second.folder / "matrix.json")
    assert [row["label"] for row in kept["rows"]] == ["base", "foundation"]
    assert all(read_predictions(Path(row["predictions"]), "belle_eval") for row in kept["rows"])


@pytest.fixture
def checkpoint(tmp_path, chats, monkeypatch):
    """A model folder with a stage's keys, and a host that loads the toy model for it."""
    (tmp_path / "data").mkdir()
    lines = "".join(json.dumps(record) + "\n" for record in chats)
    (tmp_path / "data" / "belle_eval.jsonl").write_text(lines, encoding="utf-8")
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    about = {"task": "translation", "stage": "foundation", "protected": True}
    entry = {"file_name": "belle_eval.jsonl", "formatting": "sharegpt", "columns": {"messages": "messages"}}
    (tmp_path / "data" / "dataset_info.json").write_text(
        json.dumps({"belle_eval": entry | {"tags": tags, "eval": about}})
    )
    monkeypatch.setattr(later, "_loaded", lambda folder, recipe: (tiny_llama(), ToyEncoder(), "toy"))
    recipe = Recipe(model_name_or_path="toy", template="toy", dataset_dir=str(tmp_path / "data"), max_new_tokens=4)
    recipe.save(tmp_path / "foundation" / "stage_eval")
    return tmp_path / "foundation"


def test_an_evaluation_later_without_room_says_the_numbers_and_what_to_do(checkpoint, full_disk, capsys):
    full_disk("metrics.json")  # of the base row: nothing was measured yet that could be lost
    with pytest.raises(WriteError, match=r"base/metrics\.json: .*No space left"):
        later.evaluate(checkpoint, {})
    assert not (checkpoint / "stage_eval" / "matrix.json").exists()


@pytest.mark.parametrize("name", ["matrix.json", "run.json", "report.html"])
def test_an_evaluation_later_loses_one_file_and_not_its_numbers(checkpoint, full_disk, capsys, name):
    full_disk(name)
    with pytest.raises(EvaluationError, match=rf"{name}: .*No space left.*numbers are above.*same command again"):
        later.evaluate(checkpoint, {})
    assert "belle_eval" in capsys.readouterr().out
    assert {"belle_eval.jsonl", "metrics.json"} <= files(checkpoint)


def ended(folder, *, mixture, evaluation):
    """A stage without penalty or anchor, at its end."""
    made = Stage.__new__(Stage)
    made.plan, made.ranks, made.folder = SimpleNamespace(save=False), OneProcess(), folder
    made.anchors, made.space, made.evaluation, made.mixture = [], None, evaluation, mixture
    rows = [EncodedRow(supervised=3, truncated=False, dropped=False)]
    made.bridge = SimpleNamespace(encoded_rows=lambda: rows, supervised_in_the_trainer=lambda: 3)
    made._record = lambda strength: None
    made.end({"lambda": 1.0})


@pytest.fixture
def mixed(tmp_path):
    """A mixture of one example, and its file."""
    path = tmp_path / "mix.jsonl"
    path.write_text(json.dumps({"id": "belle:1"}) + "\n")
    manifest = {"inputs": [{"dataset": "belle", "group": "old"}], "groups": {"old": {"examples": 1, "supervised": 9}}}
    return Mixture("mix", "task", path, manifest)


@pytest.mark.parametrize("name", ["trained_on.json", "ewc.json"])
def test_a_full_disk_beside_the_evaluation_does_not_lose_the_evaluation(tmp_path, mixed, full_disk, name):
    evaluated = []
    full_disk(name)
    evaluation = SimpleNamespace(end=lambda: evaluated.append("yes"))
    with pytest.raises(WriteError, match=rf"{name}: .*No space left on device"):
        ended(tmp_path / "task", mixture=mixed, evaluation=evaluation)
    assert evaluated == ["yes"]
    assert files(tmp_path / "task") == {"trained_on.json", "ewc.json"} - {name}


@pytest.mark.parametrize("content", [None, "{torn", '{"id": "other:1"}\n'])
def test_a_mixture_that_is_gone_or_changed_since_does_not_lose_the_evaluation(tmp_path, mixed, content):
    mixed.path.unlink() if content is None else mixed.path.write_text(content)
    evaluated = []
    with pytest.raises(EwcError, match=r"mixture mix.*the file that was trained on.*trained_on\.json is left out"):
        ended(tmp_path, mixture=mixed, evaluation=SimpleNamespace(end=lambda: evaluated.append("yes")))
    assert evaluated == ["yes"]


def test_what_a_file_held_before_a_failed_write_it_holds_after_it(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ewc_plugin.atomic.os.fsync", full)
    with pytest.raises(WriteError, match=r"a\.json: .*No space.*held before is unchanged"), atomic_text(path) as stream:
        stream.write("new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


# -- before the stage ------------------------------------------------------------------------------------------


def test_without_evaluation_sets_the_run_stops_before_training_and_says_how_to_get_some(tmp_path):
    made = stage(tmp_path / "x", [], absent=["cmmlu"])
    with pytest.raises(EvaluationError, match=r"none that is built, cmmlu is absent.*python -m converters list"):
        made.begin()


def test_a_matrix_of_another_base_model_stops_the_run_before_training(tmp_path, sets):
    first = stage(tmp_path / "foundation", sets)
    first.begin()
    other = tiny_llama().requires_grad_(False)  # as under an adapter: then the embedding tells the base
    other.model.embed_tokens.weight += 1
    second = stage(tmp_path / "task", sets, continues_from=tmp_path / "foundation", model=other)
    with pytest.raises(matrix.MatrixError, match=r"another base: embedding .* became .*begin a new matrix"):
        second.begin()
    assert not (tmp_path / "task").exists()


def test_a_torn_matrix_stops_the_run_before_training(tmp_path, sets):
    first = stage(tmp_path / "foundation", sets)
    first.begin()
    (first.folder / "matrix.json").write_text('{"version": 1, "rows": [')
    with pytest.raises(matrix.MatrixError, match=r"matrix\.json: .*JSONDecodeError.*from the stage before"):
        stage(tmp_path / "task", sets, continues_from=tmp_path / "foundation").begin()


# -- inside a set ----------------------------------------------------------------------------------------------


def test_a_set_whose_file_goes_away_between_two_stages_fails_alone(tmp_path, sets):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    sets[0].path.unlink()
    made.end()
    row = matrix.load(made.folder / "matrix.json")["rows"][-1]
    assert "belle_eval.jsonl: expected readable UTF-8 text; found" in row["cells"]["belle_eval"]["failed"]
    assert "bleu" in row["cells"]["en2zh_eval"]
    assert "Failed: belle_eval" in (made.folder / "report.md").read_text(encoding="utf-8")


def test_a_model_that_has_become_nan_fails_every_set_and_the_row_says_so(tmp_path, sets):
    made = stage(tmp_path / "foundation", sets)
    made.begin()
    made.model.lm_head.weight.data[:] = math.nan
    made.end()
    row = matrix.load(made.folder / "matrix.json")["rows"][-1]
    assert all("is not a number" in cell["failed"] for cell in row["cells"].values())
    assert (made.folder / "report.html").is_file()


def test_an_option_that_is_not_a_number_fails_its_set(write_set, monkeypatch):
    choices = [chat("问", "A", id=str(i)) | {"choices": ["月", "江"], "answer": "A"} for i in range(2)]
    chosen = write_set("cmmlu", choices, task="multiple_choice", stage="domain")
    whole = one_set.answer_likelihoods
    broken = lambda *given, **how: [(math.nan, n) for _, n in whole(*given, **how)]  # noqa: E731
    passes = iter([whole, broken])  # the references, then the options
    monkeypatch.setattr(one_set, "answer_likelihoods", lambda *given, **how: next(passes)(*given, **how))
    result = evaluate(tiny_llama(), [chosen], encoder=ToyEncoder(), settings=SETTINGS)
    assert result.failed == {"cmmlu": "ValueError: the likelihood of 8 of 8 options is not a number"}


def test_answers_that_the_base_cannot_judge_leave_the_other_scores(write_set, chats, monkeypatch, tmp_path):
    monkeypatch.setattr(one_set, "_under_the_base", lambda model, one, *_: under_the_base(one))
    result = evaluate(
        tiny_llama(), [write_set("belle_eval", chats)], encoder=ToyEncoder(), settings=SETTINGS, base=nullcontext
    )
    cell = result.cells["belle_eval"]
    assert "base_loss" not in cell
    assert {"loss", "rouge_l"} <= cell.keys()
    assert "is not a number" in cell["loss"]["not_measured"][0]
    evaluation.write(result, tmp_path)  # and no NaN goes into a file
    assert "base_nll" not in json.dumps(read_predictions(tmp_path / "predictions", "belle_eval"))


def under_the_base(one):
    return [("base", place, (math.nan, 2)) for place in one.share.places]


@pytest.mark.parametrize("content", ["{torn", '{"format": "prosody", "version": 1, "pingshui": {"groups": []}}', None])
def test_a_broken_table_of_tones_costs_its_own_measures_alone(write_set, tmp_path, content):
    path = tmp_path / "prosody.json"
    if content is not None:
        path.write_text(content)
    poems = [chat("写诗", "春江花月夜，床前明月光。", id=str(i)) for i in range(3)]
    settings = replace(SETTINGS, aids=Aids(prosody=str(path)))
    result = evaluate(tiny_llama(), [write_set("poems", poems, task="verse")], encoder=ToyEncoder(), settings=settings)
    cell = result.cells["poems"]
    assert set(cell) == {"loss", "verse_form", "repeated_characters"}
    (said,) = cell["loss"]["not_measured"]
    assert "prosody.json: expected" in said
    assert "python -m converters catalog" in said


def test_training_texts_are_read_as_people_have_them(tmp_path):
    """Messages, another tool's conversations, an Alpaca array, plain text: a file of another kind is left out."""
    contents = {
        "a.jsonl": '{"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "甲"}]}\n\n',
        "b.json": '[{"instruction": "问", "output": "乙"}, {"conversations": [{"from": "gpt", "value": "丙"}]}]',
        "c.jsonl": '\ufeff{"text": "丁"}\n',
        "d.parquet": "PAR1\x00",
        "e.jsonl": '{"messages": [null]}\n',
        "f.jsonl": "[1, 2]",
    }
    registry = {name: {"file_name": name} for name in contents}
    (tmp_path / "dataset_info.json").write_text(json.dumps(registry))
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert list(aids.found(tmp_path, list(contents)).training_texts) == ["甲", "乙", "丙", "丁"]


@pytest.mark.parametrize("content", [None, "no json"])
def test_a_training_text_that_is_gone_or_unreadable_says_no_copying_instead_of_none(
    tmp_path, write_set, content, caplog
):
    path = tmp_path / "train.jsonl"
    path.write_text('{"messages": []}\n')
    texts = aids.TrainingTexts([path])
    path.unlink() if content is None else path.write_text(content)
    settings = replace(SETTINGS, aids=Aids(training_texts=texts))
    chosen = write_set("tales", [chat("问", "春江花月夜", id="1")], task="literature")
    cell = evaluate(tiny_llama(), [chosen], encoder=ToyEncoder(), settings=settings).cells["tales"]
    assert "loss" in cell
    assert "style_distance" in cell
    assert "copied_share" not in cell, "0 would be praise"
    assert f"{path}: what was copied from it is not measured" in caplog.text


# -- text ------------------------------------------------------------------------------------------------------

HOSTILE = "</style><script>x</script>\u202e\u200f\x00\x1b[31m\u2028\ud800|`\n# h\n![x](http://x.y)"


@pytest.fixture
def hostile_run(tmp_path, write_set, monkeypatch):
    """A finished stage in which set, question, reference and answer are hostile."""
    monkeypatch.setattr(ToyEncoder, "decode", lambda self, ids: HOSTILE)
    records = [chat(f"春{HOSTILE}", f"江{HOSTILE}", id=f"{HOSTILE}{i}") for i in range(4)]
    chosen = write_set("plain", task="translation")
    chosen.path.write_text("".join(json.dumps(record) + "\n" for record in records))  # \\ud800 as its escape
    made = stage(tmp_path / "foundation", [replace(chosen, name=HOSTILE)])
    made.begin()
    made.end()
    return made.folder


def test_hostile_text_comes_back_from_the_predictions_as_it_was(hostile_run):
    (found,) = (hostile_run / "predictions").iterdir()
    records = read_predictions(found.parent, HOSTILE)
    assert prediction_file(found.parent, HOSTILE) == found
    assert [record["answer"] for record in records] == [HOSTILE] * 4
    assert records[0]["id"] == f"{HOSTILE}0"
    assert matrix.load(hostile_run / "matrix.json")["columns"][0]["name"] == HOSTILE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{torn", "line 2: .*JSONDecodeError"),
        ("[1]", "line 2: .*list where an object"),
        ('{"id": "x"}', "no usable prompt, reference, answer"),
        (
            '{"id": "x", "prompt": "", "reference": "", "answer": null, "nll": NaN, "scores": {"f1": "0"}}',
            "nll, scores",
        ),
    ],
)
def test_a_broken_line_of_predictions_is_named(tmp_path, line, said):
    whole = '{"id": "a", "prompt": "", "reference": "", "answer": "", "scores": {}}\n'
    (tmp_path / "x.jsonl").write_text(whole + line + "\n")
    with pytest.raises(PredictionsError, match=said):
        read_predictions(tmp_path, "x")
