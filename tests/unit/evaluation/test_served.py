"""A served model, evaluated over real HTTP: `python -m ewc_plugin evaluate <folder> --endpoint URL`."""

import json

import pytest
from scripted_server import completion, nowhere, serving
from text_sets import HOW

pytest.importorskip("openai", reason="pip install -c constraints.txt -e '.[dev]'")

from ewc_plugin.__main__ import main
from ewc_plugin.metrics import MEASURES, translation
from ewc_plugin.serving import kept, served

TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
FORM = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS | {"system_tag": "system"}}
POEM = ["床前明月光", "疑是地上霜", "举头望明月", "低头思故乡", "春眠不觉晓", "处处闻啼鸟"]


def line(name, number, reference, **more):
    asked = [{"role": "system", "content": "翻译"}, {"role": "user", "content": f"{name} {number}"}]
    return {"messages": [*asked, {"role": "assistant", "content": reference}], "id": f"{name}:{number}", **more}


@pytest.fixture
def world(tmp_path):
    """A folder with two translation sets, one of multiple choice and one that no measure scores."""
    sets = {
        "north": ("translation", [line("north", i, text) for i, text in enumerate(POEM)]),
        "south": ("translation", [line("south", i, text, source_text=f"{i}") for i, text in enumerate(POEM[:3])]),
        "quiz": ("multiple_choice", [line("quiz", i, "B", choices=["李", "杜"], answer="B") for i in range(4)]),
        "odd": ("unheard_of", [line("odd", 0, "好")]),
    }
    registry = {}
    for name, (task, lines) in sets.items():
        registry[name] = FORM | {"file_name": f"{name}.jsonl", "eval": {"task": task, "stage": "task"}}
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    registry["gone"] = FORM | {"file_name": "gone.jsonl", "eval": {"task": "translation", "stage": "task"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    (tmp_path / "run").mkdir()
    return tmp_path


def evaluate(world, url, *words):
    return main(["evaluate", str(world / "run"), "--endpoint", url, *words, f"dataset_dir={world}"])


def well(body):
    """The right translation, and for the quiz B, A, no letter, B."""
    name, number = body["messages"][-1]["content"].split()
    return ["B。", "A", "我不知道", "B"][int(number)] if name == "quiz" else POEM[int(number)]


def failing(name, failure):
    return lambda body: failure if body["messages"][-1]["content"].startswith(name) else well(body)


def metrics(world):
    return json.loads((world / "run" / served.FOLDER / "metrics.json").read_text(encoding="utf-8"))


def predictions(world, name):
    path = world / "run" / served.FOLDER / "predictions" / f"{name}.jsonl"
    return [json.loads(text) for text in path.read_text(encoding="utf-8").split("\n") if text]


def test_the_answers_of_an_endpoint_are_scored_as_those_of_a_stage(world, capsys):
    with serving(lambda body: well(body) + "。") as server:
        assert evaluate(world, server.url) == 0
    found = metrics(world)["sets"]["north"]["bleu"]
    answers = [text + "。" for text in POEM]
    assert found["value"] == pytest.approx(translation.bleu(POEM, answers, resamples=HOW.resamples).value)
    assert found["signature"]["answers"] == "endpoint"
    assert found["signature"]["served_model"] == "tiny"
    assert "cutoff" not in found["signature"]
    assert [record["answer"] for record in predictions(world, "north")] == answers
    assert all("nll" not in record and record["finished"] for record in predictions(world, "north"))
    assert [record["source_text"] for record in predictions(world, "south")] == ["0", "1", "2"]
    assert "loss" not in metrics(world)["sets"]["north"]
    said = capsys.readouterr().out
    assert "north  bleu" in said
    assert "matrix.json gets no row" in said
    assert not (world / "run" / "stage_eval").exists()


def test_messages_are_sent_as_the_item_has_them_without_the_reference(world):
    with serving(well) as server:
        evaluate(world, server.url)
    first = next(request for request in server.requests if request["messages"][-1]["content"] == "north 0")
    assert first["messages"] == line("north", 0, "")["messages"][:2]
    assert (first["temperature"], first["max_tokens"]) == (0, 32)


def test_the_limit_is_that_of_the_set_and_of_the_keys(world):
    with serving(well) as server:
        evaluate(world, server.url, "max_new_tokens=9")
    assert {request["max_tokens"] for request in server.requests} == {9}


def test_the_key_comes_from_the_environment(world, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with serving(well) as server:
        evaluate(world, server.url, "--served-model", "other")
    assert {(request["model"], key) for request, key in zip(server.requests, server.keys, strict=True)} == {
        ("other", "Bearer k")
    }


def test_the_items_are_the_seeded_ones_that_a_stage_answers(world):
    from ewc_plugin.evaluation.one_set import answered
    from ewc_plugin.evaluation.sets import choose, discover, read
    from ewc_plugin.evaluation.settings import Settings

    with serving(well) as server:
        evaluate(world, server.url, "stage_eval_samples=4", "stage_eval_generated=2", "seed=7")
    items = choose(read(discover(world).sets[0]), 4, seed=7)
    wanted = [items[place].id for place in answered(items, Settings(generated=2, seed=7))]
    assert [record["id"] for record in predictions(world, "north")] == wanted
    assert len(wanted) == 2
    assert len(predictions(world, "quiz")) == 4  # every item that a stage holds options against


def test_a_multiple_choice_is_decided_by_the_letter_that_was_written(world):
    with serving(well) as server:
        evaluate(world, server.url)
    cell = metrics(world)["sets"]["quiz"]["accuracy_generated"]
    assert (cell["value"], cell["n"], cell["without_letter"]) == (0.5, 4, 1)
    assert [record["letter"] for record in predictions(world, "quiz")] == ["B", "A", None, "B"]
    assert [record["scores"]["accuracy_generated"] for record in predictions(world, "quiz")] == [1.0, 0.0, 0.0, 1.0]


def test_a_set_without_a_measure_over_an_endpoint_is_named_and_not_asked(world, capsys):
    with serving(well) as server:
        evaluate(world, server.url)
    assert "odd" in metrics(world)["not_measured"]
    assert metrics(world)["not_built"] == ["gone"]
    assert "not measured: no measure scores answers of the task unheard_of" in capsys.readouterr().out
    assert not any(prompt.startswith("odd") for prompt in server.prompts)


def test_grammar_is_not_asked_for_it_is_measured_by_likelihood(write_set):
    from ewc_plugin.evaluation.settings import Settings
    from ewc_plugin.serving.asked import why_not

    assert "likelihood" in why_not(write_set(task="grammar"), Settings())


def test_an_empty_answer_is_a_score_of_zero(world):
    with serving(failing("south", completion(None))) as server:
        assert evaluate(world, server.url) == 0
    assert metrics(world)["sets"]["south"]["bleu"]["value"] == 0.0
    assert [record["answer"] for record in predictions(world, "south")] == ["", "", ""]


@pytest.mark.parametrize("failure", [(500, {"error": {"message": "boom"}}), b"<html>", {"choices": []}])
def test_a_set_that_fails_is_reported_and_the_others_go_on(world, capsys, monkeypatch, failure):
    with serving(failing("north", failure)) as server:
        assert evaluate(world, server.url) == 0
    found = metrics(world)
    assert list(found["failed"]) == ["north"]
    assert found["sets"]["south"]["bleu"]["value"] == pytest.approx(100)
    assert "north  FAILED: evaluation set north: expected an answer to each of 6 items" in capsys.readouterr().out


def test_one_item_that_is_refused_fails_its_set_and_no_more_than_it_is_missing(world):
    refused = (400, {"error": {"message": "too long"}})
    with serving(failing("north 3", refused)) as server:
        evaluate(world, server.url)
    why = metrics(world)["failed"]["north"]
    assert "1 without: 1 × status 400" in why
    assert "too long" in why


def test_a_rerun_asks_only_what_is_missing(world, capsys):
    with serving(failing("north 3", (400, {"error": {"message": "too long"}}))) as server:
        evaluate(world, server.url)
        assert len(server.requests) == 13
        server.requests.clear()
        server.answer = well
        evaluate(world, server.url)
        assert server.prompts == ["north 3"]
        assert "12 answers were kept by a run that was not finished" in capsys.readouterr().out
        assert metrics(world)["failed"] == {}
        assert metrics(world)["sets"]["north"]["bleu"]["value"] == pytest.approx(100)


def test_a_finished_evaluation_is_measured_anew(world):
    with serving(well) as server:
        evaluate(world, server.url)
        evaluate(world, server.url)
    assert len(server.requests) == 26
    assert not (world / "run" / served.FOLDER / served.IN_PROGRESS).exists()


def test_answers_of_another_model_are_not_taken_for_this_one_s(world):
    with serving(failing("north 3", (400, {}))) as server:
        evaluate(world, server.url, "--served-model", "one")
        server.requests.clear()
        evaluate(world, server.url, "--served-model", "two")
    assert len(server.requests) == 13


def test_what_a_killed_run_had_received_is_not_asked_again(world):
    add = kept.Kept.add

    def added(self, name, value):
        add(self, name, value)
        if len(self) == 5:
            raise KeyboardInterrupt

    with serving(well) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kept.Kept, "add", added)
            with pytest.raises(KeyboardInterrupt):
                evaluate(world, server.url, "--concurrency", "1")
        server.requests.clear()
        assert evaluate(world, server.url) == 0
    assert len(server.requests) == 13 - 5


@pytest.mark.parametrize("named", [["--served-model", "m"], []])
def test_an_endpoint_that_is_down_ends_with_code_2_and_keeps_earlier_results(world, capsys, monkeypatch, named):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01, raising=False)
    with serving(well) as server:
        evaluate(world, server.url)
    before = metrics(world)
    assert evaluate(world, nowhere(), *named) == 2
    said = capsys.readouterr().err
    assert "no connection" in said
    assert "server" in said
    assert metrics(world) == before


def test_an_endpoint_that_gives_up_at_three_sets_in_a_row_is_not_asked_about_the_others(world, capsys):
    """Else a server that is silent would cost its whole timeout at every set."""
    registry = json.loads((world / "dataset_info.json").read_text(encoding="utf-8"))
    more = {f"north{i}": registry["north"] for i in range(3)}
    (world / "dataset_info.json").write_text(json.dumps(more | registry), encoding="utf-8")
    with serving(lambda body: b"<html>" if len(server.requests) > 1 else well(body)) as server:
        assert evaluate(world, server.url, "--concurrency", "1") == 2
    assert len(server.requests) == 1 + 3 * 3
    assert "6 of 7 sets failed" in capsys.readouterr().err


def test_a_set_that_is_answered_between_them_ends_the_row_of_failures(world):
    registry = json.loads((world / "dataset_info.json").read_text(encoding="utf-8"))
    order = {"a": "north", "b": "north", "south": "south", "c": "north", "d": "north"}
    sets = {name: registry[source] for name, source in order.items()}
    (world / "dataset_info.json").write_text(json.dumps(sets), encoding="utf-8")
    with serving(failing("north", b"<html>")) as server:
        assert evaluate(world, server.url, "--concurrency", "1") == 0
    assert not any("not asked: " in why for why in metrics(world)["failed"].values())
    assert len(server.requests) == 3 + 3 + 3 + 3 + 3


def test_sets_that_are_refused_do_not_end_the_others(world):
    """A template without a system role, say."""
    refused = (400, {"error": {"message": "no system role"}})
    registry = json.loads((world / "dataset_info.json").read_text(encoding="utf-8"))
    more = {f"north{i}": registry["north"] for i in range(3)}
    (world / "dataset_info.json").write_text(json.dumps(more | registry), encoding="utf-8")
    with serving(failing("north", refused)) as server:
        assert evaluate(world, server.url) == 0
    assert sorted(metrics(world)["failed"]) == ["north", "north0", "north1", "north2"]


def test_a_failed_set_leaves_no_predictions_of_an_earlier_run(world):
    with serving(well) as server:
        evaluate(world, server.url)
        server.answer = failing("north", b"<html>")
        evaluate(world, server.url)
    assert not (world / "run" / served.FOLDER / "predictions" / "north.jsonl").exists()
    assert len(predictions(world, "south")) == 3


def test_a_broken_file_fails_its_set_alone(world):
    (world / "south.jsonl").write_text("{", encoding="utf-8")
    with serving(well) as server:
        assert evaluate(world, server.url) == 0
    assert list(metrics(world)["failed"]) == ["south"]


def broken(given, how):
    raise OSError("the table is gone")


@pytest.mark.parametrize("which", [0, 1])
def test_a_measure_that_fails_is_named_and_loses_its_own_number_alone(world, capsys, monkeypatch, which):
    measures = list(MEASURES["translation"])
    measures[which] = broken
    monkeypatch.setitem(MEASURES, "translation", tuple(measures))
    with serving(well) as server:
        assert evaluate(world, server.url) == 0
    cell = metrics(world)["sets"]["north"]
    left = ["chrf", "bleu"][which]
    assert {"bleu", "chrf"} & cell.keys() == {left}
    assert "the table is gone" in cell[left]["not_measured"][0]
    assert "north  one measure less: " in capsys.readouterr().out


def test_a_set_of_which_no_measure_is_left_failed(world, monkeypatch):
    monkeypatch.setitem(MEASURES, "translation", (broken,))
    with serving(well) as server:
        assert evaluate(world, server.url) == 0
    assert "the table is gone" in metrics(world)["failed"]["north"]
    assert "quiz" not in metrics(world)["failed"]


def test_a_folder_that_is_not_there_is_no_place_for_results(world, capsys):
    assert main(["evaluate", str(world / "typo"), "--endpoint", "http://localhost/v1"]) == 2
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--concurrency", "0"], ["--timeout", "-1"], ["--unknown", "1"]])
def test_options_that_make_no_sense_are_refused(world, words):
    with pytest.raises(SystemExit):
        evaluate(world, "http://localhost/v1", *words)


def test_keys_may_stand_behind_options_but_only_where_keys_are_taken(capsys):
    with pytest.raises(SystemExit):
        main(["report", "somewhere", "extra=1"])
    assert "unrecognized arguments: extra=1" in capsys.readouterr().err
