"""What `python -m ewc_plugin run` understands and decides, without starting anything."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from converters.mixing.settings import DEFAULTS, SETTINGS
from ewc_plugin import record
from ewc_plugin.errors import EwcError
from ewc_plugin.pipeline import chain, decisions, mixtures, nodes, process, recipes
from ewc_plugin.pipeline.asking import Answer
from ewc_plugin.pipeline.recipes import Stage


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NNODES", "NODE_RANK", "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    Path("data").mkdir()
    Path("data/dataset_info.json").write_text('{"talk": {"file_name": "talk.jsonl"}}')
    Path("data/talk.jsonl").write_text("{}\n")


def recipe(name: str, **keys) -> str:
    path = Path(f"{name}.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"model_name_or_path": "org/base", "output_dir": f"saves/{name}", "dataset": "talk", **keys}
    path.write_text("".join(f"{key}: {value}\n" for key, value in known.items()))
    return str(path)


def stages(*words: str) -> list[Stage]:
    found, problems = recipes.read(words)
    assert problems == []
    return found


# -- words -----------------------------------------------------------------------------------------------------


def test_a_key_goes_to_every_stage_and_one_with_a_name_before_it_to_that_stage_alone():
    first, second = stages(recipe("a"), "seed=1", recipe("b"), "b.seed=2", "a.learning_rate=1e-4")
    assert (first.words, second.words) == (("seed=1", "learning_rate=1e-4"), ("seed=1", "seed=2"))
    assert (first.keys["seed"], second.keys["seed"]) == (1, 2)
    assert first.keys["learning_rate"] == 1e-4  # as the host's reader takes it: a number


def test_an_export_takes_of_the_keys_for_all_what_it_has_itself():
    out = {"export_dir": "saves/merged", "dataset": "", "output_dir": "", "adapter_name_or_path": "saves/a"}
    _, export = stages(
        recipe("a"), recipe("export", **out), "bf16=false", "model_name_or_path=org/b", "export.export_size=1"
    )
    assert export.words == ("model_name_or_path=org/b", "export_size=1")
    assert export.verb == "export"


def test_stages_of_the_same_name_are_called_with_their_folders():
    found = stages(recipe("a/x"), recipe("b/x"), "b/x.seed=2")
    assert [stage.name for stage in found] == ["a/x", "b/x"]
    assert [stage.words for stage in found] == [(), ("seed=2",)]


def test_a_recipe_below_this_folder_is_named_from_here():
    assert stages(str(Path(recipe("a")).absolute()))[0].recipe == Path("a.yaml")


@pytest.mark.parametrize("key", ["output_dir", "dataset", "adapter_name_or_path", "ewc_anchor"])
def test_a_key_that_each_stage_has_its_own_of_is_not_given_to_all(key):
    words = [recipe("a"), recipe("b")]
    _, (problem,) = recipes.read([*words, f"{key}=x"])
    assert f"{key}=x would go to every stage, but" in problem
    assert f"write a.{key}=… or b.{key}=…" in problem
    assert stages(*words, f"b.{key}=x")[1].keys[key] == "x"
    assert stages(words[0], f"{key}=x")[0].keys[key] == "x"  # one stage is every stage


def test_all_that_is_wrong_with_the_words_is_told_at_once():
    _, problems = recipes.read([recipe("a"), "c.seed=1", "epochs", "absent.yaml", "output_dir"])
    assert len(problems) == 4
    with pytest.raises(EwcError, match="no recipe"):
        recipes.read([])


# -- chains ----------------------------------------------------------------------------------------------------


def test_stages_that_follow_one_another_have_no_problems_and_depend_on_all_before():
    words = recipe("a", ewc_save="true"), recipe("b", adapter_name_or_path="saves/a", ewc_lambda=1, ewc_save="true")
    three = stages(*words, recipe("c", adapter_name_or_path="saves/b", ewc_lambda=1), recipe("d"))
    assert chain.problems(three) == []
    assert chain.depends(three) == [set(), {0}, {0, 1}, set()]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"adapter_name_or_path": "saves/other"},
            "continues from saves/other, which none of the stages before it leaves",
        ),
        ({"adapter_name_or_path": "saves/a", "model_name_or_path": "org/b"}, "whose adapter it continues, org/base"),
        ({"adapter_name_or_path": "saves/a", "ewc_lambda": 5}, "a.yaml leaves none: add ewc_save: true to it"),
        ({"output_dir": "saves/a"}, "have the same output folder saves/a"),
        ({"dataset": "talks"}, "dataset talks is not in data/dataset_info.json"),
        ({"dataset_dir": "nowhere"}, "there is no nowhere/dataset_info.json"),
    ],
)
def test_a_stage_that_does_not_fit_is_told_with_what_to_do(keys, problem):
    found = chain.problems(stages(recipe("a"), recipe("b", **keys)))
    assert any(problem in sentence for sentence in found), found


def test_a_recipe_that_comes_too_early_is_told_which_one_to_name_first():
    late, early = recipe("b", adapter_name_or_path="saves/a"), recipe("a")
    assert (
        "it continues from saves/a, which a.yaml leaves: name that recipe first"
        in chain.problems(stages(late, early))[0]
    )


def test_two_stages_may_continue_from_the_same_one():
    words = [recipe(name, adapter_name_or_path="saves/first") for name in ("a", "b")]
    Path("saves/first").mkdir(parents=True)
    assert chain.problems(stages(*words)) == []


def test_a_disk_that_is_too_small_is_told_before_hours_of_training(monkeypatch):
    Path("base").mkdir()
    Path("base/model.safetensors").write_bytes(b"w" * 1000)
    full = stages(recipe("a", model_name_or_path="base", finetuning_type="full", save_total_limit=2))
    needed = 1000 * (2 + 2 * 7)  # the model and its anchor, and two checkpoints of 14 bytes a number of 2
    usage = type(chain.shutil.disk_usage("."))
    monkeypatch.setattr(chain.shutil, "disk_usage", lambda _: usage(10**6, 10**6 - needed, needed))
    assert chain.problems(full) == []
    monkeypatch.setattr(chain.shutil, "disk_usage", lambda _: usage(10**6, 10**6 - needed + 1, needed - 1))
    assert "are needed (estimated): free some" in chain.problems(full)[0]


# -- decisions -------------------------------------------------------------------------------------------------


def answer(state: str, *why: str, trains=True, known=True) -> Answer:
    return Answer((), state, why, trains, known, ours=True)


@pytest.mark.parametrize(
    ("found", "again", "act", "words"),
    [
        (answer("absent"), [], "begin", ()),
        (answer("absent", known=False), ["x"], "begin", ()),
        (answer("finished"), [], "skip", ()),
        (answer("finished"), ["x"], "anew", ("overwrite_output_dir=true",)),
        (answer("changed", "seed was 1, is 2"), [], "anew", ("overwrite_output_dir=true",)),
        (answer("altered", "the adapter was removed"), [], "anew", ("overwrite_output_dir=true",)),
        (answer("interrupted"), [], "anew", ("overwrite_output_dir=true",)),  # before its first checkpoint
    ],
)
def test_what_is_done_with_a_stage_follows_from_what_lies_there(found, again, act, words):
    (stage,) = stages(recipe("a"))
    decision = decisions.decided(stage, found, again=again, built=())
    assert (decision.act, decision.words) == (act, words)
    assert all(reason in decision.why for reason in found.why)


def checkpoint(run: str, step: int) -> None:
    from ewc_plugin import checkpoints

    folder = Path(f"saves/a/checkpoint-{step}")
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text("{}")
    checkpoints.mark(folder, step=step, run=run, regime=checkpoints.Regime(0.0, None, ()), controller=None)


def test_an_interrupted_stage_goes_on_from_the_newest_checkpoint_of_its_last_run():
    (stage,) = stages(recipe("a", overwrite_output_dir="true"))
    checkpoint("new", 4)
    checkpoint("old", 9)  # of the run that was overwritten
    record.write(Path("saves/a"), "new", {"conditions": {}}, finished=False)
    decision = decisions.decided(stage, answer("interrupted"), again=[], built=())
    assert (decision.act, decision.words) == ("continue", ("overwrite_output_dir=false",))
    assert "checkpoint-4" in decision.why
    later = decisions.decided(stage, answer("changed", "stage_eval_samples …", trains=False), again=[], built=())
    assert later.act == "after"


def test_overwrite_output_dir_on_the_command_line_trains_all_of_it_again():
    (stage,) = stages(recipe("a"), "overwrite_output_dir=true")
    assert decisions.decided(stage, answer("finished"), again=[], built=()).act == "anew"


# -- mixtures --------------------------------------------------------------------------------------------------


def mixture(now: dict, built: dict, then: dict) -> list[str]:
    Path("data/dataset_info.json").write_text(json.dumps({"m": {"file_name": "m.jsonl", "mix": now}}))
    Path("data/m.manifest.json").write_text(json.dumps({**built, "registry": {"mixture": then}}))
    return list(mixtures.options("m", Path("data")))


BUILT = {**mixtures.DEFAULTS, "ratio": {"a": 1}}


def test_what_the_command_line_said_at_the_last_build_is_said_again():
    entry = {"ratio": {"a": 1, "b": 0}, "total": 80000}
    assert mixture(entry, BUILT, entry) == []
    assert mixture(entry, {**BUILT, "total": 500, "on_missing": "skip"}, entry) == [
        *("--total", "500", "--on-missing", "skip")
    ]
    assert mixture(entry, {**BUILT, "ratio": {"a": 5, "b": 2}}, entry) == ["--ratio", "a=5,b=2"]


def test_what_nobody_said_is_what_the_converters_take_for_it():
    assert {key: DEFAULTS[key] for key in mixtures.DEFAULTS} == mixtures.DEFAULTS
    assert set(mixtures.OPTIONS) == {*SETTINGS} - {"stage"}
    assert mixture({"ratio": {"a": 1}}, BUILT, {"ratio": {"a": 1}}) == []


def test_what_was_changed_in_the_registry_since_then_is_the_newer_word():
    then = {"ratio": {"a": 1}, "total": 80000, "seed": 42, "on_missing": "error"}
    assert mixture({**then, "total": 600}, {**BUILT, "total": 500}, then) == []


# -- processes -------------------------------------------------------------------------------------------------


def test_what_a_program_says_goes_to_the_terminal_and_the_log_and_its_exit_code_comes_back(tmp_path, capfdbinary):
    code = process.watched([sys.executable, "-c", "print('完'); raise SystemExit(3)"], log=tmp_path / "日志/x.log")
    assert code == 3
    assert "完".encode() in capfdbinary.readouterr().out
    assert "完".encode() in (tmp_path / "日志/x.log").read_bytes()


def test_a_bar_of_progress_that_was_cut_off_ends_its_line(capfdbinary):
    process.watched([sys.executable, "-c", "print('50%|██', end='')"], log=None)
    assert capfdbinary.readouterr().out.endswith("██\n".encode())


def test_a_program_that_is_killed_has_the_exit_code_of_a_shell():
    assert process.watched(["sh", "-c", "kill -9 $$"], log=None) == 137


def test_a_signal_ends_the_program_and_what_it_started():
    words = ["sh", "-c", "sleep 60 & echo $! > child; sleep 60"]
    sent = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    sent.start()
    started = time.monotonic()
    with pytest.raises(process.Interrupted) as ended:
        process.watched(words, log=None)
    assert ended.value.number == signal.SIGTERM
    assert time.monotonic() - started < 30
    child = int(Path("child").read_text())
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


# -- several machines ------------------------------------------------------------------------------------------


def test_the_others_follow_what_node_0_says_and_do_not_believe_an_earlier_call(monkeypatch):
    monkeypatch.setattr(nodes, "BEAT", 0.05)
    three = stages(recipe("a"), recipe("b"), recipe("c"))
    old = nodes.Board(three)
    with old.kept():
        old.decide(["seed=9"])
    found: list = []
    follower = threading.Thread(target=lambda: found.extend(nodes.Board(three).decisions()))
    follower.start()
    time.sleep(0.5)
    assert found == []
    lead = nodes.Board(three)
    with lead.kept():
        lead.decide(None)
        lead.decide(["seed=1", "overwrite_output_dir=true"])
        time.sleep(0.3)
        lead.decide([])
    follower.join(10)
    assert found == [None, ["seed=1", "overwrite_output_dir=true"], []]


def test_a_node_that_hears_nothing_says_what_to_start(monkeypatch):
    monkeypatch.setattr(nodes, "BEAT", 0.01)
    monkeypatch.setattr(nodes, "BEGINNING", 0.1)
    with pytest.raises(EwcError, match="Start the same command on node 0"):
        list(nodes.Board(stages(recipe("a"))).decisions())


def test_a_machine_must_know_its_number(monkeypatch):
    assert nodes.here() == nodes.Node(0, 1)
    monkeypatch.setenv("NNODES", "2")
    with pytest.raises(EwcError, match="NODE_RANK"):
        nodes.here()
    monkeypatch.setenv("NODE_RANK", "1")
    assert nodes.here() == nodes.Node(1, 2)
